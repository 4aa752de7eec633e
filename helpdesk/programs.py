"""The two programs that make up a help desk, the web process and Rasa: what each needs, and how it is started."""

from __future__ import annotations

import functools
import os
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import yaml

from helpdesk import training
from helpdesk.processes import Child
from helpdesk.rasa_log import RasaLog
from helpdesk.settings import Settings

# Bytes. By itself glibc keeps what a start has used and freed, some 40 MB of both processes.
SPARING = {"MALLOC_MMAP_THRESHOLD_": "1000000", "MALLOC_TRIM_THRESHOLD_": "1000000"}

QUIETLY = {
    "PYTHONUNBUFFERED": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    **SPARING,
}

LOCAL = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def _path(root: Path, env: Mapping[str, str]) -> str:
    return os.pathsep.join(filter(None, [str(root), env.get("PYTHONPATH")]))


def address(settings: Settings) -> str:
    """Return the address to open in a browser on this machine."""
    return f"http://{LOCAL.get(settings.host, settings.host)}:{settings.port}"


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


def start_preparing(settings: Settings, root: Path, content: Path) -> Child:
    """Make the safety net of a content that is to go live."""
    env = {**os.environ, **QUIETLY, "HELPDESK_STATE": str(settings.state), "PYTHONPATH": _path(root, os.environ)}
    argv = [sys.executable, "-m", "helpdesk.preparing", str(content)]
    return Child(argv, env=env, cwd=str(root))


def start_web(settings: Settings, root: Path, rasa_url: str, secret: Path) -> Child:
    """Start `helpdesk web`, told where Rasa will be."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("HELPDESK_RASA_")}
    env.update(
        HELPDESK_RASA_URL=rasa_url,
        HELPDESK_RASA_SECRET_FILE=str(secret),
        PYTHONPATH=_path(root, env),
        **QUIETLY,
    )
    log = settings.state / "logs" / "web.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Child(
        [sys.executable, "-m", "helpdesk", "web", "--follow"],
        env=env,
        cwd=str(root),
        hear=lambda line, _: append(log, line),
        answers=functools.partial(answers, f"{address(settings)}/healthz"),
    )


def start_rasa(root: Path, state: Path, model: Path, port: int, host: str = "127.0.0.1") -> Child:
    """Start `rasa run`, on loopback or on the address of a private network."""
    argv = [sys.executable, "-m", "extensions.rasa", *rasa_run(state, model, port, host)]
    log = RasaLog(state / "logs" / "rasa.log")
    ready = functools.partial(answers, f"http://{LOCAL.get(host, host)}:{port}/webhooks/helpdesk/")
    return Child(argv, env=_serving(root, state), cwd=str(root), hear=log.hear, answers=ready)


def start_rasa_forks(root: Path, state: Path, orders: Path) -> Child:
    """Start what imports Rasa once, and then becomes a server for each order in that folder."""
    argv = [sys.executable, "-m", "extensions.forks", str(orders)]
    return Child(argv, env=_serving(root, state), cwd=str(root), hear=RasaLog(state / "logs" / "rasa.log").hear)


def rasa_run(state: Path, model: Path, port: int, host: str = "127.0.0.1") -> list[str]:
    """Return the arguments of `rasa` with which it serves a model."""
    argv = ["run", "--quiet", "-i", host, "-p", str(port), "--model", str(model)]
    return [*argv, "--endpoints", str(state / "rasa" / "endpoints.yml"), "--credentials", str(state / "rasa" / "credentials.yml")]


def _serving(root: Path, state: Path) -> dict[str, str]:
    env = training.rasa_environment(root, state)
    env.update(training.ONE_THREAD, **SPARING, SANIC_REQUEST_MAX_SIZE="65536", LOG_LEVEL="ERROR", LOG_LEVEL_LIBRARIES="ERROR")
    return env


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
