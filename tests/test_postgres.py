"""The ledger on PostgreSQL, where others write at the same time, and where the server itself can go away and come back."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from cryptography.fernet import Fernet
from starlette.testclient import TestClient

from helpdesk.app import create_app
from helpdesk.conversation import compose, down_event, greeting
from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.forms import Callback, Feedback
from helpdesk.handoff import navigator_event
from helpdesk.message import Incoming, visitor_event
from helpdesk.store import Outcome, Store, keeping
from helpdesk.store.revisions import Revision, new_change
from helpdesk.words import words
from tests.clock import Clock
from tests.desk import Navigator, add_staff
from tests.postgres import Postgres
from tests.web import Chat, FakeAssistant, FakeSafety, answer, settings_for

KEY = Fernet.generate_key().decode()
WORDS = words()
DOWN = Outcome(event=down_event(WORDS))


@pytest.fixture
def stores(postgres: Postgres) -> Iterator[Callable[[int], list[Store]]]:
    """Open one ledger so many times, as that many processes do."""
    url, opened = postgres.url("ledger"), ExitStack()
    yield lambda count: [opened.enter_context(closing(Store(url, [KEY]))) for _ in range(count)]
    opened.close()
    postgres.give_back()


def begin(store: Store) -> str:
    conversation = uuid.uuid4().hex
    store.ledger.start(conversation, token_hash="h", token_key="k", first=greeting(WORDS))
    return conversation


def accept(store: Store, conversation: str, text: str, client_id: str | None = None) -> Any:
    incoming = Incoming(client_id or str(uuid.uuid4()), text)
    return store.ledger.accept(conversation, incoming, visitor_event(incoming, WORDS), digest=text)


def outcome(text: str = "x") -> Outcome:
    event = compose([answer(text)], masked=(), switches={}, words=WORDS)
    return Outcome(event=event, answered=True, context={"topic": "tob1"})


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Return what each came to, or the exception."""

    def outcome_of(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (Refusal, StoreUnavailable) as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome_of, calls))


def test_of_twenty_navigators_in_two_processes_who_claim_at_once_one_wins(stores) -> None:
    first, second = stores(2)
    staff = [first.staff.add(f"n{number}@example.org", f"N {number}", ["navigator"]) for number in range(20)]
    for _ in range(5):
        conversation = begin(first)

        def claim(number: int, conversation: str = conversation) -> None:
            who = staff[number]
            (first, second)[number % 2].handoffs.claim(conversation, who, navigator_event(WORDS, "joined", who.name))

        made = at_once([lambda number=number: claim(number) for number in range(20)])

        winners = [who for who, result in zip(staff, made, strict=True) if result is None]
        lost = [result for result in made if result is not None]
        assert len(winners) == 1 and {type(one) for one in lost} == {Refusal}
        assert {(one.code, one.holder) for one in lost} == {("taken", winners[0].name)}
        assert [body for _, body in first.ledger.events(conversation)][-1].count('"owner":"navigator"') == 1


def test_one_conversation_through_two_processes_is_answered_in_order_each_message_once(stores) -> None:
    opened = stores(2)
    conversation = begin(opened[0])
    asked: list[str] = []
    leased = [0, 0]  # now, and the most at one time

    def say(number: int) -> None:
        store = opened[number % 2]
        turn = accept(store, conversation, f"message {number}").turn
        while turn is not None:  # as a worker does
            leased[0] += 1
            leased[1] = max(leased)
            asked.append(turn.text)
            time.sleep(random.uniform(0, 0.002))
            leased[0] -= 1
            turn = store.turns.finish(turn, outcome(turn.text)).next

    assert at_once([lambda start=start: [say(n) for n in range(start, 60, 6)] for start in range(6)]) == [[None] * 10] * 6

    events = opened[0].desk_view.events(conversation)
    said = [event for event in events if event["author"] == "visitor"]
    replies = [event for event in events if event.get("reply_to")]
    assert [event["seq"] for event in events] == list(range(1, 122))
    assert [event["reply_to"] for event in replies] == [event["seq"] for event in said]
    assert [event["text"] for event in replies] == [event["text"] for event in said] == asked
    assert len(asked) == 60 and leased[1] == 1


def test_one_message_that_is_sent_fifty_times_at_once_is_kept_once(stores) -> None:
    opened = stores(2)
    conversation = begin(opened[0])

    made = at_once([lambda n=n: accept(opened[n % 2], conversation, "hello", client_id="the same") for n in range(50)])

    assert {one.seq for one in made} == {2} and sum(one.turn is not None for one in made) == 1
    with pytest.raises(Refusal, match="conflict"):
        accept(opened[1], conversation, "another", client_id="the same")


def test_a_lease_of_a_process_that_died_is_given_up_once(stores) -> None:
    opened = stores(3)
    for store in opened:
        store.turns.clock = Clock(time.time() + 60)
    conversation = begin(opened[0])
    late = accept(opened[0], conversation, "one").turn
    accept(opened[0], conversation, "two")

    made = at_once([lambda store=store: store.turns.give_up(everything=False, outcome=DOWN) for store in opened])

    given_up = [finished for found in made for _, finished in found if finished.stored]
    assert [finished.next.text for finished in given_up] == ["two"]
    assert opened[0].turns.finish(late, outcome()).stored is False


def test_whatever_is_written_while_a_conversation_is_erased_nothing_of_it_stays(stores) -> None:
    store, other = stores(2)
    staff = store.staff.add("ana@example.org", "Ana", ["navigator"])
    for _ in range(8):
        conversation = begin(store)
        seq = store.ledger.append(conversation, down_event(WORDS))
        at_once(
            [
                lambda c=conversation: accept(store, c, "quokka"),
                lambda c=conversation: other.extras.erase(c),
                lambda c=conversation: store.handoffs.note(c, staff, "quokka"),
                lambda c=conversation, n=seq: store.extras.add_feedback(c, Feedback(seq=n, helpful=True, comment="quokka")),
                lambda c=conversation: store.callbacks.add(c, Callback("a", "b", "c", None), event=greeting(WORDS)),
                lambda c=conversation: store.inbox.agree(c, True),
            ]
        )

        with store.database.read() as db:
            for table in ("events", "turns", "offers", "callbacks", "feedback", "notes", "handoffs", "inbox", "devices"):
                assert db.all(f"SELECT * FROM {table} WHERE conversation = :id", id=conversation) == [], table
            assert store.ledger.find(conversation) is None


def test_of_many_trainings_that_begin_at_once_one_does(stores) -> None:
    opened = stores(4)

    made = at_once([lambda store=store: store.jobs.begin(None, None) for store in opened * 2])

    assert sum(isinstance(one, str) for one in made) == 1
    assert {one.code for one in made if isinstance(one, Refusal)} == {"busy"}


def test_of_two_who_want_one_login_at_once_one_is_refused(stores) -> None:
    opened = stores(2)
    for number in range(5):
        people = [opened[0].staff.add(f"p{number}{n}@example.org", f"P {n}", ["navigator"]) for n in range(4)]
        wanted = f"new{number}@example.org"

        def change(n: int, people: list[Any] = people, wanted: str = wanted) -> Any:
            return opened[n % 2].staff.change(people[n].id, login=wanted, name="P", roles=["navigator"])

        made = at_once([lambda n=n, change=change: change(n) for n in range(4)])

        assert sorted(one.code for one in made if isinstance(one, Refusal)) == ["taken"] * 3


def test_many_who_read_the_inbox_at_once_find_each_message_once(stores) -> None:
    opened = stores(3)
    for number in range(12):
        conversation = begin(opened[0])
        opened[0].inbox.agree(conversation, True)
        missed = compose([answer("?", route="miss", topic=None)], masked=(), switches={}, words=WORDS)
        turn = accept(opened[0], conversation, f"how is it with zebra number {number}").turn
        opened[0].turns.finish(turn, Outcome(event=missed))

    made = at_once([store.inbox.count for store in opened * 4])

    assert made == [12] * 12


def test_the_audit_of_many_writers_is_one_whole_chain(stores) -> None:
    opened = stores(2)

    at_once([lambda n=n: [opened[n % 2].audit.add(staff=None, action=f"deed {n}") for _ in range(5)] for n in range(6)])

    verdict = opened[0].audit.verify()
    assert (verdict.rows, verdict.problems) == (30, [])


def test_a_server_that_is_killed_loses_nothing_that_was_acknowledged_and_is_found_again(postgres, stores) -> None:
    [store] = stores(1)
    conversation = begin(store)
    kept = [accept(store, conversation, f"message {number}").seq for number in range(20)]

    postgres.kill()
    with pytest.raises(StoreUnavailable) as caught:
        accept(store, conversation, "quokka")
    postgres.start()

    assert "quokka" not in f"{caught.value} {caught.value.__cause__}"
    assert accept(store, conversation, "after").seq == kept[-1] + 1
    assert [seq for seq, _ in store.ledger.events(conversation)] == list(range(1, kept[-1] + 2))


def test_hostile_signs_are_no_failure_of_the_database(tmp_path, postgres) -> None:
    signs = ["a\x00b", "\x00", "\ud800x", "\u202e\ufeff%s %(x)s :id '; DROP TABLE staff; --", "x" * 100_000]
    settings = settings_for(tmp_path, HELPDESK_DATABASE_URL=postgres.url("hostile"))
    app = create_app(settings, assistant=FakeAssistant(), safety=FakeSafety())
    found = []
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        chat = Chat(client)
        ana = Navigator(app, add_staff(app, "Ana", "admin"), client)
        for sign in signs:
            text = sign.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
            found += [
                client.post(f"{chat.path}/messages", content=_json(sign), headers=chat.headers),
                chat.post("feedback", {"seq": 1, "helpful": True, "comment": text}),
                ana.send(f"/desk/c/{chat.id}", f"/desk/c/{chat.id}/note", text=text),
                ana.get(f"/desk/list/bot?{urlencode({'q': text[:500]})}"),
                ana.get(f"/desk/c/{quote(text[:50])}"),
                ana.get(f"/desk/audit?{urlencode({'before': text[:500]})}"),
            ]
    postgres.give_back()

    assert [(one.request.url.path, one.status_code) for one in found if one.status_code >= 500] == []


def _json(text: str) -> bytes:
    """Write the body as a hostile client does: escapes for whatever is no character."""
    escaped = "".join(f"\\u{ord(sign):04x}" if ord(sign) < 32 or 0xD800 <= ord(sign) < 0xE000 else sign for sign in text)
    return f'{{"client_id": "{uuid.uuid4()}", "text": "{escaped}"}}'.encode()


@pytest.mark.databases
def test_the_small_tables_are_the_same_on_either_database(tmp_path) -> None:
    clock = Clock(1_800_000_000.0)
    with closing(Store(f"sqlite:///{tmp_path / 'ledger.db'}", [KEY], clock=clock, targets=("webhook:1", "notify:1"))) as store:
        conversation = begin(store)
        change = new_change()
        rows = [Revision(f"{change}-{n}", clock.now, None, "data/x.yml", f"text {n}") for n in range(3)]
        store.revisions.add(rows)
        store.revisions.add(rows)  # once more, which changes nothing
        store.devices.offer(conversation, digest="code", token="token")
        store.kept_pairs.keep("pair", "ana")
        store.kept_pairs.keep("pair", "ben")
        store.extras.add_feedback(conversation, Feedback(seq=1, helpful=False, comment=None))
        store.extras.add_feedback(conversation, Feedback(seq=1, helpful=True, comment="good"))
        store.callbacks.add(conversation, Callback("Jane", "+13035550142", "now", None), event=greeting(WORDS))
        store.turns.finish(accept(store, conversation, "hello").turn, outcome())
        report = store.insights.report([clock.now - 10], clock.now + 10)

        assert [one.text for one in store.revisions.of_change(change)] == ["text 0", "text 1", "text 2"]
        assert (store.devices.take("code"), store.devices.take("code")) == ("token", None)
        assert store.kept_pairs.all()["pair"].staff == "ana"
        assert [one.helpful for one in store.extras.feedback(conversation)] == [True]
        assert [store.reminders.remind([("tob1", "2027-05-01")]) for _ in range(2)] == [1, 0]
        assert (report.total.conversations, report.total.replies, report.total.callbacks_open) == (1, 1, 1)
        assert keeping.older_than(store, clock.now + 1) == []  # there is a call to make
        assert store.extras.erase(conversation) and keeping.erased_hashes(store)
        assert store.database.empty_log()
