"""What visitors, navigators and authors write is shown as text, wherever it is: widget, page, desk, studio, exports, messages."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from helpdesk.conversation import Answer
from tests.desk import CALLBACK
from tests.fake_encoder import FakeEncoder
from tests.markup import CALL, corpus, packed
from tests.test_desk_browser import House
from tests.test_studio_topics_browser import studio_in
from tests.widget_page import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER

SHORT = [one for one in corpus() if len(one) <= 60][:40]
# What no page of ours has, and every text of the corpus would make.
FOREIGN = """() => {
  const seen = [], own = /^(\\/|https?:\\/\\/127\\.0\\.0\\.1|tel:|mailto:|sms:|#|\\?|$)/;
  const roots = [document];
  for (const root of roots) {
    for (const one of root.querySelectorAll("*")) {
      if (one.shadowRoot) roots.push(one.shadowRoot);
      const odd = [...one.attributes].filter((a) => a.name.startsWith("on") || /^\\s*(javascript|data):/i.test(a.value));
      if (odd.length) seen.push(one.outerHTML.slice(0, 100));
      const link = one.getAttribute("href") ?? one.getAttribute("src") ?? one.getAttribute("action") ?? "";
      if (!own.test(link) && !link.startsWith("https://")) seen.push(one.outerHTML.slice(0, 100));
      if (["IFRAME", "OBJECT", "EMBED", "BASE", "MARQUEE", "MATH", "VIDEO", "X"].includes(one.tagName)) seen.push(one.tagName);
      const isData = one.type === "application/json";
      if (one.tagName === "SCRIPT" && !isData && !one.src.startsWith(location.origin)) seen.push("script");
    }
  }
  return [seen, window.ran ?? null, window.violations ?? []];
}"""
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[House]:
    with studio_in(tmp_path_factory.mktemp("markup"), browser) as house:
        hostile(house)
        yield house


def hostile(house: House) -> None:
    """Put the corpus into everything that somebody can write."""
    house.server.app.state.studio.meaning.load = FakeEncoder
    worker, store = house.server.app.state.service.worker, house.store
    worker.assistant.answers = lambda question: (
        Answer(
            route="miss" if "taught" in question.text else "answer", text=question.text[:3000], topic=SHORT[0], aspect=SHORT[1],
            facts=(SHORT[2],), page=SHORT[3], section=SHORT[4], as_of=SHORT[5], confidence=0.1,
            buttons=tuple((title, f"/ask_{number}") for number, title in enumerate(SHORT[:5])),
        ),
    )  # fmt: skip
    house.enter("Ada", "navigator", "author", "approver", "admin")
    ada = store.staff.by_login("ada@example.org")
    with store.database.write() as db:
        db.run("UPDATE staff SET name = :name WHERE id = :id", name=SHORT[6], id=ada.id)
    house.chat = chat = house.visitor("What is Tob1?", waits=False)  # type: ignore[attr-defined]
    chat.client.put(f"{chat.path}/teaching", json={"agreed": True}, headers=chat.headers)
    for text in packed(1900):
        chat.ask(text)
    for one in SHORT[:10]:
        chat.ask(f"taught {one}")
    for number, one in enumerate(SHORT):
        chat.post("feedback", {"seq": 3, "helpful": False, "comment": one})
        if number < 6:
            chat.post("callback", {**CALLBACK, "name": one, "when": SHORT[number + 1], "topic": SHORT[number + 2]})
    chat.post("handoff", {"reason": " ".join(SHORT[:6])})
    house.do("claim", "Ada", chat)
    for text in packed(3900):
        house.do("reply", "Ada", chat, str(uuid.uuid4()), text)
        house.do("note", "Ada", chat, text)
    (topic,) = (house.root / "data").rglob("tob1.yml")
    lines = "\n".join(f"      - {json.dumps(one)}" for one in SHORT)
    topic.write_text(topic.read_text().replace("    examples: |\n", f"    examples: |\n{lines}\n", 1))


@pytest.mark.parametrize(
    "path",
    [
        "/desk/list/mine", "/desk/list/mine?q={0}", "/desk/c/{id}", "/desk/callbacks", "/desk/insights", "/desk/staff",
        "/desk/audit",
        "/desk/answers?for={id}&q={0}", "/studio", "/studio/inbox", "/studio/topics?q={0}", "/studio/topics/tob1",
        "/studio/preview/tob1", "/studio/conflicts", "/studio/try", "/studio/releases", "/studio/train", "/studio/sources",
        "/desk/sign-in?next={0}",
    ],
)  # fmt: skip
def test_no_page_of_staff_runs_or_makes_anything_of_what_was_written(house: House, path: str) -> None:
    context = house.contexts[0]
    context.add_init_script(WATCH)
    page = house.tab(context, path.format(quote(SHORT[0]), id=house.chat.id))  # type: ignore[attr-defined]
    page.wait_for_load_state()

    assert page.evaluate(FOREIGN) == [[], None, []]
    page.close()


def test_neither_the_widget_nor_the_page_runs_or_makes_anything_of_what_was_said(house: House) -> None:
    chat = house.chat  # type: ignore[attr-defined]
    with contextlib.closing(house.browser.new_context(base_url=house.server.url)) as context:
        context.add_init_script(WATCH)
        context.add_cookies([{"name": "helpdesk_chat", "value": chat.token, "url": f"{house.server.url}/chat"}])
        page = house.tab(context, "/chat")
        page.wait_for_load_state()
        assert "onerror" in page.inner_text("body")  # it is there, as text
        assert page.evaluate(FOREIGN) == [[], None, []]

        page = house.tab(context, "/")
        page.get_by_role("button", name="Chat about MS").click()
        box = page.get_by_label("Your question", exact=True)
        for text in packed(1900)[:4]:
            box.fill(text)
            box.press("Enter")
        page.locator("li.message:not(.visitor)").nth(4).wait_for()
        assert page.evaluate(FOREIGN) == [[], None, []]


def test_exports_are_files_of_plain_text_and_mail_has_nothing_of_it(house: House) -> None:
    chat = house.chat  # type: ignore[attr-defined]
    saved = chat.get("transcript")
    assert saved.headers["content-type"].startswith("text/plain") and "attachment" in saved.headers["content-disposition"]
    assert saved.headers["x-content-type-options"] == "nosniff" and CALL in saved.text

    told = house.store.database
    with told.read() as db:
        bodies = [row["body"] for row in db.all("SELECT body FROM outbox")]
    assert not [body for body in bodies if "<" in body or CALL in body]


def test_there_are_more_than_three_hundred_of_them() -> None:
    assert len(set(corpus())) > 300
