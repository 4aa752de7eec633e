"""Subjects that a follow-up names in passing, and words that ask for advice."""

from __future__ import annotations

import dataclasses

import pytest

from extensions.reader import Reader, wants_advice
from extensions.splitting import topic_named
from extensions.vocabulary import Subject, Vocabulary
from extensions.wording import OWN, SUMMONS, WANTING
from tests import small_reader

SOCIETY = Subject("national_ms_society", "the Society", "organisation", "harbor_study", ("harbor_study",), ("the society",))


@pytest.fixture(scope="module")
def reader() -> Reader:
    """Return the small reader with the Society among its subjects; it belongs to the Harbor study, as its type of MS does."""
    return with_subjects(SOCIETY)


def with_subjects(*more: Subject, **questions: str) -> Reader:
    """Return the small reader with more subjects, and with the questions that some referrals stand for."""
    small = small_reader.reader()
    vocabulary = Vocabulary([*small_reader.SUBJECTS, *more], small_reader.encoder().words())
    grid = dataclasses.replace(small.grid, questions={**small.grid.questions, **questions})
    parts = (small.features, small.masked, small.flat, small.held, small.aspects, grid, small.known, small.limits)
    return Reader(vocabulary, *parts, small.gate, small.judge)


def test_whether_the_society_pays_is_asked_of_the_topic_in_hand(reader: Reader) -> None:
    assert reader.read("does the society fund it", {"topic": "lamprexol", "answered": True}).topic == "lamprexol"


def test_with_nothing_in_hand_the_society_is_the_subject(reader: Reader) -> None:
    assert reader.read("tell me about the society").topic == "harbor_study"


def test_another_question_about_the_society_leaves_the_topic_in_hand(reader: Reader) -> None:
    assert reader.read("tell me about the society", {"topic": "lamprexol", "answered": True}).topic == "harbor_study"


def test_a_type_of_ms_is_no_subject_where_it_points_at_the_topic_in_hand(reader: Reader) -> None:
    assert reader.read("did it work in spms", {"topic": "brimadone", "answered": True}).topic == "brimadone"


def test_the_other_one_is_meant_also_where_a_type_of_ms_is_named_in_passing(reader: Reader) -> None:
    context = {"topic": "harbor_study", "before": "brimadone", "answered": True}

    assert reader.read("and the other one, did it work in spms", context).topic == "brimadone"


def test_a_type_of_ms_that_somebody_has_is_not_asked_about(reader: Reader) -> None:
    assert topic_named(reader, "my aunt has spms") is None
    assert topic_named(reader, "lamprexol in spms") == "lamprexol"


@pytest.mark.parametrize(("question", "own"), [("What about the keto diet?", True), ("What of keto and other diets?", False)])
def test_an_unknown_thing_is_not_referred_by_another_ones_name(question: str, own: bool) -> None:
    unknown = [Subject(name, name, "therapy", None, (), (name,)) for name in ("keto", "coffee")]
    reader = with_subjects(*unknown, ask_diet=question)

    assert reader.read("keto diet and ms").intent == "ask_diet"
    assert (reader.read("is coffee bad for ms").intent != "ask_diet") == own


@pytest.mark.parametrize("asked", ["keto", "and keto?", "what about keto"])
def test_an_unknown_name_alone_is_referred_as_the_vocabulary_says(asked: str) -> None:
    keto = Subject("keto", "keto", "therapy", None, (), ("keto",), referral="parking")

    assert with_subjects(keto).read(asked).intent == "ask_parking"
    assert with_subjects(keto).read("is keto good food for ms").intent != "ask_parking"


def test_one_of_the_choices_may_be_named_by_its_place(reader: Reader) -> None:
    offered = {"choices": ["ask_parking", "ask_brimadone"]}

    assert reader.read("the second one", offered).topic == "brimadone"
    assert reader.read("1", offered).intent == "ask_parking"


@pytest.mark.parametrize("asked", ["why not", "but why?", "Why can't you"])
def test_who_asks_why_advice_is_refused_is_told_again(reader: Reader, asked: str) -> None:
    assert reader.read(asked, {"topic": "lamprexol", "answered": True, "asked": "advice"}).intent == "advice"


@pytest.mark.parametrize(("asked", "back"), [("go back", True), ("ok, go back please", True), ("does it go back", False)])
def test_go_back_is_the_topic_before(reader: Reader, asked: str, back: bool) -> None:
    held = {"topic": "lamprexol", "before": "harbor_study", "answered": True}

    assert (reader.read(asked, held).topic == "harbor_study") == back


def test_yes_to_the_offer_of_a_person_asks_for_one(reader: Reader) -> None:
    view = dataclasses.replace(reader.view("yes"), flat={"affirm": 0.9})
    reader = with_subjects()
    reader.view = lambda text: view  # type: ignore[method-assign]

    assert reader.read("yes", {"misses": 2}).intent == "person"
    assert reader.read("yes", {"misses": 1}).intent != "person"


def test_a_topic_beside_answers_only_what_may_mean_it(monkeypatch: pytest.MonkeyPatch) -> None:
    walking = Subject("walking", "walking", "subject", "brimadone", ("brimadone", "lamprexol"), ("walking",))
    reader = with_subjects(walking)

    meant = reader.read("who pays for it", {"topic": "brimadone", "answered": True})
    monkeypatch.setattr("extensions.reader.MEANT", 1.0)
    not_meant = reader.read("who pays for it", {"topic": "brimadone", "answered": True})

    assert (meant.intent, meant.topic) == ("ask_lamprexol", "lamprexol")
    assert (not_meant.topic, reader.grid.routes[not_meant.intent]) == ("brimadone", "refer")


def test_of_two_subjects_the_more_particular_one_tells_the_topic() -> None:
    walking = Subject("walking", "walking", "subject", "brimadone", ("brimadone", "lamprexol"), ("walking",))

    assert with_subjects(walking).read("walking lamprexol").topic == "lamprexol"


@pytest.mark.parametrize(
    "text",
    [
        "would it help my mother",
        "does that mean I am secondary progressive",
        "how soon will he need a chair",
        "do you reckon the new one is better",
        "is it safe for me",
        "can my wife stop taking it",
        "is this a relapse",
        "what would you do if you were me",
        "they found a spot on it. bad?",
        "penicillin and lamprexol, allowed?",
        "will he get his sight back",
        "I want to start lamprexol",
        "is it MS or my age",
        "my scan went from three to nine. is that a lot",
        "can mum still live alone",
    ],
)
def test_these_words_make_advice_likelier(text: str) -> None:
    assert WANTING.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "did it help people",
        "how many took part",
        "who pays for it",
        "is it for secondary progressive",
        "where can I watch it",
        "what can you do for us",
        "I want to take part in the trial",
        "can my son still join it",
        "is it MS-SMART",
    ],
)
def test_these_words_do_not(text: str) -> None:
    assert not WANTING.search(text)


def test_what_an_organisation_does_for_somebody_is_no_advice(reader: Reader) -> None:
    assert not wants_advice(reader.view("i feel lost and tired, what can the society do for us"))
    assert wants_advice(reader.view("does the society say that it could really help my wife"))


@pytest.mark.parametrize(("asked", "advice"), [("can i have it in larger print", False), ("can i have a glass of wine", True)])
def test_what_is_written_may_be_had_by_anybody(reader: Reader, asked: str, advice: bool) -> None:
    assert wants_advice(reader.view(asked)) == advice


@pytest.mark.parametrize(
    "text",
    [
        "how do I know if I'm one of those that it is about",
        "is it worth the money in my case",
        "on blood thinners, is it all right",
        "is there room in the trial if I take aspirin",
        "do they take people like me",
        "is that the illness or just him",
        "have to choose between the two",
        "please read my scan",
    ],
)
def test_what_hangs_on_somebody_s_own_body_is_asked_for_advice(text: str) -> None:
    assert OWN.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "is lamprexol one of the drugs",
        "on average, is the trial long",
        "did they find it when they read the scans",
        "which trials take people with spms",
    ],
)
def test_what_hangs_on_nobody_is_not(text: str) -> None:
    assert not OWN.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "can a navigator call my mother",
        "please have somebody ring us",
        "would one of your people have a word with my dad",
        "could I book a time with a navigator",
        "is anybody free right now",
        "put a specialist on",
        "please put one of your people on the phone",
    ],
)
def test_who_asks_that_somebody_turns_to_them_wants_a_person(text: str) -> None:
    assert SUMMONS.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "can a navigator help me find a doctor",
        "how soon does a navigator call back",
        "is a navigator available on sundays",
        "do I have to book a time with a navigator",
        "can a person with ms speak of it",
        "could someone explain it",
        "put my dad on gilenya",
    ],
)
def test_who_asks_about_the_navigators_does_not(text: str) -> None:
    assert not SUMMONS.search(text)


ACME = Subject("acme", "Acme", "organisation", None, (), ("acme",))


@pytest.mark.parametrize("asked", ["is it acme's", "is that the acme one", "by acme?"])
def test_whether_an_unknown_company_has_to_do_with_it_is_what_the_page_does_not_say(asked: str) -> None:
    reader = with_subjects(ACME)
    found = reader.read(asked, {"topic": "lamprexol", "answered": True})

    assert (found.topic, reader.route(found)) == ("lamprexol", "refer")


@pytest.mark.parametrize("asked", ["and the people at the society", "what about the society team"])
def test_whose_people_are_named_alone_asks_for_what_they_did(reader: Reader, asked: str) -> None:
    assert reader.read(asked, {"topic": "lamprexol", "answered": True}).intent == "ask_harbor_study"


def test_what_a_body_in_hand_will_do_for_somebody_is_no_advice() -> None:
    lot = Subject("lot", "the lot", "organisation", "brimadone", ("brimadone",), ("the lot",))
    reader = with_subjects(lot)
    reader._bodies = {"brimadone"}

    assert reader._of_doer(reader.view("what will they do for me"), "brimadone")
    assert not reader._of_doer(reader.view("what will it do for me"), "brimadone")
    assert not reader._of_doer(reader.view("what will they do for me"), "lamprexol")


def test_a_thing_that_nothing_is_known_of_is_not_answered_as_the_topic_in_hand(reader: Reader) -> None:
    for asked in ("and the half-life?", "is there one on snoring"):
        found = reader.read(asked, {"topic": "lamprexol", "answered": True})

        assert (found.topic, reader.route(found)) == ("lamprexol", "refer")


def test_why_not_after_a_referral_is_that_referral_again(reader: Reader) -> None:
    assert reader.read("why not", {"asked": "ask_parking"}).intent == "ask_parking"


def test_the_other_of_two_is_the_one_that_is_not_in_hand() -> None:
    drugs = Subject("drugs", "drugs", "subject", "lamprexol", ("lamprexol", "brimadone"), ("walking drug",))
    reader = with_subjects(drugs)

    assert reader.read("where was the other walking drug tested", {"topic": "lamprexol", "answered": True}).topic == "brimadone"


def test_a_bare_thing_is_asked_of_the_topic_in_hand_and_is_no_matter_of_ours_without(reader: Reader) -> None:
    view = dataclasses.replace(reader.view("tango?"), mentions=[])

    assert reader._leaves(view, "lamprexol") and not reader._leaves(view, None)
    assert not reader._leaves(reader.view("my tango?"), "lamprexol")


@pytest.mark.parametrize(("asked", "topic"), [("how many people are in it", "lamprexol"), ("where is it done", "brimadone")])
def test_asked_whom_to_call_in_passing_the_next_question_is_of_what_was_spoken_of_before(asked: str, topic: str) -> None:
    reader = with_subjects()
    reader._bodies = {"brimadone"}
    context = {"topic": "brimadone", "before": "lamprexol", "answered": True}

    assert reader.read(asked, context).topic == topic


@pytest.mark.parametrize(("asked", "other"), [("and in 2016?", True), ("and in 2014?", False), ("and in spring?", False)])
def test_another_year_than_a_topic_is_about_is_none_of_it(asked: str, other: bool) -> None:
    reader = with_subjects(ask_lamprexol="What was told of lamprexol in 2014?")

    assert reader._of_another_year(reader.view(asked), "lamprexol") is other


@pytest.mark.parametrize(("asked", "back"), [("was the drug any good", True), ("was the drug brimadone any good", False)])
def test_the_drug_that_was_never_spoken_of_is_asked_back(asked: str, back: bool) -> None:
    reader = small_reader.reader()

    assert (reader.read(asked).intent == "follow_up") is back


def test_the_drug_that_is_in_hand_is_not_asked_back() -> None:
    assert small_reader.reader().read("was the drug any good", {"topic": "lamprexol", "answered": True}).topic == "lamprexol"
