"""The web process's log: one line for each thing that happened, with fields, and never a word that somebody wrote.

A line carries the code of the request and of the conversation that it belongs to. Of an error it holds the kind and the place:
its text could be a visitor's. Lines of other packages are cut to one line, for the same reason.
"""

from __future__ import annotations

import contextvars
import hashlib
import json
import logging
import secrets
import time
import traceback
from typing import Any

OURS = "helpdesk"
LONGEST_FOREIGN = 200
request_code: contextvars.ContextVar[str] = contextvars.ContextVar("request_code", default="")
conversation_code: contextvars.ContextVar[str] = contextvars.ContextVar("conversation_code", default="")


def code_of(conversation: str) -> str:
    """Return what stands for a conversation in logs and audit: the same each time, and no way back to it."""
    return hashlib.sha256(conversation.encode("utf-8", "replace")).hexdigest()[:16]


def begin_request() -> str:
    """Give what follows in this task a new code; return it."""
    code = secrets.token_hex(8)
    request_code.set(code)
    conversation_code.set("")
    return code


def about(conversation: str) -> None:
    """Say which conversation the rest of this task is about."""
    conversation_code.set(code_of(conversation))


def fields(**values: object) -> dict[str, dict[str, object]]:
    """Return the fields of a line, for `log.info("…", extra=fields(status=200))`."""
    return {"fields": values}


class Lines(logging.Formatter):
    """Writes a record as a line of text, or of JSON."""

    def __init__(self, form: str = "text") -> None:
        super().__init__()
        self.form = form

    def format(self, record: logging.LogRecord) -> str:
        found = self._fields(record)
        if self.form == "json":
            return json.dumps(found, default=str)
        head = " ".join(str(found.pop(name)) for name in ("at", "level", "logger"))
        message = found.pop("message")
        where = found.pop("where", "")
        told = " ".join(f"{name}={_plain(value)}" for name, value in found.items())
        return "\n".join(filter(None, [f"{head}: {message} {told}".rstrip(), where]))

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        found: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        codes = {"request": request_code.get(), "conversation": conversation_code.get()}
        found.update({name: code for name, code in codes.items() if code})
        found.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            found["error"] = record.exc_info[0].__name__
            found["where"] = "".join(traceback.format_tb(record.exc_info[2])).rstrip()
        return found


def set_up(level: str, form: str = "text") -> None:
    """Log to the standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(form))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for name in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _message(record: logging.LogRecord) -> str:
    """Return the message; of another package one short line, since asyncio for one adds an error's text in the next."""
    text = record.getMessage()
    if record.name.split(".")[0] == OURS:
        return text
    return text.split("\n", 1)[0][:LONGEST_FOREIGN]


def _plain(value: object) -> str:
    text = str(value)
    return text if text and not any(char.isspace() or char in '"=' for char in text) else json.dumps(text)
