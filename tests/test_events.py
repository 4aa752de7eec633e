"""Reading a conversation: pages of JSON, and the stream on a real port."""

from __future__ import annotations

import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from helpdesk.chat import stream as stream_module
from helpdesk.errors import ReplayError
from helpdesk.replay import replay
from tests.web import Chat, RealServer, answer, settings_for, stream_blocks

# ---- pages


def test_a_page_goes_on_after_a_number(chat):
    chat.ask("hello")

    first = chat.get(after=0).json()
    rest = chat.get(after=first["events"][0]["seq"]).json()

    assert first["next"] == 3
    assert [event["seq"] for event in rest["events"]] == [2, 3]
    assert chat.get(after=3).json() == {"events": [], "next": 3}
    assert chat.get(after=50).json() == {"events": [], "next": 50}


def test_a_page_holds_at_most_two_hundred(client, chat):
    ledger = client.app.state.service.store.ledger
    event = {"kind": "message", "author": "bot", "name": "x", "text": "…", "route": "smalltalk", "answers": [], "actions": []}
    for _ in range(230):
        ledger.append(chat.id, event)

    first = chat.get(after=0).json()
    second = chat.get(after=first["next"]).json()

    assert (len(first["events"]), first["next"], len(second["events"]), second["next"]) == (200, 200, 31, 231)


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=1e99", "after=nan", "wait=21", "wait=-1", "wait=x", "wait=inf", "after=١"]
)
def test_a_page_is_asked_for_with_sensible_numbers(client, chat, query):
    response = client.get(f"{chat.path}/events?{query}", headers=chat.headers)

    assert (response.status_code, response.json()["error"]["field"]) == (422, query.split("=")[0])


def test_waiting_ends_when_there_is_something(server: RealServer, assistant):
    assistant.delay = 0.3
    with server.client() as client:
        chat = Chat(client)
        seq = chat.send("hello").json()["seq"]
        assert chat.events(after=seq, wait=0) == []
        [reply] = chat.events(after=seq, wait=20)

    assert reply["reply_to"] == seq


def test_waiting_ends_when_the_time_is_up(server: RealServer):
    with server.client() as client:
        assert Chat(client).events(after=1, wait=0.2) == []


# ---- the stream


def open_stream(client: httpx.Client, chat: Chat, **headers: str):
    more = {"Accept": "text/event-stream", **chat.headers, **headers}
    return client.stream("GET", f"{chat.path}/events", headers=more)


def test_the_stream_gives_what_was_said_and_what_comes(server: RealServer):
    with server.client() as client, server.client() as sender:
        chat = Chat(sender)
        with open_stream(client, chat) as response:
            chat.send("hello")
            blocks = stream_blocks(response, 4)

        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        numbered = [block for block in blocks if block["id"]]
        assert [block["id"] for block in numbered] == ["1", "2", "3"]
        assert [block["data"] for block in numbered] == chat.events()


def test_the_stream_begins_with_the_retry_time_and_has_no_event_field(server: RealServer):
    with server.client() as client:
        chat = Chat(client)
        with open_stream(client, chat) as response:
            text = ""
            for part in response.iter_text():
                text += part
                if "data:" in text:
                    break

    assert text.startswith("retry: 2000\n\n") and "event:" not in text
    assert text.count("\n\n") == 2


def test_typing_is_sent_without_a_number_and_never_stored(server: RealServer, assistant):
    assistant.delay = 0.1
    with server.client() as client, server.client() as sender:
        chat = Chat(sender)
        with open_stream(client, chat) as response:
            chat.send("hello")
            blocks = stream_blocks(response, 4)

        kinds = [(block["id"], block["data"]["kind"]) for block in blocks]
        assert (None, "typing") in kinds
        assert [event["kind"] for event in chat.events()] == ["message"] * 3


def test_the_stream_resumes_after_the_last_event_id(server: RealServer):
    with server.client() as client:
        chat = Chat(client)
        chat.ask("one")
        chat.ask("two")
        with open_stream(client, chat, **{"Last-Event-ID": "3"}) as response:
            resumed = [block["id"] for block in stream_blocks(response, 2)]
        headers = {"Accept": "text/event-stream", **chat.headers}
        with client.stream("GET", f"{chat.path}/events?after=4", headers=headers) as response:
            after = [block["id"] for block in stream_blocks(response, 1)]
        with open_stream(client, chat, **{"Last-Event-ID": "nonsense"}) as response:
            from_the_start = [block["id"] for block in stream_blocks(response, 5)]

    assert (resumed, after, from_the_start) == (["4", "5"], ["5"], ["1", "2", "3", "4", "5"])


def test_five_cuts_lose_nothing_and_repeat_nothing(server: RealServer):
    seen: list[int] = []
    with server.client() as client, server.client() as sender:
        chat = Chat(sender)
        for number in range(5):
            chat.send(f"question {number}")
            with open_stream(client, chat, **{"Last-Event-ID": str(seen[-1] if seen else 0)}) as response:
                seen += [int(block["id"]) for block in stream_blocks(response, 2) if block["id"]]
        chat.reply(chat.send("last").json()["seq"])
        with open_stream(client, chat, **{"Last-Event-ID": str(seen[-1])}) as response:
            seen += [int(block["id"]) for block in stream_blocks(response, 13 - len(seen)) if block["id"]]

    assert seen == list(range(1, 14))


def test_a_strange_character_cannot_break_a_line(server: RealServer, assistant):
    assistant.answers = lambda question: (answer("one\u2028two\u0085three\r\nfour"),)
    with server.client() as client, server.client() as sender:
        chat = Chat(sender)
        chat.ask("hello \u2028 there")
        with open_stream(client, chat) as response:
            lines = []
            for line in response.iter_lines():
                lines.append(line)
                if "four" in line:
                    break

    assert all(line == "" or line.startswith(("id: ", "data: {", "retry: ", ":")) for line in lines)


def test_a_comment_keeps_the_connection_awake(server: RealServer, monkeypatch):
    monkeypatch.setattr(stream_module, "HEARTBEAT", 0.05)
    with server.client() as client:
        chat = Chat(client)
        with open_stream(client, chat) as response:
            text = ""
            for part in response.iter_text():
                text += part
                if "\n: " in text:
                    break

    assert "\n: still here\n\n" in text


def test_the_stream_of_an_erased_conversation_ends(server: RealServer):
    with server.client() as client, server.client() as other:
        chat = Chat(other)
        with open_stream(client, chat) as response:
            eraser = threading.Timer(0.2, lambda: other.delete(chat.path, headers=chat.headers))
            eraser.start()
            blocks = stream_blocks(response, 99)
        eraser.join()

        assert [block["id"] for block in blocks] == ["1"]
        assert server.app.state.service.hub.listeners == {}


def test_stopping_ends_the_streams_and_lets_the_turn_in_hand_end(tmp_path, assistant, safety):
    server = RealServer(settings_for(tmp_path), assistant, safety).start()
    assistant.delay = 0.5
    with server.client() as client, server.client() as sender:
        chat = Chat(sender)
        with open_stream(client, chat) as response:
            chat.send("hello")
            stop = threading.Thread(target=server.stop)
            stop.start()
            stream_blocks(response, 99)
        stop.join()
    again = RealServer(settings_for(tmp_path), assistant, safety).start()
    with again.client() as client:
        chat.client = client
        events = chat.events()
    again.stop()

    assert [event.get("route") for event in events] == ["smalltalk", None, "answer"]


def test_many_conversations_go_on_at_once(server: RealServer, assistant):
    assistant.delay = 0.2
    began = time.monotonic()
    with server.client() as client, ThreadPoolExecutor(10) as pool:
        chats = [Chat(client) for _ in range(10)]
        replies = list(pool.map(lambda chat: chat.ask("hello"), chats))

    assert [reply["route"] for reply in replies] == ["answer"] * 10
    assert time.monotonic() - began < 10 * 0.2 + 5


def test_the_same_message_sent_many_times_at_once_is_one(server: RealServer):
    client_id = str(uuid.uuid4())
    with server.client() as client, ThreadPoolExecutor(8) as pool:
        chat = Chat(client)
        answers = list(pool.map(lambda _: chat.send("hello", client_id=client_id), range(30)))
        chat.reply(2)

        assert {json.dumps(response.json()) for response in answers} == {'{"seq": 2, "owner": "bot"}'}
        assert len(chat.events()) == 3


def test_many_writers_leave_no_gap(server: RealServer):
    with server.client() as client, ThreadPoolExecutor(8) as pool:
        chat = Chat(client)
        seqs = sorted(response.json()["seq"] for response in pool.map(lambda number: chat.send(f"number {number}"), range(24)))
        chat.reply(seqs[-1])
        events = chat.events()

    assert [event["seq"] for event in events] == list(range(1, 50))
    assert [event["reply_to"] for event in events if event.get("reply_to")] == seqs


# ---- replay


def test_replay_gives_the_replies_in_the_order_of_the_lines(server: RealServer):
    lines = [
        {"id": f"line {number}", "turns": ["what is tob1", {"text": "Vitamin D?", "choice": "/ask_vitamin_d"}]}
        for number in range(12)
    ]

    results = list(replay(lines, server.url, concurrency=4))

    assert [result["id"] for result in results] == [line["id"] for line in lines]
    assert all([reply["reply_to"] for reply in result["replies"]] == [2, 4] for result in results)


def test_replay_tells_what_was_refused_and_goes_on(server: RealServer):
    [result] = replay([{"id": "x", "turns": ["", "what is tob1"]}], server.url)

    assert [reply["route"] for reply in result["replies"]] == ["refused", "answer"]


def test_replay_says_that_nobody_answers():
    with pytest.raises(ReplayError):
        list(replay([{"id": "x", "turns": ["hello"]}], "http://127.0.0.1:9"))


def test_replay_can_be_left_early(server: RealServer):
    results = replay(({"id": number, "turns": ["hello"]} for number in range(50)), server.url)

    assert next(results)["id"] == 0
    results.close()
