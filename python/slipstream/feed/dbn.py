"""
Databento DBN, versions 1 to 3: files `.dbn` and `.dbn.zst`, one after another or side by side.

| schema | table |
|---|---|
| mbo | mbo, and trade for the prints among it |
| mbp-1, cmbp-1, bbo-*, cbbo-* | quote; trade for prints |
| tbbo, tcbbo | quote before each print, and trade |
| mbp-10 | depth (what changed among the ten levels), quote, trade |
| trades | trade |
| status | status |
| definition, symbol mappings | names of instruments |
| ohlcv, statistics, imbalance, system, error | counted as ignored |

The layout of records, metadata, publishers and codes come from the library `databento-dbn`. Records have a fixed size by kind,
so whole stretches of a file become columns at once. `time` is `ts_recv` (the vendor's capture), `etime` is `ts_event`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from slipstream.errors import FeedError
from slipstream.feed.base import Batch, Counters, Quarantine
from slipstream.feed.dbn_orders import Orders
from slipstream.feed.dbn_symbols import Symbols
from slipstream.feed.schema import NULL_TIME, TABLES, Columns, column
from slipstream.feed.vector import Chunk, InOrder, Moments, cut, merge, ordered
from slipstream_native import Depths

Records = npt.NDArray[Any]
"""Records of one kind, as a structured array."""

_ZSTD = b"\x28\xb5\x2f\xfd"
_BLOCK = 1 << 20
_METADATA_MAX = 64 << 20
_UNDEF_PRICE = 2**63 - 1
_UNDEF_TIME = np.uint64(2**64 - 1)
_MARGIN = 1_024
"""Bytes beyond which no record reaches."""


def _library() -> Any:
    try:
        import databento_dbn
    except ImportError as error:
        raise FeedError("DBN files need the package databento-dbn: pip install 'slipstream-plant[dbn]'") from error
    return databento_dbn


class _Kinds:
    """What the library says of the kinds of records: sizes and layouts by rtype and version."""

    def __init__(self) -> None:
        lib = _library()
        layout: Callable[[Any], np.dtype[Any]] = lambda message: np.dtype(message._dtypes)  # noqa: E731
        kind = lib.RType
        self.layouts: dict[int, list[np.dtype[Any]]] = {
            int(kind.MBP_0.value): [layout(lib.TradeMsg)],
            int(kind.MBP_1.value): [layout(lib.MBP1Msg)],
            int(kind.TBBO.value): [layout(lib.MBP1Msg)],
            int(kind.MBP_10.value): [layout(lib.MBP10Msg)],
            int(kind.MBO.value): [layout(lib.MBOMsg)],
            int(kind.BBO_1S.value): [layout(lib.BBOMsg)],
            int(kind.BBO_1M.value): [layout(lib.BBOMsg)],
            int(kind.CMBP_1.value): [layout(lib.CMBP1Msg)],
            int(kind.TCBBO.value): [layout(lib.CMBP1Msg)],
            int(kind.CBBO_1S.value): [layout(lib.CBBOMsg)],
            int(kind.CBBO_1M.value): [layout(lib.CBBOMsg)],
            int(kind.STATUS.value): [layout(lib.StatusMsg)],
            int(kind.INSTRUMENT_DEF.value): [
                layout(m) for m in (lib.InstrumentDefMsg, lib.InstrumentDefMsgV2, lib.InstrumentDefMsgV1)
            ],
            int(kind.SYMBOL_MAPPING.value): [layout(m) for m in (lib.SymbolMappingMsg, lib.SymbolMappingMsgV1)],
            int(kind.IMBALANCE.value): [layout(lib.ImbalanceMsg)],
            int(kind.STATISTICS.value): [layout(m) for m in (lib.StatMsg, lib.StatMsgV1)],
            int(kind.ERROR.value): [layout(m) for m in (lib.ErrorMsg, lib.ErrorMsgV1)],
            int(kind.SYSTEM.value): [layout(m) for m in (lib.SystemMsg, lib.SystemMsgV1)],
        }
        for bar in ("OHLCV_DEPRECATED", "OHLCV_1S", "OHLCV_1M", "OHLCV_1H", "OHLCV_1D", "OHLCV_EOD"):
            self.layouts[int(getattr(kind, bar).value)] = [layout(lib.OHLCVMsg)]
        self.mbo, self.trades, self.depth = int(kind.MBO.value), int(kind.MBP_0.value), int(kind.MBP_10.value)
        self.prints = {int(kind.TBBO.value), int(kind.TCBBO.value)}
        self.quotes = {
            int(getattr(kind, name).value) for name in ("MBP_1", "BBO_1S", "BBO_1M", "CMBP_1", "CBBO_1S", "CBBO_1M")
        }
        self.status = int(kind.STATUS.value)
        self.names = {int(kind.SYMBOL_MAPPING.value), int(kind.INSTRUMENT_DEF.value)}
        # what a record of a kind and length (in units of 4 bytes) is, with and without the server's send time behind it
        self.by_head: dict[tuple[int, int], np.dtype[Any]] = {}
        for rtype, layouts in self.layouts.items():
            for made in layouts:
                for extra in (0, 8):
                    self.by_head.setdefault(((made.itemsize + extra) // 4, rtype), made)
        self.actions = {int(one.value): str(one.name) for one in lib.StatusAction.variants()}
        self.reasons = {int(one.value): str(one.name).lower() for one in lib.StatusReason.variants()}


_STATES = {
    "PRE_OPEN": "auction", "PRE_CROSS": "auction", "QUOTING": "auction", "CROSS": "auction", "ROTATION": "auction",
    "NEW_PRICE_INDICATION": "auction", "PRE_CLOSE": "auction", "TRADING": "continuous", "HALT": "halted", "PAUSE": "halted",
    "SUSPEND": "halted", "NOT_AVAILABLE_FOR_TRADING": "halted", "CLOSE": "closed", "POST_CLOSE": "closed",
}  # fmt: skip


class DbnFeed:
    """
    Replay of DBN files; several are merged by receive time.

    Args:
        files: what to play.
        quarantine: where go stretches of bytes that are no records.
    """

    def __init__(self, files: Sequence[Path | str], *, quarantine: Quarantine | None = None) -> None:
        if not files:
            raise FeedError("dbn: no file given")
        self.files = [Path(file) for file in files]
        for file in self.files:
            if not file.is_file():
                raise FeedError(f"dbn: no such file: {file}")
        self.counters = Counters()
        self.quarantine = quarantine or Quarantine()
        self.unnamed: set[int] = set()
        """Instruments that nothing in the file names; their number stands for the symbol."""
        self._kinds = _Kinds()

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """All files, by receive time."""
        streams = [cut(_File(self, file).chunks(), step_ns, self.counters) for file in self.files]
        return merge(streams, step_ns)


class _File:
    def __init__(self, feed: DbnFeed, path: Path) -> None:
        self._feed, self._path, self._kinds = feed, path, feed._kinds
        self._counters, self._quarantine = feed.counters, feed.quarantine
        self._orders = Orders()
        self._depths = Depths()
        self._in_order = InOrder(feed.counters)
        self._symbols = Symbols(feed.unnamed)
        self._venues: dict[int, str] = {}
        self._schema = ""
        self._dataset = ""
        self._position = 0
        self._places: npt.NDArray[np.int64] = np.empty(0, np.int64)
        """Where in the block the records lie whose rows are being made."""

    def chunks(self) -> Iterator[Chunk]:
        """The file's records, block by block; damage is counted and passed over."""
        rest = b""
        begun = False
        for block in self._blocks():
            rest += block
            if not begun:
                wanted = _metadata_size(rest)
                if len(rest) < wanted <= _METADATA_MAX:
                    continue
                rest, begun = self._metadata(rest, wanted), True
            # the last bytes may be the beginning of a record, or needed to tell records from damage
            used, chunk = self._records(rest, last=False)
            self._position += used
            rest = rest[used:]
            if chunk is not None:
                yield chunk
        if not begun:
            rest = self._metadata(rest, _metadata_size(rest))
        _, chunk = self._records(rest, last=True)
        if chunk is not None:
            yield chunk

    def _blocks(self) -> Iterator[bytes]:
        import pyarrow as pa

        try:
            with self._path.open("rb") as start:
                zipped = start.read(4) == _ZSTD
            with pa.OSFile(str(self._path)) as plain:
                stream = pa.CompressedInputStream(plain, "zstd") if zipped else plain
                while block := stream.read(_BLOCK):
                    yield block
        except (OSError, pa.ArrowException) as error:
            self._refuse(f"unreadable: {type(error).__name__} {error}", b"")

    def _metadata(self, data: bytes, size: int) -> bytes:
        """Take the metadata off the beginning."""
        if not size:
            self._refuse("metadata: the file does not begin as DBN", data[:64])
            return data
        try:
            found = _library().Metadata.decode(data[:size])
            self._symbols.learn(found)
            self._schema, self._dataset = found.schema or "", found.dataset
        except BaseException as error:  # the library panics on some damage, which is no Exception
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            self._refuse(f"metadata: {type(error).__name__} {error}", data[: min(size, 4_096)])
            if size > len(data):
                size = 8
        self._position += size
        return data[size:]

    def _refuse(self, reason: str, data: bytes) -> None:
        self._counters.messages += 1
        self._counters.undecodable += 1
        self._quarantine.add(str(self._path), self._position, reason, data)

    # ---- bytes to records

    def _records(self, data: bytes, *, last: bool) -> tuple[int, Chunk | None]:
        """Bytes used, and what was in them."""
        places: dict[tuple[int, int], list[npt.NDArray[np.int64]]] = {}
        end = len(data) if last else len(data) - _MARGIN
        view = np.frombuffer(data, np.uint8)
        heads = self._kinds.by_head
        at = 0
        while at < end:
            if at + 16 > len(data):
                break
            length, rtype = data[at], data[at + 1]
            size = 4 * length
            if (length, rtype) not in heads:
                at = self._skip(data, at, "no record begins here")
                continue
            if at + size > len(data):
                break
            run = 1
            if at + 8 * size <= len(data) and data[at + 7 * size] == length and data[at + 7 * size + 1] == rtype:
                grid = view[at : at + (len(data) - at) // size * size].reshape(-1, size)
                same = (grid[:, 0] == length) & (grid[:, 1] == rtype)
                run = len(same) if same.all() else int(np.argmin(same))
            places.setdefault((length, rtype), []).append(at + size * np.arange(run))
            at += size * run
        if last and at < len(data):
            self._refuse("record: cut off", data[at:])
            at = len(data)
        return at, self._rows(view, places) if places else None

    def _skip(self, data: bytes, start: int, why: str) -> int:
        """Where a record begins again: two that follow one another, or one that ends the data."""
        heads = self._kinds.by_head
        for at in range(start + 1, len(data) - 1):
            if (data[at], data[at + 1]) not in heads:
                continue
            after = at + 4 * data[at]
            if after == len(data) or (after + 1 < len(data) and (data[after], data[after + 1]) in heads):
                break
        else:
            at = len(data)
        self._counters.messages += 1
        self._counters.undecodable += 1
        self._quarantine.add(
            str(self._path), self._position + start, f"record: {why}; {at - start} bytes", data[start:at]
        )
        return at

    # ---- records to rows

    def _rows(
        self, view: npt.NDArray[np.uint8], places: Mapping[tuple[int, int], list[npt.NDArray[np.int64]]]
    ) -> Chunk:
        groups: list[tuple[int, npt.NDArray[np.int64], Records]] = []
        for (length, rtype), parts in places.items():
            kind = self._kinds.by_head[length, rtype]
            # each part is a run of records one behind the other
            runs = [np.ndarray((len(at),), kind, view.data, int(at[0]), (4 * length,)) for at in parts]
            groups.append((rtype, np.concatenate(parts), runs[0] if len(runs) == 1 else np.concatenate(runs)))
        self._counters.messages += sum(len(at) for _, at, _ in groups)
        named = [(at, records) for rtype, at, records in groups if rtype in self._kinds.names]
        self._symbols.begin(named)
        self._counters.ignored += sum(len(at) for at, _ in named)
        # all kinds in the order of the file, with the time that each is given
        where = np.concatenate([at for _, at, _ in groups])
        stamps = np.concatenate([_received(records) for _, _, records in groups])
        known = stamps != NULL_TIME
        order = np.argsort(where, kind="stable")
        order = order[known[order]]
        moments = self._in_order(stamps[order])
        given = np.full(len(where), NULL_TIME)
        given[order] = moments
        parts_by_table: dict[str, list[tuple[npt.NDArray[np.int64], Columns]]] = {}
        begin = 0
        for rtype, at, records in groups:
            mine = given[begin : begin + len(at)]
            begin += len(at)
            if rtype in self._kinds.names:
                continue
            good = mine != NULL_TIME
            if not good.all():
                self._counters.undecodable += int(np.count_nonzero(~good))
                self._quarantine.add(
                    str(self._path),
                    self._position + int(at[~good][0]),
                    "time: no time of receipt",
                    records[~good].tobytes(),
                )
                at, records, mine = at[good], records[good], mine[good]
            self._places = at
            for table, rows, made in self._made(rtype, records, mine):
                parts_by_table.setdefault(table, []).append((at[rows], made))
        tables = {table: ordered(parts) for table, parts in parts_by_table.items()}
        return Chunk(moments, {table: made for table, made in tables.items() if len(made["time"])})

    def _made(
        self, rtype: int, records: Records, moments: Moments
    ) -> Iterator[tuple[str, npt.NDArray[np.int64], Columns]]:
        """Tables, the places of the records that their rows are of, and the rows."""
        kinds = self._kinds
        if rtype == kinds.mbo:
            rows, actions, sides, sizes = self._orders.take(records)
            yield (
                "mbo",
                rows,
                self._table(
                    "mbo",
                    records,
                    moments,
                    rows,
                    action=actions,
                    oid=records["order_id"][rows].view(np.int64),
                    side=sides,
                    price=_prices(records["price"][rows]),
                    size=sizes,
                ),
            )
            yield self._trades(records, moments, records["action"] == b"T")
        elif rtype == kinds.trades:
            yield self._trades(records, moments, np.ones(len(records), np.bool_))
        elif rtype in kinds.quotes or rtype in kinds.prints or rtype == kinds.depth:
            prints = (
                records["action"] == b"T"
                if "action" in (records.dtype.names or ())
                else np.zeros(len(records), np.bool_)
            )
            # before a print (tbbo) the quote is the point of the record; elsewhere a print repeats the quote before it
            wanted = np.ones(len(records), np.bool_) if rtype in kinds.prints or self._schema == "tbbo" else ~prints
            if rtype == kinds.depth:
                rows, made = self._depth(records, moments)
                yield "depth", rows, made
            yield self._quotes(records, moments, wanted)
            yield self._trades(records, moments, prints)
        elif rtype == kinds.status:
            yield self._status(records, moments)
        else:
            self._counters.ignored += len(records)

    def _table(
        self, table: str, records: Records, moments: Moments, rows: npt.NDArray[np.int64], **values: Any
    ) -> Columns:
        """Rows of a table, of the records at these places; what all tables have is filled in."""
        # column by column: records are long
        moments, events = moments[rows], records["ts_event"][rows]
        etime = events.view(np.int64).copy()
        etime[events == _UNDEF_TIME] = NULL_TIME
        made = {
            "time": moments.view("M8[ns]"),
            "sym": self._symbols.of(records["instrument_id"][rows], moments, self._places[rows]),
            "venue": self._venue_of(records["publisher_id"][rows]),
            "etime": etime.view("M8[ns]"),
            "seq": records["sequence"][rows].astype(np.int64)
            if "sequence" in (records.dtype.names or ())
            else np.full(len(rows), -(2**63)),
            **values,
        }
        return {name: made[name] for name in TABLES[table]}

    def _trades(
        self, records: Records, moments: Moments, which: npt.NDArray[np.bool_]
    ) -> tuple[str, npt.NDArray[np.int64], Columns]:
        rows = np.flatnonzero(which)
        made = self._table(
            "trade",
            records,
            moments,
            rows,
            price=_prices(records["price"][rows]),
            size=records["size"][rows].astype(np.float64),
            side=sides(records["side"][rows]),
            cond=_texts(len(rows)),
        )
        return "trade", rows, made

    def _quotes(
        self, records: Records, moments: Moments, which: npt.NDArray[np.bool_]
    ) -> tuple[str, npt.NDArray[np.int64], Columns]:
        rows = np.flatnonzero(which)
        bid, ask = _prices(records["bid_px_00"][rows]), _prices(records["ask_px_00"][rows])
        self._counters.crossed += int(np.count_nonzero(bid > ask))
        bsize, asize = (records[name][rows].astype(np.float64) for name in ("bid_sz_00", "ask_sz_00"))
        bsize[np.isnan(bid)], asize[np.isnan(ask)] = np.nan, np.nan
        return "quote", rows, self._table("quote", records, moments, rows, bid=bid, ask=ask, bsize=bsize, asize=asize)

    def _status(self, records: Records, moments: Moments) -> tuple[str, npt.NDArray[np.int64], Columns]:
        actions = [self._kinds.actions.get(int(code), "NONE") for code in records["action"]]
        flags = records["is_trading"].tolist()
        states = [
            _STATES.get(name) or {b"Y": "continuous", b"N": "halted"}.get(flag, "")
            for name, flag in zip(actions, flags, strict=True)
        ]
        rows = np.flatnonzero([state != "" for state in states])
        self._counters.ignored += len(records) - len(rows)
        reasons = [self._kinds.reasons.get(int(code), str(code)) for code in records["reason"][rows]]
        reasons = [
            actions[row].lower() if reason == "none" else reason for row, reason in zip(rows, reasons, strict=True)
        ]
        made = self._table(
            "status",
            records,
            moments,
            rows,
            state=column("s", [states[row] for row in rows]),
            reason=column("s", reasons),
        )
        return "status", rows, made

    def _depth(self, records: Records, moments: Moments) -> tuple[npt.NDArray[np.int64], Columns]:
        """The levels that differ from those of the same instrument's record before; levels that are gone have size 0."""
        raw = self._depths.take(np.ascontiguousarray(records).tobytes(), _places(records.dtype))
        rows, side_of, price_of, size_of = (
            np.frombuffer(each, kind)
            for each, kind in zip(raw, (np.int64, np.uint8, np.int64, np.float64), strict=True)
        )
        made = self._table(
            "depth",
            records,
            moments,
            rows,
            side=_names(side_of, ("buy", "sell")),
            price=_prices(price_of),
            size=size_of,
        )
        return rows, made

    def _venue_of(self, publishers: npt.NDArray[np.uint16]) -> npt.NDArray[Any]:
        found, back = np.unique(publishers, return_inverse=True)
        for code in found.tolist():
            if code not in self._venues:
                self._venues[code] = publisher_venue(code) or self._dataset.partition(".")[0]
        return column("s", [self._venues[code] for code in found.tolist()])[back]


def publisher_venue(code: int) -> str:
    """The venue of a publisher (`XNAS` of `XNAS.ITCH.XNAS`); the library has the names in the text of a record only."""
    lib = _library()
    record = lib.TradeMsg(
        publisher_id=code,
        instrument_id=0,
        ts_event=0,
        price=0,
        size=0,
        action=lib.Action.TRADE,
        side=lib.Side.NONE,
        depth=0,
        ts_recv=0,
    )
    named = re.search(r"publisher_id=([A-Z0-9_.]+) \(", repr(record))
    return named[1].rpartition(".")[2] if named else ""


def sides(codes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """`buy` for B, `sell` for A, otherwise null."""
    return _names((codes == b"B").astype(np.int64) + 2 * (codes == b"A"), ("", "buy", "sell"))


def _names(codes: npt.NDArray[np.int64], names: Sequence[str]) -> npt.NDArray[Any]:
    return column("s", names)[codes]


def _places(kind: np.dtype[Any]) -> tuple[int, int, int, int, int, int, int, int]:
    """Where records of ten levels have what `Depths` reads."""
    at = {name: found[1] for name, found in (kind.fields or {}).items()}
    return (
        kind.itemsize, at["publisher_id"], at["instrument_id"], at["bid_px_00"], at["bid_sz_00"], at["ask_px_00"],
        at["ask_sz_00"], at["bid_px_01"] - at["bid_px_00"],
    )  # fmt: skip


def _texts(size: int) -> npt.NDArray[Any]:
    return np.full(size, "", dtype=object)


def _prices(raw: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Prices of 1e-9; the sentinel is null."""
    # dividing by 1e9 gives the double nearest to the decimal, multiplying by 1e-9 does not
    made = raw.astype(np.float64) / 1e9
    made[raw == _UNDEF_PRICE] = np.nan
    return made


def _received(records: Records) -> Moments:
    """`ts_recv`, else `ts_event`; null when there is neither, or none that fits 63 bits."""
    made = records["ts_event"].copy()
    if "ts_recv" in (records.dtype.names or ()):
        defined = records["ts_recv"] != _UNDEF_TIME
        made[defined] = records["ts_recv"][defined]
    made[made >= np.uint64(2**63)] = np.uint64(2**63)
    return made.view(np.int64)


def _metadata_size(data: bytes) -> int:
    """Bytes of prefix and metadata; 0 when the data do not begin as DBN."""
    if len(data) < 8 or data[:3] != b"DBN" or not 1 <= data[3] <= 3:
        return 0
    return 8 + int.from_bytes(data[4:8], "little")


__all__ = ["DbnFeed", "publisher_venue", "sides"]
