"""Feeds from sockets: MoldUDP64 on two lines, SoupBinTCP. They end with the session, or when told to stop."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from slipstream.errors import FeedError
from slipstream.feed import base
from slipstream.feed.base import Batch
from slipstream.feed.itch import glimpse, mold, soup
from slipstream.feed.itch.glimpse import Joining
from slipstream.feed.itch.mold import Arbiter, Told, tell
from slipstream.feed.itch.parser import Burst, Parser
from slipstream.feed.pcap import Writer
from slipstream.feed.receive import ANCILLARY, kernel_time, stamped
from slipstream.feed.schema import DAY_NS
from slipstream.feed.vector import Chunk, cut

Address = tuple[str, int]

_IDLE_S = 0.05
"""How long to wait for something to come before saying that nothing did."""
_BUFFER = 8 << 20
_KEPT = 1 << 30
"""Bytes that may come before a snapshot does."""
_PAYLOAD = 1_400
"""Bytes of messages in a packet of a recording."""
_PACKETS = 1_024
"""Packets read at a time from a line before the next is looked at."""
_NONE = np.empty(0, dtype=np.int64)


class _Live:
    """What both have in common: rows as soon as they are there."""

    def __init__(self, parser: Parser, record: Writer | None, joining: Joining | None) -> None:
        self.parser = parser
        self.record = record
        self.marks = ""
        """Name of the file in which to keep how far the session was published, for `resume`; empty when that is not needed."""
        self.marked = "mbo"
        """The table that these marks are of."""
        self._joining = joining
        self._after = 0
        self.counters: base.Counters = parser.counters
        self.ledger = ""
        """Name of the file in which to keep what was published; empty when another run would not make the same rows."""
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End; safe from a signal handler and from other threads."""
        self._stopped.set()

    def resume(self, last: Mapping[str, int]) -> None:
        """Join the session not before the message behind the last that an earlier run has published, by stock."""
        self._after = max(last.values(), default=0)

    def _snapshot(self) -> glimpse.Snapshot | None:
        """What the session can be joined with, if it has come."""
        assert self._joining is not None
        found = self._joining.look()
        problem = self._joining.problem
        if problem:
            self.parser.quarantine.add(self.parser.source, 0, f"connection: {problem}", b"")
        if found is not None and found.upcoming <= self._after:
            self._too_old(found)
            return None
        return found

    def _too_old(self, found: glimpse.Snapshot) -> None:
        assert self._joining is not None
        self.parser.quarantine.add(self.parser.source, found.upcoming, "snapshot: too old, another is taken", b"")
        self._joining.again()

    def _joined(self, found: glimpse.Snapshot) -> Iterator[Batch]:
        assert self._joining is not None
        self._joining.close()
        self._joining = None
        missed = found.upcoming - self._after - 1
        if self._after and missed:
            told = Told(self._after + 1, f"gap: {missed} messages between the run before and this one's snapshot")
            tell([told], self.parser)
        yield from self._batches(glimpse.rows(found, self.parser, time.time_ns()))

    def _batches(self, chunk: Chunk) -> Iterator[Batch]:
        """Rows at once; a batch without any lets whoever publishes send what has waited long enough."""
        if len(chunk.moments):
            yield from cut([chunk], DAY_NS, self.counters)
        else:
            now = time.time_ns()
            yield Batch(now, now, {}, 0)

    def _last(self, *, ended: bool) -> Iterator[Batch]:
        """What waits for its interval to end; a run that takes up a session that goes on makes it anew."""
        if ended:
            yield from self._batches(self.parser.finish())


class MoldFeed(_Live):
    """
    Args:
        lines: addresses on which the same packets come; multicast groups are joined.
        request: address of the server that sends again what is missing; None does without.
        interface: address of the interface on which groups are joined, and others are listened to.
        record: gets every packet as it came.
        joining: takes the snapshot with which the session is joined; None follows it from its beginning, or from the first packet.
    """

    def __init__(
        self,
        parser: Parser,
        lines: Sequence[Address],
        request: Address | None = None,
        *,
        interface: str = "127.0.0.1",
        patience: mold.Patience | None = None,
        record: Writer | None = None,
        joining: Joining | None = None,
    ) -> None:
        super().__init__(parser, record, joining)
        self.arbiter = Arbiter(asks=request is not None, joins=joining is not None, patience=patience)
        self._request = request
        self._kept: list[Burst] = []
        self._kept_bytes = 0
        self._from = 0
        """Number of the first message that is wanted."""
        if joining is not None:
            self.marks = f"itch-mold-{lines[0][0]}-{lines[0][1]}-{parser.day}.marks"
        elif request is not None:
            self.ledger = f"itch-mold-{lines[0][0]}-{lines[0][1]}-{parser.day}.ledger"
        self.sockets: list[socket.socket] = []
        self._targets: dict[socket.socket, Address] = {}
        """Where packets that come on a line's socket were sent to."""
        try:
            for line in lines:
                self.sockets.append(_listen(line, interface))
                self._targets[self.sockets[-1]] = line
            self._asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._asking.setblocking(False)
            stamped(self._asking)
            self.sockets.append(self._asking)
        except OSError as error:
            self.close()
            raise FeedError(f"itch: cannot listen on {line[0]}:{line[1]}: {error}") from error

    def close(self) -> None:
        """Close the sockets, and the recording."""
        for each in self.sockets:
            each.close()
        if self._joining is not None:
            self._joining.close()
        if self.record is not None:
            self.record.close()

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """Rows as they come; the step is without meaning here."""
        arbiter, poll = self.arbiter, selectors.DefaultSelector()
        try:
            for each in self.sockets:
                poll.register(each, selectors.EVENT_READ)
            while not self._stopped.is_set() and not arbiter.ended:
                due = arbiter.due
                wait = _IDLE_S if due is None else min(max((due - time.time_ns()) / 1e9, 0.0), _IDLE_S)
                for key, _ in poll.select(wait):
                    self._drain(key.fileobj)  # type: ignore[arg-type]
                self._ask(time.time_ns())
                tell(arbiter.told, self.parser)
                if self._joining is not None:
                    yield from self._join()
                    continue
                burst = arbiter.take()
                if burst is not None:
                    yield from self._taken(burst)
                else:
                    yield from self._batches(Chunk(_NONE, {}))
            if arbiter.ended and self._kept:
                first, many = int(self._kept[0].seqs[0]), sum(len(each.seqs) for each in self._kept)
                tell(
                    [Told(first, f"gap: {many} messages, and the session's end, came before a snapshot did")],
                    self.parser,
                )
            yield from self._last(ended=arbiter.ended)
        finally:
            poll.close()
            self.close()

    def _join(self) -> Iterator[Batch]:
        """Keep what comes until there is a snapshot that is as new as the first of it, and go on behind that."""
        arbiter, burst = self.arbiter, self.arbiter.take()
        if burst is not None:
            self._kept.append(burst)
            self._kept_bytes += len(burst.data)
        if self._kept_bytes > _KEPT:
            raise FeedError(f"itch: {self._kept_bytes} bytes came before a snapshot did")
        # not before the lines are heard, so that it is no older than they are
        found = self._snapshot() if arbiter.session else None
        first = int(self._kept[0].seqs[0]) if self._kept else arbiter.expected
        if found is None:
            yield from self._batches(Chunk(_NONE, {}))
        elif found.upcoming < first:
            self._too_old(found)
        else:
            self._from = found.upcoming
            yield from self._joined(found)
            kept, self._kept = self._kept, []
            for each in kept:
                yield from self._taken(each)

    def _taken(self, burst: Burst) -> Iterator[Batch]:
        """Rows of messages, but of those that a snapshot has told."""
        if self._from > int(burst.seqs[0]):
            wanted = burst.seqs >= self._from
            received = None if burst.received is None else burst.received[wanted]
            burst = Burst(burst.data, burst.offsets[wanted], burst.sizes[wanted], burst.seqs[wanted], received)
        if len(burst.seqs):
            self._from = 0
            yield from self._batches(self.parser.take(burst))

    def _drain(self, line: socket.socket) -> None:
        record = self.record
        kept = self.arbiter.drain(line.fileno(), _PACKETS, record is not None)
        if record is not None:
            target = self._targets.get(line) or line.getsockname()
            for data, moment, sender in kept:
                record.write(moment, sender, target, data)
            record.flush()

    def _ask(self, now: int) -> None:
        asked = self.arbiter.act(now)
        if asked is not None and self._request is not None:
            try:
                self._asking.sendto(asked, self._request)
            except OSError as error:
                # counts as an answer that did not come
                self.arbiter.told.append(Told(self.arbiter.expected, f"request: not sent: {error}"))


class SoupFeed(_Live):
    """
    Args:
        address: the server's.
        client: who logs in.
        first_s: wait before a connection that broke is made again, doubled with each failure in a row up to `longest_s`.
        record: gets the messages, as packets of MoldUDP64.
        joining: as of `MoldFeed`.
    """

    def __init__(
        self,
        parser: Parser,
        address: Address,
        client: soup.Client,
        *,
        first_s: float = 0.25,
        longest_s: float = 30.0,
        record: Writer | None = None,
        joining: Joining | None = None,
    ) -> None:
        super().__init__(parser, record, joining)
        self.client = client
        self.connections = 0
        """Logins that were accepted."""
        name = f"itch-soup-{address[0]}-{address[1]}-{parser.day}"
        self.ledger, self.marks = ("", f"{name}.marks") if joining is not None else (f"{name}.ledger", "")
        self._address, self._first, self._longest = address, first_s, longest_s

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """
        Rows as they come; the step is without meaning here.

        Raises soup.Rejected when the login is refused.
        """
        try:
            while self._joining is not None and not self._stopped.is_set():
                found = self._snapshot()
                if found is None:
                    yield from self._batches(Chunk(_NONE, {}))
                    self._stopped.wait(_IDLE_S)
                else:
                    self.client.expected = found.upcoming
                    yield from self._joined(found)
            yield from self._connections()
        finally:
            if self._joining is not None:
                self._joining.close()
            if self.record is not None:
                self.record.close()

    def _connections(self) -> Iterator[Batch]:
        failures = 0
        while not self._stopped.is_set() and not self.client.ended:
            before = self.connections
            try:
                yield from self._connection()
            except soup.Rejected:
                raise
            except (OSError, FeedError) as error:
                self.parser.quarantine.add(self.parser.source, self.client.expected, f"connection: {error}", b"")
            if self.client.ended or self._stopped.is_set():
                break
            failures = 0 if self.connections > before else failures + 1
            until = time.monotonic() + min(self._first * 2.0 ** min(failures, 30), self._longest)
            while time.monotonic() < until and not self._stopped.wait(_IDLE_S):
                yield from self._batches(Chunk(_NONE, {}))
        yield from self._last(ended=self.client.ended)

    def _connection(self) -> Iterator[Batch]:
        client = self.client
        with socket.create_connection(self._address, timeout=10.0) as link:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            stamped(link)
            link.sendall(client.connected(time.time_ns()))
            link.settimeout(_IDLE_S)
            while not client.ended:
                if self._stopped.is_set():
                    link.sendall(soup.packet(b"O"))
                    return
                try:
                    data, ancillary, _, _ = link.recvmsg(1 << 18, ANCILLARY)
                except TimeoutError:
                    data = None
                if data == b"":
                    raise FeedError("the server closed the connection")
                accepted = client.accepted
                burst = None if data is None else client.received(data, kernel_time(ancillary))
                if client.accepted and not accepted:
                    self.connections += 1
                tell(client.told, self.parser)
                # before anything that may fail: the numbers have gone on
                if burst is not None and self.record is not None:
                    self._keep(burst, link, self.record)
                yield from self._batches(Chunk(_NONE, {}) if burst is None else self.parser.take(burst))
                link.sendall(client.quiet(time.time_ns()))

    def _keep(self, burst: Burst, link: socket.socket, record: Writer) -> None:
        """Record messages; those that came together are told as received at one moment."""
        session = self.client.session.encode("ascii", "replace")[:10].ljust(10)
        data, seq = burst.data, int(burst.seqs[0])
        moment = time.time_ns() if burst.received is None else int(burst.received[0])
        some: list[bytes] = []
        left = _PAYLOAD
        for at, size in zip(burst.offsets.tolist(), burst.sizes.tolist(), strict=True):
            if some and size + 2 > left:
                record.write(moment, self._address, link.getsockname(), mold.packet(session, seq, some))
                seq, some, left = seq + len(some), [], _PAYLOAD
            some.append(data[at : at + size])
            left -= size + 2
        record.write(moment, self._address, link.getsockname(), mold.packet(session, seq, some))
        record.flush()


def _listen(line: Address, interface: str) -> socket.socket:
    """A socket on which the packets of a line come."""
    host, port = line
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        link.setblocking(False)
        stamped(link)
        if socket.inet_aton(host)[0] & 0xF0 == 0xE0:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            link.bind((host, port))
            link.setsockopt(
                socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(host) + socket.inet_aton(interface)
            )
        else:
            link.bind((host, port))
    except OSError:
        link.close()
        raise
    return link
