"""`helpdesk doctor`: look for what would keep the help desk from running."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpdesk import training
from helpdesk.errors import HelpdeskError
from helpdesk.processes import port_is_free
from helpdesk.programs import address, answers
from helpdesk.settings import Settings

ROOM = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    told: str

    def __str__(self) -> str:
        return f"  {'ok ' if self.well else 'BAD'}  {self.what:<10} {self.told}"


def examine(root: Path, settings: Settings) -> list[Finding]:
    """Look at everything, whatever is found on the way."""
    looks: list[tuple[str, Callable[[Path, Settings], tuple[bool, str]]]] = [
        ("python", _python), ("packages", _packages), ("state", _state), ("encoder", _encoder),
        ("port", _port), ("content", _content), ("model", _model),
    ]  # fmt: skip
    return [_finding(what, look, root, settings) for what, look in looks]


def _finding(what: str, look: Callable[[Path, Settings], tuple[bool, str]], root: Path, settings: Settings) -> Finding:
    try:
        return Finding(what, *look(root, settings))
    except (HelpdeskError, OSError, ImportError) as error:
        return Finding(what, False, str(error))


def _python(root: Path, settings: Settings) -> tuple[bool, str]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] == (3, 10):
        return True, version
    return False, f"{version}: Rasa 3.6 needs Python 3.10. Run `make setup`."


def _packages(root: Path, settings: Settings) -> tuple[bool, str]:
    pins = re.findall(
        r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s\\;]+)",
        (root / "requirements.lock").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    wrong = [f"{name} {version}" for name, version in pins if _installed(name) != version]
    if wrong:
        return False, f"not as in requirements.lock: {', '.join(wrong[:5])}{' …' if len(wrong) > 5 else ''}. Run `make setup`."
    return True, f"{len(pins)} as in requirements.lock"


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _encoder(root: Path, settings: Settings) -> tuple[bool, str]:
    from extensions.encoder import SIZE, WEIGHTS_SHA256, Encoder, EncoderError

    try:
        rows = Encoder.load(settings.state / "encoder").encode(["Is it well?"])
    except EncoderError as error:
        return False, str(error)
    return rows.shape == (1, SIZE), f"weights {WEIGHTS_SHA256[:12]}…"


def _state(root: Path, settings: Settings) -> tuple[bool, str]:
    settings.prepare()
    probe = settings.state / ".doctor"
    probe.write_text("", encoding="ascii")
    probe.unlink()
    free = shutil.disk_usage(settings.state).free
    return free > ROOM, f"{settings.state}, {free / 1e9:.1f} GB free"


def _port(root: Path, settings: Settings) -> tuple[bool, str]:
    if port_is_free(settings.host, settings.port):
        return True, f"{settings.port} on {settings.host} is free"
    if answers(f"{address(settings)}/readyz"):
        return True, f"a help desk answers at {address(settings)}"
    return (
        False,
        f"{settings.port} on {settings.host} is taken, and no ready help desk answers there. Choose another HELPDESK_PORT.",
    )


def _content(root: Path, settings: Settings) -> tuple[bool, str]:
    from helpdesk.content import check

    failures = [problem for problem in check(root) if not problem.warning]
    return not failures, f"{len(failures)} problems. Run `helpdesk check`." if failures else "no problem"


def _model(root: Path, settings: Settings) -> tuple[bool, str]:
    model = training.newest(root)
    if model is None:
        return True, "none yet: `helpdesk up` trains one"
    told = str(model.path.relative_to(root))
    return True, told if training.fits(root, model) else f"{told} is older than data/. `helpdesk compare` makes a new version"
