"""A venue's side of MoldUDP64, SoupBinTCP and GLIMPSE, for the simulated market and for tests: what was sent is kept and sent again on request."""

from __future__ import annotations

import bisect
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence

from slipstream.feed.itch import mold, soup
from slipstream.feed.itch.codec import Message, decode, encode
from slipstream.feed.itch.glimpse import end_message
from slipstream.feed.itch.live import Address

_PAYLOAD = 1_400
"""Bytes of messages in a packet: with its headers it fits an Ethernet frame."""


class Tape:
    """Numbered messages, from 1."""

    def __init__(self) -> None:
        self._messages: list[bytes] = []
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, messages: Sequence[bytes]) -> None:
        """Append."""
        total = self._ends[-1] if self._ends else 0
        for message in messages:
            total += len(message) + 2
            self._messages.append(message)
            self._ends.append(total)

    def fitting(self, seq: int, count: int) -> list[bytes]:
        """Messages from a number on, at most so many and no more than a packet holds, but one."""
        first = seq - 1
        before = self._ends[first - 1] if first else 0
        stop = bisect.bisect_right(self._ends, before + _PAYLOAD)
        return self._messages[first : max(min(stop, first + count), first + 1)]


class MoldServer:
    """
    Sends messages to lines, and again to who asks.

    Args:
        lines: where to.
        session: ten characters at most.
        keeps: whether a packet goes out on a line, by the line's number and the packet's first message; for lossy lines in tests.
        request: address to listen on for requests, port 0 for any.
    """

    def __init__(
        self,
        lines: Sequence[Address],
        *,
        session: str = "SIM0000001",
        keeps: Callable[[int, int], bool] | None = None,
        request: Address = ("127.0.0.1", 0),
    ) -> None:
        self.session = session.encode().ljust(10)
        self.tape = Tape()
        self.answered = 0
        """Requests that were answered."""
        self._lines, self._keeps = list(lines), keeps or (lambda line, seq: True)
        self._link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._asked.bind(request)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._answer, name="mold requests", daemon=True)
        self._thread.start()

    @property
    def address(self) -> Address:
        """Where requests go."""
        host, port = self._asked.getsockname()
        return str(host), int(port)

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages, each once on each line."""
        with self._lock:
            seq = len(self.tape) + 1
            self.tape.add(messages)
            end = len(self.tape)
        while seq <= end:
            some = self.tape.fitting(seq, mold.END - 1)
            self._all(mold.packet(self.session, seq, some), seq)
            seq += len(some)

    def heartbeat(self) -> None:
        """Tell the next message's number."""
        self._all(mold.packet(self.session, len(self.tape) + 1, []), 0)

    def end(self) -> None:
        """Tell that the session is over."""
        self._all(mold.end_packet(self.session, len(self.tape) + 1), 0)

    def close(self) -> None:
        """Answer no more."""
        self._stop.set()
        self._thread.join()
        self._asked.close()
        self._link.close()

    def _all(self, data: bytes, seq: int) -> None:
        for number, line in enumerate(self._lines):
            if not seq or self._keeps(number, seq):
                self._link.sendto(data, line)

    def _answer(self) -> None:
        while not self._stop.is_set():
            if not select.select([self._asked], [], [], 0.05)[0]:
                continue
            data, asker = self._asked.recvfrom(65_535)
            if len(data) != mold.HEADER.size:
                continue
            session, seq, count = mold.HEADER.unpack(data)
            with self._lock:
                if session != self.session or not count or not 1 <= seq <= len(self.tape):
                    continue
                some = self.tape.fitting(seq, count)
            self.answered += 1
            self._asked.sendto(mold.packet(self.session, seq, some), asker)


class SoupServer:
    """
    Sends messages to whoever logs in, from the number that was asked for.

    Args:
        users: passwords by user.
        session: ten characters at most.
        address: to listen on, port 0 for any.
    """

    def __init__(
        self, users: dict[str, str], *, session: str = "SIM0000001", address: Address = ("127.0.0.1", 0)
    ) -> None:
        self.session = session
        self.tape = Tape()
        self.logins = 0
        self.heartbeats = 0
        """Of clients."""
        self.logouts = 0
        self._users = users
        self._over = False
        self._news = threading.Condition()
        self._links: list[socket.socket] = []
        self._stop = threading.Event()
        self._listen = socket.create_server(address)
        self._listen.settimeout(0.05)
        self._threads = [threading.Thread(target=self._accept, name="soup listener", daemon=True)]
        self._threads[0].start()

    @property
    def address(self) -> Address:
        """Where it listens."""
        host, port = self._listen.getsockname()[:2]
        return str(host), int(port)

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages to all who are there, now or later."""
        with self._news:
            self.tape.add(messages)
            self._news.notify_all()

    def end(self) -> None:
        """End the session behind the last message."""
        with self._news:
            self._over = True
            self._news.notify_all()

    def drop(self) -> None:
        """Break all connections."""
        for link in list(self._links):
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                # it broke by itself
                continue

    def close(self) -> None:
        """Break all connections and take no more."""
        self._stop.set()
        self.drop()
        for thread in self._threads:
            thread.join()
        self._listen.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                link, _ = self._listen.accept()
            except TimeoutError:
                continue
            self._links.append(link)
            thread = threading.Thread(target=self._serve, args=(link,), name="soup client", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, link: socket.socket) -> None:
        with link:
            try:
                link.settimeout(10.0)
                size, kind = struct.unpack(">Hc", _exactly(link, 3))
                request = _exactly(link, size - 1)
                user, password = request[:6].decode().rstrip(), request[6:16].decode().rstrip()
                session, seq = request[16:26].decode().strip(), int(request[26:46])
                if kind != b"L" or self._users.get(user) != password:
                    link.sendall(soup.packet(b"J", b"A"))
                elif session not in ("", self.session):
                    link.sendall(soup.packet(b"J", b"S"))
                else:
                    self.logins += 1
                    self._send(link, seq or len(self.tape) + 1)
            except (OSError, EOFError):
                # the client went
                return
            finally:
                self._links.remove(link)

    def _send(self, link: socket.socket, seq: int) -> None:
        link.sendall(soup.packet(b"A", self.session.encode().rjust(10) + str(seq).encode().rjust(20)))
        said = time.monotonic()
        while not self._stop.is_set():
            if select.select([link], [], [], 0)[0] and self._left(link):
                return
            with self._news:
                if len(self.tape) < seq and not self._over:
                    self._news.wait(0.05)
                some = self.tape.fitting(seq, 10_000) if len(self.tape) >= seq else []
                over = self._over and len(self.tape) < seq
            if some:
                link.sendall(b"".join(soup.packet(b"S", message) for message in some))
                seq += len(some)
                said = time.monotonic()
            elif over:
                link.sendall(soup.packet(b"Z"))
                # closing at once could take from the client what it has not read yet
                link.shutdown(socket.SHUT_WR)
                while link.recv(4_096):
                    continue
                return
            elif time.monotonic() - said > soup.HEARTBEAT_NS / 1e9:
                link.sendall(soup.packet(b"H"))
                said = time.monotonic()

    def _left(self, link: socket.socket) -> bool:
        """Whether a client that says something goes."""
        size, kind = struct.unpack(">Hc", _exactly(link, 3))
        _exactly(link, size - 1)
        if kind == b"R":
            self.heartbeats += 1
        self.logouts += kind == b"O"
        return bool(kind == b"O")


class GlimpseServer(SoupServer):
    """
    Sends the present state of a session to whoever logs in.

    Args:
        users: passwords by user.
        said: the session's messages so far.
    """

    def __init__(self, users: dict[str, str], said: Callable[[], Sequence[bytes]]) -> None:
        self._said = said
        super().__init__(users)

    def _send(self, link: socket.socket, seq: int) -> None:
        said = list(self._said())
        messages = [*state_of(said), end_message(len(said) + 1)]
        head = soup.packet(b"A", self.session.encode().rjust(10) + str(seq).encode().rjust(20))
        link.sendall(head + b"".join(soup.packet(b"S", message) for message in messages[seq - 1 :]))
        # the client has all it wants
        link.shutdown(socket.SHUT_WR)
        while link.recv(4_096):
            continue


def state_of(messages: Sequence[bytes]) -> list[bytes]:
    """What GLIMPSE tells after these messages: the last system event, the stocks, their states, and what is left of each order."""
    event: list[bytes] = []
    stocks: dict[bytes, dict[int, bytes]] = {kind: {} for kind in (b"R", b"H", b"Y", b"h")}
    orders: dict[int, Message] = {}
    for data in messages:
        kind = data[:1]
        if kind == b"S":
            event = [data]
        elif kind in stocks:
            message = decode(data)
            # a halt is of one market
            stocks[kind][message["locate"] << 8 | ord(message.fields.get("market", " "))] = data
        elif kind in b"AFECXDU":
            message = decode(data)
            _order(orders, message)
    told = [each for kind in stocks for each in stocks[kind].values()]
    return [*event, *told, *(encode(message.kind, **message.fields) for message in orders.values())]


def _order(orders: dict[int, Message], message: Message) -> None:
    ref = message["ref"]
    if message.kind in "AF":
        orders[ref] = message
        return
    before = orders.pop(ref)
    left = before.fields | {"shares": before["shares"] - message["shares"]} if message.kind in "ECX" else None
    if message.kind == "U":
        terms = {
            "ref": message["new_ref"],
            "shares": message["shares"],
            "price": message["price"],
            "stamp": message["stamp"],
        }
        orders[message["new_ref"]] = Message(
            "A", {k: v for k, v in before.fields.items() if k != "attribution"} | terms
        )
    elif left is not None and left["shares"]:
        orders[ref] = Message(before.kind, left)


def _exactly(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = link.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data
