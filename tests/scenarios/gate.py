"""A gate in front of a broker: open, it lets bytes through; shut, it drops who is inside and who knocks, and counts."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Final, Self

_LOOK_S: Final = 0.1
_CHUNK: Final = 65_536


class Gate:
    """Listens on a port of its own, as a context; threads for each connection."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_LOOK_S)
        self.port: int = self._listener.getsockname()[1]
        self.knocked_s: list[float] = []
        """When somebody came, on the monotonic clock, let in or not."""
        self._open = threading.Event()
        self._ended = threading.Event()
        self._inside: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._receive, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._listener.close()
        self.shut()

    def open(self) -> None:
        """From now on everybody is let through."""
        self._open.set()

    def shut(self) -> None:
        """Everybody inside is dropped."""
        self._open.clear()
        with self._lock:
            inside, self._inside = self._inside, set()
        for end in inside:
            _drop(end)

    def _receive(self) -> None:
        while not self._ended.is_set():
            try:
                guest, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.knocked_s.append(time.monotonic())
            if not self._open.is_set():
                guest.close()
                continue
            host = socket.create_connection(("127.0.0.1", self._behind))
            with self._lock:
                self._inside |= {guest, host}
            for source, sink in ((guest, host), (host, guest)):
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_carry, args=(source, sink), daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the gate was shut, or one end has gone: so does the other
        while data := source.recv(_CHUNK):
            sink.sendall(data)
    _drop(source)
    _drop(sink)


def _drop(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be gone already
        end.shutdown(socket.SHUT_RDWR)
    end.close()
