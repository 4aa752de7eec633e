"""The audit: whatever is changed in it, added or taken away shows, and what is read of visitors is noted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpdesk.cli import main
from helpdesk.store import Store
from helpdesk.store.audit import record, subject_of
from tests.clock import Clock
from tests.desk import CALLBACK, Desk, opened
from tests.releases import KEY

OLD_KEY, NEW_KEY = "o" * 40, "n" * 40
DEEDS = 6
WRONG = {
    "at": "UPDATE audit SET at = at + 1 WHERE id = :id",
    "staff": "UPDATE audit SET staff = 'somebody else' WHERE id = :id",
    "nobody": "UPDATE audit SET staff = NULL WHERE id = :id",
    "action": "UPDATE audit SET action = 'read' WHERE id = :id",
    "subject": "UPDATE audit SET subject = 'another' WHERE id = :id",
    "detail": "UPDATE audit SET detail = '' WHERE id = :id",
    "id": "UPDATE audit SET id = substr(id, 1, 47) || (CASE substr(id, 48) WHEN '0' THEN '1' ELSE '0' END) WHERE id = :id",
    "time in the id": "UPDATE audit SET id = '0' || substr(id, 1, 47) WHERE id = :id",
    "removed": "DELETE FROM audit WHERE id = :id",
    "added": "INSERT INTO audit SELECT substr(id, 1, 47) || 'x', at, staff, action, subject, detail FROM audit WHERE id = :id",
}


def open_store(folder: Path, *keys: str) -> Store:
    return Store(f"sqlite:///{folder / 'ledger.db'}", [KEY], clock=Clock(), audit_keys=keys or (NEW_KEY,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    for number in range(DEEDS):
        store.audit.add(staff="ana", action=f"deed {number}", subject=f"chat {number}", detail=None if number % 2 else "so")
    yield store
    store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as desk:
        yield desk


def by_hand(folder: Path, sql: str, **values: str) -> None:
    """Write to the ledger as whoever has the file can."""
    with closing(sqlite3.connect(folder / "ledger.db")) as db:
        assert db.execute(sql, values).rowcount != 0
        db.commit()


def ids(store: Store) -> list[str]:
    return sorted(row["id"] for row in store.audit.rows(100))


@pytest.mark.databases
def test_an_audit_that_nobody_touched_is_whole(store: Store) -> None:
    verdict = store.audit.verify()

    assert verdict.problems == [] and verdict.rows == DEEDS and verdict.end == ids(store)[-1]


def test_an_empty_audit_is_whole(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        assert store.audit.verify().problems == []


@pytest.mark.parametrize("number", [0, DEEDS // 2, DEEDS - 1])
@pytest.mark.parametrize("wrong", WRONG)
def test_whatever_is_done_to_any_entry_shows(store: Store, tmp_path: Path, number: int, wrong: str) -> None:
    by_hand(tmp_path, WRONG[wrong], id=ids(store)[number])

    assert store.audit.verify().problems


def test_two_entries_cannot_change_places(store: Store, tmp_path: Path) -> None:
    first, second = ids(store)[:2]
    by_hand(tmp_path, "UPDATE audit SET id = 'x' WHERE id = :id", id=first)
    by_hand(tmp_path, "UPDATE audit SET id = :new WHERE id = :id", id=second, new=first)
    by_hand(tmp_path, "UPDATE audit SET id = :new WHERE id = 'x'", new=second)

    assert store.audit.verify().problems


@pytest.mark.parametrize("sql", ["DELETE FROM audit", "DELETE FROM meta WHERE name = 'audit_end'", "UPDATE meta SET value = ''"])
def test_the_whole_of_it_or_its_end_cannot_be_taken_away(store: Store, tmp_path: Path, sql: str) -> None:
    by_hand(tmp_path, sql)

    assert store.audit.verify().problems


def test_the_last_entry_cannot_be_taken_away_with_the_note_of_it(store: Store, tmp_path: Path) -> None:
    before = ids(store)
    by_hand(tmp_path, "DELETE FROM audit WHERE id = :id", id=before[-1])
    by_hand(
        tmp_path, "UPDATE meta SET value = replace(value, :last, :new) WHERE name = 'audit_end'", last=before[-1], new=before[-2]
    )
    by_hand(tmp_path, "UPDATE meta SET value = replace(value, '\"count\": 6', '\"count\": 5') WHERE name = 'audit_end'")

    assert store.audit.verify().problems


def test_a_ledger_that_was_set_back_shows_by_the_entry_that_was_noted(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as db:
        (end,) = db.execute("SELECT value FROM meta WHERE name = 'audit_end'").fetchone()
    store.audit.add(staff="ana", action="what shall be forgotten")
    noted = store.audit.verify().end

    by_hand(tmp_path, "DELETE FROM audit WHERE id = :id", id=noted)
    by_hand(tmp_path, "UPDATE meta SET value = :end WHERE name = 'audit_end'", end=end)

    assert store.audit.verify().problems == []  # as it was before
    assert store.audit.verify(noted).problems


def test_who_has_the_database_but_not_the_key_cannot_make_a_chain(tmp_path: Path) -> None:
    with closing(open_store(tmp_path, "another key, made up")) as forged:
        forged.audit.add(staff="ana", action="never happened")
    with closing(open_store(tmp_path)) as store:
        assert store.audit.verify().problems


def test_entries_of_an_earlier_key_are_proved_while_it_is_given(tmp_path: Path) -> None:
    for keys in ((OLD_KEY,), (NEW_KEY, OLD_KEY)):
        with closing(open_store(tmp_path, *keys)) as store:
            store.audit.add(staff="ana", action="read")

    for keys, whole in (((NEW_KEY, OLD_KEY), True), ((NEW_KEY,), False)):
        with closing(open_store(tmp_path, *keys)) as store:
            assert (store.audit.verify().problems == []) is whole


def test_what_was_there_before_there_was_a_chain_is_under_its_first_entry(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)) as store:
        by_hand(tmp_path, "INSERT INTO audit VALUES ('0123456789abcdef0123456789abcdef', 1.5, NULL, 'read', NULL, NULL)")
        store.audit.add(staff="ana", action="read")
        assert store.audit.verify().problems == []

        by_hand(tmp_path, "UPDATE audit SET at = 2.5 WHERE at = 1.5")
        assert store.audit.verify().problems


@pytest.mark.databases
def test_what_does_not_happen_leaves_the_chain_whole(store: Store) -> None:
    with pytest.raises(RuntimeError), store.database.write() as db:
        record(db, at=0.0, staff=None, action="read")
        raise RuntimeError
    store.audit.add(staff=None, action="read")

    assert store.audit.verify().problems == [] and len(ids(store)) == DEEDS + 1


@pytest.mark.databases
def test_many_at_once_make_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: store.audit.add(staff=str(number), action="read"), range(60)))

    assert store.audit.verify().problems == [] and len(ids(store)) == DEEDS + 60


def test_a_clock_that_is_set_back_does_not_break_the_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk.store.audit_chain.time.time_ns", lambda: 1)
    store.audit.add(staff="ana", action="the last one")

    assert store.audit.verify().problems == []
    assert {row["id"]: row["action"] for row in store.audit.rows(100)}[ids(store)[-1]] == "the last one"


def test_the_command_proves_it_and_fails_where_it_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPDESK_STATE", str(tmp_path))
    CliRunner().invoke(main, ["staff", "add", "ana@example.org", "--name", "Ana"])
    whole = CliRunner().invoke(main, ["audit", "--verify"])
    noted = whole.output.split()[-1]
    assert whole.exit_code == 0 and "none changed and none missing" in whole.output
    assert CliRunner().invoke(main, ["audit", "--noted", noted]).exit_code == 0
    assert '"staff.add"' in CliRunner().invoke(main, ["audit"]).output

    by_hand(tmp_path, "UPDATE audit SET subject = 'another'")
    changed = CliRunner().invoke(main, ["audit", "--verify"])

    assert changed.exit_code == 1 and "is not what was written" in changed.output


@pytest.mark.databases
def test_who_reads_a_chat_or_the_callbacks_is_noted_once_for_a_sign_in(desk: Desk) -> None:
    chat = desk.visitor("What is Tob1?")
    chat.post("callback", CALLBACK)
    ben = desk.navigator("Ben")
    for reader in (desk.ana, desk.ana, ben):
        assert reader.look(chat).status_code == 200
        assert reader.get(f"/desk/c/{chat.id}/messages?after=0").status_code == 200
        assert reader.get("/desk/callbacks").status_code == 200

    rows = [(row["staff"], row["action"], row["subject"]) for row in desk.store.audit.rows(100) if "read" in row["action"]]
    who = (desk.ana.staff.id, ben.staff.id)
    assert sorted(rows, key=str) == sorted(
        [*((one, "read", subject_of(chat.id)) for one in who), *((one, "callbacks.read", None) for one in who)], key=str
    )


@pytest.mark.databases
def test_every_claim_export_and_erasure_is_noted_and_by_whom(desk: Desk) -> None:
    chat, own = desk.claimed("What is Tob1?"), desk.visitor("What is Tob1?")
    desk.ana.get(f"/desk/c/{chat.id}/transcript")
    assert desk.ana.act(chat, "erase").status_code == 303
    assert own.client.delete(own.path, headers=own.headers).status_code == 204

    noted = {(row["staff"], row["action"], row["subject"]) for row in desk.store.audit.rows(100)}
    ana = desk.ana.staff.id
    assert {(ana, deed, subject_of(chat.id)) for deed in ("claim", "export", "erase")} <= noted
    assert (None, "erase", subject_of(own.id)) in noted
    assert desk.store.audit.verify().problems == []
