"""The content as it was when a model was made: copied whole beside the model, compared with the draft, and put back.

HELPDESK_STATE/releases/<id>/ holds `model.tar.gz`, `content/` (data/, domain.yml, config.yml), `measures.json`, `code`, the
hash of the program that the model was trained by, and `seal`, which says that the model is the one that was made here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpdesk import archives
from helpdesk.editing.draft import Draft
from helpdesk.settings import ROOT
from helpdesk.training import code_files

ARCHIVE, CONTENT, CODE, SEAL = "model.tar.gz", "content", "code", "seal"
# The desk's own settings (opening hours, canned replies) lie in data/ too: no model is made from them, no rollback moves them.
APART = ("data/desk",)
PASSING = ("~", ".new", ".tmp", ".swp")


def folder(state: Path, release: str) -> Path:
    return state / "releases" / release


def archive(state: Path, release: str) -> Path:
    return folder(state, release) / ARCHIVE


def content(state: Path, release: str) -> Path:
    """Return the folder that holds data/, domain.yml and config.yml as the release was trained from them."""
    return folder(state, release) / CONTENT


def is_whole(state: Path, release: str) -> bool:
    return archive(state, release).is_file() and (content(state, release) / "data").is_dir()


def note_code(state: Path, release: str, code: str) -> None:
    """Keep, beside the model, the hash of the program that it was trained by."""
    write_whole(folder(state, release) / CODE, f"{code}\n".encode("ascii"))


def seal(state: Path, release: str, key: str, *, at: Path | None = None) -> None:
    """Note, beside the model, that it is the one that was made for this release. `at`: where it is until it is whole."""
    where = at or folder(state, release)
    write_whole(where / SEAL, f"{archives.seal(where / ARCHIVE, release, key)}\n".encode("ascii"))


def is_ours(state: Path, release: str, keys: Sequence[str]) -> bool:
    """Say whether the model is the one that was made for this release."""
    try:
        found = (folder(state, release) / SEAL).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return False
    return archives.is_sealed(archive(state, release), release, found, keys)


def noted_code(state: Path, release: str) -> str | None:
    try:
        return (folder(state, release) / CODE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def files(root: Path) -> dict[str, Path]:
    """Return every file of the content, by its name as data/answers/findings/tob1.yml, in a fixed order."""
    found = [path for path in sorted((root / "data").rglob("*")) if path.is_file() and not _passing(path)]
    found += [path for path in (root / "domain.yml",) if path.is_file()]
    return {path.relative_to(root).as_posix(): path for path in found}


def snapshot_hash(root: Path) -> str:
    """Return the hash of the content as a person sees it: all of data/ but for the desk's own settings, and domain.yml."""
    return _hash_of({name: path for name, path in files(root).items() if not _apart(name)})


def code_hash(config: Path, code: Path = ROOT) -> str:
    """Return the hash of what turns content into a model: extensions/ and config.yml."""
    return _hash_of({path.name: path for path in [*code_files(code), config] if path.is_file()})


def take(root: Path, target: Path) -> str:
    """Copy the content whole into the new folder `target`; return its hash. The caller holds the draft (`Draft.locked`)."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passing = Path(tempfile.mkdtemp(dir=target.parent, prefix=".taking-"))
    try:
        for name, path in {**files(root), "config.yml": root / "config.yml"}.items():
            if path.is_file():
                (passing / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, passing / name)
        (passing / "data").mkdir(exist_ok=True)
        found = snapshot_hash(passing)
        passing.rename(target)
    except BaseException:
        shutil.rmtree(passing, ignore_errors=True)
        raise
    return found


def keep_archive(source: Path, target: Path) -> None:
    """Put a model's archive into a release, without a second copy on the disk where that is possible."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passing = target.with_name(f".{target.name}.new")
    passing.unlink(missing_ok=True)
    try:
        os.link(source, passing)
    except OSError:
        shutil.copyfile(source, passing)
    _synced(passing)
    os.replace(passing, target)


@dataclass(frozen=True)
class Change:
    """A file of the draft that differs from a snapshot; None: there is no such file."""

    file: str
    now: str | None
    then: str | None


def differing(source: Path, root: Path) -> list[Change]:
    """Return what putting the snapshot back would change."""
    then, now = _bytes(source), _bytes(root)
    names = [name for name in sorted(set(then) | set(now)) if now.get(name) != then.get(name)]
    return [Change(name, _text(now.get(name)), _text(then.get(name))) for name in names]


def put_back(source: Path, draft: Draft, *, staff: str | None, note: str) -> list[str]:
    """Make the draft what the snapshot holds, and keep every text that it had; return the files that were changed.

    What was interrupted is ended by the next who takes the draft, or by calling this once more.
    """
    with draft.locked():
        names = [one.file for one in differing(source, draft.root)]
        draft.change({name: _exact(source / name) for name in names}, staff=staff, note=note)
    return names


def _exact(path: Path) -> str | None:
    """Return the text as the draft takes it, byte by byte."""
    return path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else None


def write_whole(path: Path, data: bytes) -> None:
    """Replace the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
    os.replace(name, path)


def _bytes(root: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in files(root).items() if not _apart(name)}


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace")


def _hash_of(named: Mapping[str, Path]) -> str:
    digest = hashlib.sha256()
    for name, path in named.items():
        data = path.read_bytes()
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _apart(name: str) -> bool:
    return name.startswith(tuple(f"{one}/" for one in APART))


def _passing(path: Path) -> bool:
    return path.name.startswith(".") or path.name.endswith(PASSING)


def _synced(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
