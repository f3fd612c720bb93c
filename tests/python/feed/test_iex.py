"""IEX: messages that we encode by the specification, in captures that we write."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from captures import frame, pcap, pcapng
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slipstream.errors import FeedError
from slipstream.feed.base import Quarantine
from slipstream.feed.iex import MESSAGES, IexFeed, decode
from slipstream.feed.pcap import Packet, datagram, packets
from slipstream.feed.schema import Columns, join, times

T0 = 1_723_213_800_000_000_000
TOPS, DEEP = 0x8003, 0x8004

# the specification's fields, written down once more: type, then in order; prices and times are 8 signed bytes
FORMATS = {
    "S": "<csq", "D": "<cBq8sIqB", "H": "<ccq8s4s", "I": "<ccq8s", "O": "<ccq8s", "P": "<cBq8sc", "E": "<ccq8s", "Q": "<cBq8sIqqI",
    "8": "<cBq8sIq", "5": "<cBq8sIq", "T": "<cBq8sIqq", "X": "<ccq8sq", "B": "<cBq8sIqq", "A": "<ccq8sIqqIcBIqqqq",
}  # fmt: skip
SIZES = {
    "S": 10,
    "D": 31,
    "H": 22,
    "I": 18,
    "O": 18,
    "P": 19,
    "E": 18,
    "Q": 42,
    "8": 30,
    "5": 30,
    "T": 38,
    "X": 26,
    "B": 38,
    "A": 80,
}


def message(kind: str, *values: Any) -> bytes:
    made = [
        value.ljust(8).encode()
        if at == 2 and isinstance(value, str)
        else value.encode()
        if isinstance(value, str)
        else value
        for at, value in enumerate(values)
    ]
    return struct.pack(FORMATS[kind], kind.encode(), *made)


def segment(*messages: bytes, first: int = 1, session: int = 9, protocol: int = DEEP, channel: int = 1) -> bytes:
    body = b"".join(struct.pack("<H", len(one)) + one for one in messages)
    return struct.pack("<BxHIIHHqqq", 1, protocol, channel, session, len(body), len(messages), 0, first, T0) + body


def file(tmp_path: Path, data: bytes, name: str = "a.pcap") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def feed_of(tmp_path: Path, *payloads: bytes, quarantine: Quarantine | None = None) -> IexFeed:
    made = pcap(*((T0 + 1_000 * at, frame(payload)) for at, payload in enumerate(payloads)))
    return IexFeed([file(tmp_path, made)], quarantine=quarantine)


def play(feed: IexFeed, step_ns: int = 1_000_000_000) -> dict[str, Columns]:
    parts: dict[str, list[Columns]] = {}
    for batch in feed.batches(step_ns):
        for table, made in batch.tables.items():
            assert (np.diff(times(made)) >= 0).all()
            parts.setdefault(table, []).append(made)
    return {table: join(made) for table, made in parts.items()}


def rows(made: Columns, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(made[name].tolist() for name in names), strict=True))


EXAMPLES = {
    "S": ("S", "O", T0), "D": ("D", 0x80, T0, "ZIEXT", 100, 990_000, 1), "H": ("H", "H", T0, "ZIEXT", "T1  "), "I": ("I", "A", T0, "ZIEXT"),
    "O": ("O", "O", T0, "ZIEXT"), "P": ("P", 1, T0, "ZIEXT", "A"), "E": ("E", "O", T0, "ZIEXT"), "Q": ("Q", 0, T0, "ZIEXT", 9_700, 990_500, 991_000, 1_000),
    "8": ("8", 1, T0, "ZIEXT", 9_700, 990_500), "5": ("5", 1, T0, "ZIEXT", 9_700, 990_500), "T": ("T", 0, T0, "ZIEXT", 100, 990_500, 429_974),
    "X": ("X", "Q", T0, "ZIEXT", 990_500), "B": ("B", 0, T0, "ZIEXT", 100, 990_500, 429_974),
    "A": ("A", "C", T0, "ZIEXT", 100_000, 990_500, 990_600, 10_000, "B", 0, 1_494_595_800, 990_700, 990_500, 940_000, 1_030_000),
}  # fmt: skip


@pytest.mark.parametrize("kind", MESSAGES, ids=chr)
def test_every_message_of_the_specification_is_read(kind: int) -> None:
    name = chr(kind)
    raw = message(*EXAMPLES[name])
    assert len(raw) == SIZES[name] == MESSAGES[kind].itemsize
    found = decode(raw + b"grown")
    wanted = [
        value / 1e4 if type(value) is int and 900_000 <= value <= 1_100_000 else value for value in EXAMPLES[name]
    ]
    assert [value.strip() if isinstance(value, str) else value for value in wanted] == list(found.values())
    with pytest.raises(ValueError, match="no message of IEX"):
        decode(raw[:-1])


def test_tops_becomes_quotes_and_trades(tmp_path: Path) -> None:
    parts = [
        message("Q", 0, T0 - 5, "ZIEXT", 300, 990_500, 991_000, 200), message("T", 0xA0, T0 - 4, "ZIEXT", 100, 991_000, 77), message("Q", 0, T0 - 3, "ZIEXT", 0, 0, 991_000, 100),
    ]  # fmt: skip
    feed = feed_of(tmp_path, segment(*parts, first=10, protocol=TOPS))
    made = play(feed)
    assert rows(made["quote"], "sym", "venue", "bid", "ask", "bsize", "asize", "seq")[0] == (
        "ZIEXT",
        "iex",
        99.05,
        99.1,
        300,
        200,
        10,
    )
    assert (
        np.isnan(made["quote"]["bid"][1]) and np.isnan(made["quote"]["bsize"][1]) and made["quote"]["asize"][1] == 100
    )
    assert rows(made["trade"], "price", "size", "side", "cond", "seq") == [(99.1, 100, "", "FI", 77)]
    assert times(made["trade"])[0] == T0 and made["trade"]["etime"].view(np.int64)[0] == T0 - 4
    assert feed.kinds == {"Q": 2, "T": 1} and feed.counters.messages == 3


def test_deep_becomes_levels_in_the_order_they_came_and_books_that_may_cross_within_an_event(tmp_path: Path) -> None:
    parts = [
        message("8", 1, T0, "ZIEXT", 100, 990_000), message("5", 1, T0, "ZIEXT", 100, 991_000), message("8", 0, T0, "ZIEXT", 50, 992_000), message("5", 1, T0, "ZIEXT", 0, 991_000),
    ]  # fmt: skip
    feed = feed_of(tmp_path, segment(*parts))
    made = play(feed)["depth"]
    assert rows(made, "side", "price", "size", "seq") == [
        ("buy", 99.0, 100, 1),
        ("sell", 99.1, 100, 2),
        ("buy", 99.2, 50, 3),
        ("sell", 99.1, 0, 4),
    ]
    assert not feed.counters.crossed
    crossed = feed_of(tmp_path, segment(*parts, message("5", 1, T0, "ZIEXT", 5, 991_500)))
    play(crossed)
    assert crossed.counters.crossed == 1


def test_gaps_repeats_and_new_sessions(tmp_path: Path) -> None:
    trades = [message("T", 0, T0, "ZIEXT", 100, 990_000, number) for number in range(20)]
    quarantine = Quarantine()
    feed = feed_of(
        tmp_path, segment(*trades[0:3], first=1), segment(first=4), segment(*trades[2:5], first=3), segment(*trades[7:9], first=8), segment(*trades[7:9], first=8),
        segment(*trades[9:10], first=1, session=10), segment(*trades[10:11], first=1, channel=2), quarantine=quarantine,
    )  # fmt: skip
    assert play(feed)["trade"]["seq"].tolist() == [0, 1, 2, 3, 4, 7, 8, 9, 10]
    assert feed.counters.gaps == 1 and quarantine.reasons == {"gap": 1}


def test_states_change_by_trading_status_operational_halts_and_the_close(tmp_path: Path) -> None:
    parts = [
        message("H", "O", T0, "ZIEXT", "IPO1"), message("H", "T", T0, "ZIEXT", "    "), message("O", "N", T0, "ZIEXT"), message("O", "O", T0, "ZIEXT"),
        message("H", "T", T0, "ZIEXT", "    "), message("O", "N", T0, "ZIEXT"), message("H", "H", T0, "ZIEXT", "T1  "), message("E", "O", T0, "ZIEXT"), message("E", "C", T0, "ZIEXT"),
    ]  # fmt: skip
    made = play(feed_of(tmp_path, segment(*parts)))["status"]
    assert rows(made, "state", "reason", "seq") == [
        ("auction", "IPO1", 1), ("continuous", "", 2), ("halted", "operational", 4), ("continuous", "operational", 6), ("halted", "T1", 7), ("closed", "close", 9),
    ]  # fmt: skip


def test_a_broken_trade_and_what_has_no_table_are_counted(tmp_path: Path) -> None:
    quarantine = Quarantine()
    feed = feed_of(tmp_path, segment(*(message(*EXAMPLES[kind]) for kind in "SDIPXAB")), quarantine=quarantine)
    assert play(feed) == {}
    assert feed.counters.ignored == feed.counters.messages == 7
    assert quarantine.reasons == {"break": 1} and feed.phase == "O"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("form", ["pcap", "pcap-us", "pcapng", "pcapng-us"])
@pytest.mark.parametrize("zipped", [False, True])
def test_captures_of_all_forms(tmp_path: Path, form: str, order: str, zipped: bool) -> None:
    frames = [(T0 + 1_234_567 * at + (0 if "us" in form else 89), bytes([at]) * (60 + at)) for at in range(50)]
    if form.startswith("pcapng"):
        data = pcapng(*frames, order=order, resolution=None if "us" in form else 9)
    else:
        data = pcap(*frames, order=order, nano="us" not in form)
    found = list(packets(file(tmp_path, gzip.compress(data) if zipped else data), lambda *told: pytest.fail(str(told))))
    rounding = 1_000 if "us" in form else 1
    assert found == [Packet(at // rounding * rounding, 1, body) for at, body in frames]


def test_a_zipped_capture_that_is_cut_off_gives_all_that_can_be_unpacked(tmp_path: Path) -> None:
    bodies = [hashlib.sha256(bytes([at % 256, at // 256])).digest() * 2 for at in range(2_000)]
    cut = gzip.compress(pcap(*((T0 + at, body) for at, body in enumerate(bodies))))[:-3_000]
    whole = (len(zlib.decompressobj(31).decompress(cut)) - 24) // 80
    told: list[str] = []
    found = list(packets(file(tmp_path, cut), lambda _, reason, __: told.append(reason.split(":")[0])))
    assert [packet.data for packet in found] == bodies[:whole]
    assert "unreadable" in told


def test_datagrams_behind_tags_and_ip6() -> None:
    for options in ({}, {"vlan": True}, {"six": True}):
        found = datagram(Packet(0, 1, frame(b"payload", **options)))
        assert found is not None and found.data == b"payload" and found.target[1] == 10_378
    cut = frame(b"payload")[:-3]
    assert datagram(Packet(0, 1, cut)) is None
    fragment = bytearray(frame(b"payload"))
    fragment[20] = 0x20
    assert datagram(Packet(0, 1, bytes(fragment))) is None
    assert datagram(Packet(0, 101, frame(b"payload")[14:])).data == b"payload"


def trade_frames(start: int, stop: int) -> list[tuple[int, bytes]]:
    return [
        (T0 + at * 1_000, frame(segment(message("T", 0, T0, "ZIEXT", 100, 990_000, at), first=at + 1)))
        for at in range(start, stop)
    ]


@given(st.binary(min_size=1, max_size=300), st.integers(0, 20), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_between_packets_are_quarantined_and_later_packets_arrive(
    tmp_path: Path, noise: bytes, at: int, ng: bool, cut: bool
) -> None:
    write = pcapng if ng else pcap
    head = write(*trade_frames(0, at))
    tail = write(*trade_frames(at, 60))[len(write()) :]
    data = (head[:-7] if cut and at else head) + noise + tail
    quarantine = Quarantine()
    feed = IexFeed([file(tmp_path, data)], quarantine=quarantine)
    made = play(feed)["trade"]
    assert made["seq"].tolist()[-30:] == list(range(30, 60))
    assert quarantine.count >= feed.counters.undecodable
    # noise in the place of what was cut off may be read as that
    assert feed.counters.undecodable or (cut and len(noise) == 7)


@given(st.lists(st.binary(max_size=120), max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_as_messages_never_stop_the_feed(tmp_path: Path, noise: list[bytes]) -> None:
    good = message("T", 0, T0, "ZIEXT", 100, 990_000, 5)
    quarantine = Quarantine()
    feed = feed_of(
        tmp_path,
        segment(*noise),
        segment(*noise)[:50],
        b"\1" + bytes(50),
        segment(good, first=1_000),
        quarantine=quarantine,
    )
    assert play(feed)["trade"]["seq"].tolist()[-1] == 5
    assert feed.counters.undecodable <= quarantine.count


def test_bytes_that_are_no_capture(tmp_path: Path) -> None:
    quarantine = Quarantine()
    feed = IexFeed([file(tmp_path, b"nothing of the kind" * 10)], quarantine=quarantine)
    assert play(feed) == {} and quarantine.reasons == {"capture": 1}
    with pytest.raises(FeedError, match="no such file"):
        IexFeed(["/nowhere/a.pcap"])
