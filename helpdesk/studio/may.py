"""Who may do what in the studio, and how people and lengths of time are named there."""

from __future__ import annotations

from collections.abc import Mapping

from helpdesk.errors import Refusal
from helpdesk.store.staff import Staff
from helpdesk.store.store import Store

TRAIN = frozenset(("author", "admin"))
PUBLISH = frozenset(("approver", "admin"))
MINUTE, HOUR = 60.0, 3600.0


def may_train(staff: Staff) -> bool:
    """Whether a person may have a model trained, propose it and put it aside."""
    return bool(staff.roles & TRAIN)


def may_publish(staff: Staff) -> bool:
    return bool(staff.roles & PUBLISH)


def must(allowed: bool) -> None:
    if not allowed:
        raise Refusal("forbidden")


async def names_of(store: Store) -> Mapping[str, str]:
    """Return the name of everybody on the staff, by their id."""
    return {one.id: one.name for one in await store.run(store.staff.all)}


def who(names: Mapping[str, str], staff: str | None) -> str:
    """Name a person; a deed without one was the command line's, or the help desk's own."""
    if not staff:
        return "the command line"
    return names.get(staff, "somebody who has left")


def about(seconds: float) -> str:
    """Return "about 90 seconds": round, since it is a guess."""
    if seconds < 2 * MINUTE:
        number = max(10, round(seconds / 10) * 10) if seconds > 7 else 5
        return f"about {number} seconds"
    if seconds < 1.5 * HOUR:
        return f"about {round(seconds / MINUTE)} minutes"
    return f"about {round(seconds / HOUR)} hours"


def lasted(seconds: float) -> str:
    """Return "1 min 20 s"."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
