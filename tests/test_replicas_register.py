"""What several machines agree on through the ledger: a version is live when everybody who is there is ready for it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk import app, replica_rasa, snapshots
from helpdesk.errors import CommandError, SettingsError
from helpdesk.live import Live, content_root
from helpdesk.replica_web import READY_SECONDS, WebReplica
from helpdesk.settings import read_settings
from helpdesk.store.release_rows import Publication
from helpdesk.store.replicas import ALIVE_SECONDS, RASA, WEB, Ready
from tests.releases import Register, draft


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    register = Register(tmp_path)
    yield register
    register.close()


class Web:
    """One web process; `asked` are the addresses and the parts that it changed to, in order."""

    def __init__(self, register: Register, *, problem: Exception | None = None, decides: bool = True) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.put_back: list[str] = []
        self.problem = problem
        self.replica: WebReplica[str] = WebReplica(
            register.store,
            register.settings.state,
            register.root,
            prepare=self._prepare,
            switch=lambda live, parts: self.asked.append((live.rasa, parts)),
            put_back=(lambda wanted: self.put_back.append(wanted.release)) if decides else None,
        )

    def _prepare(self, root: Path) -> str:
        if self.problem:
            raise self.problem
        return f"the net of {root.parent.name}"

    def look(self, times: int = 1) -> None:
        async def looks() -> None:
            for _ in range(times):
                await self.replica.look()
                await asyncio.gather(*self.replica.preparing.values())

        asyncio.run(looks())

    @property
    def followed(self) -> Live | None:
        return self.replica.followed


def wanted(register: Register, id: str = "two", kind: str = "publish") -> Publication:
    draft(register.root, tob1=f"{id}: 1\n")
    register.add(id, gate=[])
    live = register.releases.live()
    return register.releases.want(id, staff=None, kind=kind, note="", expected=live.id if live else None)


def rasa(register: Register, name: str, *publications: Publication, refused: str | None = None) -> None:
    ready = {one.id: Ready(f"http://{name}", refused) for one in publications}
    register.store.replicas.beat(name, RASA, ready)


@pytest.fixture
def live(register: Register) -> Publication:
    register.add("one")
    return register.bring_live("one")


@pytest.mark.databases
def test_what_everybody_is_ready_for_goes_live_and_is_followed_with_its_parts(register: Register, live: Publication) -> None:
    web = Web(register)
    rasa(register, "a", live)
    web.look()
    two = wanted(register)
    rasa(register, "a", live, two)
    rasa(register, "b", two)
    web.look(5)

    found = register.releases.live()
    assert found and found.id == two.id
    assert web.asked == [("http://a", None), ("http://a http://b", "the net of two")]


@pytest.mark.databases
def test_who_is_not_ready_is_waited_for_and_who_is_gone_is_not(register: Register, live: Publication) -> None:
    web, two = Web(register), wanted(register)
    rasa(register, "a", live, two)
    rasa(register, "b", live)
    web.look(5)
    waited = register.releases.wanted()
    register.clock.now += ALIVE_SECONDS + 1
    rasa(register, "a", live, two)
    web.replica.beat_at = 0.0
    web.look(5)

    assert waited and waited.id == two.id
    found = register.releases.live()
    assert found and found.id == two.id


@pytest.mark.databases
def test_without_any_rasa_nothing_goes_live(register: Register, live: Publication) -> None:
    web, two = Web(register), wanted(register)
    web.look(5)

    assert register.releases.wanted() == two and web.asked == []


@pytest.mark.databases
@pytest.mark.parametrize("who", ["rasa", "web", "files"])
def test_what_one_refuses_fails_with_its_reason_and_what_was_live_is_asked_on(
    register: Register, live: Publication, who: str
) -> None:
    web = Web(register, problem=ValueError("The net fails its own sentences.") if who == "web" else None)
    rasa(register, "a", live)
    web.look()
    two = wanted(register)
    if who == "files":
        shutil.rmtree(snapshots.folder(register.settings.state, "two"))
    rasa(register, "a", live, two, refused="Rasa does not start with it." if who == "rasa" else None)
    rasa(register, "b", live)
    web.look(5)

    failed = register.releases.publication(two.id)
    expected = {"rasa": "does not start", "web": "its own sentences", "files": "files are not there"}[who]
    assert failed and failed.state == "failed" and expected in failed.why
    assert register.releases.live() == live and web.followed and web.followed.release == "one"


@pytest.mark.databases
def test_what_somebody_is_never_ready_for_fails_after_a_while(register: Register, live: Publication) -> None:
    web, two = Web(register), wanted(register)
    register.clock.now += READY_SECONDS + 1
    rasa(register, "a", live)
    web.look(5)

    failed = register.releases.publication(two.id)
    assert failed and failed.state == "failed" and "rasa" in failed.why


@pytest.mark.databases
def test_only_the_process_with_the_draft_decides(register: Register, live: Publication) -> None:
    web, two = Web(register, decides=False), wanted(register)
    rasa(register, "a", live, two)
    web.look(5)

    assert register.releases.wanted() == two


@pytest.mark.databases
def test_a_way_back_puts_the_draft_back_first(register: Register, live: Publication) -> None:
    web = Web(register)
    rasa(register, "a", live)
    two = wanted(register)
    rasa(register, "a", live, two)
    web.look(5)
    back = register.releases.want("one", staff=None, kind="rollback", note="", expected=two.id)
    rasa(register, "a", two, back)
    web.look(5)

    found = register.releases.live()
    assert found and found.id == back.id
    assert web.put_back == ["one"]
    assert web.followed and web.followed.release == "one" and web.asked[-1] == ("http://a", "the net of one")


@pytest.mark.databases
def test_the_rasas_that_serve_what_is_live_are_asked_as_they_come_and_go(register: Register, live: Publication) -> None:
    web = Web(register)
    for names in (("a",), ("a", "b"), ("b",), ()):
        for name in ("a", "b"):
            register.store.replicas.leave(name)
        for name in names:
            rasa(register, name, live)
        web.look()

    # Where none gives a sign of life, the last ones are asked on: it may be the ledger's fault.
    assert [address for address, _ in web.asked] == ["http://a", "http://a http://b", "http://b"]


@pytest.mark.databases
def test_a_replica_that_leaves_is_forgotten_at_once(register: Register, live: Publication) -> None:
    rasa(register, "a", live)
    register.store.replicas.beat("w", WEB, {live.id: Ready()})
    register.store.replicas.leave("a")

    seen = register.store.replicas.seen()
    assert seen.rasas(live.id) == () and seen.missing(live.id) == ["rasa"]


@pytest.mark.databases
def test_a_process_without_the_files_of_what_is_live_does_not_start(register: Register, live: Publication) -> None:
    shutil.rmtree(snapshots.folder(register.settings.state, "one"))
    settings: Any = type(register.settings)(**{**vars(register.settings), "rasa_url": ""})

    with pytest.raises(SettingsError, match="share that folder"):
        content_root(settings, register.store)


def test_several_machines_must_be_given_what_they_share(tmp_path: Path) -> None:
    settings = read_settings({"HELPDESK_STATE": str(tmp_path), "HELPDESK_DATABASE_URL": "postgresql://db/helpdesk"})

    for start in (lambda: app.serve(settings, "", ""), lambda: replica_rasa.serve(settings)):
        with pytest.raises(SettingsError, match="HELPDESK_SECRET_KEY, HELPDESK_CALLBACK_KEY, HELPDESK_RASA_SECRET: not given"):
            start()


def test_one_machine_needs_no_rasa_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="helpdesk up"):
        replica_rasa.serve(read_settings({"HELPDESK_STATE": str(tmp_path)}))
