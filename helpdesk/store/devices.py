"""Short codes with which a visitor goes on with a conversation on another device."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from helpdesk.store.database import Database
from helpdesk.store.rows import locked_conversation

LIFE_SECONDS = 600


class Devices:
    """A code is kept as a keyed hash, with the conversation's token sealed; it is used once, or it ends."""

    def __init__(self, database: Database, keys: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.box = MultiFernet([Fernet(key) for key in keys])
        self.clock = clock

    def offer(self, conversation: str, *, digest: str, token: str) -> None:
        """Keep a new code; it takes the place of the conversation's last one."""
        now = self.clock()
        sealed = self.box.encrypt(token.encode("ascii")).decode("ascii")
        with self.database.write() as db:
            locked_conversation(db, conversation, self.database.lock_row)
            db.run("DELETE FROM devices WHERE conversation = :id OR ends <= :now", id=conversation, now=now)
            db.run(
                "INSERT INTO devices (digest, conversation, ends, sealed) VALUES (:digest, :id, :ends, :sealed)",
                digest=digest, id=conversation, ends=now + LIFE_SECONDS, sealed=sealed,
            )  # fmt: skip

    def take(self, digest: str) -> str | None:
        """Return the token that a code stands for, and forget the code."""
        with self.database.write() as db:
            row = db.one("SELECT sealed, ends FROM devices WHERE digest = :digest", digest=digest)
            taken = row is not None and db.run("DELETE FROM devices WHERE digest = :digest", digest=digest) == 1
        if row is None or not taken or row["ends"] <= self.clock():
            return None
        try:
            return self.box.decrypt(row["sealed"].encode("ascii")).decode("ascii")
        except InvalidToken:
            return None
