"""The studio's inbox: what comes into it, how it is shown, what is decided, and the way back."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest

from helpdesk.conversation import Answer
from helpdesk.editing.forms import Rejected
from helpdesk.errors import Refusal
from helpdesk.teaching import UNSURE
from tests.desk import add_staff
from tests.studio import Chat, Forms, Studio, opened, problem
from tests.web import answer

DECIDE = "/studio/inbox/decide"
MISS = Answer(route="miss", text="I did not understand that.", confidence=0.2)
BACK = Answer(
    route="clarify", text="Did you mean?", confidence=0.3, buttons=(("Tob1?", "/ask_tob1"), ("Vitamin D?", "/ask_vitamin_d"))
)


@dataclass
class FakeMeaning:
    """Says that sentences with the same first word mean the same; counts how often it was asked."""

    asked: int = 0

    def groups(self, texts: Any) -> list[list[int]]:
        self.asked += 1
        found: dict[str, list[int]] = {}
        for number, text in enumerate(texts):
            found.setdefault(text.casefold().split()[0], []).append(number)
        return sorted(found.values(), key=len, reverse=True)


def near(topic: str, alike: float, kind: str = "own") -> Any:
    return SimpleNamespace(place=SimpleNamespace(topic=topic, kind=kind, text=""), alike=alike)


class FakeLikeness:
    """Finds always the same."""

    def __init__(self) -> None:
        self.found = [near("tob1", 0.81), near("tob1", 0.8), near("greet", 0.7), near("vitamin_d", 0.6), near("diet", 0.4)]

    def nearest(self, text: str, count: int) -> Any:
        return self.found[:count]


def pretend(service: Any) -> None:
    """Put the fakes in, and count nothing but the inbox."""
    service.meaning, service.likeness = FakeMeaning(), FakeLikeness()
    service.counters = {"inbox": service.counters["inbox"]}


@pytest.fixture
def studio(tmp_path):
    with opened(tmp_path) as studio:
        pretend(studio.service)
        yield studio


def replies(studio: Studio, *halves: Answer) -> None:
    studio.assistant.answers = lambda question: halves


def agrees(chat: Chat, agreed: bool = True) -> Chat:
    assert chat.client.put(f"{chat.path}/teaching", json={"agreed": agreed}, headers=chat.headers).status_code == 204
    return chat


def asked(studio: Studio, *texts: str, halves: tuple[Answer, ...] = (MISS,)) -> Chat:
    """Let a visitor who agreed ask what the bot misses."""
    replies(studio, *halves)
    chat = agrees(Chat(studio.client))
    for text in texts:
        chat.ask(text)
    return chat


def inbox(studio: Studio) -> list[tuple[str, str]]:
    return [(item.text, item.why) for item in studio.store.inbox.items()]


def shown(studio: Studio, query: str = "") -> str:
    page = studio.ada.get(f"/studio/inbox{query}")
    assert page.status_code == 200, page.text
    return page.text


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def headings(html: str) -> list[str]:
    return [words(one) for one in re.findall(r'<h2 id="t-\w+">(.*?)</h2>', html, re.S)]


def forms(html: str) -> list[dict[str, str]]:
    """Return the groups' own forms, with all that is ticked."""
    parts = re.findall(rf'<form method="post" action="{DECIDE}".*?</form>', html, re.S)
    ticked = [re.findall(r'name="(i-\w+)" value="yes"', part) for part in parts]
    return [{name: "yes" for name in names} for names in ticked]


def decide(studio: Studio, do: str, group: int = 0, by: Any = None, **fields: str) -> Any:
    """Press a button of a group, with all of its wordings."""
    return (by or studio.ada).raw(DECIDE, do=do, **{**forms(shown(studio))[group], **fields})


def undo(studio: Studio, by: Any = None) -> Any:
    decision = studio.store.decisions.last()[0]
    return (by or studio.ada).raw("/studio/inbox/undo", decision=decision.id)


# ---- what comes into the inbox


def test_a_missed_question_of_a_visitor_who_agreed_is_there(studio):
    asked(studio, "what about my foot")

    assert inbox(studio) == [("what about my foot", "missed")]


@pytest.mark.parametrize(
    ("halves", "why"),
    [
        ((BACK,), "asked_back"),
        ((answer(), MISS), "missed"),
        ((answer(confidence=UNSURE - 0.01),), "unsure"),
        ((answer(confidence=0.9), answer(confidence=0.2)), "unsure"),
    ],
)
def test_what_the_bot_was_not_sure_of_is_there(studio, halves, why):
    asked(studio, "what about it", halves=halves)

    assert inbox(studio) == [("what about it", why)]


@pytest.mark.parametrize(
    "half",
    [answer(confidence=UNSURE), answer(), Answer(route="refer", text="Not on the page."), Answer(route="smalltalk", text="Hi.")],
)
def test_what_went_well_is_not(studio, half):
    asked(studio, "what about it", halves=(half,))

    assert inbox(studio) == []


@pytest.mark.databases
def test_what_was_not_helpful_is_there_until_it_is_helpful_after_all(studio):
    chat = asked(studio, "what is tob1", halves=(answer(),))
    seq = chat.events()[-1]["seq"]

    chat.post("feedback", {"seq": seq, "helpful": False})
    assert inbox(studio) == [("what is tob1", "not_helpful")]

    chat.post("feedback", {"seq": seq, "helpful": True})
    assert inbox(studio) == []


@pytest.mark.databases
def test_a_better_reason_takes_the_place_of_a_weaker_one(studio):
    chat = asked(studio, "what is tob1", halves=(answer(confidence=0.3),))
    assert inbox(studio) == [("what is tob1", "unsure")]
    reply = chat.events()[-1]

    chat.post("feedback", {"seq": reply["seq"], "helpful": False})
    assert inbox(studio) == [("what is tob1", "not_helpful")]

    ana = add_staff(studio.app, "Ana")
    studio.store.inbox.mark(chat.id, reply["reply_to"], ana.id)
    assert inbox(studio) == [("what is tob1", "marked")]


@pytest.mark.parametrize("text", ["is this a stroke", "I think of suicide", "I put my affairs in order"])
def test_danger_is_never_there(studio, text):
    chat = asked(studio, text)
    chat.post("feedback", {"seq": chat.events()[-1]["seq"], "helpful": False})

    assert inbox(studio) == []


def test_danger_that_rasa_saw_is_not_there_either(studio):
    asked(studio, "something dark", halves=(MISS, Answer(route="crisis", text="")))

    assert inbox(studio) == []


@pytest.mark.parametrize("text", ["303-555-0142", "jane@example.org 303-555-0142", "?!", "42"])
def test_what_says_nothing_without_its_details_is_not_there(studio, text):
    asked(studio, text)

    assert inbox(studio) == []


def test_details_are_hidden_and_the_rest_is_there(studio):
    asked(studio, "call 303-555-0142 about my foot")

    assert inbox(studio) == [("call [phone] about my foot", "missed")]


def test_a_button_is_none_of_the_visitors_words(studio):
    chat = asked(studio, "what is tob1", halves=(answer(buttons=(("Vitamin D?", "/ask_vitamin_d"),)),))
    replies(studio, MISS)
    chat.ask("Vitamin D?", choice="/ask_vitamin_d")

    assert inbox(studio) == []


def test_what_is_said_while_a_person_is_waited_for_or_has_the_chat_is_not_there(studio):
    ana = studio.staff("Ana", "navigator")
    studio.store.staff.set_duty(ana.staff.id, True)
    chat = asked(studio, "what about my foot")
    chat.post("handoff", {})
    chat.send("said while waiting")
    ana.act(chat, "claim")
    chat.send("said to Ana")

    assert inbox(studio) == [("what about my foot", "missed")]


def test_who_did_not_agree_has_nothing_there(studio):
    replies(studio, MISS)
    Chat(studio.client).ask("said by a stranger")
    asked(studio, "said by a friend")

    assert inbox(studio) == [("said by a friend", "missed")]


@pytest.mark.databases
def test_nothing_comes_twice_and_nothing_new_is_overlooked(studio):
    chat = asked(studio, "a question")
    for number in range(3):
        assert len(inbox(studio)) == number + 1
        chat.ask(f"question {number}")

    assert sorted(text for text, _ in inbox(studio)) == ["a question", "question 0", "question 1", "question 2"]


def test_it_reads_on_where_it_stopped_however_many_there_are(studio, monkeypatch):
    monkeypatch.setattr("helpdesk.store.inbox.PAGE", 2)
    asked(studio, *(f"question {number}" for number in range(5)))

    assert len(inbox(studio)) == 5


# ---- how it is shown


def test_the_same_meaning_is_one_group_the_most_frequent_first(studio):
    asked(studio, "foot hurts")
    asked(studio, "hair falls out", "hair loss")
    asked(studio, "hair falls out")

    page = shown(studio)

    assert headings(page) == ["hair falls out", "foot hurts"]
    assert "3 times , last" in words(page)
    assert "All 2 wordings" in words(page)
    assert "hair falls out 2 times" in words(page)
    assert "What the bot replied Not understood I did not understand that." in words(page)


def test_an_empty_inbox_says_what_comes_here(studio):
    assert "Nothing is here. Questions come here when the bot missed one" in words(shown(studio))


def test_it_is_narrowed_to_one_reason(studio):
    asked(studio, "foot hurts")
    asked(studio, "hair loss", halves=(answer(confidence=0.1),))

    assert headings(shown(studio, "?why=unsure")) == ["hair loss"]
    assert "Nothing of this kind is here." in words(shown(studio, "?why=marked"))
    assert len(headings(shown(studio, "?why=nonsense&page=99"))) == 2


def test_fifty_groups_are_on_a_page(studio):
    for start in (0, 20, 40):
        asked(studio, *(f"w{number} is what" for number in range(start, start + 20)))

    assert len(headings(shown(studio))) == 50
    assert len(headings(shown(studio, "?page=2"))) == 10
    assert "Page 2 of 2" in words(shown(studio, "?page=2"))


def test_the_number_stands_beside_the_name_of_the_page(studio):
    asked(studio, "foot hurts", "hair loss")

    assert 'Inbox <span class="count some">2</span>' in shown(studio)


def test_the_bots_own_guesses_come_first_then_the_nearest_examples(studio):
    asked(studio, "what is it", halves=(Answer(route="clarify", text="?", confidence=0.42, buttons=(("V?", "/ask_vitamin_d"),)),))

    page = shown(studio)

    assert re.findall(r'value="topic:(\w+)"', page) == ["vitamin_d", "tob1", "diet"]
    assert "the bot was unsure, 42 %" in words(page)
    assert "like an example, 81 %" in words(page)


def test_what_a_page_leaves_out_and_what_is_no_topic_is_no_guess(studio):
    studio.service.likeness.found = [near("tob1", 0.9, kind="left_out"), near("greet", 0.9), near("not_there", 0.9)]
    asked(studio, "what is it")

    assert "No topic comes near it." in words(shown(studio))


def test_nothing_is_compared_again_after_a_decision(studio):
    asked(studio, "foot hurts", "hair loss", "nails break")
    shown(studio)
    decide(studio, "deleted")
    shown(studio)

    assert studio.service.meaning.asked == 1


def test_what_a_visitor_wrote_is_shown_as_text(studio):
    asked(studio, "<b>bold</b> & <script>alert(1)</script>")

    page = shown(studio)

    assert "<script>alert" not in page
    assert "&lt;b&gt;bold&lt;/b&gt; &amp;" in page


# ---- who may


def test_navigators_do_not_get_in_and_strangers_are_led_to_the_sign_in(studio):
    ana = studio.staff("Ana", "navigator")

    assert ana.get("/studio/inbox").status_code == 403
    assert ana.raw(DECIDE, do="deleted").status_code == 403
    assert studio.client.get("/studio/inbox").status_code == 303


def test_reading_is_noted_once_for_each_sign_in(studio):
    for _ in range(3):
        shown(studio)
    studio.paul.get("/studio/inbox")

    noted = [row["staff"] for row in studio.store.audit.rows(50) if row["action"] == "inbox.read"]
    assert sorted(noted) == sorted([studio.ada.staff.id, studio.paul.staff.id])


# ---- deciding


def test_a_guess_is_confirmed_and_its_wordings_become_examples(studio):
    asked(studio, "zebra toes tingle", "zebra feet tingle")

    page = decide(studio, "topic:tob1")

    text = studio.file("tob1").read_text("utf-8")
    assert page.status_code == 303
    assert text.count("- zebra toes tingle\n") == text.count("- zebra feet tingle\n") == 1
    assert inbox(studio) == []
    after = words(studio.ada.get(page.headers["location"]).text)
    assert "2 sentences taught to “How is the molecule Tob1 connected with MS?”." in after
    assert "Ada," in after


@pytest.mark.databases
def test_the_same_words_of_others_are_decided_with_them_and_taught_once(studio):
    for text in ("zebra toes tingle", "zebra toes tingle", "Zebra toes tingle?"):
        asked(studio, text)

    decide(studio, "topic:tob1")

    assert studio.file("tob1").read_text("utf-8").lower().count("zebra") == 1
    assert inbox(studio) == []


def test_what_is_unticked_stays(studio):
    asked(studio, "zebra toes tingle", "zebra crossings")
    fields = forms(shown(studio))[0]
    one = next(item for item in studio.store.inbox.items() if item.text == "zebra toes tingle")

    studio.ada.raw(DECIDE, do="topic:tob1", **{name: value for name, value in fields.items() if name == f"i-{one.id}"})

    assert inbox(studio) == [("zebra crossings", "missed")]


def test_details_do_not_become_part_of_an_example(studio):
    asked(studio, "zebra toes: call 303-555-0142\nplease")

    decide(studio, "topic:tob1")

    assert "- zebra toes: call please\n" in studio.file("tob1").read_text("utf-8")


def test_what_is_an_example_already_changes_no_file(studio):
    asked(studio, "How is the molecule Tob1 connected with MS")
    before = studio.file("tob1").read_bytes()

    page = decide(studio, "topic:tob1")

    assert studio.file("tob1").read_bytes() == before
    assert inbox(studio) == []
    assert "known already to" in words(studio.ada.get(page.headers["location"]).text)


def test_not_ours_is_added_to_the_file_of_what_is_not_our_subject(studio):
    asked(studio, "zebra racing results")

    decide(studio, "not_ours")

    assert "- zebra racing results\n" in studio.file("out_of_scope").read_text("utf-8")
    assert inbox(studio) == []


def test_deleting_changes_no_file_and_it_does_not_come_back(studio):
    chat = asked(studio, "zebra toes tingle")
    before = {path: path.read_bytes() for path in (studio.root / "data").rglob("*.yml")}

    decide(studio, "deleted")
    agrees(chat, False)
    agrees(chat)

    assert inbox(studio) == []
    assert before == {path: path.read_bytes() for path in (studio.root / "data").rglob("*.yml")}


def test_a_new_topic_is_written_with_the_sentences_that_were_set_apart(studio):
    asked(studio, "zebra toes tingle", "zebra feet tingle")
    first = forms(shown(studio))[0]

    page = studio.ada.raw(DECIDE, do="new_topic", **first)

    where = page.headers["location"]
    assert where.startswith("/studio/topics/new?from=")
    texts = studio.store.decisions.texts_with(where.rsplit("=", 1)[1])
    assert sorted(texts) == ["zebra feet tingle", "zebra toes tingle"]
    assert inbox(studio) == []
    assert all(text in studio.ada.get(where).text for text in texts)


def test_another_topic_is_chosen_from_all_of_them(studio):
    asked(studio, "zebra toes tingle")

    page = studio.ada.raw("/studio/inbox/choose", do="other", **forms(shown(studio))[0])
    assert "For zebra toes tingle ." in words(page.text)
    fields = Forms(page.text).of(DECIDE)
    assert {"topic:tob1", "topic:diet"} <= set(re.findall(r'value="(topic:\w+)"', page.text))

    studio.ada.post(DECIDE, {**fields, "do": "topic:diet"})
    assert "- zebra toes tingle\n" in studio.file("diet").read_text("utf-8")


def test_a_referral_is_chosen_from_the_referrals_alone(studio):
    asked(studio, "zebra toes tingle")

    page = studio.ada.raw("/studio/inbox/choose", do="referral", **forms(shown(studio))[0])

    found = set(re.findall(r'value="topic:(\w+)"', page.text))
    assert found == {path.stem for path in (studio.root / "data" / "referrals").rglob("*.yml")}


def test_several_groups_are_decided_at_once(studio):
    asked(studio, "zebra toes tingle", "zebra feet", "foot hurts", "hair loss")
    ticks = re.findall(r'name="(g-\w+)" value="([\w ]+)"', shown(studio))

    studio.ada.raw(DECIDE, do="deleted", **dict(ticks[:2]))

    assert len(inbox(studio)) == 1


def test_without_anything_ticked_nothing_is_done(studio):
    asked(studio, "zebra toes tingle")

    page = studio.ada.raw(DECIDE, do="deleted")

    assert (page.status_code, "Nothing is ticked" in problem(page)) == (422, True)
    assert len(inbox(studio)) == 1


@pytest.mark.parametrize("do", ["", "topic", "topic:", "topic:nonsense", "topic:greet", "burn"])
def test_what_cannot_be_done_is_refused(studio, do):
    asked(studio, "zebra toes tingle")

    assert decide(studio, do).status_code in (404, 422)
    assert len(inbox(studio)) == 1


def test_a_sentence_that_cannot_be_an_example_is_said_so_and_stays(studio):
    asked(studio, "zebra {toes} tingle")
    before = studio.file("tob1").read_bytes()

    page = decide(studio, "topic:tob1")

    assert page.status_code == 422
    assert problem(page).startswith("Nothing was taught.")
    assert studio.file("tob1").read_bytes() == before
    assert len(inbox(studio)) == 1


@pytest.mark.databases
def test_the_second_of_two_is_told_who_was_faster(studio):
    asked(studio, "zebra toes tingle")
    fields = forms(shown(studio))[0]
    studio.paul.raw(DECIDE, do="deleted", **fields)

    page = studio.ada.raw(DECIDE, do="topic:tob1", **fields)

    assert (page.status_code, "Paul was faster" in problem(page)) == (409, True)
    assert "zebra" not in studio.file("tob1").read_text("utf-8")


def test_what_a_colleague_decided_in_part_stays_and_the_rest_is_done(studio):
    asked(studio, "zebra toes tingle", "zebra feet tingle")
    fields = forms(shown(studio))[0]
    studio.paul.raw(DECIDE, do="deleted", **dict(list(fields.items())[:1]))

    page = studio.ada.raw(DECIDE, do="topic:tob1", **fields)

    assert "Paul had decided some of it before" in words(studio.ada.get(page.headers["location"]).text)
    assert studio.file("tob1").read_text("utf-8").count("zebra") == 1


def test_who_decided_what_is_kept(studio):
    asked(studio, "zebra toes tingle")
    decide(studio, "topic:tob1", by=studio.paul)

    (decision,) = studio.store.decisions.last()
    noted = [row for row in studio.store.audit.rows(50) if row["action"] == "inbox.topic"]

    assert (decision.name, decision.what, decision.topic) == ("Paul", "topic", "tob1")
    assert [(row["staff"], row["detail"]) for row in noted] == [(studio.paul.staff.id, "tob1")]


# ---- the way back


@pytest.mark.parametrize(("do", "file"), [("topic:tob1", "tob1"), ("not_ours", "out_of_scope")])
def test_what_was_taught_is_undone_to_the_byte(studio, do, file):
    asked(studio, "zebra toes tingle", "zebra feet tingle")
    before = studio.file(file).read_bytes()
    decide(studio, do)

    page = undo(studio)

    assert page.status_code == 303
    assert studio.file(file).read_bytes() == before
    assert len(inbox(studio)) == 2
    assert studio.store.decisions.last() == []


@pytest.mark.parametrize("do", ["deleted", "new_topic"])
def test_what_changed_no_file_is_undone_too(studio, do):
    asked(studio, "zebra toes tingle")
    decide(studio, do)

    undo(studio)

    assert len(inbox(studio)) == 1


def test_an_earlier_decision_is_undone_though_the_file_has_changed_since(studio):
    asked(studio, "zebra toes tingle", "lion paws tingle")
    decide(studio, "topic:tob1")
    decide(studio, "topic:tob1")
    first = studio.store.decisions.last()[-1]

    studio.ada.raw("/studio/inbox/undo", decision=first.id)

    text = studio.file("tob1").read_text("utf-8")
    assert [("zebra" in text), ("lion" in text)] == ["zebra" not in first.texts[0], "lion" not in first.texts[0]]


@pytest.mark.databases
def test_it_is_undone_once(studio):
    asked(studio, "zebra toes tingle")
    decide(studio, "deleted")
    decision = studio.store.decisions.last()[0].id

    studio.paul.raw("/studio/inbox/undo", decision=decision)
    second = studio.ada.raw("/studio/inbox/undo", decision=decision)

    assert (second.status_code, "Paul was faster" in problem(second)) == (409, True)
    assert studio.ada.raw("/studio/inbox/undo", decision="0").status_code == 404


@pytest.mark.parametrize("instead", ["", "      - zebra toes itch\n"])
def test_what_somebody_took_out_of_the_file_by_hand_is_undone_too(studio, instead):
    asked(studio, "zebra toes tingle")
    decide(studio, "topic:tob1")
    text = studio.file("tob1").read_text("utf-8").replace("      - zebra toes tingle\n", instead)
    studio.file("tob1").write_text(text, "utf-8")

    assert undo(studio).status_code == 303
    assert studio.file("tob1").read_text("utf-8") == text
    assert len(inbox(studio)) == 1


def test_an_undo_that_fails_leaves_the_decision(studio, monkeypatch):
    asked(studio, "zebra toes tingle")
    decide(studio, "topic:tob1")

    def rejected(*args: Any, **kwargs: Any) -> str:
        raise Rejected({"": ["This is the question of the topic."]})

    monkeypatch.setattr(studio.service.library, "undo", rejected)
    page = undo(studio)

    assert (page.status_code, problem(page)) == (422, "It could not be undone. This is the question of the topic.")
    assert len(studio.store.decisions.last()) == 1
    assert inbox(studio) == []


def test_after_a_no_an_undone_message_does_not_come_back(studio):
    chat = asked(studio, "zebra toes tingle")
    decide(studio, "deleted")
    agrees(chat, False)
    assert "zebra" not in shown(studio)

    undo(studio)

    assert inbox(studio) == []
    with studio.store.database.read() as db:
        assert db.all("SELECT text FROM inbox") == []


@pytest.mark.databases
def test_what_a_process_that_died_had_begun_is_free_again(studio, monkeypatch):
    asked(studio, "zebra toes tingle")
    item = studio.store.inbox.items()[0].id
    studio.store.decisions.begin([item], staff=studio.paul.staff.id, what="deleted")
    with pytest.raises(Refusal):
        studio.store.decisions.begin([item], staff=studio.ada.staff.id, what="deleted")

    monkeypatch.setattr(studio.store.decisions, "clock", lambda: time.time() + 3600)

    assert studio.store.decisions.begin([item], staff=studio.ada.staff.id, what="deleted").items


def test_a_decision_whose_file_cannot_be_written_is_let_go(studio, monkeypatch):
    asked(studio, "zebra toes tingle")

    def broken(*args: Any, **kwargs: Any) -> str:
        raise OSError("the disk is full")

    monkeypatch.setattr(studio.service.library, "add_examples", broken)
    decide(studio, "topic:tob1")

    assert len(inbox(studio)) == 1
    assert studio.store.decisions.last() == []


# ---- keys


def test_the_single_keys_can_be_switched_off_and_on(studio):
    assert "data-keys" in shown(studio)

    studio.ada.raw("/studio/inbox/keys", on="no")
    assert "data-keys" not in shown(studio)
    assert "data-keys" in studio.paul.get("/studio/inbox").text

    studio.ada.raw("/studio/inbox/keys", on="yes")
    assert "data-keys" in shown(studio)


def test_many_events_are_read_in_little_time(studio, record_property):
    chat = asked(studio, "zebra toes tingle")
    with studio.store.database.write() as db:
        row = db.all("SELECT * FROM conversations WHERE id = :id", id=chat.id)[0]
        events = db.all("SELECT * FROM events WHERE conversation = :id ORDER BY seq", id=chat.id)
        names = [f"{number:032x}" for number in range(5000)]
        at = time.time() - 10_000
        columns = ", ".join(row)
        db.run_many(
            f"INSERT INTO conversations ({columns}) VALUES ({', '.join(':' + name for name in row)})",
            [{**row, "id": name, "teaching": number % 2} for number, name in enumerate(names)],
        )
        columns = ", ".join(events[0])
        db.run_many(
            f"INSERT INTO events ({columns}) VALUES ({', '.join(':' + name for name in events[0])})",
            [{**event, "conversation": name, "at": at, "client_id": None} for name in names for event in events],
        )
        db.run("DELETE FROM meta WHERE name = 'inbox_read_to'")
    began = time.perf_counter()
    assert studio.store.inbox.count() == 2501
    first = time.perf_counter() - began
    began = time.perf_counter()
    assert studio.store.inbox.count() == 2501
    record_property("first", round(first, 2))
    record_property("again", round(time.perf_counter() - began, 3))
