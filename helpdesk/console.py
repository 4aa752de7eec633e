"""What `helpdesk` says on the terminal: one line for each thing that it does, with the time it took."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class Console:
    """Lines of the form `what      text`. On a terminal the line of the thing in hand counts the seconds."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._open = ""
        self._began = 0.0

    def line(self, what: str, text: str) -> None:
        """Write one line."""
        self._write(f"  {what:<9} {text}\n")
        self.tick()

    def begin(self, what: str, text: str, last: float | None = None) -> None:
        """Say what is begun and how long it took last time."""
        before = f" (last time: {last:.0f} s)" if last else ""
        self._began = time.monotonic()
        if self._live:
            self._open = f"  {what:<9} {text}{before} …"
            self.tick()
        else:
            self._write(f"  {what:<9} {text}{before} …\n")

    def tick(self) -> None:
        """Bring the seconds of the open line up to date."""
        if self._open:
            self._out.write(f"\r\x1b[K{self._open} {time.monotonic() - self._began:.0f} s")
            self._out.flush()

    def end(self, what: str, text: str) -> None:
        """Replace the open line by its outcome."""
        was, self._open = self._open, ""
        self._write(("\r\x1b[K" if was else "") + f"  {what:<9} {text}\n")

    def _write(self, text: str) -> None:
        if self._open:
            text = "\r\x1b[K" + text
        self._out.write(text)
        self._out.flush()
