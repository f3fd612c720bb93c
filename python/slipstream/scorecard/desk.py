"""
What the page keeps and whom it asks when somebody acts: the plant's tickerplant for what becomes of alerts, the API's actions for switches,
the real-time engine for thresholds, a file for layouts.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from slipstream.alerts.desk import Action
from slipstream.api.plant import on_behalf
from slipstream.errors import ScorecardError
from slipstream.scorecard.access import Viewer
from slipstream.scorecard.cells import plain_rows
from slipstream.tca import Parent, TcaClient

if TYPE_CHECKING:
    from slipstream.api.plant import Connection

Limits = Mapping[str, tuple[float, float]]
"""Amber and red of each threshold: z, cost, leakSpread, leakT."""

log = logging.getLogger(__name__)

LAYOUTS_MAX = 50  # of one user


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the thresholds; number 0 is the configuration's."""

    number: int
    limits: Limits
    profile: str
    who: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch that somebody asks for; the same key again is the same switch."""

    key: str
    parent: Parent
    algo: str
    parameters: Mapping[str, float]
    reason: str


Record = Callable[[Viewer, str, int, str], None]
"""Puts into the audit who did, or was refused to do, what: the viewer, where, an HTTP status, and in words."""


class Plant(Protocol):
    """The plant as the page acts on it; see `plant.Actions`."""

    def note_alert(self, alert: str, action: Action, who: Viewer, *, note: str, minutes: float | None) -> None:
        """Write what somebody did about an alert of an order that he sees."""

    def switch(self, asked: Switch, who: Viewer, rule_version: str) -> str:
        """Propose a switch; says what became of it at once."""

    def switched(self, parent: str) -> str:
        """How the last switch of a parent stands, in words; empty where none was proposed."""

    def set_limits(self, limits: Limits) -> None:
        """Have the real-time engine judge by other thresholds from now on."""


class Desk:
    """
    Args:
        folder: where `page.db` is.
        plant: the plant.
        start: the thresholds of the configuration.
        study: opens a connection to a gateway that may be kept busy for seconds.
    """

    def __init__(
        self,
        folder: Path,
        plant: Plant,
        start: Version,
        study: Callable[[], Connection],
    ) -> None:
        self._plant, self._start, self._study = plant, start, study
        self._lock = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(folder / "page.db", timeout=10.0, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode=wal")
        self._db.executescript(
            "create table if not exists layouts(who text, name text, content text, primary key(who, name));"
            "create table if not exists limits(number integer primary key, at real, who text, content text);"
        )
        self.record: Record = lambda who, path, status, text: log.info("%s %s %s %s", who.name, path, status, text)
        """Where what people do is noted: the log, or, in the page's server, the audit."""

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def note_alert(
        self, alert: str, action: Action, who: Viewer, *, note: str = "", minutes: float | None = None
    ) -> str:
        """Acknowledge (ack), snooze or annotate (note) an alert by its id."""
        self._plant.note_alert(alert, action, who, note=note, minutes=minutes)
        return {"ack": "acknowledged", "snooze": "snoozed", "note": "noted", "reopen": "reopened"}[action]

    def switch(self, asked: Switch, who: Viewer) -> str:
        """Propose to the EMS to have an order worked by another algo."""
        return self._plant.switch(asked, who, f"thresholds {self.limits().number}")

    def switched(self, parent: str) -> str:
        """How the last switch of a parent stands, in words."""
        return self._plant.switched(parent) if parent else ""

    def limits(self) -> Version:
        """The thresholds that are in force."""
        with self._lock:
            return _newest(self._db, self._start)

    def set_limits(self, limits: Limits, who: str) -> Version:
        """Make a new version of the thresholds, once the real-time engine has taken it."""
        with self._lock:
            self._plant.set_limits(limits)
            self._db.execute(
                "insert into limits(at, who, content) values(?,?,?)", (time.time(), who, json.dumps(dict(limits)))
            )
            return self.limits()

    def preview(
        self, now: Limits, asked: Limits, principal: str | None
    ) -> tuple[date, list[dict[str, Any]], list[dict[str, Any]]]:
        """The last day in the HDB, and how the lamps of what a principal sees of it stood by two sets of thresholds."""
        connection = on_behalf(self._study(), principal)
        try:
            client = TcaClient(connection)
            day = connection.call(".api.lastday")
            if day is None:
                raise ScorecardError("there is no earlier day yet")
            both = [client.preview(day, {"profile": self._start.profile, **values}) for values in (now, asked)]
        finally:
            connection.close()
        return day, plain_rows(both[0]), plain_rows(both[1])

    def layouts(self, who: str) -> dict[str, Any]:
        """Somebody's layouts by name."""
        with self._lock:
            rows = self._db.execute("select name, content from layouts where who=?", (who,)).fetchall()
        return {name: json.loads(content) for name, content in rows}

    def keep_layout(self, who: str, name: str, content: Mapping[str, Any] | None) -> dict[str, Any]:
        """Keep a layout of somebody's under a name, or without content delete it; returns what they have."""
        with self._lock:
            if content is None:
                self._db.execute("delete from layouts where who=? and name=?", (who, name))
            elif name not in (kept := self.layouts(who)) and len(kept) >= LAYOUTS_MAX:
                raise ScorecardError(f"at most {LAYOUTS_MAX} layouts are kept")
            else:
                self._db.execute("insert or replace into layouts values(?,?,?)", (who, name[:40], json.dumps(content)))
            return self.layouts(who)


def newest(folder: Path, start: Version) -> Version:
    """The newest version of the thresholds that was saved in a folder, else the configuration's."""
    if not (folder / "page.db").is_file():
        return start
    with closing(sqlite3.connect(folder / "page.db", timeout=10.0)) as db:
        return _newest(db, start)


def _newest(db: sqlite3.Connection, start: Version) -> Version:
    row = db.execute("select number, at, who, content from limits order by number desc limit 1").fetchone()
    if row is None:
        return start
    number, at, who, content = row
    pairs = {name: (float(a), float(r)) for name, (a, r) in json.loads(content).items()}
    return Version(number, pairs, start.profile, who, datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"))
