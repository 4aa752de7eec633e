"""`helpdesk up`, with a cheap stand-in for Rasa and for the web process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from helpdesk.processes import free_port
from tests.stand_in import stand_in_rasa

ROOT = Path(__file__).resolve().parent.parent
SERVER = """
import http.server, sys
class Hook(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[-1])), Hook).serve_forever()
"""
# The web process follows what is live, as the real one does: tests/test_live.py.
WEB = f"""
import json, os, pathlib, threading, time
state = pathlib.Path(os.environ["HELPDESK_STATE"])
def follow():
    while True:
        time.sleep(0.05)
        try:
            told = json.loads((state / "live.json").read_text())
        except (OSError, ValueError):
            continue
        (state / ".web.json").write_text(json.dumps({{"publication": told["publication"], "refused": None}}))
        (state / ".web.json").replace(state / "web.json")
threading.Thread(target=follow, daemon=True).start()
exec({SERVER!r})
"""
RASA = f"""
import os, pathlib, sys
open(os.path.join(os.environ["HELPDESK_STATE"], "rasa-calls"), "a").write(sys.argv[1] + " " + str(os.getpid()) + "\\n")
if sys.argv[1] == "train":
    if (pathlib.Path(__file__).parent.parent / "broken").exists():
        sys.exit("a file of the content is broken")
    out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1]); out.mkdir(parents=True)
    (out / "20261120-170000-stand-in.tar.gz").write_bytes(b"")
elif os.path.exists("stuck"):
    import time
    print("this model cannot be read", flush=True)
    time.sleep(60)
else:
    sys.argv.append(sys.argv[sys.argv.index("-p") + 1])
    exec({SERVER!r})
"""
UP = f"""
import functools, os, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from helpdesk import programs, supervisor
from helpdesk.console import Console
from helpdesk.errors import HelpdeskError
from helpdesk.processes import Child
from helpdesk.settings import read_settings

def start_web(settings, root, rasa_url, secret):
    argv = [sys.executable, "-c", {WEB!r}, str(settings.port)]
    ready = functools.partial(programs.answers, programs.address(settings) + "/healthz")
    return Child(argv, env=dict(os.environ), cwd=str(root), answers=ready)

supervisor.start_web = start_web
supervisor.PATIENCE = float(os.environ.get("PATIENCE", supervisor.PATIENCE))
try:
    sys.exit(supervisor.Supervisor(read_settings(), Console(), root=Path(sys.argv[1])).run())
except HelpdeskError as error:
    sys.exit(str(error))
"""


class Up:
    """One `helpdesk up` and what it said."""

    def __init__(self, root: Path, state: Path, port: int) -> None:
        env = {**os.environ, "HELPDESK_STATE": str(state), "HELPDESK_PORT": str(port), "HELPDESK_HOST": "127.0.0.1"}
        env.update(HELPDESK_DATA=str(root / "data"), PYTHONPATH=str(root))
        argv = [sys.executable, "-u", "-c", UP, str(root)]
        self.process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.state, self.port = state, port
        self.said = ""
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def wait_for(self, word: str) -> Up:
        self.until(lambda: word in self.said)
        return self

    def until(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + 30
        while not done():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def live(self) -> str:
        """Return which release is live by the register."""
        with closing(sqlite3.connect(self.state / "ledger.db")) as db:
            return "".join(row[0] for row in db.execute("SELECT release FROM publications WHERE state = 'live'"))

    def calls(self, what: str) -> list[int]:
        path = self.state / "rasa-calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [int(line.split()[1]) for line in lines if line.startswith(what)]

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(30)
        self.thread.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a stand-in for Rasa, which is found before the real one."""
    root = tmp_path / "checkout"
    stand_in_rasa(root, RASA)
    (root / "data" / "answers").mkdir(parents=True)
    (root / "data" / "answers" / "tob1.yml").write_text("tob1: 1\n", encoding="utf-8")
    for name in ("config.yml", "domain.yml", "endpoints.yml"):
        (root / name).write_text("one: 1\n", encoding="utf-8")
    return root


@pytest.fixture
def up(root: Path, tmp_path: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def start(state: str = "state", port: int | None = None) -> Up:
        started.append(Up(root, tmp_path / state, port or free_port()))
        return started[-1]

    yield start
    for one in started:
        one.end()


def test_the_first_start_trains_and_says_so(up: Callable[..., Up]) -> None:
    desk = up().wait_for("ready")

    assert "no model yet" in desk.said
    assert f"http://127.0.0.1:{desk.port}" in desk.said
    assert len(desk.calls("train")) == 1


def test_where_nobody_can_sign_in_a_link_is_printed(up: Callable[..., Up]) -> None:
    desk = up().wait_for("sign in")

    assert f"http://127.0.0.1:{desk.port}/desk/link/" in desk.said


def test_a_model_that_does_not_load_is_told_of(up: Callable[..., Up], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATIENCE", "0.5")
    (root / "stuck").touch()

    desk = up().wait_for("not ready after")

    desk.until(lambda: "this model cannot be read" in desk.said)


def test_the_second_start_does_not_train(up: Callable[..., Up]) -> None:
    up().wait_for("ready").end()

    desk = up().wait_for("ready")

    assert "train" not in desk.said
    assert "last time" in desk.said
    assert len(desk.calls("train")) == 1


def test_what_is_live_is_trained_again_where_the_program_has_changed(up: Callable[..., Up], root: Path) -> None:
    up().wait_for("ready").end()
    (root / "config.yml").write_text("one: 2\n", encoding="utf-8")

    desk = up().wait_for("ready")

    assert "the program has changed" in desk.said
    assert len(desk.calls("train")) == 2
    assert "draft" not in desk.said


def test_a_changed_draft_does_not_go_live_and_the_start_says_so(up: Callable[..., Up], root: Path) -> None:
    first = up().wait_for("sign in")
    first.until(lambda: first.live())
    first.end()
    live = first.live()
    (root / "data" / "answers" / "tob1.yml").write_text("tob1: 2\n", encoding="utf-8")

    desk = up().wait_for("sign in")

    assert len(desk.calls("train")) == 1
    assert f"{root / 'data'} differs from what is live" in desk.said
    assert desk.live() == live


def test_a_release_that_was_lost_is_replaced_by_a_first_one(up: Callable[..., Up]) -> None:
    first = up().wait_for("sign in")
    first.until(lambda: first.live())
    first.end()
    lost = first.live()
    shutil.rmtree(first.state / "releases")

    desk = up().wait_for("ready")

    desk.until(lambda: desk.live() not in ("", lost))
    assert len(desk.calls("train")) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process(up: Callable[..., Up], number: int) -> None:
    desk = up().wait_for("ready")
    [rasa] = desk.calls("run")

    assert desk.end(number) == 0

    assert not Path(f"/proc/{rasa}").exists()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", desk.port), 1)


def test_stopping_while_it_trains_leaves_no_half_model(up: Callable[..., Up], root: Path) -> None:
    slow = (root / "rasa" / "__main__.py").read_text().replace("(out /", "import time; time.sleep(60); (out /")
    (root / "rasa" / "__main__.py").write_text(slow)
    desk = up()
    desk.until(lambda: desk.calls("train"))

    assert desk.end(signal.SIGINT) == 0

    assert [path.name for path in (root / "models").iterdir()] == [".lock"]


def test_rasa_is_started_again_when_it_dies(up: Callable[..., Up]) -> None:
    desk = up().wait_for("ready")
    [first] = desk.calls("run")

    os.kill(first, signal.SIGKILL)
    desk.until(lambda: len(desk.calls("run")) == 2)

    assert "rasa      died; it is started again" in desk.said
    assert urllib.request.urlopen(f"http://127.0.0.1:{desk.port}/healthz", timeout=5).status == 200


def test_a_training_that_fails_ends_the_start_with_rasas_words(up: Callable[..., Up], root: Path) -> None:
    (root / "broken").touch()
    desk = up()

    desk.process.wait(30)
    desk.thread.join(5)

    assert desk.process.returncode == 1
    assert "a file of the content is broken" in desk.said


def test_a_port_that_is_taken_is_a_sentence(up: Callable[..., Up]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        desk = up(port=port)
        desk.process.wait(30)
        desk.thread.join(5)

    assert desk.process.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in desk.said
    assert "Traceback" not in desk.said


def test_two_run_side_by_side(up: Callable[..., Up]) -> None:
    up(state="one").wait_for("ready")

    second = up(state="two").wait_for("ready")

    assert "train" not in second.said


def test_a_second_one_in_the_same_state_folder_is_refused(up: Callable[..., Up]) -> None:
    up().wait_for("ready")

    second = up()
    second.process.wait(30)
    second.thread.join(5)

    assert "A help desk is running in" in second.said


def test_the_channels_secret_is_for_its_owner_alone(up: Callable[..., Up]) -> None:
    desk = up().wait_for("ready")

    secret = desk.state / "secrets" / "channel"

    assert secret.stat().st_mode & 0o777 == 0o600
    assert len(secret.read_text().strip()) == 64
    assert secret.read_text().strip() not in "".join(p.read_text() for p in (desk.state / "rasa").iterdir())
