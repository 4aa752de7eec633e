"""A model beside the live one: its own Rasa, its own safety net, asked as a visitor would ask it. Nothing of it is stored."""

from __future__ import annotations

import asyncio
import functools
import itertools
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from helpdesk.assistant import Assistant, Question, RasaAssistant
from helpdesk.conversation import Event, add_note, compose, danger_event, down_event
from helpdesk.errors import AssistantDown, CommandError, Refusal
from helpdesk.message import Incoming, read_text, tidy, visitor_event
from helpdesk.privacy import mask
from helpdesk.processes import Child, free_port
from helpdesk.programs import start_rasa, write_rasa_files, write_secret
from helpdesk.replay import Converse, Line, Result, hold
from helpdesk.safety import Finding, SafetyNet, kept, read_rules
from helpdesk.settings import ROOT
from helpdesk.store.rows import new_sender
from helpdesk.words import Words, words_with

CONCURRENCY = 3  # of conversations, for each Rasa
PATIENCE = 180.0  # seconds for Rasa to load
LEAVE = 1.0  # seconds for Rasa to end by itself


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
    """`with Trial(content, archive, net, encoder_cache) as trial: trial.ask(lines)`; Rasa loads meanwhile, and ends with it.

    With several `servers` as many Rasas share the conversations: one alone uses one processor.
    """

    def __init__(
        self, content: Path, archive: Path, net: SafetyNet, encoder: Path, *, code: Path = ROOT, scratch: Path | None = None,
        servers: int = 1,
    ) -> None:  # fmt: skip
        self.talk = Talk(net, words_with(content / "data" / "safety" / "replies.yml"))
        self._archive, self._encoder, self._code, self._scratch = archive, encoder, code, scratch
        self._stack = ExitStack()
        self._servers = servers
        self._rasas: list[Child] = []
        self.urls: list[str] = []
        self.secret = ""
        self.net = net

    def __enter__(self) -> Trial:
        scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="trial-", dir=self._scratch)))
        try:
            # The converted encoder is the one thing that Rasa needs of the state folder.
            (scratch / "encoder").symlink_to(self._encoder, target_is_directory=True)
            secret = write_secret(scratch / "secrets" / "channel")
            self.secret = secret.read_text(encoding="ascii").strip()
            write_rasa_files(self._code, scratch, secret)
            for _ in range(self._servers):
                port = free_port()
                self.urls.append(f"http://127.0.0.1:{port}")
                self._rasas.append(start_rasa(self._code, scratch, self._archive, port))
                self._stack.callback(self._rasas[-1].stop, LEAVE)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End Rasa, and take its scratch folder away."""
        self._stack.close()

    def wait(self, tick: Callable[[], None] = lambda: None) -> None:
        """Wait until the model is loaded, calling `tick` all the while. Raises CommandError."""
        deadline = time.monotonic() + PATIENCE
        while late := [rasa for rasa in self._rasas if not rasa.ready]:
            for rasa in late:
                if not rasa.running or time.monotonic() > deadline:
                    raise CommandError("The new model could not be loaded. Rasa said last:\n" + rasa.last_words())
            tick()
            time.sleep(0.1)

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
