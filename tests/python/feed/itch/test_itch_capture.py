"""ITCH from packet captures: two lossy lines, answers to requests, several feeds in one file, damage; and recordings of live feeds."""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import random
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from captures import frame as ethernet
from captures import pcap, pcapng
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_itch_live import DAY, messages, order, until
from test_parser import rows

from slipstream import sources
from slipstream.config import Itch, load_config
from slipstream.errors import ConfigError, FeedError
from slipstream.feed.base import Batch, Quarantine
from slipstream.feed.itch import mold
from slipstream.feed.itch.capture import ItchCapture, day_in
from slipstream.feed.itch.files import ItchFiles, Writer
from slipstream.feed.itch.live import MoldFeed, SoupFeed
from slipstream.feed.itch.parser import Parser, midnight
from slipstream.feed.itch.serve import MoldServer, SoupServer
from slipstream.feed.itch.soup import Client
from slipstream.feed.itch.source import feed as chosen_feed
from slipstream.feed.levels import LevelsFeed
from slipstream.feed.pcap import Writer as PcapWriter
from slipstream.feed.pcap import datagram, packets
from slipstream.feed.schema import DAY_NS

A, B = ("233.1.1.1", 26_477), ("233.2.2.2", 26_478)
MAKER = ("10.0.0.1", 9_000)
SESSION = b"S000000001"
T0 = midnight(DAY, "America/New_York") + 34_200_000_000_000
MS = 1_000_000


def write(path: Path, found: list[tuple[int, tuple[str, int], bytes]]) -> Path:
    writer = PcapWriter(path)
    for moment, target, data in found:
        writer.write(moment, MAKER, target, data)
    writer.close()
    return path


def line(first: int, count: int, *, size: int = 5) -> list[bytes]:
    """Packets of some messages."""
    return [
        mold.packet(SESSION, n, messages(n, min(size, first + count - n))) for n in range(first, first + count, size)
    ]


def oids(batches: list[Batch]) -> list[int]:
    return [oid for batch in batches for (oid,) in rows(batch.tables, "mbo", "oid")]


def play(feed: ItchCapture, step_ns: int = DAY_NS) -> list[Batch]:
    return list(feed.batches(step_ns))


@pytest.mark.parametrize("apart", [False, True])
def test_what_one_line_lost_is_on_the_other(tmp_path: Path, apart: bool) -> None:
    rng = random.Random(3)
    sent = [(T0 + n * MS, data) for n, data in enumerate(line(1, 1_000))]
    kept: list[tuple[int, tuple[str, int], bytes]] = []
    for at, data in sent:
        heard = rng.choice([(A,), (B,), (A, B)])
        kept += [(at + (300_000 if each == B else 0), each, data) for each in heard]
    if apart:
        files = [write(tmp_path / name, [one for one in kept if one[1] == each]) for name, each in (("a", A), ("b", B))]
    else:
        files = [write(tmp_path / "both", sorted(kept, key=lambda one: one[0]))]
    feed = ItchCapture(files, Parser(DAY))
    made = play(feed)
    assert oids(made) == list(range(1, 1_001))
    assert feed.counters.gaps == feed.counters.undecodable == feed.counters.ignored == 0
    # a message has the time of the packet that first brought it
    first = {n: min(at for at, _, data in kept if data == each) for n, (_, each) in enumerate(sent)}
    times = [at for batch in made for (at,) in rows(batch.tables, "mbo", "time")]
    assert times[::5] == [max(first[m] for m in range(n + 1)) for n in range(200)]


def test_what_was_sent_again_is_used_and_what_was_not_is_a_gap(tmp_path: Path) -> None:
    made = [(T0 + n * MS, A, data) for n, data in enumerate(line(1, 500)) if n not in (10, 40)]
    # the answer to a request comes by another way, and late
    made.append((T0 + 90 * MS, ("10.0.0.7", 40_000), line(51, 5)[0]))
    made.sort(key=lambda one: one[0])
    quarantine = Quarantine(tmp_path / "q")
    feed = ItchCapture([write(tmp_path / "a.pcap", made)], Parser(DAY, quarantine=quarantine))
    assert oids(play(feed)) == [n for n in range(1, 501) if not 201 <= n <= 205]
    assert feed.counters.gaps == 1
    assert "gap: 5 messages did not come" in (tmp_path / "q").read_text()


def test_a_capture_that_begins_in_the_day(tmp_path: Path) -> None:
    feed = ItchCapture(
        [write(tmp_path / "a", [(T0 + n, A, data) for n, data in enumerate(line(701, 20))])], Parser(DAY)
    )
    assert oids(play(feed)) == list(range(701, 721))
    assert feed.counters.gaps == 1


def test_other_packets_and_other_feeds(tmp_path: Path) -> None:
    other = [mold.packet(b"OTHER00001", n, [order(9_000 + n)]) for n in range(1, 30)]
    mixed: list[tuple[int, tuple[str, int], bytes]] = []
    for n, (ours, theirs) in enumerate(zip(line(1, 100), other, strict=False)):
        mixed += [(T0 + n, A, ours), (T0 + n, ("233.9.9.9", 1), theirs), (T0 + n, ("10.1.1.1", 53), b"who is there")]
    path = write(tmp_path / "mixed", mixed)
    quarantine = Quarantine()
    feed = ItchCapture([path], Parser(DAY, quarantine=quarantine))
    assert oids(play(feed)) == list(range(1, 101))
    assert feed.counters.ignored == 40 and quarantine.reasons == {"foreign": 1}
    feed = ItchCapture([path], Parser(DAY), [("233.9.9.9", 1)])
    assert oids(play(feed)) == list(range(9_001, 9_021))
    with pytest.raises(FeedError, match="nowhere"):
        ItchCapture([path], Parser(DAY), [("nowhere", 1)])


def test_forms_of_captures(tmp_path: Path) -> None:
    plain = [(T0 + n * 1_000, data) for n, data in enumerate(line(1, 60))]
    for name, data in {
        "a.pcap": pcap(*((at, ethernet(each)) for at, each in plain)),
        "b.pcap": pcap(*((at, ethernet(each, vlan=True)) for at, each in plain), order=">", nano=False),
        "c.pcapng": pcapng(*((at, ethernet(each, six=True)) for at, each in plain)),
        "d.pcap.gz": gzip.compress(pcap(*((at, ethernet(each)) for at, each in plain))),
    }.items():
        (tmp_path / name).write_bytes(data)
        feed = ItchCapture([tmp_path / name], Parser(DAY))
        assert oids(play(feed)) == list(range(1, 61)), name


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bad=st.lists(
        st.one_of(
            st.binary(max_size=80),
            st.binary(max_size=60).map(lambda body: mold.packet(SESSION, 3, [])[:18] + b"\0\3" + body),
            st.binary(max_size=40).map(lambda body: mold.packet(SESSION, 21, [body])),
        ),
        max_size=6,
    ),
    noise=st.binary(max_size=60),
)
def test_any_bytes_cost_no_good_message(bad: list[bytes], noise: bytes, tmp_path: Path) -> None:
    """Bad datagrams on the line, and bytes that are no packets between them: what is good arrives, what is bad is counted."""
    good = [(T0 + n, ethernet(data)) for n, data in enumerate(line(1, 20))]
    wrong = [(T0 + 10 + n, ethernet(data)) for n, data in enumerate(bad)]
    after = [(T0 + 100 + n, ethernet(data)) for n, data in enumerate(line(22, 20))]
    path = tmp_path / "bad.pcap"
    path.write_bytes(pcap(*good, *wrong) + noise + pcap(*after)[24:])
    quarantine = Quarantine()
    feed = ItchCapture([path], Parser(DAY, quarantine=quarantine))
    assert [oid for oid in oids(play(feed)) if oid <= 41] == [*range(1, 21), *range(22, 42)]
    if noise or any(len(data) < 20 for data in bad):
        assert feed.counters.undecodable and quarantine.count


def test_recorded_packets_are_as_they_came(tmp_path: Path) -> None:
    path = write(tmp_path / "new" / "a.pcap", [(T0 + 7, A, b"x" * 1_301)])
    (packet,) = packets(path, lambda *_: pytest.fail("damage"))
    found = datagram(packet)
    assert found is not None and packet.moment == T0 + 7
    assert (found.target, found.source) == ((bytes([233, 1, 1, 1]), A[1]), (bytes([10, 0, 0, 1]), MAKER[1]))
    assert found.data == b"x" * 1_301
    # the sum of a header with its checksum is all ones
    total = sum(int.from_bytes(packet.data[at : at + 2], "big") for at in range(0, 20, 2))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF


def test_a_live_session_is_played_again_from_its_recording(tmp_path: Path, ports: object) -> None:
    """Lines that lose, requests and answers: the recording gives every row of the live run."""
    lines = [("127.0.0.1", each) for each in ports(2)]  # type: ignore[operator]
    server = MoldServer(lines, keeps=lambda number, seq: (seq // 7 + number) % 3 != 0)
    recording = PcapWriter(tmp_path / "mold.pcap")
    live = MoldFeed(Parser(DAY), lines, server.address, record=recording)

    def act() -> None:
        for first in range(1, 301, 30):
            server.send(messages(first, 30))
            until(lambda first=first: live.arbiter.expected == first + 30)  # type: ignore[misc]
        server.end()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        made = play(live)  # type: ignore[arg-type]
    finally:
        thread.join()
        server.close()
    assert oids(made) == list(range(1, 301)) and recording.packets > 0
    again = play(ItchCapture([recording.path], Parser(DAY)))
    assert oids(again) == list(range(1, 301))
    names = ("time", "sym", "oid", "price", "seq")
    assert [row for batch in again for row in rows(batch.tables, "mbo", *names)] == [
        row for batch in made for row in rows(batch.tables, "mbo", *names)
    ]


def test_a_soup_session_is_recorded_too(tmp_path: Path) -> None:
    server = SoupServer({"ME": "SECRET"})
    server.send(messages(1, 200))
    server.end()
    recording = PcapWriter(tmp_path / "soup.pcap")
    try:
        made = play(SoupFeed(Parser(DAY), server.address, Client("ME", "SECRET"), record=recording))  # type: ignore[arg-type]
    finally:
        server.close()
    again = play(ItchCapture([recording.path], Parser(DAY)))
    assert oids(again) == oids(made) == list(range(1, 201))


def options(**given_: object) -> argparse.Namespace:
    known: dict[str, object] = {
        "itch_files": [], "mold": (), "request": None, "soup": None, "user": "", "session": "", "date": None, "record": None, "glimpse": None,
    }  # fmt: skip
    return argparse.Namespace(**(known | given_))


def test_the_command_tells_captures_from_files(tmp_path: Path) -> None:
    path = write(tmp_path / "lines.dat", [(T0 + n, A, data) for n, data in enumerate(line(1, 5))])
    assert day_in(path, ZoneInfo("America/New_York")) == DAY
    found = chosen_feed(Itch(), options(itch_files=[path]), Quarantine())
    assert isinstance(found, ItchCapture) and found.parser.day == DAY
    found = chosen_feed(Itch(), options(itch_files=[path], mold=(B,)), Quarantine())
    assert isinstance(found, ItchCapture) and oids(play(found)) == []
    with Writer(tmp_path / "01302019.NASDAQ_ITCH50") as other:
        other.write(messages(1, 3))
    plain = tmp_path / "01302019.NASDAQ_ITCH50"
    found = chosen_feed(Itch(), options(itch_files=[plain]), Quarantine())
    assert isinstance(found, ItchFiles) and found.parser.day == dt.date(2019, 1, 30)
    for wrong in (
        {"itch_files": [path, plain]},
        {"itch_files": [plain], "mold": (A,)},
        {"itch_files": [path], "record": tmp_path},
        {},
    ):
        with pytest.raises(ConfigError):
            chosen_feed(Itch(), options(**wrong), Quarantine())
    for files in ([tmp_path / "none.gz"], [path, tmp_path / "none.gz"], [plain, tmp_path / "none.gz"]):
        with pytest.raises(FeedError, match=r"no such file: .*/none\.gz"):
            chosen_feed(Itch(), options(itch_files=files), Quarantine())


@pytest.mark.parametrize(("words", "kind"), [([], ItchCapture), (["--depth", "conflated"], LevelsFeed)])
def test_the_command_line_makes_the_feed(tmp_path: Path, words: list[str], kind: type) -> None:
    path = write(tmp_path / "lines.pcap", [(T0 + n, A, data) for n, data in enumerate(line(1, 5))])
    parser = argparse.ArgumentParser()
    sources.add(parser, make=None)
    chosen = parser.parse_args(["itch", "--file", str(path), "--mold", "233.1.1.1:26477", *words])
    made = chosen.make(load_config(), chosen, Quarantine())
    assert isinstance(made, kind)
    found = play(made)  # type: ignore[arg-type]
    assert oids(found) == list(range(1, 6))
    assert any("depth" in batch.tables for batch in found) is bool(words)
