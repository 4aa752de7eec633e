"""The whole help desk, with Rasa, through the public API and in two browsers: started once, asked, hurt, and stopped."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.load import streams
from benchmarks.machine import MARKS, children, marked
from benchmarks.soak_desk import PASSWORD, links, pid_of, soak
from helpdesk.instance import Instance, instance
from helpdesk.settings import ROOT
from tests.alive import until
from tests.widget_page import NEEDS_BROWSER, WidgetPage

pytestmark = pytest.mark.server
LINE = "1-800-344-4867"
# What was said, as either page shows it: whose words, and which.
SAID = """(all) => all.map((one) => [
    ["visitor", "bot", "navigator", "system"].find((author) => one.classList.contains(author)),
    [...one.querySelectorAll(":scope > .words, :scope > .said > p")].map((part) => part.textContent.trim()).join(" "),
])"""

Event = dict[str, Any]


class Talk:
    """One visitor in one conversation."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=40, trust_env=False)
        made = self.client.post("/api/conversations").raise_for_status().json()
        self.at = f"/api/conversations/{made['id']}"
        self.headers = {"Authorization": f"Bearer {made['token']}", "Accept": "application/json"}

    def say(self, text: str, choice: str | None = None) -> int:
        body = {"client_id": str(uuid.uuid4()), "text": text, **({"choice": choice} if choice else {})}
        response = self.client.post(f"{self.at}/messages", json=body, headers=self.headers).raise_for_status()
        return int(response.json()["seq"])

    def events(self, after: int = 0, wait: int = 0) -> list[Event]:
        found = self.client.get(f"{self.at}/events", params={"after": after, "wait": wait}, headers=self.headers)
        return list(found.raise_for_status().json()["events"])

    def reply_to(self, seq: int) -> Event:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for event in self.events(after=seq, wait=5):
                if event.get("reply_to") == seq:
                    return event
        raise AssertionError(f"no reply to {seq}")

    def ask(self, text: str, choice: str | None = None) -> Event:
        return self.reply_to(self.say(text, choice))


class DeskPage:
    """One navigator's tab. `page` is Playwright's."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.duty = page.get_by_role("switch", name="On duty")
        self.box = page.get_by_label("Reply to the visitor")

    def come_in(self, link: str) -> None:
        self.page.goto(f"/desk/link/{link}")
        for label in ("New password", "The same password again"):
            self.page.get_by_label(label, exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Save and sign in").click()
        self.duty.click()
        self.page.locator("[role=switch][aria-checked=true]").wait_for()

    def held(self, state: str) -> None:
        self.page.locator(f"[data-held={state}]").wait_for()

    def reply(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Control+Enter")

    def hears(self, text: str) -> None:
        self.page.locator("li.visitor").filter(has_text=text).wait_for()


class Browsers:
    """Two browsers: in one a visitor with the widget, in the other a navigator. What their pages complain of is kept."""

    def __init__(self, browser: Any, url: str) -> None:
        self.contexts = [browser.new_context(base_url=url) for _ in range(2)]
        self.complaints: list[str] = []
        for context in self.contexts:
            context.set_default_timeout(60_000)
        one, other = (context.new_page() for context in self.contexts)
        for page in (one, other):
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
        one.goto("/")
        self.visitor, self.navigator = WidgetPage(one, None), DeskPage(other)

    def said(self) -> list[list[str]]:
        """Return what was said as both show it, once it is the same for both."""
        until(lambda: shown(self.visitor.page) == shown(self.navigator.page), 30)
        return shown(self.navigator.page)

    def stay(self) -> None:
        """Mark both pages, so that a reload would be seen."""
        for page in (self.visitor.page, self.navigator.page):
            page.evaluate("window.same = true")

    @property
    def stayed(self) -> bool:
        return all(page.evaluate("window.same === true") for page in (self.visitor.page, self.navigator.page))

    def hears(self, text: str) -> None:
        self.visitor.page.locator("li.navigator").filter(has_text=text).wait_for()


@pytest.fixture
def browsers(desk: Instance, browser: Any) -> Iterator[Browsers]:
    browsers = Browsers(browser, desk.url)
    yield browsers
    for context in browsers.contexts:
        context.close()
    assert browsers.complaints == []


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, known_already: Callable[[Path], None]) -> Iterator[Instance]:
    state = tmp_path_factory.mktemp("desk")
    known_already(state)
    with instance(state) as desk:
        yield desk


@pytest.fixture
def talk(desk: Instance) -> Iterator[Talk]:
    talk = Talk(desk.url)
    yield talk
    talk.client.close()


def family(pid: int) -> list[int]:
    """Return a process and everything below it."""
    return [pid, *children(pid)]


def rasa_of(desk: Instance) -> int:
    [pid] = marked(family(desk.child.pid), MARKS["rasa"])
    return pid


def shown(page: Any) -> list[list[str]]:
    found: list[list[str]] = page.locator("li.message").evaluate_all(SAID)
    return found


def test_a_question_of_the_page_is_answered_with_its_source(talk: Talk) -> None:
    reply = talk.ask("why aren't there more treatments for progressive MS")

    [half] = reply["answers"]
    assert (reply["route"], half["topic"]) == ("answer", "why_few_treatments")
    assert half["facts"] and half["page"] and half["section"] and half["as_of"]


def test_a_question_that_the_page_does_not_answer_goes_to_the_line(talk: Talk) -> None:
    reply = talk.ask("what are the side effects of ocrelizumab")

    assert reply["route"] == "refer"
    assert LINE in reply["text"]


def test_a_crisis_gets_help_and_nothing_else(talk: Talk) -> None:
    reply = talk.ask("I want to kill myself")

    assert (reply["route"], reply["author"]) == ("crisis", "system")
    assert "988" in reply["text"]


def test_two_questions_are_both_answered(talk: Talk) -> None:
    reply = talk.ask("What is Tob1, and what is lipoic acid?")

    assert {half["topic"] for half in reply["answers"]} == {"tob1", "lipoic_acid"}


def test_a_follow_up_is_about_the_topic_in_hand(talk: Talk) -> None:
    talk.ask("what is the SPRINT-MS trial")

    reply = talk.ask("how many people are in it?")

    assert [half["topic"] for half in reply["answers"]] == ["sprint_ms_ibudilast"]
    assert "F30" in reply["answers"][0]["facts"]


def test_an_offered_button_may_be_pressed(talk: Talk) -> None:
    reply = talk.ask("What is Tob1?")
    button = next(action for action in reply["actions"] if action["kind"] == "ask")

    pressed = talk.ask(button["title"], button["choice"])

    assert pressed["answers"][0]["topic"] == button["choice"].removeprefix("/ask_")


@pytest.mark.parametrize("text", ["/restart", '/ask_tob1{"x":1}', "/session_start", "a\u202eb", "\ud83d\ude00" * 500])
def test_a_typed_command_is_only_text(talk: Talk, text: str) -> None:
    talk.ask("What is Tob1?")

    assert talk.ask(text.encode("utf-16", "surrogatepass").decode("utf-16"))["text"]
    assert talk.ask("what is lipoic acid")["answers"][0]["topic"] == "lipoic_acid"


def test_the_bot_is_switched_off_and_on_without_a_new_start(desk: Instance, talk: Talk) -> None:
    try:
        command(desk, "switch", "off")
        off = talk.ask("what is tob1")
    finally:
        command(desk, "switch", "on")

    assert off["route"] == "down" and LINE in off["text"]
    assert talk.ask("what is tob1")["route"] == "answer"


def test_one_answer_is_switched_off(desk: Instance, talk: Talk) -> None:
    try:
        command(desk, "switch", "off", "tob1")
        off, other = talk.ask("what is tob1"), talk.ask("what is lipoic acid")
    finally:
        command(desk, "switch", "on", "tob1")

    assert off["route"] == "refer" and LINE in off["text"]
    assert other["route"] == "answer"


def command(desk: Instance, *arguments: str) -> None:
    env = {**os.environ, "HELPDESK_STATE": str(desk.state)}
    subprocess.run([str(ROOT / ".venv" / "bin" / "helpdesk"), *arguments], env=env, check=True, capture_output=True)


def test_only_the_web_process_can_be_reached_and_rasa_wants_its_secret(desk: Instance) -> None:
    port = Path(f"/proc/{rasa_of(desk)}/cmdline").read_bytes().split(b"\0-p\0")[1].split(b"\0")[0].decode()
    at = f"http://127.0.0.1:{port}"
    body = {"sender": "c_" + "0" * 32, "turn": "1", "text": "x", "choice": None, "context": None}

    assert httpx.post(f"{at}/webhooks/helpdesk/turn", json=body, trust_env=False).status_code == 401
    assert httpx.post(f"{at}/webhooks/rest/webhook", json={"sender": "x", "message": "x"}, trust_env=False).status_code == 404


def test_rasa_killed_in_mid_turn(desk: Instance, talk: Talk) -> None:
    talk.ask("what is tob1")
    rasa = rasa_of(desk)
    os.kill(rasa, signal.SIGSTOP)  # so that the turn is surely in hand
    seq = talk.say("what is lipoic acid")
    time.sleep(0.3)

    os.kill(rasa, signal.SIGKILL)

    down = talk.reply_to(seq)
    assert down["route"] == "down" and LINE in down["text"]
    until(lambda: httpx.get(f"{desk.url}/readyz", trust_env=False, timeout=10).status_code == 200, 90)
    assert talk.ask("what is vitamin d doing in ms")["answers"][0]["topic"] == "vitamin_d"
    nothing_is_there_twice(talk.events())


def nothing_is_there_twice(events: list[Event]) -> None:
    said = [event["text"] for event in events if event["author"] == "visitor"]
    answered = [event["reply_to"] for event in events if event.get("reply_to")]
    assert said == ["what is tob1", "what is lipoic acid", "what is vitamin d doing in ms"]
    assert answered == [event["seq"] for event in events if event["author"] == "visitor"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


@NEEDS_BROWSER[0]
@NEEDS_BROWSER[1]
def test_a_visitor_and_a_navigator_in_two_browsers(desk: Instance, browsers: Browsers) -> None:
    visitor, ana = browsers.visitor, browsers.navigator
    [link] = links(desk.state, ["Ana"])
    ana.come_in(link)
    visitor.open().ask("What is Tob1?")
    browsers.stay()

    visitor.button("Talk to a person").first.click()
    visitor.button("Stop waiting").wait_for()
    row = ana.page.locator(f"[data-row='{visitor.id}']")
    row.wait_for()
    assert browsers.stayed
    row.get_by_role("button", name="Claim").click()
    ana.held("mine")
    browsers.stay()

    ana.reply("Hello, I am Ana. How can I help?")
    browsers.hears("I am Ana")
    visitor.say("It is about my sister.")
    ana.hears("about my sister")
    visitor.say("/restart")
    visitor.say("/greet")
    ana.hears("greet")

    ana.box.fill("I have read what she was told.")
    for mark in MARKS.values():
        kill(desk, mark)
    visitor.say("Are you still there?")
    ana.hears("still there")
    assert ana.box.input_value() == "I have read what she was told."
    ana.box.press("Control+Enter")
    browsers.hears("what she was told")

    visitor.say("I want to kill myself")
    for page in (visitor.page, ana.page):
        page.locator("li.system.danger").wait_for()
    ana.page.locator(".sheet .flag").first.wait_for()
    ana.held("mine")
    assert "Ana" in visitor.dialog.locator(".strip").inner_text()

    ana.page.locator("summary").filter(has_text="Hand over").click()
    ana.page.get_by_role("button", name="Back to the bot").click()
    ana.held("bot")
    until(lambda: httpx.get(f"{desk.url}/readyz", trust_env=False, timeout=10).status_code == 200, 90)
    until(lambda: "Ana" not in visitor.dialog.locator(".strip").inner_text(), 30)
    visitor.ask("what is vitamin d doing in ms").locator(".source").first.wait_for()
    ana.held("bot")
    assert not visitor.button("Stop waiting").is_visible()

    authors = [author for author, _ in browsers.said()]
    assert authors == [
        *("bot", "visitor", "bot"),
        *("navigator", "visitor", "visitor", "visitor", "visitor", "navigator", "visitor", "system"),
        *("visitor", "bot"),
    ]
    seqs = [int(seq) for seq in ana.page.locator("[data-seq]").evaluate_all("(all) => all.map((one) => one.dataset.seq)")]
    assert seqs == list(range(1, len(seqs) + 1))
    assert browsers.stayed
    ana.duty.click()
    ana.page.locator("[role=switch][aria-checked=false]").wait_for()


def kill(desk: Instance, mark: bytes) -> None:
    pid = pid_of(desk, mark)
    assert pid
    os.kill(pid, signal.SIGKILL)


def test_a_tenth_of_the_soak_loses_nobody(desk: Instance) -> None:
    tally = soak(desk, requests=50, at_once=2, every=6.0, seed=1)

    assert tally.clean, tally
    assert tally.kills


def test_hundreds_of_streams_are_held_at_once_and_bring_replies(desk: Instance) -> None:
    def hold() -> tuple[bool, float]:
        return asyncio.run(streams(desk, 500, stay=0.0, asked=5))

    # Beside: the browsers of this module keep an event loop in this thread.
    with ThreadPoolExecutor(1) as pool:
        well, _ = pool.submit(hold).result()

    assert well


def test_no_word_of_a_visitor_is_in_a_log(desk: Instance, talk: Talk) -> None:
    talk.ask("xylophone quagmire 303-555-0142")

    logs = "".join(path.read_text(encoding="utf-8") for path in (desk.state / "logs").iterdir())

    assert "xylophone" not in logs and "555-0142" not in logs


def test_a_second_one_starts_beside_it_without_training_and_ctrl_c_stops_all_of_it(desk: Instance, tmp_path: Path) -> None:
    for name in ("encoder", "safety"):
        shutil.copytree(desk.state / name, tmp_path / "state" / name)

    with instance(tmp_path / "state") as second:
        assert not any("train" in line for line in second.said)
        assert not any("arning" in line for line in second.said)
        everything = family(second.child.pid)
        os.kill(second.child.pid, signal.SIGINT)
        until(lambda: not second.child.running, 20)

    assert len(everything) == 3
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everything), 5)
    assert httpx.get(f"{desk.url}/healthz", trust_env=False).status_code == 200
