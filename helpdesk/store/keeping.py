"""The ledger as a whole: what is old, a copy of it while it is in use, and what was erased meanwhile."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from helpdesk.errors import StoreError
from helpdesk.store.audit import record
from helpdesk.store.rows import KEPT
from helpdesk.store.store import Store


def older_than(store: Store, moment: float, *, limit: int = 1000) -> list[str]:
    """Return conversations that were last used before `moment`, but for those with a call to make or somebody in line."""
    with store.database.read() as db:
        sql = f"SELECT c.id FROM conversations c WHERE NOT {KEPT} ORDER BY c.last_at LIMIT :limit"
        return [row["id"] for row in db.all(sql, kept_since=moment, limit=limit)]


def purge(store: Store, moment: float, *, limit: int = 1000) -> list[str]:
    """Erase conversations that were last used before `moment`; return which. There may be more of them."""
    found = older_than(store, moment, limit=limit)
    gone = [conversation for conversation in found if store.extras.erase(conversation, action=None)]
    if gone:
        store.audit.add(staff=None, action="purge", detail=f"{len(gone)} conversations")
    return gone


def purge_callbacks(store: Store, moment: float) -> int:
    """Erase the callbacks that were made or given up before `moment`; return how many."""
    with store.database.write() as db:
        gone = db.run("DELETE FROM callbacks WHERE state <> 'open' AND ended_at < :moment", moment=moment)
        if gone:
            record(db, at=store.clock(), staff=None, action="purge", detail=f"{gone} callbacks")
    return gone


def erased_hashes(store: Store) -> list[str]:
    with store.database.read() as db:
        return [row["hash"] for row in db.all("SELECT hash FROM erased")]


def erase_again(store: Store, hashes: list[str]) -> int:
    """Erase from a restored ledger what was erased after its copy was made."""
    gone = set(hashes)
    with store.database.read() as db:
        ids = [row["id"] for row in db.all("SELECT id FROM conversations")]
    found = [name for name in ids if hashlib.sha256(name.encode()).hexdigest() in gone]
    for name in found:
        store.extras.erase(name, action="erase.again")
    return len(found)


def copy_file(source: Path, target: Path) -> None:
    """Copy an SQLite file while others write to it."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    target.chmod(0o600)


def check_file(path: Path) -> int:
    """Return how many conversations an SQLite file holds. Raises StoreError where it is damaged or no ledger."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            [(verdict,)] = db.execute("PRAGMA integrity_check").fetchall()[:1]
            [(count,)] = db.execute("SELECT COUNT(*) FROM conversations").fetchall()
    except sqlite3.Error as error:
        raise StoreError(f"{path} is not a ledger that can be read: {error}.") from error
    if verdict != "ok":
        raise StoreError(f"{path} is damaged: {verdict}.")
    return int(count)
