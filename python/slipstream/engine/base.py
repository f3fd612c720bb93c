"""What the rest of Slipstream asks of a q process, whichever engine runs it."""

from __future__ import annotations

import contextlib
import errno
import random
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from slipstream.errors import AccessDenied, Unreachable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Columns = Mapping[str, Any] | Sequence[Any]

_PORTS = range(20000, 32768)
_given: set[int] = set()


class Engine(Protocol):
    """A connection to a q process. `slipstream.engine.client.Client` is the one for real processes."""

    def query(self, q: str, *args: Any) -> Any:
        """Evaluate q, or apply it to the arguments, and return the PyKX object."""

    def value(self, q: str, *args: Any) -> Any:
        """Like `query`, converted to Python scalars and Arrow arrays."""

    def table(self, q: str, *args: Any) -> pa.Table:
        """Like `query`, for a table or keyed table, as Arrow."""

    def frame(self, q: str, *args: Any) -> pd.DataFrame:
        """Like `table`, as pandas with Arrow-backed columns."""

    def call(self, name: str, *args: Any) -> Any:
        """Call the function of that name and convert its result as `value` does."""

    def publish(self, table: str, columns: Columns, *, function: str = ".u.upd", wait: bool = False) -> int:
        """Send rows to a table in one message and return their number; `wait` returns only when q has taken them."""

    def flush(self) -> None:
        """Return when everything sent before has been processed."""

    def subscribe(self, tables: Sequence[str] = (), syms: Sequence[str] = ()) -> Subscriber:
        """Subscribe by `.u.sub` on a connection of its own; no tables and no syms mean all."""

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""


class Subscriber(Protocol):
    """Rows that a tickerplant pushes."""

    schemas: Mapping[str, pa.Table]

    def poll(self, timeout_s: float | None = None) -> tuple[str, pa.Table] | None:
        """The next (table, rows), or None when nothing came in time."""

    def __iter__(self) -> Iterator[tuple[str, pa.Table]]:
        """Every (table, rows) until the connection ends."""

    def close(self) -> None:
        """End the subscription."""


def handshake(
    host: str, port: int, *, user: str | None = None, password: str | None = None, timeout_s: float = 1.0
) -> int:
    """
    Connect as a kdb+ client does, read the answer, disconnect; needs no PyKX, so it is cheap enough to poll with.

    Returns:
        The capability byte of the server.

    Raises:
        Unreachable: nothing listens, or what listens does not answer in time.
        AccessDenied: the server closed the connection instead of answering.
    """
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as sock:
            sock.settimeout(timeout_s)
            sock.sendall(f"{user or ''}:{password or ''}".encode() + b"\x03\x00")
            answer = sock.recv(1)
    except OSError as error:
        raise Unreachable(f"{host}:{port}: {error}") from error
    if not answer:
        raise AccessDenied(f"{host}:{port}: the process closed the connection")
    return answer[0]


def free_ports(count: int = 1, host: str = "127.0.0.1") -> list[int]:
    """
    Ports nobody listens on at the moment, none of them given before by this process.

    They lie below the range from which Linux takes the ports of connections going out, so that none is
    taken by one before its process listens.

    Raises:
        OSError: there are not so many.
    """
    found: list[int] = []
    first = random.randrange(len(_PORTS))  # noqa: S311
    for port in (*_PORTS[first:], *_PORTS[:first]):
        if len(found) == count:
            break
        if port not in _given:
            with socket.socket() as sock, contextlib.suppress(OSError):
                sock.bind((host, port))
                found.append(port)
                _given.add(port)
    if len(found) < count:
        raise OSError(errno.EADDRNOTAVAIL, f"{count} free ports of {host}: found {len(found)}")
    return found
