"""`python -m extensions.rasa …`: the command `rasa`, without what no server uses."""

from __future__ import annotations

import runpy
import sys


def leave_out() -> None:
    """Keep jax out: TensorFlow imports it for a converter, and does without where it is missing. 64 MB, and half a second."""
    sys.modules["jax"] = None  # type: ignore[assignment]


if __name__ == "__main__":
    leave_out()
    runpy.run_module("rasa", run_name="__main__", alter_sys=True)
