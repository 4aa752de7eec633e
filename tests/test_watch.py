"""The watch after a publication: when it goes back by itself, and when not."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.conversation import greeting, message_of
from helpdesk.handoff import line_event
from helpdesk.message import Incoming, visitor_event
from helpdesk.store import Outcome
from helpdesk.store.queue_rows import Asking
from helpdesk.watch import Watch
from helpdesk.words import words
from tests.releases import Register

DAY = 86_400.0
WORDS = words()


class Watched(Register):
    """One release that was live for a week, and one that was published just now."""

    def __init__(self, folder: Path, **environ: str) -> None:
        super().__init__(folder, **environ)
        self.watch = Watch(self.store, self.settings, self.clock)
        self.add("one")
        self.add("two", gate=[])
        self.bring_live("one")
        self.clock.now += 6 * DAY

    def publish(self) -> None:
        self.clock.now += 60
        self.published = self.bring_live("two", "publish")

    def say(self, *routes: str, asked: int = 0) -> None:
        """Hold a conversation for each route, whose only reply has it; in the first of them a person is asked for."""
        for number, route in enumerate(routes):
            conversation = uuid.uuid4().hex
            ledger, turns = self.store.ledger, self.store.turns
            ledger.start(conversation, token_hash="h", token_key="k", first=greeting(WORDS))
            incoming = Incoming(str(uuid.uuid4()), "hello")
            turn = ledger.accept(conversation, incoming, visitor_event(incoming, WORDS), digest="d").turn
            assert turn
            turns.finish(turn, Outcome(event=message_of(route, "said", WORDS)))
            if number < asked:
                asking = Asking("asked", False, 0.0, 60.0, lambda line: line_event(WORDS, ""))
                self.store.handoffs.ask(conversation, asking, line_event(WORDS, ""))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.close()


def test_more_misses_than_before_bring_the_version_before_back(watched: Watched) -> None:
    watched.say(*["answer"] * 38, *["miss"] * 2)
    watched.publish()
    watched.say(*["answer"] * 15, *["miss"] * 4, "down")
    watched.clock.now += 300

    back = watched.watch.look()

    assert back and back == watched.releases.wanted()
    assert (back.release, back.kind, back.staff) == ("one", "auto", None)
    assert "5 of 20" in back.note and "25 %" in back.note and "5 %" in back.note
    assert watched.watch.look() is None
    watched.releases.went_live(back.id)
    assert ("notify:1", "model.rolled_back") in watched.told()
    assert watched.store.audit.rows(1)[0]["action"] == "release.rolled_back"
    assert watched.watch.look() is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["answer"] * 40, ["answer"] * 10 + ["miss"] * 9),  # fewer than 20 replies
        (["answer"] * 40, ["answer"] * 16 + ["miss"] * 4),  # fewer than five misses
        (["answer"] * 40, ["answer"] * 40 + ["miss"] * 6),  # not so much above
        (["answer"] * 30 + ["miss"] * 10, ["answer"] * 14 + ["miss"] * 6),  # as before
        (["answer"] * 10, ["answer"] * 10 + ["miss"] * 20),  # nothing to compare with
    ],
)
def test_without_reason_it_stays(watched: Watched, before: list[str], after: list[str]) -> None:
    watched.say(*before)
    watched.publish()
    watched.say(*after)
    watched.clock.now += 60

    assert watched.watch.look() is None


def test_more_wishes_for_a_person_bring_it_back(watched: Watched) -> None:
    watched.say(*["answer"] * 40, asked=4)
    watched.publish()
    watched.say(*["answer"] * 20, asked=6)
    watched.clock.now += 60

    back = watched.watch.look()

    assert back and "In 6 of 20 conversations" in back.note


def test_after_so_many_minutes_it_looks_no_longer(watched: Watched) -> None:
    watched.say(*["answer"] * 40)
    watched.publish()
    watched.say(*["miss"] * 20)
    watched.clock.now += 16 * 60

    assert watched.watch.look() is None


def test_a_first_publication_and_a_way_back_are_not_watched(watched: Watched) -> None:
    watched.say(*["answer"] * 40)
    watched.publish()
    watched.clock.now += 60
    watched.bring_live("one", "rollback")
    watched.say(*["miss"] * 30)

    assert watched.watch.look() is None


def test_while_something_else_is_on_its_way_it_waits(watched: Watched) -> None:
    watched.say(*["answer"] * 40)
    watched.publish()
    watched.say(*["miss"] * 20)
    watched.add("three", gate=[])
    watched.releases.want("three", staff=None, kind="publish", note="", expected=watched.published.id)

    assert watched.watch.look() is None


def test_the_limit_is_a_setting(tmp_path: Path) -> None:
    watched = Watched(tmp_path, HELPDESK_WATCH_POINTS="60")
    watched.say(*["answer"] * 40)
    watched.publish()
    watched.say(*["answer"] * 10, *["miss"] * 10)

    assert watched.watch.look() is None
    watched.close()
