"""The page without JavaScript: forms, one cookie, an answer on the next page."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from helpdesk.app import create_app
from helpdesk.chat.page_view import STATIC, pieces, view
from tests.web import answer, settings_for


class Page(HTMLParser):
    """The forms, links and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[dict] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "form":
            self.forms.append({"action": found["action"], "fields": {}})
        elif tag in ("input", "button", "textarea") and found.get("name") and found.get("type") != "checkbox":
            self.forms[-1]["fields"].setdefault(found["name"], found.get("value", ""))
        elif tag == "a":
            self.links.append(found.get("href", ""))

    def form(self, action: str, **having: str) -> dict[str, str]:
        for form in self.forms:
            if form["action"] == action and all(form["fields"].get(name, "").startswith(value) for name, value in having.items()):
                return dict(form["fields"])
        raise AssertionError(f"no form {action} {having}")

    def with_class(self, name: str) -> list[dict]:
        return [attrs for _, attrs in self.tags if name in (attrs.get("class") or "").split()]


def say(client: TestClient, text: str, **more: str):
    form = Page(client.get("/chat").text).form("/chat", client_id="")
    return client.post("/chat", data={**form, "text": text, **more})


def test_the_front_page_has_the_line_and_leads_to_the_chat_without_javascript(client):
    page = client.get("/")

    assert page.status_code == 200
    assert 'href="tel:+18003444867"' in page.text and 'href="/chat"' in page.text
    assert page.text.index("<ms-navigator-chat>") < page.text.rindex("1-800-344-4867") < page.text.index("</ms-navigator-chat>")


def test_looking_at_the_page_stores_nothing(client):
    page = client.get("/chat")
    with client.app.state.service.store.database.read() as db:
        count = db.one("SELECT count(*) AS n FROM conversations")["n"]

    assert (page.status_code, count) == (200, 0)
    assert "bot, not a person" in page.text


def test_a_message_is_answered_on_the_next_page(client):
    sent = say(client, "what is tob1?")
    page = client.get("/chat").text

    assert (sent.status_code, sent.headers["location"]) == (303, "/chat#m3")
    assert "About what is tob1?" in page
    assert "From the page “Progressive MS Research”, “Recent progress”, about 2015." in page


def test_the_cookie_is_for_the_page_alone(client):
    cookie = say(client, "hello").headers["set-cookie"]

    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/chat" in cookie


def test_over_tls_the_cookie_is_secure(tmp_path, assistant, safety):
    app = create_app(settings_for(tmp_path), assistant=assistant, safety=safety)
    with TestClient(app, base_url="https://testserver") as client:
        assert "Secure" in client.get("/chat").headers["set-cookie"]


def test_a_conversation_goes_on(client):
    say(client, "first question")
    say(client, "second question")

    page = client.get("/chat").text
    assert [page.index(f"About {which} question") > 0 for which in ("first", "second")] == [True, True]


def test_a_suggested_question_is_a_form(client, assistant):
    say(client, "what is tob1?")
    form = Page(client.get("/chat").text).form("/chat", choice="/ask_vitamin_d")
    sent = client.post("/chat", data=form)

    assert sent.status_code == 303
    assert (assistant.asked[1].choice, assistant.asked[1].text) == ("/ask_vitamin_d", "Vitamin D?")


def test_sending_the_same_form_twice_is_one_message(client, assistant):
    form = Page(client.get("/chat").text).form("/chat", client_id="")
    first = client.post("/chat", data={**form, "text": "hello"})
    again = Page(client.get("/chat").text).form("/chat", client_id="")
    for _ in range(3):
        client.post("/chat", data={**again, "text": "twice"})

    assert first.status_code == 303
    assert [question.text for question in assistant.asked] == ["hello", "twice"]


@pytest.mark.parametrize("csrf", [None, "", "x", "é"])
def test_a_form_of_another_site_is_refused_and_its_words_are_kept(client, assistant, csrf):
    form = Page(client.get("/chat").text).form("/chat", client_id="")
    form = {**form, "text": "precious words"}
    if csrf is None:
        del form["csrf"]
    else:
        form["csrf"] = csrf

    response = client.post("/chat", data=form)

    assert (response.status_code, assistant.asked) == (403, [])
    assert "precious words" in response.text


@pytest.mark.parametrize("path", ["/chat/person", "/chat/callback", "/chat/feedback", "/chat/erase", "/chat/start"])
def test_every_form_needs_its_csrf_field(client, path):
    say(client, "hello")

    assert client.post(path, data={"csrf": "x"}).status_code == 403


def test_another_site_cannot_post(client):
    form = Page(client.get("/chat").text).form("/chat", client_id="")

    for origin in ("https://evil.example", "null"):
        assert client.post("/chat", data={**form, "text": "x"}, headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize(("text", "status"), [("", 422), ("   ", 422), ("/", 422), ("x" * 2001, 413)])
def test_what_is_refused_is_said_and_stays_in_the_box(client, text, status):
    response = say(client, text)

    assert response.status_code == status
    assert 'role="alert"' in response.text and 'aria-invalid="true"' in response.text
    assert text in response.text


def test_too_many_messages_are_told_so_on_the_page(tmp_path, assistant, safety):
    app = create_app(settings_for(tmp_path, HELPDESK_RATE_LIMIT="on"), assistant=assistant, safety=safety)
    with TestClient(app, follow_redirects=False) as client:
        for _ in range(20):
            say(client, "hello")
        response = say(client, "the last words")

    assert response.status_code == 429 and "the last words" in response.text and "retry-after" in response.headers


def test_what_was_typed_is_shown_as_text(client):
    say(client, "<script>alert(1)</script> & <b>bold</b>")
    page = client.get("/chat").text

    assert "<script>alert" not in page and "<b>bold" not in page
    assert html.escape("<script>alert(1)</script>") in page


def test_a_person_can_be_asked_for(client):
    form = Page(client.get("/chat").text).form("/chat/person")
    asked = client.post("/chat/person", data=form)

    assert (asked.status_code, asked.headers["location"]) == (303, "/chat#m2")
    assert "by phone" in client.get("/chat").text


def test_a_callback_is_left_by_a_form(client):
    form = Page(client.get("/chat").text).form("/chat/callback")
    filled = {**form, "name": "Jane", "phone": "303 555 0142", "when": "mornings", "consent": "yes"}
    without = client.post("/chat/callback", data={**filled, "consent": ""})
    form = Page(without.text).form("/chat/callback")
    done = client.post("/chat/callback", data={**filled, "csrf": form["csrf"]})

    assert without.status_code == 422 and "tick the box" in without.text and 'value="Jane"' in without.text
    assert (done.status_code, done.headers["location"]) == (303, "/chat?said=callback#notice")
    assert len(client.app.state.service.store.callbacks.open(0)) == 1
    assert "Thank you" in client.get("/chat?said=callback").text


def test_an_answer_can_be_rated(client):
    say(client, "what is tob1?")
    form = Page(client.get("/chat").text).form("/chat/feedback")
    rated = client.post("/chat/feedback", data={**form, "helpful": "no"})
    with client.app.state.service.store.database.read() as db:
        kept = db.one("SELECT seq, helpful FROM feedback")

    assert rated.status_code == 303
    assert (kept["seq"], kept["helpful"]) == (3, 0)


def test_the_chat_can_be_saved_and_erased(client):
    say(client, "what is tob1?")
    saved = client.get("/chat/transcript")
    form = Page(client.get("/chat").text).form("/chat/erase")
    erased = client.post("/chat/erase", data=form)

    assert "what is tob1?" in saved.text and saved.headers["content-disposition"].startswith("attachment")
    assert erased.status_code == 303
    assert "About what is tob1?" not in client.get("/chat").text
    assert client.get("/chat/transcript").status_code == 404


def test_a_late_reply_can_be_looked_for(client, assistant, monkeypatch):
    monkeypatch.setattr("helpdesk.chat.pages.REPLY_SECONDS", 0.05)
    assistant.delay = 0.5
    sent = say(client, "slow question")

    assert sent.headers["location"] == "/chat#m2"
    assert "Look again" in client.get("/chat").text


def test_a_crisis_on_the_page(client):
    say(client, "suicide")
    page = Page(client.get("/chat").text)

    assert {"tel:988", "sms:988", "tel:911", "tel:+18003444867"} <= set(page.links)
    assert page.with_class("system")


def test_the_live_page_begins_its_conversation_here(client):
    csrf = Page(client.get("/chat").text).form("/chat", client_id="")["csrf"]
    begun = client.post("/chat/start", data={"csrf": csrf}).json()
    page = Page(client.get("/chat").text)

    assert (
        client.get(f"/api/conversations/{begun['id']}/events", headers={"Authorization": f"Bearer {begun['token']}"}).status_code
        == 200
    )
    assert begun["csrf"] == page.form("/chat", client_id="")["csrf"]
    assert any(attrs.get("data-conversation") == begun["id"] for _, attrs in page.tags)


# ---- what everyone must be able to use


def test_the_line_is_always_there_and_so_is_a_person(client):
    page = Page(client.get("/chat").text)

    assert page.links.count("tel:+18003444867") >= 2
    assert page.form("/chat/person")


def test_every_field_has_a_label_and_every_id_is_used_once(client):
    say(client, "what is tob1?")
    page = Page(client.get("/chat").text)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    labels = {attrs.get("for") for tag, attrs in page.tags if tag == "label"}
    fields = [attrs["id"] for tag, attrs in page.tags if tag in ("input", "textarea") and attrs.get("type") != "hidden"]

    assert len(ids) == len(set(ids))
    assert set(fields) <= labels


def test_there_is_a_language_a_title_a_skip_link_and_a_log(client):
    text = client.get("/chat").text
    page = Page(text)

    assert ("html", {"lang": "en"}) in page.tags and "<title>MS Navigator chat</title>" in text
    assert page.links[0] == "#text"
    assert any(attrs.get("role") == "log" for _, attrs in page.tags)


def test_no_inline_script_or_style_and_nothing_from_elsewhere(client):
    say(client, "what is tob1?")
    text = client.get("/chat").text

    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", text)
    assert not re.search(r'(src|href)="(https?:)?//', text)


def test_static_files_are_kept_by_their_content(client):
    text = client.get("/chat").text
    for address in re.findall(r'(?:src|href)="(/chat/static/[^"]+)"', text):
        response = client.get(address)
        assert response.status_code == 200 and "immutable" in response.headers["cache-control"]
        assert response.headers["x-content-type-options"] == "nosniff"
    assert client.get("/chat/static/chat.js").headers["cache-control"] == "no-store"
    assert client.get("/chat/static/../pages.py").status_code == 404


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_contrast_is_seven_to_one(mode):
    css = (STATIC / "chat.css").read_text(encoding="utf-8")
    themes = re.findall(r":root \{([^}]*--paper[^}]*)\}", css)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", themes[mode]))

    for ink, paper in [("ink", "paper"), ("ink", "soft"), ("ink", "mine"), ("link", "paper"), ("link", "soft"), ("link", "mine"),
                       ("button-ink", "button"), ("danger", "paper")]:  # fmt: skip
        assert contrast(colours[ink], colours[paper]) >= 7, (ink, paper)
    assert contrast(colours["line"], colours["paper"]) >= 3 and contrast(colours["focus"], colours["paper"]) >= 3


def test_nothing_moves():
    css = (STATIC / "chat.css").read_text(encoding="utf-8")

    assert not re.search(r"animation|transition|@keyframes|scroll-behavior", css)


def test_the_line_in_a_text_is_a_link():
    assert pieces("Call 1-800-344-4867 now") == [("Call ", None), ("1-800-344-4867", "tel:+18003444867"), (" now", None)]


def test_a_source_is_named_once():
    half = vars(answer())
    event = {"seq": 3, "author": "bot", "name": "x", "text": "a\n\nb", "route": "answer", "answers": [half, half]}

    assert len(view(event)["sources"]) == 1
