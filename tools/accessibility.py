"""Write docs/accessibility.md: each point of the list, the tests that show it, and how they went.

A test of tests/test_widget_*.py says which points it shows: `@pytest.mark.point(7, 12)`. Tests of other modules are named here.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "accessibility.md"

# Number: (of WCAG 2.2, or other advice; level), what it asks for.
POINTS = {
    1: ("1.1.1", "A", "Pictures and signs have a name, or are decoration and have none."),
    2: ("1.3.1", "A", "Messages are items of a list; each says in words who speaks. Headings are headings."),
    3: ("1.3.2", "A", "Messages stand in the order of time, also after a lost connection."),
    4: ("1.3.4", "AA", "It works upright and on its side."),
    5: ("1.3.5", "AA", "The browser can fill in name and phone number."),
    6: ("1.4.1", "A", "No state is told by colour alone."),
    7: ("1.4.6", "AAA", "Text has a contrast of 7 to 1: light, dark, forced colours, more contrast."),
    8: ("1.4.4, 1.4.10", "AA", "Text of twice the size, and a screen of 320 pixels, lose nothing and do not scroll sideways."),
    9: ("1.4.8", "AAA", "Lines have 80 letters at most, and one and a half times their height; they are not justified."),
    10: ("1.4.11", "AA", "Borders and the mark of the focus have a contrast of 3 to 1."),
    11: ("1.4.12", "AA", "Wider spacing of lines, words and letters loses nothing."),
    12: ("1.4.13", "AA", "Nothing appears only under a pointer."),
    13: ("2.1.1, 2.1.2", "A", "The keyboard does everything, and is never caught."),
    14: ("2.1.4", "A", "No single letter is a command."),
    15: ("2.2.1, 2.2.3, 2.2.6", "AAA", "There is no time limit; what was typed is kept."),
    16: ("2.2.2, 2.3.3", "AAA", "Nothing moves by itself."),
    17: ("2.2.4", "AAA", "No sound, no window, no opening by itself."),
    18: ("2.4.3", "A", "The focus goes through the parts in the order in which they are seen."),
    19: ("2.4.7, 2.4.12, 2.4.13", "AAA", "The focus is always seen: a ring of 3 pixels or more, never covered."),
    20: ("2.4.4, 2.4.9", "AAA", "The words of a link say where it leads."),
    21: ("2.5.2", "A", "A press acts when it ends, and can be taken back by slipping off."),
    22: ("2.5.3", "A", "What is read on a control is in its name, for those who speak their commands."),
    23: ("2.5.7", "AA", "Nothing is dragged or pressed twice."),
    24: ("2.5.5, 2.5.8", "AAA", "Targets are 48 pixels wide and high, with 8 pixels between them; links within a text aside."),
    25: ("2.5.1, 2.5.4", "A", "No gestures, no shaking."),
    26: ("3.1.1, 3.1.2", "AA", "The language is named; words of another one are marked."),
    27: ("3.1.3, 3.1.4, 3.1.5", "AAA", "Texts are easy to read: grade 8 at most, short sentences, short names explained."),
    28: ("3.2.1, 3.2.2, 3.2.5", "AAA", "Focus and choice lead nowhere by themselves; links stay in the same tab."),
    29: ("3.2.6", "A", "The phone number and a person are always in the same place, and offered after failed answers."),
    30: (
        "3.3.1 to 3.3.4",
        "AA",
        "The callback form has labels, says what is wrong beside each field, and is shown before it is sent.",
    ),
    31: ("3.3.7", "A", "Name and number are not asked for twice."),
    32: ("3.3.8", "AA", "Staff log in without puzzles, and may paste."),
    33: ("4.1.2", "A", "Controls tell whether they are open or pressed."),
    34: ("4.1.3", "AA", "What happens is spoken, once, and does not move the focus."),
    35: ("MITRE 4.2.4, 4.2.6, 4.3.16", "", "Replies are short, and do not push away what is being read."),
    36: ("MITRE 4.2.14", "", "Few suggested questions; a person always under the same words."),
    37: ("MITRE 4.2.17", "", "How data is kept, and how to delete it, is said before any is asked for."),
    38: ("MITRE 4.2.18, 4.3.14", "", "Where the bot is not sure, it offers a few choices and a person."),
    39: ("MITRE 4.3.2", "", "Dictation works; no key is caught but Enter."),
    40: ("MITRE 4.3.8, 4.3.15", "", "The size of the text can be set from 16 to 32 pixels, and stays so."),
    41: ("MITRE 4.4.2, 4.4.3", "", "The button that opens the chat has words, is in a landmark, and a link can skip to it."),
    42: ("COGA, memory", "", "The conversation can be saved as text, and is there on return."),
    43: ("without JavaScript", "", "Phone number and a link to the chat stand there."),
}

# Points that tests of other modules show as well.
ELSEWHERE = {
    20: ["tests/test_content.py::test_the_words_are_plain"],
    27: ["tests/test_content.py::test_the_words_are_plain", "tests/test_content.py::test_the_checker_finds_nothing"],
    29: [
        "tests/test_channel.py::test_misses_in_a_row_are_counted_and_forgotten_at_the_first_hit",
        "tests/test_pages.py::test_the_line_is_always_there_and_so_is_a_person",
    ],
    32: ["tests/test_signin.py::test_staff_sign_in_without_puzzles_and_may_paste"],
    35: ["tests/test_content.py::test_the_words_are_plain"],
    36: ["tests/test_conversation.py::test_buttons_come_once_and_at_most_four_of_all_halves"],
    38: ["tests/test_nlg.py::test_a_clarification_offers_the_questions_in_their_order"],
    43: ["tests/test_pages.py::test_the_front_page_has_the_line_and_leads_to_the_chat_without_javascript"],
}

# What no program can tell.
PERSON = {
    7: "whether it is easy on eyes after optic neuritis",
    13: "whether it is bearable with one switch or with tremor",
    22: "Dragon, Voice Control, Voice Access",
    27: "whether people understand the answers",
    34: "NVDA, JAWS, VoiceOver, TalkBack: the tests look at what is put into the live regions",
    38: "whether the choices help those who think slowly",
    39: "the dictation of each system",
}

TOP = """# Accessibility

The widget's 43 points. The numbers are those of WCAG 2.2, or of MITRE's and W3C's advice on chats and on thinking and memory.
`make accessibility` runs the tests, in a real Chromium, and writes this page; whoever changes a test or a point does so in
`tests/test_widget_*.py` or `tools/accessibility.py`.

{summary}

| # | WCAG 2.2 | level | asks that | shown by | result |
|---|---|---|---|---|---|
"""

BOTTOM = """
## What only a person can tell

No test was made by people with MS or with a real screen reader. What is to be looked at by hand:

"""


class Results:
    """A pytest plugin: which tests show which point, and how each went."""

    def __init__(self) -> None:
        self.points: dict[str, set[int]] = defaultdict(set)
        self.outcomes: dict[str, str] = {}

    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        for item in items:
            for mark in item.iter_markers("point"):
                self.points[item.nodeid].update(mark.args)
            for point, names in ELSEWHERE.items():
                if any(item.nodeid.split("[")[0].startswith(name) for name in names):
                    self.points[item.nodeid].add(point)
        unmarked = [item for item in items if item.nodeid not in self.points]
        config.hook.pytest_deselected(items=unmarked)
        items[:] = [item for item in items if item.nodeid in self.points]

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome


def short(nodeid: str) -> str:
    """Name a test by its module, as a link, and its function."""
    path, name = nodeid.split("[")[0].split("::")
    return f"[{Path(path).stem.removeprefix('test_')}](../{path}) `{name.removeprefix('test_')}`"


def row(point: int, results: Results) -> tuple[str, str]:
    """Return the line of a point, and how it went."""
    number, level, asks = POINTS[point]
    by_name: dict[str, list[str]] = defaultdict(list)
    for nodeid, points in results.points.items():
        if point in points:
            by_name[short(nodeid)].append(results.outcomes.get(nodeid, "not run"))
    outcomes = {one for found in by_name.values() for one in found}
    if not by_name:
        state = "by a person only" if point in PERSON else "no test"
    else:
        state = "failed" if "failed" in outcomes else "passed" if {"passed"} <= outcomes <= {"passed", "skipped"} else "not run"
    shown = "<br>".join(sorted(by_name)) or "–"
    return f"| {point} | {number} | {level} | {asks} | {shown} | {state} |", state


def page(results: Results) -> str:
    rows = [row(point, results) for point in POINTS]
    states = [state for _, state in rows]
    summary = ", ".join(f"**{states.count(state)}** {state}" for state in dict.fromkeys(states)) + "."
    hand = [f"- {point}: {what}." for point, what in PERSON.items()]
    return TOP.format(summary=summary) + "\n".join(line for line, _ in rows) + "\n" + BOTTOM + "\n".join(hand) + "\n"


def main() -> int:
    results = Results()
    modules = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").glob("test_widget_*.py"))
    others = sorted({name.split("::")[0] for names in ELSEWHERE.values() for name in names})
    code = pytest.main(["-q", "--no-header", f"--rootdir={ROOT}", *modules, *others], plugins=[results])
    unknown = {point for points in results.points.values() for point in points} - set(POINTS)
    assert not unknown, f"There are no such points: {unknown}"
    PAGE.write_text(page(results), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
