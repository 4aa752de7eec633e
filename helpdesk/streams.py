"""What a stream of a conversation's events is, for the visitor's and for the desk's."""

from __future__ import annotations

import asyncio

from helpdesk.errors import StoreUnavailable
from helpdesk.store import Store

HEARTBEAT = 15.0
HEADERS = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}


async def events_after(store: Store, conversation: str, after: int) -> list[tuple[int, str]]:
    """Return what came after an event; nothing, and that after a pause, while the ledger is away."""
    try:
        return await store.run(store.ledger.events, conversation, after)
    except StoreUnavailable:
        await asyncio.sleep(1)
        return []


def as_lines(rows: list[tuple[int, str]]) -> str:
    """Write events, numbers and JSON, as a stream has them."""
    return "".join(f"id: {seq}\ndata: {body}\n\n" for seq, body in rows)
