"""From a draft to a release, with a trainer and a Rasa that do as they are told; and the jobs around it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk import comparing, content, measured, snapshots, training, workshop_beside, workshop_run
from helpdesk.content import Problem
from helpdesk.errors import CommandError, Refusal
from helpdesk.settings import Settings
from helpdesk.store import Store
from helpdesk.store.releases import Release
from helpdesk.workshop import Workshop
from helpdesk.workshop_job import MAKING, run, turn
from helpdesk.workshop_meter import Cancelled, Meter, Timings
from tests.web import Chat, FakeAssistant, FakeSafety, create_app, settings_for

MUST = {
    "danger": '  - {ask: "I want to end it", route: crisis}\n',
    "lookalikes": '  - {ask: "that joke killed me", route: any}\n',
    "advice": '  - {ask: "should I stop my medicine", route: advice}\n',
    "saved": '  - {ask: "what is tob1", route: answer, topic: [tob1], id: t1}\n',
}
ROUTES = {"I want to end it": "crisis", "that joke killed me": "smalltalk", "should I stop my medicine": "advice"}


class Models:
    """What the fake models say: everything right, but for what stands in `wrong`."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []
        self.trained = 0
        self.while_training: Any = lambda: None

    def event(self, release: str, text: str) -> dict[str, Any]:
        self.asked.append((release, text))
        route = self.wrong.get(text) or ROUTES.get(text, "answer")
        topic = "tob1" if route == "answer" else None
        half = {"route": route, "topic": topic, "facts": [], "confidence": 0.8, "text": text}
        line = [{"kind": "call", "title": "Call", "href": "tel:+18003444867"}]
        return {"route": route, "text": text, "answers": [half], "actions": line, "reply_to": 1}


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Models:
    models = Models()

    class Training:
        def __init__(self, root: Path, state: Path, heard: Any, *, scratch: Path) -> None:
            self.root, self.looks = root, 0
            models.trained += 1
            heard("INFO hooks  - Starting to train component 'Understanding'.")

        @property
        def running(self) -> bool:
            models.while_training()
            self.looks += 1
            return self.looks < 3

        def stop(self) -> None:
            pass

        def finish(self) -> training.Model:
            archive = self.root / "made.tar.gz"
            archive.write_bytes(b"a model")
            return training.Model(archive, training.content_hash(self.root), 31.0)

    class Trial:
        def __init__(self, known: Path, archive: Path, *_: Any, **__: Any) -> None:
            assert archive.read_bytes() == b"a model" and (known / "data").is_dir()
            self.release = known.parent.name

        def wait(self, tick: Any) -> None:
            tick()

        def foresee(self, texts: Any) -> None:
            pass

        def ask(self, lines: Any) -> Iterator[dict[str, Any]]:
            for line in lines:
                texts = [one if isinstance(one, str) else one["text"] for one in line["turns"]]
                yield {"id": line["id"], "replies": [models.event(self.release, text) for text in texts], "said": []}

    monkeypatch.setattr(training, "Training", Training)

    class Rasas:
        def __init__(self, *_: Any) -> None:
            pass

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(workshop_run, "Rasas", Rasas)
    monkeypatch.setattr(workshop_beside, "Trial", Trial)
    monkeypatch.setattr(workshop_beside, "safety_of", lambda *_: (WithEncoder(), []))
    monkeypatch.setattr(workshop_run.Making, "_safety", lambda self: (WithEncoder(), []))
    monkeypatch.setattr(content, "check", lambda root: [])
    return models


class WithEncoder(FakeSafety):
    encoder = None


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    root = tmp_path / "draft"
    for name, text in MUST.items():
        path = root / "data" / "tests" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"questions:\n{text}", encoding="utf-8")
    (root / "data" / "facts.yml").write_text("facts: []\n", encoding="utf-8")
    (root / "data" / "answers").mkdir()
    (root / "data" / "answers" / "tob1.yml").write_text("one\n", encoding="utf-8")
    for name in ("domain.yml", "config.yml"):
        (root / name).write_text("x\n", encoding="utf-8")
    return settings_for(tmp_path, HELPDESK_DATA=str(root / "data"))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = Store.open(settings)
    yield store
    store.close()


def made(settings: Settings, store: Store, **more: Any) -> Release:
    return run(settings, store, staff=None, report=lambda step, share: True, **more)


def publish(store: Store, release: Release) -> None:
    live = store.releases.live()
    wanted = store.releases.want(release.id, staff=None, kind="publish", note="", expected=live.id if live else None)
    store.releases.went_live(wanted.id)


def left(settings: Settings) -> list[str]:
    folder = settings.state / "releases"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def edit(settings: Settings, text: str) -> None:
    (settings.data / "answers" / "tob1.yml").write_text(text, encoding="utf-8")


def test_a_release_is_whole_and_stands_in_the_register(models: Models, settings: Settings, store: Store) -> None:
    release = made(settings, store)

    folder = snapshots.folder(settings.state, release.id)
    assert store.releases.find(release.id) == release
    assert release.gate == [] and release.seconds == 31.0
    assert sorted(path.name for path in folder.iterdir()) == [
        "code", "comparison.json", "content", "measures.json", "model.tar.gz", "seal",
    ]  # fmt: skip
    assert release.snapshot == snapshots.snapshot_hash(settings.root)
    told, kept = comparing.read(folder), measured.read(folder)
    assert told and kept and len(kept.held) == 4 and "Nothing is live yet" in told.sentences[0]


def test_edits_while_it_is_made_do_not_matter(models: Models, settings: Settings, store: Store) -> None:
    models.while_training = lambda: edit(settings, "changed meanwhile\n")

    release = made(settings, store)

    kept = snapshots.content(settings.state, release.id) / "data" / "answers" / "tob1.yml"
    assert kept.read_text(encoding="utf-8") == "one\n"


@pytest.mark.parametrize("sentence", ["I want to end it", "what is tob1"], ids=["a crisis sentence", "a saved test"])
def test_a_model_that_gets_one_of_these_wrong_cannot_be_published(
    sentence: str, models: Models, settings: Settings, store: Store
) -> None:
    models.wrong = {sentence: "smalltalk"}

    release = made(settings, store)

    assert release.gate and len(release.gate) == 1 and sentence in release.gate[0]
    with pytest.raises(Refusal) as refused:
        publish(store, release)
    assert refused.value.code == "not_ready"
    with pytest.raises(Refusal):
        store.releases.propose(release.id, "ada", "please")


def test_a_draft_with_problems_is_refused_in_words(
    models: Models, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = Problem("data/answers/tob1.yml", 3, "There is no page.", "Name one.")
    monkeypatch.setattr(content, "check", lambda root: [problem])

    with pytest.raises(CommandError) as refused:
        made(settings, store)

    assert "data/answers/tob1.yml:3: There is no page. Name one." in str(refused.value)
    assert (models.trained, left(settings), store.releases.all()) == (0, [], [])


def test_the_next_one_is_compared_with_what_is_live(models: Models, settings: Settings, store: Store) -> None:
    first = made(settings, store)
    publish(store, first)
    edit(settings, "two\n")
    models.asked.clear()
    models.wrong = {"that joke killed me": "decline"}

    second = made(settings, store)

    told = comparing.read(snapshots.folder(settings.state, second.id))
    assert told and told.live == first.id
    assert [(change.ask, change.verdict) for change in told.changes] == [("that joke killed me", "different")]
    assert {release for release, _ in models.asked} == {f"{MAKING}{second.id}"}, (
        "what is known of the live model is not asked again"
    )


def test_the_live_model_is_asked_what_is_new(models: Models, settings: Settings, store: Store) -> None:
    first = made(settings, store)
    publish(store, first)
    with (settings.data / "tests" / "saved.yml").open("a", encoding="utf-8") as file:
        file.write('  - {ask: "a new test", route: answer, id: t2}\n')
    models.asked.clear()

    made(settings, store)

    assert [text for release, text in models.asked if release == first.id] == ["a new test"]
    kept = measured.read(snapshots.folder(settings.state, first.id))
    assert kept and "a new test" in {one.turns[0].ask for one in kept.held}


def test_a_live_release_that_was_never_measured_is_measured_once(models: Models, settings: Settings, store: Store) -> None:
    first = made(settings, store)
    publish(store, first)
    (snapshots.folder(settings.state, first.id) / "measures.json").unlink()
    models.asked.clear()

    made(settings, store)

    assert len([text for release, text in models.asked if release == first.id]) == 4
    assert measured.read(snapshots.folder(settings.state, first.id))


def test_a_live_model_of_another_program_is_not_loaded(models: Models, settings: Settings, store: Store) -> None:
    first = made(settings, store)
    publish(store, first)
    snapshots.note_code(settings.state, first.id, "an-older-program")
    models.asked.clear()

    second = made(settings, store)

    assert not [text for release, text in models.asked if release == first.id]
    told = comparing.read(snapshots.folder(settings.state, second.id))
    assert told and "the program has changed" in told.sentences[0]


def test_a_model_of_the_same_content_is_not_trained_twice(models: Models, settings: Settings, store: Store) -> None:
    first = made(settings, store)
    (settings.data / "tests" / "saved.yml").write_text("questions: []\n", encoding="utf-8")

    second = made(settings, store)

    assert models.trained == 1
    assert (second.content, second.seconds) == (first.content, 31.0)
    assert second.snapshot != first.snapshot


def test_it_is_stopped_between_two_looks_and_leaves_nothing(models: Models, settings: Settings, store: Store) -> None:
    with pytest.raises(Cancelled):
        made(settings, store, cancelled=lambda: models.trained > 0)

    assert (left(settings), store.releases.all()) == ([], [])


def test_one_works_at_a_time(models: Models, settings: Settings, store: Store) -> None:
    with turn(settings.state) as mine, pytest.raises(CommandError):
        assert mine
        made(settings, store)


def test_what_a_process_that_died_has_left_is_taken_away(models: Models, settings: Settings, store: Store) -> None:
    dead = store.jobs.begin(None, None)
    store.jobs.end(dead, "broken")
    for name in (f"{MAKING}{dead}", dead, "of-somebody-else"):
        (settings.state / "releases" / name).mkdir(parents=True)

    release = made(settings, store)

    assert left(settings) == sorted([release.id, "of-somebody-else"])


def test_the_share_never_falls_and_no_step_is_done_before_it_is() -> None:
    now = [0.0]
    told: list[tuple[str, float]] = []
    last = Timings(
        {"check": 1.0, "train": 80.0, "safety": 1.0, "load": 9.0, "measure": 8.0, "compare": 1.0}, {"train:RulePolicy": 8.0}
    )

    def report(step: str, share: float) -> bool:
        told.append((step, share))
        return True

    meter = Meter(report, last, clock=lambda: now[0])
    for step, seconds in (("check", 3), ("train", 200), ("safety", 0), ("load", 20), ("measure", 30), ("compare", 1)):
        meter.begin(step)
        for second in range(seconds):
            now[0] += 1
            if (step, second) == ("train", 100):
                meter.mark("RulePolicy")
            meter.tick()
    meter.end()

    shares = [share for _, share in told]
    assert shares == sorted(shares) and 0.97 < shares[-1] < 1.0
    before_the_mark = [share for step, share in told if step == "train"][:100]
    assert max(before_the_mark) <= 0.1, "a tenth is done when RulePolicy begins, however long that takes"
    assert meter.now.seconds["train"] == 200


def test_a_report_that_says_stop_stops_it() -> None:
    meter = Meter(lambda step, share: False, Timings())

    with pytest.raises(Cancelled):
        meter.begin("check")


def test_timings_survive_their_file_and_a_broken_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "workshop.json"
    Timings({"train": 31.0}, {"train:RulePolicy": 8.0}).write(path)
    assert Timings.read(path).seconds == {"train": 31.0}

    path.write_text('{"seconds": 3}', encoding="utf-8")
    assert Timings.read(path) == Timings()


# -- the child


def workshop(settings: Settings, store: Store, program: str) -> Workshop:
    return Workshop(settings, store, argv=(sys.executable, "-c", program))


def ended(store: Store, id: str, seconds: float = 10.0) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = store.jobs.find(id)
        if job and not job.is_open:
            return job.state
        time.sleep(0.05)
    raise AssertionError("the job did not end")


SLEEPS = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def test_a_child_that_dies_is_shown_as_broken_and_the_next_can_begin(settings: Settings, store: Store) -> None:
    shop = workshop(settings, store, SLEEPS)
    id = shop.start("ada")
    assert shop.state().running
    child = shop._children[id]
    os.kill(child.pid, signal.SIGKILL)

    assert ended(store, id) == "broken"
    again = shop.start("ada")
    assert again != id
    shop.cancel()
    ended(store, again)


def test_only_one_is_begun(settings: Settings, store: Store) -> None:
    shop = workshop(settings, store, SLEEPS)
    id = shop.start("ada")

    with pytest.raises(Refusal) as refused:
        workshop(settings, store, SLEEPS).start("paul")

    assert refused.value.code == "busy"
    shop.cancel()
    ended(store, id)


@pytest.mark.parametrize("program", [SLEEPS, DEAF], ids=["that listens", "that does not listen"])
def test_a_child_is_stopped_with_all_that_it_has_begun(program: str, settings: Settings, store: Store) -> None:
    shop = workshop(settings, store, program)
    id = shop.start("ada")
    child, half = shop._children[id], settings.state / "releases" / f"{MAKING}{id}"
    half.mkdir(parents=True)

    assert shop.cancel()

    assert ended(store, id) == "cancelled"
    assert not child.running
    assert not half.exists()
    assert not shop.cancel()


def test_a_job_whose_process_nobody_watches_is_buried(settings: Settings, store: Store, tmp_path: Path) -> None:
    id = store.jobs.begin(None, None)
    store.jobs.clock = lambda: time.time() + 30
    shop = Workshop(settings, store)
    shop.store.clock = store.jobs.clock
    with turn(settings.state):
        assert shop.state().running, "whoever holds the lock is alive"

    assert not shop.state().running
    found = store.jobs.find(id)
    assert found and found.state == "broken"


# -- what visitors said


@pytest.fixture
def chat(settings: Settings, assistant: FakeAssistant, safety: FakeSafety) -> Iterator[Chat]:
    from starlette.testclient import TestClient

    shutil.copytree(Path(__file__).resolve().parent.parent / "data" / "safety", settings.data / "safety")
    with TestClient(create_app(settings, assistant=assistant, safety=safety)) as client:
        yield Chat(client)


def agree(store: Store, chat: Chat) -> None:
    with store.database.write() as db:
        db.run("UPDATE conversations SET teaching = 1 WHERE id = :id", id=chat.id)


def say(chat: Chat, *texts: str) -> None:
    for text in texts:
        seq = chat.send(text).json()["seq"]
        deadline = time.monotonic() + 10
        while not any(event.get("reply_to") == seq for event in chat.events()) and time.monotonic() < deadline:
            time.sleep(0.02)


def test_only_who_agreed_is_asked_again_and_nobody_who_was_in_danger(chat: Chat, store: Store) -> None:
    say(chat, "what is tob1", "and who pays for it")
    assert store.replays.last(200) == []

    agree(store, chat)
    (spoken,) = store.replays.last(200)
    assert [text for _, text, _ in spoken.messages] == ["what is tob1", "and who pays for it"]
    assert [text for one in store.replays.last(1) for _, text, _ in one.messages] == ["and who pays for it"]

    say(chat, "I think of suicide")
    assert store.replays.last(200) == []


def test_words_are_found_by_their_source_until_they_are_erased(chat: Chat, store: Store) -> None:
    say(chat, "what is tob1")
    agree(store, chat)
    source = f"{chat.id}:2"

    assert store.replays.words([source, f"{chat.id}:99", "nobody:1"]) == {source: "what is tob1"}

    store.extras.erase(chat.id)
    assert store.replays.words([source]) == {}


def test_no_word_of_a_visitor_comes_into_a_file(models: Models, chat: Chat, settings: Settings, store: Store) -> None:
    first = made(settings, store)
    publish(store, first)
    say(chat, "a sentence of my own about zebras")
    agree(store, chat)
    models.asked.clear()

    second = made(settings, store)

    asked = [release for release, text in models.asked if "zebras" in text]
    assert sorted(asked) == sorted([first.id, f"{MAKING}{second.id}"])
    folder = settings.state / "releases"
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in folder.rglob("*") if path.is_file()]
    assert not any("zebras" in text for text in texts)
