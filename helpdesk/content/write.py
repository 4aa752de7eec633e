"""Write YAML as the authors write it, so that a file that is read and written unchanged stays the same, byte for byte."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML


def read_round_trip(path: Path) -> Any:
    """Return the file as ruamel holds it: comments, order, quotes and all."""
    return _yaml().load(path.read_text(encoding="utf-8"))


def text_of(found: Any) -> str:
    """Return the YAML text of what `read_round_trip` gave, changed or not."""
    stream = io.StringIO()
    _yaml().dump(found, stream)
    return stream.getvalue()


def write(path: Path, found: Any) -> None:
    """Replace the file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text_of(found))
    os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
    os.replace(name, path)


def _yaml() -> YAML:
    yaml: Any = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    yaml.width = 10_000
    yaml.representer.add_representer(
        type(None), lambda representer, _: representer.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return cast(YAML, yaml)
