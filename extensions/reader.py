"""Read a visitor's words: subject and aspect, the flat intents, follow-ups, and several questions in one message.

Plain numpy; `extensions/understanding.py` puts it into Rasa. A question names a subject and asks for an aspect of it; the grid
of the answer files says which aspects the pages cover. The flat classifier speaks for everything that has no such shape.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import heapq
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from extensions.advising import Advising, top
from extensions.beside import beside
from extensions.encoder import Encoder
from extensions.familiar import Familiar
from extensions.gate import Cosines, Gate, Neighbours
from extensions.grid import ASPECTS, SIMPLER, WHOLE, Grid
from extensions.held import FOLLOW_UP, NOT_COVERED, asked_behind, behind, label_of, lessons, picked, without_topic
from extensions.judge import Judge
from extensions.layered import Layered
from extensions.linear import Features, NGrams, mistype
from extensions.naming import Names
from extensions.places import DESCRIBED, NEXT, NUMBERS, PLACES, SEVERAL, among, counted, lists_of, teller
from extensions.spelling import Spelling
from extensions.vocabulary import Mention, Subject, Vocabulary, mask, subject
from extensions.wording import (
    A_THING,
    ALIKE_LEAD,
    AND_FOR,
    ANY_OF_THEM,
    ANYBODY,
    ASKER,
    DEFINITE,
    EARLIER,
    GO_BACK,
    HAVING,
    HOW_MANY,
    IT,
    MANY,
    OWN,
    PERSONAL,
    PERSONS,
    SAME_LEAD,
    SOMEBODY,
    SUMMONS,
    THERE_IS,
    WANTING,
    WHY_NOT,
)

STRONG = {"therapy", "trial", "organisation", "study", "media"}
THING = STRONG - {"organisation"}  # what is said of such a one is said of no other
MISS, CLARIFY = "nlu_fallback", "clarify"
# Asked so, the topic's own variation is worth more than the whole answer; any other aspect gets the whole.
POINTED = {
    "people": 0.6,
    "count": 0.7,
    "where": 0.8,
    "funding": 0.75,
    "when": 0.7,
    "ms_type": 0.8,
    "how_taken": 0.7,
    "next": 0.8,
    "access": 0.7,
    "duration": 0.6,
    "who": 0.85,
}
# After the whole answer, an aspect that is asked for with such a share and so likely gets its own text.
POINTED_AFTER, LIKELY_AFTER = 0.7, 0.5
PASSING = 0.5
MEANT = 0.01  # so likely must a topic beside the one in hand be, to take its place
LEANING, BRIEF = 9, 4  # words of a text that may point back, or may ask of what is in hand without a word for it
DANGLING = 7  # words of a text that asks of "the drug" where there is none in hand
UNSUPPORTED = 0.2  # so much counts it that a text reads like a follow-up, where there is nothing to follow
NOBODY = 0.05  # so much counts a wish for a person, where a person with MS in general is spoken of
ALIKE = 0.5  # so much of the weight of the likeliest topic has another that may be meant as well
MISTYPED_EVERY = 6
BEHIND_EVERY = 5
ABOUT, ELSEWHERE = "about", "elsewhere"
FILLING = set(
    "a an and the what about how or also ok okay so then but now one ones that this please hi hello it tell me "
    "trial trials study studies in on with of from".split()
)
IS = {"is", "are", "was", "were", "s", "whats"}  # "what is Rebif"
TEAM = set("at by ones people team lot group guys folks researchers scientists doctors".split())  # "and the people at Harvard"
ADVICE = "advice"
PERSON = "person"
AFFIRM = "affirm"
OFFERED, AGREED = 2, 0.5  # after so many misses in a row the reply has offered a person; so sure must a "yes" to it be
NONSENSE = "nonsense"
LOOSE = {"nonsense", "out_of_scope", "nlu_fallback", "joke_chat", "affirm", "deny"}
REPEAT, MORE, ASKED = "repeat", "more", "asked"
BACK = {REPEAT, MORE, "simpler"}
# Named so, each is part of what is asked of the topic in hand: "did the Society pay?", "is it for SPMS?"
TYPES = {"progressive_ms", "ppms", "spms", "relapsing_ms"}
IN_PASSING = {"national_ms_society": "funding", **dict.fromkeys(TYPES, "ms_type")}
PROGRESSIVE = "progressive_ms"
RETURNING = set("number other others rest go back to return let lets please more want i can you list again we".split())
POINTING_BACK = {*PLACES, *NUMBERS, NEXT, *RETURNING}
# "Say the first one again" is not what was said just before.
POINTING_PAST = {*PLACES, *"start beginning before back earlier other others".split()}
# What anybody may ask for themselves, and is a matter of fact: no advice.
MATTERS = set("cost insurance obtain join access approved_now duration people count funding where when".split())
OTHER = {"other", "another"}
DOERS = {"they", "them", "you", "u", "your", "their"}
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
THINGS = {"it", "its", "they", "them", "those", "these"}
POINTERS = {"it", "its", "that", "this", "they", "them", "their", "those", "these", "one", "he", "she", "there"}


@dataclass(frozen=True)
class Limits:
    """The thresholds: `lean` is set at every training (see `calibration`), the others were chosen on development questions."""

    sure: float = 0.25
    lean: float = 0.5
    lean_held: float = 0.5
    near: float = 0.30
    close: float = 0.05
    advises: float = 0.2
    switch: float = 0.45
    hand: float = 0.5
    hand_named: float = 0.0
    hand_own: float = 0.3
    behind: float = 0.35
    named_aspect: float = 0.3
    meant: float = 0.1
    sure_of_named: float = 0.9
    two: float = 0.5
    talk: float = 0.5
    talk_held: float = 0.2


@dataclass(frozen=True)
class Example:
    """One training example; `aspect` where its block names one, `topic` where it asks for what that topic leaves out.

    A follow-up that is written for one topic names it in `behind`, and in `asks` another topic that answers it, or `not_covered`.
    """

    text: str
    intent: str
    aspect: str | None = None
    topic: str | None = None
    behind: str | None = None
    asks: str | None = None

    @property
    def teaches_aspect(self) -> bool:
        """Say whether it is known what it asks for: of what is left out only where an aspect is named."""
        return bool(self.aspect) or NOT_COVERED not in (self.intent, self.asks)


@dataclass
class Reading:
    """What one question was taken to be; `beyond` is the referral of a subject that it names and the pages do not know.

    `whole` says that a topic's whole answer is the reply; `again` is set where that was given before: "more" where more is
    wished, else "asked".
    """

    text: str
    intent: str
    confidence: float
    topic: str | None = None
    aspect: str = WHOLE
    subject: str | None = None
    bare: bool = False
    beyond: str | None = None
    whole: bool = False
    again: str | None = None
    candidates: list[str] = field(default_factory=list)
    ranking: list[tuple[str, float]] = field(default_factory=list)
    masses: dict[str, float] = field(default_factory=dict)


@dataclass
class View:
    """The numbers that a decision is made from."""

    text: str
    mentions: list[Mention]
    flat: dict[str, float]
    aspects: dict[str, float]
    how_many: frozenset[str]
    plain_sims: Cosines
    masked_sims: Cosines

    @property
    def on_page(self) -> list[Subject]:
        return [m.subject for m in self.mentions if m.subject.topics]

    @property
    def named(self) -> set[str]:
        """The topics of the subjects that the text names."""
        return {t for s in self.on_page for t in s.topics}

    @property
    def off_page(self) -> list[Subject]:
        return [m.subject for m in self.mentions if not m.subject.topics]


@dataclass
class Rows:
    """The training rows, for calibration: of the texts, of the masked texts, which ask, which teach the flat classes."""

    rows: np.ndarray
    masked_rows: np.ndarray
    asked: np.ndarray
    by_itself: np.ndarray
    mentions: list[list[Mention]]


@dataclass
class Turn:
    """One question with its context and its weighed numbers."""

    view: View
    context: dict[str, Any]
    scores: dict[str, float]
    masses: dict[str, float]
    ranking: list[tuple[str, float]]

    def reading(self, intent: str, confidence: float, **more: Any) -> Reading:
        """Return a reading that carries the ranking."""
        return Reading(self.view.text, intent, float(confidence), ranking=self.ranking, masses=self.masses, **more)


def _siblings(vocabulary: Vocabulary) -> dict[str, set[str]]:
    """Return for each topic those that share a subject with it; topics that gather many subjects are nobody's sibling."""
    subjects = [one for one in vocabulary.subjects.values() if len(one.topics) <= 4]
    gathered = Counter(t for one in subjects for t in one.topics if t != one.topic)
    siblings: dict[str, set[str]] = {}
    for one in subjects:
        for topic in one.topics:
            siblings.setdefault(topic, set()).update(t for t in one.topics if t != topic and gathered[t] <= 4)
    return siblings


def _bare(view: View) -> bool:
    """Say whether the text is nothing but a subject and filling words."""
    rest = HAVING.sub(" ", mask(view.text, view.mentions, " ")).lower().replace("what's", "what is").replace("'s", " ")
    things = all(m.subject.kind in THING for m in view.mentions)
    filling = FILLING | (IS if things else TEAM)
    rest = AND_FOR.sub(" ", rest) if things else rest
    return bool(view.mentions) and not [w for w in re.findall(r"[^\W_]+", rest) if w not in filling]


def of_somebody(text: str) -> bool:
    """Say whether a text speaks of the one who writes, or of one of theirs, as more than of who asks."""
    return bool(SOMEBODY.search(ASKER.sub(" ", text)))


def wants_advice(view: View) -> bool:
    """Say whether it is asked what would help somebody; what an organisation would do for them is a fact."""
    doers = [(m.start, m.end) for m in view.mentions if m.subject.kind == "organisation"]
    found = WANTING.finditer(view.text)
    return any(not any(one.start() < end and start < one.end() for start, end in doers) for one in found)


def _ratio(part: float, other: float) -> float:
    """Return the part's share of the two; one half where there is hardly either."""
    return (part + 1e-3) / (part + other + 2e-3)


def _points(text: str, words: set[str] = POINTERS) -> bool:
    """Say whether a text points back at something: "it", "those"."""
    return bool(words_of(THERE_IS.sub(" ", text)) & words)


def words_of(text: str) -> set[str]:
    """Return the words of a text, each without its signs and endings: "it" of "It's?"."""
    return {w.strip("?.,!'\"").split("'")[0].lower() for w in text.split()}


def _how_many(masked: str) -> frozenset[str]:
    """Return the aspects that a bare "how many?" may ask for; none where the text is no such question."""
    if not HOW_MANY.fullmatch(masked):
        return frozenset()
    return frozenset({"people"} if PERSONS.search(masked) else {"people", "count"})


def _by_itself(examples: list[Example]) -> np.ndarray:
    """Return which examples the flat classifier learns from: of those behind a topic a few, or all that is odd would lean."""
    return np.array([not e.behind or picked(e.text, BEHIND_EVERY) for e in examples])


def _asks(example: Example, grid: Grid) -> bool:
    """Say whether an example asks something about a subject."""
    return grid.routes.get(example.intent) == "answer" or bool(example.aspect or example.topic) or example.intent == FOLLOW_UP


class Reader:
    """The fitted models and the decision over them."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        features: Features,
        masked: Features,
        flat: Layered,
        held: Layered,
        aspects: Layered,
        grid: Grid,
        known: Neighbours,
        limits: Limits,
        gate: Gate | None = None,
        judge: Judge | None = None,
        advising: Advising | None = None,
        spelling: Spelling | None = None,
        names: Names | None = None,
        familiar: Familiar | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.features = features
        self.masked = masked
        self.flat = flat
        self.held = held
        self.aspects = aspects
        self.grid = grid
        self.known = known
        self.limits = limits
        self.gate = gate or Gate.plain()
        self.judge = judge or Judge.plain()
        self.advising = advising or Advising.plain()
        self.spelling = spelling or Spelling.plain()
        self.names = names or Names()
        self.familiar = familiar or Familiar()
        self.siblings = _siblings(vocabulary)
        self.lists = lists_of(grid, vocabulary)
        # One message is cut in several ways, so its parts come again and again.
        self._lately = functools.lru_cache(maxsize=256)(lambda text: self.views([text])[0])
        self._at_hand: dict[str, View] = {}
        self.in_hand = functools.lru_cache(maxsize=256)(self._in_hand)
        self._covers = np.array([[grid.covered(t, a) for a in aspects.labels] for t in grid.covers], dtype=np.float64)
        self._place = {topic: place for place, topic in enumerate(grid.covers)}
        self.aspect_of = {intent: aspect for aspect, intent in grid.referral_of.items()}
        self.topics = {intent: intent[4:] for intent, route in grid.routes.items() if route == "answer"}
        self.left_out = {f"{NOT_COVERED}/{topic}": topic for topic in self.topics.values()}
        self._own = {intent: own for intent, said in grid.questions.items() if (own := self._own_things(intent, said))}
        self._topic_of = {**self.topics, **self.left_out}
        # A topic of which a body is all that it names: what the navigators are, what the Society does.
        of_things = {one.topic for one in vocabulary.subjects.values() if one.kind != "organisation"}
        self._bodies = {one.topic for one in vocabulary.subjects.values() if one.kind == "organisation"} - of_things

    def _own_things(self, intent: str, question: str) -> set[str]:
        """Return the things that a referral is all about, by the question it stands for; "other drugs, such as X" is not."""
        if self.grid.routes.get(intent) != "refer" or "other" in words_of(question):
            return set()
        return {one.subject.id for one in self.vocabulary.mentions(question) if not one.subject.topics}

    # -- learning ------------------------------------------------------------------------------------------------

    @classmethod
    def fit(
        cls, examples: list[Example], grid: Grid, subjects: list[Subject], encoder: Encoder, limits: Limits | None = None
    ) -> tuple[Reader, Rows]:
        """Learn from the examples; gate and thresholds stay as given (see `calibration`, which needs the rows)."""
        texts = [e.text for e in examples]
        mistyped = np.array([i for i, text in enumerate(texts) if picked(text, MISTYPED_EVERY)], dtype=np.intp)
        counting = beside(NGrams.learn, texts, [mistype(texts[i], 1) for i in mistyped])
        vocabulary = Vocabulary(subjects, encoder.words())
        labels = np.array([label_of(e) for e in examples])
        aspect_labels = np.array([e.aspect or WHOLE for e in examples])
        asked = np.array([_asks(e, grid) for e in examples])
        mentions = [vocabulary.mentions(t) for t in texts]
        masked_texts = [mask(t, m) if a else t for t, m, a in zip(texts, mentions, asked | (labels == ADVICE))]
        taught = lessons(examples, [any(one.subject.id not in IN_PASSING for one in m) for m in mentions], grid)
        counting_masked = beside(NGrams.learn, masked_texts, [mistype(masked_texts[i], 2) for i in mistyped])
        every_vector = encoder.encode_kept([*texts, *masked_texts, *(text for text, _ in taught)])
        vectors = np.split(every_vector[: 2 * len(texts)], 2)
        # A typing error changes the n-grams; the sentence keeps its vector.
        every = np.concatenate([np.arange(len(texts)), mistyped])
        ngrams, counted = counting()
        features = Features(encoder, ngrams)
        rows = features.join(vectors[0][every], counted)
        by_itself = _by_itself(examples)
        flattening = beside(Layered.fit, rows[by_itself[every]], list(labels[every][by_itself[every]]))
        taught_rows = features.join(every_vector[2 * len(texts) :], features.ngrams.transform([text for text, _ in taught]))
        holding = beside(Layered.fit, taught_rows, [label for _, label in taught])
        ngrams, counted = counting_masked()
        masked = Features(encoder, ngrams)
        masked_rows = masked.join(vectors[1][every], counted)
        told = (asked & np.array([e.teaches_aspect for e in examples]))[every]
        aspects = Layered.fit(masked_rows[told], list(aspect_labels[every][told]))
        flat, held = flattening(), holding()
        size = len(texts)
        said = np.array([e.aspect or "" for e in examples])
        speaks_for = np.array([asked_behind(e) if e.behind else label for e, label in zip(examples, labels)])
        known = Neighbours.of(vectors[0][asked], vectors[1][asked], speaks_for[asked], said[asked])
        spelling = Spelling.fit([*texts, *(says for one in subjects for says in (*one.says, one.name))], encoder.ordinary())
        names = Names.fit(texts, mentions)
        advising = Advising.plain(*(known.narrow(rows_of[labels == ADVICE]) for rows_of in vectors))
        known_words = Familiar.fit(examples, masked_texts, grid, encoder.words())
        more = {"advising": advising, "spelling": spelling, "names": names, "familiar": known_words}
        reader = cls(vocabulary, features, masked, flat, held, aspects, grid, known, limits or Limits(), **more)
        return reader, Rows(rows[:size], masked_rows[:size], asked, by_itself, mentions)

    # -- reading -------------------------------------------------------------------------------------------------

    def spelled(self, text: str) -> str:
        """Return a message with its names as they are usually written, and its misspelt words put right."""
        text = self.names.written(text, self.vocabulary.mentions(text))
        return self.spelling.repair(text, [(one.start, one.end) for one in self.vocabulary.mentions(text)])

    def view(self, text: str) -> View:
        """Return the numbers for one question."""
        return self._at_hand.get(text) or self._lately(text)

    @contextlib.contextmanager
    def at_hand(self, texts: list[str]) -> Iterator[None]:
        """Keep the numbers of these questions at hand meanwhile."""
        self._at_hand = dict(zip(texts, self.views(texts)))
        try:
            yield
        finally:
            self._at_hand = {}

    def foresee(self, texts: list[str], context: dict[str, Any]) -> None:
        """Encode in one go what will be read one by one."""
        held = context.get("topic")
        leaning = [behind(held, texts[0])] if held in self.grid.covers else []
        self.features.encoder.encode([*texts, *(mask(t, self.vocabulary.mentions(t)) for t in texts), *leaning])

    def views(self, texts: list[str]) -> list[View]:
        """Return the numbers of each question: made together they take a small part of the time."""
        mentions = [self.vocabulary.mentions(text) for text in texts]
        masked = [mask(text, found) for text, found in zip(texts, mentions)]
        rows, masked_rows = self.features.rows(texts), self.masked.rows(masked)
        flat, aspects = self.flat.scores(rows).tolist(), self.aspects.scores(masked_rows).tolist()
        sims = self.known.sims(rows[:, :384], masked_rows[:, :384])
        return [self._viewed(*numbers) for numbers in zip(texts, mentions, masked, flat, aspects, *sims)]

    def _viewed(
        self,
        text: str,
        mentions: list[Mention],
        masked: str,
        flat: list[float],
        asked: list[float],
        plain_sims: Cosines,
        masked_sims: Cosines,
    ) -> View:
        aspects = dict(zip(self.aspects.labels, asked))
        if not mentions and len(text.split()) <= 3 and aspects.get("why", 0.0) > 0.5:
            # A bare "why?" after an answer asks what the thing is for.
            aspects["use"] = aspects.get("use", 0.0) + aspects.pop("why")
        how_many = _how_many(masked.strip())
        return View(text, mentions, dict(zip(self.flat.labels, flat)), aspects, how_many, plain_sims, masked_sims)

    def _in_hand(self, text: str, topic: str) -> dict[str, float]:
        """Return the probabilities of the text as it reads with the topic in hand."""
        return dict(zip(self.held.labels, self.held.scores(self.features.rows([behind(topic, text)]))[0].tolist()))

    def read(self, text: str, context: dict[str, Any] | None = None) -> Reading:
        """Return what one question is taken to be; a type of MS that it names stays in mind where no topic is in hand then."""
        found = self._read(text, context or {})
        kinds = {m.subject.id for m in self.view(text).mentions} & TYPES
        if found.topic or found.beyond or not kinds:
            return found
        return dataclasses.replace(found, beyond=kinds.pop() if len(kinds) == 1 else PROGRESSIVE)

    def _read(self, text: str, context: dict[str, Any]) -> Reading:
        """Read a text with the topic in hand, or the one before it, where that is pointed at."""
        view = self._of_type(self.view(text), context)
        beyond = context.get("beyond")
        plain = self._in_reply(view, context) or self._counted(view, context)
        if plain:
            return plain
        held = context.get("topic")
        leaning = self.grid.routes.get(beyond or "") == "refer" and (not view.mentions or self._in_passing(view))
        if leaning and not self._back_to(text, held):
            back = held in self.grid.covers and EARLIER.search(text)
            return self._asked_of_earlier(view, context, held) if back else self._beyond(view, context, beyond)
        view = self.in_context(view, context)
        found = self.decide(view, context)
        before = context.get("before")
        pointed = EARLIER.search(text)
        named = any(one.subject.id not in TYPES for one in view.mentions)
        if before not in self.grid.covers or named or self._of_hand(found, context):
            return found
        # "Who can I call?" is asked in passing, and then "is the trial over?" of what was spoken of before.
        if not pointed and not (held in self._bodies and found.intent == NOT_COVERED):
            return found
        there = self.decide(view, {**context, "topic": before, "aspect": WHOLE})
        if not pointed:
            return there if there.topic == before and self.answers(there) else found
        # "The first trial" may be one of the topic in hand; "the other one" is not.
        better = self.answers(there) or not self.answers(found) or "other" in pointed.group().lower()
        return there if there.topic == before and better else found

    def _back_to(self, text: str, held: str | None) -> bool:
        """Say whether a text goes back from what the pages do not know to the topic in hand: by its words, or by "which ones",
        which nobody asks of one thing."""
        if held not in self.grid.covers:
            return False
        many = bool(MANY.search(text)) and bool(self.grid.covers[held] & {"count", "names"})
        return many or (not _points(text) and self.familiar.owns(text, held))

    def _of_type(self, view: View, context: dict[str, Any]) -> View:
        """Return the view with the type of MS that was spoken of in the place of "it", where nothing else was."""
        kind = context.get("beyond")
        if kind not in TYPES or kind not in self.vocabulary.subjects or context.get("topic") or view.mentions:
            return view
        return self.view(IT.sub(self.vocabulary.subjects[kind].name, view.text, count=1))

    def _in_reply(self, view: View, context: dict[str, Any]) -> Reading | None:
        """Read what answers the reply before it: a place among its choices, "why not" to refused advice, "yes" to a person, "go
        back"."""
        chosen = among(context.get("choices") or (), view.text)
        if chosen in self.grid.routes:
            return Reading(view.text, chosen, 0.9, topic=self.topics.get(chosen))
        asked = context.get("asked") or ""
        if asked == ADVICE and WHY_NOT.fullmatch(view.text):
            return Reading(view.text, ADVICE, 0.9, topic=context.get("topic"))
        elsewhere = self.grid.routes.get(asked) == "refer" and asked not in (NOT_COVERED, *self.aspect_of)
        if elsewhere and WHY_NOT.fullmatch(view.text):
            return Reading(view.text, asked, 0.9, beyond=context.get("beyond"))
        if (context.get("misses") or 0) >= OFFERED and view.flat.get(AFFIRM, 0.0) >= AGREED:
            return Reading(view.text, PERSON, view.flat[AFFIRM])
        before = context.get("before")
        back = before in self.grid.covers and GO_BACK.fullmatch(view.text)
        return self._asked_of_earlier(view, context, before) if back else None

    def _counted(self, view: View, context: dict[str, Any]) -> Reading | None:
        """Read "and the second one" as asked of that one of the things that an answer told of."""
        things = any(one.subject.kind in STRONG for one in view.mentions)
        place = None if view.mentions else counted(view.text, self.lists, context)
        topic = place or (None if things else self._described(view, context))
        # What "the other epilepsy drug" names speaks of the one in hand as well.
        meant = dataclasses.replace(view, mentions=[one for one in view.mentions if one.subject.topic == topic])
        found = self._asked_of_earlier(meant, context, topic) if topic else None
        return found if found and found.topic == topic else None

    def _described(self, view: View, context: dict[str, Any]) -> str | None:
        """Return what is "the one about women": of the things that an answer told of, or of all whose words these are where they
        are none of the topic in hand; "the other seizure drug", of two, is the one that is not in hand."""
        match, held = DESCRIBED.search(view.text), context.get("topic")
        if held in view.named and words_of(view.text) & OTHER and len(view.named) == 2:
            return (view.named - {held}).pop()
        if not match or held not in self.grid.covers:
            return None
        if view.mentions:
            return self.familiar.whose(match[0], held, view.named - {held})
        told = self.lists.get(teller(self.lists, context) or "", ())
        others = self.grid.covers.keys() - ({held} if SEVERAL.match(match[0]) else {held, *self.lists})
        return self._likest(match[0], told) or self.familiar.whose(match[0], held, others)

    def _likest(self, text: str, told: Sequence[str]) -> str | None:
        """Return the topic that a text speaks of most, of those told; none where it hardly speaks of it, or as much of others."""
        flat = self.view(text).flat if told else {}
        shares = {topic: sum(flat.get(name, 0.0) for name in (f"ask_{topic}", f"{NOT_COVERED}/{topic}")) for topic in told}
        best = max(shares, key=lambda topic: shares[topic], default=None)
        sure = best and shares[best] >= max(self.limits.meant, sum(shares.values()) / 2)
        if sure or SEVERAL.match(text):
            return best if sure else None
        return self.familiar.likeliest(text, told)

    def _asked_of_earlier(self, view: View, context: dict[str, Any], topic: str) -> Reading:
        """Read a text that points at this topic: all of its answer where the text does nothing else."""
        context = {**context, "topic": topic, "aspect": WHOLE}
        if words_of(view.text) <= FILLING | POINTERS | POINTING_BACK:
            return self.turn(view, context).reading(f"ask_{topic}", 0.9, topic=topic, bare=True)
        return self.decide(view, context)

    def _beyond(self, view: View, context: dict[str, Any], referral: str) -> Reading:
        """Read a text that names nothing, after one that named what the pages do not know: what leans on that is referred too."""
        found = self.decide(view, without_topic(context))
        words = len(view.text.split())
        points = _points(view.text, POINTERS - {"there"}) or bool(DEFINITE.search(view.text)) or bool(ALIKE_LEAD.match(view.text))
        leans = found.intent in (FOLLOW_UP, NOT_COVERED, CLARIFY, *BACK)
        if self.answers(found):
            leans = words <= LEANING if points else max(view.flat.values()) < self.limits.switch and words <= BRIEF
        elif found.intent == MISS:
            leans = points and words <= LEANING
        return dataclasses.replace(found, intent=referral, topic=None, beyond=referral, candidates=[]) if leans else found

    def beside_what_was_told(self, found: Reading, context: dict[str, Any]) -> Reading:
        """Return the reading in the light of the whole answers that were given before.

        One of them is given again as such, or, where more is wished, in short; what a page leaves out comes with the offer of its
        answer, where that was not given yet.
        """
        told = found.topic in context.get("told", ())
        if not told and found.topic in self.grid.covers and found.intent in (NOT_COVERED, *self.aspect_of):
            return dataclasses.replace(found, candidates=[f"ask_{found.topic}"])
        whole = self.answers(found) and self.grid.gives_whole(found.topic, found.aspect)
        again = (found.again or ASKED) if told and whole and found.again != REPEAT else None
        return dataclasses.replace(found, whole=whole, again=again)

    def names_subject(self, text: str) -> bool:
        """Say whether a text names a subject; a type of MS may be named in passing."""
        return any(one.subject.id not in TYPES for one in self.vocabulary.mentions(text))

    def answers(self, found: Reading) -> bool:
        """Say whether the pages' text is the reply."""
        return self.route(found) == "answer"

    def route(self, found: Reading) -> str | None:
        """Return what is done with a reading; none of a miss."""
        return self.grid.routes.get(found.intent)

    def _of_hand(self, found: Reading, context: dict[str, Any]) -> bool:
        """Say whether "the other one" is one of the several things that the topic in hand tells of."""
        several = self.grid.covers.get(context.get("topic") or "", set()) & {"count", "names"}
        return bool(several) and found.topic == context.get("topic") and self.answers(found)

    def in_context(self, view: View, context: dict[str, Any]) -> View:
        """Return the view without the subjects that a question about the topic in hand only names in passing."""
        return dataclasses.replace(view, mentions=[]) if context.get("topic") and self._in_passing(view) else view

    @staticmethod
    def _in_passing(view: View) -> bool:
        named = {m.subject.id for m in view.mentions}
        if not named or not named <= set(IN_PASSING) or _bare(view):
            return False
        sure = sum(view.aspects.get(aspect, 0.0) for aspect in {IN_PASSING[one] for one in named})
        points = _points(view.text, THINGS)
        return sure >= PASSING or (points and (named <= TYPES or sure >= PASSING / 2))

    def decide(self, view: View, context: dict[str, Any]) -> Reading:
        """Choose between answer, referral, dialogue, clarification and miss."""
        turn = self.turn(view, context)
        masses = turn.masses
        top, best = turn.ranking[0]
        if top in BACK and best >= 0.3:
            return self._back(turn, top)
        talk = self._talk(view, context.get("topic"))
        if talk:
            return turn.reading(talk, masses[talk])
        group = self._group(view, masses, context.get("topic"))
        if self._of_company(turn):
            return self._not_covered(turn, self._named_topic(turn) or context.get("topic"), 0.9)
        if self._knows_not(view) and (group == ABOUT or _bare(view)):
            return self._elsewhere(turn)
        if _bare(view) and self.grid.routes.get(group) != "handoff":
            return self._named(turn)
        if SUMMONS.search(view.text) and PERSON in masses:
            return turn.reading(PERSON, max(masses[PERSON], 0.9))
        if group in (ABOUT, ELSEWHERE) and self._dangles(turn):
            return turn.reading(FOLLOW_UP, masses[group])
        if group == ABOUT or (group != ADVICE and self._is_follow_up(turn)):
            return self._about(turn)
        if (group == ADVICE or self.grid.routes.get(group) == "decline") and self._leaves(view, context.get("topic")):
            return self._not_covered(turn, context["topic"], masses[group])
        if masses[group] < self.limits.sure and masses[ABOUT] + masses[ELSEWHERE] < 0.5:
            return self._unsure(turn)
        if group == ELSEWHERE:
            return self._elsewhere(turn)
        if group == NONSENSE:
            return turn.reading(MISS, masses[group])
        return self._advice(turn, masses[group]) if group == ADVICE else turn.reading(group, masses[group])

    def _of_company(self, turn: Turn) -> bool:
        """Say whether a short text asks if a body that the pages do not know has to do with what is named or in hand."""
        bodies = bool(turn.view.off_page) and all(one.kind == "organisation" for one in turn.view.off_page)
        short = len(turn.view.text.split()) <= LEANING
        return bodies and short and bool(turn.view.on_page or turn.context.get("topic") in self.grid.covers)

    def _talk(self, view: View, held: str | None) -> str | None:
        """Return the talk that a text is by itself and, behind the topic in hand, may be: "when was this written"."""
        if view.mentions or held not in self.grid.covers:
            return None
        likeliest = max(view.flat, key=lambda intent: view.flat[intent])
        plain = self.grid.routes.get(likeliest) == "smalltalk" and view.flat[likeliest] >= self.limits.talk
        return likeliest if plain and self.in_hand(view.text, held).get(likeliest, 0.0) >= self.limits.talk_held else None

    def turn(self, view: View, context: dict[str, Any]) -> Turn:
        """Return the weighed numbers of one question."""
        scores = self._weighed(view, context.get("topic"))
        return Turn(view, context, scores, self._masses(scores), heapq.nlargest(10, scores.items(), itemgetter(1)))

    def _group(self, view: View, masses: dict[str, float], held: str | None) -> str:
        """Return the likeliest group; whether it is advice or a fact that is asked for, the clues of the question say."""
        group = max(masses, key=lambda name: masses[name])
        if self.wish(masses) > masses[group]:
            return max((name for name in masses if self.grid.routes.get(name) == "handoff"), key=lambda name: masses[name])
        if group not in (ABOUT, ELSEWHERE, ADVICE) or ADVICE not in masses:
            return group
        if self.advising.says(self.advice_clues(view, masses, held), lambda: self.nearness(view)) >= self.limits.advises:
            return ADVICE
        return max((ABOUT, ELSEWHERE), key=lambda name: masses[name])

    def wish(self, masses: dict[str, float]) -> float:
        """Return the probability that a person is wished for, in whatever way."""
        return sum(p for name, p in masses.items() if self.grid.routes.get(name) == "handoff")

    def advice_clues(self, view: View, masses: dict[str, float], held: str | None) -> list[float]:
        """Return the numbers that say whether advice is asked for, in the order of `advising.QUICK`."""
        logs = {name: math.log(masses.get(name, 0.0) + 1e-3) for name in (ABOUT, ELSEWHERE, ADVICE)}
        doing = self._of_doer(view, held)
        return [
            logs[ADVICE] - max(logs[ABOUT], logs[ELSEWHERE]), logs[ELSEWHERE] - logs[ABOUT], math.log(self.wish(masses) + 1e-3),
            float(of_somebody(view.text) and not doing), float(wants_advice(view) and not doing),
            float(bool(PERSONAL.search(view.text))), float(bool(OWN.search(view.text))),
            sum(view.aspects.get(aspect, 0.0) for aspect in MATTERS), view.aspects.get(WHOLE, 0.0),
            float(bool(view.on_page)), float(bool(view.off_page)), self._fact_of(view, held),
        ]  # fmt: skip

    def _of_doer(self, view: View, held: str | None) -> bool:
        """Say whether a text asks what the body in hand does: "what will they do for me" of the navigators."""
        return not view.mentions and held in self._bodies and bool(words_of(view.text) & DOERS)

    def nearness(self, view: View) -> list[float]:
        """Return how near the examples of advice and those of facts are to a text, in the order of `advising.NEAR`."""
        near, near_masked = self.advising.near(view.plain_sims.row, view.masked_sims.row)
        return [near, top(view.plain_sims.all), near_masked, top(view.masked_sims.all)]

    def _fact_of(self, view: View, held: str | None) -> float:
        """Return how plainly the text, read behind the topic in hand, asks what that topic answers."""
        if view.mentions or held not in self.grid.covers:
            return 0.0
        return self.in_hand(view.text, held).get(f"ask_{held}", 0.0)

    def _weighed(self, view: View, held: str | None) -> dict[str, float]:
        """Return the flat probabilities, with those of topics that do not speak of the named subjects brought down."""
        named = view.named
        strong = any(s.kind in STRONG for s in view.on_page)
        scores = dict(view.flat)
        if held in self.grid.covers:
            # What is sure to lean on something is read behind the topic in hand alone.
            share = self.limits.hand_named if view.mentions else max(self.limits.hand, scores.get(FOLLOW_UP, 0.0))
            share = self.limits.hand_own if view.mentions and held in named else share
            leaning = self.in_hand(view.text, held)
            scores = {i: (1 - share) * p + share * leaning.get(i, 0.0) for i, p in scores.items()}
        elif FOLLOW_UP in scores:
            scores[FOLLOW_UP] *= UNSUPPORTED
        if ANYBODY.search(view.text):
            scores = {i: p * (NOBODY if self.grid.routes.get(i) == "handoff" else 1.0) for i, p in scores.items()}
        first = {s.topic for s in view.on_page}
        for intent, topic in self._topic_of.items() if named or view.off_page else ():
            if named and topic not in named:
                scores[intent] = scores.get(intent, 0.0) * (0.3 if strong else 0.6)
            elif named and topic not in first:
                scores[intent] = scores.get(intent, 0.0) * 0.7
            elif view.off_page and not strong:
                scores[intent] = scores.get(intent, 0.0) * 0.1
        total = sum(scores.values()) or 1.0
        return {k: v / total for k, v in scores.items()}

    def _masses(self, scores: dict[str, float]) -> dict[str, float]:
        """Return the probability of a subject of ours, of something else that is referred, and of each dialogue intent."""
        masses = {ABOUT: 0.0, ELSEWHERE: 0.0}
        for intent, p in scores.items():
            if intent in self._topic_of or intent in self.aspect_of or intent in (FOLLOW_UP, NOT_COVERED):
                masses[ABOUT] += p
            elif intent.startswith("ask_"):
                masses[ELSEWHERE] += p
            else:
                masses[intent] = p
        return masses

    # -- the kinds of reading ------------------------------------------------------------------------------------

    def _back(self, turn: Turn, top: str) -> Reading:
        """Read "say that again", "simpler, please" and "tell me more" against the topic named or in hand; what was referred
        just before is referred again."""
        asked = turn.context.get("asked") or ""
        elsewhere = turn.view.mentions or words_of(turn.view.text) & POINTING_PAST
        if top == REPEAT and not elsewhere and self.grid.routes.get(asked) == "refer":
            return self._referred_again(turn, asked)
        topic = self._named_topic(turn) or (turn.context.get("topic") if turn.context.get("answered") else None)
        if not topic:
            return turn.reading(top, turn.scores[top])
        aspect = {REPEAT: turn.context.get("aspect") or WHOLE, MORE: WHOLE, "simpler": SIMPLER}[top]
        return turn.reading(f"ask_{topic}", turn.scores[top], topic=topic, aspect=aspect, again=top)

    def _referred_again(self, turn: Turn, asked: str) -> Reading:
        """Return the referral that was given just before; that of an aspect is of the topic in hand."""
        leans = asked in self.aspect_of or asked == NOT_COVERED
        aspect = turn.context.get("aspect") or WHOLE
        return turn.reading(asked, 0.9, topic=turn.context.get("topic") if leans else None, aspect=aspect if leans else WHOLE)

    def _named_topic(self, turn: Turn) -> str | None:
        """Return the likeliest topic of the subjects that the text names."""
        named = [t for s in turn.view.on_page for t in s.topics]
        return max(named, key=lambda t: turn.view.flat.get(f"ask_{t}", 0.0), default=None)

    def _named(self, turn: Turn) -> Reading:
        """Read a bare subject ("and Gilenya?"): the aspect in hand where the pages cover it, else the whole."""
        # Of several the one of the fewest topics tells most, a type of MS least: "stem cells in mice", "Avonex SPMS".
        named = turn.view.on_page or turn.view.off_page
        first = min(named, key=lambda one: (one.id in TYPES, len(one.topics)), default=None)
        likely = self._named_topic(turn)
        sure = likely is not None and turn.view.flat.get(f"ask_{likely}", 0.0) >= self.limits.sure_of_named
        topic = first.topic if first and first.topic and not sure else likely
        if topic is None:
            return self._elsewhere(turn)
        aspect = turn.context.get("aspect") or WHOLE
        # What the whole answer says within itself keeps its aspect too, for the next "and Gilenya?".
        carried = ALIKE_LEAD.match(turn.view.text) and self.grid.covered(topic, aspect)
        asked = turn.context.get("asked")
        if SAME_LEAD.match(turn.view.text) and asked in self.aspect_of and not self.grid.covered(topic, self.aspect_of[asked]):
            return turn.reading(asked, 0.9, topic=topic, subject=first.name if first else None, bare=True)
        if SAME_LEAD.match(turn.view.text) and aspect in POINTED and not self.grid.covered(topic, aspect):
            intent = self.grid.referral_of.get(aspect, NOT_COVERED)
            return turn.reading(intent, 0.9, topic=topic, aspect=aspect, subject=first.name if first else None, bare=True)
        return turn.reading(f"ask_{topic}", 0.9, topic=topic, aspect=aspect if carried else WHOLE, bare=True)

    def leans(self, turn: Turn, topic: str) -> bool:
        """Say whether a question about a topic names nothing and is asked with that topic, or one beside it, in hand."""
        held = turn.context.get("topic") or ""
        return not turn.view.on_page and topic in (held, *self.siblings.get(held, ()))

    def _is_follow_up(self, turn: Turn) -> bool:
        """Say whether the text leans on the topic in hand."""
        if turn.view.mentions or not turn.context.get("topic"):
            return False
        words = turn.view.text.split()
        sure = max(p for i, p in turn.scores.items() if i not in self.topics)
        if len(words) <= BRIEF and sure < 0.6 and turn.ranking[0][0] in LOOSE and self._pointed(turn.view) >= 0.35:
            return True
        first, best = turn.ranking[0]
        if self._topic_of.get(first, turn.context["topic"]) != turn.context["topic"] and best >= self.limits.switch:
            return False
        points = _points(turn.view.text) or bool(DEFINITE.search(turn.view.text))
        return points and len(words) <= LEANING and turn.masses[ABOUT] > 0.3 and sure < 0.7

    @staticmethod
    def _pointed(view: View) -> float:
        """Return the probability of the likeliest aspect but the whole."""
        return max((p for aspect, p in view.aspects.items() if aspect != WHOLE), default=0.0)

    def _about(self, turn: Turn) -> Reading:
        """Read a question about a subject of ours: the grid decides."""
        weights = self.subjects(turn)
        if not weights:
            return self._subjectless(turn)
        fits = self._fits(turn, weights)
        topic = max(fits, key=lambda t: fits[t])
        says = self.gate.says(self.clues(turn, topic, weights))
        if turn.view.how_many and self._cover(turn.view, topic):
            says = max(says, 0.9)
        leaning = self.leans(turn, topic)
        if (leaning and self._unheard(turn.view, topic)) or self._of_another_year(turn.view, topic):
            says = 0.0
        least = self.limits.lean_held if leaning else self.limits.lean
        if says < least and topic == turn.context.get("topic") and leaning:
            beside = self._next_to(turn, topic)
            says_beside = self.gate.says(self.clues(turn, beside, {beside: 1.0})) if beside != topic else says
            topic, says = (beside, says_beside) if says_beside >= least else (topic, says)
        if says < least and turn.view.on_page:
            topic, says = self._beside(turn, weights, topic, says)
        if says < least:
            held = turn.context.get("topic")
            if not held and self._hangs(turn):
                return turn.reading(FOLLOW_UP, turn.masses[ABOUT])
            return self._not_covered(turn, self._refused_of(turn, weights), 1 - says)
        order = sorted(fits.values(), reverse=True)
        if not turn.view.on_page and self.known.is_far(turn.view, topic, self.limits.near):
            return self._unsure(turn)
        if len(order) > 1 and order[0] < 0.4 and order[0] - order[1] < self.limits.close:
            return turn.reading(CLARIFY, order[0], candidates=[f"ask_{t}" for t in sorted(fits, key=lambda t: -fits[t])[:3]])
        return turn.reading(f"ask_{topic}", turn.masses[ABOUT] * says, topic=topic, aspect=self._asked(turn, topic))

    def _refused_of(self, turn: Turn, weights: dict[str, float]) -> str | None:
        """Return the topic that does not answer, and is in hand then; none where nothing is named, in hand or plainly meant."""
        likeliest = max(weights, key=lambda t: weights[t])
        if turn.view.on_page or turn.ranking[0][1] >= self.limits.switch:
            return likeliest
        meant = turn.scores.get(f"ask_{likeliest}", 0.0) + turn.scores.get(f"{NOT_COVERED}/{likeliest}", 0.0)
        return turn.context.get("topic") or (likeliest if meant >= self.limits.sure else None)

    def _dangles(self, turn: Turn) -> bool:
        """Say whether a text asks of "the drug" in words that fit any, and none was spoken of: "was the drug any good"."""
        text, loose = turn.view.text, not (turn.view.mentions or turn.context.get("topic"))
        short = loose and len(text.split()) <= DANGLING
        return short and bool(ANY_OF_THEM.search(text)) and not self.familiar.tells(text)

    def _hangs(self, turn: Turn) -> bool:
        """Say whether a short text points at something that it does not name and is nobody's plainly: "who paid for it"."""
        points = _points(turn.view.text, THINGS - {"they"}) or bool(ANY_OF_THEM.search(turn.view.text))
        short = points and len(turn.view.text.split()) <= LEANING
        return short and not turn.view.mentions and turn.ranking[0][1] < self.limits.switch

    def _leaves(self, view: View, held: str | None) -> bool:
        """Say whether a text is nothing but a thing, asked of the topic in hand, that may be anything: "meditation?"."""
        bare = not view.mentions and not of_somebody(view.text) and bool(A_THING.fullmatch(view.text))
        return bare and held in self.grid.covers

    def _unheard(self, view: View, topic: str) -> bool:
        """Say whether a text is nothing but a thing that the topic does not know: "and the half-life?"."""
        return bool(A_THING.fullmatch(view.text)) and self.familiar.left(view.text, topic)

    def _of_another_year(self, view: View, topic: str) -> bool:
        """Say whether a text names a year, and not the one that the topic is about: "and the report of 2016?"."""
        own = set(YEAR.findall(self.grid.questions.get(f"ask_{topic}", "")))
        return bool(own) and bool(asked := set(YEAR.findall(view.text))) and not asked & own

    def _beside(self, turn: Turn, weights: dict[str, float], topic: str, says: float) -> tuple[str, float]:
        """Return the topic that the page answers most surely of those that the named subjects are as likely to mean."""
        alike = sorted(t for t in turn.view.named if t != topic and weights.get(t, 0.0) >= ALIKE * weights[topic])
        judged = {t: self.gate.says(self.clues(turn, t, weights)) for t in alike}
        best = max(judged, key=lambda t: judged[t], default=topic)
        return (best, judged[best]) if judged.get(best, 0.0) > says else (topic, says)

    def _fits(self, turn: Turn, weights: dict[str, float]) -> dict[str, float]:
        if turn.view.how_many:
            return {topic: w * (0.15 + self._cover(turn.view, topic)) for topic, w in weights.items()}
        covered = (self._covers @ self._asked_of(turn.view)).tolist()
        return {topic: w * (0.15 + covered[self._place[topic]]) for topic, w in weights.items()}

    def _asked_of(self, view: View) -> np.ndarray:
        """Return the probability of each aspect, in the order of the classifier's labels."""
        return np.fromiter((view.aspects.get(a, 0.0) for a in self.aspects.labels), dtype=np.float64)

    def likeliest(self, turn: Turn, weights: dict[str, float]) -> str:
        fits = self._fits(turn, weights)
        return max(fits, key=lambda topic: fits[topic])

    def subjects(self, turn: Turn) -> dict[str, float]:
        """Return the weight of each topic that the question may be about; none where it names no subject and none is in hand."""
        topics = {t: turn.scores.get(i, 0.0) + turn.scores.get(f"{NOT_COVERED}/{t}", 0.0) for i, t in self.topics.items()}
        if any(s.kind in THING for s in turn.view.on_page):
            named = turn.view.named
            topics = {t: w for t, w in topics.items() if t in named}
        total = sum(topics.values())
        if not turn.view.on_page:
            loose = turn.masses[ABOUT] - total
            held = turn.context.get("topic")
            if held and (loose > total or self._is_follow_up(turn)):
                return {self._asked_behind(turn, held) or self._held(turn, held): 1.0}
            if loose > total and (total < 0.25 or max(topics.values()) < 0.2):
                return {}
        return {t: w / total for t, w in topics.items()} if total else {}

    def _asked_behind(self, turn: Turn, held: str) -> str | None:
        """Return the topic that the text is rather about, read behind the one in hand; none where it is about that one."""
        read = self.in_hand(turn.view.text, held) if held in self.grid.covers else {}
        shares: dict[str, float] = dict.fromkeys(self.grid.covers, 0.0)
        for intent, topic in self._topic_of.items():
            shares[topic] += read.get(intent, 0.0)
        best = max(shares, key=lambda t: shares[t])
        # Two films, or two drugs, may share it between them.
        together = shares[best] > shares[held] and sum(shares.values()) - shares[held] >= 0.5
        return best if best != held and (shares[best] >= self.limits.behind or together) else None

    def _held(self, turn: Turn, held: str) -> str:
        """Return the topic in hand, or one beside it that may be meant, and that covers what the one in hand does not."""
        if self._cover(turn.view, held) >= 0.5:
            return held
        meant = sorted(t for t in self.siblings.get(held, ()) if turn.scores.get(f"ask_{t}", 0.0) >= MEANT)
        beside = {t: self._cover(turn.view, t) - turn.view.aspects.get(WHOLE, 0.0) for t in meant}
        best = max(beside, key=lambda t: beside[t], default=held)
        return best if beside.get(best, 0.0) >= 0.5 else held

    def _subjectless(self, turn: Turn) -> Reading:
        """Read a question that names no subject where none is in hand: a referral by its aspect, else ask which subject."""
        loose = {i: turn.scores.get(i, 0.0) for i in self.aspect_of}
        top = max(loose, key=lambda i: loose[i])
        if loose[top] > turn.scores.get(FOLLOW_UP, 0.0):
            return turn.reading(top, turn.masses[ABOUT])
        return turn.reading(FOLLOW_UP, turn.masses[ABOUT])

    def _next_to(self, turn: Turn, held: str) -> str:
        """Return the topic beside the one in hand that may be meant where that one does not answer."""
        beside = self._held(turn, held)
        if beside != held or held not in self.grid.covers:
            return beside
        read = self.in_hand(turn.view.text, held)
        best = max(self.topics, key=lambda intent: read.get(intent, 0.0))
        least = max(self.limits.behind, read.get(f"{NOT_COVERED}/{held}", 0.0))
        return self.topics[best] if read.get(best, 0.0) >= least else held

    def _cover(self, view: View, topic: str) -> float:
        """Return how much of the aspect's probability the topic covers."""
        if view.how_many:
            return float(bool(view.how_many & self.grid.covers.get(topic, set())))
        return float(self._covers[self._place[topic]] @ self._asked_of(view))

    def clues(self, turn: Turn, topic: str, weights: dict[str, float]) -> list[float]:
        """Return the numbers that the gate weighs, in the order of `gate.CLUES`."""
        view = turn.view
        loose = sum(turn.scores.get(i, 0.0) for i, a in self.aspect_of.items() if not self.grid.covered(topic, a))
        firm = sum(turn.scores.get(i, 0.0) for i in self.topics)
        plain, masked, left_out = self.known.near(view, self.grid, topic)
        named = float(any(topic in s.topics for s in view.on_page))
        share = firm / ((loose + firm) or 1.0)
        says, leaves = turn.scores.get(f"ask_{topic}", 0.0), turn.scores.get(f"{NOT_COVERED}/{topic}", 0.0)
        beyond = self.known.beyond(view, topic)
        return [
            self._cover(view, topic), view.aspects.get(WHOLE, 0.0), share, plain, masked, left_out,
            self.known.vote(view, self.grid, topic), weights[topic] / (sum(weights.values()) or 1.0), named,
            _ratio(leaves, says), beyond,
            self.known.leaves(view.plain_sims, topic), self.known.leaves(view.masked_sims, topic),
            self._left_in_hand(turn, topic), float(self.leans(turn, topic)),
            self._strange(turn, topic),
        ]  # fmt: skip

    def _strange(self, turn: Turn, topic: str) -> float:
        """Return how many of its own words a text that leans on a topic has from elsewhere; who names something may say much."""
        if not self.leans(turn, topic):
            return 0.0
        return self.familiar.strange(mask(turn.view.text, self.vocabulary.mentions(turn.view.text)), topic)

    def _left_in_hand(self, turn: Turn, topic: str) -> float:
        """Return how far the text, read behind the topic in hand alone, asks for what a topic leaves out; one half without."""
        held = turn.context.get("topic")
        read = self.in_hand(turn.view.text, held) if held in self.grid.covers else {}
        return _ratio(read.get(f"{NOT_COVERED}/{topic}", 0.0), read.get(f"ask_{topic}", 0.0))

    def _asked(self, turn: Turn, topic: str) -> str:
        """Return the aspect to answer: one that is pointed at plainly enough, else the whole."""
        view = turn.view
        covered = {a: p for a, p in view.aspects.items() if self.grid.covered(topic, a)}
        if view.how_many:
            return next((a for a in ("people", "count") if a in view.how_many & self.grid.variations.get(topic, set())), WHOLE)
        aspect = max(covered, key=lambda a: covered[a])
        share = covered.get(aspect, 0.0) / (sum(covered.values()) or 1.0)
        if share >= POINTED.get(aspect, 2.0):
            return aspect
        told = topic in turn.context.get("told", ()) and aspect in self.grid.variations[topic]
        return aspect if told and share >= POINTED_AFTER and view.aspects[aspect] >= LIKELY_AFTER else WHOLE

    def _not_covered(self, turn: Turn, topic: str | None, confidence: float) -> Reading:
        """Return the referral for the likeliest aspect that the topic does not cover."""
        view = turn.view
        left = {a: p for a, p in view.aspects.items() if not (topic and self.grid.covered(topic, a)) and a != WHOLE}
        aspect = max(left, key=lambda a: left[a])
        if left[aspect] < self.limits.named_aspect:
            aspect = WHOLE
        intent = self.grid.referral_of.get(aspect, NOT_COVERED)
        name = next((s.name for s in view.on_page if not topic or topic in s.topics), None)
        return turn.reading(intent, confidence, topic=topic, aspect=aspect if aspect in ASPECTS else WHOLE, subject=name)

    def _elsewhere(self, turn: Turn) -> Reading:
        """Return the likeliest plain referral, or of a bare name its own; of those that speak of one thing alone, only what is
        named."""
        own = [f"ask_{one.referral}" for one in turn.view.off_page if f"ask_{one.referral}" in self.grid.routes]
        if own and _bare(turn.view):
            return turn.reading(own[0], 0.9, beyond=own[0], bare=True)
        others = self._others(turn.view)
        plain = {
            i: p
            for i, p in turn.scores.items()
            if i.startswith("ask_") and i not in self.topics and i not in self.aspect_of and i not in others
        }
        top = max(plain, key=lambda i: plain[i])
        if plain[top] < self.limits.meant:
            top = own[0] if own else NOT_COVERED
        return turn.reading(top, turn.masses[ELSEWHERE], beyond=top if self._knows_not(turn.view) else None)

    def _others(self, view: View) -> set[str]:
        """Return the referrals that speak of another thing than the text names; none where it names nothing unknown."""
        named = {one.id for one in view.off_page}
        return {intent for intent, own in self._own.items() if named and not named & own}

    @staticmethod
    def _knows_not(view: View) -> bool:
        """Say whether something is named that the pages do not know, and no such thing that they do; PPMS is no thing."""
        thing = any(s.kind in STRONG for s in view.off_page) and not any(s.kind in STRONG for s in view.on_page)
        return thing or bool(view.off_page and not view.on_page)

    def _advice(self, turn: Turn, confidence: float) -> Reading:
        """Refuse advice; what it was wanted about is in hand then."""
        if self._knows_not(turn.view):
            return turn.reading(ADVICE, confidence, beyond=self._elsewhere(turn).intent)
        return turn.reading(ADVICE, confidence, topic=self._named_topic(turn))

    def _unsure(self, turn: Turn) -> Reading:
        topics = sorted(self.topics, key=lambda i: -turn.scores.get(i, 0.0))[:3]
        if turn.masses[ABOUT] >= 0.6 and turn.scores[topics[0]] >= 0.15:
            return turn.reading(CLARIFY, turn.scores[topics[0]], candidates=[i for i in topics if turn.scores[i] >= 0.08])
        return turn.reading(MISS, 1 - max(turn.masses.values()))

    # -- keeping -------------------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write everything but the encoder under `folder`."""
        self.features.ngrams.save(folder, "ngrams")
        self.masked.ngrams.save(folder, "masked")
        self.flat.save(folder, "flat")
        self.held.save(folder, "held")
        self.aspects.save(folder, "aspects")
        self.known.save(folder / "known.npz")
        self.advising.save(folder / "advising.npz")
        self.spelling.save(folder, "spelling")
        subjects = [vars(s) for s in self.vocabulary.subjects.values()]
        rest = {"grid": self.grid.as_json(), "subjects": subjects, "limits": vars(self.limits), "gate": self.gate.as_json()}
        rest |= {"judge": self.judge.as_json(), "names": vars(self.names), "familiar": self.familiar.as_json()}
        (folder / "reader.json").write_text(json.dumps(rest, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, encoder: Encoder) -> Reader:
        """Read what `save` wrote."""
        rest = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
        return cls(
            Vocabulary([subject(s) for s in rest["subjects"]], encoder.words()),
            Features(encoder, NGrams.open(folder, "ngrams")),
            Features(encoder, NGrams.open(folder, "masked")),
            Layered.open(folder, "flat"),
            Layered.open(folder, "held"),
            Layered.open(folder, "aspects"),
            Grid.from_json(rest["grid"]),
            Neighbours.open(folder / "known.npz"),
            Limits(**{name: value for name, value in rest["limits"].items() if name in Limits.__dataclass_fields__}),
            Gate.from_json(rest["gate"]),
            Judge.from_json(rest["judge"]),
            Advising.open(folder / "advising.npz"),
            Spelling.open(folder, "spelling", encoder.ordinary()),
            Names(**rest.get("names", {})),
            Familiar(**rest.get("familiar", {}), ordinary=encoder.words()),
        )
