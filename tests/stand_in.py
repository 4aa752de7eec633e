"""A checkout whose `rasa` is a few lines of a test's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from helpdesk.settings import ROOT


def stand_in_rasa(root: Path, code: str) -> None:
    """Write a package that is found before the real one, and what the help desk starts it by."""
    (root / "rasa").mkdir(parents=True)
    (root / "rasa" / "__init__.py").touch()
    (root / "rasa" / "__main__.py").write_text(code, encoding="utf-8")
    (root / "extensions").mkdir()
    for name in ("__init__.py", "rasa.py"):
        shutil.copy(ROOT / "extensions" / name, root / "extensions" / name)
