"""What a visitor can do, for the API and for the page alike."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from helpdesk.chat.tokens import Minted, Opened, Tokens
from helpdesk.chat.worker import Asked, Worker
from helpdesk.conversation import Event, Safety, as_text, callback_event, danger_event, greeting
from helpdesk.errors import Refusal
from helpdesk.forms import masked, read_callback, read_comment, read_feedback, without_details
from helpdesk.handoff import ended_event
from helpdesk.hub import DESK, Hub, at_desk
from helpdesk.limits import SERVER, Blocks, Limiter, Places
from helpdesk.logs import about
from helpdesk.message import Incoming, read_choice, read_client_id, read_text, visitor_event
from helpdesk.metrics import Metrics
from helpdesk.privacy import mask
from helpdesk.queueing import Queueing
from helpdesk.store import Accepted, Store, Turn
from helpdesk.store.database import Row
from helpdesk.store.rows import context_of
from helpdesk.web import dumps, same
from helpdesk.words import Words

log = logging.getLogger(__name__)
REMEMBERED = 1000


class ChatService:
    """The steps of one message, in the order that matters: safety, limits, masking, the commit, the turn."""

    def __init__(
        self,
        *,
        store: Store,
        worker: Worker,
        hub: Hub,
        safety: Safety,
        tokens: Tokens,
        limiter: Limiter,
        words: Words,
        metrics: Metrics,
        queueing: Queueing,
    ) -> None:
        self.store = store
        self.worker = worker
        self.hub = hub
        self.safety = safety
        self.tokens = tokens
        self.limiter = limiter
        self.places = Places(on=limiter.on)
        self.blocks = Blocks()
        self.words = words
        self.metrics = metrics
        self.queueing = queueing
        self.lookers = ThreadPoolExecutor(2, thread_name_prefix="safety")
        self.read_ahead: dict[tuple[str, str], None] = {}  # messages that are sent again are not put to Rasa again

    async def start(self, address: str | None) -> Minted:
        """Begin a conversation."""
        self.limit(("block_conversations", self.blocks.name(address)), ("server_conversations", SERVER))
        minted = self.tokens.mint()
        about(minted.id)
        await self.store.run(
            self.store.ledger.start, minted.id, token_hash=minted.hashed, token_key=minted.key_id, first=greeting(self.words)
        )
        self.metrics.count("conversations")
        return minted

    async def enter(self, conversation: str, token: str | None) -> Row:
        """Return the conversation that the token opens: without a token 401, with another's 404."""
        opened = self.tokens.open(token) if token else None
        if opened is None:
            raise Refusal("unauthorized")
        if opened.id != conversation:
            raise Refusal("not_found")
        return await self._opened(opened)

    async def enter_by_token(self, token: str) -> Row | None:
        """Return the conversation of a page's cookie, if it still exists."""
        opened = self.tokens.open(token)
        if opened is None:
            return None
        try:
            return await self._opened(opened)
        except Refusal:
            return None

    async def _opened(self, opened: Opened) -> Row:
        about(opened.id)
        row = await self.store.run(self.store.ledger.find, opened.id)
        if row is None or not same(row["token_hash"], opened.hashed):
            raise Refusal("not_found")
        return row

    async def say(self, conversation: str, body: Mapping[str, Any], address: str | None, *, found: Row | None = None) -> Accepted:
        """Take in a visitor's message; when this returns it is in the ledger. `found` is the conversation as it was just read."""
        client_id, choice = read_client_id(body.get("client_id")), read_choice(body.get("choice"))
        text = read_text(body.get("text"))
        digest = self.tokens.digest(conversation, client_id, body["text"], choice or "", str(choice is None))
        hidden, kinds = mask(text)
        incoming = Incoming(client_id=client_id, text=hidden, choice=choice, masked=kinds)
        counted = self._message_limits(conversation, address)
        too_soon = self.limiter.wait(*counted)
        ahead: list[Asked] = []
        passed = partial(self._ask_ahead, ahead, found, incoming) if found and not too_soon else None
        danger, sure = await self._danger(conversation, text, choice, passed)
        if sure and not too_soon:
            self.limiter.forgive(*counted)
        elif too_soon and not sure:
            return await self._said_before(conversation, client_id, digest, too_soon)
        # Shielded: a sender that goes away between the commit and the turn must not leave a message without its reply.
        return await asyncio.shield(self._accept(conversation, incoming, digest, danger, ahead))

    def _ask_ahead(self, asked: list[Asked], row: Row, incoming: Incoming) -> None:
        """Let Rasa read while the second safety net looks; not where an open turn will have changed the context by then."""
        said = (str(row["id"]), incoming.client_id)
        if row["owner"] == "bot" and not row["at_work"] and said not in self.read_ahead:
            self.read_ahead[said] = None
            while len(self.read_ahead) > REMEMBERED:
                del self.read_ahead[next(iter(self.read_ahead))]
            asked.append(self.worker.ask_ahead(incoming.text, incoming.choice, context_of(row)))

    async def _accept(
        self, conversation: str, incoming: Incoming, digest: str, danger: Event | None, ahead: Sequence[Asked]
    ) -> Accepted:
        event = visitor_event(incoming, self.words)
        again = ended_event(self.words, "again")
        turn: Turn | None = None
        try:
            accepted = await self.store.run(
                self.store.ledger.accept, conversation, incoming, event, digest=digest, reply=danger, again=again
            )
            turn = accepted.turn
        finally:
            for one in ahead if turn is None else ():
                one.replied.cancel()
        if accepted.repeated:
            return accepted
        self.hub.ring(conversation)
        self.metrics.count("messages")
        if danger:
            self.metrics.count("replies", route=danger["route"])
        if turn:
            self.worker.start(turn, next(iter(ahead), None))
        return accepted

    async def _danger(
        self, conversation: str, text: str, choice: str | None, passed: Callable[[], object] | None = None
    ) -> tuple[Event | None, bool]:
        """Let the safety net read the words as they were typed. A button's own title is none of the visitor's words."""
        if choice is not None and text == await self.store.run(self.store.ledger.title_of, conversation, choice):
            if passed:
                passed()
            return None, False
        loop = asyncio.get_running_loop()
        told = partial(loop.call_soon_threadsafe, passed) if passed and choice is None else None
        began = time.perf_counter()
        try:
            finding = await loop.run_in_executor(self.lookers, self.safety.look, text, told)
        except Exception as error:
            log.error("The safety net failed: %s", type(error).__name__)
            self.metrics.count("safety_failures")
            return None, False
        log.debug("The safety net took %.1f ms.", 1000 * (time.perf_counter() - began))
        if finding is None:
            return None, False
        return danger_event(finding, text, self.words), finding.sure

    def _message_limits(self, conversation: str, address: str | None) -> list[tuple[str, str]]:
        block = self.blocks.name(address)
        return [("conversation_messages", conversation), ("block_messages", block), ("server_messages", SERVER)]

    async def _said_before(self, conversation: str, client_id: str, digest: str, wait: int) -> Accepted:
        """Refuse a message, of which there are too many, unless it is one that we have already."""
        before = await self.store.run(self.store.ledger.repeated, conversation, client_id, digest)
        if before is None:
            raise Refusal("rate_limited", retry_after=wait)
        return before

    def limit(self, *asked: tuple[str, str]) -> None:
        """Count one try, or refuse it."""
        wait = self.limiter.wait(*asked)
        if wait:
            raise Refusal("rate_limited", retry_after=wait)

    async def ask_person(self, conversation: str, body: Mapping[str, Any]) -> str:
        """Ask for a person: into the queue, or, where nobody is on duty, to the line and the callback form."""
        reason = read_comment(body.get("reason"), field="reason")
        said = masked(reason)
        # Danger in the reason is answered first, and then with nothing but the queue: its reply carries the line already.
        danger = await self._watch(conversation, reason)
        if not danger:
            self.limit(("conversation_handoffs", conversation))
        otherwise = None if danger else self.queueing.line(said)
        owner = await self.store.run(self.store.handoffs.ask, conversation, self.queueing.asking("asked", said), otherwise)
        self.hub.ring(conversation)
        return owner

    async def ask_callback(self, conversation: str, body: Mapping[str, Any]) -> str:
        """Keep a number to call, encrypted."""
        callback = read_callback(body)
        self.limit(("conversation_forms", conversation))
        await self._watch(conversation, " ".join(filter(None, [callback.when, callback.topic])))
        event = callback_event(without_details(callback), self.words)
        after = self.store.handoffs.after_callback(ended_event(self.words, "called_back"))
        callback_id = await self.store.run(self.store.callbacks.add, conversation, callback, event=event, after=after)
        self.hub.ring(conversation)
        return callback_id

    async def rate(self, conversation: str, body: Mapping[str, Any]) -> None:
        """Keep a visitor's word on one answer."""
        feedback = read_feedback(body)
        self.limit(("conversation_forms", conversation))
        await self._watch(conversation, feedback.comment)
        safe = type(feedback)(seq=feedback.seq, helpful=feedback.helpful, comment=masked(feedback.comment))
        await self.store.run(self.store.extras.add_feedback, conversation, safe)

    async def allow_teaching(self, conversation: str, body: Mapping[str, Any]) -> None:
        """Keep whether staff may read the visitor's questions to teach the bot; a no takes back what they have not decided."""
        agreed = body.get("agreed")
        if not isinstance(agreed, bool):
            raise Refusal("invalid", field="agreed")
        self.limit(("conversation_forms", conversation))
        await self.store.run(self.store.inbox.agree, conversation, agreed)
        self.hub.ring(at_desk(conversation))

    async def allows_teaching(self, conversation: str) -> bool:
        return await self.store.run(self.store.inbox.agreed, conversation)

    async def _watch(self, conversation: str, words: str | None) -> bool:
        """Answer danger also where it is written into another form."""
        danger, _ = await self._danger(conversation, words, None) if words else (None, False)
        if danger:
            await self._append(conversation, danger)
        return danger is not None

    async def _append(self, conversation: str, event: Event) -> int:
        seq = await self.store.run(self.store.ledger.append, conversation, event)
        self.hub.ring(conversation)
        return seq

    async def cancel_wait(self, conversation: str) -> str:
        """Give a conversation that waits for a person back to the bot."""
        self.limit(("conversation_handoffs", conversation))
        await self.store.run(self.store.handoffs.cancel, conversation, ended_event(self.words, "cancelled"))
        self.hub.ring(conversation)
        row = await self.store.run(self.store.ledger.find, conversation)
        return str(row["owner"]) if row else "bot"

    def typing(self, conversation: str) -> None:
        """Let the desk see that the visitor writes; not what."""
        if self.limiter.wait(("conversation_typing", conversation)):
            return
        self.hub.passing(at_desk(conversation), dumps({"kind": "typing", "author": "visitor"}))

    async def wait_for_reply(self, conversation: str, seq: int, seconds: float) -> int | None:
        """Return the number of the reply to a message, as soon as it is there."""
        deadline = time.monotonic() + seconds
        with self.hub.listen(conversation) as listener:
            while True:
                reply = await self.store.run(self.store.ledger.reply_to, conversation, seq)
                left = deadline - time.monotonic()
                if reply is not None or left <= 0 or listener.ended:
                    return reply
                await listener.wait(left)

    async def all_events(self, conversation: str) -> AsyncIterator[Event]:
        after = 0
        while rows := await self.store.run(self.store.ledger.events, conversation, after):
            for seq, body in rows:
                after = seq
                yield json.loads(body)

    async def transcript(self, conversation: str) -> str:
        """Return the conversation as a person reads it."""
        parts = [as_text(event) async for event in self.all_events(conversation) if event.get("text")]
        return "\n\n".join(parts) + "\n"

    async def erase(self, conversation: str, staff: str | None = None) -> None:
        """Delete the conversation, and let nothing of it stay in the database's log; without `staff` its visitor did it."""
        await self.store.run(self.store.extras.erase, conversation, staff=staff)
        self.hub.end(conversation)
        self.hub.ring(DESK)
        if not await self.store.run(self.store.database.empty_log):
            self.worker.log_to_empty = True

    async def close(self) -> None:
        await self.worker.close()
        self.lookers.shutdown(wait=False, cancel_futures=True)
