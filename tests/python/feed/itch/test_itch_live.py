"""MoldUDP64 and SoupBinTCP: what is lost, doubled, shuffled or broken on the way, without sockets and over the loopback."""

from __future__ import annotations

import datetime as dt
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memplant import MemoryPlant

from slipstream.config import Itch, load_config
from slipstream.errors import ConfigError, FeedError
from slipstream.feed.base import Batch, Quarantine, run
from slipstream.feed.itch import mold, soup
from slipstream.feed.itch.codec import encode
from slipstream.feed.itch.live import MoldFeed, SoupFeed
from slipstream.feed.itch.mold import Arbiter, Patience
from slipstream.feed.itch.parser import Parser, midnight
from slipstream.feed.itch.serve import MoldServer, SoupServer
from slipstream.feed.itch.source import password
from slipstream.feed.ledger import Ledger
from slipstream.feed.publish import Publisher

DAY = dt.date(2025, 6, 12)
SESSION = b"S000000001"
MS = 1_000_000


def order(n: int) -> bytes:
    return encode("A", locate=1, stamp=n, ref=n, side="B", shares=100, stock="ACME", price=10_000 + n)


def messages(first: int, count: int) -> list[bytes]:
    return [order(n) for n in range(first, first + count)]


def got(arbiter: Arbiter) -> list[int]:
    burst = arbiter.take()
    if burst is None:
        return []
    refs = [int.from_bytes(burst.data[at + 11 : at + 19], "big") for at in burst.offsets.tolist()]
    assert burst.seqs.tolist() == refs
    assert set(burst.sizes.tolist()) == {36}
    return refs


# ---- MoldUDP64 without sockets


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_two_lossy_lines_and_a_server_lose_nothing(data: st.DataObject) -> None:
    """Whatever either line loses, doubles or shuffles, every message arrives once and in order, if the server answers at all."""
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    packets, seq = [], 1
    for _ in range(data.draw(st.integers(1, 25))):
        count = rng.randint(1, 4)
        packets.append((seq, mold.packet(SESSION, seq, messages(seq, count))))
        seq += count
    loss = data.draw(st.sampled_from([0.0, 0.2, 0.6, 1.0]))
    arrivals = []
    for line in range(2):
        for place, (_, raw) in enumerate(packets):
            if rng.random() >= loss:
                arrivals.append((place + rng.uniform(0, 4) + line, raw))
    arrivals.sort(key=lambda each: each[0])
    arbiter, now, refs = Arbiter(asks=True), 10**18, []
    for _, raw in arrivals:
        now += MS // 10
        arbiter.packet(raw, now)
        refs += got(arbiter)
    arbiter.packet(mold.end_packet(SESSION, seq), now)
    for _ in range(400):
        if arbiter.ended:
            break
        assert arbiter.due is not None
        now = max(now, arbiter.due)
        asked = arbiter.act(now)
        if asked is not None and rng.random() < 0.8:
            session, first, count = mold.HEADER.unpack(asked)
            assert session == SESSION
            assert first + count <= seq
            # as many as fit in a packet
            arbiter.packet(mold.packet(session, first, messages(first, min(count, 3))), now + MS)
        refs += got(arbiter)
    assert arbiter.ended
    assert arbiter.counters.lost + len(refs) == seq - 1
    if not arbiter.counters.gaps:
        assert refs == list(range(1, seq))
    else:
        assert refs == sorted(set(refs))


def test_what_nobody_has_is_given_up_and_told() -> None:
    arbiter = Arbiter(asks=True, patience=Patience(tries=3, retry=10 * MS, longest=25 * MS))
    arbiter.packet(mold.packet(SESSION, 1, messages(1, 2)), 0)
    arbiter.packet(mold.packet(SESSION, 5, messages(5, 1)), 1)
    assert got(arbiter) == [1, 2]
    asked = []
    while arbiter.due is not None:
        due = arbiter.due
        assert arbiter.act(due - 1) is None
        asked.append((due, arbiter.act(due)))
    # after the first patience, then 10, 20 and 25 ms later
    first = 1 + Patience().first
    assert [due for due, _ in asked] == [first, first + 10 * MS, first + 30 * MS, first + 55 * MS]
    assert [raw for _, raw in asked] == [mold.HEADER.pack(SESSION, 3, 2)] * 3 + [None]
    assert got(arbiter) == [5]
    assert (arbiter.counters.requests, arbiter.counters.gaps, arbiter.counters.lost) == (3, 1, 2)
    assert [(told.position, told.reason) for told in arbiter.told] == [(3, "gap: 2 messages did not come")]


def test_without_a_server_the_other_line_is_waited_for() -> None:
    arbiter = Arbiter(asks=False, patience=Patience(retry=10 * MS))
    arbiter.packet(mold.packet(SESSION, 10, messages(10, 1)), 0)
    assert [told.reason for told in arbiter.told] == ["gap: 9 messages before the first packet"]
    arbiter.packet(mold.packet(SESSION, 12, messages(12, 1)), MS)
    assert arbiter.act(MS) is None
    arbiter.packet(mold.packet(SESSION, 11, messages(11, 1)), 2 * MS)
    assert got(arbiter) == [10, 11, 12]
    arbiter.packet(mold.packet(SESSION, 14, messages(14, 1)), 3 * MS)
    assert arbiter.act(3 * MS) is None
    assert arbiter.act(13 * MS) is None
    assert got(arbiter) == [14]
    assert (arbiter.counters.gaps, arbiter.counters.lost, arbiter.counters.requests) == (2, 10, 0)


def test_a_heartbeat_shows_what_is_missing() -> None:
    arbiter = Arbiter(asks=True)
    arbiter.packet(mold.packet(SESSION, 1, messages(1, 1)), 0)
    arbiter.packet(mold.packet(SESSION, 2, []), 1)
    assert arbiter.due is None
    arbiter.packet(mold.packet(SESSION, 4, []), 2)
    assert arbiter.due == 2 + Patience().first
    assert arbiter.act(arbiter.due) == mold.HEADER.pack(SESSION, 2, 2)


def test_another_session_is_believed_when_the_first_is_silent_or_over() -> None:
    arbiter = Arbiter(asks=False)
    arbiter.packet(mold.packet(SESSION, 1, messages(1, 1)), 0)
    arbiter.packet(mold.packet(b"S000000002", 1, messages(1, 1)), MS)
    assert (got(arbiter), arbiter.counters.foreign) == ([1], 1)
    arbiter.packet(mold.packet(b"S000000002", 1, messages(1, 1)), MS + Patience().session)
    assert (got(arbiter), arbiter.session) == ([1], b"S000000002")
    arbiter.packet(mold.end_packet(b"S000000002", 2), 10**10)
    assert arbiter.ended
    arbiter.packet(mold.packet(b"S000000003", 1, messages(1, 2)), 10**10)
    assert (got(arbiter), arbiter.ended) == ([1, 2], False)


def test_what_waits_is_bounded() -> None:
    arbiter = Arbiter(asks=True, patience=Patience(window=1_000))
    arbiter.packet(mold.packet(SESSION, 1, messages(1, 1)), 0)
    for n in range(3, 200):
        arbiter.packet(mold.packet(SESSION, n, messages(n, 1)), n)
    assert arbiter.counters.dropped == 197 - 1_000 // 58
    arbiter.packet(mold.packet(SESSION, 2, messages(2, 198)), 300)
    assert got(arbiter) == list(range(1, 200))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.binary(max_size=80), st.booleans()), max_size=20))
def test_any_packets(noise: list[tuple[bytes, bool]]) -> None:
    """Bytes that are no packets of the session are counted; the next good packet still arrives."""
    arbiter = Arbiter(asks=True)
    arbiter.packet(mold.packet(SESSION, 1, messages(1, 1)), 0)
    bad = 0
    for raw, headed in noise:
        # an announced message would be waited for, so it is not made up here
        packet = SESSION + struct.pack(">QH", 2, 1 + len(raw) % 7) + raw if headed else raw
        arbiter.packet(packet, 1)
        bad += 1
    arbiter.packet(mold.packet(SESSION, arbiter.expected, messages(arbiter.expected, 1)), 2)
    burst = arbiter.take()
    assert burst is not None
    refs = burst.seqs.tolist()
    assert refs[0] == 1
    assert refs[-1] == arbiter.expected - 1
    counters = arbiter.counters
    assert counters.malformed == len([told for told in arbiter.told if told.reason.startswith("packet")])
    assert counters.packets == bad + 2


# ---- MoldUDP64 over the loopback


def ports(count: int) -> list[int]:
    links = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for link in links:
        link.bind(("127.0.0.1", 0))
    found = [int(link.getsockname()[1]) for link in links]
    for link in links:
        link.close()
    return found


def drive(feed: Any, during: Callable[[], None]) -> list[Batch]:
    """What a feed gives while something is done to it, until it ends."""
    failures: list[BaseException] = []

    def act() -> None:
        try:
            during()
        except BaseException as error:  # noqa: BLE001 (told to the test's own thread)
            failures.append(error)
            feed.stop()

    thread = threading.Thread(target=act)
    limit = threading.Timer(30.0, feed.stop)
    limit.start()
    thread.start()
    try:
        return list(feed.batches(1))
    finally:
        limit.cancel()
        thread.join()
        if failures:
            raise failures[0]


def column(batches: list[Batch], table: str, name: str) -> list[Any]:
    return [value for batch in batches if table in batch.tables for value in batch.tables[table][name].tolist()]


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 180
    while not done():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.mark.parametrize("loss", [0.0, 0.4])
def test_lines_over_the_loopback(loss: float) -> None:
    rng = random.Random(3)
    lines = [("127.0.0.1", port) for port in ports(2)]
    server = MoldServer(lines, keeps=lambda line, seq: rng.random() >= loss)
    parser = Parser(DAY)
    feed = MoldFeed(parser, lines, server.address, patience=Patience(first=MS, tries=200))
    began = time.time_ns()

    def send() -> None:
        for first in range(1, 3_001, 100):
            server.send(messages(first, 100))
            # no faster than it is read: a full buffer would lose more than is meant to be lost here
            until(lambda first=first: feed.arbiter.expected > first - 500)  # type: ignore[misc]
            server.heartbeat()
        until(lambda: feed.arbiter.expected == 3_001)
        server.end()

    try:
        batches = drive(feed, send)
    finally:
        server.close()
    assert column(batches, "mbo", "oid") == list(range(1, 3_001))
    assert feed.arbiter.counters.lost == 0
    assert (server.answered > 0) == (loss > 0)
    if not loss:
        assert (
            feed.arbiter.counters.duplicates == feed.arbiter.counters.packets // 2 - 30 - 0
            or feed.arbiter.counters.duplicates > 0
        )
    # stamped by reception, though the venue's stamps are of another day
    times = [
        int(value) for batch in batches if "mbo" in batch.tables for value in batch.tables["mbo"]["time"].view("i8")
    ]
    assert times == sorted(times)
    assert began <= times[0] <= times[-1] <= time.time_ns()


def test_who_comes_late_gets_the_whole_session() -> None:
    line = ("127.0.0.1", ports(1)[0])
    server = MoldServer([line])
    server.send(messages(1, 500))
    parser = Parser(DAY)
    feed = MoldFeed(parser, [line], server.address)

    def send() -> None:
        server.heartbeat()
        until(lambda: feed.arbiter.expected == 501)
        server.send(messages(501, 10))
        server.end()

    try:
        batches = drive(feed, send)
    finally:
        server.close()
    assert column(batches, "mbo", "oid") == list(range(1, 511))


def test_a_gap_that_stays_is_told(tmp_path: Path) -> None:
    line = ("127.0.0.1", ports(1)[0])
    server = MoldServer([line], keeps=lambda _, seq: seq < 10 or seq > 12)
    quarantine = Quarantine(tmp_path / "bad.tsv")
    feed = MoldFeed(Parser(DAY, quarantine=quarantine), [line])

    def send() -> None:
        for n in range(1, 21):
            server.send(messages(n, 1))
        server.end()

    try:
        batches = drive(feed, send)
    finally:
        server.close()
    assert column(batches, "mbo", "oid") == [n for n in range(1, 21) if not 10 <= n <= 12]
    assert feed.counters.gaps == 1
    assert "\t10\tgap: 3 messages did not come" in (tmp_path / "bad.tsv").read_text()
    quarantine.close()


def test_a_multicast_group_is_joined() -> None:
    group, port = "233.252.0.77", ports(1)[0]
    try:
        feed = MoldFeed(Parser(DAY), [(group, port)])
    except FeedError as error:
        pytest.skip(f"no multicast here: {error}")
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    with out:

        def send() -> None:
            out.sendto(mold.packet(SESSION, 1, messages(1, 3)), (group, port))
            out.sendto(mold.end_packet(SESSION, 4), (group, port))

        batches = drive(feed, send)
    assert column(batches, "mbo", "oid") == [1, 2, 3]


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(FeedError, match=r"cannot listen on 192.0.2.1:1234"):
        MoldFeed(Parser(DAY), [("192.0.2.1", 1234)])


# ---- SoupBinTCP without sockets


def accepted(session: bytes = b"S1", seq: int = 1) -> bytes:
    return soup.packet(b"A", session.rjust(10) + str(seq).encode().rjust(20))


def test_a_login_byte_by_byte() -> None:
    assert (
        soup.login("ME", "SECRET", "S1", 7)
        == b"\x00\x2fL" + b"ME    " + b"SECRET    " + b"        S1" + b" " * 19 + b"7"
    )
    with pytest.raises(FeedError, match="the password is longer than 10") as raised:
        soup.login("ME", "MUCHTOOLONGTOTELL", "", 1)
    assert "MUCH" not in str(raised.value)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 1_000), max_size=12))
def test_bytes_in_pieces(cuts: list[int]) -> None:
    stream = accepted() + b"".join(
        soup.packet(b"S", order(n)) + (soup.packet(b"H") if n % 3 else soup.packet(b"+", b"hello"))
        for n in range(1, 11)
    )
    stream += soup.packet(b"Z")
    client = soup.Client("ME", "PW")
    client.connected(0)
    bounds = [0, *sorted(cut % len(stream) for cut in cuts), len(stream)]
    refs: list[int] = []
    for start, stop in pairwise(bounds):
        burst = client.received(stream[start:stop], 5)
        if burst is not None:
            found = [int.from_bytes(burst.data[at + 11 : at + 19], "big") for at in burst.offsets.tolist()]
            assert burst.seqs.tolist() == found
            refs += found
    assert refs == list(range(1, 11))
    assert (client.ended, client.expected, client.session) == (True, 11, "S1")


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_from_a_server(noise: bytes) -> None:
    """Nothing but FeedError, and the next connection goes on from the next number."""
    client = soup.Client("ME", "PW")
    client.connected(0)
    client.received(accepted() + soup.packet(b"S", order(1)), 1)
    seen = client.expected
    try:
        client.received(noise, 2)
    except FeedError:
        assert client.expected >= seen
    again = client.connected(3)
    assert again[-20:].strip() == str(client.expected).encode()


def test_a_server_that_does_not_have_all_is_told() -> None:
    client = soup.Client("ME", "PW")
    client.connected(0)
    client.received(accepted(seq=5), 1)
    assert [(told.position, told.reason) for told in client.told] == [(1, "gap: 4 messages did not come")]
    client.connected(2)
    client.received(accepted(b"S2", 1), 3)
    assert client.told[-1].reason == "session: S2 follows S1"
    assert client.expected == 1


def test_a_server_that_begins_earlier_than_it_was_asked_to_doubles_nothing() -> None:
    client = soup.Client("ME", "PW")
    client.connected(0)
    client.received(accepted() + b"".join(soup.packet(b"S", order(n)) for n in range(1, 8)), 1)
    client.connected(2)
    burst = client.received(accepted(seq=5) + b"".join(soup.packet(b"S", order(n)) for n in range(5, 10)), 3)
    assert burst is not None and burst.seqs.tolist() == [8, 9]
    assert [int.from_bytes(burst.data[at + 11 : at + 19], "big") for at in burst.offsets.tolist()] == [8, 9]
    assert (client.expected, client.told) == (10, [])
    # another session begins where it says
    client.connected(4)
    burst = client.received(accepted(b"S2", 1) + soup.packet(b"S", order(1)), 5)
    assert burst is not None and burst.seqs.tolist() == [1]


def test_heartbeats_and_silence() -> None:
    client = soup.Client("ME", "PW")
    client.connected(0)
    assert client.quiet(soup.HEARTBEAT_NS - 1) == b""
    assert client.quiet(soup.HEARTBEAT_NS) == soup.packet(b"R")
    assert client.quiet(soup.HEARTBEAT_NS + 1) == b""
    client.received(soup.packet(b"H"), 10)
    client.quiet(10 + soup.SILENCE_NS)
    with pytest.raises(FeedError, match="nothing heard for 15 s"):
        client.quiet(11 + soup.SILENCE_NS)


# ---- SoupBinTCP over the loopback


@pytest.fixture
def server() -> Iterator[SoupServer]:
    made = SoupServer({"ME": "SECRET"})
    yield made
    made.close()


def test_a_session_whose_connection_breaks(server: SoupServer) -> None:
    server.send(messages(1, 200))
    client = soup.Client("ME", "SECRET")
    feed = SoupFeed(Parser(DAY), server.address, client, first_s=0.01)

    def act() -> None:
        for breaks in range(3):
            until(lambda n=breaks: client.expected == 201 + 100 * n)  # type: ignore[misc]
            server.drop()
            server.send(messages(201 + 100 * breaks, 100))
        until(lambda: client.expected == 501)
        server.end()

    batches = drive(feed, act)
    assert column(batches, "mbo", "oid") == list(range(1, 501))
    assert server.logins == 4
    assert feed.connections == 4
    assert feed.counters.gaps == 0


class Nervous(soup.Client):
    """Fails each third time that it is to say something."""

    asked = 0

    def quiet(self, now: int) -> bytes:
        self.asked += 1
        if self.asked % 3 == 0:
            raise FeedError("cannot send")
        return super().quiet(now)


def test_what_was_received_before_a_failure_is_kept(server: SoupServer) -> None:
    server.send(messages(1, 30_000))
    server.end()
    feed = SoupFeed(Parser(DAY), server.address, Nervous("ME", "SECRET"), first_s=0.01)
    assert column(drive(feed, lambda: None), "mbo", "oid") == list(range(1, 30_001))
    assert server.logins > 1


def test_a_wrong_password_is_not_tried_again(server: SoupServer) -> None:
    feed = SoupFeed(Parser(DAY), server.address, soup.Client("ME", "WRONG"))
    with pytest.raises(soup.Rejected, match="user or the password") as raised:
        list(feed.batches(1))
    assert "WRONG" not in str(raised.value)


def test_stopping_logs_out(server: SoupServer) -> None:
    server.send(messages(1, 5))
    client = soup.Client("ME", "SECRET")
    feed = SoupFeed(Parser(DAY), server.address, client)

    def act() -> None:
        until(lambda: client.expected == 6)
        feed.stop()

    assert column(drive(feed, act), "mbo", "oid") == [1, 2, 3, 4, 5]
    until(lambda: server.logouts == 1)


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = ("127.0.0.1", int(taken.getsockname()[1]))
    client = soup.Client("ME", "SECRET")
    feed = SoupFeed(Parser(DAY), address, client, first_s=0.01)
    servers: list[SoupServer] = []

    def act() -> None:
        until(lambda: feed.parser.quarantine.reasons.get("connection", 0) > 1)
        servers.append(SoupServer({"ME": "SECRET"}, address=address))
        servers[0].send(messages(1, 3))
        servers[0].end()

    try:
        assert column(drive(feed, act), "mbo", "oid") == [1, 2, 3]
    finally:
        for each in servers:
            each.close()


def test_started_again_it_publishes_what_the_plant_has_not(server: SoupServer, tmp_path: Path) -> None:
    """Runs that end anywhere, with rows gathered and not sent, or sent and not noted, give each row once and the book as it is."""
    plant = MemoryPlant(["", "after", "", "before"])
    steps = [0, 130, 131, 290, 400]
    for number, (start, stop) in enumerate(pairwise(steps)):
        server.send(messages(start + 1, stop - start))
        if stop == 400:
            server.end()
        client = soup.Client("ME", "SECRET")
        parser = Parser(DAY, conflate_ns=7)
        feed = SoupFeed(parser, server.address, client)
        ledger = Ledger(tmp_path / feed.ledger)
        publisher = Publisher(plant, ledger=ledger, rows_max=11, delay_max=1e9, sleep=lambda _: None)

        def act(client: soup.Client = client, feed: SoupFeed = feed, stop: int = stop) -> None:
            until(lambda: client.expected == stop + 1)
            feed.stop()

        thread = threading.Thread(target=act)
        thread.start()
        run(feed, publisher.add)
        thread.join()
        if number == 3:
            publisher.flush()
        ledger.close()
        assert len(parser.book) == stop
    assert plant.table("mbo")["seq"].tolist() == list(range(1, 401))
    # each order is a better bid than the one before, a ns later: the last of seven ns, and the very last
    start = midnight(DAY, "America/New_York")
    last = [n for n in range(1, 401) if n == 400 or (start + n) // 7 != (start + n + 1) // 7]
    assert plant.table("quote")["seq"].tolist() == last


# ---- configuration


def test_the_password_is_never_on_the_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="password_env"):
        password(Itch())
    monkeypatch.setenv("ITCH_PW", "FROMENV")
    assert password(Itch(password_env="ITCH_PW")) == "FROMENV"
    monkeypatch.delenv("ITCH_PW")
    with pytest.raises(ConfigError, match="ITCH_PW"):
        password(Itch(password_env="ITCH_PW"))
    file = tmp_path / "pw"
    file.write_text("FROMFILE\n")
    assert password(load_config(overrides={"feed.itch.password_file": str(file)}).feed.itch) == "FROMFILE"
    with pytest.raises(ConfigError, match="password_file"):
        password(Itch(password_file=str(tmp_path / "none")))
