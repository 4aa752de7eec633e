"""`helpdesk up` with the real web process and a stand-in for Rasa that says which model it was given."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from helpdesk import snapshots
from helpdesk.processes import free_port
from helpdesk.settings import Settings, read_settings
from helpdesk.store import Store
from helpdesk.store.releases import Publication, Release
from tests.releases import draft
from tests.stand_in import stand_in_rasa
from tests.web import Chat

ROOT = Path(__file__).resolve().parent.parent
RASA = """
import http.server, json, pathlib, sys, time
if sys.argv[1] == "train":
    out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1]); out.mkdir(parents=True)
    (out / "20261120-170000-stand-in.tar.gz").write_text("one")
    sys.exit()
model = pathlib.Path(sys.argv[sys.argv.index("--model") + 1]).read_text()
if model == "broken":
    sys.exit("this model cannot be read")
time.sleep(2 if model == "large" else 0)
class Channel(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply({})
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(0.2 if asked["text"] == "slowly" else 0)
        self.reply({"turn": asked["turn"], "answers": [{"route": "answer", "text": "from " + model}], "context": None})
    def reply(self, body):
        data = json.dumps(body).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(data))); self.end_headers(); self.wfile.write(data)
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("-p") + 1])), Channel).serve_forever()
"""
WEB = """
import os
import helpdesk.app, helpdesk.following
from helpdesk.settings import read_settings
from tests.web import FakeSafety

def next_safety(settings, before):
    if (settings.data / "answers" / "unsafe.yml").exists():
        raise ValueError("Two sentences of the safety files fail.")
    return FakeSafety()

helpdesk.app.load_safety = lambda settings: FakeSafety()
helpdesk.following.next_safety = next_safety
settings = read_settings()
helpdesk.app.serve(settings, settings.rasa_url, settings.rasa_secret, follow=True)
"""
# KILL_AT=<point>: the process ends itself there with SIGKILL, once the file `kill` is in its state folder.
UP = f"""
import functools, os, signal, sys
from pathlib import Path
from helpdesk import live, programs, snapshots, supervisor, swapping
from helpdesk.console import Console
from helpdesk.editing import draft
from helpdesk.processes import Child
from helpdesk.settings import read_settings
from helpdesk.store.releases import Releases

def start_web(settings, root, rasa_url, secret):
    env = {{**os.environ, "HELPDESK_RASA_URL": rasa_url, "HELPDESK_RASA_SECRET_FILE": str(secret), "PYTHONPATH": {str(ROOT)!r}}}
    ready = functools.partial(programs.answers, programs.address(settings) + "/healthz")
    return Child([sys.executable, "-c", {WEB!r}, "helpdesk web"], env=env, cwd=str(root), answers=ready)

def die():
    if Path(os.environ["HELPDESK_STATE"], "kill").exists():
        os.kill(os.getpid(), signal.SIGKILL)

def before(owner, name):
    real = getattr(owner, name)
    setattr(owner, name, lambda *them, **more: (die(), real(*them, **more))[1])

def after(owner, name):
    real = getattr(owner, name)
    setattr(owner, name, lambda *them, **more: (real(*them, **more), die())[0])

def in_the_middle(owner, name):
    real, count = getattr(owner, name), []
    def half(path, text):
        count.append(1)
        die() if len(count) > 3 else None
        real(path, text)
    setattr(owner, name, half)

supervisor.start_web = start_web
supervisor.start_preparing = lambda *_: None  # tests/test_live.py
swapping.LEAVE_SECONDS = 2.0
{{
    "loading": lambda: after(swapping.Swapping, "begin"),
    "telling": lambda: before(live, "tell"),
    "told": lambda: after(live, "tell"),
    "followed": lambda: before(swapping.Swapping, "_take_over"),
    "putting back": lambda: in_the_middle(draft, "_replace"),
    "put back": lambda: after(snapshots, "put_back"),
    "live": lambda: after(Releases, "went_live"),
    None: lambda: None,
}}[os.environ.get("KILL_AT")]()
sys.exit(supervisor.Supervisor(read_settings(), Console(), root=Path(sys.argv[1])).run())
"""
TOPICS = 6


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    except OSError:
        return ""


class Swapped:
    """A checkout with its state folder; `up` starts a help desk in it."""

    def __init__(self, folder: Path) -> None:
        self.root, self.state = folder / "checkout", folder / "state"
        stand_in_rasa(self.root, RASA)
        self.write("one")
        (self.root / "endpoints.yml").write_text("one: 1\n", encoding="utf-8")
        self.environ = {
            "HELPDESK_STATE": str(self.state), "HELPDESK_PORT": str(free_port()), "HELPDESK_RATE_LIMIT": "off",
            "HELPDESK_DATA": str(self.root / "data"), "PYTHONPATH": os.pathsep.join([str(self.root), str(ROOT)]),
        }  # fmt: skip
        self.settings: Settings = read_settings(self.environ)
        self.client = httpx.Client(base_url=self.settings.public_url, timeout=20, trust_env=False)
        self.process: subprocess.Popen[str] | None = None
        self.listening: threading.Thread | None = None
        self.said = ""
        self.opened: Store | None = None

    @property
    def store(self) -> Store:
        if self.opened is None:
            self.opened = Store.open(self.settings)
        return self.opened

    def write(self, text: str) -> None:
        """Write another draft."""
        draft(self.root, **{f"topic_{number}": f"{text}: 1\n" for number in range(TOPICS)}, **{text: "own: 1\n"})

    def up(self, kill_at: str | None = None) -> Swapped:
        env = {**os.environ, **self.environ, **({"KILL_AT": kill_at} if kill_at else {})}
        argv = [sys.executable, "-u", "-c", UP, str(self.root)]
        self.process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.listening = threading.Thread(target=self._listen, args=(self.process,), daemon=True)
        self.listening.start()
        return self

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.said += line

    def until(self, done: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def wait(self, publication: Publication) -> Publication:
        """Wait until it is settled what became of it."""
        self.until(lambda: self.now(publication).state != "wanted")
        return self.now(publication)

    def now(self, publication: Publication) -> Publication:
        found = self.store.releases.publication(publication.id)
        assert found
        return found

    def live(self) -> str | None:
        live = self.store.releases.live()
        return live.release if live else None

    def begun(self) -> str:
        """Start, wait until the first release is live, and return it."""
        self.up().until(lambda: "sign in" in self.said and self.live())
        found = self.live()
        assert found
        return found

    def add(self, name: str) -> str:
        """Register the draft of this name as a release that may be published; its model says its name."""
        self.write(name)
        snapshot = snapshots.take(self.root, snapshots.content(self.state, name))
        snapshots.archive(self.state, name).write_text(name, encoding="utf-8")
        snapshots.seal(self.state, name, self.settings.secrets().signing[0])
        snapshots.note_code(self.state, name, snapshots.code_hash(self.root / "config.yml", self.root))
        self.store.releases.add(Release(name, self.store.clock(), None, "", snapshot, gate=[]))
        return name

    def answer(self) -> str:
        """Ask as a visitor, once the web process is there, and return the reply's words."""

        def is_up() -> bool:
            try:
                return self.client.get("/readyz").status_code == 200
            except httpx.TransportError:
                return False

        self.until(is_up)
        return str(Chat(self.client).ask("hello")["text"])

    def drafted(self) -> str:
        return snapshots.snapshot_hash(self.root)

    def pids(self, mark: str) -> list[int]:
        """Return the processes that it started whose command holds the mark, oldest first."""
        assert self.process is not None
        found = []
        for name in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                found += [int(pid) for pid in (name / "children").read_text().split()]
        return sorted(pid for pid in found if mark in _command(pid))

    def killed(self) -> None:
        """Wait until it has killed itself, and what it started has ended."""
        assert self.process is not None
        assert self.process.wait(60) == -signal.SIGKILL, self.said
        (self.state / "kill").unlink()
        self._close()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self._close()

    def _close(self) -> None:
        if self.process is not None and self.process.stdout is not None and self.listening is not None:
            # What it started holds the other end, and its ports, until it has ended.
            self.listening.join(60)
            assert not self.listening.is_alive(), self.said
            self.process.stdout.close()

    def close(self) -> None:
        self.end()
        self.client.close()
        if self.opened is not None:
            self.opened.close()
