"""Recordings of raw streams: what is written is read, whatever became of the end of the file."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playing import T0

from slipstream.errors import FeedError
from slipstream.feed.frames import CLOSE, FAIL, IN, OPEN, OUT, REST, START, Frame, Recorder, is_recording, read_frames
from slipstream.feed.venues import replayed

KINDS = (IN, OUT, REST, FAIL, OPEN, CLOSE)


def plain(frames: list[Frame]) -> list[tuple[int, str, str, str, bytes]]:
    return [tuple(frame[:5]) for frame in frames]  # type: ignore[misc]


def record(folder: Path, frames: list[Frame], **options: object) -> list[Path]:
    recorder = Recorder(folder, "x", **options)  # type: ignore[arg-type]
    for frame in frames:
        recorder.write(frame)
    recorder.close()
    return recorder.files


def some(count: int) -> list[Frame]:
    return [Frame(T0 + i, "kraken", IN, "ws", b'{"n":%d}' % i) for i in range(count)]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.builds(Frame, st.integers(0, 2**63 - 1), texts, st.sampled_from(KINDS), texts, st.binary(max_size=60)),
        min_size=1,
        max_size=8,
        unique_by=lambda frame: frame.time,
    )
)
def test_frames_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, frames: list[Frame]) -> None:
    # dates after 9999 have no name in the calendar that file names are made of
    frames[0] = frames[0]._replace(time=T0, source=frames[0].source)
    files = record(tmp_path_factory.mktemp("r"), frames)
    # a lone hyphen stands for nothing
    expected = [
        frame._replace(source=frame.source.replace("-", "") if frame.source == "-" else frame.source)
        for frame in frames
    ]
    expected = [frame._replace(about="" if frame.about == "-" else frame.about) for frame in expected]
    assert plain(list(read_frames(files, pytest.fail))) == plain(expected)


def test_a_file_that_broke_off_is_read_to_its_last_whole_frame(tmp_path: Path) -> None:
    """Cut anywhere, plain or gzipped: whole frames come, in order, and of one that is torn it is told once."""
    frames = some(40)
    (file,) = record(tmp_path, frames, flush_s=0.0)
    packed = file.read_bytes()
    unpacked = gzip.decompress(packed)
    for data, cuts in ((packed, range(60, len(packed), 37)), (unpacked, range(21, len(unpacked), 17))):
        for cut in cuts:
            torn: list[str] = []
            broken = tmp_path / "broken"
            broken.write_bytes(data[:cut])
            found = list(read_frames([broken], lambda _w, _p, reason, _d, torn=torn: torn.append(reason)))
            assert plain(found) == plain(frames[: len(found)])
            assert len(torn) <= 1 and all(reason.startswith("torn:") for reason in torn)
            if data is unpacked:
                whole = data[:cut].count(b"}\n")
                assert len(found) == whole
                assert bool(torn) == (not data[:cut].endswith((b"}\n", b"frames 1\n")))


def test_torn_frames_are_counted_by_the_feed(tmp_path: Path) -> None:
    frames = [Frame(T0, "kraken", START, "", b'{"symbols":[],"levels":0}'), *some(3)]
    (file,) = record(tmp_path, frames)
    whole = gzip.decompress(file.read_bytes())
    broken = tmp_path / "broken"
    broken.write_bytes(whole[:-3])
    feed = replayed([broken])
    assert list(feed.batches(1_000_000_000)) and feed.counters.torn == 1
    assert feed.counters.messages == 2


def test_a_damaged_place_costs_the_frames_in_it(tmp_path: Path) -> None:
    frames = some(10)
    (file,) = record(tmp_path, frames)
    data = bytearray(gzip.decompress(file.read_bytes()))
    at = data.index(b'{"n":4}')
    data[at - 12 : at] = b"#" * 12
    broken = tmp_path / "broken"
    broken.write_bytes(bytes(data))
    told: list[str] = []
    found = list(read_frames([broken], lambda _w, _p, reason, _d: told.append(reason)))
    assert plain(found) == plain(frames[:4] + frames[5:])
    assert told == ["undecodable: not the beginning of a frame"]


def test_files_follow_one_another_and_each_begins_with_what_was_asked_for(tmp_path: Path) -> None:
    start = Frame(0, "kraken", START, "", b'{"symbols":["BTC/USD"],"levels":10}')
    frames = some(30)
    files = record(tmp_path, frames, starts=[start], rotate_bytes=400)
    assert len(files) > 2 and all(is_recording(file) for file in files)
    found = list(read_frames(files, pytest.fail))
    assert sum(frame.kind == START for frame in found) == len(files)
    assert plain([frame for frame in found if frame.kind != START]) == plain(frames)


def test_what_was_flushed_survives_a_process_that_ends_at_once(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        recorder = Recorder(tmp_path, "x", flush_s=0.0)
        for frame in some(5):
            recorder.write(frame)
        os._exit(0)
    os.waitpid(child, 0)
    told: list[str] = []
    found = list(read_frames(sorted(tmp_path.glob("*.gz")), lambda _w, _p, reason, _d: told.append(reason)))
    assert plain(found) == plain(some(5)) and told == []


def test_recordings_and_raw_captures_are_not_mixed(tmp_path: Path) -> None:
    (file,) = record(tmp_path, some(1))
    raw = tmp_path / "raw"
    raw.write_text("1 {}\n")
    with pytest.raises(FeedError, match="together"):
        replayed([file, raw])


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_stop_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("b") / "f"
    for start in (b"", b"slipstream-frames 1\n", b"slipstream-frames 1\n1 a in b 3\nabc\n", b"1.5: {}\n", b"\x1f\x8b"):
        file.write_bytes(start + data)
        for frame in read_frames([file], lambda *_: None):
            assert 0 <= frame.time < 2**63
