#!/usr/bin/env python3
"""Take the pictures of the widget and the desk for the README, docs/images/*.png: `make screenshots`.

The web process is the real one, with the real texts of data/ and an assistant of the tests; `--url` takes a running help desk
instead, without the pictures of a handoff and of the desk.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from helpdesk.conversation import Answer, compose, danger_event, greeting  # noqa: E402
from helpdesk.handoff import ended_event, navigator_event, navigator_message, waiting_event  # noqa: E402
from helpdesk.message import Incoming, visitor_event  # noqa: E402
from helpdesk.settings import Settings  # noqa: E402
from helpdesk.store import Outcome, Store  # noqa: E402
from helpdesk.store.queue_rows import Asking  # noqa: E402
from helpdesk.store.staff import Staff  # noqa: E402
from helpdesk.words import words  # noqa: E402
from tests.desk import COOKIE, begin_session  # noqa: E402
from tests.web import FakeAssistant, FakeFinding, FakeSafety, RealServer, settings_for  # noqa: E402
from tests.widget_page import CHROMIUM, WidgetPage  # noqa: E402

OUT = ROOT / "docs" / "images"
LARGEST = 150_000
DESK = {"viewport": {"width": 960, "height": 780}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 320, "height": 568}, "color_scheme": "dark", "device_scale_factor": 2}
STAFF = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light", "timezone_id": "America/New_York"}
QUESTION = "What was found about vitamin D?"
# What visitors of the pictures ask, with the file of data/ that holds the answer, and how often.
ASKED = {
    QUESTION: ("answers/findings/vitamin_d", 9),
    "Is there a sign of who will get worse?": ("answers/findings/tob1", 6),
    "Why are there so few treatments?": ("answers/basics/why_few_treatments", 8),
    "What is tested in the SPRINT-MS trial?": ("answers/trials/sprint_ms_ibudilast", 5),
    "What do stem cells do in mice?": ("answers/findings/stem_cells_in_mice", 4),
    "Does exercise help?": ("answers/wellness/exercise_rehab_studies", 3),
    "How much does it cost?": ("referrals/cost", 4),
    "What about the other thing from before": ("dialogue/fallback", 2),
}
WORDS = words()
DAYS = 27


@contextlib.contextmanager
def desk() -> Iterator[tuple[RealServer, Settings]]:
    """A help desk whose assistant gives one answer of data/."""
    assistant = FakeAssistant()
    assistant.answers = lambda question: (told(QUESTION),)
    with tempfile.TemporaryDirectory(prefix="helpdesk-pictures-") as folder:
        settings = settings_for(Path(folder), HELPDESK_DATA=str(ROOT / "data"), HELPDESK_WAIT_MINUTES="60")
        server = RealServer(settings, assistant, FakeSafety()).start()
        try:
            yield server, settings
        finally:
            server.stop()


def told(question: str) -> Answer:
    """Return what data/ answers to a question of the pictures."""
    content = yaml.safe_load((ROOT / "data" / f"{ASKED[question][0]}.yml").read_text(encoding="utf-8"))
    one = next(iter(content["responses"].values()))[0]
    known = {name: one["metadata"].get(name) for name in ("route", "topic", "question", "page", "section", "as_of")}
    buttons = tuple((button["title"], button["payload"]) for button in one.get("buttons", ()))
    return Answer(text=one["text"].strip(), confidence=0.93, buttons=buttons, **known)


class Past:
    """What happened before the pictures are taken, told to the ledger by a clock of its own."""

    def __init__(self, settings: Settings) -> None:
        self.now = time.time()
        self.rng = random.Random(2015)
        self.store = Store(settings.database_url, settings.secrets().callbacks, clock=lambda: self.now)
        self.ana, self.ben = self._navigator("Ana"), self._navigator("Ben")

    def _navigator(self, name: str) -> Staff:
        staff = self.store.staff.add(f"{name.lower()}@example.org", name, ["navigator"])
        self.store.staff.set_duty(staff.id, True)
        self.store.staff.seen(staff.id)
        return staff

    def begin(self, at: float) -> str:
        self.now, chat = at, uuid.UUID(int=self.rng.getrandbits(128)).hex
        self.store.ledger.start(chat, token_hash="", token_key="", first=greeting(WORDS))
        return chat

    def say(self, chat: str, text: str, seconds: float = 20, **more: Any) -> Any:
        self.now += seconds
        incoming = Incoming(str(uuid.uuid4()), text)
        return self.store.ledger.accept(chat, incoming, visitor_event(incoming, WORDS), digest=text, **more)

    def ask(self, chat: str, question: str) -> None:
        turn = self.say(chat, question).turn
        self.now += 1
        event = compose([told(question)], masked=(), switches={}, words=WORDS)
        self.store.turns.finish(turn, Outcome(event=event, answered=True))

    def wait(self, chat: str, reason: str = "asked") -> None:
        self.now += 5
        line = Asking(reason, True, 0.0, self.now, lambda line: waiting_event(WORDS, "asked", line.place, line.usual_wait_s))
        assert self.store.handoffs.ask(chat, line, None) == "waiting"

    def claim(self, chat: str, staff: Staff, seconds: float = 60) -> None:
        self.now += seconds
        self.store.handoffs.claim(chat, staff, navigator_event(WORDS, "joined", staff.name))

    def reply(self, chat: str, staff: Staff, text: str) -> None:
        self.now += 30
        self.store.handoffs.reply(chat, staff, navigator_message(staff.name, text, str(uuid.uuid4())), digest=text)

    def month(self) -> None:
        """Four weeks of visitors, more on weekdays; one in six asks for a person."""
        today, weights = self.now, [often for _, often in ASKED.values()]
        for day in range(DAYS, 0, -1):
            busy = time.gmtime(today - 86400 * day).tm_wday < 5
            for _ in range(self.rng.randint(6, 11) if busy else self.rng.randint(2, 4)):
                chat = self.begin(today - 86400 * day + self.rng.uniform(-20000, 20000))
                for question in self.rng.choices(list(ASKED), weights, k=self.rng.randint(1, 3)):
                    self.ask(chat, question)
                if self.rng.random() < 1 / 6:
                    self.helped(chat)

    def helped(self, chat: str) -> None:
        staff = self.rng.choice((self.ana, self.ben))
        self.wait(chat)
        self.claim(chat, staff, self.rng.uniform(20, 240))
        self.reply(chat, staff, f"Hello, I am {staff.name}. How can I help?")
        self.store.handoffs.close(chat, staff, "answered", ended_event(WORDS, "closed", staff.name))

    def today(self) -> str:
        """Three who wait, one of them in danger, and two who talk to navigators; return the chat that is Ana's."""
        now = time.time()
        chat = self.begin(now - 650)
        self.ask(chat, "How much does it cost?")
        self.wait(chat, "words")
        chat = self.begin(now - 350)
        self.ask(chat, "Does exercise help?")
        self.wait(chat)
        self.say(chat, "It is about my husband.")
        chat, text = self.begin(now - 200), "I cannot go on like this"
        self.say(chat, text, reply=danger_event(FakeFinding("crisis"), text, WORDS))
        self.wait(chat)
        chat = self.begin(now - 900)
        self.ask(chat, "What do stem cells do in mice?")
        self.wait(chat)
        self.claim(chat, self.ben)
        chat, self.now = self.with_ana(now - 500), now
        for staff in (self.ana, self.ben):
            self.store.staff.seen(staff.id)
        return chat

    def with_ana(self, at: float) -> str:
        chat = self.begin(at)
        self.ask(chat, QUESTION)
        self.ask(chat, "How much does it cost?")
        self.wait(chat)
        self.claim(chat, self.ana)
        self.reply(chat, self.ana, "Hello, I am Ana. I have read what you asked. Is it for yourself?")
        self.say(chat, "For my mother. She sees her doctor next week and we do not know what to ask.")
        self.store.handoffs.note(chat, self.ana, "Wants to prepare her mother's visit.")
        return chat


class Camera:
    """Opens the demo page, and keeps what it looks like."""

    def __init__(self, browser: Any, url: str, server: Any) -> None:
        self.browser, self.url, self.server = browser, url, server

    def open(self, look: dict[str, Any]) -> WidgetPage:
        page = self.browser.new_context(base_url=self.url, reduced_motion="reduce", **look).new_page()
        page.goto("/")
        widget = WidgetPage(page, self.server)
        widget.launcher.wait_for()
        return widget

    def take(self, widget: WidgetPage, name: str) -> None:
        self.shoot(widget.page, name)

    def shoot(self, page: Any, name: str) -> None:
        page.wait_for_timeout(400)  # What scrolls has come to rest.
        path = OUT / f"{name}.png"
        page.screenshot(path=path)
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}  {size:,} bytes")
        if size > LARGEST:
            sys.exit(f"{path.name} is larger than {LARGEST:,} bytes.")


def take_all(camera: Camera) -> None:
    widget = camera.open(DESK)
    camera.take(widget, "closed")
    widget.open().ask(QUESTION)
    camera.take(widget, "answer")
    widget.ask("I think of suicide")
    camera.take(widget, "crisis")
    phone = camera.open(PHONE).open()
    phone.ask(QUESTION)
    camera.take(phone, "phone-dark")
    if camera.server is not None:
        camera.take(handed_over(camera.open(DESK).open()), "handoff")


def handed_over(widget: WidgetPage) -> WidgetPage:
    """A person was asked for, and came."""
    widget.ask(QUESTION)
    widget.owner("waiting", reason="asked", navigator=None, on_duty=True, place=1, usual_wait_s=120)
    widget.owner("navigator", navigator="Ana")
    widget.push("Hello, I am Ana. I have read what you asked. How can I help?")
    widget.page.locator("li.navigator").wait_for()
    widget.input.fill("I would like to talk about my next visit")
    return widget


def take_desk(camera: Camera, settings: Settings) -> None:
    """The desk as Ana has it before her."""
    past = Past(settings)
    past.month()
    chat = past.today()
    context = camera.browser.new_context(base_url=camera.url, reduced_motion="reduce", **STAFF)
    context.add_cookies([{"name": COOKIE, "value": begin_session(camera.server.app, past.ana), "url": camera.url}])
    page = context.new_page()
    page.goto("/desk/list/waiting")
    camera.shoot(page, "desk-waiting")
    page.goto(f"/desk/c/{chat}")
    page.get_by_label("Reply to the visitor").fill("That is a good plan. Here are three questions that you could take along.")
    camera.shoot(page, "desk-chat")
    page.goto("/desk/insights")
    page.locator(".charts section").nth(2).evaluate("(one) => scrollTo(0, one.getBoundingClientRect().top - 20)")
    camera.shoot(page, "desk-insights")
    past.store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="of a help desk that runs")
    args = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("No Chromium on this machine; .ci/run installs it.")
    OUT.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        server = None if args.url else stack.enter_context(desk())[0]
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take_all(Camera(browser, args.url or server.url, server))  # type: ignore[union-attr]
        if not args.url:
            server, settings = stack.enter_context(desk())  # without the chats of the other pictures
            take_desk(Camera(browser, server.url, server), settings)
        browser.close()


if __name__ == "__main__":
    main()
