"""
NASDAQ TotalView-ITCH 5.0: what each message holds, once, in `LAYOUTS`; reading and writing follow from it.

Numbers are big-endian. Prices stay whole numbers here: of 1/10,000 (`p4`), or of 1/100,000,000 (`p8`). Eight-byte numbers are read as
signed, as q's long is. Text loses the blanks that it is padded with.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from slipstream.errors import FeedError

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

_HEADER = "locate:2 tracking:2 stamp:6"
_SPEC: Mapping[str, str] = {
    # of the market
    "S": "event:a1",
    "V": "level1:p8 level2:p8 level3:p8",
    "W": "level:a1",
    # of a stock
    "R": "stock:a8 category:a1 financial:a1 lot:4 lots_only:a1 issue:a1 subtype:a2 authentic:a1 short_sale:a1 ipo:a1 tier:a1 etp:a1 leverage:4 inverse:a1",
    "H": "stock:a8 state:a1 reserved:a1 reason:a4",
    "Y": "stock:a8 action:a1",
    "L": "mpid:a4 stock:a8 primary:a1 mode:a1 state:a1",
    "K": "stock:a8 release:4 qualifier:a1 price:p4",
    "J": "stock:a8 reference:p4 upper:p4 lower:p4 extension:4",
    "h": "stock:a8 market:a1 action:a1",
    "N": "stock:a8 interest:a1",
    "O": "stock:a8 eligible:a1 minimum:p4 maximum:p4 near_price:p4 near_time:8 lower:p4 upper:p4",
    # of the book
    "A": "ref:8 side:a1 shares:4 stock:a8 price:p4",
    "F": "ref:8 side:a1 shares:4 stock:a8 price:p4 attribution:a4",
    "E": "ref:8 shares:4 match:8",
    "C": "ref:8 shares:4 match:8 printable:a1 price:p4",
    "X": "ref:8 shares:4",
    "D": "ref:8",
    "U": "ref:8 new_ref:8 shares:4 price:p4",
    # of trades
    "P": "ref:8 side:a1 shares:4 stock:a8 price:p4 match:8",
    "Q": "shares:8 stock:a8 price:p4 match:8 cross:a1",
    "B": "match:8",
    "I": "paired:8 imbalance:8 direction:a1 stock:a8 far:p4 near:p4 reference:p4 cross:a1 variation:a1",
}

STAMP_END = 86_400_000_000_000
"""No stamp is as late: a day has so many nanoseconds."""
MARKET_PRICE = 0x7FFFFFFF
"""Stands for a market order where a price is expected."""


@dataclass(frozen=True)
class Field:
    """One field: `text`, `number`, or `price` with its decimals; `at` is where it begins in the message."""

    name: str
    at: int
    size: int
    kind: str
    decimals: int = 0


class Layout:
    """One type of message."""

    def __init__(self, kind: str, spec: str) -> None:
        self.kind = kind
        fields: list[Field] = []
        at = 1
        for word in f"{_HEADER} {spec}".split():
            name, _, form = word.partition(":")
            size = int(form.lstrip("ap"))
            what = {"a": "text", "p": "price"}.get(form[0], "number")
            fields.append(Field(name, at, size, what, size if what == "price" else 0))
            at += size
        self.fields = tuple(fields)
        self.size = at
        """Bytes of the message, its type included."""
        self._texts = tuple(i for i, field in enumerate(fields) if field.kind == "text")
        self.struct = struct.Struct(">c" + "".join(_struct_code(field) for field in fields))
        self.dtype = np.dtype(
            {
                "names": [name for field in fields for name in _names(field)],
                "formats": [code for field in fields for code in _formats(field)],
                "offsets": [at for field in fields for at in _places(field)],
                "itemsize": self.size,
            }
        )

    def read(self, data: bytes) -> dict[str, Any]:
        """The fields of one message of the right size: numbers, and str for text."""
        _, locate, tracking, high, low, *rest = self.struct.unpack(data)
        values: list[Any] = [locate, tracking, high << 32 | low, *rest]
        for i in self._texts:
            values[i] = values[i].decode("latin-1").rstrip(" ")
        return {field.name: value for field, value in zip(self.fields, values, strict=True)}

    def write(self, values: Mapping[str, Any]) -> bytes:
        """
        One message; fields that are not given are 0 or blank.

        Raises FeedError for a field that the type does not have or a value that does not fit.
        """
        unknown = values.keys() - {field.name for field in self.fields}
        if unknown:
            raise FeedError(f"itch: a message {self.kind} has no {', '.join(sorted(unknown))}")
        parts: list[Any] = [self.kind.encode()]
        for field in self.fields:
            value = values.get(field.name, "" if field.kind == "text" else 0)
            if field.kind == "text":
                text = value.encode("latin-1")
                if len(text) > field.size:
                    raise FeedError(f"itch: {field.name} {value!r} is longer than {field.size}")
                parts.append(text.ljust(field.size))
            elif field.size == 6:
                parts += [value >> 32, value & 0xFFFFFFFF]
            else:
                parts.append(value)
        try:
            return self.struct.pack(*parts)
        except struct.error as error:
            raise FeedError(f"itch: a message {self.kind} of {dict(values)}: {error}") from error


def _struct_code(field: Field) -> str:
    if field.kind == "text":
        return f"{field.size}s"
    return {2: "H", 4: "I", 6: "HI", 8: "q"}[field.size]


def _names(field: Field) -> list[str]:
    return ["stamp_high", "stamp_low"] if field.size == 6 else [field.name]


def _formats(field: Field) -> list[str]:
    if field.kind == "text":
        return [f"S{field.size}"]
    return {2: [">u2"], 4: [">u4"], 6: [">u2", ">u4"], 8: [">i8"]}[field.size]


def _places(field: Field) -> list[int]:
    return [field.at, field.at + 2] if field.size == 6 else [field.at]


LAYOUTS: Mapping[str, Layout] = {kind: Layout(kind, spec) for kind, spec in _SPEC.items()}
"""Every type of the specification by its letter."""

SIZES: npt.NDArray[np.int64] = np.zeros(256, dtype=np.int64)
"""Bytes of a message by its first byte; 0 where that is no type."""
for _layout in LAYOUTS.values():
    SIZES[ord(_layout.kind)] = _layout.size

_FORMS = {
    (layout.kind, field.name): (_formats(field)[0], field.at)
    for layout in LAYOUTS.values()
    for field in layout.fields
    if field.size != 6
}


@dataclass(frozen=True)
class Message:
    """One message, read."""

    kind: str
    fields: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]


def decode(data: bytes) -> Message:
    """
    Read one message.

    Raises FeedError when its type is unknown, its length is not the type's, or its stamp is past a day's end.
    """
    layout = LAYOUTS.get(chr(data[0])) if data else None
    if layout is None or len(data) != layout.size:
        raise FeedError(f"itch: {problem(data)}")
    fields = layout.read(data)
    if fields["stamp"] >= STAMP_END:
        raise FeedError(f"itch: {problem(data)}")
    return Message(layout.kind, fields)


def encode(kind: str, **values: Any) -> bytes:
    """Write one message; prices and stamps as the whole numbers that they are on the wire."""
    return LAYOUTS[kind].write(values)


def problem(data: bytes) -> str:
    """What is wrong with the frame of a message, empty when nothing is; its first word names the kind."""
    if not data:
        return "empty: a message without bytes"
    size = int(SIZES[data[0]])
    if not size:
        return f"type: {bytes(data[:1])!r} is none of the specification"
    if len(data) != size:
        return f"length: {len(data)} bytes, {size} are a message {chr(data[0])}"
    if int.from_bytes(data[5:11], "big") >= STAMP_END:
        return "stamp: past the end of the day"
    return ""


def column(buffer: Bytes, offsets: Ints, kind: str, name: str) -> npt.NDArray[Any]:
    """One field of messages of a type (`stamp` excepted), from where they begin, as it is on the wire."""
    form, at = _FORMS[kind, name]
    size = np.dtype(form).itemsize
    if not len(offsets):
        return np.empty(0, dtype=form)
    # an item at every byte, so that a message's field is the item at its offset
    every = np.ndarray((len(buffer) - at - size + 1,), dtype=form, buffer=buffer.data, offset=at, strides=(1,))
    return every[offsets]


def numbers(buffer: Bytes, offsets: Ints, kind: str, name: str) -> Ints:
    """As `column`, of a number."""
    return column(buffer, offsets, kind, name).astype(np.int64)


def stamps(buffer: Bytes, offsets: Ints) -> Ints:
    """Nanoseconds since midnight of messages of whatever types, from where they begin."""
    every = np.ndarray((len(buffer) - 10,), dtype=">i8", buffer=buffer.data, offset=3, strides=(1,))
    return every[offsets].astype(np.int64) & 0xFFFFFFFFFFFF


def tables(buffer: Bytes, offsets: Ints) -> dict[str, tuple[Ints, npt.NDArray[Any]]]:
    """Good messages by type: their places in `offsets`, and their fields as a structured array (text with its blanks)."""
    kinds = buffer[offsets]
    found: dict[str, tuple[Ints, npt.NDArray[Any]]] = {}
    for code in np.flatnonzero(np.bincount(kinds, minlength=256)).tolist():
        places = np.flatnonzero(kinds == code)
        layout = LAYOUTS[chr(code)]
        every = np.ndarray((len(buffer) - layout.size + 1,), dtype=f"V{layout.size}", buffer=buffer.data, strides=(1,))
        found[chr(code)] = places, every[offsets[places]].view(layout.dtype)
    return found


def price(whole: int, decimals: int = 4) -> float:
    """A price in currency; nan for a market order's."""
    return float("nan") if decimals == 4 and whole == MARKET_PRICE else whole / 10**decimals


def frames(messages: Sequence[bytes]) -> bytes:
    """Messages one after another, each behind its length in two bytes: BinaryFILE, and the body of a MoldUDP64 packet."""
    return b"".join(struct.pack(">H", len(message)) + message for message in messages)
