"""Sliding windows, blocks of addresses, and the counters."""

from __future__ import annotations

import asyncio

import pytest

from helpdesk.limits import SWEEP_EVERY, Limiter, address_block
from helpdesk.metrics import Metrics, serve_metrics
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


def test_the_window_slides(clock):
    limiter = Limiter(clock=clock)
    waits = []
    for second in range(30):
        clock.now = float(second)
        waits.append(limiter.wait(("conversation_messages", "a")))
    clock.now = 60.5

    assert waits[:20] == [0] * 20 and waits[20:] == [40, 39, 38, 37, 36, 35, 34, 33, 32, 31]
    assert limiter.wait(("conversation_messages", "a")) == 0


def test_senders_do_not_share_a_window_and_a_refused_try_does_not_count(clock):
    limiter = Limiter(clock=clock)
    for _ in range(50):
        limiter.wait(("conversation_messages", "a"), ("block_messages", "net"))

    assert limiter.wait(("conversation_messages", "b")) == 0
    assert len(limiter.seen["block_messages", "net"]) == 20


def test_off_is_off(clock):
    limiter = Limiter(on=False, clock=clock)

    assert {limiter.wait(("conversation_messages", "a")) for _ in range(100)} == {0}


def test_what_is_over_is_forgotten(clock):
    limiter = Limiter(clock=clock)
    limiter.wait(("block_conversations", "old"))
    clock.now = 10_000.0
    for number in range(SWEEP_EVERY):
        limiter.wait(("block_messages", str(number)))

    assert ("block_conversations", "old") not in limiter.seen


def test_a_try_that_is_forgiven_does_not_count(clock):
    limiter = Limiter(clock=clock)
    for _ in range(50):
        limiter.wait(("account_sign_ins", "ana"))
        limiter.forgive(("account_sign_ins", "ana"), ("block_sign_ins", "nobody"))

    assert limiter.wait(("account_sign_ins", "ana")) == 0


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_block_is_the_network_of_an_address(address, block):
    assert address_block(address) == block


def test_the_counters_are_served_in_the_prometheus_format():
    metrics = Metrics()
    metrics.count("replies", route="answer")
    metrics.count("replies", route="answer")
    metrics.turn(0.03)

    async def fetch() -> str:
        server = await serve_metrics(metrics, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            text = (await reader.read()).decode()
            writer.close()
            return text

    text = asyncio.run(fetch())
    assert text.startswith("HTTP/1.1 200 OK")
    assert 'helpdesk_replies_total{route="answer"} 2' in text
    assert 'helpdesk_turn_seconds_bucket{le="0.025"} 0' in text and 'helpdesk_turn_seconds_bucket{le="+Inf"} 1' in text
