"""Where everything must be tested (CI=true), a test of a browser or of a running server may not be skipped.

The tests of the whole help desk come late: the model that they need is trained beside the others.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
# The journey takes what the tests of the safety net have made.
TURNS = {"test_editing_property.py": 0, "test_safety.py": 0, "test_studio_journey.py": 2}
TRAINING = pytest.StashKey["subprocess.Popen[bytes]"]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to train, once, where everything is to be tested."""
    config = session.config
    if hasattr(config, "workerinput") or config.option.collectonly or config.args != config.getini("testpaths"):
        return
    from helpdesk import training

    model = training.newest(ROOT)
    if model is None or not training.fits(ROOT, model):
        # What it comes to is for the test that needs the model: without one it trains again, and shows why that fails.
        command = [sys.executable, "-m", "helpdesk", "train"]
        config.stash[TRAINING] = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def pytest_sessionfinish(session: pytest.Session) -> None:
    child = session.config.stash.get(TRAINING, None)
    if child is not None and child.poll() is None:
        child.terminate()
        child.wait(30)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """The tests of the whole help desk come when the model is trained, and beside them those that mostly wait for a browser.

    A file is never shared between workers: those of one long test come early, for none to run alone at the end.
    """
    name = item.path.name
    if name in TURNS:
        return TURNS[name]
    if item.get_closest_marker("server"):
        return 4
    return 5 if name.startswith("test_widget") else 1 if name < "test_m" else 3


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    needed = item.get_closest_marker("server") or item.get_closest_marker("browser")
    if report.skipped and not hasattr(report, "wasxfail") and needed and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
