"""The steps from a draft to a release: copy, check, train, make the safety net, measure beside the live one."""

from __future__ import annotations

import shutil
import time
from functools import partial
from pathlib import Path

from helpdesk import archives, content, snapshots, training
from helpdesk.editing.draft import Draft
from helpdesk.errors import CommandError
from helpdesk.rasas import Rasas
from helpdesk.safety import SafetyError, SafetyNet
from helpdesk.settings import ROOT, Settings
from helpdesk.store import Store
from helpdesk.store.releases import Release
from helpdesk.trial import safety_of
from helpdesk.workshop_beside import Beside
from helpdesk.workshop_job import MAKING
from helpdesk.workshop_meter import PAUSE, Aside, Meter

TRAINING = "Starting to train component '"
SHOWN = 5


class Making:
    """One release in the making, in a folder of its own that becomes the release's when all is done."""

    def __init__(self, settings: Settings, store: Store, id: str, meter: Meter, *, code: Path = ROOT) -> None:
        self.settings, self.store, self.id, self.meter, self.code = settings, store, id, meter, code
        self.folder = snapshots.folder(settings.state, f"{MAKING}{id}")
        self.content = self.folder / snapshots.CONTENT
        self.archive = self.folder / snapshots.ARCHIVE
        self.scratch = self.folder / "tmp"

    def release(self, staff: str | None) -> Release:
        """Make it. Raises CommandError, or Cancelled; then nothing is left behind."""
        try:
            snapshot = self._check()
            with Rasas(self.code, self.settings.state / "encoder", self.scratch) as rasas:
                safety = Aside(self._safety)
                seconds, hashed = self._train()
                self.meter.begin("safety")
                net, unsafe = safety.wait(self.meter.tick)
                made, reasons = self._beside(net, unsafe, rasas).measure()
            self.meter.end()
            snapshots.note_code(self.settings.state, self.folder.name, self.program)
            shutil.rmtree(self.scratch)
            self.folder.rename(snapshots.folder(self.settings.state, self.id))
            release = Release(self.id, self.store.clock(), staff, hashed, snapshot, seconds, reasons, made.summary)
            self.store.releases.add(release)
            return release
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _check(self) -> str:
        """Copy the draft; from here on nobody's edits matter."""
        self.meter.begin("check")
        draft = Draft(self.settings.root, self.settings.state, self.store.revisions, self.store.clock)
        with draft.locked():
            snapshot = snapshots.take(self.settings.root, self.content)
        self.scratch.mkdir()
        self.program = snapshots.code_hash(self.content / "config.yml", self.code)
        found = Aside(partial(content.check, self.content)).wait(self.meter.tick)
        failures = [str(problem) for problem in found if not problem.warning]
        if failures:
            more = [f"… and {len(failures) - SHOWN} more."] * (len(failures) > SHOWN)
            raise CommandError("\n".join(["The draft has problems. Nothing was trained.", *failures[:SHOWN], *more]))
        return snapshot

    def _safety(self) -> tuple[SafetyNet, list[str]]:
        from extensions.encoder import Encoder

        try:
            encoder = Encoder.load(self.settings.state / "encoder")
            return safety_of(self.content, encoder, self.settings.state / "safety")
        except SafetyError as error:
            raise CommandError(f"The safety files cannot be used. {error}") from None

    def _train(self) -> tuple[float | None, str]:
        """Put a model of this content into the folder; train one only where there is none yet."""
        self.meter.begin("train")
        with training.bench(self.content, self.content / "config.yml", self.code, self.folder) as bench:
            hashed = training.content_hash(bench)
            before = self._trained_before(hashed)
            if before:
                self._take(before)
                self.meter.skip()
                return before.seconds, hashed
            model = self._train_in(bench)
            self._take(model)
            return model.seconds, hashed

    def _take(self, model: training.Model) -> None:
        archives.examine(model.path)
        snapshots.keep_archive(model.path, self.archive)
        snapshots.seal(self.settings.state, self.id, self.settings.secrets().signing[0], at=self.folder)

    def _trained_before(self, hashed: str) -> training.Model | None:
        found = training.fitting(self.code, hashed)
        for release in [] if found else self.store.releases.all():
            archive = snapshots.archive(self.settings.state, release.id)
            if release.content == hashed and snapshots.is_ours(self.settings.state, release.id, self.settings.secrets().signing):
                return training.Model(archive, hashed, release.seconds)
        return found

    def _train_in(self, bench: Path) -> training.Model:
        """Train when no other command here does: two at once take three times as long."""
        while True:
            with training.turn_to_train(self.code) as mine:
                if mine:
                    return self._trained(bench)
            time.sleep(PAUSE)
            self.meter.tick()

    def _trained(self, bench: Path) -> training.Model:
        job = training.Training(bench, self.settings.state, self._hear, scratch=self.scratch)
        try:
            while job.running:
                time.sleep(PAUSE)
                self.meter.tick()
        except BaseException:
            job.stop()
            raise
        return job.finish()

    def _hear(self, line: str) -> None:
        """Take from Rasa's own words how far it is."""
        _, found, name = line.partition(TRAINING)
        if found:
            self.meter.mark(name.rstrip("'."))

    def _beside(self, net: SafetyNet, unsafe: list[str], rasas: Rasas) -> Beside:
        return Beside(self.settings, self.store, self.meter, self.id, self.folder, self.program, net, unsafe, rasas)
