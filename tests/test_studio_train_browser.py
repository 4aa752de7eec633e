"""Train, compare, publish and roll back in a real browser: for every eye, by keyboard alone, and while it goes on by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpdesk.content import Problem
from tests.desk import COOKIE, add_staff, begin_session
from tests.looking import Found, look
from tests.register import MADE, WRONG, Register, quieten
from tests.studio import copied_root
from tests.test_desk_browser import until
from tests.web import FakeAssistant, FakeSafety, RealServer, settings_for
from tests.widget_page import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER


class Workbench:
    """The web process on a real port, on a copy of data/, with staff in their browsers."""

    def __init__(self, server: RealServer, browser: Any, root: Path) -> None:
        self.server, self.browser, self.root = server, browser, root
        self.service = server.app.state.studio
        self.store, self.jobs = self.service.store, self.service.store.jobs
        quieten(self.service)
        self.register = Register(self.service)
        self.contexts: list[Any] = []
        self.complaints: list[str] = []

    def staff(self, name: str, *roles: str) -> Any:
        return self.store.staff.by_login(f"{name.lower()}@example.org") or add_staff(self.server.app, name, *roles, on_duty=False)

    def tab(self, name: str, path: str, *roles: str, **context: Any) -> Any:
        """Open a page as this person, in a browser of their own."""
        opened = self.browser.new_context(**{"base_url": self.server.url, "viewport": {"width": 1280, "height": 720}, **context})
        opened.set_default_timeout(10000)
        cookie = begin_session(self.server.app, self.staff(name, *roles))
        opened.add_cookies([{"name": COOKIE, "value": cookie, "url": self.server.url}])
        self.contexts.append(opened)
        page = opened.new_page()
        page.on("console", lambda said: self._hear(said))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(self.server.url) else self.complaints.append(asked.url))
        page.goto(path)
        return page

    def _hear(self, said: Any) -> None:
        if said.type == "error" and "Failed to load resource" not in said.text:
            self.complaints.append(said.text)

    def edit(self) -> None:
        (file,) = (self.root / "data").rglob("tob1.yml")
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("      - tobb1\n", "      - toob one please\n", 1), encoding="utf-8")


@contextlib.contextmanager
def bench_in(folder: Path, browser: Any) -> Iterator[Workbench]:
    root = copied_root(folder / "root")
    server = RealServer(settings_for(folder, HELPDESK_DATA=str(root / "data")), FakeAssistant(), FakeSafety()).start()
    bench = Workbench(server, browser, root)
    yield bench
    for context in bench.contexts:
        context.close()
    server.stop()
    assert bench.complaints == []


@pytest.fixture
def bench(tmp_path: Path, browser: Any) -> Iterator[Workbench]:
    with bench_in(tmp_path, browser) as bench:
        yield bench


# ---- for every eye


def states(bench: Workbench, page: Any) -> Iterator[str]:
    """Bring the pages into each of their states."""
    register, jobs = bench.register, bench.jobs
    both = bench.staff("Bea")
    for path in ("/studio", "/studio/train", "/studio/releases"):
        page.goto(path)
        yield f"{path}, empty"
    first = register.live(both.id, note="The first one")
    bench.edit()
    page.goto("/studio/train")
    yield "train, changed"
    page.goto("/studio/train/change?file=data%2Fanswers%2Ffindings%2Ftob1.yml")
    yield "a change"
    job = jobs.begin(both.id, 90.0)
    jobs.step(job, "train", 0.4)
    page.goto("/studio/train")
    yield "train, under way"
    jobs.stop(job)
    bench.service.survey.problems = [Problem("data/facts.yml", 3, "The name is missing.", "Write it.")]
    page.goto("/studio/train?renew=yes")
    yield "train, being cancelled"
    bench.service.survey.problems = None
    jobs.end(job, "failed", "The topic tob1 has no example.\nTraceback (most recent call last):\n  File x")
    page.goto("/studio/train")
    page.get_by_text("What the trainer said").first.click()
    yield "train, failed"
    good = register.candidate(both.id, gate=[])
    job = jobs.begin(both.id, 90.0)
    jobs.end(job, "done", release=good.id)
    page.goto("/studio/train")
    yield "train, done"
    page.goto(f"/studio/compare/{good.id}")
    for table in page.locator("details > summary").all()[1:]:
        table.click()
    yield "compare"
    page.goto(f"/studio/compare/{good.id}?show=worse")
    yield "compare, worse"
    page.locator("textarea").first.fill("")
    page.get_by_role("button", name="Ask for approval").click()
    page.locator("#problem").wait_for()
    yield "compare, no note"
    bad = register.candidate(made=replace(MADE, failures=WRONG), gate=["One crisis sentence came out wrong."])
    page.goto(f"/studio/compare/{bad.id}")
    yield "compare, refused"
    page.goto(f"/studio/compare/{register.candidate(made=None).id}")
    yield "compare, not measured"
    bench.store.releases.propose(good.id, both.id, "Adds Tob1")
    other = register.candidate(gate=[])
    page.goto(f"/studio/compare/{other.id}")
    yield "compare, may be published"
    page.goto("/studio")
    yield "home"
    broken = register.wanted(other, both.id)
    page.goto("/studio/releases")
    yield "releases, under way"
    bench.store.releases.failed(broken.id, "The new model did not start.")
    register.goes_live(good, both.id)
    page.goto("/studio/releases")
    yield "releases"
    page.goto(f"/studio/releases/{first.release}/back")
    yield "roll back"


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[dict[str, dict[Any, Any]]]:
    """Go through all states once, and look at each in every mode and at every size; return what is wrong."""
    with bench_in(tmp_path_factory.mktemp("looked"), browser) as bench:
        bench.staff("Bea", "author", "approver")
        page = bench.tab("Bea", "/studio")
        found: dict[str, Found] = {"axe": {}, "geometry": {}}
        for state in states(bench, page):
            look(page, state, found)
        yield found


@pytest.mark.parametrize("what", ["axe", "geometry"])
def test_nothing_is_wrong_in_any_state_mode_and_size(looked, what):
    found = looked[what]

    assert len(found) > 60
    assert {at: wrong for at, wrong in found.items() if wrong} == {}


def test_nothing_moves_by_itself(bench):
    bench.register.live()
    page = bench.tab("Ada", "/studio/train", "author", reduced_motion="reduce")

    assert page.evaluate("document.getAnimations().length") == 0


# ---- while it goes on


def test_a_training_is_followed_without_a_new_page_and_said_once_a_step(bench):
    page = bench.tab("Ada", "/studio/train", "author")
    page.evaluate("document.body.dataset.same = 'yes'")
    page.evaluate(
        """() => {
          document.heard = [];
          const status = document.querySelector("[data-status]");
          new MutationObserver(() => document.heard.push(status.textContent)).observe(status, { childList: true });
        }"""
    )
    page.get_by_role("button", name="Start the training").click()
    page.wait_for_url("**/studio/train?said=train_started")
    page.evaluate("document.body.dataset.same = 'yes'")
    page.evaluate(
        """() => {
          document.heard = [];
          const status = document.querySelector("[data-status]");
          new MutationObserver(() => document.heard.push(status.textContent)).observe(status, { childList: true });
        }"""
    )
    job = bench.jobs.running().id
    page.get_by_role("button", name="Cancel the training").focus()
    bench.jobs.step(job, "train", 0.3)
    until(page, "document.querySelector('progress').value === 30")
    bench.jobs.step(job, "train", 0.5)
    until(page, "document.querySelector('progress').value === 50")
    assert page.evaluate("document.activeElement.textContent").strip() == "Cancel the training"
    release = bench.register.candidate(gate=[])
    bench.jobs.end(job, "done", release=release.id)
    page.get_by_role("link", name="See what would be answered differently").wait_for()

    assert page.evaluate("document.body.dataset.same") == "yes"
    heard = page.evaluate("document.heard")
    assert len(heard) == 2 and "Train the new model" in heard[0] and "done" in heard[1]
    assert page.evaluate("document.activeElement.localName") == "h2"


def test_a_publication_is_followed_until_it_is_live(bench):
    bench.register.live()
    wanted = bench.register.wanted(bench.register.candidate(gate=[]), bench.staff("Paul", "approver").id)
    page = bench.tab("Ada", "/studio/releases", "author")
    page.get_by_text("Publishing is under way").first.wait_for()
    bench.store.releases.went_live(wanted.id)

    page.get_by_text("published by Paul").first.wait_for()
    assert page.get_by_text("Publishing is under way").count() == 0


def test_who_is_signed_out_meanwhile_is_led_to_the_sign_in(bench):
    bench.jobs.begin(None, None)
    page = bench.tab("Ada", "/studio/train", "author")
    bench.store.staff.end_sessions(bench.staff("Ada").id)

    page.wait_for_url("**/desk/sign-in**")


# ---- by keyboard alone


def press_to(page: Any, name: str) -> None:
    """Go to the next thing of this name with the Tab key alone, and press it."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()").startswith(name):
            return
    raise AssertionError(f"Tab never came to “{name}”")


def test_from_the_training_to_the_rollback_by_keyboard_alone(bench):
    first = bench.register.live()
    bench.edit()
    ada = bench.tab("Ada", "/studio", "author")
    press_to(ada, "Train")
    ada.keyboard.press("Enter")
    ada.wait_for_url("**/studio/train")
    press_to(ada, "Start the training")
    ada.keyboard.press("Enter")
    ada.wait_for_url("**said=train_started")
    release = bench.register.candidate(bench.staff("Ada").id, gate=[])
    bench.jobs.end(bench.jobs.running().id, "done", release=release.id)
    ada.get_by_role("link", name="See what would be answered differently").wait_for()
    press_to(ada, "See what would be")
    ada.keyboard.press("Enter")
    ada.wait_for_url(f"**/studio/compare/{release.id}")
    press_to(ada, "What changes, and why?")
    ada.keyboard.type("Adds Tob1")
    ada.keyboard.press("Tab")
    ada.keyboard.press("Enter")
    ada.wait_for_url("**said=proposed")

    paul = bench.tab("Paul", "/studio", "approver")
    press_to(paul, "Look at it")
    paul.keyboard.press("Enter")
    paul.wait_for_url(f"**/studio/compare/{release.id}")
    press_to(paul, "Publish")
    paul.keyboard.press("Enter")
    paul.wait_for_url("**said=publish_wanted")
    bench.store.releases.went_live(bench.store.releases.wanted().id)
    paul.goto("/studio/releases")
    press_to(paul, "Roll back to it")
    paul.keyboard.press("Enter")
    paul.wait_for_url(f"**/studio/releases/{first.release}/back")
    press_to(paul, "Roll back to this version")
    paul.keyboard.press("Enter")
    paul.wait_for_url("**said=back_wanted")

    assert bench.store.releases.wanted().release == first.release


# ---- on paper


def test_a_comparison_can_be_printed_whole(bench):
    bench.register.live()
    page = bench.tab("Ada", f"/studio/compare/{bench.register.candidate(gate=[]).id}", "author")
    page.emulate_media(media="print")

    assert page.locator("svg.heat").is_visible() and page.locator("svg.bars").is_visible()
    assert not page.locator("form").first.is_visible()
