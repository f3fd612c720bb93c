"""
A disk whose every change is recorded, and what a power cut after any of them can leave of it.

After each change five disks are tried: the process was killed (all is there); it was killed within a write (half of the last is
there); names are kept but no bytes that nobody synced; everything since the last sync of anything is gone; and only those names
are kept whose folder was synced.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from slipstream.archive.disk import Disk


@dataclass
class Node:
    """A file by its bytes, or a folder by its names."""

    folder: bool
    names: dict[str, int] = field(default_factory=dict)
    now: bytes = b""
    synced: bytes = b""


@dataclass(frozen=True)
class Names:
    """A change of names: what goes and what comes, by folder and name, in one step of the disk's."""

    gone: tuple[tuple[int, str], ...]
    come: tuple[tuple[int, str, int], ...]

    def folders(self) -> set[int]:
        """The folders that it changes."""
        return {folder for folder, _ in self.gone} | {folder for folder, _, _ in self.come}


Shown = dict[str, bytes | None]
"""Files with their bytes, folders with None, by their paths below the root."""


class Model:
    """Folders and files by number; those names that are on the disk for certain are kept beside those that are shown."""

    def __init__(self, root: Path) -> None:
        self.nodes: dict[int, Node] = {}
        self.numbers = itertools.count()
        self.top = self._load(root)
        self.sure = {n: dict(node.names) for n, node in self.nodes.items() if node.folder}
        self.waiting: list[Names] = []
        self.before = self.shown(synced=True)

    def _load(self, path: Path) -> int:
        number = next(self.numbers)
        if path.is_dir():
            self.nodes[number] = node = Node(True)
            node.names = {entry.name: self._load(entry) for entry in sorted(path.iterdir())}
        else:
            body = path.read_bytes()
            self.nodes[number] = Node(False, now=body, synced=body)
        return number

    def find(self, path: str) -> int:
        """The number of what has a path now."""
        at = self.top
        for part in Path(path).parts:
            at = self.nodes[at].names[part]
        return at

    def _place(self, path: str) -> tuple[int, str]:
        return self.find(str(Path(path).parent)), Path(path).name

    def make(self, path: str, *, folder: bool) -> None:
        """A new folder or an empty file; a file that is there loses its bytes."""
        where, name = self._place(path)
        if name in self.nodes[where].names:
            if not folder:
                self.nodes[self.nodes[where].names[name]].now = b""
            return
        number = next(self.numbers)
        self.nodes[number] = Node(folder)
        if folder:
            self.sure[number] = {}
        self._change(Names((), ((where, name, number),)))

    def rename(self, path: str, to: str) -> None:
        """Another name, in place of a file that has it."""
        (where, name), (there, other) = self._place(path), self._place(to)
        number = self.nodes[where].names[name]
        taken = self.nodes[there].names.get(other)
        assert taken is None or not self.nodes[taken].folder, f"{to} is a folder"
        self._change(Names(((where, name),), ((there, other, number),)))

    def remove(self, path: str) -> None:
        """A name goes."""
        assert not self.nodes[self.find(path)].names, f"{path} is not empty"
        self._change(Names((self._place(path),), ()))

    def write(self, path: str, at: int, body: bytes) -> None:
        """Bytes at an offset."""
        node = self.nodes[self.find(path)]
        node.now = node.now[:at].ljust(at, b"\0") + body + node.now[at + len(body) :]

    def sync(self, path: str) -> None:
        """A file's bytes are on the disk."""
        node = self.nodes[self.find(path)]
        node.synced = node.now
        self.before = self.shown(synced=True)

    def sync_names(self, path: str) -> None:
        """A folder's names are, and every earlier change that shares a folder with one of these."""
        folders = {self.find(path)}
        kept: list[Names] = []
        for change in reversed(self.waiting):
            if folders & change.folders():
                folders |= change.folders()
                kept.insert(0, change)
        for change in kept:
            self._apply(self.sure, change)
        self.waiting = [change for change in self.waiting if change not in kept]
        self.before = self.shown(synced=True)

    def _change(self, change: Names) -> None:
        self._apply({n: node.names for n, node in self.nodes.items() if node.folder}, change)
        self.waiting.append(change)

    @staticmethod
    def _apply(names: dict[int, dict[str, int]], change: Names) -> None:
        for folder, name in change.gone:
            names[folder].pop(name, None)
        for folder, name, number in change.come:
            names[folder][name] = number

    def shown(self, *, synced: bool, sure: bool = False) -> Shown:
        """What a reader finds: with the bytes that are synced or all, the names that are sure or all."""
        out: Shown = {}

        def walk(number: int, at: str) -> None:
            names = self.sure[number] if sure else self.nodes[number].names
            for name, child in names.items():
                path = f"{at}{name}"
                node = self.nodes[child]
                if node.folder:
                    out[path] = None
                    walk(child, f"{path}/")
                else:
                    out[path] = node.synced if synced else node.now

        walk(self.top, "")
        return out


Change = tuple[str, str, Any]


class Recorder(Disk):
    """A real disk that writes down what is done to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.changes: list[Change] = []

    def _note(self, what: str, path: Path, more: Any = None) -> None:
        self.changes.append((what, str(path.relative_to(self.root)), more))

    def mkdir(self, path: Path) -> None:
        super().mkdir(path)
        self._note("mkdir", path)

    def create(self, path: Path) -> BinaryIO:
        self._note("create", path)
        return cast("BinaryIO", _File(path, lambda at, body: self._note("write", path, (at, body))))

    def sync(self, file: BinaryIO, path: Path) -> None:
        super().sync(file, path)
        self._note("sync", path)

    def sync_names(self, folder: Path) -> None:
        super().sync_names(folder)
        self._note("names", folder)

    def rename(self, path: Path, to: Path) -> None:
        super().rename(path, to)
        self._note("rename", path, str(to.relative_to(self.root)))

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self._note("remove", path)

    def rmdir(self, path: Path) -> None:
        super().rmdir(path)
        self._note("remove", path)


class _File(io.FileIO):
    def __init__(self, path: Path, note: Callable[[int, bytes], None]) -> None:
        super().__init__(path, "wb")
        self._note = note

    def write(self, body: Any) -> int:
        at = self.tell()
        done = super().write(body)
        assert done == memoryview(body).nbytes
        self._note(at, bytes(body))
        return done


def _step(model: Model, change: Change) -> None:
    what, path, more = change
    if what in ("mkdir", "create"):
        model.make(path, folder=what == "mkdir")
    elif what == "write":
        model.write(path, *more)
    elif what == "sync":
        model.sync(path)
    elif what == "names":
        model.sync_names(path)
    elif what == "rename":
        model.rename(path, more)
    elif what == "remove":
        model.remove(path)
    else:
        raise AssertionError(what)


def cuts(model: Model, changes: list[Change]) -> Iterator[tuple[int, str, Shown]]:
    """Every disk that a cut can leave, none twice in a row of changes: after how many changes, in words, and what it holds."""
    seen: set[frozenset[tuple[str, bytes | None]]] = set()

    def new(shown: Shown) -> bool:
        key = frozenset(shown.items())
        return not (key in seen or seen.add(key))

    for number, change in enumerate(changes, 1):
        text = f"{number} {change[0]} {change[1]}"
        if change[0] == "write":
            at, body = change[2]
            model.write(change[1], at, body[: len(body) // 2])
            if new(torn := model.shown(synced=False)):
                yield number - 1, f"killed within {text}", torn
        _step(model, change)
        for words, shown in (
            ("killed after", model.shown(synced=False)),
            ("bytes lost after", model.shown(synced=True)),
            ("all lost after", model.before),
            ("names lost after", model.shown(synced=True, sure=True)),
        ):
            if new(shown):
                yield number, f"{words} {text}", shown


def write_out(shown: Shown, root: Path) -> None:
    """Make it."""
    root.mkdir(parents=True)
    for path, body in sorted(shown.items()):
        if body is None:
            (root / path).mkdir()
        else:
            (root / path).write_bytes(body)
