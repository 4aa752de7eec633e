"""The rows of the register of releases."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from helpdesk.store.database import Row

# A way back needs no measures: it has been live before.
WITHOUT_GATE = ("first", "rollback", "auto")
BACK = ("rollback", "auto")


@dataclass(frozen=True)
class Release:
    """A model with its content, in HELPDESK_STATE/releases/<id>/. `gate`: why it must not be published; none: not measured."""

    id: str
    made_at: float
    staff: str | None
    content: str
    snapshot: str
    seconds: float | None = None
    gate: list[str] | None = field(default=None, hash=False)
    summary: dict[str, Any] = field(default_factory=dict, hash=False)
    proposed_by: str | None = None
    proposed_at: float | None = None
    note: str = ""

    @property
    def may_be_published(self) -> bool:
        return self.gate == []


@dataclass(frozen=True)
class Publication:
    """One wish that a release be live, and what became of it: wanted, live, ended or failed."""

    id: str
    at: float
    release: str
    staff: str | None
    kind: str
    note: str
    state: str
    live_at: float | None
    ended_at: float | None
    why: str

    @property
    def is_way_back(self) -> bool:
        return self.kind in BACK


def new_id(at: float) -> str:
    """Return a new id that begins with the time: in the order of ids, later is newer."""
    day = time.strftime("%Y%m%d-%H%M%S", time.gmtime(at))
    return f"{day}-{int(at * 1000) % 1000:03d}{secrets.token_hex(2)}"


def release_of(row: Row | None) -> Release | None:
    if row is None:
        return None
    gate = None if row["gate"] is None else json.loads(row["gate"])
    return Release(**{**row, "gate": gate, "summary": json.loads(row["summary"])})


def publication_of(row: Row | None) -> Publication | None:
    return Publication(**row) if row else None
