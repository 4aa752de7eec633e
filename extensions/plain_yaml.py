"""YAML as fast as this machine can read it: the C parser where PyYAML was built with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str) -> Any:
    """Return what stands in `text`. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)


def read(path: Path) -> Any:
    """Return what stands in a file. Raises yaml.YAMLError."""
    return load(path.read_text(encoding="utf-8"))
