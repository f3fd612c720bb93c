"""
A q table spelled out byte by byte, so that tests know exactly what a server sent: no converter in between.
"""

from __future__ import annotations

import os
import re
import struct

os.environ.setdefault("PYKX_UNLICENSED", "1")

import numpy as np
import pykx as kx

_CODES = {kind: number for number, kind in enumerate("bg xhijefcspmdznuvt", 1) if kind != " "}
_DTYPES = {
    "b": "u1", "x": "u1", "h": "<i2", "i": "<i4", "j": "<i8", "e": "<f4", "f": "<f8", "p": "<i8", "m": "<i4",
    "d": "<i4", "z": "<f8", "n": "<i8", "u": "<i4", "v": "<i4", "t": "<i4",
}  # fmt: skip


def vector(kind, values):
    """One q vector (lower case type character) or list of vectors (upper case) as q's wire format has it."""
    if kind == "C":
        return struct.pack("<bbi", 0, 0, len(values)) + b"".join(vector("c", v) for v in values)
    if kind.isupper():
        return struct.pack("<bbi", 0, 0, len(values)) + b"".join(vector(kind.lower(), v) for v in values)
    head = struct.pack("<bbi", _CODES[kind], 0, len(values))
    if kind == "s":
        return head + b"".join((v if isinstance(v, bytes) else v.encode()) + b"\0" for v in values)
    if kind == "c":
        return head + bytes(values)
    if kind == "g":
        return head + b"".join(v.bytes for v in values)
    return head + np.asarray(values, _DTYPES[kind]).tobytes()


def message(body):
    """A q object as PyKX reads it."""
    return kx.deserialize(struct.pack("<bbbbi", 1, 0, 0, 0, len(body) + 8) + body)


def value(kind, values):
    """A PyKX vector."""
    return message(vector(kind, values))


def table(columns):
    """A PyKX table of `{name: (type character, values)}`."""
    names = vector("s", list(columns))
    cells = b"".join(vector(kind, values) for kind, values in columns.values())
    head = struct.pack("<bbb", 98, 0, 99)
    return message(head + names + struct.pack("<bbi", 0, 0, len(columns)) + cells)


def pair(*bodies):
    """A general list."""
    return message(struct.pack("<bbi", 0, 0, len(bodies)) + b"".join(bodies))


class Hdb:
    """An HDB double: one date of `{table: {column: (type, values)}}`, by the queries the archive sends."""

    def __init__(self, day, tables):
        self.day, self.tables, self.asked, self.fail_after = np.datetime64(day, "D"), tables, [], None

    def rows(self, name):
        return len(next(iter(self.tables[name].values()))[1])

    def query(self, q, *args):
        from slipstream.archive import job, writer

        self.asked.append((q, args))
        if self.fail_after is not None and len(self.asked) > self.fail_after:
            raise ConnectionError("the HDB went away")
        if q == job._TABLES:
            return value("s", sorted(self.tables) if args[0] == self.day else [])
        if q == job._COLUMNS:
            columns = self.tables[args[0]]
            kinds = "d" + "".join(kind for kind, _ in columns.values())
            return pair(vector("s", ["date", *columns]), vector("c", kinds.encode()))
        wanted, name = re.search(r"select (.*) from ?`?(\w+) where date=d", q).groups()
        columns = self.tables[name]
        assert args[0] == self.day
        if q == job._COUNT.format(table=name):
            return kx.toq(self.rows(name))
        names = wanted.split(",")
        if q == writer.ROWS.format(table=name, columns=wanted):
            first, last = args[1]
            return table({n: (columns[n][0], columns[n][1][first : last + 1]) for n in names})
        assert q == writer.PICK.format(table=name, columns=wanted)
        return table({n: (columns[n][0], [columns[n][1][i] for i in args[1]]) for n in names})
