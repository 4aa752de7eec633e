"""The pages around signing in, in a small site made of them alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from helpdesk.accounts import FIRST_LOGIN, IDLE_SECONDS, Accounts
from helpdesk.desk.door import FORM_COOKIE
from helpdesk.desk.look import Clock as ShownClock
from helpdesk.desk.screen import STATIC, environment, words
from helpdesk.desk.signin import SignIn
from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.guard import Guard
from helpdesk.limits import LIMITS, Limiter
from helpdesk.metrics import Metrics
from helpdesk.staff_site import COOKIE, inside
from helpdesk.store import Store
from helpdesk.store.staff import ROLES, Staff
from helpdesk.web import on_refusal, on_unavailable
from tests.clock import Clock

PASSWORD = "four plain words here"
LOGIN = "ana@example.org"
PARTNER = "https://partner.example"


class Site:
    """The site and, by the side of it, its ledger."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(1_800_000_000.0)
        self.store = Store(f"sqlite:///{folder / 'ledger.db'}", [Fernet.generate_key().decode()], clock=self.clock)
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        limiter = Limiter(clock=self.clock)
        self.accounts = Accounts(self.store.staff, self.store.audit, ["k" * 40], limiter, self.clock, hasher=hasher)
        env = environment(ShownClock(None, "UTC"), words())
        self.app = Starlette(
            routes=SignIn(self.accounts, env, public_url="https://people.example").routes(),
            middleware=[Middleware(Guard, origins=[PARTNER], metrics=Metrics())],
            exception_handlers={Refusal: on_refusal, StoreUnavailable: on_unavailable},
        )

        self.open = ExitStack()
        self.open.callback(self.store.close)

    def browser(self, scheme: str = "http") -> Browser:
        browser = Browser(self.app, scheme)
        self.open.enter_context(browser.client)
        return browser

    def add(self, login: str, name: str, *roles: str, password: str | None = PASSWORD) -> Staff:
        staff = self.store.staff.add(login, name, roles or ("navigator",))
        if password:
            self.store.staff.set_password(staff.id, self.accounts.hasher.hash(password))
        return self.again(staff)

    def again(self, staff: Staff) -> Staff:
        found = self.store.staff.find(staff.id)
        assert found is not None
        return found

    def actions(self) -> list[str]:
        return [row["action"] for row in self.store.audit.rows(100)]


class Browser:
    """One browser: its cookies, and forms sent as the page gave them."""

    def __init__(self, app: Starlette, scheme: str) -> None:
        self.client = TestClient(
            app, base_url=f"{scheme}://desk.example", follow_redirects=False, headers={"Accept": "text/html"}
        )

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Any:
        return self.client.post(path, data=fields, headers=headers)

    def send(self, path: str, fields: dict[str, str], *, page: str | None = None, **headers: str) -> Any:
        """Open the page, and send its form with these fields."""
        return self.post(path, {"csrf": proof(self.get(page or path)), **fields}, **headers)

    def sign_in(self, login: str = LOGIN, password: str = PASSWORD, where: str = "/desk") -> Any:
        return self.send("/desk/sign-in", {"login": login, "password": password, "next": where})

    @property
    def cookies(self) -> dict[str, str]:
        return dict(self.client.cookies)

    def signed_in(self) -> bool:
        return self.get("/desk/account").status_code == 200


def proof(page: Any) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text
    return found[1]


def problem(page: Any) -> str:
    found = re.search(r'<p id="problem"[^>]*>(.*?)</p>', page.text, re.S)
    return unescape(found[1]) if found else ""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    with site.open:
        yield site


@pytest.fixture
def ana(site: Site) -> Staff:
    return site.add(LOGIN, "Ana")


@pytest.fixture
def boss(site: Site) -> Staff:
    return site.add("boss@example.org", "Boss", "admin", "navigator")


def admin(site: Site) -> Browser:
    browser = site.browser()
    assert browser.sign_in("boss@example.org").status_code == 303
    return browser


# ---- signing in


def test_the_right_password_leads_to_the_desk(site, ana):
    browser = site.browser()

    done = browser.sign_in()

    assert (done.status_code, done.headers["location"]) == (303, "/desk")
    assert browser.signed_in()
    assert "Ana" in browser.get("/desk/account").text


def test_the_cookie_is_for_this_server_alone(site, ana):
    plain, secure = site.browser().sign_in(), site.browser("https").sign_in()

    assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=lax", plain.headers["set-cookie"])
    assert re.fullmatch(rf"__Host-{COOKIE}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=lax; Secure", secure.headers["set-cookie"])


def test_over_https_the_cookie_of_plain_http_is_not_believed(site, ana):
    browser = site.browser()
    browser.sign_in()
    other = site.browser("https")
    other.client.cookies.set(COOKIE, browser.cookies[COOKIE])

    assert not other.signed_in()


@pytest.mark.parametrize(
    ("login", "password"),
    [(LOGIN, "wrong"), ("eve@example.org", PASSWORD), ("", ""), ("\0", "\0"), ("x" * 9000, "x" * 9000)],
)
def test_a_failed_sign_in_says_the_same_whatever_was_wrong(site, ana, login, password):
    browser = site.browser()

    done = browser.sign_in(login, password)

    assert (done.status_code, problem(done)) == (422, "The e-mail address or the password is not right.")
    assert "<title>Error:" in done.text and 'aria-invalid="true"' in done.text
    assert "WWW-Authenticate" not in done.headers
    assert not browser.signed_in()


def test_what_was_typed_stays_but_for_the_password(site, ana):
    done = site.browser().sign_in('"><script>alert(1)</script>@x.org', "my secret words")

    assert "&#34;&gt;&lt;script&gt;" in done.text and "<script>alert" not in done.text
    assert "my secret words" not in done.text


def test_who_is_signed_in_needs_no_sign_in_page(site, ana):
    browser = site.browser()
    browser.sign_in()

    assert browser.get("/desk/sign-in?next=/desk/keys").headers["location"] == "/desk/keys"


def test_every_sign_in_gives_a_new_cookie_and_ends_the_old_one(site, ana):
    browser, other = site.browser(), site.browser()
    browser.sign_in()
    first = browser.cookies[COOKIE]
    form = {"csrf": site.accounts.csrf(first), "login": LOGIN, "password": PASSWORD}

    assert browser.post("/desk/sign-in", form).status_code == 303

    assert browser.cookies[COOKIE] != first
    other.client.cookies.set(COOKIE, first)
    assert not other.signed_in()


def test_a_cookie_that_somebody_planted_never_becomes_a_session(site, ana):
    browser, thief = site.browser(), site.browser()
    for name in (COOKIE, FORM_COOKIE):
        browser.client.cookies.set(name, "planted-by-a-thief", domain="desk.example")
        thief.client.cookies.set(name, "planted-by-a-thief", domain="desk.example")

    assert browser.sign_in().status_code == 303

    assert browser.cookies[COOKIE] != "planted-by-a-thief"
    assert browser.signed_in() and not thief.signed_in()


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/deskevil", "/desk@evil.example", "/desk//evil", "/desk\\..\\x", "/desk/../api", "/desk/%2e%2e/api", "/studio.evil",
        "/desk\r\nSet-Cookie: a=b", "/desk?x=\r\ny", "/desk/c/1\n", " /desk", "/chat", "/", "",
    ],
)  # fmt: skip
def test_nobody_is_led_out_of_the_staffs_pages(site, ana, where):
    browser = site.browser()

    assert 'name="next" value="/desk"' in browser.client.get("/desk/sign-in", params={"next": where}).text
    assert browser.sign_in(where=where).headers["location"] == "/desk"


@pytest.mark.parametrize("where", ["/desk", "/studio", "/desk/list/waiting?q=cost%20of+care&x=1.5", "/desk/c/0a1b2c"])
def test_one_comes_back_to_the_page_that_was_asked_for(site, ana, where):
    assert inside(where) == where
    assert site.browser().sign_in(where=where).headers["location"] == where


def test_who_is_not_signed_in_is_sent_there_and_back(site, ana):
    browser = site.browser()

    sent = browser.get("/desk/account?done=others")
    assert (sent.status_code, sent.headers["location"]) == (303, "/desk/sign-in?next=/desk/account%3Fdone%3Dothers")

    assert 'name="next" value="/desk/account?done=others"' in browser.get(sent.headers["location"]).text


# ---- forms that are not ours


@pytest.mark.parametrize("token", [None, "", "0" * 64, "\xe9" * 64])
def test_a_sign_in_without_our_pages_proof_is_refused(site, ana, token):
    browser = site.browser()
    browser.get("/desk/sign-in")
    form = {"login": LOGIN, "password": PASSWORD} | ({} if token is None else {"csrf": token})

    done = browser.post("/desk/sign-in", form)

    assert (done.status_code, problem(done)) == (403, "The form is too old. Please send it again.")
    assert COOKIE not in browser.cookies and site.actions().count("sign_in") == 0
    assert browser.post("/desk/sign-in", {**form, "csrf": proof(done)}).status_code == 303


def test_the_proof_of_another_browser_is_none(site, ana):
    thief, browser = site.browser(), site.browser()
    token = proof(thief.get("/desk/sign-in"))
    form = {"csrf": token, "login": LOGIN, "password": PASSWORD}

    assert browser.post("/desk/sign-in", form).status_code == 403  # without a cookie, as SameSite has it
    browser.get("/desk/sign-in")
    assert browser.post("/desk/sign-in", form).status_code == 403


def test_a_foreign_form_does_not_sign_anybody_out(site, ana):
    browser = site.browser()
    browser.sign_in()
    mine = browser.cookies[COOKIE]
    browser.client.cookies.clear()  # a form on another site comes without our cookies

    for path in ("/desk/sign-in", "/desk/sign-out", "/desk/account", "/desk/staff"):
        answer = browser.post(path, {"csrf": "x", "login": LOGIN, "password": PASSWORD})
        assert COOKIE not in answer.headers.get("set-cookie", "")

    browser.client.cookies.set(COOKIE, mine)
    assert browser.signed_in()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://desk.example.evil.example", "http://desk.example:81"])
def test_a_foreign_site_is_refused_at_the_gate(site, ana, origin):
    browser = site.browser()

    done = browser.send("/desk/sign-in", {"login": LOGIN, "password": PASSWORD}, Origin=origin)

    assert done.status_code == 403 and COOKIE not in browser.cookies


def test_a_site_that_may_embed_the_chat_still_needs_the_forms_proof(site, ana):
    browser = site.browser()
    browser.sign_in()

    done = browser.post("/desk/account", {"do": "others"}, Origin=PARTNER)

    assert done.status_code == 403


@pytest.mark.parametrize("path", ["/desk/account", "/desk/staff", "/desk/sign-out"])
def test_nothing_is_done_without_the_proof(site, ana, boss, path):
    browser = admin(site)
    before = site.actions()

    for token in ("", "0" * 64):
        form = {"csrf": token, "do": "deactivate", "id": ana.id, "present": PASSWORD, "password": "x" * 20, "again": "x" * 20}
        done = browser.post(path, form)
        assert done.status_code == 403 and problem(done)

    assert site.actions() == before
    assert site.again(ana).active and browser.signed_in()


# ---- the throttle


def test_after_too_many_tries_the_page_says_when_to_try_again(site, ana):
    browser = site.browser()
    for _ in range(LIMITS["account_sign_ins"][0]):
        assert browser.sign_in(password="wrong").status_code == 422

    done = browser.sign_in()

    assert (done.status_code, done.headers["retry-after"]) == (429, "900")
    assert problem(done) == "Too many tries. Please try again in 15 minutes."
    site.clock.now += 900 - 30
    assert problem(browser.sign_in()) == "Too many tries. Please try again in 1 minute."
    site.clock.now += 31
    assert browser.sign_in().status_code == 303


# ---- signing out, and the end of what was open


def test_signing_out_ends_what_was_open(site, ana):
    browser, thief = site.browser(), site.browser()
    browser.sign_in()
    thief.client.cookies.set(COOKIE, browser.cookies[COOKIE])
    assert thief.signed_in()

    done = browser.send("/desk/sign-out", {}, page="/desk/account")

    assert (done.status_code, done.headers["location"]) == (303, "/desk/sign-in")
    assert COOKIE not in browser.cookies
    assert not browser.signed_in() and not thief.signed_in()


def test_a_session_that_ran_out_leads_to_the_sign_in_page_and_changes_nothing(site, ana):
    browser = site.browser()
    browser.sign_in()
    token = proof(browser.get("/desk/account"))
    site.clock.now += IDLE_SECONDS

    done = browser.post("/desk/account", {"csrf": token, "do": "password", "present": PASSWORD, "password": "x", "again": "x"})

    assert (done.status_code, done.headers["location"]) == (303, "/desk/sign-in")
    assert browser.sign_in().status_code == 303


def test_who_is_deactivated_is_out_with_the_next_click(site, ana):
    browser = site.browser()
    browser.sign_in()

    site.store.staff.set_active(ana.id, False)

    assert not browser.signed_in()
    assert browser.sign_in().status_code == 422


# ---- the link


def link_of(site: Site, staff: Staff) -> str:
    return f"/desk/link/{site.accounts.link(staff)}"


def given(**more: str) -> dict[str, str]:
    return {"name": "Ana Maria", "password": PASSWORD, "again": PASSWORD, **more}


def test_a_link_lets_a_person_set_name_and_password_and_come_in_once(site):
    staff = site.add(LOGIN, "Ana", password=None)
    path, browser = link_of(site, staff), site.browser()

    done = browser.send(path, given())

    assert (done.status_code, done.headers["location"]) == (303, "/desk")
    assert browser.signed_in() and site.again(staff).name == "Ana Maria"
    assert site.browser().sign_in().status_code == 303
    again = site.browser().get(path)
    assert (again.status_code, problem(again)) == (422, "This link was used already, or it is too old. Please ask for a new one.")


def test_programs_that_open_a_link_do_not_use_it_up(site):
    staff = site.add(LOGIN, "Ana", password=None)
    path, robot = link_of(site, staff), site.browser()

    for _ in range(3):
        assert robot.get(path).status_code == 200
        robot.client.head(path)
    assert robot.post(path, {}).status_code == 403
    assert robot.post(path, given()).status_code == 403

    assert site.browser().send(path, given()).status_code == 303


def test_the_link_of_one_cannot_be_used_with_the_form_of_another_browser(site):
    staff = site.add(LOGIN, "Ana", password=None)
    path = link_of(site, staff)
    token = proof(site.browser().get(path))
    browser = site.browser()
    browser.get(path)

    assert browser.post(path, given(csrf=token)).status_code == 403
    assert not site.again(staff).has_password


@pytest.mark.parametrize("secret", ["x", "x" * 43, "%00", "%F0%9F%98%80", "..%2f..", "x" * 5000])
def test_a_made_up_link_is_a_sentence(site, secret):
    browser = site.browser()

    assert browser.get(f"/desk/link/{secret}").status_code in (404, 422)
    assert browser.post(f"/desk/link/{secret}", given()).status_code in (403, 404, 422)


def test_a_link_that_ran_out_is_a_sentence_even_while_the_form_is_open(site):
    staff = site.add(LOGIN, "Ana", password=None)
    path, browser = link_of(site, staff), site.browser()
    token = proof(browser.get(path))
    site.clock.now += 25 * 3600

    done = browser.post(path, given(csrf=token))

    assert done.status_code == 422 and "too old" in problem(done)
    assert not site.again(staff).has_password


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"password": "short", "again": "short"}, "password"),
        ({"again": "something else"}, "again"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"password": "Ana Maria and more", "again": "Ana Maria and more", "name": "Ana Maria and more"}, "password"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_the_link_stays(site, fields, field):
    staff = site.add(LOGIN, "Ana", password=None)
    path, browser = link_of(site, staff), site.browser()

    done = browser.send(path, given(**fields))

    assert done.status_code in (413, 422) and problem(done)
    assert re.search(rf'<input id="{field}"[^>]*aria-describedby="[^"]*problem"[^>]*aria-invalid="true"', done.text)
    assert PASSWORD not in done.text
    assert browser.send(path, given()).status_code == 303


def test_only_the_first_admin_gives_an_address(site):
    first, other = site.add(FIRST_LOGIN, "Admin", *ROLES, password=None), site.add(LOGIN, "Ana", password=None)
    path, browser = link_of(site, first), site.browser()
    assert 'name="login"' in browser.get(path).text

    refused = browser.send(path, given(login="boss"))
    assert refused.status_code == 422 and 'value="boss"' in refused.text
    assert problem(browser.send(path, given(login=LOGIN))) == "Somebody has this e-mail address already."
    assert browser.send(path, given(login="Boss@Example.org")).status_code == 303

    assert site.again(first).login == "boss@example.org"
    path = link_of(site, other)
    assert 'name="login"' not in site.browser().get(path).text
    assert site.browser().send(path, given(login="eve@example.org")).status_code == 303
    assert site.again(other).login == LOGIN


def test_a_link_opened_by_who_is_signed_in_ends_that(site, ana):
    browser, other = site.browser(), site.browser()
    browser.sign_in()
    other.client.cookies.set(COOKIE, browser.cookies[COOKIE])
    bo = site.add("bo@example.org", "Bo", password=None)

    assert browser.send(link_of(site, bo), given(name="Bo")).status_code == 303

    assert "bo@example.org" in browser.get("/desk/account").text
    assert not other.signed_in()


# ---- one's own account


def test_a_password_is_changed_with_the_present_one(site, ana):
    browser, other = site.browser(), site.browser()
    browser.sign_in()
    other.sign_in()
    form = {"do": "password", "present": PASSWORD, "password": "quite another password", "again": "quite another password"}

    wrong = browser.send("/desk/account", {**form, "present": "wrong"})
    assert (wrong.status_code, problem(wrong)) == (422, "Your present password is not right.")
    assert browser.send("/desk/account", {**form, "again": "x"}).status_code == 422
    done = browser.send("/desk/account", form)

    assert (done.status_code, done.headers["location"]) == (303, "/desk/account?done=password")
    assert "Your password is changed." in browser.get("/desk/account?done=password").text
    assert browser.signed_in() and not other.signed_in()
    assert site.browser().sign_in().status_code == 422


def test_one_can_sign_out_everywhere_else(site, ana):
    here, there = site.browser(), site.browser()
    here.sign_in()
    there.sign_in()

    assert here.send("/desk/account", {"do": "others"}).status_code == 303

    assert here.signed_in() and not there.signed_in()


# ---- the admins' pages


@pytest.mark.parametrize("path", ["/desk/staff", "/desk/audit"])
def test_the_admins_pages_are_for_admins(site, ana, path):
    browser = site.browser()
    assert browser.get(path).headers["location"] == f"/desk/sign-in?next={path}"
    browser.sign_in()

    refused = browser.get(path)

    assert (refused.status_code, problem(refused)) == (403, "Your account may not do that.")
    assert "sign_in" not in refused.text


@pytest.mark.parametrize("do", ["add", "link", "change", "deactivate", "activate"])
def test_nobody_but_an_admin_changes_the_staff(site, ana, boss, do):
    browser = site.browser()
    browser.sign_in()
    before = site.actions()

    form = {"do": do, "id": boss.id, "login": "eve@example.org", "name": "Eve", "role-admin": "yes"}
    done = browser.send("/desk/staff", form, page="/desk/account")

    assert done.status_code == 403 and "/desk/link/" not in done.text
    assert site.actions() == before


def test_an_admin_adds_a_person_who_comes_in_with_the_link_that_is_shown(site, boss):
    form = {"do": "add", "login": "New@Example.org", "name": "New", "role-navigator": "yes", "role-author": "yes"}

    done = admin(site).send("/desk/staff", form)

    [link] = re.findall(
        r'value="https://people\.example(/desk/link/[\w-]{43})"', done.text
    )  # not the address that the admin came by
    assert site.browser().send(link, given(name="New")).status_code == 303
    assert site.store.staff.by_login("new@example.org").roles == {"author", "navigator"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"login": "nobody"}, "Please give an e-mail address."),
        ({"login": "BOSS@example.org"}, "Somebody has this e-mail address already."),
        ({"name": ""}, "Please give a name."),
        ({"role-navigator": ""}, "Please choose one role or more."),
    ],
)
def test_a_person_is_not_added_by_half(site, boss, fields, said):
    form = {"do": "add", "login": "new@example.org", "name": "Newcomer", "role-navigator": "yes", **fields}

    done = admin(site).send("/desk/staff", form)

    assert problem(done) == said
    assert len(site.store.staff.all()) == 1
    assert fields.get("name") == "" or 'value="Newcomer"' in done.text


def test_an_admin_sees_who_there_is(site, boss, ana):
    site.add("bo@example.org", "Bo <b>", password=None)
    site.store.staff.set_active(ana.id, False)
    browser = admin(site)

    page = browser.get("/desk/staff").text

    assert "Bo &lt;b&gt;" in page and "No password yet" in page and "Not active" in page and "admin, navigator" in page
    assert "Last seen" in page and "Never seen here" in page


def test_an_admin_ends_a_colleagues_access_at_once_and_gives_it_back(site, boss, ana):
    colleague, browser = site.browser(), admin(site)
    colleague.sign_in()

    done = browser.send("/desk/staff", {"do": "deactivate", "id": ana.id})

    assert not colleague.signed_in() and colleague.sign_in().status_code == 422
    assert "Ana can no longer sign in" in browser.get(done.headers["location"]).text
    assert browser.send("/desk/staff", {"do": "link", "id": ana.id}).status_code == 422
    assert browser.send("/desk/staff", {"do": "activate", "id": ana.id}).status_code == 303
    assert colleague.sign_in().status_code == 303


def test_the_last_admin_cannot_be_deactivated(site, boss):
    browser = admin(site)

    done = browser.send("/desk/staff", {"do": "deactivate", "id": boss.id})

    assert (done.status_code, problem(done)) == (403, "This is the last admin who can sign in. Add another admin first.")
    assert browser.signed_in()
    second = site.add("second@example.org", "Second", "admin")
    assert browser.send("/desk/staff", {"do": "deactivate", "id": boss.id}).status_code == 303
    assert not browser.signed_in() and site.again(second).active


def test_an_admin_corrects_login_name_and_roles(site, boss, ana):
    colleague, browser = site.browser(), admin(site)
    colleague.sign_in()
    form = {
        "do": "change",
        "id": ana.id,
        "login": "maria@example.org",
        "name": "Maria",
        "role-navigator": "",
        "role-admin": "yes",
    }

    done = browser.send("/desk/staff", form)

    assert "The changes to Maria are saved." in browser.get(done.headers["location"]).text
    assert (site.again(ana).login, site.again(ana).roles) == ("maria@example.org", {"admin"})
    assert colleague.get("/desk/staff").status_code == 200  # at once
    trail = browser.get("/desk/audit").text
    assert "Changed the roles: navigator to admin" in trail and "Changed the name: Ana to Maria" in trail


def test_the_form_to_change_somebody_shows_what_they_are(site, boss, ana):
    page = admin(site).get("/desk/staff").text

    assert f'id="login-{ana.id}" name="login" value="{LOGIN}"' in page
    assert re.search(rf'id="role-navigator-{ana.id}"[^>]* checked>', page)
    assert not re.search(rf'id="role-admin-{ana.id}"[^>]* checked>', page)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"login": "nobody"}, "Please give an e-mail address."),
        ({"login": "boss@example.org"}, "Somebody has this e-mail address already."),
        ({"name": ""}, "Please give a name."),
        ({"role-author": ""}, "Please choose one role or more."),
    ],
)
def test_a_change_that_is_refused_changes_nothing_and_stays_in_its_form(site, boss, ana, fields, said):
    form = {"do": "change", "id": ana.id, "login": "maria@example.org", "name": "Maria", "role-author": "yes", **fields}

    done = admin(site).send("/desk/staff", form)

    assert (done.status_code >= 400, problem(done)) == (True, said)
    assert site.again(ana) == ana
    assert f'id="login-{ana.id}" name="login" value="{form["login"]}"' in done.text
    assert '<input id="login" name="login" type="text" autocomplete="off" value=""' in done.text
    assert done.text.count('<details class="pop end" name="pop" open>') == 1


def test_the_last_admin_cannot_lose_that_role_and_one_of_two_can(site, boss):
    browser = admin(site)
    form = {"do": "change", "id": boss.id, "login": boss.login, "name": "Boss", "role-navigator": "yes"}

    done = browser.send("/desk/staff", form)

    assert (done.status_code, problem(done)) == (403, "This is the last admin who can sign in. Add another admin first.")
    site.add("second@example.org", "Second", "admin")
    assert browser.send("/desk/staff", form).headers["location"] == "/desk/account"
    assert browser.get("/desk/staff").status_code == 403


@pytest.mark.parametrize("staff_id", ["", "x", "\0", "0" * 32])
def test_somebody_who_is_not_there_is_not_changed(site, boss, staff_id):
    assert admin(site).send("/desk/staff", {"do": "deactivate", "id": staff_id}).status_code == 404
    assert admin(site).send("/desk/staff", {"do": "link", "id": staff_id}).status_code == 404


def test_what_no_button_says_is_not_done(site, boss, ana):
    assert admin(site).send("/desk/staff", {"do": "nonsense", "id": ana.id}).status_code == 422
    assert site.actions() == ["sign_in", "password", "staff.add", "password", "staff.add"]


def test_the_audit_is_read_page_by_page(site, boss, ana):
    browser = admin(site)
    for number in range(120):
        site.store.audit.add(staff=ana.id, action=f"deed{number}")

    seen, path, pages = [], "/desk/audit", 0
    while path:
        page = browser.get(path).text
        seen += re.findall(r"Deed(\d+)", page)
        older = re.search(r'href="(/desk/audit\?before=\w+)"', page)
        path, pages = older[1] if older else "", pages + 1

    assert seen == [str(number) for number in reversed(range(120))]
    assert pages == 3
    assert browser.get("/desk/audit?before=%00").status_code == 200


def test_the_audit_names_people_and_not_their_ids(site, boss, ana):
    browser = admin(site)
    browser.send("/desk/staff", {"do": "deactivate", "id": ana.id})

    page = browser.get("/desk/audit").text

    assert "Shut out" in page and "Ana" in page and ana.id not in page


# ---- every page


@pytest.mark.parametrize("path", ["/desk/sign-in", "/desk/link/x", "/desk/account", "/desk/staff", "/desk/audit"])
def test_no_page_is_kept_or_holds_a_script_or_style_of_its_own(site, boss, path):
    page = admin(site).get(path)

    assert page.headers["cache-control"] == "no-store" and page.headers["referrer-policy"] == "same-origin"
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page.text)


def test_a_ledger_that_is_away_is_told_of(site, ana, monkeypatch):
    browser = site.browser()
    browser.get("/desk/sign-in")

    def away(*_: object) -> None:
        raise StoreUnavailable("told so")

    monkeypatch.setattr(site.store.staff, "by_login", away)

    done = browser.sign_in()

    assert (done.status_code, done.headers["retry-after"]) == (503, "2")
    assert "try again" in problem(done)


def test_a_form_that_is_too_long_is_told_of(site, ana):
    done = site.browser().send("/desk/sign-in", {"login": "x" * 70_000, "password": ""})

    assert (done.status_code, problem(done)) == (413, "This form is too long. Nothing was done.")


def test_staff_sign_in_without_puzzles_and_may_paste(site):
    page = site.browser().client.get("/desk/sign-in").text

    fields = re.findall(r'<(?:input|textarea|select)[^>]*name="(\w+)"[^>]*>', page)
    assert set(fields) <= {"csrf", "next", "login", "password"} and {"login", "password"} <= set(fields)
    assert 'autocomplete="username"' in page and 'autocomplete="current-password"' in page
    scripts = [path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")]
    assert scripts and "paste" not in page + "".join(scripts) and "captcha" not in page.lower()
