"""Limit how often one sender may do one thing: sliding windows in memory, nothing stored."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import deque
from collections.abc import Callable

MINUTE, HOUR = 60.0, 3600.0
LIMITS = {
    "conversation_messages": (20, MINUTE),
    "block_messages": (120, MINUTE),
    "block_conversations": (60, HOUR),
    "block_codes": (20, HOUR),
    "conversation_typing": (60, MINUTE),
    "conversation_forms": (20, MINUTE),
    "account_sign_ins": (10, 15 * MINUTE),
    "block_sign_ins": (30, HOUR),
}
SWEEP_EVERY = 1000


class Limiter:
    """Answer how long a sender must wait; a refused try does not count."""

    def __init__(self, *, on: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self.on = on
        self.clock = clock
        self.seen: dict[tuple[str, str], deque[float]] = {}
        self.tries = 0

    def wait(self, *asked: tuple[str, str]) -> int:
        """Count one try under every (limit, sender) asked, or return the seconds to wait and count nothing."""
        if not self.on:
            return 0
        now = self.clock()
        self._sweep(now)
        delay = max(self._delay(limit, sender, now) for limit, sender in asked)
        if delay <= 0:
            for pair in asked:
                self.seen.setdefault(pair, deque()).append(now)
        return math.ceil(delay)

    def forgive(self, *asked: tuple[str, str]) -> None:
        """Take back the last try that was counted under each of them."""
        for pair in asked:
            if times := self.seen.get(pair):
                times.pop()

    def _delay(self, limit: str, sender: str, now: float) -> float:
        number, window = LIMITS[limit]
        times = self.seen.get((limit, sender), deque())
        while times and times[0] <= now - window:
            times.popleft()
        return times[0] + window - now if len(times) >= number else 0.0

    def _sweep(self, now: float) -> None:
        self.tries += 1
        if self.tries % SWEEP_EVERY == 0:
            self.seen = {key: times for key, times in self.seen.items() if times and times[-1] > now - LIMITS[key[0]][1]}


def address_block(address: str | None) -> str:
    """Return the network of a client: /24 of IPv4, /56 of IPv6."""
    try:
        ip = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return "unknown"
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 56), strict=False))
