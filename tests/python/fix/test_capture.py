"""The journal, duplicates, and recovery between journal and plant; no sockets here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memplant import MemoryPlant, days

from slipstream.engine.base import free_ports
from slipstream.errors import FixError
from slipstream.feed.clock import VirtualClock
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import DAY_NS, MINUTE_NS, times
from slipstream.fix.capture import Capture, journal_rows, last_position
from slipstream.fix.engine import Endpoint
from slipstream.fix.journal import Journal, Record
from slipstream.fix.message import build

RECORDS = [Record(i, i * 10, "A-B", b"8=FIX\x0135=D\x01" * i) for i in range(1, 5)]


def message(seq: int, msgtype: str = "D", extra: dict[int, str] | None = None) -> bytes:
    tags = {11: f"C{seq}", 55: "ABC", 54: "1", 38: "100", 40: "1", 60: f"20240809-14:30:00.{seq:09d}"}
    if msgtype == "8":
        tags |= {37: "B1", 17: f"E{seq}", 150: "F", 39: "1", 32: "10", 31: "5", 151: "90", 14: "10", 6: "5"}
    header = [(8, "FIX.4.4"), (35, msgtype), (34, str(seq)), (49, "BROKER"), (52, "20240809-14:30:01"), (56, "CAPTURE")]
    return build([*header, *(tags | (extra or {})).items()])


class Desk:
    """A capture whose messages a test hands in, and that can be killed and started again."""

    def __init__(self, folder: Path, plant: MemoryPlant) -> None:
        self.folder, self.plant = folder, plant
        self.capture = self.open()

    def open(self) -> Capture:
        (port,) = free_ports()
        endpoint = Endpoint("CAPTURE", "BROKER", port, store=self.folder / "store", validate=False)
        publisher = Publisher(self.plant, sleep=lambda _: None, delay_max=1e9)
        return Capture(endpoint, publisher, self.folder / "journal", clock=VirtualClock(), sync="never")

    def kill(self) -> None:
        """As after kill -9: nothing is published or marked that was not before; only descriptors are given back."""
        self.close()
        self.capture = self.open()

    def close(self) -> None:
        for sessions in self.capture._sessions:
            sessions.stop()
        self.capture._journal._file.close()
        self.capture._positions._file.close()

    def take(self, raw: bytes) -> None:
        self.capture.take("CAPTURE-BROKER", raw)

    def seqs(self, table: str = "fixraw") -> list[int]:
        return [int(seq) for seq in self.plant.table(table)["seq"]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, MemoryPlant())
    yield made
    made.close()


def test_a_journal_reads_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for record in RECORDS:
        journal.append(record)
    journal.close()
    assert Journal(tmp_path / "j").records == RECORDS


def test_a_torn_record_is_cut_off_at_every_byte(tmp_path: Path) -> None:
    file = tmp_path / "j"
    journal = Journal(file, sync="never")
    ends = []
    for record in RECORDS:
        journal.append(record)
        ends.append(file.stat().st_size)
    journal.close()
    whole = file.read_bytes()
    for size in range(8, len(whole)):
        file.write_bytes(whole[:size])
        torn = Journal(file, sync="never")
        kept = sum(end <= size for end in ends)
        assert torn.records == RECORDS[:kept]
        torn.append(RECORDS[-1])
        torn.close()
        assert Journal(file, sync="never").records == [*RECORDS[:kept], RECORDS[-1]]


@pytest.mark.parametrize("bit", range(0, 64, 5))
def test_a_bit_that_flips_in_a_header_costs_nothing_behind_it(tmp_path: Path, bit: int) -> None:
    """A length that reaches beyond the file looks like a record that was torn, which it is not when whole ones follow."""
    file = tmp_path / "j"
    journal = Journal(file, sync="never")
    for record in RECORDS:
        journal.append(record)
    journal.close()
    data = bytearray(file.read_bytes())
    data[8 + bit // 8] ^= 1 << bit % 8
    file.write_bytes(data)
    with pytest.raises(FixError, match="damaged at byte 8"):
        Journal(file, sync="never")
    assert file.read_bytes() == data


def test_a_journal_of_which_only_a_part_of_the_beginning_was_written_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "j"
    for size in range(8):
        file.write_bytes(b"SLPFIX1\n"[:size])
        journal = Journal(file, sync="never")
        journal.append(RECORDS[0])
        journal.close()
        assert Journal(file, sync="never").records == RECORDS[:1]


def test_a_journal_is_read_while_another_process_writes_it(desk: Desk, tmp_path: Path) -> None:
    for seq in range(1, 4):
        desk.take(message(seq, "8" if seq > 1 else "D"))
    with (tmp_path / "journal").open("ab") as file:
        file.write(b"\x20\0\0\0half")
    size = (tmp_path / "journal").stat().st_size
    assert journal_rows(tmp_path / "journal") == (3, {"fixraw": 3, "orders": 1, "fills": 2})
    assert (tmp_path / "journal").stat().st_size == size, "what another writes is not cut"


def test_the_position_says_what_is_published(desk: Desk, tmp_path: Path) -> None:
    position = tmp_path / "journal.position"
    assert last_position(tmp_path / "none") == (0, {})
    desk.take(message(1))
    assert last_position(position)[0] == 0
    desk.capture.drain()
    with position.open("ab") as file:
        file.write(b'{"records": 9, "tab')
    records, tables = last_position(position)
    assert (records, tables["fixraw"].rows) == (1, 1)


def test_no_table_lags_a_day(desk: Desk) -> None:
    """Messages of two days published at once: all of the first day, whatever the table, before any of the next."""
    desk.take(message(1))
    desk.take(message(2, "8"))
    desk.take(message(3, "D", {60: "20240810-00:00:00.1"}))
    desk.capture.drain()
    reached = [day for _, batch in desk.plant.batches for day in days(batch)]
    assert reached == sorted(reached) and len(set(reached)) == 2
    assert len(desk.seqs("orders")) == 2


def test_no_table_lags_where_a_calendars_day_begins(desk: Desk) -> None:
    """XCME's begins at 22:00 UTC in summer: what was captured before it and is published after it."""
    desk.take(message(1, "D", {60: "20240809-21:59:59.1"}))
    desk.take(message(2, "8", {60: "20240809-21:59:59.2"}))
    desk.take(message(3, "D", {60: "20240809-22:00:00.1"}))
    desk.take(message(4, "8", {60: "20240809-22:00:00.2"}))
    desk.capture.drain()
    minutes = [
        minute for _, batch in desk.plant.batches for minute in sorted(set((times(batch) // MINUTE_NS).tolist()))
    ]
    assert minutes == sorted(minutes) and len(set(minutes)) == 2
    assert len(desk.seqs("orders")) == len(desk.seqs("fills")) == 2


@pytest.mark.parametrize("sends", range(8))
def test_messages_of_days_in_any_order_are_published_once_whatever_dies(desk: Desk, sends: int) -> None:
    """Log files that are read one after another: their messages are of the days that they are of."""
    desk.plant.one_log = True
    for seq, day in enumerate((2, 1, 2, 1), 1):
        desk.capture.take("CAPTURE-BROKER", message(seq), moment=day * DAY_NS + seq)
    die_at(desk.plant, sends)
    with pytest.raises(Killed):
        desk.capture.drain()
        raise Killed
    del desk.plant.publish  # type: ignore[method-assign]
    desk.kill()
    assert desk.seqs() == desk.seqs("orders") == [1, 2, 3, 4]


def test_event_time_does_not_go_back_over_a_restart(desk: Desk) -> None:
    desk.take(message(1, "D", {60: "20240809-14:30:09"}))
    desk.kill()
    desk.take(message(2, "D", {60: "20240809-14:30:01"}))
    desk.capture.drain()
    first, second = desk.plant.table("fixraw")["time"]
    assert second >= first


def test_damage_in_the_middle_is_an_error_not_a_loss(tmp_path: Path) -> None:
    file = tmp_path / "j"
    journal = Journal(file)
    for record in RECORDS:
        journal.append(record)
    journal.close()
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(data)
    with pytest.raises(FixError, match="damaged at byte 8"):
        Journal(file)
    (tmp_path / "other").write_bytes(b"something else")
    with pytest.raises(FixError, match="not a FIX capture journal"):
        Journal(tmp_path / "other")


def test_rows_carry_event_time_and_the_sender_s(desk: Desk) -> None:
    desk.take(message(2))
    desk.take(message(3, "8"))
    assert desk.capture.drain() == 2
    (order,), (fill,) = desk.plant.rows("orders"), desk.plant.rows("fills")
    assert (order["event"], order["seq"], order["session"]) == ("new", 2, "CAPTURE-BROKER")
    assert (fill["execid"], fill["seq"]) == ("E3", 3)
    assert int(order["time"].astype("i8") - order["etime"].astype("i8")) == 50_000
    assert [row["msgtype"] for row in desk.plant.rows("fixraw")] == ["D", "8"]


def test_possible_duplicates_are_recognised(desk: Desk) -> None:
    """A resend keeps its number (43=Y); an application's repeat has a new one (97=Y); an execution is known by its id."""
    desk.take(message(2))
    desk.take(message(2, extra={43: "Y", 122: "20240809-14:30:01"}))
    desk.take(message(9, extra={11: "C2", 60: "20240809-14:30:00.000000002", 97: "Y"}))
    desk.take(message(3, "8"))
    desk.take(message(4, "8", {17: "E3"}))
    desk.take(message(5, "8", {17: "E5", 43: "Y"}))  # marked as a duplicate, but never seen: new
    desk.capture.drain()
    assert desk.seqs() == [2, 3, 5]
    assert desk.capture.counters.duplicates == 3


def test_an_execution_id_used_again_the_next_day_is_new(desk: Desk) -> None:
    desk.take(message(3, "8"))
    desk.take(message(4, "8", {17: "E3", 60: "20240810-14:30:00"}))
    desk.capture.drain()
    assert desk.seqs("fills") == [3, 4]


def test_a_repeated_order_without_a_flag_is_kept(desk: Desk) -> None:
    """A ClOrdID used twice is the client's mistake and the broker's to reject; both messages were sent."""
    desk.take(message(2))
    desk.take(message(3, extra={11: "C2"}))
    desk.capture.drain()
    assert desk.seqs() == [2, 3]


def test_a_message_that_cannot_be_decoded_is_kept_raw_and_counted(desk: Desk) -> None:
    desk.take(message(2, extra={38: "many"}))
    desk.take(message(3))
    desk.capture.drain()
    assert desk.seqs("orders") == [3]
    assert len(desk.plant.rows("fixraw")) == 2
    assert desk.capture.counters.undecodable == 1
    assert desk.capture.quarantine.reasons == {"number": 1}


def test_a_restart_publishes_what_was_kept_and_remembers_chains(desk: Desk) -> None:
    desk.take(message(2, extra={526: "P"}))
    desk.capture.drain()
    desk.take(message(3, "G", {41: "C2"}))
    desk.kill()
    assert desk.capture.counters.recovered == 1
    assert desk.seqs() == [2, 3]
    assert [(row["id"], row["parent"]) for row in desk.plant.rows("orders")] == [("C2", "P"), ("C2", "P")]
    desk.take(message(3, "G", {41: "C2", 43: "Y"}))
    desk.capture.drain()
    assert desk.seqs() == [2, 3]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("take"), st.sampled_from("D8")),
            st.tuples(st.just("again"), st.integers(0, 5)),
            st.tuples(st.just("drain"), st.sampled_from(["", "before", "after"])),
            st.tuples(st.just("kill"), st.integers(0, 3)),
        ),
        max_size=30,
    )
)
def test_whatever_happens_every_message_is_published_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object]]
) -> None:
    """
    Messages, resends, drains over connections that break before or after the plant has logged, and deaths at any of the sends
    of a drain; afterwards each message is there once, in order.
    """
    plant = MemoryPlant()
    desk = Desk(tmp_path_factory.mktemp("desk"), plant)
    sent: list[tuple[int, str]] = []
    for what, how in steps:
        if what == "take":
            sent.append((len(sent) + 2, str(how)))
            desk.take(message(*sent[-1]))
        elif what == "again" and sent:
            seq, kind = sent[-1 - int(str(how)) % len(sent)]
            desk.take(message(seq, kind, {43: "Y"}))
        elif what == "drain":
            plant.breaks = ["", str(how)]
            desk.capture.drain()
            plant.breaks = []
        elif what == "kill":
            die_at(plant, int(str(how)))
            with pytest.raises(Killed):
                desk.capture.drain()
                raise Killed
            del plant.publish  # type: ignore[method-assign]
            desk.kill()
    desk.capture.drain()
    desk.close()
    assert desk.seqs() == [seq for seq, _ in sent]
    assert desk.seqs("orders") == [seq for seq, kind in sent if kind == "D"]
    assert desk.seqs("fills") == [seq for seq, kind in sent if kind == "8"]


class Killed(BaseException):
    """The process is gone."""


def die_at(plant: MemoryPlant, sends: int) -> None:
    """The process dies after so many sends, the last of which the plant has logged."""
    left = [sends]
    whole = MemoryPlant.publish

    def publish(table: str, columns: object) -> object:
        if left[0] == 0:
            raise Killed
        made = whole(plant, table, columns)  # type: ignore[arg-type]
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return made

    plant.publish = publish  # type: ignore[method-assign,assignment]
