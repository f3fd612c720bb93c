"""CSV and Parquet files with columns of other people's."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from slipstream import sources
from slipstream.config import load_config
from slipstream.errors import FeedError
from slipstream.feed.base import Quarantine
from slipstream.feed.csv_file import CsvReader
from slipstream.feed.mapped import Layout, MappedFeed
from slipstream.feed.moments import moments_of
from slipstream.feed.parquet_file import ParquetReader, _no_text
from slipstream.feed.schema import NULL_TIME, Columns, join, times

T0 = 1_723_213_800_000_000_000  # 2024-08-09 14:30 UTC
TRADES = Layout("trade", {"time": "ts", "price": "px", "size": "qty"}, {"venue": "XNAS"})


def play(feed: MappedFeed, step_ns: int = 1_000_000_000) -> dict[str, Columns]:
    parts: dict[str, list[Columns]] = {}
    for batch in feed.batches(step_ns):
        for table, made in batch.tables.items():
            assert (np.diff(times(made)) >= 0).all()
            parts.setdefault(table, []).append(made)
    return {table: join(made) for table, made in parts.items()}


def rows(made: Columns, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(made[name].tolist() for name in names), strict=True))


def csv_feed(
    tmp_path: Path, text: str | bytes, layout: Layout = TRADES, quarantine: Quarantine | None = None, **options: Any
) -> MappedFeed:
    path = tmp_path / "trades.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return MappedFeed([(path, layout, CsvReader(path, layout, **options))], quarantine=quarantine)


def test_columns_are_mapped_and_what_is_missing_is_null_or_the_default(tmp_path: Path) -> None:
    text = f"ts,sym,px,qty,side,unused\n{T0},A,10.25,100,B,x\n{T0 + 1},B,,,sell,\n{T0 + 1},B,7,1,,\n"
    quarantine = Quarantine(tmp_path / "q.tsv")
    feed = csv_feed(tmp_path, text, quarantine=quarantine)
    made = play(feed)["trade"]
    assert rows(made, "sym", "venue", "price", "size", "side", "cond", "seq") == [
        ("A", "XNAS", 10.25, 100, "buy", "", -(2**63)),
        ("B", "XNAS", 7, 1, "", "", -(2**63)),
    ]
    assert times(made).tolist() == [T0, T0 + 1] and np.isnat(made["etime"]).all()
    told = (tmp_path / "q.tsv").read_text().split("\t")
    assert told[0].endswith("trades.csv") and told[1] == "3" and told[2] == "price: expected a value, found ''"


@pytest.mark.parametrize(
    ("line", "expectation"),
    [
        (f"{T0},A,1,2", "line: 4 values, expected 6"),
        ("never,A,1,2,B,", "time: expected a time (auto, UTC), found 'never'"),
        (f"{T0},,1,2,B,", "sym: expected a value, found ''"),
        (f"{T0},A,ten,2,B,", "price: expected a number, found 'ten'"),
        (f"{T0},A,inf,2,B,", "price: expected a number, found 'inf'"),
        (f"{T0},A,1,2,up,", "side: expected one of buy, sell, found 'up'"),
        (f"{T0},A,1,2,B,1.5", "seq: expected a whole number of 64 bits, found '1.5'"),
        (f"{T0},A,1,2,B,{2**63}", f"seq: expected a whole number of 64 bits, found '{2**63}'"),
        (f'{T0},"A,1,2,B,', "line: unexpected end of data"),
    ],
)
def test_a_bad_line_is_told_with_its_file_its_number_and_what_was_expected(
    tmp_path: Path, line: str, expectation: str
) -> None:
    quarantine = Quarantine(tmp_path / "q.tsv")
    text = f"ts,sym,px,qty,side,seq\n{T0},A,1,1,B,1\n{line}\n\n{T0},Z,1,1,B,9\r\n"
    feed = csv_feed(tmp_path, text, quarantine=quarantine)
    assert play(feed)["trade"]["sym"].tolist() == ["A", "Z"]
    (told,) = (tmp_path / "q.tsv").read_text().splitlines()
    source, number, reason, data = told.split("\t")
    assert (source, number, reason, data) == (str(tmp_path / "trades.csv"), "3", expectation, line)
    assert feed.counters.undecodable == 1 and feed.counters.messages == 3


@pytest.mark.parametrize(
    ("form", "text", "zone", "wanted"),
    [
        ("ns", str(T0 + 7), "UTC", T0 + 7),
        ("ms", "1723213800000.000007", "UTC", T0 + 7),
        ("s", "1723213800.5", "America/New_York", T0 + 500_000_000),
        ("auto", "1723213800000", "UTC", T0),
        ("auto", "1723213800000123", "UTC", T0 + 123_000),
        ("auto", "2024-08-09T14:30:00.000000007Z", "Asia/Tokyo", T0 + 7),
        ("auto", "2024-08-09 10:30:00.000000007", "America/New_York", T0 + 7),
        ("iso", "2024-08-09T16:30:00+02:00", "America/New_York", T0),
        ("%Y%m%d-%H:%M:%S.%f", "20240809-14:30:00.000000007", "UTC", T0 + 7),
        ("%H:%M:%S.%f", "10:30:00.25", "America/New_York", T0 + 250_000_000),
        ("%d.%m.%Y %H:%M %z", "09.08.2024 16:30 +0200", "UTC", T0),
        ("%Y-%m-%d %H:%M", "2024-03-10 02:30", "America/New_York", None),  # a reading that the clock skips
        ("%Y-%m-%d %H:%M", "2024-11-03 01:30", "America/New_York", None),  # one that it shows twice
        ("iso", "2400-01-01T00:00:00", "UTC", None),
        ("s", "99999999999", "UTC", None),
        ("ns", "12x", "UTC", None),
        ("auto", "20240809", "UTC", None),  # a day, not a number of seconds
        ("iso", "2024-13-09", "UTC", None),
    ],
)
def test_times(form: str, text: str, zone: str, wanted: int | None) -> None:
    made, bad = moments_of(pa.array([text, "", text]), form, zone, dt.date(2024, 8, 9))
    assert made.tolist() == [
        NULL_TIME if wanted is None else wanted,
        NULL_TIME,
        NULL_TIME if wanted is None else wanted,
    ]
    assert bad.tolist() == [wanted is None, False, wanted is None]


def test_files_are_merged_by_time_and_late_rows_are_given_the_time_reached(tmp_path: Path) -> None:
    quotes, trades = tmp_path / "q.csv.gz", tmp_path / "t.csv"
    quotes.write_bytes(
        gzip.compress(b"time;sym;bid;ask\n" + b"".join(b"%d;A;%d;%d\n" % (T0 + at, 1, 2) for at in (0, 20, 10, 40)))
    )
    trades.write_text("".join(f"{T0 + at};A;1;1\n" for at in (5, 15)))
    quote, trade = Layout("quote"), Layout("trade")
    header = ["time", "sym", "price", "size"]
    feed = MappedFeed(
        [
            (quotes, quote, CsvReader(quotes, quote, delimiter=";")),
            (trades, trade, CsvReader(trades, trade, delimiter=";", header=header)),
        ]
    )
    batches = list(feed.batches(10))
    assert [(batch.start - T0, sorted(batch.tables)) for batch in batches] == [
        (0, ["quote", "trade"]),
        (15, ["trade"]),
        (20, ["quote"]),
        (40, ["quote"]),
    ]
    assert (batches[2].tables["quote"]["time"].view(np.int64) - T0).tolist() == [20, 20]
    assert feed.counters.late == 1


ROW = st.tuples(
    st.integers(0, 2**40), st.text("AB ,\"'é", min_size=1, max_size=6), st.floats(0.01, 1e6), st.integers(1, 10**9)
)


@given(st.lists(ROW, min_size=1, max_size=40), st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_quoted_or_not_all_rows_come_back(tmp_path: Path, some: list[tuple[int, str, float, int]], quote: bool) -> None:
    some = sorted((T0 + at, sym, price, size) for at, sym, price, size in some)
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL)
    writer.writerows([("ts", "sym", "px", "qty"), *some])
    made = play(csv_feed(tmp_path, out.getvalue()))["trade"]
    assert (
        list(zip(times(made).tolist(), *(made[name].tolist() for name in ("sym", "price", "size")), strict=True))
        == some
    )


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_between_lines_never_cost_a_good_line(tmp_path: Path, noise: list[bytes]) -> None:
    good = b"%d,GOOD,1,1\n"
    data = b"ts,sym,px,qty\n" + b"".join(one + b"\n" + good % (T0 + at) for at, one in enumerate(noise))
    quarantine = Quarantine()
    feed = csv_feed(tmp_path, data, quarantine=quarantine)
    made = play(feed)["trade"]
    assert np.count_nonzero(made["sym"] == "GOOD") == len(noise)
    assert feed.counters.undecodable == quarantine.count
    assert feed.counters.messages == quarantine.count + len(made["sym"])


def test_blocks_and_lines_without_end_keep_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipstream.feed.csv_file._BLOCK", 64)
    monkeypatch.setattr("slipstream.feed.csv_file._LINE_MAX", 256)
    lines = [f"{T0 + at},A,1,1" for at in range(100)]
    lines[50] = "x" * 1_000
    lines[70] = "bad"
    quarantine = Quarantine(tmp_path / "q.tsv")
    feed = csv_feed(tmp_path, "ts,sym,px,qty\n" + "\n".join(lines), quarantine=quarantine)
    assert len(play(feed)["trade"]["sym"]) == 98
    told = [line.split("\t")[1:3] for line in (tmp_path / "q.tsv").read_text().splitlines()]
    assert told == [["52", "line: longer than 256 bytes"], ["72", "line: 1 values, expected 4"]]


def test_parquet_of_several_types_gives_the_same_rows(tmp_path: Path) -> None:
    moments = [T0 + at for at in range(5)]
    columns = {
        "ts": pa.array(moments).cast(pa.timestamp("ns", "America/New_York")), "sym": pa.array(["A", "B", "A", None, "A"]).dictionary_encode(),
        "px": pa.array([1.5, 2, None, 3, 4]), "qty": pa.array([1, 2, 3, 4, 5], pa.int32()), "side": pa.array(["B", "S", "", "", "N"]), "seq": pa.array(range(5), pa.uint64()),
    }  # fmt: skip
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table(columns), path, row_group_size=2)
    quarantine = Quarantine(tmp_path / "q.tsv")
    feed = MappedFeed([(path, TRADES, ParquetReader(path, TRADES))], quarantine=quarantine)
    made = play(feed)["trade"]
    assert rows(made, "sym", "price", "size", "side", "seq", "venue") == [
        ("A", 1.5, 1, "buy", 0, "XNAS"),
        ("B", 2, 2, "sell", 1, "XNAS"),
        ("A", 4, 5, "", 4, "XNAS"),
    ]
    assert times(made).tolist() == [T0, T0 + 1, T0 + 4]
    told = [line.split("\t")[1:3] for line in (tmp_path / "q.tsv").read_text().splitlines()]
    assert told == [["3", "price: expected a value, found None"], ["4", "sym: expected a value, found None"]]


@pytest.mark.parametrize(
    "values", [pa.array([T0 // 1_000], pa.timestamp("us")), pa.array([T0 // 10**9]), pa.array([dt.date(2024, 8, 9)])]
)
def test_parquet_times(values: Any) -> None:
    made, bad = moments_of(values, "auto", "UTC", None)
    assert made.tolist() == [T0 - (T0 % 86_400_000_000_000 if pa.types.is_date(values.type) else 0)] and not bad.any()


def test_a_timestamp_without_a_zone_is_read_in_ours() -> None:
    made, _ = moments_of(
        pa.array([T0 // 1_000 - 4 * 3_600_000_000], pa.timestamp("us")), "auto", "America/New_York", None
    )
    assert made.tolist() == [T0]


def test_a_damaged_row_group_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    rng = np.random.default_rng(3)
    columns = {"ts": T0 + np.arange(3_000), "sym": ["A"] * 3_000, "px": rng.random(3_000), "qty": rng.random(3_000)}
    parquet.write_table(pa.table(columns), path, row_group_size=1_000, compression="zstd")
    with parquet.ParquetFile(path) as file:
        at = file.metadata.row_group(1).column(2).data_page_offset
    data = bytearray(path.read_bytes())
    data[at : at + 200] = bytes(200)
    path.write_bytes(data)
    quarantine = Quarantine()
    feed = MappedFeed([(path, TRADES, ParquetReader(path, TRADES))], quarantine=quarantine)
    assert len(play(feed)["trade"]["sym"]) == 2_000 and quarantine.reasons == {"unreadable": 1}


def test_texts_that_are_none_cost_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    raw = pa.array([b"A", b"\xbe\xff", b"C", b"\xbe\xff", None])
    names = pa.Array.from_buffers(pa.string(), 5, raw.buffers())
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 1, None]), names.slice(0, 3))
    assert _no_text(names).tolist() == _no_text(coded).tolist() == [False, True, False, True, False]
    columns = {
        "ts": pa.array([T0 + at for at in range(5)]),
        "sym": names,
        "px": pa.array([1.0] * 5),
        "qty": pa.array([1.0] * 5),
    }
    parquet.write_table(pa.table(columns), path)
    quarantine = Quarantine(tmp_path / "q.tsv")
    feed = MappedFeed([(path, TRADES, ParquetReader(path, TRADES))], quarantine=quarantine)
    assert [sym for (sym,) in rows(play(feed)["trade"], "sym")] == ["A", "C"]
    told = [line.split("\t")[1:3] for line in (tmp_path / "q.tsv").read_text().splitlines()]
    assert sorted(told) == [
        ["2", "text: not of UTF-8"],
        ["4", "text: not of UTF-8"],
        ["5", "sym: expected a value, found None"],
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["none", "zstd"]), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=4)
)
@example("none", [(0.19, 1)])
def test_any_bytes_in_a_parquet_file(tmp_path: Path, compression: str, flips: list[tuple[float, int]]) -> None:
    """A file that cannot be opened is refused by its name; of one that can, what is lost is told."""
    path = tmp_path / "t.parquet"
    columns = {"ts": T0 + np.arange(30), "sym": ["A", "B", "C"] * 10, "px": np.arange(30) + 1.5, "qty": np.ones(30)}
    parquet.write_table(pa.table(columns), path, row_group_size=10, compression=compression)
    data = bytearray(path.read_bytes())
    for place, value in flips:
        data[min(int(place * len(data)), len(data) - 1)] = value
    path.write_bytes(data)
    quarantine = Quarantine()
    try:
        feed = MappedFeed([(path, TRADES, ParquetReader(path, TRADES))], quarantine=quarantine)
        made = play(feed)
    except FeedError as error:
        assert str(path) in str(error) or "column" in str(error)
        return
    count = len(made["trade"]["sym"]) if "trade" in made else 0
    assert count <= 30 and (count == 30 or quarantine.count)


def test_what_is_asked_for_wrongly_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n")
    for wrong, text in [
        (lambda: Layout("orders"), "table orders: expected one of"),
        (lambda: Layout("trade", {"px": "a"}), "trade has no column px"),
        (lambda: Layout("trade", zone="Mars/Base"), "expected a time zone"),
        (lambda: Layout("trade", time_format="hours"), "expected ns, us, ms"),
        (lambda: Layout("trade", time_format="%H:%M"), "has no date"),
        (lambda: CsvReader(path, Layout("trade")), "no column 'time'; name one by --map time="),
        (lambda: CsvReader(path, Layout("trade", {"time": "c"})), "no column 'c' for time; it has a, b"),
        (lambda: CsvReader(path, Layout("trade"), delimiter="||"), "expected one character"),
        (lambda: ParquetReader(path, Layout("trade")), "no Parquet file"),
    ]:
        with pytest.raises(FeedError, match=text):
            wrong()


def test_the_command_line_makes_the_feed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"ts,sym,px,size\n{T0},A,1,1\n")
    (tmp_path / "q.csv").write_text(f"ts,symbol,bid,ask\n{T0},A,1,2\n")
    parser = argparse.ArgumentParser()
    sources.add(parser, make=None)
    options = parser.parse_args(
        [
            "csv",
            "--map",
            "time=ts,trade.price=px,quote.sym=symbol",
            "--default",
            "venue=X",
            f"{tmp_path}/t.csv",
            f"quote={tmp_path}/q.csv",
        ]
    )
    made = play(options.make(load_config(), options, Quarantine()))
    assert made["trade"]["price"].tolist() == [1] and made["quote"]["venue"].tolist() == ["X"]
    with pytest.raises(SystemExit):
        parser.parse_args(["csv", "--map", "time", "x.csv"])
