"""The meaning of sentences: what is kept, what is not, and what belongs together."""

from __future__ import annotations

import numpy as np
import pytest

from helpdesk.meaning import FEW, Meaning, neighbours
from tests.fake_encoder import FakeEncoder


@pytest.fixture
def encoders():
    return []


@pytest.fixture
def meaning(tmp_path, encoders):
    def load(cache):
        encoders.append(FakeEncoder())
        return encoders[-1]

    return Meaning(tmp_path, load)


def many(number: int) -> list[str]:
    return [f"question number {n}" for n in range(number)]


def test_the_encoder_is_loaded_at_first_use_and_once(meaning, encoders):
    assert encoders == []
    meaning.passing(["one"])
    meaning.vectors(["two"])

    assert len(encoders) == 1


def test_every_text_has_its_row_of_length_one(meaning):
    for texts in (["a", "b c", "a"], many(3 * FEW)):
        rows = meaning.vectors(texts)
        assert rows.shape == (len(texts), 384)
        assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert meaning.passing([]).shape == (0, 384)


def test_many_sentences_are_kept_on_the_disk_in_pieces_with_a_rest_after_each(meaning, encoders):
    rests = []
    meaning.vectors(many(3000), rests.append)

    assert sorted(encoders[0].kept) == sorted(many(3000))
    assert len(rests) == 3


def test_what_visitors_wrote_is_never_kept_on_the_disk(meaning, encoders):
    meaning.groups(many(3 * FEW))
    meaning.passing(many(3 * FEW))

    assert encoders[0].kept == []


def test_a_rest_that_raises_ends_it(meaning, encoders):
    class Ends(Exception):
        pass

    def rest(seconds):
        raise Ends

    with pytest.raises(Ends):
        meaning.vectors(many(3000), rest)
    assert len(encoders[0].kept) < 3000


def test_nearly_the_same_is_one_group_the_biggest_first_and_every_text_is_in_one(meaning):
    texts = ["what is tob1", "who pays for it", "What is Tob1?", "who pays for it?", "WHAT IS TOB1", "hello"]
    groups = meaning.groups(texts)

    assert [sorted(group) for group in groups] == [[0, 2, 4], [1, 3], [5]]


def test_nothing_has_no_groups(meaning):
    assert meaning.groups([]) == []


def test_a_row_of_nothing_but_noise_is_its_own_neighbour():
    rows = np.full((2, 384), np.nan, dtype=np.float32)

    assert list(neighbours(rows, 0.8)) == [[0], [1]]
