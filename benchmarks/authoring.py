"""How long an author waits: train, measure and compare after one topic was added, while visitors ask now and then.

The real help desk runs beside on a copy of data/, with one visitor who asks a question every two seconds. One referral is added,
and that draft is trained in this state folder, measured and published, as every live version was. Then another referral with ten
examples is added in the way the studio adds it, and `helpdesk compare` does the rest. Beside it, from the same files and in the
same run, the default of `rasa init` is trained, for as many epochs as `--stock` says (100 take hours, and it neither measures nor
compares). `make bench` runs it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from benchmarks.contestants import StockRasa, spent  # noqa: E402
from benchmarks.machine import load  # noqa: E402
from benchmarks.publish import QUESTIONS, begin, one_message, publish  # noqa: E402
from helpdesk import comparing, snapshots  # noqa: E402
from helpdesk.editing.forms import Block, TopicForm  # noqa: E402
from helpdesk.editing.library import Library  # noqa: E402
from helpdesk.instance import instance  # noqa: E402
from helpdesk.settings import Settings, read_settings  # noqa: E402
from helpdesk.store import Store  # noqa: E402
from helpdesk.workshop_meter import STEPS  # noqa: E402

GOAL = 60.0  # seconds, "about a minute"
EVERY = 2.0
FIRST = (
    "How do I get a parking permit?", "blue badge for ms", "disabled parking card application", "where can i park with ms",
    "is there a parking placard for people like me", "parking closer to the shop because i cannot walk far",
)  # fmt: skip
EXAMPLES = (
    "Can a service dog help a person with MS?", "how do i get a service dog", "are there assistance dogs for people with ms",
    "who trains dogs to help with walking", "dog that picks things up for me", "does the society help with service animals",
    "balance dog for ms", "can a dog be trained to open doors for a wheelchair user", "where do service dogs come from",
    "I want a helper dog",
)  # fmt: skip


def added(settings: Settings, store: Store, name: str, examples: Sequence[str]) -> TopicForm:
    """Add a referral as an author would: another one's reply, examples of its own."""
    library = Library(settings.root, settings.state, store.revisions)
    blocks = (Block("own", None, None, tuple(examples)),)
    form = replace(library.topic("ccsvi"), name=name, question=examples[0], blocks=blocks, version="")
    return library.create(form, staff=None)


def compare(environ: dict[str, str]) -> tuple[float, float]:
    """Run `helpdesk compare`; return its seconds on the clock and on the processor."""
    before, began = spent(), time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "helpdesk", "compare"], env={**os.environ, **environ}, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    return time.monotonic() - began, spent() - before


@contextlib.contextmanager
def visitor(url: str) -> Iterator[None]:
    """Ask a question every so often."""
    done = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
            at, headers = begin(client)
            number = 0
            while not done.wait(EVERY):
                number += 1
                one_message(client, at, headers, QUESTIONS[number % len(QUESTIONS)])

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def measure(state: Path) -> float:
    draft = state / "draft"
    snapshots.take(ROOT, draft)
    (draft / "tests").symlink_to(ROOT / "tests")  # the held-out questions
    environ = {"HELPDESK_STATE": str(state), "HELPDESK_DATA": str(draft / "data"), "HELPDESK_WATCH_MINUTES": "0"}
    settings = read_settings({**os.environ, **environ})
    with instance(state, environ=environ) as desk, Store.opened(settings) as store:
        added(settings, store, "parking_permit", FIRST)
        compare(environ)
        publish(store, settings, store.releases.all()[0].id)
        form = added(settings, store, "service_dogs", EXAMPLES)
        with visitor(desk.url):
            seconds, processor = compare(environ)
        release = store.releases.all()[0]
        made = comparing.read(snapshots.folder(state, release.id))
        assert made is not None and (snapshots.content(state, release.id) / "data" / "referrals" / f"{form.name}.yml").is_file()
        told = ", ".join(f"{step} {made.seconds[step]:.0f}" for step in STEPS if step in made.seconds)
        print(f"one topic added: {seconds:.0f} s from the wish to the comparison ({told}), {processor:.0f} processor seconds")
        print(f"    (goal: about {GOAL:.0f} s)   {made.sentences[0]}")
    return seconds


def stock(epochs: int, state: Path) -> float:
    """Train the stock project from the same files; return its seconds."""
    cost = StockRasa(state / "stock", epochs, {}, state / "draft").train()
    print(f"stock Rasa, {epochs} of its 100 epochs, same files: {cost.seconds:.0f} s of training alone, ", end="")
    print(f"{cost.processor:.0f} of processor")
    return cost.seconds


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument(
        "--stock", type=int, default=1, metavar="EPOCHS", help="of the stock project; `rasa init` says 100, hours; 0: not at all"
    )
    given = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        ours = measure(state)
        if given.stock:
            theirs = stock(given.stock, state)
            print(f"all of ours takes {ours / theirs:.2f} of what the training alone takes there")
    print(load())


if __name__ == "__main__":
    main()
