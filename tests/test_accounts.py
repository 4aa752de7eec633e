"""Who of the staff may come in: passwords, links, sessions, and the audit that tells of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from cryptography.fernet import Fernet

from helpdesk.accounts import FIRST_LOGIN, HASHER, IDLE_SECONDS, LINK_SECONDS, WHOLE_SECONDS, Accounts
from helpdesk.errors import Refusal
from helpdesk.limits import LIMITS, Limiter
from helpdesk.store import Store
from helpdesk.store.audit import record, subject_of
from helpdesk.store.staff import Staff
from tests.clock import Clock

PASSWORD = "four plain words here"
LOGIN = "ana@example.org"
BEGAN = 1_800_000_000.0
HOUR = 3600.0


class Counting(PasswordHasher):
    """Cheap, and keeps what it was asked to compare with."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.compared: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        self.compared.append(str(hash))
        return super().verify(hash, password)


class Desk:
    """Accounts on a ledger of their own."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(BEGAN)
        self.store = Store(f"sqlite:///{folder / 'ledger.db'}", [Fernet.generate_key().decode()], clock=self.clock)
        self.staff, self.audit = self.store.staff, self.store.audit
        self.hasher = Counting()
        self.limiter = Limiter(clock=self.clock)
        self.accounts = self.with_hasher(self.hasher)

    def with_hasher(self, hasher: PasswordHasher) -> Accounts:
        return Accounts(self.staff, self.audit, ["k" * 40], self.limiter, self.clock, hasher=hasher)

    def ana(self, *roles: str) -> Staff:
        """Add Ana, who has used her link."""
        staff = self.accounts.add(LOGIN, "Ana", roles or ("navigator",))
        self.use(self.accounts.link(staff), "Ana")
        return self.again(staff)

    def use(self, secret: str, name: str, password: str = PASSWORD, login: str | None = None) -> str:
        return asyncio.run(self.accounts.use_link(secret, password, name, login))

    def sign_in(self, password: str = PASSWORD, login: str = LOGIN, address: str = "192.0.2.1") -> str:
        return asyncio.run(self.accounts.sign_in(login, password, address))

    def again(self, staff: Staff) -> Staff:
        found = self.staff.find(staff.id)
        assert found is not None
        return found

    def deeds(self) -> list[tuple[str, str | None]]:
        return [(row["action"], row["staff"]) for row in self.audit.rows(100)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


def refused(code: str, call, *args, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code
    return caught.value


# ---- people


def test_a_person_is_kept_as_they_were_given(desk):
    staff = desk.accounts.add(" Ana@Example.org ", "  Ana\nMaria ", ["author", "navigator"])

    assert (staff.login, staff.name, staff.roles) == ("ana@example.org", "Ana Maria", {"author", "navigator"})
    assert (staff.active, staff.on_duty, staff.options, staff.has_password) == (True, False, {}, False)
    assert desk.staff.by_login("ana@example.org") == staff and desk.staff.all() == [staff]


@pytest.mark.parametrize(
    "login", ["", "ana", "admin", "a na@example.org", "ana@", "@x", "a@b@c", "a\0@example.org", "a" * 300 + "@x.org"]
)
def test_a_login_is_an_e_mail_address(desk, login):
    assert refused("invalid", desk.accounts.add, login, "Ana", ["navigator"]).field == "login"


@pytest.mark.parametrize("roles", [[], ["boss"], ["navigator", "boss"]])
def test_a_role_is_one_that_there_is(desk, roles):
    assert refused("invalid", desk.accounts.add, LOGIN, "Ana", roles).field == "roles"


@pytest.mark.parametrize(("name", "code"), [("", "empty"), (" \u202e ", "empty"), ("x" * 81, "too_long")])
def test_a_name_is_short_and_not_empty(desk, name, code):
    assert refused(code, desk.accounts.add, LOGIN, name, ["navigator"]).field == "name"


@pytest.mark.databases
def test_login_name_and_roles_can_be_corrected_and_the_audit_tells_of_each(desk):
    ana, cookie = desk.ana(), desk.sign_in()
    desk.staff.set_duty(ana.id, True)

    changed = desk.accounts.change(ana, " Maria@example.org ", "Maria", ["author"], by="boss")

    assert (changed.login, changed.name, changed.roles) == ("maria@example.org", "Maria", {"author"})
    assert desk.accounts.enter(cookie) == changed and not changed.on_duty
    rows = {row["action"]: (row["staff"], row["subject"], row["detail"]) for row in desk.audit.rows(3)}
    assert rows == {
        "staff.login": ("boss", ana.id, "ana@example.org to maria@example.org"),
        "staff.name": ("boss", ana.id, "Ana to Maria"),
        "staff.roles": ("boss", ana.id, "navigator to author"),
    }


def test_a_correction_that_changes_nothing_is_not_in_the_audit(desk):
    ana = desk.ana()
    before = desk.deeds()

    assert desk.accounts.change(ana, ana.login, ana.name, ana.roles) == ana
    assert desk.deeds() == before


def test_a_login_that_somebody_has_is_not_given_again_and_the_rest_stays_too(desk):
    ana = desk.ana()
    desk.accounts.add("bo@example.org", "Bo", ["navigator"])

    assert refused("taken", desk.accounts.change, ana, "bo@example.org", "Maria", ["author"]).field == "login"
    assert desk.again(ana) == ana


def test_the_last_admin_stays_one(desk):
    ana = desk.ana("admin", "navigator")
    desk.accounts.add("bo@example.org", "Bo", ["admin"])  # cannot sign in yet

    refused("forbidden", desk.accounts.change, ana, ana.login, "Ana", ["navigator"], keep_an_admin=True)

    assert desk.again(ana).roles == {"admin", "navigator"}
    assert desk.accounts.change(ana, ana.login, "Maria", ["admin"], keep_an_admin=True).name == "Maria"


@pytest.mark.databases
def test_two_people_cannot_have_one_login(desk):
    desk.accounts.add(LOGIN, "Ana", ["navigator"])

    assert refused("taken", desk.accounts.add, LOGIN.upper(), "Bo", ["admin"]).field == "login"
    assert [staff.name for staff in desk.staff.all()] == ["Ana"]


def test_options_and_duty_are_kept(desk):
    ana = desk.ana()
    desk.staff.set_options(ana.id, {"sound": True})
    desk.staff.set_duty(ana.id, True)

    assert (desk.again(ana).options, desk.again(ana).on_duty) == ({"sound": True}, True)


@pytest.mark.databases
def test_on_duty_is_who_was_seen_lately(desk):
    ana = desk.ana()
    desk.staff.set_duty(ana.id, True)
    desk.clock.now += 100
    assert desk.staff.on_duty(desk.clock.now - 60) == []

    desk.staff.seen(ana.id)

    assert [staff.name for staff in desk.staff.on_duty(desk.clock.now - 60)] == ["Ana"]


# ---- signing in


def test_the_right_password_opens_the_desk_and_each_time_with_another_cookie(desk):
    ana = desk.ana()

    first, second = desk.sign_in(), desk.sign_in(login=f" {LOGIN.upper()}")

    assert first != second
    assert desk.accounts.enter(first).id == desk.accounts.enter(second).id == ana.id


def test_only_hashes_are_kept(desk, tmp_path):
    ana = desk.ana()
    cookie, secret = desk.sign_in(), desk.accounts.link(ana)

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert not [text for text in (cookie, secret, PASSWORD) if text.encode() in kept]


def test_a_hash_is_argon2id_with_64_mib_3_passes_and_4_lanes(desk):
    accounts = desk.with_hasher(HASHER)
    secret = accounts.link(accounts.add(LOGIN, "Ana", ["navigator"]))
    asyncio.run(accounts.use_link(secret, PASSWORD, "Ana"))

    hashed = desk.staff.password_of(desk.staff.by_login(LOGIN).id)

    found = extract_parameters(hashed)
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 64 * 1024, 3, 4)


@pytest.mark.parametrize("case", ["unknown login", "wrong password", "no password yet", "not active", "no login at all"])
def test_every_failure_is_the_same_and_costs_the_same(desk, case):
    ana = desk.ana()
    if case == "no password yet":
        desk.accounts.add("bo@example.org", "Bo", ["navigator"])
    if case == "not active":
        desk.staff.set_active(ana.id, False)
    login = {"unknown login": "eve@example.org", "no password yet": "bo@example.org", "no login at all": "\0"}.get(case, LOGIN)
    desk.hasher.compared.clear()

    refusal = refused("bad_sign_in", desk.sign_in, PASSWORD if case == "not active" else "not the password", login)

    assert (refusal.status, refusal.field) == (422, None)
    [compared] = desk.hasher.compared
    assert extract_parameters(compared) == extract_parameters(desk.hasher.hash("x"))
    assert [row["action"] for row in desk.audit.rows(1)] == ["sign_in_failed"]


def test_no_password_is_ever_right_for_who_has_none(desk):
    desk.accounts.add(LOGIN, "Ana", ["navigator"])

    for password in ("", PASSWORD, desk.accounts.decoy):
        refused("bad_sign_in", desk.sign_in, password)


def test_an_account_is_shut_for_a_while_after_ten_failures_even_to_the_right_password(desk):
    desk.ana()
    number, window = LIMITS["account_sign_ins"]
    for try_ in range(number):
        refused("bad_sign_in", desk.sign_in, "wrong", address=f"192.0.{try_}.1")

    wait = refused("rate_limited", desk.sign_in, address="198.51.100.1").retry_after

    assert wait == window
    desk.clock.now += wait + 1
    assert desk.accounts.enter(desk.sign_in())


def test_a_login_that_nobody_has_is_throttled_alike(desk):
    for try_ in range(LIMITS["account_sign_ins"][0]):
        refused("bad_sign_in", desk.sign_in, login="eve@example.org", address=f"192.0.{try_}.1")

    refused("rate_limited", desk.sign_in, login="eve@example.org", address="198.51.100.1")


def test_a_network_is_shut_for_a_while_after_thirty_failures(desk):
    desk.ana()
    for try_ in range(LIMITS["block_sign_ins"][0]):
        refused("bad_sign_in", desk.sign_in, login=f"eve{try_}@example.org", address=f"192.0.2.{try_}")

    refused("rate_limited", desk.sign_in, address="192.0.2.200")
    assert desk.sign_in(address="198.51.100.1")


def test_a_whole_office_can_sign_in_from_one_network(desk):
    desk.ana()

    assert len({desk.sign_in() for _ in range(40)}) == 40


def test_many_guesses_at_once_do_not_slip_past_the_throttle(desk):
    desk.ana()

    async def guess() -> list[object]:
        tries = [desk.accounts.sign_in(LOGIN, f"guess number {n}", "192.0.2.1") for n in range(30)]
        return await asyncio.gather(*tries, return_exceptions=True)

    codes = [error.code for error in asyncio.run(guess()) if isinstance(error, Refusal)]
    assert (codes.count("bad_sign_in"), codes.count("rate_limited")) == (10, 20)


def test_an_older_hash_is_renewed_at_the_next_sign_in(desk):
    ana = desk.ana()
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    accounts = desk.with_hasher(stronger)

    asyncio.run(accounts.sign_in(LOGIN, PASSWORD, None))

    hashed = desk.staff.password_of(ana.id)
    assert extract_parameters(hashed).memory_cost == 16
    asyncio.run(accounts.sign_in(LOGIN, PASSWORD, None))
    assert desk.staff.password_of(ana.id) == hashed


def test_a_renewed_hash_does_not_bring_an_old_password_back(desk):
    ana = desk.ana()
    old = desk.staff.password_of(ana.id)
    desk.staff.set_password(ana.id, "the hash of a new one")

    desk.staff.rehash(ana.id, old, "the old one, hashed again")

    assert desk.staff.password_of(ana.id) == "the hash of a new one"


def test_a_password_is_the_same_from_every_keyboard(desk):
    staff = desk.accounts.add(LOGIN, "Ana", ["navigator"])
    desk.use(desk.accounts.link(staff), "Ana", "cafe\u0301 au lait, merci")

    assert desk.sign_in("caf\u00e9 au lait, merci")


# ---- sessions


@pytest.mark.parametrize("cookie", ["", "x", "x" * 500, "\udcff", "'; DROP TABLE staff; --"])
def test_a_made_up_cookie_opens_nothing(desk, cookie):
    desk.ana()

    assert desk.accounts.enter(cookie) is None


def test_a_session_ends_after_eight_hours_without_use(desk):
    desk.ana()
    cookie = desk.sign_in()
    desk.clock.now += IDLE_SECONDS - 1
    assert desk.accounts.enter(cookie)

    desk.clock.now += IDLE_SECONDS

    assert desk.accounts.enter(cookie) is None
    desk.clock.now -= IDLE_SECONDS
    assert desk.accounts.enter(cookie) is None


def test_a_session_ends_after_twelve_hours_however_busy(desk):
    desk.ana()
    cookie = desk.sign_in()
    for _ in range(int(WHOLE_SECONDS // HOUR) - 1):
        desk.clock.now += HOUR
        assert desk.accounts.enter(cookie)

    desk.clock.now += HOUR

    assert desk.accounts.enter(cookie) is None


def test_an_open_stream_does_not_keep_a_session_alive(desk):
    desk.ana()
    cookie = desk.sign_in()
    while desk.accounts.enter(cookie, touch=False):
        desk.clock.now += HOUR

    assert desk.clock.now - BEGAN == IDLE_SECONDS


def test_signing_out_ends_this_session_alone(desk):
    desk.ana()
    here, there = desk.sign_in(), desk.sign_in()

    desk.accounts.sign_out(here)

    assert desk.accounts.enter(here) is None
    assert desk.accounts.enter(there)


def test_signing_out_everywhere_else_leaves_this_session(desk):
    ana = desk.ana()
    here, there = desk.sign_in(), desk.sign_in()

    desk.accounts.sign_out_elsewhere(ana, here)

    assert desk.accounts.enter(here)
    assert desk.accounts.enter(there) is None


@pytest.mark.databases
def test_duty_ends_with_the_last_session(desk):
    ana = desk.ana()
    desk.staff.end_sessions(ana.id)  # the one that began with the link
    here, there = desk.sign_in(), desk.sign_in()
    desk.staff.set_duty(ana.id, True)

    desk.accounts.sign_out(here)
    assert desk.again(ana).on_duty

    desk.accounts.sign_out(there)
    assert not desk.again(ana).on_duty


@pytest.mark.parametrize("how", ["idle", "long", "password", "elsewhere", "link"])
def test_duty_ends_when_no_session_is_left_that_is_still_valid(desk, how):
    ana = desk.ana()
    here = desk.sign_in()
    desk.staff.set_duty(ana.id, True)

    if how == "idle":
        desk.clock.now += IDLE_SECONDS
        assert desk.accounts.enter(here, touch=False) is None
    elif how == "long":
        for _ in range(3):
            desk.clock.now += WHOLE_SECONDS / 3
            desk.accounts.enter(here)
    elif how == "password":
        desk.staff.set_password(ana.id, "a hash")
    elif how == "elsewhere":
        desk.staff.end_sessions(ana.id)
    else:
        desk.use(desk.accounts.link(ana), "Ana")

    assert not desk.again(ana).on_duty


def test_duty_goes_on_where_another_session_is_valid(desk):
    ana = desk.ana()
    desk.staff.end_sessions(ana.id)
    old = desk.sign_in()
    desk.clock.now += IDLE_SECONDS - 1
    here = desk.sign_in()
    desk.staff.set_duty(ana.id, True)
    desk.clock.now += 1

    assert desk.accounts.enter(old) is None
    desk.accounts.sign_out_elsewhere(ana, here)

    assert desk.again(ana).on_duty


def test_a_session_that_ran_out_unseen_keeps_nobody_on_duty(desk):
    ana = desk.ana()
    desk.staff.end_sessions(ana.id)
    desk.sign_in()
    desk.clock.now += IDLE_SECONDS - 1
    here = desk.sign_in()
    desk.staff.set_duty(ana.id, True)
    desk.clock.now += 1

    desk.accounts.sign_out(here)

    assert not desk.again(ana).on_duty


def test_signing_in_takes_nobody_off_duty_elsewhere_and_puts_nobody_on(desk):
    ana = desk.ana()
    assert not desk.again(ana).on_duty
    first = desk.sign_in()
    desk.staff.set_duty(ana.id, True)

    desk.sign_in()
    assert desk.accounts.enter(first) and desk.again(ana).on_duty

    desk.clock.now += IDLE_SECONDS + 1
    desk.sign_in()
    assert not desk.again(ana).on_duty


def test_the_sign_in_of_one_ends_the_duty_of_others_whose_sessions_ran_out(desk):
    ana = desk.ana()
    desk.staff.set_duty(ana.id, True)
    bo = desk.accounts.add("bo@example.org", "Bo", ["navigator"])
    desk.clock.now += IDLE_SECONDS + 1

    desk.use(desk.accounts.link(bo), "Bo")

    assert not desk.again(ana).on_duty


def test_deactivating_ends_every_access_at_once(desk):
    ana = desk.ana()
    cookie, secret = desk.sign_in(), desk.accounts.link(ana)
    desk.staff.set_duty(ana.id, True)

    desk.staff.set_active(ana.id, False)

    assert desk.accounts.enter(cookie) is None
    assert desk.accounts.whose_link(secret) is None
    refused("bad_sign_in", desk.sign_in)
    refused("invalid", desk.accounts.link, desk.again(ana))
    desk.staff.set_active(ana.id, True)
    assert desk.accounts.enter(cookie) is None
    assert desk.accounts.whose_link(secret) is None
    assert not desk.again(ana).on_duty
    assert desk.sign_in()


def test_who_is_deactivated_while_the_password_is_checked_stays_out(desk, monkeypatch):
    ana = desk.ana()
    verify = desk.hasher.verify

    def meanwhile(hashed, password):
        desk.staff.set_active(ana.id, False)
        return verify(hashed, password)

    monkeypatch.setattr(type(desk.hasher), "verify", lambda self, hashed, password: meanwhile(hashed, password))
    refused("bad_sign_in", desk.sign_in)

    desk.staff.set_active(ana.id, True)
    with desk.store.database.read() as db:
        assert db.all("SELECT * FROM sessions") == []


@pytest.mark.databases
def test_sessions_that_are_over_are_forgotten(desk):
    desk.ana()
    for _ in range(5):
        desk.sign_in()
    desk.clock.now += WHOLE_SECONDS + 1

    desk.sign_in()

    with desk.store.database.read() as db:
        assert len(db.all("SELECT * FROM sessions")) == 1


# ---- what shows that a form is ours


def test_the_proof_of_a_form_belongs_to_one_cookie_and_one_key(desk):
    other = Accounts(desk.staff, desk.audit, ["another key" * 4], desk.limiter, hasher=desk.hasher)

    proofs = {desk.accounts.csrf("a"), desk.accounts.csrf("b"), desk.accounts.csrf("\udcff"), other.csrf("a")}

    assert len(proofs) == 4
    assert desk.accounts.csrf("a") == desk.accounts.csrf("a")


# ---- links


def test_a_link_works_once(desk):
    staff = desk.accounts.add(LOGIN, "Ana", ["navigator"])
    secret = desk.accounts.link(staff)

    cookie = desk.use(secret, "Ana Maria")

    assert desk.accounts.enter(cookie).name == "Ana Maria"
    refused("bad_link", desk.use, secret, "Eve", "another long password")
    assert desk.sign_in()


@pytest.mark.databases
def test_of_many_who_use_a_link_at_once_one_comes_in(desk):
    staff = desk.accounts.add(LOGIN, "Ana", ["navigator"])
    secret = desk.accounts.link(staff)
    start = threading.Barrier(8)

    def use(number: int) -> str | None:
        start.wait()
        try:
            return desk.use(secret, f"Ana {number}", f"the password of number {number}")
        except Refusal as refusal:
            assert refusal.code == "bad_link"
            return None

    with ThreadPoolExecutor(8) as pool:
        cookies = [cookie for cookie in pool.map(use, range(8)) if cookie]

    assert len(cookies) == 1


def test_looking_at_a_link_does_not_use_it_up(desk):
    staff = desk.accounts.add(LOGIN, "Ana", ["navigator"])
    secret = desk.accounts.link(staff)

    for _ in range(5):
        assert desk.accounts.whose_link(secret) == staff
    assert desk.use(secret, "Ana")


def test_a_link_ends_after_a_day(desk):
    secret = desk.accounts.link(desk.accounts.add(LOGIN, "Ana", ["navigator"]))
    desk.clock.now += LINK_SECONDS

    assert desk.accounts.whose_link(secret) is None
    refused("bad_link", desk.use, secret, "Ana")


def test_a_new_link_takes_the_place_of_the_last_one(desk):
    staff = desk.accounts.add(LOGIN, "Ana", ["navigator"])
    first, second = desk.accounts.link(staff), desk.accounts.link(staff)

    refused("bad_link", desk.use, first, "Ana")
    assert desk.use(second, "Ana")


def test_a_link_for_who_has_forgotten_the_password_ends_what_was_open(desk):
    ana = desk.ana()
    cookie = desk.sign_in()

    desk.use(desk.accounts.link(ana), "Ana", "quite another password")

    assert desk.accounts.enter(cookie) is None
    refused("bad_sign_in", desk.sign_in)
    assert desk.sign_in("quite another password")


@pytest.mark.parametrize("password", ["", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababababab", "Ana@Example.org", "x" * 300])
def test_a_weak_password_is_refused_and_the_link_stays(desk, password):
    secret = desk.accounts.link(desk.accounts.add(LOGIN, "Ana", ["navigator"]))

    assert refused("weak_password", desk.use, secret, "Ana", password).field == "password"

    assert desk.use(secret, "Ana")


def test_the_first_admin_gives_a_login_with_the_link_and_nobody_else_does(desk):
    first = desk.staff.add(FIRST_LOGIN, "Admin", ["admin"])
    secret = desk.accounts.link(first)
    assert refused("invalid", desk.use, secret, "Ana").field == "login"
    assert refused("invalid", desk.use, secret, "Ana", login="admin").field == "login"

    desk.use(secret, "Ana", login=LOGIN)

    assert (desk.again(first).login, desk.again(first).name) == (LOGIN, "Ana")
    assert desk.staff.by_login(FIRST_LOGIN) is None
    desk.use(desk.accounts.link(desk.again(first)), "Ana", login="eve@example.org")
    assert desk.again(first).login == LOGIN


def test_the_first_admin_cannot_take_anothers_login_and_keeps_the_link(desk):
    desk.accounts.add(LOGIN, "Ana", ["navigator"])
    first = desk.staff.add(FIRST_LOGIN, "Admin", ["admin"])
    secret = desk.accounts.link(first)

    assert refused("taken", desk.use, secret, "Bo", login=LOGIN).field == "login"

    assert not desk.again(first).has_password
    assert desk.use(secret, "Bo", login="bo@example.org")


# ---- changing the password


def test_a_changed_password_ends_every_session_and_begins_a_new_one(desk):
    ana = desk.ana()
    here, there = desk.sign_in(), desk.sign_in()

    cookie = asyncio.run(desk.accounts.change_password(ana, PASSWORD, "quite another password", None))

    assert [desk.accounts.enter(one) for one in (here, there)] == [None, None]
    assert desk.accounts.enter(cookie)
    refused("bad_sign_in", desk.sign_in)


def test_a_password_is_changed_with_the_present_one_only_and_guessing_is_throttled(desk):
    ana = desk.ana()
    before = desk.staff.password_of(ana.id)

    def change(present: str, new: str = "quite another password") -> str:
        return asyncio.run(desk.accounts.change_password(ana, present, new, None))

    assert refused("weak_password", change, PASSWORD, "short").field == "password"
    for _ in range(LIMITS["account_sign_ins"][0]):
        assert refused("bad_sign_in", change, "wrong").field == "present"
    refused("rate_limited", change, PASSWORD)
    assert desk.staff.password_of(ana.id) == before
    desk.clock.now += HOUR
    assert desk.sign_in()


# ---- the last admin


def test_the_last_admin_who_can_sign_in_is_kept(desk):
    ana = desk.ana("admin")
    desk.accounts.add("bo@example.org", "Bo", ["admin"])  # has not used the link

    assert refused("forbidden", desk.staff.set_active, ana.id, False, keep_an_admin=True).field == "admin"

    assert desk.again(ana).active
    desk.staff.set_active(ana.id, False)
    assert not desk.staff.any()


@pytest.mark.databases
def test_two_admins_who_deactivate_each_other_do_not_both_succeed(desk):
    ana = desk.ana("admin")
    bo = desk.accounts.add("bo@example.org", "Bo", ["admin"])
    desk.use(desk.accounts.link(bo), "Bo")
    start = threading.Barrier(2)

    def deactivate(staff_id: str) -> bool:
        start.wait()
        try:
            desk.staff.set_active(staff_id, False, keep_an_admin=True)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(deactivate, [ana.id, bo.id])) == [False, True]


# ---- the audit


def test_the_audit_tells_who_did_what_newest_first(desk):
    boss = desk.accounts.add("boss@example.org", "Boss", ["admin"])
    ana = desk.accounts.add(LOGIN, "Ana", ["navigator"], by=boss.id)
    desk.use(desk.accounts.link(ana, by=boss.id), "Ana")
    desk.staff.set_active(ana.id, False, by=boss.id)

    assert desk.deeds() == [
        ("staff.deactivate", boss.id),
        ("sign_in", ana.id),
        ("password", ana.id),
        ("staff.link", boss.id),
        ("staff.add", boss.id),
        ("staff.add", None),
    ]
    assert desk.audit.rows(1)[0]["subject"] == ana.id


@pytest.mark.databases
def test_the_audit_is_read_in_pages_without_a_gap(desk):
    for number in range(25):
        desk.clock.now += number % 3 == 0
        desk.audit.add(staff=None, action=f"deed {number}")

    found, before = [], None
    while rows := desk.audit.rows(4, before):
        found += [row["action"] for row in rows]
        before = rows[-1]["id"]

    assert found == [f"deed {number}" for number in reversed(range(25))]
    assert desk.audit.rows(2, "no such row") == desk.audit.rows(2)


def test_a_deed_that_does_not_happen_leaves_no_row(desk):
    def fail() -> None:
        with desk.store.database.write() as db:
            record(db, at=0.0, staff=None, action="claim")
            raise Refusal("not_found")

    refused("not_found", fail)

    assert desk.deeds() == []


def test_the_audit_does_not_lead_back_to_a_conversation():
    conversation = "0" * 32

    assert len(subject_of(conversation)) == 16
    assert subject_of(conversation) not in conversation
    assert subject_of(conversation) == subject_of(conversation) != subject_of("1" * 32)
