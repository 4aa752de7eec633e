"""The safety net itself: loading it, and looking at a message with it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpdesk.safety import kept
from helpdesk.safety.expressions import SafetyError
from helpdesk.safety.learning import CLASSES, SHORT_PIECE, Array, Encodes, Model, danger, doubted, spoken, windows
from helpdesk.safety.rules import PATTERN_FILES, Rules, read_rules
from helpdesk.safety.runs import hinted, runs, weighed
from helpdesk.safety.tidy import normalise

log = logging.getLogger(__name__)

TOGETHER = 128  # messages
DOUBT_OVER = 3.0  # taken off the log-odds of an emergency in a sentence that tells of what is over
OVERRULED = 0.02  # below it the second net overrules the hint of a gentle pattern


@dataclass(frozen=True)
class Finding:
    """What was found: `sure` gets the plain reply, not sure the gentle one ("Are you safe right now?")."""

    route: str  # "crisis" or "emergency"
    sure: bool
    pattern: str | None
    score: float
    reply: str | None = None  # "abuse", where the pattern asks for that text

    @property
    def text_key(self) -> str:
        """The key of the text in replies.yml."""
        if self.reply:
            return self.reply
        return self.route if self.sure else f"{self.route}_gentle"


def _rank(route: str, sure: bool) -> int:
    """Which of two findings counts: what is sure before what is not, then emergency before crisis."""
    return 2 * sure + (route == "emergency")


class SafetyNet:
    """The patterns, in force from the first moment, and the second net once `model` is there."""

    def __init__(self, rules: Rules, encoder: Encodes | None = None, model: Model | None = None, data: Path | None = None):
        self.rules, self.encoder, self.model, self.data = rules, encoder, model, data
        self.stamp: str | None = None  # the digest of the files that the patterns come from
        self.settled = model is not None  # whether the second net is made, or has turned out not to be
        self.warning: str | None = None  # set where an earlier copy had to be used, or the second net has a fault

    @classmethod
    def load(cls, folder: Path, encoder: Encodes | None, cache: Path, before: SafetyNet | None = None) -> SafetyNet:
        """Read `folder` (data/safety) and prove the shipped sentences. Without an encoder the patterns work alone.

        Refuses with SafetyError a set of files that is wrong or no longer does what it must. A set that passes is copied to
        cache/last_good. With an encoder the second net is trained or fetched, and proved as well. The patterns of the net
        `before` are taken over where they come from the same files.
        """
        folder, cache = Path(folder), Path(cache)
        stamp = kept.digest_of(folder)
        proved = cache / f"proved-{stamp}.txt"
        known = before.rules if before and before.stamp == stamp else None
        net = cls(known or read_rules(folder, already_checked=proved.is_file()), data=_data_of(folder))
        net.stamp = stamp
        if not proved.is_file():
            _refuse(net.prove())
        if encoder is not None:
            made = net.learn(encoder, cache)
            passed = cache / f"passed-{stamp}-{made}.txt"
            if not passed.is_file():
                _refuse(net.prove())
                kept.note(passed)
        kept.note(proved)
        kept.keep_last_good(folder, cache)
        return net

    @classmethod
    def load_or_keep(cls, folder: Path, encoder: Encodes | None, cache: Path) -> SafetyNet:
        """As `load`; where the files are refused, the last set that passed stays in force and `warning` says so."""
        folder, cache = Path(folder), Path(cache)
        try:
            return cls.load(folder, encoder, cache)
        except SafetyError as error:
            if not (cache / "last_good" / PATTERN_FILES[0]).is_file():
                raise
            net = cls(read_rules(cache / "last_good", already_checked=True), data=_data_of(folder))
            if encoder is not None:
                net.learn(encoder, cache)
            net.warning = f"The safety files were refused and the last good copy is in force. {error}"
            log.warning(net.warning)
            return net

    def learn(self, encoder: Encodes, cache: Path, elsewhere: Callable[[], None] | None = None) -> str:
        """Train the second net, or fetch it from the cache, where `elsewhere` may put it; from then on it looks too.

        Returns its stamp.
        """
        model, stamp = kept.model_for(self.rules, self.data, encoder, Path(cache), elsewhere)
        self.encoder = encoder
        self.model = model  # last: `look` asks for it first
        return stamp

    # -- looking

    def look(self, text: str, passed: Callable[[], object] | None = None) -> Finding | None:
        """The finding for one message, or None. Patterns first; then the second net, closer where it hears a hint.

        `passed` is called between the two, where the patterns have found nothing.
        """
        hint = self._by_patterns(text)
        if hint is not None and hint.sure:
            return hint
        if hint is None and passed is not None:
            passed()
        return self._second([text], [hint])[0]

    def look_all(self, texts: Sequence[str]) -> list[Finding | None]:
        """The finding for each of many messages, in less time than one by one."""
        found = [self._by_patterns(text) for text in texts]
        rest = [number for number, one in enumerate(found) if one is None or not one.sure]
        for start in range(0, len(rest), TOGETHER):
            some = rest[start : start + TOGETHER]
            for number, one in zip(some, self._second([texts[n] for n in some], [found[n] for n in some]), strict=True):
                found[number] = one
        return found

    def _by_patterns(self, text: str) -> Finding | None:
        normal = normalise(text, self.rules.words)
        found: Finding | None = None
        for pattern in self.rules.patterns if normal else ():
            rank = _rank(pattern.route, not pattern.gentle)
            if (found is None or rank > _rank(found.route, found.sure)) and pattern.finds(normal):
                found = Finding(pattern.route, not pattern.gentle, pattern.id, 1.0, pattern.reply)
        return found

    def _second(self, texts: Sequence[str], hints: Sequence[Finding | None]) -> list[Finding | None]:
        """What the second net finds in each message; the hint of a gentle pattern stands, unless the net overrules it."""
        model, encoder = self.model, self.encoder
        if model is None or encoder is None:
            return list(hints)
        parts = [[n for n in (normalise(w, self.rules.words) for w in windows(text)) if n] for text in texts]
        over = [self.rules.over(part[0]) if part else [] for part in parts]
        odds = self._each(model, encoder, parts, over)
        likely = [danger(one, part) for one, part in zip(odds, parts, strict=True)]
        found = [_judged(model, one, its) for one, its in zip(odds, likely, strict=True)]
        closer = [
            runs(part[0]) if part and one is None and (hint or hinted(its)) else []
            for one, its, part, hint in zip(found, odds, parts, hints, strict=True)
        ]
        odds = self._each(model, encoder, closer, over)
        nearer = [weighed(one, run) for one, run in zip(odds, closer, strict=True)]
        found = [one or _judged(model, o, its) for one, o, its in zip(found, odds, nearer, strict=True)]
        heard = [max([*one, *other], default=0.0) for one, other in zip(likely, nearer, strict=True)]
        return [
            one if hint is None or _overrules(one, part, score) else hint
            for hint, one, part, score in zip(hints, found, parts, heard, strict=True)
        ]

    def _each(self, model: Model, encoder: Encodes, parts: Sequence[list[str]], over: Sequence[list[str]]) -> list[Array]:
        """The odds of the pieces of each message, of which some sentences tell of what is over."""
        pieces = [piece for part in parts for piece in part]
        odds = self._odds(model, encoder, pieces) if pieces else np.zeros((0, len(CLASSES)))
        each = np.split(odds, np.cumsum([len(part) for part in parts])[:-1])
        return [_long_ago(one, part, its) for one, part, its in zip(each, parts, over, strict=True)]

    def _odds(self, model: Model, encoder: Encodes, pieces: list[str]) -> Array:
        """The odds of each piece, as it is or with plain words for its names, whichever is worse."""
        plain = [self.rules.names.plain(n) for n in pieces]
        every = list(dict.fromkeys([*pieces, *plain]))
        odds = dict(zip(every, model.judge(every, np.asarray(encoder.encode([spoken(n) for n in every]))), strict=True))
        return np.array(
            [min(odds[one], odds[other], key=lambda it: float(it[0])) for one, other in zip(pieces, plain, strict=True)]
        )

    def prove(self) -> list[str]:
        """The shipped sentences that fail: a `must` no pattern finds, a `must_not` that anything finds."""
        failing = []
        for route, sentence in self.rules.must:
            normal = normalise(sentence, self.rules.words)
            if not any(p.route == route and p.finds(normal) for p in self.rules.patterns):
                failing.append(f"[{route}, not found] {sentence}")
        for sentence, finding in zip(self.rules.must_not, self.look_all(self.rules.must_not), strict=True):
            if finding:
                by = finding.pattern or f"the second net, {finding.score:.2f}"
                failing.append(f"[false alarm: {finding.route}, {by}] {sentence}")
        return failing

    def reply(self, finding: Finding, language: str = "en") -> str:
        texts = self.rules.replies[finding.text_key]
        return texts.get(language, texts["en"]).strip()


def _judged(model: Model, odds: Array, likely: Array) -> Finding | None:
    """The second net's finding for one message, from the odds of its pieces and how likely each is danger."""
    if not len(likely):
        return None
    worst = int(likely.argmax())
    score = float(likely[worst])
    if score < model.threshold:
        return None
    route = CLASSES[1 + int(odds[worst, 1:].argmax())]
    return Finding(route, score >= model.certain, None, round(score, 4))


def _long_ago(odds: Array, parts: list[str], over: list[str]) -> Array:
    """The odds, with doubt about an emergency in the pieces of a sentence that tells of what is over."""
    if not over:
        return odds
    past = np.array([any(part in sentence for sentence in over) for part in parts], dtype=bool)
    past &= odds[:, 2] > odds[:, 1]
    likely = doubted(odds, DOUBT_OVER * past)
    share = likely / np.maximum(1.0 - odds[:, 0], 1e-12)
    return np.column_stack([1.0 - likely, odds[:, 1:] * share[:, None]])


def _overrules(found: Finding | None, parts: list[str], heard: float) -> bool:
    """Whether the second net hears so little that a hint is dropped; never where the message says hardly more than the hint."""
    return found is None and heard < OVERRULED and len(" ".join(parts[:1]).split()) > SHORT_PIECE


def train(
    net: SafetyNet, encoder: Encodes | Callable[[], Encodes], cache: Path, elsewhere: Callable[[], None] | None = None
) -> None:
    """Give a net that works by its patterns alone its second net; for a thread beside the running program.

    `encoder` may be a function that loads the encoder. Whatever goes wrong, the patterns stay in force and `warning` says so.
    """
    try:
        net.learn(encoder() if callable(encoder) else encoder, cache, elsewhere)
        failing = [s for s in net.prove() if "second net" in s]
        problem = f"The second safety net gives false alarms: {'; '.join(failing)}" if failing else None
    except kept.Ending:
        return
    except Exception as error:  # a thread's error would otherwise be lost
        problem = f"The second safety net could not be made ({type(error).__name__}: {error}); the patterns work alone."
    net.settled = True
    if problem:
        log.warning(problem)
        net.warning = f"{net.warning} {problem}" if net.warning else problem


def _refuse(failing: list[str]) -> None:
    if failing:
        advice = (
            f"{len(failing)} shipped sentences fail. Change the pattern until each `must` is found and no `must_not` is; "
            "the earlier files stay in force"
        )
        raise SafetyError("crisis.yml / emergency.yml", None, advice, failing)


def _data_of(folder: Path) -> Path | None:
    return folder.parent if (folder.parent / "answers").is_dir() else None
