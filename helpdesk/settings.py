"""Settings: read from the environment, here and nowhere else."""

from __future__ import annotations

import base64
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpdesk.errors import SettingsError

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
LEVELS = ("debug", "info", "warning", "error")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Secrets:
    """Keys, newest first: the first one signs or encrypts, the others still open what they closed."""

    signing: tuple[str, ...]
    callbacks: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """One field for each variable of docs/operating.md."""

    host: str
    port: int
    state: Path
    data: Path
    database_url: str
    origins: tuple[str, ...]
    rate_limit: bool
    metrics_port: int | None
    trusted_proxies: str
    log_level: str
    rasa_url: str
    rasa_secret: str
    secret_key: str | None
    callback_key: str | None

    def prepare(self) -> None:
        """Make the state folder, for its owner alone."""
        try:
            self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SettingsError(f"HELPDESK_STATE={self.state} cannot be made: {error.strerror}.") from error

    def secrets(self) -> Secrets:
        """Return the keys; one that is not given is made once and kept under HELPDESK_STATE/secrets."""
        signing = self.secret_key or self._kept("secret_key", secrets.token_urlsafe(48))
        callbacks = self.callback_key or self._kept("callback_key", _fernet_key())
        for key in _keys(callbacks):
            _check_fernet(key)
        return Secrets(signing=_keys(signing), callbacks=_keys(callbacks))

    def _kept(self, name: str, fresh: str) -> str:
        self.prepare()
        folder = self.state / "secrets"
        folder.mkdir(exist_ok=True, mode=0o700)
        path = folder / name
        if not path.exists():
            _write_once(path, fresh)
        return path.read_text(encoding="utf-8").strip()


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read every HELPDESK_ variable, or say in a sentence which one is wrong."""
    env = os.environ if environ is None else environ
    state = Path(env.get("HELPDESK_STATE") or ROOT / "var").expanduser().resolve()
    return Settings(
        host=env.get("HELPDESK_HOST") or "127.0.0.1",
        port=_port(env, "HELPDESK_PORT", 8080),
        state=state,
        data=Path(env.get("HELPDESK_DATA") or ROOT / "data").expanduser().resolve(),
        database_url=_database_url(env, state),
        origins=_origins(env.get("HELPDESK_ORIGINS", "")),
        rate_limit=_switch(env, "HELPDESK_RATE_LIMIT", default=True),
        metrics_port=_port(env, "HELPDESK_METRICS_PORT", 0) or None,
        trusted_proxies=env.get("HELPDESK_TRUSTED_PROXIES") or "127.0.0.1",
        log_level=_one_of(env, "HELPDESK_LOG_LEVEL", LEVELS, default="info"),
        rasa_url=_rasa_url(env),
        rasa_secret=_secret(env, "HELPDESK_RASA_SECRET") or "",
        secret_key=_long_enough(_secret(env, "HELPDESK_SECRET_KEY")),
        callback_key=_secret(env, "HELPDESK_CALLBACK_KEY"),
    )


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise SettingsError(f"{name}={text} is not a port. Give a number from 1 to 65535.")
    return int(text)


def _switch(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if text not in ("", "on", "off"):
        raise SettingsError(f"{name}={text} is not understood. Give on or off.")
    return text == "on" if text else default


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...], *, default: str) -> str:
    text = env.get(name, "").strip().lower() or default
    if text not in allowed:
        raise SettingsError(f"{name}={text} is not understood. Give one of: {', '.join(allowed)}.")
    return text


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip().rstrip("/").lower() for part in text.split(",") if part.strip())
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"HELPDESK_ORIGINS: {origin} is not a site's origin. Give https://host or https://host:port, "
                "without a path; separate several by commas. A star is not allowed."
            )
    return origins


def _database_url(env: Mapping[str, str], state: Path) -> str:
    url = env.get("HELPDESK_DATABASE_URL", "").strip()
    if not url:
        return f"sqlite:///{state / 'ledger.db'}"
    if not re.match(r"(sqlite|postgresql)(\+\w+)?://.", url) or url.endswith(":memory:"):
        raise SettingsError(
            "HELPDESK_DATABASE_URL is not understood. Give sqlite:////folder/file.db or postgresql://user@host/name."
        )
    return url


def _rasa_url(env: Mapping[str, str]) -> str:
    url = (env.get("HELPDESK_RASA_URL") or "http://127.0.0.1:5005").rstrip("/")
    if not re.match(r"https?://[^/\s]", url):
        raise SettingsError(f"HELPDESK_RASA_URL={url} is not an address. Give http://127.0.0.1:5005, for example.")
    return url


def _secret(env: Mapping[str, str], name: str) -> str | None:
    """Return NAME, or what stands in the file that NAME_FILE names."""
    file = env.get(f"{name}_FILE", "").strip()
    if not file:
        return env.get(name, "").strip() or None
    if env.get(name):
        raise SettingsError(f"Both {name} and {name}_FILE are set. Give one of them.")
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}_FILE={file} cannot be read: {type(error).__name__}.") from error
    if not text:
        raise SettingsError(f"{name}_FILE={file} is empty.")
    return text


def _long_enough(text: str | None) -> str | None:
    for key in _keys(text or ""):
        if len(key) < 32:
            raise SettingsError("HELPDESK_SECRET_KEY is too short. Give 32 characters or more for each key.")
    return text


def _keys(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")


def _check_fernet(key: str) -> None:
    try:
        size = len(base64.b64decode(key, altchars=b"-_", validate=True))
    except ValueError:
        size = 0
    if size != 32:
        raise SettingsError("HELPDESK_CALLBACK_KEY is not a key of 32 bytes in URL-safe base64.")


def _write_once(path: Path, text: str) -> None:
    """Write the file whole or not at all, for its owner alone; of two processes that try, the first one wins."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)
