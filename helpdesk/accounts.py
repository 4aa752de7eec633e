"""How staff come in: passwords, one-time links, and sessions that the server keeps and can end."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from helpdesk.errors import Refusal
from helpdesk.limits import Blocks, Limiter
from helpdesk.message import read_text
from helpdesk.store.audit import Audit
from helpdesk.store.staff import IDLE_SECONDS, ROLES, WHOLE_SECONDS, Staff, StaffStore

FIRST_LOGIN = "admin"  # of the first admin alone, until their link is used: every other login is an e-mail address
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
SHORTEST, LONGEST = 12, 200
FEWEST_KINDS = 5
MOST_NAME = 80
LINK_SECONDS = 24 * 3600.0
TOUCH_SECONDS = 60.0  # a session that was used within these is not written again
HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)

P = ParamSpec("P")
T = TypeVar("T")


class Accounts:
    """What is not `async` here waits for the database: call it through `store.run` from the event loop."""

    def __init__(
        self,
        staff: StaffStore,
        audit: Audit,
        keys: Sequence[str],
        limiter: Limiter,
        clock: Callable[[], float] = time.time,
        *,
        hasher: PasswordHasher = HASHER,
    ) -> None:
        self.staff = staff
        self.audit = audit
        self.key = keys[0].encode()
        self.limiter = limiter
        self.blocks = Blocks()
        self.clock = clock
        self.hasher = hasher
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="password")
        self.decoy = _decoy(hasher)

    async def sign_in(self, login: str, password: str, address: str | None) -> str:
        """Return the value of a new cookie. Raises Refusal: bad_sign_in, rate_limited."""
        login = _plain(login)
        tries = self._tries(login, address)
        staff = await self._run(self.staff.by_login, login)
        # A login that nobody has takes the same steps, the slow one above all, as a wrong password.
        hashed = await self._run(self.staff.password_of, staff.id if staff else "")
        right = await self._matches(hashed, password)
        if not right or staff is None or not staff.active:
            await self._fail(staff)
        else:
            cookie = await self._begin(staff)
            self.limiter.forgive(*tries)
            await self._refresh(staff, hashed, password)
            return cookie
        raise Refusal("bad_sign_in")

    def enter(self, cookie: str, *, touch: bool = True) -> Staff | None:
        """Return who is signed in. Without `touch` the visit does not count as use: an open stream that looks again."""
        found = self.staff.session(_hash(cookie)) if cookie else None
        if found is None:
            return None
        staff, began_at, used_at = found
        now = self.clock()
        if now - used_at >= IDLE_SECONDS or now - began_at >= WHOLE_SECONDS:
            self.staff.end_session(_hash(cookie))
            return None
        if touch and now - used_at >= TOUCH_SECONDS:
            self.staff.touch_session(_hash(cookie))
        return staff

    def sign_out(self, cookie: str) -> None:
        self.staff.end_session(_hash(cookie))

    def sign_out_elsewhere(self, staff: Staff, cookie: str) -> None:
        self.staff.end_sessions(staff.id, but=_hash(cookie))

    def csrf(self, cookie: str) -> str:
        """Return what a form must hold to show that it comes from the page that was given this cookie."""
        return hmac.new(self.key, b"staff form\0" + cookie.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def add(self, login: str, name: str, roles: Iterable[str], *, by: str | None = None) -> Staff:
        """Add a person, who comes in with a link. Raises Refusal with its field: login, name, roles."""
        return self.staff.add(_email(login), _name(name), _held(roles), by=by)

    def change(
        self, staff: Staff, login: str, name: str, roles: Iterable[str], *, by: str | None = None, keep_an_admin: bool = False
    ) -> Staff:
        """Correct login, name and roles; they hold from the next request. Raises Refusal with its field, as `add` does."""
        login = staff.login if _plain(login) == staff.login else _email(login)
        held, name = _held(roles), _name(name)
        return self.staff.change(staff.id, login=login, name=name, roles=held, by=by, keep_an_admin=keep_an_admin)

    def link(self, staff: Staff, *, by: str | None = None) -> str:
        """Return the secret of a new one-time link."""
        if not staff.active:
            raise Refusal("invalid", field="staff")
        secret = _new_secret()
        self.staff.add_link(_hash(secret), staff.id, self.clock() + LINK_SECONDS, by=by)
        return secret

    def whose_link(self, secret: str) -> Staff | None:
        """Return whose link it is, without using it up: programs that look at mail open links too."""
        return self.staff.peek_link(_hash(secret))

    async def use_link(self, secret: str, password: str, name: str, login: str | None = None) -> str:
        """Set name and password and return a new cookie; the first admin, and nobody else, gives a login too."""
        staff = await self._run(self.whose_link, secret)
        if staff is None:
            raise Refusal("bad_link")
        wanted = _email(login or "") if staff.login == FIRST_LOGIN else None
        name = _name(name)
        _check_password(password, name, wanted or staff.login)
        hashed = await self._hashed(password)
        taken = await self._run(self.staff.take_link, _hash(secret), password=hashed, name=name, login=wanted)
        if taken is None:
            raise Refusal("bad_link")
        return await self._begin(taken)

    async def change_password(self, staff: Staff, present: str, new: str, address: str | None) -> str:
        """Set another password, end every session, and return a new cookie."""
        tries = self._tries(staff.login, address)
        hashed = await self._run(self.staff.password_of, staff.id)
        if not await self._matches(hashed, present):
            await self._fail(staff)
            raise Refusal("bad_sign_in", field="present")
        self.limiter.forgive(*tries)
        _check_password(new, staff.name, staff.login)
        await self._run(self.staff.set_password, staff.id, await self._hashed(new))
        return await self._begin(staff)

    async def _begin(self, staff: Staff) -> str:
        cookie = _new_secret()
        if not await self._run(self.staff.add_session, _hash(cookie), staff.id):
            raise Refusal("bad_sign_in")
        return cookie

    def _tries(self, login: str, address: str | None) -> tuple[tuple[str, str], tuple[str, str]]:
        """Count a try before it is made, so that many at once do not slip through; one that succeeds is forgiven."""
        tries = (("account_sign_ins", login), ("block_sign_ins", self.blocks.name(address)))
        if delay := self.limiter.wait(*tries):
            raise Refusal("rate_limited", retry_after=delay)
        return tries

    async def _fail(self, staff: Staff | None) -> None:
        await self._run(self.audit.add, staff=None, action="sign_in_failed", subject=staff.id if staff else None)

    async def _refresh(self, staff: Staff, hashed: str | None, password: str) -> None:
        """Bring a password that was hashed with older parameters up to date."""
        if hashed and self.hasher.check_needs_rehash(hashed):
            await self._run(self.staff.rehash, staff.id, hashed, await self._hashed(password))

    async def _hashed(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self.threads, self.hasher.hash, _normal(password))

    async def _matches(self, hashed: str | None, password: str) -> bool:
        """Whether the password is right; without one to compare with, the work is done all the same."""
        loop = asyncio.get_running_loop()
        same = await loop.run_in_executor(self.threads, self._verify, hashed or self.decoy, _normal(password))
        return same and hashed is not None

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self.hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.staff.database.run(call, *args, **kwargs)


def _decoy(hasher: PasswordHasher) -> str:
    """Return a hash of no password that costs as much to compare with as a real one."""
    salt, tag = (base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len))
    return f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}${salt}${tag}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _normal(password: str) -> str:
    """Return the password as every keyboard writes it."""
    return unicodedata.normalize("NFKC", password[: LONGEST + 1])


def _plain(login: str) -> str:
    """Return a login as it is kept; what cannot be one becomes one that nobody has."""
    login = login.strip().lower()
    return login if login.isprintable() and (EMAIL.fullmatch(login) or login == FIRST_LOGIN) else ""


def _email(login: str) -> str:
    found = _plain(login)
    if "@" not in found:
        raise Refusal("invalid", field="login")
    return found


def _name(name: str) -> str:
    return read_text(name, field="name", limit=MOST_NAME).replace("\n", " ")


def _held(roles: Iterable[str]) -> frozenset[str]:
    held = frozenset(roles)
    if not held or not held <= set(ROLES):
        raise Refusal("invalid", field="roles")
    return held


def _check_password(password: str, *about: str) -> None:
    """Refuse a password that is short, one that is a few characters over and over, and the person's own name or address."""
    long_enough = SHORTEST <= len(password) <= LONGEST and len(set(password)) >= FEWEST_KINDS
    if not long_enough or password.strip().lower() in {text.lower() for text in about}:
        raise Refusal("weak_password", field="password")
