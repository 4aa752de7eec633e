"""The content beside the model: copied whole, compared with the draft, and put back with nothing lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk import snapshots
from helpdesk.editing.draft import Draft
from tests.releases import Register, draft


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    register = Register(tmp_path)
    yield register
    register.close()


def texts(root: Path) -> dict[str, str]:
    return {name: path.read_text() for name, path in snapshots.files(root).items()}


def put_back(register: Register, release: str) -> list[str]:
    whole = Draft(register.root, register.settings.state, register.store.revisions)
    return snapshots.put_back(
        snapshots.content(register.settings.state, release), whole, staff="paul", note=f"Back to {release}."
    )


def test_a_snapshot_is_the_content_whole(register: Register) -> None:
    release = register.add("one")

    content = snapshots.content(register.settings.state, "one")

    assert texts(content) == texts(register.root)
    assert (content / "config.yml").is_file()
    assert release.snapshot == snapshots.snapshot_hash(register.root) == snapshots.snapshot_hash(content)
    assert snapshots.is_whole(register.settings.state, "one")


def test_a_half_made_snapshot_is_none(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(snapshots.shutil, "copyfile", full)

    with pytest.raises(OSError, match="no space"):
        register.add("one")

    assert list((register.settings.state / "releases" / "one").iterdir()) == []


@pytest.mark.parametrize("name", ["data/answers/.hidden.yml", "data/answers/tob1.yml~", "data/answers/tmpx.new"])
def test_what_is_only_passing_through_is_not_content(register: Register, name: str) -> None:
    before = snapshots.snapshot_hash(register.root)
    (register.root / name).write_text("x\n")

    assert snapshots.snapshot_hash(register.root) == before


def test_every_change_of_the_content_shows_in_its_hash(register: Register) -> None:
    seen = {snapshots.snapshot_hash(register.root)}
    for texts_of in ({"tob1": "tob1: 2\n"}, {"tob1": "tob1: 1\n", "two": ""}, {}):
        draft(register.root, **texts_of)
        seen.add(snapshots.snapshot_hash(register.root))

    assert len(seen) == 4


def test_a_model_is_taken_into_a_release_without_a_second_copy(tmp_path: Path) -> None:
    model = tmp_path / "model.tar.gz"
    model.write_bytes(b"a model")

    snapshots.keep_archive(model, tmp_path / "release" / "model.tar.gz")

    assert (tmp_path / "release" / "model.tar.gz").samefile(model)


def test_the_program_has_changed_where_a_file_that_makes_models_has(tmp_path: Path) -> None:
    (tmp_path / "extensions").mkdir()
    reader, channel, config = (tmp_path / name for name in ("extensions/reader.py", "extensions/channel.py", "config.yml"))
    for path in (reader, channel, config):
        path.write_text("one\n")
    before = snapshots.code_hash(config, tmp_path)

    channel.write_text("two\n")
    assert snapshots.code_hash(config, tmp_path) == before
    reader.write_text("two\n")
    assert snapshots.code_hash(config, tmp_path) != before


def test_putting_back_restores_changes_and_takes_away_what_came_since(register: Register) -> None:
    draft(register.root, tob1="tob1: 1\n", gone="gone: 1\n")
    register.add("one")
    before = texts(register.root)
    draft(register.root, tob1="tob1: 2\n", added="added: 1\n")
    (register.root / "domain.yml").write_text("one: 2\n")
    (register.root / "config.yml").write_text("one: 2\n")

    changed = put_back(register, "one")

    assert texts(register.root) == before
    assert sorted(changed) == ["data/answers/added.yml", "data/answers/gone.yml", "data/answers/tob1.yml", "domain.yml"]
    assert (register.root / "config.yml").read_text() == "one: 2\n"
    assert put_back(register, "one") == []


def test_what_stood_in_the_draft_before_is_kept(register: Register) -> None:
    register.add("one")
    draft(register.root, tob1="tob1: what nobody published\n", added="added: 1\n")

    put_back(register, "one")

    history = register.store.revisions.of("data/answers/tob1.yml")
    assert [one.text for one in history] == ["tob1: 1\n", "tob1: what nobody published\n"]
    assert (history[0].staff, history[0].note) == ("paul", "Back to one.")
    assert [one.text for one in register.store.revisions.of("data/answers/added.yml")] == [None, "added: 1\n"]


def test_the_desks_own_settings_stay_as_they_are(register: Register) -> None:
    hours = register.root / "data" / "desk" / "hours.yml"
    hours.parent.mkdir()
    hours.write_text("monday: 9\n")
    register.add("one")
    before = snapshots.snapshot_hash(register.root)
    hours.write_text("monday: 10\n")

    assert snapshots.snapshot_hash(register.root) == before
    assert put_back(register, "one") == []
    assert hours.read_text() == "monday: 10\n"


def test_a_kill_in_the_middle_is_finished_by_the_next(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    draft(register.root, **{f"topic_{number}": "one: 1\n" for number in range(5)})
    register.add("one")
    before = texts(register.root)
    draft(register.root, **{f"topic_{number}": "two: 2\n" for number in range(5)})

    class Killed(BaseException):
        pass

    written = 0

    def replace(path: object, target: object) -> None:
        nonlocal written
        if str(target).endswith(".yml"):
            written += 1
            if written == 3:
                raise Killed
        os.rename(str(path), str(target))

    with monkeypatch.context() as patched:
        patched.setattr("helpdesk.editing.draft.os.replace", replace)
        with pytest.raises(Killed):
            put_back(register, "one")
    assert texts(register.root) != before

    put_back(register, "one")

    assert texts(register.root) == before
    kept = [one.text for one in register.store.revisions.of("data/answers/topic_4.yml")]
    assert kept == ["one: 1\n", "two: 2\n"]
