"""What the web process does when another release goes live: nothing stops, and what is new takes its place whole."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp.web import BaseRequest, Response, json_response
from starlette.testclient import TestClient

from helpdesk import live
from helpdesk.app import create_app
from helpdesk.assistant import Question, RasaAssistant
from helpdesk.desk.answers import Answers
from helpdesk.following import SafetyInForce, follower
from helpdesk.live import Ack, Follower, Live
from helpdesk.words import words, words_with
from tests.fake_rasas import served
from tests.releases import Register, draft
from tests.web import FakeAssistant, FakeSafety

ANSWER = """responses:
  utter_tob1:
    - text: {text}
      metadata: {{question: What is Tob1?, page: A page, section: A section, as_of: "2015"}}
"""
NEW_REPLY = "crisis:\n  en: Another text for a crisis.\n"


@dataclass
class Web:
    """A follower whose parts are seen from outside."""

    state: Path
    root: Path
    switched: list[tuple[Live, Any]] = field(default_factory=list)
    prepared: list[Path] = field(default_factory=list)
    away: bool = False
    dumb: bool = False
    problem: Exception | None = None

    def __post_init__(self) -> None:
        self.follower: Follower[str] = Follower(
            self.state,
            self.root,
            prepare=self._prepare,
            reachable=self._reachable,
            answers=self._answers,
            switch=lambda *it: self.switched.append(it),
        )

    def _prepare(self, root: Path) -> str:
        self.prepared.append(root)
        if self.problem:
            raise self.problem
        return "a new net"

    async def _reachable(self, url: str) -> bool:
        return not self.away

    async def _answers(self, url: str) -> bool:
        return not self.dumb

    def look(self) -> None:
        asyncio.run(self.follower.look())


@pytest.fixture
def web(tmp_path: Path) -> Web:
    (tmp_path / "state").mkdir()
    return Web(tmp_path / "state", draft(tmp_path / "root", tob1="tob1: 1\n"))


def told(web: Web, root: Path, publication: str = "p1") -> Live:
    found = Live(publication, "one", "http://127.0.0.1:20001", str(root))
    live.tell(web.state, found)
    return found


def test_without_a_word_from_the_supervisor_nothing_changes(web: Web) -> None:
    web.look()

    assert web.switched == []


def test_another_address_with_the_same_content_is_followed_at_once(web: Web, tmp_path: Path) -> None:
    wanted = told(web, draft(tmp_path / "other", tob1="tob1: 1\n"))

    web.look()

    assert web.switched == [(wanted, None)]
    assert web.prepared == []
    assert live.answered(web.state, "p1") == Ack("p1")


def test_other_content_is_made_ready_before_anything_is_switched(web: Web, tmp_path: Path) -> None:
    wanted = told(web, draft(tmp_path / "other", tob1="tob1: 2\n"))

    web.look()

    assert web.prepared == [tmp_path / "other"]
    assert web.switched == [(wanted, "a new net")]


def test_what_was_followed_is_not_followed_again(web: Web, tmp_path: Path) -> None:
    told(web, draft(tmp_path / "other", tob1="tob1: 2\n"))

    web.look()
    web.look()

    assert len(web.switched) == 1


def test_content_that_is_refused_leaves_all_as_it_was_and_says_why(web: Web, tmp_path: Path) -> None:
    web.problem = ValueError("Two sentences fail.")
    told(web, draft(tmp_path / "other", tob1="tob1: 2\n"))

    web.look()
    web.look()

    assert web.switched == []
    assert len(web.prepared) == 1
    assert live.answered(web.state, "p1") == Ack("p1", "Two sentences fail.")
    assert live.answered(web.state, "p2") is None


def test_content_that_is_not_there_is_refused(web: Web, tmp_path: Path) -> None:
    web.problem = FileNotFoundError("no such folder")
    told(web, tmp_path / "nowhere")

    web.look()

    ack = live.answered(web.state, "p1")
    assert ack and ack.refused and web.switched == []


def test_an_address_where_nobody_answers_is_waited_for_and_given_up_when_another_is_told(web: Web, tmp_path: Path) -> None:
    web.away = True
    told(web, draft(tmp_path / "other", tob1="tob1: 1\n"))

    async def meanwhile() -> None:
        looking = asyncio.create_task(web.follower.look())
        await asyncio.sleep(0.1)
        assert not looking.done() and web.switched == []
        told(web, tmp_path / "other", "p2")
        await asyncio.wait_for(looking, 10)

    asyncio.run(meanwhile())
    assert web.switched == []
    web.away = False
    web.look()
    assert [one.publication for one, _ in web.switched] == ["p2"]


def test_a_model_that_answers_no_question_is_refused(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.0)
    web.dumb = True
    told(web, draft(tmp_path / "other", tob1="tob1: 1\n"))

    web.look()

    ack = live.answered(web.state, "p1")
    assert ack and ack.refused and web.switched == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"publication": "p1"}', '{"a": 1, "b": 2, "c": 3, "d": 4}'])
def test_a_file_that_cannot_be_read_is_no_word(web: Web, text: str) -> None:
    (web.state / "live.json").write_text(text)

    web.look()

    assert web.switched == []


# -- the parts themselves ------------------------------------------------------------------------------------------


@dataclass
class Rasas:
    """Two Rasas by their addresses: which was asked, and one that is slow until it is told."""

    asked: list[str] = field(default_factory=list)
    slow: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, name: str, request: BaseRequest) -> Response:
        if request.method == "POST":
            self.asked.append(name)
            if name == "old":
                await self.slow.wait()
            half = {"route": "answer", "text": f"from {name}"}
            return json_response({"turn": (await request.json())["turn"], "answers": [half], "context": None})
        return Response()


def test_a_turn_in_hand_ends_where_it_began_and_the_next_goes_to_the_new_one() -> None:
    async def ask() -> list[str]:
        rasas = Rasas()
        async with served(rasas, "old", "new") as [old, new]:
            assistant = RasaAssistant(old, "s")
            in_hand = asyncio.create_task(assistant.turn(Question("c_1", "t1", "one", None, None)))
            while not rasas.asked:
                await asyncio.sleep(0)
            assistant.follow(f"{new}/")
            after = await assistant.turn(Question("c_2", "t2", "two", None, None))
            rasas.slow.set()
            before = await in_hand
            await assistant.close()
        return [before.answers[0].text, after.answers[0].text]

    assert asyncio.run(ask()) == ["from old", "from new"]


class NewSafety(FakeSafety):
    def look(self, text: str, passed: Any = None) -> Any:
        return None


def test_the_net_the_replies_the_answers_and_the_address_change_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register = Register(tmp_path)
    other = draft(tmp_path / "other", tob1=ANSWER.format(text="The new answer."))
    (other / "data" / "safety").mkdir()
    (other / "data" / "safety" / "replies.yml").write_text(NEW_REPLY)
    old, new, made = FakeSafety(), NewSafety(), threading.Event()

    def slowly(settings: Any, before: Any) -> NewSafety:
        assert before is old
        assert settings.data == other / "data"
        made.wait(10)
        return new

    monkeypatch.setattr("helpdesk.following.next_safety", slowly)

    async def swap() -> None:
        async with served(Rasas(), "old", "new") as [first, second]:
            assistant = RasaAssistant(first, "s")
            safety, texts = SafetyInForce(old), words_with(tmp_path / "none.yml")
            answers = Answers(register.root / "data")
            parts = {"assistant": assistant, "safety": safety, "words": texts, "answers": answers}
            following = follower(register.settings, register.root, store=register.store, **parts)
            live.tell(register.settings.state, Live("p1", "one", second, str(other)))
            looking = asyncio.create_task(following.look())
            await asyncio.sleep(0.2)
            assert (safety.net, assistant.url, answers.find("new answer")) == (old, first, [])
            assert safety.look("suicide") is not None

            made.set()
            await asyncio.wait_for(looking, 10)

            assert (safety.net, assistant.url) == (new, second)
            assert [one.text for one in answers.find("new answer")] == ["The new answer."]
            assert texts.danger_reply("crisis", "crisis", "en") == "Another text for a crisis."
            assert texts.danger_reply("emergency", "emergency", "en") == words().danger_reply("emergency", "emergency", "en")
            await assistant.close()

    asyncio.run(swap())
    register.close()


# -- the draft never goes live by itself -----------------------------------------------------------------------------


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    register = Register(tmp_path)
    draft(register.root, tob1=ANSWER.format(text="What was published."))
    register.add("one")
    yield register
    register.close()


def shown_at_the_desk(register: Register) -> list[str]:
    with TestClient(create_app(register.settings, assistant=FakeAssistant(), safety=FakeSafety())) as client:
        desk: Any = client.app
        return [one.text for one in asyncio.run(desk.state.desk.answers(""))]


def test_a_web_process_that_starts_shows_what_was_published_and_not_the_draft(register: Register) -> None:
    register.bring_live("one")
    draft(register.root, tob1=ANSWER.format(text="What nobody published."))

    assert live.content_root(register.settings, register.store) != register.root
    assert shown_at_the_desk(register) == ["What was published."]


def test_where_nothing_was_ever_published_it_shows_the_draft(register: Register) -> None:
    assert shown_at_the_desk(register) == ["What was published."]
    assert live.content_root(register.settings, register.store) == register.root
