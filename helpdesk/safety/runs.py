"""A closer look at a message that is not clearly harmless: the runs of words between places where something new may begin.

People write what weighs on them and what they came to ask in one breath. Heard together the danger drowns in the question.
"""

from __future__ import annotations

import numpy as np

from helpdesk.safety.learning import Array, doubted, log_danger

HINTED = -6.0  # log-odds from which a message is looked at closer; nine in ten ordinary questions lie below
SHORTEST, LONGEST = 3, 40  # words of a run
MOST = 120  # looked at in one message
DOUBT, SURER = 6.5, 1.5  # taken off the log-odds of a run, and given back for its length: the shorter, the less it says by itself

_ASKING = (
    "what whats who whose which where when why how is are was were do does did can could will would should has have any please "
    "tell explain describe list name "
    "que como cuando donde quien quienes cual cuales cuanto cuantos por"
)
_JOINING = "and also but so or because then btw oh ps y e o pero tambien porque ademas"
_ASKS, _JOINS = frozenset(_ASKING.split()), frozenset(_JOINING.split())


def runs(normal: str) -> list[str]:
    """The runs between any two new sentences, joining words or beginnings of a question, of few parts first."""
    words = normal.replace("\n", " \n ").split(" ")
    places = [0, *(n for n, word in enumerate(words) if word == "\n" or word in _ASKS or word in _JOINS), len(words)]
    longest = min(LONGEST, len(words) - SHORTEST)
    found: dict[str, None] = {}
    for parts in range(1, min(len(places) - 1, LONGEST + 1)):
        for start, end in zip(places, places[parts:], strict=False):
            run = _bare(words[start:end]) if SHORTEST <= end - start <= longest else ""
            if len(run.split()) >= SHORTEST:
                found[run] = None
            if len(found) == MOST:
                return list(found)
    return list(found)


def _bare(words: list[str]) -> str:
    """The words as a text, without the joining words that it begins with."""
    first = next((i for i, word in enumerate(words) if word != "\n" and word not in _JOINS), len(words))
    return " ".join(words[first:]).replace(" \n ", "\n").strip()


def hinted(odds: Array) -> bool:
    """Whether a message, from the odds of the whole and its pieces, is worth a closer look."""
    return bool(len(odds)) and bool(log_danger(odds).max() > HINTED)


def weighed(odds: Array, found: list[str]) -> Array:
    """How likely each run is danger."""
    return doubted(odds, DOUBT - SURER * np.log1p([len(run.split()) for run in found]))
