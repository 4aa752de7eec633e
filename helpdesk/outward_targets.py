"""The two ways out: a signed webhook for a program, a notification for people."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

import anyio
import httpx

from helpdesk.notifier import Send, notifier
from helpdesk.store.outbox import Out
from helpdesk.store.rows import iso
from helpdesk.words import words

THREADS = 4  # of one way to notify: as many may hang before it is held up
WEBHOOK_SECONDS = 10.0
NOTIFY_SECONDS = 30.0
HEADERS = {"Content-Type": "application/json", "User-Agent": "ms-navigator-helpdesk"}


class NotTaken(Exception):
    """A target did not take what it was sent; the text says why and holds no address and no secret."""


class Target(Protocol):
    """One webhook, or one way to notify people, and how many it is sent at once."""

    at_once: int

    async def send(self, out: Out, data: dict[str, Any]) -> None: ...


class Webhook:
    """POST a signed JSON body, as Standard Webhooks has it."""

    at_once = 4

    def __init__(self, url: str, keys: Sequence[bytes], client: httpx.AsyncClient, clock: Callable[[], float]) -> None:
        self.url = url
        self.keys = keys
        self.client = client
        self.clock = clock

    async def send(self, out: Out, data: dict[str, Any]) -> None:
        message = {"id": out.id, "kind": out.kind, "at": iso(out.at), "data": data}
        body = json.dumps(message, separators=(",", ":")).encode("ascii")
        headers = {**HEADERS, **signed(out.id, int(self.clock()), body, self.keys)}
        try:
            with anyio.fail_after(WEBHOOK_SECONDS):
                async with self.client.stream("POST", self.url, content=body, headers=headers) as response:
                    status = response.status_code
        except TimeoutError:
            raise NotTaken("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotTaken(type(error).__name__) from None
        if not 200 <= status < 300:
            raise NotTaken(f"status {status}")


class Notify:
    """Tell people by apprise, in a thread: a title and a sentence of our own, and a link to the desk."""

    at_once = 1  # apprise keeps a pause of its own between two messages

    def __init__(self, url: str, site: str) -> None:
        self.url = url
        self.site = site
        self.known: Send | None = None
        self.threads = threading.Semaphore(THREADS)

    async def send(self, out: Out, data: dict[str, Any]) -> None:
        said = words().outward[out.kind]
        title, text = said["title"], said["text"].format(link=data["link"])
        try:
            with anyio.fail_after(NOTIFY_SECONDS):
                went = await self._in_thread(title, text)
        except TimeoutError:
            raise NotTaken("no answer in time") from None
        if not went:
            raise NotTaken("not delivered")

    def _in_thread(self, title: str, text: str) -> asyncio.Future[bool]:
        """Send in a thread that the end of the program does not wait for, as it would for one of a pool."""
        if not self.threads.acquire(blocking=False):
            raise NotTaken("earlier ones still hang")
        went: Future[bool] = Future()
        went.set_running_or_notify_cancel()
        threading.Thread(target=self._send, args=(went, title, text), name="notify", daemon=True).start()
        return asyncio.wrap_future(went)

    def _send(self, went: Future[bool], title: str, text: str) -> None:
        try:
            if self.known is None:
                self.known = notifier(self.url, words().names["system"], self.site)
            went.set_result(self.known is not None and self.known(title, text))
        except Exception as error:
            went.set_exception(error)
        finally:
            self.threads.release()


def signed(id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers that let the receiver see who sent this and when; one signature for each key, newest first."""
    message = b".".join((id.encode("ascii"), str(timestamp).encode("ascii"), body))
    signatures = (base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode("ascii") for key in keys)
    return {
        "Webhook-Id": id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def new_client() -> httpx.AsyncClient:
    """Return a client for webhooks. It heeds HTTPS_PROXY and NO_PROXY, and follows no redirect: that would carry the body off."""
    return httpx.AsyncClient(timeout=WEBHOOK_SECONDS, follow_redirects=False)
