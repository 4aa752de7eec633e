"""Near-duplicates to be found: tests/planted.yml."""

from __future__ import annotations

from pathlib import Path

import yaml

Planted = tuple[str, str, str, str]  # topic, text, the other topic, the text planted there


def planted() -> tuple[list[Planted], list[Planted]]:
    """Return those that the criterion was made with, and those that it was not made with."""
    found = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return [tuple(one) for one in found["planted"]], [tuple(one) for one in found["planted_too"]]
