"""Faults that may come at any moment. Each says what it did, by which it is counted."""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from slipstream.errors import EngineError
from slipstream.faults.plant import Plant

DAY_NS = 86_400_000_000_000
NUMBERED = ("quote", "trade")
"""Tables whose rows are ours; their last column is `seq`."""


@dataclass
class Struck:
    """What is to be kept of the blows that a plant has had."""

    damaged: dict[str, set[int]] = field(default_factory=dict)
    """Numbers of rows whose bytes were flipped, by table."""
    problems: list[str] = field(default_factory=list)


Blow = Callable[[Plant, random.Random, Struck], str]


def kill(plant: Plant, rng: random.Random, _: Struck) -> str:
    """Some processes are killed at once."""
    names = rng.sample(plant.names, rng.randint(1, 3))
    for name in names:
        plant.signal(name, signal.SIGKILL)
    return "processes killed"


def hold(plant: Plant, rng: random.Random, _: Struck) -> str:
    """A process is held for a moment; the publisher goes on meanwhile where it can."""
    import os

    pid = plant.pid(rng.choice(plant.names))
    if not pid:
        return "process held"
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)

    def let_go() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    plant.later(rng.uniform(0.05, 0.8), let_go)
    return "process held"


def cut(plant: Plant, rng: random.Random, _: Struck) -> str:
    """Every connection of a process is closed, under its own hands and its peers'."""
    from slipstream import operate

    with contextlib.suppress(EngineError), operate.connect(plant.config, rng.choice(plant.names)) as client:
        client.value("{h:(key .z.W)except .z.w;@[hclose;;::]each h;@[.z.pc;;::]each h;count h}", None)
    return "connections cut"


def tear(plant: Plant, rng: random.Random, _: Struck) -> str:
    """The tickerplant goes down and its log gets the beginning of a message, as after a crash in the middle of a write."""
    plant.stop("tickerplant")
    log = _log(plant)
    if log is not None:
        head = bytes.fromhex("000003000000f575706400f5747261646500")
        with log.open("ab") as file:
            file.write((head + rng.randbytes(200))[: rng.randint(1, 200)])
    plant.up()
    return "torn log"


def flip(plant: Plant, rng: random.Random, struck: Struck) -> str:
    """
    The tickerplant goes down and bits of its log change, in messages that were acknowledged long ago.

    What those held may be lost, if the list of damages tells of it and the bytes are kept.
    """
    plant.stop("tickerplant")
    log = _log(plant)
    records = _records(log) if log is not None else []
    if log is None or not records:
        plant.up()
        return "no log to flip a byte of"
    data = bytearray(log.read_bytes())
    damage, torn = log.with_name(log.name + ".damage"), log.with_name(log.name + ".torn")
    before, kept = _lines(damage), torn.read_bytes() if torn.exists() else b""
    hit = rng.sample(records, min(len(records), rng.randint(1, 2)))
    places = []
    for at, length in hit:
        table, seqs = _message(bytes(data[at : at + length]))
        struck.damaged.setdefault(table, set()).update(seqs)
        place = at + rng.randrange(length)
        data[place] ^= 1 << rng.randrange(8)
        places.append(place)
    log.write_bytes(bytes(data))
    plant.up()
    # from here on every flipped byte is known of, and kept
    told = [(int(line[1]), int(line[2])) for line in _lines(damage)[len(before) :]]
    fresh = torn.read_bytes()[len(kept) :] if torn.exists() else b""
    for place in places:
        if not any(at <= place < at + length for at, length in told):
            struck.problems.append(f"{log.name}: byte {place} was flipped and nothing tells of it")
        elif b"".join(bytes(data[at : at + length]) for at, length in told) != fresh:
            struck.problems.append(f"{torn.name}: is not what was taken out of the log")
    return "bytes flipped in the log"


def flip_sums(plant: Plant, rng: random.Random, _: Struck) -> str:
    """The tickerplant goes down and bits of its checksums change: no row may be lost by that."""
    plant.stop("tickerplant")
    log = _log(plant)
    sums = _sums(log) if log is not None else None
    if sums is not None and sums.exists() and sums.stat().st_size:
        data = bytearray(sums.read_bytes())
        for _flip in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        sums.write_bytes(bytes(data))
    plant.up()
    return "bytes flipped in the checksums"


def step(plant: Plant, rng: random.Random, _: Struck) -> str:
    """The wall clock jumps by up to three days, either way."""
    if not plant.steppable:
        return ""
    plant.step_clock(rng.randint(-3 * DAY_NS, 3 * DAY_NS))
    return "clock stepped"


def fill(plant: Plant, rng: random.Random, _: Struck) -> str:
    """The disk is full for a while. Rows that cannot be logged are refused; the publisher sends them again."""
    plant.fill()
    plant.later(rng.uniform(0.3, 1.0), plant.empty)
    return "disk full"


BLOWS: tuple[Blow, ...] = (kill, fill, flip, cut, step, tear, hold, flip_sums)


def _log(plant: Plant) -> Path | None:
    """The log of the newest day."""
    logs = sorted(plant.config.tplog_dir.glob("slip????.??.??"))
    return logs[-1] if logs else None


def _sums(log: Path) -> Path:
    return log.parent.with_name(log.parent.name + ".sums") / log.name


def _records(log: Path) -> list[tuple[int, int]]:
    """Where each message of a log begins and how long it is, by its checksums: four longs a record."""
    data = _sums(log).read_bytes() if _sums(log).exists() else b""
    rows = np.frombuffer(data[: len(data) // 32 * 32], dtype="<i8").reshape(-1, 4)
    return [(int(at), int(length)) for at, length, _, _ in rows]


def _message(body: bytes) -> tuple[str, list[int]]:
    """The table of a logged message and the numbers of its rows; none for a table that others publish."""
    import pykx as kx

    whole = b"\x01\x00\x00\x00" + (len(body) + 8).to_bytes(4, "little") + body
    _, table, rows = list(kx.deserialize(whole))[:3]
    if str(table) not in NUMBERED:
        return str(table), []
    return str(table), [int(seq) for seq in list(rows)[-1].np()]


def _lines(file: Path) -> list[list[str]]:
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []
