"""The simulated market: the same seed is the same day, and the day is a plausible one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipstream.feed.base import Pacer, run
from slipstream.feed.schema import DAY_NS, TABLES, Columns, join, times
from slipstream.feed.sim import MIDNIGHT_NS, Drift, SimFeed


def play(
    seed: int, *, step_ns: int = 100_000_000, duration_s: float = 20.0, story: tuple[Drift, ...] = ()
) -> dict[str, Columns]:
    parts: dict[str, list[Columns]] = {}
    feed = SimFeed(seed=seed, duration_s=duration_s, story=story)
    run(feed, lambda table, made: parts.setdefault(table, []).append(made), step_ns=step_ns)
    return {table: join(made) for table, made in parts.items()}


def same(a: dict[str, Columns], b: dict[str, Columns]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[t][c], b[t][c]) for t in a for c in a[t])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_a_seed_gives_one_day_however_it_is_cut(seed: int, tenths: int) -> None:
    assert same(play(seed, duration_s=5), play(seed, duration_s=5, step_ns=tenths * 100_000_000))


def test_seeds_differ() -> None:
    assert not same(play(1), play(2))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_quotes_are_never_crossed_and_agree_with_the_book(seed: int) -> None:
    made = play(seed)
    quote, depth, trade = made["quote"], made["depth"], made["trade"]
    assert np.all(quote["bid"] < quote["ask"])
    assert np.all(quote["bsize"] > 0) and np.all(quote["asize"] > 0)
    assert np.all(trade["size"] > 0)
    for part in made.values():
        assert np.all(np.diff(times(part)) >= 0)
    for sym in set(quote["sym"]):
        book: dict[tuple[str, float], float] = {}
        mine = depth["sym"] == sym
        for side, price, size in zip(depth["side"][mine], depth["price"][mine], depth["size"][mine], strict=True):
            book[side, price] = size
        live = [key for key, size in book.items() if size]
        last = np.flatnonzero(quote["sym"] == sym)[-1]
        assert max(price for side, price in live if side == "buy") == quote["bid"][last]
        assert min(price for side, price in live if side == "sell") == quote["ask"][last]
        assert (book["buy", quote["bid"][last]], book["sell", quote["ask"][last]]) == (
            quote["bsize"][last],
            quote["asize"][last],
        )


def test_the_default_session_crosses_midnight_and_no_batch_does() -> None:
    feed = SimFeed(duration_s=310.0)
    seen = [(batch.start // DAY_NS, batch.end // DAY_NS) for batch in feed.batches(3_000_000_000)]
    assert all(first == last for first, last in seen)
    assert {first for first, _ in seen} == {MIDNIGHT_NS // DAY_NS - 1, MIDNIGHT_NS // DAY_NS}
    assert list(feed.counters.rows) != []


def test_a_drift_moves_its_symbol_and_no_other() -> None:
    plain, told = play(3, duration_s=60), play(3, duration_s=60, story=(Drift("ACME", 10.0, 30.0, 50.0),))

    def last_mid(made: dict[str, Columns], sym: str) -> float:
        quote = made["quote"]
        at = np.flatnonzero(quote["sym"] == sym)[-1]
        return float(quote["bid"][at] + quote["ask"][at]) / 2

    assert 40 < (last_mid(told, "ACME") / last_mid(plain, "ACME") - 1) * 1e4 < 60
    assert last_mid(told, "BOLT") == last_mid(plain, "BOLT")


def test_columns_are_those_of_the_schema() -> None:
    for table, made in play(1, duration_s=2).items():
        assert list(made) == list(TABLES[table])
        kinds = {"p": "M", "s": "O", "f": "f", "j": "i"}
        assert [part.dtype.kind for part in made.values()] == [kinds[kind] for kind in TABLES[table].values()]


@pytest.mark.parametrize(("speed", "waited"), [(1.0, 20.0), (10.0, 2.0), (None, 0.0), (0.0, 0.0)])
def test_event_time_is_paced(speed: float | None, waited: float) -> None:
    now = [100.0]
    pacer = Pacer(speed, now=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s))
    for second in range(21):
        pacer.wait(second * 1_000_000_000)
    assert now[0] - 100.0 == pytest.approx(waited)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="session of 0"):
        SimFeed(duration_s=0)
    with pytest.raises(ValueError, match="NOPE"):
        SimFeed(story=[Drift("NOPE", 0, 1, 1)])
    with pytest.raises(ValueError, match="speed -1"):
        Pacer(-1)
