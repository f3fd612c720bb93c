"""One poll for all pages: rates, what is kept when the gateway goes away, and that it comes back."""

import asyncio

import pytest

from slipstream.scorecard import callbacks
from slipstream.scorecard.data import Feed, State

from .gateway import START, Gateway, chart, health, live, scorecard, unscored

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
        live=lambda: live(scorecard([(*ROW, int((clock.now - 1000) * 1000))])),
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
    assert feed.view("P-1").chart is None
    for _ in range(8):  # two seconds of polls
        feed.poll()
        assert feed.view("P-1").chart.quotes.num_rows == 1
        clock.now += 0.25
    assert gateway.calls.count(".api.chart") == 2
    assert gateway.calls.count(".api.drift") == 1, "the drift moves slower"
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
    gateway = Gateway(live=lambda: live(scorecard([(*ROW, 0)])), health=lambda: health({"quote": 10}, 0))
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
    del gateway.handlers[".api.live"]
    feed.poll()
    assert feed.snapshot.state(clock.now) is State.NO_DATA
    assert feed.snapshot.reason(clock.now) == "'access in .api.live"
    assert gateway.closed == 0


def test_wrong_columns_are_named(clock):
    parts = live(scorecard([(*ROW, 0)]))
    gateway = Gateway(live=lambda: parts | {"scores": parts["scores"].drop_columns(["cost"])})
    feed = Feed(gateway.connect, clock=clock)
    feed.poll()
    assert "column cost is missing" in feed.snapshot.reason(clock.now)


def test_thread_starts_and_stops(world):
    gateway, feed = world
    feed.start()
    feed.start()
    while feed.snapshot.seq < 2:
        pass
    feed.stop()
    assert gateway.opened == 1
    assert gateway.closed == 1


def test_parents_without_a_score_have_the_figures_of_the_scorecard(clock):
    """Without a real-time engine; asked once a second, whatever the rate of the numbers."""
    table = scorecard([(*ROW, 0)])
    gateway = Gateway(live=lambda: unscored(table), scorecard=lambda: table, health=lambda: health({"quote": 10}, 0))
    feed = Feed(gateway.connect, clock=clock)
    for _ in range(4):
        feed.poll()
        clock.now += 0.25
    assert feed.snapshot.parents[0].slip_bps == 100.0
    assert feed.snapshot.parents[0].score == {}
    assert gateway.calls.count(".api.scorecard") == 1


def test_alerts_and_the_state_of_the_engine_come_along(clock):
    told = {
        "time": START,
        "parent": "P-1",
        "lamp": "LEAK",
        "level": "amber",
        "figure": 0.5,
        "threshold": 0.2,
        "why": "moves",
    }
    engine = {"time": START, "orphans": 2, "data_lamp": "amber"}
    gateway = Gateway(live=lambda: live(scorecard([(*ROW, 0)]), [told], engine), health=lambda: health({}, 0))
    feed = Feed(gateway.connect, clock=clock)
    feed.poll()
    assert [a["lamp"] for a in feed.snapshot.alerts] == ["LEAK"]
    assert feed.snapshot.engine["orphans"] == 2


def test_a_study_brings_behaviour_control_and_breakdowns_of_what_is_watched(world):
    import pyarrow as pa

    _gateway, feed = world
    feed.poll()
    feed.view("P-1")
    feed.poll()
    numbers = pa.array([0.5])
    behave = pa.table(
        {
            "time": pa.array([START], pa.timestamp("ns")),
            "made": numbers,
            "aggressor": numbers,
            "cancels": numbers,
            "spread": numbers,
        }
    )
    control = pa.table({"h": pa.array([500_000_000], pa.int64()).cast(pa.duration("ns")), "n": [3], "mean": numbers})
    columns = ("dim", "bucket", "n", "slip", "lo", "hi", "few")
    study = Gateway(
        study=lambda p: {"behave": behave, "control": control}, split=lambda: pa.table({c: [1] for c in columns})
    )
    before = feed.view("P-1").seq
    feed.sight(None)
    feed.study(study)
    view = feed.view("P-1")
    assert view.seq > before
    assert view.behave.num_rows == view.control.num_rows == feed.split(None).num_rows == 1
    assert view.chart is not None, "the other parts stay"


def test_what_somebody_clicks_has_a_connection_of_its_own(world):
    gateway, feed = world
    feed.poll()
    assert feed.ask(None, lambda client: client.trail("P-1")).num_rows == 0
    assert (gateway.opened, gateway.closed) == (2, 1)


def test_news_ends_the_pause_after_half_of_it(world, clock):
    _gateway, feed = world
    feed.nudge()
    feed._rest(clock.now - 500.0, 1000.0, early=True)  # would take 500 s more
    assert not feed._news.is_set(), "the next pause is a whole one"


def test_pages_wait_for_the_next_answer_and_no_longer(world):
    _gateway, feed = world
    feed.numbers_s = 300.0

    async def page():
        waiting = asyncio.ensure_future(feed.newer(feed.snapshot.seq))
        await asyncio.sleep(0)
        assert not waiting.done()
        await asyncio.to_thread(feed.poll)
        await asyncio.wait_for(waiting, 60)
        await asyncio.wait_for(feed.newer(feed.snapshot.seq - 1), 60)

    asyncio.run(page())
    assert feed._waiters == set()


def test_a_browser_that_is_too_busy_to_answer_keeps_its_page():
    class Busy:
        async def get_prop(self, *_):
            raise TimeoutError

    assert asyncio.run(callbacks.picked(Busy())) is None
