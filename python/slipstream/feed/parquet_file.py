"""Parquet files of any size in bounded memory: so many rows at once, and only the columns that are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from slipstream.errors import FeedError
from slipstream.feed.mapped import Block, Layout, Refuse

_ROWS = 65_536


class ParquetReader:
    """
    Args:
        path: the file.
        layout: of its table.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        if not path.is_file():
            raise FeedError(f"parquet: no such file: {path}")
        self._path = path
        try:
            with parquet.ParquetFile(path) as file:
                names = file.schema_arrow.names
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise FeedError(f"{path}: no Parquet file: {error}") from error
        self._sources = layout.sources(str(path), names)

    def blocks(self, refuse: Refuse) -> Iterator[Block]:
        """The file's rows; after damage to a row group the next one is read."""
        import pyarrow as pa
        from pyarrow import parquet

        wanted = list(dict.fromkeys(self._sources.values()))
        with parquet.ParquetFile(self._path) as file:
            first = 1
            for group in range(file.num_row_groups):
                number = first
                first += file.metadata.row_group(group).num_rows
                try:
                    for batch in file.iter_batches(_ROWS, row_groups=[group], columns=wanted, use_threads=False):
                        bad = np.zeros(batch.num_rows, np.bool_)
                        for name in wanted:
                            bad |= _no_text(batch.column(name))
                        for row in np.flatnonzero(bad).tolist():
                            refuse(number + row, "text: not of UTF-8", b"")
                        good = batch.filter(pa.array(~bad)) if bad.any() else batch
                        given = {ours: good.column(theirs) for ours, theirs in self._sources.items()}
                        yield Block(given, np.flatnonzero(~bad) + number, None)
                        number += batch.num_rows
                except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                    refuse(number, f"unreadable: {type(error).__name__} {error}; rows to {first - 1} are lost", b"")
                else:
                    if number < first:  # some damage ends a column early without an error
                        refuse(number, f"unreadable: the file counts rows to {first - 1}, which are lost", b"")


def _no_text(values: Any) -> npt.NDArray[np.bool_]:
    """Which texts are none. Raises ArrowInvalid for other damage."""
    import pyarrow as pa

    none = np.zeros(len(values), np.bool_)
    try:
        values.validate(full=True)
        return none
    except pa.ArrowInvalid:
        if pa.types.is_dictionary(values.type):
            bad = _no_text(values.dictionary)
            pa.DictionaryArray.from_arrays(values.indices, pa.array(range(len(bad)))).validate(full=True)
            known = np.asarray(values.is_valid())
            none[known] = bad[np.asarray(values.indices.drop_null())]
            return none
        if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            raise
    for row, raw in enumerate(values.cast(pa.large_binary()).to_pylist()):
        try:
            str(raw or b"", "utf-8")
        except UnicodeDecodeError:
            none[row] = True
    return none
