"""A model that is not ours is not loaded: none from elsewhere, none that was changed, none that unpacks where it must not."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk import archives, snapshots, training
from helpdesk.errors import CommandError
from helpdesk.fitting import Fitting
from tests.releases import Register

NODE = {"uses": "extensions.understanding.Understanding", "constructor_name": "load", "fn": "process"}
SOUND = {
    "rasa_open_source_version": archives.RASA,
    "train_schema": {"nodes": {"a": {**NODE, "uses": "rasa.core.policies.rule_policy.RulePolicy", "fn": "train"}}},
    "predict_schema": {"nodes": {"b": NODE}},
}


def with_node(**more: Any) -> dict[str, Any]:
    return {**SOUND, "predict_schema": {"nodes": {"b": {**NODE, **more}}}}


def packed(path: Path, metadata: Any = SOUND, members: list[tarfile.TarInfo] | None = None) -> Path:
    """Write an archive; each further member is an empty one."""
    text = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    with tarfile.open(path, "w:gz") as tar:
        for member in members or []:
            tar.addfile(member, io.BytesIO(b"x" * member.size) if member.isreg() else None)
        info = tarfile.TarInfo("metadata.json")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, **more: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in more.items():
        setattr(info, key, value)
    return info


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    register = Register(tmp_path)
    yield register
    register.close()


def test_a_model_as_rasa_makes_it_is_taken(tmp_path: Path) -> None:
    archives.examine(packed(tmp_path / "m.tar.gz", members=[member("components", tarfile.DIRTYPE), member("components/a.json")]))


def test_the_newest_model_of_this_checkout_is_taken() -> None:
    model = training.newest(Path(__file__).resolve().parent.parent)
    if model:
        archives.examine(model.path)


@pytest.mark.parametrize(
    "wrong",
    [
        member("/etc/passwd"),
        member("../outside"),
        member("components/../../outside"),
        member("link", tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("hard", tarfile.LNKTYPE, linkname="/etc/passwd"),
        member("device", tarfile.CHRTYPE),
        member("pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda info: info.name,
)
def test_an_archive_that_reaches_outside_its_folder_is_refused(tmp_path: Path, wrong: tarfile.TarInfo) -> None:
    with pytest.raises(CommandError, match="plain files"):
        archives.examine(packed(tmp_path / "m.tar.gz", members=[wrong]))


@pytest.mark.parametrize(
    "metadata",
    [
        {**SOUND, "rasa_open_source_version": "3.5.0"},
        {**SOUND, "rasa_open_source_version": None},
        with_node(uses="os.system"),
        with_node(uses="subprocess.Popen"),
        with_node(uses="rasa_evil.Component"),
        with_node(uses="extensions"),
        with_node(uses="extensions.understanding.Understanding\nos"),
        with_node(uses=["os", "system"]),
        with_node(fn="__init__"),
        with_node(constructor_name="__class__"),
        {**SOUND, "predict_schema": {}},
        {},
        [],
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=lambda found: repr(found)[-40:],
)
def test_an_archive_that_would_load_what_is_neither_rasas_nor_ours_is_refused(tmp_path: Path, metadata: Any) -> None:
    with pytest.raises(CommandError, match="is not loaded"):
        archives.examine(packed(tmp_path / "m.tar.gz", metadata))


def test_an_archive_that_unpacks_to_too_much_is_refused_without_unpacking_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(tmp_path / "m.tar.gz", members=[member("large", size=5_000_000)])
    assert path.stat().st_size < 50_000
    monkeypatch.setattr(archives, "LARGEST_UNPACKED", 1_000_000)

    with pytest.raises(CommandError, match="unpacks"):
        archives.examine(path)


def test_an_archive_of_a_gigabyte_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    with path.open("wb") as file:
        os.truncate(file.fileno(), archives.LARGEST + 1)

    with pytest.raises(CommandError, match="GB"):
        archives.examine(path)


def test_what_is_no_archive_is_left_to_rasa(tmp_path: Path) -> None:
    for number, data in enumerate((b"", b"not an archive", packed(tmp_path / "whole.tar.gz").read_bytes()[:-60])):
        path = tmp_path / f"{number}.tar.gz"
        path.write_bytes(data)

        archives.examine(path)


# ---- the model of a release is the one that was made for it


def released(register: Register, id: str) -> Path:
    register.add(id, gate=[])
    path = packed(snapshots.archive(register.settings.state, id))
    snapshots.seal(register.settings.state, id, register.settings.secrets().signing[0])
    return path


def ours(register: Register, id: str) -> bool:
    return snapshots.is_ours(register.settings.state, id, register.settings.secrets().signing)


def test_the_model_that_was_made_is_known(register: Register) -> None:
    released(register, "one")

    assert ours(register, "one")


@pytest.mark.parametrize("how", ["changed", "replaced", "another's", "unsealed", "sealed by somebody else", "gone"])
def test_a_model_that_was_changed_or_exchanged_is_known_too(register: Register, how: str) -> None:
    path, other = released(register, "one"), released(register, "two")
    seal = path.with_name(snapshots.SEAL)
    if how == "changed":
        with path.open("r+b") as file:
            file.seek(20)
            file.write(b"x")
    elif how == "replaced":
        packed(path, with_node(uses="rasa.core.policies.rule_policy.RulePolicy"))
    elif how == "another's":
        path.write_bytes(packed(other, with_node()).read_bytes())
        seal.write_text(other.with_name(snapshots.SEAL).read_text())
    elif how == "unsealed":
        seal.unlink()
    elif how == "sealed by somebody else":
        snapshots.seal(register.settings.state, "one", "a key that they made up")
    else:
        path.unlink()

    assert not ours(register, "one") and (ours(register, "two") or how == "another's")


def test_a_version_whose_model_was_exchanged_cannot_be_published(register: Register) -> None:
    released(register, "one")
    path = released(register, "two")
    register.bring_live("one")
    live = register.releases.live()
    wanted = register.releases.want("two", staff=None, kind="publish", note="new", expected=live.id if live else None)
    packed(path, with_node(fn="train"))
    fitting = Fitting(register.settings, register.store, None, register.root, lambda done: None)  # type: ignore[arg-type]

    with pytest.raises(CommandError, match="not the one that was made"):
        fitting.fit(wanted)

    assert register.releases.live() == live
