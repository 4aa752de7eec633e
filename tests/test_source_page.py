"""Reading a page, and what it proposes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpdesk.content import load
from helpdesk.errors import Refusal
from helpdesk.source_facts import compared, exact_of, missing_facts, proposals
from helpdesk.source_page import LARGEST, read_page, split

ROOT = Path(__file__).resolve().parent.parent
HTML = """<!doctype html><html><head><title>Site</title><script>var x = "<p>no</p>";</script></head><body>
<nav><a href="/">Home page of the site here</a></nav>
<h1>A New <em>Study</em></h1>
<p>In June 2031 the U.S. trial of examplumab enrolled 250 people. Dr. Smith led it! Was it good?</p>
<h2>Results</h2><ul><li>Pain was 12.5% lower in the first group<li>It cost $3 million in all, they say</ul>
<p>Read More</p><footer>Somewhere 1, all rights are kept here</footer></body></html>"""


@pytest.fixture(scope="module")
def content():
    return load(ROOT)


def by_words(texts):
    """Vectors in which texts are near that share words."""
    rows = np.zeros((len(texts), 512), dtype=np.float32)
    for row, text in zip(rows, texts):
        for word in text.lower().split():
            row[sum(map(ord, word.strip(".,"))) % 512] += 1
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def test_html_gives_its_sentences_with_their_places_and_nothing_of_what_stands_around():
    page = read_page(HTML)

    assert page.title == "A New Study"
    assert [(s.section, s.paragraph, s.number) for s in page.sentences] == [
        ("A New Study", 1, 1), ("A New Study", 1, 2), ("A New Study", 1, 3), ("Results", 1, 1), ("Results", 2, 1),
    ]  # fmt: skip
    assert page.sentences[0].text == "In June 2031 the U.S. trial of examplumab enrolled 250 people."
    assert not any(word in page.text for word in ("Home", "var x", "rights", "Read More"))


def test_plain_text_gives_the_same_sentences():
    text = "A New Study\n\nIn June 2031 it began. It went on.\n\nResults\n\n• Pain was lower\n• It cost a lot"

    page = read_page(text)

    assert [(s.section, s.paragraph, s.text) for s in page.sentences] == [
        ("A New Study", 1, "In June 2031 it began."), ("A New Study", 1, "It went on."),
        ("Results", 1, "Pain was lower"), ("Results", 2, "It cost a lot"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "count"),
    [("One. Two. Three.", 3), ("Dr. Smith and Prof. Lee met. They spoke.", 2), ("It rose by 3.5 points. So what?", 2),
     ("The U.K. trial ended. “It works.” They said so.", 3), ("no end at all", 1), ("", 0)],
)  # fmt: skip
def test_a_paragraph_is_cut_where_sentences_end(text, count):
    assert len(split(text)) == count


@pytest.mark.parametrize(
    ("content_of_page", "code"),
    [("", "empty"), ("   \n \n", "empty"), ("<html><body></body></html>", "empty"), ("<script>alert(1)</script>", "empty"),
     ("x" * (LARGEST + 1), "too_long"), ("One sentence is here. " * 4000, "too_long")],
    ids=["nothing", "blanks", "no text", "a script alone", "large", "many sentences"],
)  # fmt: skip
def test_what_is_no_page_is_refused(content_of_page, code):
    with pytest.raises(Refusal) as refused:
        read_page(content_of_page)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 200 + "Deep down is a sentence." + "</div>" * 200,
        "<p>Never closed <b>is this <i>text of mine.",
        "\ud800<p>Half a\x00 character\x07 is in here.",
        "<!DOCTYPE html [<!ENTITY a 'b'>]><p>&a;&a; Text of a page.",
    ],
    ids=["deep", "unclosed", "control characters", "entities"],
)
def test_odd_markup_does_no_harm(page):
    found = read_page(page)

    assert found.sentences and all(c.isprintable() for c in found.text.replace("\n", ""))


def test_what_is_nested_without_end_is_refused_or_read_and_breaks_nothing():
    try:
        found = read_page("<div>" * 100_000 + "Deep down is a sentence.")
    except Refusal as refused:
        assert refused.code in ("invalid", "empty")
    else:
        assert found.sentences


def test_figures_dates_and_names_are_what_must_be_exact(content):
    text = "In June 2031 the University of Example gave ibudilast to 250 people in Milan; 12.5% of it, or $3 million, is ours."

    assert exact_of(text, content) == ("June 2031", "University of Example", "ibudilast", "250", "Milan", "12.5%", "$3 million")


def test_a_sentence_that_a_fact_says_already_is_known_and_others_are_proposed(content):
    fact = content.facts["F47"]
    page = read_page(f"News\n\n{fact.says} Ten people saw a new examplumab clinic open. Who are they really in this?")

    found = proposals(page, content, by_words)

    assert fact.id in [one.known for one in found]
    assert found[-1].known is None
    assert not any(one.sentence.text.endswith("?") for one in found)


def test_a_page_given_again_tells_what_was_reworded_what_is_gone_and_what_is_new(content):
    fact = next(iter(content.facts))
    before = [
        ("The trial has 250 people in it today.", fact),
        ("This line goes away with the next one.", None),
        ("This stays as it is here.", None),
    ]
    page = read_page(
        "News\n\nThe trial has 300 people in it today. This stays as it is here. Something entirely other is said of walking."
    )

    found = {change.kind: change for change in compared(before, page, content)}

    assert set(found) == {"reworded", "gone", "new"}
    assert found["reworded"].fact == fact and "300" in found["reworded"].after
    assert set(found["reworded"].answers) == {
        entry.name for entry in content.entries if any(fact in variation.facts for variation in entry.variations)
    }
    assert found["gone"].before.startswith("This line") and "walking" in found["new"].after


def test_of_a_page_that_was_there_from_the_start_the_facts_that_it_lacks_are_told(content):
    name = content.facts["F47"].page
    every = " ".join(exact for fact in content.facts.values() for exact in fact.exact if fact.id != "F47" and "Tob1" not in exact)

    missing = {change.fact for change in missing_facts(read_page(f"News\n\nThis page speaks of {every} only."), name, content)}

    assert "F47" in missing and all("Tob1" in content.facts[fact].exact for fact in missing)
