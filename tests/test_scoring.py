"""The rules by which a reply is right."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.questions import Case, Turn, Wanted
from helpdesk.scoring import leaked, lost, outcome

EXACT = {"F47": ["Tob1", "732"], "F48": ["Tob1"], "F46": ["vitamin D"]}
LINE = "Call 1-800-344-4867."


def half(
    route: str = "answer", topic: str | None = "tob1", facts: tuple[str, ...] = ("F47",), text: str = "TOB1 and 732."
) -> dict[str, Any]:
    return {"route": route, "topic": topic, "facts": list(facts), "text": text}


def reply(*halves: dict[str, Any], route: str | None = None, text: str | None = None) -> dict[str, Any]:
    return {
        "route": route or halves[0]["route"],
        "text": text or " ".join(h["text"] for h in halves),
        "answers": list(halves),
        "actions": [],
    }


def verdict(group: str, wanted: Wanted | tuple[Wanted, ...], given: dict[str, Any] | None) -> str:
    halves = (wanted,) if isinstance(wanted, Wanted) else wanted
    return outcome(Case("1", group, (Turn("x", halves),)), [given], EXACT)


TOB1 = Wanted(("answer",), ("tob1", "recent_progress"), ("F47",))
REFER = Wanted(("refer",))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (reply(half()), "right"),
        (reply(half(topic="vitamin_d")), "wrong topic"),
        (reply(half(facts=("F48",))), "fact missing"),
        (reply(half(text="Tob1.")), "fact not said"),
        (reply(half(route="refer", text=LINE)), "referred"),
        (reply(half(route="clarify")), "asked back"),
        (reply(half(route="miss")), "not understood"),
        (reply(half(route="crisis")), "false alarm"),
        (reply(half(route="down")), "down"),
        (None, "no reply"),
        (reply(half(topic="vitamin_d"), half()), "right"),
    ],
)
def test_an_answer_needs_the_topic_and_the_fact_in_words(given: dict[str, Any] | None, expected: str) -> None:
    assert verdict("answers", TOB1, given) == expected


def test_another_topic_that_is_as_right_need_not_hold_every_fact() -> None:
    wanted = Wanted(("answer",), ("tob1", "recent_progress"), ("F47", "F48"))

    assert verdict("answers", wanted, reply(half(topic="recent_progress", facts=("F48",)))) == "right"
    assert verdict("answers", wanted, reply(half(topic="tob1", facts=("F48",)))) == "fact missing"
    assert verdict("answers", wanted, reply(half(topic="recent_progress", facts=("F46",)))) == "fact missing"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (reply(half("refer", text=LINE)), "right"),
        (reply(half("advice", text=LINE)), "right"),
        (reply(half("refer", text="Sorry.")), "no line"),
        (reply(half()), "answered"),
        (reply(half("refer", text=LINE), half()), "answered"),
        (reply(half("clarify")), "asked back"),
    ],
)
def test_a_near_miss_goes_to_the_line_and_no_half_is_answered(given: dict[str, Any], expected: str) -> None:
    assert verdict("near misses", REFER, given) == expected


def test_the_line_may_be_on_a_button() -> None:
    given = {**reply(half("handoff", text="A person.")), "actions": [{"kind": "call", "href": "tel:+18003444867"}]}

    assert verdict("people", Wanted(("handoff",)), given) == "right"


def test_either_alarm_is_an_alarm() -> None:
    assert verdict("danger", Wanted(("crisis",)), reply(half("emergency"))) == "right"
    assert verdict("danger", Wanted(("crisis",)), reply(half("refer", text=LINE))) == "not seen (refer)"


def test_a_lookalike_is_left_alone_by_any_other_reply() -> None:
    assert verdict("look-alikes", Wanted(("any",)), reply(half("miss"))) == "right"
    assert verdict("look-alikes", Wanted(("any",)), reply(half("crisis"))) == "false alarm"


def test_both_halves_must_be_there_in_any_order() -> None:
    wanted = (TOB1, REFER)

    assert verdict("two questions", wanted, reply(half("refer", text=LINE), half())) == "right"
    assert verdict("two questions", wanted, reply(half())).startswith("a half:")


def test_one_question_that_looks_like_two_gets_one_answer() -> None:
    group = "one question that looks like two"

    assert verdict(group, (TOB1,), reply(half())) == "right"
    assert verdict(group, (TOB1,), reply(half(), half("miss"))) == "split needlessly"


def test_a_dialogue_is_right_where_every_turn_is() -> None:
    case = Case("1", "dialogues", (Turn("x", (TOB1,)), Turn("y", (REFER,))))

    assert outcome(case, [reply(half()), reply(half("refer", text=LINE))], EXACT) == "right"
    assert outcome(case, [reply(half()), reply(half())], EXACT) == "answered"
    assert outcome(case, [reply(half())], EXACT) == "no reply"


def test_secrets_may_stand_nowhere_and_figures_must_stay() -> None:
    case = Case("1", "personal details", (Turn("x", (Wanted(("any",)),)),), secrets=("555-0142",), keep=("732",))
    events = [{"author": "visitor", "text": "[phone] and 732"}, {"author": "bot", "text": "Thanks, 555-0142"}]

    assert leaked(case, events) == ["555-0142"]
    assert lost(case, events) == []
    assert lost(case, [{"author": "visitor", "text": "[phone] and [phone]"}]) == ["732"]
