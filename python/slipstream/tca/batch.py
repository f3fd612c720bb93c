"""
`slipstream tca`: the catalogue from files. Files are read here, figures are computed by `q/tca/batch.q` in a q process of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from slipstream.engine.child import child
from slipstream.engine.convert import to_table, to_vector
from slipstream.tca import files

TABLES = (
    "parents", "fills", "markouts", "children", "responses", "segments", "switches", "breakdown", "curves", "leak", "leakby",
    "figures", "model", "problems",
)  # fmt: skip
_PIECE = 200_000


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What a batch run computed: tables by name (see TABLES and `docs/tca.md`) and the as-of time, UTC in ns.
    """

    asof: np.datetime64
    tables: Mapping[str, pa.Table]
    catalogue: pa.Table


def compute(
    quotes: Path,
    orders: Path,
    fills: Path,
    trades: Path | None = None,
    *,
    asof: np.datetime64 | None = None,
    horizons: Sequence[np.timedelta64] = (),
    stale: np.timedelta64 | None = None,
    index: str = "",
    base: str = "",
    reference: Path | None = None,
    history: Path | None = None,
    calibrate: bool = False,
    dark: Sequence[str] = (),
    trail: bool = False,
    preopen: Literal["mid", "auction"] = "mid",
    day: np.timedelta64 | None = None,
    weight: Literal["notional", "equal"] = "notional",
    cancelled: bool = True,
    engine: Literal["auto", "quill", "kdb"] = "auto",
) -> Figures:
    """
    Every figure of the catalogue.

    Args:
        quotes: file of quotes; likewise orders, fills and trades, see `files.TABLES`.
        asof: rows after it are left out; default just after the last row of any file.
        horizons: of markouts and responses; default the catalogue's.
        stale: age at which a quote counts no more, where `reference` says nothing of its symbol; default 2 s.
        index: symbol in the quotes whose return, times beta, is taken out of the leakage test and of what a switch saved.
        base: currency that figures are given in too, at the FX mid of each parent's arrival; needs currencies in `reference`.
        reference: file of volume, volatility, shares and currency by symbol, for expected cost.
        history: file of parents as an earlier run published them, for the norm of peers and the models' coefficients.
        calibrate: fit the cost models to `history` instead of using the published coefficients.
        dark: venues that are dark; orders sent there are tested for leakage apart.
        trail: hold the leakage test's events against earlier moments alone, and count those since a parent's last switch, as the
            real-time engine does.
        preopen: what a parent that came before the market is held against: the first mid, or the opening print.
        day: length of a trading day; default 6.5 hours.
        weight: how means over fills are taken.
        cancelled: whether what was cancelled is opportunity cost.
        engine: the q engine, as the configuration key `engine`.

    Raises:
        TcaError: a file cannot be used.
        EngineError: q could not be started or signalled an error.
    """
    named = {
        "quotes": quotes,
        "trades": trades,
        "orders": orders,
        "fills": fills,
        "reference": reference,
        "history": history,
    }
    # one statement a file: PyKX's allocator crashes where numpy arrays are dropped from a half-built expression by an exception
    inputs: dict[str, files.Input] = {}
    for name, path in named.items():
        inputs[name] = files.read(path, name) if path else files.empty(name)
    with child("q/boot.q", wanted=engine) as q:
        q.query("{.boot.use x;}", "tca/batch")
        for name, table in inputs.items():
            _send(q, name, table.columns)
        settings = {
            "stale": stale,
            "day": day,
            "base": base,
            "preopen": preopen,
            "weight": weight,
            "cancelled": cancelled,
            "calibrate": calibrate,
            "dark": to_vector(np.array(dark, dtype=object if dark else "U1")),
        }
        for name, value in settings.items():
            if value is not None:
                q.query("{(` sv`.tca.cfg,x)set y;}", name, value)
        q.query("{.tca.refer .batch.reference;.tca.cfg.history:.batch.history;}[]")
        answer = q.value(
            "{[w;h;ix;t].tca.batch[.batch.quotes;.batch.trades;.batch.orders;.batch.fills;`asof`horizons`index`trail!(first w;h;ix;t)]}",
            to_vector(np.array([files.NAT if asof is None else asof], dtype="datetime64[ns]")),
            to_vector(np.array(horizons, dtype="timedelta64[ns]")),
            index,
            trail,
        )
        catalogue = q.table(".tca.catalogue")
    extras = {**inputs["orders"].extras, **inputs["fills"].extras}
    tables = {name: _named(answer[name], extras) for name in TABLES}
    # value is a word of q, so its column is called val there
    names = tables["figures"].column_names
    tables["figures"] = tables["figures"].rename_columns(["value" if n == "val" else n for n in names])
    return Figures(answer["asof"], tables, catalogue)


def _named(table: pa.Table, extras: Mapping[str, str]) -> pa.Table:
    """The table with its extra columns called as in the file; one that is called as a figure gets `_input` after it."""
    names = table.column_names
    return table.rename_columns([_own(extras[n], names) if n in extras else n for n in names])


def _own(name: str, taken: Sequence[str]) -> str:
    return f"{name}_input" if name in taken else name


def _send(q: Any, name: str, columns: Mapping[str, Any]) -> None:
    """A table to `.batch.name`, a piece at a time."""
    rows = len(next(iter(columns.values())))
    q.query("{(` sv`.batch,x)set y;}", name, to_table({c: v[:0] for c, v in columns.items()}))
    for start in range(0, rows, _PIECE):
        piece = to_table({c: v[start : start + _PIECE] for c, v in columns.items()})
        q.query("{(` sv`.batch,x)upsert y;}", name, piece)
