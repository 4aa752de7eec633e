"""Canned replies: what is shipped, how it is filled in, and what `helpdesk check` says of a mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.canned import VARIABLES, Canned, load
from helpdesk.content import Content, canned, check
from helpdesk.content.readability import grade, words
from helpdesk.content.texts import GRADE
from helpdesk.errors import SettingsError
from helpdesk.words import PHONE

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = load(ROOT / canned.FILE)
VALUES = {"name": "Ana", "line": PHONE, "hours": "Monday to Friday 9 am to 5 pm, Eastern Time"}
HELLO = """canned:
  - id: hello
    title: Hello
    keywords: [hi]
    text: |
      Hello, I am {name}. Call {line}.
"""


def reply(text: str) -> Canned:
    return Canned("one", "One", text)


@pytest.fixture
def problems(tmp_path):
    """Return what the checker says of the text of a file."""

    def found(text: str) -> list[str]:
        path = tmp_path / canned.FILE
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        return [str(problem) for problem in canned.problems_of(Content(tmp_path))]

    return found


# ---- what is shipped

EACH = pytest.mark.parametrize("one", [pytest.param(one, id=one.id) for one in SHIPPED])


def test_there_are_some_twenty_replies():
    assert len(SHIPPED) >= 20


@EACH
def test_every_shipped_reply_can_be_filled_in(one):
    said = one.filled(**VALUES)

    assert said
    assert not re.search(r"[{}]", said)


@EACH
def test_every_shipped_reply_is_short_and_plain(one):
    said = one.filled(**VALUES)

    assert len(words(said)) <= 120
    assert grade(said) <= GRADE


@EACH
def test_a_shipped_reply_names_no_figure_but_the_lines_and_the_pages_date(one):
    assert set(re.findall(r"\d[\d-]*", one.text)) <= {"988", "911", "2015"}


def test_danger_is_answered_with_both_numbers():
    crisis = [one for one in SHIPPED if "suicide" in one.keywords]

    assert crisis
    assert all("988" in one.text and "911" in one.text for one in crisis)


# ---- filled in


def test_variables_are_filled_in():
    assert (
        reply("I am {name}: {line}, {hours}. {name}!").filled(name="Ana", line="1", hours="all day")
        == "I am Ana: 1, all day. Ana!"
    )


@pytest.mark.parametrize("hours", [None, ""])
def test_a_reply_with_hours_is_left_out_where_none_are_set(hours):
    assert reply("We are here {hours}.").filled(name="Ana", line="1", hours=hours) is None
    assert reply("I am {name}.").filled(name="Ana", line="1", hours=hours) == "I am Ana."


def test_a_reply_with_an_unknown_variable_is_left_out():
    assert reply("See {page}.").filled(**VALUES) is None


@given(name=st.text(min_size=1))
def test_a_name_is_taken_as_it_is(name):
    assert reply("{name}{line}").filled(name=name, line="!") == f"{name}!"


# ---- read


def test_a_missing_file_has_no_replies(tmp_path):
    assert load(tmp_path / "canned.yml") == []


def test_an_empty_file_has_no_replies(tmp_path):
    path = tmp_path / "canned.yml"
    path.write_text("# none yet\n", encoding="utf-8")

    assert load(path) == []


@pytest.mark.parametrize(
    "text", ["canned: [", "- hello", "canned:", "canned: [hello]", "canned: [{id: hello}]", "other: []", "\0"]
)
def test_a_file_that_cannot_be_used_is_told(tmp_path, text):
    path = tmp_path / "canned.yml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match=r"canned\.yml.*helpdesk check"):
        load(path)


# ---- checked


def test_a_good_file_is_not_complained_of(problems):
    assert problems(HELLO) == []


def test_a_missing_file_is_not_complained_of(tmp_path):
    assert list(canned.problems_of(Content(tmp_path))) == []


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (HELLO + HELLO.removeprefix("canned:\n").replace("title: Hello", "title: Hello again"), 7, "The id hello"),
        (HELLO + HELLO.removeprefix("canned:\n").replace("id: hello", "id: hello_again"), 8, "The title Hello"),
        (HELLO.replace("{name}", "{visitor}"), 5, "{visitor} is not known. Known are {name}, {line}, {hours}."),
        (HELLO.replace("{name}", "{}"), 5, "{} is not known"),
        (HELLO.replace("{name}", "{name"), 5, "A brace stands alone"),
        (HELLO.replace("      Hello, I am {name}. Call {line}.\n", '      \n'), 5, "`text` is empty"),
        (HELLO.replace("title: Hello", 'title: " "'), 3, "`title` is empty"),
        (HELLO.replace("title: Hello", "title: 5"), 3, "`title` should be text"),
        (HELLO.replace("    title: Hello\n", ""), 2, "`title` is missing"),
        (HELLO.replace("keywords", "words"), 4, "`words` is not known here"),
        (HELLO.replace("id: hello", "id: Say hello"), 2, "The id Say hello is not one word"),
        (HELLO.replace("Call {line}.", "We are here. " * 40), 5, "words. Say it in 120"),
        (HELLO.replace("Call {line}.", "Institutional considerations necessitate additional deliberation."), 5, "reads at grade"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(problems, text, place, what):
    told = problems(text)

    assert len(told) == 1
    assert told[0].startswith(f"{canned.FILE}:{place}: ")
    assert what in told[0]


def test_helpdesk_check_reads_the_file(tmp_path, problems):
    [told] = problems(HELLO.replace("{name}", "{visitor}"))

    assert told in map(str, check(tmp_path))


def test_every_variable_has_a_sample_to_be_measured_with():
    assert set(canned.SAMPLE) == set(VARIABLES)
