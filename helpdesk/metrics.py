"""Counters in the Prometheus text format; they hold numbers and route names, never words or addresses."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
Key = tuple[str, str]


class Histogram:
    """How many values were at most each of some edges."""

    def __init__(self, name: str, edges: Sequence[float]) -> None:
        self.name = name
        self.edges = edges
        self.buckets = [0] * (len(edges) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.buckets[bisect_left(self.edges, value)] += 1
        self.sum += value

    def render(self) -> list[str]:
        lines, total = [f"# TYPE {self.name} histogram"], 0
        for edge, number in zip((*map(str, self.edges), "+Inf"), self.buckets, strict=True):
            total += number
            lines.append(f'{self.name}_bucket{{le="{edge}"}} {total}')
        return [*lines, f"{self.name}_sum {self.sum:.6f}", f"{self.name}_count {total}"]


class Metrics:
    """Count what happens; read by one event loop only, so that no lock is needed."""

    def __init__(self) -> None:
        self.counts: Counter[Key] = Counter()
        self.standing: Mapping[str, Mapping[str, float]] = {}
        self.turns = Histogram("helpdesk_turn_seconds", SECONDS)
        self.confidences = Histogram("helpdesk_confidence", SHARES)
        self.streams = 0

    def count(self, name: str, **labels: str) -> None:
        self.counts[(name, labelled(**labels))] += 1

    def turn(self, seconds: float) -> None:
        self.turns.add(seconds)

    def confidence(self, share: float) -> None:
        self.confidences.add(share)

    def render(self) -> str:
        counted: dict[str, dict[str, float]] = {"helpdesk_streams": {"": self.streams}}
        for (name, pairs), value in self.counts.items():
            counted.setdefault(f"helpdesk_{name}_total", {})[pairs] = value
        lines: list[str] = []
        for name, values in sorted({**counted, **self.standing}.items()):
            lines.append(f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}")
            lines += [f"{name}{pairs and f'{{{pairs}}}'} {value:g}" for pairs, value in sorted(values.items())]
        return "\n".join([*lines, *self.turns.render(), *self.confidences.render()]) + "\n"


def labelled(**labels: str) -> str:
    return ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))


async def serve_metrics(metrics: Metrics, host: str, port: int) -> asyncio.AbstractServer:
    """Answer every request on the port with the counters; the port is for the operator, not for the public."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            body = metrics.render().encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n"
            writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
            await writer.drain()
        except (asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port)
