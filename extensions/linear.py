"""A linear classifier over a sentence vector and character and word n-grams.

The mixture and its weights follow measurements on CLINC150 and BANKING77: a frozen sentence encoder and logistic regression,
helped by n-grams against typing errors.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from extensions.encoder import Encoder
from extensions.hidden import shares

KEYS = {
    a: b
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for a, b in zip(row, [row[1], *(row[i - 1] + row[i + 1] for i in range(1, len(row) - 1)), row[-2]])
}


def mistype(text: str, seed: int) -> str:
    """Return `text` with one typing error, always the same for the same seed."""
    dice = random.Random(f"{seed}:{text}")
    places = [i for i, c in enumerate(text) if c.isalpha()]
    if len(places) < 4:
        return text
    at = dice.choice(places[1:])
    kind = dice.randrange(4)
    if kind == 0 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    key = dice.choice(KEYS.get(text[at].lower(), "e"))
    return text[:at] + key + text[at + (kind == 2) :]


RIDGE_SCALE = 12.0
# The loss is about this curved along the rows, and is taken to be nowhere flatter than the second: where few rows say anything,
# an early end is then worth more than a low loss (chosen on examples held back).
CURVATURE, LEAST_CURVATURE = 0.02, 3e-4


WORDS = 10_000  # whose pieces are kept
FEW = 100  # texts that are quicker one by one: scikit-learn goes through its whole vocabulary at each call
NOWHERE = np.zeros(0, dtype=np.intp)


class Letters(TfidfVectorizer):
    """As scikit-learn counts the letters within words, but each different word is taken apart once."""

    def _count_vocab(self, raw_documents: Iterable[str], fixed_vocab: bool) -> tuple[dict[str, int], csr_matrix]:
        prepare = self.build_preprocessor()
        number: dict[str, int] = {}
        places, ends = [], [0]
        for text in raw_documents:
            places += [number.setdefault(word, len(number)) for word in prepare(text).split()]
            ends.append(len(places))
        vocabulary, pieces = super()._count_vocab(number, fixed_vocab)
        ones = np.ones(len(places), dtype=self.dtype)
        counts = csr_matrix((ones, places, ends), shape=(len(ends) - 1, len(number)), dtype=self.dtype) @ pieces
        counts.sort_indices()
        return vocabulary, counts


def _places(part: TfidfVectorizer) -> Callable[[str], np.ndarray]:
    analyse, vocabulary = part.build_analyzer(), part.vocabulary_
    return lambda text: np.array([vocabulary[piece] for piece in analyse(text) if piece in vocabulary], dtype=np.intp)


class NGrams:
    """TF-IDF of words and of characters, brought down to a few hundred dense numbers."""

    def __init__(self, size: int = 192) -> None:
        self.size = size
        self._parts: list[TfidfVectorizer] = []
        self._basis = np.zeros((0, 0), dtype=np.float32)

    @staticmethod
    def _vectorizers(vocabularies: list[dict[str, int]] | None = None) -> list[TfidfVectorizer]:
        words, letters = vocabularies or [None, None]
        return [
            TfidfVectorizer(
                analyzer="word", ngram_range=(1, 2), sublinear_tf=True, min_df=1 if words else 2,
                token_pattern=r"(?u)\b\w+\b", vocabulary=words, dtype=np.float32,
            ),
            Letters(
                analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=1 if letters else 3,
                max_features=None if letters else 25000, vocabulary=letters, dtype=np.float32,
            ),
        ]  # fmt: skip

    def fit(self, texts: list[str]) -> np.ndarray:
        """Learn from the texts and return their rows."""
        self._parts = self._vectorizers()
        counts = hstack([part.fit_transform(texts) for part in self._parts]).tocsr()
        size = max(2, min(self.size, min(counts.shape) - 1))
        svd = TruncatedSVD(size, random_state=0, n_iter=1).fit(counts)
        self._basis = np.ascontiguousarray(svd.components_.T, dtype=np.float32)
        return self._project(counts)

    @classmethod
    def learn(cls, texts: list[str], copies: list[str]) -> tuple[NGrams, np.ndarray]:
        """Learn from the texts alone; return the n-grams with the rows of texts and copies."""
        self = cls()
        return self, np.vstack([self.fit(texts), self._project(self._counts(copies))])

    def transform(self, texts: list[str]) -> np.ndarray:
        """Return one unit row (or zeros) for each text, shape (n, size)."""
        if 0 < len(texts) <= FEW:
            return np.vstack([self._transform_one(text) for text in texts])
        return self._project(self._counts(texts))

    def _counts(self, texts: list[str]) -> csr_matrix:
        return hstack([part.transform(texts) for part in self._parts]).tocsr()

    def _transform_one(self, text: str) -> np.ndarray:
        """As `transform` for one text, without the sparse matrices, whose making takes most of the time."""
        places, weights, start = [], [], 0
        for places_of, idf in self._steps:
            at, often = np.unique(places_of(text), return_counts=True)
            row = (np.log(often.astype(np.float32)) + 1) * idf[at]
            weights.append(row / max(float(np.linalg.norm(row)), 1e-9))
            places.append(at + start)
            start += len(idf)
        row = np.concatenate(weights) @ self._basis[np.concatenate(places)].astype(np.float32, copy=False)
        return (row / max(float(np.linalg.norm(row)), 1e-9)).astype(np.float32)[None, :]

    @functools.cached_property
    def _steps(self) -> list[tuple[Callable[[str], np.ndarray], np.ndarray]]:
        """Return for each part what finds the places of a text's pieces, and the weights; scikit-learn would make both anew."""
        words, letters = self._parts
        prepare = letters.build_preprocessor()
        of_word = functools.lru_cache(maxsize=WORDS)(_places(letters))  # the letters do not reach over a blank

        def of_letters(text: str) -> np.ndarray:
            return np.concatenate([NOWHERE, *map(of_word, prepare(text).split())])

        return [(_places(words), words.idf_.astype(np.float32)), (of_letters, letters.idf_.astype(np.float32))]

    def _project(self, counts: csr_matrix) -> np.ndarray:
        rows = counts @ self._basis.astype(np.float32, copy=False)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / np.maximum(norms, 1e-9)).astype(np.float32)

    def save(self, folder: Path, name: str) -> None:
        """Write the vocabulary and the numbers under `folder`."""
        vocabularies = [{k: int(v) for k, v in part.vocabulary_.items()} for part in self._parts]
        (folder / f"{name}.json").write_text(json.dumps(vocabularies), encoding="utf-8")
        idf = {f"idf{i}": part.idf_ for i, part in enumerate(self._parts)}
        np.savez(folder / f"{name}.npz", basis=self._basis.astype(np.float16), **idf)

    @classmethod
    def open(cls, folder: Path, name: str) -> NGrams:
        """Read what `save` wrote."""
        self = cls()
        self._parts = cls._vectorizers(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
        numbers = np.load(folder / f"{name}.npz", allow_pickle=False)
        for i, part in enumerate(self._parts):
            part.idf_ = numbers[f"idf{i}"]
        self._basis = numbers["basis"]  # half precision: 20 MB less
        return self


class Features:
    """The row of numbers that a text becomes: sentence vector, then n-grams at half weight."""

    def __init__(self, encoder: Encoder, ngrams: NGrams, weight: float = 0.8) -> None:
        self.encoder = encoder
        self.ngrams = ngrams
        self.weight = weight

    def join(self, vectors: np.ndarray, ngrams: np.ndarray) -> np.ndarray:
        """Return the rows of sentence vectors and n-grams."""
        return np.hstack([vectors, self.weight * ngrams])

    def rows(self, texts: list[str]) -> np.ndarray:
        """Return the rows, shape (n, 384 + size)."""
        return self.join(self.encoder.encode(texts), self.ngrams.transform(texts))


class Linear:
    """Multinomial logistic regression as two arrays."""

    def __init__(self, labels: list[str], weights: np.ndarray, bias: np.ndarray) -> None:
        self.labels = labels
        self._weights = weights
        self._bias = bias

    @classmethod
    def fit(cls, rows: np.ndarray, labels: list[str], *, strength: float = 20.0, steps: int = 18) -> Linear:
        """Learn `labels` from `rows`; `strength` is the inverse of the regularisation (scikit-learn's C).

        On the way to the optimum of scikit-learn's LogisticRegression, in single precision; it ends early.
        """
        names, wanted = np.unique(labels, return_inverse=True)
        inputs = np.hstack([rows, np.ones((len(rows), 1), dtype=np.float32)]).astype(np.float32, copy=False)
        sideways = np.ascontiguousarray(inputs.T)
        shape = (inputs.shape[1], len(names))
        penalty = np.full((shape[0], 1), 1.0 / (strength * len(rows)), dtype=np.float32)
        penalty[-1] = 0.0
        right = np.arange(len(rows)) * len(names) + wanted
        # Made once: fresh memory at every step would cost as much as the exponentials.
        scores, slope = np.empty((len(rows), len(names)), dtype=np.float32), np.empty(shape, dtype=np.float32)
        gram = (sideways @ inputs).astype(np.float64)
        # Measured in the square root of this curvature, most directions are as steep: as good in a third of the steps.
        curve = cholesky(CURVATURE * gram / len(rows) + np.diag(penalty[:, 0] + LEAST_CURVATURE), lower=True)

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            weights = solve_triangular(curve, flat.reshape(shape), lower=True, trans="T").astype(np.float32)
            np.matmul(inputs, weights, out=scores)
            np.subtract(scores, scores.max(axis=1, keepdims=True), out=scores)
            likelihood = scores.ravel()[right]
            np.exp(scores, out=scores)
            totals = scores.sum(axis=1, keepdims=True)
            np.divide(scores, totals, out=scores)
            shrunk = penalty * weights
            value = float((np.log(totals[:, 0]) - likelihood).mean()) + 0.5 * float((shrunk * weights).sum())
            scores.ravel()[right] -= 1.0
            np.matmul(sideways, scores, out=slope)
            return value, solve_triangular(curve, (slope / len(rows) + shrunk).astype(np.float64), lower=True).ravel()

        start = curve.T @ cls._ridge(gram, inputs, wanted, shape[1])
        found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 8})
        weights = solve_triangular(curve, found.x.reshape(shape), lower=True, trans="T").astype(np.float32)
        return cls([str(name) for name in names], np.ascontiguousarray(weights[:-1].T), weights[-1])

    @staticmethod
    def _ridge(gram: np.ndarray, inputs: np.ndarray, wanted: np.ndarray, classes: int) -> np.ndarray:
        """Return a start near the optimum, shape (inputs, classes): least squares has a closed form."""
        ones = np.ones(len(inputs), dtype=np.float32)
        sums = np.asarray(csr_matrix((ones, (wanted, np.arange(len(inputs)))), shape=(classes, len(inputs))) @ inputs)
        return RIDGE_SCALE * np.linalg.solve(gram + 2.0 * np.eye(len(gram)), sums.T - inputs.sum(axis=0)[:, None] / classes)

    def weigh(self, rows: np.ndarray) -> np.ndarray:
        """Return the logarithms of the probabilities, up to a constant a row, shape (n, len(labels))."""
        return rows @ self._weights.T + self._bias

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Return probabilities, shape (n, len(labels))."""
        return shares(self.weigh(rows))

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays under `folder`."""
        np.savez(folder / f"{name}.npz", weights=self._weights, bias=self._bias, labels=np.array(self.labels))

    @classmethod
    def open(cls, folder: Path, name: str) -> Linear:
        """Read what `save` wrote."""
        numbers = np.load(folder / f"{name}.npz", allow_pickle=False)
        return cls([str(label) for label in numbers["labels"]], numbers["weights"], numbers["bias"])
