"""Publishing and going back while visitors ask, and with everything killed at any moment."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from helpdesk import publishing, snapshots
from helpdesk.store.releases import Publication
from tests.swapped import Swapped
from tests.web import Chat


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Swapped]:
    desk = Swapped(tmp_path)
    yield desk
    desk.close()


def publish(desk: Swapped, release: str) -> Publication:
    return publishing.publish(desk.store, desk.settings, release, staff=None, note="A new topic.")


def back(desk: Swapped, release: str) -> Publication:
    return publishing.roll_back(desk.store, desk.settings, release, staff=None)


def whole(desk: Swapped) -> None:
    """Check that one release is live, nothing is on its way, and the live one's files are all there."""
    states = [one.state for one in desk.store.releases.publications()]
    assert (states.count("live"), states.count("wanted")) == (1, 0)
    live = desk.live()
    assert live and snapshots.is_whole(desk.state, live)


def test_no_message_is_lost_while_one_version_takes_the_place_of_another(desk: Swapped) -> None:
    first = desk.begun()
    second = desk.add("two")
    done, texts, wrong = threading.Event(), [], []

    def visit() -> None:
        with httpx.Client(base_url=desk.settings.public_url, timeout=30, trust_env=False) as client:
            while not done.is_set():
                chat = Chat(client)
                for _ in range(5):
                    event = chat.ask("slowly")
                    (texts if event["route"] == "answer" else wrong).append(event["text"])

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for one in visitors:
        one.start()
    for wanted in (publish(desk, second), None, None):
        wanted = wanted or back(desk, first if desk.live() == second else second)
        assert desk.wait(wanted).state == "live"
    done.set()
    for one in visitors:
        one.join()

    assert wrong == []
    assert set(texts) == {"from one", "from two"}
    assert desk.answer() == "from two"
    whole(desk)


@pytest.mark.parametrize(("name", "why"), [("broken", "this model cannot be read"), ("unsafe", "Two sentences of the safety")])
def test_what_cannot_be_served_leaves_what_was_live(desk: Swapped, name: str, why: str) -> None:
    first = desk.begun()

    failed = desk.wait(publish(desk, desk.add(name)))

    assert failed.state == "failed" and why in failed.why
    assert desk.live() == first
    assert desk.answer() == "from one"
    assert desk.wait(publish(desk, desk.add("two"))).state == "live"
    assert desk.answer() == "from two"


def test_a_wanted_version_that_does_not_start_gives_way_to_what_was_live_at_the_next_start(desk: Swapped) -> None:
    first = desk.begun()
    desk.end()
    wanted = publish(desk, desk.add("broken"))

    desk.up()

    assert desk.wait(wanted).state == "failed"
    assert desk.answer() == "from one"
    assert desk.live() == first


def test_going_back_restores_the_draft_and_keeps_what_stood_there(desk: Swapped) -> None:
    first = desk.begun()
    before = desk.drafted()
    desk.wait(publish(desk, desk.add("two")))
    desk.write("what nobody published")

    assert desk.wait(back(desk, first)).state == "live"

    assert desk.drafted() == before
    kept = [one.text for one in desk.store.revisions.of("data/answers/topic_0.yml")]
    assert kept == ["one: 1\n", "what nobody published: 1\n"]
    assert desk.answer() == "from one"


def test_a_version_of_an_earlier_program_is_trained_again_when_it_is_gone_back_to(desk: Swapped) -> None:
    first = desk.begun()
    desk.wait(publish(desk, desk.add("two")))
    (desk.root / "config.yml").write_text("one: 2\n", encoding="utf-8")

    assert desk.wait(back(desk, first)).state == "live"

    assert "the program has changed" in desk.said
    assert desk.answer() == "from one"


def test_a_version_that_was_measured_with_an_earlier_program_does_not_go_live(desk: Swapped) -> None:
    desk.begun()
    two = desk.add("two")
    (desk.root / "config.yml").write_text("one: 2\n", encoding="utf-8")

    failed = desk.wait(publish(desk, two))

    assert failed.state == "failed" and "program has changed" in failed.why
    assert desk.answer() == "from one"


@pytest.mark.parametrize("mark", ["helpdesk web", "rasa run"])
def test_what_dies_during_a_swap_is_started_again_and_the_swap_goes_on(desk: Swapped, mark: str) -> None:
    desk.begun()
    wanted = publish(desk, desk.add("large"))
    desk.until(lambda: len(desk.pids("rasa run")) == 2)

    for pid in desk.pids(mark):
        os.kill(pid, signal.SIGKILL)

    assert desk.wait(wanted).state == "live"
    assert desk.answer() == "from large"
    whole(desk)


POINTS = ("loading", "told", "followed", "putting back", "put back", "live")


def test_killed_at_any_point_of_the_way_back_the_next_start_ends_it(desk: Swapped) -> None:
    versions = [desk.begun(), desk.add("two")]
    desk.wait(publish(desk, "two"))
    desk.end()
    desk.up(kill_at=POINTS[0])

    for number, point in enumerate(POINTS):
        desk.answer()
        desk.write(unpublished := f"what nobody published {number}")
        (desk.state / "kill").touch()
        wanted = back(desk, target := versions[number % 2])
        desk.killed()
        desk.up(kill_at=POINTS[(number + 1) % len(POINTS)])

        assert desk.wait(wanted).state == "live", point
        assert desk.answer() == ("from two" if target == "two" else "from one"), point
        release = desk.store.releases.find(target)
        assert release and desk.drafted() == release.snapshot, point
        kept = [one.text for one in desk.store.revisions.of("data/answers/topic_0.yml")]
        assert f"{unpublished}: 1\n" in kept, point
        whole(desk)
