"""Which questions a model is measured on, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helpdesk import questions, scoring
from helpdesk.measured import HELD_OUT, MUST, REAL, SAVED, Held, Said, got_of, held
from helpdesk.questions import Case
from helpdesk.replay import Line, Result
from helpdesk.scoring import Event
from helpdesk.store.replays import Spoken

PRIVATE = "personal details"
SAVED_FILE = "saved"
Ask = Callable[[Iterable[Line]], Iterator[Result]]
Tick = Callable[[], None]


@dataclass(frozen=True)
class Asked:
    """One conversation to hold, and the set that it belongs to."""

    set: str
    case: Case

    @property
    def key(self) -> str:
        return held(self.set, self.case, [], "").key


def asked(content: Path, heldout: Path) -> list[Asked]:
    """Return every question to measure with: those that must be right, the saved tests, and the held-out ones where they are."""
    tests = content / "data" / "tests"
    names = {path.stem for path in tests.glob("*.yml")}
    found: list[Asked] = []
    for of, folder, only in ((MUST, tests, names - {SAVED_FILE}), (SAVED, tests, names & {SAVED_FILE})):
        found += [Asked(of, case) for case in (questions.read(folder, only) if only else [])]
    if any(heldout.glob("*.yml")):
        found += [Asked(HELD_OUT, case) for case in questions.read(heldout)]
    return found


def read_exact(path: Path) -> dict[str, list[str]]:
    """Return, for each fact, the strings that an answer giving it must hold."""
    facts = yaml.safe_load(path.read_text(encoding="utf-8"))["facts"]
    return {fact["id"]: [str(string) for string in fact.get("exact") or []] for fact in facts}


def hold_all(ask: Ask, ones: Sequence[Asked], exact: scoring.Exact, tick: Tick) -> list[Held]:
    """Hold every conversation and judge what came back."""
    lines = [{"id": number, "turns": [turn.ask for turn in one.case.turns]} for number, one in enumerate(ones)]
    found = []
    for result in ask(lines):
        one = ones[result["id"]]
        found.append(held(one.set, one.case, result["replies"], verdict(one.case, result, exact)))
        tick()
    return found


def verdict(case: Case, result: Result, exact: scoring.Exact) -> str:
    replies: list[Event | None] = result["replies"]
    if case.group == PRIVATE:
        return scoring.private_outcome(case, [*result["said"], *(reply for reply in replies if reply)])
    return scoring.outcome(case, replies, exact)


def replay_visitors(ask: Ask, spoken: Sequence[Spoken], tick: Tick) -> list[Held]:
    """Say again what visitors said; nobody has judged it, and their words are not kept."""
    lines: list[dict[str, Any]] = []
    for number, one in enumerate(spoken):
        turns = [{"text": text, "choice": choice} for _, text, choice in one.messages]
        lines.append({"id": number, "turns": turns})
    found: list[Held] = []
    for result in ask(lines):
        one = spoken[result["id"]]
        for (seq, _, choice), reply in zip(one.messages, result["replies"], strict=True):
            if choice is None:
                turn = Said("", reply["route"], got_of(reply))
                found.append(Held(REAL, REAL, (turn,), source=f"{one.conversation}:{seq}"))
        tick()
    return found
