"""What hangs on a conversation or on none: callbacks, feedback, switches, erasing."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from helpdesk.errors import Refusal, StoreError
from helpdesk.forms import Callback, Feedback
from helpdesk.store.database import Database, Transaction

TABLES = ("events", "turns", "offers", "callbacks", "feedback", "devices")


class Extras:
    """Callbacks are encrypted with a key that is not in the database."""

    def __init__(self, database: Database, callback_keys: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self.clock = clock
        self.box = MultiFernet([Fernet(key) for key in callback_keys])

    def add_callback(self, conversation: str, callback: Callback) -> str:
        callback_id = uuid.uuid4().hex
        sealed = self.box.encrypt(json.dumps(vars(callback)).encode("ascii")).decode("ascii")
        with self.database.write() as db:
            _must_exist(db, conversation)
            db.run(
                "INSERT INTO callbacks (id, conversation, at, sealed) VALUES (:id, :conversation, :at, :sealed)",
                id=callback_id, conversation=conversation, at=self.clock(), sealed=sealed,
            )  # fmt: skip
        return callback_id

    def callbacks(self) -> list[tuple[str, Callback]]:
        """Return the open callbacks, oldest first."""
        with self.database.read() as db:
            rows = db.all("SELECT id, sealed FROM callbacks WHERE state = 'open' ORDER BY at")
        return [(row["id"], self._unseal(row["sealed"])) for row in rows]

    def _unseal(self, sealed: str) -> Callback:
        try:
            return Callback(**json.loads(self.box.decrypt(sealed.encode("ascii"))))
        except InvalidToken as error:
            raise StoreError("A callback was encrypted with a key that is no longer given.") from error

    def add_feedback(self, conversation: str, feedback: Feedback) -> None:
        """Keep a word on one of our messages; a second one replaces the first."""
        with self.database.write() as db:
            _must_exist(db, conversation)
            event = db.one(
                "SELECT seq FROM events WHERE conversation = :id AND seq = :seq AND kind = 'message' AND author <> 'visitor'",
                id=conversation, seq=feedback.seq,
            )  # fmt: skip
            if event is None:
                raise Refusal("invalid", field="seq")
            db.run(
                "INSERT INTO feedback (conversation, seq, at, helpful, comment) VALUES (:id, :seq, :at, :helpful, :comment)"
                " ON CONFLICT (conversation, seq)"
                " DO UPDATE SET at = excluded.at, helpful = excluded.helpful, comment = excluded.comment",
                id=conversation, seq=feedback.seq, at=self.clock(), helpful=int(feedback.helpful), comment=feedback.comment,
            )  # fmt: skip

    def feedback(self, conversation: str) -> list[Feedback]:
        with self.database.read() as db:
            rows = db.all("SELECT seq, helpful, comment FROM feedback WHERE conversation = :id ORDER BY seq", id=conversation)
        return [Feedback(seq=row["seq"], helpful=bool(row["helpful"]), comment=row["comment"]) for row in rows]

    def set_switch(self, name: str, on: bool) -> None:
        """Switch the bot (`bot`) or a topic (its id) on or off; it holds from the next message."""
        with self.database.write() as db:
            db.run(
                "INSERT INTO switches (name, is_on, at) VALUES (:name, :on, :at)"
                " ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on, at = excluded.at",
                name=name, on=int(on), at=self.clock(),
            )  # fmt: skip

    def switches(self) -> dict[str, bool]:
        """Return every switch that was ever set; a name that is not there is on."""
        with self.database.read() as db:
            return {row["name"]: bool(row["is_on"]) for row in db.all("SELECT name, is_on FROM switches")}

    def erase(self, conversation: str) -> bool:
        """Delete everything of a conversation; only the hash of its id stays."""
        with self.database.write() as db:
            for table in TABLES:
                db.run(f"DELETE FROM {table} WHERE conversation = :id", id=conversation)
            gone = db.run("DELETE FROM conversations WHERE id = :id", id=conversation) == 1
            if gone:
                hashed = hashlib.sha256(conversation.encode()).hexdigest()
                db.run("INSERT INTO erased (hash, at) VALUES (:hash, :at) ON CONFLICT DO NOTHING", hash=hashed, at=self.clock())
        return gone


def _must_exist(db: Transaction, conversation: str) -> None:
    if db.one("SELECT id FROM conversations WHERE id = :id", id=conversation) is None:
        raise Refusal("not_found")
