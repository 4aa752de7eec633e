"""What a navigator can do: for every page of the desk, and for what happens by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from helpdesk.accounts import Accounts
from helpdesk.canned import Canned
from helpdesk.conversation import as_text
from helpdesk.cover_sheet import cover_sheet
from helpdesk.desk.answers import Answers, Kept
from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.handoff import ended_event, navigator_event, navigator_message
from helpdesk.hub import DESK, Hub
from helpdesk.message import read_client_id, read_text
from helpdesk.metrics import Metrics
from helpdesk.queueing import Queueing
from helpdesk.store import Store
from helpdesk.store.audit import subject_of
from helpdesk.store.desk_view import Listed, title_of
from helpdesk.store.staff import Staff
from helpdesk.web import dumps
from helpdesk.words import PHONE, Words

log = logging.getLogger(__name__)

MAX_REPLY = 4000
MAX_NOTE = 4000
LOOK_SECONDS = 2.0
QUEUES = ("waiting", "mine", "bot", "closed")


class DeskService:
    """Every change goes through the ledger first; then whoever looks is woken."""

    def __init__(
        self,
        *,
        store: Store,
        hub: Hub,
        accounts: Accounts,
        queueing: Queueing,
        answers: Answers,
        canned: list[Canned],
        digest: Callable[..., str],
        words: Words,
        metrics: Metrics,
        forget: Callable[[str, str], Awaitable[None]],
        warning: Callable[[], str | None],
    ) -> None:
        """`forget` erases a conversation as its visitor would; `warning` is what the safety net has to say, if anything."""
        self.store = store
        self.hub = hub
        self.accounts = accounts
        self.queueing = queueing
        self.kept_answers = answers
        self.canned = canned
        self.digest = digest
        self.words = words
        self.metrics = metrics
        self.forget = forget
        self.warning = warning
        self.began = queueing.clock()
        self.watch: asyncio.Task[None] | None = None

    # ---- what the desk shows

    async def counts(self, staff: Staff) -> dict[str, int]:
        counts = await self.store.run(self.store.desk_view.counts, staff.id)
        return {**counts, "forwarded": await self.store.run(self.store.staff.forwarded_to, staff.id)}

    async def queue(self, staff: Staff, name: str, search: str | None = None) -> list[Listed]:
        """Return one of the lists, each row with its title and how long it has waited."""
        if name not in QUEUES:
            raise Refusal("not_found")
        rows = await self.store.run(self.store.desk_view.rows, name, staff.id, search or None)
        now = self.queueing.clock()
        return [{**row, "title": title_of(row["id"]), "waited_s": _waited(row, now)} for row in rows]

    async def conversation(self, staff: Staff, conversation: str) -> dict[str, Any]:
        """Return one conversation with all that belongs to it."""
        view = self.store.desk_view
        row = await self.store.run(view.conversation, conversation)
        if row is None:
            raise Refusal("not_found")
        events = await self.store.run(view.events, conversation)
        return {
            **row,
            "title": title_of(conversation),
            "waited_s": _waited(row, self.queueing.clock()),
            "holder_name": row["holder"],
            "holder": row["navigator"],
            "is_mine": row["owner"] == "navigator" and row["navigator"] == staff.id,
            "events": events,
            "sheet": cover_sheet(events),
            "notes": await self.store.run(view.notes, conversation),
            "callbacks": await self.store.run(self.store.callbacks.of_conversation, conversation),
            "teaching": await self.store.run(self.store.inbox.agreed, conversation),
            "marks": await self.store.run(self.store.inbox.marks, conversation),
        }

    async def answers(self, search: str = "") -> list[Kept]:
        """Return the bot's answers, but for those that are switched off."""
        switches = await self.store.run(self.store.extras.switches)
        off = frozenset(name for name, is_on in switches.items() if not is_on)
        return await self.store.run(self.kept_answers.find, search, off)

    def canned_for(self, staff: Staff) -> list[dict[str, str]]:
        """Return the canned replies with their variables filled in."""
        values = {"name": staff.name, "line": PHONE, "hours": self.queueing.hours.words()}
        filled = [(one, one.filled(**values)) for one in self.canned]
        return [
            {"id": one.id, "title": one.title, "text": text, "keywords": " ".join(one.keywords)}
            for one, text in filled
            if text is not None
        ]

    async def colleagues(self, staff: Staff) -> list[Staff]:
        """Return who else is on duty and at their desk."""
        found = await self.store.run(self.store.staff.on_duty, self.queueing.clock() - self.queueing.drop)
        return [one for one in found if one.id != staff.id]

    # ---- what a navigator does

    async def claim(self, staff: Staff, conversation: str, *, waits: bool = False) -> None:
        """Take a conversation; with `waits`, only one that still waits for a person."""
        event = navigator_event(self.words, "joined", staff.name)
        await self._do(conversation, self.store.handoffs.claim, conversation, staff, event, waits=waits)
        self.metrics.count("handoffs", step="claimed")

    async def reply(self, staff: Staff, conversation: str, client_id: object, text: object) -> int:
        """Say something to the visitor; the same `client_id` again says nothing twice."""
        mine = read_client_id(client_id)
        said = read_text(text, limit=MAX_REPLY)
        digest = self.digest(conversation, staff.id, mine, said)
        event = navigator_message(staff.name, said, mine)
        seq: int = await self._do(conversation, self.store.handoffs.reply, conversation, staff, event, digest=digest)
        return seq

    async def note(self, staff: Staff, conversation: str, text: object) -> str:
        note: str = await self._do(
            conversation, self.store.handoffs.note, conversation, staff, read_text(text, field="note", limit=MAX_NOTE)
        )
        return note

    async def teach(self, staff: Staff, conversation: str, seq: str) -> None:
        """Put a visitor's message into the studio's inbox, for an author to teach the bot."""
        number = int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 16 else 0
        await self._do(conversation, self.store.inbox.mark, conversation, number, staff.id)

    async def forward(self, staff: Staff, conversation: str, to: str) -> None:
        colleague = await self.store.run(self.store.staff.find, to)
        if colleague is None:
            raise Refusal("not_on_duty", field="to")
        event = navigator_event(self.words, "forwarded", colleague.name)
        present = self.queueing.drop
        await self._do(conversation, self.store.handoffs.forward, conversation, staff, colleague, event, present=present)

    async def requeue(self, staff: Staff, conversation: str) -> None:
        event, since = self.queueing.back_in_line("requeued", staff.name), self.queueing.since
        await self._do(conversation, self.store.handoffs.requeue, conversation, staff, event, since=since)

    async def give_back(self, staff: Staff, conversation: str) -> None:
        event = ended_event(self.words, "back", staff.name)
        await self._do(conversation, self.store.handoffs.give_back, conversation, staff, event)

    async def close(self, staff: Staff, conversation: str, outcome: str) -> None:
        event = ended_event(self.words, "closed", staff.name)
        await self._do(conversation, self.store.handoffs.close, conversation, staff, outcome, event)

    async def reopen(self, staff: Staff, conversation: str) -> None:
        event = navigator_event(self.words, "reopened", staff.name)
        await self._do(conversation, self.store.handoffs.reopen, conversation, staff, event)

    async def typing(self, staff: Staff, conversation: str) -> None:
        """Let the visitor see that somebody writes. Only the holder is seen."""
        row = await self.store.run(self.store.desk_view.conversation, conversation)
        if row and row["navigator"] == staff.id:
            self.hub.passing(conversation, dumps({"kind": "typing", "author": "navigator", "name": staff.name}))

    async def export(self, staff: Staff, conversation: str) -> str:
        """Return the transcript, and note who took it."""
        if await self.store.run(self.store.ledger.find, conversation) is None:
            raise Refusal("not_found")
        events = await self.store.run(self.store.desk_view.events, conversation)
        await self.store.run(self.store.audit.add, staff=staff.id, action="export", subject=subject_of(conversation))
        return "\n\n".join(as_text(event) for event in events if event.get("text")) + "\n"

    async def erase(self, staff: Staff, conversation: str) -> None:
        """Erase a conversation at the visitor's wish. Whoever talks to the visitor may, and an admin."""
        row = await self.store.run(self.store.desk_view.conversation, conversation)
        if row is None:
            raise Refusal("not_found")
        if row["navigator"] != staff.id and "admin" not in staff.roles:
            raise Refusal("not_holder", holder=row["holder"])
        await self.forget(conversation, staff.id)

    async def clear_flag(self, staff: Staff, conversation: str) -> None:
        """Note that somebody has seen to the danger."""
        await self._do(conversation, self.store.handoffs.clear_flag, conversation, staff)

    async def set_duty(self, staff: Staff, on: bool) -> None:
        await self.store.run(self.store.staff.set_duty, staff.id, on)
        await self.store.run(self.store.audit.add, staff=staff.id, action="on duty" if on else "off duty")
        self.hub.ring(DESK)

    async def seen(self, staff: Staff) -> None:
        """Note that this navigator's desk is open."""
        await self.store.run(self.store.staff.seen, staff.id)

    async def _do(self, conversation: str, call: Callable[..., Any], *values: Any, **named: Any) -> Any:
        found = await self.store.run(call, *values, **named)
        self.hub.ring(conversation)
        return found

    # ---- what happens by itself

    def open(self) -> None:
        self.watch = asyncio.create_task(self._watch())

    async def shut(self) -> None:
        if self.watch:
            self.watch.cancel()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look_after()
            except StoreUnavailable as error:
                log.warning("The ledger is away (%s); the queue is looked after later.", error)
            except Exception as error:  # one bad row must not end the watch over all the others
                log.error("Looking after the queue failed: %s", type(error).__name__)

    async def look_after(self) -> None:
        """Put the chats of navigators who are gone back into the queue; offer the next step to who has waited too long."""
        handoffs, rules = self.store.handoffs, self.queueing
        # After a start the desks need a moment to come back: nobody is gone yet, and nobody is off duty.
        settled = rules.clock() - self.began >= rules.drop
        for conversation, name in await self.store.run(handoffs.drop_outs, rules.drop) if settled else ():
            event = rules.back_in_line("dropped", name)
            if await self.store.run(handoffs.drop, conversation, event, present=rules.drop, since=rules.since):
                self.metrics.count("handoffs", step="dropped")
                self.hub.ring(conversation)
        there = bool(await self.store.run(self.store.staff.on_duty, rules.clock() - rules.drop))
        on_duty = rules.is_open and (there or not settled)
        for conversation in await self.store.run(handoffs.overdue, rules.wait, on_duty=on_duty):
            if await self.store.run(handoffs.tell_overdue, conversation, rules.overdue(on_duty=on_duty)):
                self.hub.ring(conversation)


def _waited(row: Listed, now: float) -> float | None:
    return max(0.0, now - row["asked_at"]) if row["owner"] == "waiting" and row["asked_at"] else None
