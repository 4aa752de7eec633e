"""The ledger: order, leases, repeated ids, erasing, and what a restart finds."""

from __future__ import annotations

import base64
import sqlite3
import stat
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from helpdesk.conversation import compose, down_event, greeting
from helpdesk.errors import Refusal, SchemaError, StoreUnavailable
from helpdesk.forms import Callback
from helpdesk.message import Incoming, visitor_event
from helpdesk.store import Outcome, Store
from helpdesk.words import words
from tests.clock import Clock
from tests.web import Chat, RealServer, answer, settings_for

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
WORDS = words()
DOWN = Outcome(event=down_event(WORDS))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock):
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}", [KEY], clock=clock)
    yield store
    store.close()


def begin(store: Store) -> str:
    conversation = uuid.uuid4().hex
    store.ledger.start(conversation, token_hash="h", token_key="k", first=greeting(WORDS))
    return conversation


def accept(store: Store, conversation: str, text: str = "hello", client_id: str | None = None, reply=None, **more):
    incoming = Incoming(client_id or str(uuid.uuid4()), text, **more)
    return store.ledger.accept(conversation, incoming, visitor_event(incoming, WORDS), digest=text, reply=reply)


def outcome(**more) -> Outcome:
    event = compose([answer("x", **more)], masked=(), switches={}, words=WORDS)
    return Outcome(event=event, answered=True, context={"topic": "tob1"})


def seqs(store: Store, conversation: str) -> list[int]:
    return [seq for seq, _ in store.ledger.events(conversation)]


@pytest.mark.databases
def test_the_first_message_gets_the_lease_and_the_next_one_waits(store):
    conversation = begin(store)
    first, second = accept(store, conversation, "one"), accept(store, conversation, "two")

    assert (first.turn.text, second.turn) == ("one", None)
    finished = store.turns.finish(first.turn, outcome())
    assert (finished.stored, finished.next.text, finished.next.context) == (True, "two", {"topic": "tob1"})
    assert store.turns.finish(finished.next, outcome()).next is None
    assert seqs(store, conversation) == [1, 2, 3, 4, 5]


@pytest.mark.databases
def test_a_result_is_stored_once(store):
    conversation = begin(store)
    turn = accept(store, conversation).turn

    assert [store.turns.finish(turn, outcome()).stored for _ in range(2)] == [True, False]


@pytest.mark.databases
def test_a_late_result_is_dropped_when_the_owner_has_changed(store):
    conversation = begin(store)
    turn = accept(store, conversation).turn
    store.ledger.set_owner(conversation, expected="bot", owner="navigator", event={"author": "system", "text": "…"})

    assert store.turns.finish(turn, outcome()).stored is False
    assert store.ledger.find(conversation)["last_seq"] == 3


@pytest.mark.databases
def test_a_late_result_is_dropped_also_when_the_bot_owns_it_again(store):
    conversation = begin(store)
    turn = accept(store, conversation).turn
    event = {"author": "system", "text": "…"}
    store.ledger.set_owner(conversation, expected="bot", owner="navigator", event=event)
    store.ledger.set_owner(conversation, expected="navigator", owner="bot", event=event)

    assert store.turns.finish(turn, outcome()).stored is False


@pytest.mark.databases
def test_the_owner_changes_by_compare_and_set(store):
    conversation = begin(store)
    event = {"author": "system", "text": "…"}
    with ThreadPoolExecutor(8) as pool:
        won = list(
            pool.map(lambda n: store.ledger.set_owner(conversation, expected="bot", owner="navigator", event=event), range(16))
        )

    assert sum(seq is not None for seq in won) == 1


@pytest.mark.databases
def test_no_turn_while_a_navigator_owns_it(store):
    conversation = begin(store)
    store.ledger.set_owner(conversation, expected="bot", owner="navigator", event={"author": "system", "text": "…"})

    accepted = accept(store, conversation)

    assert (accepted.owner, accepted.turn) == ("navigator", None)


@pytest.mark.databases
def test_a_lease_that_has_run_out_is_answered_and_the_late_result_dropped(store, clock):
    conversation = begin(store)
    turn = accept(store, conversation, "one").turn
    accept(store, conversation, "two")
    assert store.turns.give_up(everything=False, outcome=DOWN) == []
    clock.now += 60
    [(given_up, finished)] = store.turns.give_up(everything=False, outcome=DOWN)

    assert (given_up, finished.stored, finished.next.text) == (conversation, True, "two")
    assert store.turns.finish(turn, outcome()).stored is False
    assert store.turns.finish(finished.next, outcome()).stored is True
    assert seqs(store, conversation) == [1, 2, 3, 4, 5]


@pytest.mark.databases
@pytest.mark.parametrize("step", [-3600, 3600, 86_400, -86_400])
def test_a_clock_that_is_set_changes_no_order_and_loses_no_context(store, clock, step):
    conversation = begin(store)
    first = accept(store, conversation, "one").turn
    store.turns.finish(first, outcome())
    clock.now += step
    second = accept(store, conversation, "two").turn
    finished = store.turns.finish(second, outcome())

    assert (second.context, finished.stored) == ({"topic": "tob1"}, True)
    assert seqs(store, conversation) == [1, 2, 3, 4, 5]
    assert store.turns.give_up(everything=False, outcome=DOWN) == []


@pytest.mark.databases
@pytest.mark.parametrize("step", [-3600, 3600])
def test_a_turn_of_a_dead_process_does_not_wait_for_a_clock_that_was_set(store, clock, step):
    conversation = begin(store)
    accept(store, conversation, "one")
    clock.now += step

    [(given_up, finished)] = store.turns.give_up(everything=False, outcome=DOWN)

    assert (given_up, finished.stored) == (conversation, True)


@pytest.mark.databases
def test_what_a_dead_process_left_is_answered_in_order_at_the_next_start(tmp_path, store):
    conversation = begin(store)
    for text in ("one", "two", "three"):
        accept(store, conversation, text)
    again = Store(f"sqlite:///{tmp_path / 'ledger.db'}", [KEY])
    given_up = again.turns.give_up(everything=True, outcome=DOWN)
    replies = [body for _, body in again.ledger.events(conversation) if '"reply_to":' in body and '"down"' in body]
    again.close()

    assert [finished.stored for _, finished in given_up] == [True] * 3
    assert [f'"reply_to":{seq}' in body for seq, body in zip((2, 3, 4), replies, strict=True)] == [True] * 3


def test_a_process_that_dies_in_mid_turn_leaves_a_down_reply_and_nothing_is_run_twice(tmp_path, assistant, safety):
    first = RealServer(settings_for(tmp_path), assistant, safety).start()
    assistant.delay = 30
    with first.client() as client:
        chat = Chat(client)
        chat.send("the question")
        first.app.state.service.worker.sweeper.cancel()
        second = RealServer(settings_for(tmp_path), assistant, safety)
        assistant.delay = 0
        second.start()
    with second.client() as client:
        chat.client = client
        reply = chat.reply(2)
        later = chat.ask("the next question")
    second.stop()

    assert (reply["route"], later["route"]) == ("down", "answer")
    assert [question.text for question in assistant.asked] == ["the question", "the next question"]
    first.server.force_exit = True
    first.server.should_exit = True


@pytest.mark.databases
def test_a_repeat_is_the_same_message_and_another_text_a_conflict(store):
    conversation = begin(store)
    first, second = (accept(store, conversation, "one", client_id="a") for _ in range(2))

    assert (second.seq, second.repeated, second.turn) == (first.seq, True, None)
    with pytest.raises(Refusal, match="conflict"):
        accept(store, conversation, "two", client_id="a")


@pytest.mark.databases
def test_a_choice_must_have_been_offered(store):
    conversation = begin(store)
    with pytest.raises(Refusal, match="bad_choice"):
        accept(store, conversation, "Vitamin D?", choice="/ask_vitamin_d")
    turn = accept(store, conversation).turn
    store.turns.finish(turn, outcome(buttons=(("Vitamin D?", "/ask_vitamin_d"),)))

    assert accept(store, conversation, "Vitamin D?", choice="/ask_vitamin_d").turn.choice == "/ask_vitamin_d"


@pytest.mark.databases
def test_a_danger_reply_is_in_the_same_commit_and_flags_the_conversation(store):
    conversation = begin(store)
    crisis = {**down_event(WORDS), "route": "crisis"}

    accepted = accept(store, conversation, reply=crisis)

    assert (accepted.turn, seqs(store, conversation)) == (None, [1, 2, 3])
    assert store.ledger.find(conversation)["flagged"] == "crisis"


@pytest.mark.databases
def test_misses_in_a_row_are_counted(store):
    conversation = begin(store)
    counts = []
    for route in ("miss", "miss", "answer"):
        store.turns.finish(accept(store, conversation).turn, outcome(route=route))
        with store.database.read() as db:
            counts.append(db.one("SELECT misses FROM conversations")["misses"])

    assert counts == [1, 2, 0]


@pytest.mark.databases
def test_a_context_beyond_bounds_is_not_kept(store):
    conversation = begin(store)
    huge = Outcome(event=outcome().event, answered=True, context={"x": "y" * 100_000})
    store.turns.finish(accept(store, conversation).turn, huge)

    assert accept(store, conversation).turn.context is None


@pytest.mark.databases
def test_an_unknown_conversation_takes_nothing(store):
    with pytest.raises(Refusal, match="not_found"):
        accept(store, "nobody")
    with pytest.raises(Refusal, match="not_found"):
        store.callbacks.add("nobody", Callback("a", "b", "c", None), event=greeting(WORDS))
    assert store.ledger.find("nobody") is None and store.extras.erase("nobody") is False


def test_erasing_leaves_the_hash_alone(store, tmp_path):
    conversation = begin(store)
    accept(store, conversation, "quokkaquokka")
    assert store.extras.erase(conversation)
    assert store.database.empty_log()

    raw = b"".join(file.read_bytes() for file in tmp_path.glob("ledger.db*"))
    assert b"quokkaquokka" not in raw and conversation.encode() not in raw
    with store.database.read() as db:
        assert len(db.one("SELECT hash FROM erased")["hash"]) == 64


@pytest.mark.databases
def test_switches(store):
    assert store.switches() == {}
    store.set_switch("bot", False)
    store.set_switch("tob1", False)
    store.set_switch("bot", True)

    assert store.switches() == {"bot": True, "tob1": False}


def test_the_files_are_for_their_owner_alone_and_the_log_is_written_through(store, tmp_path):
    begin(store)
    with store.database.read() as db:
        pragmas = [
            db.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "secure_delete")
        ]

    assert pragmas == ["wal", 2, 1]
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("ledger.db*")} == {0o600}


def test_a_locked_file_is_unavailable_and_then_works_again(tmp_path, monkeypatch):
    monkeypatch.setattr("helpdesk.store.database.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("helpdesk.store.database.PRAGMAS", ("PRAGMA journal_mode=WAL", "PRAGMA busy_timeout=100"))
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}", [KEY])
    conversation = begin(store)
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable):
        accept(store, conversation, "quokka")
    other.execute("ROLLBACK")
    other.close()

    assert accept(store, conversation).seq == 2
    store.close()


@pytest.mark.databases
def test_a_ledger_of_another_version_is_refused(store, tmp_path):
    with store.database.write() as db:
        db.run("UPDATE meta SET value = '99' WHERE name = 'schema'")

    with pytest.raises(SchemaError, match="99"):
        Store(f"sqlite:///{tmp_path / 'ledger.db'}", [KEY])


def test_a_ledger_of_the_version_before_is_brought_up_to_date_and_keeps_what_it_holds(tmp_path):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(
            """CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
            INSERT INTO meta VALUES ('schema', '1');
            CREATE TABLE conversations (id TEXT PRIMARY KEY, token_hash TEXT NOT NULL, token_key TEXT NOT NULL,
                created_at DOUBLE PRECISION NOT NULL, last_at DOUBLE PRECISION NOT NULL, owner TEXT NOT NULL DEFAULT 'bot',
                epoch BIGINT NOT NULL DEFAULT 1, last_seq BIGINT NOT NULL DEFAULT 0,
                language TEXT NOT NULL DEFAULT 'en', flagged TEXT, misses BIGINT NOT NULL DEFAULT 0,
                context TEXT, sender TEXT NOT NULL);
            INSERT INTO conversations (id, token_hash, token_key, created_at, last_at, sender)
                VALUES ('abc', 'h', 'k', 1, 2, 's');
            CREATE TABLE callbacks (id TEXT PRIMARY KEY, conversation TEXT NOT NULL, at DOUBLE PRECISION NOT NULL,
                state TEXT NOT NULL DEFAULT 'open', sealed TEXT NOT NULL);
            INSERT INTO callbacks (id, conversation, at, sealed) VALUES ('call', 'abc', 1, 'sealed with a key that is gone');"""
        )
        old.commit()
    for _ in range(2):  # the second start finds it up to date
        store = Store(f"sqlite:///{path}", [KEY])
        assert store.ledger.find("abc")["owner"] == "bot"
        [row] = store.callbacks.open(3)
        assert (row.id, row.readable, row.tries) == ("call", False, 0)
        store.close()


def test_an_error_does_not_carry_the_words(store):
    with store.database.read() as db:
        db.connection.exec_driver_sql("DROP TABLE turns")
    with pytest.raises(StoreUnavailable) as caught:
        accept(store, begin(store), "quokka")

    assert "quokka" not in f"{caught.value} {caught.value.__cause__}"


class LedgerMachine(RuleBasedStateMachine):
    """Whatever the order of sending, finishing, giving up and handing over: no gap, one reply a message, one lease."""

    turns = Bundle("turns")

    @initialize()
    def start(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.store = Store(f"sqlite:///{self.folder.name}/ledger.db", [KEY], clock=self.clock)
        self.conversation = begin(self.store)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def kept(self, turn):
        return turn if turn is not None else ("none",)

    @rule(target=turns)
    def send(self):
        return self.kept(accept(self.store, self.conversation).turn)

    @rule(target=turns, turn=consumes(turns))
    def finish(self, turn):
        return self.kept(None if turn == ("none",) else self.store.turns.finish(turn, outcome()).next)

    @rule(target=turns, turn=consumes(turns))
    def finish_late(self, turn):
        self.clock.now += 60
        given_up = self.store.turns.give_up(everything=False, outcome=DOWN)
        if turn != ("none",):
            self.store.turns.finish(turn, outcome())
        return self.kept(next((finished.next for _, finished in given_up), None))

    @rule(owner=st.sampled_from(["bot", "navigator"]))
    def hand_over(self, owner):
        other = {"bot": "navigator", "navigator": "bot"}[owner]
        self.store.ledger.set_owner(self.conversation, expected=other, owner=owner, event={"author": "system", "text": "…"})

    @invariant()
    def holds(self):
        if not hasattr(self, "store"):
            return
        with self.store.database.read() as db:
            events = db.all("SELECT seq, reply_to FROM events ORDER BY seq")
            leased = db.one("SELECT count(*) AS n FROM turns WHERE leased = 1")["n"]
        replies = [event["reply_to"] for event in events if event["reply_to"]]
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert replies == sorted(set(replies))
        assert leased <= 1


LedgerMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestLedgerMachine = LedgerMachine.TestCase
