"""Who is measured on the public intent sets: this project, arranged for flat intents, and what one would build of its encoder."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

from benchmarks.intent_sets import Pairs, Said
from extensions.encoder import Encoder
from extensions.linear import Features, Linear, NGrams
from extensions.spelling import Spelling

# Chosen on the validation parts: the weight of the n-grams, how much nearness adds to the logarithm of the probability, how
# fast an example's say in it falls with its distance, and how much of the adapter, which was made for another subject.
NGRAMS, NEARNESS, SHARPNESS = 0.35, 40.0, 20.0
ADAPTER = 0.25


class Patient:
    """An encoder that makes the vector of a message to ask once for all samples, and of an example at each training."""

    _met: dict[float, dict[str, np.ndarray]] = {}

    def __init__(self, adapter: float) -> None:
        self.encoder = Encoder.load(adapter=adapter)  # a new one, which has met nothing
        self._asked = self._met.setdefault(adapter, {})
        self.encode, self.ordinary = self.encoder.encode, self.encoder.ordinary

    def asked(self, texts: list[str]) -> np.ndarray:
        """Return one row for each message."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self._asked))
        self._asked.update(zip(fresh, self.encoder.encode_kept(fresh)))
        return np.stack([self._asked[text] for text in texts])


class Ours:
    """Misspelt words put right, sentence vector and n-grams, the linear classifier. An intent's name is one more example."""

    def __init__(self, encoder: Patient) -> None:
        self._encoder = encoder

    def fit(self, pairs: Pairs) -> None:
        """Learn from the examples."""
        texts, labels = [text for text, _ in pairs], [label for _, label in pairs]
        names = sorted(set(labels))
        titles = [name.replace("_", " ").lower() for name in names]
        self._spelling = Spelling.fit(texts, self._encoder.ordinary())
        vectors, ngrams = self._encoder.encode([*texts, *titles]), NGrams()
        counted = ngrams.fit([*texts, *titles])
        self._features = Features(self._encoder.encoder, ngrams, weight=NGRAMS)
        self._flat = Linear.fit(self._features.join(vectors, counted), labels + names)
        self._known = vectors[: len(texts)]

    def ask(self, texts: list[str]) -> Said:
        """Return the likeliest intents; sure is who finds one likely and stands among the examples."""
        right = [self._spelling.repair(text) for text in texts]
        vectors = self._encoder.asked(right)
        scores = self._flat.scores(self._features.join(vectors, self._features.ngrams.transform(right)))
        near = logsumexp(SHARPNESS * vectors @ self._known.T, axis=1) / SHARPNESS
        return Said(_named(self._flat.labels, scores), np.log(scores.max(axis=1) + 1e-12) + NEARNESS * near)


class Regression:
    """The sentence vector with scikit-learn's logistic regression."""

    def __init__(self, encoder: Patient) -> None:
        self._encoder = encoder
        self._model = LogisticRegression(C=16, max_iter=1000)

    def fit(self, pairs: Pairs) -> None:
        """Learn from the examples."""
        self._model.fit(self._encoder.encode([text for text, _ in pairs]), [label for _, label in pairs])

    def ask(self, texts: list[str]) -> Said:
        """Return the likeliest intents with their probabilities."""
        scores = self._model.predict_proba(self._encoder.asked(texts))
        return Said(_named(list(self._model.classes_), scores), scores.max(axis=1))


class Nearest:
    """The intent of the nearest example, with its cosine."""

    def __init__(self, encoder: Patient) -> None:
        self._encoder = encoder

    def fit(self, pairs: Pairs) -> None:
        """Keep the vectors of the examples."""
        self._known = self._encoder.encode([text for text, _ in pairs])
        self._labels = [label for _, label in pairs]

    def ask(self, texts: list[str]) -> Said:
        """Return the nearest examples' intents."""
        near = self._encoder.asked(texts) @ self._known.T
        return Said(_named(self._labels, near), near.max(axis=1))


def _named(labels: list[str], scores: np.ndarray) -> list[str]:
    return [labels[i] for i in scores.argmax(axis=1)]


# Name, class, and how much of the adapter its encoder has.
CONTESTANTS: dict[str, tuple[Callable[[Patient], Ours | Regression | Nearest], float]] = {
    "this project": (Ours, ADAPTER),
    "  with the whole adapter": (Ours, 1.0),
    "  without the adapter": (Ours, 0.0),
    "embedding + logistic regression": (Regression, 0.0),
    "embedding, nearest neighbour": (Nearest, 0.0),
}
