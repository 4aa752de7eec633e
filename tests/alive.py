"""Whether a process still lives: one that has ended and was not yet buried does not."""

from __future__ import annotations

from pathlib import Path


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
