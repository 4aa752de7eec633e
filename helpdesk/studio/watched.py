"""The watch after a publication, in words: until when, and how it goes beside the week before."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.settings import Settings
from helpdesk.store.releases import Publication
from helpdesk.store.replies import Replies, replies_between
from helpdesk.store.store import Store
from helpdesk.watch import BEFORE_SECONDS, FEWEST_REPLIES

MINUTE = 60.0


@dataclass(frozen=True)
class Watched:
    """`until`: when the watch ends; none: this publication is watched no more."""

    until: float | None
    sentences: list[str]


def watched(store: Store, settings: Settings, live: Publication | None) -> Watched | None:
    """Return how it goes with what was published last; none where that was no publication of a new version."""
    if live is None or live.live_at is None or live.kind != "publish" or not settings.watch_minutes:
        return None
    until, now = live.live_at + MINUTE * settings.watch_minutes, store.clock()
    since = replies_between(store.database, live.live_at, min(now, until) + 1.0)
    before = replies_between(store.database, live.live_at - BEFORE_SECONDS, live.live_at)
    return Watched(until if now <= until else None, [_misses(since, before), _persons(since, before)])


def _misses(since: Replies, before: Replies) -> str:
    if since.replies < FEWEST_REPLIES or before.replies < FEWEST_REPLIES:
        return f"Too few replies to compare, as yet: {since.replies} in this time, {before.replies} in the week before."
    return (
        f"{since.missed} of {since.replies} replies in this time were no answer ({since.missed_share:.0%});"
        f" in the week before it was {before.missed_share:.0%}."
    )


def _persons(since: Replies, before: Replies) -> str:
    if not since.conversations or not before.conversations:
        return ""
    return (
        f"In {since.asked} of {since.conversations} chats a person was asked for ({since.asked_share:.0%});"
        f" in the week before it was {before.asked_share:.0%}."
    )
