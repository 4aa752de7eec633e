"""The handoff in the ledger: who owns a conversation, and that nobody is lost on the way."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet

from helpdesk.errors import Refusal
from helpdesk.forms import Callback
from helpdesk.handoff import ended_event, line_event, navigator_event, navigator_message, overdue_event, waiting_event
from helpdesk.message import Incoming, visitor_event
from helpdesk.store import Outcome, Store, keeping
from helpdesk.store.desk_view import title_of
from helpdesk.store.queue_rows import Asking, Line
from helpdesk.store.staff import Staff
from helpdesk.words import words
from tests.clock import Clock

KEY = Fernet.generate_key().decode()
PRESENT = 120.0
GREETING = {
    "kind": "message",
    "author": "bot",
    "name": "bot",
    "text": "Hello.",
    "route": "smalltalk",
    "answers": [],
    "actions": [],
}
REPLY = {**GREETING, "text": "A reply.", "route": "answer"}


class Place:
    """A store with two navigators at their desks, and a clock."""

    def __init__(self, url: str) -> None:
        self.clock = Clock(1_800_000_000.0)
        self.told: list[tuple[str, str]] = []
        self.store = Store(url, [KEY], clock=self.clock)
        self.store.handoffs.tell = self.store.turns.tell = lambda db, kind, conversation, now: self.told.append(
            (kind, conversation)
        )
        self.ana, self.ben = self.navigator("Ana"), self.navigator("Ben")

    def navigator(self, name: str, *, on_duty: bool = True) -> Staff:
        staff = self.store.staff.add(f"{name.lower()}@example.org", name, ["navigator"])
        self.store.staff.set_duty(staff.id, on_duty)
        self.store.staff.seen(staff.id)
        return staff

    def visitor(self) -> str:
        conversation = uuid.uuid4().hex
        self.store.ledger.start(conversation, token_hash="x", token_key="k", first=GREETING)
        return conversation

    def say(self, conversation: str, text: str = "hello") -> Any:
        incoming = Incoming(client_id=str(uuid.uuid4()), text=text)
        again = ended_event(words(), "again")
        event = visitor_event(incoming, words())
        return self.store.ledger.accept(conversation, incoming, event, digest=text, again=again)

    def asking(self, reason: str = "asked", *, is_open: bool = True) -> Asking:
        def event(line: Line) -> dict[str, Any]:
            return waiting_event(words(), reason, line.place, line.usual_wait_s)

        return Asking(reason=reason, is_open=is_open, since=0.0, present=PRESENT, event=event)

    def ask(self, conversation: str, **more: Any) -> str:
        return self.store.handoffs.ask(conversation, self.asking(**more), line_event(words(), ""))

    def waiting(self) -> str:
        conversation = self.visitor()
        assert self.ask(conversation) == "waiting"
        return conversation

    def claim(self, conversation: str, staff: Staff | None = None, *, waits: bool = False) -> None:
        staff = staff or self.ana
        self.store.handoffs.claim(conversation, staff, navigator_event(words(), "joined", staff.name), waits=waits)

    def reply(
        self, conversation: str, staff: Staff | None = None, client_id: str | None = None, text: str = "Hello, I am Ana."
    ) -> int:
        staff = staff or self.ana
        event = navigator_message(staff.name, text, client_id or str(uuid.uuid4()))
        return self.store.handoffs.reply(conversation, staff, event, digest=text)

    def close(self, conversation: str, outcome: str = "answered", staff: Staff | None = None) -> None:
        self.store.handoffs.close(conversation, staff or self.ana, outcome, ended_event(words(), "closed", "Ana"))

    def give_back(self, conversation: str) -> None:
        self.store.handoffs.give_back(conversation, self.ana, ended_event(words(), "back", "Ana"))

    def helped(self) -> str:
        """Return a conversation that waited, was answered by Ana, and is the bot's again."""
        chat = self.waiting()
        self.claim(chat)
        self.reply(chat)
        self.give_back(chat)
        return chat

    def events(self, conversation: str) -> list[dict[str, Any]]:
        return self.store.desk_view.events(conversation)

    def owner(self, conversation: str) -> str:
        row = self.store.ledger.find(conversation)
        assert row is not None
        return str(row["owner"])

    def drop_outs(self) -> list[str]:
        found = []
        for conversation, name in self.store.handoffs.drop_outs(PRESENT):
            event: Callable[[Line], Any] = lambda line, name=name: waiting_event(words(), "dropped", line.place, None, name=name)  # noqa: E731
            if self.store.handoffs.drop(conversation, event, present=PRESENT, since=0.0):
                found.append(conversation)
        return found


@pytest.fixture
def place(tmp_path):
    place = Place(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield place
    place.store.close()


@pytest.mark.databases
def test_a_visitor_waits_is_joined_answered_and_given_back(place: Place):
    chat = place.helped()

    owners = [event["owner"] for event in place.events(chat) if event["kind"] == "owner"]
    assert owners == ["waiting", "navigator", "bot"]
    assert [event["seq"] for event in place.events(chat)] == list(range(1, 6))
    [handoff] = place.store.desk_view.handoffs(chat)
    assert handoff["ended"] == "answered" and place.store.desk_view.counts(place.ana.id)["unended"] == 0


@pytest.mark.databases
def test_while_a_person_owns_the_chat_no_turn_is_made_for_the_bot(place: Place):
    chat = place.waiting()
    assert place.say(chat).turn is None
    place.claim(chat)
    assert all(place.say(chat, text).turn is None for text in ("/restart", "/greet", "what is MS?"))

    place.reply(chat)
    place.give_back(chat)
    assert place.say(chat).turn is not None


@pytest.mark.databases
def test_a_turn_in_flight_when_the_navigator_joins_is_dropped(place: Place):
    chat = place.visitor()
    turn = place.say(chat, "a slow question").turn
    place.claim(chat)

    assert not place.store.turns.finish(turn, Outcome(event=REPLY)).stored
    assert [event for event in place.events(chat) if event["author"] == "bot"] == place.events(chat)[:1]


@pytest.mark.databases
def test_whoever_asks_in_words_is_in_the_queue_with_the_reply_or_not_at_all(place: Place):
    chat = place.visitor()
    turn = place.say(chat, "a person please").turn
    coming = {**REPLY, "route": "handoff", "text": "Somebody is coming."}
    outcome = Outcome(event=REPLY, coming=coming, asking=place.asking("words"))
    place.store.turns.finish(turn, outcome)

    assert place.owner(chat) == "waiting"
    assert [event["kind"] for event in place.events(chat)[-2:]] == ["message", "owner"]
    assert place.events(chat)[-2]["text"] == "Somebody is coming." and place.told == [("handoff.requested", chat)]


@pytest.mark.parametrize("why", ["off duty", "away", "closed"])
@pytest.mark.databases
def test_where_nobody_is_there_the_bot_stays_and_the_line_is_given_once(place: Place, why: str):
    if why == "off duty":
        for staff in (place.ana, place.ben):
            place.store.staff.set_duty(staff.id, False)
    if why == "away":
        place.clock.now += PRESENT + 1
    chat = place.visitor()

    assert place.ask(chat, is_open=why != "closed") == "bot" == place.ask(chat, is_open=why != "closed")
    assert [event["route"] for event in place.events(chat) if event["kind"] == "message"] == ["smalltalk", "handoff"]
    assert place.told == [] and place.store.desk_view.counts(place.ana.id)["unended"] == 0


@pytest.mark.databases
def test_the_place_in_line_and_the_usual_wait_are_true(place: Place):
    chats = [place.waiting() for _ in range(3)]
    places = [place.events(chat)[-1]["place"] for chat in chats]
    assert places == [1, 2, 3] and place.events(chats[0])[-1]["usual_wait_s"] is None

    for wait, chat in zip((60, 120, 300), chats, strict=True):
        place.clock.now += wait
        place.claim(chat)
    place.store.staff.seen(place.ben.id)
    last = place.events(place.waiting())[-1]

    assert last["place"] == 1 and last["usual_wait_s"] == 180  # the second of 60, 180 and 480


@pytest.mark.databases
def test_a_visitor_who_stops_waiting_is_the_bots_again_and_keeps_what_was_typed(place: Place):
    chat = place.waiting()
    place.say(chat, "typed while waiting")

    assert place.store.handoffs.cancel(chat, ended_event(words(), "cancelled"))
    assert not place.store.handoffs.cancel(chat, ended_event(words(), "cancelled"))
    assert place.owner(chat) == "bot" and "typed while waiting" in [event.get("text") for event in place.events(chat)]
    assert place.store.desk_view.handoffs(chat)[0]["ended"] == "cancelled"


@pytest.mark.databases
def test_of_many_who_claim_at_once_exactly_one_wins_and_the_others_hear_who(place: Place):
    staff = [place.navigator(f"Navigator {number}") for number in range(8)]
    for _ in range(10):
        chat, ready, outcomes = place.waiting(), threading.Barrier(len(staff)), []

        def one(who: Staff, chat: str = chat, ready: threading.Barrier = ready, outcomes: list[str | None] = outcomes) -> None:
            ready.wait()
            try:
                place.claim(chat, who)
                outcomes.append(None)
            except Refusal as refusal:
                assert refusal.code == "taken"
                outcomes.append(refusal.holder)

        threads = [threading.Thread(target=one, args=(who,)) for who in staff]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        [row] = [row for row in place.store.desk_view.rows("mine", place.ana.id) if row["id"] == chat]
        assert outcomes.count(None) == 1 and set(outcomes) - {None} == {row["holder"]}


@pytest.mark.databases
def test_another_tab_of_ones_own_is_told_who_has_it_too(place: Place):
    chat = place.waiting()
    place.claim(chat)

    with pytest.raises(Refusal) as caught:
        place.claim(chat)
    assert (caught.value.code, caught.value.holder) == ("taken", "Ana")


@pytest.mark.parametrize("act", ["reply", "close", "give_back", "forward", "requeue"])
@pytest.mark.databases
def test_only_the_holder_acts_and_nothing_changes_for_another(place: Place, act: str):
    chat = place.waiting()
    place.claim(chat, place.ben)
    before = place.events(chat)
    handoffs = place.store.handoffs
    acts: dict[str, Callable[[], Any]] = {
        "reply": lambda: place.reply(chat),
        "close": lambda: place.close(chat),
        "give_back": lambda: place.give_back(chat),
        "forward": lambda: handoffs.forward(
            chat, place.ana, place.ben, navigator_event(words(), "forwarded", "Ben"), present=PRESENT
        ),
        "requeue": lambda: handoffs.requeue(chat, place.ana, lambda line: waiting_event(words(), "requeued", 1, None), since=0.0),
    }

    with pytest.raises(Refusal) as caught:
        acts[act]()
    assert (caught.value.code, caught.value.holder) == ("not_holder", "Ben")
    assert place.events(chat) == before and place.owner(chat) == "navigator"


@pytest.mark.databases
def test_a_reply_that_is_sent_twice_is_said_once(place: Place):
    chat, client_id = place.waiting(), str(uuid.uuid4())
    place.claim(chat)

    assert place.reply(chat, client_id=client_id) == place.reply(chat, client_id=client_id)
    with pytest.raises(Refusal, match="conflict"):
        place.reply(chat, client_id=client_id, text="something else")
    assert [event["author"] for event in place.events(chat)].count("navigator") == 1


@pytest.mark.databases
def test_who_asked_for_a_person_hears_one_before_the_chat_ends(place: Place):
    chat = place.waiting()
    place.claim(chat)

    for end in (lambda: place.give_back(chat), lambda: place.close(chat)):
        with pytest.raises(Refusal, match="no_reply"):
            end()
    with pytest.raises(Refusal, match="no_callback"):
        place.close(chat, "called_back")
    place.reply(chat)
    place.close(chat)
    assert place.owner(chat) == "closed"


@pytest.mark.databases
def test_a_navigator_who_drops_out_gives_the_chat_back_to_its_place_in_the_queue(place: Place):
    first = place.waiting()
    place.clock.now += 1
    second = place.waiting()
    place.claim(first)
    place.clock.now += PRESENT + 1
    place.store.staff.seen(place.ben.id)

    assert place.drop_outs() == [first] and place.drop_outs() == []
    assert place.owner(first) == "waiting" and place.events(first)[-1]["reason"] == "dropped"
    assert [row["id"] for row in place.store.desk_view.rows("waiting", place.ben.id)] == [first, second]
    with pytest.raises(Refusal, match="not_holder"):
        place.reply(first)


@pytest.mark.databases
def test_a_deactivated_navigator_holds_no_chat(place: Place):
    chat = place.waiting()
    place.claim(chat)
    place.store.staff.set_active(place.ana.id, False)

    assert place.drop_outs() == [chat]


@pytest.mark.databases
def test_who_waits_too_long_is_offered_the_next_step_once_and_stays_in_line(place: Place):
    chat = place.waiting()
    handoffs, event = place.store.handoffs, overdue_event(words(), on_duty=True)
    assert handoffs.overdue(300, on_duty=True) == []
    place.clock.now += 301

    assert handoffs.overdue(300, on_duty=True) == [chat]
    assert handoffs.tell_overdue(chat, event) and not handoffs.tell_overdue(chat, event)
    assert handoffs.overdue(300, on_duty=True) == [] and place.owner(chat) == "waiting"
    assert {"call", "callback"} <= {action["kind"] for action in place.events(chat)[-1]["actions"]}


@pytest.mark.databases
def test_where_the_last_navigator_leaves_the_waiting_are_told_at_once(place: Place):
    chat = place.waiting()

    assert place.store.handoffs.overdue(300, on_duty=False) == [chat]


@pytest.mark.databases
def test_whoever_comes_back_to_the_bot_begins_with_no_misses(place: Place):
    chat = place.visitor()
    turn = place.say(chat, "gibberish").turn
    missed = {**REPLY, "route": "handoff"}
    context = {"topic": "tob1", "misses": 3}
    place.store.turns.finish(
        turn, Outcome(event=REPLY, answered=True, context=context, coming=missed, asking=place.asking("words"))
    )
    place.store.handoffs.cancel(chat, ended_event(words(), "cancelled"))

    assert place.say(chat, "hello").turn.context == {"topic": "tob1", "misses": 0}


@pytest.mark.databases
def test_every_end_and_every_claim_is_told_outside(place: Place):
    chat = place.waiting()
    place.store.handoffs.cancel(chat, ended_event(words(), "cancelled"))
    place.ask(chat)
    place.claim(chat)
    place.reply(chat)
    place.close(chat)
    place.store.handoffs.reopen(chat, place.ben, navigator_event(words(), "reopened", "Ben"))
    place.reply(chat, place.ben)
    event = navigator_event(words(), "forwarded", "Ana")
    place.store.handoffs.forward(chat, place.ben, place.ana, event, present=PRESENT)

    kinds = [kind.partition(".")[2] for kind, _ in place.told]
    assert kinds == ["requested", "closed", "requested", "claimed", "closed", "claimed", "claimed"]


@pytest.mark.databases
def test_danger_is_marked_until_the_holder_has_seen_to_it(place: Place):
    chat = place.waiting()
    danger = {**REPLY, "author": "system", "route": "crisis", "text": "Call 988."}
    place.store.ledger.append(chat, danger)
    place.store.ledger.append(chat, danger)
    assert place.store.desk_view.counts(place.ana.id)["danger"] == 2

    place.claim(chat)
    with pytest.raises(Refusal, match="not_holder"):
        place.store.handoffs.clear_flag(chat, place.ben)
    place.store.handoffs.clear_flag(chat, place.ana)
    assert place.store.desk_view.counts(place.ana.id)["danger"] == 0


@pytest.mark.databases
def test_who_waits_is_listed_also_where_the_request_itself_is_missing(place: Place):
    chat = place.waiting()
    with place.store.database.write() as db:
        db.run("DELETE FROM handoffs")

    [row] = place.store.desk_view.rows("waiting", place.ana.id)
    assert row["id"] == chat and row["asked_at"] > 0


@pytest.mark.databases
def test_a_visitor_is_found_by_the_name_that_staff_have_for_them(place: Place):
    chats = [place.waiting() for _ in range(3)]

    found = place.store.desk_view.rows("waiting", place.ana.id, title_of(chats[1]))
    assert [row["id"] for row in found] == [chats[1]]


@pytest.mark.databases
def test_an_old_chat_with_a_call_to_make_is_not_purged(place: Place):
    waiting, called, plain = place.waiting(), place.visitor(), place.visitor()
    wish = Callback(name="Kim", phone="+12125550123", when="in the morning", topic=None)
    event = {**GREETING, "author": "system", "route": "callback", "text": "You asked to be called."}
    call = place.store.callbacks.add(called, wish, event=event)
    place.clock.now += 100 * 86_400

    assert set(keeping.older_than(place.store, place.clock.now)) == {plain}
    place.store.callbacks.done(call, place.ana.id)
    assert set(keeping.older_than(place.store, place.clock.now)) == {plain, called} and waiting


@pytest.mark.databases
def test_a_callback_left_while_waiting_ends_the_wait(place: Place):
    chat = place.waiting()
    wish = Callback(name="Kim", phone="+12125550123", when="in the morning", topic=None)
    event = {**GREETING, "author": "system", "route": "callback", "text": "You asked to be called."}
    place.store.callbacks.add(
        chat, wish, event=event, after=place.store.handoffs.after_callback(ended_event(words(), "called_back"))
    )

    assert place.owner(chat) == "bot" and place.store.desk_view.handoffs(chat)[0]["ended"] == "called_back"
    assert place.told[-1] == ("callback.created", chat) and place.store.desk_view.counts(place.ana.id)["callbacks"] == 1


@pytest.mark.databases
def test_a_chat_is_forwarded_to_a_colleague_who_is_there_and_to_no_other(place: Place):
    chat = place.waiting()
    place.claim(chat)
    cleo = place.navigator("Cleo", on_duty=False)
    forward, event = place.store.handoffs.forward, navigator_event(words(), "forwarded", "Ben")
    for to in (cleo, place.ana):
        with pytest.raises(Refusal, match="not_on_duty"):
            forward(chat, place.ana, to, event, present=PRESENT)

    forward(chat, place.ana, place.ben, event, present=PRESENT)
    place.reply(chat, place.ben)
    assert place.events(chat)[-2]["navigator"] == "Ben"


@pytest.mark.databases
def test_a_message_in_a_closed_chat_is_answered_by_the_bot(place: Place):
    chat = place.waiting()
    place.claim(chat)
    place.reply(chat)
    place.close(chat)

    accepted = place.say(chat, "one more thing")
    assert accepted.turn is not None and accepted.owner == "bot"
    assert [event["kind"] for event in place.events(chat)[-2:]] == ["owner", "message"]


@pytest.mark.databases
def test_who_was_helped_meanwhile_is_not_claimed_from_the_queue_but_may_be_taken_over_from_the_bot(place: Place):
    chat = place.helped()
    before = place.events(chat)

    with pytest.raises(Refusal, match="not_waiting"):
        place.claim(chat, place.ben, waits=True)

    assert (place.owner(chat), place.events(chat)) == ("bot", before)
    place.claim(chat, place.ben)
    assert place.owner(chat) == "navigator"


@pytest.mark.databases
def test_a_closed_chat_is_opened_again(place: Place):
    chat = place.waiting()
    place.claim(chat)
    place.reply(chat)
    place.close(chat)
    with pytest.raises(Refusal, match="not_open"):
        place.claim(chat)
    place.store.handoffs.reopen(chat, place.ben, navigator_event(words(), "reopened", "Ben"))

    place.reply(chat, place.ben)
    assert place.owner(chat) == "navigator"


@pytest.mark.databases
def test_notes_are_read_by_staff_alone_and_go_with_the_conversation(place: Place):
    chat = place.waiting()
    place.store.handoffs.note(chat, place.ben, "Speaks quietly. quokka")

    assert [(note["name"], note["text"]) for note in place.store.desk_view.notes(chat)] == [("Ben", "Speaks quietly. quokka")]
    assert "quokka" not in str(place.events(chat))
    place.store.extras.erase(chat)
    assert place.store.desk_view.notes(chat) == [] and place.store.desk_view.conversation(chat) is None


def test_a_day_of_a_navigators_silence_does_not_bring_the_bot_back(place: Place):
    chat = place.waiting()
    place.claim(chat)
    for _ in range(24 * 60):
        place.clock.now += 60
        place.store.staff.seen(place.ana.id)
        assert place.drop_outs() == []

    assert place.say(chat, "are you still there?").turn is None and place.owner(chat) == "navigator"


@pytest.mark.databases
def test_every_step_stands_in_the_audit_without_a_conversations_id(place: Place):
    chat = place.waiting()
    place.claim(chat)
    place.reply(chat)
    place.close(chat)

    rows = place.store.audit.rows(50)
    assert {"claim", "reply", "close"} <= {row["action"] for row in rows}
    assert chat not in str([dict(row) for row in rows])
