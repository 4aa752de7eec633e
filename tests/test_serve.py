"""The web process as it is really run: killed in mid-turn, stopped, started twice."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.web import Chat

ROOT = Path(__file__).parent.parent
PROGRAM = """
import sys
import helpdesk.app
from helpdesk.settings import read_settings
from tests.web import FakeSafety

helpdesk.app.load_safety = lambda settings: FakeSafety()
try:
    helpdesk.app.serve(read_settings(), sys.argv[1], "s3cret")
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


class StubRasa(ThreadingHTTPServer):
    """Answers turns as the channel does; keeps what it was asked; can be slow."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StubHandler)
        self.asked: list[str] = []
        self.delay = 0.0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *args: object) -> None:
        """Say nothing of an asker that was killed."""


class StubHandler(BaseHTTPRequestHandler):
    server: StubRasa

    def do_GET(self) -> None:
        self.reply({"hello": "rasa"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["X-Helpdesk-Secret"] == "s3cret"
        self.server.asked.append(asked["text"])
        time.sleep(self.server.delay)
        half = {"intent": "ask_tob1", "route": "answer", "text": f"About {asked['text']}", "topic": "tob1", "facts": ["F47"]}
        self.reply({"turn": asked["turn"], "answers": [half], "context": None})

    def reply(self, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def rasa() -> Iterator[StubRasa]:
    stub = StubRasa()
    thread = threading.Thread(target=stub.serve_forever, daemon=True)
    thread.start()
    yield stub
    stub.shutdown()
    stub.server_close()


class Process:
    """The web process in a process of its own."""

    def __init__(self, state: Path, rasa: StubRasa) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = {
            "HELPDESK_STATE": str(state),
            "HELPDESK_PORT": str(port),
            "HELPDESK_RATE_LIMIT": "off",
            "PYTHONPATH": str(ROOT),
        }
        self.popen = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, rasa.url], env={**os.environ, **settings}, stderr=subprocess.PIPE, text=True
        )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)

    def ready(self) -> Process:
        for _ in range(300):
            assert self.popen.poll() is None, self.popen.stderr and self.popen.stderr.read()
            try:
                if self.client.get("/readyz").status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("not ready")

    def end(self, how: signal.Signals) -> tuple[int, str]:
        self.popen.send_signal(how)
        _, errors = self.popen.communicate(timeout=30)
        self.client.close()
        return self.popen.returncode, errors


def wait_for(condition) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def test_killed_in_mid_turn_the_visitor_gets_the_down_reply_and_types_nothing_twice(tmp_path, rasa):
    first = Process(tmp_path, rasa).ready()
    chat = Chat(first.client)
    chat.ask("before")
    rasa.delay = 3
    chat.send("in the middle")
    chat.send("behind it")
    wait_for(lambda: "in the middle" in rasa.asked)
    first.end(signal.SIGKILL)
    rasa.delay = 0
    second = Process(tmp_path, rasa).ready()
    chat.client = second.client
    routes = [event["route"] for event in chat.events() if event.get("reply_to")]
    after = chat.ask("after")
    code, errors = second.end(signal.SIGTERM)

    assert (routes, after["route"], code) == (["answer", "down", "down"], "answer", 0)
    assert rasa.asked == ["before", "in the middle", "after"]
    assert "in the middle" not in errors


def test_sigterm_lets_the_turn_in_hand_end(tmp_path, rasa):
    first = Process(tmp_path, rasa).ready()
    chat = Chat(first.client)
    rasa.delay = 1
    chat.send("in the middle")
    wait_for(lambda: "in the middle" in rasa.asked)
    code, _ = first.end(signal.SIGTERM)
    second = Process(tmp_path, rasa).ready()
    chat.client = second.client
    last = chat.events()[-1]
    second.end(signal.SIGTERM)

    assert (code, last["route"], last["reply_to"]) == (0, "answer", 2)


def test_a_second_process_on_the_same_folder_is_refused_in_a_sentence(tmp_path, rasa):
    first = Process(tmp_path, rasa).ready()
    second = Process(tmp_path, rasa)
    _, errors = second.popen.communicate(timeout=30)
    second.client.close()
    first.end(signal.SIGTERM)

    assert second.popen.returncode == 1
    assert "Another help desk runs on" in errors and "Traceback" not in errors


def test_rasa_away_is_down_and_rasa_back_is_an_answer(tmp_path, rasa):
    process = Process(tmp_path, rasa).ready()
    chat = Chat(process.client)
    rasa.shutdown()
    rasa.socket.close()
    away = chat.ask("while it is away")
    ready = process.client.get("/readyz")
    process.end(signal.SIGTERM)

    assert (away["route"], ready.status_code) == ("down", 503)
