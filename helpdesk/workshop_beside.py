"""The new model beside the live one: both are asked the same, the live one only what is not known of it yet."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from helpdesk import comparing, gate, measured, measuring, snapshots
from helpdesk.comparing import Comparison
from helpdesk.comparing_models import compare
from helpdesk.errors import CommandError
from helpdesk.measured import Held, Measures
from helpdesk.measuring import Asked
from helpdesk.rasas import Rasas
from helpdesk.safety import SafetyNet
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.replays import Spoken
from helpdesk.trial import Trial, safety_of
from helpdesk.workshop_meter import Aside, Meter

VISITORS = 200  # of their last messages, asked again


@dataclass
class Live:
    """The release that is live, and what is known of it."""

    id: str
    folder: Path
    program: str
    measures: Measures


class Beside:
    """The measuring of one new model: its folder holds content, archive and program."""

    def __init__(
        self, settings: Settings, store: Store, meter: Meter, id: str, folder: Path, program: str,
        net: SafetyNet, unsafe: Sequence[str], rasas: Rasas,
    ) -> None:  # fmt: skip
        self.settings, self.store, self.meter, self.id, self.folder = settings, store, meter, id, folder
        self.program, self.net, self.unsafe, self.rasas = program, net, tuple(unsafe), rasas

    def measure(self) -> tuple[Comparison, list[str]]:
        """Return the comparison, and why the new model must not be published. All that may be kept is written to its folder."""
        self.meter.begin("load")
        known, spoken = self.folder / snapshots.CONTENT, self.store.replays.last(VISITORS)
        asked = measuring.asked(known, self.settings.root / "tests" / "heldout")
        if not asked:
            raise CommandError("There is nothing to measure with: data/tests holds no questions. Put the files back.")
        exact = measuring.read_exact(known / "data" / "facts.yml")
        live = self._live()
        answered = live.measures.by_key() if live else {}
        unknown = [one for one in asked if live and one.key not in answered]
        # The next start of the help desk trains it once more; until then the program of today may not be able to load it.
        can_ask = live is not None and live.program == self.program and bool(unknown or spoken)
        # The live one is asked everything only once; then the new one has the other processor to itself.
        servers = 1 if can_ask and unknown else min(2, os.cpu_count() or 1)
        new = self._begun(self.folder, self.net, servers)
        old = self._begun(live.folder, self._net_of(live.folder)) if live and can_ask else None
        ready = [Aside(partial(new.foresee, _texts(asked)))] + ([Aside(partial(old.foresee, _texts(unknown)))] if old else [])
        for trial in filter(None, (new, old)):
            trial.wait(self.meter.tick)
        for one in ready:
            one.wait(self.meter.tick)
        self.meter.begin("measure")
        count = Count(self.meter, len(asked) + len(spoken) + (len(unknown) + len(spoken) if old else 0))
        asking = [Aside(partial(self._held, new, asked, spoken, exact, count))]
        if old:
            asking.append(Aside(partial(self._held, old, unknown, spoken, exact, count)))
        after, *before = (one.wait(count.tell) for one in asking)
        self.meter.begin("compare")
        measures = Measures(tuple(after), self.unsafe, dict(self.meter.now.seconds), self.program)
        return self._compared(measures, live, before[0] if before else [])

    def _compared(self, after: Measures, live: Live | None, before: list[Held]) -> tuple[Comparison, list[str]]:
        was = None
        if live and (live.measures.held or before):
            was = replace(live.measures, held=(*live.measures.held, *before))
            if before:
                measured.write(live.folder, was.without_visitors())
        made = compare(self.id, after, live.id if live else None, was)
        measured.write(self.folder, after.without_visitors())
        comparing.write(self.folder, made)
        return made, gate.reasons(after, was)

    def _held(self, trial: Trial, asked: Sequence[Asked], spoken: Sequence[Spoken], exact: Any, count: Count) -> list[Held]:
        held = measuring.hold_all(trial.ask, asked, exact, count.one)
        return held + measuring.replay_visitors(trial.ask, spoken, count.one)

    def _live(self) -> Live | None:
        publication = self.store.releases.live()
        if publication is None or not snapshots.is_whole(self.settings.state, publication.release):
            return None
        folder = snapshots.folder(self.settings.state, publication.release)
        program = snapshots.noted_code(self.settings.state, publication.release) or ""
        known = measured.read(folder)
        # A model that was trained once more, because the program has changed, has to be asked once more.
        fits = known is not None and known.program == program
        return Live(publication.release, folder, program, known if known and fits else Measures(program=program))

    def _net_of(self, folder: Path) -> SafetyNet:
        """Return a release's own safety net, with the encoder that we have loaded."""
        call = partial(safety_of, folder / snapshots.CONTENT, self.net.encoder, self.settings.state / "safety")
        return Aside(call).wait(self.meter.tick)[0]

    def _begun(self, folder: Path, net: SafetyNet, servers: int = 1) -> Trial:
        return Trial(folder / snapshots.CONTENT, folder / snapshots.ARCHIVE, net, self.rasas, servers)


class Count:
    """How many conversations are done of all. Counted in one thread and another, told in the one that asks."""

    def __init__(self, meter: Meter, of: int) -> None:
        self.meter, self.of, self.done = meter, of, 0
        self._lock = threading.Lock()

    def one(self) -> None:
        with self._lock:
            self.done += 1

    def tell(self) -> None:
        self.meter.reach(self.done / self.of)


def _texts(asked: Sequence[Asked]) -> list[str]:
    return [turn.ask for one in asked for turn in one.case.turns]
