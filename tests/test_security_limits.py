"""What one sender can take from the others: messages, streams, connections; and what is remembered of where they are."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from helpdesk import connections, limits
from helpdesk.app import create_app
from helpdesk.chat import stream
from helpdesk.limits import LIMITS, Blocks
from tests.clock import Clock
from tests.web import Chat, FakeAssistant, FakeSafety, RealServer, settings_for, stream_blocks

ADDRESS = "203.0.113.77"
SLOW = b"POST /api/conversations HTTP/1.1\r\nHost: x\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[TestClient]:
    """The web process with its limits on, and every visitor at one address."""
    app = create_app(settings_for(tmp_path, HELPDESK_RATE_LIMIT="on"), assistant=FakeAssistant(), safety=FakeSafety())
    with TestClient(app, raise_server_exceptions=False, client=(ADDRESS, 4711)) as client:
        yield client


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealServer]:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    server = RealServer(settings_for(tmp_path, HELPDESK_RATE_LIMIT="on"), FakeAssistant(), FakeSafety()).start()
    yield server
    server.stop()


def test_the_whole_server_takes_so_many_messages_and_danger_always(limited: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "server_messages", (3, 60.0))
    chats = [Chat(limited) for _ in range(4)]

    sent = [chat.send("What is Tob1?") for chat in chats]

    assert [one.status_code for one in sent] == [202, 202, 202, 429]
    assert 0 < int(sent[3].headers["Retry-After"]) <= 60
    assert chats[3].send("I think of suicide").status_code == 202


def test_two_hundred_visitors_of_one_hospital_are_not_kept_out(limited: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "block_conversations", (200, 3600.0))  # they come over some hours
    chats = [Chat(limited) for _ in range(100)]

    assert {chat.send("What is Tob1?").status_code for chat in chats} == {202}


def test_asking_for_a_person_again_and_again_is_limited_but_not_danger_in_it(limited: TestClient) -> None:
    chat = Chat(limited)

    codes = [chat.post("handoff", {}).status_code for _ in range(12)]

    assert codes == [202] * 10 + [429] * 2
    assert chat.post("handoff", {"reason": "I think of suicide"}).status_code == 202
    assert any(event.get("route") == "crisis" for event in chat.events())


def test_a_conversation_holds_so_many_streams_and_gets_its_places_back(
    served: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.AT_ONCE, "conversation_streams", 3)
    with served.client() as client, ExitStack() as open_streams:
        chat, other = Chat(client), Chat(client)

        def follow(one: Chat) -> Any:
            headers = {**one.headers, "Accept": "text/event-stream"}
            return open_streams.enter_context(client.stream("GET", f"{one.path}/events", headers=headers))

        held = [follow(chat) for _ in range(3)]
        assert [one.status_code for one in held] == [200, 200, 200]
        refused = follow(chat)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(stream.RETRY_SECONDS))
        assert chat.get().status_code == 200  # by asking again and again it can still be read
        assert follow(other).status_code == 200

        for one in held:
            one.close()
        places = served.app.state.service.places
        while places.taken[("conversation_streams", chat.id)]:
            chat.get(wait=0.05)
        again = follow(chat)
        assert again.status_code == 200 and stream_blocks(again, 1)


def test_every_place_is_given_back(served: RealServer) -> None:
    with served.client() as client:
        chat = Chat(client)
        for _ in range(15):
            headers = {**chat.headers, "Accept": "text/event-stream"}
            with client.stream("GET", f"{chat.path}/events", headers=headers) as one:
                assert one.status_code in (200, 429)  # the end of the one before may still be on its way
        while served.app.state.service.places.taken:
            chat.get(wait=0.05)

    assert not served.app.state.service.places.taken


def test_a_thousand_connections_that_say_nothing_keep_nobody_out_and_are_ended(served: RealServer) -> None:
    with ExitStack() as stack, served.client() as client:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", served.port))) for _ in range(1000)]
        for number, one in enumerate(slow):
            one.sendall(b"" if number % 3 == 0 else SLOW[: 5 + number % 60])

        assert client.get("/healthz").status_code == 200
        assert Chat(client).ask("What is Tob1?")["route"] == "answer"

        for one in slow:
            one.settimeout(20)
            one.recv(1000)  # until it is ended
        assert len(served.server.server_state.connections) < 50


def test_a_second_request_that_never_gets_whole_is_ended_too(served: RealServer) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as one:
        one.settimeout(20)
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        said = b""
        while not said.endswith(b"}"):  # head and body may come one after the other
            part = one.recv(4000)
            assert part, said
            said += part
        assert b"200 OK" in said
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost")

        assert one.recv(4000) == b""


def test_a_stream_is_no_slow_request(served: RealServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)
    with served.client() as client:
        chat = Chat(client)
        with client.stream("GET", f"{chat.path}/events?wait=0", headers={**chat.headers, "Accept": "text/event-stream"}) as one:
            chat.ask("What is Tob1?")

            assert any('"reply_to":2' in part for part in one.iter_text())


def test_what_waits_for_a_reader_who_does_not_read_is_bounded(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path), assistant=FakeAssistant(), safety=FakeSafety())
    hub = app.state.service.hub
    with hub.listen("c") as listener:
        for _ in range(10_000):
            hub.passing("c", "{}")

        assert len(listener.passing) <= 100


def test_no_address_is_kept_anywhere(limited: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    chat = Chat(limited)
    chat.ask("What is Tob1?")
    chat.post("handoff", {})
    limited.post("/api/device", json={"code": str(uuid.uuid4())})
    limited.post("/desk/sign-in", data={"login": "a@example.org", "password": "wrong"})
    service = limited.app.state.service  # type: ignore[attr-defined]
    service.store.database.empty_log()

    needle = ADDRESS.rpartition(".")[0]
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    kept = f"{service.limiter.seen} {limited.app.state.desk.accounts.limiter.seen} {service.places.taken}"  # type: ignore[attr-defined]
    assert needle.encode() not in files
    assert needle not in kept and needle not in caplog.text and needle not in service.metrics.render()


def test_the_name_of_a_network_is_the_same_all_day_and_another_one_tomorrow() -> None:
    clock = Clock()
    blocks = Blocks(clock)
    today = blocks.name(ADDRESS)
    clock.now += 80_000

    assert blocks.name("203.0.113.1") == today != blocks.name("203.0.114.1")
    clock.now += 10_000
    assert blocks.name(ADDRESS) != today
    assert ADDRESS not in str(vars(blocks))
