"""
Random lives of orders, told in messages that come shuffled, repeated, split over restarts: the final tables are what the lives
say of themselves.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import SESSION, Market, Wire
from memplant import MemoryPlant

from slipstream.engine.child import child
from slipstream.engine.client import Client
from slipstream.feed.clock import VirtualClock
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import FIX_TABLES
from slipstream.fix.intake import Intake

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0")


@pytest.fixture(scope="module")
def q(quill_path: Path) -> Iterator[Client]:
    with child("q/boot.q", wanted="quill") as client:
        client.query('{.boot.use each`$("schema/order";"lifecycle")}', None)
        yield client


def load(q: Client, plant: MemoryPlant) -> None:
    """The captured tables into q, as the RDB would have them."""
    q.query("{orders::0#orders;`fills set 0#value`fills;upd::{[t;x]t upsert flip cols[t]!x};}", None)
    for table in ("orders", "fills"):
        if len(plant.table(table)["time"]):
            q.publish(table, plant.table(table), function="upd", wait=True)


def states(q: Client) -> list[dict[str, Any]]:
    table: pa.Table = q.table(".ord.state[orders;value`fills]")
    names = ["id", "parent", "side", "status", "qty", "price", "cum", "leaves", "execs", "clordid", "placed", "replaces", "cancels", "rejects", "tif", "avgpx"]  # fmt: skip
    rows = [{name: row[name] for name in names} for row in table.to_pylist()]
    for row in rows:
        row["parent"] = row["parent"] or ""
        if not row["cum"]:
            row["avgpx"] = None
        elif row["avgpx"] is not None:
            row["avgpx"] = round(row["avgpx"], 9)
    return sorted(rows, key=lambda row: str(row["id"]))


def executions(q: Client) -> list[tuple[str, str, float, float]]:
    table = q.table("select order,execid,qty,price from .ord.live .ord.settle[orders;value`fills]`f")
    return sorted((row["order"], row["execid"], row["qty"], row["price"]) for row in table.to_pylist())


def capture(folder: Path, plant: MemoryPlant, sent: list[bytes], restarts: set[int]) -> Intake:
    def opened() -> Intake:
        publisher = Publisher(plant, sleep=lambda _: None, delay_max=1e9)
        return Intake(publisher, folder / "journal", clock=VirtualClock(), sync="never")

    intake = opened()
    for at, raw in enumerate(sent):
        intake.take(SESSION, raw)
        if at in restarts:
            if at % 2:
                intake.drain()
            intake.close()
            intake = opened()
    intake.drain()
    return intake


@settings(deadline=None, max_examples=120)
@given(
    seed=st.integers(0, 2**32),
    version=st.sampled_from(VERSIONS),
    days=st.integers(1, 2),
    orders=st.integers(1, 5),
    data=st.data(),
)
def test_the_final_tables_are_what_the_lives_say(
    tmp_path_factory: pytest.TempPathFactory,
    q: Client,
    seed: int,
    version: str,
    days: int,
    orders: int,
    data: st.DataObject,
) -> None:
    rng = random.Random(seed)
    market = Market(rng, version, days, orders)
    made = Wire(market, rng, shuffled=data.draw(st.booleans()), repeated=data.draw(st.booleans()))
    restarts = data.draw(st.sets(st.integers(0, max(0, len(made.sent) - 1)), max_size=3))
    plant = MemoryPlant()
    folder = tmp_path_factory.mktemp("lives")
    intake = capture(folder, plant, made.sent, restarts)
    intake.close()
    load(q, plant)
    assert executions(q) == market.executions()
    assert states(q) == market.orders()
    assert q.table(".ord.quality[orders;value`fills]").to_pylist() == []
    assert q.table(".ord.orphans[orders;value`fills]").to_pylist() == []
    # every message once, the rows from the log of raw messages alone are the same
    assert len(plant.rows("fixraw")) == len(market.said)
    again = MemoryPlant()
    records = folder / "journal"
    (folder / "again").mkdir()
    (folder / "again" / "journal").write_bytes(records.read_bytes())
    Intake(
        Publisher(again, sleep=lambda _: None, delay_max=1e9),
        folder / "again" / "journal",
        clock=VirtualClock(),
        sync="never",
    ).close()
    for table in FIX_TABLES:
        assert [str(row) for row in again.rows(table)] == [str(row) for row in plant.rows(table)]
