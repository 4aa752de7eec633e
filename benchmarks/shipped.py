"""What ships, as the other contestants are given it: the files of data/ and their plain texts. Imports little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from extensions import plain_yaml

DATA = Path(__file__).resolve().parent.parent / "data"
PAGES = ("answers", "referrals")
ALL = (*PAGES, "dialogue")


def files(root: Path = DATA) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each file with examples or responses, and the folder that it stands in."""
    for folder in ALL:
        for path in sorted((root / folder).rglob("*.yml")):
            yield folder, plain_yaml.read(path)


def examples(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the examples of a file, each with its intent."""
    for block in content.get("nlu") or []:
        for line in block["examples"].splitlines():
            yield line.removeprefix("- ").strip(), block["intent"]


def plain_texts(content: dict[str, Any]) -> dict[str, list[str]]:
    """Return the texts of each response that are said without a condition."""
    responses = content.get("responses") or {}
    return {name: [one["text"] for one in variations if "condition" not in one] for name, variations in responses.items()}
