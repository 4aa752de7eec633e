from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpdesk.editing.forms import Changed, Rejected
from helpdesk.editing.library import Library
from helpdesk.editing.safety_forms import LISTS, Pattern, SafetyForm
from helpdesk.editing.safety_lines import with_list, with_patterns
from helpdesk.errors import Refusal
from tests.editing import library, texts

EELS = "my hovercraft is full of eels"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with library(tmp_path_factory.mktemp("shared")) as found:
        before = texts(found.draft.root)
        yield found
        assert texts(found.draft.root) == before


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[Library]:
    with library(tmp_path) as found:
        yield found


def lines(lib: Library, route: str) -> list[tuple[str, str]]:
    newest, before = lib.history(f"data/safety/{route}.yml")[:2]
    return [(line.kind, line.text.strip()) for line in lib.diff(before.text, newest.text) if line.kind != "same"]


@pytest.mark.parametrize("route", ["crisis", "emergency"])
def test_the_shipped_safety_files_are_written_as_they_were_read(shared, route):
    form = shared.safety(route)
    text = (shared.draft.root / f"data/safety/{route}.yml").read_text(encoding="utf-8")

    assert with_patterns(text, form.patterns, form.patterns) == text
    assert with_patterns(text, form.patterns, [replace(one, means="") for one in form.patterns]) == text
    for key in LISTS[:3]:
        assert with_list(text, key, getattr(form, key)) == text
    other = (shared.draft.root / "data/safety/lookalikes.yml").read_text(encoding="utf-8")
    assert with_list(other, "harmless", form.harmless) == other
    assert shared.save_safety(form, staff="ada") == form


def test_there_is_no_other_safety_file_to_be_changed(shared):
    with pytest.raises(Refusal):
        shared.safety("words")


def test_a_sentence_and_the_line_that_finds_it_are_two_lines_more(lib):
    form = lib.safety("crisis")
    first = form.patterns[0]
    wider = replace(first, match=(*first.match, r"hovercraft (\w+ ){0,3}eels"))

    saved = lib.save_safety(replace(form, patterns=(wider, *form.patterns[1:]), must=(*form.must, EELS)), staff="ada")

    assert saved.patterns[0] == wider
    assert lines(lib, "crisis") == [("in", r"- hovercraft (\w+ ){0,3}eels"), ("in", f"- {EELS}")]
    with pytest.raises(Changed) as changed:
        lib.save_safety(replace(form, suspect=(*form.suspect, EELS)), staff="paul")
    assert changed.value.by == "ada"


def test_a_new_pattern_a_look_alike_and_a_pattern_taken_out_are_kept(lib):
    form = lib.safety("emergency")
    new = Pattern("eels_on_board", "eels: in the craft", (r"hovercraft (\w+ ){0,3}eels",), ("no eels",), gentle=True)

    more = replace(form, patterns=(*form.patterns, new), must=(*form.must, EELS), harmless=(*form.harmless, "eels for dinner"))
    saved = lib.save_safety(more, staff="ada")
    assert (saved.patterns[-1], saved.harmless[-1]) == (new, "eels for dinner")

    less = replace(saved, patterns=form.patterns, must=form.must, harmless=form.harmless)
    assert replace(lib.save_safety(less, staff="ada"), version="") == replace(form, version="")


def with_pattern(form: SafetyForm, *match: str) -> SafetyForm:
    return replace(form, patterns=(*form.patterns, Pattern("eels_on_board", "eels", match)))


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        (lambda f: replace(f, must=(*f.must, EELS)), "must", f"“{EELS}” is found by no pattern"),
        (lambda f: replace(f, must_not=(*f.must_not, f.must[-1])), "must_not", "is found"),
        (lambda f: with_pattern(f, "lesion burden"), "pattern-last", "which is harmless"),
        (lambda f: with_pattern(f, "(a+)+ b"), "pattern-last", "very long"),
        (lambda f: with_pattern(f, "(a"), "pattern-last", "not a valid expression"),
        (lambda f: with_pattern(f, "a*"), "pattern-last", "empty message"),
        (lambda f: with_pattern(f, "<nobody> dies"), "pattern-last", "not listed"),
        (lambda f: with_pattern(f), "pattern-last", "looks for nothing"),
        (lambda f: with_pattern(f, "eels\neels"), "pattern-last", "line break"),
        (lambda f: replace(f, patterns=(*f.patterns, replace(f.patterns[0]))), "pattern-0", "Two patterns"),
        (lambda f: replace(f, suspect=(*f.suspect, f.harmless[0])), "suspect", "among the look-alikes too"),
        (lambda f: replace(f, suspect=(*f.suspect, "${HOME}")), "suspect", "cannot be kept"),
        (lambda f: replace(f, patterns=()), "", "protects nobody"),
    ],
)  # fmt: skip
def test_what_would_protect_nobody_is_not_saved(shared, change, field, says):
    wanted = change(shared.safety("crisis"))

    with pytest.raises(Rejected) as rejected:
        shared.save_safety(wanted, staff="ada")

    told = rejected.value.problems[field.replace("last", str(len(wanted.patterns) - 1))]
    assert says in " ".join(told), told
