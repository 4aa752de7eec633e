"""tools/setup.sh on machines that lack something, and the lock files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("sh", "cat", "cmp", "cp", "cut", "date", "dirname", "grep", "mkdir", "rm", "sed", "tail", "tr", "chmod", "env")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout on a machine with neither uv nor Python, and with an empty home."""
    checkout, tools = tmp_path / "check out", tmp_path / "bin"
    (checkout / "tools").mkdir(parents=True)
    tools.mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", checkout / "tools")
    for name in ("requirements.lock", "requirements-setup.lock"):
        shutil.copy(ROOT / name, checkout)
    for name in TOOLS:
        (tools / name).symlink_to(str(shutil.which(name)))
    return checkout


def set_up(checkout: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": str(checkout.parent / "bin"), "HOME": ""}
    return subprocess.run([str(checkout / "tools" / "setup.sh")], env=env, capture_output=True, text=True, timeout=60)


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def test_neither_uv_nor_python_is_a_sentence_and_status_1(bare: Path) -> None:
    done = set_up(bare)

    assert done.returncode == 1
    assert "Neither uv nor Python 3.10 is here" in done.stderr


def test_a_uv_that_is_found_and_fails_is_no_uv(bare: Path) -> None:
    put(bare.parent / "bin" / "uv", "#!/bin/sh\nexit 127\n")

    assert "Neither uv nor Python 3.10" in set_up(bare).stderr


def test_another_python_is_not_enough(bare: Path) -> None:
    put(bare.parent / "bin" / "python3", '#!/bin/sh\n[ "$1" = --version ]\n')

    assert set_up(bare).returncode == 1


def test_a_uv_that_pyenv_keeps_elsewhere_is_used(bare: Path) -> None:
    put(bare.parent / "elsewhere" / "uv", f'#!/bin/sh\necho "$*" >> "{bare}/called"\nmkdir -p .venv/bin\n')
    script = '#!/bin/sh\ncase "$1" in whence) echo 3.11.7;; which) [ -n "$PYENV_VERSION" ] && echo "%s";; esac\n'
    put(bare.parent / "bin" / "pyenv", script % (bare.parent / "elsewhere" / "uv"))

    done = set_up(bare)

    assert done.returncode == 0, done.stderr
    assert "pip sync --quiet --python .venv/bin/python requirements.lock" in (bare / "called").read_text()
    assert os.access(bare / ".venv" / "bin" / "helpdesk", os.X_OK)


PYTHON = """#!/bin/sh
case "$*" in
    *"sys.executable"*) echo "$0" ;;
    *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *"config list"*) echo ":env:.index-url='registry:one'"; echo "global.extra-index-url='no'"; echo "global.index-url='no'" ;;
    *requirements-setup.lock*) [ -e may-bring-uv ] && cp uv.sh .venv/bin/uv ;;
    *"pip install"*) echo "pip $*" >>called ;;
esac
"""


@pytest.fixture
def with_python(bare: Path) -> Path:
    """The same with a Python 3.10, whose pip has uv where the file `may-bring-uv` is there."""
    put(bare.parent / "bin" / "python3.10", PYTHON)
    put(bare / "uv.sh", '#!/bin/sh\n[ "$1" = --version ] || echo "uv $* $UV_DEFAULT_INDEX" >>called\n')
    return bare


def test_pip_brings_uv_and_tells_it_of_its_registry(with_python: Path) -> None:
    (with_python / "may-bring-uv").touch()

    done = set_up(with_python)

    assert done.returncode == 0, done.stderr
    assert (
        with_python / "called"
    ).read_text() == "uv pip sync --quiet --python .venv/bin/python requirements.lock registry:one\n"


def test_where_uv_cannot_be_had_pip_does_all_of_it(with_python: Path) -> None:
    done = set_up(with_python)

    assert done.returncode == 0, done.stderr
    assert "--no-deps -r requirements.lock" in (with_python / "called").read_text()


def test_where_the_uv_that_pip_brought_fails_pip_does_all_of_it(with_python: Path) -> None:
    (with_python / "may-bring-uv").touch()
    put(with_python / "uv.sh", '#!/bin/sh\n[ "$1" = --version ]\n')

    done = set_up(with_python)

    assert done.returncode == 0, done.stderr
    assert "--no-deps -r requirements.lock" in (with_python / "called").read_text()


def test_a_matching_environment_is_left_alone(bare: Path) -> None:
    put(bare / ".venv" / "bin" / "python", "#!/bin/sh\nexit 0\n")
    shutil.copy(ROOT / "requirements.lock", bare / ".venv" / "requirements.lock")

    done = set_up(bare)

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-web.lock", "requirements-setup.lock"])
def test_a_lock_pins_every_package_with_hashes_and_holds_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text)

    assert "://" not in text
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def test_the_public_process_needs_nothing_of_rasa() -> None:
    assert not re.search(r"^(rasa|tensorflow|sanic)", (ROOT / "requirements-web.lock").read_text(encoding="utf-8"), re.M)
