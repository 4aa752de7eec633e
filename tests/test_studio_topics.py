"""The topic editor without a script: find, read, change, check, save, undo, retire; and two people at once."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest

from helpdesk.content import check
from helpdesk.studio.topic_diff import changes, together
from helpdesk.studio.topic_fields import fields_of, form_of, short_name
from tests.studio import Chat, Forms, Studio, opened, problem, title

TOB1 = "/studio/topics/tob1"
NEW = {
    "question": "What is the planted finding?",
    "name": "planted_finding",
    "group": "findings",
    "examples-0": "\n".join(f"planted finding number {number} please" for number in range(20)),
    "text-0": "Tob1 is a molecule linked to immune cells. It is a possible biomarker that may help predict how MS will progress.",
    "add-fact-0": "F47",
    "page-0": "Progressive MS Research",
    "section-0": "Recent progress",
    "as_of-0": "2015",
    "review_by-0": "2027-05-01",
    "short-0": "Tob1 is a possible early sign.",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("shared")) as found:
        yield found


@pytest.fixture
def studio(tmp_path):
    with opened(tmp_path) as found:
        yield found


class Page(Forms):
    """A page of the editor with everything that a browser would send of it: boxes, choices and ticks too."""

    def __init__(self, text: str) -> None:
        self.sent: dict[str, str] = {}
        self.editor = self.area = ""
        super().__init__(text)

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.editor = found.get("action", "") if "data-editor" in found else ""
        name = found.get("name")
        if not self.editor or not name:
            return
        if tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            self.sent[name] = found.get("value", "")
        if tag == "textarea":
            self.area, self.sent[name] = name, ""
        if tag == "select":
            self.choice, self.sent[name] = name, ""

    def handle_data(self, data):
        super().handle_data(data)
        if self.area:
            self.sent[self.area] += data

    def handle_endtag(self, tag):
        super().handle_endtag(tag)
        if tag == "textarea":
            self.sent[self.area] = self.sent[self.area].removeprefix("\n") if self.area else ""
            self.area = ""


def selected(page: str, sent: dict[str, str]) -> dict[str, str]:
    """Add what is chosen in the selects."""
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]*)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        if name in sent:
            sent[name] = unescape(chosen[1]) if chosen else ""
    return sent


def fields(page) -> dict[str, str]:
    return selected(page.text, dict(Page(page.text).sent))


def save(studio: Studio, path: str = TOB1, by=None, **changed: str):
    by = by or studio.ada
    return by.post(path, {**fields(by.get(path)), **changed})


def beside(page, id: str) -> str:
    """Return what is said to be wrong beside a field."""
    found = re.search(rf'data-wrong="{id}">(.*?)</p>', page.text, re.S)
    return unescape(found[1]).strip() if found else ""


def audit(studio: Studio) -> list[tuple[str, str]]:
    return [(row["action"], row["subject"]) for row in studio.store.audit.rows(20)]


# ---- the list


def test_the_list_finds_a_topic_by_words_of_its_question(shared):
    page = shared.ada.get("/studio/topics?q=tob1+molecule")

    assert page.text.count('href="/studio/topics/tob1"') == 1 and "vitamin_d" not in page.text


@pytest.mark.parametrize(("chip", "kind"), [("answers", "Answer"), ("referrals", "Referral")])
def test_a_chip_shows_only_its_kind(shared, chip, kind):
    rows = list(csv.DictReader(io.StringIO(shared.ada.get(f"/studio/topics.csv?show={chip}").text)))

    assert rows and {row["kind"] for row in rows} == {chip}
    assert kind in shared.ada.get(f"/studio/topics?show={chip}").text


def test_the_file_has_every_topic_and_the_page_has_them_page_by_page(shared):
    rows = list(csv.DictReader(io.StringIO(shared.ada.get("/studio/topics.csv").text)))
    first, second = (shared.ada.get(f"/studio/topics?per=25&page={page}").text for page in (1, 2))

    assert len(rows) > 100 and {"tob1", "cost"} <= {row["name"] for row in rows}
    assert first.count('class="row-link"') == second.count('class="row-link"') == 25 and first != second


def test_the_order_can_be_chosen(shared):
    rows = list(csv.DictReader(io.StringIO(shared.ada.get("/studio/topics.csv?sort=few").text)))
    numbers = [int(row["examples"]) for row in rows]

    assert numbers == sorted(numbers)


def test_a_list_with_nothing_in_it_says_what_to_do(shared):
    page = shared.ada.get("/studio/topics?q=zebra")

    assert 'class="empty"' in page.text and "/studio/topics/new" in page.text


@pytest.mark.parametrize("query", ["show=no", "sort=no", "per=9", "page=0", "page=99999", "page=-1", "q=" + "x" * 3000])
def test_an_address_with_nonsense_in_it_still_shows_a_list(shared, query):
    assert shared.ada.get(f"/studio/topics?{query}").status_code == 200


def test_answers_past_their_review_are_marked(studio):
    path = studio.file("tob1")
    path.write_text(path.read_text().replace('review_by: "2027-05-01"', 'review_by: "2020-05-01"', 1))

    page = studio.ada.get("/studio/topics?show=past")

    assert 'href="/studio/topics/tob1"' in page.text and "Past" in page.text


# ---- reading and saving


@pytest.mark.parametrize("name", ["tob1", "cost", "us_german_compounds", "sprint_ms_ibudilast"])
def test_saving_an_untouched_page_changes_no_byte(shared, name):
    path = shared.file(name)
    before = path.read_bytes()

    answer = save(shared, f"/studio/topics/{name}")

    assert answer.status_code == 303 and answer.headers["location"].endswith("said=topic_same")
    assert path.read_bytes() == before


def test_an_example_more_is_one_line_more(studio):
    path = studio.file("tob1")
    before = path.read_text()
    boxes = fields(studio.ada.get(TOB1))["examples-0"]

    answer = save(studio, **{"examples-0": boxes + "\r\n- what on earth is a tob one marker\r\n\r\n"})

    added = set(path.read_text().splitlines()) - set(before.splitlines())
    assert answer.status_code == 303 and added == {"      - what on earth is a tob one marker"}
    assert ("topic.changed", "tob1") in audit(studio)
    assert [found for found in check(studio.root) if not found.warning] == []


def test_text_facts_dates_and_buttons_are_saved(studio):
    sent = fields(studio.ada.get(TOB1))
    text = sent["text-0"].replace("is a possible biomarker", "may be a biomarker")

    answer = save(
        studio,
        **{"text-0": text, "review_by-0": "2028-01-01", "title-0-0": "Any other sign?", "short-0": "Tob1 may be an early sign."},
    )

    assert answer.status_code == 303, problem(answer)
    form = studio.service.library.topic("tob1")
    whole = form.whole
    assert (whole.text, whole.review_by, whole.buttons[0][0]) == (text, "2028-01-01", "Any other sign?")
    assert [found for found in check(studio.root) if not found.warning] == []


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(studio):
    before = studio.file("tob1").read_bytes()
    text = "Tob1 was found in 93 of 100 people by Xanthippe. " * 3

    answer = save(studio, **{"text-0": text, "review_by-0": "2027-99-99"})

    assert answer.status_code == 422 and title(answer).startswith("Error") and problem(answer)
    assert "93" in beside(answer, "text-0") and beside(answer, "review_by-0")
    assert 'href="#text-0"' in answer.text and 'href="#review_by-0"' in answer.text
    assert fields(answer)["text-0"] == text.strip() and fields(answer)["review_by-0"] == "2027-99-99"
    assert studio.file("tob1").read_bytes() == before


BAD = {
    "a bomb": ("text-0", "a: &a [*a, *a]\nb: *a " + "{" * 40),
    "markup": ("text-0", "Tob1 <script>alert(1)</script> is a molecule."),
    "braces": ("text-0", "Tob1 is a {molecule}."),
    "a link": ("examples-0", "what is [tob1](molecule)"),
    "an entity": ("examples-0", "what is [tob1]{\"entity\": \"x\"}"),
    "a long example": ("examples-0", "tob1 " * 2000),
    "dates out of order": ("review_by-0", "2010-01-01"),
    "an unknown fact": ("add-fact-0", "F999"),
    "a letter that cannot be seen": ("question", "What is\x00 Tob1?"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_beside_its_field(shared, what):
    field, value = BAD[what]
    before = shared.file("tob1").read_bytes()

    answer = save(shared, **{field: value})

    place = field.replace("add-fact", "facts")
    assert answer.status_code == 422 and beside(answer, place), what
    assert "<script>alert" not in answer.text
    assert shared.file("tob1").read_bytes() == before


def test_a_form_larger_than_a_megabyte_is_refused_with_words(shared):
    answer = save(shared, **{"text-0": "x" * 1_100_000})

    assert answer.status_code == 413 and problem(answer)


def test_a_form_of_some_hundred_kilobytes_is_judged_like_any_other(shared):
    answer = save(shared, **{"text-0": "long " * 40_000})

    assert answer.status_code == 422 and beside(answer, "text-0")


# ---- checking, adding and taking out, with nothing but buttons


def test_check_tells_of_problems_and_saves_nothing(shared):
    sent = fields(shared.ada.get(TOB1))
    page = shared.ada.post(f"{TOB1}/check", {**sent, "text-0": sent["text-0"] + " It costs 37 dollars.", "do": "check"})

    assert page.status_code == 200 and "37" in beside(page, "text-0") and "37 dollars" in fields(page)["text-0"]
    assert "37 dollars" not in shared.file("tob1").read_text()


def test_a_text_and_a_box_can_be_added_and_taken_out_before_saving(studio):
    sent = fields(studio.ada.get(TOB1))
    more = fields(studio.ada.post(f"{TOB1}/check", {**sent, "add-text": "when", "do": "add-text"}))
    texts = sum(name.startswith("aspect-") for name in sent)
    assert more[f"aspect-{texts}"] == "when" and more[f"page-{texts}"] == sent["page-0"]
    boxed = fields(studio.ada.post(f"{TOB1}/check", {**more, "add-kind": "own", "add-aspect": "when", "do": "add-block"}))
    number = next(name.removeprefix("block-") for name, value in boxed.items() if value == "own|when|")
    filled = {
        **boxed,
        f"examples-{number}": "when was tob1 first named in print",
        f"text-{texts}": "The page does not tell when Tob1 was first named. It is a molecule.",
        f"add-fact-{texts}": "F48",
    }
    gone = fields(studio.ada.post(f"{TOB1}/check", {**filled, "do": f"drop-text-{texts}"}))
    assert f"aspect-{texts}" not in gone

    answer = studio.ada.post(TOB1, filled)

    assert answer.status_code == 303, problem(answer)
    assert studio.service.library.topic("tob1").texts[-1].aspect == "when"


def test_a_fact_that_is_unticked_is_taken_out(studio):
    sent = fields(studio.ada.get(TOB1))
    without = {name: value for name, value in sent.items() if name != "facts-1-F47"}

    page = studio.ada.post(f"{TOB1}/check", {**without, "do": "check"})

    assert beside(page, "facts-1") and "facts-1-F47" not in fields(page)


# ---- a new topic


def create(studio: Studio, path: str = "/studio/topics/new", **changed: str):
    return studio.ada.post(path, {**fields(studio.ada.get(path)), **NEW, **changed})


def test_a_new_topic_is_added_and_the_whole_draft_is_right(studio):
    answer = create(studio)

    assert answer.status_code == 303, [problem(answer), answer.text[answer.text.find("What is not right") :][:900]]
    assert answer.headers["location"].startswith("/studio/topics/planted_finding")
    assert [found for found in check(studio.root) if not found.warning] == []
    assert "ask_planted_finding" in (studio.root / "domain.yml").read_text()
    assert ("topic.added", "planted_finding") in audit(studio)


def test_a_new_referral_is_added(studio):
    sent = {
        "question": "Does the planted thing hurt?",
        "examples-0": "\n".join(f"does the planted thing hurt {number} times" for number in range(20)),
        "text-0": "The two pages do not say. An MS Navigator can talk with you about it: 1-800-344-4867.",
    }
    path = "/studio/topics/new?kind=referrals"

    answer = studio.ada.post("/studio/topics/new", {**fields(studio.ada.get(path)), **sent})

    assert answer.status_code == 303, problem(answer)
    assert studio.service.library.topic(answer.headers["location"].split("/")[-1].split("?")[0]).kind == "referrals"


@pytest.mark.parametrize("name", ["tob1", "new", "../x", "nlu_fallback", "A B", "x" * 200])
def test_a_name_that_is_taken_or_none_is_refused_beside_its_field(shared, name):
    answer = create(shared, name=name)

    assert answer.status_code == 422 and beside(answer, "name")
    assert fields(answer)["question"] == NEW["question"]


def test_other_pages_can_begin_a_topic(shared):
    page = shared.ada.get("/studio/topics/new?question=Is+it+red%3F&example=red+or+not&example=which+colour&fact=F47")
    sent = fields(page)

    assert (sent["question"], sent["examples-0"]) == ("Is it red?", "red or not\nwhich colour") and "facts-0-F47" in sent


def test_a_name_is_made_of_the_words_that_say_something():
    assert short_name("How is the molecule Tob1 connected with MS?") == "molecule_tob1_connected_ms"


# ---- two people


def test_the_second_is_shown_what_the_first_changed_and_both_changes_stay(studio):
    ada, paul = fields(studio.ada.get(TOB1)), fields(studio.paul.get(TOB1))
    assert save(studio, by=studio.paul, **{"examples-0": paul["examples-0"] + "\npauls own tob question"}).status_code == 303

    page = studio.ada.post(
        TOB1, {**ada, "review_by-0": "2028-02-02", "examples-0": ada["examples-0"] + "\nadas own tob question"}
    )

    assert page.status_code == 409 and "Paul" in page.text and "pauls own tob question" in page.text
    again = studio.ada.post(TOB1, hidden(page))
    assert again.status_code == 303, problem(again)
    text = studio.file("tob1").read_text()
    assert "pauls own tob question" in text and "adas own tob question" in text and "2028-02-02" in text


def test_both_can_be_looked_at_in_the_editor_first(studio):
    ada = fields(studio.ada.get(TOB1))
    save(studio, by=studio.paul, **{"review_by-0": "2028-03-03"})
    changed = studio.ada.post(TOB1, {**ada, "examples-0": ada["examples-0"] + "\nadas own tob question"})

    page = studio.ada.post(f"{TOB1}/check", {**hidden(changed), "do": "put-back"})

    sent = fields(page)
    assert sent["review_by-0"] == "2028-03-03" and "adas own tob question" in sent["examples-0"]


def hidden(page) -> dict[str, str]:
    """Return the fields of the form that puts both texts together."""
    found = Forms(page.text).of(TOB1)
    boxes = re.findall(r'<textarea name="([^"]*)" hidden>\n?(.*?)</textarea>', page.text, re.S)
    return {**found, **{name: unescape(value) for name, value in boxes}}


# ---- history, undo, retire, switch


def test_the_history_tells_who_changed_what_and_undo_brings_back_every_byte(studio):
    before = studio.file("tob1").read_bytes()
    boxes = fields(studio.ada.get(TOB1))["examples-0"]
    save(studio, **{"examples-0": boxes + "\nan extra tob question", "note": "Heard on the phone."})
    page = studio.ada.get(f"{TOB1}/history")
    assert "Ada" in page.text and "Heard on the phone." in page.text and "an extra tob question" in page.text
    assert "In:" in page.text

    answer = studio.ada.send(f"{TOB1}/history", f"{TOB1}/undo")

    assert answer.status_code == 303 and studio.file("tob1").read_bytes() == before


def test_an_earlier_version_can_be_brought_back(studio):
    boxes = fields(studio.ada.get(TOB1))["examples-0"]
    before = studio.file("tob1").read_bytes()
    for number in (1, 2):
        save(studio, **{"examples-0": boxes + f"\nextra tob question {number}"})
    oldest = re.findall(r'name="revision" value="([^"]*)"', studio.ada.get(f"{TOB1}/history").text)[-1]

    answer = studio.ada.raw(f"{TOB1}/history", revision=oldest)

    assert answer.status_code == 303 and studio.file("tob1").read_bytes() == before


def test_a_revision_that_is_not_of_this_topic_is_not_found(shared):
    for action in ("history", "undo"):
        assert shared.ada.raw(f"{TOB1}/{action}", revision="0" * 24 + "-000").status_code == 404


def test_before_a_topic_is_retired_it_is_said_what_leads_to_it_and_that_goes_and_comes_with_it(studio):
    path, tob1, before = "/studio/topics/vitamin_d", studio.file("tob1"), studio.file("vitamin_d").read_bytes()
    leading = tob1.read_bytes()
    page = studio.ada.get(f"{path}/retire")
    assert "/studio/topics/tob1" in page.text and "The button" in page.text
    assert studio.ada.raw(f"{path}/retire").status_code == 422

    assert studio.ada.send(f"{path}/retire", f"{path}/retire").status_code == 303
    assert b"/ask_vitamin_d" not in tob1.read_bytes()
    assert "vitamin d" in studio.ada.get("/studio/topics?show=retired").text
    shown = studio.ada.get(path)
    assert shown.status_code == 200 and "retired" in shown.text
    assert studio.ada.send(path, f"{path}/restore").status_code == 303
    assert (studio.file("vitamin_d").read_bytes(), tob1.read_bytes()) == (before, leading)
    assert {("topic.retired", "vitamin_d"), ("topic.restored", "vitamin_d")} <= set(audit(studio))


def test_a_switched_off_answer_is_not_given_from_the_next_message_on(studio):
    chat = Chat(studio.client)
    assert "Tob1" in chat.ask("Tob1?")["text"]

    assert studio.ada.send(TOB1, f"{TOB1}/switch").status_code == 303
    assert chat.ask("Tob1 again?")["route"] == "refer"
    assert "Switched off" in studio.ada.get(TOB1).text and "tob1" in studio.ada.get("/studio/topics?show=off").text
    assert studio.ada.send(TOB1, f"{TOB1}/switch").status_code == 303
    assert "Tob1 once more" in chat.ask("Tob1 once more?")["text"]
    assert [one for one in audit(studio) if one[1] == "tob1"] == [("topic.switched_on", "tob1"), ("topic.switched_off", "tob1")]


# ---- the preview


def test_the_preview_speaks_the_events_of_the_chat(shared):
    sent = fields(shared.ada.get(TOB1))
    answer = shared.ada.post("/studio/preview/tob1", {**sent, "text-0": "It is a molecule that nobody has saved."})
    told = json.loads(answer.text)
    asked, reply = told["chats"][0]

    assert asked["text"] == sent["question"] and asked["author"] == "visitor"
    assert reply["text"] == "It is a molecule that nobody has saved." and reply["answers"][0]["page"] == sent["page-0"]
    assert [action["title"] for action in reply["actions"] if action["kind"] == "ask"] == [sent[f"title-0-{n}"] for n in range(3)]
    assert "grade" in told["measured"][0] and told["problems"]["text-0"]


def test_a_button_of_the_preview_leads_to_the_draft_of_the_other_topic(shared):
    chat = json.loads(shared.ada.get("/studio/preview/vitamin_d").text)["chat"]

    assert chat[1]["answers"][0]["topic"] == "vitamin_d"


def test_a_navigator_and_a_stranger_get_no_preview(shared):
    ana = shared.staff("Ana", "navigator")

    assert ana.get("/studio/preview/tob1").status_code == 403
    assert shared.client.get("/studio/preview/tob1").status_code == 401


def test_only_who_writes_or_publishes_is_let_to_the_pages(shared):
    cora = shared.staff("Cora", "navigator")

    for path in ("/studio/topics", TOB1, f"{TOB1}/history", f"{TOB1}/retire", "/studio/topics/new", "/studio/topics.csv"):
        assert cora.get(path).status_code == 403
        assert shared.client.get(path, headers={"Accept": "text/html"}).status_code == 303


def test_a_topic_that_is_not_there_is_not_found(shared):
    for path in ("/studio/topics/zebra", "/studio/topics/zebra/history", "/studio/topics/zebra/retire", "/studio/preview/zebra"):
        assert shared.ada.get(path).status_code == 404


# ---- forms, fields and differences


def test_every_topic_survives_the_way_through_the_page(shared):
    library = shared.service.library
    for entry in library.content().entries:
        if entry.kind != "dialogue":
            form = library.topic(entry.name)
            assert form_of(fields_of(form), form.name) == form


def test_the_differences_of_equal_forms_are_none(shared):
    form = shared.service.library.topic("tob1")

    assert changes(form, form) == [] and together(form, form, form) == form


# ---- safety

DIE = "/studio/safety/crisis/patterns/wants_to_die"


def test_a_sentence_can_be_tried_and_the_pattern_that_finds_it_is_named(shared):
    found = shared.ada.send("/studio/safety", "/studio/safety", sentence="I want to die")
    missed = shared.ada.send("/studio/safety", "/studio/safety", sentence="is there a webcast")

    assert DIE in found.text.split('class="found-by"')[1].split("</div>")[0]
    assert "No pattern" in missed.text
    assert shared.ada.send("/studio/safety", "/studio/safety", sentence=" ").status_code == 422


def pattern(studio: Studio, path: str = DIE, **changed: str):
    page = studio.ada.get(path)
    return studio.ada.post(path, {**boxed(page.text, path), **changed})


def boxed(text: str, path: str) -> dict[str, str]:
    """Return what stands in the form of a pattern."""
    found = Forms(text)
    boxes = {name: found.boxes.get(name, "").strip("\n") for name in ("match", "unless", "must", "must_not")}
    ticked = re.findall(r'type="checkbox" id="(\w+)" name="\w+" value="(\w+)" checked', text)
    return {**found.of(path), **boxes, **dict(ticked), "do": "save"}


def test_an_untouched_pattern_changes_no_byte(shared):
    path = shared.root / "data" / "safety" / "crisis.yml"
    before = path.read_bytes()

    assert pattern(shared).headers["location"].endswith("said=safety_same")
    assert path.read_bytes() == before


def test_a_pattern_is_saved_with_the_sentence_that_it_has_to_find(studio):
    page = studio.ada.get(DIE)
    match = boxed(page.text, DIE)["match"] + "\nzebra crossing forever"

    answer = pattern(studio, match=match, must="zebra crossing forever for me")

    assert answer.status_code == 303, problem(answer)
    text = (studio.root / "data" / "safety" / "crisis.yml").read_text()
    assert "      - zebra crossing forever\n" in text and "  - zebra crossing forever for me\n" in text
    assert ("safety.changed", "crisis/wants_to_die") in audit(studio)
    tried = studio.ada.send("/studio/safety", "/studio/safety", sentence="zebra crossing forever")
    assert DIE in tried.text.split('class="found-by"')[1].split("</div>")[0]
    again = studio.ada.post(
        "/studio/safety/crisis/sentences/must", {**Forms(tried.text).of("/studio/safety"), "out": "zebra crossing forever for me"}
    )
    assert (
        again.status_code == 303 and "zebra crossing forever for me" not in (studio.root / "data/safety/crisis.yml").read_text()
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"must": "a sentence that nothing finds at all"}, "must"),
        ({"must_not": "i want to die"}, "must_not"),
        ({"match": "(a+)+b"}, "match"),
        ({"match": "(unclosed"}, "match"),
        ({"match": "<nobody> dies"}, "match"),
        ({"match": ""}, "match"),
    ],
)
def test_a_pattern_that_does_not_prove_itself_is_refused_and_nothing_typed_is_lost(shared, changed, field):
    path = shared.root / "data" / "safety" / "crisis.yml"
    before = path.read_bytes()

    answer = pattern(shared, **changed)

    assert answer.status_code == 422 and problem(answer)
    assert beside(answer, field) or 'id="rest"' in answer.text
    (name, value) = next(iter(changed.items()))
    assert boxed(answer.text, DIE)[name] == value
    assert path.read_bytes() == before


def test_a_pattern_that_somebody_changed_meanwhile_is_not_written_over_unseen(studio):
    sent = boxed(studio.ada.get(DIE).text, DIE)
    assert pattern(studio, means="says that they want to die, or somebody").status_code == 303

    answer = studio.ada.post(DIE, {**sent, "gentle": "yes"})

    assert answer.status_code == 409 and "says that they want to die, or somebody" in answer.text


def test_sentences_of_a_list_are_found_and_refused_where_they_are_there_already(shared):
    path = "/studio/safety/crisis/sentences/must"
    page = shared.ada.get(f"{path}?q=die")
    known = re.search(r'name="out" value="([^"]*)"', page.text)

    answer = shared.ada.send(path, path, more=unescape(known[1]), out="")

    assert answer.status_code == 422 and "already" in answer.text
    assert shared.ada.get("/studio/safety/crisis/sentences/zebra").status_code == 404
    assert shared.ada.get("/studio/safety/zebra/sentences/must").status_code == 404
    assert shared.ada.get("/studio/safety/crisis/patterns/zebra").status_code == 404
