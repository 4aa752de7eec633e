"""The rules for data/desk/canned.yml: what navigators say often is short, plain and in our own words too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.canned import VARIABLE, VARIABLES
from helpdesk.content.borrowed import borrowed
from helpdesk.content.files import Lined, Problem, plain, read
from helpdesk.content.model import Content
from helpdesk.content.readability import grade, words
from helpdesk.content.texts import GRADE, PHONE, _names

FILE = "data/desk/canned.yml"
SHAPE = {"canned": [{"id": str, "title": str, "text": str, "keywords?": [str]}]}
LONGEST = 120
SAMPLE = {"name": "Ana", "line": PHONE, "hours": "Monday to Friday 9 am to 5 pm, Eastern Time"}


def problems_of(content: Content) -> Iterator[Problem]:
    """Yield what is wrong with the canned replies; the file may be missing."""
    path = content.root / FILE
    if not path.is_file():
        return
    found, problems = read(path, content.root, SHAPE)
    yield from problems
    replies: list[Lined] = found["canned"] if found else []
    for key, what in (("id", "The id"), ("title", "The title")):
        yield from _twice(replies, key, what)
    for one in replies:
        yield from _problems(one, content)


def _twice(replies: list[Lined], key: str, what: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for one in replies:
        if plain(one[key]) in seen:
            yield Problem(FILE, one.at(key), f"{what} {one[key]} stands here twice.", "Give it a name of its own.")
        seen.add(plain(one[key]))


def _problems(one: Lined, content: Content) -> Iterator[Problem]:
    line, text = one.at("text"), one["text"]
    if not re.fullmatch(r"[a-z0-9_]+", one["id"]):
        yield Problem(FILE, one.at("id"), f"The id {one['id']} is not one word.", "Write it in small letters, as not_advice.")
    for key in ("title", "text"):
        if not one[key].strip():
            yield Problem(FILE, one.at(key), f"`{key}` is empty.", "Write it, or take the reply out.")
    for name in VARIABLE.findall(text):
        if name not in VARIABLES:
            known = ", ".join(f"{{{known}}}" for known in VARIABLES)
            yield Problem(FILE, line, f"The variable {{{name}}} is not known.", f"Known are {known}.")
    if re.search(r"[{}]", VARIABLE.sub("", text)):
        yield Problem(FILE, line, "A brace stands alone in the text.", "Write a variable as {name}, or take the brace out.")
    said = VARIABLE.sub(lambda found: SAMPLE.get(found[1], ""), text)
    if len(words(said)) > LONGEST:
        yield Problem(FILE, line, f"The text has {len(words(said))} words.", f"Say it in {LONGEST}.")
    hard = grade(said, _names(tuple(content.vocabulary)))
    if hard > GRADE:
        yield Problem(FILE, line, f"The text reads at grade {hard}.", f"Use shorter words and sentences: {GRADE:g} at most.")
    run = borrowed(said, tuple(exact for fact in content.facts.values() for exact in fact.exact), content.runs)
    if run:
        yield Problem(FILE, line, f"These words stand on the page: {run}.", "Say it in our own words.")
