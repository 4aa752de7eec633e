"""The cover sheet: every line stands in the transcript, and nothing that a navigator must know is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.conversation import Answer, callback_event, compose, danger_event, greeting
from helpdesk.cover_sheet import LONGEST, MOST, Line, cover_sheet
from helpdesk.forms import Callback
from helpdesk.handoff import ended_event, line_event, navigator_event, navigator_message, overdue_event, waiting_event
from helpdesk.message import Incoming, visitor_event
from helpdesk.words import words
from tests.web import FakeFinding, answer

WORDS = words()
Event = dict[str, Any]
SAID_NOTHING = Answer(route="miss", text="I did not understand.")
WHAT = answer(question="What is Tob1?")


@dataclass
class Talk:
    """A conversation as the ledger has it; every method adds what happens to `events`."""

    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.add(greeting(WORDS))

    def add(self, event: Event, *, reply_to: int | None = None) -> int:
        self.events.append({"seq": len(self.events) + 1, "at": "2026-11-20T17:00:00Z", **event, "reply_to": reply_to})
        return len(self.events)

    def ask(self, text: str, *halves: Answer, masked: tuple[str, ...] = ()) -> int:
        """Let the visitor say something; without halves nobody answers."""
        seq = self.add(visitor_event(Incoming("00000000-0000-4000-8000-000000000000", text, None, masked), WORDS))
        if halves:
            self.add(compose(halves, masked=masked, switches={}, words=WORDS), reply_to=seq)
        return seq

    def danger(self, text: str, route: str = "crisis") -> int:
        seq = self.ask(text)
        self.add(danger_event(FakeFinding(route), text, WORDS), reply_to=seq)
        return seq

    def danger_in_form(self) -> int:
        return self.add(danger_event(FakeFinding("crisis"), "", WORDS))

    def owner(self, owner: str, event: Event) -> int:
        return self.add({**event, "kind": "owner", "owner": owner})

    def wait(self, reason: str = "asked", said: str | None = None) -> int:
        return self.owner("waiting", waiting_event(WORDS, reason, 2, 180, said=said))

    def claim(self, reason: str = "joined") -> int:
        return self.owner("navigator", navigator_event(WORDS, reason, "Ana"))

    def back(self, owner: str = "bot", reason: str = "back") -> int:
        return self.owner(owner, ended_event(WORDS, reason, "Ana"))

    def callback(self, when: str = "Monday", topic: str | None = None) -> int:
        return self.add(callback_event(Callback("", "", when, topic), WORDS))

    def lines(self, kind: str | None = None) -> list[Line]:
        return [line for line in cover_sheet(self.events) if kind in (None, line.kind)]

    def told(self, kind: str) -> list[tuple[str, int]]:
        return [(line.text, line.seq) for line in self.lines(kind)]


@pytest.fixture
def talk() -> Talk:
    return Talk()


def holds(event: Event, text: str) -> bool:
    """Say whether a text, or what was cut from it, stands in what the event shows."""
    shown = [event.get("text") or "", event.get("said") or ""]
    shown += [half[key] or "" for half in event.get("answers", ()) for key in ("question", "page", "as_of")]
    return any(text in one or (text.endswith("…") and text[:-1] in one) for one in shown)


# ---- what was asked


def test_a_conversation_that_has_just_begun_has_no_lines(talk):
    assert talk.lines() == []
    assert cover_sheet([]) == []


def test_questions_stand_in_the_visitors_own_words_the_newest_first(talk):
    first, second = talk.ask("whats tob1??", WHAT), talk.ask("  and who pays for it", WHAT)

    assert talk.told("asked") == [("and who pays for it", second), ("whats tob1??", first)]


def test_the_same_question_stands_once_where_it_was_asked_last(talk):
    talk.ask("What is Tob1?", WHAT)
    last = talk.ask("what is tob1", WHAT)

    assert talk.told("asked") == [("what is tob1", last)]


def test_small_talk_is_left_out(talk):
    talk.ask("hi", Answer(route="smalltalk", text="Hello."))
    both = talk.ask("thanks, and what is tob1", Answer(route="smalltalk", text="Gladly."), WHAT)

    assert talk.told("asked") == [("thanks, and what is tob1", both)]


def test_a_question_that_nobody_has_answered_yet_stands_there(talk):
    seq = talk.ask("what is tob1")

    assert talk.told("asked") == [("what is tob1", seq)]


def test_of_many_questions_the_newest_stand_there(talk):
    asked = [talk.ask(f"question {number}", WHAT) for number in range(20)]

    assert [line.seq for line in talk.lines("asked")] == asked[:-13:-1]


def test_a_long_question_is_cut_at_a_word(talk):
    seq = talk.ask("what about walking " * 50, WHAT)

    [line] = talk.lines("asked")

    assert len(line.text) <= LONGEST + 1
    assert line.text.endswith(("what…", "about…", "walking…"))
    assert holds(talk.events[seq - 1], line.text)


def test_a_long_word_is_cut_where_it_must(talk):
    talk.ask("a" * 500, WHAT)

    assert talk.lines("asked")[0].text == "a" * LONGEST + "…"


# ---- while a navigator talks


def test_the_sheet_does_not_grow_under_the_reader(talk):
    talk.ask("what is tob1", WHAT)
    talk.wait()
    waiting = talk.ask("is anybody there")
    talk.claim()
    before = talk.lines()

    talk.ask("hello Ana, what is tob1 good for")

    assert talk.lines() == before
    assert talk.told("asked")[0] == ("is anybody there", waiting)


def test_a_colleague_sees_what_was_asked_before_the_chat_came_to_them(talk):
    talk.claim()
    asked = talk.ask("can I get a wheelchair")
    talk.claim("forwarded")
    talk.ask("hello Ben")

    assert talk.told("asked") == [("can I get a wheelchair", asked)]


@pytest.mark.parametrize(("owner", "reason"), [("bot", "back"), ("waiting", "requeued")])
def test_when_the_navigator_has_gone_all_questions_stand_there(talk, owner, reason):
    talk.claim()
    asked = talk.ask("can I get a wheelchair")
    talk.back() if owner == "bot" else talk.wait(reason)

    assert talk.told("asked") == [("can I get a wheelchair", asked)]


def test_closing_changes_nothing_on_the_sheet(talk):
    talk.ask("what is tob1", WHAT)
    talk.claim()
    talk.ask("thank you Ana")
    before = talk.lines()

    talk.back("closed", "closed")

    assert talk.lines() == before


# ---- what the bot answered, and where it failed


def test_an_answer_stands_with_its_question_its_page_and_its_date(talk):
    seq = talk.ask("whats tob1", WHAT)

    assert talk.lines("answered") == [
        Line("answered", "What is Tob1?", seq + 1, page="Progressive MS Research", as_of="2015"),
    ]


def test_an_answer_without_a_question_stands_in_its_own_words(talk):
    seq = talk.ask("whats tob1", answer("Tob1 is a molecule."))

    assert talk.told("answered") == [("Tob1 is a molecule.", seq + 1)]


@pytest.mark.parametrize("route", ["miss", "refer", "clarify", "advice", "decline", "down"])
def test_where_the_bot_failed_the_visitors_words_stand(talk, route):
    seq = talk.ask("does it hurt", Answer(route=route, text="No words for it."))

    assert talk.lines("failed") == [Line("failed", "does it hurt", seq, route)]


def test_a_half_that_failed_is_told_beside_the_one_that_was_answered(talk):
    seq = talk.ask("what is tob1 and what does it cost", WHAT, Answer(route="refer", text="The page does not say."))

    assert [(line.kind, line.seq) for line in talk.lines()] == [("asked", seq), ("failed", seq), ("answered", seq + 1)]


# ---- danger


@pytest.mark.parametrize("route", ["crisis", "emergency"])
def test_the_words_that_led_to_a_safety_reply_stand_whole(talk, route):
    text = f"{'I am so tired of it all ' * 40} and I want to die"
    seq = talk.danger(text, route)

    assert talk.lines() == [Line("flag", text, seq, route)]


def test_danger_that_rasa_saw_is_told_too(talk):
    seq = talk.ask("I have put my affairs in order", Answer(route="crisis", text=""))

    assert talk.lines() == [Line("flag", "I have put my affairs in order", seq, "crisis")]


def test_danger_is_told_while_a_navigator_talks_and_each_time(talk):
    first = talk.danger("I want to die")
    talk.claim()
    second = talk.danger("I want to die")

    assert talk.told("flag") == [("I want to die", second), ("I want to die", first)]


def test_danger_in_the_reason_for_a_person_is_told_in_its_words(talk):
    talk.danger_in_form()
    seq = talk.wait(said="I want to die")

    assert talk.told("flag") == [("I want to die", seq)]


def test_danger_in_another_form_is_told_by_the_reply(talk):
    seq = talk.danger_in_form()
    talk.ask("what is tob1", WHAT)

    [line] = talk.lines("flag")

    assert line.seq == seq
    assert holds(talk.events[seq - 1], line.text)


def test_danger_comes_first(talk):
    talk.danger("I want to die")
    talk.ask("what is tob1", WHAT)
    talk.wait()

    assert [line.kind for line in talk.lines()] == ["flag", "wanted", "asked", "answered"]


# ---- what a person was asked for


def test_the_reason_for_a_person_stands_in_the_visitors_words(talk):
    seq = talk.wait(said="my mother needs a ramp")

    assert talk.lines("wanted") == [Line("wanted", "my mother needs a ramp", seq, "asked")]


def test_without_a_reason_it_is_told_that_a_person_was_asked_for(talk):
    seq = talk.wait()

    [line] = talk.lines("wanted")

    assert (line.seq, line.label) == (seq, "asked")
    assert holds(talk.events[seq - 1], line.text)


def test_the_words_that_asked_for_a_person_stand_once_and_are_no_question(talk):
    seq = talk.ask("can I talk to a human", Answer(route="handoff", text="Of course.", offer=("person",)))
    talk.wait("words")

    assert talk.lines() == [Line("wanted", "can I talk to a human", seq, "words")]


def test_who_asked_when_nobody_was_there_is_told_too(talk):
    seq = talk.add(line_event(WORDS, None, said="about money"))

    assert talk.told("wanted") == [("about money", seq)]


def test_going_back_into_the_queue_is_no_new_wish(talk):
    talk.wait(said="about money")
    before = talk.told("wanted")
    talk.claim()
    talk.wait("dropped")
    talk.add(overdue_event(WORDS, on_duty=True))

    assert talk.told("wanted") == before


# ---- what was shared


def test_a_wish_to_be_called_stands_as_in_the_transcript(talk):
    talk.claim()
    seq = talk.callback("Monday after 5 pm", "a ramp")

    assert talk.lines("shared") == [Line("shared", talk.events[seq - 1]["text"], seq, "callback")]


def test_the_kinds_of_hidden_details_stand_once_each(talk):
    talk.ask("I am at [phone]", WHAT, masked=("phone",))
    last = talk.ask("that is [phone] or [e-mail]", WHAT, masked=("phone", "e-mail"))

    assert talk.lines("shared") == [Line("shared", "[e-mail]", last, "hidden"), Line("shared", "[phone]", last, "hidden")]


# ---- any conversation

KINDS = ("phone", "e-mail", "name", "social security number")
ROUTES = (
    "answer",
    "refer",
    "clarify",
    "advice",
    "decline",
    "miss",
    "down",
    "smalltalk",
    "privacy",
    "handoff",
    "crisis",
    "emergency",
)
WORDS_SAID = st.sampled_from(("walk", "drug…", "why?", "I", "fell.", "what\n", "Tob1", "[phone]", "é"))
TEXTS = st.one_of(
    st.text(min_size=1, max_size=40),
    st.lists(WORDS_SAID, min_size=1, max_size=120).map(" ".join),
    st.text("abc", min_size=150, max_size=400),
).filter(str.strip)
HALVES = st.lists(
    st.builds(
        answer,
        TEXTS,
        route=st.sampled_from(ROUTES),
        question=st.sampled_from((None, "What is Tob1?", "Who pays for it?")),
        page=st.sampled_from((None, "Progressive MS Research")),
        as_of=st.sampled_from((None, "2015")),
    ),
    max_size=2,
)
STEPS = st.one_of(
    st.tuples(st.just("ask"), TEXTS, HALVES, st.lists(st.sampled_from(KINDS), unique=True)),
    st.tuples(st.just("danger"), TEXTS, st.sampled_from(("crisis", "emergency"))),
    st.tuples(st.just("wait"), st.sampled_from(("asked", "words", "dropped", "requeued")), st.none() | TEXTS),
    st.tuples(st.just("claim"), st.sampled_from(("joined", "forwarded", "reopened"))),
    st.tuples(st.just("back"), st.sampled_from(("bot", "closed"))),
    st.tuples(st.just("callback"), TEXTS, st.none() | TEXTS),
    st.tuples(st.just("line"), st.none() | TEXTS),
    st.sampled_from((("danger_in_form",), ("overdue",), ("reply",))),
)


def played(steps) -> Talk:
    talk = Talk()
    for name, *given_ in steps:
        if name == "ask":
            text, halves, kinds = given_
            shown = " ".join([text, *(f"[{kind}]" for kind in kinds)])
            talk.ask(shown, *halves, masked=tuple(kinds))
        elif name == "back":
            talk.back(*given_, reason="closed" if given_[0] == "closed" else "back")
        elif name == "line":
            talk.add(line_event(WORDS, None, said=given_[0]))
        elif name == "overdue":
            talk.add(overdue_event(WORDS, on_duty=True))
        elif name == "reply":
            talk.add(navigator_message("Ana", "Hello, I am Ana.", "00000000-0000-4000-8000-000000000001"))
        else:
            getattr(talk, name)(*given_)
    return talk


@given(steps=st.lists(STEPS, max_size=40))
@settings(max_examples=200, deadline=None)
def test_every_line_names_an_event_that_holds_it(steps):
    talk = played(steps)

    for line in talk.lines():
        event = talk.events[line.seq - 1]
        assert line.text.strip("…").strip()
        assert holds(event, line.text)
        assert holds(event, line.page) and holds(event, line.as_of)


@given(steps=st.lists(STEPS, max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_danger_is_left_out(steps):
    talk = played(steps)

    flags = {line.seq: line for line in talk.lines("flag")}

    for event in talk.events:
        if event.get("route") in ("crisis", "emergency") and event["reply_to"]:
            said = talk.events[event["reply_to"] - 1]
            assert flags[said["seq"]].text == said["text"].strip()
            assert flags[said["seq"]].label == event["route"]
    assert len(talk.lines("flag")) == sum(event.get("route") in ("crisis", "emergency") for event in talk.events)


@given(steps=st.lists(STEPS, max_size=40))
@settings(max_examples=200, deadline=None)
def test_the_sheet_is_short_and_says_nothing_twice(steps):
    talk = played(steps)

    for kind in ("wanted", "asked", "failed", "answered"):
        lines = [(line.text, line.label) for line in talk.lines(kind)]
        assert len(lines) <= MOST
        assert len(lines) == len(set(lines))
        assert [line.seq for line in talk.lines(kind)] == sorted((line.seq for line in talk.lines(kind)), reverse=True)
