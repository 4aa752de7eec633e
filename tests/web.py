"""An assistant and a safety net that do as they are told, and the web process around them."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from helpdesk.app import Server, create_app
from helpdesk.assistant import Question, Reply
from helpdesk.connections import Patient
from helpdesk.conversation import Answer
from helpdesk.errors import AssistantDown
from helpdesk.settings import Settings, read_settings


def answer(text: str = "Tob1 is a molecule.", **more: Any) -> Answer:
    known = {"route": "answer", "topic": "tob1", "aspect": "whole", "facts": ("F47",), "page": "Progressive MS Research"}
    return Answer(text=text, **{**known, "section": "Recent progress", "as_of": "2015", "confidence": 0.93, **more})


class FakeAssistant:
    """Answers every question the same, unless told otherwise; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.answers: Any = lambda question: (answer(f"About {question.text}", buttons=(("Vitamin D?", "/ask_vitamin_d"),)),)
        self.down = False
        self.delay = 0.0
        self.in_flight: dict[str, int] = {}
        self.most_in_flight = 0

    async def turn(self, question: Question) -> Reply:
        self.asked.append(question)
        self.in_flight[question.sender] = self.in_flight.get(question.sender, 0) + 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight[question.sender])
        try:
            if self.delay:
                await asyncio.sleep(self.delay)
            if self.down:
                raise AssistantDown("told so")
            return Reply(answers=tuple(self.answers(question)), context={"turns": len(self.asked)})
        finally:
            self.in_flight[question.sender] -= 1

    async def ready(self) -> bool:
        return not self.down

    async def close(self) -> None:
        pass


@dataclass(frozen=True)
class FakeFinding:
    route: str
    sure: bool = True

    @property
    def text_key(self) -> str:
        return self.route if self.sure else f"{self.route}_gentle"


class FakeSafety:
    """Finds three words and remembers what it read."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.fail = False

    def look(self, text: str, passed: Any = None) -> FakeFinding | None:
        self.read.append(text)
        if self.fail:
            raise RuntimeError("broken")
        for word, finding in (
            ("stroke", FakeFinding("emergency")), ("suicide", FakeFinding("crisis")), ("suicidio", FakeFinding("crisis")),
            ("affairs in order", FakeFinding("crisis", sure=False)),
        ):  # fmt: skip
            if word in text.lower():
                return finding
        if passed:
            passed()
        return None


def settings_for(folder: Path, **env: str) -> Settings:
    return read_settings(
        {"HELPDESK_STATE": str(folder / "state"), "HELPDESK_RATE_LIMIT": "off", "HELPDESK_DATA": str(folder), **env}
    )


class Chat:
    """One conversation as a client sees it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        begun = client.post("/api/conversations")
        assert begun.status_code == 201, begun.text
        self.id, self.token = begun.json()["id"], begun.json()["token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}
        self.path = f"/api/conversations/{self.id}"

    def post(self, call: str, body: Any, **headers: str) -> Any:
        return self.client.post(f"{self.path}/{call}", json=body, headers={**self.headers, **headers})

    def send(self, text: str, *, client_id: str | None = None, choice: str | None = None) -> Any:
        body = {"client_id": client_id or str(uuid.uuid4()), "text": text}
        return self.post("messages", body if choice is None else {**body, "choice": choice})

    def get(self, call: str = "events", **params: Any) -> Any:
        return self.client.get(f"{self.path}/{call}", params=params, headers=self.headers)

    def events(self, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        found = self.get(after=after, wait=wait)
        assert found.status_code == 200, found.text
        events: list[dict[str, Any]] = found.json()["events"]
        return events

    def reply(self, seq: int, seconds: float = 10) -> dict[str, Any]:
        """Wait for the event that answers a message."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in self.events(after=seq - 1, wait=2):
                if event.get("reply_to") == seq:
                    return event
            time.sleep(0.01)
        raise AssertionError(f"no reply to {seq}")

    def ask(self, text: str, **more: Any) -> dict[str, Any]:
        sent = self.send(text, **more)
        assert sent.status_code == 202, sent.text
        return self.reply(sent.json()["seq"])


class RealServer:
    """The web process on a real port, in a thread, until `stop`."""

    def __init__(self, settings: Settings, assistant: FakeAssistant, safety: FakeSafety) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.app = create_app(settings, assistant=assistant, safety=safety)
        config = uvicorn.Config(
            self.app,
            http=Patient,
            host="127.0.0.1",
            port=self.port,
            ws="none",
            lifespan="on",
            log_level="warning",
            timeout_graceful_shutdown=5,
        )
        self.server = Server(config, self.app.state.service.hub)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> RealServer:
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(15)
        assert not self.thread.is_alive()

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False)


def stream_blocks(response: httpx.Response, number: int) -> list[dict[str, Any]]:
    """Read so many events of a stream: {"id", "data"} each; comments and `retry` are left out."""
    found: list[dict[str, Any]] = []
    rest = ""
    for part in response.iter_text():
        rest += part
        *blocks, rest = rest.split("\n\n")
        for block in blocks:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "data" in fields:
                found.append({"id": fields.get("id"), "data": json.loads(fields["data"])})
        if len(found) >= number:
            return found
    return found
