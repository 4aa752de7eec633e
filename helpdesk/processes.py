"""A process of ours: started on a leash, listened to, asked whether it answers, and stopped with all that it started."""

from __future__ import annotations

import collections
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from helpdesk.errors import CommandError

LEASH = Path(__file__).with_name("leash.py")
PATIENCE = 10.0
ASK_EVERY = (0.3, 5.0)  # seconds, before and after the first answer
DEAF_AFTER = 6  # answers missed in a row
WARNING = re.compile(r".+:\d+: \w*Warning: ")


class Child:
    """One run of one program, in a process group of its own."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: str,
        hear: Callable[[str, bool], None] | None = None,
        answers: Callable[[], bool] | None = None,
    ) -> None:
        self.last_lines: collections.deque[str] = collections.deque(maxlen=15)
        self._hear = hear
        self._answers = answers
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._missed = 0
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if (nice := os.nice(0)) > 0:
            self.give_way(nice)  # a session of its own would get a full share again
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        if answers:
            self._threads.append(threading.Thread(target=self._keep_asking, daemon=True))
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ready(self) -> bool:
        """Whether it has answered at least once and still runs."""
        return self._ready.is_set() and self.running

    @property
    def was_ready(self) -> bool:
        return self._ready.is_set()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def deaf(self) -> bool:
        """Whether it once answered, still runs, and has not answered for half a minute."""
        return self.ready and self._missed >= DEAF_AFTER

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    @property
    def age(self) -> float:
        return time.monotonic() - self.began

    def last_words(self) -> str:
        """Return its last lines; of a child that has ended, those too that were still in the pipe."""
        if not self.running:
            self._threads[0].join(1.0)
        return "\n".join(self.last_lines)

    def give_way(self, much: int) -> None:
        """Leave the processor to other processes: `much` from 0, a full share, to 19."""
        give_way(self.pid, much)

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def stop(self, patience: float = PATIENCE) -> None:
        """Ask the whole group to end; after `patience` seconds, end it."""
        self.ask_to_stop()
        deadline = time.monotonic() + patience
        while self._group_lives() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._signal(signal.SIGKILL)
        self._ended.set()
        self._process.wait()
        for thread in self._threads:
            thread.join(1.0)
        if self._process.stdout is not None and not self._threads[0].is_alive():
            self._process.stdout.close()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def _group_lives(self) -> bool:
        self._process.poll()
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _listen(self) -> None:
        assert self._process.stdout is not None
        in_warning = False
        for raw in self._process.stdout:
            # Of a progress bar, which writes over itself, only the last state counts.
            line = raw.decode("utf-8", "replace").rstrip("\r\n").rpartition("\r")[2]
            # Python's warnings, of two lines and more, come from packages that nobody here can mend.
            in_warning = bool(WARNING.match(line)) or (in_warning and line.startswith(("  ", "Implementing ")))
            if in_warning or not line.strip():
                continue
            if not self._ready.is_set():
                self.last_lines.append(line)
            if self._hear:
                self._hear(line, self._ready.is_set())

    def _keep_asking(self) -> None:
        assert self._answers is not None
        while self.running and not self._ended.is_set():
            if self._answers():
                self._missed = 0
                self._ready.set()
            else:
                self._missed += 1
            self._ended.wait(ASK_EVERY[self._ready.is_set()])


def give_way(leader: int, much: int) -> None:
    """Set how much the session of this leader leaves to the others, where Linux shares the processor out between sessions.

    There `nice` counts within a session alone. And what is given here can be taken back without privileges. A process that
    leads no session has nothing to give.
    """
    with suppress(ProcessLookupError):
        if os.getsid(leader) != leader:
            return
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        try:
            Path(f"/proc/{leader}/autogroup").write_text(str(much), encoding="ascii")
            return
        except BlockingIOError:  # ten changes a second are allowed, whoever makes them
            time.sleep(0.02)
        except OSError:
            return  # nothing is shared out so here


ENDING = (signal.SIGTERM, signal.SIGINT)
LEFT = (*ENDING, signal.SIGHUP)  # the terminal is gone, too


@contextmanager
def on_stop(do: Callable[[], object], signals: Sequence[signal.Signals] = ENDING) -> Iterator[None]:
    """Do this, and nothing else, when a signal that means `stop` comes; afterwards they mean what they did before."""
    before = {number: signal.signal(number, lambda *_: do()) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def claimed(state: Path) -> Iterator[None]:
    """Hold the state folder: one help desk at a time in each."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / "running").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"A help desk is running in {state}. Stop it first, or give this one a folder and a port of its own: "
                "HELPDESK_STATE and HELPDESK_PORT."
            ) from None
        yield


def is_claimed(state: Path) -> bool:
    """Whether a help desk runs in the state folder."""
    try:
        with (state / "running").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def free_port() -> int:
    """Return a loopback port that nobody listens on, below those that the system gives to outgoing connections."""
    for number in _shuffled(range(20000, 30000)):
        if port_is_free("127.0.0.1", number):
            return number
    raise OSError("no free port between 20000 and 30000")


def port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _shuffled(numbers: range) -> list[int]:
    start = int.from_bytes(os.urandom(4), "big") % len(numbers)
    return [numbers[(start + 7919 * i) % len(numbers)] for i in range(len(numbers))]
