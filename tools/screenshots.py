#!/usr/bin/env python3
"""Take the pictures of the widget, the desk and the studio, docs/images/*.png: `make screenshots`.

The web process is the real one, with the real texts of data/ and an assistant of the tests; `--url` takes a running help desk
instead, without the pictures of a handoff, of the desk and of the studio; `--only studio` takes those of one part. No model is
trained for them: what the studio's pictures tell of trainings and figures is made up.
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
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from helpdesk import comparing, questions, snapshots  # noqa: E402
from helpdesk.comparing_models import compare  # noqa: E402
from helpdesk.conversation import Answer, compose, danger_event, greeting  # noqa: E402
from helpdesk.handoff import ended_event, navigator_event, navigator_message, waiting_event  # noqa: E402
from helpdesk.meaning import Meaning  # noqa: E402
from helpdesk.measured import HELD_OUT, MUST, Held, Measures, Said  # noqa: E402
from helpdesk.measured import Half as Part  # noqa: E402
from helpdesk.message import Incoming, visitor_event  # noqa: E402
from helpdesk.scoring import RIGHT  # noqa: E402
from helpdesk.settings import Settings  # noqa: E402
from helpdesk.store import Outcome, Store  # noqa: E402
from helpdesk.store.queue_rows import Asking  # noqa: E402
from helpdesk.store.staff import Staff  # noqa: E402
from helpdesk.words import words  # noqa: E402
from tests.desk import COOKIE, add_staff, begin_session  # noqa: E402
from tests.register import FakeWorkshop, Register  # noqa: E402
from tests.studio import copied_root  # noqa: E402
from tests.web import Chat, FakeAssistant, FakeFinding, FakeSafety, RealServer, settings_for  # noqa: E402
from tests.widget_page import CHROMIUM, WidgetPage  # noqa: E402

OUT = ROOT / "docs" / "images"
LARGEST = 170_000
DESK = {"viewport": {"width": 960, "height": 780}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 320, "height": 568}, "color_scheme": "dark", "device_scale_factor": 2}
STAFF = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light", "timezone_id": "America/New_York"}
TALL = {"width": 1280, "height": 1150}
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
# What visitors who agreed have asked, and the bot did not understand.
MISSED = (
    "is there something in my blood that tells if i get worse",
    "is there something in the blood that tells if I get worse?",
    "Is there something in my blood that tells me if I get worse",
    "can vitamine d pills slow it",
    "do vitamin d pills slow it down",
    "which stretching is good for stiff legs",
)
PAIR = {
    "tob1": "what does a blood test show about who gets worse",
    "vitamin_d": "what does a blood test show about who'll get worse",
}
ADDED = ("what is the tob one thing in the blood", "is tob1 a kind of early warning")
PAGE = {
    "name": "Walking and MS",
    "as_of": "2031",
    "address": "https://www.example.org/walking",
    "text": """<h1>Walking and MS</h1>
<p>In June 2031 the Example Institute asked 412 people how far they walk. Most of them said that a daily walk in the park
had lifted their mood, and some of them slept better.</p>
<h2>What comes next</h2><p>A second survey is to begin in Milan with the help of the Example Institute.</p>""",
}
SAYS = "The Example Institute asked 412 people in June 2031 about their walks."


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


class Workbench:
    """The studio on a copy of data/, with Ada, who writes, and Paul, who publishes."""

    def __init__(self, folder: Path) -> None:
        self.root, self.assistant = copied_root(folder / "root", whole=True), FakeAssistant()
        settings = settings_for(folder, HELPDESK_DATA=str(self.root / "data"))
        self.server = RealServer(settings, self.assistant, FakeSafety()).start()
        self.service = self.server.app.state.studio
        self.service.meaning.load = Meaning(ROOT / "var" / "encoder").load  # it knows the examples of data/ already
        self.service.workshop = FakeWorkshop(self.service.settings, self.service.store)
        self.ada, self.paul = (
            add_staff(self.server.app, *who, on_duty=False) for who in (("Ada", "author"), ("Paul", "approver"))
        )
        self.earlier = Store(settings.database_url, settings.secrets().callbacks, clock=lambda: self.now)
        self.now = time.time()
        self.register = Register(SimpleNamespace(store=self.earlier, settings=settings))

    def before(self) -> None:
        """Two publications, three days and one day ago."""
        self.now = time.time() - 3 * 86400
        first = self.register.candidate(None, made=None, gate=[])
        self.register.goes_live(first, None, "first", "What was there at the first start")
        self.now = time.time() - 86400
        self._add("vitamin_d", ["does the sunshine vitamin matter in ms"])
        second = self.release("vitamin_d", self.ada, first.id)
        self.register.goes_live(second, self.paul.id, "publish", "More ways to ask about vitamin D")
        self.now = time.time() - 900

    def release(self, topic: str, staff: Staff, live: str) -> Any:
        """A version whose comparison is made up: what it answers better is about one topic."""
        release = self.register.candidate(staff.id, made=None, gate=[])
        made = compare(release.id, measures(topic, better=True), live, measures(topic))
        comparing.write(snapshots.folder(self.service.settings.state, release.id), made)
        self.earlier.releases.measured(release.id, [], made.summary)
        return self.earlier.releases.find(release.id)

    def _add(self, topic: str, texts: list[str]) -> None:
        self.service.library.add_examples(topic, texts, staff=self.ada.id)

    def edited(self) -> None:
        """Ada has changed the draft, and has left a conflict in it."""
        self._add("tob1", list(ADDED))
        for topic, text in PAIR.items():
            self._add(topic, [text])

    def visitors(self) -> None:
        self.assistant.answers = lambda question: (Answer(route="miss", text="I did not understand that.", confidence=0.2),)
        with self.server.client() as public:
            for question in MISSED:
                chat = Chat(public)
                public.put(f"{chat.path}/teaching", json={"agreed": True}, headers=chat.headers)
                chat.ask(question)

    def tab(self, browser: Any, staff: Staff) -> Any:
        context = browser.new_context(base_url=self.server.url, reduced_motion="reduce", **STAFF)
        context.set_default_timeout(300_000)
        context.add_cookies([{"name": COOKIE, "value": begin_session(self.server.app, staff), "url": self.server.url}])
        return context.new_page()


def measures(topic: str, *, better: bool = False) -> Measures:
    """Every question of data/tests right, and of some of data/development all but a few; those about the topic if `better`."""
    held = [_held(MUST, case, True) for case in questions.read(ROOT / "data" / "tests")]
    for number, case in enumerate(questions.read(ROOT / "data" / "development", {"answers", "near_misses"})):
        if topic in case.turns[0].halves[0].topics:
            held.append(_held(HELD_OUT, case, better or number % 2 > 0))
        elif number % 5 == 0:
            held.append(_held(HELD_OUT, case, number % 7 > 0))
    return Measures(tuple(held))


def _held(of: str, case: questions.Case, right: bool) -> Held:
    wanted = case.turns[0].halves[0]
    route, topic = wanted.routes[0], next(iter(wanted.topics), None)
    got = Part(route, topic, 0.9) if right else Part("miss", None, 0.3)
    said = Said(case.turns[0].ask, got.route, (got,), " ".join([route, *([topic] if topic else [])]), topic)
    return Held(of, case.group, (said,), RIGHT if right else "not understood")


def take_studio(camera: Camera, bench: Workbench) -> None:
    """The studio as Ada has it before her, and at the end Paul."""
    bench.before()
    bench.edited()
    bench.visitors()
    page, jobs = bench.tab(camera.browser, bench.ada), bench.service.store.jobs
    page.goto("/studio/conflicts")
    while page.request.get("/studio/conflicts/ready").status != 200:
        time.sleep(1)
    page.goto("/studio/conflicts")
    camera.shoot(page, "studio-conflicts")
    page.goto("/studio/inbox")
    camera.shoot(page, "studio-inbox")
    page.goto("/studio/topics/tob1")
    page.locator("ms-navigator-preview li.message.bot").nth(1).wait_for()
    camera.shoot(page, "studio-topic")
    take_try(camera, bench, page)
    take_source(camera, page)
    page.goto("/studio/safety/crisis/patterns/wants_to_die")
    camera.shoot(page, "studio-safety")
    job = jobs.begin(bench.ada.id, 70.0)
    jobs.step(job, "train", 0.4)
    page.goto("/studio/train")
    camera.shoot(page, "studio-train")
    release = bench.release("tob1", bench.ada, bench.earlier.releases.live().release)
    jobs.end(job, "done", release=release.id)
    page.goto(f"/studio/compare/{release.id}")
    page.set_viewport_size(TALL)
    camera.shoot(page, "studio-compare")
    bench.earlier.releases.propose(release.id, bench.ada.id, "More ways to ask about Tob1")
    bench.service.recount()
    page = bench.tab(camera.browser, bench.paul)
    page.goto("/studio/releases")
    page.set_viewport_size(TALL)
    camera.shoot(page, "studio-releases")
    page.set_viewport_size(STAFF["viewport"])
    page.goto(f"/studio/releases/{bench.earlier.releases.publications()[-1].release}/back")
    camera.shoot(page, "studio-back")
    page.goto("/studio")
    camera.shoot(page, "studio-overview")
    bench.earlier.close()


def take_try(camera: Camera, bench: Workbench, page: Any) -> None:
    ranking = (("ask_tob1", 0.93), ("ask_vitamin_d", 0.04))
    tob1 = told("Is there a sign of who will get worse?")
    bench.assistant.answers = lambda question: (replace(tob1, ranking=ranking),)
    page.goto("/studio/try")
    page.get_by_label("Your question").fill("is there a blood test that tells who gets worse")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("#found").wait_for()
    camera.shoot(page, "studio-try")


def take_source(camera: Camera, page: Any) -> None:
    page.goto("/studio/sources")
    for name, value in PAGE.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Read the page").click()
    page.locator("#s1 details").click()
    page.locator("#says-1").fill(SAYS)
    page.get_by_role("button", name="Keep the fact").first.click()
    page.locator("#s2 details").click()
    camera.shoot(page, "studio-source")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="of a help desk that runs")
    parser.add_argument("--only", choices=("widget", "desk", "studio"), help="the pictures of one part")
    args = parser.parse_args()
    wanted = {args.only} if args.only else {"widget"} if args.url else {"widget", "desk", "studio"}
    if CHROMIUM is None:
        sys.exit("No Chromium on this machine; .ci/run installs it.")
    OUT.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        if "widget" in wanted:
            server = None if args.url else stack.enter_context(desk())[0]
            take_all(Camera(browser, args.url or server.url, server))  # type: ignore[union-attr]
        if "desk" in wanted:
            server, settings = stack.enter_context(desk())  # without the chats of the other pictures
            take_desk(Camera(browser, server.url, server), settings)
        if "studio" in wanted:
            bench = Workbench(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="helpdesk-pictures-"))))
            stack.callback(bench.server.stop)
            take_studio(Camera(browser, bench.server.url, bench.server), bench)
        browser.close()


if __name__ == "__main__":
    main()
