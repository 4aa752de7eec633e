"""Counters in the Prometheus text format; they hold numbers and route names, never words or addresses."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Count what happens; read by one event loop only, so that no lock is needed."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.turn_buckets = [0] * (len(BUCKETS) + 1)
        self.turn_seconds = 0.0
        self.streams = 0

    def count(self, name: str, **labels: str) -> None:
        pairs = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        self.counts[(name, pairs)] += 1

    def turn(self, seconds: float) -> None:
        self.turn_buckets[bisect_left(BUCKETS, seconds)] += 1
        self.turn_seconds += seconds

    def render(self) -> str:
        lines: list[str] = []
        for name in sorted({name for name, _ in self.counts}):
            lines.append(f"# TYPE helpdesk_{name}_total counter")
            for (found, pairs), value in sorted(self.counts.items()):
                if found == name:
                    lines.append(f"helpdesk_{name}_total{{{pairs}}} {value}" if pairs else f"helpdesk_{name}_total {value}")
        lines += ["# TYPE helpdesk_streams gauge", f"helpdesk_streams {self.streams}", *self._histogram()]
        return "\n".join(lines) + "\n"

    def _histogram(self) -> list[str]:
        lines = ["# TYPE helpdesk_turn_seconds histogram"]
        total = 0
        for edge, number in zip((*map(str, BUCKETS), "+Inf"), self.turn_buckets, strict=True):
            total += number
            lines.append(f'helpdesk_turn_seconds_bucket{{le="{edge}"}} {total}')
        return [*lines, f"helpdesk_turn_seconds_sum {self.turn_seconds:.6f}", f"helpdesk_turn_seconds_count {total}"]


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
