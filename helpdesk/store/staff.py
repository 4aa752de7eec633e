"""The staff: who they are, and their one-time links. Only hashes of passwords, cookies and links are kept."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from helpdesk.errors import Refusal
from helpdesk.store.audit import record
from helpdesk.store.database import Row, Transaction
from helpdesk.store.sessions import Sessions
from helpdesk.store.staff_rows import AT_DESK, IDLE_SECONDS, PRESENT, ROLES, WHOLE_SECONDS, Staff, staff_of

__all__ = ["AT_DESK", "IDLE_SECONDS", "ROLES", "WHOLE_SECONDS", "Staff", "StaffStore"]


class StaffStore(Sessions):
    """`by` is the staff member who does it; None is the command line, or the help desk itself."""

    def add(self, login: str, name: str, roles: Iterable[str], *, by: str | None = None) -> Staff:
        """Add a person, as yet without a password. Raises Refusal("taken") where somebody has this login."""
        staff_id, now, held = uuid.uuid4().hex, self.clock(), " ".join(sorted(roles))
        with self.database.write() as db:
            added = db.run(
                "INSERT INTO staff (id, login, name, roles, created_at) VALUES (:id, :login, :name, :roles, :now)"
                " ON CONFLICT (login) DO NOTHING",
                id=staff_id, login=login, name=name, roles=held, now=now,
            )  # fmt: skip
            if not added:
                raise Refusal("taken", field="login")
            record(db, at=now, staff=by, action="staff.add", subject=staff_id, detail=held)
            return staff_of(self._locked(db, staff_id))

    def find(self, staff_id: str) -> Staff | None:
        with self.database.read() as db:
            return _maybe(db.one("SELECT * FROM staff WHERE id = :id", id=staff_id))

    def by_login(self, login: str) -> Staff | None:
        with self.database.read() as db:
            return _maybe(db.one("SELECT * FROM staff WHERE login = :login", login=login))

    def all(self) -> list[Staff]:
        """Return everybody, the active first, by name."""
        with self.database.read() as db:
            return [staff_of(row) for row in db.all("SELECT * FROM staff ORDER BY active DESC, name, login")]

    def any(self) -> bool:
        """Whether an active member of staff has a password, so that somebody can sign in."""
        with self.database.read() as db:
            return db.one("SELECT id FROM staff WHERE active = 1 AND password IS NOT NULL LIMIT 1") is not None

    def on_duty(self, since: float) -> list[Staff]:
        """Return who is on duty and whose desk was open since a moment."""
        with self.database.read() as db:
            rows = db.all(f"SELECT * FROM staff WHERE {PRESENT} ORDER BY name", since=since)
        return [staff_of(row) for row in rows]

    def forwarded_to(self, staff_id: str) -> int:
        """Return how many chats a person has that a colleague has handed to them."""
        with self.database.read() as db:
            rows = db.all(
                "SELECT e.body FROM conversations c JOIN events e ON e.conversation = c.id"
                " WHERE c.owner = 'navigator' AND c.navigator = :id AND e.seq ="
                " (SELECT MAX(seq) FROM events WHERE conversation = c.id AND kind = 'owner')",
                id=staff_id,
            )  # fmt: skip
        return sum(json.loads(row["body"]).get("reason") == "forwarded" for row in rows)

    def password_of(self, staff_id: str) -> str | None:
        with self.database.read() as db:
            row = db.one("SELECT password FROM staff WHERE id = :id", id=staff_id)
        return row["password"] if row else None

    def set_password(self, staff_id: str, hashed: str) -> None:
        """Set a new password; whoever came in with the old one, or has a link, is out."""
        with self.database.write() as db:
            self._put_password(db, staff_id, hashed)

    def rehash(self, staff_id: str, old: str, new: str) -> None:
        """Keep the same password in a newer form, unless another password was set meanwhile."""
        with self.database.write() as db:
            db.run("UPDATE staff SET password = :new WHERE id = :id AND password = :old", id=staff_id, old=old, new=new)

    def set_active(self, staff_id: str, active: bool, *, by: str | None = None, keep_an_admin: bool = False) -> None:
        """Let a person in again, or end every session and link at once. Raises Refusal("forbidden") for the last admin kept."""
        with self.database.write() as db:
            if keep_an_admin and not active and not self._other_admin(db, staff_id):
                raise Refusal("forbidden", field="admin")
            db.run("UPDATE staff SET active = :on, on_duty = on_duty * :on WHERE id = :id", id=staff_id, on=int(active))
            if not active:
                _end_all(db, staff_id)
            action = "staff.activate" if active else "staff.deactivate"
            record(db, at=self.clock(), staff=by, action=action, subject=staff_id)

    def change(
        self,
        staff_id: str,
        *,
        login: str,
        name: str,
        roles: Iterable[str],
        by: str | None = None,
        keep_an_admin: bool = False,
    ) -> Staff:
        """Correct who a person is and what they may. Raises Refusal: taken, and forbidden for the last admin kept."""
        wanted = {"login": login, "name": name, "roles": " ".join(sorted(roles))}
        with self.database.write() as db:
            self.database.one_at_a_time(db)  # of two who want one login the second is refused
            has_other = self._other_admin(db, staff_id)
            row = self._locked(db, staff_id)
            loses_admin = "admin" in row["roles"].split() and "admin" not in wanted["roles"].split()
            if keep_an_admin and loses_admin and not has_other:
                raise Refusal("forbidden", field="admin")
            if db.one("SELECT id FROM staff WHERE login = :login AND id <> :id", login=login, id=staff_id):
                raise Refusal("taken", field="login")
            db.run("UPDATE staff SET login = :login, name = :name, roles = :roles WHERE id = :id", id=staff_id, **wanted)
            for part, value in wanted.items():
                if value != row[part]:
                    detail = f"{row[part]} to {value}"
                    record(db, at=self.clock(), staff=by, action=f"staff.{part}", subject=staff_id, detail=detail)
            if AT_DESK & set(row["roles"].split()) and not AT_DESK & set(wanted["roles"].split()):
                # As if their desk had long been closed: their chats go back to the queue.
                db.run("UPDATE staff SET on_duty = 0, seen_at = 0 WHERE id = :id", id=staff_id)
            return staff_of(self._locked(db, staff_id))

    def set_options(self, staff_id: str, options: dict[str, Any]) -> None:
        with self.database.write() as db:
            db.run("UPDATE staff SET options = :options WHERE id = :id", id=staff_id, options=json.dumps(options))

    def set_duty(self, staff_id: str, on: bool) -> None:
        with self.database.write() as db:
            db.run("UPDATE staff SET on_duty = :on WHERE id = :id AND active = 1", id=staff_id, on=int(on))

    def seen(self, staff_id: str) -> None:
        with self.database.write() as db:
            db.run("UPDATE staff SET seen_at = :now WHERE id = :id", id=staff_id, now=self.clock())

    def add_link(self, hashed: str, staff_id: str, ends: float, *, by: str | None = None) -> None:
        """Keep a new link; it takes the place of the person's last one."""
        now = self.clock()
        with self.database.write() as db:
            db.run("DELETE FROM links WHERE staff = :id OR ends <= :now", id=staff_id, now=now)
            db.run("INSERT INTO links (hash, staff, ends) VALUES (:hash, :id, :ends)", hash=hashed, id=staff_id, ends=ends)
            record(db, at=now, staff=by, action="staff.link", subject=staff_id)

    def peek_link(self, hashed: str) -> Staff | None:
        """Return whose link it is, and leave it as it is."""
        with self.database.read() as db:
            return self._whose_link(db, hashed)

    def take_link(self, hashed: str, *, password: str, name: str, login: str | None = None) -> Staff | None:
        """Use a link up and set what its owner gave, all of it or nothing. Raises Refusal("taken") for another's login."""
        with self.database.write() as db:
            self.database.one_at_a_time(db)
            staff = self._whose_link(db, hashed)
            if staff is None or db.run("DELETE FROM links WHERE hash = :hash", hash=hashed) != 1:
                return None
            row = self._locked(db, staff.id)
            wanted = login or staff.login
            if db.one("SELECT id FROM staff WHERE login = :login AND id <> :id", login=wanted, id=staff.id):
                raise Refusal("taken", field="login")
            db.run("UPDATE staff SET name = :name, login = :login WHERE id = :id", id=staff.id, name=name, login=wanted)
            self._put_password(db, staff.id, password)
            return staff_of({**row, "name": name, "login": wanted, "password": password})

    def _whose_link(self, db: Transaction, hashed: str) -> Staff | None:
        row = db.one(
            "SELECT staff.* FROM links JOIN staff ON staff.id = links.staff"
            " WHERE links.hash = :hash AND links.ends > :now AND staff.active = 1",
            hash=hashed, now=self.clock(),
        )  # fmt: skip
        return _maybe(row)

    def _put_password(self, db: Transaction, staff_id: str, hashed: str) -> None:
        db.run("UPDATE staff SET password = :hashed WHERE id = :id", id=staff_id, hashed=hashed)
        _end_all(db, staff_id)
        self._end_duty(db, staff_id)
        record(db, at=self.clock(), staff=staff_id, action="password")

    def _other_admin(self, db: Transaction, staff_id: str) -> bool:
        """Whether somebody else could still sign in as an admin. Two admins who deactivate each other wait here."""
        rows = db.all(f"SELECT * FROM staff WHERE active = 1 AND password IS NOT NULL ORDER BY id{self.database.lock_row}")
        return any("admin" in row["roles"].split() for row in rows if row["id"] != staff_id)


def _end_all(db: Transaction, staff_id: str) -> None:
    db.run("DELETE FROM sessions WHERE staff = :id", id=staff_id)
    db.run("DELETE FROM links WHERE staff = :id", id=staff_id)


def _maybe(row: Row | None) -> Staff | None:
    return staff_of(row) if row else None
