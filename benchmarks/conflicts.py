"""Near-duplicates across topics: how many planted ones are found, what is found in the shipped files, what it costs.

`python benchmarks/conflicts.py`; the encoder's vectors are those of HELPDESK_STATE/encoder, so a second run begins sooner.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import machine  # noqa: E402
from extensions.encoder import default_cache  # noqa: E402
from helpdesk.content import Content, load  # noqa: E402
from helpdesk.content.model import Example  # noqa: E402
from helpdesk.likeness import Likeness, Pair  # noqa: E402
from helpdesk.meaning import Meaning  # noqa: E402
from helpdesk.studio.survey import Survey  # noqa: E402
from tests.planted import Planted, planted  # noqa: E402

BEAT = 0.01


class Drafts:
    """The shipped files, with what is planted in them."""

    def __init__(self) -> None:
        self.now = load(ROOT)

    def content(self) -> Content:
        return self.now

    def plant(self, pairs: list[Planted]) -> None:
        texts: dict[str, list[str]] = {}
        for _, _, topic, text in pairs:
            texts.setdefault(topic, []).append(text)
        entries = [
            replace(entry, examples=(*entry.examples, *(Example(text, entry.intent, None, 1) for text in texts[entry.name])))
            if entry.name in texts
            else entry
            for entry in self.now.entries
        ]
        self.now = replace(self.now, entries=entries)


def found_of(pairs: list[Planted], found: list[Pair]) -> int:
    sides = {frozenset((pair.first.text, pair.second.text)) for pair in found}
    return sum(frozenset((text, other)) in sides for _, text, _, other in pairs)


async def lags(seconds: float | None, work: asyncio.Future[None] | None = None) -> list[float]:
    """Return by how much the event loop was late at each beat, for some seconds or as long as the work goes on."""
    late, end = [], time.monotonic() + (seconds or 0.0)
    while not work.done() if work else time.monotonic() < end:
        began = time.monotonic()
        await asyncio.sleep(BEAT)
        late.append(time.monotonic() - began - BEAT)
    return sorted(late)


def told(late: list[float]) -> str:
    share = {name: 1000 * late[int(part * (len(late) - 1))] for name, part in (("median", 0.5), ("99 %", 0.99), ("worst", 1.0))}
    return ", ".join(f"{name} {value:.0f} ms" for name, value in share.items())


async def looked_over(survey: Survey, drafts: Drafts) -> None:
    while not survey.look(drafts.content()).is_fresh:
        await asyncio.sleep(0.2)


async def main() -> None:
    drafts, state = Drafts(), Path(tempfile.mkdtemp())
    meaning = Meaning(default_cache())
    likeness = Likeness(drafts, meaning, state / "likeness.json")
    survey = Survey(drafts, likeness)
    print(f"{machine.load()}; {sum(len(e.examples) for e in drafts.now.entries)} examples")
    print(f"event loop late, nothing else going on: {told(await lags(3.0))}")

    began = time.monotonic()
    late = await lags(None, asyncio.ensure_future(looked_over(survey, drafts)))
    print(f"first look, pairs and files, in the background: {time.monotonic() - began:.1f} s; event loop late: {told(late)}")
    shipped = likeness.pairs()
    print(f"in the shipped files: {len(shipped)} pairs")
    for pair in shipped:
        print(f"  {pair.alike:.2f}  {pair.first.topic}: {pair.first.text}  |  {pair.second.topic}: {pair.second.text}")

    for name, pairs in zip(("the criterion was made with", "it was not made with"), planted(), strict=True):
        one, before = pairs[:1], drafts.now
        drafts.plant(one)
        began, used = time.monotonic(), time.process_time()
        likeness.pairs()
        edit, used = time.monotonic() - began, time.process_time() - used
        drafts.plant(pairs[1:])
        began = time.monotonic()
        found = found_of(pairs, likeness.pairs())
        print(f"planted, those that {name}: {found} of {len(pairs)} found; ", end="")
        print(
            f"known {edit:.2f} s after one edit ({used:.2f} s of processor time), {time.monotonic() - began:.2f} s after 29 more"
        )
        drafts.now = before
    began = time.monotonic()
    Likeness(drafts, meaning, state / "likeness.json").pairs()
    print(f"after a restart: {time.monotonic() - began:.2f} s")


if __name__ == "__main__":
    asyncio.run(main())
