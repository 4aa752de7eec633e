"""The page to train: what has changed, what stands in the way, and how far it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpdesk.content import Problem
from helpdesk.studio.changed import changes
from helpdesk.studio.may import about
from tests.register import Register, quieten
from tests.studio import Forms, Studio, copied_root, opened, problem


@pytest.fixture
def studio(tmp_path):
    with opened(tmp_path) as found:
        quieten(found.service)
        yield found


@pytest.fixture
def register(studio: Studio) -> Register:
    return Register(studio.service)


def edit(studio: Studio, name: str, before: str, after: str) -> None:
    file = studio.file(name)
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def train(studio: Studio) -> None:
    assert studio.ada.send("/studio/train", "/studio/train/start").status_code == 303


# ---- what has changed


def test_a_draft_that_is_what_is_live_has_no_change(studio, register):
    register.live()

    page = studio.ada.get("/studio/train").text

    assert "Nothing has changed" in page and "/studio/train/change" not in page


def test_a_changed_topic_is_named_by_its_question_with_what_came_and_went(studio, register):
    register.live()
    edit(studio, "tob1", "      - tob 1\n", "      - toob one please\n      - tobbi\n")

    page = studio.ada.get("/studio/train").text

    assert "How is the molecule Tob1 connected with MS?" in page
    assert "2 examples added, 1 example taken out" in page


def test_what_changed_in_a_topic_is_shown_line_by_line(studio, register):
    register.live()
    edit(studio, "tob1", "      - tob 1\n", "      - toob one please\n")

    page = studio.ada.get("/studio/train/change?file=data%2Fanswers%2Ffindings%2Ftob1.yml").text

    assert "<ins>Example: toob one please</ins>" in page and "<del>Example: tob 1</del>" in page


@pytest.mark.parametrize("file", ["data/answers/findings/vitamin_d.yml", "../secrets/secret_key", "", "/etc/passwd"])
def test_a_file_that_has_not_changed_or_is_none_has_no_page_of_changes(studio, register, file):
    register.live()
    edit(studio, "tob1", "      - tob 1\n", "      - toob one please\n")

    assert studio.ada.get(f"/studio/train/change?file={file}").status_code == 404


def test_new_and_retired_topics_and_lists_are_told_apart(tmp_path):
    live, draft = copied_root(tmp_path / "live"), copied_root(tmp_path / "draft")
    gone = draft / "data" / "answers" / "findings" / "vitamin_d.yml"
    new = gone.with_name("vitamin_e.yml")
    new.write_text(gone.read_text(encoding="utf-8").replace("vitamin_d", "vitamin_e"), encoding="utf-8")
    gone.unlink()
    with (draft / "data" / "facts.yml").open("a", encoding="utf-8") as file:
        file.write("# one more line\n")
    (draft / "domain.yml").write_text("version: '3.1'\n", encoding="utf-8")

    found = [(one.topic, one.state, one.has_page) for one in changes(live, draft)]

    assert sorted(found, key=str) == sorted(
        [("vitamin_d", "removed", False), ("vitamin_e", "added", True), (None, "changed", False)], key=str
    )


def test_a_file_that_cannot_be_read_is_still_told(tmp_path):
    live, draft = copied_root(tmp_path / "live"), copied_root(tmp_path / "draft")
    (draft / "data" / "answers" / "findings" / "tob1.yml").write_text("a: [\n", encoding="utf-8")

    (found,) = changes(live, draft)

    assert found.topic == "tob1" and found.state == "changed"


# ---- what stands in the way


def test_while_the_draft_is_looked_over_the_page_does_not_wait(studio):
    studio.service.survey.problems = None
    assert "being checked" in studio.ada.get("/studio/train").text

    studio.service.survey.problems = []
    assert "Nothing stands in the way" in studio.ada.get("/studio/train/hindrances").text


def test_problems_that_would_stop_the_training_are_counted_with_the_way_to_them(studio):
    wrong = Problem("data/answers/findings/tob1.yml", 3, "The name is missing.", "Write it.")
    studio.service.survey.problems = [wrong, replace(wrong, line=4), replace(wrong, warning=True)]

    page = studio.ada.get("/studio/train").text

    assert "2 problems would stop the training" in page and '/studio/conflicts"' in page.split("<main")[1]


# ---- one training


def test_the_first_training_has_no_estimate_and_the_next_one_has_that_of_the_last(studio):
    assert "Not known yet" in studio.ada.get("/studio/train").text
    jobs = studio.store.jobs
    begun = studio.store.clock()
    id = jobs.begin(None, None)
    jobs.clock = lambda: begun + 88
    jobs.end(id, "done")
    jobs.clock = studio.store.clock

    assert "About 90 seconds, as the last ones" in studio.ada.get("/studio/train").text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "about 5 seconds"),
        (44, "about 40 seconds"),
        (88, "about 90 seconds"),
        (400, "about 7 minutes"),
        (8000, "about 2 hours"),
    ],
)
def test_lengths_of_time_are_round(seconds, words):
    assert about(seconds) == words


def test_a_training_is_followed_step_by_step(studio):
    train(studio)
    job = studio.store.jobs.running()
    studio.store.jobs.step(job.id, "train", 0.42)

    page = studio.paul.get("/studio/train").text

    assert "Started by Ada" in page and 'value="42"' in page and "42 % done" in page
    assert "Train the new model: <strong>under way</strong>" in page
    assert "Check the draft: <strong>done</strong>" in page
    assert "Compare it with the live one: <strong>not yet</strong>" in page


def test_only_one_training_runs_at_a_time(studio):
    fields = Forms(studio.ada.get("/studio/train").text).of("/studio/train/start")
    train(studio)

    assert "/studio/train/start" not in [path for path, _ in Forms(studio.ada.get("/studio/train").text).forms]
    answer = studio.ada.post("/studio/train/start", fields)
    assert answer.status_code == 409 and problem(answer)


def test_a_training_can_be_cancelled(studio):
    train(studio)

    assert studio.ada.send("/studio/train", "/studio/train/cancel").status_code == 303
    assert "is being cancelled" in studio.ada.get("/studio/train").text
    studio.store.jobs.end(studio.store.jobs.running().id, "cancelled")
    assert "The training was cancelled" in studio.ada.get("/studio/train").text


def test_cancelling_what_has_ended_in_the_meantime_says_how_it_ended(studio):
    train(studio)
    fields = Forms(studio.ada.get("/studio/train").text).of("/studio/train/cancel")
    studio.store.jobs.end(studio.store.jobs.running().id, "done", release="")

    assert studio.ada.post("/studio/train/cancel", fields).headers["location"] == "/studio/train"
    assert studio.store.jobs.latest().state == "done"


def test_the_end_leads_to_the_comparison(studio, register):
    train(studio)
    release = register.candidate(studio.ada.staff.id, gate=[])
    studio.store.jobs.end(studio.store.jobs.running().id, "done", release=release.id)

    assert f'href="/studio/compare/{release.id}"' in studio.ada.get("/studio/train").text


def test_what_failed_is_said_first_and_the_trainers_words_fold_out(studio):
    train(studio)
    studio.store.jobs.end(studio.store.jobs.running().id, "failed", "The topic tob1 has no example.\nTraceback <of> rasa")

    page = studio.ada.get("/studio/train").text

    assert "The training failed" in page and "<p>The topic tob1 has no example.</p>" in page
    assert "Traceback &lt;of&gt; rasa" in page.split("<details>")[1]


def test_a_draft_that_the_training_refused_leads_to_what_stands_in_the_way(studio):
    train(studio)
    job = studio.store.jobs.running().id
    studio.store.jobs.step(job, "check", 0.1)
    studio.store.jobs.end(job, "failed", "The draft has problems. Nothing was trained.\ndata/facts.yml:3: no name")

    assert "See what stands in the way" in studio.ada.get("/studio/train").text


def test_a_training_whose_program_died_counts_as_broken_off(studio):
    train(studio)
    begun = studio.store.clock()
    studio.store.clock = lambda: begun + 61

    page = studio.ada.get("/studio/train").text

    assert "broke off" in page and "/studio/train/start" in page


def test_the_page_comes_again_by_itself_only_where_the_reader_chose_it(studio):
    train(studio)

    assert "refresh" not in studio.ada.get("/studio/train").headers
    assert studio.ada.get("/studio/train?renew=yes").headers["refresh"]


def test_the_part_that_a_script_asks_for_tells_who_is_signed_out(studio):
    train(studio)

    assert 'data-state="running"' in studio.ada.get("/studio/train/now").text
    assert studio.client.get("/studio/train/now").status_code == 401


def test_approvers_read_but_do_not_train(studio):
    page = studio.paul.get("/studio/train")

    assert page.status_code == 200 and "Authors start a training" in page.text
    assert studio.paul.raw("/studio/train/start").status_code == 403
    assert studio.store.jobs.latest() is None


def test_trainings_stand_in_the_audit_in_words(studio):
    admin = studio.staff("Adam", "admin")
    train(studio)
    studio.ada.send("/studio/train", "/studio/train/cancel")

    page = admin.get("/desk/audit").text

    assert "Started a training" in page and "Cancelled a training" in page
