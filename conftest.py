"""Where everything must be tested (CI=true), a test of a browser or of a running server may not be skipped."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    needed = item.get_closest_marker("server") or item.get_closest_marker("browser")
    if report.skipped and not hasattr(report, "wasxfail") and needed and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
