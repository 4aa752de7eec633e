"""Models: what one was trained from, which is the newest, and how the next is trained."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpdesk.errors import TrainingError
from helpdesk.processes import Child

KEPT_MODELS = 10
STOP_SECONDS = 1.0
TRAINED_FROM = ("answers", "referrals", "dialogue", "vocabulary", "development")
SERVING = ("channel.py", "forks.py", "nlg.py", "rasa.py", "tracker_store.py")  # of extensions/: no model is made by these
RAISED = re.compile(r"[A-Za-z_][\w.]*(Error|Exception)\b")
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
    "PYTHONUNBUFFERED": "1",
    "TQDM_DISABLE": "1",
}
ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
}


@dataclass(frozen=True)
class Model:
    """An archive in models/; `content` is the hash of what it was trained from, where that is known."""

    path: Path
    content: str | None
    seconds: float | None


def content_files(root: Path) -> list[Path]:
    """Return every file that a model is made from, in a fixed order."""
    files = [p for folder in TRAINED_FROM for p in (root / "data" / folder).rglob("*.yml")]
    files += code_files(root)
    files += [root / name for name in ("config.yml", "domain.yml") if (root / name).is_file()]
    return sorted(files)


def code_files(root: Path) -> list[Path]:
    """Return the program that makes a model of the content."""
    return sorted(path for path in (root / "extensions").glob("*.py") if path.name not in SERVING)


def content_hash(root: Path) -> str:
    """Return the hash of everything that a model is made from."""
    digest = hashlib.sha256()
    for path in content_files(root):
        digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def newest(root: Path) -> Model | None:
    """Return the model that was made last."""
    archives = sorted((root / "models").glob("*.tar.gz"), key=lambda p: (p.stat().st_mtime, p.name))
    return _model(archives[-1]) if archives else None


def fits(root: Path, model: Model) -> bool:
    """Whether the model was trained from what is there now. One that `rasa train` made by hand is judged by its age."""
    if model.content is not None:
        return model.content == content_hash(root)
    made = model.path.stat().st_mtime
    return all(path.stat().st_mtime <= made for path in content_files(root))


def fitting(root: Path, content: str) -> Model | None:
    """Return the newest model in models/ that was made from just this content."""
    archives = sorted((root / "models").glob("*.tar.gz"), key=lambda p: (p.stat().st_mtime, p.name), reverse=True)
    return next((model for model in map(_model, archives) if model.content == content), None)


def move(model: Model, root: Path) -> Model:
    """Put a model that was made elsewhere into models/, its record first."""
    target = root / "models" / model.path.name
    record = _record(model.path)
    if record.is_file():
        shutil.copyfile(record, _record(target))
    shutil.move(model.path, target.with_name(f".{target.name}.new"))
    target.with_name(f".{target.name}.new").replace(target)
    return _model(target)


@contextmanager
def bench(content: Path, config: Path, code: Path, state: Path) -> Iterator[Path]:
    """Lay out a checkout of its own, of this content, this config.yml and the program in `code`, for Rasa to train in."""
    with tempfile.TemporaryDirectory(dir=_made(state / "tmp"), prefix="bench-") as name:
        root = Path(name)
        shutil.copytree(content / "data", root / "data")
        for path in (content / "domain.yml", config):
            if path.is_file():
                shutil.copyfile(path, root / path.name)
        if (code / "extensions").is_dir():
            shutil.copytree(code / "extensions", root / "extensions", ignore=shutil.ignore_patterns("__pycache__"))
        yield root


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def prune(root: Path) -> None:
    """Keep the newest models. A release has its own archive and loses nothing."""
    archives = sorted((root / "models").glob("*.tar.gz"), key=lambda p: (p.stat().st_mtime, p.name))
    for old in archives[:-KEPT_MODELS]:
        old.unlink(missing_ok=True)
        _record(old).unlink(missing_ok=True)


def _record(archive: Path) -> Path:
    return archive.with_name(archive.name.removesuffix(".tar.gz") + ".json")


def _model(archive: Path) -> Model:
    try:
        record = json.loads(_record(archive).read_text(encoding="utf-8"))
        return Model(archive, str(record["content"]), float(record["seconds"]))
    except (OSError, ValueError, KeyError):
        return Model(archive, None, None)


def rasa_environment(root: Path, state: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of every Rasa process that we start."""
    env = {k: v for k, v in (os.environ if environ is None else environ).items() if not k.startswith("HELPDESK_")}
    # Without it TensorFlow's sources are compiled anew at every start, which takes longer than all the rest of it.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env.update(QUIET)
    for folder in ("tmp", "cache"):
        (state / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    env.update(
        HELPDESK_STATE=str(state),
        PYTHONPATH=os.pathsep.join(filter(None, [str(root), env.get("PYTHONPATH")])),
        TMPDIR=str(state / "tmp"),
        MPLCONFIGDIR=str(state / "cache"),
    )
    return env


class Training:
    """One `rasa train`, in a process of its own; the archive comes into models/ only when it is whole."""

    def __init__(
        self, root: Path, state: Path, heard: Callable[[str], None] = lambda line: None, *, scratch: Path | None = None
    ) -> None:
        """`heard` is told every line that Rasa says; what Rasa writes aside goes to `scratch`, else into the state folder."""
        self._root = root
        self._heard = heard
        self._content = content_hash(root)
        _drop_leftovers(root / "models")
        self._out = root / "models" / f".training-{os.getpid()}"
        self._log = state / "logs" / "train.log"
        self._log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._log.write_text("", encoding="utf-8")
        argv = [sys.executable, "-m", "rasa", "train", "--skip-validation", "--out", str(self._out)]
        # Rasa keeps every model once more in its cache, which then never gets smaller.
        env = {**rasa_environment(root, state), "RASA_MAX_CACHE_SIZE": "0"}
        if scratch:
            env["TMPDIR"] = str(scratch)
        self._child = Child(argv, env=env, cwd=str(root), hear=self._hear)

    def _hear(self, line: str, _: bool) -> None:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self._heard(line)

    @property
    def running(self) -> bool:
        return self._child.running

    def stop(self) -> None:
        self._child.stop(STOP_SECONDS)
        shutil.rmtree(self._out, ignore_errors=True)

    def finish(self) -> Model:
        """Move the archive into place. Raises TrainingError with Rasa's last words."""
        self._child.stop()
        made = sorted(self._out.glob("*.tar.gz"))
        if self._child.exit_code != 0 or not made:
            shutil.rmtree(self._out, ignore_errors=True)
            raise TrainingError(_cause(self._log.read_text(encoding="utf-8").splitlines()), self._log)
        target = self._root / "models" / made[-1].name
        record = {
            "content": self._content,
            "seconds": round(self._child.age, 1),
            "trained": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        _record(target).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        made[-1].replace(target)
        shutil.rmtree(self._out, ignore_errors=True)
        prune(self._root)
        return _model(target)


def _drop_leftovers(models: Path) -> None:
    """Take away what a training has left whose process died."""
    for path in models.glob(".training-*"):
        if not Path(f"/proc/{path.name.rpartition('-')[2]}").exists() and Path("/proc/self").exists():
            shutil.rmtree(path, ignore_errors=True)


def _cause(lines: list[str]) -> str:
    """Return the first error with what stands before it, which is where it came from; else the last lines."""
    for number, line in enumerate(lines):
        if RAISED.match(line):
            return "\n".join(lines[max(0, number - 4) : number + 1])
    return "\n".join(lines[-15:])


@contextmanager
def turn_to_train(root: Path) -> Iterator[bool]:
    """Let one process train at a time. Yields whether it is this one's turn now; ask again if not."""
    (root / "models").mkdir(exist_ok=True)
    with (root / "models" / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
