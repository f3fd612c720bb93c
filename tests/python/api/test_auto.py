"""
A red alert to the replace that it leads to, with nobody in between: the small plant, an order worked in the simulated market over real FIX sessions, the API's
own threads, and the demonstration's EMS. The rows of the real-time engine are written by the test, because what it would make of ten minutes is not for us to say.
"""

from __future__ import annotations

import dataclasses
import math
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.conftest import Plant
from slipstream.api.app import Api, build
from slipstream.config import Auto
from slipstream.demo.record import Record
from slipstream.demo.stories import DemoEms
from slipstream.feed.base import Batch
from slipstream.feed.publish import Publisher
from slipstream.feed.session import SessionOptions
from slipstream.fix.algos import ParentSpec
from slipstream.fix.matching import Rules
from slipstream.market.build import Crowd, Hours
from slipstream.market.build import build as market
from slipstream.market.session import MarketRunner
from slipstream.market.venue import Listing
from slipstream.market.world import SECOND
from slipstream.operate import TickerplantSink

MIDNIGHT = int(np.datetime64("2024-01-02", "ns").astype(np.int64))
HOURS = Hours(preopen_s=34_200, open_s=34_230, closing_s=34_800, close_s=34_830)
ORDER = ParentSpec("AUTO", "buy", 60_000.0, 40.0, 540.0, algo="pov", rate=0.2, clip=300.0, patience_s=5.0, id="AUTO-1", trader="T1", account="A1")  # fmt: skip


class Stopped(Exception):
    """The test has seen enough."""


@pytest.fixture
def session(plant: Plant) -> Iterator[list[BaseException]]:
    """The order at work, until the test ends; what went wrong."""
    record = Record(run_id="auto", captures=[], speed=20.0, seed=5, flags=[], engine="quill")
    record.save(plant.config.var_dir)
    sink, stop, failed = TickerplantSink(plant.config), threading.Event(), []
    runner = MarketRunner(
        market(5, MIDNIGHT, [Crowd(Listing("AUTO", 50.25), takers=1.0, posters=1.0)], hours=HOURS),
        Publisher(sink),
        [ORDER],
        SessionOptions(plant.config.var_dir / "session" / record.run_id, record.speed, sync="never", run_id="auto", rules=Rules(lot=1.0)),
        end=MIDNIGHT + (HOURS.close_s + 1) * SECOND,
    )  # fmt: skip

    def look(_batch: Batch) -> None:
        if stop.is_set():
            raise Stopped

    def play() -> None:
        try:
            runner.run(look)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 (told to the test, in another thread)
            failed.append(error)

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    yield failed
    stop.set()
    thread.join(60)
    sink.close()
    assert not thread.is_alive()


@pytest.fixture
def api(plant: Plant) -> Iterator[Api]:
    """The API as `slipstream page` has it, with auto on; the plant's clock is ahead of the session's and stands still."""
    auto = Auto(to="passive", parameters={"clip": 700.0, "patience_s": 30.0, "gap_s": 6.0})
    config = dataclasses.replace(
        plant.config, api=dataclasses.replace(plant.config.api, actions="auto", auto=auto, stale_s=math.inf)
    )
    made = build(config, ems=DemoEms(config))
    made.start()
    yield made
    made.stop()


def until(true: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + 90
    while not (found := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


def red(plant: Plant, parent: str, when: np.datetime64) -> None:
    """What the real-time engine writes when the order leaks."""
    plant.publish("score", time=[when], sym=["AUTO"], parent=[parent], leak_lamp=["red"], data_lamp=["green"], cost_lamp=["amber"], leak_t=[4.5], rev=[1])  # fmt: skip
    plant.publish("alert", time=[when], sym=["AUTO"], parent=[parent], lamp=["LEAK"], level=["red"], figure=[0.4], threshold=[0.25], why=["it leaks"])  # fmt: skip


def test_a_red_alert_leads_to_a_replace(plant: Plant, api: Api, session: list[BaseException], tmp_path: Path) -> None:
    gateway = api.services.gateway

    def orders() -> list[dict[str, Any]]:
        assert session == []
        first = np.datetime64("2024-01-02")
        found: list[dict[str, Any]] = gateway.table(None, ".api.of", "orders", first, first, ORDER.id).to_pylist()
        return found

    def action(parent: str) -> dict[str, Any] | None:
        return api.services.actions.last(parent)

    until(lambda: any(o["parent"] == ORDER.id for o in orders()), "children are sent")
    red(plant, ORDER.id, np.datetime64(MIDNIGHT + 34_400 * SECOND, "ns"))
    made = until(lambda: action(ORDER.id), "an action")
    assert (made["principal"], made["mode"], made["to"], made["from_algo"]) == ("auto rule", "auto", "passive", "pov")
    assert made["evidence"]["alert"]["lamp"] == "LEAK" and made["evidence"]["score"]["leak_t"] == 4.5
    until(lambda: action(ORDER.id)["state"] == "matched", "the replace")  # type: ignore[index]
    found = action(ORDER.id)
    assert found is not None and found["why"] == ""
    (replace,) = [o for o in orders() if o["clordid"] == found["matched_order"] and o["event"] == "replace"]
    assert (replace["id"], replace["algo"]) == (ORDER.id, "passive")
    with plant.client() as ops:
        sent = ops.value("{exec msg from .data.rows[`fixraw;2024.01.02;2024.01.02;enlist(=;`msgtype;enlist`G)]where msg like x}", f"*11={found['matched_order']}*".encode())  # fmt: skip
    assert len(sent) == 1, "the EMS's own 35=G"

    # an order that the EMS does not have is refused by it
    plant.publish("orders", time=[np.datetime64(MIDNIGHT + 34_300 * SECOND, "ns")], sym=["AUTO"], id=["AUTO-9"], parent=[""], event=["new"], side=["buy"], qty=[1e3], algo=["pov"], trader=["T1"], account=["A1"])  # fmt: skip
    red(plant, "AUTO-9", np.datetime64(MIDNIGHT + 34_400 * SECOND, "ns"))
    until(lambda: (action("AUTO-9") or {}).get("state") == "rejected", "the refusal")
    assert "AUTO-9" in str(action("AUTO-9"))
    own = [o for o in orders() if o["event"] == "replace" and o["id"] == ORDER.id]  # children are moved with the market
    assert own == [replace], "once"
