"""A page that the bot is to learn from: given, read, made facts of, and given again."""

from __future__ import annotations

import re

import pytest
import yaml

from helpdesk.content import check
from tests.studio import Forms, Studio, opened, problem

PAGE = """<html><body><h1>Walking and MS</h1>
<p>In June 2031 the Example Institute asked 412 people how far they walk. Most of them said that a daily walk in the park
had lifted their mood, and some of them slept better. Do you walk?</p>
<h2>What comes next</h2><p>A second survey is to begin in Milan with the help of the Example Institute.</p></body></html>"""
GIVEN = {"name": "Walking and MS", "as_of": "2031", "address": "https://example.org/walking", "text": PAGE}
SAYS = "The Example Institute asked 412 people in June 2031 about their walks."
MARKUP = "Some people say &lt;script&gt;alert(1)&lt;/script&gt; &amp; <i>{{ 7 * 7 }}</i> on it."
EXACT = "June 2031\nExample Institute\n412"


@pytest.fixture
def studio(tmp_path):
    with opened(tmp_path) as found:
        found.service.meaning = ByWords()
        yield found


class ByWords:
    """Texts that share words are near."""

    def vectors(self, texts):
        import numpy as np

        rows = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in zip(rows, texts):
            for word in re.findall(r"\w+", text.lower()):
                row[sum(map(ord, word)) % 256] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def give(studio: Studio, **fields: str):
    return studio.ada.send("/studio/sources", "/studio/sources", **{**GIVEN, **fields})


def given(studio: Studio, **fields: str) -> str:
    """Give the page; return where its sentences are."""
    answer = give(studio, **fields)
    assert answer.status_code == 303
    return str(answer.headers["location"].split("?")[0])


def sentences(page) -> list[str]:
    return [re.sub(r"\s+", " ", found).strip() for found in re.findall(r"<blockquote>(.*?)</blockquote>", page.text, re.S)]


def facts(studio: Studio) -> dict[str, dict]:
    return {fact["id"]: fact for fact in yaml.safe_load((studio.root / "data/facts.yml").read_text())["facts"]}


def keep_fact(studio: Studio, at: str, number: int = 1, says: str = SAYS, exact: str = EXACT):
    return studio.ada.send(at, f"{at}/{number}", deed="accept", says=says, exact=exact)


def test_a_page_is_shown_sentence_by_sentence_without_its_questions(studio):
    page = studio.ada.get(given(studio))

    found = sentences(page)
    assert len(found) == 3 and found[0].startswith("In June 2031") and not any("?" in text for text in found)
    assert "Paragraph 1" in page.text and "What comes next" in page.text


def test_a_file_is_read_as_well_as_a_text(studio):
    form = Forms(studio.ada.get("/studio/sources").text).of("/studio/sources")
    fields = {**form, **GIVEN, "text": ""}
    fields.pop("file", None)

    answer = studio.client.post(
        "/studio/sources", data=fields, files={"file": ("page.html", PAGE.encode(), "text/html")}, headers=studio.ada.headers
    )

    assert answer.status_code == 303
    assert len(sentences(studio.ada.get(answer.headers["location"]))) == 3


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"name": ""}, "name"), ({"name": "x" * 200}, "name"), ({"as_of": "soon"}, "as_of"), ({"as_of": "2031-13-01"}, "as_of"),
     ({"text": ""}, "text"), ({"text": "<script>x</script>"}, "text")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(studio, fields, field):
    answer = give(studio, **fields)

    assert answer.status_code == 422 and problem(answer) and f'id="{field}-wrong"' in answer.text
    assert "https://example.org/walking" in answer.text and not studio.store.sources.all()


def test_a_page_of_50_megabytes_is_refused_in_words(studio):
    answer = give(studio, text="All work is done. " * 3_000_000)

    assert answer.status_code == 413 and problem(answer) and not studio.store.sources.all()


def test_markup_in_a_page_is_shown_and_not_obeyed(studio):
    at = given(studio, name="<b>Bold</b>", text=MARKUP)

    page = studio.ada.get(at).text

    assert "<script>alert" not in page and "<b>Bold" not in page and "{{ 7 * 7 }}" in page


def test_a_sentence_becomes_a_fact_in_an_authors_own_words(studio):
    at = given(studio)

    assert keep_fact(studio, at).status_code == 303

    (new,) = [fact for fact in facts(studio).values() if fact["page"] == "Walking and MS"]
    assert new["says"] == SAYS and new["exact"] == EXACT.split("\n") and new["section"] == "Walking and MS"
    page = studio.ada.get(at).text
    assert new["id"] in page and SAYS in page
    assert f'/studio/topics/new?fact={new["id"]}"' in page


@pytest.mark.parametrize(
    ("says", "exact", "field"),
    [("", EXACT, "says"), ("word " * 41, "", "says"), ("Far away.", EXACT, "exact"),
     ("Most of them said that a daily walk in the park had lifted their mood.", "", "says")],
    ids=["nothing", "too long", "exact is missing", "the page's own words"],
)  # fmt: skip
def test_a_fact_that_is_not_in_order_is_refused_beside_the_sentence_with_what_was_typed(studio, says, exact, field):
    at, before = given(studio), facts(studio)

    answer = keep_fact(studio, at, number=2, says=says, exact=exact)

    assert answer.status_code == 422 and f'id="{field}-2-wrong"' in answer.text and says.strip() in answer.text
    assert facts(studio) == before


def test_a_sentence_is_put_aside_and_taken_up_again(studio):
    at = given(studio)

    studio.ada.send(at, f"{at}/2", deed="aside")
    assert studio.store.sources.items(at.rsplit("/", 1)[1])[1].state == "aside"

    studio.ada.send(at, f"{at}/2", deed="open")
    assert studio.store.sources.items(at.rsplit("/", 1)[1])[1].state == "open"


def test_of_two_who_decide_at_once_the_second_is_told(studio):
    at = given(studio)
    stale = Forms(studio.ada.get(at).text).of(f"{at}/2")
    studio.paul.send(at, f"{at}/2", deed="aside")

    answer = studio.ada.post(f"{at}/2", {**stale, "deed": "aside"})

    assert answer.status_code == 409 and problem(answer)


def test_no_answer_may_borrow_a_sentence_of_a_page_that_was_given(studio):
    at = given(studio)
    keep_fact(studio, at)
    path = studio.file("tob1")
    words = "Most of them said that a daily walk in the park had lifted their mood."
    path.write_text(path.read_text().replace("      text: |\n        ", f"      text: |\n        {words} ", 1))

    assert any("stand on the page" in found.what and found.file.endswith("tob1.yml") for found in check(studio.root))


def test_a_page_given_again_says_which_facts_changed_and_which_answers_to_read_again(studio):
    keep_fact(studio, given(studio))
    fact = next(fact["id"] for fact in facts(studio).values() if fact["page"] == "Walking and MS")
    path = studio.file("tob1")
    path.write_text(path.read_text().replace("facts: [F48]", f"facts: [F48, {fact}]", 1))

    page = studio.ada.get(given(studio, text=PAGE.replace("412", "530").replace("Milan", "Milan and Rome"))).text
    changes = page.partition('id="changes"')[2].partition("</section>")[0]

    assert "530" in changes and "412" in changes and fact in changes and '/studio/topics/tob1"' in changes
    assert "Rome" in changes


def test_a_page_given_again_unchanged_keeps_what_was_made_of_it(studio):
    keep_fact(studio, given(studio))

    page = studio.ada.get(given(studio)).text

    assert SAYS in page and page.count('class="sentence accepted"') == 1 and 'class="change"' not in page
