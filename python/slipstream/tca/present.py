"""The figures of a batch run as JSON, CSV, Parquet or a table on the terminal. Nothing is computed here."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from slipstream.errors import TcaError
from slipstream.tca.batch import Figures

# what tells one fill from another: another session's or day's may have the same execution id
_FILL = ("execid", "parent", "time")
# a figure by horizon: its table, the columns that name the row it belongs to, the column of the figure, what it is called
_BY_HORIZON = {
    "fills": (
        ("markouts", _FILL, "markout", "markout_bps"),
        ("markouts", _FILL, "realised", "realised_spread"),
        ("markouts", _FILL, "impact", "impact"),
    ),
    "children": (("responses", ("id",), "response", "response_bps"),),
}
_SHOWN = (
    "parent", "sym", "side", "qty", "filled", "arrival_mid", "avg_price", "slippage_bps", "cost", "is_bps", "is_cost", "pre_bps",
    "during_bps", "post_bps", "vwap_bps", "participation", "n", "flags",
)  # fmt: skip


def as_json(figures: Figures) -> str:
    """
    One JSON document: parents, fills, children, events, the other tables as they are (see TABLES), and metrics.

    A figure that is null has a neighbour `<name>_reason`; of a figure by horizon the neighbour holds the horizons that are null.
    """
    out: dict[str, Any] = {"asof": _iso(figures.asof), "parents": [_row(r) for r in _rows(figures.tables["parents"])]}
    for name in ("fills", "children"):
        rows = [_row(r) for r in _rows(figures.tables[name])]
        for source, key, column, label in _BY_HORIZON[name]:
            grid = _grid(figures.tables[source], key, column)
            for row, of in zip(rows, _keys(figures.tables[name], key).to_pylist(), strict=True):
                found = grid.cells(of)
                row[label] = {h: value for h, (value, _) in found.items()}
                missing = {h: state for h, (value, state) in found.items() if value is None}
                if missing:
                    row[f"{label}_reason"] = missing
        out[name] = rows
    out["events"] = _events(figures.tables["responses"])
    for name in ("segments", "switches", "breakdown", "curves", "leak", "leakby", "model", "figures", "problems"):
        out[name] = [_row(r) for r in _rows(figures.tables[name])]
    out["metrics"] = [{k: row[k] for k in ("level", "name", "unit", "sign", "doc")} for row in _rows(figures.catalogue)]
    return json.dumps(out, indent=1, allow_nan=False)


def flat(figures: Figures, name: str) -> pa.Table:
    """
    A table with one column a horizon instead of figures by horizon: `markout_bps_1ms`, and one of reasons where any is null.
    """
    table = figures.tables[name]
    for source, key, column, label in _BY_HORIZON.get(name, ()):
        grid = _grid(figures.tables[source], key, column)
        rows = np.array([grid.rows.get(k, -1) for k in _keys(table, key).to_pylist()], dtype="i8")
        # one row more, for what has no figure
        values = np.vstack([grid.values, np.full((1, len(grid.horizons)), np.nan)])[rows]
        reasons = np.vstack([grid.reasons, np.full((1, len(grid.horizons)), "", dtype=object)])[rows]
        for i, horizon in enumerate(grid.horizons):
            found = pa.array(values[:, i], pa.float64(), mask=~np.isfinite(values[:, i]))
            table = table.append_column(f"{label}_{horizon}", found)
            why = np.where(np.isfinite(values[:, i]), "", reasons[:, i])
            if any(why):
                table = table.append_column(f"{label}_{horizon}_reason", pa.array(why, pa.string(), mask=why == ""))
    return table


def as_csv(figures: Figures, name: str) -> bytes:
    """One of the tables as CSV; times as ISO-8601 with nanoseconds."""
    sink = io.BytesIO()
    pa.csv.write_csv(_textual(flat(figures, name)), sink)
    return sink.getvalue()


def as_parquet(figures: Figures, name: str) -> bytes:
    """One of the tables as a Parquet file."""
    sink = io.BytesIO()
    pa.parquet.write_table(_plain(flat(figures, name)), sink)
    return sink.getvalue()


def write(figures: Figures, folder: Path, form: str) -> list[Path]:
    """Every table as a file of a folder, which is made: csv or parquet one a table, json a single `tca.json`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if form == "json":
            contents = {"tca.json": as_json(figures).encode()}
        else:
            render = as_csv if form == "csv" else as_parquet
            contents = {f"{name}.{form}": render(figures, name) for name in figures.tables}
        for name, data in contents.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise TcaError(f"{folder}: expected a folder to write to: {error}") from error
    return [folder / name for name in contents]


def as_text(figures: Figures, console: Any, name: str = "parents") -> None:
    """One of the tables on a terminal, transposed: a line a figure. Of parents those that say most, of other tables all."""
    from rich.table import Table

    rows = [_row(r) for r in _rows(flat(figures, name))]
    columns = list(rows[0]) if rows else []
    first, *others = _SHOWN if name == "parents" else (columns or [name])
    shown = Table(box=None, pad_edge=False)
    shown.add_column("")
    for row in rows[:_ACROSS]:
        shown.add_column(str(row[first]), justify="right")
    for figure in others:
        if figure in columns and not (figure.endswith("_reason") and figure.removesuffix("_reason") in columns):
            shown.add_row(figure, *(_short(row, figure) for row in rows[:_ACROSS]))
    console.print(shown)
    if len(rows) > _ACROSS:
        console.print(f"{len(rows) - _ACROSS:,} more rows of {name}: --out csv shows all", highlight=False)
    for row in _rows(figures.tables["problems"]):
        console.print(f"{row['problem']}: {row['id']}", highlight=False)


def _short(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if value is None:
        return str(row.get(f"{name}_reason") or "-")
    if isinstance(value, list):
        return " ".join(value)
    return f"{value:,.5f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _rows(table: pa.Table) -> Iterable[dict[str, Any]]:
    columns = {name: _python(table.column(name)) for name in table.column_names}
    return ({name: cells[i] for name, cells in columns.items()} for i in range(table.num_rows))


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for JSON: flags as a list, reasons only where there is one."""
    out = {}
    for name, value in row.items():
        if name == "flags":
            out[name] = (value or "").split()
        elif not (name.endswith("_reason") and value is None):
            out[name] = value
    return out


def _python(column: pa.ChunkedArray) -> list[Any]:
    """Cells for JSON: times as ISO-8601, spans as labels are, numbers that JSON lacks as None."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        raw = column.cast(pa.timestamp("ns")).combine_chunks().view(pa.int64()).fill_null(_NAT).to_numpy()
        words = np.datetime_as_string(raw.view("datetime64[ns]"), unit="ns")
        return [None if n == _NAT else f"{word}Z" for n, word in zip(raw.tolist(), words.tolist(), strict=True)]
    if pa.types.is_duration(kind):
        raw = column.cast(pa.duration("ns")).combine_chunks().view(pa.int64()).to_pylist()
        return [None if n is None else n for n in raw]
    if pa.types.is_floating(kind):
        return [None if v is None or not np.isfinite(v) else v for v in column.to_pylist()]
    return list(column.to_pylist())


@dataclass(frozen=True, slots=True)
class _Grid:
    """
    A figure by horizon: a row for each key, a column for each horizon; NaN where there is none, with its reason.
    """

    rows: Mapping[str, int]
    horizons: Sequence[str]
    values: npt.NDArray[np.float64]
    reasons: npt.NDArray[Any]

    def cells(self, key: str) -> dict[str, tuple[float | None, str]]:
        """The figure of one key by horizon, None where it is null, and why."""
        if key not in self.rows:
            return {}
        at = self.rows[key]
        found = zip(self.horizons, self.values[at].tolist(), self.reasons[at].tolist(), strict=True)
        return {h: (value if np.isfinite(value) else None, reason) for h, value, reason in found if reason}


_ACROSS = 50
"""Rows that a terminal shows side by side."""
_NAT = np.iinfo(np.int64).min
_REASONS = {"noquote": "no quote", "final": "no quote before the event"}
_UNANCHORED = {"markout": "price is not positive"}
"""Why a figure is null although the mid at its horizon is known, where that is not the mid before the event."""


def _grid(table: pa.Table, key: Sequence[str], column: str) -> _Grid:
    """A figure of a table that has a row for each key and horizon. Responses are those to sends."""
    if "class" in table.column_names:
        table = table.filter(pc.equal(_strings(table, "class"), "send"))
    keys, labels = _keys(table, key).dictionary_encode(), _strings(table, "label").dictionary_encode()
    at = keys.indices.to_numpy(), labels.indices.to_numpy()
    shape = (len(keys.dictionary), len(labels.dictionary))
    values = np.full(shape, np.nan)
    values[at] = table.column(column).fill_null(np.nan).to_numpy()
    reasons = np.full(shape, "", dtype=object)
    known = {**_REASONS, "final": _UNANCHORED.get(column, _REASONS["final"])}
    reasons[at] = [known.get(state, state) for state in _strings(table, "state").to_pylist()]
    names = keys.dictionary.to_pylist()
    return _Grid({name: i for i, name in enumerate(names)}, labels.dictionary.to_pylist(), values, reasons)


def _strings(table: pa.Table, name: str) -> Any:
    """A column of symbols as one array of strings, a null symbol as an empty one."""
    return pc.fill_null(table.column(name).cast(pa.string()).combine_chunks(), "")


def _keys(table: pa.Table, names: Sequence[str]) -> Any:
    """Columns as one array of strings."""
    parts = [
        table.column(n).cast(pa.int64()).cast(pa.string()).combine_chunks() if n == "time" else _strings(table, n)
        for n in names
    ]
    return pc.binary_join_element_wise(*parts, "\x1f")


def _events(table: pa.Table) -> list[dict[str, Any]]:
    """Responses to everything but sends, which are with the children."""
    out: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in _rows(table.filter(pc.not_equal(_strings(table, "class"), "send"))):
        key = (row["id"], row["class"], row["time"])
        event = out.setdefault(key, {"id": row["id"], "class": row["class"], "time": row["time"], "response_bps": {}})
        event["response_bps"][row["label"]] = row["response"]
        if row["response"] is None:
            event.setdefault("response_bps_reason", {})[row["label"]] = row["state"]
    return list(out.values())


def _plain(table: pa.Table) -> pa.Table:
    """Symbols as plain strings."""
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
    return table


def _textual(table: pa.Table) -> pa.Table:
    table = _plain(table)
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(i, field.name, pa.array(_python(table.column(i)), pa.string()))
        elif pa.types.is_duration(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.int64()))
    return table


def _iso(stamp: np.datetime64) -> str:
    return f"{np.datetime_as_string(stamp.astype('datetime64[ns]'), unit='ns')}Z"
