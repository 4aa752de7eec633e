"""What is said after danger was answered.

Who then writes "no", "ok" or "should I wait" is still in it. Until they ask something plain, the reply stays with the danger
instead of speaking of research. The conversation's context remembers it, as {"danger": {"route", "lang", "left"}}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpdesk.conversation import DANGER, Action, Event, danger_actions, danger_message, looks_spanish
from helpdesk.words import Words

STAYS = 4  # replies
PLAIN = ("answer", "privacy")
BESIDE = ("handoff", "callback", "refer", "down")  # what was asked for is given as well

Mark = Mapping[str, Any]


def mark_of(context: Any) -> Mark | None:
    """Return what the context remembers of danger."""
    return context.get("danger") if isinstance(context, dict) else None


def in_danger(context: Any, event: Event) -> dict[str, Any]:
    """Return the context after a reply to danger."""
    return {**(context or {}), "danger": {"route": event["route"], "lang": event.get("lang", "en"), "left": STAYS}}


def next_context(context: Any, held: Mark | None, event: Event) -> Any:
    """Return the context after the reply that Rasa gave, where danger was answered before, or is seen only now."""
    if held is None:
        return in_danger(context, event) if event["route"] in DANGER else context
    rest = {name: value for name, value in (context or {}).items() if name != "danger"}
    return rest if gone_on(event) or held["left"] <= 1 else {**rest, "danger": {**held, "left": held["left"] - 1}}


def gone_on(event: Event) -> bool:
    """Say whether the visitor has gone on to something plain: a fact of the pages, or one that they leave out."""
    return any(half["route"] in PLAIN or (half["route"] == "refer" and half["topic"]) for half in event["answers"])


def staying(event: Event, held: Mark, text: str, words: Words) -> Event:
    """Return the reply to `text` that stays with the danger; a person, the form or a referral stands below it."""
    if gone_on(event) or event["route"] in DANGER:
        return event
    stays = danger_message(held["route"], f"{held['route']}_still", "es" if looks_spanish(text) else held["lang"], words)
    if event["route"] not in BESIDE:
        return stays
    actions = {_does(action): action for action in [*danger_actions(held["route"], words), *event["actions"]]}
    return {**event, "text": f"{stays['text']}\n\n{event['text']}", "actions": list(actions.values())}


def _does(action: Action) -> tuple[str, ...]:
    return tuple(action.get(name, "") for name in ("kind", "href", "choice"))
