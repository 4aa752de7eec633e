"""The release that `helpdesk up` begins with, and a model for it that fits the program of today."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from helpdesk import archives, snapshots, training
from helpdesk.console import Console
from helpdesk.editing.draft import Draft
from helpdesk.errors import CommandError
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.releases import Publication, Release, new_id

Until = Callable[[Callable[[], bool]], None]


class Fitting:
    """Finds or trains models; while that takes its time, `until` keeps the rest of the help desk going."""

    def __init__(self, settings: Settings, store: Store, console: Console, code: Path, until: Until) -> None:
        self.settings = settings
        self.store = store
        self.console = console
        self.code = code
        self.until = until
        self.config = settings.root / "config.yml"

    def begin_with(self) -> Publication:
        """Return what was wanted, else what was live, else a first publication of the draft."""
        releases = self.store.releases
        wanted, live = releases.wanted(), releases.live()
        if wanted and snapshots.is_whole(self.settings.state, wanted.release):
            return wanted
        if wanted:
            releases.failed(wanted.id, "Its files are not there.")
        if live and snapshots.is_whole(self.settings.state, live.release):
            return live
        if live:
            self.console.line("publish", f"the files of version {live.release} are gone: what is in data/ goes live instead")
        return self._first(expected=live.id if live else None)

    def fit(self, publication: Publication) -> None:
        """Train the release's own content again where the program has changed since, or the model is not the one that was made.

        Raises CommandError where it cannot be trained, or was measured with the earlier program and has never been live.
        """
        release, state, code = publication.release, self.settings.state, snapshots.code_hash(self.config, self.code)
        is_ours = snapshots.is_ours(state, release, self.settings.secrets().signing)
        if is_ours and snapshots.noted_code(state, release) == code:
            return
        content, found = snapshots.content(state, release), self.store.releases.find(release)
        with training.bench(content, self.config, self.code, state) as bench:
            wanted = training.content_hash(bench)
            if found is None or found.content != wanted or not is_ours:
                why = "the program has changed" if is_ours else "its model is not the one that was made"
                if publication.kind == "publish" and publication.state == "wanted":
                    raise CommandError(f"Since this version was measured {why}. Train and compare once more.")
                model = self._model(bench, wanted, f"{why}: training what was published once more")
                self._take(model, release)
                self.store.releases.trained_again(release, wanted, model.seconds)
        snapshots.note_code(state, release, code)

    def _first(self, expected: str | None) -> Publication:
        """Register the draft, with the newest model that fits it, as what is live."""
        state, releases = self.settings.state, self.store.releases
        release = new_id(self.store.clock())
        content = snapshots.content(state, release)
        with Draft(self.settings.root, state, self.store.revisions).locked():
            snapshot = snapshots.take(self.settings.root, content)
        with training.bench(content, self.config, self.code, state) as bench:
            wanted = training.content_hash(bench)
            model = self._made_by_hand() or self._model(bench, wanted, self._why())
            self._take(model, release)
        snapshots.note_code(state, release, snapshots.code_hash(self.config, self.code))
        releases.add(Release(release, self.store.clock(), None, wanted, snapshot, model.seconds))
        return releases.want(release, staff=None, kind="first", note="", expected=expected)

    def _take(self, model: training.Model, release: str) -> None:
        """Make a model the release's own. Raises CommandError where it is none that can be ours."""
        archives.examine(model.path)
        snapshots.keep_archive(model.path, snapshots.archive(self.settings.state, release))
        snapshots.seal(self.settings.state, release, self.settings.secrets().signing[0])

    def _made_by_hand(self) -> training.Model | None:
        """Return the newest model where `rasa train` made it from the files that are there."""
        model = training.newest(self.code) if self.settings.root == self.code else None
        return model if model and model.content is None and training.fits(self.code, model) else None

    def _why(self) -> str:
        return "the content has changed: training" if training.newest(self.code) else "no model yet: training"

    def _model(self, bench: Path, wanted: str, why: str) -> training.Model:
        """Return a model that was made from just this, after training one if there is none."""
        while True:
            if model := training.fitting(self.code, wanted):
                return model
            with training.turn_to_train(self.code) as my_turn:
                if my_turn:
                    return self._train(bench, why)
            again = time.monotonic() + 1.0
            self.until(lambda again=again: time.monotonic() > again)  # type: ignore[misc]

    def _train(self, bench: Path, why: str) -> training.Model:
        before = training.newest(self.code)
        self.console.begin("train", why, before.seconds if before else None)
        job = training.Training(bench, self.settings.state)
        try:
            self.until(lambda: not job.running)
        except BaseException:
            job.stop()
            raise
        try:
            model = training.move(job.finish(), self.code)
            training.prune(self.code)
        except CommandError:
            self.console.end("train", "failed")
            raise
        self.console.end("train", f"made {model.path.relative_to(self.code)} in {model.seconds or 0:.0f} s")
        return model
