"""What an author fills in, and what an author is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Problems = dict[str, list[str]]


@dataclass(frozen=True)
class Block:
    """Examples that belong together: own, left out by the page, or asked after the answer."""

    kind: str = "own"  # own, left_out, follow_up
    aspect: str | None = None
    asks: str | None = None
    texts: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str | None, str | None]:
        return self.kind, self.aspect, self.asks


@dataclass(frozen=True)
class Text:
    """One text of an answer: the whole, where `aspect` is None, or what is said of one aspect."""

    aspect: str | None = None
    text: str = ""
    facts: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    page: str = ""
    section: str = ""
    as_of: str = ""
    review_by: str = ""
    short: str = ""
    buttons: tuple[tuple[str, str], ...] = ()  # title, topic


@dataclass(frozen=True)
class TopicForm:
    """One answer or referral. `title` and `overview` are its row in the table of topics; a referral has none."""

    name: str
    kind: str = "answers"  # answers, referrals
    group: str = ""
    question: str = ""
    blocks: tuple[Block, ...] = ()
    texts: tuple[Text, ...] = ()
    version: str = ""  # of the file that it was read from; none: a new topic
    title: str = ""  # none: the question is the title
    overview: bool = False

    @property
    def whole(self) -> Text | None:
        return next((text for text in self.texts if text.aspect is None), None)

    @property
    def examples(self) -> tuple[str, ...]:
        """Return the topic's own examples, of all aspects."""
        return tuple(text for block in self.blocks if block.kind == "own" for text in block.texts)


@dataclass(frozen=True)
class DiffLine:
    """One line of a comparison: it stays, came in, or went out."""

    kind: Literal["same", "in", "out"]
    text: str


@dataclass(frozen=True)
class SavedTest:
    """A question whose answer must not change: the route, and the topic where there is one."""

    ask: str
    route: str
    topic: str | None = None
    by: str | None = None
    at: str = ""  # the day, as 2026-11-20
    id: str = ""  # none: a new one


class Rejected(Exception):
    """What is written cannot be kept as it is: sentences by field; "" is the whole."""

    def __init__(self, problems: Mapping[str, Iterable[str]]) -> None:
        self.problems: Problems = {field: list(dict.fromkeys(told)) for field, told in problems.items()}
        # Without the sentences: they hold what somebody wrote, and this may come into a log.
        super().__init__(f"These fields cannot be kept: {', '.join(field or 'the whole' for field in self.problems)}.")


class Changed(Exception):
    """Somebody else has changed the file since: what they wrote, and how it differs from what was read before."""

    def __init__(self, theirs: TopicForm | None, diff: list[DiffLine], by: str | None) -> None:
        super().__init__("The file has changed since it was read.")
        self.theirs = theirs
        self.diff = diff
        self.by = by
