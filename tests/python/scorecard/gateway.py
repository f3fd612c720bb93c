"""A gateway double: answers the page's `.api` calls from handlers, so that a test decides what happened."""

import numpy as np
import pyarrow as pa

from slipstream.errors import QueryError, Unreachable

START = np.datetime64("2024-08-08T14:30:00", "ns")


def stamp(ms):
    """Event times `ms` after the start."""
    return pa.array((START + np.asarray(ms, np.int64) * np.timedelta64(10**6, "ns")).astype("datetime64[ns]"))


def symbols(values):
    return pa.array(values).dictionary_encode()


def scorecard(rows):
    """`.api.scorecard[]` from (parent, sym, side, qty, filled, arrival, avgpx, bps, money, status, ms)."""
    names = (
        "parent",
        "sym",
        "side",
        "qty",
        "filled",
        "arrival",
        "avgpx",
        "slip_bps",
        "slip_usd",
        "status",
        "ms",
    )
    cells = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    return pa.table(
        {
            "parent": symbols(list(cells["parent"]) or pa.array([], pa.string())),
            "sym": symbols(list(cells["sym"]) or pa.array([], pa.string())),
            "side": symbols(list(cells["side"]) or pa.array([], pa.string())),
            "qty": pa.array(cells["qty"], pa.float64()),
            "filled": pa.array(cells["filled"], pa.float64()),
            "done": pa.array([f / q for f, q in zip(cells["filled"], cells["qty"], strict=True)], pa.float64()),
            "arrival": pa.array(cells["arrival"], pa.float64()),
            "avgpx": pa.array(cells["avgpx"], pa.float64()),
            "slip_bps": pa.array(cells["slip_bps"], pa.float64()),
            "slip_usd": pa.array(cells["slip_usd"], pa.float64()),
            "status": symbols(list(cells["status"]) or pa.array([], pa.string())),
            "time": stamp(list(cells["ms"])),
        }
    )


SCORED = ("slippage_bps", "cost", "arrival_mid", "avg_price", "filled", "done")


def live(table, alerts=(), engine=None, **figures):
    """
    `.api.live[]` of the orders of a `scorecard`, every one scored. `figures` are further columns of scores, one value an order;
    `alerts` are dictionaries, `engine` is the newest row of health.
    """
    names = {"slippage_bps": "slip_bps", "cost": "slip_usd", "arrival_mid": "arrival", "avg_price": "avgpx"}
    count = table.num_rows
    scores = {name: table.column(names.get(name, name)) for name in SCORED}
    lamps = {name: figures.pop(name, ["green"] * count) for name in ("cost_lamp", "leak_lamp", "data_lamp")}
    scores |= {name: symbols(values) for name, values in lamps.items()}
    scores |= {name: pa.array(values) for name, values in figures.items()}
    orders = {name: table.column(name) for name in ("parent", "time", "sym", "side", "qty", "status")}
    none = symbols(pa.array([""] * count, pa.string()))
    orders |= dict.fromkeys(("algo", "broker", "trader", "account"), none)
    health = {"time": pa.array([], pa.timestamp("ns"))}
    if engine is not None:
        health = {"time": pa.array([engine["time"]], pa.timestamp("ns"))}
    for name in ("late", "lost", "orphans", "parked"):
        health[name] = pa.array([] if engine is None else [engine.get(name, 0)], pa.int64())
    health["data_lamp"] = pa.array([] if engine is None else [engine.get("data_lamp", "green")], pa.string())
    texts = ("sym", "parent", "lamp", "level", "why", "id", "state", "who", "note")
    feed = {name: pa.array([a.get(name) for a in alerts], pa.string()) for name in texts}
    feed |= {name: pa.array([a.get(name) for a in alerts], pa.timestamp("ns")) for name in ("time", "at")}
    feed |= {name: pa.array([a.get(name) for a in alerts], pa.float64()) for name in ("figure", "threshold")}
    return {
        "scores": pa.table({"time": table.column("time"), "parent": table.column("parent"), **scores}),
        "orders": pa.table({**orders, "seen": table.column("time")}),
        "alerts": pa.table(feed),
        "health": pa.table(health),
        "skew": pa.table({"sym": ["SIM"], "offset": [1_250_000], "level": ["green"]}),
    }


def unscored(table):
    """`.api.live[]` of the same orders where nothing is scored: there is no real-time engine."""
    parts = live(table)
    return {**parts, "scores": parts["scores"].slice(0, 0)}


def trail(rows=()):
    """`.api.trail[parent]` from (ms, slippage, rolling, expected, vwap)."""
    ms, slip, roll, expected, vwap = list(zip(*rows, strict=True)) if rows else [()] * 5
    numbers = pa.float64()
    return pa.table(
        {
            "time": stamp(list(ms)),
            "slippage_bps": pa.array(slip, numbers),
            "slippage_rolling_bps": pa.array(roll, numbers),
            "expected_bps": pa.array(expected, numbers),
            "quoted_spread_bps": pa.array([2.0] * len(ms), numbers),
            "participation_5min": pa.array([0.25] * len(ms), numbers),
            "vwap": pa.array(vwap, numbers),
        }
    )


def drift(rows=()):
    """`.api.drift[parent]` from (event, kind, horizon in ms, label, n, mean, lo, hi)."""
    event, kind, h, label, n, mean, lo, hi = list(zip(*rows, strict=True)) if rows else [()] * 8
    spans = pa.array([int(x * 1_000_000) for x in h], pa.int64()).cast(pa.duration("ns"))
    words = {"event": pa.array(event, pa.string()), "kind": pa.array(kind, pa.string())}
    numbers = {k: pa.array(v, pa.float64()) for k, v in (("mean", mean), ("lo", lo), ("hi", hi))}
    return pa.table(
        {**words, "h": spans, "label": pa.array(label, pa.string()), "n": pa.array(n, pa.int64()), **numbers}
    )


def chart(quotes=(), sends=(), fills=(), switches=()):
    """`.api.chart[parent]` from (ms, bid, ask), (ms, price, qty, id), (ms, price, qty, liquidity) and (ms, was, algo)."""
    switch = list(zip(*switches, strict=True)) if switches else [()] * 3
    quote, send, fill = (
        list(zip(*rows, strict=True)) if rows else [()] * width for rows, width in ((quotes, 3), (sends, 4), (fills, 4))
    )
    numbers = pa.float64()
    return {
        "quotes": pa.table(
            {
                "time": stamp(list(quote[0])),
                "bid": pa.array(quote[1], numbers),
                "ask": pa.array(quote[2], numbers),
                "mid": pa.array([(b + a) / 2 for b, a in zip(quote[1], quote[2], strict=True)], numbers),
            }
        ),
        "sends": pa.table(
            {
                "time": stamp(list(send[0])),
                "price": pa.array(send[1], numbers),
                "qty": pa.array(send[2], numbers),
                "id": pa.array(send[3], pa.string()),
            }
        ),
        "fills": pa.table(
            {
                "time": stamp(list(fill[0])),
                "price": pa.array(fill[1], numbers),
                "qty": pa.array(fill[2], numbers),
                "liquidity": pa.array(fill[3], pa.string()),
            }
        ),
        "switches": pa.table(
            {
                "time": stamp(list(switch[0])),
                "was": pa.array(switch[1], pa.string()),
                "algo": pa.array(switch[2], pa.string()),
            }
        ),
    }


class Gateway:
    """
    Handlers by name; `down` makes every call fail as a broken connection does.
    """

    def __init__(self, **handlers):
        handlers = {"trail": lambda parent: trail(), "drift": lambda parent: drift(), **handlers}
        self.handlers = {".api." + name: handler for name, handler in handlers.items()}
        self.calls, self.opened, self.closed, self.down = [], 0, 0, False

    def connect(self):
        if self.down:
            raise Unreachable("127.0.0.1:5013: refused")
        self.opened += 1
        return self

    def call(self, name, *args):
        self.calls.append(name)
        if self.down:
            raise Unreachable("127.0.0.1:5013: broken")
        if name not in self.handlers:
            raise QueryError("access", name)
        return self.handlers[name](*args)

    def close(self):
        self.closed += 1


def health(counts, ms):
    """`.api.health[]`."""
    return pa.table(
        {
            "table": symbols(list(counts)),
            "rows": pa.array(counts.values(), pa.int64()),
            "last": stamp([ms] * len(counts)),
        }
    )
