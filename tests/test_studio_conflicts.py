"""Conflicts, without a script: what is found in the draft, what is done about it, and what stays done."""

from __future__ import annotations

import re
import threading
import time
from html import unescape
from pathlib import Path

import pytest

from helpdesk import comparing
from helpdesk.comparing import Comparison, Confusion
from helpdesk.content import Content, check
from helpdesk.snapshots import folder
from helpdesk.store.releases import Release
from helpdesk.studio.checkup import Checkup
from helpdesk.studio.survey import Behind, Ending
from tests.small_draft import looked_over, opened_small
from tests.studio import Studio, problem

PAGE, PAIR = "/studio/conflicts", "/studio/conflicts/pair"
DAY = 86_400.0
TOB1 = "do blood tests show tob1 these days"  # planted in both topics, in two wordings
TOO = "so do blood tests show tob1 these days?"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with opened_small(tmp_path_factory.mktemp("conflicts")) as found:
        looked_over(found)
        yield found


@pytest.fixture
def studio(tmp_path):
    with opened_small(tmp_path) as found:
        yield found


@pytest.fixture
def planted(studio: Studio):
    """A studio with one conflict: two wordings of one question under two topics."""
    add(studio, "tob1", TOB1)
    add(studio, "vitamin_d", TOO)
    assert TOB1 in pairs(looked_over(studio))
    return studio


def add(studio: Studio, topic: str, *texts: str) -> None:
    studio.service.library.add_examples(topic, texts, staff=studio.ada.staff.id)


def examples(studio: Studio, topic: str) -> tuple[str, ...]:
    found: tuple[str, ...] = studio.service.library.topic(topic).examples
    return found


def section(page: str, name: str) -> str:
    """Return the text of one section of the page, without its tags."""
    html = page.split(f'aria-labelledby="{name}"')[1].split("</section>")[0]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def pairs(page: str) -> str:
    return section(page, "pairs")


def keys(page: str) -> list[str]:
    return re.findall(r'name="pair" value="([0-9a-f-]+)"', page)


def do(studio: Studio, deed: str):
    return studio.ada.send(PAGE, PAIR, do=deed)


def side_of(studio: Studio, text: str) -> str:
    """Return the hand on which a sentence of the first pair stands."""
    first, second = re.findall(r'<p class="sentence">“(.*?)”</p>', studio.ada.get(PAGE).text)[:2]
    assert text in (unescape(first), unescape(second))
    return "left" if unescape(first) == text else "right"


def rewrite(studio: Studio, topic: str, old: str, new: str) -> None:
    path = studio.file(topic)
    text = path.read_text(encoding="utf-8")
    assert re.search(old, text)
    path.write_text(re.sub(old, new, text), encoding="utf-8")


# ---- pairs


def test_one_question_in_two_wordings_under_two_topics_is_shown_side_by_side(planted: Studio):
    page = planted.ada.get(PAGE).text

    assert {TOB1, TOO} == set(map(unescape, re.findall(r'<p class="sentence">“(.*?)”</p>', page)))
    assert 'href="/studio/topics/tob1"' in page and 'href="/studio/topics/vitamin_d"' in page


def test_an_example_is_moved_to_the_other_topic_and_that_can_be_undone(planted: Studio):
    answer = do(planted, f"move_{side_of(planted, TOO)}")
    assert answer.status_code == 303 and answer.headers["location"].endswith("#pairs")
    assert TOO in examples(planted, "tob1") and TOO not in examples(planted, "vitamin_d")
    page = planted.ada.get(answer.headers["location"].removesuffix("#pairs")).text
    assert TOB1 not in pairs(page)
    undo = re.search(r'name="revision" value="([^"]+)"', page)
    assert undo
    assert planted.ada.raw(f"{PAGE}/undo", revision=undo[1]).status_code == 303

    assert TOO in examples(planted, "vitamin_d") and TOO not in examples(planted, "tob1")
    assert TOB1 in pairs(looked_over(planted))


@pytest.mark.parametrize(("text", "topic", "other"), [(TOB1, "tob1", TOO), (TOO, "vitamin_d", TOB1)])
def test_one_of_the_two_is_deleted(planted: Studio, text, topic, other):
    assert do(planted, f"delete_{side_of(planted, text)}").status_code == 303

    assert text not in examples(planted, topic)
    assert other in (*examples(planted, "tob1"), *examples(planted, "vitamin_d"))
    assert not keys(looked_over(planted))


def test_a_pair_that_is_kept_stays_kept_after_a_restart_until_that_is_undone(tmp_path: Path):
    with opened_small(tmp_path) as studio:
        add(studio, "tob1", TOB1)
        add(studio, "vitamin_d", TOO)
        looked_over(studio)
        assert do(studio, "keep").status_code == 303
        page = studio.ada.get(PAGE).text
        assert "Ada" in pairs(page) and "Keep both" not in pairs(page)
    with opened_small(tmp_path) as studio:
        page = looked_over(studio)
        assert TOB1 in pairs(page) and "Keep both" not in pairs(page)
        assert studio.ada.send(PAGE, f"{PAGE}/unkeep").status_code == 303
        assert "Keep both" in pairs(studio.ada.get(PAGE).text)


def test_a_pair_that_somebody_else_has_dealt_with_is_left_alone(planted: Studio):
    (key,) = keys(planted.ada.get(PAGE).text)
    planted.service.library.remove_example("vitamin_d", TOO, staff=planted.paul.staff.id)
    looked_over(planted)
    for deed in ("move_left", "delete_left", "delete_right", "keep"):
        answer = planted.ada.raw(PAIR, pair=key, do=deed)
        assert answer.status_code == 303 and "said=pair_gone" in answer.headers["location"]

    assert TOB1 in examples(planted, "tob1") and TOO not in examples(planted, "vitamin_d")


def test_the_question_of_a_topic_can_be_neither_moved_nor_deleted(studio: Studio):
    question = studio.service.library.topic("tob1").question
    add(studio, "vitamin_d", f"so {question}")
    page = looked_over(studio)
    (key,) = keys(page)
    hand = side_of(studio, question)
    assert f'value="delete_{hand}"' not in page and f'value="move_{hand}"' not in page
    refused = studio.ada.raw(PAIR, pair=key, do=f"delete_{hand}")

    assert refused.status_code == 422 and problem(refused)
    assert question in examples(studio, "tob1")


@pytest.mark.parametrize("deed", ["", "delete", "explode_left"])
def test_a_deed_that_is_on_no_button_is_refused(shared: Studio, deed):
    assert shared.ada.raw(PAIR, pair="x", do=deed).status_code == 422


def test_an_edit_outside_the_studio_is_seen_too(studio: Studio):
    assert not keys(looked_over(studio))
    rewrite(studio, "tob1", r"(    examples: \|\n)", rf"\1      - who pays for vitamin d pills and that\n      - {TOB1}\n")
    rewrite(studio, "vitamin_d", r"(    examples: \|\n)", rf"\1      - {TOO}\n")

    assert TOB1 in pairs(looked_over(studio))


# ---- the other sections


def test_topics_with_few_examples_come_with_the_ways_to_more(studio: Studio):
    form = studio.service.library.topic("lipoic_acid")
    for text in form.examples[20:]:
        path = studio.file("lipoic_acid")
        path.write_text(path.read_text(encoding="utf-8").replace(f"      - {text}\n", "", 1), encoding="utf-8")
    page = studio.ada.get(PAGE).text
    told = section(page, "few")

    assert form.question in told and "20 examples" in told and "Can wait" in told
    assert 'href="/studio/inbox"' in page and 'href="/studio/topics/lipoic_acid"' in page


@pytest.mark.parametrize(("days", "said"), [(-1, "was due"), (29, "is due"), (31, None)])
def test_answers_are_listed_when_their_date_is_near_or_past(studio: Studio, days, said):
    studio.store.clock = lambda: 1_900_000_000.0 - days * DAY
    due = time.strftime("%Y-%m-%d", time.gmtime(1_900_000_000.0))
    for topic in ("tob1", "vitamin_d", "lipoic_acid"):
        rewrite(studio, topic, r'review_by: "[^"]+"', 'review_by: "2099-01-01"')
    rewrite(studio, "tob1", r'review_by: "[^"]+"', f'review_by: "{due}"')
    page = studio.ada.get(PAGE).text
    told = section(page, "due")

    assert (studio.service.library.topic("tob1").question in told) is bool(said)
    assert said is None or (said in told.lower() and due in told)


def test_buttons_that_lead_nowhere_are_listed_with_the_reason(studio: Studio):
    title, target = next(button for text in studio.service.library.topic("tob1").texts for button in text.buttons)
    rewrite(studio, "tob1", rf"payload: /ask_{target}\b", "payload: /ask_gone_for_good")
    told = section(studio.ada.get(PAGE).text, "buttons")

    assert title in told and "gone for good" in told


def test_a_button_to_an_answer_that_is_switched_off_leads_nowhere(studio: Studio):
    rewrite(studio, "tob1", r"payload: /ask_\w+", "payload: /ask_vitamin_d")
    before = section(studio.ada.get(PAGE).text, "buttons")
    studio.store.set_switch("vitamin_d", False)
    after = section(studio.ada.get(PAGE).text, "buttons")

    assert "switched off" not in before and "switched off" in after


def test_what_was_taken_for_another_is_said_to_be_unmeasured_or_listed(studio: Studio):
    assert "not measured yet" in section(studio.ada.get(PAGE).text, "confused")
    measured = folder(studio.service.settings.state, "r1")
    measured.mkdir(parents=True)
    made = Comparison(
        "r1", confusions=(Confusion("tob1", "vitamin_d", 3), Confusion("gone", "tob1", 2), Confusion("tob1", "miss", 1))
    )
    (measured / comparing.FILE).write_text(made.as_json(), encoding="utf-8")
    studio.store.releases.add(Release("r1", 1.0, None, "c", "s", gate=[]))
    page = studio.ada.get(PAGE).text
    told = section(page, "confused")

    assert studio.service.library.topic("tob1").question in told and " 3 " in told and "Not understood" in told
    assert "gone" not in told.lower()


def test_everything_else_that_the_checker_says_stands_there_with_the_file(studio: Studio):
    rewrite(studio, "tob1", r"(    examples: \|\n)", r"\1      - what is {this} thing about\n")
    told = section(looked_over(studio), "files")

    assert studio.service.library.topic("tob1").question in told and "braces" in told


def test_a_file_that_cannot_be_read_is_named(studio: Studio):
    studio.file("vitamin_d").write_text("version: [\n", encoding="utf-8")
    told = section(looked_over(studio), "files")

    assert "vitamin_d.yml" in told


def test_the_number_beside_the_page_s_name_counts_what_does_not_wait(planted: Studio):
    def number() -> int:
        planted.service.recount()
        nav = re.search(r'href="/studio/conflicts"[^>]*>Conflicts <span[^>]*>(\d+)', planted.ada.get("/studio/topics").text)
        assert nav
        return int(nav[1])

    before = number()
    do(planted, "keep")

    assert number() == before - 1


def test_passing_by_does_not_begin_the_long_look(studio: Studio):
    assert studio.ada.get("/studio/topics").status_code == 200

    assert not {"examples", "files"} & {thread.name for thread in threading.enumerate()}


def test_navigators_are_not_let_in_and_a_script_is_told_so(shared: Studio):
    ana = shared.staff("Ana", "navigator")

    assert ana.get(PAGE).status_code == 403 and ana.get(f"{PAGE}/ready").status_code == 403
    assert shared.client.get(f"{PAGE}/ready").status_code == 401


# ---- what works in the background


def test_the_checkup_says_what_the_checker_says_at_first_and_after_every_kind_of_edit(studio: Studio):
    checkup, library = Checkup(), studio.service.library

    def both() -> tuple[list[str], list[str]]:
        found = checkup.of(library.content(), lambda seconds: None), check(studio.root)
        return [str(problem) for problem in found[0]], [str(problem) for problem in found[1]]

    edits = (
        lambda: None,
        lambda: rewrite(studio, "tob1", r"(    examples: \|\n)", r"\1      - what is {this} thing\n"),
        lambda: rewrite(studio, "facts", r"id: F47", "id: F4711"),
        lambda: rewrite(studio, "topics", r"id: tob1\b", "id: tob11"),
        lambda: rewrite(studio, "vitamin_d", r"intent: ask_vitamin_d", "intent: ask_vitamin_e"),
        lambda: studio.file("cost").unlink(),
    )
    for edit in edits:
        edit()
        ours, theirs = both()
        assert ours == theirs


def test_a_draft_that_changes_while_it_is_looked_over_is_looked_over_again():
    drafts, seen = [Content(Path("a")), Content(Path("b"))], []
    now = [drafts[0]]

    def work(content: Content) -> int:
        seen.append(content)
        now[0] = drafts[1]
        return len(seen)

    behind = Behind("look", lambda: now[0], work)

    assert behind.look(drafts[1], 10.0) == (2, True)
    assert [content.root.name for content in seen] == ["a", "b"]


def test_what_fails_is_not_tried_again_before_the_draft_changes(caplog):
    drafts = [Content(Path("a")), Content(Path("b"))]
    now, tries = [drafts[0]], []

    def work(content: Content) -> None:
        tries.append(content)
        raise ValueError("what a visitor wrote")

    behind = Behind("look", lambda: now[0], work)
    for _ in range(3):
        assert behind.look(now[0], 5.0) == (None, False)
    assert len(tries) == 1 and "what a visitor wrote" not in caplog.text
    now[0] = drafts[1]
    behind.look(now[0], 5.0)

    assert len(tries) == 2


def test_the_end_of_the_program_ends_a_look_without_a_word(caplog):
    def work(content: Content) -> None:
        raise Ending

    behind = Behind("look", lambda: Content(Path("a")), work)
    behind.look(Content(Path("a")), 5.0)
    behind.join()

    assert caplog.text == ""
