"""
NASDAQ ITCH 5.0, messages a second on one core, by CPU time; median of 5 runs: a file found, decoded and made into rows, and packets of
MoldUDP64 through arbiter, book and rows as they would be read live. Two tapes: half an hour of the simulated market for 20 stocks, where two
thirds of the messages change a touch; and random orders of 500 stocks in about the mix of a day at Nasdaq.
"""

from __future__ import annotations

import datetime as dt
import random
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from slipstream.feed.itch import mold
from slipstream.feed.itch.codec import encode, tables
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
STOCKS, RANDOM = 20, 200_000


def tape() -> tuple[dt.date, list[bytes]]:
    """One stock's half hour, played by many a little apart."""
    world = tech.market().world
    world.run_until(world.start + 1_920 * SECOND)
    rows = world.take()
    day = dt.datetime.fromtimestamp(world.start / 1e9, dt.UTC).date()
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


def random_tape() -> list[bytes]:
    """Of a hundred messages about 44 add, 43 delete, 8 replace, 4 execute and 1 cancels a part; most orders are away from the touch."""
    rng = random.Random(1)
    made: list[bytes] = []
    live: list[tuple[int, int, int]] = []
    for n in range(RANDOM):
        kind = rng.choices("ADUEX", (44, 43, 8, 4, 1))[0] if len(live) > 20_000 else "A"
        stamp = 34_200 * SECOND + n * 1_000
        if kind == "A":
            locate = rng.randrange(1, 501)
            sells = rng.random() < 0.5
            price = 1_000_000 + (1 if sells else -1) * 100 * (1 + int(rng.expovariate(0.2)))
            shares = 100 * rng.randint(1, 9)
            made.append(
                encode(
                    "A",
                    locate=locate,
                    stamp=stamp,
                    ref=n,
                    side="S" if sells else "B",
                    shares=shares,
                    stock=f"S{locate}",
                    price=price,
                )
            )
            live.append((n, locate, price))
            continue
        place = rng.randrange(len(live))
        ref, locate, price = live[place]
        head = {"locate": locate, "stamp": stamp, "ref": ref}
        if kind == "X":
            made.append(encode("X", **head, shares=1))
            continue
        live[place] = live[-1]
        live.pop()
        if kind == "D":
            made.append(encode("D", **head))
        elif kind == "U":
            made.append(encode("U", **head, new_ref=n, shares=200, price=price))
            live.append((n, locate, price))
        else:
            made.append(encode("E", **head, shares=50, match=n))
    return made


def median(work: Callable[[], object]) -> float:
    """CPU seconds of this thread."""
    took = []
    for _ in range(5):
        began = time.thread_time()
        work()
        took.append(time.thread_time() - began)
    return statistics.median(took)


def idle() -> None:
    """What every Python does at about the same cost."""
    for _ in range(10_000_000):
        pass


def report(what: str, count: int, seconds: float) -> None:
    """One line."""
    print(f"{what:<64}{count / seconds:>12,.0f} messages/s  {seconds / count * 1e9:>7,.0f} ns each")


def main() -> None:
    """All of it."""
    day, messages = tape()
    count = len(messages)
    print(
        f"{count:,} messages of {STOCKS} stocks; yardstick: ten million turns of an empty loop take {median(idle):.2f} s"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.itch"
        with Writer(file) as writer:
            writer.write(messages)
        data = file.read_bytes()
        framed = frame(data, final=True)
        buffer = np.frombuffer(data, dtype=np.uint8)
        report("file: messages found", count, median(lambda: frame(data, final=True)))
        report(
            "file: found and decoded into columns by type",
            count,
            median(lambda: tables(buffer, frame(data, final=True).offsets)),
        )
        assert len(framed.offsets) == count

        def rows(conflate_ns: int = 0) -> None:
            parser = Parser(day, zone=ZONE, conflate_ns=conflate_ns)
            for _ in ItchFiles([file], parser).batches(10**18):
                pass
            assert parser.counters.undecodable == 0

        report("file: rows of mbo, trade, quote (every change), status", count, median(rows))
        report("file: the same, quotes conflated to 100 ms", count, median(lambda: rows(100_000_000)))
    several(day, messages, "the market's")
    report("MoldUDP64: packets read from a socket", *reading(day, packed(messages)))
    over_tcp(day, messages)
    several(day, random_tape(), "random orders")


def several(day: dt.date, messages: list[bytes], what: str) -> None:
    """Bursts of several sizes."""
    packets = packed(messages)
    for each in (1, 4, 16, 64, 256):
        size = each * len(messages) // len(packets)
        report(
            f"MoldUDP64, two lines, {what}, {size} messages a burst",
            len(messages),
            median(lambda n=each: live(day, packets, n)),  # type: ignore[misc]
        )


def packed(messages: list[bytes]) -> list[bytes]:
    """Packets as a venue makes them."""
    kept = Tape()
    kept.add(messages)
    packets, seq = [], 1
    while seq <= len(messages):
        some = kept.fitting(seq, mold.END - 1)
        packets.append(mold.packet(SESSION, seq, some))
        seq += len(some)
    return packets


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
        began = time.thread_time()
        for _ in feed.batches(1):
            pass
        took = time.thread_time() - began
    finally:
        server.close()
    assert feed.counters.messages == len(messages)
    report("SoupBinTCP over the loopback: socket to rows", len(messages), took)


main()
