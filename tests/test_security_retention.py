"""What is due goes by itself, is hidden at once, and nothing else goes."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from helpdesk.app import create_app
from helpdesk.conversation import greeting
from helpdesk.hub import Hub
from helpdesk.metrics import Metrics
from helpdesk.retention import DAY, Retention
from helpdesk.store import Store, keeping
from helpdesk.words import words
from tests.clock import Clock
from tests.desk import CALLBACK, Desk, opened
from tests.releases import KEY
from tests.web import FakeAssistant, FakeSafety, settings_for

DUE = 91 * DAY
WORDS = words()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as desk:
        yield desk


def later(desk: Desk, seconds: float) -> None:
    """Let everything that was said be older than it is."""
    with desk.store.database.write() as db:
        db.run("UPDATE conversations SET last_at = last_at - :seconds", seconds=seconds)
        db.run("UPDATE callbacks SET ended_at = ended_at - :seconds", seconds=seconds)


def sweep(desk: Desk) -> int:
    settings = desk.app.state.studio.settings
    return asyncio.run(Retention(desk.store, settings, Hub(), Metrics(), desk.store.clock).look())


@pytest.mark.databases
def test_what_is_due_is_seen_by_nobody_even_before_it_is_erased(desk: Desk) -> None:
    chat = desk.visitor("What is Tob1?", waits=False)
    later(desk, DUE)

    assert chat.get().status_code == 404 and chat.send("Hello?").status_code == 404
    assert desk.ana.look(chat).status_code == 404
    assert desk.ana.get(f"/desk/c/{chat.id}/transcript").status_code == 404
    assert chat.id not in desk.ana.get("/desk/list/bot").text
    assert chat.id not in desk.ana.get("/desk/list/bot?q=tob1").text


def test_a_day_before_it_is_due_it_is_there(desk: Desk) -> None:
    chat = desk.visitor("What is Tob1?", waits=False)
    later(desk, DUE - 2 * DAY)

    assert sweep(desk) == 0
    assert chat.get().status_code == 200 and desk.ana.look(chat).status_code == 200


def test_what_is_due_goes_with_all_that_belongs_to_it_and_is_counted_in_the_audit(desk: Desk) -> None:
    for _ in range(3):
        desk.visitor("What is Tob1?", waits=False)
    later(desk, DUE)

    assert sweep(desk) == 3
    with desk.store.database.read() as db:
        for table in ("conversations", "events", "turns", "offers"):
            assert db.all(f"SELECT * FROM {table}") == []
    assert (desk.store.audit.rows(1)[0]["action"], desk.store.audit.rows(1)[0]["detail"]) == ("purge", "3 conversations")


@pytest.mark.databases
def test_who_waits_is_helped_or_is_to_be_called_is_never_due(desk: Desk) -> None:
    waiting, helped, called = desk.visitor(), desk.claimed(), desk.visitor(waits=False)
    called.post("callback", CALLBACK)
    later(desk, DUE)

    assert sweep(desk) == 0
    assert [chat.get().status_code for chat in (waiting, helped, called)] == [200, 200, 200]


@pytest.mark.databases
def test_a_callback_goes_a_month_after_it_was_made(desk: Desk) -> None:
    done, open_ = desk.visitor(waits=False), desk.visitor(waits=False)
    for chat in (done, open_):
        chat.post("callback", CALLBACK)
    (row,) = desk.store.callbacks.of_conversation(done.id)
    desk.store.callbacks.done(row.id, desk.ana.staff.id)

    later(desk, 29 * DAY)
    sweep(desk)
    assert len(desk.store.callbacks.of_conversation(done.id)) == 1
    later(desk, 2 * DAY)
    sweep(desk)

    assert desk.store.callbacks.of_conversation(done.id) == [] and len(desk.store.callbacks.of_conversation(open_.id)) == 1
    assert done.get().status_code == 200


@pytest.mark.databases
def test_of_ten_thousand_conversations_just_those_go_that_are_due(tmp_path: Path) -> None:
    clock, settings = Clock(), settings_for(tmp_path)
    settings.prepare()
    store = Store(settings.database_url, [KEY], clock=clock, keep_seconds=settings.keep_days * DAY)
    draw, due, kept = random.Random(7), set(), set()
    rows: list[dict[str, Any]] = []
    for number in range(10_000):
        age, owner = draw.uniform(0, 180) * DAY, draw.choice(("bot", "closed", "bot", "closed", "waiting", "navigator"))
        rows.append({"id": f"{number:032x}", "at": clock.now - age, "owner": owner})
        (due if age > 90 * DAY and owner in ("bot", "closed") else kept).add(rows[-1]["id"])
    with store.database.write() as db:
        db.run_many(
            "INSERT INTO conversations (id, token_hash, token_key, created_at, last_at, sender, owner)"
            " VALUES (:id, 'h', 'k', :at, :at, :id, :owner)",
            rows,
        )
    asked = keeping.older_than(store, clock.now - 90 * DAY, limit=10_000)
    hidden = {row["id"] for row in rows[:200] if store.ledger.find(row["id"]) is None}

    assert set(asked) == due
    assert hidden == {row["id"] for row in rows[:200]} & due
    assert len(keeping.purge(store, clock.now - 90 * DAY, limit=50)) == 50
    store.close()


def test_a_running_help_desk_erases_what_is_due_by_itself(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, HELPDESK_KEEP_DAYS="1")
    with Store.opened(settings) as store:
        store.ledger.clock = lambda: store.clock() - 2 * DAY
        store.ledger.start(uuid.uuid4().hex, token_hash="h", token_key="k", first=greeting(WORDS))
    app = create_app(settings, assistant=FakeAssistant(), safety=FakeSafety())
    end, left = time.monotonic() + 20, True
    with TestClient(app) as client:
        while left and time.monotonic() < end:
            client.get("/healthz")
            with app.state.service.store.database.read() as db:
                left = bool(db.all("SELECT id FROM conversations"))

    assert not left
