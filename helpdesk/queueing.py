"""The rules of the queue as they stand now: whether somebody may wait, and what is said to who does."""

from __future__ import annotations

import time
from collections.abc import Callable

from helpdesk.conversation import Event
from helpdesk.handoff import hours_note, line_event, overdue_event, waiting_event
from helpdesk.hours import Hours
from helpdesk.store.queue_rows import Asking, Line
from helpdesk.words import Words


class Queueing:
    """Opening hours, times and words, for the visitor's side and the navigator's."""

    def __init__(self, hours: Hours, words: Words, *, wait: float, drop: float, clock: Callable[[], float] = time.time) -> None:
        """`wait`: seconds until the next step is offered; `drop`: seconds without a sign of a navigator's desk."""
        self.hours = hours
        self.words = words
        self.wait = wait
        self.drop = drop
        self.clock = clock

    @property
    def is_open(self) -> bool:
        return self.hours.is_open(self.clock()) is not False

    @property
    def since(self) -> float:
        """When today began, where the Navigators are."""
        return self.hours.start_of_day(self.clock())

    def asking(self, reason: str, said: str | None = None) -> Asking:
        def event(line: Line) -> Event:
            return waiting_event(self.words, reason, line.place, line.usual_wait_s, said=said)

        return Asking(reason=reason, is_open=self.is_open, since=self.since, present=self.drop, event=event)

    def back_in_line(self, reason: str, name: str) -> Callable[[Line], Event]:
        return lambda line: waiting_event(self.words, reason, line.place, line.usual_wait_s, name=name)

    def line(self, said: str | None = None) -> Event:
        return line_event(self.words, self.hours_note, said=said)

    @property
    def hours_note(self) -> str:
        """When Navigators are in the chat, for somebody who asks while none is; empty where no hours are set."""
        return hours_note(self.words, self.hours.words(), self.hours.next_opening(self.clock()))

    def overdue(self, *, on_duty: bool) -> Event:
        return overdue_event(self.words, on_duty=on_duty)
