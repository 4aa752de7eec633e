"""Several web processes and Rasas on one ledger, behind nginx: what one does the others show, and any of them may die."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from helpdesk import snapshots
from helpdesk.handoff import navigator_event
from helpdesk.staff_site import COOKIE
from helpdesk.words import words
from tests.desk import begin_session
from tests.postgres import Postgres
from tests.replicas import Place, client, place
from tests.visitors import Visitor, run_all
from tests.web import Chat


@pytest.fixture(scope="module")
def many(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("replicas"), postgres.new()) as made:
        yield made


@pytest.fixture
def chat(many: Place) -> Iterator[Chat]:
    with client(many.url) as through_nginx:
        yield Chat(through_nginx)


def staff_of(many: Place, name: str) -> tuple[Any, dict[str, str]]:
    """Add a navigator who is signed in; return them and their cookie."""
    staff = many.store.staff.add(f"{name.lower()}@example.org", name, ["navigator"])
    cookie = begin_session(_App(many), staff)
    many.store.staff.set_duty(staff.id, True)
    many.store.staff.seen(staff.id)
    return staff, {"Cookie": f"{COOKIE}={cookie}", "Accept": "text/html"}


class _App:
    """What `begin_session` needs of a help desk."""

    def __init__(self, many: Place) -> None:
        self.state = type("State", (), {"desk": many})


def versions(chat: Chat, many: Place) -> list[str]:
    """Ask each web process the same; return the text of the model that answered."""
    found = []
    for number in range(len(many.ports)):
        with client(many.web(number)) as one:
            chat.client = one
            found.append(str(chat.ask("hello")["text"]).partition(":")[0])
    return found


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def read(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """Yield what a stream brings, with the number where it has one."""
    found: dict[str, Any] = {}
    for line in response.iter_lines():
        if line.startswith("id: "):
            found = {"id": int(line[4:])}
        elif line.startswith("data: "):
            yield {**json.loads(line[6:]), **found}
            found = {}


def test_a_stream_at_one_process_brings_what_is_sent_to_the_other(many: Place, chat: Chat) -> None:
    with client(many.web(0)) as here, client(many.web(1)) as there:
        with here.stream("GET", f"{chat.path}/events", headers={**chat.headers, "Accept": "text/event-stream"}) as response:
            found = read(response)
            seen = [next(found)]
            chat.client = there
            chat.send("hello")
            while len([one for one in seen if "id" in one]) < 3:
                seen.append(next(found))

    assert [one["id"] for one in seen if "id" in one] == [1, 2, 3]
    # It is never stored: it can only have come from the other process itself.
    assert [one["kind"] for one in seen if "id" not in one] == ["typing"]


def test_a_visitor_and_a_navigator_at_different_processes_talk(many: Place, chat: Chat) -> None:
    staff, cookie = staff_of(many, "Ana")
    with client(many.web(0)) as here, client(many.web(1)) as there:
        chat.client = here
        assert chat.post("handoff", {}).json() == {"owner": "waiting"}
        with there.stream("GET", f"/desk/c/{chat.id}/stream", headers={**cookie, "Accept": "text/event-stream"}) as desk:
            found = read(desk)
            next(found)
            chat.send("is anybody there?")
            said = next(one for one in found if one.get("author") == "visitor" and "id" in one)
        many.store.handoffs.claim(chat.id, staff, navigator_event(words(), "joined", "Ana"))

        assert said["text"] == "is anybody there?"
        assert "is anybody there?" in there.get(f"/desk/c/{chat.id}", headers=cookie).text
        assert chat.send("hello Ana").json()["owner"] == "navigator"


def test_all_processes_change_to_what_is_published_and_none_goes_back(many: Place, chat: Chat) -> None:
    before = versions(chat, many)
    wanted = many.add("second")
    many.wait_for(wanted)
    said: list[list[str]] = [versions(chat, many)]
    wait_until(lambda: said.append(versions(chat, many)) or said[-1] == ["second", "second"])  # type: ignore[func-returns-value]

    assert before == ["first", "first"]
    for number in range(2):
        one = [found[number] for found in said]
        assert one == sorted(one)  # first … first, second … second


def test_what_one_replica_cannot_serve_goes_live_nowhere(many: Place, chat: Chat) -> None:
    before = versions(chat, many)
    wanted = many.add("third")
    shutil.rmtree(snapshots.folder(many.settings.state, wanted.release))
    many.wait_for(wanted, "failed")

    found = many.store.releases.publication(wanted.id)
    assert found and "files are not there" in found.why
    assert versions(chat, many) == before


def test_nothing_is_lost_or_doubled_while_each_part_is_killed_in_turn(many: Place, postgres: Postgres) -> None:
    visitors = [Visitor(many.url, 15, pause=0.3, seed=number) for number in range(6)]
    over = threading.Event()

    problems: list[str] = []

    def hurt() -> None:
        try:
            for program in (many.webs[1], many.rasas[0], many.webs[0]):
                program.kill()
                over.wait(0.4)
                program.start()
                program.wait()
                many.nginx.reload()
            postgres.kill()
            postgres.start()
        except BaseException as error:
            problems.append(str(error))

    hurting = threading.Thread(target=hurt)
    hurting.start()
    tally = run_all(visitors)
    over.set()
    hurting.join()

    assert problems == []
    assert tally.clean, tally
    assert (tally.conversations, tally.messages) == (6, 90)


def test_a_stream_goes_on_while_nginx_is_reloaded(many: Place, chat: Chat) -> None:
    with chat.client.stream("GET", f"{chat.path}/events", headers={**chat.headers, "Accept": "text/event-stream"}) as response:
        lines = response.iter_lines()
        assert "retry" in next(lines)
        many.nginx.reload()
        with client(many.url) as other:
            wait_until(lambda: other.get("/nginx-health").status_code == 200)
            chat.client = other
            seq = chat.send("after the reload").json()["seq"]
            seen = next(line for line in lines if line == f"id: {seq + 1}")

    assert seen


def test_a_process_that_is_stopped_ends_its_streams_and_is_not_waited_for(many: Place, chat: Chat) -> None:
    with client(many.web(1)) as there:
        with there.stream("GET", f"{chat.path}/events", headers={**chat.headers, "Accept": "text/event-stream"}) as response:
            lines = response.iter_lines()
            assert "retry" in next(lines)
            many.webs[1].stop()
            list(lines)  # it ends, and cleanly
    wanted = many.add("fourth")
    wait_until(lambda: getattr(many.store.releases.publication(wanted.id), "state", "") == "live")
    many.webs[1].start()
    many.webs[1].wait()

    wait_until(lambda: versions(chat, many) == ["fourth", "fourth"])
