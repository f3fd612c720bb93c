"""One FIX message as bytes: split into tags and values, its length and checksum verified, and files of
them."""

from __future__ import annotations

import calendar
import functools
import gzip
import math
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipstream.errors import FixError
from slipstream.feed.schema import NULL_TIME

SOH = b"\x01"
_WHOLE = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PLAIN = re.compile(rb"(?:[0-9]{1,6}+=[^\x01]*+\x01)++")
_FIELD = re.compile(r"([0-9]{1,6}+)=([^\x01]*+)\x01")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d):(\d\d):(\d\d)", re.ASCII)
_FRACTION = re.compile(r"\.\d{1,12}", re.ASCII)


class Malformed(FixError):
    """Bytes that are not a FIX message, or one whose length or checksum is wrong."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message's fields in the order they came; a tag may come several times in repeating groups."""

    raw: bytes
    fields: tuple[tuple[int, str], ...]
    first: dict[int, str]
    """The first value of each tag."""

    def __contains__(self, tag: int) -> bool:
        return tag in self.first

    def get(self, tag: int, default: str = "") -> str:
        """First value of a tag."""
        return self.first.get(tag, default)

    def number(self, tag: int) -> float:
        """A tag's value as a number; nan when absent. Raises Malformed when it is not one."""
        text = self.first.get(tag)
        if text is None or text == "":
            return float("nan")
        return finite(text, tag)

    def moment(self, tag: int) -> int:
        """A UTC timestamp tag as ns since 1970; null when absent. Raises Malformed when it is not one."""
        text = self.first.get(tag)
        return NULL_TIME if not text else parse_time(text, tag)

    def groups(self, start: int, stop: frozenset[int] | None = None) -> list[dict[int, str]]:
        """Entries of a repeating group: each begins at tag `start`; `stop` names tags that end the group."""
        found: list[dict[int, str]] = []
        if start not in self.first:
            return found
        inside = False
        for tag, value in self.fields:
            if tag == start:
                found.append({tag: value})
                inside = True
            elif stop is not None and tag in stop:
                inside = False
            elif inside:
                found[-1].setdefault(tag, value)
        return found

    @property
    def version(self) -> str:
        """Tag 8, such as `FIX.4.4`."""
        return self.get(8)

    @property
    def msgtype(self) -> str:
        """Tag 35."""
        return self.get(35)

    @property
    def seq(self) -> int:
        """Tag 34. Raises Malformed when it is not a whole number."""
        text = self.get(34)
        if not _WHOLE.fullmatch(text):
            raise Malformed(f"number: tag 34 is {text!r}")
        return int(text)

    def __str__(self) -> str:
        return self.raw.replace(SOH, b"|").decode("utf-8", "backslashreplace")


def parse(raw: bytes, *, separator: bytes = SOH, check: bool = True) -> Message:
    """
    Split a message into its fields.

    Args:
        raw: the whole message, from `8=` to the checksum's separator.
        separator: what stands between fields, such as `|` in logs.
        check: verify BodyLength (9) and CheckSum (10).

    Raises:
        Malformed: with the reason; its first word is the kind (`form`, `length`, `checksum`, `number`).
    """
    if separator != SOH:
        raw = raw.replace(separator, SOH)
    raw = raw.strip(b"\r\n")
    if not raw.endswith(SOH):
        raw += SOH
    message = _split(raw)
    if check:
        _check(message)
    return message


@functools.lru_cache(maxsize=64)
def _split(raw: bytes) -> Message:
    """A message's fields. Whoever receives it looks at it more than once, so the last few are kept."""
    fields = _fields(raw) if _PLAIN.fullmatch(raw) else _fields_with_data(raw)
    first = dict(reversed(fields))
    if not _LENGTHS.isdisjoint(first):
        fields = _fields_with_data(raw)
        first = dict(reversed(fields))
    if [tag for tag, _ in fields[:3]] != [8, 9, 35] or fields[-1][0] != 10:
        raise Malformed("form: expected tags 8, 9 and 35 first and 10 last")
    return Message(raw, tuple(fields), first)


class _Tags(dict[str, int]):
    """Tags by their digits. Those that are not usual are not kept: whoever sends them may send many."""

    def __missing__(self, name: str) -> int:
        return int(name)


_TAGS = _Tags((str(tag), tag) for tag in range(10_000))


def _fields(raw: bytes) -> list[tuple[int, str]]:
    tags = _TAGS
    return [(tags[name], value) for name, value in _FIELD.findall(raw.decode("utf-8", "surrogateescape"))]


def _fields_with_data(raw: bytes) -> list[tuple[int, str]]:
    """Field by field, as raw data may hold separators; says what is wrong, and where."""
    fields: list[tuple[int, str]] = []
    data_length = -1
    position = 0
    while position < len(raw):
        equals = raw.find(b"=", position)
        name = raw[position:equals] if equals > 0 else raw[position:]
        if equals < 0 or not name.isdigit() or len(name) > 6:
            raise Malformed(f"form: no `tag=value` at byte {position}")
        tag = int(name)
        end = raw.find(SOH, equals) if data_length < 0 else equals + 1 + data_length
        if end < 0 or end >= len(raw) or raw[end : end + 1] != SOH:
            raise Malformed(f"form: tag {tag} has no end")
        value = raw[equals + 1 : end].decode("utf-8", "surrogateescape")
        fields.append((tag, value))
        # a field that announces the length of raw data, which may hold separators: RawDataLength,
        # XmlDataLen, Encoded…Len
        data_length = int(value) if tag in _LENGTHS and _WHOLE.fullmatch(value) else -1
        position = end + 1
    return fields


_LENGTHS = frozenset({90, 93, 95, 212, 348, 350, 352, 354, 356, 358, 360, 362, 364, 445, 618, 621})


def _check(message: Message) -> None:
    raw = message.raw
    begin = raw.index(SOH, raw.index(b"\x019=") + 1) + 1
    end = raw.rindex(b"\x0110=") + 1
    if message.get(9) != str(end - begin):
        raise Malformed(f"length: BodyLength is {message.get(9)!r}, the body has {end - begin} bytes")
    checksum = f"{_sum(raw[:end]) % 256:03d}"
    if message.get(10) != checksum:
        raise Malformed(f"checksum: CheckSum is {message.get(10)!r}, the bytes give {checksum}")


def _sum(data: bytes) -> int:
    """The bytes added up: the lower half of an Adler-32 that begins with 0 is that, modulo a number that 256 bytes do not reach."""
    return sum(zlib.adler32(data[at : at + 256], 0) & 0xFFFF for at in range(0, len(data), 256))


@functools.lru_cache(maxsize=4_096)
def _finite(text: str) -> float:
    made = float(text) if _NUMBER.fullmatch(text) else math.nan
    return made if math.isfinite(made) else math.nan


def finite(text: str, tag: int) -> float:
    """A tag's value as a number. Raises Malformed when it is none."""
    made = _finite(text)
    if made != made:
        raise Malformed(f"number: tag {tag} is {text!r}")
    return made


def build(fields: Sequence[tuple[int, str]]) -> bytes:
    """A message from its fields (8 first, without 9 and 10, which are computed)."""
    (first, version), *rest = fields
    if first != 8:
        raise ValueError("a message begins with tag 8")
    body = b"".join(f"{tag}={value}\x01".encode("utf-8", "surrogateescape") for tag, value in rest)
    head = f"8={version}\x019={len(body)}\x01".encode() + body
    return head + f"10={sum(head) % 256:03d}\x01".encode()


def parse_time(text: str, tag: int = 0) -> int:
    """`YYYYMMDD-HH:MM:SS[.fraction]` as ns since 1970; a leap second counts as the second after it."""
    whole, fraction = _seconds(text[:17]), text[17:]
    if whole < 0 or (fraction and not _FRACTION.fullmatch(fraction)):
        raise Malformed(f"time: tag {tag} is {text!r}")
    return whole + int(fraction[1:10].ljust(9, "0")) if fraction else whole


@functools.lru_cache(maxsize=4_096)
def _seconds(text: str) -> int:
    """`YYYYMMDD-HH:MM:SS` as ns since 1970; -1 when there is no such moment, or none that fits into 63 bits."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return -1
    year, month, day, hour, minute, second = map(int, match.groups())
    real = 1970 <= year < 2262 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    if not (real and hour < 24 and minute < 60 and second < 61):
        return -1
    return calendar.timegm((year, month, day, hour, minute, second)) * 1_000_000_000


def format_time(moment: int) -> str:
    """ns since 1970 as `YYYYMMDD-HH:MM:SS.fffffffff`."""
    seconds, fraction = divmod(moment, 1_000_000_000)
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(seconds)) + f".{fraction:09d}"


def format_number(value: float) -> str:
    """Up to eight decimals, no more than needed."""
    text = f"{value:.8f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def read_log(path: Path) -> Iterator[tuple[int, bytes]]:
    """
    Messages of a log file, one a line, with their line number: SOH or `|` between fields, anything before
    `8=FIX` skipped, gzip or plain. Lines without a message come as they are, so that whoever decodes can
    count them.
    """
    with path.open("rb") as start:
        zipped = start.read(2) == b"\x1f\x8b"
    with gzip.open(path) if zipped else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.strip(b"\r\n")
            if not text:
                continue
            begin = text.find(b"8=FIX")
            message = text[begin:] if begin > 0 else text
            yield number, message if SOH in message else message.replace(b"|", SOH)
