"""Models: what one was trained from, which is the newest, and how the next is trained."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpdesk.errors import TrainingError
from helpdesk.processes import Child

TRAINED_FROM = ("answers", "referrals", "dialogue", "vocabulary", "development")
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
    files += (root / "extensions").glob("*.py")
    files += [root / name for name in ("config.yml", "domain.yml") if (root / name).is_file()]
    return sorted(files)


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

    def __init__(self, root: Path, state: Path) -> None:
        self._root = root
        self._content = content_hash(root)
        self._out = root / "models" / f".training-{os.getpid()}"
        self._log = state / "logs" / "train.log"
        self._log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._log.write_text("", encoding="utf-8")
        argv = [sys.executable, "-m", "rasa", "train", "--skip-validation", "--out", str(self._out)]
        self._child = Child(argv, env=rasa_environment(root, state), cwd=str(root), hear=self._hear)

    def _hear(self, line: str, _: bool) -> None:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    @property
    def running(self) -> bool:
        return self._child.running

    def stop(self) -> None:
        self._child.stop()
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
        return _model(target)


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
