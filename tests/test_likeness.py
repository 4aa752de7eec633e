"""Near-duplicates across topics: what is found, what is not, and what a change costs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from helpdesk.content import Content, load
from helpdesk.content.model import Entry, Example, Subject
from helpdesk.likeness import Likeness
from helpdesk.likeness_rules import Comparison
from helpdesk.likeness_words import read, stem
from helpdesk.meaning import Meaning
from tests.fake_encoder import FakeEncoder
from tests.planted import planted

ROOT = Path(__file__).resolve().parent.parent
NAMES = {"ocrelizumab": "ocrelizumab", "ocrevus": "ocrelizumab", "siponimod": "siponimod", "ppms": "ppms", "spms": "spms"}


class Drafts:
    """A draft in memory: the same object until it is changed."""

    def __init__(self, *entries: Entry, vocabulary: tuple[Subject, ...] = ()) -> None:
        self.now = Content(Path("."), entries=list(entries), vocabulary=list(vocabulary))

    def content(self) -> Content:
        return self.now

    def change(self, *entries: Entry, vocabulary: tuple[Subject, ...] = ()) -> None:
        self.now = Content(Path("."), entries=list(entries), vocabulary=list(vocabulary))


def topic(name: str, *texts: str, kind: str = "answers", left_out: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Entry:
    own = [Example(text, f"ask_{name}", None, 1) for text in texts]
    own += [Example(text, "not_covered", None, 1, leaves_out=name) for text in left_out]
    own += [Example(text, "follow_up", None, 1, behind=name) for text in after]
    return Entry(f"data/{kind}/{name}.yml", kind, name, tuple(own), (), ())


def talk(name: str, *texts: str) -> Entry:
    return Entry(f"data/dialogue/{name}.yml", "dialogue", name, tuple(Example(t, name, None, 1) for t in texts), (), ())


@pytest.fixture
def encoder():
    return FakeEncoder()


@pytest.fixture
def compared(tmp_path, encoder):
    """Return the texts of the pairs among these entries."""

    def pairs(*entries: Entry) -> list[set[str]]:
        found = Likeness(Drafts(*entries), Meaning(tmp_path, lambda cache: encoder)).pairs()
        return [{pair.first.text, pair.second.text} for pair in found]

    return pairs


# ---- word by word


def is_one(left: str, right: str, alike: float = 0.9) -> bool:
    counts = dict.fromkeys((stem(word) for word in "people trial drug effect study progressive".split()), 100)
    return Comparison(counts, NAMES).one(read(left), read(right), alike)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("what is the trial about", "What is the trial about?!"),
        ("what is the trial about", "whats the trial about"),
        ("when will the drug trial end", "the drug trial, when will it end"),
        ("who pays for the study", "hi, who pays for the study please"),
        ("who pays for the study", "can you tell me who pays for the study"),
        ("which drugs help in the long run", "what drug helps in the long run"),
        ("how many people were in the trial", "how many peple were in the trial"),
        ("how many people were in the trial", "whihc people were in the trial, how many"),
        ("can I take part in the study", "could I take part in a study"),
        ("is ocrelizumab a safe drug", "is ocrevus a safe drug"),
        ("does the study have side effects", "does the studdy have side efects"),
        ("is the well being project running", "is the wellbeing project running"),
    ],
)
def test_one_sentence_written_twice_is_known(left, right):
    assert is_one(left, right) and is_one(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("is ocrelizumab a safe drug", "is siponimod a safe drug"),
        ("is it for people with spms", "is it for people with ppms"),
        ("what did the phase 2 trial find", "what did the phase 3 trial find"),
        ("what did the second trial find", "what did the third trial find"),
        ("does the drug work in ms", "does the drug not work in ms"),
        ("does the drug work in ms", "doesn't the drug work in ms"),
        ("can I call you at night", "can you call me at night"),
        ("how long is the trial", "how big is the trial"),
        ("who pays for the study", "who leads the study"),
        ("price please", "prick please"),
    ],
)
def test_another_name_figure_denial_person_or_word_is_another_sentence(left, right):
    assert not is_one(left, right, 0.95 if "pri" not in left else 0.1)


def test_the_same_words_with_another_meaning_are_not_one_sentence():
    assert not is_one("how many a week", "how many weeks", 0.6)


def test_signs_alone_are_compared_as_they_are():
    assert is_one("👍", "👍") and not is_one("👍", "🙏", 0.95)


# ---- between the topics of a draft


def test_the_same_sentence_under_two_topics_comes_first(tmp_path, encoder):
    drafts = Drafts(
        topic("one", "who pays for the study", "is there a trial"), topic("two", "Is there a trial?", "who pays for this study")
    )
    first, second = Likeness(drafts, Meaning(tmp_path, lambda cache: encoder)).pairs()

    assert first.same and {first.first.topic, first.second.topic} == {"one", "two"}
    assert not second.same and 0.5 < second.alike <= 1.0


def test_inside_one_topic_nothing_is_a_conflict(compared):
    assert compared(topic("one", "who pays for it", "who pays for it?", left_out=("so who pays for it",))) == []


def test_what_is_asked_after_an_answer_is_compared_with_nothing(compared):
    assert compared(topic("one", after=("who pays for the study",)), topic("two", "who pays for the study")) == []


def test_what_a_page_leaves_out_may_be_a_referral_too_but_no_other_answer(compared):
    left = topic("one", "what is one", left_out=("what does the trial cost",))

    assert compared(left, topic("cost", "what does the trial cost in all", kind="referrals")) == []
    assert compared(left, topic("two", "what is two", left_out=("what does a trial cost",))) == []
    assert compared(left, topic("two", "what does the trial cost then")) == [
        {"what does the trial cost", "what does the trial cost then"}
    ]


def test_what_a_page_leaves_out_of_it_has_a_meaning_only_there(compared):
    assert compared(topic("one", left_out=("can I get it on paper",)), topic("two", "can I get this on paper")) == []


def test_small_talk_is_compared_with_topics_and_not_with_itself(compared):
    assert compared(talk("greet", "hello there bot"), talk("thanks", "hello there bot, thanks")) == []
    assert compared(talk("person", "can I talk to a navigator"), topic("line", "can I talk to a navigator please"))


# ---- what a change costs


def test_after_an_edit_only_what_is_new_is_encoded_and_the_pair_is_there(tmp_path, encoder):
    one, two = topic("one", "who pays for the study"), topic("two", "is there a trial")
    drafts = Drafts(one, two)
    likeness = Likeness(drafts, Meaning(tmp_path, lambda cache: encoder))
    assert likeness.pairs() == []
    before = len(encoder.encoded)
    drafts.change(one, topic("two", "is there a trial", "so who pays for the study"))
    (pair,) = likeness.pairs()

    assert encoder.encoded[before:] == ["so who pays for the study"]
    assert {pair.first.text, pair.second.text} == {"who pays for the study", "so who pays for the study"}


def test_a_pair_is_gone_when_one_of_the_two_is_deleted_or_moved(tmp_path, encoder):
    both = topic("one", "who pays for the study"), topic("two", "who pays for the study then", "is there a trial")
    drafts = Drafts(*both)
    likeness = Likeness(drafts, Meaning(tmp_path, lambda cache: encoder))
    assert len(likeness.pairs()) == 1
    drafts.change(both[0], topic("two", "is there a trial"))
    assert likeness.pairs() == []
    drafts.change(topic("one", "who pays for the study", "who pays for the study then"), topic("two", "is there a trial"))
    assert likeness.pairs() == []
    drafts.change(*both)
    assert len(likeness.pairs()) == 1


def test_after_a_restart_nothing_is_compared_again(tmp_path, encoder):
    drafts = Drafts(topic("one", "who pays for the study"), topic("two", "who pays for the study then"))
    cache = tmp_path / "state" / "likeness.json"
    before = Likeness(drafts, Meaning(tmp_path, lambda cache: encoder), cache).pairs()
    again = FakeEncoder()
    likeness = Likeness(drafts, Meaning(tmp_path, lambda cache: again), cache)

    assert likeness.pairs() == before != []
    assert again.encoded == again.kept == []


def test_a_draft_that_changed_while_the_program_was_down_is_compared_where_it_is_new(tmp_path, encoder):
    cache = tmp_path / "likeness.json"
    Likeness(
        Drafts(topic("one", "who pays for the study"), topic("two", "a", "b")), Meaning(tmp_path, lambda _: encoder), cache
    ).pairs()
    drafts = Drafts(topic("one", "who pays for the study"), topic("two", "a", "who pays for a study"))

    assert len(Likeness(drafts, Meaning(tmp_path, lambda _: encoder), cache).pairs()) == 1


@pytest.mark.parametrize("broken", ["", "[]", "{}", '{"stamp": 1', "\x00"])
def test_a_cache_that_cannot_be_read_costs_time_and_nothing_else(tmp_path, encoder, broken):
    drafts = Drafts(topic("one", "who pays for the study"), topic("two", "who pays for the study then"))
    cache = tmp_path / "likeness.json"
    Likeness(drafts, Meaning(tmp_path, lambda _: encoder), cache).pairs()
    cache.write_text(broken, encoding="ascii")

    assert len(Likeness(drafts, Meaning(tmp_path, lambda _: encoder), cache).pairs()) == 1


def test_another_vocabulary_makes_it_compare_anew(tmp_path, encoder):
    entries = topic("one", "is abcdrug a safe drug"), topic("two", "is abddrug a safe drug")
    cache = tmp_path / "likeness.json"
    drafts = Drafts(*entries)
    assert len(Likeness(drafts, Meaning(tmp_path, lambda _: encoder), cache).pairs()) == 1
    names = [Subject(name, name, "therapy", None, (), (name,), None, "x", 1) for name in ("abcdrug", "abddrug")]
    drafts.change(*entries, vocabulary=tuple(names))

    assert Likeness(drafts, Meaning(tmp_path, lambda _: encoder), cache).pairs() == []


def test_a_comparison_that_was_ended_is_done_whole_the_next_time(tmp_path, encoder):
    class Ends(Exception):
        pass

    def rest(seconds):
        raise Ends

    drafts = Drafts(topic("one", "who pays for the study"), topic("two", "who pays for the study then"))
    likeness = Likeness(drafts, Meaning(tmp_path, lambda _: encoder), tmp_path / "likeness.json")
    with pytest.raises(Ends):
        likeness.pairs(rest)

    assert len(likeness.pairs()) == 1


# ---- the nearest examples


def test_the_nearest_examples_come_with_their_topics_the_most_like_first(tmp_path, encoder):
    drafts = Drafts(
        topic("one", "who pays for the study"), topic("two", "is there a trial", left_out=("who pays for the trial",))
    )
    likeness = Likeness(drafts, Meaning(tmp_path, lambda _: encoder))
    first, second = likeness.nearest("who pays for the study", 2)

    assert (first.place.topic, first.place.kind) == ("one", "own") and first.alike > 0.99
    assert (second.place.topic, second.place.kind) == ("two", "left_out") and second.alike < first.alike


def test_an_example_that_was_just_added_is_among_the_nearest(tmp_path, encoder):
    drafts = Drafts(topic("one", "who pays for the study"))
    likeness = Likeness(drafts, Meaning(tmp_path, lambda _: encoder))
    likeness.nearest("hello", 3)
    drafts.change(topic("one", "who pays for the study"), topic("two", "what a nice day"))

    assert likeness.nearest("what a nice day", 1)[0].place.topic == "two"


def test_a_draft_without_examples_has_none_that_is_near(tmp_path, encoder):
    assert Likeness(Drafts(), Meaning(tmp_path, lambda _: encoder)).nearest("hello", 3) == []


# ---- with the real encoder, on a part of the shipped files; benchmarks/conflicts.py takes all of them


def test_reworded_examples_that_are_planted_under_another_topic_are_all_found():
    pairs = [pair for some in planted() for pair in some]
    concerned = {name for name, _, _, _ in pairs} | {name for _, _, name, _ in pairs}
    wanted = {(text, more) for _, text, _, more in pairs}
    shipped = load(ROOT)
    entries = []
    for number, entry in enumerate(e for e in shipped.entries if e.name in concerned):
        kept = tuple(
            e for place, e in enumerate(entry.examples) if place % 10 == number % 10 or e.text in {text for text, _ in wanted}
        )
        more = tuple(Example(text, entry.intent, None, 1) for _, _, name, text in pairs if name == entry.name)
        entries.append(Entry(entry.file, entry.kind, entry.name, kept + more, (), ()))
    drafts = Drafts(*entries, vocabulary=tuple(shipped.vocabulary))
    began = time.monotonic()
    found = {
        frozenset((pair.first.text, pair.second.text)) for pair in Likeness(drafts, Meaning(ROOT / "var" / "encoder")).pairs()
    }

    assert {frozenset(pair) for pair in wanted} - found == set(), time.monotonic() - began
