"""What no text of a file may hold: told beside its field, with what to do."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator

from helpdesk.editing.forms import Text, TopicForm

Told = Iterator[tuple[str, str]]  # field, sentence

LONGEST_EXAMPLE, LONGEST_TEXT, LONGEST_LINE = 500, 4_000, 300
MOST_EXAMPLES = 2_000
NAME = re.compile(r"[a-z0-9_]{3,40}")
MARKED_UP = re.compile(r"</?[A-Za-z!][^>\n]*>")
LINKED = re.compile(r"\[[^\]\n]*\]\s*[(\[{]")
DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def of_form(form: TopicForm) -> Told:
    """Yield what is wrong with the single fields."""
    if not NAME.fullmatch(form.name):
        yield "name", "The name has 3 to 40 small letters, digits and _, as vitamin_d. Choose such a name."
    if form.kind == "answers" and not NAME.fullmatch(form.group):
        yield "group", "The group has 3 to 40 small letters, digits and _, as trials. Choose one of the groups."
    if form.kind == "referrals" and form.group:
        yield "group", "A referral stands in no group. Leave it out."
    if not form.question:
        yield "question", "The question is missing. Write it as you would say it."
    yield from _line("question", form.question)
    yield from _line("title", form.title)
    yield from of_examples(form)
    if not form.texts or form.whole is None:
        yield "text-0" if form.texts else "", "The whole answer is missing. Write it."
    for number, text in enumerate(form.texts):
        yield from _text(number, text)


def of_examples(form: TopicForm) -> Told:
    """Yield what is wrong with the examples."""
    if sum(len(block.texts) for block in form.blocks) > MOST_EXAMPLES:
        yield "", f"There are more than {MOST_EXAMPLES:,} examples. Take some out."
    for number, block in enumerate(form.blocks):
        if block.kind not in ("own", "left_out", "follow_up") or (block.kind != "own" and form.kind == "referrals"):
            yield f"examples-{number}", "A referral has only examples of its own. Put these elsewhere."
        for text in block.texts:
            for told in of_example(text):
                yield f"examples-{number}", told


def of_example(text: str) -> Iterator[str]:
    """Yield what is wrong with one example."""
    if len(text) > LONGEST_EXAMPLE:
        yield f"“{text[:40]}…” has {len(text):,} letters. An example has {LONGEST_EXAMPLE} at most: keep the question only."
    elif "\n" in text:
        yield f"“{_cut(text)}” goes over a line break. Write one example on one line."
    else:
        yield from (f"“{_cut(text)}”: {told}" for told in _written(text))


def of_sentence(text: str) -> Iterator[str]:
    """Yield what is wrong with a sentence that nothing is trained to answer: it may hold markup."""
    if len(text) > LONGEST_TEXT:
        yield f"“{text[:40]}…” has {len(text):,} letters, and {LONGEST_TEXT:,} is the most."
    elif "\n" in text or "${" in text or any(map(is_odd, text)):
        yield f"“{_cut(text)}” holds something that cannot be kept: a line break, a hidden letter, or ${{. Write it anew."


def _text(number: int, text: Text) -> Told:
    if len(text.text) > LONGEST_TEXT:
        yield f"text-{number}", f"The text has {len(text.text):,} letters, and {LONGEST_TEXT:,} is the most. Say less."
    for told in _written(text.text.replace("\n", " ")):
        yield f"text-{number}", told
    for key in ("page", "section", "short"):
        yield from _line(f"{key}-{number}", getattr(text, key))
    for title, topic in text.buttons:
        yield from _line(f"buttons-{number}", title)
        if not title or not topic:
            yield f"buttons-{number}", "A button needs words and a topic. Give both, or take it out."
    if len(set(text.facts)) < len(text.facts):
        yield f"facts-{number}", "A fact is listed twice. Keep it once."
    yield from _dates(number, text)


def _dates(number: int, text: Text) -> Told:
    for key, value in (("as_of", text.as_of), ("review_by", text.review_by)):
        if value and not _is_day(value, whole=key == "review_by"):
            shown = "2027-05-01" if key == "review_by" else "2015, 2015-06 or 2015-06-30"
            yield f"{key}-{number}", f"“{_cut(value)}” is not a date. Write it as {shown}."
            return
    if text.as_of and text.review_by and text.review_by < text.as_of:
        yield f"review_by-{number}", f"{text.review_by} is before {text.as_of}. Choose a day after the date of the page."


def _is_day(value: str, *, whole: bool) -> bool:
    if not DAY.fullmatch(value) or (whole and len(value) != len("2027-05-01")):
        return False
    try:
        datetime.date.fromisoformat(value + "2015-01-01"[len(value) :])
    except ValueError:
        return False
    return True


def _line(field: str, text: str) -> Told:
    if len(text) > LONGEST_LINE:
        yield field, f"This has {len(text):,} letters, and {LONGEST_LINE} is the most. Say it shorter."
    elif "\n" in text:
        yield field, "There is a line break here. Write it on one line."
    else:
        yield from ((field, told) for told in _written(text))


def _written(text: str) -> Iterator[str]:
    """Yield what Rasa, YAML or a browser would take for something else than words."""
    odd = next((letter for letter in text if is_odd(letter)), None)
    if odd is not None:
        name = unicodedata.name(odd, f"number {ord(odd)}").lower()
        yield f"There is a letter here that cannot be seen or kept ({name}). Type the words anew."
    if "{" in text or "}" in text:
        yield "There are braces { } here. Write it as plain words."
    if LINKED.search(text):
        yield "There are square brackets as of a link here. Write it as plain words."
    if MARKED_UP.search(text):
        yield "There is markup < > here. Write it as plain words."


def is_odd(letter: str) -> bool:
    """Whether a letter cannot be kept, or would hide what is written."""
    # Direction marks and the joiners inside emoji are written by people; overrides of the direction are not.
    return unicodedata.category(letter) in ("Cc", "Cs") or letter in "\ufeff\ufffd\ufffe\uffff\u202d\u202e"


def _cut(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
