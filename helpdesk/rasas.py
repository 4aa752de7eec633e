"""Several Rasas for one job: each a fork of one process, which imports Rasa while the job does other things."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from helpdesk.errors import CommandError
from helpdesk.processes import Child, free_port
from helpdesk.programs import answers, rasa_run, start_rasa_forks, write_rasa_files, write_secret
from helpdesk.snapshots import write_whole

PATIENCE = 180.0  # seconds for Rasa to load
LEAVE = 1.0  # seconds for Rasa to end by itself


class Rasas:
    """`with Rasas(code, encoder_cache, scratch) as rasas: url = rasas.serve(archive); rasas.wait([url])`; they end with it.

    What a thread has started ends with that thread.
    """

    def __init__(self, code: Path, encoder: Path, scratch: Path | None = None) -> None:
        self._code, self._encoder, self._scratch = code, encoder, scratch
        self._stack = ExitStack()
        self._child: Child | None = None
        self._folder = Path()
        self._number = 0
        self.secret = ""

    def __enter__(self) -> Rasas:
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="trial-", dir=self._scratch)))
        try:
            # The converted encoder is the one thing that Rasa needs of the state folder.
            (self._folder / "encoder").symlink_to(self._encoder, target_is_directory=True)
            (self._folder / "orders").mkdir()
            secret = write_secret(self._folder / "secrets" / "channel")
            self.secret = secret.read_text(encoding="ascii").strip()
            write_rasa_files(self._code, self._folder, secret)
            self._child = start_rasa_forks(self._code, self._folder, self._folder / "orders")
            self._stack.callback(self._child.stop, LEAVE)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all of them, and take their scratch folder away."""
        self._stack.close()

    def serve(self, archive: Path) -> str:
        """Let one more of them load a model; return where it will answer."""
        port = free_port()
        argv = rasa_run(self._folder, archive, port)
        self._number += 1
        write_whole(self._folder / "orders" / f"{self._number}.json", json.dumps(argv).encode("utf-8"))
        return f"http://127.0.0.1:{port}"

    def wait(self, urls: Sequence[str], tick: Callable[[], None] = lambda: None) -> None:
        """Wait until each of these answers, calling `tick` all the while. Raises CommandError."""
        assert self._child is not None
        deadline, late = time.monotonic() + PATIENCE, list(urls)
        while late := [url for url in late if not answers(f"{url}/webhooks/helpdesk/")]:
            if not self._child.running or time.monotonic() > deadline:
                raise CommandError("The new model could not be loaded. Rasa said last:\n" + self._child.last_words())
            tick()
            time.sleep(0.1)
