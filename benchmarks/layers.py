"""Where a turn's milliseconds go, layer by layer, from the floor to the whole; each asked by turns with the others.

The floor is the web process with one fixed text: HTTP, two durable commits, the stream. Then the same with the safety net; Rasa's
channel alone, once with a button (no reading) and once with the words; the reading alone; the encoder's forward pass alone; and
the whole turn, with the processor milliseconds of the web process and of Rasa. Medians. `--profile` adds the share of each
function in the busy time of both, if py-spy is on the path: it is no part of this project's environment.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import aiohttp  # noqa: E402
import httpx  # noqa: E402

from benchmarks.compare import timed  # noqa: E402
from benchmarks.contestants import Floor, HelpDesk  # noqa: E402
from benchmarks.flat import open_reader  # noqa: E402
from benchmarks.machine import MARKS, add_state, children, load, marked, processor_seconds, state_folder, tree_memory  # noqa: E402
from benchmarks.talks import Caller, Talk  # noqa: E402
from extensions.splitting import read_message  # noqa: E402
from helpdesk import questions  # noqa: E402
from helpdesk.live import told  # noqa: E402

FLOOR, NET, BUTTON, WORDS, READING, FORWARD, WHOLE = (
    "the web process, one fixed text (the floor)",
    "    with the safety net",
    "Rasa's channel, a button",
    "Rasa's channel, the words",
    "the reading alone",
    "the encoder alone, one sentence",
    "the whole turn",
)
LEAST_SHARE = 0.02
REQUESTS = 300
QUIET = 3.0  # seconds


class Channel:
    """Rasa's own channel, as the web process calls it."""

    def __init__(self, state: Path) -> None:
        live = told(state)
        assert live is not None
        self.url = live.rasa
        self.caller = Caller(self.url)
        self.headers = {"X-Helpdesk-Secret": (state / "secrets" / "channel").read_text(encoding="ascii").strip()}

    def ask(self, text: str, choice: str | None = None) -> None:
        body = {"sender": f"c_{uuid.uuid4().hex}", "turn": "t", "text": text, "choice": choice, "context": None}
        self.caller.send("POST", "/webhooks/helpdesk/turn", body, self.headers)


async def clients(url: str) -> dict[str, float]:
    """Return the milliseconds that a request to Rasa's health page takes by each client library."""
    took: dict[str, list[float]] = {"httpx": [], "aiohttp": []}
    async with httpx.AsyncClient(trust_env=False) as one, aiohttp.ClientSession() as other:
        for _ in range(REQUESTS):
            began = time.perf_counter()
            await one.get(url)
            between = time.perf_counter()
            async with other.get(url) as response:
                await response.read()
            took["httpx"].append(1000 * (between - began))
            took["aiohttp"].append(1000 * (time.perf_counter() - between))
    return {name: statistics.median(times) for name, times in took.items()}


def once(begin: Callable[[], Talk], text: str) -> float:
    """Return the milliseconds of a conversation's first turn."""
    talk = begin()
    _, ms = timed(talk.ask, text)
    talk.close()
    return ms


def settle(pids: list[int], patience: float = 300.0) -> None:
    """Wait until the processes have nothing to do: a safety net may still be made."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        before = _spent(pids)
        time.sleep(QUIET)
        after = _spent(pids)
        if after.keys() == before.keys() and sum(after.values()) - sum(before.values()) < 0.05 * QUIET:
            return
    raise SystemExit(f"The processes were still at work after {patience:.0f} s.")


def _spent(pids: list[int]) -> dict[int, float]:
    """Return the processor seconds of the processes and of what lives below them."""
    found = {}
    for one in (one for pid in pids for one in (pid, *children(pid))):
        with contextlib.suppress(OSError):  # it has just ended
            found[one] = processor_seconds(one)
    return found


def measure(times: int, seconds: int, folder: Path) -> None:
    groups = ("answers", "near misses")
    texts = [case.turns[0].ask for case in questions.read(ROOT / "data" / "development") if case.group in groups]
    texts = list(dict.fromkeys(texts))
    found: dict[str, list[float]] = collections.defaultdict(list)
    with ExitStack() as stack:
        desk, state = HelpDesk(folder / "desk"), folder / "desk" / "state"
        reader = open_reader(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        whole = stack.enter_context(desk.serve())
        floor = stack.enter_context(Floor(folder / "floor").serve())
        net = stack.enter_context(Floor(folder / "net", "--net").serve())
        channel = Channel(state)
        encoder = reader.features.encoder
        processes = {name: marked(children(whole.pid), mark)[0] for name, mark in MARKS.items()}
        for text in texts[:20]:
            for served in (whole, floor, net):
                once(served.begin, text)
        settle([whole.pid, floor.pid, net.pid])
        used = dict.fromkeys(processes, 0.0)
        for number in range(times):
            # Never the same words twice to one process: what was met lately is not encoded again.
            text, other = texts[(20 + number) % len(texts)], texts[(20 + number + len(texts) // 2) % len(texts)]
            found[FLOOR].append(once(floor.begin, text))
            found[NET].append(once(net.begin, text))
            found[BUTTON].append(timed(channel.ask, "What is Tob1?", "/ask_tob1")[1])
            found[WORDS].append(timed(channel.ask, other)[1])
            found[FORWARD].append(timed(encoder.encode, [other])[1])
            found[READING].append(timed(read_message, reader, text, {})[1])
            before = {name: processor_seconds(pid) for name, pid in processes.items()}
            found[WHOLE].append(once(whole.begin, text))
            for name, pid in processes.items():
                used[name] += processor_seconds(pid) - before[name]
        asked = asyncio.run(clients(f"{channel.url}/webhooks/helpdesk/"))
        megabytes = tree_memory(whole.pid)
        if seconds:
            profile(processes, lambda: once(whole.begin, texts[0]), seconds, folder)
    for name in (FLOOR, NET, BUTTON, WORDS, READING, FORWARD, WHOLE):
        low, _, high = statistics.quantiles(found[name], n=4)
        print(f"{name:46}{statistics.median(found[name]):7.1f} ms   (half of them {low:.1f} to {high:.1f})")
    print(
        f"the whole turn / the floor                    {statistics.median(found[WHOLE]) / statistics.median(found[FLOOR]):7.1f}"
    )
    for name, total in used.items():
        print(f"processor of the {name} process, a conversation of one turn: {1000 * total / times:.1f} ms")
    print(f"a request to Rasa's health page: {', '.join(f'{name} {ms:.2f} ms' for name, ms in asked.items())}")
    print(f"memory of all processes: {megabytes:.0f} MB")
    print(f"{times} turns each; {load()}")


def profile(processes: dict[str, int], turn: Callable[[], object], seconds: int, folder: Path) -> None:
    """Print the share of each function in the busy time of each process."""
    spy = shutil.which("py-spy")
    if spy is None:
        raise SystemExit("py-spy is not on the path: install it in an environment of its own.")
    common = ["--rate", "250", "--format", "raw", "--duration", str(seconds)]
    runs = {
        name: subprocess.Popen([spy, "record", "--pid", str(pid), "--output", str(folder / f"{name}.txt"), *common])
        for name, pid in processes.items()
    }
    while any(run.poll() is None for run in runs.values()):
        turn()
    for name in runs:
        print(f"-- {name}")
        print(shares((folder / f"{name}.txt").read_text(encoding="utf-8")))


def shares(raw: str) -> str:
    """Return the functions of a raw profile with their share of the samples, they and what they call."""
    counts: collections.Counter[str] = collections.Counter()
    total = 0
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = {frame.rpartition(":")[0] for frame in stack.split(";")}
        total += int(count)
        counts.update(dict.fromkeys(frames, int(count)))
    return "\n".join(f"{count / total:6.1%} {name}" for name, count in counts.most_common() if count >= LEAST_SHARE * total)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--profile", type=int, default=0, metavar="SECONDS", help="profile each process for so long")
    add_state(parser)
    given = parser.parse_args()
    with state_folder(given.state) as folder:
        measure(given.times, given.profile, folder)


if __name__ == "__main__":
    main()
