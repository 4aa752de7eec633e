"""The pieces of words that the second safety net weighs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer

from helpdesk.safety.grams import LONGEST, SHORTEST, WIDTH, grams, of_letters, of_words, table

LETTERS = HashingVectorizer(analyzer="char_wb", ngram_range=(SHORTEST, LONGEST), n_features=WIDTH, lowercase=False)
WORDS = HashingVectorizer(ngram_range=(1, 2), n_features=WIDTH, lowercase=False, token_pattern=r"\w+")

JUDGE = """
import sys
import numpy as np
from extensions.hidden import Hidden
from helpdesk.safety.learning import Model
from helpdesk.safety.nearness import Known
from helpdesk.safety.grams import WIDTH

vectors = np.eye(6, 384, dtype=np.float32)
known = Known.of(vectors, np.arange(6) < 3)
hidden = Hidden(np.zeros((384, 2)), np.zeros(2), np.zeros((2, 3)))
model = Model(np.zeros((384 + 2 * WIDTH, 3)), np.zeros(3), hidden, known, np.ones(4), 0.5, 0.99, [], {})
assert model.judge(["i cannot breathe"], vectors[:1]).shape == (1, 3)
print([name for name in ("sklearn", "scipy") if name in sys.modules])
"""


@given(st.one_of(st.text(max_size=60), st.text(alphabet="ab 'é\n.", max_size=60)))
def test_they_are_counted_as_scikit_learn_counts_them(text: str) -> None:
    columns, values = grams(text)

    found = np.zeros(2 * WIDTH)
    found[columns] = values
    wanted = np.concatenate([LETTERS.transform([text]).toarray()[0], WORDS.transform([text]).toarray()[0]])
    assert found == pytest.approx(wanted, abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(alphabet="ab 'é\n.", max_size=40), max_size=5))
def test_many_at_once_are_counted_as_one_by_one(texts: list[str]) -> None:
    letters, words = table([of_letters(text) for text in texts]), table([of_words(text) for text in texts])

    for row, text in enumerate(texts):
        found = np.zeros(2 * WIDTH)
        columns, values = grams(text)
        found[columns] = values
        assert np.concatenate([letters[row].toarray()[0], words[row].toarray()[0]]) == pytest.approx(found, abs=1e-12)


def test_a_process_that_only_looks_does_without_what_trains() -> None:
    said = subprocess.run([sys.executable, "-c", JUDGE], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "[]"
