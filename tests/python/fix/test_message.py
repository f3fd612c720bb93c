"""Bytes to fields and back, and every way in which they can be wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memplant import DATA, NO_SHARED

from slipstream.feed.schema import NULL_TIME
from slipstream.fix.decode import decode
from slipstream.fix.message import Malformed, build, format_number, format_time, parse, parse_time, read_log

HEARTBEAT = b"8=FIX.4.4\x019=5\x0135=0\x0110=163\x01"


def test_length_and_checksum_of_the_standard() -> None:
    """BodyLength counts from after its own separator to the checksum's tag; CheckSum is the sum of all bytes before it."""
    assert sum(b"8=FIX.4.4\x019=5\x0135=0\x01") % 256 == 163
    assert parse(HEARTBEAT).fields == ((8, "FIX.4.4"), (9, "5"), (35, "0"), (10, "163"))
    assert build([(8, "FIX.4.4"), (35, "0")]) == HEARTBEAT


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (HEARTBEAT.replace(b"9=5", b"9=6"), "length: BodyLength is '6', the body has 5 bytes"),
        (HEARTBEAT.replace(b"10=163", b"10=164"), "checksum: CheckSum is '164', the bytes give 163"),
        (b"", "form"),
        (b"\x01\x01", "form"),
        (b"hello", "form"),
        (b"8=FIX.4.4\x0135=0\x0110=1\x01", "form: expected tags 8, 9 and 35 first"),
        (b"8=FIX.4.4\x019=5\x0135=0\x01", "form: expected tags 8, 9 and 35 first and 10 last"),
        (b"8=FIX.4.4\x019=5\x0135\x0110=1\x01", "form: no `tag=value` at byte 14"),
        (b"8=FIX.4.4\x019=5\x0135=0\x0195=50\x0196=abc\x0110=1\x01", "form: tag 96 has no end"),
    ],
)
def test_malformed(raw: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse(raw)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_malformed(raw: bytes) -> None:
    try:
        parse(b"8=FIX.4.4\x01" + raw)
    except Malformed as error:
        assert str(error)


value = st.text(st.characters(blacklist_characters="\x01", blacklist_categories=("Cs",)), min_size=1, max_size=20)


@given(st.lists(st.tuples(st.integers(1000, 9999), value), max_size=8))
def test_build_and_parse_agree(extra: list[tuple[int, str]]) -> None:
    fields = [(8, "FIX.4.4"), (35, "D"), *extra]
    read = [(tag, text) for tag, text in parse(build(fields)).fields if tag not in (9, 10)]
    assert fields == read


def test_raw_data_may_hold_separators() -> None:
    made = build([(8, "FIX.4.4"), (35, "n"), (95, "5"), (96, "a\x01b=c"), (58, "x")])
    assert parse(made).get(96) == "a\x01b=c"
    assert parse(made).get(58) == "x"


def test_repeating_groups_keep_every_entry() -> None:
    made = parse(
        build([(8, "FIX.4.4"), (35, "8"), (453, "2"), (448, "A"), (452, "1"), (448, "B"), (452, "12"), (60, "x")])
    )
    assert [(entry[448], entry[452]) for entry in made.groups(448)] == [("A", "1"), ("B", "12")]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("19700101-00:00:00", 0),
        ("20240809-00:00:00.123", 1_723_161_600_123_000_000),
        ("20240809-00:00:00.123456789", 1_723_161_600_123_456_789),
        ("20240809-00:00:00.123456789123", 1_723_161_600_123_456_789),
        ("20240229-23:59:59", 1_709_251_199_000_000_000),
        ("20161231-23:59:60", 1_483_228_800_000_000_000),
    ],
)
def test_times(text: str, moment: int) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    "text", ["20240230-00:00:00", "2024-08-09", "20241301-00:00:00", "20240809-25:00:00", "x", "20240809-00:00:00."]
)
def test_wrong_times(text: str) -> None:
    with pytest.raises(Malformed, match="time"):
        parse_time(text)


@given(st.integers(0, 2**62))
def test_times_round_trip(moment: int) -> None:
    assert parse_time(format_time(moment)) == moment


def test_absent_values_are_null() -> None:
    made = parse(HEARTBEAT)
    assert made.number(44) != made.number(44)
    assert made.moment(60) == NULL_TIME


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.0, "1"), (0.1 + 0.2, "0.3"), (61602.01, "61602.01"), (0.0, "0"), (-0.0, "0"), (1e-9, "0"), (100.0, "100")],
)
def test_numbers_are_written_without_noise(number: float, text: str) -> None:
    assert format_number(number) == text


def test_logs_plain_zipped_and_with_other_separators(tmp_path: Path) -> None:
    text = b"20240809-00:00:00.1 : " + HEARTBEAT + b"\n\n" + HEARTBEAT.replace(b"\x01", b"|") + b"\nnoise\n"
    plain, zipped = tmp_path / "a.log", tmp_path / "a.log.gz"
    plain.write_bytes(text)
    zipped.write_bytes(gzip.compress(text))
    for file in (plain, zipped):
        found = list(read_log(file))
        assert [number for number, _ in found] == [1, 3, 4]
        assert [parse(raw).msgtype for _, raw in found[:2]] == ["0", "0"]
        with pytest.raises(Malformed):
            parse(found[2][1])


@pytest.mark.skipif(not (DATA / "fix" / "100FIX42.dat").is_file(), reason=NO_SHARED)
def test_a_file_of_wrong_checksums() -> None:
    """Every BodyLength of the file is wrong: nothing passes; without that check, all of it can be read."""
    messages = [raw for _, raw in read_log(DATA / "fix" / "100FIX42.dat")]
    refused = 0
    for raw in messages:
        with pytest.raises(Malformed, match="length"):
            parse(raw)
        refused += 1
    assert refused == 100
    rows = [decode(parse(raw, check=False)) for raw in messages]
    assert sum(row.msgtype == "D" and row.table == "orders" for row in rows) == 75
    fills = [row for row in rows if row.table == "fills"]
    assert sum(row.msgtype == "8" for row in rows) == 25
    assert fills[0].values["qty"] == 75700.0
    assert fills[0].values["price"] == 48.141
    assert fills[0].values["side"] == "buy"
