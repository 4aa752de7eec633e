"""What the web process itself says: read from words.yml beside this file, and from the safety replies in data/."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

log = logging.getLogger(__name__)

PHONE = "1-800-344-4867"
PHONE_HREF = "tel:+18003444867"


@dataclass(frozen=True)
class Words:
    """The texts of words.yml, by name."""

    greeting: str
    names: dict[str, str]
    down: str
    off: str
    topic_off: str
    handoff: str
    callback_kept: str
    callback_topic: str
    owner: dict[str, str]
    masked: dict[str, Any]
    actions: dict[str, str]
    danger: dict[str, dict[str, str]]
    errors: dict[str, str]
    outward: dict[str, dict[str, str]]

    def put_danger(self, replies: dict[str, dict[str, str]]) -> None:
        """Put other safety replies in force, for everybody who holds these texts."""
        self.danger.clear()
        self.danger.update(replies)

    def danger_reply(self, key: str, route: str, language: str) -> str:
        """Return the safety reply; a key that is not written falls back to its route's."""
        texts = self.danger.get(key) or self.danger[route]
        return (texts.get(language) or texts["en"]).strip()


@functools.lru_cache(maxsize=1)
def words() -> Words:
    """Return our own texts."""
    path = Path(__file__).with_name("words.yml")
    return Words(**yaml.safe_load(path.read_text(encoding="utf-8")))


def words_with(replies: Path) -> Words:
    """Return our own texts, with the safety replies of the file where it can be read."""
    return Words(**{**vars(words()), "danger": danger_with(replies)})


def danger_with(replies: Path) -> dict[str, dict[str, str]]:
    """Return the safety replies of the file, and our own where it has none."""
    return {**words().danger, **_read_replies(replies)}


def _read_replies(path: Path) -> dict[str, dict[str, str]]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        log.warning("%s cannot be read (%s); the built-in safety replies are used", path.name, type(error).__name__)
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: texts for key, texts in found.items() if isinstance(texts, dict) and isinstance(texts.get("en"), str)}
