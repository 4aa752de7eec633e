"""Finding the subjects of a question: spellings, typing errors, dictated names, and ordinary words left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from extensions.vocabulary import Subject, Vocabulary, mask, read, subject
from tests.small_reader import encoder

ROOT = Path(__file__).resolve().parent.parent

SUBJECTS = [
    Subject("siponimod", "siponimod", "therapy", "siponimod", ("siponimod",), ("siponimod", "mayzent")),
    Subject("ibudilast", "ibudilast", "therapy", "sprint", ("sprint",), ("ibudilast", "mn-166")),
    Subject("phenytoin", "phenytoin", "therapy", "phenytoin", ("phenytoin",), ("phenytoin",)),
    Subject("vitamin_d", "vitamin D", "subject", "vitamin_d", ("vitamin_d",), ("vitamin d",)),
    Subject("stem_cells", "stem cells", "subject", "stem_cells", ("stem_cells",), ("stem cell", "stem cells")),
    Subject(
        "stem_cells_in_mice",
        "stem cells in mice",
        "study",
        "stem_cells_in_mice",
        ("stem_cells_in_mice",),
        ("stem cells in mice",),
    ),
    Subject("zorvatine", "zorvatine", "therapy", None, (), ("zorvatine",)),
]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(SUBJECTS, encoder().words())


def found(vocabulary: Vocabulary, text: str) -> list[str]:
    return [m.subject.id for m in vocabulary.mentions(text)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("what is siponimod", ["siponimod"]),
        ("WHAT IS SIPONIMOD?", ["siponimod"]),
        ("Mayzent", ["siponimod"]),
        ("mn-166 please", ["ibudilast"]),
        ("vitamin D and siponimod", ["vitamin_d", "siponimod"]),
        ("siponimod's results", ["siponimod"]),
    ],
)
def test_names_and_nicknames_are_found_in_order(vocabulary: Vocabulary, text: str, ids: list[str]) -> None:
    assert found(vocabulary, text) == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("what is siponimd", ["siponimod"]),
        ("what is siponomid", ["siponimod"]),
        ("tell me about ibudalist", ["ibudilast"]),
        ("phentoin?", ["phenytoin"]),
        ("does vitmin d help", ["vitamin_d"]),
        ("does vitmain d help", ["vitamin_d"]),
        ("phneytion?", ["phenytoin"]),
    ],
)
def test_a_typing_error_in_a_long_name_is_put_right(vocabulary: Vocabulary, text: str, ids: list[str]) -> None:
    assert found(vocabulary, text) == ids


@pytest.mark.parametrize(
    ("text", "subject_id", "said"),
    [
        ("what is sip on him odd", "siponimod", "sip on him odd"),
        ("tell me about sip on a mod please", "siponimod", "sip on a mod"),
    ],
)
def test_a_dictated_name_is_heard(vocabulary: Vocabulary, text: str, subject_id: str, said: str) -> None:
    (mention,) = vocabulary.mentions(text)

    assert mention.subject.id == subject_id
    assert text[mention.start : mention.end] == said


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("the one that begins with zorv something", ["zorvatine"]),
        ("ibud whatsitsname, what is it", ["ibudilast"]),
        ("ibu something", []),
    ],
)
def test_the_beginning_of_one_medicine_is_that_medicine(vocabulary: Vocabulary, text: str, ids: list[str]) -> None:
    assert found(vocabulary, text) == ids


def test_what_begins_two_medicines_is_neither() -> None:
    several = [Subject(name, name, "therapy", name, (name,), (name,)) for name in ("zorvatine", "zorvaline")]

    assert Vocabulary(several).mentions("zorv something") == []


@pytest.mark.parametrize(
    "text",
    [
        "how many people took part in it",
        "I sip tea on a hot day",
        "my mother cannot walk any longer and is tired all the time",
        "is the phone line open on sundays",
        "what vitamins should people eat",
        "mice",
        "",
        "  \n ",
        "🙂🙂🙂",
    ],
)
def test_ordinary_words_name_nothing(vocabulary: Vocabulary, text: str) -> None:
    assert found(vocabulary, text) == []


def test_ordinary_words_are_no_dictated_name_that_is_an_ordinary_word_itself() -> None:
    compounds = Subject("compounds", "compounds", "therapy", "compounds", ("compounds",), ("compounds",))
    vocabulary = Vocabulary([compounds], frozenset({"compounds", "company", "does"}))

    assert found(vocabulary, "which company does the trial") == []
    assert found(vocabulary, "what are the compounds") == ["compounds"]


def test_the_longest_name_counts(vocabulary: Vocabulary) -> None:
    assert found(vocabulary, "what about stem cells in mice") == ["stem_cells_in_mice"]
    assert found(vocabulary, "what about stem cells in people") == ["stem_cells"]


def test_a_name_that_the_pages_do_not_know_is_found_too(vocabulary: Vocabulary) -> None:
    (mention,) = vocabulary.mentions("and zorvatine?")

    assert mention.subject.topics == ()


def test_the_mask_hides_each_name_and_nothing_else(vocabulary: Vocabulary) -> None:
    text = "Who pays for Siponimod, and who for vitamin D?"

    assert mask(text, vocabulary.mentions(text)) == "Who pays for it, and who for it?"


def test_a_very_long_text_is_read_to_a_bound(vocabulary: Vocabulary) -> None:
    assert found(vocabulary, "siponimod " + "word " * 20000) == ["siponimod"]


def test_no_vocabulary_finds_nothing() -> None:
    assert Vocabulary([]).mentions("what is siponimod") == []


def test_an_entry_without_topics_speaks_of_its_topic() -> None:
    one = subject({"id": "a", "name": "A", "kind": "trial", "topic": "t", "says": ["a", 12]})

    assert (one.topics, one.says) == (("t",), ("a", "12"))


def test_every_name_of_the_project_is_found_as_its_own() -> None:
    subjects = read(ROOT / "data" / "vocabulary")
    whole = Vocabulary(subjects, encoder().words())

    wrong = [one.id for one in subjects if one.id not in found(whole, f"tell me about {one.name}")]

    assert wrong == []


def test_a_word_one_letter_beside_a_short_ordinary_word_is_no_name() -> None:
    trial = Subject("sprint_ms", "SPRINT-MS", "trial", "sprint", ("sprint",), ("sprint",))
    vocabulary = Vocabulary([trial], frozenset({"sprint"}))

    assert [one.subject.id for one in vocabulary.mentions("who runs sprint")] == ["sprint_ms"]
    assert not vocabulary.mentions("a splint for my wrist")
