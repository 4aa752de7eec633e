"""The floor: the help desk's web process, which answers every message with one fixed text and looks at none.

What is left is HTTP, the ledger's two durable commits, and the stream. Started by benchmarks/compare.py and benchmarks/layers.py:
python benchmarks/floor.py PORT STATE, with `--net` for the whole safety net before the fixed text.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import uvicorn  # noqa: E402

from helpdesk.app import IDLE_SECONDS, create_app  # noqa: E402
from helpdesk.assistant import Question, Reply  # noqa: E402
from helpdesk.connections import Patient  # noqa: E402
from helpdesk.conversation import Answer  # noqa: E402
from helpdesk.settings import read_settings  # noqa: E402

TEXT = "This is one fixed text, about as long as an answer. " * 8


class Fixed:
    """Answers at once."""

    async def turn(self, question: Question) -> Reply:
        answer = Answer(route="answer", text=TEXT, topic="tob1", aspect="whole", facts=("F47",), page="None", section="None")
        return Reply(answers=(answer,), context={})

    async def ready(self) -> bool:
        return True

    async def close(self) -> None:
        pass


class Blind:
    """A safety net that looks at nothing."""

    def look(self, text: str, passed: Any = None) -> Any:
        return None


def main() -> None:
    port, state, *options = sys.argv[1:]
    settings = read_settings({**os.environ, "HELPDESK_PORT": port, "HELPDESK_STATE": state, "HELPDESK_RATE_LIMIT": "off"})
    settings.prepare()
    app = create_app(settings, Fixed(), None if "--net" in options else Blind())
    options = {"http": Patient, "ws": "none", "timeout_keep_alive": IDLE_SECONDS, "log_level": "warning", "access_log": False}
    uvicorn.run(app, host="127.0.0.1", port=settings.port, **options)


if __name__ == "__main__":
    main()
