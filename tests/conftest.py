"""Fixtures that several test modules share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from helpdesk import reminders
from helpdesk.app import create_app
from helpdesk.instance import take_over
from helpdesk.settings import ROOT
from helpdesk.studio import survey
from tests.postgres import OnPostgres, Postgres, postgres_server
from tests.web import Chat, FakeAssistant, FakeSafety, RealServer, settings_for
from tests.widget_page import browser as browser
from tests.widget_page import open_widget as open_widget
from tests.widget_page import shared_server as shared_server


@pytest.fixture(scope="session", autouse=True)
def plain_event_loop() -> None:
    """Put back Python's own event loop: importing Rasa's server brings another one for the whole process."""
    asyncio.set_event_loop_policy(None)


@pytest.fixture(scope="session", autouse=True)
def no_long_looks() -> None:
    """Let nothing look the whole draft over because a test lasts long: a test that wants that asks for it."""
    survey.LATER = reminders.LATER = 86_400.0


@pytest.fixture(scope="session")
def known_already(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """Put what is known by then into a state folder, not to be made again: of sentences, of the training, of the safety net."""
    assert request.config.cache
    safety = request.config.cache.mkdir("safety_net")  # of tests/test_safety.py

    def put(state: Path) -> None:
        take_over(state, encoder=ROOT / "var" / "encoder", safety=Path(safety))

    return put


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what bears the mark `databases` on SQLite and on PostgreSQL."""
    if metafunc.definition.get_closest_marker("databases"):
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every ledger of the test be on the database that its parameter names."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield
        return
    server = request.getfixturevalue("postgres")
    monkeypatch.setattr(OnPostgres, "server", server, raising=False)
    monkeypatch.setattr("helpdesk.store.store.Database", OnPostgres)
    yield
    server.give_back()


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def safety() -> FakeSafety:
    return FakeSafety()


@pytest.fixture
def client(tmp_path: Path, assistant: FakeAssistant, safety: FakeSafety) -> Iterator[TestClient]:
    app = create_app(settings_for(tmp_path), assistant=assistant, safety=safety)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture
def chat(client: TestClient) -> Chat:
    return Chat(client)


@pytest.fixture
def server(tmp_path: Path, assistant: FakeAssistant, safety: FakeSafety) -> Iterator[RealServer]:
    server = RealServer(settings_for(tmp_path), assistant, safety).start()
    yield server
    server.stop()
