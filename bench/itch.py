"""
NASDAQ ITCH 5.0, messages a second on one core, by CPU time; median of 5 runs: a file found, decoded and made into rows, and packets of
two MoldUDP64 lines from sockets through arbiter and book to batches of rows, as live. Two tapes: half an hour of the simulated market for 20 stocks, where two
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
    over_tcp(day, messages)
    several(day, random_tape(), "random orders")


def several(day: dt.date, messages: list[bytes], what: str) -> None:
    """Packets of several sizes, and several that wait at a time."""
    for size, waiting in (
        (1, 10),
        (1, 100),
        (1, 250),
        (3, 10),
        (3, 100),
        (10, 10),
        (10, 30),
        (10, 100),
        (42, 1),
        (42, 16),
    ):
        count, took = lines(day, packed(messages[:60_000], size), waiting)
        what_waits = f"{waiting} packets of {size}"
        report(f"MoldUDP64, two lines, {what}, sockets to rows, {what_waits} wait", count, took)


def packed(messages: list[bytes], size: int) -> list[bytes]:
    """Packets of at most so many messages, as many as fit."""
    kept = Tape()
    kept.add(messages)
    packets, seq = [], 1
    while seq <= len(messages):
        some = kept.fitting(seq, size)
        packets.append(mold.packet(SESSION, seq, some))
        seq += len(some)
    return packets


def lines(day: dt.date, packets: list[bytes], waiting: int) -> tuple[int, float]:
    """
    Messages in packets that came on two lines, and CPU seconds from sockets to batches.

    Args:
        waiting: packets on each line whenever the sockets are looked at.
    """
    feed = MoldFeed(Parser(day, zone=ZONE), [("127.0.0.1", 0), ("127.0.0.1", 0)], ("127.0.0.1", 9))
    made = feed.batches(1)
    both = [each.getsockname() for each in feed.sockets[:2]]
    took, want = 0.0, 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for first in range(0, len(packets), waiting):
            some = packets[first : first + waiting]
            for packet in some:
                for line in both:
                    out.sendto(packet, line)
            want += sum(mold.HEADER.unpack_from(packet)[2] for packet in some)
            while feed.arbiter.expected <= want:
                began = time.thread_time()
                next(made)
                took += time.thread_time() - began
    assert feed.arbiter.counters.lost == feed.parser.counters.undecodable == 0
    feed.close()
    return want, took


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
