"""
Where the lake lives: a local folder or an S3 bucket, behind one small class.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import fsspec
import pyarrow as pa

from slipstream.archive.disk import Disk
from slipstream.errors import ArchiveError

Found = TypeVar("Found")


class Lake:
    """
    The root of a lake and the few operations the archive needs of it.

    Args:
        url: a local path, or `s3://bucket/prefix`.
        endpoint: S3 endpoint, for a store other than AWS; `AWS_ENDPOINT_URL` is used when None.
        region: S3 region; the environment's when None.
        options: further keyword arguments of the fsspec file system, such as `key` and `secret`.
    """

    def __init__(
        self,
        url: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.url = str(url).rstrip("/")
        keywords = dict(options or {})
        if self.url.startswith("s3://"):
            endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL")
            if endpoint:
                keywords.setdefault("endpoint_url", endpoint)
            if region:
                keywords.setdefault("client_kwargs", {"region_name": region})
            # listings must show what was written a moment ago, by us or by another process
            keywords.setdefault("use_listings_cache", False)
        try:
            self.fs, self.root = fsspec.core.url_to_fs(self.url, **keywords)
        except (ImportError, ValueError) as error:
            raise ArchiveError(f"lake {url!r}: expected a folder or s3://bucket/prefix ({error})") from error
        self.root = self.root.rstrip("/")
        self.local = not self.url.startswith("s3://")
        self.disk = Disk()

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """
        What the store raises when it refuses or breaks off.
        """
        if self.local:
            return (OSError,)
        import aiohttp
        from botocore.exceptions import BotoCoreError, ClientError

        return (OSError, BotoCoreError, ClientError, aiohttp.ClientError)

    def path(self, *parts: str) -> str:
        """
        The path of something below the root, as this file system spells it.
        """
        return "/".join((self.root, *parts))

    def partition(self, table: str, day: date) -> str:
        """
        The folder of one table's day, relative to the root.
        """
        return f"{table}/date={day.isoformat()}"

    def manifest(self, day: date) -> str:
        """
        The day's manifest, relative to the root.
        """
        return f"_manifests/date={day.isoformat()}.json"

    def aside(self, day: date, *parts: str) -> str:
        """
        Where a day is prepared; readers skip folders that begin with an underscore.
        """
        return "/".join(("_aside", f"date={day.isoformat()}", *parts))

    def exists(self, relative: str) -> bool:
        """
        Whether a file or folder is there.
        """
        return bool(self.fs.exists(self.path(relative)))

    def files(self, relative: str) -> list[str]:
        """
        The files of one folder, sorted, by their names alone; empty when there is no such folder.
        """
        folder = self.path(relative)
        if not self.fs.exists(folder):
            return []
        found = self.fs.ls(folder, detail=True)
        return sorted(str(f["name"]).rsplit("/", 1)[-1] for f in found if f["type"] == "file")

    def size(self, relative: str) -> int:
        """
        The size of a file in bytes.
        """
        return int(self.fs.size(self.path(relative)))

    @contextmanager
    def writing(self, relative: str) -> Iterator[Any]:
        """
        Open a file for binary writing; its bytes are on the disk, or in the store, when it is closed. An S3 object appears then.
        """
        if self.local:
            path = Path(self.path(relative))
            self.disk.make_folder(path.parent)
            with self.disk.writing(path) as sink:
                yield sink
            return
        with self.fs.open(self.path(relative), "wb") as sink:
            yield sink

    def reading(self, relative: str) -> Any:
        """
        Open a file for binary reading.
        """
        return self.fs.open(self.path(relative), "rb")

    def scanning(self, relative: str) -> pa.NativeFile | Any:
        """
        Open a file for Arrow to read, of a local disk without Python in between.
        """
        return pa.OSFile(self.path(relative)) if self.local else self.reading(relative)

    def written(self, relative: str, write: Callable[[Any], None], look: Callable[[], Found]) -> Found:
        """
        Write a file and look at it; a local one while its bytes are being forced to the disk, which they are in the end.
        """
        if not self.local:
            with self.writing(relative) as sink:
                write(sink)
            return look()
        path = Path(self.path(relative))
        self.disk.make_folder(path.parent)
        with ThreadPoolExecutor(1) as pool, self.disk.create(path) as sink:
            write(sink)
            sink.flush()
            synced = pool.submit(self.disk.sync, sink, path)
            try:
                found = look()
            finally:
                synced.result()
        return found

    def write_json(self, relative: str, value: Mapping[str, Any]) -> None:
        """
        Write a small document so that a reader sees the old one, the new one or none, never half.
        """
        body = (json.dumps(value, indent=1) + "\n").encode()
        if self.local:
            self.disk.replace(Path(self.path(relative)), body)
            return
        with self.writing(relative) as sink:  # an S3 object appears whole or not at all
            sink.write(body)

    def read_json(self, relative: str) -> dict[str, Any] | None:
        """
        A document written by `write_json`; None when there is none.
        """
        try:
            with self.reading(relative) as source:
                value = json.loads(source.read())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise ArchiveError(f"{self.url}/{relative}: not JSON ({error})") from error
        if not isinstance(value, dict):
            raise ArchiveError(f"{self.url}/{relative}: expected a JSON object")
        return value

    def remove(self, relative: str) -> None:
        """
        Remove a file or a folder with all it holds, if it is there.
        """
        if self.local:
            self.disk.remove(Path(self.path(relative)))
        elif self.exists(relative):
            self.fs.rm(self.path(relative), recursive=True)

    def publish(self, aside: str, final: str) -> None:
        """
        Put a verified folder in its place, replacing what an earlier run left there.

        A local folder appears by one rename. On S3, which has no folders, the parts are copied one by one,
        then parts that no longer belong are removed; the manifest, written later, says when the day is
        complete.
        """
        if self.local:
            self.disk.exchange(Path(self.path(aside)), Path(self.path(final)))
            return
        names = self.files(aside)
        for name in names:
            self.fs.copy(self.path(aside, name), self.path(final, name))
        for name in self.files(final):
            if name not in names:
                self.remove(f"{final}/{name}")
        self.remove(aside)
