"""The streams of the desk, read as a program reads them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from helpdesk.desk import live
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
