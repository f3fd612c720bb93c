"""
Messages out of bytes: of a log, of a TCP stream, of anything. Whatever is wrong with some bytes, the next good
message is found.

The separator between fields is read off each message's own beginning (what stands between 8 and 9): SOH, or
what logs write for it. A message ends where its BodyLength says, if its CheckSum field is there; otherwise at
its CheckSum field, before the next message, or at the end of its line.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from slipstream.fix.message import SOH, Malformed, parse

LARGEST = 1 << 20
"""Bytes of a message at most; more without an end is no message."""

_BEGIN = re.compile(rb"8=FIXT?\.\d")
_HEAD = re.compile(
    rb"8=FIXT?\.\d(?:\.\d)?(?:SP\d)?(\x01|\||\^A|<SOH>|\\x01|\\u0001|;|\^|~|\t)9=(\d{1,9})(?:\x01|\||\^A|<SOH>|\\x01|\\u0001|;|\^|~|\t)"
)
_HEAD_MOST = 48
_TRAILER = re.compile(rb"10=\d{3}\x01")
_TRAILER_END = re.compile(rb"\x0110=\d{1,3}(?:\x01|(?=[\r\n]))")
_AFTER = re.compile(rb"[\r\n]|8=FIX")
_EOL = re.compile(rb"[\r\n]")


@dataclass(frozen=True)
class Frame:
    """Bytes that look like a message, with SOH between the fields; or noise, which is none."""

    raw: bytes
    before: bytes = b""
    """What stood before it on its line."""
    noise: bool = False


class Framer:
    """
    Args:
        lines: the bytes are text in lines: what stands before a message on its line belongs to it, and a line that
            holds none is noise. Otherwise every byte outside a message is.
    """

    def __init__(self, *, lines: bool = False, largest: int = LARGEST) -> None:
        self._lines, self._largest = lines, largest
        self._bytes = bytearray()
        self._tried = 0
        """Bytes from the beginning in which no end was found."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """What can be told after more bytes."""
        self._bytes += data
        yield from self._run(final=False)

    def finish(self) -> Iterator[Frame]:
        """What is left when no more bytes come."""
        yield from self._run(final=True)

    def _run(self, *, final: bool) -> Iterator[Frame]:
        at, data = 0, self._bytes
        while at < len(data):
            found = _BEGIN.search(data, at)
            if found is None:
                at = yield from self._noise(at, len(data), final=final)
                break
            begin = found.start()
            end, raw = self._message(begin, final=final)
            if end < 0:  # the rest of it is still to come
                if begin > at:
                    line = data.rfind(b"\n", at, begin) + 1 if self._lines else begin
                    if line > at:
                        yield from self._noise_lines(bytes(data[at:line]))
                        at = line
                break
            before = b""
            if begin > at:
                line = data.rfind(b"\n", at, begin) + 1 if self._lines else begin
                if line > at:
                    yield from self._noise_lines(bytes(data[at:line]))
                before = bytes(data[max(line, at) : begin])
            yield Frame(raw, before)
            at = end
            self._tried = 0
        del data[:at]

    def _noise(self, at: int, stop: int, *, final: bool) -> Generator[Frame, None, int]:
        """Bytes without a message; returns where what is kept for later begins."""
        data = self._bytes
        if not final:
            # a message may begin in the last bytes, or on the last line
            keep = data.rfind(b"\n", at) + 1 if self._lines else max(at, stop - 7)
            stop = max(at, stop - 7) if stop - keep > self._largest else max(keep, at)
        if stop > at:
            yield from self._noise_lines(bytes(data[at:stop]))
        return stop

    def _noise_lines(self, data: bytes) -> Iterator[Frame]:
        for piece in data.splitlines() if self._lines else (data,):
            if piece.strip():
                yield Frame(piece, noise=True)

    def _message(self, begin: int, *, final: bool) -> tuple[int, bytes]:
        """Where the message that begins here ends, and what it is; -1 when that cannot be told yet."""
        data = self._bytes
        head = _HEAD.match(data, begin)
        waits = not final and len(data) - begin <= self._largest
        if head is None:
            if not final and len(data) - begin < _HEAD_MOST:
                return -1, b""
            return self._broken(begin, begin + 5, SOH, waits=waits)
        separator = bytes(head[1])
        if separator != SOH:
            return self._text(begin, head.end(), separator, final=final)
        length = int(head[2])
        stop = head.end() + length + 7
        if length <= self._largest:
            if len(data) >= stop:
                inner = _BEGIN.search(data, head.end(), stop)
                if _TRAILER.match(data, stop - 7) and (inner is None or _sound(bytes(data[begin:stop]))):
                    return stop, bytes(data[begin:stop])
            elif waits and not self._cut_short(head.end()):
                return -1, b""
        return self._broken(begin, head.end(), SOH, waits=waits)

    def _cut_short(self, at: int) -> bool:
        """Whether a message whose length has not come yet ends before it all the same: after a CheckSum field the line ends, or
        another message follows that is whole."""
        data = self._bytes
        end = _TRAILER_END.search(data, max(at - 1, at + self._tried - 16))
        self._tried = max(self._tried, len(data) - at)
        if end is None:
            return False
        self._tried = max(0, end.start() - at)
        if self._lines:
            return end.end() < len(data) and _EOL.match(data, end.end()) is not None
        inner = _HEAD.match(data, end.end())
        if inner is None or inner[1] != SOH:
            return False
        stop = inner.end() + int(inner[2]) + 7
        if stop > len(data):
            return False
        return _sound(bytes(data[inner.start() : stop]))

    def _broken(self, begin: int, at: int, separator: bytes, *, waits: bool) -> tuple[int, bytes]:
        """The end of a message whose length does not tell it."""
        data = self._bytes
        ends = [found.end() for found in [_TRAILER_END.search(data, at - 1)] if found]
        ends += [found.start() for found in [_BEGIN.search(data, at)] if found]
        if self._lines:
            ends += [found.start() for found in [_EOL.search(data, at)] if found]
        if not ends:
            if waits:
                return -1, b""
            ends = [len(data) if len(data) - begin <= self._largest else begin + self._largest]
        return min(ends), bytes(data[begin : min(ends)])

    def _text(self, begin: int, at: int, separator: bytes, *, final: bool) -> tuple[int, bytes]:
        """A message with something else for SOH: that stands before each tag, and at the end."""
        data, mark = self._bytes, re.escape(separator)
        trailer = re.compile(
            mark + rb"10=\d{1,3}(?:" + mark + rb"|(?=[\s\"'\]},)])" + (rb"|\Z" if final else b"") + b")"
        )
        found = [hit for hit in [trailer.search(data, at - len(separator))] if hit]
        other = [
            hit.start() for hit in (_BEGIN.search(data, at), _EOL.search(data, at) if self._lines else None) if hit
        ]
        if not found and not other and not final and len(data) - begin <= self._largest:
            return -1, b""
        end = min([hit.end() for hit in found] + other, default=min(len(data), begin + self._largest))
        raw = re.sub(mark + rb"(?=\d{1,6}=)", lambda _: SOH, bytes(data[begin:end]))
        return end, raw.removesuffix(separator) + SOH if found and end == found[0].end() else raw


def _sound(raw: bytes) -> bool:
    try:
        parse(raw)
    except Malformed:
        return False
    return True
