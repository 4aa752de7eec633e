"""Values of environment variables; what cannot be used is refused in a sentence that names the variable."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from helpdesk.errors import SettingsError

Environ = Mapping[str, str]


def port(env: Environ, name: str, default: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise SettingsError(f"{name}={text} is not a port. Give a number from 1 to 65535.")
    return int(text)


def minutes(env: Environ, name: str, default: int, *, most: int, least: int = 1) -> int:
    return _whole(env, name, default, "minutes", least, most)


def days(env: Environ, name: str, default: int) -> int:
    return _whole(env, name, default, "days", 1, 3650)


def points(env: Environ, name: str, default: int) -> int:
    """Return percentage points."""
    return _whole(env, name, default, "percentage points", 1, 100)


def _whole(env: Environ, name: str, default: int, what: str, least: int, most: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,4}", text) or not least <= int(text) <= most:
        raise SettingsError(f"{name}={text} is not understood. Give whole {what}, from {least} to {most}.")
    return int(text)


def switch(env: Environ, name: str, *, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if text not in ("", "on", "off"):
        raise SettingsError(f"{name}={text} is not understood. Give on or off.")
    return text == "on" if text else default


def one_of(env: Environ, name: str, allowed: tuple[str, ...], *, default: str) -> str:
    text = env.get(name, "").strip().lower() or default
    if text not in allowed:
        raise SettingsError(f"{name}={text} is not understood. Give one of: {', '.join(allowed)}.")
    return text


def secret(env: Environ, name: str) -> str | None:
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


def keys(text: str) -> tuple[str, ...]:
    """Return the keys of a list, newest first, that is separated by commas or blanks."""
    return tuple(text.replace(",", " ").split())


def long_enough(text: str | None, name: str, least: int) -> str | None:
    for key in keys(text or ""):
        if len(key) < least:
            raise SettingsError(f"{name} is too short. Give {least} characters or more for each key.")
    return text


def file_or(env: Environ, name: str, default: Path) -> Path:
    """Return the file that NAME names; one that is named must be there."""
    text = env.get(name, "").strip()
    if not text:
        return default
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise SettingsError(f"{name}={text} is not a file. Give the path of one, or leave {name} out.")
    return path


def http_addresses(name: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses, each once. A path can hold a secret: a bad one is named by its place in the list."""
    found = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    for number, text in enumerate(found, 1):
        if not _is_http(text):
            raise SettingsError(
                f"{name}: address {number} is not understood. Give https://host/path; separate several by commas."
            )
    return found


def _is_http(text: str) -> bool:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return known and re.search(r"[\s\x00-\x1f\\]", text) is None


def signing_keys(name: str, text: str) -> tuple[bytes, ...]:
    """Return the keys of webhooks as bytes: base64 after `whsec_`, as Standard Webhooks writes them, else the text's own."""
    found = tuple(_signing_key(name, key) for key in keys(text))
    if any(len(key) < 16 for key in found):
        raise SettingsError(f"{name} is too short. Give 16 characters or more for each key.")
    return found


def _signing_key(name: str, key: str) -> bytes:
    if not key.startswith("whsec_"):
        return key.encode("utf-8")
    try:
        return base64.b64decode(key.removeprefix("whsec_"), validate=True)
    except ValueError:
        raise SettingsError(
            f"{name}: what stands after whsec_ is not base64. Give a key without whsec_, or one in base64."
        ) from None
