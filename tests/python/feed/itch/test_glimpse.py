"""A session joined in the middle of the day with a GLIMPSE snapshot: the book, the touches and the rows go on as those of who was there."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memplant import MemoryPlant
from test_itch_live import DAY, SESSION, messages, until
from test_parser import burst, rows

from slipstream.config import Itch
from slipstream.errors import ConfigError, FeedError
from slipstream.feed.base import Batch, Counters, Quarantine, run
from slipstream.feed.itch import glimpse, mold, soup
from slipstream.feed.itch.codec import encode
from slipstream.feed.itch.glimpse import Joining, Snapshot, end_message
from slipstream.feed.itch.live import MoldFeed, SoupFeed
from slipstream.feed.itch.parser import Parser
from slipstream.feed.itch.serve import GlimpseServer, MoldServer, SoupServer, state_of
from slipstream.feed.ledger import Marks
from slipstream.feed.levels import LevelsFeed
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import DAY_NS, NULL_TIME
from slipstream.feed.vector import Chunk, cut

NOON = 43_200_000_000_000
STOCKS = ("ACME", "BOLT")


def story(count: int, seed: int = 1) -> list[bytes]:
    """A day in two stocks: additions, executions, cancels, deletions, replacements, a halt."""
    rng = random.Random(seed)
    made = [encode("S", stamp=1, event="Q")]
    made += [encode("R", locate=n, stamp=2, stock=sym, category="Q") for n, sym in enumerate(STOCKS, 1)]
    made += [encode("H", locate=n, stamp=3, stock=sym, state="T") for n, sym in enumerate(STOCKS, 1)]
    live: dict[int, list[int]] = {}
    for n in range(10, count + 10):
        stamp = NOON + n * 1_000
        if len(live) < 5 or rng.random() < 0.5:
            locate, sells, shares = rng.randint(1, 2), rng.random() < 0.5, rng.randint(1, 5) * 100
            price = 10_000 + rng.randint(1, 9) * (1 if sells else -1)
            more = {"attribution": "MKTM"} if n % 5 == 0 else {}
            made.append(
                encode(
                    "F" if more else "A", locate=locate, stamp=stamp, ref=n, side="S" if sells else "B", shares=shares,
                    stock=STOCKS[locate - 1], price=price, **more,
                )
            )  # fmt: skip
            live[n] = [locate, shares, price]
            continue
        ref = rng.choice(list(live))
        locate, shares, price = live[ref]
        head = {"locate": locate, "stamp": stamp, "ref": ref}
        kind = rng.choice("DUXE")
        if kind == "D":
            made.append(encode("D", **head))
            del live[ref]
        elif kind == "U":
            made.append(encode("U", **head, new_ref=n, shares=200, price=price))
            del live[ref]
            live[n] = [locate, 200, price]
        else:
            some = rng.choice((shares, 50))
            more = {"match": n} if kind == "E" else {}
            made.append(encode(kind, **head, shares=some, **more))
            live[ref][1] -= some
            if not live[ref][1]:
                del live[ref]
    return made


def book(chunks: Sequence[Any]) -> dict[int, tuple[str, str, float, float]]:
    """What a follower of `mbo` has, who begins with wrong orders of both stocks."""
    held: dict[int, tuple[str, str, float, float]] = {-n: (sym, "buy", 9.0, 1.0) for n, sym in enumerate(STOCKS, 1)}
    for chunk in chunks:
        for sym, action, oid, side, price, size in rows(chunk, "mbo", "sym", "action", "oid", "side", "price", "size"):
            if action == "clear":
                held = {each: order for each, order in held.items() if order[0] != sym}
            elif action == "add":
                held[oid] = (sym, side, price, size)
            else:
                before = held.pop(oid)
                left = size if action == "modify" else before[3] - size if action == "fill" else 0.0
                if left:
                    held[oid] = (*before[:3], left)
    return held


def touches(chunks: Sequence[Any]) -> dict[str, str]:
    return {
        row[0]: repr(row[1:]) for chunk in chunks for row in rows(chunk, "quote", "sym", "bid", "ask", "bsize", "asize")
    }


@pytest.mark.parametrize("conflate", [0, 20_000])
@pytest.mark.parametrize("at", [5, 60, 400])
def test_who_joins_has_what_those_have_who_were_there(at: int, conflate: int) -> None:
    day = story(600)
    moment = 1_749_751_200_000_000_000
    late = Parser(DAY, conflate_ns=conflate, depth=True)
    first = glimpse.rows(Snapshot(state_of(day[:at]), at + 1), late, moment)
    assert {each for table in first.tables.values() for each in table["time"].view("i8").tolist()} == {moment}
    assert {each for table in first.tables.values() for each in table["etime"].view("i8").tolist()} == {NULL_TIME}
    assert {each for table in first.tables.values() for each in table["seq"].tolist()} == {at}
    assert all(
        len(set(table["sym"].tolist())) == len(table["sym"]) for name, table in first.tables.items() if name == "quote"
    )
    rest = late.take(burst(day[at:], first=at + 1, received=[moment + n for n in range(len(day) - at)]))
    held = late.finish()
    whole = Parser(DAY, conflate_ns=conflate, depth=True)
    everything = whole.take(burst(day))
    assert book([first, rest, held]) == {oid: order for oid, order in book([everything]).items() if oid > 0}
    assert touches([first, rest, held]) == touches([everything, whole.finish()])
    assert late.counters.undecodable == 0
    depth: dict[tuple[str, str], dict[float, float]] = {}
    # a stock without orders at the snapshot is emptied too
    levels_feed = LevelsFeed(Chunks([first, rest]), "every", made=True)
    for batch in levels_feed.batches(DAY_NS):
        for sym, side, price, size in rows(batch.tables, "depth", "sym", "side", "price", "size"):
            levels = depth.setdefault((sym, side), {1.0: 1.0})
            levels.clear() if price != price else levels.update({price: size})
    summed: dict[tuple[str, str], dict[float, float]] = {(sym, side): {} for sym in STOCKS for side in ("buy", "sell")}
    for oid, (sym, side, price, size) in book([everything]).items():
        if oid > 0:
            summed[sym, side][price] = summed[sym, side].get(price, 0.0) + size
    assert {key: {price: size for price, size in held.items() if size} for key, held in depth.items()} == summed


class Chunks:
    """A feed of chunks."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.counters, self._chunks = Counters(), chunks

    def batches(self, step_ns: int) -> Iterator[Batch]:
        return cut(self._chunks, step_ns, self.counters)


# ---- where the lines are joined


class Given(Joining):
    """Snapshots given by hand."""

    def __init__(self, upcoming: list[int]) -> None:
        super().__init__(("127.0.0.1", 1), client)
        self.left = upcoming

    def look(self) -> Snapshot | None:
        return Snapshot([], self.left.pop(0)) if self.left else None

    def again(self) -> None:
        pass


@pytest.mark.parametrize("requests", [True, False])
@pytest.mark.parametrize(
    ("snapshots", "expected"),
    [
        ([11], range(11, 41)),
        ([12], range(12, 41)),
        ([17], range(17, 41)),
        ([30], range(30, 41)),
        # older than the lines: the next one is taken
        ([5, 10, 13], range(13, 41)),
    ],
)
def test_what_came_before_the_snapshot_is_left_out(
    ports: Callable[[int], list[int]], snapshots: list[int], expected: Sequence[int], requests: bool
) -> None:
    (port,) = ports(1)
    asked = ("127.0.0.1", 1) if requests else None
    parser, joining = Parser(DAY), Given([])
    feed = MoldFeed(parser, [("127.0.0.1", port)], asked, joining=joining)
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(first: int, stop: int) -> None:
        for seq in range(first, stop, 2):
            link.sendto(mold.packet(SESSION, seq, messages(seq, 2)), ("127.0.0.1", port))

    def act() -> None:
        send(11, 17)
        until(lambda: feed.arbiter.expected == 17)
        joining.left = list(snapshots)
        until(lambda: feed._joining is None)
        send(17, 41)
        link.sendto(mold.end_packet(SESSION, 41), ("127.0.0.1", port))

    try:
        made = drive(feed, act)
    finally:
        link.close()
    assert [oid for batch in made for (oid,) in rows(batch.tables, "mbo", "oid")] == list(expected)
    assert parser.counters.gaps == 0 and parser.quarantine.reasons.get("snapshot", 0) == len(snapshots) - 1


# ---- over sockets


@pytest.fixture
def tape() -> list[bytes]:
    return []


@pytest.fixture
def server(tape: list[bytes]) -> Iterator[GlimpseServer]:
    made = GlimpseServer({"ME": "SECRET"}, lambda: list(tape))
    yield made
    made.close()


def client() -> soup.Client:
    return soup.Client("ME", "SECRET")


def drive(feed: MoldFeed | SoupFeed, act: Callable[[], None]) -> list[Batch]:
    failed: list[BaseException] = []

    def acting() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed.append(error)
            feed.stop()

    thread = threading.Thread(target=acting)
    thread.start()
    try:
        return list(feed.batches(DAY_NS))
    finally:
        thread.join()
        if failed:
            raise failed[0]


@pytest.mark.parametrize("requests", [True, False])
def test_lines_are_joined_in_the_day(
    ports: Callable[[int], list[int]], server: GlimpseServer, tape: list[bytes], requests: bool
) -> None:
    day = story(300)
    lines = [("127.0.0.1", each) for each in ports(2)]
    venue = MoldServer(lines)
    tape += day[:100]
    venue.tape.add(day[:100])
    parser = Parser(DAY)
    feed = MoldFeed(parser, lines, venue.address if requests else None, joining=Joining(server.address, client))
    assert not feed.ledger and feed.marks

    def act() -> None:
        # nothing is known of the session before the lines are heard
        time.sleep(0.1)
        assert server.logins == 0
        for n in range(100, 200, 10):
            tape.extend(day[n : n + 10])
            venue.send(day[n : n + 10])
        until(lambda: feed._joining is None)
        tape.extend(day[200:])
        venue.send(day[200:])
        until(lambda: feed.arbiter.expected == len(day) + 1)
        venue.end()

    try:
        made = drive(feed, act)
    finally:
        venue.close()
    whole = Parser(DAY)
    everything = whole.take(burst(day))
    assert book([batch.tables for batch in made]) == {n: order for n, order in book([everything]).items() if n > 0}
    assert touches([batch.tables for batch in made]) == touches([everything])
    assert (parser.counters.gaps, parser.counters.undecodable, venue.answered) == (0, 0, 0)


def test_a_soup_session_is_joined_and_started_again_without_doubles(
    server: GlimpseServer, tape: list[bytes], tmp_path: Path
) -> None:
    """The second run's first snapshot is older than what the plant has: another is taken, and no print is there twice."""
    day = story(300)
    venue = SoupServer({"ME": "SECRET"})
    plant = MemoryPlant()
    venue.send(day[:200])
    tape += day[:100]
    told: list[Quarantine] = []
    try:
        for stop, shown in ((200, 100), (len(day), 150)):
            del tape[:]
            tape += day[:shown]
            parser = Parser(DAY)
            told.append(parser.quarantine)
            feed = SoupFeed(parser, venue.address, client(), joining=Joining(server.address, client))
            marks = Marks(tmp_path / feed.marks, feed.marked)
            publisher = Publisher(plant, marks=marks, delay_max=0.0, sleep=lambda _: None)
            feed.resume(marks.last)

            def act(feed: SoupFeed = feed, parser: Parser = parser, stop: int = stop, tape: list[bytes] = tape) -> None:
                if stop > 200:
                    until(lambda: "snapshot" in parser.quarantine.reasons)
                    venue.send(day[200:])
                    tape.extend(day[150:210])
                until(lambda: feed.client.expected == stop + 1)
                time.sleep(0.1)
                feed.stop()

            thread = threading.Thread(target=act)
            thread.start()
            run(feed, publisher.add)
            publisher.flush()
            thread.join()
            marks.close()
    finally:
        venue.close()
    assert told[1].reasons["snapshot"] >= 1 and "snapshot" not in told[0].reasons
    whole = Parser(DAY).take(burst(day))
    prints = plant.table("trade")["seq"].tolist()
    # what came between the plant's last message and the second snapshot, while nobody was there, is told
    assert "gap" not in told[0].reasons and told[1].reasons["gap"] == 1
    there = Parser(DAY)
    parts = [there.take(burst(day[a:b])) for a, b in ((0, 100), (100, 200), (200, 210), (210, len(day)))]
    assert prints == [seq for n in (1, 3) for (seq,) in rows(parts[n], "trade", "seq")]
    assert book([plant_chunk(plant)]) == {n: order for n, order in book([whole]).items() if n > 0}


def plant_chunk(plant: MemoryPlant) -> dict[str, Any]:
    return {"mbo": plant.table("mbo")}


def test_a_refused_login_ends_the_feed_and_a_server_that_is_away_is_tried_again(
    server: GlimpseServer, tape: list[bytes]
) -> None:
    with pytest.raises(soup.Rejected):
        list(SoupFeed(Parser(DAY), ("127.0.0.1", 1), client(), joining=Joining(server.address, lambda: soup.Client("ME", "NO"))).batches(1))  # fmt: skip
    address = server.address
    server.close()
    parser = Parser(DAY)
    feed = SoupFeed(parser, ("127.0.0.1", 1), client(), joining=Joining(address, client))

    def act() -> None:
        until(lambda: parser.quarantine.reasons.get("connection", 0) > 1)
        feed.stop()

    assert all(not batch.tables for batch in drive(feed, act))


# ---- what servers may send


@settings(deadline=None, max_examples=40)
@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(story(40))), max_size=30), st.integers(1, 10**9))
def test_snapshots_of_any_bytes(bad: list[bytes], upcoming: int) -> None:
    """What is no message is counted and kept, the good orders behind it arrive."""
    parser = Parser(DAY)
    good = encode("A", locate=3, stamp=NOON, ref=10**6, side="B", shares=100, stock="LAST", price=10_000)
    made = glimpse.rows(Snapshot([*bad, good], upcoming), parser, 1_749_751_200_000_000_000)
    assert rows(made, "mbo", "sym", "oid")[-1] == ("LAST", 10**6)
    assert parser.counters.undecodable == parser.quarantine.count - parser.counters.foreign


def test_a_session_that_ends_before_a_snapshot_comes_is_told() -> None:
    parser = Parser(DAY)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        # who connects gets no answer
        feed = MoldFeed(parser, [("127.0.0.1", 0)], joining=Joining(nobody.getsockname(), client))
        venue = MoldServer([feed.sockets[0].getsockname()])
        venue.send(messages(1, 5))
        venue.end()
        assert not any(batch.tables for batch in feed.batches(DAY_NS))
        venue.close()
    assert (parser.counters.gaps, parser.quarantine.reasons) == (1, {"gap": 1})


def test_a_long_snapshot_has_heartbeats_of_who_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers hang up on clients that say nothing for some seconds, also while they send."""
    monkeypatch.setattr(soup, "HEARTBEAT_NS", 0)
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        link, _ = listener.accept()
        with link:
            link.recv(1 << 10)
            link.sendall(soup.packet(b"A", b"S".rjust(10) + b"1".rjust(20)))
            link.settimeout(0.005)
            for _ in range(400):
                link.sendall(soup.packet(b"S", messages(1, 1)[0]))
                try:
                    heard.append(link.recv(1 << 10))
                except TimeoutError:
                    continue
                break
            link.sendall(soup.packet(b"S", end_message(9)))
            link.settimeout(60)
            link.recv(1 << 10)

    server = threading.Thread(target=serve)
    server.start()
    found = glimpse.fetch(listener.getsockname(), client(), threading.Event())
    server.join()
    listener.close()
    assert found is not None and found.upcoming == 9
    assert heard and heard[0].startswith(soup.packet(b"R"))


@pytest.mark.parametrize("end", [b"G", b"G" + b"x" * 20, b"G" + b"0".rjust(20), b"G" + b"7".rjust(19), b"", None])
def test_an_end_that_is_none(end: bytes | None) -> None:
    venue = SoupServer({"ME": "SECRET"})
    try:
        venue.send([*messages(1, 3), *([] if end is None else [end])])
        venue.end()
        with pytest.raises(FeedError, match=r"glimpse: (a snapshot that ends|the server ended after)"):
            glimpse.fetch(venue.address, client(), threading.Event())
    finally:
        venue.close()


def test_an_end() -> None:
    assert end_message(17) == b"G                  17" and len(end_message(17)) == 21


def test_the_command(tmp_path: Path) -> None:
    from test_itch_capture import options

    from slipstream.feed.itch.source import feed

    secret = tmp_path / "pw"
    secret.write_text("SECRET")
    made = feed(
        Itch(password_file=str(secret)),
        options(soup=("127.0.0.1", 1), glimpse=("127.0.0.1", 2), user="ME"),
        Quarantine(),
    )
    assert isinstance(made, SoupFeed) and made.marks and not made.ledger
    with pytest.raises(ConfigError, match="--user"):
        feed(Itch(), options(mold=(("127.0.0.1", 1),), glimpse=("127.0.0.1", 2)), Quarantine())
