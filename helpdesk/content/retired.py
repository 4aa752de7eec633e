"""Topics that are out of use: data/retired/, with a suffix that neither Rasa nor we read as content."""

from __future__ import annotations

from pathlib import Path

from helpdesk.content.files import misfits, parse
from helpdesk.content.forms import ENTRY

FOLDER, SUFFIX = "data/retired", ".retired"


def files(root: Path) -> list[Path]:
    """Return the retired files, as data/retired/answers/trials/lipoic_acid.yml.retired."""
    return sorted((root / FOLDER).rglob(f"*.yml{SUFFIX}"))


def facts(root: Path) -> set[str]:
    """Return the facts that only wait for a retired answer to come back."""
    found = (parse(path.read_text(encoding="utf-8", errors="replace"))[0] for path in files(root))
    entries = (one for one in found if one is not None and not misfits(one, ENTRY))
    return {
        fact for one in entries for texts in one["responses"].values() for text in texts for fact in text["metadata"]["facts"]
    }
