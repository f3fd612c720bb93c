"""
FIX order flow overheard: from log files, packet captures and interfaces, decoded as if it came by a session.

A source gives messages with the moment of their reception; several sources are merged by it. Which session a
message belongs to is read off its CompIDs, so one source may hold many. Everything with a beginning of a
message in it is kept; what holds none is counted and put in quarantine.
"""

from __future__ import annotations

import gzip
import heapq
import os
import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from slipstream.errors import FixError
from slipstream.feed.base import Quarantine
from slipstream.feed.schema import DAY_NS, FIX_TABLES, NULL_TIME, Columns, Row, columns
from slipstream.feed.tcp import Key, PacketCounters, Piece, Streams
from slipstream.fix.intake import CaptureCounters
from slipstream.fix.lifecycle import Orders, printable
from slipstream.fix.message import Malformed, Message, parse, parse_time
from slipstream.fix.packets import live_packets, read_packets
from slipstream.fix.seen import Seen
from slipstream.fix.wire import Frame, Framer

_CHUNK = 1 << 16
_LOOK_S = 0.1
_PACKET_MAGIC = (
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",
)
_FIX_STAMP = re.compile(rb"(\d{8}-\d\d:\d\d:\d\d(?:\.\d{1,9})?)")
_ISO_STAMP = re.compile(rb"(\d{4})-(\d\d)-(\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?")


@dataclass(frozen=True)
class Heard:
    """Some bytes, and when they were received."""

    moment: int
    raw: bytes
    source: str
    noise: bool = False


class Sink(Protocol):
    """Where messages go: an `Intake`, or `Tables`."""

    counters: CaptureCounters
    quarantine: Quarantine

    @property
    def sessions(self) -> frozenset[str]:
        """Of the messages that it has."""
        ...

    def take(self, session: str, raw: bytes, *, moment: int | None = None) -> bool:
        """Keep a message unless it is had already."""
        ...


class Tables:
    """Rows in memory, for files that are looked at without a plant."""

    def __init__(self, orders: Orders | None = None, quarantine: Quarantine | None = None) -> None:
        self.orders = orders or Orders()
        self.counters = CaptureCounters()
        self.quarantine = quarantine or Quarantine()
        self.rows: dict[str, list[Row]] = {table: [] for table in FIX_TABLES}
        self._seen = Seen()

    def take(self, session: str, raw: bytes, *, moment: int | None = None) -> bool:
        """Decode a message unless it is had already."""
        at = time.time_ns() if moment is None else moment
        _, keys, new = self._seen.look(session, raw, at)
        if not new:
            self.counters.duplicates += 1
            return False
        self._seen.note(keys, at)
        problems, made = self.orders.raw(raw, time=at, session=session)
        for table, some in made.items():
            self.rows[table].extend(some)
            self.counters.rows[table] = self.counters.rows.get(table, 0) + len(some)
        self.counters.messages += 1
        if problems:
            self.counters.count(problems, made)
            self.quarantine.add(session, at, "; ".join(problems), raw)
        return True

    @property
    def sessions(self) -> frozenset[str]:
        """None that another run has named."""
        return frozenset()

    def columns(self, table: str) -> Columns:
        """One table's rows as typed columns."""
        return columns(table, self.rows[table])


class Names:
    """
    Names of sessions: client first, as far as the messages tell who that is.

    Args:
        given: names that earlier runs gave. They stay, whoever is heard first this time: by them messages that come again are known.
    """

    def __init__(self, given: Iterable[str] = ()) -> None:
        self._given = frozenset(given)
        self._known: dict[tuple[str, str], str] = {}
        """Names by sender and target, of each way."""
        self._names: dict[frozenset[str], str] = {}
        self.messages: dict[str, int] = {}

    def of(self, raw: bytes, source: str) -> str:
        """The session of a message; of one that cannot be read, its source."""
        try:
            message = parse(raw, check=False)
        except Malformed:
            return self._count(source)
        return self._count(self._pair(message))

    def _pair(self, message: Message) -> str:
        way = (message.get(49), message.get(56))
        known = self._known.get(way)
        if known is None:
            known = self._known[way] = self._named(message, *map(printable, way))
        return known

    def _named(self, message: Message, sender: str, target: str) -> str:
        pair = frozenset((sender, target))
        if pair not in self._names:
            # reports come from the broker; of other messages the first is the client's, who logs on
            back = message.msgtype in ("8", "9", "j")
            one, other = f"{sender}-{target}", f"{target}-{sender}"
            if back:
                one, other = other, one
            self._names[pair] = other if other in self._given and one not in self._given else one
        return self._names[pair]

    def _count(self, name: str) -> str:
        self.messages[name] = self.messages.get(name, 0) + 1
        return name


@dataclass
class SniffReport:
    """What was heard."""

    noise: int = 0
    """Pieces of a source that hold no message; in quarantine."""
    sources: dict[str, int] = field(default_factory=dict)
    """Messages by source."""
    sessions: dict[str, int] = field(default_factory=dict)
    """Messages by session."""
    orphans: int = 0
    packets: PacketCounters | None = None
    counters: CaptureCounters = field(default_factory=CaptureCounters)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


class Sniffer:
    """
    Args:
        sink: where messages go.
        ports: only TCP connections with one of these ports; default is every connection in which FIX is spoken.
    """

    def __init__(self, sink: Sink, *, ports: Sequence[int] = ()) -> None:
        self.report = SniffReport(counters=sink.counters)
        self._sink, self._ports = sink, frozenset(ports)
        self._names = Names(sink.sessions)

    def files(self, paths: Sequence[Path]) -> None:
        """Everything in files, merged by the moment of reception. Raises FixError for a file that cannot be read."""
        for heard in self.heard(paths):
            self.hear(heard)

    def heard(self, paths: Sequence[Path]) -> Iterator[Heard]:
        """What is in files, by the moment of reception, for whoever reads other messages than order flow."""
        return heapq.merge(*(self._file(path) for path in paths), key=lambda heard: heard.moment)

    def follow(
        self, paths: Sequence[Path], interfaces: Sequence[str], stop: threading.Event, *, idle: Callable[[], object]
    ) -> None:
        """
        What files hold and grow by, and what comes by interfaces, until told to stop; `idle` is called now and then, in this
        thread. Raises FixError when a source fails.
        """
        heard: queue.Queue[Heard | BaseException] = queue.Queue(maxsize=10_000)
        sources: list[Iterator[Heard]] = [self._log(path, _grow(path, stop)) for path in paths]
        sources += [self._interface(name, stop) for name in interfaces]

        def pump(source: Iterator[Heard]) -> None:
            try:
                for one in source:
                    heard.put(one)
            except Exception as error:  # noqa: BLE001 - raised below, in the thread that waits for it
                heard.put(error)

        threads = [threading.Thread(target=pump, args=(source,), daemon=True) for source in sources]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) or not heard.empty():
            try:
                one = heard.get(timeout=_LOOK_S)
            except queue.Empty:
                idle()
                continue
            if isinstance(one, BaseException):
                stop.set()
                raise one
            self.hear(one)
            if heard.empty():
                idle()

    def hear(self, heard: Heard) -> None:
        """One message, or what is none."""
        if heard.noise:
            self.report.noise += 1
            self._sink.quarantine.add(heard.source, heard.moment, "noise: no message", heard.raw)
            return
        session = self._names.of(heard.raw, heard.source)
        self.report.sources[heard.source] = self.report.sources.get(heard.source, 0) + 1
        self.report.sessions = self._names.messages
        self._sink.take(session, heard.raw, moment=heard.moment)

    # ---- sources

    def _file(self, path: Path) -> Iterator[Heard]:
        try:
            with path.open("rb") as file:
                magic = file.read(4)
        except OSError as error:
            raise FixError(f"{path}: {error.strerror or error}") from error
        if magic in _PACKET_MAGIC:
            streams = Streams()
            yield from self._packets(path.name, read_packets(path, streams), streams)
        else:
            yield from self._log(path, _whole(path))

    def _log(self, path: Path, parts: Iterator[bytes]) -> Iterator[Heard]:
        framer = Framer(lines=True)
        last = path.stat().st_mtime_ns
        known = False

        def heard(frame: Frame) -> Heard:
            nonlocal last, known
            at = stamp(frame.before)
            if at is None and not frame.noise:
                at = _sent(frame.raw)
            if at is not None and at < time.time_ns() + DAY_NS:  # a broken clock must not move the plant's day
                # a log is in order, whatever the clocks of those who wrote to it say
                last, known = max(last, at) if known else at, True
            return Heard(last, frame.raw, path.name, frame.noise)

        for part in parts:
            yield from map(heard, framer.feed(part))
        yield from map(heard, framer.finish())

    def _interface(self, name: str, stop: threading.Event) -> Iterator[Heard]:
        streams = Streams()
        pieces = (piece for piece in live_packets(name, streams, stop.is_set) if piece is not None)
        yield from self._packets(name, pieces, streams)

    def _packets(self, source: str, pieces: Iterator[Piece], streams: Streams) -> Iterator[Heard]:
        self.report.packets = streams.counters
        framers: dict[Key, Framer] = {}
        spoken: set[Key] = set()
        tails: dict[Key, bytes] = {}
        moment = 0
        for piece in pieces:
            key = piece.key
            if self._ports and not {key[1], key[3]} & self._ports:
                continue
            moment = max(moment, piece.moment)
            if key not in spoken:
                # other protocols are none of our business
                seen = tails.get(key, b"") + piece.data
                if b"8=FIX" not in seen:
                    tails[key] = seen[-4:]
                    if piece.ends:
                        del tails[key]
                    continue
                spoken.add(key)
                piece = Piece(key, tails.pop(key, b"") + piece.data, piece.moment, False, piece.ends)
            framer = framers.setdefault(key, Framer())
            if piece.hole:
                for frame in framer.finish():
                    yield Heard(moment, frame.raw, source, frame.noise)
            for frame in framer.feed(piece.data):
                yield Heard(moment, frame.raw, source, frame.noise)
            if piece.ends:
                for frame in framers.pop(key).finish():
                    yield Heard(moment, frame.raw, source, frame.noise)
                spoken.discard(key)


def stamp(before: bytes) -> int | None:
    """The last moment (UTC) that stands before a message on its line, ns since 1970: as FIX writes it, or as ISO 8601."""
    found = _FIX_STAMP.findall(before)
    if found:
        text = found[-1].decode()
    else:
        iso = _ISO_STAMP.findall(before)
        if not iso:
            return None
        year, month, day, clock, fraction = (part.decode() for part in iso[-1])
        text = f"{year}{month}{day}-{clock}" + (f".{fraction}" if fraction else "")
    try:
        return parse_time(text)
    except Malformed:
        return None


def _sent(raw: bytes) -> int | None:
    try:
        moment = parse(raw, check=False).moment(52)
    except Malformed:
        return None
    return None if moment == NULL_TIME else moment


def _whole(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as start:
            zipped = start.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as file:
            while part := file.read(_CHUNK):
                yield part
    except (OSError, EOFError) as error:
        raise FixError(f"{path}: {error}") from error


def _grow(path: Path, stop: threading.Event) -> Iterator[bytes]:
    """
    A file's bytes as it grows; one that is cut or replaced is read from its beginning.

    One that was replaced is read to its end first, and once more a while later: whoever writes may have written to it between our last look
    at it and its new name, and goes on for a moment behind that.
    """
    file, left = path.open("rb"), False
    try:
        while True:
            part = file.read(_CHUNK)
            if part:
                yield part
                continue
            if stop.is_set():
                return
            try:
                now = path.stat()
            except FileNotFoundError:
                now = None  # being replaced
            replaced = now is not None and now.st_ino != os.fstat(file.fileno()).st_ino
            if (replaced and left) or (now is not None and not replaced and now.st_size < file.tell()):
                try:
                    following = path.open("rb")
                except FileNotFoundError:
                    continue  # replaced once more
                file.close()
                file, left = following, False
                continue
            left = replaced
            stop.wait(_LOOK_S)
    finally:
        file.close()


def split(sources: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Files and interfaces among the names of sources. Raises FixError for what is neither."""
    paths, interfaces = [], []
    known = {name for _, name in socket.if_nameindex()}
    for source in sources:
        if Path(source).is_file():
            paths.append(Path(source))
        elif source in known:
            interfaces.append(source)
        else:
            raise FixError(f"{source}: neither a file nor an interface ({', '.join(sorted(known))})")
    return paths, interfaces
