"""The wire between a browser and the help desk, which can be cut, and can lose what comes back."""

from __future__ import annotations

import re
import socket
import threading

MESSAGE = re.compile(rb"POST /api/conversations/[^/ ]+/messages ")


class Wire:
    """Passes bytes on to the port `to`, until `close`. Every connection is one of the browser's."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.lose = 0
        self.lost = 0
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = int(self._door.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._welcome, daemon=True).start()

    def cut(self) -> None:
        """Cut whatever is open now, in the middle of what it is saying."""
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            _shut(end)

    def lose_acknowledgements(self, number: int) -> None:
        """Let so many messages through to the help desk, and cut the connection when it answers."""
        with self._lock:
            self.lose = number

    def close(self) -> None:
        _shut(self._door)
        self._door.close()
        self.cut()

    def _welcome(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.to), timeout=5)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        with self._lock:
            self._ends |= {near, far}
        losing = threading.Event()
        back = threading.Thread(target=self._carry, args=(far, near, losing, False), daemon=True)
        back.start()
        self._carry(near, far, losing, True)
        back.join()
        with self._lock:
            self._ends -= {near, far}
        near.close()
        far.close()

    def _carry(self, source: socket.socket, target: socket.socket, losing: threading.Event, outwards: bool) -> None:
        try:
            while data := source.recv(65536):
                if outwards and MESSAGE.match(data):
                    self._may_lose(losing)
                if losing.is_set() and not outwards:
                    break
                target.sendall(data)
        except OSError:
            pass
        _shut(source)
        _shut(target)

    def _may_lose(self, losing: threading.Event) -> None:
        with self._lock:
            if self.lose:
                self.lose -= 1
                self.lost += 1
                losing.set()


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
