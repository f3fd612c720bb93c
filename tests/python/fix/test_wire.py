"""Messages out of bytes, packets and files: whatever is wrong, the next good message is found."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memplant import DATA, NO_SHARED, MemoryPlant

from slipstream.errors import FixError
from slipstream.feed import tcp
from slipstream.feed.publish import Publisher
from slipstream.feed.tcp import Piece, Streams
from slipstream.fix.dictionary import Dictionary
from slipstream.fix.intake import Intake
from slipstream.fix.lifecycle import Orders
from slipstream.fix.message import build, parse
from slipstream.fix.packets import live_packets, read_packets
from slipstream.fix.sniff import Sniffer, Tables, split, stamp
from slipstream.fix.wire import Frame, Framer

T = 1_723_213_800_000_000_000  # 2024-08-09T14:30Z


def order(seq: int, client: str = "CLI", text: str = "") -> bytes:
    second = f"{seq // 60:02d}:{seq % 60:02d}"
    tags = [(34, str(seq)), (49, client), (56, "BRK"), (52, f"20240809-14:{second}"), (11, f"{client}-{seq}"), (55, "ABC"), (54, "1"),
            (38, "100"), (40, "1"), (60, f"20240809-14:{second}")]  # fmt: skip
    return build([(8, "FIX.4.4"), (35, "D"), *tags, *([(58, text)] if text else [])])


GOOD = [order(seq) for seq in range(1, 6)]


def framed(data: bytes, *, lines: bool = False, step: int = 0) -> list[Frame]:
    framer = Framer(lines=lines)
    found: list[Frame] = []
    for at in range(0, len(data), step or max(1, len(data))):
        found += framer.feed(data[at : at + (step or len(data))])
    return found + list(framer.finish())


def raws(frames: Sequence[Frame]) -> list[bytes]:
    return [frame.raw for frame in frames if not frame.noise]


@pytest.mark.parametrize("step", [0, 1, 7, 64])
@pytest.mark.parametrize("lines", [False, True])
def test_a_stream_of_messages(step: int, lines: bool) -> None:
    assert raws(framed(b"".join(GOOD), step=step, lines=lines)) == GOOD


@pytest.mark.parametrize("separator", [b"|", b"^A", b"<SOH>", b"\\x01", b"\\u0001", b";", b"^", b"~"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("before", [b"", b"20240809-14:30:00.123456789 : ", b"2024-08-09 14:30:00,123 INFO <= "])
def test_what_logs_write_for_soh(separator: bytes, end: bytes, before: bytes) -> None:
    log = b"".join(before + raw.replace(b"\x01", separator) + end for raw in GOOD)
    for step in (0, 1, 50):
        found = framed(log, lines=True, step=step)
        assert raws(found) == GOOD
        assert {frame.before for frame in found} == {before}
        assert not any(frame.noise for frame in found)


def test_a_value_may_hold_the_separator() -> None:
    raw = order(7, text="a|b|c=d")
    assert raws(framed(raw.replace(b"\x01", b"|") + b"\n", lines=True)) == [raw]


def test_lines_that_hold_no_message_are_noise() -> None:
    log = b"started\n" + GOOD[0] + b"\n\nTo admin: heartbeat\n" + GOOD[1] + b"\nend"
    found = framed(log, lines=True)
    assert [frame.raw for frame in found] == [b"started", GOOD[0], b"To admin: heartbeat", GOOD[1], b"end"]
    assert [frame.noise for frame in found] == [True, False, True, False, True]


def test_raw_data_that_looks_like_a_message_is_part_of_its_message() -> None:
    inner = GOOD[0]
    raw = build([(8, "FIX.4.4"), (35, "B"), (34, "1"), (95, str(len(inner))), (96, inner.decode())])
    assert raws(framed(raw + GOOD[1])) == [raw, GOOD[1]]


def test_a_length_that_reaches_too_far_keeps_nothing_back() -> None:
    bad = GOOD[0].replace(b"\x019=", b"\x019=9")
    framer = Framer()
    assert raws(list(framer.feed(bad + GOOD[1]))) == [bad, GOOD[1]]


JUNK = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([b"8=FIX", b"8=FIX.4.4\x01", b"9=", b"12\x01", b"\x0110=", b"000\x01", b"|", b"\n", b"=", b"35=D\x01", b"8=FIXT.1.1|9=5|"]), max_size=6).map(b"".join),
    st.tuples(st.sampled_from(GOOD), st.integers(0, 200)).map(lambda cut: cut[0][: cut[1]]),
    st.tuples(st.sampled_from(GOOD), st.integers(0, 150), st.integers(0, 255)).map(lambda hit: hit[0][: hit[1]] + bytes([hit[2]]) + hit[0][hit[1] + 1 :]),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(parts=st.lists(st.one_of(JUNK, st.integers(0, 4)), max_size=8), step=st.integers(0, 40), lines=st.booleans())
def test_any_bytes_and_the_next_good_message_still_arrives(parts: list[bytes | int], step: int, lines: bool) -> None:
    last = [order(50), order(51)]
    data = b"".join(GOOD[part] if isinstance(part, int) else part for part in parts) + b"".join(last)
    found = framed(data, step=step, lines=lines)
    tables = Tables()
    for frame in found:
        if not frame.noise:
            tables.take("S", frame.raw, moment=T)
    assert raws(found)[-2:] == last
    assert [row[2] for row in tables.rows["orders"]][-2:] == ["CLI-50", "CLI-51"]
    assert len(tables.rows["fixraw"]) == tables.counters.messages
    kept = b"".join(frame.before + frame.raw for frame in found)
    assert len(kept.translate(None, b"\r\n\x01|")) <= len(data), "nothing is made up"


def log_file(path: Path, raws: Sequence[bytes], *, moment: str = "20240809-14:30:00.000000001") -> Path:
    path.write_bytes(b"".join(moment.encode() + b" : " + raw + b"\n" for raw in raws))
    return path


def sniffed(*paths: Path, orders: Orders | None = None) -> tuple[Tables, Sniffer]:
    tables = Tables(orders)
    sniffer = Sniffer(tables)
    sniffer.files(paths)
    return tables, sniffer


def test_stamps_of_logs() -> None:
    assert stamp(b"20240809-14:30:00.5 : ") == T + 500_000_000
    assert stamp(b"[2024-08-09T14:30:00.000000001] in ") == T + 1
    assert stamp(b"2024-13-09 14:30:00 ") is None
    assert stamp(b"in: ") is None


def test_a_broken_clock_moves_no_other_message(tmp_path: Path) -> None:
    wild = order(2).replace(b"52=20240809", b"52=21990809")
    wild = build(
        [
            (int(tag), value.decode())
            for tag, _, value in (part.partition(b"=") for part in wild.split(b"\x01") if part)
            if int(tag) not in (9, 10)
        ]
    )
    path = tmp_path / "log"
    path.write_bytes(b"\n".join([order(1), wild, order(3)]))
    tables, _ = sniffed(path)
    assert [row[0] // 1_000_000_000 for row in tables.rows["fixraw"]] == [1_723_212_001, 1_723_212_001, 1_723_212_003]


def test_several_sessions_in_several_files_are_merged(tmp_path: Path) -> None:
    one = log_file(tmp_path / "one", [order(1), order(3)])
    two = tmp_path / "two.gz"
    two.write_bytes(
        gzip.compress(order(2, "OTHER").replace(b"\x01", b"|") + b"\n" + order(4, "OTHER").replace(b"\x01", b"|"))
    )
    tables, sniffer = sniffed(one, two)
    assert sniffer.report.sessions == {"CLI-BRK": 2, "OTHER-BRK": 2}
    assert sniffer.report.sources == {"one": 2, "two.gz": 2}
    times = [row[0] for row in tables.rows["fixraw"]]
    assert times == sorted(times)
    assert len(tables.rows["orders"]) == 4


def test_a_wrong_checksum_makes_no_order(tmp_path: Path) -> None:
    bad = GOOD[1][:-4] + b"000\x01"
    path = log_file(tmp_path / "log", [GOOD[0], bad, GOOD[2]])
    tables, _ = sniffed(path)
    assert [row[-1] for row in tables.rows["fixraw"]] == ["", "checksum", ""]
    assert [row[4] for row in tables.rows["dq"]] == ["checksum"]
    assert [row[2] for row in tables.rows["orders"]] == ["CLI-1", "CLI-3"]
    assert tables.counters.problems == {"checksum": 1}
    trusting, _ = sniffed(path, orders=Orders(checked=False))
    assert [row[2] for row in trusting.rows["orders"]] == ["CLI-1", "CLI-2", "CLI-3"]
    assert [row[-1] for row in trusting.rows["fixraw"]] == ["", "checksum", ""]


@pytest.mark.skipif(not DATA.exists(), reason=NO_SHARED)
def test_real_messages_without_lengths_and_checksums() -> None:
    """100 messages of FIX 4.2 whose 9 and 10 are 0; the child orders name their parent by a custom tag (8011)."""
    path = DATA / "fix" / "100FIX42.dat"
    strict, _ = sniffed(path)
    assert (len(strict.rows["fixraw"]), strict.counters.problems, strict.rows["orders"]) == (100, {"length": 100}, [])
    tables, sniffer = sniffed(path, orders=Orders(Dictionary(parent_tags=(8011,)), checked=False))
    assert (len(tables.rows["orders"]), len(tables.rows["fills"])) == (75, 24)
    assert tables.counters.problems == {"length": 100, "quantity": 1}
    assert sniffer.report.orphans == 0
    parents = {row[2]: row[3] for row in tables.rows["orders"] if row[4] == "new"}
    assert sum(parent in parents for parent in parents.values()) == 25


def test_the_same_file_again_doubles_nothing(tmp_path: Path) -> None:
    plant = MemoryPlant()

    def opened() -> Intake:
        return Intake(Publisher(plant, sleep=lambda _: None), tmp_path / "journal", sync="never")

    first = opened()
    Sniffer(first).files([log_file(tmp_path / "log", GOOD[:3])])
    first.drain()
    first.close()
    second = opened()
    Sniffer(second).files([log_file(tmp_path / "log", GOOD)])
    second.drain()
    second.close()
    assert [row["id"] for row in plant.rows("orders")] == [f"CLI-{seq}" for seq in range(1, 6)]
    assert second.counters.duplicates == 3


def test_a_session_keeps_its_name_whoever_is_heard_first_after_a_restart(tmp_path: Path) -> None:
    """Another file of the same session begins with the broker's heartbeat, and holds an execution that was had before."""
    plant = MemoryPlant()
    times = [(52, "20240809-14:00:09"), (60, "20240809-14:00:09")]
    fill = [(37, "B1"), (11, "CLI-1"), (17, "E1"), (150, "F"), (39, "1"), (55, "ABC"), (54, "1"), (38, "100"), (32, "10"), (31, "5"),
            (151, "90"), (14, "10"), (6, "5")]  # fmt: skip
    execution = build([(8, "FIX.4.4"), (35, "8"), (34, "7"), (49, "BRK"), (56, "CLI"), *times, *fill])
    heartbeat = build([(8, "FIX.4.4"), (35, "0"), (34, "8"), (49, "BRK"), (56, "CLI"), (52, "20240809-14:00:10")])
    for name, messages in (("one", [GOOD[0], execution]), ("two", [heartbeat, execution, GOOD[1]])):
        intake = Intake(Publisher(plant, sleep=lambda _: None), tmp_path / "journal", sync="never")
        Sniffer(intake).files([log_file(tmp_path / name, messages)])
        intake.drain()
        intake.close()
    assert {row["session"] for row in plant.rows("fixraw")} == {"CLI-BRK"}
    assert [row["execid"] for row in plant.rows("fills")] == ["E1"]
    assert intake.counters.duplicates == 1


def test_a_growing_file_is_followed(tmp_path: Path) -> None:
    path, stop, tables = log_file(tmp_path / "log", GOOD[:1]), threading.Event(), Tables()
    sniffer = Sniffer(tables)
    thread = threading.Thread(target=lambda: sniffer.follow([path], [], stop, idle=lambda: None))
    thread.start()

    def reaches(count: int) -> None:
        deadline = time.monotonic() + 180
        while tables.counters.messages < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert tables.counters.messages == count

    reaches(1)
    with path.open("ab") as file:
        file.write(GOOD[1][:30])
        file.flush()
        time.sleep(0.05)
        file.write(GOOD[1][30:] + b"\n")
    reaches(2)
    replaced = log_file(tmp_path / "new", GOOD[2:4])
    replaced.rename(path)
    reaches(4)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_what_is_written_to_a_file_just_before_and_after_it_is_replaced_is_read(tmp_path: Path) -> None:
    path, old = log_file(tmp_path / "log", GOOD[:1]), tmp_path / "log.1"

    class Rotates(threading.Event):
        """It is looked at when the file has just been read to its end."""

        def is_set(self) -> bool:
            if not old.exists():
                with path.open("ab") as file:
                    file.write(GOOD[1] + b"\n")
                    file.flush()
                    path.rename(old)
                    file.write(GOOD[2] + b"\n")
                log_file(path, GOOD[3:])
            return super().is_set()

    stop, tables = Rotates(), Tables()
    sniffer = Sniffer(tables)
    thread = threading.Thread(target=lambda: sniffer.follow([path], [], stop, idle=lambda: None))
    thread.start()
    deadline = time.monotonic() + 180
    while not any(row[2] == "CLI-5" for row in tables.rows["orders"]) and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert [row[2] for row in tables.rows["orders"]] == [f"CLI-{seq}" for seq in range(1, 6)]


# ---- packets


def segments(stream: bytes, size: int, start: int = 1_000) -> list[tuple[int, bytes]]:
    return [((start + at) & 0xFFFFFFFF, stream[at : at + size]) for at in range(0, len(stream), size)]


def frame_of(
    seq: int, payload: bytes, *, flags: int = 0x18, sport: int = 4000, dport: int = 5000, six: bool = False
) -> bytes:
    tcp = dpkt.tcp.TCP(sport=sport, dport=dport, seq=seq, flags=flags, data=payload)
    if six:
        ip = dpkt.ip6.IP6(
            src=socket.inet_pton(socket.AF_INET6, "::1"),
            dst=socket.inet_pton(socket.AF_INET6, "::2"),
            nxt=6,
            plen=len(tcp),
            data=tcp,
        )
        ip.extension_hdrs, ip.all_extension_headers = {}, []
        return bytes(dpkt.ethernet.Ethernet(type=0x86DD, data=ip))
    ip4 = dpkt.ip.IP(src=b"\x0a\0\0\1", dst=b"\x0a\0\0\2", p=6, data=tcp)
    ip4.len = len(ip4)
    return bytes(dpkt.ethernet.Ethernet(type=0x0800, data=ip4))


def capture_file(path: Path, frames: Sequence[bytes], *, ng: bool = False) -> Path:
    with path.open("wb") as file:
        writer = (dpkt.pcapng if ng else dpkt.pcap).Writer(file)
        for number, data in enumerate(frames):
            writer.writepkt(data, ts=1_723_213_800 + number / 1000)
    return path


def streamed(pieces: Iterator[Piece]) -> bytes:
    return b"".join(piece.data for piece in pieces)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_segments_in_any_order_and_repeated_are_one_stream(data: st.DataObject) -> None:
    stream = b"".join(GOOD)
    start = data.draw(st.sampled_from([0, 1_000, 2**32 - 100]))
    parts = segments(stream, data.draw(st.integers(1, 300)), (start + 1) & 0xFFFFFFFF)
    sent = data.draw(st.permutations(parts + data.draw(st.lists(st.sampled_from(parts), max_size=5))))
    streams = Streams()
    key = ("a", 1, "b", 2)
    out = streamed(streams.segment(key, start, b"", T, syn=True))
    for seq, payload in sent:
        out += streamed(streams.segment(key, seq, payload, T))
    assert out == stream
    assert streams.counters.holes == 0


def test_a_piece_that_does_not_come_is_given_up_after_a_while_whatever_stream_goes_on() -> None:
    key, other = ("10.0.0.1", 1, "10.0.0.2", 2), ("10.0.0.3", 3, "10.0.0.2", 2)
    streams = Streams(patience_ns=10)
    assert [piece.data for piece in streams.segment(key, 1, b"abc", 100)] == [b"abc"]
    assert list(streams.segment(key, 7, b"ghi", 101)) == []
    assert [piece.data for piece in streams.segment(other, 1, b"x", 110)] == [b"x"]
    assert [(piece.data, piece.hole) for piece in streams.segment(other, 2, b"y", 111)] == [
        (b"ghi", True),
        (b"y", False),
    ]
    # it comes after all: what was told is not told again
    assert list(streams.segment(key, 4, b"def", 112)) == []
    assert [(piece.data, piece.hole) for piece in streams.segment(key, 10, b"jkl", 113)] == [(b"jkl", False)]
    assert (streams.counters.holes, streams.counters.repeated) == (1, 1)
    assert list(streams.segment(key, 14, b"nop", 120)) == []
    assert [(piece.data, piece.hole) for piece in streams.expire(130)] == [(b"nop", True)]


def test_much_that_waits_for_a_missing_piece_is_not_gone_through_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks, distance = [0], tcp._distance

    def counted(seq: int, start: int) -> int:
        looks[0] += 1
        return distance(seq, start)

    monkeypatch.setattr(tcp, "_distance", counted)
    streams, key, first = Streams(), ("a", 1, "b", 2), 2**32 - 3_000
    data = bytes(range(250)) * 24
    pieces = list(streams.segment(key, first - 1, b"", 0, syn=True))
    places = [*range(4, 6_000, 4), 0]  # the numbers wrap in the middle
    for at in places:
        pieces += streams.segment(key, (first + at) % 2**32, data[at : at + 4], at)
    assert b"".join(piece.data for piece in pieces) == data and not any(piece.hole for piece in pieces)
    assert looks[0] < 10 * len(places)


def test_connections_that_have_ended_are_forgotten() -> None:
    streams = Streams()
    for port in range(50):
        key = ("10.0.0.1", port, "10.0.0.2", 9)
        sent = list(streams.segment(key, 10, b"", T, syn=True)) + list(streams.segment(key, 11, b"abc", T))
        sent += list(streams.segment(key, 14, b"", T, fin=True))
        assert [(piece.data, piece.ends) for piece in sent] == [(b"abc", False), (b"", True)]
        # the other side's end is acknowledged after our own, and what comes late begins nothing
        assert list(streams.segment(key, 15, b"", T)) == []
    assert list(streams.flush()) == []


def test_a_hole_is_told_and_nothing_is_made_up() -> None:
    streams = Streams()
    key = ("a", 1, "b", 2)
    pieces = (
        list(streams.segment(key, 100, b"abc", T)) + list(streams.segment(key, 110, b"xyz", T)) + list(streams.flush())
    )
    assert [(piece.data, piece.hole) for piece in pieces if piece.data] == [(b"abc", False), (b"xyz", True)]
    assert streams.counters.holes == 1


@pytest.mark.parametrize("ng", [False, True])
@pytest.mark.parametrize("six", [False, True])
def test_a_packet_file_with_two_directions_and_another_protocol(tmp_path: Path, ng: bool, six: bool) -> None:
    there = b"".join(GOOD)
    report = build([(8, "FIX.4.4"), (35, "8"), (34, "1"), (49, "BRK"), (56, "CLI"), (52, "20240809-14:00:01"), (37, "B1"), (11, "CLI-1"), (17, "E1"),
                    (55, "ABC"), (54, "1"), (38, "100"), (150, "F"), (39, "1"), (32, "10"), (31, "5"), (151, "90"), (14, "10"), (6, "5")])  # fmt: skip
    frames = [frame_of(999, b"", flags=2, six=six)]
    frames += [frame_of(seq, part, six=six) for seq, part in segments(there, 40)]
    frames += [frame_of(seq, part, sport=5000, dport=4000, six=six) for seq, part in segments(report, 50)]
    frames += [frame_of(7, b"GET / HTTP/1.1\r\n\r\n", sport=80, dport=81), b"\0" * 9]
    frames[3], frames[5] = frames[5], frames[3]
    tables, sniffer = sniffed(capture_file(tmp_path / "x.pcap", frames, ng=ng))
    assert sniffer.report.sessions == {"CLI-BRK": 6}
    assert sniffer.report.noise == 0
    assert (len(tables.rows["orders"]), len(tables.rows["fills"])) == (5, 1)
    assert tables.rows["fills"][0][5] == "CLI-1"


def test_only_the_ports_asked_for(tmp_path: Path) -> None:
    frames = [frame_of(1, GOOD[0]), frame_of(1, GOOD[1], sport=6000, dport=7000)]
    tables = Tables()
    Sniffer(tables, ports=[7000]).files([capture_file(tmp_path / "x.pcap", frames)])
    assert [row[2] for row in tables.rows["orders"]] == ["CLI-2"]


def test_a_capture_that_is_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    path = capture_file(tmp_path / "x.pcap", [frame_of(1, GOOD[0]), frame_of(1 + len(GOOD[0]), GOOD[1])])
    path.write_bytes(path.read_bytes()[:-100])
    tables = Tables()
    Sniffer(tables).files([path])
    assert [row[2] for row in tables.rows["orders"]] == ["CLI-1"]
    assert tables.counters.undecodable == 1, "the second message is cut off"


@settings(max_examples=150, deadline=None)
@given(at=st.integers(24, 2_000), new=st.binary(min_size=1, max_size=30))
def test_a_damaged_capture_never_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, at: int, new: bytes
) -> None:
    path = capture_file(
        tmp_path_factory.mktemp("p") / "x.pcap", [frame_of(seq, part) for seq, part in segments(b"".join(GOOD), 60)]
    )
    data = bytearray(path.read_bytes())
    data[at : at + len(new)] = new
    path.write_bytes(data)
    tables = Tables()
    try:
        Sniffer(tables).files([path])
    except FixError as error:
        assert str(path) in str(error)
    for row in tables.rows["orders"]:
        parse(next(raw[-2] for raw in tables.rows["fixraw"] if raw[4] == row[21]))


def test_what_is_no_packet_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(b"\xd4\xc3\xb2\xa1junk")
    with pytest.raises(FixError, match="packet 1"):
        list(read_packets(path, Streams()))


def test_a_live_interface() -> None:
    """FIX over a real connection on the loopback interface, overheard."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)).close()
    except PermissionError:
        pytest.skip("reading an interface needs CAP_NET_RAW")
    stop, tables = threading.Event(), Tables()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        sniffer = Sniffer(tables, ports=[port])
        thread = threading.Thread(target=lambda: sniffer.follow([], ["lo"], stop, idle=lambda: None))
        thread.start()
        sent, deadline = 0, time.monotonic() + 180
        with socket.create_connection(("127.0.0.1", port)) as client, server.accept()[0]:
            # until the first is heard, as the tap may open later than the connection
            while tables.counters.messages < 3 and time.monotonic() < deadline:
                sent += 1
                client.sendall(order(sent))
                time.sleep(0.05)
        stop.set()
        thread.join(10)
    assert tables.counters.messages >= 3
    assert tables.counters.problems == {}
    assert {row[2] for row in tables.rows["orders"]} <= {f"CLI-{seq}" for seq in range(1, sent + 1)}
    (first, *_) = tables.rows["fixraw"]
    assert abs(first[0] - time.time_ns()) < 60_000_000_000


def test_the_largest_packet_of_the_loopback_interface_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """65,535 bytes of IP behind 14 of Ethernet: what does not fit would be a hole in the stream."""
    packet = frame_of(1, b"x" * 65_495)
    assert len(packet) == 65_549

    class Tap:
        def recvmsg(self, size: int, _: int) -> tuple[bytes, list[object], int, None]:
            return packet[:size], [], 0, None

        def __enter__(self) -> Tap:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def bind(self, _: object) -> None:
            pass

        setsockopt = settimeout = lambda *_: None

    monkeypatch.setattr("slipstream.fix.packets.socket.socket", lambda *_: Tap())
    asked = iter([False, True])
    pieces = [piece for piece in live_packets("lo", Streams(), lambda: next(asked)) if piece is not None]
    assert b"".join(piece.data for piece in pieces) == b"x" * 65_495


def test_what_is_neither_file_nor_interface(tmp_path: Path) -> None:
    assert split(["lo"]) == ([], ["lo"])
    with pytest.raises(FixError, match="neither a file nor an interface"):
        split([str(tmp_path / "none")])


def test_nanosecond_captures_keep_their_nanoseconds(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    packet = frame_of(1, GOOD[0])
    head = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65_535, 1)
    path.write_bytes(head + struct.pack("<IIII", 1_723_213_800, 123_456_789, len(packet), len(packet)) + packet)
    tables, _ = sniffed(path)
    assert tables.rows["orders"][0][0] == T + 123_456_789
