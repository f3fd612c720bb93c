"""One poll for all pages: rates, what is kept when the gateway goes away, and that it comes back."""

import pytest

from slipstream.scorecard.data import Feed, State

from .gateway import START, Gateway, chart, health, scorecard

ROW = ("P-1", "ALFA", "buy", 100.0, 50.0, 10.0, 10.1, 100.0, 5.0, "working")


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    """A gateway whose data time follows `clock`."""
    gateway = Gateway(
        scorecard=lambda: scorecard([(*ROW, int((clock.now - 1000) * 1000))]),
        chart=lambda parent: chart(quotes=[(0, 1, 2)]),
        health=lambda: health({"quote": 10}, int((clock.now - 1000) * 1000)),
    )
    return gateway, Feed(gateway.connect, clock=clock)


def test_takes_numbers_health_and_time(world, clock):
    _gateway, feed = world
    clock.now += 0.5
    feed.poll()
    found = feed.snapshot
    assert found.parents[0].slip_bps == 100.0
    assert found.parents[0].side == "BUY"
    assert found.rows == {"quote": 10}
    assert str(found.asof) == "2024-08-08T14:30:00.500000000"
    assert found.state(clock.now) is State.LIVE
    assert found.reason(clock.now) == ""


def test_charts_are_fetched_once_a_second_and_only_when_watched(world, clock):
    gateway, feed = world
    feed.poll()
    assert gateway.calls.count(".api.chart") == 0
    assert feed.chart("P-1") is None
    for _ in range(8):  # two seconds of polls
        feed.poll()
        assert feed.chart("P-1").quotes.num_rows == 1
        clock.now += 0.25
    assert gateway.calls.count(".api.chart") == 2
    clock.now += 11  # nobody looked
    feed.poll()
    assert gateway.calls.count(".api.chart") == 2


def test_keeps_the_last_numbers_while_the_gateway_is_away_and_reconnects(world, clock):
    gateway, feed = world
    feed.poll()
    gateway.down = True
    clock.now += 4
    feed.poll()
    assert gateway.closed == 1
    found = feed.snapshot
    assert found.parents[0].parent == "P-1"
    assert found.state(clock.now) is State.STALE
    assert found.reason(clock.now) == "127.0.0.1:5013: broken"
    feed.poll()
    gateway.down = False
    feed.poll()
    assert gateway.opened == 2
    assert feed.snapshot.state(clock.now) is State.LIVE


def test_data_that_stands_still_is_stale_although_the_gateway_answers(clock):
    gateway = Gateway(scorecard=lambda: scorecard([(*ROW, 0)]), health=lambda: health({"quote": 10}, 0))
    feed = Feed(gateway.connect, clock=clock)
    feed.poll()
    assert feed.snapshot.state(clock.now) is State.LIVE
    clock.now += 4
    feed.poll()
    assert feed.snapshot.state(clock.now) is State.STALE
    assert feed.snapshot.reason(clock.now) == "no new data for 4 s"


def test_gateway_without_health_is_asked_once(world, clock):
    gateway, feed = world
    del gateway.handlers[".api.health"]
    feed.poll()
    feed.poll()
    assert gateway.calls.count(".api.health") == 1
    assert feed.snapshot.rows == {}
    assert feed.snapshot.asof == START


def test_refused_query_keeps_the_connection(world, clock):
    gateway, feed = world
    del gateway.handlers[".api.scorecard"]
    feed.poll()
    assert feed.snapshot.state(clock.now) is State.NO_DATA
    assert feed.snapshot.reason(clock.now) == "'access in .api.scorecard"
    assert gateway.closed == 0


def test_wrong_columns_are_named(clock):
    gateway = Gateway(scorecard=lambda: scorecard([(*ROW, 0)]).drop_columns(["avgpx"]))
    feed = Feed(gateway.connect, clock=clock)
    feed.poll()
    assert "column avgpx is missing" in feed.snapshot.reason(clock.now)


def test_thread_starts_and_stops(world):
    gateway, feed = world
    feed.start()
    feed.start()
    while feed.snapshot.seq < 2:
        pass
    feed.stop()
    assert gateway.opened == 1
    assert gateway.closed == 1
