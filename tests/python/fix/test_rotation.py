"""The journal over days and files: deaths at every step of a change of file, and what is remembered of earlier ones."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import BEGIN, DAY, SESSION, Market, Wire
from memplant import MemoryPlant

from slipstream.backfill import backfill
from slipstream.config import load_config
from slipstream.errors import FixError
from slipstream.feed.clock import VirtualClock
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import FIX_TABLES
from slipstream.fix.intake import Intake, Rotation, journal_rows, last_position, replay
from slipstream.fix.journal import Journal, closed_files, read_file, read_journal
from slipstream.fix.message import build, format_time
from slipstream.retention import apply, plan

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0")
ALWAYS = Rotation(size=1)
"""A file for each publication."""


class Killed(BaseException):
    """The process is gone."""


class Mortal:
    """Dies at a step to the disk or to the plant: before it, or just behind it."""

    def __init__(self, patch: pytest.MonkeyPatch, plant: MemoryPlant) -> None:
        self.left: int | None = None
        self.told: list[str] = []
        for where, name in ((os, "fsync"), (os, "link"), (Path, "replace"), (Path, "unlink"), (plant, "publish")):
            patch.setattr(where, name, self._step(name, getattr(where, name)))

    def _step(self, name: str, done: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            self._breathe(name)
            made = done(*given, **named)
            self._breathe(name)
            return made

        return step

    def _breathe(self, name: str) -> None:
        if self.left is None:
            return
        self.told.append(name)
        if self.left == 0:
            self.left = None
            raise Killed
        self.left -= 1


class Desk:
    """An intake that can be killed at any step and is then started again."""

    def __init__(self, folder: Path, rotation: Rotation | None, patch: pytest.MonkeyPatch | None = None) -> None:
        self.journal, self.rotation = folder / "journal", rotation
        self.plant = MemoryPlant()
        self.plant.one_log = True
        self.mortal = None if patch is None else Mortal(patch, self.plant)
        self.intake = self.open()

    def open(self) -> Intake:
        publisher = Publisher(self.plant, sleep=lambda _: None, delay_max=1e9)
        return Intake(publisher, self.journal, clock=VirtualClock(), sync="never", rotation=self.rotation)

    def take(self, *raws: bytes) -> None:
        for raw in raws:
            self.intake.take(SESSION, raw)

    def day(self, *raws: bytes) -> None:
        self.take(*raws)
        self.intake.drain()

    def again(self) -> None:
        """Another process goes on."""
        self.intake.close()
        self.intake = self.open()

    def dies(self, steps: int) -> bool:
        """Publish, and die after so many steps; whether it came to that. The next process may die as often."""
        assert self.mortal is not None
        self.mortal.left = steps
        try:
            self.intake.drain()
        except Killed:
            self.intake._journal._file.close()
            self.intake._positions._file.close()
            while True:
                self.mortal.left = steps = steps - 1
                try:
                    self.intake = self.open()
                    break
                except Killed:
                    continue
            self.mortal.left = None
            return True
        self.mortal.left = None
        return False

    def rows(self) -> dict[str, list[str]]:
        return {table: [str(row) for row in self.plant.rows(table)] for table in FIX_TABLES}


def message(seq: int, at: int, msgtype: str = "D", **extra: str) -> bytes:
    """Sent at a time after BEGIN, in ns."""
    clock = format_time(BEGIN + at)
    tags = {11: f"C{seq}", 55: "ABC", 54: "1", 38: "100", 40: "1", 60: clock}
    if msgtype == "8":
        tags |= {37: f"B{seq}", 17: f"E{seq}", 150: "F", 39: "1", 32: "10", 31: "5", 151: "90", 14: "10", 6: "5"}
    tags |= {int(name[1:]): value for name, value in extra.items()}
    head = [(8, "FIX.4.4"), (35, msgtype), (34, str(seq)), (49, "CLI"), (52, clock), (56, "BRK")]
    return build([*head, *((tag, value) for tag, value in tags.items() if value)])


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1, 2_000, 1 << 30]), daily=st.booleans(), data=st.data())
def test_every_row_is_made_once_and_as_without_files_wherever_it_dies(
    tmp_path_factory: pytest.TempPathFactory, seed: int, size: int, daily: bool, data: st.DataObject
) -> None:
    rng = random.Random(seed)
    made = Wire(Market(rng, rng.choice(VERSIONS), 3, 2), rng, shuffled=rng.random() < 0.5, repeated=True)
    plain = Desk(tmp_path_factory.mktemp("plain"), None)
    plain.day(*made.sent)
    with pytest.MonkeyPatch.context() as patch:
        desk = Desk(tmp_path_factory.mktemp("desk"), Rotation(size, daily), patch)
        at = 0
        while at < len(made.sent):
            several = data.draw(st.integers(1, 12))
            desk.take(*made.sent[at : at + several])
            at += several
            desk.dies(data.draw(st.integers(0, 40)))
        desk.intake.drain()
        desk.again()
    assert desk.rows() == plain.rows()
    assert journal_rows(desk.journal) == journal_rows(plain.journal)
    raws = [record.raw for record, _ in replay(desk.journal)]
    assert raws == [record.raw for record, _ in replay(plain.journal)]
    assert last_position(desk.journal.with_name("journal.position"))[0] == desk.intake.count == len(raws)


def test_it_may_die_at_every_step_of_a_change_of_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step on its own, messages coming in before and behind it."""
    steps, told = 0, set[str]()
    while True:
        folder = tmp_path / str(steps)
        folder.mkdir()
        with monkeypatch.context() as patch:
            desk = Desk(folder, ALWAYS, patch)
            desk.day(message(1, 0))
            desk.take(message(2, DAY), message(3, DAY + 1, "8"))
            died = desk.dies(steps)
            assert desk.mortal is not None
            told |= set(desk.mortal.told)
            desk.day(message(2, DAY, _43="Y"), message(4, 2 * DAY), message(3, DAY + 1, "8", _43="Y"))
            desk.again()
        bases = [file.base for file in closed_files(desk.journal)]
        assert bases == sorted(set(bases)), "a name that one gave who died before the rename"
        assert [row["seq"] for row in desk.plant.rows("fixraw")] == [1, 2, 3, 4]
        assert [record.raw for record, _ in replay(desk.journal)] == [
            message(1, 0), message(2, DAY), message(3, DAY + 1, "8"), message(4, 2 * DAY)
        ]  # fmt: skip
        if not died:
            break
        steps += 1
    # a file that is begun and synced, the link, the rename, the names; and the sends
    assert told >= {"fsync", "link", "replace", "publish"} and steps > 12


def test_messages_that_come_while_the_next_file_is_written_are_in_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALWAYS)
    prepare = desk.intake._journal.prepare

    def slowly(state: Any) -> None:
        prepare(state)
        desk.take(message(2, 1), message(3, 2))

    desk.intake._journal.prepare = slowly  # type: ignore[method-assign]
    desk.day(message(1, 0))
    assert [record.raw for record in read_file(desk.journal)[1]] == [message(2, 1), message(3, 2)]
    assert desk.intake.pending == 2
    desk.again()
    assert [row["seq"] for row in desk.plant.rows("fixraw")] == [1, 2, 3]


def test_a_start_reads_the_last_file_only_and_memory_holds_what_is_pending(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Rotation())
    for day in range(5):
        desk.day(*(message(day * 10 + seq, day * DAY + seq) for seq in range(1, 6)))
        assert desk.intake._journal.records == []
    closed = closed_files(desk.journal)
    assert [str(file.first) for file in closed] == ["2024-08-09", "2024-08-10", "2024-08-11", "2024-08-12"]
    assert sum(len(records) for _, records in read_journal(desk.journal)) == desk.intake.count == 25
    for file in closed:
        file.path.unlink()
    desk.again()
    desk.day(message(15, DAY + 5, _43="Y"), message(99, 4 * DAY + 9))
    assert desk.intake.counters.duplicates == 1
    assert [row["seq"] for row in desk.plant.rows("fixraw")][-2:] == [45, 99]
    assert desk.intake.sessions == {SESSION}


def test_what_works_is_remembered_and_what_does_not_is_forgotten(tmp_path: Path) -> None:
    """Orders and messages of a month, with two days' memory: as much is known as after a week, and all of what still works."""
    desk = Desk(tmp_path, Rotation(days=2))
    desk.day(
        message(1, 0, _11="PARENT", _59="1", _38="1000"),
        message(2, 1, _11="GTC", _59="1", _526="PARENT"),
        message(3, 2, _11="FILLED", _526="PARENT"),
        message(4, 3, "8", _11="FILLED", _37="BF", _39="2", _14="100", _32="100"),
        message(5, 4, _11="ORPHAN", _526="NEVER"),
    )
    sizes = []
    for day in range(1, 30):
        for seq in range(day * 10, day * 10 + 3):
            # some are never said to be at their end
            report = message(seq, day * DAY + seq, "8", _39="2" if seq % 3 else "1", _527=f"S{seq}")
            desk.day(message(seq, day * DAY + seq), report)
        desk.again()
        sizes.append((len(desk.intake.orders._known()), sum(map(len, desk.intake._seen._days.values()))))
    assert max(sizes[6:]) == sizes[6] == sizes[-1], sizes
    assert len(desk.intake.orders._shared) <= 12
    # a replace of the old order, under its chain's id and parent; what the parent has of the child that was filled
    last = 30 * DAY
    desk.day(message(400, last, "G", _11="GTC2", _41="GTC"))
    (changed,) = (row for row in desk.plant.rows("orders") if row["clordid"] == "GTC2")
    assert (changed["id"], changed["parent"], changed["event"]) == ("GTC", "PARENT", "replace")
    carried = [row for row in desk.plant.rows("orders") if row["event"] == "carry"]
    assert [row["id"] for row in carried[-2:]] == ["PARENT", "GTC"] and len(carried) == 60
    assert carried[-2]["cumqty"] == 100.0


def test_a_bust_of_yesterday_s_fill_and_a_copy_are_known_over_files(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALWAYS)
    desk.day(message(1, 0))
    desk.day(message(2, 1, "8", _11="C1", _37="B1", _527="X"))
    desk.again()
    desk.intake.take("OTHER", message(2, 1, "8", _11="C1", _37="B1", _17="O2", _527="X"))
    desk.again()
    desk.intake.take("OTHER", message(3, DAY, "8", _11="", _37="B1", _17="E9", _19="O2", _150="H"))
    desk.again()
    assert [(row["kind"], row["session"], row["refid"]) for row in desk.plant.rows("fills")] == [
        ("new", SESSION, ""), ("bust", SESSION, "E2")
    ]  # fmt: skip
    assert [row["kind"] for row in desk.plant.rows("dq")] == ["copy"]


def test_a_replace_that_waits_for_its_answer_over_files_has_its_terms(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALWAYS)
    desk.day(message(1, 0, _40="2", _44="10"))
    desk.day(message(2, 1, "G", _11="C2", _41="C1", _38="70", _44="11"))
    desk.again()
    desk.day(message(3, DAY, "8", _11="C2", _41="C1", _150="5", _39="0", _17="0", _31="", _32="", _38=""))
    (replaced,) = (row for row in desk.plant.rows("orders") if row["event"] == "replaced")
    assert (replaced["id"], replaced["qty"], replaced["price"]) == ("C1", 70.0, 11.0)


def test_a_position_file_that_lost_its_end_is_helped_by_the_journal(tmp_path: Path) -> None:
    """A power cut may take lines of it, not of what the journal says of the messages before its file."""
    desk = Desk(tmp_path, ALWAYS)
    for seq in range(1, 4):
        desk.day(message(seq, seq))
    desk.intake.close()
    desk.journal.with_name("journal.position").write_bytes(b"")
    desk.intake = desk.open()
    desk.day(message(4, 4))
    assert [row["seq"] for row in desk.plant.rows("fixraw")] == [1, 2, 3, 4]


def test_a_disk_that_has_no_room_for_another_file_is_told_and_the_old_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(tmp_path, ALWAYS)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", full)
        desk.day(message(1, 0))
    desk.day(message(2, 1))
    assert closed_files(desk.journal) == [] and "No space left" in caplog.text
    desk.again()
    assert [file.base for file in closed_files(desk.journal)] == [0]
    assert [row["seq"] for row in desk.plant.rows("fixraw")] == [1, 2]


def test_nothing_is_forgotten_before_the_file_is_there_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the old file stands a restart knows all of it, and the rows that it makes must be those that were made."""
    desk = Desk(tmp_path, Rotation(days=1))
    desk.day(message(1, 0, _526="P"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        for day in range(1, 5):
            desk.intake._wait_until = 0.0
            desk.day(message(day * 10, day * DAY))
        desk.day(
            message(60, 4 * DAY + 1, "F", _11="X", _41="C1"),
            message(1, 4 * DAY + 2, _43="Y", _60=format_time(BEGIN), _526="P"),
        )
    (cancel,) = (row for row in desk.plant.rows("orders") if row["event"] == "cancel")
    assert (cancel["id"], cancel["parent"]) == ("C1", "P") and desk.intake.counters.duplicates == 1
    plain = Desk(tmp_path / "plain", None)
    plain.day(*(record.raw for record, _ in replay(desk.journal)))
    assert plain.rows() == desk.rows()


def test_a_position_file_stays_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipstream.fix.intake._POSITION_LINES", 5)
    desk = Desk(tmp_path, None)
    for seq in range(1, 40):
        desk.day(message(seq, seq))
    position = desk.journal.with_name("journal.position")
    assert len(position.read_bytes().splitlines()) <= 6 and last_position(position)[0] == 39
    desk.again()
    assert desk.intake.pending == 0


@pytest.mark.parametrize("at", [9, 13, 40])
def test_damage_to_what_is_known_of_earlier_files_is_an_error(tmp_path: Path, at: int) -> None:
    desk = Desk(tmp_path, ALWAYS)
    desk.day(message(1, 0))
    desk.intake.close()
    data = bytearray(desk.journal.read_bytes())
    data[at] ^= 1
    desk.journal.write_bytes(data)
    with pytest.raises(FixError, match="damaged in what it says of the messages before it"):
        Journal(desk.journal)


def test_a_file_that_is_missing_between_others_is_an_error_and_so_is_the_last_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ALWAYS)
    for seq in range(1, 5):
        desk.day(message(seq, seq))
    desk.intake.close()
    closed_files(desk.journal)[1].path.unlink()
    with pytest.raises(FixError, match="messages from 1 to 2 are in no file"):
        journal_rows(desk.journal)
    closed_files(desk.journal)[0].path.unlink()
    assert journal_rows(desk.journal)[0] == 2
    desk.journal.unlink()
    with pytest.raises(FixError, match="it is gone, but the files before it are there"):
        Journal(desk.journal)


def test_a_closed_file_goes_when_all_its_messages_are_stored_and_no_older_one_stays(
    tmp_path: Path, quill_path: Path
) -> None:
    config = load_config(overrides={"var": str(tmp_path), "retention.log_days": 3})
    config.fix_dir.mkdir(parents=True)
    desk = Desk(config.fix_dir, Rotation())
    desk.journal = config.fix_journal
    desk.again()
    for day in range(4):
        desk.day(message(day * 10, day * DAY), message(day * 10 + 1, day * DAY + 1))
    desk.intake.close()
    today = dt.date(2024, 8, 14)  # the last of the three closed files is three days old

    def kept() -> list[str]:
        return [item.keep for item in plan(config, today)]

    assert [item.day.day for item in plan(config, today)] == [9, 10]
    assert [words.split(" messages")[0] for words in kept()] == [
        "2 of its 2",
        f"{closed_files(desk.journal)[0].path.name}, which is older, stays",
    ]
    stored = desk.plant.table("fixraw")
    table = pa.table({"time": stored["time"].astype("M8[ns]"), "sym": ["ABC"] * 8, "seq": stored["seq"]})
    for rows, left in (([0, 2, 3], 1), ([1], 0)):
        pq.write_table(table.take(rows), tmp_path / "rows.parquet")
        backfill(config, "fixraw", [tmp_path / "rows.parquet"])
        assert kept()[0] == (f"{left} of its 2 messages are found neither in the HDB nor in the lake" if left else "")
    assert kept() == ["", ""]
    assert apply(config, plan(config, today)) > 0
    assert [file.first.day for file in closed_files(desk.journal)] == [11]
    desk.intake = desk.open()
    desk.day(message(50, 4 * DAY))
    assert [row["seq"] for row in desk.plant.rows("fixraw")][-1] == 50


def test_rows_of_another_in_the_log_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(tmp_path, None)
    desk.day(message(1, 0))
    desk.take(message(2, 1))
    other = tmp_path / "other"
    other.mkdir()
    theirs = Desk(other, None)
    theirs.plant = desk.plant
    theirs.intake = theirs.open()
    theirs.day(message(3, 2), message(4, 3))
    desk.again()
    assert (
        "2 rows of fixraw were logged since the last that was noted, and what is left of this journal makes 1"
        in caplog.text
    )
