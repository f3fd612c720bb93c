"""Who is told, tried again, and logged; against a plant double that keeps `alertlog`."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from slipstream.alerts.channels import Failed, Message
from slipstream.alerts.router import Clock, Router, steps
from slipstream.config import Alerts, Recipient
from slipstream.errors import ConfigError, Unreachable

T0 = np.datetime64("2025-06-11T11:07:00", "ns")
LOG = Recipient()


def due(token: str, who: str = "desk", tier: int = 0) -> dict[str, Any]:
    alert = {"time": T0, "id": "a" * 16, "sym": "TECH", "parent": "P", "lamp": "COST", "level": "amber", "figure": 1.0}
    return {**alert, "threshold": 1.0, "why": "", "who": who, "tier": tier, "token": token * 16}


class Plant:
    """Says who is due, but for those that are logged."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows, self.log, self.asked = list(rows), list[Any](), list[Any]()
        self.breaks = 0
        self.behind = 0
        self.clock: np.datetime64 | None = T0

    def call(self, name: str, *args: Any) -> Any:
        if name == ".api.clock":
            return self.clock
        assert name == ".api.alertsDue"
        self.asked.append(args)
        self.behind -= 1
        done = {bytes(row[-1])[:16].decode() for row in self.log if self.behind < 0}
        left = [row for row in self.rows if row["token"] not in done]
        return pa.Table.from_pylist(left) if left else pa.table({"token": pa.array([], pa.string())})

    def value(self, q: str, *args: Any) -> Any:
        assert ".u.upd[`alertlog;" in q
        if self.breaks:
            self.breaks -= 1
            raise Unreachable("away")
        columns = [column.py() if hasattr(column, "py") else column for column in args[0].py()]
        self.log += list(zip(*columns, strict=True))
        return None


def run(router: Router, until: int) -> None:
    deadline = time.monotonic() + 180
    plant: Any = router.tickerplant
    while len(plant.log) < until:
        assert time.monotonic() < deadline, plant.log
        router.turn()
        time.sleep(0.005)


def settings(**more: Any) -> Alerts:
    names = {"recipients": {"desk": Recipient("webhook", backoff_s=0.0), "head": LOG}, "steps": (("desk",), ("head",))}
    return Alerts(**{**names, **more})


def test_each_is_told_once_and_logged() -> None:
    plant = Plant(due("1"), due("2", "head", 1))
    told: list[Message] = []
    router = Router(settings(), plant, plant, channels={"desk": told.append, "head": told.append})
    run(router, 2)
    router.turn()
    router.close()
    assert sorted((message.id, message.recipient, message.tier) for message in told) == [
        ("1" * 16, "desk", 0),
        ("2" * 16, "head", 1),
    ]
    logged = sorted((row[5], row[6], row[7], row[8]) for row in plant.log)
    assert logged == [("sent", "desk", "webhook", 0), ("sent", "head", "log", 1)]
    table, times, now = plant.asked[0]
    assert table.to_pylist()[0] == {"level": "amber", "tier": 0, "who": "desk"}
    assert times["every"] == np.timedelta64(120, "s")
    assert now >= T0


def test_a_gateway_that_is_behind_the_log_does_not_make_it_told_again() -> None:
    plant = Plant(due("1"))
    plant.behind = 10**6
    told: list[Message] = []
    router = Router(settings(), plant, plant, channels={"desk": told.append})
    run(router, 1)
    for _ in range(20):
        router.turn()
    router.close()
    assert (len(told), len(plant.log)) == (1, 1)


def test_what_may_help_is_tried_again_and_what_may_not_is_not() -> None:
    plant = Plant(due("1"), due("2"))
    tries: list[str] = []

    def refuse(message: Message) -> None:
        tries.append(message.id[0])
        if message.id[0] == "2":
            raise Failed("HTTP 404", again=False)
        if tries.count("1") < 3:
            raise Failed("HTTP 503", again=True)

    router = Router(settings(), plant, plant, channels={"desk": refuse, "head": refuse})
    run(router, 2)
    router.close()
    assert (tries.count("1"), tries.count("2")) == (3, 1)
    found = {bytes(row[-1]).decode() for row in plant.log}
    assert found == {"1" * 16, "2" * 16 + " HTTP 404 (1 tries)"}


def test_it_gives_up_after_the_tries_allowed_and_says_so() -> None:
    plant = Plant(due("1"))
    tries: list[Message] = []

    def refuse(message: Message) -> None:
        tries.append(message)
        raise Failed("HTTP 500", again=True)

    recipients = {"desk": Recipient(tries=4, backoff_s=0.0)}
    router = Router(settings(recipients=recipients, steps=(("desk",),)), plant, plant, channels={"desk": refuse})
    run(router, 1)
    router.close()
    assert len(tries) == 4
    assert len({message.id for message in tries}) == 1, "one message, whatever the number of tries"
    assert (plant.log[0][5], bytes(plant.log[0][-1]).decode()) == ("failed", "1" * 16 + " HTTP 500 (4 tries)")


def test_a_channel_that_is_broken_is_logged_as_failed() -> None:
    plant = Plant(due("1"))

    def broken(_: Message) -> None:
        raise ZeroDivisionError("division by zero")

    router = Router(settings(), plant, plant, channels={"desk": broken})
    run(router, 1)
    router.close()
    assert b"ZeroDivisionError" in bytes(plant.log[0][-1])


def test_a_tickerplant_that_is_away_does_not_make_it_told_again() -> None:
    plant = Plant(due("1"))
    plant.breaks = 3
    told: list[Message] = []
    router = Router(settings(), plant, plant, channels={"desk": told.append})
    failures = 0
    deadline = time.monotonic() + 180
    while not plant.log:
        assert time.monotonic() < deadline
        try:
            router.turn()
        except Unreachable:
            failures += 1
        time.sleep(0.005)
    router.close()
    assert (failures, len(told), len(plant.log)) == (3, 1, 1)


def test_a_slow_recipient_holds_nobody_up() -> None:
    plant = Plant(due("1"), due("2", "head"))
    free = threading.Event()
    router = Router(
        settings(), plant, plant, channels={"desk": lambda _: free.wait(20) and None, "head": lambda _: None}
    )
    run(router, 1)
    assert plant.log[0][6] == "head"
    free.set()
    run(router, 2)
    router.close()


def test_nothing_is_logged_ahead_of_the_plants_clock() -> None:
    """A row of a later day would end the open one."""
    plant = Plant(due("1"))
    now = [0.0]
    router = Router(settings(), plant, plant, channels={"desk": lambda _: None}, clock=Clock(lambda: now[0]))
    router.turn()
    now[0] = 86_400.0
    run(router, 1)
    router.turn()
    assert plant.asked[-1][2] == T0 + np.timedelta64(1, "D"), "nothing came for a day: it is a day later"
    assert np.datetime64(plant.log[0][0], "ns") == T0
    router.close()


def test_an_empty_plant_has_nobody_to_tell() -> None:
    plant = Plant()
    plant.clock = None
    assert Router(settings(recipients={"desk": LOG, "head": LOG}), plant, plant).turn() == 0
    assert plant.asked == []


def test_steps_name_recipients_that_are_there() -> None:
    made = steps(settings(recipients={"desk": LOG, "head": Recipient(levels=("red",))}))
    assert [tuple(row.values()) for row in made.to_pylist()] == [
        ("amber", 0, "desk"),
        ("red", 0, "desk"),
        ("red", 1, "head"),
    ]
    with pytest.raises(ConfigError, match=r"alerts.steps\[0\]: expected names of recipients"):
        steps(Alerts(steps=(("nobody",),)))
