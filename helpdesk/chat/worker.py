"""Answer leased turns, one after the other in a conversation, many conversations at once."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ParamSpec, TypeVar

from helpdesk import after_danger
from helpdesk.assistant import Assistant, Question, Reply
from helpdesk.conversation import BOT_OFF, Answer, Event, add_note, asks_for_person, compose, down_event, off_event, person_coming
from helpdesk.errors import AssistantDown, StoreUnavailable
from helpdesk.hub import Hub
from helpdesk.logs import about
from helpdesk.metrics import Metrics
from helpdesk.queueing import Queueing
from helpdesk.store import Finished, Outcome, Store, Turn
from helpdesk.store.rows import new_sender
from helpdesk.web import dumps
from helpdesk.words import Words

log = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
DRAIN_SECONDS = 7.0
LONGEST_PAUSE = 5.0

P = ParamSpec("P")
T = TypeVar("T")
Replied = tuple[Mapping[str, bool], Reply | None]  # the switches, and what Rasa said; None where the bot is off


@dataclass(frozen=True)
class Asked:
    """What Rasa is asked before the safety net has spoken; nobody is told the reply before it has."""

    question: Question
    replied: asyncio.Task[Replied]
    began: float

    def fits(self, turn: Turn) -> bool:
        """Say whether it is this turn that was asked for: another message may have come between."""
        asked = self.question
        return (asked.text, asked.choice, asked.context) == (turn.text, turn.choice, turn.context)


class Worker:
    """Every leased turn comes to a reply: Rasa's, or the one that says we are down."""

    def __init__(self, store: Store, assistant: Assistant, hub: Hub, words: Words, metrics: Metrics, queueing: Queueing) -> None:
        self.store = store
        self.assistant = assistant
        self.hub = hub
        self.words = words
        self.metrics = metrics
        self.queueing = queueing
        self.tasks: set[asyncio.Task[None]] = set()
        self.ahead: set[asyncio.Task[Replied]] = set()
        self.log_to_empty = False
        self.sweeper: asyncio.Task[None] | None = None

    def ask_ahead(self, text: str, choice: str | None, context: Any) -> Asked:
        """Ask Rasa for a turn that may come; what is not wanted in the end is dropped unread."""
        question = Question(new_sender(), str(uuid.uuid4()), text, choice, context)
        task = asyncio.create_task(self._ask(question))
        self.ahead.add(task)
        task.add_done_callback(self._asked)
        return Asked(question, task, time.perf_counter())

    def _asked(self, task: asyncio.Task[Replied]) -> None:
        self.ahead.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, or Python complains of it where nobody wants the reply

    def start(self, turn: Turn, asked: Asked | None = None) -> None:
        """Answer a turn; with a reply that was asked for ahead if it is this turn's."""
        task = asyncio.create_task(self._answer_all(turn, asked))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def open(self) -> None:
        """Answer what an earlier process left unanswered, then look after the turns of this one.

        An SQLite file has one process, so that whatever is open at its start is nobody's; elsewhere the leases tell.
        """
        down = Outcome(event=down_event(self.words))
        left = await self.store.run(self.store.turns.give_up, everything=self.store.database.is_sqlite, outcome=down)
        if left:
            log.warning("%d messages were left unanswered by an earlier process; they got the reply for that.", len(left))
        self.sweeper = asyncio.create_task(self._sweep())

    async def close(self) -> None:
        """Let the turns in hand end; what does not end in time is answered at the next start."""
        if self.sweeper:
            self.sweeper.cancel()
        if self.tasks:
            await asyncio.wait(set(self.tasks), timeout=DRAIN_SECONDS)
        for task in (*self.tasks, *self.ahead):
            task.cancel()

    async def _answer_all(self, turn: Turn | None, ahead: Asked | None) -> None:
        while turn is not None:
            about(turn.conversation)
            turn = (await self._answer(turn, ahead)).next
            ahead = None

    async def _answer(self, turn: Turn, ahead: Asked | None) -> Finished:
        if ahead is not None and not ahead.fits(turn):
            ahead.replied.cancel()
            ahead = None
        began = ahead.began if ahead else time.perf_counter()
        self.hub.passing(turn.conversation, _typing(self.words))
        outcome = self._after_danger(turn, await self._outcome(turn, ahead))
        finished = await self._patiently(self.store.turns.finish, turn, outcome)
        self.hub.ring(turn.conversation)
        self.metrics.turn(time.perf_counter() - began)
        self.metrics.count("replies", route=outcome.event["route"] if finished.stored else "dropped")
        return finished

    async def _ask(self, question: Question) -> Replied:
        switches = await self._patiently(self.store.switches)
        return switches, await self.assistant.turn(question) if switches.get(BOT_OFF, True) else None

    async def _outcome(self, turn: Turn, ahead: Asked | None) -> Outcome:
        try:
            if ahead is not None:
                switches, reply = await ahead.replied
            else:
                switches, reply = await self._ask(Question(turn.sender, str(uuid.uuid4()), turn.text, turn.choice, turn.context))
            if reply is None:
                return Outcome(event=add_note(off_event(self.words), turn.masked, self.words))
            event = compose(reply.answers, masked=turn.masked, switches=switches, words=self.words)
            for answer in reply.answers:
                self.metrics.confidence(answer.confidence or 0.0)
            asked = event["route"] == "handoff" and asks_for_person(reply.answers)
            coming = self._coming(reply.answers, turn, switches) if asked else None
        except AssistantDown as error:
            log.warning("A turn is answered without Rasa: %s", error.reason)
            return self._down(turn, error.reason)
        except Exception as error:
            log.error("A turn failed: %s", type(error).__name__)
            return self._down(turn, "error")
        asking = self.queueing.asking("words") if asked else None
        if asked:
            event["text"] = "\n\n".join(filter(None, [event["text"], self.queueing.hours_note]))
        return Outcome(event=event, answered=True, context=reply.context, asking=asking, coming=coming)

    def _after_danger(self, turn: Turn, outcome: Outcome) -> Outcome:
        """Stay with a danger that was answered shortly before, and remember one that Rasa saw."""
        held = after_danger.mark_of(turn.context)
        context = after_danger.next_context(outcome.context, held, outcome.event)
        if held is None:
            return replace(outcome, context=context)
        stays = partial(after_danger.staying, held=held, text=turn.text, words=self.words)
        coming = stays(outcome.coming) if outcome.coming else None
        return replace(outcome, event=stays(outcome.event), coming=coming, context=context)

    def _coming(self, answers: Iterable[Answer], turn: Turn, switches: Mapping[str, bool]) -> Event:
        """Return the reply for somebody who is put into the queue: a button for what happens already would mislead."""
        event = compose(person_coming(answers, self.words), masked=turn.masked, switches=switches, words=self.words)
        event["actions"] = [action for action in event["actions"] if action["kind"] not in ("person", "callback")]
        return event

    def _down(self, turn: Turn, reason: str) -> Outcome:
        self.metrics.count("assistant_down", reason=reason.split(":")[0])
        return Outcome(event=add_note(down_event(self.words), turn.masked, self.words))

    async def _patiently(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the store until it answers: a reply that is ready must not be lost to a locked file."""
        pause = 0.1
        while True:
            try:
                return await self.store.run(call, *args, **kwargs)
            except StoreUnavailable as error:
                log.warning("The ledger is away (%s); trying again.", error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _sweep(self) -> None:
        down = Outcome(event=down_event(self.words))
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            given_up = await self._patiently(self.store.turns.give_up, everything=False, outcome=down)
            self._go_on(given_up)
            if self.log_to_empty:
                self.log_to_empty = not await self._patiently(self.store.database.empty_log)

    def _go_on(self, given_up: Iterable[tuple[str, Finished]]) -> None:
        for conversation, finished in given_up:
            self.hub.ring(conversation)
            if finished.next is not None:
                self.start(finished.next)


def _typing(words: Words) -> str:
    return dumps({"kind": "typing", "author": "bot", "name": words.names["bot"]})
