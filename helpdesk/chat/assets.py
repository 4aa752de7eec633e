"""The widget's module, under a name that changes with what it holds, and the page that shows it."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from string import Template

import yaml
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from helpdesk.chat.page_view import environment
from helpdesk.conversation import greeting
from helpdesk.errors import Refusal
from helpdesk.web import dumps
from helpdesk.words import Words

HERE = Path(__file__).parent / "widget"
ENTRY = Template('export * from "./$hash/widget.js";\nimport "./$hash/words.js";\n')
IMPORT = re.compile(r'^import .+ from "\./(\w+)\.js";\n', re.M)
EXPORT = re.compile(r"^export (?!\{)", re.M)
COMMENT = re.compile(r"^ *(?://|/\*).*\n|^\n|(?<=[;{}]) // .*$", re.M)
SHORT, LONG = "public, max-age=300", "public, max-age=31536000, immutable"
SCRIPT = "text/javascript; charset=utf-8"


@dataclass(frozen=True)
class Asset:
    """A file as it is sent, plain and compressed."""

    plain: bytes

    @cached_property
    def small(self) -> bytes:
        return gzip.compress(self.plain, 9, mtime=0)


class Widget:
    """`/widget/v1.js` for the pages of others, the modules behind it, and our own page with the widget on it."""

    def __init__(self, words: Words) -> None:
        self.files = {"widget.js": Asset(joined()), "words.js": Asset(spoken(words))}
        self.hash = hashlib.sha256(b"".join(file.plain for file in self.files.values())).hexdigest()[:16]
        self.entry = Asset(ENTRY.substitute(hash=self.hash).encode("ascii"))
        self.templates = environment()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/widget/v1.js", self.stable, methods=["GET"]),
            Route("/widget/{hash}/{name}", self.hashed, methods=["GET"]),
        ]

    async def home(self, request: Request) -> Response:
        return Response(self.templates.get_template("home.html").render(), media_type="text/html")

    async def stable(self, request: Request) -> Response:
        return _script(request, self.entry, SHORT)

    async def hashed(self, request: Request) -> Response:
        """Send a module; the address of an earlier one leads to today's, since a kept `v1.js` may still ask for it."""
        name = request.path_params["name"]
        if name not in self.files:
            raise Refusal("not_found")
        if request.path_params["hash"] != self.hash:
            return RedirectResponse(f"/widget/{self.hash}/{name}", status_code=307)
        return _script(request, self.files[name], LONG)


def joined() -> bytes:
    """Join the widget's modules into one file, each once and after those that it imports, without comments."""
    parts: list[str] = []
    done = {"words"}

    def add(name: str) -> None:
        if name in done:
            return
        done.add(name)
        text = (HERE / f"{name}.js").read_text(encoding="utf-8")
        for other in IMPORT.findall(text):
            add(other)
        parts.append(EXPORT.sub("", COMMENT.sub("", IMPORT.sub("", text))))

    add("widget")
    return "".join(['import words from "./words.js";\n', *parts, "export { MsNavigatorChat };\n"]).encode("utf-8")


def spoken(words: Words) -> bytes:
    """What the widget says, and the first event of every conversation, so that it can be shown before there is one."""
    own = yaml.safe_load((HERE / "words.yml").read_text(encoding="utf-8"))
    first = {name: part for name, part in greeting(words).items() if name not in ("answers", "actions")}
    return f"export default {dumps({**own, 'greeting': first})};\n".encode("ascii")


def _script(request: Request, asset: Asset, cache: str) -> Response:
    packed = "gzip" in request.headers.get("accept-encoding", "")
    response = Response(asset.small if packed else asset.plain, headers={"Content-Type": SCRIPT, "Cache-Control": cache})
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers.add_vary_header("Accept-Encoding")
    return response
