"""The desk without JavaScript: lists, conversations, callbacks and options, by links and forms alone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from markupsafe import escape

from helpdesk.desk.look import Clock, shown, span
from helpdesk.desk.screen import STATIC, words
from helpdesk.errors import Refusal, StoreUnavailable
from tests.desk import CALLBACK, COOKIE, Desk, Forms, opened, problem, title

LONG = "x" * 4001


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as desk:
        yield desk


def rows(page) -> list[str]:
    return re.findall(r'data-row="(\w+)"', page.text)


# ---- the way in


@pytest.mark.parametrize(
    "path", ["/desk/list/waiting", "/desk/list/mine?q=x", "/desk/callbacks", "/desk/c/0", "/desk/keys", "/desk/options"]
)
def test_who_is_not_signed_in_is_led_to_the_sign_in(desk, path):
    page = desk.client.get(path, headers={"Accept": "text/html"})

    assert page.status_code == 303
    assert page.headers["location"].startswith("/desk/sign-in")


@pytest.mark.parametrize("path", ["/desk/stream", "/desk/c/{id}/stream", "/desk/c/{id}/messages"])
def test_a_script_that_is_not_signed_in_is_told_so(desk, path):
    assert desk.client.get(path.format(id=desk.visitor().id)).status_code == 401


def test_a_session_that_has_ended_does_nothing_and_gives_the_words_back(desk):
    chat = desk.claimed("hello")
    form = Forms(desk.ana.look(chat).text).of(f"/desk/c/{chat.id}/reply")
    desk.store.staff.end_sessions(desk.ana.staff.id)

    page = desk.ana.post(f"/desk/c/{chat.id}/reply", {**form, "text": "precious words"})

    assert page.status_code == 401
    assert Forms(page.text).boxes["kept"] == "precious words"
    assert desk.said(chat) == []


@pytest.mark.parametrize("csrf", [None, "", "x", "é"])
@pytest.mark.parametrize("act", ["claim", "note", "reply", "close", "erase", "typing"])
def test_a_form_of_another_site_is_refused_and_nothing_changes(desk, act, csrf):
    chat = desk.visitor("hello")
    fields = {"text": "precious words", "client_id": str(uuid.uuid4()), "outcome": "answered"}

    page = desk.ana.post(f"/desk/c/{chat.id}/{act}", fields if csrf is None else {**fields, "csrf": csrf})

    assert page.status_code == 403
    assert problem(page) and title(page).startswith("Error: ")
    assert "precious words" in page.text
    assert (desk.owner(chat), desk.notes(chat), desk.said(chat)) == ("waiting", [], [])


@pytest.mark.parametrize("path", ["/desk/duty", "/desk/options", "/desk/callbacks/x/done", "/desk/callbacks/x/again"])
def test_every_other_form_needs_its_proof_too(desk, path):
    assert desk.ana.post(path, {"csrf": "x", "on": "no"}).status_code == 403
    assert desk.store.staff.find(desk.ana.staff.id).on_duty


def test_an_author_has_no_part_in_the_desk(desk):
    author = desk.navigator("Cora", "author")
    chat = desk.visitor("hello")

    assert author.get("/desk/list/waiting").status_code == 403
    assert author.raw(f"/desk/c/{chat.id}/claim").status_code == 403
    assert desk.owner(chat) == "waiting"


def test_who_is_no_longer_a_navigator_goes_off_duty_and_loses_their_chats(desk):
    chat, ana = desk.claimed("hello"), desk.ana.staff

    desk.store.staff.change(ana.id, login=ana.login, name="Ana", roles=["author"])

    assert desk.ana.get("/desk/list/mine").status_code == 403
    assert not desk.store.staff.find(ana.id).on_duty
    assert desk.store.handoffs.drop_outs(3600) == [(chat.id, "Ana")]


@pytest.mark.parametrize(("role", "follows"), [("navigator", True), ("author", False)])
def test_only_the_pages_of_who_is_let_to_the_lists_follow_them(desk, role, follows):
    page = desk.navigator("Bo", role).get("/desk/insights")

    assert page.status_code == 200
    assert (" data-follows" in page.text) is follows


# ---- the lists


def test_the_front_of_the_desk_is_the_queue(desk):
    assert desk.ana.get("/desk").headers["location"] == "/desk/list/waiting"
    assert "Nobody is waiting." in desk.ana.get("/desk/list/waiting").text


def test_who_waits_longest_is_first_and_the_title_counts_them(desk):
    first, second = desk.visitor("one"), desk.visitor("two")

    page = desk.ana.get("/desk/list/waiting")

    assert rows(page) == [first.id, second.id]
    assert title(page) == "(2) Waiting – MS Navigator desk"
    assert page.text.count("<h1") == 1


def test_a_list_refreshes_itself_without_a_script(desk):
    assert '<noscript><meta http-equiv="refresh"' in desk.ana.get("/desk/list/waiting").text


def test_every_conversation_stands_in_the_list_of_its_owner(desk):
    waiting, mine, bot, closed = desk.visitor("a"), desk.claimed("b"), desk.visitor("c", waits=False), desk.claimed("d")
    desk.ana.act(closed, "reply", text="Goodbye")
    desk.ana.act(closed, "close", outcome="answered")

    found = {name: rows(desk.ana.get(f"/desk/list/{name}")) for name in ("waiting", "mine", "bot", "closed")}

    assert found == {"waiting": [waiting.id], "mine": [mine.id], "bot": [bot.id], "closed": [closed.id]}


def test_the_chats_of_colleagues_stand_apart_with_their_names(desk):
    ben = desk.navigator("Ben")
    his, mine = desk.claimed("his", by=ben), desk.claimed("mine")

    page = desk.ana.get("/desk/list/mine")

    assert rows(page) == [mine.id, his.id]
    assert page.text.index("Yours") < page.text.index(mine.id) < page.text.index("With colleagues") < page.text.index("<dd>Ben")


def test_danger_is_said_in_words(desk):
    desk.visitor("suicide")

    assert "Danger: thoughts of suicide or self-harm" in desk.ana.get("/desk/list/waiting").text


def test_a_search_finds_what_was_said(desk):
    vitamin = desk.visitor("does vitamin d help")
    desk.visitor("who pays for it")

    found = desk.ana.get("/desk/list/waiting?q=vitamin")

    assert rows(found) == [vitamin.id]
    assert 'value="vitamin"' in found.text
    assert "No chat holds these words." in desk.ana.get("/desk/list/waiting?q=zebra").text


def test_what_is_searched_for_is_no_html(desk):
    page = desk.ana.get('/desk/list/waiting?q="><script>alert(1)</script>')

    assert "<script>alert" not in page.text


def test_there_is_no_other_list(desk):
    page = desk.ana.get("/desk/list/everything")

    assert page.status_code == 404
    assert "Back to the desk" in page.text


def test_duty_is_one_press_and_leads_back(desk):
    sent = desk.ana.send("/desk/keys", "/desk/duty")

    assert sent.headers["location"] == "/desk/keys"
    assert not desk.store.staff.find(desk.ana.staff.id).on_duty
    assert 'aria-checked="false"' in desk.ana.get("/desk/keys").text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/desk\\evil", "/chat", ""])
def test_duty_leads_to_no_other_site(desk, back):
    assert desk.ana.raw("/desk/duty", on="yes", back=back).headers["location"] == "/desk"


# ---- one conversation


def test_a_whole_conversation_without_a_script(desk):
    ben = desk.navigator("Ben")
    chat = desk.visitor("what is tob1?")

    assert desk.ana.act(chat, "claim").headers["location"] == f"/desk/c/{chat.id}#reply"
    assert desk.ana.act(chat, "reply", text="Hello, I am Ana.").status_code == 303
    assert desk.ana.act(chat, "note", text="Prefers the phone.").status_code == 303
    assert desk.ana.act(chat, "forward", to=ben.staff.id).status_code == 303
    assert ben.act(chat, "requeue").status_code == 303
    assert desk.owner(chat) == "waiting"
    assert ben.act(chat, "claim").status_code == 303
    assert ben.act(chat, "bot").status_code == 303
    assert desk.owner(chat) == "bot"
    assert ben.act(chat, "claim").status_code == 303
    assert ben.act(chat, "close", outcome="answered").status_code == 303
    assert desk.owner(chat) == "closed"
    assert desk.ana.act(chat, "reopen").status_code == 303

    page = desk.ana.look(chat).text
    assert desk.owner(chat) == "navigator"
    assert desk.said(chat) == ["Hello, I am Ana."] and desk.notes(chat) == ["Prefers the phone."]
    assert "Hello, I am Ana." in page and "Prefers the phone." in page and "Only staff see this" in page


@pytest.mark.parametrize("held", ["waiting", "bot", "mine", "other", "closed"])
def test_the_page_offers_what_can_be_done_and_nothing_else(desk, held):
    ben = desk.navigator("Ben")
    chat = {
        "waiting": lambda: desk.visitor("a"),
        "bot": lambda: desk.visitor("a", waits=False),
        "mine": lambda: desk.claimed("a"),
        "other": lambda: desk.claimed("a", by=ben),
        "closed": lambda: desk.claimed("a"),
    }[held]()
    if held == "closed":
        desk.ana.act(chat, "close", outcome="cancelled")

    page = desk.ana.look(chat)
    offered = Forms(page.text).actions & {"claim", "reply", "forward", "requeue", "bot", "close", "reopen", "erase"}

    assert (
        offered
        == {
            "waiting": {"claim"},
            "bot": {"claim"},
            "mine": {"reply", "forward", "requeue", "bot", "close", "erase"},
            "other": set(),
            "closed": {"reopen"},
        }[held]
    )
    assert f'data-held="{held}"' in page.text
    assert "note" in Forms(page.text).actions


def test_every_line_of_the_cover_sheet_leads_to_its_message(desk):
    chat = desk.claimed("what is tob1?", "suicide")

    page = desk.ana.look(chat).text
    sheet = page[page.index('class="sheet"') : page.index('class="transcript"')]
    lines = re.findall(r'href="#m(\d+)"', sheet)

    assert lines and all(f'id="m{seq}"' in page for seq in lines)
    assert "suicide" in sheet and "Danger" in sheet


def test_what_the_bot_understood_is_shown_with_how_sure_it_was(desk):
    page = desk.ana.look(desk.visitor("what is tob1?")).text

    assert "(93 % sure)" in page and "“Recent progress”, about 2015" in page


def test_a_visitor_cannot_write_html_on_the_desk(desk):
    chat = desk.claimed("<img src=x onerror=alert(1)>")
    desk.ana.act(chat, "note", text="</textarea><script>alert(1)</script>")

    page = desk.ana.look(chat).text

    assert "<img" not in page and "<script>alert" not in page and "&lt;img src=x" in page


def test_the_second_to_claim_is_told_who_has_it(desk):
    ben = desk.navigator("Ben")
    chat = desk.claimed("hello", by=ben)

    page = desk.ana.raw(f"/desk/c/{chat.id}/claim")

    assert page.status_code == 409
    assert problem(page).startswith("Ben has this chat already.") and title(page).startswith("Error: Visitor")
    assert 'data-held="other"' in page.text


def test_the_claim_of_one_whom_a_colleague_has_helped_meanwhile_does_nothing_and_says_so(desk):
    chat, ben = desk.visitor("hello"), desk.navigator("Ben")
    path = f"/desk/c/{chat.id}/claim"
    old = [Forms(page.text).of(path) for page in (desk.ana.get("/desk/list/waiting"), desk.ana.look(chat))]
    ben.act(chat, "claim")
    ben.act(chat, "reply", text="hi", client_id=str(uuid.uuid4()))
    ben.act(chat, "bot")

    for form in old:
        page = desk.ana.post(path, form)
        assert (page.status_code, problem(page)) == (409, words()["errors"]["not_waiting"])
        assert 'data-held="bot"' in page.text
    assert desk.ana.act(chat, "claim").status_code == 303


def test_claiming_it_again_in_another_tab_says_so(desk):
    chat = desk.claimed("hello")

    page = desk.ana.raw(f"/desk/c/{chat.id}/claim")

    assert (page.status_code, problem(page)) == (409, words()["errors"]["taken_by_me"])


@pytest.mark.parametrize("act", ["reply", "forward", "requeue", "bot", "close", "erase"])
def test_nothing_can_be_done_in_the_chat_of_another(desk, act):
    ben = desk.navigator("Ben")
    chat = desk.claimed("hello", by=ben)
    fields = {"client_id": str(uuid.uuid4()), "text": "hi", "to": desk.ana.staff.id, "outcome": "cancelled"}

    page = desk.ana.raw(f"/desk/c/{chat.id}/{act}", **fields)

    assert page.status_code == 409
    assert "Ben" in problem(page)
    assert (desk.owner(chat), desk.said(chat)) == ("navigator", [])


@pytest.mark.parametrize(("act", "box"), [("reply", "text"), ("note", "note")])
@pytest.mark.parametrize(("text", "status"), [(LONG, 413), ("  ", 422)])
def test_what_is_refused_stays_in_its_box(desk, act, box, text, status):
    chat = desk.claimed("hello")

    page = desk.ana.act(chat, act, text=text)

    assert page.status_code == status
    assert problem(page)
    assert Forms(page.text).boxes.get(box, "").strip() == text.strip()
    assert (desk.said(chat), desk.notes(chat)) == ([], [])
    assert re.search(rf'id="{box}"[^>]*aria-invalid="true"', page.text)
    assert re.search(rf'id="{box}"[^>]*aria-describedby="[^"]*problem', page.text)


def test_a_body_that_is_far_too_large_is_refused_on_a_page_of_the_desk(desk):
    chat = desk.claimed("hello")

    page = desk.ana.raw(f"/desk/c/{chat.id}/note", text="x" * 70_000)

    assert page.status_code == 413
    assert problem(page) and "Back to the desk" in page.text and "xxxx" not in page.text
    assert desk.notes(chat) == []


def test_a_reply_to_a_chat_that_went_back_to_the_queue_is_shown_to_be_copied(desk):
    chat = desk.claimed("hello")
    form = Forms(desk.ana.look(chat).text).of(f"/desk/c/{chat.id}/reply")
    desk.ana.act(chat, "requeue")

    page = desk.ana.post(f"/desk/c/{chat.id}/reply", {**form, "text": "precious <words>"})

    assert (page.status_code, problem(page)) == (409, words()["errors"]["not_held"])
    assert Forms(page.text).boxes["unsent"] == "precious <words>"
    assert re.search(r'<textarea id="unsent"[^>]* readonly>', page.text)
    assert "unsent" not in Forms(desk.ana.look(chat).text).boxes and desk.said(chat) == []


@pytest.mark.parametrize("act", ["reply", "note"])
def test_what_is_written_to_a_chat_that_was_erased_is_shown_to_be_copied(desk, act):
    chat = desk.claimed("hello")
    form = Forms(desk.ana.look(chat).text).of(f"/desk/c/{chat.id}/{act}")
    desk.ana.act(chat, "erase")

    page = desk.ana.post(f"/desk/c/{chat.id}/{act}", {**form, "text": "precious words"})

    assert page.status_code == 404
    assert Forms(page.text).boxes["kept"] == "precious words"


@pytest.mark.parametrize("act", ["reply", "note"])
def test_what_is_written_while_the_ledger_cannot_be_written_is_shown_to_be_copied(desk, monkeypatch, act):
    chat = desk.claimed("hello")
    form = Forms(desk.ana.look(chat).text).of(f"/desk/c/{chat.id}/{act}")

    def locked(*args):
        raise StoreUnavailable("locked")

    monkeypatch.setattr(desk.store.staff, "seen", locked)
    page = desk.ana.post(f"/desk/c/{chat.id}/{act}", {**form, "text": "precious words"})

    assert (page.status_code, problem(page)) == (503, words()["errors"]["unavailable"])
    assert Forms(page.text).boxes["kept"] == "precious words" and "Back to the desk" in page.text
    assert (desk.said(chat), desk.notes(chat)) == ([], [])


def test_a_reply_sent_twice_is_said_once(desk):
    chat = desk.claimed("hello")
    form = Forms(desk.ana.look(chat).text).of(f"/desk/c/{chat.id}/reply")

    for _ in range(3):
        assert desk.ana.post(f"/desk/c/{chat.id}/reply", {**form, "text": "Hello."}).status_code == 303

    assert desk.said(chat) == ["Hello."]


def test_a_refused_reply_keeps_its_id_so_that_it_is_never_said_twice(desk):
    chat = desk.claimed("hello")
    form = Forms(desk.ana.look(chat).text).of(f"/desk/c/{chat.id}/reply")

    page = desk.ana.post(f"/desk/c/{chat.id}/reply", {**form, "text": LONG})

    assert Forms(page.text).of(f"/desk/c/{chat.id}/reply")["client_id"] == form["client_id"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"outcome": "answered"}, "no_reply"), ({"outcome": "called_back"}, "no_callback"), ({"outcome": "x"}, "invalid")],
)
def test_an_outcome_that_is_not_true_is_refused_in_the_open_menu(desk, fields, code):
    chat = desk.claimed("hello")

    page = desk.ana.act(chat, "close", **fields)

    assert (page.status_code, problem(page)) == (Refusal(code).status, words()["errors"][code])
    assert re.search(r'key-close" name="pop" open', page.text)
    assert desk.owner(chat) == "navigator"


def test_a_chat_goes_only_to_a_colleague_on_duty(desk):
    away = desk.navigator("Cora", on_duty=False)
    chat = desk.claimed("hello")

    assert "No colleague is on duty." in desk.ana.look(chat).text
    assert desk.ana.raw(f"/desk/c/{chat.id}/forward", to=away.staff.id).status_code == 422
    assert desk.ana.raw(f"/desk/c/{chat.id}/forward", to="nobody").status_code == 422


@pytest.mark.parametrize("path", ["", "/messages", "/transcript", "/stream"])
def test_an_id_that_nobody_has_is_not_there(desk, path):
    assert desk.ana.get(f"/desk/c/{'0' * 32}{path}").status_code == 404


def test_what_came_after_a_message_is_a_part_of_the_same_page(desk):
    chat = desk.claimed("hello")
    chat.send("are you there?")
    last = chat.events()[-1]["seq"]

    part = desk.ana.get(f"/desk/c/{chat.id}/messages?after={last - 1}").text

    assert part.count("<li") == 1 and f'id="m{last}"' in part and "are you there?" in part
    assert desk.ana.get(f"/desk/c/{chat.id}/messages?after=x").status_code == 422


def test_the_transcript_is_a_file_and_in_the_audit_trail(desk):
    chat = desk.claimed("what is tob1?")

    sent = desk.ana.get(f"/desk/c/{chat.id}/transcript")

    assert "attachment" in sent.headers["content-disposition"] and "what is tob1?" in sent.text
    assert desk.store.audit.rows(1)[0]["action"] == "export"


def test_who_has_the_chat_can_erase_it(desk):
    chat = desk.claimed("hello")

    assert desk.ana.act(chat, "erase").headers["location"] == "/desk/list/waiting?said=erased"
    assert desk.ana.look(chat).status_code == 404
    assert words()["done"]["erased"] in desk.ana.get("/desk/list/waiting?said=erased").text


def test_danger_is_marked_until_who_has_the_chat_has_seen_to_it(desk):
    ben, chat = desk.navigator("Ben"), desk.claimed("suicide")
    assert "seen-to" not in Forms(ben.look(chat).text).actions
    assert ben.raw(f"/desk/c/{chat.id}/seen-to").status_code == 409

    assert desk.ana.act(chat, "seen-to").status_code == 303

    page = desk.ana.look(chat)
    assert "seen-to" not in Forms(page.text).actions
    assert "suicide" in page.text and "tag danger" not in desk.ana.get("/desk/list/mine").text


def test_an_admin_can_see_to_danger_in_any_chat(desk):
    chief, chat = desk.navigator("Boss", "admin"), desk.visitor("suicide")

    assert chief.act(chat, "seen-to").status_code == 303
    assert "tag danger" not in chief.get("/desk/list/waiting").text


def test_a_chat_that_a_colleague_hands_over_is_told_apart_from_ones_own(desk):
    ben = desk.navigator("Ben")
    mine, his = desk.claimed("one", by=ben), desk.claimed("two")

    def forwarded() -> str:
        return re.search(r'data-forwarded="(\d+)"', ben.get("/desk/list/mine").text)[1]

    assert forwarded() == "0"
    desk.ana.act(his, "forward", to=ben.staff.id)
    assert forwarded() == "1"
    ben.act(mine, "requeue")
    ben.act(his, "requeue")
    assert forwarded() == "0"


def test_what_a_page_fetches_by_itself_is_no_use_of_the_sign_in(desk):
    chat = desk.claimed("hello")
    store = desk.store
    refresh = re.search(r'refresh" content="30; url=([^"]+)"', desk.ana.get("/desk/list/mine?q=hello").text)[1]
    by_itself = [
        unescape(refresh),
        f"/desk/c/{chat.id}?itself=yes",
        f"/desk/c/{chat.id}/messages?after=0",
        "/desk/callbacks?itself=yes",
    ]

    def used_at(path: str) -> tuple[float, float]:
        with store.database.write() as db:
            db.run("UPDATE sessions SET seen_at = seen_at - 3600")
            db.run("UPDATE staff SET seen_at = 0")
            before = db.one("SELECT seen_at FROM sessions")["seen_at"]
        assert desk.ana.get(path).status_code == 200
        with store.database.read() as db:
            return db.one("SELECT seen_at FROM sessions")["seen_at"] - before, store.staff.find(desk.ana.staff.id).seen_at

    assert "q=hello" in refresh and rows(desk.ana.get(unescape(refresh))) == [chat.id]
    for path in by_itself:
        used, seen = used_at(path)
        assert used == 0 and seen > 0, path
    assert used_at(f"/desk/c/{chat.id}")[0] > 0


def test_a_fault_of_the_safety_net_stands_above_the_lists(desk):
    lists = [f"/desk/list/{name}" for name in ("waiting", "mine", "bot", "closed")] + ["/desk/callbacks"]
    assert not any("safety net" in desk.ana.get(path).text for path in lists)

    desk.app.state.desk.warning = lambda: "The files <were> refused."

    for path in lists:
        assert "The files &lt;were&gt; refused." in desk.ana.get(path).text
    assert "refused" not in desk.ana.get("/desk/keys").text


def test_an_answer_that_is_switched_off_is_not_offered(desk):
    chat = desk.claimed("hello")
    desk.store.extras.set_switch("tob1", False)

    assert "answer=tob1#" not in desk.ana.get(f"/desk/answers?for={chat.id}&q=tob1").text.replace("&amp;", "&")
    assert not Forms(desk.ana.get(f"/desk/c/{chat.id}?answer=tob1&q=tob1").text).boxes.get("text")

    desk.store.extras.set_switch("tob1", True)
    assert "answer=tob1" in desk.ana.get(f"/desk/answers?for={chat.id}&q=tob1").text


def test_ready_replies_carry_their_keywords(desk):
    one = next(one for one in desk.app.state.desk.canned if one.keywords)

    assert f'data-keywords="{escape(" ".join(one.keywords))}"' in desk.ana.look(desk.claimed("hello")).text


def test_typing_needs_no_page(desk):
    chat = desk.claimed("hello")

    assert desk.ana.raw(f"/desk/c/{chat.id}/typing").status_code == 204


def test_a_ready_reply_and_an_answer_of_the_bot_come_into_the_box_by_a_link(desk):
    chat = desk.claimed("hello")
    page = desk.ana.look(chat).text
    canned = re.search(rf'href="(/desk/c/{chat.id}\?canned=[^"#]+)#text" data-put="([^"]+)"', page)
    answers = desk.ana.get(f"/desk/answers?for={chat.id}&q=tob1").text
    answer = re.search(rf'href="(/desk/c/{chat.id}\?answer=tob1[^"#]*)#text"', answers)

    assert canned and Forms(desk.ana.get(canned[1]).text).boxes["text"]
    assert answer and "Tob1" in Forms(desk.ana.get(answer[1].replace("&amp;", "&")).text).boxes["text"]
    assert Forms(desk.ana.get(f"/desk/c/{chat.id}?canned=nothing").text).boxes.get("text", "") == ""


# ---- callbacks


def a_callback(desk: Desk, **more: str) -> str:
    chat = desk.visitor("call me", waits=False)
    assert chat.post("callback", {**CALLBACK, **more}).status_code == 201
    return str(desk.store.callbacks.of_conversation(chat.id)[0].id)


def test_a_callback_is_shown_with_all_that_is_needed_to_call(desk):
    callback = a_callback(desk)

    page = desk.ana.get("/desk/callbacks").text

    number = re.search(r'href="tel:([^"]+)"', page)
    assert number and re.sub(r"\D", "", number[1]) == "13035550142"
    assert all(part in page for part in (f'id="c-{callback}"', "Jane", "Monday after 10", "a trial"))


def test_a_callback_that_is_done_leaves_the_list(desk):
    callback = a_callback(desk)

    sent = desk.ana.send("/desk/callbacks", f"/desk/callbacks/{callback}/done")

    assert sent.headers["location"] == "/desk/callbacks?said=callback"
    assert "Nobody has to be called." in desk.ana.get("/desk/callbacks").text
    assert desk.store.audit.rows(1)[0]["action"] == "callback.done"


def test_who_was_not_reached_is_called_again_at_a_time_of_ones_own_zone(desk):
    callback = a_callback(desk)
    path = f"/desk/callbacks/{callback}/again"
    clock, tomorrow = Clock(None, ""), desk.store.clock() + 86400

    sent = desk.ana.send("/desk/callbacks", path, again_at=clock.iso(tomorrow)[:16])

    page = desk.ana.get("/desk/callbacks").text
    assert sent.status_code == 303
    assert "Not reached once" in page and clock.words(tomorrow) in page


@pytest.mark.parametrize("again_at", ["2001-01-01T10:00", "9999-01-01T10:00", "soon", "2026-13-40T10:00"])
def test_a_time_that_cannot_be_is_refused_at_its_field(desk, again_at):
    callback = a_callback(desk)

    page = desk.ana.send("/desk/callbacks", f"/desk/callbacks/{callback}/again", again_at=again_at)

    assert (page.status_code, problem(page)) == (422, words()["errors"]["again_at"])
    assert re.search(rf'id="again-{callback}"[^>]*value="{again_at}"[^>]*aria-invalid="true"', page.text)
    assert desk.store.callbacks.open(desk.store.clock())[0].tries == 0


def test_a_callback_that_a_colleague_has_dealt_with_is_left_alone(desk):
    callback = a_callback(desk)
    desk.ana.send("/desk/callbacks", f"/desk/callbacks/{callback}/give_up")

    page = desk.ana.raw(f"/desk/callbacks/{callback}/done")

    assert (page.status_code, problem(page)) == (404, words()["errors"]["callback_gone"])


@pytest.mark.parametrize(
    ("zone", "utc"), [("America/New_York", 15), ("UTC", 10), ("", 10), ("../etc/passwd", 10), ("No/Where", 10)]
)
def test_a_time_is_read_by_the_clock_of_the_readers_zone(zone, utc):
    read = Clock(None, "UTC").read("2027-01-04T10:00", zone)

    assert Clock(None, "UTC").iso(read) == f"2027-01-04T{utc}:00:00Z"


@pytest.mark.parametrize(("act", "said"), [("done", "Callback done by Ana"), ("give_up", "Callback given up by Ana")])
def test_a_callback_that_has_ended_is_one_line_without_the_number(desk, act, said):
    callback = a_callback(desk)
    desk.ana.send("/desk/callbacks", f"/desk/callbacks/{callback}/{act}")
    chat = desk.store.callbacks.ended()[0].conversation

    page, calls = desk.ana.get(f"/desk/c/{chat}").text, desk.ana.get("/desk/callbacks").text

    assert said in page and f"/desk/callbacks#c-{callback}" not in page
    assert said.lower() in calls.lower() and "<details" in calls and f"/desk/c/{chat}" in calls
    for shown_there in (page, calls):
        assert "tel:" not in shown_there and not re.search(r"555\D?01", shown_there)


def test_a_callback_that_is_open_is_shown_with_its_number(desk):
    callback = a_callback(desk)
    chat = desk.store.callbacks.open(0)[0].conversation

    page = desk.ana.get(f"/desk/c/{chat}").text

    assert "tel:" in page and f"/desk/callbacks#c-{callback}" in page
    assert "done or given up" not in desk.ana.get("/desk/callbacks").text


# ---- options, keys, static files


def test_options_are_kept_and_shape_the_page(desk):
    sent = desk.ana.send("/desk/options", "/desk/options", sound="yes", single_keys="yes")

    page = desk.ana.get("/desk/options?said=options")
    assert sent.headers["location"] == "/desk/options?said=options"
    assert re.search(r'data-options="([^"]*)"', page.text)[1].split() == ["sound", "single_keys"]
    assert words()["done"]["options"] in page.text


def test_shortcuts_are_on_until_they_are_switched_off_and_the_others_are_off(desk):
    page = desk.ana.get("/desk/options").text

    assert re.search(r'data-options="([^"]*)"', page)[1] == "shortcuts"


def test_every_key_is_listed(desk):
    page = desk.ana.get("/desk/keys").text
    script = (STATIC / "keys.js").read_text(encoding="utf-8")

    for letter in re.findall(r"Key([A-Z]):", script):
        assert f"<kbd>Alt</kbd> <kbd>{letter}</kbd>" in page


def test_static_files_are_kept_for_good_under_an_address_that_changes_with_them(desk):
    address = re.search(r'src="(/desk/static/\w+/desk.js)"', desk.ana.get("/desk/keys").text)[1]
    sent = desk.client.get(address)
    old = desk.client.get("/desk/static/0000/desk.js")

    assert "immutable" in sent.headers["cache-control"] and "javascript" in sent.headers["content-type"]
    assert old.headers["location"] == address
    assert desk.client.get("/desk/static/0000/../screen.py").status_code == 404
    assert desk.client.get("/desk/static/0000/nothing.js").status_code == 404


def test_the_policy_of_the_site_holds_no_page_has_script_or_style_in_it(desk):
    chat = desk.claimed("hello")

    for path in ("/desk/list/waiting", f"/desk/c/{chat.id}", "/desk/callbacks", "/desk/keys", "/desk/options"):
        page = desk.ana.get(path)
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page.text)


def test_words_that_staff_do_not_use_are_on_no_page(desk):
    chat = desk.claimed("hello")

    for path in ("/desk/list/waiting", "/desk/list/mine", f"/desk/c/{chat.id}", "/desk/callbacks", "/desk/keys", "/desk/options"):
        seen = re.sub(r"<[^>]+>", " ", desk.ana.get(path).text)
        assert not re.search(r"\b(agents?|users?|patients?|tickets?|sessions?)\b", seen, re.I)


def test_the_cookie_of_a_stranger_opens_nothing(desk):
    page = desk.client.get("/desk/list/waiting", headers={"Cookie": f"{COOKIE}=guessed", "Accept": "text/html"})

    assert page.status_code == 303


# ---- small things


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "under 1 min"),
        (-5, "under 1 min"),
        (61, "1 min"),
        (3599, "59 min"),
        (3720, "1 h 2 min"),
        (90000, "1 day"),
        (200000, "2 days"),
    ],
)
def test_a_span_of_time_is_said_in_words(seconds, said):
    assert span(seconds) == said


def test_an_event_of_an_older_version_is_still_shown():
    event = {
        "seq": 3,
        "at": "2026-11-20T17:00:00Z",
        "author": "bot",
        "kind": "message",
        "name": "bot",
        "text": "a\n\nb",
        "reply_to": 2,
    }

    assert shown(event, words())["paragraphs"] == ["a", "b"]
