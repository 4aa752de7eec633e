"""Migrations: an older ledger becomes the newest whole or stays as it was, on either database; a newer one is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from helpdesk.errors import SchemaError
from helpdesk.settings import ROOT
from helpdesk.store import Store
from helpdesk.store.schema import MIGRATIONS, SCHEMA_VERSION, statements, version_of

KEY = Fernet.generate_key().decode()
FIRST = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "INSERT INTO meta VALUES ('schema', '1')",
    "CREATE TABLE conversations (id TEXT PRIMARY KEY, token_hash TEXT NOT NULL, token_key TEXT NOT NULL,"
    " created_at DOUBLE PRECISION NOT NULL, last_at DOUBLE PRECISION NOT NULL, owner TEXT NOT NULL DEFAULT 'bot',"
    " epoch BIGINT NOT NULL DEFAULT 1, last_seq BIGINT NOT NULL DEFAULT 0, language TEXT NOT NULL DEFAULT 'en', flagged TEXT,"
    " misses BIGINT NOT NULL DEFAULT 0, context TEXT, sender TEXT NOT NULL)",
    "CREATE TABLE callbacks (id TEXT PRIMARY KEY, conversation TEXT NOT NULL, at DOUBLE PRECISION NOT NULL,"
    " state TEXT NOT NULL DEFAULT 'open', sealed TEXT NOT NULL)",
)
THIRD = (*statements(MIGRATIONS / "version_3.sql"), "INSERT INTO meta VALUES ('schema', '3')")
ROW = "INSERT INTO conversations (id, token_hash, token_key, created_at, last_at, sender) VALUES ('abc', 'h', 'k', 1, 2, 's')"
# Opens the ledger in one child for each number, which kills itself before the statement of that number.
KILLED = """
import os, signal, sys
import alembic.command, sqlalchemy as sa
from helpdesk.store.database import Database
count, limit = 0, 0
def counted(*_):
    global count
    count += 1
    if count == limit:
        os.kill(os.getpid(), signal.SIGKILL)
sa.event.listen(sa.engine.Engine, "before_cursor_execute", counted)
sa.event.listen(sa.engine.Engine, "commit", counted)
for argument in sys.argv[1:]:
    number, url = argument.split(" ")
    child = os.fork()
    if not child:
        limit = int(number)
        Database(url)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Make addresses of empty databases."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path / f'{len(list(tmp_path.iterdir()))}.db'}"
        return
    server = request.getfixturevalue("postgres")
    yield server.new
    server.give_back()


def made(url: str, parts: tuple[str, ...]) -> str:
    with engine(url) as connection:
        for part in (*parts, ROW):
            connection.exec_driver_sql(part)
    return url


def engine(url: str) -> Any:
    return sa.create_engine(url, future=True, poolclass=sa.pool.NullPool).begin()


def shape(url: str) -> dict[str, Any]:
    """Return what the tables are like."""
    with engine(url) as connection:
        there = sa.inspect(connection)
        return {
            table: {
                "columns": {c["name"]: (str(c["type"]), c["nullable"], str(c["default"])) for c in there.get_columns(table)},
                "key": there.get_pk_constraint(table)["constrained_columns"],
                "unique": sorted(one["column_names"] for one in there.get_unique_constraints(table)),
                "indexes": sorted((one["name"] or "", tuple(one["column_names"])) for one in there.get_indexes(table)),
            }
            for table in there.get_table_names()
        }


def version(url: str) -> str | None:
    with engine(url) as connection:
        return version_of(connection)


@pytest.mark.parametrize("parts", [FIRST, THIRD], ids=["version 1", "version 3"])
def test_an_older_ledger_gets_the_tables_that_a_new_one_has_and_keeps_its_rows(new_url, parts) -> None:
    old, new = made(new_url(), parts), new_url()

    for url in (old, new):
        Store(url, [KEY]).close()

    assert shape(old) == shape(new)
    with closing(Store(old, [KEY])) as store:
        found = store.ledger.find("abc")
        assert found and found["owner"] == "bot"
    assert version(old) == version(new) == SCHEMA_VERSION


def test_a_newer_ledger_is_refused_with_a_sentence_and_left_as_it_is(new_url) -> None:
    url = made(new_url(), THIRD)
    with engine(url) as connection:
        connection.exec_driver_sql("UPDATE meta SET value = '99' WHERE name = 'schema'")
    before = shape(url)

    with pytest.raises(SchemaError, match="version 99; this program knows version"):
        Store(url, [KEY])

    assert (shape(url), version(url)) == (before, "99")


def test_of_many_that_start_at_once_one_migrates_and_all_of_them_serve(new_url) -> None:
    url = made(new_url(), THIRD)

    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: Store(url, [KEY]), range(4)))
    found = [store.ledger.find("abc") for store in stores]
    for store in stores:
        store.close()

    assert all(found) and version(url) == SCHEMA_VERSION


def test_a_kill_in_the_middle_leaves_the_old_ledger_or_the_new_one(new_url) -> None:
    points = [5, 40, 70]
    urls = [made(new_url(), FIRST) for _ in points]
    new = new_url()
    Store(new, [KEY]).close()
    old = shape(made(new_url(), FIRST))

    given = [f"{point} {url}" for point, url in zip(points, urls, strict=True)]
    said = subprocess.run([sys.executable, "-c", KILLED, *given], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "-9" in said.stdout
    for url in urls:
        assert shape(url) == (shape(new) if version(url) == SCHEMA_VERSION else old)
        with closing(Store(url, [KEY])) as store:  # the next start
            assert store.ledger.find("abc")
        assert shape(url) == shape(new)
