"""`helpdesk up`: train if there is no fitting model, start the web process and Rasa, keep both up, stop all of it together."""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from helpdesk import training
from helpdesk.console import Console
from helpdesk.errors import CommandError
from helpdesk.processes import Child, Kept, claimed, free_port, port_is_free
from helpdesk.rasa_log import RasaLog
from helpdesk.settings import ROOT, Settings

TICK = 0.2


class Stopped(Exception):
    """Ctrl-C or SIGTERM came."""


class Supervisor:
    """One running help desk in one state folder."""

    def __init__(self, settings: Settings, console: Console, *, root: Path = ROOT) -> None:
        self.settings = settings
        self.console = console
        self.root = root
        self.state = settings.state
        self.rasa_port = free_port()
        self.kept: list[Kept] = []
        self._stop = threading.Event()
        self._timings = Timings(self.state / "timings.json")
        self._began = time.monotonic()

    def run(self) -> int:
        """Run until asked to stop. Raises CommandError where the start is impossible."""
        with ExitStack() as stack:
            stack.enter_context(claimed(self.state))
            stack.enter_context(self._signals())
            self._check_port()
            stack.callback(self._stop_all)
            try:
                self._serve()
            except Stopped:
                return 0

    def _serve(self) -> None:
        secret = write_secret(self.state / "secrets" / "channel")
        write_rasa_files(self.root, self.state, secret)
        # The page comes first: while the rest starts it says so and gives the line.
        self._keep("web", functools.partial(start_web, self.settings, self.root, self._rasa_url, secret))
        model = self._fitting_model()
        self._keep("rasa", functools.partial(start_rasa, self.root, self.state, model, self.rasa_port))
        self.console.begin("start", f"loading {model.relative_to(self.root)}", self._timings.last("start"))
        loading = time.monotonic()
        self._until(lambda: all(kept.ready for kept in self.kept))
        self._timings.note("start", time.monotonic() - loading)
        self.console.end("ready", f"{address(self.settings)}   after {time.monotonic() - self._began:.0f} s. Ctrl-C stops it.")
        self._until(lambda: False)

    @property
    def _rasa_url(self) -> str:
        return f"http://127.0.0.1:{self.rasa_port}"

    def _keep(self, name: str, start: Callable[[], Child]) -> None:
        self.kept.append(Kept(name, start))
        self._tick(0)

    def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            self._tick(TICK)

    def _tick(self, seconds: float) -> None:
        """Wait a moment, then see to the children. Raises Stopped."""
        if self._stop.wait(seconds):
            raise Stopped
        for kept in self.kept:
            was_up = kept.ever_ready
            if kept.look() == "died" and was_up:
                self.console.line(kept.name, "died; it is started again")
            if kept.hopeless:
                raise CommandError(f"{kept.name} does not start. Its last words:\n" + "\n".join(kept.last_lines))
        self.console.tick()

    def _fitting_model(self) -> Path:
        """Return the newest model, after training one if none fits what is in data/."""
        while True:
            model = training.newest(self.root)
            if model and training.fits(self.root, model):
                return model.path
            with training.turn_to_train(self.root) as my_turn:
                if my_turn:
                    return self._train(model)
            self._tick(1.0)

    def _train(self, before: training.Model | None) -> Path:
        why = "no model yet: training" if before is None else "the content has changed: training"
        self.console.begin("train", why, before.seconds if before else None)
        job = training.Training(self.root, self.state)
        try:
            self._until(lambda: not job.running)
        except BaseException:
            job.stop()
            raise
        model = job.finish()
        self.console.end("train", f"made {model.path.relative_to(self.root)} in {model.seconds:.0f} s")
        return model.path

    def _check_port(self) -> None:
        host, port = self.settings.host, self.settings.port
        if not port_is_free(host, port):
            raise CommandError(
                f"Port {port} on {host} is taken. Stop what listens there, or choose another: HELPDESK_PORT={port + 1} make run"
            )

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn the signals that mean `stop` into a flag."""
        before = {n: signal.signal(n, self._on_signal) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, *_: object) -> None:
        self._stop.set()

    def _stop_all(self) -> None:
        """Stop everything, all at the same time, so that it takes as long as the slowest."""
        self.console.end("stop", "stopping every process …")
        threads = [threading.Thread(target=kept.stop) for kept in self.kept]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.console.line("stop", "stopped")


class Timings:
    """How long things took last time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self, name: str) -> float | None:
        found = self._read().get(name)
        return float(found) if isinstance(found, (int, float)) else None

    def note(self, name: str, seconds: float) -> None:
        self._path.write_text(json.dumps({**self._read(), name: round(seconds, 1)}) + "\n", encoding="utf-8")

    def _read(self) -> dict[str, object]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def address(settings: Settings) -> str:
    """Return the address to open in a browser on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"


def write_secret(path: Path) -> Path:
    """Make the channel's secret at the first start, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(os.urandom(32).hex() + "\n")
    return path


def write_rasa_files(root: Path, state: Path, secret: Path) -> None:
    """Write Rasa's endpoints and credentials for this state folder."""
    folder = state / "rasa"
    folder.mkdir(exist_ok=True, mode=0o700)
    (folder / "endpoints.yml").write_text((root / "endpoints.yml").read_text(encoding="utf-8"), encoding="utf-8")
    credentials = {"extensions.channel.HelpdeskInput": {"secret_file": str(secret)}}
    (folder / "credentials.yml").write_text(yaml.safe_dump(credentials), encoding="utf-8")


def start_web(settings: Settings, root: Path, rasa_url: str, secret: Path) -> Child:
    """Start `helpdesk web`, told where Rasa will be."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("HELPDESK_RASA_")}
    env.update(
        HELPDESK_RASA_URL=rasa_url,
        HELPDESK_RASA_SECRET_FILE=str(secret),
        PYTHONPATH=os.pathsep.join(filter(None, [str(root), env.get("PYTHONPATH")])),
        PYTHONUNBUFFERED="1",
        SQLALCHEMY_SILENCE_UBER_WARNING="1",
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
    )
    log = settings.state / "logs" / "web.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Child(
        [sys.executable, "-m", "helpdesk", "web"],
        env=env,
        cwd=str(root),
        hear=lambda line, _: append(log, line),
        answers=functools.partial(answers, f"{address(settings)}/healthz"),
    )


def start_rasa(root: Path, state: Path, model: Path, port: int) -> Child:
    """Start stock `rasa run` on loopback."""
    env = training.rasa_environment(root, state)
    env.update(training.ONE_THREAD, SANIC_REQUEST_MAX_SIZE="65536", LOG_LEVEL="ERROR", LOG_LEVEL_LIBRARIES="ERROR")
    argv = [sys.executable, "-m", "rasa", "run", "--quiet", "-i", "127.0.0.1", "-p", str(port), "--model", str(model)]
    argv += ["--endpoints", str(state / "rasa" / "endpoints.yml"), "--credentials", str(state / "rasa" / "credentials.yml")]
    log = RasaLog(state / "logs" / "rasa.log")
    ready = functools.partial(answers, f"http://127.0.0.1:{port}/webhooks/helpdesk/")
    return Child(argv, env=env, cwd=str(root), hear=log.hear, answers=ready)


def append(path: Path, line: str) -> None:
    """Add a line to a log, keeping one older file beside it."""
    if path.exists() and path.stat().st_size > 5_000_000:
        path.replace(path.with_suffix(".log.1"))
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def answers(url: str) -> bool:
    """Whether a GET is answered with 200 within five seconds."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, ValueError):
        return False
