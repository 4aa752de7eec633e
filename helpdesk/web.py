"""Reading requests and writing errors, for every site of the web process."""

from __future__ import annotations

import asyncio
import hmac
import json
import math
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from html import escape
from string import Template
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from helpdesk.errors import Refusal, StoreUnavailable
from helpdesk.words import PHONE, PHONE_HREF, words

MAX_BODY = 64 * 1024
DRAINED = 64 * 1024 * 1024  # where staff send long forms
BODY_SECONDS = 15.0
ERROR_PAGE = Template(
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>MS Navigator chat</title></head><body><main><h1>MS Navigator chat</h1><p>$message</p>"
    '<p><a href="$href">Call $phone</a></p><p><a href="/chat">Back to the chat</a></p></main></body></html>'
)
CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_long"}


def dumps(value: object) -> str:
    """Write JSON in one line of ASCII: no character in it can break a stream or a database."""
    return json.dumps(value, separators=(",", ":"))


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return dumps(content).encode("ascii")


async def read_body(request: Request, *, limit: int = MAX_BODY) -> bytes:
    """Return the body, at most `limit` bytes of it, as it comes within 15 s."""
    try:
        return await asyncio.wait_for(_collect(request, limit), BODY_SECONDS)
    except asyncio.TimeoutError:
        raise Refusal("timeout") from None
    except ClientDisconnect:
        raise Refusal("bad_json") from None


async def _collect(request: Request, limit: int) -> bytes:
    """Collect the body. Of one that is too long some more is read and dropped: a browser that still sends hears no answer."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > max(limit, DRAINED if limit > MAX_BODY else 0):
            raise Refusal("too_long")
        if size <= limit:
            parts.append(part)
    if size > limit:
        raise Refusal("too_long")
    return b"".join(parts)


async def read_object(request: Request, *, empty_ok: bool = False) -> dict[str, Any]:
    """Return the body's JSON object."""
    body = await read_body(request)
    if empty_ok and not body.strip():
        return {}
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refusal("bad_json") from None
    if not isinstance(found, dict):
        raise Refusal("bad_json")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


async def read_form(request: Request, *, limit: int = MAX_BODY) -> dict[str, str]:
    """Return the fields of a form. A file in it becomes its text."""
    body = await read_body(request, limit=limit)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _parts(request, body, limit)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=max(400, limit // 250))
    except ValueError:
        raise Refusal("invalid") from None
    return dict(pairs)


async def _parts(request: Request, body: bytes, limit: int) -> dict[str, str]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        parser = MultiPartParser(request.headers, stream(), max_files=4, max_fields=400, max_part_size=limit)
        async with AsyncExitStack() as files:
            form = await parser.parse()
            files.push_async_callback(form.close)
            return {name: await _text_of(value) for name, value in form.multi_items()}
    except (MultiPartException, KeyError):
        raise Refusal("invalid") from None


async def _text_of(value: str | UploadFile) -> str:
    return value if isinstance(value, str) else (await value.read()).decode("utf-8", "replace")


def query_number(request: Request, name: str, *, low: float, high: float, default: float) -> float:
    """Return a number of the query string."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    try:
        number = float(text) if text.isascii() and len(text) < 20 else math.nan
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise Refusal("invalid", field=name)
    return number


def error_response(refusal: Refusal) -> Response:
    """Write the contract's error."""
    error: dict[str, str] = {"code": refusal.code, "message": words().errors[refusal.code]}
    if refusal.field:
        error["field"] = refusal.field
    response = Json({"error": error}, status_code=refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return for_reader(request, error)


async def on_unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreUnavailable)
    return for_reader(request, Refusal("unavailable", retry_after=2))


async def on_http_error(request: Request, error: Exception) -> Response:
    """Give Starlette's own errors (no such address, wrong method) the contract's form."""
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "internal" if error.status_code >= 500 else "invalid")
    response = for_reader(request, Refusal(code))
    response.headers.update(error.headers or {})
    return response


def for_reader(request: Request, refusal: Refusal) -> Response:
    """Write the error as a page where a person reads it, else as JSON."""
    response = error_response(refusal)
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return response
    page = Response(ERROR_PAGE.substitute(message=escape(words().errors[refusal.code]), phone=PHONE, href=PHONE_HREF))
    page.status_code = refusal.status
    page.headers["Content-Type"] = "text/html; charset=utf-8"
    if "Retry-After" in response.headers:
        page.headers["Retry-After"] = response.headers["Retry-After"]
    return page


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
