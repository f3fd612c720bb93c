"""What the simulated market publishes: the touch and the levels follow from the orders, and a seed decides everything."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest

from slipstream.feed.schema import Row, columns
from slipstream.market.build import Crowd, Hours, Market, build
from slipstream.market.predator import Hunting
from slipstream.market.venue import Listing
from slipstream.market.world import SECOND, Move, Surge

MIDNIGHT = 1_749_600_000 * SECOND
SHORT = Hours(preopen_s=34_200, open_s=34_260, closing_s=35_400, close_s=35_460)


def market(seed: int = 3, **crowd: object) -> Market:
    hunters = (Hunting(busy=0.0, smallest=100), Hunting(busy=0.0, smallest=100))
    made = {"takers": 2.0, "posters": 3.0, "predators": hunters, "surges": (Surge(600, 300, 3.0),), **crowd}
    return build(seed, MIDNIGHT, [Crowd(Listing("TECH", 50.25), **made)], hours=SHORT)  # type: ignore[arg-type]


def played(made: Market, until_s: int = SHORT.close_s + 1) -> dict[str, list[Row]]:
    made.world.run_until(MIDNIGHT + until_s * SECOND)
    return of(made.world.take())


def of(rows: dict[str, list[Row]], sym: str = "TECH") -> dict[str, list[Row]]:
    """The rows of an instrument."""
    return {table: [row for row in made if row[1] == sym] for table, made in rows.items()}


@pytest.fixture(scope="module")
def day() -> dict[str, list[Row]]:
    return played(market())


def merged(rows: dict[str, list[Row]]) -> list[tuple[int, int, int, str, Row]]:
    """All rows in the order of the venue's sequence; within one number as the venue derives them."""
    order = {"mbo": 0, "trade": 1, "depth": 2, "status": 3, "quote": 4}
    return sorted((row[-1], order[table], n, table, row) for table, made in rows.items() for n, row in enumerate(made))


def test_levels_and_touch_follow_from_the_orders(day: dict[str, list[Row]]) -> None:
    orders: dict[int, tuple[str, float, float]] = {}
    levels: dict[tuple[str, float], float] = {}
    state, quotes = "", 0
    for _, _, _, table, row in merged(day):
        if table == "mbo":
            _, _, _, action, oid, side, price, size, _, _ = row
            if action == "add":
                assert oid not in orders and size > 0
                orders[oid] = (side, price, size)
                continue
            was = orders.pop(oid)
            assert was[0] == side and (was[1] == price or np.isnan(price))
            left = {"modify": size, "fill": was[2] - size, "delete": was[2] - size}[action]
            assert left >= 0
            if left > 0:
                orders[oid] = (side, price, left)
        elif table == "depth":
            _, _, _, side, price, size, _, _ = row
            levels[side, price] = size
        elif table == "status":
            state = row[3]
        elif table == "quote":
            shown: Counter[tuple[str, float]] = Counter()
            for side, price, size in orders.values():
                if not np.isnan(price):
                    shown[side, price] += size  # type: ignore[assignment]
            assert dict(shown) == {key: size for key, size in levels.items() if size}
            _, _, _, bid, ask, bsize, asize, _, _ = row
            quotes += 1
            if state != "continuous":
                assert np.isnan(bid) and np.isnan(ask)
                continue
            assert not bid >= ask, "no crossed or locked book while trading goes on"
            bids, asks = ([price for side, price in shown if side == which] for which in ("buy", "sell"))
            assert bid == max(bids) and bsize == shown["buy", bid]
            assert ask == min(asks) and asize == shown["sell", ask]
    assert quotes > 1_000


def test_sequence_numbers_have_no_gap_and_times_do_not_go_back(day: dict[str, list[Row]]) -> None:
    own = sorted(row[-1] for table in ("mbo", "trade", "status") for row in day[table])
    assert own == list(range(1, len(own) + 1))
    for made in day.values():
        times = [row[0] for row in made]
        assert times == sorted(times)
        assert all(row[0] > row[-2] for row in made), "received after the venue's stamp"


def test_phases_of_a_day(day: dict[str, list[Row]]) -> None:
    assert [(row[3], row[4]) for row in day["status"]] == [
        ("auction", "open"),
        ("continuous", "open"),
        ("auction", "close"),
        ("closed", "close"),
    ]
    crosses = [row for row in day["trade"] if row[6]]
    assert [row[6] for row in crosses] == ["open", "close"]
    assert all(row[5] == "" and row[4] > 0 for row in crosses)


def digest(rows: dict[str, list[Row]]) -> str:
    found = hashlib.sha256()
    for table in sorted(rows):
        for name, values in columns(table, rows[table]).items():
            found.update(f"{table}.{name}".encode())
            found.update("\n".join(map(str, values)).encode() if values.dtype == object else values.tobytes())
    return found.hexdigest()


def test_a_seed_decides_every_byte(day: dict[str, list[Row]]) -> None:
    assert digest(played(market())) == digest(day)
    assert digest(played(market(seed=4))) != digest(day)


def test_how_the_clock_is_driven_changes_nothing(day: dict[str, list[Row]]) -> None:
    made = market()
    parts: dict[str, list[Row]] = {table: [] for table in day}
    for second in range(SHORT.preopen_s, SHORT.close_s + 2):
        made.world.run_until(MIDNIGHT + second * SECOND + 123_456)
        for table, rows in of(made.world.take()).items():
            parts[table] += rows
    assert digest(parts) == digest(day)


def test_a_halt_ends_in_an_auction() -> None:
    made = market()
    venue, world = made.venues["TECH"], made.world
    halt = MIDNIGHT + 34_500 * SECOND
    for seconds, phase in ((0, "halted"), (60, "auction"), (90, "continuous")):
        world.at(halt + seconds * SECOND, lambda now, phase=phase: venue.phase(now, phase, "news"))  # type: ignore[misc]
    rows = played(made, 34_700)
    assert [row[3] for row in rows["status"]][2:] == ["halted", "auction", "continuous"]
    while_halted = [row for row in rows["trade"] if halt < row[-2] < halt + 90 * SECOND]
    assert while_halted == []
    gone = [row for row in rows["quote"] if row[-2] == halt]
    assert gone and np.isnan(gone[-1][3]) and np.isnan(gone[-1][4])
    assert any(row[-2] > halt + 90 * SECOND for row in rows["trade"])


def mids(rows: dict[str, list[Row]]) -> npt.NDArray[np.float64]:
    found = np.array([(row[3] + row[4]) / 2 for row in rows["quote"]])
    return np.asarray(found[~np.isnan(found)])


def test_the_index_moves_the_price() -> None:
    crowd = Crowd(Listing("TECH", 50.25), beta=2.0)
    made = build(3, MIDNIGHT, [crowd], hours=SHORT, index_moves=[Move(300.0, 300.0, 50.0)])
    made.world.run_until(MIDNIGHT + (SHORT.closing_s - 1) * SECOND)
    rows = made.world.take()
    index = mids(of(rows, "INDX"))
    # 50 bps of 1000, and noise of a basis point
    assert index[-1] - index[0] == pytest.approx(5.0, abs=0.4)
    found = mids(of(rows))
    # beta 2 times 50 bps of 50.25 is 0.5025
    assert found[-1] - found[0] == pytest.approx(0.5025, abs=0.06)


def test_a_surge_trades_more() -> None:
    rows = played(market(), SHORT.closing_s - 1)
    start = MIDNIGHT + (SHORT.preopen_s + 600) * SECOND
    during = sum(row[4] for row in rows["trade"] if start <= row[-2] < start + 300 * SECOND)
    before = sum(row[4] for row in rows["trade"] if start - 300 * SECOND <= row[-2] < start)
    assert during > 2 * before


def test_signs_of_trades_cluster_and_the_spread_is_a_few_ticks(day: dict[str, list[Row]]) -> None:
    signs = np.array([1.0 if row[5] == "buy" else -1.0 for row in day["trade"] if row[5]])
    assert np.corrcoef(signs[:-1], signs[1:])[0, 1] > 0.2
    spreads = np.array([round((row[4] - row[3]) / 0.01) for row in day["quote"] if row[3] > 0])
    assert 1 <= np.median(spreads) <= 2 and spreads.max() < 15
