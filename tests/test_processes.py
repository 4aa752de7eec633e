"""Children are restarted, stopped with all that they started, and never outlive us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdesk import processes
from helpdesk.errors import CommandError
from helpdesk.kept import Kept
from helpdesk.processes import Child, claimed, free_port, port_is_free
from tests.alive import lives, until

ROOT = Path(__file__).resolve().parent.parent
SLEEPER = "import time\nprint('up', flush=True)\ntime.sleep(60)"
STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(60)"
PARENT = (
    "import subprocess, sys, time\np = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(p.pid, flush=True)\ntime.sleep(60)"
)


@pytest.fixture
def start() -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def begin(code: str, **options: object) -> Child:
        children.append(Child([sys.executable, "-c", code], env=dict(os.environ), cwd=str(ROOT), **options))  # type: ignore[arg-type]
        return children[-1]

    yield begin
    for child in children:
        child.stop(patience=0.0)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "ASK_EVERY", (0.02, 0.02))
    monkeypatch.setattr(Kept, "PAUSES", (0.01, 0.02))


def test_a_child_is_heard_and_stopped(start: Callable[..., Child]) -> None:
    heard: list[str] = []
    child = start(SLEEPER, hear=lambda line, ready: heard.append(line))
    until(lambda: heard == ["up"])

    child.stop()

    assert not lives(child.pid)


def test_a_child_that_does_not_listen_is_ended(start: Callable[..., Child]) -> None:
    child = start(STUBBORN)
    until(lambda: list(child.last_lines) == ["up"])

    child.stop(patience=0.2)

    assert not lives(child.pid)


def test_what_a_child_started_is_stopped_too(start: Callable[..., Child]) -> None:
    child = start(PARENT)
    until(lambda: child.last_lines)
    grandchild = int(child.last_lines[0])

    child.stop()

    until(lambda: not lives(grandchild))


def test_a_child_does_not_outlive_a_killed_parent() -> None:
    code = (
        "import os, sys, time\nfrom helpdesk.processes import Child\n"
        "c = Child([sys.executable, '-c', 'import time; time.sleep(60)'], env=dict(os.environ), cwd='.')\n"
        "print(c.pid, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    # While it turns from the leash into the program its command line is empty for a moment.
    until(lambda: b"time.sleep" in b"".join(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[2:3]))

    parent.send_signal(signal.SIGKILL)
    parent.communicate()

    until(lambda: not lives(pid))


def test_a_dead_child_is_started_again(start: Callable[..., Child]) -> None:
    kept = Kept("rasa", lambda: start(SLEEPER, answers=lambda: True))
    until(lambda: kept.look() == "ready")
    assert kept.child
    first = kept.child.pid

    os.kill(first, signal.SIGKILL)

    until(lambda: kept.look() == "died")
    until(lambda: kept.ready or kept.look())
    until(lambda: kept.ready)
    assert kept.child and kept.child.pid != first


def test_a_child_that_goes_deaf_is_started_again(start: Callable[..., Child]) -> None:
    hears = iter([True] + [False] * 1000)
    kept = Kept("rasa", lambda: start(SLEEPER, answers=lambda: next(hears)))

    until(lambda: kept.look() == "died")


def test_a_child_that_never_answers_is_given_up(start: Callable[..., Child]) -> None:
    kept = Kept("rasa", lambda: start("print('the model is broken')"))

    until(lambda: kept.look() is None and kept.hopeless)

    assert kept.last_lines == ["the model is broken"]


def test_the_pauses_grow() -> None:
    assert list(Kept.PAUSES) == sorted(Kept.PAUSES)


def test_a_warning_of_a_package_is_not_its_last_word(start: Callable[..., Child]) -> None:
    child = start("print('/x/y.py:3: DeprecationWarning: old\\n  code()\\nreal trouble', flush=True)")
    until(lambda: not child.running)
    child.stop()

    assert list(child.last_lines) == ["real trouble"]


def test_one_help_desk_in_a_state_folder(tmp_path: Path) -> None:
    with claimed(tmp_path), pytest.raises(CommandError, match="HELPDESK_STATE"), claimed(tmp_path):
        pass


def test_a_free_port_is_free() -> None:
    assert port_is_free("127.0.0.1", free_port())


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this Linux does not share out between sessions")
def test_a_process_that_gives_way_gets_its_full_share_back(start: Callable[..., Child]) -> None:
    child = start(SLEEPER)

    def given() -> int:
        return int(Path(f"/proc/{child.pid}/autogroup").read_text().split()[-1])

    child.give_way(10)
    less = given()
    child.give_way(0)

    assert (less, given()) == (10, 0)
