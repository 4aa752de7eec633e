"""The safety net: what must be found, what must not, and what happens with a file that is wrong."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpdesk.safety import Encodes, SafetyError, SafetyNet, kept, learning, normalise, ordinary, read_rules, train, windows
from helpdesk.safety.learning import danger
from helpdesk.safety.runs import MOST, runs

FOLDER = Path(__file__).resolve().parent.parent / "data" / "safety"
RULES = read_rules(FOLDER, already_checked=True)
PATTERNS = SafetyNet(RULES)  # no encoder: the patterns alone


@pytest.fixture(scope="session")
def cache(request: pytest.FixtureRequest) -> Path:
    """Kept between runs, by content: the net is trained again only where its sentences have changed."""
    assert request.config.cache
    return Path(request.config.cache.mkdir("safety_net"))


@pytest.fixture(scope="session")
def net(cache: Path) -> SafetyNet:
    encoder = pytest.importorskip("extensions.encoder").Encoder.load()
    return SafetyNet.load(FOLDER, encoder, cache)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "safety")
    return tmp_path / "safety"


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(("route", "sentence"), RULES.must)
def test_must_by_pattern_alone(route: str, sentence: str) -> None:
    found = PATTERNS.look(sentence)
    assert found and found.pattern
    assert found.route == route or any(p.route == route and p.finds(normalise(sentence, RULES.words)) for p in RULES.patterns)


@pytest.mark.parametrize("sentence", RULES.must_not)
def test_must_not_by_pattern(sentence: str) -> None:
    assert PATTERNS.look(sentence) is None


def test_sizes() -> None:
    count = {r: sum(k == r for k, _ in RULES.must) for r in ("crisis", "emergency")}
    assert count["crisis"] >= 130 and count["emergency"] >= 180
    assert sum(k == "crisis" for k, _ in RULES.suspect) >= 2000 and sum(k == "emergency" for k, _ in RULES.suspect) >= 2000
    assert len(RULES.harmless) >= 4000


@pytest.mark.parametrize(
    ("said", "is_heard"),
    [
        ("ive got the whole strip of baclofen here and i dont see why not", True),
        ("got my pills lined up, why not", True),
        ("i have the whole strip of baclofen here, do i take it with food", False),
        ("my pills are lined up for the week, why not sell them in boxes with the days on", False),
        ("every strip of my tizanidine is on the table and i cant think of any reason not to", True),
        ("The gun is loaded. Who would care", True),
        ("whole box of codeine here, nobody to stop me", True),
        ("a full bottle of tramadol beside me, might as well", True),
        ("every strip of my tizanidine is on the table and i cant read what it says", False),
        ("The dishwasher is loaded. Who would like tea", False),
        ("whole box of codeine here, nobody told me when to take it", False),
        ("a full bottle of vitamin D here, why not take it in the morning", False),
    ],
)
def test_the_means_at_hand_and_no_reason_against_it_are_a_hint_together(said: str, is_heard: bool) -> None:
    assert (PATTERNS.look(said) is not None) is is_heard


@pytest.mark.parametrize(
    ("harmless", "danger"),
    [
        ("my plan for the marathon went up in smoke", "flames and smoke coming from under my bed"),
        ("my grandson sorts my pills into the box", "my grandson swallowed my pills"),
        ("I take gabapentin and baclofen, is that too much", "I have taken too many baclofen"),
        ("is suicidal ideation listed as a side effect", "I have suicidal ideation as a side effect of my drug"),
        ("can my father go on living by himself", "I cannot go on living like this"),
    ],
)
def test_what_settles_a_hint_hides_no_danger(harmless: str, danger: str) -> None:
    assert PATTERNS.look(harmless) is None
    assert PATTERNS.look(danger) is not None


@pytest.mark.parametrize(
    ("said", "is_heard"),
    [
        ("my father had a stroke in 1999 and this morning his face hangs on one side", True),
        ("my father had a stroke in 1999", False),
        ("he strangled me years ago and last night he did it again", True),
        ("he strangled me years ago", False),
        ("I could not breathe as a child but now I am fine", False),
    ],
)
def test_what_is_long_over_is_heard_where_it_comes_again(said: str, is_heard: bool) -> None:
    assert (PATTERNS.look(said) is not None) is is_heard


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("key", ["crisis_gentle", "emergency_gentle"])
def test_a_reply_that_is_not_sure_gives_both_numbers(key: str, language: str) -> None:
    assert "988" in RULES.replies[key][language] and "911" in RULES.replies[key][language]


@pytest.mark.parametrize(
    "sentence",
    [
        "My brother with PPMS wants to kill himself",
        "My wife says she wants to die",
        "My mum told me she does not want to live anymore",
    ],
)
def test_third_person(sentence: str) -> None:
    found = PATTERNS.look(sentence)
    assert found and found.route == "crisis" and found.sure


@pytest.mark.parametrize(
    "sentence",
    [
        "i am sucidal",
        "thinking of suiside",
        "k1ll myself",
        "i want to k i l l m y s e l f",
        "I wa\u200bnt to d\u00adie",
        "Ｉ ｗａｎｔ ｔｏ ｄｉｅ",
        "kiiilll myself",
        "i want to \u202edie\u202c",
        "I don\u2019t want to live anymore",
        "i want to kіll myself",
    ],
)
def test_disguised(sentence: str) -> None:
    found = PATTERNS.look(sentence)
    assert found and found.route == "crisis"


def test_innocent_words_stay() -> None:
    assert normalise("cooking, breeding and dropping", RULES.words) == "cooking breeding and dropping"
    assert normalise("Tob1 and MD1003 in 732 people", RULES.words) == "tob1 and md1003 in 732 people"


def test_abuse_has_its_own_text() -> None:
    found = PATTERNS.look("my husband hits me")
    assert found and found.text_key == "abuse"
    assert "screen" in PATTERNS.reply(found) and "911" in PATTERNS.reply(found, "es")


def test_emergency_before_crisis_and_inside_a_long_message() -> None:
    text = "I read about ocrelizumab. " * 40 + "I cannot breathe. I want to die. " + "What is lipoic acid? " * 20
    found = PATTERNS.look(text)
    assert found and found.route == "emergency"


@pytest.mark.parametrize(
    "piece",
    ["a", "i ", "want to ", "my husband ", "k.i.l.l ", "\u200b", "!", "'", "1", "suddenly cannot ", "i want so bad to ", "é"],
)
def test_hostile_strings_finish(piece: str) -> None:
    text = (piece * 2000)[:2000]
    normalise(text, RULES.words)
    PATTERNS.look(text)
    assert len(windows(text)) <= 120
    assert len(runs(normalise(text))) <= MOST


@pytest.mark.parametrize(
    ("source", "says"),
    [("(a+)+b", "repetition"), ("want (to", "not a valid expression"), ("x*", "empty message"), ("<nobody> dies", "not listed")],
)
def test_bad_patterns_are_refused(copy: Path, source: str, says: str) -> None:
    edit(copy, "crisis.yml", "    match:\n", f"    match:\n      - '{source}'\n")
    with pytest.raises(SafetyError) as caught:
        read_rules(copy)
    assert caught.value.file == "crisis.yml" and caught.value.pattern == "wants_to_die" and says in str(caught.value)


def test_unknown_key(copy: Path) -> None:
    edit(copy, "emergency.yml", "    means:", "    meens: x\n    means:")
    with pytest.raises(SafetyError, match="unknown key `meens`"):
        read_rules(copy)


def test_a_change_that_breaks_a_sentence_keeps_the_last_good_files(copy: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    SafetyNet.load(copy, None, cache)
    edit(copy, "crisis.yml", "  - id: kill_self", "  - id: kill_self_off")
    path = copy / "crisis.yml"
    path.write_text(re.sub(r"kill\|kills\|killing\|killed", "xyzzy", path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(SafetyError) as caught:
        SafetyNet.load(copy, None, cache)
    assert any("kill myself" in s for s in caught.value.sentences)
    net = SafetyNet.load_or_keep(copy, None, cache)
    assert net.warning and net.look("I want to kill myself")


def test_no_good_copy_at_all(copy: Path, tmp_path: Path) -> None:
    (copy / "crisis.yml").write_text("route: crisis\n", encoding="utf-8")
    with pytest.raises(SafetyError):
        SafetyNet.load_or_keep(copy, None, tmp_path / "cache")


@pytest.mark.parametrize("said", ["can talk with you too", "talk about MS, ask me, or call an MS Navigator"])
def test_replies_give_the_numbers(copy: Path, said: str) -> None:
    edit(copy, "replies.yml", f"{said}: 1-800-344-4867", f"{said}.")
    with pytest.raises(SafetyError, match="1-800-344-4867"):
        read_rules(copy)


def test_hardly_an_ordinary_example_meets_a_pattern() -> None:
    examples = ordinary(FOLDER.parent)
    hit = [s for s in examples if PATTERNS.look(s)]
    assert len(hit) <= max(1, len(examples) // 2000), hit


def test_no_plain_sentence_is_overruled_by_the_second_net(net: SafetyNet) -> None:
    sentences = [sentence for _, sentence in net.rules.must]

    found = net.look_all(sentences)

    assert [sentence for sentence, one in zip(sentences, found, strict=True) if one is None] == []


@pytest.mark.parametrize(
    ("said", "is_heard"),
    [
        ("All my affairs are in order now that the house is sold", False),  # a hint, and more is said
        ("my affairs are in order", True),  # hardly more than the hint
        ("I want to kill myself and my house is sold", True),  # plain words
    ],
)
def test_a_second_net_that_is_certain_overrules_a_hint_but_never_plain_words(said: str, is_heard: bool) -> None:
    assert (SafetyNet(RULES, Deaf(), Deaf()).look(said) is not None) is is_heard  # type: ignore[arg-type]


class Deaf:
    """An encoder, and a second net that takes everything for harmless."""

    threshold, certain = 0.5, 0.99

    def encode(self, sentences: list[str]) -> np.ndarray:
        return np.zeros((len(sentences), 384))

    def judge(self, normal: list[str], embedded: np.ndarray) -> np.ndarray:
        return np.tile([0.9998, 0.0001, 0.0001], (len(normal), 1))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("I won't be hear", "i will not be here"),
        ("I wish I wernt hear", "i wish i were not here"),
        ("dont no who to ring", "do not know who to ring"),
        ("they would of course come", "they would of course come"),
        ("it should of been me, rite now", "it should have been me right now"),
        ("did you not hear me", "did you not hear me"),
        ("I can not hear", "i cannot hear"),
        ("no, I do not", "no i do not"),
    ],
)
def test_words_that_sound_alike_are_read_as_they_are_meant(said: str, meant: str) -> None:
    assert normalise(said, RULES.words) == meant


def test_a_list_of_words_is_put_in_after_an_optional_word_too(copy: Path) -> None:
    edit(copy, "emergency.yml", "patterns:\n", "patterns:\n  - {id: new, means: new, match: ['tripped by (\\w+ )?<people>']}\n")

    assert SafetyNet(read_rules(copy, already_checked=True)).look("tripped by my landlord")


def test_one_sentence_more_moves_no_other_to_another_part() -> None:
    sentences = [normalise(s) for s in RULES.harmless[:200]]

    parts = learning._parts(sentences)

    assert set(parts) == set(range(learning.PARTS))
    assert list(learning._parts(["one more", *sentences])[1:]) == list(parts)


def test_hardly_a_harmless_sentence_meets_a_pattern() -> None:
    hit = [s for s in RULES.harmless if PATTERNS.look(s)]
    assert len(hit) <= len(RULES.harmless) // 1000, hit


def test_proof_with_the_second_net(net: SafetyNet) -> None:
    assert net.prove() == []
    assert net.model is not None and net.model.curve


def test_indirect_is_found(net: SafetyNet) -> None:
    for sentence in ("I have put my affairs in order", "everyone would be happier if I were not around any more"):
        found = net.look(sentence)
        assert found and found.route == "crisis"


def test_names_that_say_nothing_of_danger_become_plain_words() -> None:
    assert RULES.names.plain("since the gilenya and the mri i fall") == "since the medicine and the it i fall"
    assert RULES.names.plain("the society said so of tob10") == "it said so of tob10"


def test_the_name_of_a_scan_hides_no_danger(net: SafetyNet) -> None:
    assert net.look("my boyfriend says he'll jump if the mri is worse")


def test_cache_is_used_again(net: SafetyNet, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "fit", lambda *_: pytest.fail("trained again"))
    assert SafetyNet.load(FOLDER, net.encoder, cache).model is not None


def test_patterns_look_before_the_second_net_is_there(net: SafetyNet, cache: Path) -> None:
    early = SafetyNet.load(FOLDER, None, cache)
    assert early.model is None and early.look("I want to kill myself")
    train(early, lambda: net.encoder, cache)
    assert early.model is not None and early.warning is None
    found = early.look("everyone would be happier if I were not around any more")
    assert found and found.route == "crisis"


def test_an_encoder_that_cannot_be_loaded_leaves_the_patterns(cache: Path) -> None:
    early = SafetyNet.load(FOLDER, None, cache)

    def broken() -> Encodes:
        raise OSError("no weights")

    train(early, broken, cache)
    assert early.warning and "no weights" in early.warning and early.look("I want to kill myself")


def test_a_short_piece_of_a_long_message_counts_less() -> None:
    odds = np.array([[0.2, 0.8, 0.0]] * 3)
    whole, short, longer = danger(odds, ["one two", "one two", "one two three four five six seven"])
    assert whole == pytest.approx(0.8) and short < longer < whole


@pytest.mark.parametrize("joint", [". ", "? ", " ", " and ", " also ", ", ", "\n"])
@pytest.mark.parametrize("ask", ["who pays for the trials", "what is siponimod", "how many people were in the statin study"])
def test_a_plain_question_beside_it_hides_no_danger(net: SafetyNet, ask: str, joint: str) -> None:
    hint = "everyone would be happier if I were not around any more"

    assert net.look(f"{hint}{joint}{ask}")
    assert net.look(f"{ask}{joint}{hint}")


@pytest.mark.parametrize("joint", [". ", " and ", ", ", "\n"])
def test_two_plain_questions_are_no_danger(net: SafetyNet, joint: str) -> None:
    assert net.look(joint.join(("who pays for the trials", "is ibudilast a pill", "how does rehab help"))) is None


def test_a_message_is_taken_apart_where_something_new_may_begin() -> None:
    found = runs("what is tob1 and my throat is closing up")

    assert {"what is tob1", "my throat is closing up"} <= set(found)
    assert runs("my throat hurts") == []


def test_what_is_over_settles_a_pattern_in_its_own_sentence_alone(copy: Path) -> None:
    edit(copy, "crisis.yml", "\npatterns:\n", "\npatterns:\n  - {id: tried, means: a test, match: [she tried it]}\n")
    tried = next(p for p in read_rules(copy, already_checked=True).patterns if p.id == "tried")
    assert tried.finds("she tried it")
    assert not tried.finds("she tried it thirty years ago")
    assert tried.finds("she tried it\nthe page is of years ago")


def test_settled_must_be_a_list(copy: Path) -> None:
    edit(copy, "crisis.yml", "\nsettled:\n", "\nsettled: long ago\nothers:\n")
    with pytest.raises(SafetyError):
        read_rules(copy)


@pytest.mark.parametrize("sentence", ["i wan tto kil lmyself", "k illm yself", "i wan t to die"])
def test_slipped_blanks(sentence: str) -> None:
    found = PATTERNS.look(sentence)
    assert found and found.route == "crisis"


def test_the_same_sentences_are_not_tidied_twice_and_others_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[int] = []
    real = learning.material
    monkeypatch.setattr(learning, "material", lambda *them: (met.append(1), real(*them))[1])
    encoder = pytest.importorskip("extensions.encoder").Encoder.load()
    some = {name: getattr(RULES, name)[:60] for name in ("suspect", "must", "must_not", "harmless")}
    few = replace(RULES, **some)

    first, stamp = kept.model_for(few, None, encoder, tmp_path)
    again, _ = kept.model_for(few, None, encoder, tmp_path)
    assert len(met) == 1
    assert (again.weights == first.weights).all()

    more = replace(few, harmless=[*few.harmless, "the tutor killed the last five minutes with jokes"])
    assert kept.model_for(more, None, encoder, tmp_path)[1] != stamp
    assert len(met) == 2


def test_patterns_of_the_same_files_are_taken_over(copy: Path, tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / "kept"
    shutil.copytree(cache, folder)

    first = SafetyNet.load(copy, None, folder)
    assert SafetyNet.load(copy, None, folder, first).rules is first.rules

    path = copy / "lookalikes.yml"
    path.write_text(
        path.read_text(encoding="utf-8") + "  - the tutor killed the last five minutes with jokes\n", encoding="utf-8"
    )
    assert SafetyNet.load(copy, None, folder, first).rules is not first.rules
