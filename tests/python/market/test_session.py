"""Parents worked in the simulated market over real FIX sessions: algos, the switch, fills in the books, the same again from the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from memplant import MemoryPlant

from slipstream.errors import FixError
from slipstream.feed.base import Batch
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import DAY_NS
from slipstream.feed.session import SessionOptions
from slipstream.fix.algos import ParentSpec, Tactic, expected_volume
from slipstream.fix.matching import Rules
from slipstream.fix.message import parse
from slipstream.market.build import Crowd, Hours, Market, build
from slipstream.market.requests import ASKED, TAKEN, ask
from slipstream.market.session import MarketRunner, Switch
from slipstream.market.venue import Listing
from slipstream.market.world import SECOND

MIDNIGHT = 1_749_600_000 * SECOND
HOURS = Hours(preopen_s=34_200, open_s=34_230, closing_s=34_800, close_s=34_830)
SPECS = [
    ParentSpec("TECH", "buy", 6_000.0, 60.0, 480.0, algo="pov", rate=0.2, clip=300.0, patience_s=5.0, id="POV"),
    ParentSpec("TECH", "sell", 4_000.0, 60.0, 480.0, algo="vwap", clip=200.0, patience_s=5.0, id="VWAP"),
    ParentSpec("TECH", "buy", 2_000.0, 60.0, 480.0, algo="twap", slices=8, id="TWAP"),
    ParentSpec("TECH", "sell", 3_000.0, 60.0, 480.0, algo="iceberg", clip=200.0, patience_s=4.0, id="ICE"),
    ParentSpec("TECH", "buy", 3_000.0, 60.0, 480.0, algo="passive", clip=200.0, patience_s=6.0, id="SEEK"),
]


def market() -> Market:
    return build(5, MIDNIGHT, [Crowd(Listing("TECH", 50.25), takers=1.0, posters=1.0)], hours=HOURS)


def run(
    folder: Path,
    specs: list[ParentSpec] = SPECS,
    switches: list[Switch] | None = None,
    on_batch: Callable[[Batch], None] | None = None,
) -> tuple[MemoryPlant, MarketRunner]:
    plant = MemoryPlant()
    runner = MarketRunner(
        market(),
        Publisher(plant, rows_max=50_000, delay_max=10.0),
        specs,
        SessionOptions(folder, sync="never", run_id="t", rules=Rules(lot=1.0)),
        end=MIDNIGHT + (HOURS.close_s + 1) * SECOND,
        switches=switches or [],
    )
    runner.run(on_batch)
    return plant, runner


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[MemoryPlant, MarketRunner]:
    return run(tmp_path_factory.mktemp("day"))


def test_a_day_ends_when_all_of_it_is_published_and_nothing_of_the_next(tmp_path: Path) -> None:
    plant, ended = MemoryPlant(), []
    market = build(5, MIDNIGHT, [Crowd(Listing("TECH", 50.25), takers=1.0, posters=1.0)], hours=HOURS, days=2)

    def on_day_end(day: int) -> None:
        ended.append((day, {table: len(plant.rows(table)) for table in ("mbo", "trade", "fills")}))

    runner = MarketRunner(
        market,
        Publisher(plant, rows_max=50_000, delay_max=10.0),
        [ParentSpec("TECH", "buy", 6_000.0, 60.0, 86_400.0, algo="pov", rate=0.05, clip=300.0, id="P")],
        SessionOptions(tmp_path, sync="never", run_id="t", rules=Rules(lot=1.0)),
        end=MIDNIGHT + (86_400 + HOURS.close_s + 1) * SECOND,
        on_day_end=on_day_end,
    )
    runner.run()
    runner.finish_day()
    days = [day for day, _ in ended]
    first = MIDNIGHT // DAY_NS
    assert days == [first, first + 1]
    for table in ("mbo", "trade", "fills"):
        of_first = sum(int(row["time"].astype("i8")) < (first + 1) * DAY_NS for row in plant.rows(table))
        assert ended[0][1][table] == of_first > 0, table
        assert ended[1][1][table] == len(plant.rows(table)) > of_first, table


def of(plant: MemoryPlant, table: str, parent: str) -> list[dict[str, Any]]:
    return [row for row in plant.rows(table) if row["parent"] == parent]


def test_every_algo_comes_to_its_end(day: tuple[MemoryPlant, MarketRunner]) -> None:
    plant, runner = day
    assert runner.ems is not None
    for parent in runner.ems.parents:
        fills = of(plant, "fills", parent.id)
        assert parent.state in ("filled", "canceled"), parent.id
        assert parent.filled == sum(row["qty"] for row in fills) > 0.5 * parent.spec.qty, parent.id
        assert parent.filled <= parent.spec.qty
        assert sum(row["qty"] * row["price"] for row in fills) == pytest.approx(parent.notional)


def test_every_fill_is_a_print_of_the_venue(day: tuple[MemoryPlant, MarketRunner]) -> None:
    """At its moment and price the venue printed at least what our fills there were."""
    plant, _ = day
    printed: Counter[tuple[int, float]] = Counter()
    for row in plant.rows("trade"):
        printed[int(row["etime"].astype("i8")), row["price"]] += int(row["size"])
    mine: Counter[tuple[int, float]] = Counter()
    for row in plant.rows("fills"):
        # in a print between two of ours both are filled
        mine[int(row["etime"].astype("i8")), row["price"]] += int(row["qty"]) if row["liquidity"] == "taker" else 0
    assert mine and all(size <= printed[key] for key, size in mine.items())
    makers = [row for row in plant.rows("fills") if row["liquidity"] == "maker"]
    assert makers and all((int(row["etime"].astype("i8")), row["price"]) in printed for row in makers)


def test_an_iceberg_shows_no_more_than_its_clip(day: tuple[MemoryPlant, MarketRunner]) -> None:
    plant, _ = day
    raw = [parse(row["msg"], check=False) for row in plant.rows("fixraw")]
    shown = [message for message in raw if message.msgtype in ("D", "G") and message.get(111)]
    assert {message.get(111) for message in shown if message.get(5001) == "ICE"} == {"200"}
    mine = {int(row["etime"].astype("i8")) for row in of(plant, "orders", "ICE") if row["event"] == "new"}
    assert mine
    told = [row["displayqty"] for row in of(plant, "orders", "ICE") if row["event"] in ("new", "replace")]
    assert {qty for qty in told if qty == qty} == {200.0}
    assert any(row["size"] == 200.0 and row["side"] == "sell" and row["action"] == "add" for row in plant.rows("mbo"))


def test_orders_have_impact(day: tuple[MemoryPlant, MarketRunner]) -> None:
    """Without us the same market trades otherwise."""
    plant, _ = day
    alone = market().world
    alone.run_until(MIDNIGHT + HOURS.close_s * SECOND)
    assert [row[3] for row in alone.rows["trade"]] != [row["price"] for row in plant.rows("trade")]


def test_the_same_again(day: tuple[MemoryPlant, MarketRunner], tmp_path: Path) -> None:
    plant, _ = day
    again, _ = run(tmp_path)
    for table in ("mbo", "depth", "quote", "trade", "status", "orders", "fills"):
        assert [list(map(str, row.values())) for row in again.rows(table)] == [
            list(map(str, row.values())) for row in plant.rows(table)
        ], table


def test_a_switch_is_a_replace_of_the_parent(tmp_path: Path) -> None:
    spec = ParentSpec("TECH", "buy", 30_000.0, 60.0, 480.0, algo="pov", rate=0.2, clip=300.0, patience_s=5.0, id="P")
    tactic = Tactic("passive", clip=200.0, patience_s=6.0, gap_s=2.0)
    plant, runner = run(tmp_path, [spec], [Switch(300.0, "P", tactic)])
    assert runner.ems is not None
    (parent,) = runner.ems.parents
    ((moment, before, after),) = parent.switched
    assert (before, after) == ("pov", "passive")
    assert 0 <= moment - (MIDNIGHT + (HOURS.preopen_s + 300) * SECOND) < SECOND
    raw = [parse(row["msg"], check=False) for row in plant.rows("fixraw")]
    (request,) = [m for m in raw if m.msgtype == "G" and m.get(41) == "P"]
    assert (request.get(847), request.get(848)) == ("1001", "clip=200;patience_s=6;gap_s=2")
    events = [(row["event"], row["algo"]) for row in plant.rows("orders") if row["id"] == "P"]
    assert ("replace", "passive") in events and events[0] == ("new", "pov")
    sizes = {False: Counter[float](), True: Counter[float]()}
    for row in of(plant, "orders", "P"):
        if row["event"] == "new":
            sizes[int(row["time"].astype("i8")) > moment][row["qty"]] += 1
    assert set(sizes[False]) == {300.0}, "one size before"
    assert len(sizes[True]) > 5, "odd sizes after"


def test_a_switch_by_hand_is_taken_at_the_same_moment_again(tmp_path: Path) -> None:
    """Asked for while it runs; a run that makes everything anew takes it when the first did."""
    spec = ParentSpec("TECH", "buy", 30_000.0, 60.0, 480.0, algo="pov", rate=0.2, clip=300.0, patience_s=5.0, id="P")
    tactic = Tactic("passive", clip=200.0, patience_s=6.0, gap_s=2.0)
    asked: list[int] = []

    def on_batch(batch: Batch) -> None:
        if not asked and batch.end >= MIDNIGHT + (HOURS.preopen_s + 200) * SECOND:
            asked.append(batch.end)
            ask(tmp_path / "first", "P", tactic)
            ask(tmp_path / "first", "NOBODY", tactic)

    first, runner = run(tmp_path / "first", [spec], on_batch=on_batch)
    assert runner.ems is not None and runner.requests is not None
    ((moment, _, after),) = runner.ems.parents[0].switched
    assert after == "passive" and 0 < moment - asked[0] < 2 * SECOND, "its child goes first"
    assert runner.requests.refused == ["no parent NOBODY at work"]
    (tmp_path / "second").mkdir()
    for name in (ASKED, TAKEN):
        (tmp_path / "second" / name).write_bytes((tmp_path / "first" / name).read_bytes())
    with (tmp_path / "second" / TAKEN).open("ab") as file:
        file.write(b'{"torn')
    second, runner = run(tmp_path / "second", [spec])
    assert runner.ems is not None
    assert runner.ems.parents[0].switched == [(moment, "pov", "passive")]
    assert [row["time"] for row in second.rows("fills")] == [row["time"] for row in first.rows("fills")]


def test_a_switch_needs_a_session(tmp_path: Path) -> None:
    with pytest.raises(FixError, match="no session runs"):
        ask(tmp_path / "nowhere", "P", Tactic("passive"))


def test_what_cannot_be_switched(day: tuple[MemoryPlant, MarketRunner]) -> None:
    _, runner = day
    assert runner.ems is not None
    with pytest.raises(FixError, match="no parent NOBODY at work"):
        runner.ems.switch("NOBODY", Tactic("passive"))
    with pytest.raises(FixError, match="no parent POV at work"):
        runner.ems.switch("POV", Tactic("passive"))


def test_expected_volume_is_a_distribution() -> None:
    assert [expected_volume(x) for x in (0.0, 0.5, 1.0)] == [0.0, 0.5, 1.0]
    # a fifth of the time at an end has more than a fifth of the volume: (2/3*(-0.6) + (-0.6)^3/3 + 1)/2 = 0.264
    assert expected_volume(0.2) == pytest.approx(0.264)
