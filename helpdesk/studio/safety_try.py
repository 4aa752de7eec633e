"""The safety patterns of the draft at work: which of them finds a sentence."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpdesk.errors import CommandError


@dataclass(frozen=True)
class Found:
    """What finds a sentence: the route and the pattern."""

    route: str
    pattern: str
    gentle: bool


class Trial:
    """Reads the files again only where one has changed. Blocking calls, safe in several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._rules: Any = None

    def finds(self, sentence: str) -> list[Found]:
        """Return every pattern that finds the sentence. Raises CommandError where the files cannot be used."""
        from helpdesk.safety import normalise  # numerical libraries: only where they are wanted

        rules = self._fresh()
        normal = normalise(sentence, rules.words)
        return [Found(one.route, one.id, one.gentle) for one in rules.patterns if normal and one.finds(normal)]

    def found_by(self, route: str, pattern: str, sentences: Iterable[str]) -> list[str]:
        """Return the sentences that this pattern finds; none where the files cannot be used."""
        from helpdesk.safety import normalise

        try:
            rules = self._fresh()
        except CommandError:
            return []
        mine = [one for one in rules.patterns if (one.route, one.id) == (route, pattern)]
        return [text for text in sentences if any(one.finds(normalise(text, rules.words)) for one in mine)]

    def _fresh(self) -> Any:
        from helpdesk.safety import SafetyError, read_rules

        with self._lock:
            files = sorted(self.folder.glob("*.yml"))
            stamp = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
            if self._rules is None or stamp != self._stamp:
                try:
                    self._rules, self._stamp = read_rules(self.folder, already_checked=True), stamp
                except SafetyError as error:
                    raise CommandError(f"The safety files of the draft cannot be used. {error}") from None
            return self._rules
