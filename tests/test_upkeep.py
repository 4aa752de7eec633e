"""Switches, purging, backup and restore, as a person does them on the command line."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpdesk import upkeep
from helpdesk.cli import main
from helpdesk.processes import claimed
from helpdesk.settings import Settings, read_settings
from helpdesk.store import Store

KEYS = {
    "token_hash": "h",
    "token_key": "k",
    "first": {"kind": "message", "author": "bot", "text": "Hello", "route": "smalltalk", "actions": []},
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HELPDESK_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("HELPDESK_DATABASE_URL", raising=False)
    return read_settings()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@contextmanager
def clock_at(store: object, moment: float) -> Iterator[None]:
    store.ledger.clock = lambda: moment  # type: ignore[attr-defined]
    yield


def begin(settings: Settings, name: str, days_ago: float = 0.0) -> None:
    with Store.opened(settings) as store, clock_at(store, time.time() - days_ago * 86_400):
        store.ledger.start(name, **KEYS)  # type: ignore[arg-type]


def conversations(settings: Settings) -> set[str]:
    with closing(sqlite3.connect(settings.state / "ledger.db")) as db:
        return {name for (name,) in db.execute("SELECT id FROM conversations")}


def test_the_bot_is_switched_off_and_on(settings: Settings) -> None:
    assert "The bot is off" in run("switch", "off").output
    assert "The bot is on" in run("switch", "on").output


def test_one_answer_is_switched_off(settings: Settings) -> None:
    run("switch", "off", "tob1")

    assert "The bot is on. Answers that are off: tob1." in run("switch").output


def test_a_topic_that_there_is_not_is_a_sentence(settings: Settings) -> None:
    done = run("switch", "off", "tob2")

    assert done.exit_code == 1
    assert "There is no topic tob2" in done.output


def test_purge_erases_what_is_old_and_nothing_else(settings: Settings) -> None:
    begin(settings, "old", days_ago=31)
    begin(settings, "new", days_ago=29)

    assert run("purge", "--days", "30").output == "1 conversations erased\n"

    assert conversations(settings) == {"new"}


def test_a_backup_comes_back(settings: Settings, tmp_path: Path) -> None:
    begin(settings, "kept")
    kept = upkeep.backup(settings, tmp_path / "backups")
    begin(settings, "later")

    done = run("restore", str(kept))

    assert done.exit_code == 0, done.output
    assert conversations(settings) == {"kept"}


@pytest.mark.parametrize("wanted", [True, False])
def test_a_backup_holds_the_keys_only_where_that_is_wanted(settings: Settings, tmp_path: Path, wanted: bool) -> None:
    begin(settings, "kept")

    kept = upkeep.backup(settings, tmp_path / "backups", with_keys=wanted)

    assert (kept / "secrets" / "callback_key").is_file() == wanted


def test_a_backup_is_for_its_owner_alone(settings: Settings, tmp_path: Path) -> None:
    begin(settings, "kept")

    kept = upkeep.backup(settings, tmp_path / "backups")

    assert kept.stat().st_mode & 0o077 == 0
    assert (kept / "ledger.db").stat().st_mode & 0o077 == 0


def test_what_was_erased_after_the_backup_stays_erased(settings: Settings, tmp_path: Path) -> None:
    begin(settings, "kept")
    begin(settings, "erased")
    kept = upkeep.backup(settings, tmp_path / "backups")
    with Store.opened(settings) as store:
        store.extras.erase("erased")

    told = upkeep.restore(settings, kept)

    assert conversations(settings) == {"kept"}
    assert "1 conversations that were erased since" in told


def test_a_damaged_backup_is_refused_and_the_ledger_stays(settings: Settings, tmp_path: Path) -> None:
    begin(settings, "kept")
    kept = upkeep.backup(settings, tmp_path / "backups")
    (kept / "ledger.db").write_bytes((kept / "ledger.db").read_bytes()[:-100])

    done = run("restore", str(kept))

    assert done.exit_code == 1
    assert "its hash differs" in done.output
    assert conversations(settings) == {"kept"}


def test_nothing_is_restored_under_a_running_help_desk(settings: Settings, tmp_path: Path) -> None:
    begin(settings, "kept")
    kept = upkeep.backup(settings, tmp_path / "backups")

    with claimed(settings.state):
        done = run("restore", str(kept))

    assert "A help desk is running" in done.output


def test_a_backup_of_nothing_is_a_sentence(settings: Settings, tmp_path: Path) -> None:
    assert "There is no ledger yet" in run("backup", str(tmp_path / "backups")).output


def test_another_database_has_its_own_tools(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_DATABASE_URL", "postgresql://someone@somewhere/ledger")

    assert "pg_dump" in run("backup", str(tmp_path / "backups")).output
