"""A model's archive, before it is given to Rasa, which loads what it names: can it be ours, and is it the one that was made?"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from helpdesk.errors import CommandError

RASA = "3.6.21"
LARGEST, LARGEST_UNPACKED, LARGEST_METADATA, MOST = 1_000_000_000, 4_000_000_000, 50_000_000, 5_000
CLASS = re.compile(r"(?:rasa|extensions)(?:\.[A-Za-z_]\w*)+")  # what a model may have loaded
METHOD = re.compile(r"[a-z]\w*")


def examine(path: Path) -> None:
    """Look into an archive without unpacking it. What is no archive at all is left to Rasa, which refuses it.

    Raises CommandError.
    """
    if path.stat().st_size > LARGEST:
        raise _refused(path, f"it has more than {LARGEST / 1e9:g} GB")
    try:
        with tarfile.open(path, "r|gz") as tar:
            metadata = _walked(path, tar)
    except (tarfile.TarError, OSError, EOFError):
        return
    if metadata is not None:
        _look_at(path, metadata)


def seal(archive: Path, release: str, key: str) -> str:
    """Return what stands for this archive as the model of this release; only who has the key can make it."""
    digest = hashlib.sha256()
    with archive.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    secret = hashlib.sha256(f"release {key}".encode()).digest()
    return hmac.new(secret, f"{release} {digest.hexdigest()}".encode(), hashlib.sha256).hexdigest()


def is_sealed(archive: Path, release: str, found: str, keys: Sequence[str]) -> bool:
    """Say whether the archive is the one that was made for the release."""
    return archive.is_file() and any(hmac.compare_digest(seal(archive, release, key), found) for key in keys)


def _walked(path: Path, tar: tarfile.TarFile) -> bytes | None:
    """Look at every member, and return the metadata."""
    metadata, size, number = None, 0, 0
    for member in tar:
        number, size = number + 1, size + member.size
        parts = Path(member.name).parts
        if not (member.isreg() or member.isdir()) or member.name.startswith("/") or ".." in parts:
            raise _refused(path, "it holds something else than plain files below its own folder")
        if number > MOST or size > LARGEST_UNPACKED:
            raise _refused(path, f"it unpacks to more than {MOST:,} files or {LARGEST_UNPACKED / 1e9:g} GB")
        if member.name.removeprefix("./") == "metadata.json" and member.size <= LARGEST_METADATA:
            file = tar.extractfile(member)
            metadata = file.read() if file else None
    return metadata


def _look_at(path: Path, metadata: bytes) -> None:
    try:
        found = json.loads(metadata)
        version, nodes = found.get("rasa_open_source_version"), list(_nodes(found))
        named = [(str(node["uses"]), str(node["constructor_name"]), str(node["fn"])) for node in nodes]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _refused(path, "its metadata cannot be read") from None
    if version != RASA:
        raise _refused(path, f"it was made by Rasa {version!s:.20}, and this is Rasa {RASA}")
    for uses, *methods in named:
        if not CLASS.fullmatch(uses) or not all(METHOD.fullmatch(method) for method in methods):
            raise _refused(path, f"it would load {uses[:80]!r}, which is neither Rasa's nor ours")


def _nodes(metadata: dict[str, Any]) -> Iterator[Any]:
    for schema in ("train_schema", "predict_schema"):
        yield from metadata[schema]["nodes"].values()


def _refused(path: Path, why: str) -> CommandError:
    return CommandError(f"The model {path.name} is not loaded: {why}. Take it away, and train again.")
