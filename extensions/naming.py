"""How each subject is usually written: what reads a text has seldom seen "Mayzent", and never "siponimid"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from extensions.vocabulary import Mention

MET = 4  # examples from which a spelling is known


@dataclass(frozen=True)
class Names:
    """The spelling in one word that is met most for each subject, and all that are met often enough to be read as they stand."""

    usual: dict[str, str] = field(default_factory=dict)
    met: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def fit(cls, texts: Sequence[str], mentions: Sequence[Sequence[Mention]]) -> Names:
        """Count the spellings of the training examples."""
        counts: dict[str, Counter[str]] = {}
        for text, found in zip(texts, mentions):
            for one in found:
                counts.setdefault(one.subject.id, Counter())[text[one.start : one.end].lower()] += 1
        met = {subject: sorted(name for name, count in names.items() if count >= MET) for subject, names in counts.items()}
        words = {subject: [name for name in names if name.isalnum()] for subject, names in met.items()}
        usual = {subject: max(names, key=lambda name: counts[subject][name]) for subject, names in words.items() if names}
        return cls(usual, met)

    def written(self, text: str, mentions: Sequence[Mention]) -> str:
        """Return the text with each name put right; one in a single word that was hardly ever met, as the usual one."""
        pieces, at = [], 0
        for one in mentions:
            said = text[one.start : one.end]
            pieces += [text[at : one.start], self._written(one, said)]
            at = one.end
        return "".join([*pieces, text[at:]])

    def _written(self, one: Mention, said: str) -> str:
        right = one.right or said
        if said.lower() in self.met.get(one.subject.id, ()):
            return said
        if right.lower() in self.met.get(one.subject.id, ()) or not right.isalnum():
            return right
        return self.usual.get(one.subject.id, right)
