"""
IEX TOPS 1.6 and DEEP 1.0, from packet captures of IEX-TP (as the exchange's historical files are).

| message | table |
|---|---|
| Q quote update (TOPS) | quote; a side without a price is null |
| 8, 5 price level update (DEEP) | depth |
| T trade report | trade; `cond` has a letter a flag, no side is told |
| H trading status, O operational halt, E security event (DEEP) | status, when the state changes |
| B trade break | none; kept in quarantine with its trade |
| S system event, D directory, I retail liquidity, P short sale test, X official price, A auction | none; counted |

`time` is the packet's, `etime` the message's, `seq` the number of the message in its session; of a trade the trade id.
Numbers of messages must join without a hole in each session and channel; a message that comes again is dropped.
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slipstream.errors import FeedError
from slipstream.feed.base import Batch, Counters, Quarantine
from slipstream.feed.pcap import Packet, datagram, packets
from slipstream.feed.schema import TABLES, Columns, Row, column, columns
from slipstream.feed.vector import Chunk, InOrder, cut, ordered
from slipstream_native import Iex

VENUE = "iex"

PROTOCOLS = {0x8003: "TOPS 1.6", 0x8004: "DEEP 1.0"}
_HEADER = struct.Struct("<BxHIIHHqqq")
"""IEX-TP segment: version, protocol, channel, session, payload's length, messages, offset, first message's number, time of sending."""
_CHUNK = 20_000
"""Messages that become columns at once."""


def _layout(spec: str) -> np.dtype[Any]:
    fields = [tuple(word.split(":")) for word in spec.split()]
    return np.dtype([("type", "S1"), *fields])


_ON = "time:<i8 sym:S8"
MESSAGES: dict[int, np.dtype[Any]] = {
    ord(kind): _layout(spec)
    for kind, spec in {
        "S": "event:S1 time:<i8",
        "D": f"flags:u1 {_ON} lot:<u4 close:<i8 tier:u1",
        "H": f"status:S1 {_ON} reason:S4",
        "I": f"indicator:S1 {_ON}",
        "O": f"status:S1 {_ON}",
        "P": f"status:u1 {_ON} detail:S1",
        "E": f"event:S1 {_ON}",
        "Q": f"flags:u1 {_ON} bsize:<u4 bid:<i8 ask:<i8 asize:<u4",
        "8": f"flags:u1 {_ON} size:<u4 price:<i8",
        "5": f"flags:u1 {_ON} size:<u4 price:<i8",
        "T": f"flags:u1 {_ON} size:<u4 price:<i8 id:<i8",
        "X": f"kind:S1 {_ON} price:<i8",
        "B": f"flags:u1 {_ON} size:<u4 price:<i8 id:<i8",
        "A": f"kind:S1 {_ON} paired:<u4 reference:<i8 clearing:<i8 imbalance:<u4 side:S1 extension:u1 at:<u4 book:<i8 "
        "collar:<i8 lower:<i8 upper:<i8",
    }.items()
}
"""Layouts of all messages of both protocols, by type; a message may grow at its end."""

_FIXED = ("close", "bid", "ask", "price", "reference", "clearing", "book", "collar", "lower", "upper")
"""Fields that are prices in 1e-4."""
_CONDITIONS = ((0x80, "F"), (0x40, "T"), (0x20, "I"), (0x10, "8"), (0x08, "X"))
"""Sale condition flags: intermarket sweep, extended hours, odd lot, exempt from trade-through, single-price cross."""
_STATES = {b"H": "halted", b"P": "halted", b"O": "auction", b"T": "continuous"}


def decode(message: bytes) -> dict[str, Any]:
    """
    Any message of the specification as a dictionary: prices in dollars, texts without padding.

    Raises:
        ValueError: an unknown type, or a message shorter than its type's.
    """
    layout = MESSAGES.get(message[0]) if message else None
    if layout is None or len(message) < layout.itemsize:
        raise ValueError(f"no message of IEX: {message[:1]!r}, {len(message)} bytes")
    values = dict(zip(layout.names or (), np.frombuffer(message, layout, 1)[0].item(), strict=True))
    for name, value in values.items():
        if isinstance(value, bytes):
            values[name] = value.decode("ascii", "backslashreplace").rstrip()
        elif name in _FIXED:
            values[name] = value / 1e4
    return values


@dataclass
class _Stream:
    """Where a channel of a session stands."""

    upcoming: int
    gap: bool = False


class _Change(NamedTuple):
    """What a message says of a security's state."""

    ordinal: int
    """Which of the messages of a chunk it is."""
    kind: str
    sym: bytes
    code: bytes
    reason: str
    etime: int
    number: int


class IexFeed:
    """
    Replay of packet captures, merged by receive time.

    Args:
        files: pcap or pcapng, plain or gzip. Both protocols tell of the same trades: play one of them.
        quarantine: where go what is no message, gaps and broken trades.
    """

    def __init__(self, files: Sequence[Path | str], *, quarantine: Quarantine | None = None) -> None:
        if not files:
            raise FeedError("iex: no file given")
        self.files = [Path(file) for file in files]
        for file in self.files:
            if not file.is_file():
                raise FeedError(f"iex: no such file: {file}")
        self.counters = Counters()
        self.quarantine = quarantine or Quarantine()
        self.phase = ""
        """The last system event: O, S, R, M, E or C."""
        self._streams: dict[tuple[int, int, int], _Stream] = {}
        self._states: dict[bytes, tuple[str, bool]] = {}
        """By symbol: trading state, operational halt."""
        self._native = Iex(bytes(MESSAGES[kind].itemsize if kind in MESSAGES else 0 for kind in range(256)))
        self._in_order = InOrder(self.counters)

    @property
    def kinds(self) -> dict[str, int]:
        """Messages by type."""
        return {chr(kind): many for kind, many in self._native.kinds()}

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """All files, by receive time."""
        return cut(self._chunks(), step_ns, self.counters)

    # ---- packets to messages

    def _chunks(self) -> Iterator[Chunk]:
        def of(path: Path) -> Iterator[tuple[Packet, str]]:
            def damage(position: int, reason: str, data: bytes) -> None:
                self._refuse(str(path), position, reason, data)

            return ((packet, str(path)) for packet in packets(path, damage))

        number = 0
        for packet, source in heapq.merge(*map(of, self.files), key=lambda item: item[0].moment):
            number += 1
            found = datagram(packet)
            if found is None:
                self.counters.ignored += 1
                continue
            self.segment(found.data, packet.moment, source, number)
            if len(self._native) >= _CHUNK:
                yield self._take()
        if len(self._native):
            yield self._take()

    def segment(self, data: bytes, moment: int, source: str, position: int) -> None:
        """One datagram: an IEX-TP segment, or something else."""
        if len(data) < _HEADER.size or data[0] != 1:
            self.counters.ignored += 1
            return
        _, protocol, channel, session, length, count, _, first, _ = _HEADER.unpack_from(data)
        if protocol not in PROTOCOLS:
            self.counters.ignored += 1
            return
        if length != len(data) - _HEADER.size:
            self._refuse(
                source, position, f"segment: {len(data) - _HEADER.size} bytes of payload, {length} announced", data
            )
            return
        key = (protocol, channel, session)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream(first)
        if first > stream.upcoming:
            self.counters.gaps += 1
            stream.gap = True
            self._native.clear()
            self.quarantine.add(
                source, position, f"gap: {first - stream.upcoming} messages before {first} of session {session}", b""
            )
        good, unknown, short, beyond = self._native.segment(data, _HEADER.size, first, count, stream.upcoming, moment)
        self.counters.messages += good + unknown
        self.counters.ignored += unknown
        for begin, end in short:
            size, kind = end - begin, data[begin]
            expected = MESSAGES[kind].itemsize
            reason = f"message: {size} bytes of type {chr(kind)}, {expected} expected"
            self._refuse(source, position, reason, data[begin:end])
        if beyond is not None:
            self._refuse(source, position, f"segment: message {beyond} reaches beyond it", data)
        stream.upcoming = min(max(stream.upcoming, first + count), 2**63 - 1)

    def _refuse(self, source: str, position: int, reason: str, data: bytes) -> None:
        self.counters.messages += 1
        self.counters.undecodable += 1
        self.quarantine.add(source, position, reason, data)

    # ---- messages to rows

    def _take(self) -> Chunk:
        raw, came, found = self._native.take()
        data = np.frombuffer(raw, np.uint8)
        moments = self._in_order(np.frombuffer(came, np.int64))
        parts: dict[str, list[tuple[npt.NDArray[np.int64], Columns]]] = {}
        changes: list[_Change] = []
        levels: list[tuple[npt.NDArray[np.int64], npt.NDArray[Any]]] = []
        for kind, *parts_of in found:
            places, ordinals, numbers = (np.frombuffer(part, np.int64) for part in parts_of)
            layout = MESSAGES[kind]
            messages = np.ascontiguousarray(data[places[:, None] + np.arange(layout.itemsize)]).view(layout)[:, 0]
            name = chr(kind)
            at = moments[ordinals]
            if name == "Q":
                parts.setdefault("quote", []).append((ordinals, self._quotes(messages, at, numbers)))
            elif name in "85":
                parts.setdefault("depth", []).append((ordinals, self._depth(messages, at, numbers)))
                levels.append((ordinals, messages))
            elif name == "T":
                parts.setdefault("trade", []).append((ordinals, self._trades(messages, at)))
            elif name in "HOE":
                changes += _changes(name, messages, ordinals, numbers)
            elif name == "B":
                for message in messages:
                    trade = decode(message.tobytes())
                    self.quarantine.add(
                        VENUE,
                        trade["id"],
                        f"break: trade {trade['id']} of {trade['sym']} does not stand",
                        message.tobytes(),
                    )
                self.counters.ignored += len(messages)
            else:
                self.counters.ignored += len(messages)
                if name == "S":
                    self.phase = messages["event"][-1].decode("latin-1")
        if levels:
            self._check(levels)
        if changes:
            ordinals, made = self._status(sorted(changes), moments)
            parts["status"] = [(ordinals, made)]
        tables = {table: ordered(made) for table, made in parts.items()}
        return Chunk(moments, {table: made for table, made in tables.items() if len(made["time"])})

    def _table(
        self,
        table: str,
        messages: npt.NDArray[Any],
        moments: npt.NDArray[np.int64],
        seq: npt.NDArray[np.int64],
        **values: Any,
    ) -> Columns:
        made = {
            "time": moments.view("M8[ns]"),
            "sym": _words(messages["sym"]),
            "venue": np.full(len(messages), VENUE, dtype=object),
            "etime": messages["time"].copy().view("M8[ns]"),
            "seq": seq,
            **values,
        }
        return {name: made[name] for name in TABLES[table]}

    def _quotes(
        self, messages: npt.NDArray[Any], moments: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]
    ) -> Columns:
        bid, ask = _prices(messages["bid"]), _prices(messages["ask"])
        bsize, asize = messages["bsize"].astype(np.float64), messages["asize"].astype(np.float64)
        bsize[np.isnan(bid)], asize[np.isnan(ask)] = np.nan, np.nan
        self.counters.crossed += int(np.count_nonzero(bid > ask))
        return self._table("quote", messages, moments, numbers, bid=bid, ask=ask, bsize=bsize, asize=asize)

    def _depth(
        self, messages: npt.NDArray[Any], moments: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]
    ) -> Columns:
        side = np.full(len(messages), "buy" if messages["type"][0] == b"8" else "sell", dtype=object)
        price = messages["price"] / 1e4
        return self._table(
            "depth", messages, moments, numbers, side=side, price=price, size=messages["size"].astype(np.float64)
        )

    def _trades(self, messages: npt.NDArray[Any], moments: npt.NDArray[np.int64]) -> Columns:
        flags, back = np.unique(messages["flags"], return_inverse=True)
        names = np.empty(len(flags), dtype=object)
        names[:] = ["".join(letter for bit, letter in _CONDITIONS if flag & bit) for flag in flags.tolist()]
        none = np.full(len(messages), "", dtype=object)
        return self._table(
            "trade",
            messages,
            moments,
            messages["id"].copy(),
            price=messages["price"] / 1e4,
            size=messages["size"].astype(np.float64),
            side=none,
            cond=names[back],
        )

    def _check(self, levels: list[tuple[npt.NDArray[np.int64], npt.NDArray[Any]]]) -> None:
        """Books may be crossed while an event goes on, and not when it is complete."""
        ordinals = np.concatenate([at for at, _ in levels])
        messages = np.concatenate([made for _, made in levels])[np.argsort(ordinals, kind="stable")]
        whole = not any(stream.gap for stream in self._streams.values())
        kind = messages.dtype
        at = {name: found[1] for name, found in (kind.fields or {}).items()}
        places = (at["flags"], at["sym"], at["size"], at["price"])
        crossed = self._native.levels(messages.tobytes(), kind.itemsize, places)
        for sym, bid, ask in crossed if whole else ():
            self.counters.crossed += 1
            name = sym.decode("ascii", "backslashreplace").strip()
            self.quarantine.add(VENUE, 0, f"crossed: {name} bid {bid / 1e4} ask {ask / 1e4}", b"")

    def _status(self, changes: list[_Change], moments: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Columns]:
        """Rows where the state of a security becomes another."""
        rows: list[Row] = []
        ordinals: list[int] = []
        for change in changes:
            state, stopped = self._states.get(change.sym, ("", False))
            before, reason = "halted" if stopped else state, change.reason
            if change.kind == "H":
                state = _STATES.get(change.code, state)
            elif change.kind == "O":
                stopped, reason = change.code == b"O", "operational"
            elif change.code == b"C":
                state, reason = "closed", "close"
            # that the opening process is complete (E, O) the trading status says too
            self._states[change.sym] = (state, stopped)
            now = "halted" if stopped else state
            if now and now != before:
                sym = change.sym.decode("ascii", "backslashreplace").strip()
                rows.append((int(moments[change.ordinal]), sym, VENUE, now, reason, change.etime, change.number))
                ordinals.append(change.ordinal)
        self.counters.ignored += len(changes) - len(rows)
        return np.array(ordinals, np.int64), columns("status", rows)


def _changes(
    kind: str, messages: npt.NDArray[Any], ordinals: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]
) -> list[_Change]:
    codes = messages["event" if kind == "E" else "status"].tolist()
    reasons = _words(messages["reason"]).tolist() if kind == "H" else [""] * len(messages)
    parts = (ordinals.tolist(), messages["sym"].tolist(), codes, reasons, messages["time"].tolist(), numbers.tolist())
    return [_Change(ordinal, kind, *rest) for ordinal, *rest in zip(*parts, strict=True)]


def _words(raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Texts without padding."""
    found, back = np.unique(raw, return_inverse=True)
    return column("s", [word.decode("ascii", "backslashreplace").strip() for word in found.tolist()])[back]


def _prices(raw: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Prices of 1e-4; 0 is none."""
    made = raw / 1e4
    made[raw == 0] = np.nan
    return made
