"""What the benchmarks ask of the machine: its processes, their memory, a folder of state."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

MARKS = {"web": b"helpdesk\0web", "rasa": b"rasa\0run\0"}


def children(pid: int) -> list[int]:
    """Return the processes below one."""
    found = []
    with contextlib.suppress(OSError):  # it has just ended
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
    return found


def marked(pids: list[int], mark: bytes) -> list[int]:
    """Return those whose command has the mark, the oldest first."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            if mark in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append((Path(f"/proc/{pid}").stat().st_ctime, pid))
    return [pid for _, pid in sorted(found)]


def memory(pid: int) -> float:
    """Return what a process holds, in MB of 1024² bytes."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def tree_memory(pid: int) -> float:
    """Return what a process and all below it hold, in MB of 1024² bytes."""
    total = 0.0
    for one in (pid, *children(pid)):
        with contextlib.suppress(OSError, IndexError):  # it has just ended
            total += memory(one)
    return total


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has taken, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load() -> str:
    """Return how busy the machine is."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def add_state(reader: argparse.ArgumentParser) -> None:
    """Add the option `--state`."""
    reader.add_argument("--state", type=Path, help="a state folder that is there, with its encoder; else a new one")


@contextlib.contextmanager
def state_folder(given: Path | None) -> Iterator[Path]:
    """Give the folder, or a new one that is taken away afterwards."""
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as folder:
        yield Path(folder)


class Faults(threading.Thread):
    """Does one harm after the other (`hurt`), at random moments, until there were enough."""

    apart = (1.0, 7.0)  # seconds between two

    def __init__(self, kills: int, seed: int) -> None:
        super().__init__()
        self.kills, self.random = kills, random.Random(seed)
        self.over = threading.Event()
        self.done: Counter[str] = Counter()
        self.problems: list[str] = []

    def run(self) -> None:
        while self.done.total() < self.kills and not self.over.wait(self.random.uniform(*self.apart)):
            try:
                self.hurt()
            except Exception as error:
                self.problems.append(f"{type(error).__name__}: {error}")

    def hurt(self) -> None:
        """Do one harm and count it in `done`."""
        raise NotImplementedError

    def end(self) -> None:
        """Do no more harm."""
        self.over.set()
        self.join()
