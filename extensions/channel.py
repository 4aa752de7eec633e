"""The channel between the web process and Rasa: one JSON request a visitor's message, the whole reply in its answer.

POST /webhooks/helpdesk/turn with the header X-Helpdesk-Secret and the body
{"sender": "c_<32 hex>", "turn": str, "text": str, "choice": "/intent" or null, "context": {…} or null};
200 {"turn", "answers": [one for each half], "context"}; 400 for a bad body, 401 for a bad secret, 500 where the turn failed.
"""

from __future__ import annotations

import hmac
import logging
import re
from itertools import zip_longest
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, List, Optional, Sequence, Text

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from extensions.grid import SIMPLER, WHOLE
from extensions.held import left_behind, without_topic
from extensions.reader import ADVICE, MISS, Reading
from extensions.understanding import entities_of

logger = logging.getLogger(__name__)
SENDER = re.compile(r"c_[0-9a-f]{32}")
CHOICE = re.compile(r"/[a-z0-9_]{1,64}")
LONGEST = 2000
RANKED = 5
UNDERSTOOD = ("topic", "aspect", "subject", "candidates", "beyond", "whole", "again")
ROOT = Path(__file__).resolve().parent.parent
SHOWN = ("topic", "question", "page", "section", "as_of", "review_by", "short")


class BadTurn(Exception):
    """The request is not one of ours; the message says what is wrong."""


class Collector(OutputChannel):
    """Keep each response whole, with its metadata."""

    def __init__(self) -> None:
        self.responses: List[Dict[Text, Any]] = []

    @classmethod
    def name(cls) -> Text:
        """Return the channel's name in Rasa's events."""
        return "helpdesk"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        """Keep one response."""
        self.responses.append(dict(message))


class HelpdeskInput(InputChannel):
    """Named in credentials.yml with `secret_file`; without that file it refuses every request."""

    def __init__(self, secret_file: Text) -> None:
        path = Path(secret_file)
        path = path if path.is_absolute() else ROOT / path
        self._secret = path.read_text(encoding="utf-8").strip() if path.is_file() else ""

    @classmethod
    def name(cls) -> Text:
        """Return the part of the address after /webhooks/."""
        return "helpdesk"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> HelpdeskInput:
        """Read `secret_file`."""
        if not credentials or "secret_file" not in credentials:
            cls.raise_missing_credentials_exception()
        return cls(credentials["secret_file"])

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes."""
        hook = Blueprint("helpdesk_channel")

        @hook.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            # Where a model cannot be loaded, Rasa starts all the same and would fail at every turn.
            agent = request.app.ctx.agent
            if agent is None or not agent.is_ready():
                return response.json({"status": "no model"}, status=503)
            return response.json({"status": "ok"})

        @hook.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            given = request.headers.get("X-Helpdesk-Secret", "")
            if not self._secret or not hmac.compare_digest(given.encode(), self._secret.encode()):
                return response.json({"error": "wrong or missing X-Helpdesk-Secret"}, status=401)
            try:
                return response.json(await take_turn(request.app.ctx.agent, _body(request)))
            except BadTurn as error:
                return response.json({"error": str(error)}, status=400)
            except Exception as error:  # Whatever fails inside Rasa must be seen as a failure, never as an empty reply.
                logger.error("A turn failed: %s", type(error).__name__)
                return response.json({"error": "the turn failed"}, status=500)

        return hook


def _body(request: Request) -> Dict[Text, Any]:
    """Return the checked body. Raises BadTurn."""
    try:
        body = request.json
    except Exception:
        raise BadTurn("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadTurn("the body is not an object")
    sender, text, choice, context = (body.get(k) for k in ("sender", "text", "choice", "context"))
    if not isinstance(sender, str) or not SENDER.fullmatch(sender):
        raise BadTurn(f"sender is {sender!r:.80}, not c_ and 32 hexadecimal digits")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise BadTurn(f"text must be 1 to {LONGEST} characters")
    if choice is not None and not (isinstance(choice, str) and CHOICE.fullmatch(choice)):
        raise BadTurn(f"choice is {choice!r:.80}, not /<intent>")
    if context is not None and not isinstance(context, dict):
        raise BadTurn("context is not an object")
    return {"sender": sender, "turn": str(body.get("turn") or ""), "text": text, "choice": choice, "context": context or {}}


async def take_turn(agent: Agent, body: Dict[Text, Any]) -> Dict[Text, Any]:
    """Run one Rasa turn for each half of the message and return the reply with the new context."""
    body = {**body, "context": without_gone_topic(agent, body["context"])}
    context = body["context"]
    answers, understood = [], []
    for number, parsed in enumerate(await _parsed(agent, body)):
        collector = Collector()
        message = UserMessage(
            body["text"],
            collector,
            body["sender"],
            input_channel="helpdesk",
            message_id=f"{body['turn']}-{number}",
            parse_data=parsed,
        )
        await agent.handle_message(message)
        if not collector.responses:
            raise RuntimeError(f"no response to intent {parsed['intent']['name']}")
        answers.append(_answer(parsed, collector.responses))
        understood.append(parsed["understanding"])
    return {"turn": body["turn"], "answers": answers, "context": next_context(context, answers, understood)}


async def _parsed(agent: Agent, body: Dict[Text, Any]) -> List[Dict[Text, Any]]:
    """Return parse data for each half; a choice is taken as it is, and no slash is ever parsed.

    A button that an earlier model offered, for a topic that this one does not have, is read by its title, as ordinary text.
    """
    if body["choice"] and not _is_gone(agent, body["choice"]):
        return [_chosen(agent, body)]
    # A leading slash would be read as an intent by Rasa.
    text = body["text"].lstrip("/ \t\u3000\u00a0") or "?"
    message = UserMessage(text, sender_id=body["sender"], metadata={"context": body["context"]})
    data = await agent.processor.parse_message(message)
    halves = data["understanding"]["halves"]
    parsed = [
        {
            "text": half["text"],
            "intent": {"name": half["intent"], "confidence": half["confidence"]},
            "intent_ranking": [],
            "entities": half["entities"],
            "understanding": {name: half[name] for name in UNDERSTOOD},
        }
        for half in halves
    ]
    # Of a message that asks one thing, what else it may have meant; of two, nobody could say which is meant.
    if len(halves) == 1:
        parsed[0]["intent_ranking"] = data["intent_ranking"][:RANKED]
    return parsed


def _is_gone(agent: Agent, choice: Text) -> bool:
    return choice.startswith("/ask_") and choice[1:] not in agent.domain.intents


def _chosen(agent: Agent, body: Dict[Text, Any]) -> Dict[Text, Any]:
    intent = body["choice"][1:]
    if intent not in agent.domain.intents:
        raise BadTurn(f"choice {body['choice']} names no intent of this model")
    topic = intent[4:] if intent.startswith("ask_") else None
    reading = Reading(body["text"], intent, 1.0, topic=topic, whole=topic is not None)
    entities = entities_of(reading, body["context"])
    return {
        "text": body["text"],
        "intent": {"name": intent, "confidence": 1.0},
        "intent_ranking": [],
        "entities": entities,
        "understanding": {name: getattr(reading, name) for name in UNDERSTOOD},
    }


def _answer(parsed: Dict[Text, Any], responses: List[Dict[Text, Any]]) -> Dict[Text, Any]:
    """Return one half of the reply: Rasa's response, its metadata, and what was understood."""
    first = responses[0]
    metadata = first.get("metadata") or {}
    understood = parsed["understanding"]
    route = metadata.get("route", "smalltalk")
    shown = {key: metadata.get(key) for key in SHOWN}
    if route != "answer":
        shown["topic"] = understood.get("topic")
    return {
        "intent": parsed["intent"]["name"],
        "route": route,
        "text": "\n\n".join(r["text"].strip() for r in responses if r.get("text")),
        "aspect": understood["aspect"],
        "facts": metadata.get("facts") or [],
        "confidence": round(float(parsed["intent"]["confidence"]), 3),
        "ranking": [{"name": one["name"], "confidence": round(float(one["confidence"]), 3)} for one in parsed["intent_ranking"]],
        "buttons": [{"title": b["title"], "choice": b["payload"]} for b in first.get("buttons") or []],
        "offer": metadata.get("offer") or [],
        **shown,
    }


def without_gone_topic(agent: Agent, context: Dict[Text, Any]) -> Dict[Text, Any]:
    """Return the context without a topic in hand that an earlier model knew and this one does not."""
    topic = context.get("topic")
    if not topic or f"ask_{topic}" in agent.domain.intents:
        return context
    return without_topic(context)


def next_context(
    context: Dict[Text, Any], answers: List[Dict[Text, Any]], understood: Sequence[Dict[Text, Any]] = ()
) -> Dict[Text, Any]:
    """Return what the next turn needs: the topic in hand and the one before it, its aspect, the misses in a row, the choices that
    a clarification gives, whether advice was refused, and of which topics the whole answer was given.

    `understood` says of each answer whether it is a topic's whole one, and what a subject was referred by that the pages do not
    know.
    """
    last = answers[-1]
    missed = all(a["intent"] == MISS for a in answers)
    kept = {name: value for name, value in context.items() if name not in ("asked", "choices")}
    kept["misses"] = int(context.get("misses") or 0) + 1 if missed else 0
    for answer, half in zip_longest(answers, understood, fillvalue={}):
        kept = left_behind(kept, answer["topic"], half.get("beyond"))
    whole = [half["topic"] for half in understood if half.get("whole")]
    if whole:
        kept["told"] = list(dict.fromkeys([*kept.get("told", ()), *whole]))
    if any(answer["topic"] for answer in answers):
        kept.update(aspect=last["aspect"] if last["aspect"] != SIMPLER else WHOLE, answered=True)
    if last["topic"] or last["intent"].startswith("ask_") or last["intent"] == ADVICE:
        kept["asked"] = last["intent"]
    choices = [button["choice"][1:] for button in last.get("buttons") or ()] if last.get("route") == "clarify" else []
    return {**kept, "choices": choices} if choices else kept
