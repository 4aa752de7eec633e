"""The outermost layer: which sites may call, how large a body may be, the headers of every response, and a line in the log."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from helpdesk.errors import Refusal
from helpdesk.logs import about, begin_request, fields
from helpdesk.metrics import Metrics
from helpdesk.web import MAX_BODY, for_reader

log = logging.getLogger(__name__)

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, last-event-id",
    "Access-Control-Max-Age": "600",
}
QUIET = ("/healthz", "/readyz", "static")
STATIC = ("/chat/static/", "/desk/static/", "/studio/static/", "/widget/")
DEFAULT_PORTS = {"http": 80, "https": 443}


class Guard:
    """Refuse what may not come in, and give what goes out its headers."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str], metrics: Metrics) -> None:
        self.app = app
        self.origins = frozenset(origins)
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        public = scope["path"].startswith("/widget/")
        allowed = origin is None or public or self._may_call(scope, headers, origin)
        cors = _cors(origin, public) if allowed else {}
        sender = _Sender(send, scope["path"], {**cors, "X-Request-Id": begin_request()}, self.metrics)
        refused = self._refused(scope, headers, allowed)
        began = time.perf_counter()
        try:
            await (refused(scope, receive, sender) if refused is not None else self._call(scope, receive, sender))
        finally:
            _note(scope, sender.status, time.perf_counter() - began)

    async def _call(self, scope: Scope, receive: Receive, sender: _Sender) -> None:
        try:
            await self.app(scope, receive, sender)
        except ClientDisconnect:
            return
        except Exception as error:
            # The error's text could hold a visitor's words; where it happened does not.
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("A request failed: %s\n%s", type(error).__name__, frames)
            if sender.started:
                raise RuntimeError("The response was cut off.") from None
            await for_reader(Request(scope), Refusal("internal"))(scope, receive, sender)

    def _refused(self, scope: Scope, headers: Headers, allowed: bool) -> Response | None:
        if not allowed:
            return for_reader(Request(scope), Refusal("bad_origin"))
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            return Response(status_code=204, headers=PREFLIGHT)
        length = headers.get("content-length", "0")
        is_staff = scope["path"].startswith(("/desk/", "/studio/"))  # which count as they read, and refuse on a page of their own
        if length.isdigit() and int(length[:12]) > MAX_BODY and not is_staff:
            return for_reader(Request(scope), Refusal("too_long"))
        return None

    def _may_call(self, scope: Scope, headers: Headers, origin: str) -> bool:
        return origin in self.origins or _same_origin(scope["scheme"], headers.get("host", ""), origin)


def _note(scope: Scope, status: int, seconds: float) -> None:
    """Log what was asked for by the name of its address: what stands in the address itself is anybody's."""
    values = scope.get("path_params") or {}
    if "id" in values and scope["path"].startswith(("/api/conversations/", "/desk/c/")):
        about(str(values["id"]))
    route = _named(scope["path"], values) if "endpoint" in scope else "unknown"
    level = logging.DEBUG if route in QUIET else logging.INFO
    told = fields(method=scope["method"], route=route, status=status, ms=round(1000 * seconds))
    log.log(level, "Request answered.", extra=told)


def _named(path: str, values: Mapping[str, object]) -> str:
    """Return the address with the names of what it holds, as /api/conversations/{id}."""
    if path.startswith(STATIC):
        return "static"
    names = {str(value): f"{{{name}}}" for name, value in values.items() if str(value)}
    return "/".join(names.get(part, part) for part in path.split("/"))


def _same_origin(scheme: str, host: str, origin: str) -> bool:
    """Compare host and port; behind a proxy that ends TLS our own scheme is http while the page's is https."""
    try:
        site, own = urlsplit(origin), urlsplit(f"{scheme}://{host}")
        same_host = bool(site.hostname) and site.hostname == own.hostname
        same_port = _port(site.port, site.scheme) == _port(own.port, site.scheme)
    except ValueError:
        return False
    whole = origin == f"{site.scheme}://{site.netloc}" and "@" not in site.netloc
    return whole and same_host and same_port and site.scheme in (scheme, "https")


def _port(port: int | None, scheme: str) -> int | None:
    return port or DEFAULT_PORTS.get(scheme)


def _cors(origin: str | None, public: bool) -> dict[str, str]:
    if public:
        return {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    if origin is None:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After"}


class _Sender:
    """Send, with our headers on the first message."""

    def __init__(self, send: Send, path: str, extra: dict[str, str], metrics: Metrics) -> None:
        self.send = send
        self.path = path
        self.extra = extra
        self.metrics = metrics
        self.started = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, int(message["status"])
            self.metrics.count("responses", status=str(message["status"]))
            self._add(MutableHeaders(scope=message))
        await self.send(message)

    def _add(self, headers: MutableHeaders) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        # "no-referrer" would make browsers send `Origin: null` with our own forms.
        headers["Referrer-Policy"] = "same-origin"
        headers["Content-Security-Policy"] = CSP
        headers["X-Frame-Options"] = "DENY"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        headers.setdefault("Cache-Control", "no-store")
        headers.add_vary_header("Origin")
        for name, value in self.extra.items():
            headers[name] = value
