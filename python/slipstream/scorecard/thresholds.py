"""
Versions of the thresholds as the page's server keeps them: of all orders, and of those of a desk, a trader, some symbols or an algo. The real-time
engine keeps its own (`q/rt/limits.q`), by the same rule: of what holds for an order the most special counts.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from slipstream.errors import ScorecardError
from slipstream.tca import Parent

Limits = Mapping[str, tuple[float, float]]
"""Amber and red of each threshold: z, cost, leakSpread, leakT."""

KINDS: Final = ("all", "desk", "trader", "sym", "algo")
"""What thresholds may be of, the most special last."""


@dataclass(frozen=True, slots=True)
class Scope:
    """
    Whose orders thresholds are of. `traders` and `accounts` are those of a desk when they were saved; the name of symbols is their names and
    patterns (`*`, `?`) with blanks between.
    """

    kind: str = "all"
    name: str = ""
    traders: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    def holds(self, parent: Parent) -> bool:
        """Whether an order is one of them."""
        if self.kind == "desk":
            return parent.trader in self.traders or parent.account in self.accounts
        if self.kind == "sym":
            return any(fnmatchcase(parent.sym, pattern) for pattern in self.name.split())
        return self.kind == "all" or {"trader": parent.trader, "algo": parent.working}[self.kind] == self.name


ALL: Final = Scope()


def parse_scope(text: str) -> Scope:
    """
    A scope by its name, `desk:us`, `trader:KIM`, `sym:TECH IN*`, `algo:pov`; empty or `all` is all orders. Who is of a desk is not known yet.

    Raises:
        ScorecardError: it is none.
    """
    kind, _, name = text.partition(":")
    name = " ".join(name.split())
    if kind in ("", "all") and not name:
        return ALL
    if kind not in KINDS[1:] or not name or any(c in '",' or not c.isprintable() for c in name) or len(name) > 100:
        raise ScorecardError(f"expected {', '.join(f'{k}:NAME' for k in KINDS[1:])} or all, got {text}")
    return Scope(kind, name)


@dataclass(frozen=True, slots=True)
class Special:
    """The thresholds of others than all orders, and the version that made them."""

    scope: Scope
    number: int
    limits: Limits
    who: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What is in force: the number of the newest version, 0 is the configuration's; `limits` are those of all orders, by `who`."""

    number: int
    limits: Limits
    profile: str
    who: str = ""
    when: str = ""
    others: tuple[Special, ...] = ()
    """Those of others, the most special last."""

    def of(self, parent: Parent) -> Limits:
        """Those that an order is judged by."""
        found = [other.limits for other in self.others if other.scope.holds(parent)]
        return found[-1] if found else self.limits

    def special(self, scope: Scope) -> Special | None:
        """Those of a scope itself."""
        return next((o for o in self.others if (o.scope.kind, o.scope.name) == (scope.kind, scope.name)), None)

    def asked(self, scope: Scope, limits: Limits) -> Version:
        """What would be in force if a scope had these."""
        if scope == ALL:
            return Version(self.number, limits, self.profile, others=self.others)
        kept = [o for o in self.others if (o.scope.kind, o.scope.name) != (scope.kind, scope.name)]
        kept.append(Special(scope, self.number + 1, limits))
        return Version(self.number, self.limits, self.profile, others=tuple(sorted(kept, key=_rank)))

    def question(self) -> dict[str, Any]:
        """As `.api.preview` takes them."""
        made: dict[str, Any] = {"profile": self.profile, **{name: list(pair) for name, pair in self.limits.items()}}
        if self.others:
            made["some"] = pa.table(
                {
                    **{n: [getattr(o.scope, n) for o in self.others] for n in ("kind", "name")},
                    **{n: [" ".join(getattr(o.scope, n)) for o in self.others] for n in ("traders", "accounts")},
                    **{
                        f"{n}{level}": [float(o.limits[n][i]) for o in self.others]
                        for n in self.limits
                        for i, level in enumerate(("amber", "red"))
                    },
                }
            )
        return made


def _rank(special: Special) -> tuple[int, int]:
    return KINDS.index(special.scope.kind), special.number


class Versions:
    """
    The versions in the page's file.

    Args:
        db: the file.
        start: the thresholds of the configuration.
    """

    def __init__(self, db: sqlite3.Connection, start: Version) -> None:
        self._db, self._start = db, start
        db.execute(
            "create table if not exists limits(number integer primary key, at real, who text, content text, scope text)"
        )
        if "scope" not in [row[1] for row in db.execute("pragma table_info(limits)")]:
            db.execute("alter table limits add column scope text")

    def now(self) -> Version:
        """What is in force."""
        kept: dict[tuple[str, str], Special] = {}
        number = 0
        rows = self._db.execute("select number, at, who, content, scope from limits order by number").fetchall()
        for number, at, who, content, scope in rows:
            of = _scope(scope)
            key = (of.kind, of.name)
            kept.pop(key, None)
            if content:
                pairs = {name: (float(a), float(r)) for name, (a, r) in json.loads(content).items()}
                kept[key] = Special(of, number, pairs, who, _when(at))
        every = kept.pop((ALL.kind, ALL.name), None)
        others = tuple(sorted(kept.values(), key=_rank))
        if every is None:
            start = self._start
            return Version(number, start.limits, start.profile, start.who, start.when, others)
        return Version(number, every.limits, self._start.profile, every.who, every.when, others)

    def add(self, scope: Scope, limits: Limits | None, who: str) -> Version:
        """Another version of a scope's, or, without any, that it has none from now on; what is in force then."""
        content = "" if limits is None else json.dumps(dict(limits))
        self._db.execute(
            "insert into limits(at, who, content, scope) values(?,?,?,?)", (time.time(), who, content, _text(scope))
        )
        return self.now()


def newest(folder: Path, start: Version) -> Version:
    """What is in force by what was saved in a folder, else by the configuration."""
    if not (folder / "page.db").is_file():
        return start
    with closing(sqlite3.connect(folder / "page.db", timeout=10.0, isolation_level=None)) as db:
        return Versions(db, start).now()


def _text(scope: Scope) -> str | None:
    if scope == ALL:
        return None
    return json.dumps([scope.kind, scope.name, scope.traders, scope.accounts])


def _scope(text: str | None) -> Scope:
    if not text:
        return ALL
    kind, name, traders, accounts = json.loads(text)
    return Scope(kind, name, tuple(traders), tuple(accounts))


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
