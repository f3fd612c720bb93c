"""
NASDAQ ITCH 5.0, messages a second on one core, by CPU time; median of 5 runs: a file found, decoded and made into rows, and packets of
MoldUDP64 through arbiter, book and rows as they would be read live. The tape is half an hour of the simulated market for 40 stocks, STOCKS sets it:
two thirds of its messages change a touch, which is several times what real days have.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from slipstream.feed.itch import mold
from slipstream.feed.itch.codec import tables
from slipstream.feed.itch.encode import Encoder
from slipstream.feed.itch.files import ItchFiles, Writer
from slipstream.feed.itch.framing import frame
from slipstream.feed.itch.live import MoldFeed, SoupFeed
from slipstream.feed.itch.mold import Arbiter
from slipstream.feed.itch.parser import Parser
from slipstream.feed.itch.serve import SoupServer, Tape
from slipstream.feed.itch.soup import Client
from slipstream.market import tech
from slipstream.market.world import SECOND

ZONE, SESSION = "UTC", b"BENCH00001"
STOCKS = int(os.environ.get("STOCKS", "40"))


def tape() -> tuple[dt.date, list[bytes]]:
    """One stock's half hour, played by many a little apart."""
    world = tech.market().world
    world.run_until(world.start + 1_920 * SECOND)
    rows = world.take()
    day = dt.datetime.fromtimestamp(world.start / 1e9, dt.timezone.utc).date()
    names = [f"S{n}" for n in range(STOCKS)]
    many = {
        table: [
            (row[0], name, *row[2:-2], row[-2] + n * 7_919, row[-1])
            for row in rows[table]
            if row[1] == "TECH"
            for n, name in enumerate(names)
        ]
        for table in ("mbo", "trade", "status")
    }
    encoder = Encoder(day, names, zone=ZONE)
    return day, [*encoder.start(world.start - SECOND), *encoder.rows(many)]


def median(work: Callable[[], object]) -> float:
    """CPU seconds of this thread."""
    took = []
    for _ in range(5):
        began = time.thread_time()
        work()
        took.append(time.thread_time() - began)
    return statistics.median(took)


def report(what: str, count: int, seconds: float) -> None:
    print(f"{what:<64}{count / seconds:>12,.0f} messages/s  {seconds / count * 1e9:>7,.0f} ns each")


def main() -> None:
    day, messages = tape()
    count = len(messages)
    print(f"{count:,} messages of {STOCKS} stocks")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.itch"
        with Writer(file) as writer:
            writer.write(messages)
        data = file.read_bytes()
        framed = frame(data, final=True)
        buffer = np.frombuffer(data, dtype=np.uint8)
        report("file: messages found", count, median(lambda: frame(data, final=True)))
        report("file: found and decoded into columns by type", count, median(lambda: tables(buffer, frame(data, final=True).offsets)))
        assert len(framed.offsets) == count

        def rows(conflate_ns: int = 0) -> None:
            parser = Parser(day, zone=ZONE, conflate_ns=conflate_ns)
            for _ in ItchFiles([file], parser).batches(10**18):
                pass
            assert parser.counters.undecodable == 0

        report("file: rows of mbo, trade, quote (every change), status", count, median(rows))
        report("file: the same, quotes conflated to 100 ms", count, median(lambda: rows(100_000_000)))
    kept = Tape()
    kept.add(messages)
    packets, seq = [], 1
    while seq <= count:
        some = kept.fitting(seq, mold.END - 1)
        packets.append(mold.packet(SESSION, seq, some))
        seq += len(some)
    for each in (1, 4, 16, 64, 256):
        report(f"MoldUDP64, two lines, {each} packets ({each * count // len(packets)} messages) a burst", count, median(lambda n=each: live(day, packets, n)))  # type: ignore[misc]
    report("MoldUDP64: packets read from a socket", *reading(day, packets))
    over_tcp(day, messages)


def live(day: dt.date, packets: list[bytes], burst: int) -> None:
    """Packets of two lines through arbiter and parser, so many at a time."""
    arbiter, parser = Arbiter(asks=True), Parser(day, zone=ZONE)
    for first in range(0, len(packets), burst):
        now = time.time_ns()
        for packet in packets[first : first + burst]:
            arbiter.packet(packet, now)
            arbiter.packet(packet, now)
        made = arbiter.take()
        assert made is not None
        parser.take(made)
    assert parser.counters.undecodable == 0


def reading(day: dt.date, packets: list[bytes]) -> tuple[int, float]:
    """Messages in the packets that were read, and CPU seconds it took."""
    feed = MoldFeed(Parser(day, zone=ZONE), [("127.0.0.1", 0)])
    line = feed.sockets[0]
    count, took = 0, 0.0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for first in range(0, len(packets) - 50, 50):
            for packet in packets[first : first + 50]:
                out.sendto(packet, line.getsockname())
                count += mold.HEADER.unpack_from(packet)[2]
            feed.arbiter = _Sink()  # type: ignore[assignment]
            began = time.thread_time()
            feed._drain(line)
            took += time.thread_time() - began
    feed.close()
    return count, took


class _Sink:
    def packet(self, data: bytes, moment: int) -> None:
        pass


def over_tcp(day: dt.date, messages: list[bytes]) -> None:
    """A whole feed: sockets, protocol, book, rows; CPU time of the thread that reads."""
    server = SoupServer({"ME": "PW"})
    server.send(messages)
    server.end()
    try:
        feed = SoupFeed(Parser(day, zone=ZONE), server.address, Client("ME", "PW"))
        done = threading.Event()
        began = time.thread_time()
        for _ in feed.batches(1):
            pass
        took = time.thread_time() - began
        done.set()
    finally:
        server.close()
    assert feed.counters.messages == len(messages)
    report("SoupBinTCP over the loopback: socket to rows", len(messages), took)


main()
