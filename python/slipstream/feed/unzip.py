"""Files that may be gzipped."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from types import TracebackType


class Unzipped:
    """
    A file as bytes, gzip undone where it is one. What can be unpacked of a damaged one is given before its error is raised:
    `GzipFile.read` would lose what it has of the block at hand.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as start:
            zipped = start.read(2) == b"\x1f\x8b"
        self._file = gzip.open(path) if zipped else path.open("rb")  # noqa: SIM115
        self._error: Exception | None = None

    def read(self, size: int) -> bytes:
        """The next bytes, fewer before the end or damage only. Raises OSError, EOFError and zlib.error, again and again."""
        parts: list[bytes] = []
        while size > 0 and self._error is None:
            try:
                part = self._file.read1(size)
            except (OSError, EOFError, zlib.error) as error:
                self._error = error
                break
            if not part:
                break
            parts.append(part)
            size -= len(part)
        if self._error is not None and not parts:
            raise self._error
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def __enter__(self) -> Unzipped:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


__all__ = ["Unzipped"]
