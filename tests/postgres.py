"""A PostgreSQL server of our own on loopback, and a ledger in it for each SQLite file that a test names."""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from helpdesk.processes import LEASH, free_port
from helpdesk.store.database import Database
from helpdesk.store.schema import SCHEMA_VERSION
from tests.alive import lives

ACCOUNT = "postgres"  # PostgreSQL refuses to run as root
SETTINGS = {
    "fsync": "off",  # a test's server outlives no power failure
    "shared_buffers": "32MB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "autovacuum": "off",
    "jit": "off",
}

EMPTY = f"""SET lock_timeout = 2000;
DO $$ DECLARE one record; BEGIN
    IF (SELECT value FROM meta WHERE name = 'schema') <> '{SCHEMA_VERSION}' THEN RAISE 'of another version'; END IF;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('meta', 'alembic_version') LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
    END LOOP;
    DELETE FROM meta WHERE name <> 'schema';
END $$;"""


# A leash is held by the thread that starts a process, not by its program: this one lasts as long as we do.
STARTER = ThreadPoolExecutor(1, thread_name_prefix="starter")


def started(argv: list[str], log: Path, *, user: str | None = None, **more: Any) -> subprocess.Popen[bytes]:
    """Start a program that ends when we end, however that happens; `user`: as whom, for root."""
    leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid())]
    if user is not None:
        account = pwd.getpwnam(user)
        rights = ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups", "--pdeathsig", "TERM"]
        leash = ["setpriv", *rights, "--"]
    with log.open("ab") as out:
        given = {"cwd": "/", **more, "stdout": out, "stderr": out, "start_new_session": True}
        return STARTER.submit(subprocess.Popen, [*leash, *argv], **given).result()


@functools.cache
def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest, if it is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def must_be_there(what: str, found: object) -> None:
    """Skip where a server is not installed; fail where everything is to be tested."""
    if not found:
        told = f"{what} is not installed: apt-get install {what}"
        pytest.fail(told) if os.environ.get("CI") == "true" else pytest.skip(told)


class Postgres:
    """One server. Each name is a database of its own."""

    def __init__(self, folder: Path, port: int, *, durable: bool = False) -> None:
        self.folder = folder
        self.settings = {**SETTINGS, "fsync": "on"} if durable else SETTINGS
        self.port = port
        self.account = ACCOUNT if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None
        self.free: list[str] = []  # databases of tests that are over, emptied
        self.used: dict[str, str] = {}

    def run(self, name: str, *arguments: str) -> None:
        command = [str(self._program(name)), *arguments]
        subprocess.run(command, check=True, capture_output=True, user=self.account, cwd="/")

    def start(self) -> None:
        given = [part for pair in self.settings.items() for part in ("-c", "=".join(pair))]
        command = [str(self._program("postgres")), "-D", str(self.folder / "data"), "-p", str(self.port), *given]
        self.process = started(command, self.folder / "log", user=self.account)
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg2.connect(self._dsn("postgres")).close()
                return
            except psycopg2.OperationalError:
                assert self.process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power failure would, with all of its processes: each leads a group of its own."""
        assert self.process
        pid = self.process.pid
        backends = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        os.killpg(pid, signal.SIGKILL)
        self.process.wait()
        for one in backends:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while any(map(lives, backends)):  # the next start is refused while one of them holds the memory
            assert time.monotonic() < deadline, backends
            time.sleep(0.01)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)

    def url(self, name: str) -> str:
        """Return the address of the ledger of this name, empty at the first time."""
        if name not in self.used:
            self.used[name] = self.free.pop() if self.free else self._made()
        return self._address(self.used[name])

    def new(self) -> str:
        """Return the address of a database without tables."""
        return self._address(self._made())

    def give_back(self) -> None:
        """Empty what a test has used, for the next one. What somebody still holds, or has changed the shape of, is left."""
        for database in self.used.values():
            try:
                with contextlib.closing(psycopg2.connect(self._dsn(database))) as connection, connection:
                    connection.cursor().execute(EMPTY)
                self.free.append(database)
            except psycopg2.Error:
                pass
        self.used.clear()

    def _made(self) -> str:
        database = f"ledger_{uuid.uuid4().hex[:12]}"
        with contextlib.closing(psycopg2.connect(self._dsn("postgres"))) as connection:
            connection.autocommit = True
            connection.cursor().execute(f'CREATE DATABASE "{database}"')
        return database

    def _address(self, database: str) -> str:
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{database}"

    def _dsn(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={ACCOUNT} dbname={name}"

    def _program(self, name: str) -> Path:
        found = programs()
        assert found
        return found / name


@contextlib.contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[Postgres]:
    must_be_there("postgresql", programs())
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-postgres-"))
    server = Postgres(folder, free_port(), durable=durable)
    if server.account:
        shutil.chown(folder, server.account)
    try:
        server.run("initdb", "-D", str(folder / "data"), "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class OnPostgres(Database):
    """A ledger that was to be an SQLite file is a database of the server."""

    server: Postgres

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite"):
            url = self.server.url(url)
        super().__init__(url)
