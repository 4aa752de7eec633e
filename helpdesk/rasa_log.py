"""Rasa's output on its way to the log: after the start no word of a visitor may pass.

Rasa logs messages, slots and whole stack frames. What passes is a short list of shapes that can hold none of it.
"""

from __future__ import annotations

import re
from pathlib import Path
from threading import Lock

LARGEST = 5_000_000
ANSI = re.compile(r"\x1b\[[0-9;]*m")
HEAD = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s+(?:\[?(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)\s*\]?)\s+"
    r"\[?(?P<logger>[\w.]+)\]?\s*(?:-\s*)?(?P<rest>.*)",
    re.IGNORECASE,
)
EVENT = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
OURS = re.compile(r"A turn failed: \w+")
FRAME = re.compile(r'\s*File "[^"\n]+", line \d+, in [\w<>]+')
RAISED = re.compile(r"(?P<name>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning))(?::|$)")


def safe(line: str) -> str | None:
    """Return what of the line may be kept, or None."""
    line = ANSI.sub("", line).rstrip()
    head = HEAD.fullmatch(line)
    if head:
        return f"{head['at']} {head['level'].upper()} {head['logger']} {_told(head['rest'])}".rstrip()
    if FRAME.fullmatch(line) and '"' not in line.split('"', 2)[2]:
        return line
    raised = RAISED.match(line)
    return raised["name"] if raised else None


def _told(rest: str) -> str:
    """Return the name of the event, which Rasa's code fixes, or our own sentence; nothing else."""
    for shape in (OURS, EVENT):
        found = shape.match(rest)
        if found:
            return found[0]
    return ""


class RasaLog:
    """HELPDESK_STATE/logs/rasa.log, with one older file beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def hear(self, line: str, serving: bool) -> None:
        """Keep the line: whole while Rasa starts, when no visitor can have spoken to it, and only what is safe afterwards."""
        kept = safe(line) if serving else ANSI.sub("", line)
        if kept is None:
            return
        with self._lock:
            self._turn_over()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(kept + "\n")

    def _turn_over(self) -> None:
        if self._path.exists() and self._path.stat().st_size > LARGEST:
            self._path.replace(self._path.with_suffix(".log.1"))
