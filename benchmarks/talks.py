"""How the benchmarks talk: to the help desk as its widget does, to a stock Rasa by its REST webhook. Plain sockets, little else.

A client library would cost more than some of what is measured here.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import uuid
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

PATIENCE = 60.0  # seconds

Event = dict[str, Any]
Known = Mapping[str, Event]


class Talk(Protocol):
    """One conversation."""

    def ask(self, text: str) -> Event:
        """Say something; return the whole reply as soon as it is there."""
        ...

    def close(self) -> None: ...


class Caller:
    """One connection that stays open."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        assert where.hostname and where.port
        self.address = (where.hostname, where.port)
        self.http = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
        self.http.connect()
        # Head and body are sent apart; without this the second would wait for the first one's receipt.
        self.http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """Return the reply's JSON. Raises ConnectionError for any status but 2xx."""
        content = None if body is None else json.dumps(body).encode()
        self.http.request(method, path, content, {"Content-Type": "application/json", **(headers or {})})
        response = self.http.getresponse()
        found = response.read()
        if response.status // 100 != 2:
            raise ConnectionError(f"{method} {path}: {response.status} {found[:200]!r}")
        return json.loads(found) if found else None

    def close(self) -> None:
        self.http.close()


class WidgetTalk:
    """The help desk's public API: a message is posted, the reply comes in the stream of events."""

    def __init__(self, url: str) -> None:
        self.caller = Caller(url)
        made = self.caller.send("POST", "/api/conversations")
        self.at = f"/api/conversations/{made['id']}"
        self.headers = {"Authorization": f"Bearer {made['token']}"}
        self.stream = socket.create_connection(self.caller.address, timeout=PATIENCE)
        head = {"Host": "localhost", "Accept": "text/event-stream", **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self.stream.sendall(f"GET {self.at}/events HTTP/1.1\r\n{lines}\r\n".encode())
        self.lines = self.stream.makefile("rb")
        self._hear(lambda event: event.get("seq") == 1)  # the greeting: the stream is open

    def ask(self, text: str) -> Event:
        seq = self.caller.send(
            "POST", f"{self.at}/messages", {"client_id": str(uuid.uuid4()), "text": text}, headers=self.headers
        )["seq"]
        return self._hear(lambda event: event.get("reply_to") == seq)

    def _hear(self, wanted: Any) -> Event:
        for line in self.lines:
            if line.startswith(b"data: ") and wanted(event := json.loads(line[6:])):
                return dict(event)
        raise ConnectionError("the stream ended")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.lines.close()
            self.stream.close()
        self.caller.close()


class WebhookTalk:
    """Rasa's REST channel. It drops the metadata, so that the text itself has to tell what was answered (`known`)."""

    def __init__(self, url: str, known: Known) -> None:
        self.caller, self.known, self.sender = Caller(url), known, uuid.uuid4().hex

    def ask(self, text: str) -> Event:
        said = self.caller.send("POST", "/webhooks/rest/webhook", {"sender": self.sender, "message": text})
        spoken = "\n\n".join(part.get("text", "") for part in said).strip()
        half = self.known.get(spoken, {"route": "miss", "topic": None, "facts": [], "text": spoken})
        return {"route": half["route"], "text": spoken, "answers": [half], "actions": []}

    def close(self) -> None:
        self.caller.close()
