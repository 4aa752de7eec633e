"""What a visitor says, and who they are, stays in the conversation: no log, counter or message to others has it; erased, none."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from helpdesk import logs
from helpdesk.app import create_app
from helpdesk.errors import AssistantDown, StoreUnavailable
from helpdesk.logs import Lines, code_of, fields
from helpdesk.metrics import Metrics
from tests.desk import CALLBACK, Desk, add_staff, opened
from tests.web import Chat, FakeAssistant, FakeSafety, answer, settings_for

DRAW = random.Random(11)
DIGITS = [f"303-{DRAW.randrange(200, 999)}-{DRAW.randrange(1000, 9999)}" for _ in range(100)]
MAILS = [f"canary.{DRAW.randrange(10**9)}@mail{DRAW.randrange(10**6)}.example" for _ in range(100)]
CANARIES = DIGITS + MAILS
WORD = "quokkaquokka"  # what is not a personal detail, and still nobody's business
SENTENCES = ("My number is {}. What is Tob1?", "call me on {} " + WORD, "{}", "I am {} and I am tired", "write to {}, please")


@contextmanager
def listened(form: str = "text") -> Iterator[io.StringIO]:
    """Hear everything that is logged anywhere, as the web process writes it."""
    heard, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(heard), root.level
    handler.setFormatter(Lines(form))
    handler.addFilter(lambda record: not record.name.startswith("httpx"))  # the test's own client
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


class Breaking(FakeAssistant):
    """Fails in every way there is, and says in the error what it was asked."""

    async def turn(self, question: Any) -> Any:
        kind = len(self.asked) % 5
        self.asked.append(question)
        if kind == 0:
            raise ValueError(question.text)
        if kind == 1:
            raise KeyError(question)
        if kind == 2:
            raise AssistantDown("timeout")
        if kind == 3:
            raise UnicodeError(f"{question.text}\n{question.text}")
        return await super().turn(question)


def ways(chat: Chat, canary: str) -> list[Callable[[], Any]]:
    """Return every way by which a visitor, or a stranger, can bring a personal detail in."""
    client, ours = chat.client, {"headers": chat.headers}
    return [
        lambda: chat.post("handoff", {"reason": f"{WORD} {canary}"}),
        lambda: chat.post("callback", {**CALLBACK, "name": f"Jane {WORD}", "when": canary, "topic": canary}),
        lambda: chat.post("feedback", {"seq": 1, "helpful": False, "comment": f"{WORD} {canary}"}),
        lambda: chat.post("messages", {"client_id": canary, "text": canary}),
        lambda: client.post(f"/api/conversations/{canary}/messages", content=canary.encode(), **ours),
        lambda: client.get(f"/{canary}?q={canary}", headers={"X-Note": canary, "Accept": "text/html"}),
        lambda: chat.get(after=canary),
        lambda: client.post("/chat", data={"text": canary, "csrf": canary}),
        lambda: client.post("/api/device", json={"code": canary}),
        lambda: client.post("/desk/sign-in", data={"login": canary, "password": canary}),
        lambda: client.get(f"/chat/static/{canary}"),
        lambda: client.delete(chat.path, **ours),
    ]


def test_two_hundred_personal_details_by_every_way_and_with_every_failure_reach_no_log_counter_or_inbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"HELPDESK_WEBHOOKS": "http://127.0.0.1:9/hook", "HELPDESK_WEBHOOK_SECRET": "s" * 20, "HELPDESK_METRICS_PORT": ""}
    safety = FakeSafety()
    assistant = Breaking()
    assistant.answers = lambda question: (answer(f"About {question.text}", route="miss", topic=None),)
    app = create_app(settings_for(tmp_path, **environ), assistant=assistant, safety=safety)
    with listened() as heard, TestClient(app, raise_server_exceptions=False) as client:
        store = app.state.service.store
        add_staff(app, "Ana")
        for number, canary in enumerate(CANARIES):
            safety.fail = number % 7 == 0
            if number % 25 == 24:
                monkeypatch.setattr(store.ledger, "accept", broken)
            chat = Chat(client)
            client.put(f"{chat.path}/teaching", json={"agreed": True}, headers=chat.headers)
            chat.send(SENTENCES[number % len(SENTENCES)].format(canary))
            every = ways(chat, canary)
            every[number % len(every)]()
            every[number // 2 % len(every)]()
            monkeypatch.undo()
        end = app.state.service.worker
        while end.tasks:
            chat.get(wait=0.05)
        told = [row["body"] for row in every_row(store, "outbox")] + [str(dict(row)) for row in every_row(store, "audit")]
        inbox = [item.text for item in store.inbox.items()]
        counters = app.state.service.metrics.render()

    assert len(told) > 20 and len(inbox) > 5 and heard.getvalue().count("Request answered.") > 900
    for where in ("\n".join(told), heard.getvalue(), counters):
        assert [canary for canary in CANARIES if canary in where] == [] and WORD not in where
    assert [canary for canary in CANARIES if canary in "\n".join(inbox)] == []  # words are there, details are not


def broken(conversation: str, incoming: Any, *rest: Any, **more: Any) -> Any:
    if len(incoming.text) % 2:
        raise StoreUnavailable(incoming.text)
    raise RuntimeError(f"{incoming}")


def every_row(store: Any, table: str) -> Any:
    with store.database.read() as db:
        return db.all(f"SELECT * FROM {table}")


# ---- the log itself


def test_a_request_is_one_line_with_its_code_and_that_of_its_conversation(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path), assistant=FakeAssistant(), safety=FakeSafety())
    with listened("json") as heard, TestClient(app) as client:
        chat = Chat(client)
        sent = chat.send("What is Tob1?")
        client.get("/nothing/here", headers={"Accept": "text/html"})

    lines = [json.loads(line) for line in heard.getvalue().splitlines()]
    found = {line["request"]: line for line in lines if line["message"] == "Request answered."}
    mine = found[sent.headers["X-Request-Id"]]
    assert mine["conversation"] == code_of(chat.id) and mine["status"] == 202 and mine["method"] == "POST"
    assert mine["route"] == "/api/conversations/{id}/messages" and mine["ms"] >= 0
    assert "unknown" in {line["route"] for line in found.values()}
    assert chat.id not in heard.getvalue() and chat.token not in heard.getvalue() and "nothing" not in heard.getvalue()


def test_what_is_logged_of_a_turn_bears_the_codes_of_its_request(tmp_path: Path) -> None:
    assistant = FakeAssistant()
    assistant.down = True
    app = create_app(settings_for(tmp_path), assistant=assistant, safety=FakeSafety())
    with listened("json") as heard, TestClient(app) as client:
        chat = Chat(client)
        chat.ask("What is Tob1?")

    (line,) = [line for line in map(json.loads, heard.getvalue().splitlines()) if "without Rasa" in line["message"]]
    assert line["conversation"] == code_of(chat.id) and line["request"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_of_an_error_the_log_has_kind_and_place_and_never_the_text(form: str) -> None:
    with listened(form) as heard:
        try:
            raise ValueError(WORD)
        except ValueError:
            logging.getLogger("helpdesk.x").exception("It failed.")
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n%s", WORD)

    assert WORD not in heard.getvalue()
    assert "ValueError" in heard.getvalue() and "test_security_words.py" in heard.getvalue()


def test_what_asyncio_says_of_a_task_that_failed_holds_no_text_of_the_error() -> None:
    async def fail() -> None:
        async def inner() -> None:
            raise ValueError(WORD)

        task = asyncio.ensure_future(inner())
        await asyncio.sleep(0.01)
        assert task.done()

    with listened() as heard:
        asyncio.run(fail())

    assert "never retrieved" in heard.getvalue() and WORD not in heard.getvalue()


@pytest.mark.parametrize("value", ["two words", 'a "quoted" one', "a\nbreak", "a=b", ""])
def test_a_field_of_a_line_of_text_cannot_pretend_to_be_another(value: str) -> None:
    with listened() as heard:
        logging.getLogger("helpdesk.x").info("Told.", extra=fields(value=value, status=200))

    assert heard.getvalue().count("\n") == 1 and heard.getvalue().rstrip().endswith(f"value={json.dumps(value)} status=200")


def test_the_log_is_set_up_in_the_form_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.set_up("info", "json")

    assert logging.getLogger().handlers[0].formatter.form == "json"  # type: ignore[union-attr]


# ---- what stands in the counters


@pytest.mark.databases
def test_the_counters_tell_how_sure_the_bot_was_what_waits_and_what_was_published(tmp_path: Path) -> None:
    with opened(tmp_path) as desk:
        desk.assistant.answers = lambda question: (answer(confidence=0.42),)
        chat = desk.visitor("What is Tob1?")
        chat.post("callback", CALLBACK)
        desk.visitor()
        metrics: Metrics = desk.app.state.service.metrics
        while "helpdesk_waiting 1" not in metrics.render():
            asyncio.run(retention(desk))
        text = metrics.render()

    assert 'helpdesk_confidence_bucket{le="0.4"} 0' in text and 'helpdesk_confidence_bucket{le="0.5"} 1' in text
    for line in ("helpdesk_callbacks_open 1", "helpdesk_turns_open 0", "helpdesk_publications_failed_total 0"):
        assert f"\n{line}\n" in text
    assert "helpdesk_waiting_oldest_seconds" in text and "helpdesk_disk_free_bytes" in text


async def retention(desk: Desk) -> None:
    from helpdesk.retention import Retention

    service = desk.app.state.service
    await Retention(desk.store, desk.app.state.studio.settings, service.hub, service.metrics, desk.store.clock).look()


def test_every_counter_is_in_the_documentation(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    with opened(tmp_path) as desk:
        desk.claimed("What is Tob1?")
        asyncio.run(retention(desk))
        names = {line.split()[2] for line in desk.app.state.service.metrics.render().splitlines() if line.startswith("# TYPE")}

    assert [name for name in names if f"`{name.removesuffix('_oldest_seconds')}" not in text] == []


# ---- erased


def test_of_an_erased_conversation_no_file_holds_a_word(tmp_path: Path) -> None:
    with listened() as heard, opened(tmp_path) as desk:
        chat = desk.claimed(f"My number is {DIGITS[0]}. What is {WORD}?")
        chat.client.put(f"{chat.path}/teaching", json={"agreed": True}, headers=chat.headers)
        chat.post("callback", {**CALLBACK, "topic": WORD})
        chat.post("feedback", {"seq": 3, "helpful": False, "comment": WORD})
        desk.ana.act(chat, "note", text=f"a note of {WORD}")
        desk.ana.act(chat, "teach", seq="2")
        desk.store.inbox.items()
        assert chat.client.delete(chat.path, headers=chat.headers).status_code == 204
        held = [path for path in tmp_path.rglob("*") if path.is_file() and holds(path, chat)]
        after = [table for table in tables(desk) if any(chat.id in str(dict(row)) for row in every_row(desk.store, table))]

    assert held == [] and after == []
    assert WORD not in heard.getvalue() and chat.id not in heard.getvalue()


def holds(path: Path, chat: Chat) -> bool:
    data = path.read_bytes()
    return any(needle.encode() in data for needle in (WORD, DIGITS[0], chat.id, chat.token))


def tables(desk: Desk) -> list[str]:
    with desk.store.database.read() as db:
        return [row["name"] for row in db.all("SELECT name FROM sqlite_master WHERE type = 'table'")]


def test_whatever_is_in_flight_when_a_conversation_is_erased_nothing_of_it_comes_back(tmp_path: Path) -> None:
    assistant = FakeAssistant()
    app = create_app(settings_for(tmp_path), assistant=assistant, safety=FakeSafety())
    with TestClient(app) as client, ThreadPoolExecutor(3) as threads:
        store = app.state.service.store
        chats = [Chat(client) for _ in range(100)]
        for number, chat in enumerate(chats):
            assistant.delay = (number % 4) / 500
            ways = [
                lambda chat=chat: chat.send(f"{WORD}?"),
                lambda chat=chat: chat.post("feedback", {"seq": 1, "helpful": True, "comment": WORD}),
                lambda chat=chat: client.delete(chat.path, headers=chat.headers),
            ]
            chat.send(f"{WORD}!")
            codes = [one.status_code for one in threads.map(lambda way: way(), ways)]
            assert codes[2] == 204 and set(codes[:2]) <= {202, 204, 404}
        while app.state.service.worker.tasks:
            client.get("/healthz")
        left = {table: len(every_row(store, table)) for table in ("conversations", "events", "turns", "offers", "feedback")}
        store.database.empty_log()

    assert set(left.values()) == {0}
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and WORD.encode() in path.read_bytes()]
    assert threading.active_count() < 50
