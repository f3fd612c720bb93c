"""
Which tables of a plant this process publishes. A table has one publisher at a time: after a broken connection or a restart it counts the
rows in the plant's log to learn which of its own are there, and rows of another would be taken for these.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from slipstream.errors import FeedError


class Claims:
    """
    Locks of the system, which go with the process however it ends. Use it as a context.

    Args:
        folder: of the plant, the same for all its publishers.
        tables: taken at once; further ones as they are published.
    """

    def __init__(self, folder: Path, tables: Iterable[str] = ()) -> None:
        self._folder = folder
        self._held: dict[str, BinaryIO] = {}
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self.take(*tables)
        except BaseException:
            self.close()
            raise

    def take(self, *tables: str) -> None:
        """Publish these from now on. Raises FeedError when another process, or another publisher of this one, does."""
        for table in tables:
            if table not in self._held:
                self._held[table] = self._lock(table)

    def close(self) -> None:
        """Let others publish them."""
        for file in self._held.values():
            file.close()
        self._held.clear()

    def __enter__(self) -> Claims:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _lock(self, table: str) -> BinaryIO:
        file = (self._folder / table).open("a+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            who = file.read().decode("utf-8", "replace").strip() or "another process"
            file.close()
            raise FeedError(
                f"{table} is published by {who} already, and a table has one publisher at a time; several venues go by `slipstream feed venues`"
            ) from None
        file.truncate(0)
        file.write(
            f"process {os.getpid()} ({' '.join(map(os.path.basename, sys.argv[:3]))})".encode("utf-8", "replace")
        )
        file.flush()
        return file
