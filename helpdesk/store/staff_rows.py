"""The staff's rows as the store reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from helpdesk.store.database import Row

ROLES = ("navigator", "author", "approver", "admin")
AT_DESK = frozenset(("navigator", "admin"))  # who is let to the lists and the chats
IN_STUDIO = frozenset(("author", "approver", "admin"))
IDLE_SECONDS, WHOLE_SECONDS = 8 * 3600.0, 12 * 3600.0  # a session ends so long after its last use, and after it began

PRESENT = "active = 1 AND on_duty = 1 AND seen_at >= :since"  # of a row of staff: on duty, and their desk was open since


@dataclass(frozen=True)
class Staff:
    """One person of the staff."""

    id: str
    login: str
    name: str
    roles: frozenset[str]
    active: bool
    on_duty: bool
    options: dict[str, Any] = field(hash=False)
    seen_at: float = 0.0
    has_password: bool = True


def staff_of(row: Row) -> Staff:
    """Return the person of a row."""
    return Staff(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        roles=frozenset(row["roles"].split()),
        active=bool(row["active"]),
        on_duty=bool(row["on_duty"]),
        options=json.loads(row["options"]),
        seen_at=row["seen_at"],
        has_password=row["password"] is not None,
    )
