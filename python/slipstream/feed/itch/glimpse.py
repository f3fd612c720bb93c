"""
GLIMPSE 5.0: the present state of a market over SoupBinTCP, as ITCH messages, by which a session is joined in the middle of the day.

The server sends the system event, the stocks with their states, and every order of the book as an addition; then the snapshot message: G
and, in twenty characters, a number of the ITCH session, which denotes where firms begin to process updates. So the specification, "Nasdaq GLIMPSE
5.0" (nasdaqtrader.com; sections 2, 4 and "Snapshot Message"): one logs in for message 1. The layout is also that of public dissectors
(github.com/Open-Markets-Initiative/wireshark-lua, Glimpse v5.0: "End Of Snapshot Message", "Itch Sequence Number", 20 characters).
That number is taken as the first message that is not in the snapshot, which is what "begin" says.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from slipstream.errors import FeedError
from slipstream.feed.itch import soup
from slipstream.feed.itch.codec import LAYOUTS
from slipstream.feed.itch.parser import Burst, Parser
from slipstream.feed.schema import NULL_LONG, NULL_TIME, Columns, columns, count, join, pick
from slipstream.feed.vector import Chunk

_END = ord("G")
_SIZE = 21
_IDLE_S = 0.05
_STOCK = {kind: next(field.at for field in LAYOUTS[kind].fields if field.name == "stock") for kind in "RAF"}


def end_message(upcoming: int) -> bytes:
    """What a server ends a snapshot with: the number of the ITCH message to go on from."""
    return b"G" + str(upcoming).encode().rjust(_SIZE - 1)


@dataclass(frozen=True)
class Snapshot:
    """The state before a message of the session."""

    messages: list[bytes]
    upcoming: int
    """Number of that message."""


def fetch(
    address: tuple[str, int], client: soup.Client, stop: threading.Event, *, timeout_s: float = 10.0
) -> Snapshot | None:
    """
    Log in and take a snapshot; None when told to stop before it was complete.

    Args:
        address: the server's.
        client: who logs in, for message 1.
        stop: ends it.
        timeout_s: for the connection.

    Raises:
        soup.Rejected: the login was refused.
        FeedError: there is no server, or what it sends is no snapshot.
    """
    messages: list[bytes] = []
    try:
        with socket.create_connection(address, timeout=timeout_s) as link:
            link.sendall(client.connected(time.time_ns()))
            link.settimeout(_IDLE_S)
            while not stop.is_set():
                data: bytes | None
                try:
                    data = link.recv(1 << 18)
                except TimeoutError:
                    data = None
                link.sendall(client.quiet(time.time_ns()))
                if data is None:
                    continue
                burst = client.received(data, time.time_ns()) if data else None
                for at, size in () if burst is None else zip(burst.offsets.tolist(), burst.sizes.tolist(), strict=True):
                    assert burst is not None
                    message = burst.data[at : at + size]
                    if message[:1] == b"G":
                        return Snapshot(messages, _number(message))
                    messages.append(message)
                if not data or client.ended:
                    raise FeedError(
                        f"glimpse: the server ended after {len(messages)} messages, before its snapshot was complete"
                    )
                if client.told:
                    raise FeedError(f"glimpse: {client.told[0].reason}")
    except OSError as error:
        raise FeedError(f"glimpse: {address[0]}:{address[1]}: {error}") from error
    return None


def _number(message: bytes) -> int:
    digits = message[1:].strip()
    if len(message) != _SIZE or not digits.isdigit() or not 0 < int(digits) < 2**62:
        raise FeedError(f"glimpse: a snapshot that ends with {message[:40]!r}")
    return int(digits)


def rows(snapshot: Snapshot, parser: Parser, moment: int) -> Chunk:
    """
    Build the book of a snapshot; its rows, all of the moment at which it was complete.

    Each stock begins with a row `clear`; orders follow as additions, without the time at which they were made, then each stock's touch.
    Rows have the number of the last message before the snapshot.
    """
    messages = snapshot.messages
    seq = snapshot.upcoming - 1
    sizes = np.array([len(message) for message in messages], dtype=np.int64)
    number = len(messages)
    chunk = parser.take(
        Burst(
            b"".join(messages),
            np.cumsum(sizes) - sizes,
            sizes,
            np.full(number, seq, dtype=np.int64),
            np.full(number, moment, dtype=np.int64),
        )
    )
    found = {table: [made] for table, made in chunk.tables.items()}
    for table, made in parser.finish().tables.items():
        found.setdefault(table, []).append(made)
    tables = {table: join(parts) for table, parts in found.items()}
    venue = parser.venue
    stocks = dict.fromkeys(
        message[_STOCK[kind] : _STOCK[kind] + 8].decode("latin-1").rstrip(" ")
        for message in messages
        if (kind := chr(message[0]) if message else "") in _STOCK and len(message) == LAYOUTS[kind].size
    )
    nan = float("nan")
    cleared = columns("mbo", [(moment, sym, venue, "clear", NULL_LONG, "", nan, nan, NULL_TIME, seq) for sym in stocks])
    tables["mbo"] = join([cleared, tables["mbo"]]) if "mbo" in tables else cleared
    if "depth" in tables:
        tables["depth"] = _last(tables["depth"], "sym", "side", "price")
    if "quote" in tables:
        # the touch while the book was being built was nobody's
        tables["quote"] = _last(tables["quote"], "sym")
    for made in tables.values():
        made["time"] = np.full(count(made), moment, dtype=np.int64).view("M8[ns]")
        # how long ago something was said tells nothing of clocks
        made["etime"] = np.full(count(made), NULL_TIME, dtype=np.int64).view("M8[ns]")
    return Chunk(np.full(max(number, 1), moment, dtype=np.int64), tables)


def _last(made: Columns, *names: str) -> Columns:
    """The last row of each symbol, or level."""
    last = {key: place for place, key in enumerate(zip(*(made[name].tolist() for name in names), strict=True))}
    return pick(made, np.array(sorted(last.values()), dtype=np.int64))


class Joining:
    """
    Snapshots taken beside whatever else goes on, by a thread.

    Args:
        address: the server's.
        client: makes who logs in, anew for each snapshot.
    """

    def __init__(self, address: tuple[str, int], client: Callable[[], soup.Client]) -> None:
        self._address, self._client = address, client
        self._stop = threading.Event()
        self._found: Snapshot | None = None
        self._error: FeedError | None = None
        self._thread: threading.Thread | None = None
        self._due = 0.0
        self._tries = 0

    def look(self) -> Snapshot | None:
        """
        Have a snapshot taken if none is on its way; the one that is complete, else None.

        Raises:
            soup.Rejected: the login was refused.
        """
        if self._thread is None:
            if time.monotonic() >= self._due:
                self._thread = threading.Thread(target=self._run, name="glimpse", daemon=True)
                self._thread.start()
        elif not self._thread.is_alive():
            self._thread.join()
            self._thread = None
            if isinstance(self._error, soup.Rejected):
                raise self._error
            if self._error is not None:
                self.again()
            return self._found
        return None

    def again(self) -> None:
        """The last one was of no use: another, after longer and longer."""
        self._due = time.monotonic() + min(0.25 * 2.0 ** min(self._tries, 30), 10.0)
        self._tries += 1

    @property
    def problem(self) -> str:
        """Why the last one could not be taken, told once."""
        error, self._error = self._error, None
        return "" if error is None else str(error)

    def close(self) -> None:
        """Take no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        self._found = self._error = None
        try:
            self._found = fetch(self._address, self._client(), self._stop)
        except FeedError as error:
            self._error = error


__all__ = ["Joining", "Snapshot", "end_message", "fetch", "rows"]
