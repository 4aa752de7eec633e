"""Limit how often one sender may do one thing, and how much at once: in memory, nothing stored."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable

MINUTE, HOUR = 60.0, 3600.0
LIMITS = {
    "conversation_messages": (20, MINUTE),
    "block_messages": (120, MINUTE),
    "block_conversations": (60, HOUR),
    "block_codes": (20, HOUR),
    "conversation_typing": (60, MINUTE),
    "conversation_forms": (20, MINUTE),
    "conversation_handoffs": (10, MINUTE),
    "server_messages": (1200, MINUTE),
    "server_conversations": (6000, HOUR),
    "account_sign_ins": (10, 15 * MINUTE),
    "block_sign_ins": (30, HOUR),
}
SWEEP_EVERY = 1000
AT_ONCE = {"conversation_streams": 10, "block_streams": 500, "server_streams": 5000}
DAY = 86_400.0
SERVER = ""  # the one sender of the limits of the whole server


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


class Places:
    """So many at once, by the limits of AT_ONCE."""

    def __init__(self, *, on: bool = True) -> None:
        self.on = on
        self.taken: Counter[tuple[str, str]] = Counter()

    def take(self, *asked: tuple[str, str]) -> bool:
        """Take a place under each of them, or none at all."""
        if self.on and any(self.taken[pair] >= AT_ONCE[pair[0]] for pair in asked):
            return False
        self.taken.update(asked)
        return True

    def leave(self, *asked: tuple[str, str]) -> None:
        for pair in asked:
            self.taken[pair] -= 1
            if self.taken[pair] <= 0:
                del self.taken[pair]


class Blocks:
    """Names for the networks of clients: no address is kept, and after a day nobody can tell whose name was whose."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.key = b""
        self.ends = -math.inf

    def name(self, address: str | None) -> str:
        """Return the name of the address's network, the same one all day."""
        if self.clock() >= self.ends:
            self.key, self.ends = secrets.token_bytes(32), self.clock() + DAY
        return hashlib.blake2b(address_block(address).encode(), key=self.key, digest_size=16).hexdigest()


def address_block(address: str | None) -> str:
    """Return the network of a client: /24 of IPv4, /56 of IPv6."""
    try:
        ip = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return "unknown"
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 56), strict=False))
