"""Since when the plant's clock stands still: what nobody has looked at does not pass for new."""

from __future__ import annotations

import math
import threading
from typing import Any, cast

import numpy as np
import pytest

from slipstream.api.services import Clock


class World:
    """A plant whose newest row, and a wall clock whose time, are as a test says; the rows begin at ten seconds."""

    def __init__(self) -> None:
        self.wall, self.data, self.asked = 1000.0, 10, 0
        self.clock = Clock(cast(Any, self), wall=lambda: self.wall)

    def ask(self, _principal: None, name: str) -> np.datetime64:
        assert name == ".api.clock"
        self.asked += 1
        return np.datetime64(self.data, "s")

    def passes(self, seconds: float, *, rows: bool) -> float:
        self.wall += seconds
        self.data += int(rows)
        return self.clock.still_s()


@pytest.fixture
def world() -> World:
    return World()


def test_the_first_look_tells_nothing(world: World) -> None:
    assert math.isinf(world.clock.still_s())
    assert math.isinf(world.passes(60, rows=False))
    assert world.passes(0.5, rows=True) == 0.5


def test_what_stands_still_is_counted_from_the_last_advance(world: World) -> None:
    world.clock.still_s()
    assert world.passes(0.5, rows=True) == 0.5
    assert world.passes(0.5, rows=False) == 1.0
    assert world.passes(2.0, rows=False) == 3.0
    assert world.passes(0.5, rows=True) == 0.5


def test_after_a_while_without_looks_it_may_have_stood_still_all_the_while(world: World) -> None:
    world.clock.still_s()
    world.passes(0.5, rows=True)
    assert world.passes(7200, rows=True) == 7200
    assert world.passes(0.5, rows=False) == 7200.5
    assert world.passes(0.5, rows=True) == 0.5


def test_it_is_asked_for_no_more_often_than_it_changes(world: World) -> None:
    for _ in range(3):
        world.clock.now()
    assert world.asked == 1
    world.passes(0.3, rows=False)
    assert world.asked == 2


def test_once_started_it_is_looked_at_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()
    clock = Clock(cast(Any, None), every_s=0.001)
    monkeypatch.setattr(clock, "now", looked.set)
    clock.start()
    assert looked.wait(60)
    clock.stop()
