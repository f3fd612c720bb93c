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


def chart(quotes=(), sends=(), fills=()):
    """`.api.chart[parent]` from (ms, bid, ask), (ms, price, qty, id) and (ms, price, qty, liquidity)."""
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
    }


class Gateway:
    """
    Handlers by name; `down` makes every call fail as a broken connection does.
    """

    def __init__(self, **handlers):
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
