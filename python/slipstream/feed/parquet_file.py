"""Parquet files of any size in bounded memory: so many rows at once, and only the columns that are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

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
        except (pa.ArrowException, OSError) as error:
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
                        given = {ours: batch.column(theirs) for ours, theirs in self._sources.items()}
                        yield Block(given, np.arange(number, number + batch.num_rows), None)
                        number += batch.num_rows
                except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                    refuse(number, f"unreadable: {type(error).__name__} {error}; rows to {first - 1} are lost", b"")
