"""Several Rasas from one process: each answers for itself, none stays behind, and one that cannot load says why."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import pytest

from helpdesk import training
from helpdesk.errors import CommandError
from helpdesk.rasas import Rasas
from helpdesk.settings import ROOT
from tests.alive import lives, until
from tests.test_end_to_end import family

pytestmark = pytest.mark.server


def test_each_serves_its_model_and_all_end_with_the_one_that_they_came_from(tmp_path: Path) -> None:
    model = training.newest(ROOT)
    assert model is not None

    with Rasas(ROOT, ROOT / "var" / "encoder", tmp_path) as rasas:
        urls = [rasas.serve(model.path) for _ in range(2)]
        rasas.wait(urls)
        statuses = [httpx.post(f"{url}/webhooks/helpdesk/turn", json={}, trust_env=False).status_code for url in urls]
        forks, *servers = (pid for pid in family(os.getpid()) if b"extensions.forks" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(forks, signal.SIGKILL)
        until(lambda: not any(map(lives, servers)), 20)

    assert statuses == [401, 401] and len(servers) == 2
    assert list(tmp_path.iterdir()) == []


def test_one_that_ends_while_it_loads_is_not_waited_for_and_its_last_words_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.rasas.rasa_run", lambda *_: ["run", "--no-such-option"])

    with Rasas(ROOT, ROOT / "var" / "encoder", tmp_path) as rasas, pytest.raises(CommandError, match="--no-such-option"):
        rasas.wait([rasas.serve(tmp_path / "model.tar.gz")])
