"""Every route there is, found by walking the web process: who may use it, with what proof, and what its responses carry."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount, Route

from helpdesk.guard import CSP
from helpdesk.staff_site import COOKIE
from helpdesk.store.staff_rows import ROLES
from helpdesk.workshop import Workshop
from tests.desk import begin_session
from tests.studio import Chat, Studio, opened

EVERYBODY = frozenset(("visitor", *ROLES))
STAFF = frozenset(ROLES)
# By the address, or one above it that is in UNDER; a route that stands nowhere here fails the tests.
ALLOWED = {
    "/": EVERYBODY,
    "/api": EVERYBODY,
    "/chat": EVERYBODY,
    "/healthz": EVERYBODY,
    "/readyz": EVERYBODY,
    "/widget": EVERYBODY,
    "/desk": frozenset(("navigator", "admin")),
    "/desk/sign-in": EVERYBODY,
    "/desk/link": EVERYBODY,
    "/desk/static": EVERYBODY,
    "/studio/static": EVERYBODY,
    "/desk/sign-out": EVERYBODY,
    "/desk/account": STAFF,
    "/desk/insights": STAFF,
    "/desk/insights.csv": STAFF,
    "/desk/staff": frozenset(("admin",)),
    "/desk/audit": frozenset(("admin",)),
    "/studio": frozenset(("author", "approver", "admin")),
    "/studio/train/start": frozenset(("author", "admin")),
    "/studio/train/cancel": frozenset(("author", "admin")),
    "/studio/releases/{id}/propose": frozenset(("author", "admin")),
    "/studio/compare/{id}/test": frozenset(("author", "admin")),
    "/studio/releases/{id}/publish": frozenset(("approver", "admin")),
    "POST /studio/releases/{id}/back": frozenset(("approver", "admin")),
}
UNDER = {
    "/desk",
    "/studio",
    "/api",
    "/chat",
    "/widget",
    "/desk/link",
    "/desk/static",
    "/studio/static",
}  # with all that is below them
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_."
OWN_PROOF = ("/desk/sign-in", "/desk/link/{secret}")  # open to who has no sign-in; their forms carry a proof all the same
ENDLESS = ("stream", "/events")
NEVER_CHANGES = ("audit", "sessions", "staff", "meta")  # when somebody was seen, and what they read
VALUES = {
    "route": "crisis",
    "list": "must_fire",
    "pattern": "1",
    "name": "tob1",
    "number": "1",
    "source": "x",
    "version": "x",
    "hash": "x",
}
RASA = (
    "/webhooks/helpdesk/webhook", "/webhooks/rest/webhook", "/webhooks/rest/", "/webhook", "/conversations/default/tracker",
    "/conversations/default/tracker/events", "/conversations/default/execute", "/conversations/default/predict",
    "/conversations/default/messages", "/conversations/default/trigger_intent", "/conversations/default/story", "/model",
    "/model/train", "/model/parse", "/model/predict", "/model/test/intents", "/model/test/stories", "/domain", "/status",
    "/version", "/actions", "/socket.io/", "/../model", "//model", "/%2e%2e/model", "/chat/..;/model", "/chat/static/../../model",
    "/chat/static/%2e%2e/%2e%2e/%2e%2e/domain.yml", "/desk/static/x/..%2f..%2f..%2fsettings.py", "/studio/static/x/%2e%2e",
    "/api/../model", "/api/conversations/../../model", "/model%00", "/model/", "/MODEL", "/webhooks%2frest%2fwebhook",
)  # fmt: skip


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    patch = pytest.MonkeyPatch()
    patch.setattr(Workshop, "start", lambda self, staff: "no training here")
    with opened(tmp_path_factory.mktemp("routes")) as studio:
        yield studio
    patch.undo()


def routes(app: Any) -> list[tuple[str, str]]:
    """Return method and address of all that there is."""
    found = []
    for route in app.routes:
        if isinstance(route, Mount):
            found.append(("GET", f"{route.path}/x"))
        else:
            assert isinstance(route, Route) and route.methods, f"{route} is no route as the others"
            found += [(method, route.path) for method in sorted(route.methods) if method != "HEAD"]
    assert len(found) > 100
    return found


def changing(app: Any) -> list[tuple[str, str]]:
    return [(method, path) for method, path in routes(app) if method != "GET"]


def allowed(method: str, path: str) -> frozenset[str]:
    """Return who may use the address."""
    if f"{method} {path}" in ALLOWED:
        return ALLOWED[f"{method} {path}"]
    while path not in ALLOWED:
        path, _, last = path.rpartition("/")
        assert last, f"{path} stands nowhere in ALLOWED"
        if path in UNDER:
            break
    assert path in ALLOWED, f"{path} stands nowhere in ALLOWED: say who may use it"
    return ALLOWED[path]


def filled(path: str, conversation: str) -> str:
    """Return the address with something in the places of its names."""
    parts = []
    for part in path.split("/"):
        name = part.strip("{}").split(":")[0] if part.startswith("{") else ""
        parts.append((conversation if name == "id" else VALUES.get(name, "x")) if name else part)
    return "/".join(parts)


def dump(studio: Studio) -> dict[str, Any]:
    """Return all of the ledger but who was seen when, and every file of the draft."""
    with studio.store.database.read() as db:
        names = [row["name"] for row in db.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {
            name: sorted(map(str, map(dict, db.all(f"SELECT * FROM {name}")))) for name in names if name not in NEVER_CHANGES
        }
        duty = str(db.all("SELECT id, roles, password, active, on_duty, options FROM staff ORDER BY id"))
    files = {str(path): path.read_bytes() for path in studio.root.rglob("*") if path.is_file()}
    return {**tables, "staff": duty, "files": files}


class Person:
    """Somebody with a browser: a fresh sign-in each time, since one of the forms ends it."""

    def __init__(self, studio: Studio, role: str) -> None:
        self.studio, self.role = studio, role
        self.staff = None if role == "visitor" else studio.staff(f"{role.title()} {secrets.token_hex(4)}", role).staff

    def ask(self, method: str, path: str, *, csrf: str | None = None, **headers: str) -> Any:
        cookie = begin_session(self.studio.app, self.staff) if self.staff else ""
        proof = self.studio.app.state.desk.accounts.csrf(cookie) if csrf is None else csrf
        sent = {"Accept": "text/html", **({"Cookie": f"{COOKIE}={cookie}"} if cookie else {}), **headers}
        self.studio.client.cookies.clear()
        return self.studio.client.request(method, path, headers=sent, data={"csrf": proof} if method != "GET" else None)


# ---- who may


@pytest.mark.parametrize("role", ["visitor", *ROLES])
def test_every_route_is_for_those_whom_it_is_for_and_nobody_else(studio: Studio, role: str) -> None:
    person, wrong = Person(studio, role), []
    for method, path in routes(studio.app):
        may = role in allowed(method, path)
        if path.startswith(("/api", "/chat")) or (may and path.endswith(ENDLESS)):
            continue  # the visitors' own have their own tests below; a stream never ends
        answer = person.ask(method, filled(path, uuid.uuid4().hex))
        to_sign_in = answer.headers.get("location", "").startswith("/desk/sign-in")
        if path == "/desk":
            may = True  # it leads to the list, which is guarded
        if path == "/desk/sign-out" or path.startswith(("/desk/sign-in", "/desk/link")):
            continue  # these lead to the sign-in by their nature
        is_in = answer.status_code not in (401, 403) and not to_sign_in
        if is_in != may or answer.status_code >= 500:
            wrong.append((method, path, answer.status_code))

    assert wrong == []


def test_the_table_names_no_route_that_there_is_not(studio: Studio) -> None:
    there = {path for _, path in routes(studio.app)}
    named = [name.rpartition(" ")[2] for name in ALLOWED]

    assert [path for path in named if not any(one == path or one.startswith(f"{path}/") for one in there)] == []


def test_looking_at_a_page_changes_nothing(studio: Studio) -> None:
    chat = Chat(studio.client)
    admin, before = Person(studio, "admin"), None
    before = dump(studio)
    for method, path in routes(studio.app):
        if method == "GET" and not path.endswith(ENDLESS):
            answer = admin.ask("GET", filled(path, chat.id))
            assert answer.status_code < 500, path

    assert dump(studio) == before


# ---- with what proof


def test_no_form_of_staff_does_anything_without_the_proof_of_its_own_page(studio: Studio) -> None:
    chat, admin = Chat(studio.client), Person(studio, "admin")
    other = studio.app.state.desk.accounts.csrf(begin_session(studio.app, studio.paul.staff))
    own = [
        {"csrf": ""},
        {"csrf": "0" * 64},
        {"csrf": other},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
    ]
    before, wrong, tried = dump(studio), [], 0
    for method, path in changing(studio.app):
        if path.startswith(("/desk", "/studio")):
            for attack in own:
                answer = admin.ask(method, filled(path, chat.id), **attack)
                tried += 1
                if answer.status_code != 403 and not _turned_away(path, attack, answer):
                    wrong.append((path, attack, answer.status_code))

    assert wrong == [] and tried > 250
    assert dump(studio) == before


def _turned_away(path: str, attack: dict[str, str], answer: Any) -> bool:
    """A link's page says by itself that the link is none, whatever came with it."""
    return path in OWN_PROOF and "csrf" in attack and answer.status_code in (403, 404, 422)


def test_no_form_of_the_chat_page_does_anything_without_its_proof(studio: Studio) -> None:
    chat = Chat(studio.client)
    cookie = {"Cookie": f"helpdesk_chat={chat.token}", "Accept": "text/html"}
    before, wrong, tried = dump(studio), [], 0
    for method, path in changing(studio.app):
        if path.startswith("/chat"):
            for form, headers in (
                ({}, {}),
                ({"csrf": "x"}, {}),
                ({"csrf": studio.app.state.service.tokens.digest("form", "new." + "a" * 22)}, {}),
                ({}, {"Origin": "https://evil.example"}),
            ):
                data = {"text": "Hello", "client_id": str(uuid.uuid4()), "agreed": "yes", "seq": "1", **form}
                answer = studio.client.request(method, path, data=data, headers={**cookie, **headers})
                tried += 1
                if answer.status_code != 403:
                    wrong.append((path, form, answer.status_code))

    assert wrong == [] and tried >= 28
    assert dump(studio) == before


def test_the_api_lets_no_other_site_in_whatever_it_calls(studio: Studio) -> None:
    chat, before = Chat(studio.client), None
    before = dump(studio)
    for method, path in routes(studio.app):
        if path.startswith("/api") and not path.endswith("openapi.json"):
            for origin in ("https://evil.example", "null", "http://testserver.evil.example", "https://testserver@evil.example"):
                answer = studio.client.request(method, filled(path, chat.id), headers={**chat.headers, "Origin": origin}, json={})
                assert answer.status_code == 403 and "access-control-allow-origin" not in answer.headers, (path, origin)

    assert dump(studio) == before


def test_one_visitors_token_opens_nothing_of_anothers(studio: Studio) -> None:
    mine, theirs = Chat(studio.client), Chat(studio.client)
    theirs.ask("What is Tob1?")
    body = {"client_id": str(uuid.uuid4()), "text": "x", "seq": 1, "helpful": True, "agreed": True}
    wrong, before = [], dump(studio)
    _, secret, signature = mine.token.split(".")
    tokens = {
        mine.token: 404,
        f"{theirs.id}.{secret}.{signature}": 401,
        f"{theirs.id}.{secret}.{theirs.token.split('.')[2]}": 401,
        theirs.token[:-1]: 401,
        theirs.token.upper(): 401,
        "": 401,
        theirs.id: 401,
        "null": 401,
    }
    for method, path in routes(studio.app):
        if path.startswith("/api/conversations/{id}"):
            for token, status in tokens.items():
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                answer = studio.client.request(method, filled(path, theirs.id), headers=headers, json=body)
                if answer.status_code != status or "Tob1" in answer.text:
                    wrong.append((method, path, token, answer.status_code))
            for made_up in ("x", "../" + theirs.id, theirs.id.upper(), uuid.uuid4().hex, theirs.id + "%00"):
                answer = studio.client.request(method, filled(path, made_up), headers=mine.headers, json=body)
                if answer.status_code != 404 or "Tob1" in answer.text:
                    wrong.append((method, path, made_up, answer.status_code))

    assert wrong == []
    assert dump(studio) == before


def test_of_ten_thousand_guessed_tokens_none_opens_anything(studio: Studio) -> None:
    chat, tokens = Chat(studio.client), studio.app.state.service.tokens
    hits = 0
    for number in range(10_000):
        guess = (
            list(chat.token) if number % 2 else [secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789-_.") for _ in chat.token]
        )
        at = number % len(guess)
        guess[at] = secrets.choice("".join({*"abcdefABCDEF0123456789-_."} - {guess[at]}))
        opened_by = tokens.open("".join(guess))
        hits += opened_by is not None

    assert hits == 0


# ---- what must not be there, and what must be


@pytest.mark.parametrize("path", ["/desk/c/%3F/claim", "/desk/c/%3F/reply", "/desk/callbacks/%3F/done", "/desk/c/%23/close"])
def test_a_question_mark_within_an_address_is_part_of_it(studio: Studio, path: str) -> None:
    assert Person(studio, "admin").ask("POST", path).status_code == 404


@pytest.mark.parametrize("path", RASA)
def test_nothing_of_rasa_is_to_be_had_through_the_web_process(studio: Studio, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = studio.client.request(method, f"http://testserver{path}", json={"sender": "x", "message": "/restart"})
        assert answer.status_code in (404, 405) and "rasa" not in answer.text.lower(), method


def test_every_response_of_every_route_carries_what_protects(studio: Studio) -> None:
    chat, admin, wrong = Chat(studio.client), Person(studio, "admin"), []
    for method, path in routes(studio.app):
        if path.endswith(ENDLESS):
            continue
        one = filled(path, chat.id if method == "GET" else uuid.uuid4().hex)
        answer = admin.ask(method, one, csrf="" if method != "GET" else None)
        head = answer.headers
        good = (
            head["x-content-type-options"] == "nosniff"
            and head["x-frame-options"] == "DENY"
            and head["referrer-policy"] == "same-origin"
            and "camera=()" in head["permissions-policy"]
            and "'none'" in head["content-security-policy"]
            and "unsafe" not in head["content-security-policy"]
            and len(head["x-request-id"]) == 16
            and ("no-store" in head["cache-control"] or "/static/" in one or one.startswith("/widget"))
            and "server" not in head
        )
        if not good or (path.startswith(("/desk", "/studio")) and head["content-security-policy"] != CSP):
            wrong.append((method, one, dict(head)))

    assert wrong == []


def test_no_page_of_staff_may_be_framed_or_read_by_a_site_that_embeds_the_chat(tmp_path: Path) -> None:
    with opened(tmp_path, HELPDESK_ORIGINS="https://www.example.org") as studio:
        answer = studio.client.get("/desk/list/waiting", headers={**studio.ada.headers, "Origin": "https://www.example.org"})
        page = studio.client.get("/studio", headers={**studio.ada.headers, "Origin": "https://www.example.org"})

    for one in (answer, page):
        assert one.headers["x-frame-options"] == "DENY"
        assert one.headers.get("access-control-allow-credentials") is None
