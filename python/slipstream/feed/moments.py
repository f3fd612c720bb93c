"""Times of other people's files as ns since 1970: numbers of some unit, ISO 8601, patterns of strptime; in a zone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt

from slipstream.errors import FeedError
from slipstream.feed.schema import NULL_TIME

Moments = npt.NDArray[np.int64]

UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_OFFSET = r"(?:[zZ]|[+-][0-9]{2}:?[0-9]{2})$"
_LIMIT = 2**63 - 1


def check_format(text: str, date: dt.date | None) -> None:
    """Raises FeedError for a format that is none, or that needs a date."""
    if text in UNITS or text in ("auto", "iso"):
        return
    if "%" not in text:
        raise FeedError(
            f"time format {text!r}: expected ns, us, ms, s, iso, auto, or a pattern such as %Y%m%d %H:%M:%S.%f"
        )
    if _no_date(text) and date is None:
        raise FeedError(f"time format {text!r} has no date: give one by --date")


def _no_date(pattern: str) -> bool:
    return not any(code in pattern for code in ("%d", "%j", "%D", "%x", "%c", "%s"))


def moments_of(values: Any, form: str, zone: str, date: dt.date | None) -> tuple[Moments, npt.NDArray[np.bool_]]:
    """
    An arrow array of numbers, timestamps or texts as ns since 1970, null where nothing stands; and which are no times.

    A local time that the zone has twice or never is none.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    if pa.types.is_timestamp(kind):
        raw = values.cast(pa.int64())
        if kind.tz is None and zone != "UTC":
            return _local(np.asarray(values.to_numpy(zero_copy_only=False)), zone, _given(values))
        return _scaled(raw, kind.unit)
    if pa.types.is_date(kind):
        return _scaled(values.cast(pa.timestamp("s")).cast(pa.int64()), "s")
    if pa.types.is_integer(kind):
        numbers = values.cast(pa.int64(), safe=False)
        return _scaled(numbers, form) if form in UNITS else _by_size(numbers)
    if not pa.types.is_string(kind):
        values = values.cast(pa.string())
    texts = pc.utf8_trim_whitespace(pc.fill_null(values, ""))
    if form in UNITS:
        return _numbers(texts, form)
    if form == "auto":
        whole = pc.match_substring_regex(texts, "^-?[0-9]+$")
        numbers, bad_numbers = _by_size(_whole(pc.if_else(whole, texts, "")))
        if pc.all(pc.or_(whole, pc.equal(texts, ""))).as_py() is not False:
            return numbers, bad_numbers
        made, bad = _parsed(pc.if_else(whole, "", texts), "iso", zone, date)
        is_number = np.asarray(whole.to_numpy(zero_copy_only=False), np.bool_)
        return np.where(is_number, numbers, made), np.where(is_number, bad_numbers, bad)
    return _parsed(texts, form, zone, date)


def _given(values: Any) -> npt.NDArray[np.bool_]:
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), np.bool_)


def _whole(texts: Any) -> Any:
    """Whole numbers in texts; null where none fits 64 bits, or nothing stands."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return pc.cast(pc.if_else(pc.equal(texts, ""), None, texts), pa.int64())
    except pa.ArrowException:
        found = [int(text) if text else None for text in texts.to_pylist()]
        # what does not fit is told as what cannot be scaled
        return pa.array([None if one is None else max(min(one, _LIMIT), -_LIMIT) for one in found], pa.int64())


def _scaled(numbers: Any, unit: str) -> tuple[Moments, npt.NDArray[np.bool_]]:
    scale = UNITS[unit]
    given = _given(numbers)
    raw = np.array(numbers.fill_null(0).to_numpy(zero_copy_only=False), np.int64)
    bad = given & (np.abs(raw) >= _LIMIT // scale)
    made = np.where(bad, 0, raw) * scale
    made[bad | ~given] = NULL_TIME
    return made, bad


def _by_size(numbers: Any) -> tuple[Moments, npt.NDArray[np.bool_]]:
    """Whole numbers of the unit that puts them between 1973 and 2286: seconds up to 11 digits, ms to 14, us to 17, else ns."""
    given = _given(numbers)
    raw = np.array(numbers.fill_null(0).to_numpy(zero_copy_only=False), np.int64)
    size = np.abs(raw)
    scale = np.where(size < 10**11, 10**9, np.where(size < 10**14, 10**6, np.where(size < 10**17, 1_000, 1)))
    # fewer than nine digits are a date without dashes, or nothing that has to do with time
    bad = given & ((size >= _LIMIT // scale) | (size < 10**8))
    made = np.where(bad, 0, raw) * scale
    made[bad | ~given] = NULL_TIME
    return made, bad


def _numbers(texts: Any, unit: str) -> tuple[Moments, npt.NDArray[np.bool_]]:
    import pyarrow.compute as pc

    whole = pc.match_substring_regex(texts, "^(?:[+-]?[0-9]+)?$")
    if pc.all(whole).as_py() is not False:
        return _scaled(_whole(texts), unit)
    words = texts.to_pylist()
    made, bad = np.full(len(words), NULL_TIME), np.zeros(len(words), np.bool_)
    for row, word in enumerate(words):
        try:
            if word:
                # by decimals: a double cannot hold ns since 1970
                found = int(Decimal(word) * UNITS[unit])
                made[row], bad[row] = (found, False) if abs(found) < _LIMIT else (NULL_TIME, True)
        except (InvalidOperation, ValueError, OverflowError):
            bad[row] = True
    return made, bad


def _parsed(texts: Any, form: str, zone: str, date: dt.date | None) -> tuple[Moments, npt.NDArray[np.bool_]]:
    import pandas as pd
    import pyarrow.compute as pc

    words = texts.to_numpy(zero_copy_only=False)
    given = np.asarray(pc.not_equal(texts, "").to_numpy(zero_copy_only=False), np.bool_)
    pattern = "ISO8601" if form == "iso" else form
    if form == "iso":
        aware = np.asarray(pc.match_substring_regex(texts, _OFFSET).to_numpy(zero_copy_only=False), np.bool_)
    else:
        aware = np.full(len(words), "%z" in form or "%Z" in form)
    if form != "iso" and date is not None and _no_date(form):
        words = np.array([f"{date.isoformat()} {word}" if word else word for word in words], dtype=object)
        pattern = f"%Y-%m-%d {form}"
    made, bad = np.full(len(words), NULL_TIME), np.zeros(len(words), np.bool_)
    for which, local in ((given & aware, False), (given & ~aware, True)):
        rows = np.flatnonzero(which)
        if not len(rows):
            continue
        found = pd.to_datetime(pd.Series(words[rows], dtype=object), format=pattern, errors="coerce", utc=not local)
        if local:
            part, wrong = _local(found.to_numpy(), zone, np.ones(len(rows), np.bool_))
        else:
            part, wrong = _ns(found.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), np.ones(len(rows), np.bool_))
        made[rows], bad[rows] = part, wrong
    return made, bad


def _local(moments: npt.NDArray[Any], zone: str, given: npt.NDArray[np.bool_]) -> tuple[Moments, npt.NDArray[np.bool_]]:
    """Wall clock readings of a zone."""
    import pandas as pd

    if zone != "UTC":
        series = pd.Series(moments).dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        moments = series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return _ns(moments, given)


def _ns(moments: npt.NDArray[Any], given: npt.NDArray[np.bool_]) -> tuple[Moments, npt.NDArray[np.bool_]]:
    """Of any unit to ns; what 63 bits cannot hold is no time."""
    unit = np.datetime_data(moments.dtype)[0]
    raw = moments.view(np.int64)
    scale = UNITS[unit]
    none = np.isnat(moments)
    bad = none | (np.abs(np.where(none, 0, raw)) >= _LIMIT // scale)
    made = np.where(bad, 0, raw) * scale
    made[bad] = NULL_TIME
    return made, bad & given
