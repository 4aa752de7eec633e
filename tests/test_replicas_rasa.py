"""What `helpdesk rasa` does about publications; its Rasas are stand-ins that are ready when they are told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk import replica_rasa, snapshots
from helpdesk.console import Console
from helpdesk.errors import CommandError
from helpdesk.replica_rasa import RasaReplica
from helpdesk.store.release_rows import Publication
from tests.releases import Register, draft


class Child:
    """A Rasa. `ready`: it has loaded its model."""

    def __init__(self, release: str) -> None:
        self.release = release
        self.running, self.ready, self.deaf, self.age = True, True, False, 100.0
        self.last_lines = ["a last word"]

    @property
    def was_ready(self) -> bool:
        return self.ready

    def stop(self, patience: float = 0.0) -> None:
        self.running = self.ready = False


class Rasa:
    """One `helpdesk rasa`, and what it has started."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.started: list[Child] = []
        self.loads = True
        self.replica = RasaReplica(register.settings, register.store, Console(), self._start)  # type: ignore[arg-type]

    def _start(self, model: Path, port: int) -> Child:
        child = Child(model.parent.name)
        child.ready = self.loads
        self.started.append(child)
        return child

    def tick(self, times: int = 3) -> None:
        for _ in range(times):
            self.replica.tick()

    def serves(self, publication: Publication) -> bool:
        return len(self.register.store.replicas.seen().rasas(publication.id)) == 1

    @property
    def running(self) -> list[str]:
        return [child.release for child in self.started if child.running]


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    async def answers(address: str, secret: str) -> bool:
        return True

    monkeypatch.setattr(replica_rasa, "_answers", answers)
    monkeypatch.setattr(replica_rasa, "LEAVE_SECONDS", 0.0)
    register = Register(tmp_path)
    yield register
    register.close()


def released(register: Register, id: str) -> None:
    draft(register.root, tob1=f"{id}: 1\n")
    register.add(id, gate=[])
    snapshots.seal(register.settings.state, id, register.settings.secrets().signing[0])


def wanted(register: Register, id: str) -> Publication:
    released(register, id)
    live = register.releases.live()
    return register.releases.want(id, staff=None, kind="publish", note="", expected=live.id if live else None)


@pytest.fixture
def live(register: Register) -> Publication:
    released(register, "one")
    return register.bring_live("one")


def test_the_next_version_is_loaded_beside_the_live_one_which_ends_when_it_is_live(register: Register, live: Publication) -> None:
    rasa = Rasa(register)
    rasa.tick()
    two = wanted(register, "two")
    rasa.tick()
    both = rasa.serves(live), rasa.serves(two), rasa.running
    register.releases.went_live(two.id)
    rasa.tick()
    for thread in threading.enumerate():
        if thread.name == "leaving":
            thread.join()

    assert both == (True, True, ["one", "two"])
    assert not rasa.serves(live) and rasa.serves(two)
    assert rasa.running == ["two"]


def test_what_has_not_loaded_is_not_said_to_be_ready(register: Register, live: Publication) -> None:
    rasa = Rasa(register)
    rasa.tick()
    rasa.loads = False
    two = wanted(register, "two")
    rasa.tick()

    assert rasa.serves(live) and not rasa.serves(two)


def test_a_rasa_that_dies_is_started_again_and_not_asked_meanwhile(
    register: Register, live: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpdesk.kept.Kept.PAUSES", (0.0,))
    rasa = Rasa(register)
    rasa.tick()
    rasa.started[0].stop()
    rasa.tick(1)
    meanwhile: Any = rasa.serves(live)
    rasa.tick()

    assert (meanwhile, rasa.serves(live), len(rasa.started)) == (False, True, 2)


@pytest.mark.parametrize("what", ["another model", "another program", "no files"])
def test_what_is_not_ours_is_refused_before_it_is_loaded(register: Register, live: Publication, what: str) -> None:
    rasa = Rasa(register)
    rasa.tick()
    two = wanted(register, "two")
    state = register.settings.state
    if what == "another model":
        snapshots.archive(state, "two").write_bytes(b"not what was made")
    elif what == "another program":
        snapshots.note_code(state, "two", "0" * 64)
    else:
        snapshots.archive(state, "two").unlink()
    rasa.tick()

    assert register.store.replicas.seen().refusal(two.id)
    assert rasa.running == ["one"] and rasa.serves(live)


def test_where_what_is_live_cannot_be_served_it_ends_with_a_sentence(register: Register, live: Publication) -> None:
    snapshots.archive(register.settings.state, "one").write_bytes(b"not what was made")

    with pytest.raises(CommandError, match="Version one, which is live, cannot be served"):
        Rasa(register).tick()
