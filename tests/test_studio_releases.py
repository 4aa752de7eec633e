"""The pages to compare, propose, publish and roll back; every way without JavaScript."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

from helpdesk.measured import REAL, Half
from helpdesk.snapshots import archive
from helpdesk.studio.candidates import own_work
from helpdesk.studio.charts import confusions, paired_bars
from helpdesk.studio.compared import topics_of, wanted_words
from tests.register import BETTER, MADE, WRONG, Register, quieten
from tests.studio import Chat, Forms, Studio, opened, problem


@pytest.fixture
def studio(tmp_path):
    with opened(tmp_path) as found:
        quieten(found.service)
        yield found


@pytest.fixture
def register(studio: Studio) -> Register:
    return Register(studio.service)


def edit(studio: Studio) -> None:
    file = studio.file("tob1")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("      - tob 1\n", "      - toob one please\n", 1), encoding="utf-8")


def forms(page) -> set[str]:
    return Forms(page.text).actions


def publish(studio: Studio, id: str, note: str = "Adds Tob1") -> object:
    return studio.paul.send(f"/studio/compare/{id}", f"/studio/releases/{id}/publish", note=note)


# ---- the whole way


def test_the_whole_way_from_a_training_to_a_rollback_without_javascript(studio, register):
    first = register.live()
    edit(studio)
    assert studio.ada.send("/studio/train", "/studio/train/start").headers["location"] == "/studio/train?said=train_started"
    release = register.candidate(studio.ada.staff.id, gate=[])
    studio.store.jobs.end(studio.store.jobs.running().id, "done", release=release.id)
    assert f"/studio/compare/{release.id}" in studio.ada.get("/studio/train").text

    here = f"/studio/compare/{release.id}"
    studio.ada.send(here, f"/studio/releases/{release.id}/propose", note="Adds Tob1")
    assert "A new version waits for approval, proposed by Ada" in studio.paul.get("/studio").text
    assert publish(studio, release.id).headers["location"] == "/studio/releases?said=publish_wanted"
    assert "Publishing is under way" in studio.ada.get("/studio/releases").text
    assert studio.store.releases.went_live(studio.store.releases.wanted().id)
    assert "published by Paul" in studio.ada.get("/studio/releases").text

    back = f"/studio/releases/{first.release}/back"
    assert back in studio.paul.get("/studio/releases").text
    assert studio.paul.send(back, back, note="It was worse").headers["location"] == "/studio/releases?said=back_wanted"
    wanted = studio.store.releases.wanted()
    assert (wanted.release, wanted.kind, wanted.staff) == (first.release, "rollback", studio.paul.staff.id)
    assert studio.store.releases.went_live(wanted.id)
    assert "It was worse" in studio.ada.get("/studio/releases").text


# ---- the comparison


def test_what_would_change_is_said_in_sentences_before_any_figure(studio, register):
    register.live()
    page = studio.ada.get(f"/studio/compare/{register.candidate(gate=[]).id}").text

    assert page.index(MADE.sentences[0]) < page.index("who pays for tob1") < page.index("<table>")


def test_the_worse_come_first_and_each_names_its_topics_and_its_set(studio, register):
    register.live()
    page = studio.ada.get(f"/studio/compare/{register.candidate(gate=[]).id}").text

    assert [page.index(one.ask) for one in MADE.changes] == sorted(page.index(one.ask) for one in MADE.changes)
    assert "How is the molecule Tob1 connected with MS?" in page and "/studio/topics/vitamin_d" in page
    assert "wrong topic" in page and "91% sure" in page


def test_the_list_is_narrowed_down_by_what_became_of_it(studio, register):
    register.live()
    here = f"/studio/compare/{register.candidate(gate=[]).id}"

    page = studio.ada.get(f"{here}?show=better").text

    assert "what is tob one" in page and "who pays for tob1" not in page
    assert studio.ada.get(f"{here}?show=nonsense&page=99").status_code == 200


def test_a_long_list_comes_in_pages(studio, register):
    register.live()
    many = replace(MADE, changes=tuple(replace(BETTER, ask=f"question number {number} here") for number in range(70)))
    here = f"/studio/compare/{register.candidate(made=many, gate=[]).id}"

    assert "Page 1 of 2" in studio.ada.get(here).text
    page = studio.ada.get(f"{here}?page=2").text
    assert "question number 69 here" in page and "question number 3 here" not in page


def test_the_changes_are_a_file_that_no_spreadsheet_takes_for_formulas(studio, register):
    register.live()
    answer = studio.ada.get(f"/studio/compare/{register.candidate(gate=[]).id}/changes.csv")

    rows = list(csv.reader(io.StringIO(answer.text)))

    assert answer.headers["content-type"].startswith("text/csv") and len(rows) == 5
    assert rows[2][0] == "'=does it hurt"


def test_figures_have_their_difference_in_words_and_with_a_sign(studio, register):
    register.live()
    page = studio.ada.get(f"/studio/compare/{register.candidate(gate=[]).id}").text

    assert "+3: 3 more right" in page and "as many as now" in page and "nothing to compare with" in page


def test_what_a_visitor_wrote_is_left_out_once_it_is_gone(studio, register):
    register.live()
    asked = replace(BETTER, set=REAL, ask="", source="gone:2")
    release = register.candidate(made=replace(MADE, changes=(*MADE.changes, asked)), gate=[])

    page = studio.ada.get(f"/studio/compare/{release.id}")

    assert page.status_code == 200 and "All (4)" in page.text


def test_what_a_visitor_wrote_is_shown_where_they_agreed_and_only_as_long_as_it_is_kept(studio, register):
    chat = Chat(studio.client)
    seq = chat.send("is tob one a vitamin").json()["seq"]
    chat.reply(seq)
    asked = replace(BETTER, set=REAL, ask="", source=f"{chat.id}:{seq}")
    register.live()
    here = f"/studio/compare/{register.candidate(made=replace(MADE, changes=(asked,)), gate=[]).id}"
    assert "is tob one a vitamin" not in studio.ada.get(here).text

    studio.client.put(f"{chat.path}/teaching", json={"agreed": True}, headers=chat.headers)
    assert "is tob one a vitamin" in studio.ada.get(here).text

    studio.client.delete(chat.path, headers=chat.headers)
    assert "is tob one a vitamin" not in studio.ada.get(here).text


def test_without_a_comparison_the_page_says_so(studio, register):
    page = studio.ada.get(f"/studio/compare/{register.candidate(made=None).id}")

    assert page.status_code == 200 and "There is no comparison of this version" in page.text
    assert "has not been measured" in page.text


def test_compare_leads_to_the_newest_version_or_to_the_training(studio, register):
    assert studio.ada.get("/studio/compare").headers["location"].startswith("/studio/train")
    release = register.candidate()
    assert studio.ada.get("/studio/compare").headers["location"] == f"/studio/compare/{release.id}"
    assert studio.ada.get("/studio/compare/nothing").status_code == 404
    assert studio.ada.get("/studio/compare/nothing/changes.csv").status_code == 404


def test_a_comparison_with_a_version_that_is_live_no_more_says_so(studio, register):
    register.live()
    old = register.candidate(gate=[])
    register.goes_live(register.candidate(gate=[]))

    assert "another version has gone live" in studio.ada.get(f"/studio/compare/{old.id}").text


def test_every_picture_has_its_words_and_its_table(studio, register):
    register.live()
    page = studio.ada.get(f"/studio/compare/{register.candidate(gate=[]).id}").text

    assert page.count('role="img"') == 2 and page.count("<desc") == 2 and page.count("</table>") == 3
    assert "style=" not in page


def test_the_most_confused_topics_are_drawn_and_all_of_them_are_in_the_table():
    found = [(f"topic {n}", f"topic {n + 1}", n) for n in range(1, 30)]

    made = confusions("heat", found)

    assert len(made.keys) == 12 and made.pairs[0] == ("topic 29", "topic 30", 29)
    assert len(made.pairs) == 29
    assert confusions("heat", []) is None


def test_names_in_a_picture_cannot_break_out_of_it():
    drawn = str(confusions("heat", [("<script>", "b", 1)]).picture) + str(paired_bars("a", "<b>", "<i>", [("0", 0, 0)]))

    assert "<script>" not in drawn and "<b>" not in drawn


# ---- tests from changes


def test_a_question_is_saved_as_a_test_with_the_answer_that_is_right(studio, register):
    register.live()
    here = f"/studio/compare/{register.candidate(gate=[]).id}"
    page = studio.ada.get(f"{here}?show=worse")
    fields = Forms(page.text).of(f"{here}/test")

    assert studio.ada.post(f"{here}/test", fields).headers["location"].endswith("said=test_saved")
    (saved,) = [test for test in studio.service.library.tests() if test.ask == "who pays for tob1"]
    assert (saved.route, saved.topic) == ("answer", "tob1")


def test_the_same_test_is_not_saved_twice(studio, register):
    register.live()
    here = f"/studio/compare/{register.candidate(gate=[]).id}"
    fields = Forms(studio.ada.get(f"{here}?show=worse").text).of(f"{here}/test")
    studio.ada.post(f"{here}/test", fields)

    again = studio.ada.post(f"{here}/test", fields)

    assert again.status_code == 422 and problem(again)
    assert len([test for test in studio.service.library.tests() if test.ask == "who pays for tob1"]) == 1


@pytest.mark.parametrize("fields", [{"change": "0", "right": "after"}, {"right": "after"}, {}])
def test_no_test_is_made_of_what_is_no_change(studio, register, fields):
    register.live()
    here = f"/studio/compare/{register.candidate(gate=[]).id}"

    assert studio.ada.raw(f"{here}/test", **fields).status_code == 422


# ---- who may publish what


def test_what_the_measures_refuse_cannot_be_published_and_the_page_says_why(studio, register):
    register.live()
    release = register.candidate(
        studio.ada.staff.id, made=replace(MADE, failures=WRONG), gate=["One crisis sentence came out wrong."]
    )

    page = studio.paul.get(f"/studio/compare/{release.id}")

    assert "One crisis sentence came out wrong." in page.text and "i want to end it" in page.text
    assert not {"publish", "propose"} & forms(page)
    for who, what in ((studio.paul, "publish"), (studio.ada, "propose")):
        answer = who.raw(f"/studio/releases/{release.id}/{what}", note="Please")
        assert answer.status_code == 409 and problem(answer)
    assert studio.store.releases.wanted() is None


def test_a_version_that_was_not_measured_cannot_be_published(studio, register):
    register.live()
    release = register.candidate()

    assert studio.paul.raw(f"/studio/releases/{release.id}/publish", note="Please").status_code == 409
    assert studio.store.releases.wanted() is None


def test_nobody_publishes_what_they_made_or_proposed_themselves(studio, register):
    both = studio.staff("Bea", "author", "approver")
    register.live()
    release = register.candidate(both.staff.id, gate=[])
    here, publish = f"/studio/compare/{release.id}", f"/studio/releases/{release.id}/publish"

    page = both.get(here)

    assert "somebody else has to publish it" in page.text and forms(page) & {"publish", "propose"} == {"propose"}
    assert both.raw(publish, note="Mine").status_code == 403
    assert studio.store.releases.wanted() is None
    assert own_work(replace(release, staff=None, proposed_by=both.staff.id), both.staff)
    assert not own_work(release, studio.paul.staff)


def test_a_small_team_lets_one_person_do_both(tmp_path):
    with opened(tmp_path, HELPDESK_PUBLISH_ALONE="on") as studio:
        quieten(studio.service)
        both, register = studio.staff("Bea", "author", "approver"), Register(studio.service)
        release = register.candidate(both.staff.id, gate=[])
        here = f"/studio/compare/{release.id}"

        answer = both.send(here, f"/studio/releases/{release.id}/publish", note="Mine")

        assert answer.status_code == 303 and studio.store.releases.wanted().release == release.id


def test_publishing_needs_a_note_and_keeps_what_was_written(studio, register):
    register.live()
    release = register.candidate(studio.ada.staff.id, gate=[])

    empty = publish(studio, release.id, note="  ")
    long = publish(studio, release.id, note="x" * 1001)

    assert empty.status_code == 422 and 'aria-invalid="true"' in empty.text and problem(empty)
    assert long.status_code == 413 and "x" * 1001 in long.text
    assert studio.ada.raw(f"/studio/releases/{release.id}/propose", note="").status_code == 422
    assert studio.store.releases.wanted() is None and studio.store.releases.find(release.id).proposed_by is None


def test_who_looked_at_an_older_state_is_told_that_another_version_went_live(studio, register):
    register.live()
    release = register.candidate(studio.ada.staff.id, gate=[])
    fields = Forms(studio.paul.get(f"/studio/compare/{release.id}").text).of(f"/studio/releases/{release.id}/publish")
    register.goes_live(register.candidate(gate=[]))

    answer = studio.paul.post(f"/studio/releases/{release.id}/publish", {**fields, "note": "Please"})

    assert answer.status_code == 409 and "gone live in the meantime" in problem(answer)
    assert "Please" in answer.text and studio.store.releases.wanted() is None


def test_only_one_version_is_published_at_a_time(studio, register):
    register.live()
    register.wanted(register.candidate(gate=[]))
    release = register.candidate(studio.ada.staff.id, gate=[])

    page = studio.paul.get(f"/studio/compare/{release.id}")

    assert "being published right now" in page.text and "publish" not in forms(page)


def test_authors_propose_and_approvers_publish(studio, register):
    register.live()
    release = register.candidate(studio.ada.staff.id, gate=[])
    here, of = f"/studio/compare/{release.id}", f"/studio/releases/{release.id}"

    assert "publish" not in forms(studio.ada.get(here)) and "propose" not in forms(studio.paul.get(here))
    assert studio.ada.raw(f"{of}/publish", note="I").status_code == 403
    assert studio.ada.raw(f"{of}/back", note="I").status_code == 403
    assert studio.paul.raw(f"{of}/propose", note="I").status_code == 403
    assert studio.paul.raw(f"{here}/test").status_code == 403
    ana = studio.staff("Ana", "navigator")
    assert ana.get(here).status_code == 403 and ana.raw(f"{of}/publish", note="I").status_code == 403


def test_what_was_proposed_can_be_put_aside(studio, register):
    register.live()
    release = register.candidate(studio.ada.staff.id, gate=[])
    here = f"/studio/compare/{release.id}"
    studio.ada.send(here, f"/studio/releases/{release.id}/propose", note="Adds Tob1")
    page = studio.paul.get(here).text
    assert "Adds Tob1" in page and re.search(r'releases">Releases <span class="count some">1<', page)

    studio.paul.send(here, f"/studio/releases/{release.id}/aside")

    assert "waits for approval" not in studio.paul.get("/studio").text
    assert f"/studio/compare/{release.id}" in studio.paul.get("/studio/releases").text


# ---- the register


def test_the_history_tells_who_when_and_why_also_of_what_failed(studio, register):
    first = register.live(note="The first one")
    broken = register.wanted(register.candidate(studio.ada.staff.id, gate=[]), studio.paul.staff.id)
    studio.store.releases.failed(broken.id, "The new model did not start.")
    taken_back = register.goes_live(register.candidate(gate=[]), studio.paul.staff.id, note="Better words")
    back = register.wanted(studio.store.releases.find(first.release), None, "auto", "21 of 40 replies were no answer.")
    studio.store.releases.went_live(back.id)

    page = studio.ada.get("/studio/releases").text

    for words in ("The new model did not start.", "failed, never live", "21 of 40 replies", "the watch", "Better words", "Paul"):
        assert words in page
    assert f"/studio/releases/{taken_back.release}/back" not in page
    assert f"/studio/releases/{taken_back.release}/back" in studio.paul.get("/studio/releases").text


def test_a_fresh_help_desk_has_nothing_to_show_and_says_what_to_do(studio):
    page = studio.ada.get("/studio/releases").text

    assert "Nothing is published yet" in page and "/studio/train" in page


def test_the_watch_is_told_while_it_watches(studio, register):
    register.live()
    register.goes_live(register.candidate(gate=[]), studio.paul.staff.id)
    assert "It is watched until" in studio.ada.get("/studio/releases").text

    now = studio.store.clock()
    studio.store.clock = lambda: now + 16 * 60

    assert "It is watched until" not in studio.ada.get("/studio/releases").text


def test_rolling_back_says_first_what_it_will_do(studio, register):
    first = register.live()
    edit(studio)
    register.goes_live(register.candidate(gate=[]))

    page = studio.paul.get(f"/studio/releases/{first.release}/back").text

    assert "1 file of the draft goes back" in page and "kept in the history" in page
    assert "How is the molecule Tob1 connected with MS?" in page
    assert studio.store.releases.wanted() is None


def test_what_was_live_is_brought_back_and_not_published_anew(studio, register):
    first = register.live(studio.ada.staff.id)
    register.goes_live(register.candidate(gate=[]))

    page = studio.paul.get(f"/studio/compare/{first.release}")

    assert f"/studio/releases/{first.release}/back" in page.text and "publish" not in forms(page)


def test_what_was_never_live_cannot_be_rolled_back_to(studio, register):
    register.live()
    release = register.candidate(gate=[])

    assert studio.paul.get(f"/studio/releases/{release.id}/back").status_code == 404
    assert studio.paul.raw(f"/studio/releases/{release.id}/back", note="x").status_code == 404


def test_who_rolls_back_too_late_is_told(studio, register):
    first = register.live()
    register.goes_live(register.candidate(gate=[]))
    here = f"/studio/releases/{first.release}/back"
    fields = Forms(studio.paul.get(here).text).of(here)
    register.goes_live(register.candidate(gate=[]))

    answer = studio.paul.post(here, {**fields, "note": "It was worse"})

    assert answer.status_code == 409 and "It was worse" in answer.text and studio.store.releases.wanted() is None


def test_releases_stand_in_the_audit_in_words(studio, register):
    admin = studio.staff("Adam", "admin")
    register.live()
    release = register.candidate(studio.ada.staff.id, gate=[])
    studio.ada.send(f"/studio/compare/{release.id}", f"/studio/releases/{release.id}/propose", note="Adds Tob1")
    publish(studio, release.id)
    studio.store.releases.went_live(studio.store.releases.wanted().id)

    page = admin.get("/desk/audit").text

    assert "Asked to publish a version" in page and "Published a version" in page


# ---- the overview


def test_the_overview_has_nothing_to_do_where_nothing_is(studio, register):
    register.live()
    studio.service.counters.clear()

    page = studio.ada.get("/studio").text

    assert "Nothing right now" in page and "Live since" in page


def test_the_overview_tells_what_failed_and_what_the_watch_took_back(studio, register):
    first = register.live()
    broken = register.wanted(register.candidate(gate=[]))
    studio.store.releases.failed(broken.id, "The new model did not start.")
    assert "The new model did not start." in studio.ada.get("/studio").text

    register.goes_live(register.candidate(gate=[]))
    register.goes_live(studio.store.releases.find(first.release), kind="auto", note="21 of 40 replies were no answer.")
    page = studio.ada.get("/studio").text
    assert "21 of 40 replies" in page and "did not start" not in page


def test_a_version_whose_files_are_gone_is_not_offered(studio, register):
    first = register.live()
    register.goes_live(register.candidate(gate=[]))
    archive(studio.service.settings.state, first.release).unlink()

    assert f"/studio/releases/{first.release}/back" not in studio.paul.get("/studio/releases").text
    assert studio.paul.get(f"/studio/releases/{first.release}/back").status_code == 404


def test_the_overview_counts_what_needs_somebody_with_the_way_to_it(studio, register):
    register.live()
    edit(studio)
    studio.service.counters.update(inbox=lambda: 3, conflicts=lambda: 1)
    file = studio.file("tob1")
    file.write_text(file.read_text(encoding="utf-8").replace('review_by: "20', 'review_by: "19', 1), encoding="utf-8")
    studio.ada.send("/studio/train", "/studio/train/start")

    page = studio.ada.get("/studio").text

    for words in ("3 messages wait in the inbox", "1 conflict is open", "A training is under way", "1 answer is past the day"):
        assert words in page
    assert "differs from what is live in 1 topic" in page
    for path in ("inbox", "conflicts", "train", "topics?show=past"):
        assert f'href="/studio/{path}"' in page


def test_what_is_wanted_is_put_in_words(studio):
    topics = topics_of(studio.root)

    assert "How is the molecule Tob1" in wanted_words("answer tob1 + refer", topics)
    assert wanted_words("", topics) == "" and Half("miss")
