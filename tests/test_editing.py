from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpdesk.content import domain_yaml
from helpdesk.editing import draft as draft_module
from helpdesk.editing.forms import Block, Changed, Rejected, SavedTest, Text, TopicForm
from helpdesk.editing.library import Library
from helpdesk.errors import Refusal
from helpdesk.questions import read as read_questions
from tests.editing import failures, library, texts

TOB1 = "data/answers/findings/tob1.yml"
NEW = tuple(f"does the {one} whale of the arctic sing" for one in ("blue", "grey", "old", "small", "loud", "shy"))


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[Library]:
    with library(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A draft that no test changes: what is tried on it is refused."""
    with library(tmp_path_factory.mktemp("shared")) as found:
        before = texts(found.draft.root)
        yield found
        assert texts(found.draft.root) == before


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A copy of all that is shipped, which no test changes."""
    with library(tmp_path_factory.mktemp("shipped"), whole=True) as found:
        yield found


def file(lib: Library, name: str) -> Path:
    return lib.draft.root / name


def a_new_topic(lib: Library, name: str = "whale_song", **changes: object) -> TopicForm:
    """Return a topic that gives what the answer on Tob1 gives, with other examples."""
    whole = replace(lib.topic("tob1").texts[0], covers=(), buttons=(("Are there other early signs?", "vitamin_d"),))
    form = TopicForm(
        name,
        "answers",
        "findings",
        "Is Tob1 a sign that whales have too?",
        (Block(texts=NEW),),
        (whole,),
        title="Whales, and Tob1",
    )
    return replace(form, **changes)  # type: ignore[arg-type]


def changed_lines(lib: Library, name: str) -> list[tuple[str, str]]:
    newest, before = lib.history(name)[:2]
    return [(line.kind, line.text.strip()) for line in lib.diff(before.text, newest.text) if line.kind != "same"]


def names(lib: Library) -> list[str]:
    return [entry.name for entry in lib.content().entries if entry.kind != "dialogue"]


def test_every_topic_that_is_saved_unchanged_keeps_its_file_and_leaves_no_trace(shipped):
    before = texts(shipped.draft.root)

    for name in names(shipped):
        shipped.save(shipped.topic(name), staff="ada")

    assert texts(shipped.draft.root) == before
    assert [entry.file for entry in shipped.content().entries if shipped.core.revisions.of(entry.file)] == []


def test_every_topic_of_the_shipped_data_is_free_of_problems_and_can_be_written_from_its_form_alone(shipped):
    for name in names(shipped):
        form = shipped.topic(name)
        assert shipped.check(form) == {}
        shipped.core.files_of(replace(form, group="nowhere"), f"data/{form.kind}/nowhere/{name}.yml")


def test_an_example_that_is_added_is_one_more_line_at_the_end_of_its_block(lib):
    lib.add_examples("tob1", ["  a brand new marker, is that tob one "], aspect="use", staff="ada")

    assert changed_lines(lib, TOB1) == [("in", "- a brand new marker, is that tob one")]
    block = next(b for b in lib.topic("tob1").blocks if b.key == ("own", "use", None))
    assert block.texts[-1] == "a brand new marker, is that tob one"


def test_one_changed_text_is_one_changed_line(lib):
    form = lib.topic("tob1")
    whole = form.texts[0]

    lib.save(replace(form, texts=(replace(whole, review_by="2031-02-03"), *form.texts[1:])), staff="ada")

    assert changed_lines(lib, TOB1) == [("out", 'review_by: "2027-05-01"'), ("in", 'review_by: "2031-02-03"')]


def test_a_new_block_stands_where_the_handbook_puts_it(lib):
    topic = next(name for name in names(lib) if lib.topic(name).blocks[-1].asks == "not_covered")
    lib.add_examples(topic, [NEW[0]], kind="left_out", aspect="who", staff="ada")
    lib.add_examples(topic, [NEW[1]], kind="follow_up", asks="menopause", aspect="who", staff="ada")

    kinds = [block.kind for block in lib.topic(topic).blocks]
    assert kinds == sorted(kinds, key=["own", "left_out", "follow_up"].index)
    assert lib.topic(topic).blocks[-1].asks == "not_covered"
    assert failures(lib.draft.root) == []


def test_another_question_takes_the_first_place_among_the_examples(lib):
    form = lib.topic("side_effects")  # all its examples have an aspect

    saved = lib.save(replace(form, question="Which side effects do whales have?"), staff="ada")

    assert saved.blocks[0].texts[0] == "Which side effects do whales have?"
    assert failures(lib.draft.root) == []


def test_an_old_form_is_not_saved_over_what_somebody_else_wrote(lib):
    mine = lib.topic("tob1")
    lib.add_examples("tob1", [NEW[0]], staff="paul")

    with pytest.raises(Changed) as changed:
        lib.save(replace(mine, question="What is Tob1, then?"), staff="ada")

    assert changed.value.by == "paul"
    assert [line.text.strip() for line in changed.value.diff if line.kind == "in"] == [f"- {NEW[0]}"]
    assert changed.value.theirs == lib.topic("tob1")


def test_a_change_made_outside_the_studio_is_kept_as_nobodys(lib):
    lib.add_examples("tob1", [NEW[0]], staff="ada")
    path = file(lib, TOB1)
    path.write_text(path.read_text(encoding="utf-8").replace("Tob1 is a", "Tob1 is one"), encoding="utf-8")
    lib.add_examples("tob1", [NEW[1]], staff="ada")

    assert [revision.staff for revision in lib.history(TOB1)] == ["ada", None, "ada", None]
    assert "Tob1 is one" in str(lib.history(TOB1)[1].text)


def test_a_change_outside_is_seen_by_one_who_only_looks(lib):
    lib.topic("tob1")
    path = file(lib, TOB1)
    path.write_text(path.read_text(encoding="utf-8").replace("Tob1 is a", "Tob1 is one"), encoding="utf-8")

    assert "Tob1 is one" in lib.topic("tob1").texts[0].text
    assert [revision.staff for revision in lib.history(TOB1)] == [None]


def test_a_new_topic_comes_with_its_row_and_its_name_in_the_domain(lib):
    made = lib.create(a_new_topic(lib), staff="ada")

    assert made.blocks[0].texts[0] == made.question
    assert made.title == "Whales, and Tob1"
    assert failures(lib.draft.root) == []
    assert "  - ask_whale_song\n" in file(lib, "domain.yml").read_text(encoding="utf-8")
    assert lib.warnings(made)["examples-0"]  # some more are wanted


def test_the_domain_is_left_alone_where_no_name_comes_or_goes(lib):
    file(lib, "domain.yml").write_text("# written by hand\n", encoding="utf-8")

    lib.add_examples("tob1", [NEW[0]], staff="ada")

    assert file(lib, "domain.yml").read_text(encoding="utf-8") == "# written by hand\n"


def test_a_new_topic_can_be_undone_and_done_again(lib):
    before = texts(lib.draft.root)
    lib.create(a_new_topic(lib), staff="ada")
    after = texts(lib.draft.root)
    made = lib.history("data/answers/findings/whale_song.yml")[0]

    undone = lib.undo(made.id, staff="paul")
    assert texts(lib.draft.root) == before

    lib.undo(undone, staff="ada")
    assert texts(lib.draft.root) == after


def test_an_undo_leaves_what_was_added_after_it(lib):
    first = lib.add_examples("tob1", [NEW[0]], staff="ada")
    lib.add_examples("tob1", [NEW[1]], staff="paul")

    lib.undo(first, staff="ada")

    assert NEW[0] not in lib.topic("tob1").examples
    assert NEW[1] in lib.topic("tob1").examples


def test_an_undo_of_lines_that_have_changed_since_says_so(lib):
    form = lib.topic("tob1")
    lib.save(replace(form, texts=(replace(form.texts[0], review_by="2031-02-03"), *form.texts[1:])), staff="ada")
    first = lib.history(TOB1)[0].id
    form = lib.topic("tob1")
    lib.save(replace(form, texts=(replace(form.texts[0], review_by="2032-02-03"), *form.texts[1:])), staff="paul")

    with pytest.raises(Changed) as changed:
        lib.undo(first, staff="ada")

    assert changed.value.by == "paul"


def test_an_undo_that_would_leave_a_button_to_nowhere_is_refused(lib):
    lib.create(a_new_topic(lib), staff="ada")
    made = lib.history("data/answers/findings/whale_song.yml")[0].id
    form = lib.topic("lipoic_acid")
    lib.save(
        replace(form, texts=(replace(form.texts[0], buttons=(("And whales?", "whale_song"),)), *form.texts[1:])), staff="ada"
    )

    with pytest.raises(Rejected) as rejected:
        lib.undo(made, staff="ada")

    assert "And whales?" in str(rejected.value.problems)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("how is the molecule TOB1 connected with MS", "already"),
        ("what are the side effects", "What are the side effects?"),
        ("is {this} known", "braces"),
        ("is [this](that) known", "brackets"),
        ("is [this][that] known", "brackets"),
        ("is ${HOME} known", "braces"),
        ("is <b>this</b> known", "markup"),
        ("one line\nand another", "line break"),
        ("one line\u2028and another", "line break"),
        ("a bell \x07 rings", "cannot be seen"),
        ("half a letter \ud83d", "cannot be seen"),
        ("turned \u202eround", "cannot be seen"),
        ("whale " * 2_000, "500 at most"),
        ("   ", "no example"),
    ],
)  # fmt: skip
def test_an_example_that_cannot_be_one_is_refused_with_the_reason(shared, text, says):
    with pytest.raises(Rejected) as rejected:
        shared.add_examples("tob1", [text], staff="ada")

    assert says in " ".join(rejected.value.problems["texts-0"])


@pytest.mark.parametrize(
    "text",
    [
        "is that whale true 🧬👩‍🔬🫠",
        "האם טוב1 הוא סמן",
        "ما هو توب1 يا ترى",
        "- a dash: & *an* #odd | start",
        "'quoted' \"twice\" %% @ `x`",
        "!tag",
    ],
)
def test_an_example_in_any_script_and_with_any_sign_is_kept_as_it_was_written(lib, text):
    lib.add_examples("tob1", [text], staff="ada")

    assert text in lib.topic("tob1").examples
    assert failures(lib.draft.root) == []


def test_an_example_that_is_a_development_question_is_refused(shared):
    question = shared.content().questions[0][0]

    with pytest.raises(Rejected) as rejected:
        shared.add_examples("tob1", [question], staff="ada")

    assert "tuned with" in str(rejected.value.problems)


def with_whole(form: TopicForm, **changes: object) -> TopicForm:
    return replace(form, texts=(replace(form.texts[0], **changes), *form.texts[1:]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        (lambda f: with_whole(f, review_by="2014-05-01"), "review_by-0", "before 2015"),
        (lambda f: with_whole(f, review_by="next year"), "review_by-0", "not a date"),
        (lambda f: with_whole(f, review_by="2027-02-30"), "review_by-0", "not a date"),
        (lambda f: with_whole(f, as_of="long ago"), "as_of-0", "not a date"),
        (lambda f: with_whole(f, facts=("F47", "F999")), "facts-0", "There is no fact F999"),
        (lambda f: with_whole(f, buttons=(("There", "nowhere"),)), "buttons-0", "which is nothing"),
        (lambda f: with_whole(f, buttons=(("Here", f.name),)), "buttons-0", "this same answer"),
        (lambda f: with_whole(f, buttons=(("", "tob1"),)), "buttons-0", "words and a topic"),
        (lambda f: with_whole(f, text="Tob1 is {odd}."), "text-0", "braces"),
        (lambda f: with_whole(f, text="Tob1 " + "is very odd " * 90), "text-0", "words"),
        (lambda f: with_whole(f, text="x" * 10_000), "text-0", "letters"),
        (lambda f: with_whole(f, text="Tob1 was found in 71 people."), "text-0", "figure 71"),
        (lambda f: with_whole(f, text=""), "text-0", "no text"),
        (lambda f: with_whole(f, short=""), "text-0", "The short answer is missing"),
        (lambda f: with_whole(f, page="!!python/object [x](y)"), "page-0", "brackets"),
        (lambda f: with_whole(f, page="Another page"), "page-0", "no page"),
        (lambda f: replace(f, question=""), "question", "missing"),
        (lambda f: replace(f, question="What is\nthis?"), "question", "line break"),
        (lambda f: replace(f, title="<i>Whales</i>"), "title", "markup"),
        (lambda f: replace(f, blocks=()), "examples-0", "There are 1 examples"),
        (lambda f: replace(f, blocks=(Block(texts=(*NEW, NEW[0].upper())),)), "examples-0", "stands here twice"),
        (lambda f: replace(f, blocks=(Block(texts=NEW), Block(aspect="who", texts=("who is it then, of the whales",)))), "examples-1", "does not cover"),  # noqa: E501
        (lambda f: replace(f, blocks=(Block(texts=NEW), Block("follow_up", asks="nowhere", texts=("and that one",)))), "examples-1", "asks is nowhere"),  # noqa: E501
        (lambda f: replace(f, name="Whale Song"), "name", "3 to 40"),
        (lambda f: replace(f, name="../../etc"), "name", "3 to 40"),
        (lambda f: replace(f, name="tob1"), "name", "There is a topic of this name"),
        (lambda f: replace(f, name="greet"), "name", "itself"),
        (lambda f: replace(f, group="../.."), "group", "3 to 40"),
        (lambda f: replace(f, kind="dialogue"), "kind", "referral"),
        (lambda f: replace(f, texts=()), "", "The whole answer is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_new_topic_is_told_beside_its_field(shared, change, field, says):
    form = change(a_new_topic(shared))

    told = shared.check(form)
    with pytest.raises(Rejected) as rejected:
        shared.create(form, staff="ada")

    assert says in " ".join(told[field]), told
    assert told == rejected.value.problems


def test_what_no_answer_would_give_any_more_is_a_warning(shared):
    form = shared.topic("lipoic_acid")
    told = shared.warnings(replace(form, texts=tuple(replace(text, facts=()) for text in form.texts)))

    assert "facts-0" not in told  # another answer gives it too
    form = shared.topic("tob1")
    told = shared.warnings(replace(form, texts=tuple(replace(text, facts=()) for text in form.texts)))
    assert "No answer gives F48 any more" in " ".join(told["facts-0"])


def test_an_example_moves_with_its_aspect_where_the_target_has_that(lib):
    (text,) = [b.texts[0] for b in lib.topic("tob1").blocks if b.key == ("own", "use", None)]

    lib.move_example(text, "tob1", "lipoic_acid", staff="ada")

    assert text not in lib.topic("tob1").examples
    assert text in next(b for b in lib.topic("lipoic_acid").blocks if b.key == ("own", "use", None)).texts
    assert failures(lib.draft.root) == []


def test_an_example_that_stands_in_both_topics_is_only_taken_out_of_one(lib):
    source = lib.topic("tob1").examples[1]
    path = file(lib, "data/answers/trials/lipoic_acid.yml")
    path.write_text(
        path.read_text(encoding="utf-8").replace("    examples: |\n", f"    examples: |\n      - {source}\n", 1), "utf-8"
    )

    lib.move_example(source, "tob1", "lipoic_acid", staff="ada")

    assert source not in lib.topic("tob1").examples
    assert lib.topic("lipoic_acid").examples.count(source) == 1


def test_the_question_cannot_be_taken_out_and_what_is_not_there_is_not_found(shared):
    with pytest.raises(Rejected):
        shared.remove_example("tob1", shared.topic("tob1").question, staff="ada")
    with pytest.raises(Refusal):
        shared.remove_example("tob1", "nobody ever said this", staff="ada")
    with pytest.raises(Refusal):
        shared.topic("nothing_of_the_kind")


def test_what_visitors_say_can_be_added_to_the_dialogue_too(lib):
    revision = lib.add_examples("out_of_scope", [NEW[0]], staff="ada")
    assert failures(lib.draft.root) == []

    lib.undo(revision, staff="ada")
    with pytest.raises(Refusal):
        lib.remove_example("out_of_scope", NEW[0], staff="ada")


def test_a_process_that_dies_between_the_files_leaves_a_whole_change_behind(lib, monkeypatch):
    form = a_new_topic(lib)
    before = texts(lib.draft.root)
    written = draft_module._replace

    def dies(path: Path, text: str) -> None:
        if path.name == "topics.yml":
            raise KeyboardInterrupt
        written(path, text)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(draft_module, "_replace", dies)
        lib.create(form, staff="ada")

    again = Library(lib.draft.root, lib.draft._lock.parent, lib.core.revisions)
    assert again.topic("whale_song").title == "Whales, and Tob1"
    assert failures(lib.draft.root) == []
    assert [revision.staff for revision in again.history("data/answers/findings/whale_song.yml")] == ["ada"]
    again.undo(again.history("data/answers/findings/whale_song.yml")[0].id, staff="ada")
    assert texts(lib.draft.root) == before


def test_a_ledger_that_is_away_leaves_the_files_as_they_were(lib, monkeypatch):
    before = texts(lib.draft.root)

    def away(rows: object) -> None:
        raise RuntimeError("away")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(lib.core.revisions, "add", away)
        lib.add_examples("tob1", [NEW[0]], staff="ada")

    assert texts(lib.draft.root) == before
    lib.add_examples("tob1", [NEW[0]], staff="ada")


def test_a_half_done_change_does_not_overwrite_what_was_written_meanwhile(lib):
    lib.add_examples("tob1", [NEW[0]], staff="ada")
    text = file(lib, TOB1).read_text(encoding="utf-8")
    plan = {"rows": [], "before": {TOB1: "what it was long ago"}, "after": {TOB1: "what it should be"}}
    (lib.draft._lock.parent / "draft.journal").write_text(json.dumps(plan), encoding="utf-8")

    lib.content()

    assert file(lib, TOB1).read_text(encoding="utf-8") == text


def test_two_authors_at_once_lose_no_edit(lib):
    def edits(author: str) -> None:
        for number in range(20):
            while True:
                form = lib.topic("tob1")
                more = replace(form.blocks[0], texts=(*form.blocks[0].texts, f"{author} asks of whale number {number}"))
                try:
                    lib.save(replace(form, blocks=(more, *form.blocks[1:])), staff=author)
                    break
                except Changed:
                    continue

    threads = [threading.Thread(target=edits, args=(author,)) for author in ("ada", "paul")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = lib.topic("tob1").examples
    assert [e for a in ("ada", "paul") for n in range(20) if (e := f"{a} asks of whale number {n}") not in found] == []
    assert len([r for r in lib.core.revisions.of(TOB1) if r.staff]) == 40
    assert failures(lib.draft.root) == []


def test_a_saved_test_is_read_by_the_measuring_and_by_the_check(lib):
    kept = lib.add_test(SavedTest("What is it with {Tob1}?".replace("{", "").replace("}", ""), "answer", "tob1"), staff="ada")

    (case,) = read_questions(lib.draft.root / "data" / "tests", {"saved"})
    assert (case.turns[0].ask, case.turns[0].halves[0].topics) == ("What is it with Tob1?", ("tob1",))
    assert [(test.id, test.by) for test in lib.tests()] == [(kept.id, "ada")]
    assert failures(lib.draft.root) == []

    lib.remove_test(kept.id, staff="ada")
    assert lib.tests() == []
    assert not file(lib, "data/tests/saved.yml").exists()


def test_a_saved_test_that_cannot_be_one_is_refused_beside_its_field(lib):
    lib.add_test(SavedTest("What is Tob1 for?", "answer", "tob1"), staff="ada")

    for test, field in (
        (SavedTest("what is tob1 for", "answer", "tob1"), "ask"),
        (SavedTest("", "answer"), "ask"),
        (SavedTest("And this?", "dance"), "route"),
        (SavedTest("And this?", "answer", "nowhere"), "topic"),
    ):
        with pytest.raises(Rejected) as rejected:
            lib.add_test(test, staff="ada")
        assert list(rejected.value.problems) == [field]


def test_a_saved_test_that_names_no_topic_is_found_by_the_check(lib):
    lib.add_test(SavedTest("What is Tob1 for?", "answer", "tob1"), staff="ada")
    path = file(lib, "data/tests/saved.yml")
    path.write_text(path.read_text(encoding="utf-8").replace("[tob1]", "[tob9]"), encoding="utf-8")

    assert "There is no topic tob9." in " ".join(failures(lib.draft.root))


def test_facts_come_with_the_next_numbers_and_must_be_short_and_hold_what_is_exact(lib):
    given = {"page": "Progressive MS Research", "section": "Whales", "says": "In 2031, 12 whales sang.", "exact": ["12"]}
    last = max(fact.id for fact in lib.facts())

    ids = lib.add_facts([given, {**given, "says": "Whales sang 12 songs: all of them."}], staff="ada")

    assert ids[0] > last
    assert [fact.says for fact in lib.facts()][-2:] == ["In 2031, 12 whales sang.", "Whales sang 12 songs: all of them."]
    assert failures(lib.draft.root) == []
    with pytest.raises(Rejected) as rejected:
        lib.add_facts([{**given, "exact": ["13"]}, {**given, "says": "word " * 41, "exact": []}], staff="ada")
    assert set(rejected.value.problems) == {"exact-0", "says-1"}


def test_a_file_of_another_layout_is_written_anew_in_ours(lib):
    path = file(lib, TOB1)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  - intent: ask_tob1\n    examples: |\n", "  - examples: |\n", 1), encoding="utf-8")
    odd = path.read_text(encoding="utf-8")
    end = odd.index("\n  - intent:")
    path.write_text(odd[:end] + "\n    intent: ask_tob1" + odd[end:], encoding="utf-8")

    lib.add_examples("tob1", [NEW[0]], staff="ada")

    assert NEW[0] in lib.topic("tob1").examples
    assert failures(lib.draft.root) == []


def test_a_comment_that_a_person_wrote_stays(lib):
    path = file(lib, TOB1)
    text = path.read_text(encoding="utf-8")
    path.write_text("# by hand\n" + text.replace("\nresponses:", "\n# the texts\nresponses:"), encoding="utf-8")

    lib.add_examples("tob1", [NEW[0]], staff="ada")
    form = lib.topic("tob1")
    lib.save(replace(form, texts=(*form.texts, Text("count", form.texts[0].text, form.texts[0].facts))), staff="ada")

    after = path.read_text(encoding="utf-8")
    assert "# by hand\n" in after
    assert "# the texts\n" in after
    assert failures(lib.draft.root) == []


def test_the_domain_that_is_written_is_the_one_that_the_check_wants(lib):
    lib.create(a_new_topic(lib), staff="ada")

    assert file(lib, "domain.yml").read_text(encoding="utf-8") == domain_yaml(lib.draft.root)
