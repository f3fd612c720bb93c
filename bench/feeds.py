"""
Messages/s of each market data source on one core: from a file in the page cache to typed columns, in processor time of one thread.

A source is a row of SOURCES: a name, and a function that writes a file of about so many messages to a folder and returns what plays
it. Files are made here, so that the figures need no captures.
"""

from __future__ import annotations

import argparse
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from venues import venue

from slipstream.feed.base import Feed
from slipstream.feed.l2 import How

T0 = 1_723_213_800_000_000_000
STEP_NS = 100_000_000


def dbn(kind: str) -> Callable[[Path, int], Feed]:
    """Databento, records of one schema of 50 instruments."""

    def make(folder: Path, count: int) -> Feed:
        import databento_dbn as lib

        from slipstream.feed.dbn import DbnFeed

        rng = np.random.default_rng(7)
        message = {"mbo": lib.MBOMsg, "mbp-1": lib.MBP1Msg, "mbp-10": lib.MBP10Msg, "trades": lib.TradeMsg}[kind]
        rtype = {"mbo": lib.RType.MBO, "mbp-1": lib.RType.MBP_1, "mbp-10": lib.RType.MBP_10, "trades": lib.RType.MBP_0}[
            kind
        ]
        made = np.zeros(count, np.dtype(message._dtypes))
        made["length"], made["rtype"], made["publisher_id"] = made.itemsize // 4, int(rtype.value), 2
        made["instrument_id"] = 1 + np.arange(count) % 50
        made["ts_recv"] = made["ts_event"] = T0 + np.arange(count) * 2_000
        made["price"], made["size"], made["sequence"] = (
            rng.integers(9_900, 10_100, count) * 10_000_000,
            100,
            np.arange(count),
        )
        made["action"], made["side"] = (
            np.where(rng.random(count) < 0.1, b"T", b"A"),
            np.where(rng.random(count) < 0.5, b"B", b"A"),
        )
        if kind == "mbo":
            # each order is added, and cancelled some time later
            made["order_id"] = np.where(np.arange(count) % 2 == 0, np.arange(count), np.arange(count) - 999)
            made["action"] = np.where(np.arange(count) % 2 == 0, b"A", b"C")
            made["instrument_id"] = 1 + made["order_id"] % 50
        for name in made.dtype.names or ():
            # one level of one side changes its size with each record
            level = int(name[-2:]) if name[:3] in ("bid", "ask") else -1
            if name.startswith(("bid_px", "ask_px")):
                made[name] = (10_000 + (level + 1 if name[0] == "a" else -level - 1)) * 10_000_000
            elif name.startswith(("bid_sz", "ask_sz")):
                made[name] = 100 + (np.arange(count) // 50 + 19 - level - 10 * (name[0] == "a")) // 20 * 100
        metadata = lib.Metadata(
            dataset="XNAS.ITCH", start=T0, stype_in=None, stype_out=lib.SType.INSTRUMENT_ID, schema=lib.Schema.from_str(kind), symbols=[], partial=[],
            not_found=[], mappings=[], ts_out=False, version=3,
        )  # fmt: skip
        path = folder / f"{kind}.dbn"
        path.write_bytes(metadata.encode() + made.tobytes())
        return DbnFeed([path])

    return make


def iex(protocol: int) -> Callable[[Path, int], Feed]:
    """IEX, packets of three messages: quotes or levels of 50 symbols, a tenth of them trades."""

    def make(folder: Path, count: int) -> Feed:
        from slipstream.feed.iex import IexFeed

        rng = np.random.default_rng(7)
        path = folder / "iex.pcap"
        with path.open("wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65_535, 1))
            for first in range(1, count, 3):
                body = b""
                for number in range(first, first + 3):
                    sym, at, price = b"SYM%-5d" % (number % 50), T0 + number * 2_000, int(rng.integers(0, 20)) * 100
                    if number % 10 == 0:
                        one = struct.pack("<cBq8sIqq", b"T", 0, at, sym, 100, 1_000_000, number)
                    elif protocol == 0x8003:
                        one = struct.pack("<cBq8sIqqI", b"Q", 0, at, sym, 100, 990_000 + price, 1_000_000 + price, 200)
                    else:
                        bid = rng.random() < 0.5
                        one = struct.pack(
                            "<cBq8sIq",
                            b"8" if bid else b"5",
                            1,
                            at,
                            sym,
                            number % 3 * 100,
                            1_000_100 + (-price - 200 if bid else price),
                        )
                    body += struct.pack("<H", len(one)) + one
                data = struct.pack("<BxHIIHHqqq", 1, protocol, 1, 1, len(body), 3, 0, first, T0) + body
                udp = struct.pack(">HHHH", 1, 1, 8 + len(data), 0) + data
                packet = (
                    bytes(12)
                    + b"\x08\x00"
                    + struct.pack(">BBHHHBBH8s", 0x45, 0, 20 + len(udp), 0, 0, 1, 17, 0, bytes(8))
                    + udp
                )
                moment = T0 + first * 2_000
                file.write(struct.pack("<IIII", moment // 10**9, moment % 10**9, len(packet), len(packet)) + packet)
        return IexFeed([path])

    return make


def rows(kind: str) -> Callable[[Path, int], Feed]:
    """A CSV or Parquet file of trades: ISO times, symbol, price, size and side under other names."""

    def make(folder: Path, count: int) -> Feed:
        import pyarrow as pa
        from pyarrow import csv, parquet

        from slipstream.feed.csv_file import CsvReader
        from slipstream.feed.mapped import Layout, MappedFeed
        from slipstream.feed.parquet_file import ParquetReader

        rng = np.random.default_rng(7)
        times = (T0 + np.arange(count) * 2_000).view("M8[ns]")
        syms = np.array([f"SYM{at}" for at in range(50)])[np.arange(count) % 50]
        made = {
            "ts": times,
            "symbol": syms,
            "px": rng.integers(9_900, 10_100, count) / 100,
            "qty": rng.integers(1, 9, count) * 100,
            "side": ["B"] * count,
        }
        layout = Layout("trade", {"time": "ts", "sym": "symbol", "price": "px", "size": "qty"}, {"venue": "XNAS"})
        path = folder / f"trades.{kind}"
        if kind == "csv":
            csv.write_csv(pa.table(made), path, csv.WriteOptions(quoting_style="none"))
            return MappedFeed([(path, layout, CsvReader(path, layout))])
        parquet.write_table(pa.table(made), path)
        return MappedFeed([(path, layout, ParquetReader(path, layout))])

    return make


def fix(folder: Path, count: int) -> Feed:
    """A FIX log: increments of two entries each, of 50 symbols, changed by price."""
    from slipstream.fix.marketfeed import FixLogFeed
    from slipstream.fix.message import build, format_time

    path = folder / "market.log"
    with path.open("wb") as file:
        for seq in range(1, count + 1):
            entries = [(tag, value) for side in "01" for tag, value in (
                (279, "1"), (269, side), (55, f"SYM{seq % 50}"), (270, f"{100 + (seq % 7 + 1) / 100 * (1 if side == '1' else -1):.2f}"), (271, str(seq % 9 * 100))
            )]  # fmt: skip
            head = [
                (8, "FIX.4.4"),
                (35, "X"),
                (34, str(seq)),
                (49, "LP"),
                (56, "US"),
                (52, format_time(T0 + seq * 2_000)),
            ]
            file.write(build([*head, (268, "2"), *entries]) + b"\n")
    return FixLogFeed([path])


def itch(how: How) -> Callable[[Path, int], Feed]:
    """A capture of two lines of ITCH, packets of ten messages: orders of 50 stocks, each deleted a thousand messages later."""

    def make(folder: Path, count: int) -> Feed:
        import datetime as dt

        from slipstream.feed.itch.capture import ItchCapture
        from slipstream.feed.itch.codec import encode
        from slipstream.feed.itch.mold import packet
        from slipstream.feed.itch.parser import Parser
        from slipstream.feed.levels import LevelsFeed
        from slipstream.feed.pcap import Writer

        rng = np.random.default_rng(7)
        prices = (1_000_000 - rng.integers(1, 20, count + 1) * 100).tolist()
        writer = Writer(folder / "itch.pcap")
        for first in range(1, count, 10):
            some = []
            for number in range(first, first + 10):
                old = number - 1_001
                # an odd message adds, an even one deletes
                ref = number if number % 2 or old < 1 else old
                head = {"locate": 1 + ref % 50, "stamp": 34_200_000_000_000 + number * 2_000, "ref": ref}
                sym = f"SYM{head['locate']}"
                some.append(
                    encode("A", **head, side="B", shares=100, stock=sym, price=prices[number])
                    if ref == number
                    else encode("D", **head)
                )
            for line in (1, 2):
                at = T0 + first * 2_000 + line * 5_000
                writer.write(at, ("10.0.0.1", 1), (f"233.1.1.{line}", 26_477), packet(b"BENCH00001", first, some))
        writer.close()
        day = dt.date(2024, 8, 9)
        if how == "off":
            return ItchCapture([writer.path], Parser(day))
        return LevelsFeed(ItchCapture([writer.path], Parser(day, depth=True)), how, made=True)

    return make


SOURCES: dict[str, Callable[[Path, int], Feed]] = {
    "binance": venue("binance"),
    "coinbase": venue("coinbase"),
    "coinbase-full": venue("coinbase-full"),
    "kraken": venue("kraken"),
    "kraken-full": venue("kraken-full"),
    "databento mbo": dbn("mbo"),
    "databento mbp-1": dbn("mbp-1"),
    "databento mbp-10": dbn("mbp-10"),
    "databento trades": dbn("trades"),
    "fix log": fix,
    "csv trades": rows("csv"),
    "parquet trades": rows("parquet"),
    "iex tops": iex(0x8003),
    "iex deep": iex(0x8004),
    "itch pcap": itch("off"),
    "itch pcap, depth every": itch("every"),
    "itch pcap, conflated": itch("conflated"),
}


def main() -> None:
    """All sources, or those named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=500_000)
    options.add_argument("sources", nargs="*", help=", ".join(SOURCES))
    chosen = options.parse_args()
    for name, make in SOURCES.items():
        if chosen.sources and not any(name.startswith(wanted) for wanted in chosen.sources):
            continue
        with tempfile.TemporaryDirectory() as folder:
            for _ in make(Path(folder), 1_000).batches(STEP_NS):
                pass  # what a source imports is not measured
            feed = make(Path(folder), chosen.messages)
            began = time.thread_time()
            rows = sum(len(made["time"]) for batch in feed.batches(STEP_NS) for made in batch.tables.values())
            seconds = time.thread_time() - began
        print(f"{name:<24}{feed.counters.messages / seconds:>14,.0f} messages/s {rows / seconds:>14,.0f} rows/s")


if __name__ == "__main__":
    main()
