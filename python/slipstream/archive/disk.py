"""
Every change that the archive makes to a local disk, one method each.

What a method returned from is on the disk: a file with its bytes, and every name with the folder that holds it. A test records the
methods under "one step each", and rebuilds what a power cut after any of them would leave.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO


class Disk:
    """
    Folders and files by their absolute paths.
    """

    # one step each

    def mkdir(self, path: Path) -> None:
        """
        Make one folder.
        """
        path.mkdir(exist_ok=True)

    def create(self, path: Path) -> BinaryIO:
        """
        Make a file, empty; one that is there loses its bytes.
        """
        return path.open("wb")

    def sync(self, file: BinaryIO, path: Path) -> None:
        """
        Wait until the bytes of an open file are on the disk.
        """
        del path  # for those who record
        file.flush()
        os.fsync(file.fileno())

    def sync_names(self, folder: Path) -> None:
        """
        Wait until the names in a folder are on the disk as they are now.
        """
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def rename(self, path: Path, to: Path) -> None:
        """
        Give a file or folder another name; a file that has it is replaced.
        """
        path.replace(to)

    def unlink(self, path: Path) -> None:
        """
        Delete a file.
        """
        path.unlink()

    def rmdir(self, path: Path) -> None:
        """
        Delete an empty folder.
        """
        path.rmdir()

    # made of these

    def make_folder(self, path: Path) -> None:
        """
        Make a folder and those above it.
        """
        if path.is_dir():
            return
        self.make_folder(path.parent)
        self.mkdir(path)
        self.sync_names(path.parent)

    @contextmanager
    def writing(self, path: Path) -> Iterator[Any]:
        """
        A file to write to; its name is on the disk once the folder's are.
        """
        with self.create(path) as sink:
            yield sink
            self.sync(sink, path)

    def replace(self, path: Path, body: bytes) -> None:
        """
        Put bytes in a file's place: a reader sees the old ones or the new ones.
        """
        self.make_folder(path.parent)
        aside = path.with_name(path.name + ".tmp")
        with self.writing(aside) as sink:
            sink.write(body)
        self.rename(aside, path)
        self.sync_names(path.parent)

    def remove(self, path: Path) -> None:
        """
        Delete a file, or a folder with all it holds, if it is there.
        """
        if path.is_dir() and not path.is_symlink():
            self._empty(path)
            self.rmdir(path)
        elif path.exists():
            self.unlink(path)
        else:
            return
        self.sync_names(path.parent)

    def exchange(self, aside: Path, final: Path) -> None:
        """
        Put a folder in another's place. What was there moves to `<aside>.old` first and is then deleted, so that no reader finds
        the half of it.
        """
        self.sync_names(aside)
        self.make_folder(final.parent)
        old = aside.with_name(aside.name + ".old")
        self.remove(old)
        if final.exists():
            self.rename(final, old)
        self.rename(aside, final)
        self.sync_names(final.parent)
        self.sync_names(aside.parent)
        self.remove(old)

    def _empty(self, folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink():
                self._empty(path)
                self.rmdir(path)
            else:
                self.unlink(path)
