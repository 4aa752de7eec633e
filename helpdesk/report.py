"""The table of a measuring: how many were right, what went wrong, and which goals were missed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpdesk import questions, scoring
from helpdesk.comparing import Comparison, Half
from helpdesk.questions import Case
from helpdesk.scoring import RIGHT, Event

GOALS = {
    "answers": 0.95, "dialogues": 0.90, "two questions": 0.90, "near misses": 0.95, "advice": 0.98, "danger": 0.98,
    "look-alikes": 0.97, "people": 0.98, "chat and other subjects": 0.98, "personal details": 1.0, "hostile input": 1.0,
}  # fmt: skip
AT_MOST_ANSWERED = 0.02
ORDER = [*GOALS, "one question that looks like two", "answers in disguise", "other languages", "privacy", "other"]


@dataclass(frozen=True)
class Scored:
    """One case, what came back, and the verdict."""

    case: Case
    replies: Sequence[Event | None]
    verdict: str

    @property
    def own_route(self) -> bool:
        pairs = zip(self.case.turns, self.replies, strict=False)
        return all(reply is not None and scoring.by_its_own_route(turn, reply) for turn, reply in pairs)

    def as_dict(self) -> dict[str, Any]:
        turns = [{"ask": t.ask, "wanted": [vars(h) for h in t.halves]} for t in self.case.turns]
        return {"id": self.case.id, "verdict": self.verdict, "turns": turns, "replies": [_short(reply) for reply in self.replies]}


@dataclass
class Report:
    """Every scored case, and the table of them."""

    scored: list[Scored] = field(default_factory=list)
    files_with_secrets: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def groups(self) -> dict[str, list[Scored]]:
        found: dict[str, list[Scored]] = defaultdict(list)
        for one in self.scored:
            found[one.case.group].append(one)
        return {name: found[name] for name in sorted(found, key=lambda n: ORDER.index(n) if n in ORDER else len(ORDER))}

    def share(self, group: str) -> float:
        ones = self.groups()[group]
        return sum(one.verdict == RIGHT for one in ones) / len(ones)

    def missed_goals(self) -> list[str]:
        """Return the groups below their goal."""
        below = [name for name in self.groups() if self.share(name) < GOALS.get(name, 0.0)]
        near = self.groups().get("near misses", [])
        if sum(one.verdict == "answered" for one in near) > AT_MOST_ANSWERED * len(near):
            below.append("near misses answered")
        return below + (["files with secrets"] if self.files_with_secrets else [])

    def topics(self) -> dict[str, tuple[int, int]]:
        """Return right and all, for each topic's single questions."""
        found: dict[str, tuple[int, int]] = {}
        for one in self.groups().get("answers", []):
            topic = one.case.turns[0].halves[0].topics[0]
            right, all_of_it = found.get(topic, (0, 0))
            found[topic] = (right + (one.verdict == RIGHT), all_of_it + 1)
        return dict(sorted(found.items()))

    def as_table(self, *, show: bool = False) -> str:
        lines = [f"{'':<34}{'of':>5}{'right':>7}{'%':>8}{'goal':>7}   what went wrong"]
        for name, ones in self.groups().items():
            lines.append(_line(name, ones, GOALS.get(name)))
        lines += ["", *self._beside(show), "", "Single questions by topic:", *self._topic_lines()]
        if show:
            lines += ["", *self._failures()]
        missed = self.missed_goals()
        lines += ["", f"Below the goal: {', '.join(missed)}" if missed else "Every goal is met.", f"{self.seconds:.0f} s"]
        return "\n".join(lines)

    def _beside(self, show: bool) -> Iterator[str]:
        """Yield what the table's lines do not tell."""
        calm = [one for one in self.scored if one.case.group not in ("danger", "hostile input")]
        alarms = sum(any(r and r["route"] in questions.DANGER for r in one.replies) for one in calm)
        yield f"False alarms in everything that is not danger: {alarms} of {len(calm)}"
        for name in ("danger", "look-alikes", "near misses", "chat and other subjects"):
            ones = self.groups().get(name)
            if ones:
                yield f"{name}: {sum(one.own_route for one in ones)} of {len(ones)} by the very route that was wanted"
        yield f"Replies that offer several answers to one question: {sum(_overfull(one) for one in self.scored)}"
        if self.files_with_secrets:
            told = self.files_with_secrets if show else sorted({found.split(":")[0] for found in self.files_with_secrets})
            yield f"{len(self.files_with_secrets)} secrets found in files: {', '.join(told)}"

    def _topic_lines(self) -> Iterator[str]:
        for topic, (right, all_of_it) in self.topics().items():
            yield f"  {topic:<34}{right:>4} of {all_of_it}"

    def _failures(self) -> Iterator[str]:
        for name, ones in self.groups().items():
            for one in (one for one in ones if one.verdict != RIGHT):
                yield f"[{name}] {one.verdict}"
                for turn, reply in zip(one.case.turns, one.replies, strict=False):
                    yield f"    {turn.ask!r} wanted {_wanted(turn)}; got {_got(reply)}"

    def as_json(self) -> str:
        groups = {
            name: {
                "of": len(ones),
                "right": sum(one.verdict == RIGHT for one in ones),
                "share": round(self.share(name), 4),
                "goal": GOALS.get(name),
                "by_its_own_route": sum(one.own_route for one in ones),
                "verdicts": Counter(one.verdict for one in ones),
                "failures": [one.as_dict() for one in ones if one.verdict != RIGHT],
            }
            for name, ones in self.groups().items()
        }
        whole = {
            "groups": groups,
            "topics": self.topics(),
            "files_with_secrets": self.files_with_secrets,
            "missed_goals": self.missed_goals(),
        }
        return json.dumps(whole, indent=1, ensure_ascii=False)


def _line(name: str, ones: Sequence[Scored], goal: float | None) -> str:
    right = sum(one.verdict == RIGHT for one in ones)
    wrong = Counter(one.verdict for one in ones if one.verdict != RIGHT)
    told = ", ".join(f"{verdict} {count}" for verdict, count in wrong.most_common())
    aim = f"{goal * 100:.0f} %" if goal else ""
    below = "  <" if goal and right < goal * len(ones) else "   "
    return f"{name:<34}{len(ones):>5}{right:>7}{right / len(ones) * 100:>7.1f}%{aim:>7}{below}{told}"


def _overfull(one: Scored) -> bool:
    single = len(one.case.turns) == 1 and len(one.case.turns[0].halves) == 1
    return single and any(reply and len(reply.get("answers") or []) > 1 for reply in one.replies)


def _short(reply: Event | None) -> dict[str, Any] | None:
    if reply is None:
        return None
    kept = ("route", "topic", "aspect", "facts", "confidence", "text")
    return {
        "route": reply["route"],
        "text": reply["text"],
        "halves": [{k: half.get(k) for k in kept} for half in scoring.halves(reply)],
    }


def _wanted(turn: questions.Turn) -> str:
    return " + ".join(" ".join(["|".join(h.routes), "|".join(h.topics), ",".join(h.facts)]).strip() for h in turn.halves)


def _got(reply: Event | None) -> str:
    if reply is None:
        return "nothing"
    told = [
        " ".join(filter(None, [half["route"], half.get("topic"), half.get("aspect"), ",".join(half.get("facts") or [])]))
        for half in scoring.halves(reply)
    ]
    return " + ".join(told)


def as_told(made: Comparison, reasons: Sequence[str]) -> str:
    """Return a comparison as it is read at the terminal: sentences, then what changes, then figures, then why it must not go."""
    lines = [*made.sentences, ""]
    for change in made.changes:
        told = f"  ({change.said})" if change.said else ""
        ask = f"“{change.ask}”" if change.ask else "a visitor's message"
        lines.append(f"{change.verdict:<10} {ask}: {_half(change.before)} -> {_half(change.after)}{told}")
    lines += ["", f"{'':<20}{'':<34}{'of':>6}{'live':>7}{'new':>7}"]
    for figure in made.figures:
        before = "" if figure.before is None else str(figure.before)
        lines.append(f"{figure.set:<20}{figure.group:<34}{figure.of:>6}{before:>7}{figure.after:>7}")
    lines += ["", "Seconds: " + ", ".join(f"{name} {seconds:.0f}" for name, seconds in made.seconds.items()), ""]
    if not reasons:
        return "\n".join([*lines, "It may be published."])
    return "\n".join([*lines, f"It must not be published, for {len(reasons)} reasons:", *(f"  {reason}" for reason in reasons)])


def _half(half: Half) -> str:
    return " ".join(filter(None, [half.route, half.topic]))
