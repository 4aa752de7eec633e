"""How far a training is: by its steps, and within a step by the time that it took before; and whether it is to go on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

STEPS = ("check", "train", "safety", "load", "measure", "compare")
FIRST_GUESS = {"check": 3.0, "train": 60.0, "safety": 5.0, "load": 12.0, "measure": 30.0, "compare": 1.0}
PAUSE = 0.1  # seconds between two looks
EVERY = 0.5  # seconds between two reports
NEARLY = 0.97  # of a step, that has taken its time and is not done

T = TypeVar("T")


class Cancelled(Exception):
    """Somebody has stopped it."""


@dataclass
class Timings:
    """What the steps took last time: seconds, and for each mark within a step how much of it was done then."""

    seconds: dict[str, float] = field(default_factory=dict)
    marks: dict[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Timings:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(*({str(k): float(v) for k, v in found[name].items()} for name in ("seconds", "marks")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def and_before(self, last: Timings) -> Timings:
        """Return these, with those of the time before for what was left out this time."""
        return Timings({**last.seconds, **self.seconds}, {**last.marks, **self.marks})

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(vars(self)) + "\n", encoding="utf-8")


class Meter:
    """`report(step, share)` is told now and then and returns whether to go on; `tick` raises Cancelled where not."""

    def __init__(
        self,
        report: Callable[[str, float], bool],
        last: Timings,
        *,
        clock: Callable[[], float] = time.monotonic,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.now = Timings()
        self._report, self._clock, self._cancelled = report, clock, cancelled
        self._last = last
        self._expected: Mapping[str, float] = {**FIRST_GUESS, **last.seconds}
        self._step = ""
        self._began = self._told = clock()
        self._low = self._high = 0.0

    def begin(self, step: str) -> None:
        """End the step in hand, and begin the next one."""
        self.end()
        self._step, self._began, self._told = step, self._clock(), float("-inf")
        self._low, self._high = 0.0, min([1.0, *self._marks_after(0.0)])
        self.tick()

    def end(self) -> None:
        if self._step:
            self.now.seconds[self._step] = round(self._clock() - self._began, 2)
        self._step = ""

    def mark(self, name: str) -> None:
        """Note that the step in hand has reached a point that it passes each time."""
        self.now.marks[f"{self._step}:{name}"] = round(self._clock() - self._began, 2)
        self._low = max(self._low, self._at(name))
        self._high = min([1.0, *self._marks_after(self._low)])

    def skip(self) -> None:
        """Leave the step in hand out: it says nothing of how long it takes."""
        self._step = ""

    def reach(self, share: float) -> None:
        """Say how much of the step in hand is done, where that is known."""
        self._low = self._high = max(self._low, min(1.0, share))
        self.tick()

    def tick(self) -> None:
        if self._cancelled():
            raise Cancelled
        if self._clock() - self._told >= EVERY:
            self._told = self._clock()
            if not self._report(self._step or STEPS[0], self.share):
                raise Cancelled

    @property
    def share(self) -> float:
        """Return how much of all is done; it never says that a step is done before it is."""
        whole = sum(self._expected[step] for step in STEPS)
        if self._step not in STEPS:
            return 0.0
        before = sum(self._expected[step] for step in STEPS[: STEPS.index(self._step)])
        expected = self._expected[self._step]
        within = (self._clock() - self._began) / expected if expected else 1.0
        return (before + expected * min(NEARLY, max(self._low, min(within, self._high)))) / whole if whole else 0.0

    def _at(self, name: str) -> float:
        seconds = self._last.marks.get(f"{self._step}:{name}", 0.0)
        return min(1.0, seconds / (self._expected[self._step] or 1.0))

    def _marks_after(self, share: float) -> list[float]:
        names = [name.partition(":")[2] for name in self._last.marks if name.startswith(f"{self._step}:")]
        return [at for name in names if (at := self._at(name)) > share]


class Aside(Generic[T]):
    """A call in a thread of its own, which is left alone when the rest is stopped."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._found: list[T] = []
        self._error: BaseException | None = None
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self, tick: Callable[[], None]) -> T:
        while self._thread.is_alive():
            self._thread.join(PAUSE)
            tick()
        if self._error:
            raise self._error
        return self._found[0]

    def _run(self) -> None:
        try:
            self._found.append(self._call())
        except BaseException as error:
            self._error = error
