"""Try it: what the live bot says, what the draft has that is near, and questions that are kept as tests."""

from __future__ import annotations

import re
from html import unescape

import pytest

from helpdesk.conversation import Answer
from helpdesk.studio.live_bot import Said
from tests.small_draft import opened_small
from tests.studio import Forms, Studio, problem
from tests.web import answer

PAGE = "/studio/try"
ASK = "does tob1 show up in blood tests"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with opened_small(tmp_path_factory.mktemp("try")) as found:
        yield found


@pytest.fixture
def studio(tmp_path):
    with opened_small(tmp_path) as found:
        yield found


def ask(studio: Studio, text: str = ASK):
    return studio.ada.send(PAGE, PAGE, ask=text)


def section(page: str, name: str) -> str:
    html = page.split(f'aria-labelledby="{name}"')[1].split("</section>")[0]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def question(studio: Studio, topic: str) -> str:
    found: str = studio.service.library.topic(topic).question
    return found


def save(studio: Studio, right: str, other: str = "", text: str = ASK):
    page = ask(studio, text).text
    return studio.ada.post(f"{PAGE}/save", {**Forms(page).of(f"{PAGE}/save"), "right": right, "other": other})


def saved(studio: Studio) -> list[tuple[str, str, str | None]]:
    return [(test.ask, test.route, test.topic) for test in studio.service.library.tests()]


def test_the_live_bot_s_answer_comes_with_its_topic_how_sure_it_is_and_the_runners_up(shared: Studio):
    ranking = (("ask_tob1", 0.62), ("ask_vitamin_d", 0.21), ("greet", 0.02))
    shared.assistant.answers = lambda asked: (answer("Tob1 is a molecule.", topic="tob1", confidence=0.62, ranking=ranking),)
    told = section(ask(shared).text, "live")

    assert "Tob1 is a molecule." in told and question(shared, "tob1") in told and "62 %" in told
    assert question(shared, "vitamin_d") in told and "21 %" in told and "Greet" in told


def test_nothing_of_a_question_is_stored_and_every_one_has_a_sender_of_its_own(shared: Studio):
    before = len(shared.assistant.asked)
    for _ in range(2):
        ask(shared, "my number is 303-555-0142, is there a trial")
    asked = shared.assistant.asked[before:]

    assert len({one.sender for one in asked}) == 2 and all(one.context is None for one in asked)
    assert all("0142" not in one.text for one in asked)
    with shared.store.database.read() as db:
        assert db.one("SELECT COUNT(*) AS number FROM conversations")["number"] == 0


def test_what_is_danger_is_answered_by_the_safety_net_as_it_is_for_visitors(shared: Studio):
    before = len(shared.assistant.asked)
    page = ask(shared, "I think of suicide").text

    assert "988" in section(page, "live") and "safety net" in section(page, "live")
    assert len(shared.assistant.asked) == before


def test_without_the_bot_the_rest_of_the_page_is_there(shared: Studio):
    shared.assistant.down = True
    try:
        page = ask(shared).text
    finally:
        shared.assistant.down = False

    assert "not there" in section(page, "live") and question(shared, "tob1") in section(page, "near")


def test_the_nearest_examples_of_the_draft_come_at_once_also_one_that_was_just_added(studio: Studio):
    new = "zebra crossings in denver"
    assert new not in section(ask(studio, new).text, "near")
    studio.service.library.add_examples("vitamin_d", [f"{new} please"], staff=studio.ada.staff.id)
    told = section(ask(studio, new).text, "near")

    assert told.index(f"{new} please") < told.index(question(studio, "vitamin_d"))


def test_where_nothing_can_be_compared_the_bot_s_answer_is_shown_all_the_same(studio: Studio, caplog):
    def broken():
        raise RuntimeError("no weights")

    studio.service.meaning.load = broken
    page = ask(studio)

    assert page.status_code == 200 and "About" in section(page.text, "live")
    assert "cannot be compared" in section(page.text, "near") and ASK not in caplog.text


def test_a_candidate_that_is_there_is_asked_too(studio: Studio):
    class Candidate:
        async def ask(self, text: str) -> Said:
            return Said("answer", f"Later: {text}", (Answer("answer", "x", topic="vitamin_d", confidence=0.9),))

    assert 'id="candidate"' not in ask(studio).text
    studio.service.candidate_bot = Candidate()
    told = section(ask(studio).text, "candidate")

    assert f"Later: {ASK}" in told and question(studio, "vitamin_d") in told


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "\u200b"])
def test_what_a_visitor_cannot_send_is_refused_beside_the_field(shared: Studio, text):
    page = ask(shared, text)

    assert page.status_code in (413, 422) and problem(page)
    assert 'aria-invalid="true"' in page.text and page.text.count(problem(page)) == 2


def test_markup_in_a_question_is_text(shared: Studio):
    shared.assistant.answers = lambda asked: (answer(f"About {asked.text}"),)
    page = ask(shared, "<script>alert(1)</script> & {{ 7 * 7 }}").text

    assert "<script>alert" not in page and "49" not in section(page, "live")


def test_a_question_is_kept_as_a_test_with_what_was_right_by_whom_and_when(studio: Studio):
    studio.assistant.answers = lambda asked: (answer("Tob1 is a molecule.", topic="tob1"),)
    done = save(studio, "answer:tob1")
    assert done.status_code == 303 and done.headers["location"].startswith(PAGE)
    page = studio.ada.get(PAGE).text

    assert saved(studio) == [(ASK, "answer", "tob1")]
    assert (
        ASK in section(page, "tests") and "Ada" in section(page, "tests") and question(studio, "tob1") in section(page, "tests")
    )


@pytest.mark.parametrize(
    ("right", "other", "kept"),
    [
        ("other", "refer:cost", ("refer", "cost")),
        ("", "handoff:", ("handoff", None)),
        ("other", "miss:", ("miss", None)),
        ("answer:vitamin_d", "refer:cost", ("answer", "vitamin_d")),
    ],
)
def test_another_topic_or_none_may_be_right(studio: Studio, right, other, kept):
    assert save(studio, right, other).status_code == 303

    assert saved(studio) == [(ASK, *kept)]


@pytest.mark.parametrize(("right", "other"), [("", ""), ("other", ""), ("answer:gone", ""), ("dance:", "")])
def test_without_a_choice_that_exists_nothing_is_kept_and_the_question_stands_there(studio: Studio, right, other):
    page = save(studio, right, other)

    assert page.status_code == 422 and problem(page) and 'id="right-wrong"' in page.text
    assert saved(studio) == [] and ASK in page.text


def test_a_question_is_kept_once(studio: Studio):
    save(studio, "answer:tob1")
    page = save(studio, "answer:tob1", text=ASK.upper() + "?")

    assert page.status_code == 422 and problem(page) and len(saved(studio)) == 1


def test_a_test_is_deleted(studio: Studio):
    save(studio, "answer:tob1")
    save(studio, "refer:cost", text="what does ocrelizumab cost")
    done = studio.ada.send(PAGE, f"{PAGE}/delete")

    assert done.status_code == 303 and saved(studio) == [("what does ocrelizumab cost", "refer", "cost")]
    assert studio.ada.raw(f"{PAGE}/delete", id="t00000000").status_code == 404


def test_what_the_bot_did_and_the_topics_that_are_near_are_offered_each_once(shared: Studio):
    shared.assistant.answers = lambda asked: (answer("Tob1 is a molecule.", topic="tob1"),)
    values = re.findall(r'name="right" [^>]*value="([^"]*)"', ask(shared).text)

    assert values[0] == "answer:tob1" and values[-1] == "other" and len(values) == len(set(values))


def test_a_message_that_asks_two_things_shows_both_halves(shared: Studio):
    shared.assistant.answers = lambda asked: (answer("One.", topic="tob1"), answer("Two.", topic="vitamin_d"))
    told = section(ask(shared).text, "live")

    assert question(shared, "tob1") in told and question(shared, "vitamin_d") in told


def test_navigators_are_not_let_in(shared: Studio):
    assert shared.staff("Ana", "navigator").get(PAGE).status_code == 403
