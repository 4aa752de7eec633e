"""A help desk of our own on free ports, for measuring and for tests: `helpdesk up` in a child process."""

from __future__ import annotations

import functools
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpdesk.console import Console
from helpdesk.errors import CommandError
from helpdesk.processes import Child, free_port
from helpdesk.programs import answers
from helpdesk.settings import ROOT

PATIENCE = 900.0
LEFT = shutil.ignore_patterns("tmp*", "vectors.db*")  # half written, or for trainings alone


@dataclass(frozen=True)
class Instance:
    """One running help desk."""

    url: str
    state: Path
    child: Child
    said: list[str]


@contextmanager
def instance(
    state: Path, *, console: Console | None = None, environ: Mapping[str, str] | None = None, root: Path = ROOT
) -> Iterator[Instance]:
    """Start `helpdesk up` in the folder `state`, wait until it would answer a question, and stop it at the end."""
    port = free_port()
    env = {**os.environ, "HELPDESK_RATE_LIMIT": "off", **(environ or {})}
    env.update(HELPDESK_HOST="127.0.0.1", HELPDESK_PORT=str(port), HELPDESK_STATE=str(state))
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), env.get("PYTHONPATH")]))
    url = f"http://127.0.0.1:{port}"
    said: list[str] = []
    child = Child(
        [sys.executable, "-m", "helpdesk", "up"],
        env=env,
        cwd=str(root),
        hear=lambda line, _: _hear(said, console, line),
        answers=functools.partial(answers, f"{url}/readyz"),
    )
    try:
        _wait(child)
        yield Instance(url, state, child, said)
    finally:
        child.stop(patience=20.0)


def take_over(state: Path, *, encoder: Path, safety: Path) -> None:
    """Put a converted encoder and the safety nets made with it into a new state folder, so that none is made again."""
    for name, made in (("encoder", encoder), ("safety", safety)):
        if made.is_dir():
            shutil.copytree(made, state / name, ignore=LEFT)


def _hear(said: list[str], console: Console | None, line: str) -> None:
    said.append(line)
    if console:
        console.line("", line.strip())


def _wait(child: Child) -> None:
    deadline = time.monotonic() + PATIENCE
    while not child.ready:
        if not child.running or time.monotonic() > deadline:
            raise CommandError("The help desk did not start. Its last words:\n" + child.last_words())
        time.sleep(0.1)
