"""
Raw streams as they were received: what a frame is, the recorder that writes them, and the readers of recordings.

A recording is `slipstream-frames 1` and a line feed, then for each frame `<ns> <source> <kind> <about> <bytes>`, a line feed, so many
bytes as they came, and a line feed; all of it gzipped. Also read: lines `<receive time, ns since 1970> <JSON>`, and the files of
cryptofeed's raw collection. Each may be gzipped or plain.
"""

from __future__ import annotations

import os
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import quote, unquote

from slipstream.errors import FeedError

IN, OUT, REST, FAIL, OPEN, CLOSE, START, TICK = "in", "out", "rest", "fail", "open", "close", "start", "tick"
"""Received and sent on a websocket; a REST answer, and one that did not come; a connection made, and ended; what a source was asked to capture (JSON);
and time that has passed."""

MAGIC = b"slipstream-frames 1\n"
_HEAD = re.compile(rb"(\d{1,19}) (\S+) (in|out|rest|fail|open|close|start) (\S+) (\d{1,10})\n")
_CRYPTOFEED = re.compile(rb"configuration: |wss?://|https?://|\d+\.\d+: ")
_MAX_TIME = 2**63 - 1
_MAX_BYTES = 1 << 28


class Frame(NamedTuple):
    """One thing that happened on a source's connections."""

    time: int
    """When it was received, ns since 1970; of what was sent, when that was."""
    source: str
    """Which source, such as `binance`; empty in files that do not say."""
    kind: str
    about: str
    """The connection's name; of REST what was asked for; of raw files the file's stem."""
    data: bytes
    """As received; of FAIL, OPEN and CLOSE a text for people."""
    where: str = ""
    position: int = 0
    """The file and the number of the line or frame in it."""


Damage = Callable[[str, int, str, bytes], None]
"""Told of what cannot be read: file, position, reason, input. A reason that begins with `torn:` is the end of a recording that broke off."""


class Recorder:
    """
    Writes frames to files that follow one another.

    What has been written is with the operating system within `flush_s`, so that the death of this process costs no more than that, and
    on disk within `sync_s`, for a power cut; both hold as long as `tick` is called now and then. A file that broke off
    is read up to its last whole frame.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        starts: Sequence[Frame] = (),
        *,
        rotate_bytes: int = 4 << 30,
        rotate_s: float = 86_400.0,
        flush_s: float = 1.0,
        sync_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            folder: made if absent.
            name: first part of the files' names; the time of the first frame follows.
            starts: frames that each file begins with.
            rotate_bytes: bytes of frames, before compression, after which another file begins.
            rotate_s: seconds after which another file begins.
            flush_s: seconds that frames may stay in this process.
            sync_s: seconds that they may stay off the disk.
            clock: seconds.
        """
        self.files: list[Path] = []
        self.frames = 0
        self.starts = tuple(starts)
        self._folder, self._name = folder, name
        self._rotate_bytes, self._rotate_s, self._flush_s, self._sync_s = rotate_bytes, rotate_s, flush_s, sync_s
        self._clock = clock
        self._file: IO[bytes] | None = None
        self._zip = zlib.compressobj(6, zlib.DEFLATED, 31)
        self._bytes = 0
        self._began = self._flushed = self._synced = 0.0

    def write(self, frame: Frame) -> None:
        """Take one frame."""
        if self._file is None:
            self._begin(frame.time)
            for start in self.starts:
                self._frame(start._replace(time=frame.time))
        self._frame(frame)
        self.frames += 1
        self.tick()

    def _frame(self, frame: Frame) -> None:
        head = f"{frame.time} {quote(frame.source, safe='') or '-'} {frame.kind} {quote(frame.about, safe=':') or '-'} {len(frame.data)}\n"
        self._put(head.encode() + frame.data + b"\n")

    def tick(self) -> None:
        """Flush, sync and begin another file where that is due."""
        if self._file is None:
            return
        now = self._clock()
        if self._bytes >= self._rotate_bytes or now - self._began >= self._rotate_s:
            self.close()
        elif now - self._flushed >= self._flush_s:
            self._flush(now)

    def close(self) -> None:
        """Finish the file and force it to disk."""
        if self._file is not None:
            self._file.write(self._zip.flush())
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def _begin(self, moment: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        seconds, rest = divmod(moment, 1_000_000_000)
        stamp = f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%S}.{rest:09d}"
        path = self._folder / f"{self._name}-{stamp}.frames.gz"
        self._file = path.open("xb")
        self.files.append(path)
        self._zip = zlib.compressobj(6, zlib.DEFLATED, 31)
        self._bytes = 0
        self._began = self._flushed = self._synced = self._clock()
        self._put(MAGIC)
        self._flush(self._began)

    def _put(self, data: bytes) -> None:
        assert self._file is not None
        self._bytes += len(data)
        self._file.write(self._zip.compress(data))

    def _flush(self, now: float) -> None:
        assert self._file is not None
        self._file.write(self._zip.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()
        self._flushed = now
        if now - self._synced >= self._sync_s:
            os.fsync(self._file.fileno())
            self._synced = now


def read_frames(files: Iterable[Path], damage: Damage) -> Iterator[Frame]:
    """The frames of files one after another, in whichever of the forms each is."""
    for file in files:
        yield from _read(file, damage)


def is_recording(file: Path) -> bool:
    """Whether a file is a recording that says of each frame which source it is from."""
    return _start(file).startswith(MAGIC)


def read_lines(file: Path, damage: Damage) -> Iterator[tuple[int, bytes]]:
    """Lines of a plain or gzipped file without their line feeds, numbered from 1, as far as it can be read."""
    rest = b""
    number = 0

    def torn(reason: str) -> None:
        damage(str(file), number, f"unreadable: {reason}", b"")

    for chunk in _chunks(file, torn):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            number += 1
            yield number, line
    if rest:
        yield number + 1, rest


def _read(file: Path, damage: Damage) -> Iterator[Frame]:
    start = _start(file)
    if start.startswith(MAGIC):
        yield from _recorded(file, damage)
    elif _CRYPTOFEED.match(start):
        yield from _cryptofeed(file, damage)
    else:
        yield from _stamped(file, damage)


def _recorded(file: Path, damage: Damage) -> Iterator[Frame]:
    ended: list[str] = []
    buffer, number = b"", 0
    for chunk in _chunks(file, ended.append):
        buffer += chunk
        if number == 0 and len(buffer) >= len(MAGIC):
            buffer, number = buffer[len(MAGIC) :], 1
        at = 0
        while True:
            end = buffer.find(b"\n", at)
            if end < 0:
                break
            head = _HEAD.match(buffer, at)
            if head is None or int(head[5]) > _MAX_BYTES:
                # a damaged place: frames go on at the next line that begins one
                following = _HEAD.search(buffer, end)
                stop = following.start() if following else end + 1
                damage(str(file), number, "undecodable: not the beginning of a frame", buffer[at:stop])
                at, number = stop, number + 1
                continue
            stop = head.end() + int(head[5])
            if stop >= len(buffer):
                break
            if int(head[1]) > _MAX_TIME or buffer[stop : stop + 1] != b"\n":
                damage(
                    str(file), number, "undecodable: a frame of another length than it says", buffer[at : head.end()]
                )
                at, number = head.end(), number + 1
                continue
            about = unquote(head[4].decode()) if head[4] != b"-" else ""
            source = unquote(head[2].decode()) if head[2] != b"-" else ""
            data = buffer[head.end() : stop]
            yield Frame(int(head[1]), source, head[3].decode(), about, data, str(file), number)
            at, number = stop + 1, number + 1
        buffer = buffer[at:]
    if buffer:
        damage(str(file), number, f"torn: {', '.join(ended) or 'the file ends'} within a frame", buffer)
    elif any(not reason.startswith("the file ends") for reason in ended):
        damage(str(file), number, f"unreadable: {', '.join(ended)}", b"")


def _stamped(file: Path, damage: Damage) -> Iterator[Frame]:
    stem, where = file.stem, str(file)
    for number, line in read_lines(file, damage):
        stamp, _, data = line.strip().partition(b" ")
        if not stamp.isdigit() or not data or len(stamp) > 19 or (moment := int(stamp)) > _MAX_TIME:
            damage(where, number, "undecodable: not `<ns> <json>`", line)
            continue
        yield Frame(moment, "", IN, stem, data, where, number)


def _cryptofeed(file: Path, damage: Damage) -> Iterator[Frame]:
    for number, line in read_lines(file, damage):
        head, sep, data = line.partition(b": ")
        words = head.split()
        if not words or head == b"configuration":
            continue
        moment = _seconds(words[-1])
        kind = {1: IN, 3: {b"<-": OUT, b"->": REST, b"<->": OPEN}.get(words[1], "") if len(words) == 3 else ""}.get(
            len(words), ""
        )
        if moment is None or not kind or (not sep and kind != OPEN):
            damage(str(file), number, "undecodable: not `<seconds>: <json>`", line)
            continue
        about = words[0].decode("utf-8", "replace") if len(words) == 3 else file.stem
        yield Frame(moment, "", kind, about, data, str(file), number)


def _seconds(text: bytes) -> int | None:
    whole, _, part = text.partition(b".")
    if not whole.isdigit() or len(whole) > 10 or (part and not part.isdigit()):
        return None
    return min(int(whole) * 1_000_000_000 + int(part[:9].ljust(9, b"0") or 0), _MAX_TIME)


def _start(file: Path) -> bytes:
    made = b""
    for chunk in _chunks(file, lambda _: None):
        made += chunk
        if len(made) >= 256:
            break
    return made[:256]


def _chunks(file: Path, ended: Callable[[str], None]) -> Iterator[bytes]:
    """The bytes of a file, unpacked as far as that goes; `ended` is told why when they end before the file does."""
    try:
        with file.open("rb") as source:
            if source.read(2) != b"\x1f\x8b":
                source.seek(0)
                yield from iter(lambda: source.read(1 << 20), b"")
                return
            source.seek(0)
            unzip, fed = zlib.decompressobj(31), False
            while data := source.read(1 << 18):
                while data:
                    fed = True
                    yield unzip.decompress(data)
                    data = unzip.unused_data
                    if unzip.eof:
                        unzip, fed = zlib.decompressobj(31), False
            if fed:
                ended("the file ends before its gzip stream")
    except zlib.error as error:
        ended(f"damaged gzip data ({error})")
    except OSError as error:
        ended(f"{type(error).__name__} {error}")


def check_files(files: Iterable[Path], source: str) -> list[Path]:
    """The files, once it is clear that there is one and that all exist."""
    found = [Path(file) for file in files]
    if not found:
        raise FeedError(f"{source}: no capture file given")
    for file in found:
        if not file.is_file():
            raise FeedError(f"{source}: no such capture file: {file}")
    return found


__all__ = [
    "CLOSE",
    "FAIL",
    "IN",
    "OPEN",
    "OUT",
    "REST",
    "START",
    "TICK",
    "Damage",
    "Frame",
    "Recorder",
    "check_files",
    "is_recording",
    "read_frames",
]
