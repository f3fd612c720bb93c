"""
TECH, the case study, end to end: a day of the simulated market with the order worked over FIX, then the figures by the plant's q.

The figures asserted are those of the case study, with room for what a simulation of it gives; nothing writes them into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memplant import MemoryPlant

from slipstream.engine.child import child
from slipstream.engine.convert import to_table
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import Columns
from slipstream.feed.session import SessionOptions
from slipstream.fix.matching import Rules
from slipstream.fix.message import parse
from slipstream.market import tech
from slipstream.market.build import Market
from slipstream.market.session import MarketRunner, Switch
from slipstream.market.world import SECOND

TIMELINE = (
    '{r:.timeline.lamps .timeline.of[`$"TECH-1";.in.quote;.in.trade;.in.orders;.in.fills;`index`from`to!(`INDX;0Np;0Np)];'
    " `rows`alerts!(r;.timeline.alerts r)}"
)
BATCH = "{.tca.batch[.in.quote;.in.trade;.in.orders;.in.fills;`asof`horizons`index!(0Np;1#0D00:00:01;`INDX)]}"
BPS = 1e-4 * 50.25 * 500_000
"""A basis point of the whole order, in dollars."""


def play(folder: Path, market: Market, *, end: int, switches: list[Switch]) -> tuple[MemoryPlant, MarketRunner]:
    plant = MemoryPlant()
    runner = MarketRunner(
        market,
        Publisher(plant, rows_max=50_000, delay_max=10.0),
        [tech.POV],
        SessionOptions(folder, sync="never", run_id="t", rules=Rules(lot=1.0)),
        end=end,
        switches=switches,
    )
    runner.run()
    return plant, runner


class Row(dict[str, Any]):
    """A row of the timeline, by its time of day."""


@dataclass
class Story:
    """A day, and what q says of it."""

    plant: MemoryPlant
    rows: dict[str, Row]
    alerts: list[Row]
    batch: dict[str, list[Row]]

    def at(self, moment: str) -> Row:
        return self.rows[moment]

    def between(self, start: str, end: str) -> list[Row]:
        return [row for moment, row in self.rows.items() if start <= moment <= end]


def flipped(columns: Columns) -> Columns:
    """The same orders or fills on the other side."""
    side = np.array([{"buy": "sell", "sell": "buy"}.get(side, side) for side in columns["side"]], dtype=object)
    return {**columns, "side": side}


def told(plant: MemoryPlant, *, flip: bool = False) -> Story:
    with child("q/boot.q") as q:
        q.query("{.boot.use x;}", "tca/timeline")
        for name in ("quote", "trade", "orders", "fills"):
            columns = plant.table(name)
            q.query(
                "{(` sv`.in,x)set y;}", name, to_table(flipped(columns) if flip and "parent" in columns else columns)
            )
        answer = q.value(TIMELINE, None)
        batch = {} if flip else q.value(BATCH, None)
    rows = [Row(row) for row in answer["rows"].to_pylist()]
    tables = {
        name: [Row(row) for row in batch[name].to_pylist()] for name in ("parents", "switches", "segments") if batch
    }
    return Story(
        plant,
        {row["time"].strftime("%H:%M"): row for row in rows},
        [Row(a) for a in answer["alerts"].to_pylist()],
        tables,
    )


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, quill_path: Path) -> Iterator[Story]:
    plant, runner = play(tmp_path_factory.mktemp("tech"), tech.market(), end=tech.END, switches=tech.switches())
    assert runner.ems is not None
    assert [parent.state for parent in runner.ems.parents] == ["filled"]
    yield told(plant)


def test_the_first_hour_is_quiet(day: Story) -> None:
    """A quarter is done for half a basis point; the response after a child is none that can be told; green."""
    row = day.at("10:30")
    assert row["done"] == pytest.approx(0.25, abs=0.02)
    assert row["cum"] == pytest.approx(0.5, abs=0.5)
    tested = [each for each in day.between("09:31", "10:30") if each["leakn"] >= 30]
    assert len(tested) > 30 and not any(each["leakverdict"] == "leak" for each in tested)
    # of intervals of 95% a few may miss
    assert sum(each["leaklo"] <= 0 <= each["leakhi"] for each in tested) > 0.8 * len(tested)
    for each in day.between("09:31", "11:00"):
        assert {each["costlamp"], each["leaklamp"]} <= {"green", "grey"}, each


def test_it_pays_a_quarter_of_the_volume(day: Story) -> None:
    row = day.batch["segments"][0]
    assert row["algo"] == "pov" and row["participation"] == pytest.approx(0.25, abs=0.02)


def test_after_the_news_it_costs_two_then_four(day: Story) -> None:
    passed = {level: min(moment for moment, row in day.rows.items() if row["cum"] >= level) for level in (2.0, 4.0)}
    assert "11:00" < passed[2.0] < passed[4.0] <= "11:15"
    before, amber = day.at("11:00"), day.at("11:12")
    # in the half second after each child the price goes against us: its interval is clear of 0
    assert amber["leaklo"] > 0 and amber["leakverdict"] == "leak"
    assert amber["aggressor"] > before["aggressor"] + 0.2, "it takes more"
    assert amber["made"] < before["made"] - 0.1, "its posts are filled less"


def test_one_alert_and_amber(day: Story) -> None:
    (alert,) = day.alerts
    assert (alert["level"], "11:00" < alert["time"].strftime("%H:%M") < "11:15") == ("amber", True)
    row = day.at("11:14")
    assert (row["costlamp"], row["leaklamp"]) == ("amber", "amber")
    assert not any("red" in (row["costlamp"], row["leaklamp"]) for row in day.rows.values())


def test_the_switch_is_a_replace_of_the_parent(day: Story) -> None:
    raw = [parse(row["msg"], check=False) for row in day.plant.rows("fixraw")]
    (request,) = [message for message in raw if message.msgtype == "G" and message.get(41) == tech.PARENT_ID]
    assert request.get(847) == "1001" and request.get(848)
    assert [row["algo"] for row in day.batch["segments"]] == ["pov", "passive"]


def test_afterwards_it_recovers(day: Story) -> None:
    """The response is flat, rolling slippage falls, the cumulative recedes, both lamps are green after their dwell; it fills slower."""
    peak = max(row["cum"] for row in day.between("11:14", "12:00"))
    assert peak < 6
    later = day.at("12:00")
    assert later["roll"] < day.at("11:14")["roll"] - 5
    assert later["cum"] < peak - 0.2 and day.at("15:55")["cum"] < later["cum"]
    assert later["leaklo"] < 0 and later["leakverdict"] != "leak"
    for row in day.between("11:45", "15:59"):
        assert {row["costlamp"], row["leaklamp"]} <= {"green", "grey"}, row

    def pace(start: str, end: str) -> float:
        return float(day.at(end)["done"] - day.at(start)["done"])

    assert pace("11:30", "11:44") < 0.5 * pace("11:00", "11:14")


def test_the_day_ends_as_told(day: Story) -> None:
    """3.5 bps; the switch saved more than 5 bps of the order, by an estimate whose interval is clear of 0."""
    (parent,) = day.batch["parents"]
    assert parent["filled"] == 500_000
    assert parent["slippage_bps"] == pytest.approx(3.5, abs=0.75)
    assert parent["cost"] == pytest.approx(3.5 * BPS, rel=0.25)
    (switch,) = day.batch["switches"]
    assert (switch["from_algo"], switch["to_algo"], switch["label"]) == ("pov", "passive", "estimate")
    assert switch["saving"] > 5 * BPS and switch["saving_ci_lo"] > 0
    assert switch["saving_bps"] == pytest.approx(switch["saving"] / BPS, rel=0.01)


def test_the_twin_that_sells_is_never_amber(day: Story) -> None:
    """The same tape, the same fills, sold: what was a cost is a gain, and nothing leaks."""
    twin = told(day.plant, flip=True)
    assert twin.rows.keys() == day.rows.keys()
    for moment, row in day.rows.items():
        for name in ("cum", "roll", "segbps"):
            if row[name] is not None:
                assert twin.at(moment)[name] == pytest.approx(-row[name], abs=1e-9), (moment, name)
        assert not {"amber", "red"} & {twin.at(moment)["costlamp"], twin.at(moment)["leaklamp"]}, moment
    assert twin.alerts == []


def test_a_market_that_moves_as_one_is_no_leak(tmp_path: Path, quill_path: Path) -> None:
    """The index rises at 11:00: the order costs more, COST is amber, LEAK stays green."""
    end = tech.MIDNIGHT + (tech.HOURS.preopen_s + round(tech.clock(12))) * SECOND
    plant, _ = play(tmp_path, tech.index_day(), end=end, switches=[])
    story = told(plant)
    assert story.at("11:00")["costlamp"] == "green"
    assert story.at("11:55")["costlamp"] == "amber"
    assert {row["leaklamp"] for row in story.rows.values()} <= {"green", "grey"}
    assert {alert["level"] for alert in story.alerts} == {"amber"}
