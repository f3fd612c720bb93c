"""EMS, broker and capture over real FIX sessions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from memplant import DATA, NO_SHARED, MemoryPlant, days

from slipstream.engine.base import free_ports
from slipstream.errors import FixError
from slipstream.feed.base import Batch
from slipstream.feed.demo_session import capture_parents, run_session
from slipstream.feed.ledger import Ledger
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import DAY_NS, FIX_TABLES, TABLES, times
from slipstream.feed.session import SessionOptions, SessionRunner
from slipstream.feed.sim import MIDNIGHT_NS, SimFeed
from slipstream.fix.capture import Capture
from slipstream.fix.ems import ParentSpec
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal, message_of, send
from slipstream.fix.matching import Rules
from slipstream.fix.message import parse
from slipstream.fix.sessions import read

PARENTS = [
    ParentSpec("ACME", "buy", 6_000.0, 2.0, 40.0, algo="twap", slices=8),
    ParentSpec("BOLT", "sell", 3_000.0, 5.0, 45.0, algo="pov", rate=0.2),
    ParentSpec("CRUX", "buy", 5_000.0, 5.0, 30.0, algo="pov", rate=0.1),
]


def runner(
    folder: Path, plant: MemoryPlant, parents: list[ParentSpec] = PARENTS, *, seconds: float = 60.0
) -> SessionRunner:
    feed = SimFeed(seed=5, start_ns=MIDNIGHT_NS - 30_000_000_000, duration_s=seconds)
    options = SessionOptions(folder, sync="never", run_id="t", rules=Rules(lot=1.0))
    return SessionRunner(feed, Publisher(plant, delay_max=0.01), parents, options)


def check(plant: MemoryPlant, made: SessionRunner) -> None:
    """What must hold of any session."""
    orders, fills, raw = plant.rows("orders"), plant.rows("fills"), plant.rows("fixraw")
    assert made.broker is not None and made.ems is not None
    # nothing lost, nothing doubled: every copy the broker sent is there once
    assert len(raw) == made.broker.copied == len({int(row["seq"]) for row in raw})
    assert len(raw) == len(orders) + len(fills)
    assert len(fills) == len({row["execid"] for row in fills})
    # what the EMS thinks it has done is what the fills say
    for parent in made.ems.parents:
        mine = [row for row in fills if row["parent"] == parent.id]
        assert sum(row["qty"] for row in mine) == pytest.approx(parent.filled)
        assert sum(row["qty"] * row["price"] for row in mine) == pytest.approx(parent.notional)
        assert parent.state in ("filled", "canceled")
        assert (parent.state == "filled") == (parent.leaves == 0)
        assert all(row["side"] == parent.spec.side and row["sym"] == parent.spec.sym for row in mine)
    # an order's running figures follow from its fills
    for order in {row["order"] for row in fills}:
        mine = [row for row in fills if row["order"] == order]
        assert [row["cum"] for row in mine] == pytest.approx(np.cumsum([row["qty"] for row in mine]))
    # time goes forward, and nothing arrives before it was sent
    for table in FIX_TABLES:
        assert np.all(np.diff(times(plant.table(table))) >= 0)
    assert all(row["time"] >= row["etime"] for row in orders + fills)


def test_parents_are_worked_across_midnight(tmp_path: Path) -> None:
    plant = MemoryPlant()
    made = runner(tmp_path, plant)
    made.run()
    check(plant, made)
    events = Counter(row["event"] for row in plant.rows("orders"))
    assert {"new", "ack", "replace", "replaced", "cancel", "canceled", "done"} <= set(events)
    assert len(days(plant.table("fills"))) == 2
    assert {row["liquidity"] for row in plant.rows("fills")} == {"maker", "taker"}
    (root,) = [row for row in plant.rows("orders") if row["event"] == "new" and row["id"] == "P-t-2"]
    assert (root["parent"], root["algo"], root["qty"], root["side"]) == ("", "pov", 3000.0, "sell")
    assert {row["parent"] for row in plant.rows("orders")} == {"", "P-t-1", "P-t-2", "P-t-3"}


def test_fills_are_at_the_touch_or_at_the_orders_own_limit(tmp_path: Path) -> None:
    plant = MemoryPlant()
    made = runner(tmp_path, plant)
    made.run()
    quote = plant.table("quote")
    limits: dict[str, float] = {}
    for row in sorted(plant.rows("orders") + plant.rows("fills"), key=lambda row: int(row["seq"])):
        if "event" in row:
            if row["event"] in ("new", "replaced"):
                limits[row["id"]] = row["price"]
            continue
        limit = limits[row["order"]]
        if row["liquidity"] == "maker":
            assert row["price"] == limit
            continue
        known = np.flatnonzero((quote["sym"] == row["sym"]) & (quote["time"] <= row["etime"]))[-1]
        assert row["price"] == quote["ask" if row["side"] == "buy" else "bid"][known]
        assert row["price"] <= limit if row["side"] == "buy" else row["price"] >= limit


def strip(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: str(value) for name, value in row.items() if name != "msg"} for row in rows]


def test_the_same_session_gives_the_same_rows(tmp_path: Path) -> None:
    plants = MemoryPlant(), MemoryPlant()
    for number, plant in enumerate(plants):
        runner(tmp_path / str(number), plant, seconds=30.0).run()
    for table in FIX_TABLES:
        assert strip(plants[0].rows(table)) == strip(plants[1].rows(table))
    assert len(plants[0].rows("fills")) > 0


def bare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what a session numbers by itself."""
    return [{name: value for name, value in row.items() if name != "seq"} for row in strip(rows)]


@pytest.mark.parametrize("steps", [(3, 5), (60, 150), (150, 300), (298, 302)])
def test_a_session_that_dies_goes_on_when_it_is_run_again(tmp_path: Path, steps: tuple[int, ...]) -> None:
    """Its objects are thrown away in the middle, what they have not sent yet with them; the rows are those of one that lives."""

    class Dies(Exception):
        pass

    def made(folder: Path, plant: MemoryPlant) -> SessionRunner:
        feed = SimFeed(seed=5, start_ns=MIDNIGHT_NS - 30_000_000_000, duration_s=60.0)
        options = SessionOptions(folder, sync="never", run_id="t", rules=Rules(lot=1.0))
        kept = Publisher(plant, delay_max=0.01, ledger=Ledger(folder / "ledger"))
        return SessionRunner(feed, kept, PARENTS, options, on_day_end=ends.append)

    ends: list[int] = []
    whole, plant = MemoryPlant(), MemoryPlant()
    made(tmp_path / "whole", whole).run()
    for last in steps:
        session, left = made(tmp_path / "parts", plant), iter(range(last, -1, -1))

        def dies(_batch: Batch, left: Iterator[int] = left) -> None:
            if not next(left):
                raise Dies

        with pytest.raises(Dies):
            session.run(dies)
    ends.clear()
    session = made(tmp_path / "parts", plant)
    session.run()
    session.finish_day()
    check(plant, session)
    assert session.publisher.sent["quote"] == len(whole.rows("quote"))
    for table in TABLES:
        assert bare(plant.rows(table)) == bare(whole.rows(table)), table
    assert ends == [MIDNIGHT_NS // DAY_NS - 1, MIDNIGHT_NS // DAY_NS]


def test_a_session_in_the_folder_of_another_is_refused(tmp_path: Path) -> None:
    runner(tmp_path, MemoryPlant(), seconds=10.0).run()
    with pytest.raises(FixError, match="differs from the one whose files are here"):
        runner(tmp_path, MemoryPlant(), PARENTS[:1], seconds=10.0).run()


def test_market_rows_come_before_the_orders_decided_on_them(tmp_path: Path) -> None:
    """When an order row reaches the plant, every quote up to its time is there already."""
    plant = MemoryPlant()
    made = runner(tmp_path, plant, seconds=30.0)
    made.run()
    reached = 0
    for table, batch in plant.batches:
        if table == "quote":
            reached = int(times(batch)[-1])
        if table in ("orders", "fills"):
            later = plant.table("quote")["time"].view(np.int64)
            assert not np.any((later > reached) & (later < int(times(batch)[0]) - 50_000))


def test_a_capture_restart_in_the_middle_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """
    Two restarts: an orderly one, and one that happens while messages are on their way, so that the broker sends them to nobody
    and has to repeat them.
    """
    plant = MemoryPlant()
    made = runner(tmp_path, plant)
    restarts: list[int] = []

    def on_batch(batch: Batch) -> None:
        assert made.capture is not None and made.broker is not None and made.ems is not None
        if len(restarts) == 0 and made.capture.count > 20:
            restarts.append(made.capture.count)
            made.restart_capture()
        elif len(restarts) == 1 and made.capture.count > 60:
            broker, ems, before = made.broker, made.ems, made.capture.count

            def while_down() -> None:
                for parent in ems.parents:
                    if (
                        parent.state == "working"
                        and parent.child is not None
                        and parent.child.live
                        and not parent.child.busy
                    ):
                        ems.cancel(parent, parent.child)
                assert made.signal.wait_for(lambda: ems.sent == broker.received, 10.0)
                broker.process()

            copied = broker.copied
            made.restart_capture(while_down=while_down)
            assert broker.copied > copied
            assert made.signal.wait_for(
                lambda: made.capture is not None and made.capture.count - before == broker.copied - copied, 10.0
            )
            restarts.append(made.capture.count)

    made.run(on_batch)
    assert len(restarts) == 2
    check(plant, made)


def test_a_capture_that_dies_between_journal_and_plant(tmp_path: Path) -> None:
    """Messages journalled but not published are published by the next capture; the session repeats none of them."""
    plant = MemoryPlant()
    made = runner(tmp_path, plant)
    done: list[int] = []

    def on_batch(batch: Batch) -> None:
        assert made.capture is not None and made.broker is not None and made.ems is not None
        if not done and made.capture.count > 40:
            for parent in made.ems.parents:
                if (
                    parent.state == "working"
                    and parent.child is not None
                    and parent.child.live
                    and not parent.child.busy
                ):
                    made.ems.cancel(parent, parent.child)
            made._settle()
            capture, copied = made.capture, made.broker.copied
            assert made.signal.wait_for(lambda: capture.count == copied, 30.0)
            done.append(capture.pending)
            made.restart_capture()
            assert made.capture.counters.recovered == done[0]

    made.run(on_batch)
    assert done and done[0] > 0
    check(plant, made)


def test_a_broken_connection_to_the_plant(tmp_path: Path) -> None:
    plant = MemoryPlant([("", "before", "", "after")[i % 4] for i in range(200)])
    made = runner(tmp_path, plant, seconds=20.0)
    made.run()
    check(plant, made)
    assert made.publisher.reconnects > 10
    assert {t: len(plant.table(t)["time"]) for t in made.publisher.sent} == made.publisher.sent


def test_a_message_that_cannot_be_kept_stops_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than be acknowledged and lost. The broker has it and would send it again."""
    from slipstream.errors import FixError
    from slipstream.fix.journal import Journal, Record

    def full(self: Journal, record: Record) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "append", full)
    with pytest.raises(FixError, match="No space left"):
        runner(tmp_path, MemoryPlant(), seconds=10.0).run()


def test_busts_corrections_and_rejects(tmp_path: Path) -> None:
    plant = MemoryPlant()
    # the CRUX parent's limit keeps its children from ever trading, and one parent is for a symbol without a market
    parents = [
        ParentSpec("ACME", "buy", 600.0, 1.0, 15.0, slices=3, id="GOOD"),
        ParentSpec("CRUX", "buy", 600.0, 1.0, 15.0, slices=3, limit=1.0, id="LOW"),
        ParentSpec("ACME", "sell", 600.0, 1.0, 15.0, slices=3, limit=90.0, id="FAR"),
    ]
    made = runner(tmp_path, plant, parents, seconds=25.0)
    told: list[str] = []

    def on_batch(batch: Batch) -> None:
        broker = made.broker
        assert broker is not None
        mine = [
            execid
            for execid, done in broker.executions.items()
            if done.order.parent and done.order.parent.clordid == "GOOD"
        ]
        if not told and len(mine) >= 2:
            told.extend(mine[:2])
            broker.bust(mine[0])
            broker.correct(mine[1], price=99.5)
            made._settle()

    made.run(on_batch)
    assert len(told) == 2
    fills = {row["execid"]: row for row in plant.rows("fills")}
    (bust,) = [row for row in fills.values() if row["kind"] == "bust"]
    (correct,) = [row for row in fills.values() if row["kind"] == "correct"]
    assert (bust["refid"], correct["refid"], correct["price"]) == (told[0], told[1], 99.5)
    assert bust["qty"] == fills[told[0]]["qty"]
    live = {execid: (row["qty"], row["price"]) for execid, row in fills.items() if row["kind"] == "new"}
    del live[bust["refid"]]
    live[correct["refid"]] = (correct["qty"], correct["price"])
    assert made.ems is not None
    good = next(parent for parent in made.ems.parents if parent.id == "GOOD")
    assert sum(qty for execid, (qty, _) in live.items() if fills[execid]["parent"] == "GOOD") == pytest.approx(
        good.filled
    )
    low = next(parent for parent in made.ems.parents if parent.id == "LOW")
    assert (low.state, low.filled) == ("canceled", 0.0)
    assert any(row["event"] == "canceled" and row["parent"] == "LOW" for row in plant.rows("orders"))


def test_the_broker_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    """Sent by hand over the EMS's session: each wrong request gets its reject, and the copy of both is captured."""
    plant = MemoryPlant()
    made = runner(tmp_path, plant, [ParentSpec("ACME", "buy", 100.0, 1.0, 5.0, slices=1, id="P")], seconds=10.0)
    asked: list[str] = []

    def on_batch(batch: Batch) -> None:
        ems = made.ems
        assert ems is not None
        parent = ems.parents[0]
        if asked or parent.state != "working":
            return
        order = [(38, "10"), (40, "2"), (44, "100")]
        for name, msgtype, fields in [
            ("NOQTY", "D", [(38, "0"), (40, "1")]),
            ("FAR", "D", [(38, "10"), (40, "2"), (44, "900")]),
            ("STOP", "D", [(38, "10"), (40, "3"), (99, "1")]),
            ("P", "D", order),
            ("GHOST", "G", [(41, "NOSUCH"), *order]),
            ("GHOST2", "F", [(41, "NOSUCH"), (38, "10")]),
        ]:
            asked.append(name)
            ems._send(msgtype, parent, [(11, name), *fields])
        made._settle()

    made.run(on_batch)
    events = [(row["clordid"], row["event"]) for row in plant.rows("orders")]
    for name in ("NOQTY", "FAR", "STOP", "P"):
        assert (name, "reject") in events
    assert ("GHOST", "cancelreject") in events and ("GHOST2", "cancelreject") in events
    texts = {parse(row["msg"]).get(58) for row in plant.rows("fixraw")}
    assert "quantity must be positive" in texts and "duplicate ClOrdID P" in texts
    assert made.broker is not None
    assert len(plant.rows("fixraw")) == made.broker.copied


def test_raw_messages_are_kept_as_sent(tmp_path: Path) -> None:
    plant = MemoryPlant()
    runner(tmp_path, plant, seconds=15.0).run()
    for row in plant.rows("fixraw"):
        message = parse(row["msg"])  # its length and checksum hold
        assert (message.msgtype, message.seq) == (row["msgtype"], row["seq"])
        assert row["direction"] == ("in" if 115 in message else "out")


def test_run_session_reports_what_the_plant_has(tmp_path: Path) -> None:
    plant = MemoryPlant()
    seen: list[int] = []
    report = run_session(
        Publisher(plant),
        workdir=tmp_path,
        duration_s=45.0,
        on_progress=lambda progress: seen.append(progress.time),
        progress_every_s=0.0,
    )
    assert report.sent == {table: len(plant.table(table)["time"]) for table in report.sent}
    assert len(report.parents) == 4
    assert seen == sorted(seen) and len(seen) > 100
    json.dumps(asdict(report))


@pytest.mark.skipif(not (DATA / "binance").is_dir(), reason=NO_SHARED)
def test_real_captures_with_working_orders(tmp_path: Path) -> None:
    plant = MemoryPlant()
    files = [DATA / "binance" / f"spot_btcusdt_2024080{day}.gz" for day in (8, 9)]
    report = run_session(Publisher(plant), source=files, workdir=tmp_path)
    assert {name: report.feed[name] for name in ("gaps", "crossed", "undecodable")} == {
        "gaps": 0,
        "crossed": 0,
        "undecodable": 0,
    }
    assert report.sent == {table: len(plant.table(table)["time"]) for table in report.sent}
    assert {p["side"] for p in report.parents} == {"buy", "sell"}
    assert len(report.parents) == len(capture_parents())
    assert all(p["filled"] > 0.9 * p["qty"] for p in report.parents)  # type: ignore[operator]
    assert len(days(plant.table("fills"))) == 2
    crossing = [
        p
        for p in report.parents
        if len(days({"time": plant.table("fills")["time"][plant.table("fills")["parent"] == p["id"]]})) == 2
    ]
    assert len(crossing) >= 2


def test_a_capture_serves_by_itself_on_the_wall_clock(tmp_path: Path) -> None:
    """As a process of its own would: started, told what it misses, stopped and started again between two messages."""
    plant = MemoryPlant()
    (port,) = free_ports()
    broker = Sessions(
        SessionApp(Signal(), lambda session, raw: None),
        [Endpoint("BROKER", "CAPTURE", port, store=tmp_path / "broker")],
        accept=True,
    )
    broker.start()
    order = [(55, "X"), (54, "1"), (38, "10"), (40, "1"), (60, "20240809-14:30:00")]
    try:
        for name in ("C1", "C2"):
            send(broker.endpoints[0], message_of("D", [(11, name), *order], [(115, "EMS")]))
            endpoint = Endpoint("CAPTURE", "BROKER", port, store=tmp_path / "capture", validate=False)
            capture = Capture(endpoint, Publisher(plant), tmp_path / "journal")
            stop = Event()
            told = tmp_path / "up.json"
            server = Thread(target=capture.serve, args=(stop,), kwargs={"told": told})
            server.start()
            assert capture.signal.wait_for(lambda told=told: (up := read(told)) is not None and all(up.values()), 10.0)
            assert read(told) == {"CAPTURE-BROKER": True}
            assert capture.signal.wait_for(lambda name=name: name in set(plant.table("orders").get("id", ())), 10.0)
            stop.set()
            server.join(10.0)
            assert read(told) == {"CAPTURE-BROKER": False}
    finally:
        broker.stop()
    rows = plant.rows("orders")
    assert [row["id"] for row in rows] == ["C1", "C2"]
    # stamped on arrival, years after the sender's own time
    assert all(row["time"] > np.datetime64("2026-01-01") > row["etime"] for row in rows)
