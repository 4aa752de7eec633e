"""A help desk with staff at it: visitors by the API, navigators by their cookie, forms sent as the pages give them."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from helpdesk.app import create_app
from helpdesk.staff_site import COOKIE
from helpdesk.store.staff import Staff
from tests.web import Chat, FakeAssistant, FakeSafety, settings_for

DATA = Path(__file__).resolve().parent.parent / "data"
CALLBACK = {"name": "Jane", "phone": "(303) 555-0142", "when": "Monday after 10", "topic": "a trial", "consent": True}


def begin_session(app: Any, staff: Staff) -> str:
    """Let somebody in without their password, on duty if they were; return the cookie."""
    cookie, store = secrets.token_urlsafe(32), app.state.desk.store.staff
    was_on_duty = store.find(staff.id).on_duty
    store.add_session(hashlib.sha256(cookie.encode()).hexdigest(), staff.id)
    store.set_duty(staff.id, was_on_duty)
    return cookie


def add_staff(app: Any, name: str, *roles: str, on_duty: bool = True) -> Staff:
    store = app.state.desk.store
    staff: Staff = store.staff.add(f"{name.lower().replace(' ', '.')}@example.org", name, roles or ("navigator",))
    store.staff.set_duty(staff.id, on_duty)
    store.staff.seen(staff.id)
    return staff


class Forms(HTMLParser):
    """The forms of a page, each with what stands in its fields, and the text of its boxes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.boxes: dict[str, str] = {}
        self.box = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((found.get("action", ""), {}))
        elif tag in ("input", "button") and found.get("name") and found.get("type") != "checkbox":
            self.forms[-1][1].setdefault(found["name"], found.get("value", ""))
        self.box = found.get("id", "") if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        if self.box:
            self.boxes[self.box] = self.boxes.get(self.box, "") + data

    def handle_endtag(self, tag: str) -> None:
        self.box = ""

    def of(self, action: str) -> dict[str, str]:
        found = next((fields for path, fields in self.forms if path == action), None)
        assert found is not None, f"no form {action} among {[path for path, _ in self.forms]}"
        return dict(found)

    @property
    def actions(self) -> set[str]:
        return {path.rsplit("/", 1)[-1] for path, _ in self.forms}


class Navigator:
    """One browser of a member of staff, without JavaScript."""

    def __init__(self, app: Any, staff: Staff, client: TestClient | None = None) -> None:
        self.app, self.staff = app, staff
        self.client = client or TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        self.cookie = begin_session(app, staff)
        self.headers = {"Accept": "text/html", "Cookie": f"{COOKIE}={self.cookie}"}

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, fields: dict[str, str]) -> Any:
        return self.client.post(path, data=fields, headers=self.headers)

    def send(self, page: str, action: str, **fields: str) -> Any:
        """Open a page, fill in one of its forms, and send it."""
        return self.post(action, {**Forms(self.get(page).text).of(action), **fields})

    def act(self, chat: Chat, action: str, **fields: str) -> Any:
        """Use a form on the page of a conversation."""
        return self.send(f"/desk/c/{chat.id}", f"/desk/c/{chat.id}/{action}", **fields)

    def raw(self, path: str, **fields: str) -> Any:
        """Send a form that is on no page that we have open, with the right proof."""
        return self.post(path, {"csrf": self.app.state.desk.accounts.csrf(self.cookie), **fields})

    def look(self, chat: Chat) -> Any:
        return self.get(f"/desk/c/{chat.id}")


class Desk:
    """The web process with Ana at her desk, and visitors who come."""

    def __init__(self, client: TestClient, assistant: FakeAssistant, safety: FakeSafety) -> None:
        self.client, self.assistant, self.safety = client, assistant, safety
        self.app: Any = client.app
        self.store = self.app.state.desk.store
        self.ana = self.navigator("Ana")

    def navigator(self, name: str, *roles: str, on_duty: bool = True) -> Navigator:
        return Navigator(self.app, add_staff(self.app, name, *roles, on_duty=on_duty), self.client)

    def visitor(self, *questions: str, waits: bool = True) -> Chat:
        """Begin a chat, ask the bot, and ask for a person."""
        chat = Chat(self.client)
        for question in questions:
            chat.ask(question)
        if waits:
            assert chat.post("handoff", {}).json() == {"owner": "waiting"}
        return chat

    def claimed(self, *questions: str, by: Navigator | None = None) -> Chat:
        chat = self.visitor(*questions)
        assert (by or self.ana).act(chat, "claim").status_code == 303
        return chat

    def owner(self, chat: Chat) -> str:
        return str(self.store.ledger.find(chat.id)["owner"])

    def said(self, chat: Chat) -> list[str]:
        """Return what navigators have said to the visitor."""
        return [event["text"] for event in chat.events() if event["author"] == "navigator" and event["kind"] == "message"]

    def notes(self, chat: Chat) -> list[str]:
        return [row["text"] for row in self.store.desk_view.notes(chat.id)]


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Desk]:
    assistant, safety = FakeAssistant(), FakeSafety()
    app = create_app(settings_for(folder, HELPDESK_DATA=str(DATA)), assistant=assistant, safety=safety)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield Desk(client, assistant, safety)


def problem(page: Any) -> str:
    """Return what the page says went wrong."""
    found = re.search(r'<p id="problem"[^>]*>(.*?)</p>', page.text, re.S)
    return unescape(found[1]).strip() if found else ""


def title(page: Any) -> str:
    found = re.search(r"<title>(.*?)</title>", page.text, re.S)
    return unescape(found[1]).strip() if found else ""
