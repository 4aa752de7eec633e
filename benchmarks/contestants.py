"""Who is compared: the help desk, two stock Rasa projects, a bare nearest neighbour; and the floor."""

from __future__ import annotations

import functools
import os
import resource
import shutil
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import shipped  # noqa: E402
from benchmarks.machine import tree_memory  # noqa: E402
from benchmarks.publish import publish, second_release  # noqa: E402
from benchmarks.talks import Caller, Event, Known, Talk, WebhookTalk, WidgetTalk  # noqa: E402
from helpdesk import training  # noqa: E402
from helpdesk.instance import instance  # noqa: E402
from helpdesk.processes import Child, free_port  # noqa: E402
from helpdesk.programs import QUIETLY, answers  # noqa: E402
from helpdesk.settings import read_settings  # noqa: E402
from helpdesk.store import Store  # noqa: E402

STOCK = ROOT / "benchmarks" / "stock_rasa"
FAQ = "faq"
EPOCHS = 100  # of what `rasa init` gives
PATIENCE = 300.0  # seconds until a server answers


@dataclass(frozen=True)
class Cost:
    """What a training takes: seconds on the clock and on the processor, and the most memory, in MB."""

    seconds: float
    processor: float
    peak_mb: float


@dataclass(frozen=True)
class Served:
    """One that answers now. `swap` puts a model in the place of the one that serves, and returns when it does."""

    pid: int
    begin: Callable[[], Talk]
    swap: Callable[[], object] | None = None


def spent() -> float:
    """Return the processor seconds of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(argv: Sequence[str], env: dict[str, str]) -> Cost:
    """Run a program to its end. Raises SystemExit where it fails."""
    before, peak = spent(), 0.0
    child = Child(argv, env=env, cwd=str(ROOT))
    while child.running:
        peak = max(peak, tree_memory(child.pid))
        time.sleep(0.2)
    seconds = child.age
    child.stop()
    if child.exit_code != 0:
        raise SystemExit(f"{' '.join(argv[1:4])} failed. Its last words:\n" + "\n".join(child.last_lines))
    return Cost(seconds, spent() - before, peak)


def rasa_train(config: Path, data: Sequence[Path], out: Path, state: Path, domain: Path, cache: Path | None = None) -> Cost:
    """Run `rasa train`, with an empty cache unless one is given; the model is the newest in `out`."""
    env = training.rasa_environment(ROOT, state)
    with tempfile.TemporaryDirectory() as empty:
        env["RASA_CACHE_DIRECTORY"] = str(cache or empty)
        argv = [sys.executable, "-m", "rasa", "train", "--skip-validation", "--config", str(config), "--domain", str(domain)]
        return run([*argv, "--data", *map(str, data), "--out", str(out)], env)


def rasa_imports(state: Path) -> float:
    """Return the processor seconds that Rasa's own imports take before a training begins."""
    return run([sys.executable, "-m", "rasa", "train", "--help"], training.rasa_environment(ROOT, state)).processor


def newest(folder: Path) -> Path | None:
    made = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    return made[-1] if made else None


@contextmanager
def listening(argv: Sequence[str], env: dict[str, str], health: str) -> Iterator[Child]:
    """Start a server, wait until it answers, and stop it at the end."""
    child = Child(argv, env=env, cwd=str(ROOT), answers=functools.partial(answers, health))
    try:
        while not child.ready:
            if not child.running or child.age > PATIENCE:
                raise SystemExit(f"{' '.join(argv[1:4])} did not start:\n" + "\n".join(child.last_lines))
            time.sleep(0.05)
        yield child
    finally:
        child.stop()


class Contestant(ABC):
    """One of those that are compared, with a folder of its own."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def train(self) -> Cost | None:
        """Train from nothing."""

    @abstractmethod
    def serve(self) -> Any:
        """Return a context manager that gives a Served."""

    def retrain(self) -> Cost | None:
        """Train again after one example was added, where that can cost less than from nothing."""
        return None

    def model(self) -> Path | None:
        return newest(self.folder / "models")


class HelpDesk(Contestant):
    """This project, whole: asked as the widget asks."""

    name = "help desk"

    def train(self) -> Cost:
        # An empty state: no sentence was met before.
        shutil.rmtree(self.folder / "training", ignore_errors=True)
        return self._train(ROOT / "data")

    def retrain(self) -> Cost:
        data = self.folder / "training" / "data"
        shutil.copytree(ROOT / "data", data)
        (topic,) = (data / "answers").rglob("tob1.yml")
        head, mark, rest = topic.read_text(encoding="utf-8").partition("examples: |\n")
        first, _, more = rest.partition("\n")
        topic.write_text(f"{head}{mark}{first}\n      - what was it again with tob1 and the cells\n{more}", encoding="utf-8")
        return self._train(data)

    def _train(self, data: Path) -> Cost:
        state = self.folder / "training"
        (state / "cache").mkdir(parents=True, exist_ok=True)
        return rasa_train(ROOT / "config.yml", [data], self.folder / "models", state, ROOT / "domain.yml", state / "cache")

    @contextmanager
    def serve(self) -> Iterator[Served]:
        with instance(self.folder / "state", environ={"HELPDESK_WATCH_MINUTES": "0", "HELPDESK_PUBLISH_ALONE": "on"}) as desk:
            yield Served(desk.child.pid, lambda: WidgetTalk(desk.url), functools.partial(self._publish, desk.state))

    @staticmethod
    def _publish(state: Path) -> None:
        settings = read_settings({**os.environ, "HELPDESK_STATE": str(state)})
        with Store.opened(settings) as store:
            live = store.releases.live()
            assert live is not None
            publish(store, settings, second_release(store, settings, live.release))


class StockRasa(Contestant):
    """What `rasa init` gives, on the same data: DIET and TED over flat intents."""

    name = "stock Rasa"

    def __init__(self, folder: Path, epochs: int, known: Known, root: Path = ROOT) -> None:
        """`root` holds the data and the domain that it is trained on."""
        super().__init__(folder)
        self.epochs, self.known, self.root = epochs, known, root

    def files(self) -> tuple[list[Path], Path]:
        """Return the training data and the domain."""
        return [self.root / "data", STOCK / "stories.yml"], self.root / "domain.yml"

    def train(self) -> Cost:
        return self._train(self.epochs, self.folder / "models")

    def reckon(self, trained: Cost) -> float:
        """Return the processor seconds of all EPOCHS, reckoned from those of `trained` and of one epoch: each costs the same."""
        if self.epochs >= EPOCHS:
            return trained.processor
        one = self._train(1, self.folder / "one_epoch").processor
        return one + (EPOCHS - 1) * (trained.processor - one) / (self.epochs - 1)

    def _train(self, epochs: int, out: Path) -> Cost:
        config = yaml.safe_load((STOCK / "config.yml").read_text(encoding="utf-8"))
        for part in [*config["pipeline"], *config["policies"]]:
            if "epochs" in part:
                part["epochs"] = epochs
        path = self.folder / "config.yml"
        path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        data, domain = self.files()
        return rasa_train(path, data, out, self.folder, domain)

    @contextmanager
    def serve(self) -> Iterator[Served]:
        model = self.model()
        assert model is not None
        port = free_port()
        argv = [sys.executable, "-m", "rasa", "run", "--quiet", "--enable-api", "-i", "127.0.0.1", "-p", str(port)]
        argv += [
            "--model",
            str(model),
            "--credentials",
            str(STOCK / "credentials.yml"),
            "--endpoints",
            str(STOCK / "endpoints.yml"),
        ]
        url = f"http://127.0.0.1:{port}"
        with listening(argv, training.rasa_environment(ROOT, self.folder), f"{url}/webhooks/rest/") as child:
            yield Served(child.pid, lambda: WebhookTalk(url, self.known), functools.partial(self._put, url, model))

    @staticmethod
    def _put(url: str, model: Path) -> None:
        caller = Caller(url)
        caller.http.sock.settimeout(PATIENCE)
        caller.send("PUT", "/model", {"model_file": str(model)})
        caller.close()


class StockFaq(StockRasa):
    """Rasa's documented recipe for questions and answers: one retrieval intent, DIET, and a ResponseSelector."""

    name = "stock FAQ"

    def files(self) -> tuple[list[Path], Path]:
        """Write the same examples as `faq/…`, each with its plain text; what is small talk stays flat."""
        domain = yaml.safe_load((self.root / "domain.yml").read_text(encoding="utf-8"))
        blocks, responses, rules = [], {}, []
        for folder, content in shipped.files(self.root / "data"):
            is_page = folder in shipped.PAGES
            blocks += [self._block(block, is_page) for block in content.get("nlu") or []]
            for name, said in shipped.plain_texts(content).items():
                responses[f"utter_{FAQ}/ask_{name[6:]}" if is_page else name] = [{"text": text} for text in said]
            rules += [] if is_page else content.get("rules") or []
        flat = sorted({block["intent"] for block in blocks if not block["intent"].startswith(f"{FAQ}/")})
        rules.append({"rule": "answer", "steps": [{"intent": FAQ}, {"action": f"utter_{FAQ}"}]})
        data = {"version": "3.1", "nlu": blocks, "responses": responses, "rules": rules}
        path, of = self.folder / "data.yml", self.folder / "domain.yml"
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10**6), encoding="utf-8")
        domain = {**domain, "intents": [FAQ, *flat]}
        of.write_text(yaml.safe_dump(domain, sort_keys=False), encoding="utf-8")
        return [path, self._stories()], of

    @staticmethod
    def _block(block: Event, is_page: bool) -> Event:
        intent = block["intent"]
        return {"intent": f"{FAQ}/{intent}" if is_page and intent.startswith("ask_") else intent, "examples": block["examples"]}

    def _stories(self) -> Path:
        content = yaml.safe_load((STOCK / "stories.yml").read_text(encoding="utf-8"))
        for story in content["stories"]:
            for step in story["steps"]:
                step.update({"intent": FAQ} if step.get("intent", "").startswith("ask_") else {})
            asked = [before.get("intent") == FAQ for before in story["steps"]]
            for at, step in enumerate(story["steps"]):
                if at and asked[at - 1]:
                    step["action"] = f"utter_{FAQ}"
        path = self.folder / "stories.yml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return path


class Nearest(Contestant):
    """benchmarks/nearest.py: the sentence encoder and the nearest example, outside Rasa."""

    name = "nearest"

    def __init__(self, folder: Path, known: Known) -> None:
        super().__init__(folder)
        self.known = known

    def train(self) -> Cost:
        return run([sys.executable, "benchmarks/nearest.py", "train", str(self.folder)], {**os.environ, **QUIETLY})

    def model(self) -> Path | None:
        found = self.folder / "nearest.npz"
        return found if found.is_file() else None

    @contextmanager
    def serve(self) -> Iterator[Served]:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        argv = [sys.executable, "benchmarks/nearest.py", str(port), str(self.folder)]
        with listening(argv, {**os.environ, **QUIETLY}, f"{url}/webhooks/rest/") as child:
            yield Served(child.pid, lambda: WebhookTalk(url, self.known))


class Floor(Contestant):
    """benchmarks/floor.py: the help desk's web process with one fixed text."""

    name = "floor"

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder)
        self.options = options

    def train(self) -> None:
        return None

    @contextmanager
    def serve(self) -> Iterator[Served]:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        argv = [sys.executable, "benchmarks/floor.py", str(port), str(self.folder / "state"), *self.options]
        with listening(argv, {**os.environ, **QUIETLY}, f"{url}/healthz") as child:
            yield Served(child.pid, lambda: WidgetTalk(url))


def known_texts() -> Known:
    """Return what each text of data/ answers."""
    known: dict[str, Event] = {}
    for _, content in shipped.files():
        for one in (one for variations in (content.get("responses") or {}).values() for one in variations):
            told = one.get("metadata") or {}
            half = {"route": told.get("route", "smalltalk"), "topic": told.get("topic"), "facts": told.get("facts") or []}
            known[one["text"].strip()] = {**half, "text": one["text"]}
    return known
