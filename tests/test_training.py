"""Which model is started, and when one is trained."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from helpdesk import training


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("data/answers/group/tob1.yml", "data/safety/crisis.yml", "extensions/reader.py", "config.yml", "domain.yml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one\n", encoding="utf-8")
        os.utime(path, (1000, 1000))
    (tmp_path / "models").mkdir()
    return tmp_path


def model(root: Path, name: str, made: int, content: str | None = None) -> Path:
    path = root / "models" / f"{name}.tar.gz"
    path.write_bytes(b"")
    os.utime(path, (made, made))
    if content:
        (root / "models" / f"{name}.json").write_text(json.dumps({"content": content, "seconds": 31}), encoding="utf-8")
    return path


def test_without_an_archive_there_is_no_model(root: Path) -> None:
    assert training.newest(root) is None


def test_the_newest_model_is_the_one_made_last(root: Path) -> None:
    model(root, "a", made=2000)
    last = model(root, "b", made=3000)

    found = training.newest(root)

    assert found and found.path == last


def test_a_model_fits_what_it_was_trained_from(root: Path) -> None:
    model(root, "a", made=2000, content=training.content_hash(root))
    found = training.newest(root)

    assert found and training.fits(root, found)


@pytest.mark.parametrize("changed", ["data/answers/group/tob1.yml", "extensions/reader.py", "config.yml", "domain.yml"])
def test_a_model_no_longer_fits_when_its_content_changes(root: Path, changed: str) -> None:
    model(root, "a", made=2000, content=training.content_hash(root))
    (root / changed).write_text("two\n", encoding="utf-8")
    found = training.newest(root)

    assert found and not training.fits(root, found)


def test_a_new_file_or_a_lost_one_is_a_change(root: Path) -> None:
    before = training.content_hash(root)

    (root / "data/answers/group/tob1.yml").rename(root / "data/answers/group/tob2.yml")

    assert training.content_hash(root) != before


def test_the_safety_net_is_not_in_the_model(root: Path) -> None:
    before = training.content_hash(root)

    (root / "data/safety/crisis.yml").write_text("two\n", encoding="utf-8")

    assert training.content_hash(root) == before


def test_a_model_made_by_hand_fits_until_the_content_is_younger(root: Path) -> None:
    found = training.Model(model(root, "a", made=2000), None, None)
    assert training.fits(root, found)

    os.utime(root / "config.yml", (3000, 3000))
    assert not training.fits(root, found)


def test_one_trains_at_a_time(root: Path) -> None:
    with training.turn_to_train(root) as first, training.turn_to_train(root) as second:
        assert (first, second) == (True, False)


def test_rasa_is_not_given_our_settings(root: Path, tmp_path: Path) -> None:
    env = training.rasa_environment(root, tmp_path / "state", {"HELPDESK_SECRET_KEY": "x", "PATH": "/bin"})

    assert "HELPDESK_SECRET_KEY" not in env
    assert env["RASA_TELEMETRY_ENABLED"] == "false"


def test_the_cause_of_a_failure_is_its_first_error() -> None:
    frames = [f'  File "x.py", line {number}, in run' for number in range(20)]

    assert training._cause(["loading", *frames, "IndexError: out of range", *frames, "GraphError: node"]).endswith(
        "IndexError: out of range"
    )
    assert training._cause(["a file is broken"]) == "a file is broken"


def test_the_newest_models_are_kept_with_their_records(root: Path) -> None:
    for number in range(training.KEPT_MODELS + 3):
        model(root, f"m{number:02}", made=2000 + number, content="x")

    training.prune(root)

    kept = sorted(path.name for path in (root / "models").iterdir())
    assert kept == sorted(f"m{number:02}.{end}" for number in range(3, training.KEPT_MODELS + 3) for end in ("json", "tar.gz"))


def test_the_leftovers_of_a_training_that_died_are_taken_away(root: Path) -> None:
    mine, dead = (root / "models" / f".training-{pid}" for pid in (os.getpid(), 2**22 + 1))
    mine.mkdir()
    dead.mkdir()

    training._drop_leftovers(root / "models")

    assert mine.is_dir() and not dead.exists()
