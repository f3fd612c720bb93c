"""Tables as answers: JSON by the models, or an Arrow stream; in parts."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from slipstream.api.problems import Problem

ARROW = "application/vnd.apache.arrow.stream"
_NEVER, _FOREVER = np.datetime64("1800-01-01", "ns").astype(np.int64), np.iinfo(np.int64).max


def iso(value: Any) -> str | None:
    """A time as text; None for null and infinite ones."""
    if value is None:
        return None
    return _isos(np.array([value], "M8[ns]"))[0]


def _isos(moments: np.ndarray[Any, np.dtype[np.datetime64]]) -> list[str | None]:
    numbers = moments.view(np.int64)
    texts = np.datetime_as_string(moments).tolist()
    good = (numbers >= _NEVER) & (numbers != _FOREVER)  # the number of NaT is the least of all
    return [f"{text}Z" if fine else None for text, fine in zip(texts, good.tolist(), strict=True)]


def said(body: Mapping[str, Any], status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, in ASCII, so that there is no text that cannot be told."""
    text = json.dumps(body, allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json", headers=dict(headers or {}))


def plain(value: Any) -> Any:
    """A cell as JSON has it: no NaN, no infinity, spans in seconds."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, np.datetime64):
        return iso(value)
    if isinstance(value, np.timedelta64):
        return float(value / np.timedelta64(1, "ns")) / 1e9
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def cells(column: pa.ChunkedArray) -> list[Any]:
    """A column as JSON has it."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _isos(column.cast(pa.timestamp("ns")).to_numpy())
    if pa.types.is_duration(kind):
        numbers = column.cast(pa.duration("ns")).combine_chunks().view(pa.int64()).to_pylist()
        return [None if n is None else n / 1e9 for n in numbers]
    if pa.types.is_floating(kind):
        found = column.to_numpy()  # a null is NaN there
        return found.tolist() if np.isfinite(found).all() else [x if math.isfinite(x) else None for x in found.tolist()]
    if pa.types.is_dictionary(kind):
        return [value for chunk in column.chunks for value in _words(chunk)]
    if pa.types.is_integer(kind) and not column.null_count:
        return column.to_numpy().tolist()  # type: ignore[no-any-return]
    return [plain(value) for value in column.to_pylist()]


def _words(chunk: pa.DictionaryArray) -> list[Any]:
    words = [plain(word) for word in chunk.dictionary.to_pylist()]
    places = chunk.indices.fill_null(len(words)) if chunk.null_count else chunk.indices
    return list(map([*words, None].__getitem__, places.to_numpy().tolist()))


def records(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as JSON has them."""
    names = table.column_names
    return [dict(zip(names, row, strict=True)) for row in zip(*map(cells, table.columns), strict=True)]


def shaped(rows: Sequence[Mapping[str, Any]], model: type[BaseModel]) -> list[dict[str, Any]]:
    """Rows with the fields of a model, null where a row lacks one."""
    names = tuple(model.model_fields)
    return [{name: row.get(name) for name in names} for row in rows]


def only(table: pa.Table, model: type[BaseModel]) -> pa.Table:
    """The columns that a model names."""
    there = set(table.column_names)
    return table.select([name for name in model.model_fields if name in there])


def part(table: pa.Table, cursor: str | None, limit: int) -> tuple[pa.Table, str | None]:
    """Rows from a cursor on, at most so many, and the cursor of those that follow."""
    start = _position(cursor)
    end = start + limit
    after = base64.urlsafe_b64encode(str(end).encode()).decode() if end < table.num_rows else None
    return table.slice(start, limit), after


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        found = base64.urlsafe_b64decode(cursor.encode())
        if not found.isdigit() or len(found) > 12:
            raise ValueError
        return int(found)
    except (ValueError, binascii.Error):
        raise Problem(422, "the cursor is not one of ours") from None


def wants_arrow(request: Request) -> bool:
    """Whether Arrow is asked for. Raises Problem for what is neither Arrow nor JSON."""
    accept = request.headers.get("accept", "*/*").lower()
    kinds = [text.partition(";")[0].strip() for text in accept.split(",")]
    if ARROW in kinds:
        return True
    if any(kind in ("*/*", "application/json", "application/*", "") for kind in kinds):
        return False
    raise Problem(406, f"expected Accept: application/json or {ARROW}")


def answer(
    request: Request,
    table: pa.Table,
    body: Callable[[pa.Table], Mapping[str, Any]],
    *,
    headers: Mapping[str, str | None] | None = None,
) -> Response:
    """A table as the caller wants it. `headers` carry what JSON says beside the rows."""
    more = {name: value for name, value in (headers or {}).items() if value is not None}
    if wants_arrow(request):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return Response(sink.getvalue().to_pybytes(), media_type=ARROW, headers={**more, "Vary": "Accept"})
    text = json.dumps(body(table), allow_nan=False, separators=(",", ":"))
    return Response(text, media_type="application/json", headers={**more, "Vary": "Accept"})
