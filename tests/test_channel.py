"""The channel between the web process and Rasa: what it refuses, what it carries, and that a failure is never an empty reply."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from rasa.core.channels.channel import UserMessage
from sanic import Sanic

from extensions.channel import HelpdeskInput, next_context, take_turn
from extensions.reader import MISS, Reading
from extensions.understanding import entities_of

SENDER = "c_" + "0a" * 16
SECRET = "s3cret"
ANSWER = {
    "text": "Tob1 is a molecule.\n",
    "buttons": [{"title": "Are there other early signs?", "payload": "/ask_vitamin_d"}],
    "metadata": {
        "topic": "tob1",
        "route": "answer",
        "question": "What is Tob1?",
        "facts": ["F47"],
        "page": "Progressive MS Research",
        "section": "Recent progress",
        "as_of": "2015",
        "review_by": "2027-05-01",
        "short": "Tob1 is a sign.",
    },
}
SAID: dict[str, list[dict[str, Any]]] = {
    "ask_tob1": [ANSWER],
    "ask_cost": [{"text": "The pages do not say.", "metadata": {"referral": "cost", "route": "refer", "facts": []}}],
    "greet": [{"text": "Hello.", "metadata": {"dialogue": "greet", "route": "smalltalk", "facts": []}}],
    MISS: [
        {"text": "I did not understand.", "metadata": {"dialogue": "fallback", "route": "miss", "facts": [], "offer": ["person"]}}
    ],
    "goodbye": [],
}


def half(intent: str, topic: str | None = None, aspect: str = "whole", **more: Any) -> dict[str, Any]:
    known = {
        "text": "said",
        "intent": intent,
        "confidence": 0.93,
        "topic": topic,
        "aspect": aspect,
        "masses": {},
        "subject": None,
    }
    known |= {"candidates": [], "beyond": None, "whole": aspect == "whole" and topic is not None, "again": None}
    return {**known, "entities": [{"entity": "aspect", "value": aspect}], **more}


class FakeAgent:
    """An agent that understands as it is told and says what SAID holds."""

    def __init__(self, *halves: dict[str, Any]) -> None:
        self.halves = list(halves)
        self.ranking: list[dict[str, Any]] = []
        self.parsed: list[UserMessage] = []
        self.handled: list[UserMessage] = []
        self.domain = SimpleNamespace(intents=list(SAID))
        self.processor = SimpleNamespace(parse_message=self._parse)

    async def _parse(self, message: UserMessage) -> dict[str, Any]:
        self.parsed.append(message)
        return {"understanding": {"halves": self.halves}, "intent_ranking": self.ranking}

    async def handle_message(self, message: UserMessage) -> None:
        self.handled.append(message)
        for response in SAID[message.parse_data["intent"]["name"]]:
            await message.output_channel.send_response(message.sender_id, response)


def turn(
    agent: FakeAgent, text: str = "what is tob1", choice: str | None = None, context: dict[str, Any] | None = None
) -> dict[str, Any]:
    body = {"sender": SENDER, "turn": "t1", "text": text, "choice": choice, "context": context or {}}
    return asyncio.run(take_turn(agent, body))  # type: ignore[arg-type]


# -- a turn --------------------------------------------------------------------------------------------------------


def test_the_reply_is_the_whole_answer_with_its_source() -> None:
    reply = turn(FakeAgent(half("ask_tob1", "tob1")))

    (answer,) = reply["answers"]
    assert reply["turn"] == "t1"
    assert {key: answer[key] for key in ("intent", "route", "topic", "aspect", "facts", "page", "as_of")} == {
        "intent": "ask_tob1",
        "route": "answer",
        "topic": "tob1",
        "aspect": "whole",
        "facts": ["F47"],
        "page": "Progressive MS Research",
        "as_of": "2015",
    }
    assert answer["text"] == "Tob1 is a molecule."
    assert answer["buttons"] == [{"title": "Are there other early signs?", "choice": "/ask_vitamin_d"}]


def test_each_half_of_a_message_is_a_turn_of_its_own() -> None:
    agent = FakeAgent(half("ask_tob1", "tob1"), half("ask_cost", "tob1"))

    reply = turn(agent)

    assert [a["route"] for a in reply["answers"]] == ["answer", "refer"]
    assert len({m.message_id for m in agent.handled}) == 2
    assert {m.sender_id for m in agent.handled} == {SENDER}


def test_what_else_a_message_may_have_meant_comes_with_its_one_half_five_at_most() -> None:
    agent = FakeAgent(half("ask_tob1", "tob1"))
    agent.ranking = [{"name": f"ask_{number}", "confidence": 0.5 / (number + 1)} for number in range(9)]
    (answer,) = turn(agent)["answers"]
    assert [one["name"] for one in answer["ranking"]] == [f"ask_{number}" for number in range(5)]

    agent.halves.append(half("ask_cost", "tob1"))
    assert [answer["ranking"] for answer in turn(agent)["answers"]] == [[], []]


def test_a_referral_keeps_the_subject_that_was_asked_about() -> None:
    (answer,) = turn(FakeAgent(half("ask_cost", "tob1")))["answers"]

    assert (answer["topic"], answer["facts"]) == ("tob1", [])


def test_rasa_gets_the_entities_of_the_half() -> None:
    agent = FakeAgent(half("ask_tob1", "tob1", "use"))

    turn(agent)

    assert agent.handled[0].parse_data["entities"] == [{"entity": "aspect", "value": "use"}]


def test_silence_is_a_failure() -> None:
    with pytest.raises(RuntimeError):
        turn(FakeAgent(half("goodbye")))


@pytest.mark.parametrize("text", ["/restart", "//restart", " / /ask_tob1", '/ask_tob1{"a": 1}'])
def test_a_typed_slash_is_never_parsed(text: str) -> None:
    agent = FakeAgent(half("greet"))

    turn(agent, text)

    assert not agent.parsed[0].text.startswith("/")


def test_a_message_of_slashes_alone_is_still_parsed_as_text() -> None:
    agent = FakeAgent(half(MISS))

    turn(agent, "///")

    assert agent.parsed[0].text.strip("/ ")


# -- a choice ------------------------------------------------------------------------------------------------------


def test_a_choice_is_taken_as_it_is() -> None:
    agent = FakeAgent()

    (answer,) = turn(agent, "What is Tob1?", choice="/ask_tob1")["answers"]

    assert agent.parsed == []
    assert (answer["intent"], answer["confidence"]) == ("ask_tob1", 1.0)
    entities = {e["entity"]: e["value"] for e in agent.handled[0].parse_data["entities"]}
    assert entities == {"aspect": "whole", "topic": "tob1"}


def test_a_choice_of_an_earlier_model_is_read_by_its_title() -> None:
    agent = FakeAgent(half("ask_tob1", "tob1"))

    (answer,) = turn(agent, "What is Tob1?", choice="/ask_no_such_thing")["answers"]

    assert agent.parsed[0].text == "What is Tob1?"
    assert answer["intent"] == "ask_tob1"


# -- the context ---------------------------------------------------------------------------------------------------


def test_the_context_travels_with_the_message() -> None:
    agent = FakeAgent(half("greet"))
    held = {"topic": "tob1", "aspect": "use", "misses": 0, "answered": True}

    turn(agent, context=held)

    assert agent.parsed[0].metadata == {"context": held}


def test_the_topic_of_an_answer_is_in_hand_afterwards() -> None:
    context = turn(FakeAgent(half("ask_tob1", "tob1", "use")))["context"]

    assert (context["topic"], context["aspect"], context["answered"], context["misses"]) == ("tob1", "use", True, 0)


def test_a_topic_in_hand_that_the_model_does_not_know_is_let_go() -> None:
    agent = FakeAgent(half("greet"))

    context = turn(agent, context={"topic": "gone", "aspect": "use", "misses": 1, "answered": True})["context"]

    assert agent.parsed[0].metadata == {"context": {"misses": 1}}
    assert "topic" not in context


def test_small_talk_leaves_the_topic_in_hand() -> None:
    context = turn(FakeAgent(half("greet")), context={"topic": "tob1", "aspect": "use", "answered": True})["context"]

    assert (context["topic"], context["aspect"]) == ("tob1", "use")


def test_after_a_simpler_answer_the_whole_is_in_hand() -> None:
    assert turn(FakeAgent(half("ask_tob1", "tob1", "simpler")))["context"]["aspect"] == "whole"


def test_of_two_halves_the_last_topic_is_in_hand_and_the_first_is_the_one_before() -> None:
    answers = [
        {"topic": "tob1", "intent": "ask_tob1", "aspect": "whole"},
        {"topic": "menopause", "intent": "ask_menopause", "aspect": "people"},
    ]

    context = next_context({}, answers)

    assert (context["topic"], context["before"], context["aspect"]) == ("menopause", "tob1", "people")


def test_it_is_known_of_which_topics_the_whole_answer_was_given() -> None:
    tob1 = {"topic": "tob1", "intent": "ask_tob1", "aspect": "whole"}
    told = [{"topic": "tob1", "whole": True}]
    pointed = {"topic": "menopause", "intent": "ask_menopause", "aspect": "people"}
    referred = {"topic": "menopause", "intent": "ask_cost", "aspect": "whole"}

    first = next_context({}, [tob1], told)
    in_short = next_context({}, [{**tob1, "aspect": "simpler"}], [{"topic": "tob1", "whole": False}])
    third = next_context(next_context(first, [pointed]), [referred])

    assert (first["told"], third["told"], "told" in in_short) == (["tob1"], ["tob1"], False)


def test_what_was_asked_last_is_known_in_the_next_turn_and_not_after_it() -> None:
    first = next_context({}, [{"topic": "tob1", "intent": "ask_cost", "aspect": "whole"}])
    second = next_context(first, [{"topic": None, "intent": "thanks", "aspect": "whole"}])

    assert first["asked"] == "ask_cost"
    assert "asked" not in second


def test_the_next_turn_knows_the_choices_and_the_refused_advice() -> None:
    half = {"topic": None, "aspect": "whole"}
    asked = {**half, "intent": "clarify", "route": "clarify", "buttons": [{"title": "Tob1", "choice": "/ask_tob1"}]}

    choosing = next_context({}, [asked])
    refused = next_context(choosing, [{**half, "intent": "advice"}])

    assert (choosing["choices"], "choices" in refused, refused["asked"]) == (["ask_tob1"], False, "advice")
    assert "asked" not in next_context(refused, [{**half, "intent": "thanks"}])


def test_what_was_referred_last_is_known_also_where_it_speaks_of_no_topic() -> None:
    assert next_context({}, [{"topic": None, "intent": "ask_cure", "aspect": "whole"}])["asked"] == "ask_cure"


def test_the_topic_that_was_in_hand_before_is_remembered() -> None:
    tob1 = {"topic": "tob1", "intent": "ask_tob1", "aspect": "whole"}
    menopause = {"topic": "menopause", "intent": "ask_menopause", "aspect": "whole"}

    first = next_context({}, [tob1])
    second = next_context(first, [menopause])
    third = next_context(second, [menopause])

    assert "before" not in first
    assert (second["topic"], second["before"]) == (third["topic"], third["before"]) == ("menopause", "tob1")


def test_a_subject_that_the_pages_do_not_know_is_in_hand_until_one_comes_that_they_do() -> None:
    unknown = {"topic": None, "intent": "ask_other_medicine", "aspect": "whole"}
    tob1 = {"topic": "tob1", "intent": "ask_tob1", "aspect": "whole"}

    first = next_context({}, [tob1])
    second = next_context(first, [unknown], [{"beyond": "ask_other_medicine"}])
    third = next_context(second, [tob1], [{"beyond": None}])

    assert second["beyond"] == "ask_other_medicine"
    assert "beyond" not in third and "beyond" not in first


def test_misses_in_a_row_are_counted_and_forgotten_at_the_first_hit() -> None:
    context: dict[str, Any] = {}
    for expected in (1, 2, 3):
        context = turn(FakeAgent(half(MISS)), context=context)["context"]
        assert context["misses"] == expected

    assert turn(FakeAgent(half("greet")), context=context)["context"]["misses"] == 0


def test_a_miss_beside_an_answer_is_no_miss() -> None:
    assert turn(FakeAgent(half("ask_tob1", "tob1"), half(MISS)))["context"]["misses"] == 0


def test_the_context_that_came_in_is_not_changed() -> None:
    held = {"topic": "tob1", "misses": 1}

    turn(FakeAgent(half(MISS)), context=held)

    assert held == {"topic": "tob1", "misses": 1}


def test_the_second_miss_says_something_else_and_the_third_offers_a_person() -> None:
    said = [entities_of(Reading("?", MISS, 0.1), {"misses": misses})[0]["value"] for misses in (0, 1, 2, 7)]

    assert said == ["whole", "again", "person", "person"]


# -- over HTTP -----------------------------------------------------------------------------------------------------


class Routes:
    """The routes as Rasa's own server mounts them: with a secret, with an empty file for one, and with none."""

    def __init__(self, folder: Path) -> None:
        (folder / "whole").write_text(SECRET + "\n", encoding="utf-8")
        (folder / "empty").write_text("\n", encoding="utf-8")
        self._app = Sanic("test_channel")
        for name in ("whole", "empty", "none"):
            routes = HelpdeskInput(str(folder / name)).blueprint(FakeAgent().handle_message)
            self._app.blueprint(routes.copy(name), url_prefix=f"/{name}")
        asyncio.run(self._app._startup())

    def post(self, agent: FakeAgent, body: Any, secret: str | None = SECRET, kept: str = "whole") -> httpx.Response:
        self._app.ctx.agent = agent
        content: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        headers = {b"X-Helpdesk-Secret": secret.encode()} if secret is not None else {}

        async def run() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self._app), base_url="http://rasa") as client:
                return await client.post(f"/{kept}/turn", headers=headers, **content)

        return asyncio.run(run())


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routes]:
    # Sanic rewrites its own methods when an app starts, which works once a process: one app serves all tests.
    yield Routes(tmp_path_factory.mktemp("secrets"))
    Sanic._app_registry.pop("test_channel", None)


GOOD = {"sender": SENDER, "turn": "t1", "text": "what is tob1", "choice": None, "context": None}


def test_a_good_request_is_answered(routes: Routes) -> None:
    reply = routes.post(FakeAgent(half("ask_tob1", "tob1")), GOOD)

    assert reply.status_code == 200
    assert reply.json()["answers"][0]["topic"] == "tob1"
    assert reply.json()["context"]["topic"] == "tob1"


@pytest.mark.parametrize(
    ("secret", "kept"),
    [
        (None, "whole"),
        ("", "whole"),
        ("other", "whole"),
        ("sécret", "whole"),
        ("", "empty"),
        (SECRET, "empty"),
        ("", "none"),
        (SECRET, "none"),
    ],
)
def test_without_the_secret_nothing_is_done(routes: Routes, secret: str | None, kept: str) -> None:
    agent = FakeAgent(half("ask_tob1", "tob1"))

    reply = routes.post(agent, GOOD, secret, kept)

    assert reply.status_code == 401
    assert agent.parsed == agent.handled == []


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"",
        b"\xff\xfe",
        [],
        "text",
        {},
        {**GOOD, "sender": "c_123"},
        {**GOOD, "sender": "default"},
        {**GOOD, "sender": SENDER + "\n"},
        {**GOOD, "sender": "c_" + "A" * 32},
        {**GOOD, "sender": None},
        {**GOOD, "text": ""},
        {**GOOD, "text": " \n"},
        {**GOOD, "text": "a" * 2001},
        {**GOOD, "text": 5},
        {**GOOD, "choice": "ask_tob1"},
        {**GOOD, "choice": '/ask_tob1{"aspect": "use"}'},
        {**GOOD, "choice": "/"},
        {**GOOD, "choice": 5},
        {**GOOD, "choice": "/restart"},
        {**GOOD, "context": "tob1"},
        {**GOOD, "context": []},
    ],
    ids=lambda body: repr({k: v for k, v in body.items() if GOOD.get(k) != v} if isinstance(body, dict) else body)[:50],
)
def test_a_bad_request_is_refused_and_never_reaches_a_conversation(routes: Routes, body: Any) -> None:
    agent = FakeAgent(half("ask_tob1", "tob1"))

    reply = routes.post(agent, body)

    assert reply.status_code == 400
    assert reply.json()["error"]
    assert agent.handled == []


def test_the_longest_message_is_taken(routes: Routes) -> None:
    assert routes.post(FakeAgent(half("greet")), {**GOOD, "text": "a" * 2000}).status_code == 200


def test_whatever_fails_inside_is_a_failure_and_tells_nothing(routes: Routes) -> None:
    agent = FakeAgent(half("goodbye"))

    reply = routes.post(agent, {**GOOD, "text": "my secret worry"})

    assert reply.status_code == 500
    assert "goodbye" not in reply.text and "worry" not in reply.text


def test_credentials_must_name_the_file_of_the_secret() -> None:
    with pytest.raises(Exception, match="credentials"):
        HelpdeskInput.from_credentials({})
