"""What leads to a topic, and has to go where the topic goes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from helpdesk.content.forms import REFERRED
from helpdesk.content.model import Content, Entry
from helpdesk.content.saved import FILE
from helpdesk.editing.saved_tests import read_tests


@dataclass(frozen=True)
class Lead:
    """One way to a topic: `kind` is button, follow_up, subject, test or aspect; `told` is the sentence about it."""

    kind: str
    file: str
    name: str
    told: str


def leads_to(name: str, content: Content, skip: Collection[str] = ()) -> Iterator[Lead]:
    """Yield what leads to the topic; the files of `skip` are being changed themselves."""
    for entry in content.entries:
        if entry.name != name:
            yield from _of_entry(entry, name)
    for subject in content.vocabulary:
        if subject.file not in skip and name in (subject.topic, *subject.topics, subject.referral):
            yield Lead(
                "subject", subject.file, subject.id, f"The word “{subject.name}” belongs to it. Give that word another topic."
            )
    for test in read_tests(content.root) if FILE not in skip else ():
        if test.topic == name:
            yield Lead("test", FILE, test.id, f"The saved test “{test.ask}” wants it. Take the test out first.")
    yield from _aspects(name, content)


def _of_entry(entry: Entry, name: str) -> Iterator[Lead]:
    question = entry.whole.metadata.get("question", entry.name) if entry.whole else entry.name
    for variation in entry.variations:
        for button in variation.buttons:
            if button["payload"] == f"/ask_{name}":
                told = f"The button “{button['title']}” of “{question}” leads to it. Take the button out first."
                yield Lead("button", entry.file, entry.name, told)
    after = sum(example.asks == name for example in entry.examples)
    if after:
        number = "1 question" if after == 1 else f"{after} questions"
        told = f"{number} asked after “{question}” lead to it. Take them out first."
        yield Lead("follow_up", entry.file, entry.name, told.replace("1 question asked", "A question asked", 1))


def _aspects(name: str, content: Content) -> Iterator[Lead]:
    mine = next((e for e in content.entries if e.name == name and e.kind == "referrals"), None)
    for aspect in sorted({e.aspect for e in mine.examples if e.aspect in REFERRED}) if mine else ():
        told = f"It alone answers questions about the aspect {aspect} of every subject. It cannot be taken away."
        yield Lead("aspect", mine.file if mine else "", name, told)
