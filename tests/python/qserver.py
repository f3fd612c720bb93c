"""
A handler-backed q process for tests: real sockets, real frames, no engine.

`QServer(handler)` answers every synchronous message with `handler(value)`, where value is the PyKX object received; raising `QSignal`
answers with that error. Asynchronous messages are collected: see `wait_received`. `push` sends to every connected client.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from slipstream.engine.convert import kx, to_q


class QSignal(Exception):
    """An error to answer with."""


def frame(value: Any, kind: int) -> bytes:
    body = bytearray(bytes(kx.serialize(to_q(value)).data))
    body[1] = kind
    return bytes(body)


def error_frame(text: str) -> bytes:
    body = b"\x80" + text.encode() + b"\0"
    return b"\x01\x02\x00\x00" + (8 + len(body)).to_bytes(4, "little") + body


class QServer:
    """
    Listens on a free port of the loopback address, in a process of its own: PyKX holds the interpreter while it connects.

    The handler runs in that process; what it sees of the test is a copy made when the server starts.
    """

    wants_async = False

    def __init__(self, handler: Callable[[Any], Any] | None = None, *, password: str | None = None) -> None:
        self.handler = handler or (lambda value: value)
        self.password = password
        self._received: list[Any] = []
        self._clients: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        context = multiprocessing.get_context("fork")
        self._count = context.Value("i", 0)
        self._here, self._there = context.Pipe()
        self._process = context.Process(target=self._run, daemon=True)
        self._process.start()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connections(self) -> int:
        """Clients that were let in so far."""
        return int(self._count.value)

    def close(self) -> None:
        """End the process, and with it every connection."""
        self._process.kill()
        self._process.join()

    def push(self, value: Any) -> None:
        """Send to every connected client."""
        self._here.send_bytes(frame(value, 0))

    def wait_received(self, count: int, timeout_s: float = 10.0) -> list[Any]:
        """The asynchronous messages received, once there are as many."""
        deadline = time.monotonic() + timeout_s
        while len(self._received) < count:
            assert self._here.poll(max(deadline - time.monotonic(), 0)), (
                f"{len(self._received)} of {count} messages came"
            )
            self._received.append(kx.deserialize(self._here.recv_bytes()))
        return self._received

    # ---- in the server's process

    def _run(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()
        while True:
            data = self._there.recv_bytes()
            for client in self._clients:
                client.sendall(data)

    def _accept(self) -> None:
        while True:
            client, _ = self._socket.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            greeting = b""
            while not greeting.endswith(b"\0"):
                greeting += _exactly(client, 1)
            if (
                self.password is not None
                and greeting.split(b":", 1)[1].rstrip(b"\0\x01\x02\x03\x06") != self.password.encode()
            ):
                client.close()
                return
            client.sendall(b"\x03")
            with self._count.get_lock():
                self._count.value += 1
            self._clients.append(client)
            while True:
                head = _exactly(client, 8)
                data = head + _exactly(client, int.from_bytes(head[4:8], "little") - 8)
                value = kx.deserialize(data)
                if head[1] == 0 and not self.wants_async:
                    self._there.send_bytes(data)
                elif head[1] == 0:
                    for answer in self.handler(value):
                        client.sendall(frame(answer, 0))
                else:
                    try:
                        client.sendall(frame(self.handler(value), 2))
                    except QSignal as signal:
                        client.sendall(error_frame(str(signal)))


class AsyncQServer(QServer):
    """Passes asynchronous messages to the handler too, which returns the messages to push back."""

    wants_async = True


def _exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = client.recv(count - len(data))
        if not part:
            raise OSError("closed")
        data += part
    return data
