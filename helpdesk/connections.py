"""Connections that bring no whole request: uvicorn keeps them for ever, and many of them keep everybody else out."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_SECONDS = 10.0


class Patient(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """Closes a connection whose next request's head is not whole within some seconds of its first byte, or of its beginning."""

    late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._is_whole()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_whole()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self.late is None:
            self.late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _is_whole(self) -> None:
        if self.late is not None:
            self.late.cancel()
            self.late = None

    def _give_up(self) -> None:
        self.late = None
        if self.transport is not None and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()
