"""A model beside the live one: its own Rasa, its own safety net, asked as a visitor would ask it. Nothing of it is stored."""

from __future__ import annotations

import asyncio
import functools
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from helpdesk.assistant import Assistant, Question, RasaAssistant
from helpdesk.conversation import Event, add_note, compose, danger_event, down_event
from helpdesk.errors import AssistantDown, Refusal
from helpdesk.message import Incoming, read_text, tidy, visitor_event
from helpdesk.privacy import mask
from helpdesk.rasas import Rasas
from helpdesk.replay import Converse, Line, Result, hold
from helpdesk.safety import Finding, SafetyNet, kept, read_rules
from helpdesk.store.rows import new_sender
from helpdesk.words import Words, words_with

CONCURRENCY = 3  # of conversations, for each Rasa


def safety_of(content: Path, encoder: Any, cache: Path) -> tuple[SafetyNet, list[str]]:
    """Return the safety net of this content, with its second net, and the sentences of its own files that come out wrong.

    Raises SafetyError where the files cannot be read.
    """
    folder = content / "data" / "safety"
    stamp = kept.digest_of(folder)
    net = SafetyNet(read_rules(folder, already_checked=(cache / f"proved-{stamp}.txt").is_file()), data=content / "data")
    passed = cache / f"passed-{stamp}-{net.learn(encoder, cache)}.txt"
    failing = [] if passed.is_file() else net.prove()
    if not failing:
        kept.note(passed)
    return net, failing


class Trial:
    """`trial = Trial(content, archive, net, rasas, number); trial.wait(); trial.ask(lines)`; its Rasas end with `rasas`.

    `number` of them share the conversations: one alone uses one processor.
    """

    def __init__(self, content: Path, archive: Path, net: SafetyNet, rasas: Rasas, number: int = 1) -> None:
        self.talk = Talk(net, words_with(content / "data" / "safety" / "replies.yml"))
        self.net = net
        self.urls = [rasas.serve(archive) for _ in range(number)]
        self.secret = rasas.secret
        self._rasas = rasas

    def close(self) -> None:
        """End its Rasas, and all that began with them."""
        self._rasas.close()

    def wait(self, tick: Callable[[], None] = lambda: None) -> None:
        """Wait until the model is loaded, calling `tick` all the while. Raises CommandError."""
        self._rasas.wait(self.urls, tick)

    def foresee(self, texts: Iterable[str]) -> None:
        """Let the safety net look at all of these at once, while the model loads: so it takes a fifth of the time."""
        ones = sorted({tidy(text) for text in texts})
        self.talk.foreseen.update(zip(ones, self.talk.net.look_all(ones), strict=True))

    def ask(self, lines: Iterable[Line]) -> Iterator[Result]:
        """Say the turns of each line in a conversation of its own, as `helpdesk.replay` does; a result has what was stored too.

        `{"id", "replies": [one event for each turn], "said": [the visitor's own event, personal details hidden, for each turn]}`
        """
        opening = functools.partial(self.talk.opening, self.urls, self.secret)
        return hold(lines, opening, concurrency=CONCURRENCY * len(self.urls))


class Talk:
    """What the web process does with a message, without its ledger: the safety net, the masking, Rasa, the reply."""

    def __init__(self, net: SafetyNet, words: Words) -> None:
        self.net, self.words = net, words
        self.foreseen: dict[str, Finding | None] = {}

    def look(self, text: str) -> Finding | None:
        return self.foreseen[text] if text in self.foreseen else self.net.look(text)

    @asynccontextmanager
    async def opening(self, urls: Sequence[str], secret: str) -> AsyncIterator[Converse]:
        assistants = [RasaAssistant(url, secret) for url in urls]
        turn = itertools.cycle(assistants)
        with ThreadPoolExecutor(1, thread_name_prefix="trial") as looker:
            try:
                yield lambda line: self.converse(next(turn), looker, line)
            finally:
                for assistant in assistants:
                    await assistant.close()

    async def converse(self, assistant: Assistant, looker: ThreadPoolExecutor, line: Line) -> Result:
        replies: list[Event] = []
        said: list[Event] = []
        context = None
        for number, turn in enumerate(line["turns"], start=1):
            body: Mapping[str, Any] = {"text": turn} if isinstance(turn, str) else turn
            try:
                text = read_text(body["text"])
            except Refusal as refusal:
                replies.append({"route": "refused", "text": "", "error": {"code": refusal.code}})
                continue
            choice = body.get("choice")
            # A button's title is none of the visitor's words: what may be danger in it was written by us.
            finding = None if choice else await asyncio.get_running_loop().run_in_executor(looker, self.look, text)
            hidden, kinds = mask(text)
            said.append(visitor_event(Incoming(str(uuid.uuid4()), hidden, choice, kinds), self.words))
            if finding:
                reply: Event = danger_event(finding, text, self.words)
            else:
                reply, context = await self._answer(assistant, hidden, choice, kinds, context)
            replies.append({**reply, "reply_to": number})
        return {"id": line.get("id"), "replies": replies, "said": said}

    async def _answer(
        self, assistant: Assistant, text: str, choice: str | None, kinds: tuple[str, ...], context: Any
    ) -> tuple[Event, Any]:
        try:
            found = await assistant.turn(Question(new_sender(), str(uuid.uuid4()), text, choice, context))
        except AssistantDown:
            return add_note(down_event(self.words), kinds, self.words), context
        return compose(found.answers, masked=kinds, switches={}, words=self.words), found.context
