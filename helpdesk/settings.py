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

from helpdesk.environment import (
    days,
    file_or,
    http_addresses,
    keys,
    long_enough,
    minutes,
    one_of,
    points,
    port,
    secret,
    signing_keys,
    switch,
)
from helpdesk.errors import SettingsError
from helpdesk.notifier import notifier, scheme_of

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Secrets:
    """Keys, newest first: the first one signs or encrypts, the others still open what they closed."""

    signing: tuple[str, ...]
    callbacks: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Settings:
    """One field for each variable of docs/operating.md; never shown whole, since some are secret."""

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
    log_format: str
    rasa_url: str  # none: the Rasas that the register names
    rasa_host: str
    rasa_secret: str
    secret_key: str | None
    callback_key: str | None
    public_url: str
    webhooks: tuple[str, ...]
    webhook_secret: str | None
    notify: tuple[str, ...]
    wait_minutes: int
    drop_minutes: int
    hours: Path
    publish_alone: bool
    studio: bool
    keep_days: int
    keep_callback_days: int
    watch_minutes: int
    watch_points: int

    @property
    def targets(self) -> tuple[str, ...]:
        """Name the webhooks and the ways to notify, as the outbox knows them: by their numbers."""
        hooks = tuple(f"webhook:{number}" for number in range(1, len(self.webhooks) + 1))
        return hooks + tuple(f"notify:{number}" for number in range(1, len(self.notify) + 1))

    @property
    def follows_register(self) -> bool:
        """Whether a web process is one of several, which change to a release together."""
        return not self.rasa_url

    def check_shared(self) -> None:
        """Raise SettingsError where what several machines must have in common is not given."""
        given = {
            "HELPDESK_SECRET_KEY": self.secret_key,
            "HELPDESK_CALLBACK_KEY": self.callback_key,
            "HELPDESK_RASA_SECRET": self.rasa_secret,
        }
        missing = [name for name, value in given.items() if not value]
        if missing:
            raise SettingsError(f"{', '.join(missing)}: not given. Give all machines that share a ledger the same one.")

    @property
    def root(self) -> Path:
        """Return the folder that holds data/, domain.yml and config.yml: the draft that authors work on."""
        return self.data.parent

    def webhook_keys(self) -> tuple[bytes, ...]:
        """Return the keys that sign a webhook, newest first."""
        return signing_keys("HELPDESK_WEBHOOK_SECRET", self.webhook_secret or "")

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
        for key in keys(callbacks):
            _check_fernet(key)
        return Secrets(signing=keys(signing), callbacks=keys(callbacks))

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
    host, own_port = env.get("HELPDESK_HOST") or "127.0.0.1", port(env, "HELPDESK_PORT", 8080)
    state = Path(env.get("HELPDESK_STATE") or ROOT / "var").expanduser().resolve()
    data = Path(env.get("HELPDESK_DATA") or ROOT / "data").expanduser().resolve()
    webhooks = http_addresses("HELPDESK_WEBHOOKS", env.get("HELPDESK_WEBHOOKS", "").split(","))
    database_url = _database_url(env, state)
    return Settings(
        host=host,
        port=own_port,
        state=state,
        data=data,
        database_url=database_url,
        origins=_origins(env.get("HELPDESK_ORIGINS", "")),
        rate_limit=switch(env, "HELPDESK_RATE_LIMIT", default=True),
        metrics_port=port(env, "HELPDESK_METRICS_PORT", 0) or None,
        trusted_proxies=env.get("HELPDESK_TRUSTED_PROXIES") or "127.0.0.1",
        log_level=one_of(env, "HELPDESK_LOG_LEVEL", LEVELS, default="info"),
        log_format=one_of(env, "HELPDESK_LOG_FORMAT", FORMATS, default="text"),
        rasa_url=_rasa_url(env, database_url),
        rasa_host=env.get("HELPDESK_RASA_HOST") or "127.0.0.1",
        studio=switch(env, "HELPDESK_STUDIO", default=True),
        rasa_secret=secret(env, "HELPDESK_RASA_SECRET") or "",
        secret_key=long_enough(secret(env, "HELPDESK_SECRET_KEY"), "HELPDESK_SECRET_KEY", 32),
        callback_key=secret(env, "HELPDESK_CALLBACK_KEY"),
        public_url=_public_url(env, host, own_port),
        webhooks=webhooks,
        webhook_secret=_webhook_secret(env, webhooks),
        notify=_notify(env),
        wait_minutes=minutes(env, "HELPDESK_WAIT_MINUTES", 5, most=120),
        drop_minutes=minutes(env, "HELPDESK_DROP_MINUTES", 2, most=60),
        hours=file_or(env, "HELPDESK_HOURS", data / "desk" / "hours.yml"),
        publish_alone=switch(env, "HELPDESK_PUBLISH_ALONE", default=False),
        keep_days=days(env, "HELPDESK_KEEP_DAYS", 90),
        keep_callback_days=days(env, "HELPDESK_KEEP_CALLBACK_DAYS", 30),
        watch_minutes=minutes(env, "HELPDESK_WATCH_MINUTES", 15, least=0, most=1440),
        watch_points=points(env, "HELPDESK_WATCH_POINTS", 15),
    )


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
    url = secret(env, "HELPDESK_DATABASE_URL") or ""
    if not url:
        return f"sqlite:///{state / 'ledger.db'}"
    if not re.match(r"(sqlite|postgresql)(\+\w+)?://.", url) or url.endswith(":memory:"):
        raise SettingsError(
            "HELPDESK_DATABASE_URL is not understood. Give sqlite:////folder/file.db or postgresql://user@host/name."
        )
    return url


def _rasa_url(env: Mapping[str, str], database_url: str) -> str:
    """Return one address or several, separated by blanks; none where PostgreSQL's register tells them."""
    default = "http://127.0.0.1:5005" if database_url.startswith("sqlite") else ""
    urls = re.split(r"[,\s]+", (env.get("HELPDESK_RASA_URL") or default).strip())
    for url in filter(None, urls):
        if not re.match(r"https?://[^/\s]", url):
            raise SettingsError(
                f"HELPDESK_RASA_URL={url} is not an address. Give http://127.0.0.1:5005, for example; separate several by commas."
            )
    return " ".join(url.rstrip("/") for url in urls)


def _public_url(env: Mapping[str, str], host: str, own_port: int) -> str:
    url = env.get("HELPDESK_PUBLIC_URL", "").strip().rstrip("/")
    if not url:
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"http://{f'[{here}]' if ':' in here else here}:{own_port}"
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise SettingsError(f"HELPDESK_PUBLIC_URL={url} is not an address. Give https://chat.example.org, for example.")
    return url


def _webhook_secret(env: Mapping[str, str], webhooks: tuple[str, ...]) -> str | None:
    text = secret(env, "HELPDESK_WEBHOOK_SECRET")
    if webhooks and text is None:
        raise SettingsError("HELPDESK_WEBHOOKS needs HELPDESK_WEBHOOK_SECRET, with which they are signed: 16 characters or more.")
    signing_keys("HELPDESK_WEBHOOK_SECRET", text or "")
    return text


def _notify(env: Mapping[str, str]) -> tuple[str, ...]:
    urls = tuple(dict.fromkeys((secret(env, "HELPDESK_NOTIFY") or "").split()))
    for number, url in enumerate(urls, 1):
        scheme = scheme_of(url)
        if scheme is None or notifier(url, "", "") is None:
            what = f"{scheme}://…" if scheme else "it has no scheme"
            raise SettingsError(
                f"HELPDESK_NOTIFY: address {number} ({what}) is not understood. Give addresses as apprise writes them "
                "(https://appriseit.com/services), separated by blanks."
            )
    return urls


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
