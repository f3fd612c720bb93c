"""Layouts against the specification's lengths, reading what was written, and stamps in the venue's time zone."""

from __future__ import annotations

import datetime as dt
import string
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipstream.errors import FeedError
from slipstream.feed.itch import codec
from slipstream.feed.itch.codec import LAYOUTS, MARKET_PRICE, decode, encode, frames, price, tables
from slipstream.feed.itch.framing import frame
from slipstream.feed.itch.parser import midnight

# bytes of each type in the specification
LENGTHS = {
    "S": 12, "R": 39, "H": 25, "Y": 20, "L": 26, "V": 35, "W": 12, "K": 28, "J": 35, "h": 21, "A": 36, "F": 40, "E": 31, "C": 36,
    "X": 23, "D": 19, "U": 35, "P": 44, "Q": 40, "B": 19, "I": 50, "N": 20, "O": 48,
}  # fmt: skip
LETTERS = string.ascii_uppercase + string.digits + ".-+#"


def field_values(field: codec.Field) -> st.SearchStrategy[Any]:
    if field.kind == "text":
        return st.text(LETTERS, max_size=field.size)
    if field.size == 6:
        return st.integers(0, codec.STAMP_END - 1)
    return st.integers(0, 2 ** (8 * field.size - (field.size == 8)) - 1)


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    kind = draw(st.sampled_from(sorted(LAYOUTS)))
    return kind, {field.name: draw(field_values(field)) for field in LAYOUTS[kind].fields}


def test_every_type_has_the_specifications_length() -> None:
    assert {kind: layout.size for kind, layout in LAYOUTS.items()} == LENGTHS
    assert all(layout.struct.size == layout.size == layout.dtype.itemsize for layout in LAYOUTS.values())


def test_a_message_byte_by_byte() -> None:
    # add order: type, locate 7, tracking 0, 09:30:00.000000001, reference 258, buy 100 ACME at 10.5
    stamp = (9 * 3600 + 30 * 60) * 10**9 + 1
    data = (
        b"A"
        + b"\x00\x07"
        + b"\x00\x00"
        + stamp.to_bytes(6, "big")
        + b"\0\0\0\0\0\0\x01\x02"
        + b"B"
        + b"\0\0\0\x64"
        + b"ACME    "
    )
    data += (105_000).to_bytes(4, "big")
    assert decode(data).fields == {
        "locate": 7, "tracking": 0, "stamp": stamp, "ref": 258, "side": "B", "shares": 100, "stock": "ACME", "price": 105_000,
    }  # fmt: skip
    assert encode("A", locate=7, stamp=stamp, ref=258, side="B", shares=100, stock="ACME", price=105_000) == data


@given(messages())
def test_what_is_written_is_read(message: tuple[str, dict[str, Any]]) -> None:
    kind, fields = message
    data = encode(kind, **fields)
    assert len(data) == LENGTHS[kind]
    assert decode(data).fields == fields
    assert decode(data).kind == kind


@given(st.lists(messages(), min_size=1, max_size=30))
def test_columns_of_many_are_the_fields_of_each(some: list[tuple[str, dict[str, Any]]]) -> None:
    data = frames([encode(kind, **fields) for kind, fields in some])
    offsets = frame(data, final=True).offsets
    buffer = np.frombuffer(data, dtype=np.uint8)
    assert codec.stamps(buffer, offsets).tolist() == [fields["stamp"] for _, fields in some]
    got: list[tuple[str, dict[str, Any]] | None] = [None] * len(some)
    for kind, (places, records) in tables(buffer, offsets).items():
        for place, record in zip(places.tolist(), records, strict=True):
            fields: dict[str, Any] = {}
            for field in LAYOUTS[kind].fields:
                if field.size == 6:
                    fields[field.name] = int(record["stamp_high"]) << 32 | int(record["stamp_low"])
                elif field.kind == "text":
                    fields[field.name] = record[field.name].decode().rstrip()
                else:
                    fields[field.name] = int(record[field.name])
            got[place] = kind, fields
    assert got == some


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"?" + bytes(11), "type"),
        (b"S" + bytes(12), "length: 13 bytes, 12"),
        (b"S" + bytes(4) + b"\xff" * 6 + b"O", "stamp"),
    ],
)
def test_what_is_no_message_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(FeedError, match=what):
        decode(data)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(FeedError, match="longer than 8"):
        encode("H", stock="TOOLONGNAME")
    with pytest.raises(FeedError, match="has no colour"):
        encode("D", colour=1)
    with pytest.raises(FeedError, match="message X"):
        encode("X", shares=2**32)


def test_prices() -> None:
    assert price(1_234_567) == 123.4567
    assert price(412_345_678_901, 8) == 4123.45678901
    assert np.isnan(price(MARKET_PRICE))


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        # New York is four hours behind in summer, five in winter; clocks go forward on 9 March 2025 and back on 2 November
        (dt.date(2025, 6, 12), "2025-06-12T04:00"),
        (dt.date(2025, 1, 15), "2025-01-15T05:00"),
        (dt.date(2025, 3, 9), "2025-03-09T05:00"),
        (dt.date(2025, 3, 10), "2025-03-10T04:00"),
        (dt.date(2025, 11, 2), "2025-11-02T04:00"),
        (dt.date(2025, 11, 3), "2025-11-03T05:00"),
    ],
)
def test_days_begin_at_midnight_in_new_york(day: dt.date, utc: str) -> None:
    assert midnight(day, "America/New_York") == np.datetime64(utc, "ns").astype(np.int64)


def test_a_length_comes_first() -> None:
    data = encode("D", ref=1)
    assert frames([data, data]) == 2 * (struct.pack(">H", 19) + data)
