"""The gate: whether the page says what is asked about its subject."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from extensions.gate import CLUES, Gate, Neighbours
from tests.small_reader import reader


def clues(**known: float) -> list[float]:
    return [known.get(name, 0.5) for name in CLUES]


@pytest.fixture(scope="module")
def gate() -> Gate:
    """Return a gate that has learnt that the cover decides, among clues that say nothing."""
    dice = np.random.default_rng(0)
    rows = [list(dice.random(len(CLUES))) for _ in range(200)]
    answers = [row[0] > 0.5 for row in rows]
    return Gate.fit(rows, answers, [1.0] * len(rows))


def test_before_learning_the_cover_decides() -> None:
    plain = Gate.plain()

    assert plain.says(clues(cover=1.0)) > 0.9
    assert plain.says(clues(cover=0.0)) < 0.1


def test_it_learns_which_clue_counts(gate: Gate) -> None:
    assert gate.says(clues(cover=0.95)) > 0.8
    assert gate.says(clues(cover=0.05)) < 0.2


def test_rows_that_count_more_are_followed() -> None:
    rows = [clues(), clues()]

    assert Gate.fit(rows, [True, False], [5.0, 1.0]).says(clues()) > 0.5
    assert Gate.fit(rows, [True, False], [1.0, 5.0]).says(clues()) < 0.5


def test_it_survives_json(gate: Gate) -> None:
    again = Gate.from_json(json.loads(json.dumps(gate.as_json())))

    assert again.says(clues(cover=0.6)) == pytest.approx(gate.says(clues(cover=0.6)), abs=1e-4)


def test_neighbours_survive_saving(tmp_path: Path) -> None:
    small = reader()
    small.known.save(tmp_path / "known.npz")
    again = Neighbours.open(tmp_path / "known.npz")
    view = small.view("how many people took part in lamprexol")

    for topic in small.topics.values():
        assert again.near(view, small.grid, topic) == pytest.approx(small.known.near(view, small.grid, topic), abs=1e-2)
        assert again.vote(view, small.grid, topic) == pytest.approx(small.known.vote(view, small.grid, topic), abs=5e-2)


def test_the_neighbours_of_a_covered_question_vote_for_its_topic() -> None:
    small = reader()
    covered = small.view("how many people took part in lamprexol")
    left_out = small.view("what are the side effects of lamprexol")

    assert small.known.vote(covered, small.grid, "lamprexol") > 0.5 > small.known.vote(left_out, small.grid, "lamprexol")


def test_a_question_stands_nearest_to_the_examples_of_its_own_topic() -> None:
    small = reader()
    view = small.view("where can I watch the lantern film")
    nearness = {topic: small.known.near(view, small.grid, topic)[0] for topic in small.topics.values()}

    assert max(nearness, key=lambda t: nearness[t]) == "lantern_film"


def test_a_text_that_no_example_resembles_is_far_from_every_topic() -> None:
    small = reader()
    film, strange = small.view("where can I watch the lantern film"), small.view("qwx zvb plk")

    assert [small.known.is_far(film, topic, 0.6) for topic in ("lantern_film", "lamprexol")] == [False, False]
    assert small.known.is_far(strange, "lantern_film", 0.6)
