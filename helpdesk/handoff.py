"""What is said of a handoff, to the visitor and to whoever reads the transcript. No network, no SQL."""

from __future__ import annotations

from helpdesk.conversation import Event, call_and, message_of
from helpdesk.words import Words


def waiting_event(
    words: Words, reason: str, place: int, usual_wait_s: int | None, *, name: str = "", said: str | None = None
) -> Event:
    """Tell where a visitor stands in the queue; `reason` is asked, words, dropped or requeued."""
    first = words.owner.get(reason, words.owner["asked"]).format(name=name or words.owner["nobody"])
    where = words.owner["next"] if place == 1 else words.owner["place"].format(n=place)
    parts = [first, where, _wait(words, usual_wait_s), words.owner["phone"]]
    more = {"said": said} if said else {}
    text = " ".join(filter(None, parts))
    return {**_owner_event(words, reason, None, text), "on_duty": True, "place": place, "usual_wait_s": usual_wait_s, **more}


def navigator_event(words: Words, reason: str, name: str) -> Event:
    """Tell who talks now; `reason` is joined, forwarded or reopened."""
    return {**_owner_event(words, reason, name, words.owner[reason].format(name=name)), "on_duty": True}


def ended_event(words: Words, reason: str, name: str = "") -> Event:
    """Tell that a person is not, or no longer, in the chat; `reason` is back, closed, cancelled, called_back or again."""
    return _owner_event(words, reason, None, words.owner[reason].format(name=name or words.owner["nobody"]))


def line_event(words: Words, when: str, *, said: str | None = None) -> Event:
    """Give the line and the callback form: nobody is on duty, or it is out of hours. `when` is what `hours_note` says."""
    event = message_of("handoff", "\n\n".join(filter(None, [words.handoff, when])), words)
    return {**event, "said": said} if said else event


def hours_note(words: Words, hours: str | None, opening: str | None) -> str:
    """Say when Navigators are in the chat, and when next; nothing where that is not set."""
    if hours is None:
        return ""
    told = words.owner["hours"].format(hours=hours)
    return f"{told} {words.owner['opening'].format(when=opening)}" if opening else told


def overdue_event(words: Words, *, on_duty: bool) -> Event:
    """Offer the next step to who is still waiting."""
    text = words.owner["overdue" if on_duty else "gone"]
    event = message_of("handoff", text, words, actions=call_and("callback", words))
    return {**event, "author": "system", "name": words.names["system"]}


def navigator_message(name: str, text: str, client_id: str) -> Event:
    """Return what a navigator says."""
    return {
        "kind": "message", "author": "navigator", "name": name, "client_id": client_id, "text": text, "route": None,
        "answers": [], "actions": [],
    }  # fmt: skip


def _owner_event(words: Words, reason: str, navigator: str | None, text: str) -> Event:
    return {
        "author": "system", "name": words.names["system"], "reason": reason, "navigator": navigator, "text": text,
    }  # fmt: skip


def _wait(words: Words, seconds: int | None) -> str:
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    return words.owner["wait"].format(n=minutes) if minutes > 1 else words.owner["waitOne"]
