"""SoupBinTCP out of captured TCP: order, repetition, holes, reconnects, captures that begin within a connection, other protocols."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from captures import frame, pcap, segment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_itch_capture import MS, SESSION, T0, oids, options, play
from test_itch_live import DAY, messages
from test_parser import rows

from slipstream.config import Itch
from slipstream.errors import FeedError
from slipstream.feed.base import Quarantine
from slipstream.feed.itch import mold, soup
from slipstream.feed.itch.capture import ItchCapture
from slipstream.feed.itch.parser import Parser
from slipstream.feed.itch.source import feed as chosen_feed

Frames = list[tuple[int, bytes]]


def accepted(seq: int, session: bytes = SESSION) -> bytes:
    return soup.packet(b"A", session.rjust(10) + str(seq).encode().rjust(20))


def sequenced(first: int, count: int) -> list[bytes]:
    return [soup.packet(b"S", each) for each in messages(first, count)]


def sent(
    packets: list[bytes], *, size: int = 97, begin: int = 7, at: int = T0, syn: bool = True, port: int = 50_000
) -> Frames:
    """A server's stream in segments of some size, a millisecond apart, the way back acknowledged with heartbeats."""
    data = b"".join(packets)
    made: Frames = [(at, segment(b"", begin - 1, syn=True, port=port))] if syn else []
    for n, place in enumerate(range(0, len(data), size), 1):
        made.append((at + n * MS, segment(data[place : place + size], begin + place, port=port, padding=n % 7)))
        made.append((at + n * MS, segment(b"\0\1R", 100 + 3 * n, server=False, port=port)))
    return made


def feed_of(path: Path, frames: Frames, quarantine: Quarantine | None = None, **given_: object) -> ItchCapture:
    path.write_bytes(pcap(*sorted(frames, key=lambda one: one[0])))
    return ItchCapture([path], Parser(DAY, quarantine=quarantine or Quarantine()), **given_)  # type: ignore[arg-type]


def test_a_session_is_read_whatever_the_segments_are(tmp_path: Path) -> None:
    stream = [accepted(1), *sequenced(1, 50), soup.packet(b"H"), soup.packet(b"+", b"hello"), *sequenced(51, 50)]
    stream.append(soup.packet(b"Z"))
    for size in (1, 33, 97, 1_400):
        feed = feed_of(tmp_path / "a.pcap", sent(stream, size=size))
        made = play(feed)
        assert oids(made) == list(range(1, 101)), size
        assert feed.counters.gaps == feed.counters.undecodable == 0
        assert [n for batch in made for (n,) in rows(batch.tables, "mbo", "seq")] == list(range(1, 101))
    # of the last: a message has the time of the segment that completed it
    assert feed.arbiter.ended


def test_segments_out_of_order_and_repeated(tmp_path: Path) -> None:
    rng = random.Random(5)
    frames = [(at + rng.randrange(5) * MS, data) for at, data in sent([accepted(1), *sequenced(1, 200)])[1:]]
    frames += [(at + 2 * MS, data) for at, data in frames[::3]]
    frames.insert(0, (T0 - MS, segment(b"", 6, syn=True)))
    feed = feed_of(tmp_path / "a.pcap", frames)
    assert oids(play(feed)) == list(range(1, 201))
    assert feed.counters.gaps == feed.counters.undecodable == 0


def test_a_connection_made_again_goes_on_and_what_was_between_is_a_gap(tmp_path: Path) -> None:
    frames = sent([accepted(1), *sequenced(1, 40)])
    frames += sent([accepted(31), *sequenced(31, 40)], begin=9_000, at=T0 + 1_000 * MS, port=50_001)
    frames += sent([accepted(76), *sequenced(76, 25)], begin=20, at=T0 + 2_000 * MS, port=50_002)
    quarantine = Quarantine(tmp_path / "q")
    feed = feed_of(tmp_path / "a.pcap", frames, quarantine)
    assert oids(play(feed)) == [*range(1, 71), *range(76, 101)]
    assert feed.counters.gaps == 1 and "gap: 5 messages did not come" in (tmp_path / "q").read_text()


def test_bytes_that_were_not_captured_are_told_and_the_next_login_says_how_many_messages_they_were(
    tmp_path: Path,
) -> None:
    frames = sent([accepted(1), *sequenced(1, 60)], size=380)
    lost = [n for n, (_, data) in enumerate(frames) if len(data) > 400][2]
    missing = {n for n in range(1, 61) if any(m in frames[lost][1] for m in messages(n, 1))}
    frames = frames[:lost] + frames[lost + 1 :]
    frames += [(T0 + 500 * MS, segment(b"", 7 + 31 + 2 + 60 * 39, fin=True))]
    frames += sent([accepted(61), *sequenced(61, 20)], begin=9_000, at=T0 + 20_000 * MS, port=50_001)
    quarantine = Quarantine(tmp_path / "q")
    feed = feed_of(tmp_path / "a.pcap", frames, quarantine)
    found = oids(play(feed))
    absent = [n for n in range(1, 61) if n not in found]
    # messages that were torn at the hole's edges are lost with it
    assert len(missing) > 5 and missing <= set(absent) <= {min(missing) - 1, *missing, max(missing) + 1}
    assert len(found) == 80 - len(absent)
    assert feed.counters.gaps == 2
    told = (tmp_path / "q").read_text()
    assert "the connection lost bytes" in told
    assert f"gap: {80 - len(found)} messages did not come" in told


def test_with_another_line_a_hole_costs_nothing(tmp_path: Path) -> None:
    whole = sent([accepted(1), *sequenced(1, 60)], port=50_001)
    torn = sent([accepted(1), *sequenced(1, 60)], at=T0 - MS // 2)
    del torn[15]
    feed = feed_of(tmp_path / "a.pcap", whole + torn)
    assert oids(play(feed)) == list(range(1, 61))
    assert feed.counters.gaps == 0
    lines = [(T0 + n * MS, frame(mold.packet(SESSION, n, messages(n, 1)))) for n in range(1, 61)]
    feed = feed_of(tmp_path / "a.pcap", lines + torn)
    assert oids(play(feed)) == list(range(1, 61))
    assert feed.counters.gaps == 0


def test_a_capture_that_begins_within_a_connection(tmp_path: Path) -> None:
    data = b"".join(sequenced(501, 60))[11:]
    frames = sent([data], syn=False, begin=4_294_967_000)
    frames += sent([accepted(561), *sequenced(561, 20)], begin=9_000, at=T0 + 1_000 * MS, port=50_001)
    quarantine = Quarantine(tmp_path / "q")
    feed = feed_of(tmp_path / "a.pcap", frames, quarantine)
    assert oids(play(feed)) == list(range(502, 581))
    assert "joined within a connection" in (tmp_path / "q").read_text()


def test_other_protocols_and_other_servers(tmp_path: Path) -> None:
    other = [
        (T0 + n, segment(b"GET / HTTP/1.1\r\nHost: somewhere\r\n\r\n" * 20, 680 * n, port=40_000)) for n in range(200)
    ]
    refused = sent([soup.packet(b"J", b"A")], port=40_001, begin=77)
    ours = sent([accepted(1), *sequenced(1, 30)])
    quarantine = Quarantine()
    feed = feed_of(tmp_path / "a.pcap", other + refused + ours, quarantine)
    assert oids(play(feed)) == list(range(1, 31))
    assert quarantine.count == 0 and feed.counters.ignored >= 200
    feed = feed_of(tmp_path / "a.pcap", other + ours, servers=[("10.0.0.9", 9_000)])
    assert oids(play(feed)) == []
    feed = feed_of(tmp_path / "a.pcap", other + ours, servers=[("10.0.0.1", 9_000)])
    assert oids(play(feed)) == list(range(1, 31))
    with pytest.raises(FeedError, match="nowhere"):
        feed_of(tmp_path / "a.pcap", ours, servers=[("nowhere", 1)])
    made = chosen_feed(Itch(), options(itch_files=[tmp_path / "a.pcap"], soup=("10.0.0.1", 9_000)), Quarantine())
    assert isinstance(made, ItchCapture) and oids(play(made)) == list(range(1, 31))


def test_version_six_and_packets_that_are_cut_off(tmp_path: Path) -> None:
    data = b"".join([accepted(1), *sequenced(1, 20)])
    frames: Frames = [(T0, segment(b"", 0, syn=True, six=True))]
    frames += [(T0 + n, segment(data[n : n + 200], 1 + n, six=True)) for n in range(0, len(data), 200)]
    feed = feed_of(tmp_path / "a.pcap", frames)
    assert oids(play(feed)) == list(range(1, 21))
    cut = [(at, one[:-30]) if n == 3 else (at, one) for n, (at, one) in enumerate(frames)]
    quarantine = Quarantine(tmp_path / "q")
    feed = feed_of(tmp_path / "a.pcap", cut, quarantine)
    assert set(oids(play(feed))) < set(range(1, 21)) and feed.counters.gaps >= 1


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bad=st.binary(min_size=1, max_size=120))
def test_any_bytes_in_the_stream_cost_no_good_message(bad: bytes, tmp_path: Path) -> None:
    stream = [accepted(1), *sequenced(1, 20), bad, *sequenced(30, 20), *sequenced(50, 20)]
    feed = feed_of(tmp_path / "bad.pcap", sent(stream, size=200))
    found = oids(play(feed))
    assert found[:20] == list(range(1, 21))
    # a length in the bad bytes may reach over some good messages
    assert found[-20:] == list(range(50, 70))
