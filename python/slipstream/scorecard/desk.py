"""
What the page keeps and whom it asks when somebody acts: the plant's tickerplant for what becomes of alerts, the API's actions for switches,
the real-time engine for thresholds, a file for layouts.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from slipstream.alerts.desk import Action
from slipstream.api.plant import on_behalf
from slipstream.errors import ScorecardError
from slipstream.scorecard.access import Viewer
from slipstream.scorecard.cells import plain_rows
from slipstream.scorecard.thresholds import ALL, Limits, Scope, Version, Versions, parse_scope
from slipstream.tca import Parent, TcaClient

if TYPE_CHECKING:
    from slipstream.api.plant import Connection

log = logging.getLogger(__name__)

LAYOUTS_MAX = 50  # of one user


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

    def members(self, desk: str) -> tuple[list[str], list[str]]:
        """The traders and accounts of a desk. Raises ScorecardError for one that is not there."""

    def set_limits(self, limits: Limits | None, scope: Scope) -> None:
        """Have the real-time engine judge by other thresholds from now on; without any, by those of the next general scope."""


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
        self._plant, self._study = plant, study
        self._lock = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(folder / "page.db", timeout=10.0, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode=wal")
        self._db.executescript(
            "create table if not exists layouts(who text, name text, content text, primary key(who, name));"
        )
        self._versions = Versions(self._db, start)
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
            return self._versions.now()

    def bands(self, parent: Parent) -> tuple[float, float, bool]:
        """From how many bps on an order's COST lamp is amber and red, and whether that is on top of what was expected."""
        version = self.limits()
        return *version.of(parent)["cost"], version.profile != "demo"

    def set_limits(self, limits: Limits | None, who: str, scope: str = "") -> Version:
        """
        Make a new version of the thresholds of a scope (`parse_scope`), once the real-time engine has taken it; without any the scope has
        none from then on.
        """
        with self._lock:
            of = self._scope(scope)
            if limits is None and (of == ALL or self._versions.now().special(of) is None):
                raise ScorecardError(f"{of} has no thresholds of its own to remove")
            self._plant.set_limits(limits, of)
            return self._versions.add(of, limits, who)

    def _scope(self, text: str) -> Scope:
        scope = parse_scope(text)
        if scope.kind != "desk":
            return scope
        traders, accounts = self._plant.members(scope.name)
        return Scope(scope.kind, scope.name, tuple(traders), tuple(accounts))

    def preview(
        self, asked: Limits, scope: str, principal: str | None
    ) -> tuple[date, list[dict[str, Any]], list[dict[str, Any]]]:
        """
        The last day in the HDB, and how the lamps of what a principal sees of it stood by the thresholds in force and by others of a scope.
        """
        now = self.limits()
        both = [now, now.asked(self._scope(scope), asked)]
        connection = on_behalf(self._study(), principal)
        try:
            client = TcaClient(connection)
            day = connection.call(".api.lastday")
            if day is None:
                raise ScorecardError("there is no earlier day yet")
            found = [client.preview(day, version.question()) for version in both]
        finally:
            connection.close()
        return day, plain_rows(found[0]), plain_rows(found[1])

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
