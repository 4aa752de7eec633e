"""Two web processes and two Rasas on one PostgreSQL ledger behind nginx, each a process of its own that can be killed.

Real: PostgreSQL, nginx with deploy/nginx.conf, the web process, `helpdesk rasa`. Rasa itself and the safety net are stand-ins,
so that a start takes a second: as a program this module is either process.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from helpdesk import snapshots
from helpdesk.console import Console
from helpdesk.processes import Child, free_port, on_stop
from helpdesk.programs import answers
from helpdesk.settings import ROOT, Settings, read_settings
from helpdesk.store import Store
from helpdesk.store.release_rows import Publication, Release, new_id
from tests.postgres import must_be_there, started
from tests.releases import draft

CALLBACK_KEY = "b2theCBva2F5IG9rYXkgb2theSBva2F5IG9rYXkgISE="
NGINX = """
daemon off;
pid nginx.pid;
error_log stderr warn;
worker_processes 2;
worker_shutdown_timeout 60s;
events { worker_connections 2048; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""


class Program:
    """One process that ends with us, and that can be killed and started again."""

    def __init__(
        self, argv: list[str], env: dict[str, str], log: Path, well: Callable[[], bool], user: str | None = None
    ) -> None:
        self.argv, self.env, self.log, self.well, self.user = argv, env, log, well, user
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self.process = started(self.argv, self.log, user=self.user, env=self.env, cwd=ROOT)

    def wait(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not self.well():
            assert self.process and self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it as it is, without a word; what it started on a leash ends with it."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


class Place:
    """All of it. `releases` is the folder that the machines share; each has a state folder of its own."""

    def __init__(self, folder: Path, database: str, *, webs: int = 2, rasas: int = 2, real: bool = False) -> None:
        """`real`: with Rasa and the safety net as they are, and this repository's content; it takes minutes."""
        self.folder = folder
        self.real = real
        self.root = ROOT if real else draft(folder / "root", tob1="tob1: 1\n")
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")},
            "HELPDESK_DATABASE_URL": database,
            "HELPDESK_DATA": str(self.root / "data"),
            "HELPDESK_RATE_LIMIT": "off",
            "HELPDESK_SECRET_KEY": "k" * 40,
            "HELPDESK_CALLBACK_KEY": CALLBACK_KEY,
            "HELPDESK_RASA_SECRET": "a secret of the channel",
            "PYTHONPATH": str(ROOT),
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        }
        self.ports = [free_port() for _ in range(webs)]
        self.settings = self._settings("own")
        self.store = Store.open(self.settings)
        self.first = self._migrated() if real else self.add("first", kind="first")
        self.webs = [self._web(number) for number in range(webs)]
        self.rasas = [self._program("rasa", f"rasa{number}") for number in range(rasas)]
        self.nginx = Nginx(folder / "nginx", self.ports)
        self.url = self.nginx.url
        for program in (*self.webs, self.nginx.program):
            program.wait()
        self.wait_for(self.first)

    def add(self, text: str, kind: str = "publish") -> Publication:
        """Register a draft of this text as a release, and want it live."""
        draft(self.root, tob1=f"{text}: 1\n")
        id = new_id(self.store.clock())
        snapshot = snapshots.take(self.root, snapshots.content(self.settings.state, id))
        snapshots.archive(self.settings.state, id).write_text(text)
        snapshots.seal(self.settings.state, id, self.settings.secrets().signing[0])
        self.store.releases.add(Release(id, self.store.clock(), None, "made from", snapshot, gate=[]))
        live = self.store.releases.live()
        return self.store.releases.want(id, staff=None, kind=kind, note=text, expected=live.id if live else None)

    def wait_for(self, publication: Publication, state: str = "live") -> None:
        """Wait until the register says so, and every web process asks the Rasas of what is live."""
        deadline = time.monotonic() + (600 if self.real else 120)
        while time.monotonic() < deadline:
            found = self.store.releases.publication(publication.id)
            if found and found.state == state and all(answers(f"http://127.0.0.1:{port}/readyz") for port in self.ports):
                return
            time.sleep(0.1)
        logs = "\n".join(path.read_text()[-1500:] for path in self.folder.glob("*.log"))
        raise AssertionError(f"{found}\n{self.store.replicas.seen()}\n{logs}")

    def _migrated(self) -> Publication:
        env = {**self.env, "HELPDESK_STATE": str(self.settings.state)}
        subprocess.run([sys.executable, "-m", "helpdesk", "migrate"], env=env, cwd=ROOT, check=True)
        found = self.store.releases.wanted()
        assert found
        return found

    def web(self, number: int) -> str:
        return f"http://127.0.0.1:{self.ports[number]}"

    def close(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(Program.stop, (self.nginx.program, *self.webs, *self.rasas)))
        self.store.close()

    def _web(self, number: int) -> Program:
        port = self.ports[number]
        more = {"HELPDESK_PORT": str(port), "HELPDESK_STUDIO": "on" if number == 0 else "off"}
        return self._program("web", f"web{number}", lambda: answers(f"http://127.0.0.1:{port}/healthz"), **more)

    def _program(self, what: str, name: str, well: Callable[[], bool] = lambda: True, **more: str) -> Program:
        env = {**self.env, "HELPDESK_STATE": str(self._settings(name).state), **more}
        module = "helpdesk" if self.real else "tests.replicas"
        return Program([sys.executable, "-m", module, what], env, self.folder / f"{name}.log", well)

    def _settings(self, name: str) -> Settings:
        shared, state = self.folder / "releases", self.folder / name
        shared.mkdir(exist_ok=True)
        state.mkdir(exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            (state / "releases").symlink_to(shared)
        return read_settings({**self.env, "HELPDESK_STATE": str(state)})


class Nginx:
    """nginx with the configuration of deploy/, as a user without rights."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        must_be_there("nginx", found)
        user = "nobody" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="helpdesk-nginx-"))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        filled = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
        servers = "\n    ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in ports)
        for name, value in (
            ("LISTEN", f"127.0.0.1:{port}"),
            ("WEB_SERVERS", servers),
            ("STUDIO_SERVER", f"127.0.0.1:{ports[0]}"),
        ):
            filled = filled.replace(f"${{{name}}}", value)
        (self.folder / "site.conf").write_text(filled, encoding="utf-8")
        (self.folder / "nginx.conf").write_text(NGINX, encoding="utf-8")
        if user:
            shutil.chown(self.folder, user)
        argv = [str(found), "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr"]
        log = folder.with_name("nginx.log")
        self.program = Program(argv, dict(os.environ), log, lambda: answers(f"{self.url}/nginx-health"), user)

    def reload(self) -> None:
        assert self.program.process
        self.program.process.send_signal(signal.SIGHUP)


@contextlib.contextmanager
def place(folder: Path, database: str, **more: Any) -> Iterator[Place]:
    made = Place(folder, database, **more)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(made.nginx.folder, ignore_errors=True)


def client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=30, trust_env=False)


# ---- the two programs


class FakeRasa(BaseHTTPRequestHandler):
    """Answers as the channel does, with the text of its model."""

    protocol_version = "HTTP/1.1"
    model = ""

    def do_GET(self) -> None:
        self._send({"status": "ok"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {
            "route": "answer",
            "text": f"{self.model}: {asked['text']}",
            "topic": "tob1",
            "aspect": "whole",
            "confidence": 0.9,
        }
        self._send({"turn": asked["turn"], "answers": [answer], "context": {"turns": 1}})

    def _send(self, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


def run_web() -> None:
    from helpdesk import app, following
    from helpdesk.chat import worker
    from helpdesk.store import turns
    from tests.web import FakeSafety

    turns.LEASE_SECONDS, worker.SWEEP_SECONDS = 5.0, 1.0  # the stand-in answers at once: nobody has to wait so long

    class Settled(FakeSafety):
        settled = True

    app.load_safety = lambda settings: Settled()  # type: ignore[assignment]
    following.prepare_beside = lambda settings, content: None
    following.next_safety = lambda settings, before=None: Settled()  # type: ignore[assignment]
    settings = read_settings()
    app.serve(settings, settings.rasa_url, settings.rasa_secret)


def run_rasa() -> None:
    from helpdesk.replica_rasa import RasaReplica

    def start(model: Path, port: int) -> Child:
        argv = [sys.executable, "-m", "tests.replicas", "fake", str(model), str(port)]
        ready = f"http://127.0.0.1:{port}/"
        return Child(argv, env=os.environ, cwd=str(ROOT), hear=lambda line, _: print(line), answers=lambda: answers(ready))

    settings = read_settings()
    stop = threading.Event()
    with on_stop(stop.set), Store.opened(settings) as store:
        RasaReplica(settings, store, Console(), start).run(stop)


def run_fake(model: str, port: str) -> None:
    FakeRasa.model = Path(model).read_text()
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), FakeRasa)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(0.05)


if __name__ == "__main__":
    {"web": run_web, "rasa": run_rasa, "fake": run_fake}[sys.argv[1]](*sys.argv[2:])
