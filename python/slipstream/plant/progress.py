"""How far what was captured has come, read from the files that the processes keep: the journal of rolls and the logs of late rows."""

from __future__ import annotations

import datetime as dt
import itertools
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from slipstream.config import Config

# The steps of a roll in their order (q/rolls.q); a day whose roll is over is at the last.
STEPS = ("open", "ended", "written", "renamed", "reloaded", "told", "cleared")
_LOG_HEAD = 8  # bytes before the first message of a log
_SUM = struct.Struct("<4q")  # where a message begins, its length, and its checksum


def examine(config: Config) -> Iterator[tuple[str, bool, str]]:
    """Subject, whether it is as it should be, and text."""
    yield _rolls(config)
    yield _late(config)


def rolls(config: Config) -> dict[dt.date, tuple[str, str]]:
    """The step that each day has come to, and when; a line that a crash tore says nothing."""
    found: dict[dt.date, tuple[str, str]] = {}
    file = _beside(config.hdb_dir, "rolls")
    for line in file.read_text(encoding="ascii", errors="replace").splitlines() if file.is_file() else ():
        words = line.split(" ")
        if len(words) == 3 and words[1] in STEPS and (day := _date(words[0])) is not None:
            found[day] = (words[1], words[2])
    return dict(sorted(found.items()))


def _rolls(config: Config) -> tuple[str, bool, str]:
    days = rolls(config)
    if not days:
        return "rolls", True, "no day has been captured"
    done = [day for day, (step, _) in days.items() if step == STEPS[-1]]
    text = "no day has been rolled"
    if done:
        tables = ", ".join(_tables(config.hdb_dir / f"{done[-1]:%Y.%m.%d}"))
        text = f"last {done[-1]} at {days[done[-1]][1]}" + (f" ({tables})" if tables else ", its partition is not here")
    under_way = [
        f"{day} {step} since {moment}" for day, (step, moment) in days.items() if step not in ("open", STEPS[-1])
    ]
    captured = [str(day) for day, (step, _) in days.items() if step == "open"]
    if captured:
        text += f"; captured: {', '.join(captured)}"
    if under_way:
        text += f"; not finished: {', '.join(under_way)}"
    # a roll takes seconds: what is under way with no process to do it goes on when the plant starts
    return "rolls", not under_way, text


def _tables(partition: Path) -> list[str]:
    return sorted(path.name for path in partition.iterdir() if path.is_dir()) if partition.is_dir() else []


def _late(config: Config) -> tuple[str, bool, str]:
    folder = _beside(config.tplog_dir, "late")
    waiting, logs = [], 0
    for log in sorted(folder.iterdir()) if folder.is_dir() else ():
        day = _date(log.name.removeprefix("slip")) if log.name.startswith("slip") else None
        if day is None:
            continue
        logs += 1
        rows, size = _waiting(config, log)
        if size:
            told = f"{rows:,} rows" if rows is not None else f"{size:,} bytes"
            step = rolls(config).get(day, ("", ""))[0]
            why = "" if not step or STEPS.index(step) >= STEPS.index("renamed") else ", until the day is rolled"
            waiting.append(f"{day} {told}{why}")
    if not logs:
        return "late rows", True, "none"
    if not waiting:
        return "late rows", True, f"all merged, of {logs} {'day' if logs == 1 else 'days'}"
    return "late rows", True, f"waiting: {'; '.join(waiting)}"


def _waiting(config: Config, log: Path) -> tuple[int | None, int]:
    """Rows of a late log that are not merged yet, None where there are no checksums to find its messages by, and their bytes."""
    # PyKX is slow to load and changes QHOME: only where there is something to read
    from slipstream.engine.convert import from_bytes

    upto = _merged(config, log)
    size = log.stat().st_size
    if size <= upto:
        return 0, 0
    sums = _beside(log.parent, "sums") / log.name
    body = sums.read_bytes() if sums.is_file() else b""
    rows, end = 0, upto
    with log.open("rb") as source:
        for at, length, _, _ in _SUM.iter_unpack(body[: len(body) // _SUM.size * _SUM.size]):
            if at < upto or at + length > size:
                continue
            source.seek(at)
            rows += len(next(iter(list(from_bytes(source.read(length)))[2])))
            end = max(end, at + length)
    return (rows if end == size else None), size - upto


def _merged(config: Config, log: Path) -> int:
    """Bytes of a late log that have been merged (as `.follow.upto` of hdb/follow.q counts them)."""
    notes = _beside(config.hdb_dir, "merged")
    if not notes.is_file():
        return _LOG_HEAD
    from slipstream.engine.convert import from_bytes, from_table

    mine = [
        note
        for note in from_table(from_bytes(notes.read_bytes()[2:])).to_pylist()
        if note["source"] == f"late:{log.name}"
    ]
    if not mine:
        return _LOG_HEAD
    note = mine[-1]
    upto, mends = int(note["upto"]), note.get("mends")
    damage = log.with_name(log.name + ".damage")
    lines = [line.split(" ") for line in damage.read_text(encoding="ascii").splitlines()] if damage.is_file() else []
    if mends is None:  # a note from before they were counted knows when it was made
        noted = np.datetime64(note["at"], "ns")
        lines = [line for line in lines if np.datetime64(line[0].replace(".", "-", 2).replace("D", "T"), "ns") > noted]
    else:
        lines = lines[int(mends) :]
    # the holes of one mending are where they were in the log before it
    for _, holes in itertools.groupby(lines, key=lambda line: line[0]):
        upto -= sum(max(0, min(int(length), upto - int(at))) for _, at, length in holes)
    return upto


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}")


def _date(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%Y.%m.%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None
