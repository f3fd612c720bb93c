"""Names of the instruments of a DBN file: from its metadata by date, and from definitions and mappings as they come."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from slipstream.feed.schema import DAY_NS


class Symbols:
    """
    Args:
        unnamed: takes the instruments that nothing names.
    """

    def __init__(self, unnamed: set[int]) -> None:
        self._unnamed = unnamed
        self._dated: dict[int, list[tuple[int, int, str]]] = {}
        """By instrument: first day, day after the last, name; days since 1970, in order."""
        self._now: dict[int, str] = {}
        self._within: dict[int, tuple[list[int], list[str | None]]] = {}
        """By instrument that the block at hand names: from where on, and its names; the first is what it had before the block."""

    def learn(self, metadata: Any) -> None:
        """Take the mappings of a file's metadata, in whichever direction they were asked for."""
        for name, intervals in (metadata.mappings or {}).items():
            for interval in intervals:
                start, end, other = (interval[key] for key in ("start_date", "end_date", "symbol"))
                code, symbol = (other, name) if str(other).isdigit() else (name, other)
                if not str(code).isdigit() or not symbol:
                    continue
                days = [int(np.datetime64(day, "D").astype(np.int64)) for day in (start, end)]
                self._dated.setdefault(int(code), []).append((days[0], days[1], str(symbol)))
        for found in self._dated.values():
            found.sort()

    def begin(self, named: Sequence[tuple[npt.NDArray[np.int64], npt.NDArray[Any]]]) -> None:
        """Take a block's definitions (`raw_symbol`) and symbol mappings with their places; each holds for what lies behind it."""
        found = sorted(
            (place, code, text) for places, records in named for place, code, text in _texts(places, records)
        )
        self._within.clear()
        for place, code, text in found:
            places, names = self._within.setdefault(code, ([-1], [self._now.get(code)]))
            places.append(place)
            names.append(text)
            self._now[code] = text

    def of(
        self, codes: npt.NDArray[np.uint32], moments: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
    ) -> npt.NDArray[Any]:
        """Names of instruments at moments, as of places in the block."""
        made = np.empty(len(codes), dtype=object)
        if not len(codes):
            return made
        found, back = np.unique(codes, return_inverse=True)
        names = np.empty(len(found), dtype=object)
        for at, code in enumerate(found.tolist()):
            names[at] = self._now.get(code)
            if names[at] is None:
                names[at] = self._single(code)
        made[:] = names[back]
        for at, code in enumerate(found.tolist()):
            if names[at] is None:
                mine = np.flatnonzero(back == at)
                made[mine] = [self._on(code, int(moment) // DAY_NS) for moment in moments[mine]]
            if code in self._within:
                mine = np.flatnonzero(back == at)
                begins, texts = self._within[code]
                which = np.searchsorted(begins, places[mine]) - 1
                made[mine] = [
                    self._unmapped(code, int(moment)) if texts[each] is None else texts[each]
                    for each, moment in zip(which.tolist(), moments[mine], strict=True)
                ]
        return made

    def _unmapped(self, code: int, moment: int) -> str:
        """The name of an instrument that nothing has named before in the file but its metadata."""
        return self._single(code) or self._on(code, moment // DAY_NS)

    def _single(self, code: int) -> str | None:
        """The name that an instrument has on all days; None when that depends on the day."""
        names = {name for _, _, name in self._dated.get(code, ())}
        if not names:
            self._unnamed.add(code)
            return str(code)
        return names.pop() if len(names) == 1 else None

    def _on(self, code: int, day: int) -> str:
        intervals = self._dated[code]
        at = max(bisect_right(intervals, (day, 2**31, "")) - 1, 0)
        return intervals[at][2]


def _texts(places: npt.NDArray[np.int64], records: npt.NDArray[Any]) -> Iterator[tuple[int, int, str]]:
    """Places, instruments and names of definitions or mappings."""
    names = records.dtype.names or ()
    field = "raw_symbol" if "raw_symbol" in names else "stype_out_symbol"
    other = "stype_in_symbol" if field == "stype_out_symbol" else field
    columns = (records["instrument_id"].tolist(), records[field].tolist(), records[other].tolist())
    for place, code, symbol, asked in zip(places.tolist(), *columns, strict=True):
        # a mapping to a number names the instrument by what was asked for
        chosen = asked if symbol.isdigit() else symbol
        text = chosen.partition(b"\0")[0].decode("utf-8", "replace")
        if text:
            yield place, code, text
