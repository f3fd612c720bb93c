"""Batching, the day boundary, and broken connections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memplant import MemoryPlant, days

from slipstream.errors import FeedError
from slipstream.feed.base import BatchBuilder, Counters
from slipstream.feed.ledger import Ledger, Marks, Position
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import DAY_NS, Columns, columns

MIDNIGHT = 1_749_686_400_000_000_000


def trades(start: int, count: int, *, step: int = 1_000, first: int = 0) -> Columns:
    rows = [(start + i * step, "A", "x", 1.0, 1.0, "buy", "", start, first + i) for i in range(count)]
    return columns("trade", rows)


def quotes(start: int, count: int) -> Columns:
    return columns("quote", [(start + i, "A", "x", 1.0, 2.0, 1.0, 1.0, start, i) for i in range(count)])


def publisher(plant: MemoryPlant, **options: Any) -> Publisher:
    ticks = iter(range(10**9))
    return Publisher(plant, clock=lambda: next(ticks) * 0.001, sleep=lambda _: None, **options)


def test_rows_are_gathered_until_there_are_enough() -> None:
    plant = MemoryPlant()
    made = publisher(plant, rows_max=10, delay_max=1e9)
    for first in range(0, 12, 4):
        made.add("trade", trades(MIDNIGHT + first, 4, first=first))
    assert [len(c["seq"]) for _, c in plant.batches] == [12]
    assert made.sent == {"trade": 12}


def test_rows_wait_no_longer_than_the_delay() -> None:
    plant = MemoryPlant()
    now = [0.0]
    made = Publisher(plant, rows_max=1000, delay_max=0.5, clock=lambda: now[0])
    made.add("trade", trades(MIDNIGHT, 1))
    made.flush_due()
    assert plant.batches == []
    now[0] = 0.5
    made.flush_due()
    assert len(plant.batches) == 1


def test_a_batch_never_crosses_midnight_and_no_table_lags_a_day() -> None:
    plant = MemoryPlant()
    made = publisher(plant, delay_max=1e9)
    made.add("quote", quotes(MIDNIGHT - 10, 5))
    made.add("trade", trades(MIDNIGHT - 2, 4, step=1))
    made.flush()
    assert [table for table, _ in plant.batches] == ["quote", "trade", "trade"]
    assert [days(c) for _, c in plant.batches] == [{MIDNIGHT // DAY_NS - 1}] * 2 + [{MIDNIGHT // DAY_NS}]


@pytest.mark.parametrize("step_s", [1, 7, 3600])
def test_no_table_lags_where_a_calendars_day_begins(step_s: int) -> None:
    """A trading day may begin at any minute, XCME's at 22:00 UTC in summer: nothing of before is sent after something of it."""
    plant = MemoryPlant()
    made = publisher(plant, delay_max=1e9)
    roll, second = MIDNIGHT - 2 * 3_600_000_000_000, 1_000_000_000
    builder = BatchBuilder(step_s * second, Counters())
    batches = []
    for moment in range(roll - 20 * second, roll + 20 * second, second):
        batches.append(builder.at(moment))
        # the table that comes first in a batch and the one that comes last
        builder.add("quote", (moment, "A", "x", 1.0, 2.0, 1.0, 1.0, moment, 0))
        builder.add("trade", (moment, "A", "x", 1.0, 1.0, "buy", "", moment, 0))
    for batch in [*batches, builder.take()]:
        for table, rows in (batch.tables if batch else {}).items():
            made.add(table, rows)
    made.flush()
    sent = [c["time"].astype("M8[ns]").astype("i8") < roll for _, c in plant.batches]
    assert all(before.all() or not before.any() for before in sent)
    assert [bool(before[0]) for before in sent] == sorted((bool(before[0]) for before in sent), reverse=True)
    assert sum(len(before) for before in sent) == 80


def test_wrong_columns_are_refused() -> None:
    with pytest.raises(FeedError, match="trade: columns"):
        publisher(MemoryPlant()).add("trade", quotes(MIDNIGHT, 1))


@pytest.mark.parametrize("what", ["before", "after"])
def test_a_broken_connection_neither_loses_nor_doubles(what: str) -> None:
    plant = MemoryPlant(["", what])
    plant.refuse = 3
    made = publisher(plant, delay_max=0)
    for first in range(0, 9, 3):
        made.add("trade", trades(MIDNIGHT + first, 3, first=first))
    made.flush()
    assert plant.table("trade")["seq"].tolist() == list(range(9))
    assert made.reconnects == 1


@given(
    st.lists(st.sampled_from(["", "before", "after"]), max_size=30),
    st.lists(
        st.tuples(st.sampled_from(["quote", "trade"]), st.integers(1, 5), st.integers(0, DAY_NS // 2)),
        max_size=25,
    ),
)
def test_every_row_arrives_once_in_order_whatever_breaks(breaks: list[str], adds: list[tuple[str, int, int]]) -> None:
    plant = MemoryPlant(breaks)
    made = publisher(plant, rows_max=7, delay_max=1e9)
    moment, sent = MIDNIGHT, {"quote": 0, "trade": 0}
    for table, rows, gap in adds:
        moment += gap
        if table == "trade":
            made.add("trade", trades(moment, rows, step=1, first=sent["trade"]))
        else:
            part = quotes(moment, rows)
            part["seq"] += sent["quote"]
            made.add("quote", part)
        sent[table] += rows
        moment += rows
    made.flush()
    for table, rows in sent.items():
        assert plant.table(table)["seq"].tolist() == list(range(rows))
    assert all(len(days(c)) == 1 for _, c in plant.batches)
    assert made.pending == 0


@pytest.mark.parametrize("bad", [{0}, {1}, {4}, {0, 1, 2, 3, 4}, {1, 3}, {5}, {1, 6}])
def test_rows_beside_refused_ones_are_not_sent_twice(bad: set[int]) -> None:
    """The batch was logged but for its refused rows, and the answer lost: what is logged must not come again."""
    plant = MemoryPlant(["after", "", "after"])
    plant.bad = bad.__contains__
    made = publisher(plant, delay_max=0)
    for first in (0, 5):
        made.add("trade", trades(MIDNIGHT + first, 5, first=first))
    made.flush()
    assert plant.table("trade")["seq"].tolist() == [seq for seq in range(10) if seq not in bad]


@pytest.mark.parametrize("bad", [set(), {1}, {3}, {2, 3}, {0, 1, 2, 3}])
@pytest.mark.parametrize("dies_at", range(1, 6))
def test_rows_beside_refused_ones_are_not_sent_twice_by_another_run(
    tmp_path: Path, dies_at: int, bad: set[int]
) -> None:
    """The publisher dies between the answer and its note; the next run, whose batches fall otherwise, must not send again."""
    plant, path = MemoryPlant(), tmp_path / "ledger"
    plant.bad = lambda seq: seq % 4 in bad

    def play(ledger: Ledger, batch: int) -> None:
        made = publisher(plant, rows_max=batch, delay_max=1e9, ledger=ledger)
        for first in range(0, 24, 3):
            made.add("trade", trades(MIDNIGHT + first, 3, step=1, first=first))
        made.flush()

    ledger = Mortal(path, dies_at + len(Ledger(path).tables), noted=False)
    with pytest.raises(Killed):
        play(ledger, 6)
        raise Killed  # all sent before it could die
    ledger.close()
    play(Ledger(path), 7)
    assert plant.table("trade")["seq"].tolist() == [seq for seq in range(24) if seq % 4 not in bad]


@pytest.mark.parametrize(("what", "left"), [("damaged before", [5, 6, 7, 8, 9]), ("damaged itself", list(range(10)))])
def test_a_log_that_was_mended_meanwhile_gets_what_it_lacks_of_the_batch(what: str, left: list[int]) -> None:
    """Counts say nothing then: the batch is in the log or not, whatever else the log has lost."""
    plant = MemoryPlant(["", what])
    made = publisher(plant, delay_max=0)
    for first in (0, 5):
        made.add("trade", trades(MIDNIGHT + first, 5, first=first))
    made.flush()
    assert plant.table("trade")["seq"].tolist() == left


def test_a_plant_that_cannot_tell_stops_the_publisher_rather_than_guess() -> None:
    made = publisher(MemoryPlant(["after"], tells=False), delay_max=0)
    with pytest.raises(FeedError, match="cannot say"):
        made.add("trade", trades(MIDNIGHT, 1))


def test_giving_up_says_so() -> None:
    plant = MemoryPlant(["before"])
    plant.refuse = 10**6
    made = publisher(plant, delay_max=0, retry_for=0.5)
    with pytest.raises(FeedError, match=r"no connection for 0\.5 s"):
        made.add("trade", trades(MIDNIGHT, 1))
    assert np.array_equal(plant.table("trade")["time"], [])


class Killed(Exception):
    """The publisher's process dies."""


class Mortal(Ledger):
    """A ledger whose process dies at a write: before it, so that a batch is logged and not noted, or after."""

    def __init__(self, path: Path, dies_at: int, *, noted: bool) -> None:
        self._left, self._noted = dies_at, noted
        super().__init__(path)

    def write(self, table: str, sent: int, at: Position) -> None:
        self._left -= 1
        if self._left > 0 or self._noted:
            super().write(table, sent, at)
        if self._left <= 0:
            raise Killed


@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize("dies_at", range(1, 12))
def test_a_publisher_started_again_sends_what_is_missing(tmp_path: Path, dies_at: int, noted: bool) -> None:
    """Wherever it died, and twice; the source begins anew each time, and batches fall otherwise."""
    plant, path = MemoryPlant(), tmp_path / "ledger"

    def play(ledger: Ledger, batch: int) -> Publisher:
        made = publisher(plant, rows_max=batch, delay_max=1e9, ledger=ledger)
        for first in range(0, 20, 2):
            made.add("quote", quotes(MIDNIGHT - 8 + first, 2))
            made.add("trade", trades(MIDNIGHT - 8 + first, 2, step=1, first=first))
        made.flush()
        return made

    for number, batch in enumerate((4, 6), 1):
        ledger = Mortal(path, dies_at // number, noted=noted)
        with pytest.raises(Killed):
            play(ledger, batch)
        ledger.close()
    ended = play(Ledger(path), 7)
    assert [int(seq) for seq in plant.table("trade")["seq"]] == list(range(20))
    assert len(plant.table("quote")["seq"]) == 20
    assert ended.sent == {"quote": 20, "trade": 20}
    assert not ended.behind


def test_a_ledger_forgets_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    ledger = Ledger(path)
    ledger.write("trade", 5, Position("a", 5))
    ledger.close()
    with path.open("ab") as file:
        file.write(b'{"table": "trade", "se')
    again = Ledger(path)
    assert (again.sent, again.at) == ({"trade": 5}, {"trade": Position("a", 5)})
    again.write("trade", 6, Position("a", 6))
    again.close()
    assert Ledger(path).sent == {"trade": 6}


def test_a_ledger_of_another_plant_is_refused(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    for table in ledger.tables:
        ledger.write(table, 9, Position("", 9))
    with pytest.raises(FeedError, match="fewer than were acknowledged"):
        publisher(MemoryPlant(), ledger=ledger)
    with pytest.raises(FeedError, match="cannot say what is logged"):
        publisher(MemoryPlant(tells=False), ledger=Ledger(tmp_path / "other"))


class Dying(MemoryPlant):
    """A plant whose publisher dies at a send: before the batch is logged, or after."""

    dies_at = 0

    def publish(self, table: str, columns: Columns) -> Position | None:
        self.dies_at -= 1
        if self.dies_at == 0:
            if self.logs:
                super().publish(table, columns)
            raise Killed
        return super().publish(table, columns)

    logs = False


@pytest.mark.parametrize("logs", [True, False])
@pytest.mark.parametrize("dies_at", range(1, 6))
def test_marks_are_what_the_plant_has(tmp_path: Path, dies_at: int, logs: bool) -> None:
    """Wherever the publisher of a live feed died, the next knows the last print that was logged, twice over."""
    plant, path = Dying(), tmp_path / "marks"
    plant.logs = logs
    upcoming = 0
    for _ in range(2):
        plant.dies_at = dies_at
        marks = Marks(path)
        made = publisher(plant, rows_max=1, delay_max=1e9, marks=marks)
        assert marks.last.get("x A", -1) == plant.table("trade")["seq"].max(initial=-1)
        with pytest.raises(Killed):
            for first in range(upcoming, upcoming + 8):
                made.add("trade", trades(MIDNIGHT + first, 1, first=first))
                upcoming = first + 1
        marks.close()
    marks = Marks(path)
    marks.settle(plant.position("trade"))
    logged = plant.table("trade")["seq"].max(initial=-1)
    assert marks.last == ({} if logged < 0 else {"x A": logged})


def test_marks_forget_a_torn_line_and_stay_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from slipstream.feed import ledger as module

    monkeypatch.setattr(module, "_MARK_LINES", 10)
    path = tmp_path / "marks"
    marks = Marks(path)
    marks.settle(None)
    for number in range(100):
        marks.sending({f"v {number % 3}": number}, Position("a", number))
    marks.close()
    assert path.read_bytes().count(b"\n") <= 11
    with path.open("ab") as file:
        file.write(b'{"last": {"v 0": 5')
    again = Marks(path)
    again.settle(Position("a", 100))
    assert again.last == {"v 0": 99, "v 1": 97, "v 2": 98}
    again.close()
    # the plant does not have the last batch
    lost = Marks(path)
    lost.sending({"v 0": 105}, Position("a", 100))
    lost.close()
    lost = Marks(path)
    lost.settle(Position("a", 100))
    assert lost.last["v 0"] == 99


@pytest.mark.parametrize("line", [b"x", b"{}", b"[1]", b'{"last": 3, "at": null}', b"\xff\xfe"])
def test_files_that_are_no_ledger_are_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "some"
    path.write_bytes(line + b"\n")
    with pytest.raises(FeedError, match="some: not a ledger"):
        Ledger(path)
    with pytest.raises(FeedError, match="some: not a file of marks"):
        Marks(path)
