"""What a model made of the questions that it was asked: one entry for each, kept as JSON beside the model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from helpdesk import scoring
from helpdesk.questions import Case, Turn
from helpdesk.scoring import RIGHT, Event

HELD_OUT, SAVED, MUST, REAL = "held out", "saved tests", "must be right", "visitors"
SETS = (MUST, SAVED, HELD_OUT, REAL)
FILE = "measures.json"


@dataclass(frozen=True)
class Half:
    """One answer: its route, and its topic where one is known."""

    route: str
    topic: str | None = None
    confidence: float | None = None

    @property
    def same(self) -> tuple[str, str | None]:
        """Return what must differ for an answer to be another one."""
        return self.route, self.topic if self.route in ("answer", "refer") else None


@dataclass(frozen=True)
class Said:
    """One message, what should have come back and what did; `route` is that of the whole reply. `wanted` is for people."""

    ask: str
    route: str
    got: tuple[Half, ...] = ()
    wanted: str = ""
    topic: str | None = None  # the topic that is wanted, where one is

    @property
    def first(self) -> Half:
        return self.got[0] if self.got else Half(self.route)

    @property
    def same(self) -> tuple[Any, ...]:
        return self.route, *sorted((half.same for half in self.got), key=str)


@dataclass(frozen=True)
class Held:
    """One conversation. `verdict`: right, or what went wrong; none where nobody has said what is right.

    `source` stands for a visitor's message, whose words are never kept here: `conversation:number`.
    """

    set: str
    group: str
    turns: tuple[Said, ...]
    verdict: str | None = None
    source: str | None = None

    @property
    def right(self) -> bool:
        return self.verdict == RIGHT

    @property
    def key(self) -> str:
        """Return a name that is the same for the same question, with the same answer wanted, in every measuring."""
        if self.source:
            return self.source
        asked = json.dumps([self.set, self.group, [(turn.ask, turn.wanted) for turn in self.turns]])
        return hashlib.sha256(asked.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Measures:
    """All that was measured of one model.

    `unsafe`: sentences of the safety files themselves that came out wrong; `program`: the hash of what the model was trained by.
    """

    held: tuple[Held, ...] = ()
    unsafe: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    program: str = ""

    def of(self, *sets: str) -> list[Held]:
        return [one for one in self.held if one.set in sets]

    def by_key(self) -> dict[str, Held]:
        return {one.key: one for one in self.held}

    def without_visitors(self) -> Measures:
        """Return what may be kept: what visitors said is asked anew each time, of those who still let us."""
        return replace(self, held=tuple(one for one in self.held if one.set != REAL))

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Measures:
        found = json.loads(text)
        return cls(tuple(map(_held, found["held"])), tuple(found["unsafe"]), dict(found["seconds"]), found.get("program", ""))


def read(folder: Path) -> Measures | None:
    """Return the measures that are kept in a release's folder, or None where there are none that can be read."""
    try:
        return Measures.from_json((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, measures: Measures) -> None:
    """Keep the measures in a release's folder, whole or not at all."""
    new = folder / f"{FILE}.new"
    new.write_text(measures.as_json() + "\n", encoding="utf-8")
    new.replace(folder / FILE)


def held(of: str, case: Case, replies: Sequence[Event | None], verdict: str) -> Held:
    """Return the entry of one case with its verdict."""
    turns = zip(case.turns, [*replies, *[None] * len(case.turns)], strict=False)
    return Held(of, of if of == SAVED else case.group, tuple(said(turn, reply) for turn, reply in turns), verdict)


def said(turn: Turn, reply: Event | None) -> Said:
    wanted = turn.halves[0] if len(turn.halves) == 1 else None
    topic = wanted.topics[0] if wanted and wanted.topics and "answer" in wanted.routes else None
    return Said(turn.ask, reply["route"] if reply else "nothing", got_of(reply), wanted_of(turn), topic)


def got_of(reply: Event | None) -> tuple[Half, ...]:
    if reply is None:
        return ()
    return tuple(Half(half["route"], half.get("topic"), half.get("confidence")) for half in scoring.halves(reply))


def wanted_of(turn: Turn) -> str:
    """Say in a few words what was wanted: the best route of each half, and its topic."""
    return " + ".join(" ".join([half.routes[0], *half.topics[:1]]) for half in turn.halves)


def _held(found: dict[str, Any]) -> Held:
    turns = tuple(Said(**{**turn, "got": tuple(Half(**half) for half in turn["got"])}) for turn in found["turns"])
    return Held(**{**found, "turns": turns})
