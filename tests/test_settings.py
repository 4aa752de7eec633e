"""Settings come from the environment; a bad one stops the start with a sentence."""

from __future__ import annotations

import re
import stat
from dataclasses import fields
from pathlib import Path

import pytest

from helpdesk.errors import SettingsError
from helpdesk.settings import Settings, read_settings
from helpdesk.store import Store

DOCS = Path(__file__).parent.parent / "docs" / "operating.md"


def test_without_a_variable_it_runs_here_and_alone(tmp_path):
    settings = read_settings({})

    assert (settings.host, settings.port, settings.origins, settings.rate_limit, settings.metrics_port) == (
        "127.0.0.1",
        8080,
        (),
        True,
        None,
    )
    assert settings.database_url == f"sqlite:///{settings.state / 'ledger.db'}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HELPDESK_PORT", "x"),
        ("HELPDESK_PORT", "70000"),
        ("HELPDESK_PORT", "-1"),
        ("HELPDESK_METRICS_PORT", "1.5"),
        ("HELPDESK_RATE_LIMIT", "maybe"),
        ("HELPDESK_ORIGINS", "*"),
        ("HELPDESK_ORIGINS", "example.org"),
        ("HELPDESK_ORIGINS", "https://example.org/path"),
        ("HELPDESK_ORIGINS", "null"),
        ("HELPDESK_DATABASE_URL", "mysql://x/y"),
        ("HELPDESK_DATABASE_URL", "sqlite:///:memory:"),
        ("HELPDESK_LOG_LEVEL", "loud"),
        ("HELPDESK_RASA_URL", "127.0.0.1:5005"),
        ("HELPDESK_SECRET_KEY", "short"),
        ("HELPDESK_SECRET_KEY_FILE", "/nowhere/at/all"),
    ],
)
def test_a_bad_value_is_named(name, value):
    with pytest.raises(SettingsError, match=name.removesuffix("_FILE")):
        read_settings({name: value})


def test_a_bad_callback_key_is_named(tmp_path):
    with pytest.raises(SettingsError, match="HELPDESK_CALLBACK_KEY"):
        read_settings({"HELPDESK_STATE": str(tmp_path), "HELPDESK_CALLBACK_KEY": "nonsense"}).secrets()


def test_secrets_are_made_once_for_their_owner_alone(tmp_path):
    settings = read_settings({"HELPDESK_STATE": str(tmp_path / "state")})

    assert settings.secrets() == settings.secrets()
    files = list((tmp_path / "state" / "secrets").iterdir())
    assert {file.name for file in files} == {"secret_key", "callback_key"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text("k" * 40 + "\n", encoding="utf-8")
    settings = read_settings({"HELPDESK_STATE": str(tmp_path), "HELPDESK_SECRET_KEY_FILE": str(tmp_path / "key")})

    assert settings.secrets().signing == ("k" * 40,)


def test_a_secret_is_given_once(tmp_path):
    (tmp_path / "key").write_text("k" * 40, encoding="utf-8")
    with pytest.raises(SettingsError, match="Both"):
        read_settings({"HELPDESK_SECRET_KEY": "k" * 40, "HELPDESK_SECRET_KEY_FILE": str(tmp_path / "key")})


def test_the_store_opens_where_the_settings_say(tmp_path):
    store = Store.open(read_settings({"HELPDESK_STATE": str(tmp_path / "state")}))
    store.ping()
    store.close()

    assert (tmp_path / "state" / "ledger.db").exists()


def test_every_variable_is_documented():
    source = (Path(__file__).parent.parent / "helpdesk" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"(HELPDESK_[A-Z_]+)"', source))
    documented = set(re.findall(r"`(HELPDESK_[A-Z_]+)`", DOCS.read_text(encoding="utf-8")))

    assert read <= documented
    assert len(read) >= len(fields(Settings))
