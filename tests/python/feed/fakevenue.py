"""A venue in this process: a websocket server and REST on one port, which does what a test's script says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from slipstream.feed.venue import Venue

Script = Callable[["Session"], None]
"""What the server does with one connection; its end closes the connection."""


class Session:
    """One connection, as a script sees it."""

    def __init__(self, connection: ServerConnection, number: int) -> None:
        self.connection, self.number = connection, number
        """The number counts connections from 1."""

    def send(self, *messages: Any) -> None:
        """Send messages, JSON unless they are text or bytes."""
        for message in messages:
            self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def get(self) -> Any:
        """The next message of the client, decoded."""
        return json.loads(self.connection.recv(timeout=20))

    def wait_for_end(self) -> None:
        """Return when the client has closed the connection."""
        for _ in self.connection:
            pass


class FakeVenue:
    """Runs while a `with` lasts. REST answers are in `rest`, by path up to `?`: a function of how many times it was asked to status and JSON."""

    def __init__(self, script: Script, *, compression: str | None = "deflate") -> None:
        self.script = script
        self.rest: dict[str, Callable[[int], tuple[int, Any]]] = {}
        self.asked: dict[str, int] = {}
        self.connections = 0
        self.errors: list[BaseException] = []
        self._server = serve(
            self._handle, "127.0.0.1", 0, process_request=self._request, close_timeout=1, compression=compression
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        port = self._server.socket.getsockname()[1]
        self.ws, self.http = f"ws://127.0.0.1:{port}/ws", f"http://127.0.0.1:{port}"

    @contextmanager
    def running(self) -> Iterator[FakeVenue]:
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._thread.join()

    def urls(self, venue: type[Venue], name: str) -> dict[str, str]:
        """Addresses of this server in place of a venue's own."""
        return {f"{name}:{link}": self.http if link == "rest" else self.ws for link in venue.URLS}

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == "/ws":
            return None
        count = self.asked[path] = self.asked.get(path, 0) + 1
        status, body = self.rest[path](count) if path in self.rest else (404, {"msg": "no such path"})
        data = json.dumps(body).encode()
        headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(data)), "Connection": "close"})
        if status == 429:
            headers["Retry-After"] = "0"
        return Response(status, HTTPStatus(status).phrase, headers, data)

    def _handle(self, connection: ServerConnection) -> None:
        self.connections += 1
        try:
            self.script(Session(connection, self.connections))
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.errors.append(error)
