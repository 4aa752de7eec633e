"""Servers on loopback that stand in for Rasa, one for each name that a test gives them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from aiohttp import web

from helpdesk.processes import free_port

Handler = Callable[[str, web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler, *names: str) -> AsyncIterator[list[str]]:
    """Serve each name, which is the handler's first argument; give the addresses in their order."""
    async with AsyncExitStack() as stack:
        urls = []
        for name in names:
            runner = web.ServerRunner(web.Server(partial(handler, name)), shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            port = free_port()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            urls.append(f"http://127.0.0.1:{port}")
        yield urls


def nobody() -> str:
    """Return an address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


def cut_off(request: web.BaseRequest) -> web.StreamResponse:
    """End the connection in the middle."""
    assert request.transport
    request.transport.abort()
    return web.Response()
