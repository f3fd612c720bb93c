"""An S3 server that refuses: before a real one (moto's) stands a proxy that answers 500 and 503, or hangs up, when it is told to."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import s3fs

BUCKET = "faults"
_REFUSALS = {
    "500": (500, "InternalError"),
    "503": (503, "SlowDown"),
    "403": (403, "AccessDenied"),
}


class Refusing:
    """
    The proxy's address, and what it does with coming calls.

    Attributes:
        url: the server that refuses.
        direct: the one behind it, which does not.
        refused: calls refused so far.
        calls: calls that came.
    """

    def __init__(self, url: str, direct: str) -> None:
        self.url, self.direct = url, direct
        self.refused = self.calls = 0
        self._pass, self._refuse, self._how = 0, 0, "500"
        self._lock = threading.Lock()

    def refuse(self, after: int, number: int, how: str) -> None:
        """Let some calls through, then refuse a number of them: by 500, 503 or 403, `cut` (hangs up), or `half` (takes half of the body)."""
        with self._lock:
            self._pass, self._refuse, self._how = after, number, how

    def next(self) -> str:
        """What becomes of the next call; empty when it goes through."""
        with self._lock:
            self.calls += 1
            if self._pass > 0:
                self._pass -= 1
                return ""
            if self._refuse <= 0:
                return ""
            self._refuse -= 1
            self.refused += 1
            return self._how


WAYS = ("500", "503", "403", "cut", "half")


def random_refusal(server: Refusing, rng: random.Random) -> None:
    """The next refusals, at a moment and of a kind by chance."""
    server.refuse(rng.randint(0, 60), rng.choice((1, 3, 12)), rng.choice(WAYS))


@contextlib.contextmanager
def refusing() -> Iterator[Refusing | None]:
    """A server that is up, with a bucket; None where moto is not installed."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        yield None
        return
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line a call
    behind = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    behind.start()
    host, port = behind.get_host_and_port()
    server = _Proxy(("127.0.0.1", 0), _Handler)
    server.target = (str(host), int(port))
    server.daemon_threads = True
    server.state = Refusing(f"http://127.0.0.1:{server.server_address[1]}", f"http://{host}:{port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    keys = {
        "AWS_ACCESS_KEY_ID": "faults",
        "AWS_SECRET_ACCESS_KEY": "faults",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {key: os.environ.get(key) for key in keys}
    retries = s3fs.S3FileSystem.retries
    s3fs.S3FileSystem.retries = 2  # the archive's patience with a store is not what is tried here
    os.environ.update(keys)
    try:
        made = http.client.HTTPConnection(str(host), int(port), timeout=30)
        made.request("PUT", f"/{BUCKET}")
        made.getresponse().read()
        made.close()
        yield server.state
    finally:
        s3fs.S3FileSystem.retries = retries
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
        server.shutdown()
        server.server_close()
        behind.stop()


class _Proxy(ThreadingHTTPServer):
    target: tuple[str, int]
    state: Refusing

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said."""

    def _any(self) -> None:
        how = self.server.state.next()
        length = int(self.headers.get("Content-Length") or 0)
        if how == "half":
            self.rfile.read(length // 2)
            self._hang_up()
            return
        body = self._chunked() if "chunked" in self.headers.get("Transfer-Encoding", "") else self.rfile.read(length)
        if how == "cut":
            self._hang_up()
            return
        if how:
            status, code = _REFUSALS[how]
            self._answer(
                status,
                {"Content-Type": "application/xml"},
                f"<Error><Code>{code}</Code><Message>refused</Message></Error>".encode(),
            )
            return
        there = http.client.HTTPConnection(*self.server.target, timeout=60)
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in ("transfer-encoding", "content-length")
        }
        there.request(self.command, self.path, body, headers)
        answer = there.getresponse()
        self._answer(answer.status, dict(answer.getheaders()), answer.read())
        there.close()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any

    def _chunked(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        size = (
            headers.get("Content-Length", str(len(body))) if self.command == "HEAD" and status < 300 else str(len(body))
        )
        self.send_header("Content-Length", size)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(2)


__all__ = ["BUCKET", "WAYS", "Refusing", "random_refusal", "refusing"]
