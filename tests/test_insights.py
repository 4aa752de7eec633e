"""The insights: what is counted, on which day, and how it is drawn, put into tables and filed."""

from __future__ import annotations

import base64
import csv
import io
import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.testclient import TestClient

from helpdesk.app import HANDLERS
from helpdesk.conversation import callback_event, compose, danger_event, down_event, greeting
from helpdesk.desk.charts import Bar, bar_chart, top_of
from helpdesk.desk.insights import InsightsPages
from helpdesk.desk.look import Clock as DeskClock
from helpdesk.desk.measures import COLUMNS, MEASURES, csv_of
from helpdesk.desk.screen import environment
from helpdesk.desk.screen import words as desk_words
from helpdesk.desk.spans import periods, read_spans
from helpdesk.errors import Refusal
from helpdesk.forms import Callback, Feedback, without_details
from helpdesk.guard import Guard
from helpdesk.message import Incoming, visitor_event
from helpdesk.metrics import Metrics
from helpdesk.staff_site import COOKIE
from helpdesk.store import Outcome, Store
from helpdesk.store.insights import Figures
from helpdesk.store.staff import Staff
from helpdesk.words import words
from tests.desk import Navigator, add_staff, begin_session
from tests.web import Chat, FakeFinding, answer
from tests.widget_page import NEEDS_BROWSER

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
WORDS = words()
NEW_YORK = ZoneInfo("America/New_York")
TODAY = date(2026, 11, 18)  # a Wednesday
ANA = Staff("a", "ana@example.org", "Ana", frozenset(("author",)), active=True, on_duty=False, options={})


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()


class Clock:
    def __init__(self) -> None:
        self.set("2026-11-18 12:00")

    def set(self, text: str) -> None:
        self.now = moment(text)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}", [KEY], clock=clock)
    yield store
    store.close()


def begin(store: Store) -> str:
    conversation = uuid.uuid4().hex
    store.ledger.start(conversation, token_hash="h", token_key="k", first=greeting(WORDS))
    return conversation


def ask(store: Store, conversation: str, *halves: Any) -> int:
    """Send a message and store the bot's reply to it, with these halves; return the reply's number."""
    incoming = Incoming(str(uuid.uuid4()), "hello")
    accepted = store.ledger.accept(conversation, incoming, visitor_event(incoming, WORDS), digest="d")
    event = compose(halves or [answer()], masked=(), switches={}, words=WORDS)
    assert accepted.turn
    store.turns.finish(accepted.turn, Outcome(event=event, answered=True))
    return accepted.seq + 1


def hand_over(store: Store, conversation: str, asked_at: float, **more: Any) -> None:
    row = {"reason": "button", "claimed_at": None, "answered_at": None, "ended": None, **more}
    with store.database.write() as db:
        db.run(
            "INSERT INTO handoffs (id, conversation, asked_at, asked_seq, reason, queued_at, claimed_at, answered_at, ended)"
            " VALUES (:id, :conversation, :asked_at, 2, :reason, :asked_at, :claimed_at, :answered_at, :ended)",
            id=uuid.uuid4().hex, conversation=conversation, asked_at=asked_at, **row,
        )  # fmt: skip


def call_back(store: Store, conversation: str) -> str:
    callback = Callback("Jane", "+13035550142", "mornings", None)
    return store.callbacks.add(conversation, callback, event=callback_event(without_details(callback), WORDS))


def figures(store: Store, first: str = "2026-11-18", last: str = "2026-11-18", by: str = "day") -> list[Figures]:
    spans = read_spans({"from": first, "to": last, "by": by}, TODAY, NEW_YORK)
    return store.insights.report(spans.starts, spans.end).spans


# ---- what is counted


def test_an_empty_ledger_has_no_shares_and_no_waits(store):
    [day] = figures(store)

    assert day.is_empty
    assert (day.containment, day.miss_rate, day.helpfulness, day.median_wait, day.long_wait) == (None,) * 5


def test_a_conversation_counts_once_somebody_has_said_something(store):
    begin(store)
    ask(store, begin(store))
    two = begin(store)
    ask(store, two)
    ask(store, two)
    [day] = figures(store)

    assert (day.conversations, day.messages, day.replies) == (2, 3, 3)


def test_each_thing_counts_on_its_day_where_the_navigators_are(store, clock):
    for text in ("2026-11-16 23:59", "2026-11-17 00:00", "2026-11-17 23:59", "2026-11-18 00:00", "2026-11-19 00:00"):
        clock.set(text)
        ask(store, begin(store))

    assert [day.messages for day in figures(store, "2026-11-17", "2026-11-18")] == [2, 1]
    assert [day.conversations for day in figures(store, "2026-11-17", "2026-11-18")] == [2, 1]


def test_a_day_with_25_hours_is_one_day(store, clock):
    for text in ("2026-11-01 00:00", "2026-11-01 23:30", "2026-11-02 00:30"):
        clock.set(text)
        ask(store, begin(store))

    assert [day.messages for day in figures(store, "2026-10-31", "2026-11-02")] == [0, 2, 1]


def test_weeks_begin_on_monday_and_are_whole(store, clock):
    for text in ("2026-11-08 12:00", "2026-11-09 00:00", "2026-11-15 23:00", "2026-11-16 01:00", "2026-11-22 23:00"):
        clock.set(text)
        ask(store, begin(store))

    assert [week.messages for week in figures(store, "2026-11-11", "2026-11-18", "week")] == [2, 2]


def test_a_later_message_counts_on_its_own_day_and_its_conversation_where_it_began(store, clock):
    clock.set("2026-11-17 12:00")
    conversation = begin(store)
    ask(store, conversation)
    clock.set("2026-11-18 12:00")
    ask(store, conversation)

    assert [(day.conversations, day.messages) for day in figures(store, "2026-11-17", "2026-11-18")] == [(1, 1), (0, 1)]


def test_topics_are_those_that_were_answered_in_every_half(store):
    conversation = begin(store)
    ask(store, conversation, answer(topic="tob1"), answer(topic="vitamin_d"))
    ask(store, conversation, answer(topic="tob1", question="How is Tob1 connected with MS?"))
    ask(store, conversation, answer(topic="cost", route="refer"))
    ask(store, conversation, answer(topic=None, route="advice"), answer(topic="tob1"))
    spans = read_spans({}, TODAY, NEW_YORK)
    report = store.insights.report(spans.starts, spans.end)

    assert report.total.top_topics == [("tob1", 3), ("vitamin_d", 1)]
    assert report.questions == {"tob1": "How is Tob1 connected with MS?", "vitamin_d": "vitamin_d"}


def test_only_the_twenty_topics_asked_most_are_named(store):
    conversation = begin(store)
    for number in range(25):
        ask(store, conversation, answer(topic=f"topic_{number:02}"))
    ask(store, conversation, answer(topic="topic_24"))
    [day] = figures(store)

    assert len(day.top_topics) == 20
    assert day.top_topics[:2] == [("topic_24", 2), ("topic_00", 1)]


def test_the_miss_rate_is_of_the_bots_replies_alone(store):
    conversation = begin(store)
    ask(store, conversation, answer(route="miss", topic=None))
    for _ in range(3):
        ask(store, conversation)
    store.ledger.append(conversation, danger_event(FakeFinding("crisis"), "…", WORDS))
    [day] = figures(store)

    assert (day.misses, day.replies, day.miss_rate) == (1, 4, 0.25)


def test_replies_to_danger_are_counted(store):
    conversation = begin(store)
    for route in ("crisis", "emergency"):
        store.ledger.append(conversation, danger_event(FakeFinding(route), "…", WORDS))

    assert figures(store)[0].danger == 2


def test_a_chat_stays_with_the_bot_unless_a_person_was_asked_for_or_a_message_was_left(store, clock):
    alone, asked, called, left, by_words = (begin(store) for _ in range(5))
    for conversation in (alone, asked, called):
        ask(store, conversation)
    ask(store, by_words, answer(route="handoff", topic=None))
    incoming = Incoming(str(uuid.uuid4()), "hello")
    turn = store.ledger.accept(left, incoming, visitor_event(incoming, WORDS), digest="d").turn
    store.turns.finish(turn, Outcome(event=down_event(WORDS)))
    hand_over(store, asked, clock.now)
    call_back(store, called)
    [day] = figures(store)

    assert (day.conversations, day.contained, day.containment) == (5, 1, 0.2)


def test_a_person_asked_for_the_next_day_counts_against_the_day_the_chat_began(store, clock):
    clock.set("2026-11-17 12:00")
    conversation = begin(store)
    ask(store, conversation)
    clock.set("2026-11-18 12:00")
    hand_over(store, conversation, clock.now)

    assert [day.contained for day in figures(store, "2026-11-17", "2026-11-18")] == [0, 0]


def test_handoffs_are_counted_by_how_they_went_and_uninvited_navigators_are_not(store, clock):
    conversation, now = begin(store), clock.now
    for more in (
        {"claimed_at": now + 60, "answered_at": now + 90, "ended": "answered"},
        {"claimed_at": now + 120},
        {"claimed_at": now + 300, "ended": "called_back"},
        {"ended": "cancelled"},
        {"ended": "line"},
        {"reason": "joined", "claimed_at": now, "answered_at": now},
        {"reason": "reopened", "claimed_at": now},
    ):
        hand_over(store, conversation, now, **more)
    [day] = figures(store)

    assert (day.asked, day.claimed, day.answered, day.called_back, day.cancelled, day.line) == (5, 3, 1, 1, 1, 1)
    assert (day.median_wait, day.long_wait) == (120, 300)


def test_nine_in_ten_did_not_wait_longer_than_the_long_wait(store, clock):
    conversation = begin(store)
    for minutes in range(1, 21):
        hand_over(store, conversation, clock.now, claimed_at=clock.now + 60 * minutes)
    [day] = figures(store)

    assert (day.median_wait, day.long_wait) == (630, 1080)


def test_helpfulness_is_the_share_of_what_was_said(store):
    conversation = begin(store)
    for helpful in (True, True, False):
        store.extras.add_feedback(conversation, Feedback(ask(store, conversation), helpful, None))
    [day] = figures(store)

    assert (day.helpful, day.feedback) == (2, 3)


def test_callbacks_count_where_they_were_asked_for_with_what_became_of_them(store, clock):
    clock.set("2026-11-17 12:00")
    conversation = begin(store)
    done, given_up, _ = (call_back(store, conversation) for _ in range(3))
    clock.set("2026-11-18 12:00")
    store.callbacks.done(done, "ana")
    store.callbacks.give_up(given_up, "ana")

    found = figures(store, "2026-11-17", "2026-11-18")
    assert [(day.callbacks, day.callbacks_done, day.callbacks_open) for day in found] == [(3, 1, 1), (0, 0, 0)]


def test_what_is_erased_is_not_counted(store, clock):
    conversation = begin(store)
    store.extras.add_feedback(conversation, Feedback(ask(store, conversation), True, None))
    hand_over(store, conversation, clock.now)
    call_back(store, conversation)
    store.extras.erase(conversation)

    assert figures(store)[0].is_empty


def test_small_pages_make_no_difference(store, clock, monkeypatch):
    for _ in range(4):
        conversation = begin(store)
        for _ in range(3):
            store.extras.add_feedback(conversation, Feedback(ask(store, conversation), True, None))
            hand_over(store, conversation, clock.now, claimed_at=clock.now + 5)
            call_back(store, conversation)
    whole = figures(store)
    monkeypatch.setattr("helpdesk.store.insights.PAGE", 3)

    assert figures(store) == whole
    assert (whole[0].conversations, whole[0].messages, whole[0].feedback, whole[0].asked, whole[0].callbacks) == (
        4,
        12,
        12,
        12,
        12,
    )


def test_the_total_is_the_sum_of_the_days_and_its_waits_are_all_waits(store, clock):
    for day, seconds in (("17", 10), ("18", 20), ("18", 90)):
        clock.set(f"2026-11-{day} 12:00")
        conversation = begin(store)
        ask(store, conversation)
        hand_over(store, conversation, clock.now, claimed_at=clock.now + seconds)
    spans = read_spans({"from": "2026-11-17", "to": "2026-11-18"}, TODAY, NEW_YORK)
    report = store.insights.report(spans.starts, spans.end)

    assert (report.total.messages, report.total.asked, report.total.median_wait) == (3, 3, 20)
    assert report.total.topics["tob1"] == 3


# ---- the days that are asked for


def test_without_days_the_last_four_weeks_are_shown():
    spans = read_spans({}, TODAY, NEW_YORK)

    assert (spans.first, spans.last, spans.by, len(spans.each)) == (date(2026, 10, 22), TODAY, "day", 28)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-13-01"}, "to"),
        ({"to": "20261118"}, "to"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "to"),
        ({"from": "9999-12-30", "to": "9999-12-31"}, "to"),
        ({"from": "2026-11-18", "to": "2026-11-17"}, "to"),
        ({"from": "2025-11-17", "to": "2026-11-18"}, "from"),
        ({"by": "month"}, "by"),
    ],
)
def test_days_that_cannot_be_used_are_refused(asked, field):
    with pytest.raises(Refusal) as refused:
        read_spans(asked, TODAY, NEW_YORK)

    assert (refused.value.code, refused.value.field) == ("invalid", field)


def test_a_leap_year_fits():
    assert len(read_spans({"from": "2028-01-01", "to": "2028-12-31"}, TODAY, NEW_YORK).each) == 366


def test_the_usual_periods_end_today_and_have_as_many_spans_as_they_say():
    for title, query in periods(TODAY):
        asked = dict(part.split("=") for part in query.split("&"))
        spans = read_spans(asked, TODAY, NEW_YORK)

        assert str(len(spans.each)) in title
        assert spans.each[-1][0] <= TODAY <= spans.each[-1][1]


# ---- charts


def test_a_chart_names_and_describes_itself_and_carries_no_style():
    svg = str(bar_chart("x", "Chats, by day", "In all: 5 <b>", [Bar("Nov 1: 2", 2, 1), Bar("Nov 2: –", None)], 5))

    assert '<svg class="chart" role="img" aria-labelledby="x-title" aria-describedby="x-desc"' in svg
    assert '<title id="x-title">Chats, by day</title>' in svg and "In all: 5 &lt;b&gt;</desc>" in svg
    assert "style" not in svg and svg.count("<rect") == 2


@pytest.mark.parametrize(
    ("values", "kind", "top"),
    [([], "number", 1), ([0, None], "number", 1), ([7], "number", 8), ([31], "number", 40), ([100], "number", 100)]
    + [([101], "number", 200), ([0.2], "share", 1), ([61], "seconds", 120), ([None], "seconds", 60), ([900], "number", 1000)],
)
def test_the_upper_edge_of_a_chart_is_round_and_high_enough(values, kind, top):
    assert top_of(values, kind) == top


# ---- the file


def test_the_file_has_a_row_for_each_span_and_reads_back(store, clock):
    conversation = begin(store)
    ask(store, conversation)
    ask(store, conversation, answer(route="miss", topic=None))
    spans = read_spans({"from": "2026-11-17", "to": "2026-11-18"}, TODAY, NEW_YORK)
    report = store.insights.report(spans.starts, spans.end)
    text = csv_of((first, last, one) for (first, last), one in zip(spans.each, report.spans))
    before, today = csv.DictReader(io.StringIO(text, newline=""))

    assert text.count("\r\n") == 3 and text.replace("\r\n", "").isprintable()
    assert (today["from"], today["to"], today["messages"], today["miss_rate"], today["topics"]) == (
        "2026-11-18", "2026-11-18", "2", "0.5000", "tob1: 1",
    )  # fmt: skip
    assert (before["messages"], before["miss_rate"], before["median_wait"], before["topics"]) == ("0", "", "", "")
    assert set(today) == {"from", "to", "topics", *(column.key for column in COLUMNS)}


@pytest.mark.parametrize("topic", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x","y")', "a,b\nc"])
def test_a_topic_is_never_a_formula(topic):
    one = Figures()
    one.topics[topic] = 2
    [row] = csv.DictReader(io.StringIO(csv_of([(TODAY, TODAY, one)]), newline=""))

    assert row["topics"][0] not in "=+-@\t\r\n"
    assert row["topics"].removeprefix("'") == f"{topic}: 2"


# ---- the page


class Desk:
    """As much of the desk as the insights need, with somebody signed in."""

    def __init__(self, store: Store, clock: Clock) -> None:
        hours = SimpleNamespace(zone=NEW_YORK, zone_name="Eastern Time")
        self.store = store
        self.queueing = SimpleNamespace(clock=clock, hours=hours)
        self.staff: Staff | None = ANA
        self.env = environment(DeskClock(NEW_YORK, "Eastern Time"), desk_words())

    async def enter(self, request: Any) -> Staff | None:
        return self.staff

    async def render(self, template: str, staff: Staff, *, status: int = 200, here: str = "", **values: Any) -> Any:
        html = self.env.get_template(template).render(staff=staff, csrf="c", counts=None, here=here, **values)
        return HTMLResponse(html, status_code=status)


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    return Desk(store, clock)


@pytest.fixture
def pages(desk: Desk) -> Iterator[TestClient]:
    routes = InsightsPages(desk, desk.enter, desk.render).routes()
    guard = Middleware(Guard, origins=(), metrics=Metrics())
    with TestClient(Starlette(routes=routes, middleware=[guard], exception_handlers=HANDLERS), follow_redirects=False) as client:
        yield client


def tables(html: str) -> dict[str, list[list[str]]]:
    """Return the cells of each table under its caption."""
    found = {}
    for part in re.findall(r"<table.*?</table>", html, re.S):
        [caption] = re.findall(r"<caption[^>]*>(.*?)</caption>", part)
        rows = re.findall(r"<tr>(.*?)</tr>", part, re.S)
        found[caption] = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return found


def test_every_figure_has_a_picture_and_the_same_as_a_table(store, pages, clock):
    conversation = begin(store)
    ask(store, conversation, answer(question="What <is> Tob1?"))
    ask(store, conversation, answer(route="miss", topic=None))
    hand_over(store, conversation, clock.now, claimed_at=clock.now + 90, answered_at=clock.now + 100)
    response = pages.get("/desk/insights?from=2026-11-17&to=2026-11-18")
    html = response.text
    found = tables(html)

    assert response.status_code == 200
    assert html.count('role="img"') == len(MEASURES) == html.count("<details>")
    assert set(found) == {"What was asked most", *(measure.title for measure in MEASURES)}
    assert found["Chats"] == [["Day", "Chats"], ["Nov 17, 2026", "0"], ["Nov 18, 2026", "1"], ["In all", "1"]]
    assert found["Not understood"][2:] == [["Nov 18, 2026", "1", "2", "50%"], ["In all", "1", "2", "50%"]]
    assert found["Wait for a person"][1:3] == [["Nov 17, 2026", "–", "–"], ["Nov 18, 2026", "1 min 30 s", "1 min 30 s"]]
    assert found["What was asked most"][1][:2] == ["What &lt;is&gt; Tob1?", "1"]


def test_nothing_on_the_page_is_against_the_policy_of_the_site(store, pages):
    ask(store, begin(store))
    response = pages.get("/desk/insights")

    assert "style-src 'self'" in response.headers["content-security-policy"]
    assert " style=" not in response.text and "<style" not in response.text
    ids = re.findall(r' id="([^"]+)"', response.text)
    assert len(ids) == len(set(ids))


def test_a_week_is_named_by_its_monday(store, pages):
    ask(store, begin(store))
    found = tables(pages.get("/desk/insights?from=2026-11-11&to=2026-11-18&by=week").text)

    assert [row[0] for row in found["Chats"]] == ["Week", "Week of Nov 9, 2026", "Week of Nov 16, 2026", "In all"]


def test_where_nothing_happened_the_page_says_what_to_do(pages):
    response = pages.get("/desk/insights")

    assert response.status_code == 200
    assert "Choose other days" in response.text and 'href="/chat"' in response.text
    assert "<svg" not in response.text


@pytest.mark.parametrize("query", ["from=x%22%3E%3Cscript%3E", "to=2026-02-30", "from=2020-01-01&to=2026-01-01", "by=month"])
def test_days_that_cannot_be_used_are_said_at_their_field(pages, query):
    response = pages.get(f"/desk/insights?{query}")
    field = query.split("=")[0]

    assert response.status_code == 422
    assert "<title>Error:" in response.text and "<script>" not in response.text
    assert re.search(rf'<(?:input|select) id="{field}"[^>]* aria-invalid="true" aria-describedby="problem"', response.text)
    assert pages.get(f"/desk/insights.csv?{query}").status_code == 422


def test_the_file_is_downloaded_with_the_days_in_its_name(store, pages):
    ask(store, begin(store))
    [link] = re.findall(r'href="(/desk/insights\.csv[^"]*)"', pages.get("/desk/insights?by=week").text)
    response = pages.get(link.replace("&amp;", "&"))

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="insights-2026-10-19-2026-11-22.csv"'
    assert len(list(csv.reader(io.StringIO(response.text, newline="")))) == 6


def test_the_page_does_not_tell_what_visitors_said(store, pages):
    conversation = begin(store)
    incoming = Incoming(str(uuid.uuid4()), "quokkaquokka")
    store.ledger.accept(conversation, incoming, visitor_event(incoming, WORDS), digest="d")

    assert "quokkaquokka" not in pages.get("/desk/insights").text + pages.get("/desk/insights.csv").text


@pytest.mark.parametrize("path", ["/desk/insights", "/desk/insights.csv"])
def test_who_is_not_signed_in_is_led_there_and_back(desk, pages, path):
    desk.staff = None
    response = pages.get(f"{path}?by=week")

    assert response.status_code == 303
    assert response.headers["location"] == f"/desk/sign-in?next={path}%3Fby%3Dweek"


@pytest.mark.parametrize("role", ["navigator", "author", "approver", "admin"])
def test_every_active_member_of_staff_may_look_and_nobody_else(client, chat, role):
    ben = add_staff(client.app, "Ben", role)
    browser = Navigator(client.app, ben)
    chat.ask("what is tob1")
    seen = [browser.get(path) for path in ("/desk/insights", "/desk/insights.csv")]
    client.app.state.desk.store.staff.set_active(ben.id, False)
    after = [browser.get(path) for path in ("/desk/insights", "/desk/insights.csv")]

    assert [response.status_code for response in seen] == [200, 200]
    assert "Progressive MS" not in seen[0].text and tables(seen[0].text)["Chats"][-1] == ["In all", "1"]
    assert [response.status_code for response in after] == [303, 303]
    assert client.get("/desk/insights").status_code == 303


# ---- in a browser

MODES = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "phone": {"viewport": {"width": 320, "height": 568}},
}


@NEEDS_BROWSER[0]
@NEEDS_BROWSER[1]
@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_in_any_state_and_nothing_stands_out_of_the_page(browser, server, mode):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    from tests.looking import AXE  # not above: without a browser its whole module is skipped

    store, ana = server.app.state.desk.store, add_staff(server.app, "Ana")
    with server.client() as client:
        chat = Chat(client)
        for _ in range(2):
            store.extras.add_feedback(chat.id, Feedback(chat.ask("what is tob1")["seq"], True, None))
    hand_over(store, chat.id, store.clock(), claimed_at=store.clock() + 90)
    call_back(store, chat.id)
    context = browser.new_context(base_url=server.url, **MODES[mode])
    context.add_cookies([{"name": COOKIE, "value": begin_session(server.app, ana), "url": server.url}])
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None)
    for path in ("?by=week", "?from=2020-01-01&to=2020-01-02", "?from=x"):
        page.goto(f"/desk/insights{path}")
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        found = axe.run(page, options=AXE).response["violations"]

        assert [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    context.close()
    assert refused == []
