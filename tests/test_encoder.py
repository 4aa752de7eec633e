"""The sentence encoder: unit rows, the same alone and in a batch, and only the published weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extensions import encoder as module
from extensions.encoder import SIZE, Encoder, EncoderError
from tests.small_reader import encoder

SENTENCES = [
    "What is Tob1?",
    "hi",
    "who pays for the study, and where is it done?",
    "What is Tob1?",
    "walking " * 300,
    "¿qué es?",
    "",
]


def test_every_row_has_length_one() -> None:
    rows = encoder().encode(SENTENCES)

    assert rows.shape == (len(SENTENCES), SIZE)
    assert rows.dtype == np.float32
    # What a training has met is kept in half precision.
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-3)


def test_a_sentence_is_the_same_alone_and_among_others() -> None:
    together = encoder().encode(SENTENCES)
    alone = np.vstack([encoder().encode([one]) for one in SENTENCES])

    # Eight-bit arithmetic may round otherwise in a batch.
    assert ((together * alone).sum(axis=1) > 0.999).all()


def test_a_caller_cannot_spoil_what_is_kept() -> None:
    first = encoder().encode(["hello there"])
    before = first.copy()
    first[:] = 0.0

    np.testing.assert_array_equal(encoder().encode(["hello there"]), before)


def test_no_sentences_are_no_rows() -> None:
    assert encoder().encode([]).shape == (0, SIZE)


def test_what_means_the_same_stands_nearer_than_what_does_not() -> None:
    asked, alike, other = encoder().encode(
        ["Who pays for the trial?", "where does the money for the study come from", "is it safe in pregnancy"]
    )

    assert asked @ alike > asked @ other


def test_other_weights_are_refused_and_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "model"
    package.mkdir()
    (package / "model.safetensors").write_bytes(b"somebody else's weights")
    monkeypatch.setattr(module, "_weights_folder", lambda: package)
    cache = tmp_path / "cache"

    with pytest.raises(EncoderError, match="SHA-256"):
        Encoder.load(cache)

    assert not cache.exists() or not list(cache.iterdir())


def test_without_the_package_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(EncoderError, match="make setup"):
        Encoder.load(tmp_path)


def test_a_share_of_the_adapter_stands_between_none_and_the_whole(tmp_path: Path) -> None:
    whole, half, none = (Encoder.load(tmp_path, adapter=share).encode(SENTENCES[2:3])[0] for share in (1.0, 0.5, 0.0))

    assert whole @ none < min(whole @ half, half @ none)
    np.testing.assert_allclose(whole, encoder().encode(SENTENCES[2:3])[0], atol=1e-3)


def test_ordinary_words_are_known_whole_and_the_commonest_stand_first() -> None:
    ordinary = encoder().ordinary()

    assert set(ordinary) < encoder().words()
    assert len(set(ordinary)) == len(ordinary)
    assert ordinary.index("the") < ordinary.index("money") < ordinary.index("genealogical")
