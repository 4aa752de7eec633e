"""What goes to the outside: signed webhooks and notifications, until they went, and nothing personal in any of them."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from helpdesk import outward, outward_targets
from helpdesk.conversation import callback_event, greeting
from helpdesk.errors import SettingsError, StoreUnavailable
from helpdesk.forms import Callback, without_details
from helpdesk.handoff import ended_event, line_event, navigator_event, navigator_message, waiting_event
from helpdesk.message import Incoming, visitor_event
from helpdesk.metrics import Metrics
from helpdesk.outward import Outward
from helpdesk.settings import Settings, read_settings
from helpdesk.store import Store
from helpdesk.store.audit import subject_of
from helpdesk.store.outbox import KEPT_SECONDS, LEASE_SECONDS, PAUSES, forget_out, queue_out
from helpdesk.store.queue_rows import Asking
from helpdesk.words import words
from tests.clock import Clock

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret between two programs".replace(" ", "-")
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
KINDS = ("handoff.requested", "handoff.claimed", "handoff.closed", "callback.created")


class Receiver:
    """A program that is told things: it keeps what came, and answers as it was told to."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.wait = threading.Event()  # cleared: nobody is answered until it is set
        self.wait.set()
        self.location = ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                receiver.wait.wait(20)
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                pass  # whoever asked has gone

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.notify = f"json://desk:s3cret-of-the-desk@127.0.0.1:{self.port}/people"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.got]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.got]

    def close(self) -> None:
        self.wait.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward, "LOOK_SECONDS", 0.01)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture
def receivers() -> Iterator[Callable[[], Receiver]]:
    opened: list[Receiver] = []

    def more() -> Receiver:
        opened.append(Receiver())
        return opened[-1]

    yield more
    for receiver in opened:
        receiver.close()


@pytest.fixture
def receiver(receivers: Callable[[], Receiver]) -> Receiver:
    return receivers()


def settings_of(folder: Path, *hooks: str, notify: str = "", **env: str) -> Settings:
    return read_settings(
        {
            "HELPDESK_STATE": str(folder),
            "HELPDESK_PUBLIC_URL": "https://chat.example.org",
            "HELPDESK_WEBHOOKS": ",".join(hooks),
            "HELPDESK_WEBHOOK_SECRET": SECRET,
            "HELPDESK_NOTIFY": notify,
            **env,
        }
    )


@pytest.fixture
def opened(clock: Clock) -> Iterator[Callable[[Settings], Store]]:
    stores: list[Store] = []

    def open_store(settings: Settings) -> Store:
        settings.prepare()
        stores.append(Store(settings.database_url, [KEY], clock=clock, targets=settings.targets))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


def tell(store: Store, kind: str, conversation: str = "c0ffee") -> None:
    with store.database.write() as db:
        store.outbox.tell(db, kind, conversation, store.outbox.clock())


def rows(store: Store) -> list[dict[str, Any]]:
    with store.database.read() as db:
        return [dict(row) for row in db.all("SELECT * FROM outbox ORDER BY at, target")]


def states(store: Store) -> list[str]:
    return [row["state"] for row in rows(store)]


def run(*running: Outward, until: Callable[[], bool]) -> None:
    """Let them send until it has come to that, then stop them."""

    async def main() -> None:
        for one in running:
            one.open()
        end = time.monotonic() + 20
        while not until() and time.monotonic() < end:
            assert not any(one.task.done() for one in running if one.task)
            await asyncio.sleep(0.01)
        for one in running:
            await one.close()

    asyncio.run(main())
    assert until()


def the_check_of_the_docs() -> Callable[..., bool]:
    page = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0], names)
    check: Callable[..., bool] = names["is_ours"]
    return check


class Headers(dict[str, str]):
    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())


def is_ours(got: tuple[str, dict[str, str], bytes], secret: str = SECRET, body: bytes | None = None) -> bool:
    return the_check_of_the_docs()(Headers(got[1]), body or got[2], secret)


# ---- webhooks


def test_a_webhook_says_what_happened_to_which_conversation_and_where_to_see_it(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path, receiver.url)
    store = opened(settings)
    for kind in KINDS:
        tell(store, kind, "c0ffee")
    run(Outward(store, settings, Metrics(), clock), until=lambda: states(store) == ["sent"] * 4)

    assert {path for path, _, _ in receiver.got} == {"/hook"}
    assert sorted(body["kind"] for body in receiver.bodies()) == sorted(KINDS)
    for body, id in zip(receiver.bodies(), receiver.ids(), strict=True):
        assert set(body) == {"id", "kind", "at", "data"} and body["id"] == id
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["at"])
        assert body["data"] == {
            "conversation": subject_of("c0ffee"),
            "link": "https://chat.example.org/desk/c/c0ffee",
            "at": body["at"],
        }


def test_the_check_in_the_docs_knows_our_webhooks_from_others(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path, receiver.url)
    store = opened(settings)
    tell(store, "handoff.requested")
    run(Outward(store, settings, Metrics(), clock), until=lambda: states(store) == ["sent"])
    (got,) = receiver.got

    assert is_ours(got)
    assert not is_ours(got, secret="another secret, quite as long")
    assert not is_ours(got, body=got[2].replace(b"requested", b"claimed"))
    assert not is_ours((got[0], {**got[1], "webhook-timestamp": "1700000000"}, got[2]))


def test_a_secret_can_be_changed_while_receivers_still_know_the_old_one(tmp_path, receiver, opened, clock):
    new = "whsec_" + base64.b64encode(b"\x00\xff" * 16).decode()
    settings = settings_of(tmp_path, receiver.url, HELPDESK_WEBHOOK_SECRET=f"{new} {SECRET}")
    store = opened(settings)
    tell(store, "handoff.closed")
    run(Outward(store, settings, Metrics(), clock), until=lambda: states(store) == ["sent"])

    assert is_ours(receiver.got[0], secret=new) and is_ours(receiver.got[0], secret=SECRET)


def test_one_that_is_down_is_tried_again_after_growing_pauses_and_given_up_and_holds_up_no_other(
    tmp_path, receivers, opened, clock, caplog
):
    down, well = receivers(), receivers()
    down.status = 500
    metrics = Metrics()
    settings = settings_of(tmp_path, down.url, well.url)
    store = opened(settings)
    tell(store, "handoff.requested")

    def counted(outcome: str) -> int:
        return metrics.counts["outward", f'outcome="{outcome}",way="webhook"']

    for tries, pause in enumerate(PAUSES, 1):
        # The other one is left on its way if the run ends with the first failure.
        run(
            Outward(store, settings, metrics, clock),
            until=lambda: counted("failed") == tries and states(store)[1] == "sent",  # noqa: B023
        )
        assert rows(store)[0]["next_at"] == clock.now + pause
        clock.now += pause - 1
        assert store.outbox.due(10) == []
        clock.now += 1
    run(Outward(store, settings, metrics, clock), until=lambda: counted("given_up") == 1)

    assert states(store) == ["given_up", "sent"]
    assert (len(down.got), len(well.got)) == (len(PAUSES) + 1, 1)
    assert len(set(down.ids())) == 1 and is_ours(down.got[0])
    assert 'helpdesk_outward_total{outcome="given_up",way="webhook"} 1' in metrics.render()
    assert [record for record in caplog.records if record.levelno == logging.ERROR and "webhook:1" in record.getMessage()]


def test_one_that_is_slow_is_not_waited_for_and_holds_up_no_other(tmp_path, receivers, opened, clock, monkeypatch):
    slow, well = receivers(), receivers()
    slow.wait.clear()
    settings = settings_of(tmp_path, slow.url, well.url)
    store = opened(settings)
    for kind in KINDS:
        tell(store, kind)

    run(Outward(store, settings, Metrics(), clock), until=lambda: len(well.got) == 4)
    assert [row["tries"] for row in rows(store) if row["target"] == "webhook:1"] == [0] * 4

    monkeypatch.setattr(outward_targets, "WEBHOOK_SECONDS", 0.2)
    clock.now += LEASE_SECONDS
    run(Outward(store, settings, Metrics(), clock), until=lambda: [row["tries"] for row in rows(store)] == [1] * 8)

    assert {row["state"] for row in rows(store) if row["target"] == "webhook:1"} == {"open"}


def test_a_redirect_is_not_followed(tmp_path, receivers, opened, clock):
    first, second = receivers(), receivers()
    first.status, first.location = 307, second.url
    settings = settings_of(tmp_path, first.url, notify=first.notify)
    store = opened(settings)
    tell(store, "handoff.requested")
    run(Outward(store, settings, Metrics(), clock), until=lambda: [row["tries"] for row in rows(store)] == [1, 1])

    assert states(store) == ["open", "open"]
    assert (len(first.got), second.got) == (2, [])


def test_one_that_is_not_there_at_all_is_tried_again(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path, receiver.url, notify=receiver.notify)
    receiver.close()
    store = opened(settings)
    tell(store, "callback.created")
    run(Outward(store, settings, Metrics(), clock), until=lambda: [row["tries"] for row in rows(store)] == [1, 1])

    assert states(store) == ["open", "open"]


# ---- notifications


def test_people_are_told_of_what_waits_for_them_by_a_link_and_of_nothing_else(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path, notify=receiver.notify)
    store = opened(settings)
    for kind in KINDS:
        tell(store, kind, "c0ffee")
    run(Outward(store, settings, Metrics(), clock), until=lambda: states(store) == ["sent"] * 2)

    said = words().outward
    link = "https://chat.example.org/desk/c/c0ffee"
    assert sorted((body["title"], body["message"]) for body in receiver.bodies()) == sorted(
        (said[kind]["title"], said[kind]["text"].format(link=link)) for kind in ("handoff.requested", "callback.created")
    )


def test_a_notification_that_fails_is_tried_again(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path, notify=receiver.notify)
    store = opened(settings)
    receiver.status = 503
    tell(store, "callback.created")
    run(Outward(store, settings, Metrics(), clock), until=lambda: rows(store)[0]["tries"] == 1)
    assert rows(store)[0]["next_at"] == clock.now + PAUSES[0]

    receiver.status = 200
    clock.now += PAUSES[0]
    run(Outward(store, settings, Metrics(), clock), until=lambda: states(store) == ["sent"])
    assert len(receiver.got) == 2


def test_a_notification_that_hangs_is_not_waited_for(tmp_path, receivers, opened, clock, monkeypatch):
    monkeypatch.setattr(outward_targets, "NOTIFY_SECONDS", 0.5)
    slow, well = receivers(), receivers()
    slow.wait.clear()
    settings = settings_of(tmp_path, well.url, notify=f"{slow.notify} {well.notify}")
    store = opened(settings)
    tell(store, "handoff.requested")

    def judged() -> bool:
        if len(well.got) == 2:
            return rows(store)[0]["tries"] == 1
        return False

    run(Outward(store, settings, Metrics(), clock), until=judged)
    slow.wait.set()

    assert [(row["target"], row["state"]) for row in rows(store)] == [
        ("notify:1", "open"),
        ("notify:2", "sent"),
        ("webhook:1", "sent"),
    ]


def test_notifications_that_hang_do_not_pile_up(tmp_path, receiver, opened, clock, monkeypatch):
    monkeypatch.setattr(outward_targets, "NOTIFY_SECONDS", 0.1)
    receiver.wait.clear()
    settings = settings_of(tmp_path, notify=receiver.notify)
    store = opened(settings)
    for _ in range(outward_targets.THREADS + 4):
        tell(store, "handoff.requested")
    run(Outward(store, settings, Metrics(), clock), until=lambda: all(row["tries"] for row in rows(store)))

    assert len(receiver.got) <= outward_targets.THREADS and set(states(store)) == {"open"}


# ---- nothing personal, nothing secret


def a_whole_handoff(store: Store) -> str:
    """A visitor asks for a person, is joined, answered, leaves a number, and the chat is closed."""
    conversation = uuid.uuid4().hex
    store.ledger.start(conversation, token_hash="h", token_key="k", first=greeting(words()))
    incoming = Incoming(str(uuid.uuid4()), "My name is Marigold Quimby, I take ocrelizumab")
    store.ledger.accept(conversation, incoming, visitor_event(incoming, words()), digest="d")
    ana = store.staff.add("ana@example.org", "Anastasia", ["navigator"])
    store.staff.set_duty(ana.id, True)
    store.staff.seen(ana.id)
    asking = Asking("asked", True, 0.0, 60.0, lambda line: waiting_event(words(), "asked", line.place, line.usual_wait_s))
    assert store.handoffs.ask(conversation, asking, line_event(words(), None)) == "waiting"
    store.handoffs.claim(conversation, ana, navigator_event(words(), "joined", ana.name))
    said = navigator_message(ana.name, "Hello Marigold, I will call you on Tuesday.", str(uuid.uuid4()))
    store.handoffs.reply(conversation, ana, said, digest="d")
    callback = Callback("Marigold Quimby", "+12025550143", "Tuesday", "ocrelizumab")
    after = store.handoffs.after_callback(ended_event(words(), "called_back"))
    store.callbacks.add(conversation, callback, event=callback_event(without_details(callback), words()), after=after)
    store.handoffs.close(conversation, ana, "answered", ended_event(words(), "closed", ana.name))
    return conversation


def test_a_whole_handoff_is_told_and_no_body_holds_anything_that_anybody_said(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path, receiver.url, notify=receiver.notify)
    store = opened(settings)
    conversation = a_whole_handoff(store)
    run(Outward(store, settings, Metrics(), clock), until=lambda: set(states(store)) == {"sent"})

    told = [body["kind"] for body in receiver.bodies() if "kind" in body]
    assert sorted(told) == sorted(KINDS) and len(receiver.got) == 6
    everything = "\n".join(f"{path} {headers} {body.decode()}" for path, headers, body in receiver.got)
    for personal in ("Marigold", "Quimby", "ocrelizumab", "2025550143", "Tuesday", "Anastasia", "ana@example.org"):
        assert personal not in everything
    links = set(re.findall(rf"\S*{conversation}", everything.replace('"', " ")))
    assert links == {f"https://chat.example.org/desk/c/{conversation}"}


def test_no_address_and_no_secret_reaches_a_log(tmp_path, receivers, opened, clock, caplog):
    from helpdesk.logs import set_up

    set_up("debug")
    caplog.set_level(logging.DEBUG)
    well, down = receivers(), receivers()
    down.status = 500
    settings = settings_of(
        tmp_path, f"{well.url}/t0ken-in-a-path", f"{down.url}/t0ken-in-a-path", notify=f"{well.notify} {down.notify}"
    )
    store = opened(settings)
    tell(store, "handoff.requested")
    run(Outward(store, settings, Metrics(), clock), until=lambda: [row["tries"] for row in rows(store)] == [1] * 4)

    assert len(well.got) == 2 and len(down.got) == 2 and caplog.records
    for secret in ("t0ken", "s3cret", SECRET, "/hook", "/people", "c0ffee"):
        assert secret not in caplog.text


def test_what_was_told_of_a_conversation_does_not_stay(tmp_path, receivers, opened, clock):
    well, down = receivers(), receivers()
    down.status = 500
    settings = settings_of(tmp_path, well.url, down.url)
    store = opened(settings)
    tell(store, "handoff.closed", "c0ffee")
    tell(store, "handoff.closed", "another")
    run(Outward(store, settings, Metrics(), clock), until=lambda: [row["tries"] for row in rows(store)] == [1] * 4)
    with store.database.write() as db:
        forget_out(db, "c0ffee")

    assert "c0ffee" not in str(rows(store)) and subject_of("c0ffee") not in str(rows(store))
    assert [row["state"] for row in rows(store) if "another" in row["body"]] == ["open"]


# ---- the outbox


@pytest.mark.databases
def test_what_was_rolled_back_is_told_to_nobody(tmp_path, opened):
    store = opened(settings_of(tmp_path, "http://127.0.0.1:9/hook"))
    with pytest.raises(RuntimeError), store.database.write() as db:
        store.outbox.tell(db, "handoff.requested", "c0ffee", 1.0)
        raise RuntimeError

    assert rows(store) == []


def test_each_target_has_its_own_row_and_none_no_row(tmp_path, opened, clock):
    store = opened(settings_of(tmp_path))
    with store.database.write() as db:
        queue_out(db, at=clock.now, kind="handoff.claimed", data={}, targets=["webhook:1", "webhook:2", "notify:1"])
        queue_out(db, at=clock.now, kind="handoff.requested", data={}, targets=store.outbox.targets)

    assert [row["target"] for row in rows(store)] == ["webhook:1", "webhook:2"]


@pytest.mark.databases
def test_a_row_is_leased_to_one_at_a_time_and_its_result_counts_once(tmp_path, opened, clock):
    settings = settings_of(tmp_path, "http://127.0.0.1:9/hook")
    one, other = opened(settings), opened(settings)
    tell(one, "handoff.claimed")
    (out,) = one.outbox.due(10)
    assert other.outbox.due(10) == []

    clock.now += LEASE_SECONDS
    assert [again.id for again in other.outbox.due(10)] == [out.id]
    other.outbox.failed(out.id, 1)
    clock.now += 3
    one.outbox.failed(out.id, 1)
    assert rows(one)[0]["next_at"] == clock.now - 3 + PAUSES[0]

    other.outbox.sent(out.id)
    one.outbox.failed(out.id, 2)
    assert states(one) == ["sent"]


@pytest.mark.databases
def test_old_rows_go(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path)
    store = opened(settings)
    with store.database.write() as db:
        for at in (clock.now - KEPT_SECONDS - 1, clock.now - 1):
            queue_out(db, at=at, kind="handoff.closed", data={}, targets=["webhook:7"])
    run(Outward(store, settings, Metrics(), clock), until=lambda: len(rows(store)) == 1)

    assert rows(store)[0]["at"] == clock.now - 1


def test_two_processes_on_one_ledger_never_send_one_row_twice(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path, receiver.url, notify=receiver.notify)
    one, other = opened(settings), opened(settings)
    for _ in range(30):
        tell(one, "handoff.claimed")
    for _ in range(5):
        tell(one, "handoff.requested")
    run(
        Outward(one, settings, Metrics(), clock),
        Outward(other, settings, Metrics(), clock),
        until=lambda: set(states(one)) == {"sent"},
    )

    hooks = [headers["webhook-id"] for path, headers, _ in receiver.got if path == "/hook"]
    assert len(hooks) == len(set(hooks)) == 35
    assert len(receiver.got) == 40


def test_a_ledger_that_is_away_for_a_while_loses_nothing(tmp_path, receiver, opened, clock, monkeypatch):
    settings = settings_of(tmp_path, receiver.url)
    store = opened(settings)
    tell(store, "handoff.requested")
    due, tries = store.outbox.due, []

    def locked(*args: Any) -> Any:
        tries.append(args)
        if len(tries) < 3:
            raise StoreUnavailable("locked")
        return due(*args)

    monkeypatch.setattr(store.outbox, "due", locked)
    run(Outward(store, settings, Metrics(), clock), until=lambda: states(store) == ["sent"])

    assert len(receiver.got) == 1


# ---- restarts


def test_a_stop_in_the_middle_loses_nothing_and_sends_the_same_id_again(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path, receiver.url)
    store = opened(settings)
    tell(store, "handoff.requested")
    receiver.wait.clear()
    run(Outward(store, settings, Metrics(), clock), until=lambda: len(receiver.got) == 1)
    assert states(store) == ["open"]

    receiver.wait.set()
    clock.now += LEASE_SECONDS
    run(Outward(opened(settings), settings, Metrics(), clock), until=lambda: states(store) == ["sent"])
    assert len(receiver.got) == 2 and len(set(receiver.ids())) == 1


SENDER = """
import asyncio
from helpdesk.metrics import Metrics
from helpdesk.outward import Outward
from helpdesk.settings import read_settings
from helpdesk.store import Store
settings = read_settings()
asyncio.run(Outward(Store.open(settings), settings, Metrics()).run())
"""


def test_a_kill_in_the_middle_loses_nothing(tmp_path, receiver, opened, clock):
    settings = settings_of(tmp_path, receiver.url)
    store = opened(settings)
    for _ in range(10):
        tell(store, "handoff.requested")
    receiver.wait.clear()
    env = {
        "HELPDESK_STATE": str(tmp_path),
        "HELPDESK_WEBHOOKS": receiver.url,
        "HELPDESK_WEBHOOK_SECRET": SECRET,
        "PYTHONPATH": str(ROOT),
    }
    killed = subprocess.Popen([sys.executable, "-c", SENDER], env=env, cwd=ROOT)
    end = time.monotonic() + 30
    while not receiver.got and time.monotonic() < end:
        time.sleep(0.01)
    killed.kill()
    killed.wait()

    assert receiver.got and "sent" not in states(store)
    receiver.wait.set()
    clock.now = time.time() + LEASE_SECONDS
    run(Outward(store, settings, Metrics(), clock), until=lambda: set(states(store)) == {"sent"})
    assert set(receiver.ids()) == {row["id"] for row in rows(store)}


# ---- settings


def test_the_settings_of_the_desk_have_defaults(tmp_path):
    settings = read_settings({"HELPDESK_DATA": str(tmp_path), "HELPDESK_PORT": "8081"})

    assert (settings.public_url, settings.wait_minutes, settings.drop_minutes) == ("http://127.0.0.1:8081", 5, 2)
    assert settings.hours == tmp_path / "desk" / "hours.yml"
    assert (settings.webhooks, settings.notify, settings.targets, settings.webhook_keys()) == ((), (), (), ())


def test_the_settings_of_the_desk_can_be_given(tmp_path):
    (tmp_path / "hours.yml").write_text("", encoding="utf-8")
    (tmp_path / "notify").write_text("json://127.0.0.1/a\njsons://127.0.0.1/b\n", encoding="utf-8")
    settings = read_settings(
        {
            "HELPDESK_HOST": "::1",
            "HELPDESK_WEBHOOKS": "https://crm.example.org/hook, http://127.0.0.1:9/x,https://crm.example.org/hook",
            "HELPDESK_WEBHOOK_SECRET": SECRET,
            "HELPDESK_NOTIFY_FILE": str(tmp_path / "notify"),
            "HELPDESK_WAIT_MINUTES": "120",
            "HELPDESK_DROP_MINUTES": "1",
            "HELPDESK_HOURS": str(tmp_path / "hours.yml"),
        }
    )

    assert settings.public_url == "http://[::1]:8080"
    assert settings.webhooks == ("https://crm.example.org/hook", "http://127.0.0.1:9/x")
    assert settings.targets == ("webhook:1", "webhook:2", "notify:1", "notify:2")
    assert (settings.wait_minutes, settings.drop_minutes, settings.hours) == (120, 1, tmp_path / "hours.yml")
    assert settings.webhook_keys() == (SECRET.encode(),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HELPDESK_WEBHOOKS", "ftp://hidden.example.org/h1dden"),
        ("HELPDESK_WEBHOOKS", "https://"),
        ("HELPDESK_WEBHOOKS", "https://ok.example.org,h1dden"),
        ("HELPDESK_WEBHOOKS", "https://ok.example.org/a b"),
        ("HELPDESK_WEBHOOKS", "https://ok.example.org:99999/"),
        ("HELPDESK_WEBHOOK_SECRET", "h1dden"),
        ("HELPDESK_WEBHOOK_SECRET", "whsec_h1dden!h1dden!h1dden"),
        ("HELPDESK_WEBHOOK_SECRET", "whsec_aDFkZGVu"),
        ("HELPDESK_WEBHOOK_SECRET_FILE", "/nowhere/at/all"),
        ("HELPDESK_NOTIFY", "nosuchway://h1dden"),
        ("HELPDESK_NOTIFY", "h1dden"),
        ("HELPDESK_NOTIFY", "json://127.0.0.1 slack://h1dden"),
        ("HELPDESK_NOTIFY_FILE", "/nowhere/at/all"),
        ("HELPDESK_PUBLIC_URL", "chat.example.org"),
        ("HELPDESK_PUBLIC_URL", "https://chat.example.org/?x=1"),
        ("HELPDESK_WAIT_MINUTES", "0"),
        ("HELPDESK_WAIT_MINUTES", "121"),
        ("HELPDESK_WAIT_MINUTES", "1.5"),
        ("HELPDESK_DROP_MINUTES", "61"),
        ("HELPDESK_DROP_MINUTES", "soon"),
        ("HELPDESK_HOURS", "/nowhere/hours.yml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_no_secret_is_shown(name, value):
    with pytest.raises(SettingsError, match=name.removesuffix("_FILE")) as refused:
        read_settings({"HELPDESK_WEBHOOK_SECRET": SECRET, name: value} if "SECRET" not in name else {name: value})

    assert "h1dden" not in str(refused.value)


def test_an_address_that_apprise_does_not_know_is_named_by_its_scheme():
    with pytest.raises(SettingsError, match="nosuchway"):
        read_settings({"HELPDESK_NOTIFY": "nosuchway://user:password@host"})


def test_webhooks_need_a_secret():
    with pytest.raises(SettingsError, match="HELPDESK_WEBHOOK_SECRET"):
        read_settings({"HELPDESK_WEBHOOKS": "https://crm.example.org/hook"})


def test_settings_are_never_shown_whole(tmp_path):
    assert SECRET not in repr(settings_of(tmp_path, "https://crm.example.org/hook"))


def test_apprise_is_loaded_only_where_notifications_are_wanted():
    look = (
        "import sys, helpdesk.outward\nfrom helpdesk.settings import read_settings\nread_settings({})\n"
        "print('apprise' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, cwd=ROOT, timeout=60)

    assert found.stdout.strip() == "False", found.stderr
