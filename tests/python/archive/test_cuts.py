"""
Power cut at every single change that an archive job makes, on a disk and in an object store: the lake never says more than it holds,
and the job run again leaves what an undisturbed one does.
"""

from __future__ import annotations

import io
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import cutdisk
import fsspec
import pytest

from slipstream.archive import Lake, archive_day, read_manifest, verify_day
from slipstream.errors import ArchiveError

from . import qbytes

DAY = date(2024, 8, 8)
START = 776_304_000_000_000_000  # 2024.08.08 in ns since 2000.01.01
BEFORE, AFTER = {"trade": "2024.08.09D01"}, {"trade": "2024.08.10D01"}


def hdb(shift: int = 0, rows: int = 70) -> qbytes.Hdb:
    """A day of two tables; trades in two parts, or three."""
    seqs = list(range(shift, shift + rows))
    return qbytes.Hdb(
        DAY,
        {
            "quote": {"time": ("p", [START]), "sym": ("s", ["A"]), "bid": ("f", [1.5])},
            "trade": {"time": ("p", [START + i for i in range(rows)]), "sym": ("s", ["A"] * rows), "seq": ("j", seqs)},
        },
    )


def old(lake: Lake) -> None:
    archive_day(hdb(), lake, DAY, chunk_rows=40, part_rows=40, revisions=lambda: BEFORE)


def new(lake: Lake) -> None:
    """The same day after a correction: as many rows in the first part, other values, and one part more."""
    archive_day(hdb(1000, 90), lake, DAY, chunk_rows=40, part_rows=40, revisions=lambda: AFTER)


def described(lake: Lake) -> Any:
    """What a day's manifest says, but for when; None when there is none. What it says is there."""
    manifest = read_manifest(lake, DAY)
    if manifest is None:
        with pytest.raises(ArchiveError, match="not archived"):
            verify_day(lake, DAY)
        return None
    assert verify_day(lake, DAY).problems == ()
    return manifest["tables"]


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("again", [False, True], ids=["a day", "a day again"])
def test_a_disk(tmp_path: Path, again: bool) -> None:
    root = tmp_path / "lake"
    root.mkdir()
    clean = Lake(str(tmp_path / "clean"))
    new(clean)
    wanted, names = described(clean), files(tmp_path / "clean")
    lake = Lake(str(root))
    if again:
        old(lake)
    before = described(lake)
    model = cutdisk.Model(root)
    lake.disk = recorder = cutdisk.Recorder(root)
    new(lake)
    total = len(recorder.changes)
    assert total > 60
    assert model.shown(synced=False) != cutdisk.Model(root).shown(synced=False)
    manifest = f"_manifests/date={DAY}.json"
    done = max(n for n, (what, path, more) in enumerate(recorder.changes, 1) if what == "rename" and more == manifest)
    seen, problems = set(), []
    for number, words, shown in cutdisk.cuts(model, recorder.changes):
        place = tmp_path / "cut"
        cutdisk.write_out(shown, place)
        try:
            cut = Lake(str(place))
            state = described(cut)
            assert state in (before, None, wanted), "a mixture"
            # the folder's names are forced to disk in the step after the renaming
            assert state == wanted or number <= done, "it was archived and is not any more"
            seen.add("new" if state == wanted else "old" if state else "none")
            new(cut)
            assert described(cut) == wanted
            assert files(place) == names, "what an interrupted run left"
        except (AssertionError, ArchiveError) as error:
            problems.append(f"{words}: {error}")
        shutil.rmtree(place)
    assert problems == []
    assert seen == ({"old", "none", "new"} if again else {"none", "new"})
    # the model of the disk and the disk agree in the end
    assert model.shown(synced=False) == cutdisk.Model(root).shown(synced=False)


class Objects(fsspec.AbstractFileSystem):
    """
    A store that behaves as S3 does: an object appears whole when it is put, there are no folders, listings are true at once.

    `left` is how many more changes (put, copy and delete, an object each) it takes before it is gone.
    """

    cachable = False

    def __init__(self, objects: dict[str, bytes], left: int = 1 << 30) -> None:
        super().__init__()
        self.objects, self.left, self.changes = objects, left, 0

    def _change(self) -> None:
        if self.left <= 0:
            raise OSError("the power went")
        self.left -= 1
        self.changes += 1

    def put_object(self, path: str, body: bytes) -> None:
        self._change()
        self.objects[path] = body

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        prefix = path.rstrip("/") + "/"
        rest = {name[len(prefix) :] for name in self.objects if name.startswith(prefix)}
        found: list[dict[str, Any]] = [
            {"name": prefix + name, "type": "file", "size": len(self.objects[prefix + name])}
            for name in sorted(rest)
            if "/" not in name
        ]
        found += [
            {"name": prefix + name, "type": "directory", "size": 0}
            for name in sorted({name.split("/")[0] for name in rest if "/" in name})
        ]
        if path in self.objects:
            found.append({"name": path, "type": "file", "size": len(self.objects[path])})
        if not found:
            raise FileNotFoundError(path)
        return found if detail else [str(item["name"]) for item in found]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        if path in self.objects:
            return {"name": path, "type": "file", "size": len(self.objects[path])}
        self.ls(path)
        return {"name": path, "type": "directory", "size": 0}

    def cp_file(self, path1: str, path2: str, **_: Any) -> None:
        self.put_object(path2, self.objects[path1])

    def rm(self, path: str, recursive: bool = False, maxdepth: int | None = None) -> None:
        for name in sorted(name for name in self.objects if name == path or name.startswith(path + "/")):
            self._change()
            del self.objects[name]

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        if mode == "wb":
            return _Put(self, path)
        if path not in self.objects:
            raise FileNotFoundError(path)
        return io.BytesIO(self.objects[path])


class _Put(io.BytesIO):
    def __init__(self, store: Objects, path: str) -> None:
        super().__init__()
        self._store, self._path = store, path

    def close(self) -> None:
        if not self.closed:
            body = self.getvalue()
            super().close()
            self._store.put_object(self._path, body)


def bucket(objects: dict[str, bytes], left: int = 1 << 30) -> tuple[Lake, Objects]:
    """A lake in such a store."""
    lake = Lake("s3://bucket/lake", options={"key": "k", "secret": "s"})
    lake.fs = store = Objects(objects, left)
    return lake, store


@pytest.mark.parametrize("again", [False, True], ids=["a day", "a day again"])
def test_a_store(again: bool) -> None:
    clean, objects = {}, {}
    new(bucket(clean)[0])
    wanted = described(bucket(clean)[0])
    if again:
        old(bucket(objects)[0])
    before = described(bucket(objects)[0])
    lake, store = bucket(dict(objects))
    new(lake)
    assert store.changes > 10
    seen = set()
    for left in range(store.changes):
        cut = dict(objects)
        with pytest.raises(ArchiveError, match="the power went"):
            new(bucket(cut, left)[0])
        lake, _ = bucket(cut)
        state = described(lake)
        assert state in (before, None, wanted), f"a mixture after {left}"
        seen.add("new" if state == wanted else "old" if state else "none")
        new(lake)
        assert described(lake) == wanted, left
        assert set(cut) == set(clean), f"what a run that was cut off after {left} left"
    assert seen == ({"old", "none", "new"} if again else {"none", "new"})
