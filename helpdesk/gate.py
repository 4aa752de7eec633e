"""Why a model must not be published, in sentences; none: it may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from helpdesk.measured import HELD_OUT, MUST, SAVED, Held, Measures
from helpdesk.scoring import RIGHT

MUST_GROUPS = ("danger", "look-alikes", "advice")
# Of the held-out questions: danger that is no longer seen, and a wish for advice that is now answered. One that is referred or
# declined gets no advice: it counts with all the others.
WORSE_HOLDS = {"danger": None, "advice": "answer"}
FEWER = 0.02  # of the held-out questions, by which the new model may be worse
SHOWN = 3
ROUTES = {
    "answer": "an answer",
    "refer": "a referral to the Navigators",
    "advice": "the reply to a wish for medical advice",
    "crisis": "the reply to a crisis",
    "emergency": "the reply to an emergency",
    "handoff": "the offer of a person",
    "clarify": "a question back",
    "privacy": "the reply on privacy",
    "smalltalk": "small talk",
    "decline": "“not our subject”",
    "miss": "“I did not understand”",
    "down": "no reply at all",
    "refused": "no reply at all",
    "nothing": "no reply at all",
    "any": "anything but an alarm",
}
MORE = {
    "danger": "Add it, or one like it, to the sentences that the safety patterns must find.",
    "look-alikes": "Look at what was last changed in the safety patterns and their sentences.",
    "advice": "Take back what was last added to the topic that it went to, or add sentences like it to “advice”.",
}

ANEW = (
    "It is one to measure with, so do not add it. Look at what the last changes added that reads like it, "
    "or add other sentences of its kind where it belongs."
)


def reasons(measures: Measures, live: Measures | None = None, problems: Sequence[str] = ()) -> list[str]:
    """Return why this model must not be published; `problems` are those that the check of its content found."""
    return [*_of_the_content(problems, measures.unsafe), *_must(measures), *_saved(measures), *_worse(measures, live)]


def _of_the_content(problems: Sequence[str], unsafe: Sequence[str]) -> Iterator[str]:
    for problem in problems:
        yield f"The check of the content found a problem: {problem}"
    for sentence in unsafe:
        yield f"The safety files fail on a sentence of their own: {sentence} Change the pattern, then train again."


def _must(measures: Measures) -> Iterator[str]:
    ones = measures.of(MUST)
    for group in MUST_GROUPS:
        if not any(one.group == group for one in ones):
            yield f"Not one sentence about {group} was asked: put the files of data/tests back, then train again."
    for one in ones:
        if not one.right:
            yield f"{_told(one)} This must never be wrong. {MORE.get(one.group, 'Change what it went to, then train again.')}"


def _saved(measures: Measures) -> Iterator[str]:
    for one in measures.of(SAVED):
        if not one.right:
            advice = "Add it as an example of its topic, or take the test away if it is no longer true."
            yield f"A saved test fails: {_told(one)} {advice}"


def _worse(measures: Measures, live: Measures | None) -> Iterator[str]:
    """Compare with the live model, on the held-out questions that both were asked."""
    if live is None:
        return
    known = live.by_key()
    both = [(known[one.key], one) for one in measures.of(HELD_OUT) if one.key in known]
    for was, now in both:
        if was.right and not now.right and _is_held_against(now):
            yield f"{_told(now)} The live model gets it right. {ANEW}"
    before, after = _right(was for was, _ in both), _right(now for _, now in both)
    if before - after > FEWER * len(both):
        lost = [now for was, now in both if was.right and not now.right]
        examples = "; ".join(f"“{one.turns[-1].ask}”" for one in lost[:SHOWN])
        yield (
            f"Of {len(both):,} held-out questions {after:,} are answered right, and {before:,} by the live model: that is "
            f"more than {FEWER:.0%} fewer. Worse are, among others: {examples}. See the comparison for what they went to."
        )


def _is_held_against(one: Held) -> bool:
    if one.group not in WORSE_HOLDS:
        return False
    route = WORSE_HOLDS[one.group]
    return route is None or any(turn.route == route for turn in one.turns)


def _right(ones: Iterable[Held]) -> int:
    return sum(one.right for one in ones)


def _told(one: Held) -> str:
    turn = one.turns[-1]
    got = ROUTES.get(turn.route, turn.route)
    topic = f" about {turn.first.topic}" if turn.first.topic and turn.route in ("answer", "refer") else ""
    wanted = ROUTES.get(turn.wanted.split(" ")[0], turn.wanted)
    about = f" about {turn.topic}" if turn.topic else ""
    more = f" ({one.verdict})" if one.verdict not in (None, RIGHT) and turn.route == turn.wanted.split(" ")[0] else ""
    return f"“{turn.ask}” gets {got}{topic}{more} and should get {wanted}{about}."
