"""Tell the outside what happened: signed webhooks for programs, notifications for people, from the outbox until they went."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import anyio
import httpx

from helpdesk.metrics import Metrics
from helpdesk.outward_targets import Notify, NotTaken, Target, Webhook, new_client
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.outbox import Out

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
TIDY_SECONDS = 3600.0


class Outward:
    """Each target has its own loop, so that one that is down holds up no other."""

    def __init__(self, store: Store, settings: Settings, metrics: Metrics, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self.settings = settings
        self.metrics = metrics
        self.clock = clock
        self.task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to send."""
        self.task = asyncio.create_task(self.run())

    async def close(self) -> None:
        """Stop at once. What was being sent is sent again when its lease has run out."""
        if self.task:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        if not self.settings.targets:
            return await self._tidy()
        async with new_client() as client, anyio.create_task_group() as tasks:
            tasks.start_soon(self._tidy)
            for name, target in self._targets(client).items():
                tasks.start_soon(self._serve, name, target)

    def _targets(self, client: httpx.AsyncClient) -> dict[str, Target]:
        keys = self.settings.webhook_keys()
        hooks = [Webhook(url, keys, client, self.clock) for url in self.settings.webhooks]
        ways = [Notify(url, self.settings.public_url) for url in self.settings.notify]
        return dict(zip(self.settings.targets, [*hooks, *ways], strict=True))

    async def _serve(self, name: str, target: Target) -> None:
        while True:
            if not await self._send_due(name, target):
                await asyncio.sleep(LOOK_SECONDS)

    async def _send_due(self, name: str, target: Target) -> bool:
        """Send what is due now; say whether there was any."""
        try:
            due = await self.store.run(self.store.outbox.due, target.at_once, name)
        except Exception as error:
            log.warning("%s waits: the outbox cannot be read (%s).", name, type(error).__name__)
            return False
        async with anyio.create_task_group() as tasks:
            for out in due:
                tasks.start_soon(self._send, out, target)
        return bool(due)

    async def _send(self, out: Out, target: Target) -> None:
        """Send one, and note how it went. Where that cannot be noted it is sent again when its lease has run out."""
        try:
            reason = await self._try(out, target)
            if reason is None:
                await self.store.run(self.store.outbox.sent, out.id)
                self._count(out, "sent")
            else:
                await self._not_taken(out, reason)
        except Exception as error:
            log.warning("What became of %s for %s cannot be noted (%s).", out.id, out.target, type(error).__name__)

    async def _try(self, out: Out, target: Target) -> str | None:
        try:
            await target.send(out, self._with_whole_link(out.data))
        except NotTaken as error:
            return str(error)
        except Exception as error:
            return type(error).__name__
        return None

    async def _not_taken(self, out: Out, reason: str) -> None:
        tries = out.tries + 1
        pause = await self.store.run(self.store.outbox.failed, out.id, tries)
        if pause is None:
            log.error("%s has not taken %s %s in %d tries (%s). It is given up.", out.target, out.kind, out.id, tries, reason)
        else:
            log.warning("%s did not take %s %s (%s); once more in %d s.", out.target, out.kind, out.id, reason, pause)
        self._count(out, "given_up" if pause is None else "failed")

    def _with_whole_link(self, data: dict[str, Any]) -> dict[str, Any]:
        """Put our address before a link of our own: the ledger does not know where the help desk is seen from."""
        link = data.get("link", "")
        return {**data, "link": self.settings.public_url + link} if link.startswith("/") else data

    def _count(self, out: Out, outcome: str) -> None:
        self.metrics.count("outward", way=out.target.split(":")[0], outcome=outcome)

    async def _tidy(self) -> None:
        while True:
            try:
                await self.store.run(self.store.outbox.tidy)
            except Exception as error:
                log.warning("The outbox is not tidied now (%s).", type(error).__name__)
            await asyncio.sleep(TIDY_SECONDS)
