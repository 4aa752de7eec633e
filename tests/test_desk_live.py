"""The streams of the desk, read as a program reads them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from helpdesk.desk import live
from helpdesk.hub import DESK
from tests.desk import COOKIE, add_staff, begin_session
from tests.web import Chat, RealServer, stream_blocks


class Reader:
    """A navigator's browser that only reads streams."""

    def __init__(self, server: RealServer) -> None:
        self.server = server
        self.staff = add_staff(server.app, "Ana")
        self.cookie = begin_session(server.app, self.staff)
        self.public = server.client()

    @contextlib.contextmanager
    def stream(self, path: str, **headers: str) -> Iterator[httpx.Response]:
        with self.public.stream("GET", path, headers={"Cookie": f"{COOKIE}={self.cookie}", **headers}) as response:
            assert (response.status_code, response.headers["content-type"].split(";")[0]) == (200, "text/event-stream")
            yield response


@pytest.fixture
def reader(server: RealServer) -> Iterator[Reader]:
    reader = Reader(server)
    yield reader
    reader.public.close()


@contextlib.contextmanager
def busy(reader: Reader, chat: Chat) -> Iterator[None]:
    """Ring for the chat and the desk all the time."""
    hub, loop, ended = reader.server.app.state.desk.hub, reader.server.server.servers[0].get_loop(), threading.Event()

    def ring() -> None:
        while not ended.wait(0.02):
            loop.call_soon_threadsafe(hub.ring, DESK)
            loop.call_soon_threadsafe(hub.ring, chat.id)

    thread = threading.Thread(target=ring)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def seqs(found: list[dict[str, Any]]) -> list[int]:
    return [int(one["id"]) for one in found if one["id"]]


def test_the_desk_hears_how_many_wait(reader):
    chat = Chat(reader.public)
    with reader.stream("/desk/stream") as response:
        blocks = response.iter_text()
        assert '"waiting":0' in next(part for part in blocks if "data:" in part)
        chat.post("handoff", {})
        assert '"waiting":1' in next(part for part in blocks if "data:" in part)


def test_a_conversation_is_read_from_any_point_without_a_gap(reader):
    chat = Chat(reader.public)
    for number in range(3):
        chat.ask(f"question {number}")
    path = f"/desk/c/{chat.id}/stream"
    with reader.stream(path) as response:
        first = seqs(stream_blocks(response, 7))
    with reader.stream(path, **{"Last-Event-ID": "4"}) as response:
        later = seqs(stream_blocks(response, 3))
    with reader.stream(f"{path}?after=5") as response:
        last = seqs(stream_blocks(response, 2))

    assert (first, later, last) == ([1, 2, 3, 4, 5, 6, 7], [5, 6, 7], [6, 7])


def test_who_may_no_longer_come_in_is_read_to_no_more(reader, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 0.1)
    with reader.stream("/desk/stream") as response:
        lines = response.iter_text()
        next(lines)
        reader.server.app.state.desk.store.staff.set_active(reader.staff.id, False)
        assert all("data:" not in part or "counts" in part for part in lines)  # they end


@pytest.mark.parametrize("path", ["/desk/stream", "/desk/c/{id}/stream"])
@pytest.mark.parametrize("out", ["deactivated", "no longer at the desk"])
def test_who_may_no_longer_come_in_is_read_to_no_more_however_much_happens(reader, monkeypatch, path, out):
    monkeypatch.setattr(live, "HEARTBEAT", 0.3)
    monkeypatch.setattr(live, "GATHER", 0.01)
    chat, desk = Chat(reader.public), reader.server.app.state.desk
    with reader.stream(path.format(id=chat.id)) as response, busy(reader, chat):
        lines = response.iter_text()
        next(lines)
        if out == "deactivated":
            desk.store.staff.set_active(reader.staff.id, False)
        else:
            desk.store.staff.change(reader.staff.id, login=reader.staff.login, name="Ana", roles=["author"])
        end = time.monotonic() + 20
        assert all(time.monotonic() < end for _ in lines)  # they end


@pytest.mark.parametrize("path", ["/desk/stream", "/desk/c/{id}/stream"])
def test_a_busy_stream_keeps_the_desk_open(reader, monkeypatch, path):
    monkeypatch.setattr(live, "HEARTBEAT", 0.3)
    monkeypatch.setattr(live, "GATHER", 0.01)
    chat, store = Chat(reader.public), reader.server.app.state.desk.store
    with reader.stream(path.format(id=chat.id)) as response, busy(reader, chat):
        parts = response.iter_text()
        next(parts)
        with store.database.write() as db:
            db.run("UPDATE staff SET seen_at = 0")
        end = time.monotonic() + 20
        while store.staff.find(reader.staff.id).seen_at == 0 and time.monotonic() < end:
            next(parts)

    assert store.staff.find(reader.staff.id).seen_at > 0


def test_an_open_stream_keeps_the_desk_open_but_not_the_sign_in(reader, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 0.1)
    store = reader.server.app.state.desk.store
    touched: list[str] = []
    monkeypatch.setattr(store.staff, "touch_session", touched.append)
    with reader.stream("/desk/stream") as response:
        parts = response.iter_text()
        next(parts)
        with store.database.write() as db:
            db.run("UPDATE staff SET seen_at = 0")
            db.run("UPDATE sessions SET seen_at = seen_at - 3600")
        while store.staff.find(reader.staff.id).seen_at == 0:
            next(parts)

    assert touched == []
