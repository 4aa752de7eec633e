"""Hostile input for every call of the public API and every form and page of staff, straight into the web process.

Counts 5xx and requests that took over two seconds of the processor; neither may be. `make soak` runs it with 20,000 inputs,
`make test` with some 1,200 of the same kinds. Then lets visitors and navigators do what they can in any order, in so many
histories, and looks after every step that nothing is lost, doubled or out of order. What is sent changes with `--seed`.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.stateful import run_state_machine_as_test  # noqa: E402

from tests.fuzz import Fuzzed, api_asks, form_asks, fuzzed, page_asks  # noqa: E402
from tests.test_security_invariants import HelpDesk  # noqa: E402

SHARES = ((api_asks, 0.5), (form_asks, 0.35), (page_asks, 0.15))
SHOWN = 10
STEPS = 30
PLAIN: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
}


def send(place: Fuzzed, asks: Any, number: int, start: int) -> None:
    """Send so many inputs of one kind."""

    @seed(start)
    @settings(max_examples=number, **PLAIN)
    @given(st.data())
    def one(data: st.DataObject) -> None:
        place.send(data.draw(asks(place)))

    one()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--histories", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given_ = parser.parse_args()
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, fuzzed(Path(folder)) as place:
        for asks, share in SHARES:
            send(place, asks, round(given_.inputs * share), given_.seed)
        tally = place.tally
    statuses = ", ".join(f"{status}: {number}" for status, number in sorted(tally.statuses.items()))
    print(f"{tally.asked} inputs in {time.monotonic() - began:.0f} s; slowest {tally.slowest:.2f} s of the processor; {statuses}")
    print(f"5xx or over 2 s: {len(tally.failed)} (goal 0)")
    for ask, why in tally.failed[:SHOWN]:
        print(f"  {ask.method} {ask.path!r} {ask.body[:300]!r} {why}")
    if given_.histories:
        histories = settings(max_examples=given_.histories, stateful_step_count=STEPS, **PLAIN)
        run_state_machine_as_test(seed(given_.seed)(HelpDesk), settings=histories)
        print(f"{given_.histories} histories of {STEPS} steps: nothing lost, doubled or out of order")
    return 1 if tally.failed or tally.asked < given_.inputs else 0


if __name__ == "__main__":
    raise SystemExit(main())
