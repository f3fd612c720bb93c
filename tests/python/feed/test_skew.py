"""Clocks of sources: estimated from delays that we make up, alarmed, and told as rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memplant import DATA, NO_SHARED
from playing import frame

from slipstream.feed.base import Batch
from slipstream.feed.binance import BinanceFeed
from slipstream.feed.kraken_orders import KrakenFull
from slipstream.feed.schema import NULL_TIME, columns
from slipstream.feed.skew import Limits, Skew, SkewTracker
from slipstream.feed.venue import VenueFeed

T0 = 1_723_213_800_000_000_000
SECOND = 1_000_000_000


def messages(
    seconds: int, offset_ns: int, drift_ppm: float, seed: int = 1, each: int = 50
) -> tuple[np.ndarray, np.ndarray]:
    """When messages were made, by their clock, and received, by ours; the way takes 200 us and an exponential of 3 ms."""
    rng = np.random.default_rng(seed)
    received = T0 + np.sort(rng.integers(0, seconds * SECOND, seconds * each))
    way = 200_000 + rng.exponential(3_000_000, len(received)).astype(np.int64)
    ours_gains = ((received - T0) * drift_ppm / 1e6).astype(np.int64)
    return received - way - offset_ns - ours_gains, received


@settings(max_examples=15, deadline=None)
@given(st.integers(-2_000_000_000, 2_000_000_000), st.floats(-80, 80), st.integers(0, 2**32))
def test_offset_and_drift_are_found_under_the_noise_of_the_way(offset: int, drift: float, seed: int) -> None:
    skew = Skew(Limits())
    made, received = messages(300, offset, drift, seed)
    for start in range(0, len(made), 1_000):
        skew.observe(made[start : start + 1_000], received[start : start + 1_000])
    found = skew.estimate()
    assert found.offset is not None and found.jitter is not None
    # the least of some dozen ways is 200 us and a little; drift is told to a microsecond a second
    assert found.drift == pytest.approx(drift, abs=2.0)
    assert found.offset == pytest.approx(offset + drift * 300_000 + 200_000, abs=500_000)
    # the median of an exponential
    assert found.jitter == pytest.approx(3_000_000 * math.log(2), abs=400_000)
    assert not found.steps


def test_too_little_says_no_drift_and_nothing_says_nothing() -> None:
    skew = Skew(Limits())
    assert skew.estimate().offset is None
    skew.observe(np.array([NULL_TIME]), np.array([T0]))
    assert skew.estimate().offset is None and skew.n == 0
    skew.observe(np.array([T0 - 5]), np.array([T0]))
    found = skew.estimate()
    assert found.offset == 5 and math.isnan(found.drift) and found.jitter == 0


@pytest.mark.parametrize("step", [300_000_000, -300_000_000])
def test_a_clock_that_is_set_is_seen_and_the_estimate_begins_anew(step: int) -> None:
    skew = Skew(Limits())
    made, received = messages(120, 0, 0.0)
    made = np.where(received > T0 + 60 * SECOND, made - step, made)
    for start in range(0, len(made), 100):
        skew.observe(made[start : start + 100], received[start : start + 100])
    found = skew.estimate()
    assert found.steps == 1 and found.offset == pytest.approx(step + 200_000, abs=300_000)


def test_only_the_window_counts() -> None:
    skew = Skew(Limits(window_s=60.0))
    for drift, start in ((0.0, 0), (40.0, 300)):
        made, received = messages(200, 0, drift)
        skew.observe(made + start * SECOND, received + start * SECOND)
    assert skew.estimate().drift == pytest.approx(40.0, abs=5.0)


def batch(start: int, made: np.ndarray, received: np.ndarray, *, stamps: bool) -> Batch:
    rows = [(int(at), "A", "v", 1.0, 1.0, "buy", "", int(etime), 1) for etime, at in zip(made, received, strict=True)]
    pairs = {"v": list(zip(made.tolist(), received.tolist(), strict=True))} if stamps else None
    return Batch(start, int(received[-1]), {"trade": columns("trade", rows)}, len(rows), pairs)


@pytest.mark.parametrize("stamps", [False, True])
def test_rows_are_told_now_and_then_with_what_is_alarming(stamps: bool) -> None:
    tracker = SkewTracker(Limits(every_s=10.0, offset_ms=250.0))
    made, received = messages(100, -1_270_000_000, 0.0)
    told = []
    for second in range(100):
        mine = (received - T0) // SECOND == second
        found = tracker.observe(batch(T0 + second * SECOND, made[mine], received[mine], stamps=stamps))
        if found is not None:
            told.append(found)
    assert 8 <= len(told) <= 10
    last = told[-1]
    assert last["sym"].tolist() == ["v"] and last["level"].tolist() == ["amber"]
    assert last["offset"][0] == pytest.approx(-1_269_800_000, abs=300_000) and abs(last["drift"][0]) < 10
    assert last["reason"][0].startswith("offset -1269.") and 400 < last["n"][0] < 600
    quiet = SkewTracker(Limits(every_s=10.0, offset_ms=2_000.0, drift_ppm=100.0))
    quiet.observe(batch(T0, made, received, stamps=stamps))
    rows = quiet.rows(int(received[-1]))
    assert rows is not None and rows["level"].tolist() == ["green"] and rows["reason"].tolist() == [""]
    assert quiet.rows(int(received[-1])) is None


@pytest.mark.skipif(not (DATA / "binance").is_dir(), reason=NO_SHARED)
def test_the_exchange_whose_clock_is_ahead_is_found_out() -> None:
    """Of the capture it is said that the exchange's clock runs about 1.27 s ahead throughout."""
    tracker = SkewTracker(Limits())
    told = [
        found
        for batch in BinanceFeed([DATA / "binance" / "spot_btcusdt_20240808.gz"]).batches(SECOND)
        if (found := tracker.observe(batch)) is not None
    ]
    assert len(told) > 10
    for rows in told:
        assert rows["sym"].tolist() == ["binance"] and rows["level"].tolist() == ["amber"]
        assert -1_300_000_000 < rows["offset"][0] < -1_200_000_000
    assert abs(told[-1]["drift"][0]) < 100 and not tracker.sources["binance"].steps


def test_what_was_made_long_ago_says_nothing_of_a_clock() -> None:
    """Orders of a snapshot, and the latest prints that come with a subscription, have the times at which they were made."""
    order = {"order_id": "A", "limit_price": 9.0, "order_qty": 1.0, "timestamp": "2023-11-14T10:00:00.5Z"}
    book = {"symbol": "X/Y", "checksum": 1, "bids": [order], "asks": []}
    print_ = {
        "symbol": "X/Y",
        "side": "buy",
        "price": 9.0,
        "qty": 1.0,
        "trade_id": 8,
        "timestamp": "2023-11-14T10:00:00.5Z",
    }
    frames = [
        frame(0, {"channel": "level3", "type": "snapshot", "data": [book]}),
        frame(1, {"channel": "trade", "type": "snapshot", "data": [print_]}),
    ]
    venue = KrakenFull(["X/Y"])
    venue.resume({"kraken X/Y": 7})
    tracker, rows = SkewTracker(Limits()), 0
    for batch in VenueFeed({"kraken": venue}, frames).batches(SECOND):
        rows += sum(len(made["time"]) for made in batch.tables.values())
        tracker.observe(batch)
    assert rows > 4 and not tracker.sources
