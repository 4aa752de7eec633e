"""`python -m extensions.forks FOLDER`: imports Rasa once, then becomes a server for each file that comes into the folder.

Such a file holds the arguments of one `rasa run`, as JSON. The import takes longer than the loading of a model, and can begin
before the model is there. It ends as soon as one of its servers has ended.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

from extensions.rasa import leave_out

LOOK_SECONDS = 0.05
PR_SET_PDEATHSIG = 1


def main(folder: Path) -> None:
    """Serve until one of the servers ends."""
    _import_rasa()
    known: set[Path] = set()
    while True:
        for order in sorted(set(folder.glob("*.json")) - known):
            known.add(order)
            _fork(json.loads(order.read_text(encoding="utf-8")))
        if known and os.waitpid(-1, os.WNOHANG)[0]:
            raise SystemExit(1)
        time.sleep(LOOK_SECONDS)


def _import_rasa() -> None:
    """Import what a server imports when it begins, which is all but what its model names."""
    leave_out()
    import rasa.__main__
    import rasa.cli.run
    import rasa.core.agent
    import rasa.core.run
    import rasa.server  # noqa: F401

    import extensions.understanding  # noqa: F401


def _fork(argv: list[str]) -> None:
    parent = os.getpid()
    if os.fork():
        return
    try:
        _end_with(parent)
        from rasa.__main__ import main as rasa_main

        sys.argv = ["rasa", *argv]
        rasa_main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _end_with(parent: int) -> None:
    """Let this process be told to end when its parent ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
