"""Hostile input for every call of the API and every form of staff, straight into the web process, each one timed."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st
from starlette.routing import Mount

from helpdesk.app import create_app
from helpdesk.staff_site import COOKIE
from helpdesk.workshop import Workshop
from tests.desk import CALLBACK, Forms, add_staff, begin_session
from tests.fake_encoder import FakeEncoder
from tests.studio import copied_root
from tests.web import FakeAssistant, FakeSafety, settings_for

PAGES = 40  # that are looked at for their forms
LINK = re.compile(r'href="(/(?:desk|studio)/[^"#]*)')
HANG = 2.0  # seconds of the processor for one request
TEMPLATES = Path(__file__).resolve().parent.parent / "helpdesk"
NAME = re.compile(r'name="([A-Za-z_-]+)"')
NAMES = sorted({name for path in TEMPLATES.rglob("*.html") for name in NAME.findall(path.read_text("utf-8"))})
MEMBERS = ("client_id", "text", "choice", "reason", "seq", "helpful", "comment", "agreed", "code", *CALLBACK)
QUERY = (
    "q", "after", "wait", "part", "for", "canned", "answer", "before", "from", "to", "by", "said", "next", "file", "fact", "page",
)  # fmt: skip
NASTY = (
    "\x00", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "/restart", "\u3000/EXTERNAL_x{}", "{}", "{0.__class__}",
    "{a].__class__}", "${HOME}", "!!python/object/apply:os.system ['true']", "&a [*a]", "a: b\n- c", "---\n...", "(a+)+b", "[",
    "<script>alert(1)</script>", "' OR 1=1 --", "%s%n", "../../etc/passwd", "\r\nSet-Cookie: x=y", "٣", "1e999", "-1",
    "9" * 400, "NaN", "null", "𝟙", "\u0000" * 50, "a" * 5000, "\u0301" * 2000,
)  # fmt: skip
BODIES = (
    b"[" * 3000, b'{"a":' * 2000, b"{" + b'"a":1,' * 3000 + b'"b":2}', b'{"text": "\\ud800"}', b"\xff\xfe{\x00}\x00",
    b"", b"null",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(), max_size=60), st.text("/ {}[]<>&'\"\\%\n\x00\ud800aé😀", max_size=30)
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)
KINDS = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "\x00",
    "",
)


@dataclass(frozen=True)
class Ask:
    """One request; `{csrf}` in its body stands for the proof."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Tally:
    """What came of all requests."""

    asked: int = 0
    slowest: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    failed: list[tuple[Ask, str]] = field(default_factory=list)


class Fuzzed:
    """The web process with a studio on a draft of its own, a conversation, and an admin's sign-in."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.app, self.loop = app, loop
        self.tally = Tally()
        self.admin = add_staff(app, "Fuzz", "navigator", "author", "approver", "admin")
        self.cookie = begin_session(app, self.admin)
        self.csrf = app.state.desk.accounts.csrf(self.cookie)
        self.id = self.token = ""
        begun = json.loads(self.send(Ask("POST", "/api/conversations"))[1])
        self.id, self.token = begun["id"], begun["token"]
        self.routes = [
            (method, route.path)
            for route in app.routes
            if not isinstance(route, Mount)
            for method in sorted(route.methods - {"HEAD"})
        ]
        self.forms = self._forms()

    def send(self, ask: Ask) -> tuple[int, bytes]:
        """Send it; note a 5xx and what took too long."""
        began = time.process_time()
        status, body = self.loop.run_until_complete(_called(self.app, ask, self))
        seconds = time.process_time() - began
        self.tally.asked += 1
        self.tally.statuses[status] += 1
        self.tally.slowest = max(self.tally.slowest, seconds)
        if status >= 500 or status == 0 or seconds > HANG:
            self.tally.failed.append((ask, f"{status} after {seconds:.1f} s: {body[:200]!r}"))
        return status, body

    def _forms(self) -> list[tuple[str, dict[str, str]]]:
        """Return the forms of the staff's pages as they are given out, but for those that end our own sign-in."""
        found: dict[str, dict[str, str]] = {}
        left, seen = ["/desk/list/bot", f"/desk/c/{self.id}", "/desk/options", "/studio", "/studio/topics/tob1"], set()
        while left and len(seen) < PAGES:
            page = left.pop(0)
            seen.add(page)
            status, body = self.send(Ask("GET", page))
            text = body.decode("utf-8", "replace")
            if status == 200 and "<html" in text:
                found.update({action: fields for action, fields in Forms(text).forms if action.startswith(("/desk", "/studio"))})
                links = (unescape(one) for one in LINK.findall(text))
                left += [one for one in links if one not in seen and one not in left and "/topics/" not in one]
        return sorted((action, fields) for action, fields in found.items() if "sign-out" not in action and "?" not in action)

    def filled(self, path: str, draw: Any) -> str:
        """Return the address with something that is there, or something that is not, in the places of its names."""
        known = {"id": self.id, "name": "tob1", "route": "crisis", "list": "must_fire", "pattern": "1", "number": "1"}
        parts = []
        for part in path.split("/"):
            name = part.strip("{}").split(":")[0] if part.startswith("{") else ""
            parts.append((known.get(name, "x") if draw(st.integers(0, 3)) else draw(TEXTS)) if name else part)
        return "/".join(parts)


@contextmanager
def fuzzed(folder: Path) -> Iterator[Fuzzed]:
    root = copied_root(folder / "root")
    settings = settings_for(folder / "state", HELPDESK_DATA=str(root / "data"))
    app = create_app(settings, assistant=FakeAssistant(), safety=FakeSafety())
    app.state.studio.meaning.load = FakeEncoder
    loop, start = asyncio.new_event_loop(), Workshop.start
    serving = app.router.lifespan_context(app)
    Workshop.start = lambda self, staff: "no training here"  # type: ignore[method-assign]
    loop.run_until_complete(serving.__aenter__())
    try:
        yield Fuzzed(app, loop)
    finally:
        Workshop.start = start  # type: ignore[method-assign]
        loop.run_until_complete(serving.__aexit__(None, None, None))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@st.composite
def api_asks(draw: Any, place: Fuzzed) -> Ask:
    """A call of the public API, or of an address that nobody has."""
    method, path = draw(st.sampled_from([one for one in place.routes if one[1].startswith(("/api", "/healthz", "/widget"))]))
    method = (
        method
        if draw(st.integers(0, 9))
        else draw(st.sampled_from(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "X")))
    )
    kind = draw(st.integers(0, 5))
    if kind == 0:
        body = draw(st.binary(max_size=200))
    elif kind == 1:
        body = draw(
            st.sampled_from(
                (b"[" * 3000, b'{"a":' * 2000, b"{" + b'"a":1,' * 3000 + b'"b":2}', b'{"text": "\\ud800"}', b"\xff\xfe{\x00}\x00")
            )
        )
    elif kind == 2:
        body = _json(draw(VALUES))
    else:
        named = {
            **CALLBACK,
            "client_id": str(uuid.UUID(int=draw(st.integers(0, 40)))),
            "text": "What is Tob1?",
            "seq": 1,
            "helpful": True,
        }
        body = _json({**named, **draw(st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=3))})
    query = f"?{urlencode(draw(_query()))}" if draw(st.booleans()) else ""
    token = place.token if draw(st.integers(0, 9)) else draw(TEXTS)
    headers = (
        ("authorization", f"Bearer {token}"),
        ("content-type", draw(st.sampled_from(KINDS))),
        ("last-event-id", draw(TEXTS)),
    )
    if path.endswith("{id}") and method == "DELETE":
        path = path.replace("{id}", uuid.uuid4().hex)  # the conversation is still needed
    return Ask(method, place.filled(path, draw) + query, body, headers)


@st.composite
def form_asks(draw: Any, place: Fuzzed) -> Ask:
    """A form of staff, or of the page without scripts: one that was given out, somewhat changed, or one that nobody gave out."""
    if draw(st.integers(0, 2)):
        action, fields = draw(st.sampled_from(place.forms))
        changed = draw(st.dictionaries(st.sampled_from(sorted(fields) or ["text"]), TEXTS, max_size=4))
        fields = {**fields, **changed, "csrf": fields.get("csrf", "")}
    else:
        writes = [path for method, path in place.routes if method == "POST" and path.startswith(("/desk", "/studio", "/chat"))]
        action = place.filled(draw(st.sampled_from([path for path in writes if "sign-out" not in path])), draw)
        fields = {**draw(st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=8)), "csrf": place.csrf}
    if draw(st.integers(0, 5)) == 0:
        return Ask("POST", action, _multipart(fields), (("content-type", "multipart/form-data; boundary=frontier"),))
    body = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}).encode()
    return Ask("POST", action, body, (("content-type", "application/x-www-form-urlencoded"),))


@st.composite
def page_asks(draw: Any, place: Fuzzed) -> Ask:
    """A page of staff with anything in its address."""
    pages = [
        path for method, path in place.routes if method == "GET" and not path.endswith("stream") and not path.startswith("/api")
    ]
    return Ask("GET", f"{place.filled(draw(st.sampled_from(pages)), draw)}?{urlencode(draw(_query()))}")


def _query() -> Any:
    return st.dictionaries(st.sampled_from(QUERY), TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")), max_size=4)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _multipart(fields: dict[str, str]) -> bytes:
    parts = [
        b'--frontier\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name.encode(), b'; filename="a\x00b"' if name == "file" else b"", value.encode("utf-8", "surrogatepass"))
        for name, value in fields.items()
    ]
    return b"".join(parts) + b"--frontier--\r\n"


async def _called(app: Any, ask: Ask, place: Fuzzed) -> tuple[int, bytes]:
    """Call the web process as its server does."""
    path, _, query = ask.path.partition("?")
    given = {name: value.encode("utf-8", "replace") for name, value in ask.headers}
    given.setdefault("accept", b"text/html")
    given["cookie"] = f"{COOKIE}={place.cookie}; helpdesk_chat={place.token}".encode()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": ask.method, "scheme": "http",
        "path": path.encode("utf-8", "replace").decode(), "raw_path": quote(path, errors="replace").encode(), "root_path": "",
        "query_string": query.encode(), "client": ("127.0.0.1", 1), "server": ("testserver", 80),
        "headers": [(b"host", b"testserver"), *((name.encode(), value) for name, value in given.items())],
    }  # fmt: skip
    begun: dict[str, Any] = {}
    parts: list[bytes] = []
    whole = False

    async def receive() -> dict[str, Any]:
        nonlocal whole
        if whole:
            await asyncio.sleep(3600)
        whole = True
        return {"type": "http.request", "body": ask.body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        begun.setdefault("status", message.get("status"))
        parts.append(message.get("body", b""))

    await asyncio.wait_for(app(scope, receive, send), 60)
    return begun.get("status") or 0, b"".join(parts)
