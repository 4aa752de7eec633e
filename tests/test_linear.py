"""The linear classifier and its n-grams: what is learnt is kept, and survives saving."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from extensions.linear import Features, Letters, Linear, NGrams, mistype
from tests.small_reader import encoder

TEXTS = {
    "cost": [
        "how much does it cost",
        "what is the price of it",
        "is it expensive to buy",
        "what does it cost a month",
        "the price please",
    ],
    "person": [
        "can I talk to a person",
        "I want to speak to a human",
        "let me talk to somebody real",
        "is a human there",
        "get me a person to talk to",
    ],
    "parking": [
        "where can I park my car",
        "is there parking at the clinic",
        "parking for wheelchairs",
        "do I need a badge to park",
        "parking badge please",
    ],
}


def learnt() -> tuple[Features, Linear]:
    texts = [t for said in TEXTS.values() for t in said]
    labels = [label for label, said in TEXTS.items() for _ in said]
    copies = [mistype(t, 1) for t in texts]
    ngrams, counted = NGrams.learn(texts, copies)
    features = Features(encoder(), ngrams)
    rows = features.join(encoder().encode(texts + copies), counted)
    return features, Linear.fit(rows, labels + labels)


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ("whats the price", "cost"),
        ("id like to talk to a real person", "person"),
        ("where do i park", "parking"),
        ("where can i prak", "parking"),
    ],
)
def test_a_new_wording_gets_the_label_of_its_like(asked: str, label: str) -> None:
    features, model = learnt()

    scores = model.scores(features.rows([asked]))

    assert model.labels[int(scores[0].argmax())] == label


def test_scores_are_probabilities() -> None:
    features, model = learnt()

    scores = model.scores(features.rows(["where do I park", "", "zzz", "日本語"]))

    assert scores.shape == (4, len(TEXTS))
    assert (scores >= 0).all()
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-5)


def test_what_is_saved_reads_the_same_when_opened(tmp_path: Path) -> None:
    features, model = learnt()
    features.ngrams.save(tmp_path, "ngrams")
    model.save(tmp_path, "model")
    asked = ["whats the price", "where can i prak", "hello"]

    opened = Features(encoder(), NGrams.open(tmp_path, "ngrams"))
    again = Linear.open(tmp_path, "model")

    assert again.labels == model.labels
    np.testing.assert_allclose(again.scores(opened.rows(asked)), model.scores(features.rows(asked)), atol=2e-3)


def test_a_text_has_the_same_row_alone_and_among_others() -> None:
    features, _ = learnt()
    asked = ["whats the price", "where can i prak", ""]

    np.testing.assert_allclose(features.rows(asked), np.vstack([features.rows([one]) for one in asked]), atol=1e-5)


def test_letters_are_counted_as_scikit_learn_counts_them() -> None:
    texts = [t for said in TEXTS.values() for t in said] + ["It costs  a LOT,\ta lot", "", "日本語 été"]
    how = {"analyzer": "char_wb", "ngram_range": (2, 5), "sublinear_tf": True, "min_df": 2, "max_features": 90}
    ours, theirs = Letters(**how), TfidfVectorizer(**how)

    assert (ours.fit_transform(texts) != theirs.fit_transform(texts)).nnz == 0
    assert ours.vocabulary_ == theirs.vocabulary_
    unseen = ["whats the price", "zzz", "the the the price"]
    assert (ours.transform(unseen) != theirs.transform(unseen)).nnz == 0


def test_learning_twice_gives_the_same() -> None:
    (features, one), (_, two) = learnt(), learnt()
    row = features.rows(["what would it cost me"])

    np.testing.assert_allclose(one.scores(row), two.scores(row), atol=1e-5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_typing_error_is_one_and_always_the_same(seed: int) -> None:
    text = "how many people took part in it"

    wrong = mistype(text, seed)

    assert wrong == mistype(text, seed)
    assert wrong != text
    assert abs(len(wrong) - len(text)) <= 1


def test_other_seeds_give_other_errors() -> None:
    assert len({mistype("how many people took part in it", seed) for seed in range(12)}) > 3


@pytest.mark.parametrize("text", ["", "hi", "ms?", "1 2 3 4 5"])
def test_too_short_a_text_is_left_alone(text: str) -> None:
    assert mistype(text, 1) == text
