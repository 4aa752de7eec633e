"""One question to a bot, as a visitor would ask it: nothing of it is stored."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import Protocol

from helpdesk.assistant import Assistant, Question
from helpdesk.conversation import Answer, Safety, compose, danger_event
from helpdesk.errors import AssistantDown
from helpdesk.message import read_text
from helpdesk.privacy import mask
from helpdesk.store import Store
from helpdesk.store.rows import new_sender
from helpdesk.words import Words


@dataclass(frozen=True)
class Said:
    """What a bot makes of a question: the route and the text of the whole, and its halves. Danger has no half."""

    route: str
    text: str
    halves: tuple[Answer, ...] = ()


class Bot(Protocol):
    """The live bot, or one that is tried. None: it is not there."""

    async def ask(self, text: str) -> Said | None: ...


class LiveBot:
    """The bot that visitors talk to, with its safety net in front."""

    def __init__(self, helper: Assistant, safety: Safety, store: Store, words: Words) -> None:
        self.helper = helper
        self.safety = safety
        self.store = store
        self.words = words

    async def ask(self, text: str) -> Said | None:
        """Take one turn with a sender that nobody will use again. Refuses what a visitor may not send either."""
        question = read_text(text)
        finding = await asyncio.to_thread(self.safety.look, question)
        if finding:
            event = danger_event(finding, question, self.words)
            return Said(event["route"], event["text"])
        hidden, kinds = mask(question)
        try:
            reply = await self.helper.turn(Question(new_sender(), str(uuid.uuid4()), hidden, None, None))
        except AssistantDown:
            return None
        switches = await self.store.run(self.store.switches)
        event = compose(reply.answers, masked=kinds, switches=switches, words=self.words)
        return Said(event["route"], event["text"], reply.answers)
