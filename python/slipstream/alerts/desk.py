"""
What people do about alerts: acknowledge, snooze, note, reopen. Each is a row of `alertlog`, in the log before the call returns; who may do it
is for the caller to decide.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal, Protocol

import numpy as np
import pyarrow as pa

from slipstream.errors import AlertError, ConversionError

Action = Literal["ack", "snooze", "note", "reopen"]
Via = Literal["page", "api", "cli"]
COLUMNS = ("time", "sym", "alert", "parent", "lamp", "action", "who", "via", "tier", "until", "at", "note")
"""Of `alertlog`, in its order."""
NOTE_CHARACTERS = 2000
SNOOZE_MINUTES = 24 * 60.0
"""The longest note and snooze."""
_SEEN_S = 10.0
_NULL_LONG = -(2**63)
_NULL_TIME = np.datetime64("NaT", "ns")
_APPEND = "{[x] .u.upd[`alertlog;x]}"


class Connection(Protocol):
    """The part of `slipstream.engine.client.Client` that is needed here."""

    def call(self, name: str, *args: Any) -> Any:
        """Call a q function by name."""

    def value(self, q: str, *args: Any) -> Any:
        """Evaluate q, or apply it to arguments."""


class Desk:
    """
    The alerts of the open day and of the last day in the HDB, and what is done about them.

    Args:
        gateway: a connection to the gateway.
        tickerplant: a connection to the tickerplant.
    """

    def __init__(self, gateway: Connection, tickerplant: Connection) -> None:
        self._gateway, self._tickerplant = gateway, tickerplant

    def alerts(self) -> pa.Table:
        """Every alert as it stands, by time; columns as `.alert.book` in q/alert.q."""
        found = self._gateway.call(".api.alertsNow")
        if not isinstance(found, pa.Table):
            raise ConversionError(f".api.alertsNow: expected a table, got {type(found).__name__}")
        return found

    def find(self, alert: str) -> dict[str, Any]:
        """One alert as it stands. Raises AlertError where there is none of that id."""
        found = [each for each in records(self.alerts()) if each["id"] == alert]
        if not found:
            raise AlertError(f"there is no alert {alert}")
        return found[0]

    def act(
        self, alert: str, action: Action, who: str, via: Via, *, note: str = "", minutes: float | None = None
    ) -> dict[str, Any]:
        """
        Do something about an alert, and return it as it stands then.

        Args:
            alert: its id.
            action: ack, snooze, note or reopen.
            who: the user's name.
            via: where it was done.
            note: what is said of it; a note must say something.
            minutes: how long a snooze lasts, by the plant's clock.

        Raises:
            AlertError: there is no such alert, or the request makes no sense; nothing was written.
        """
        if action not in ("ack", "snooze", "note", "reopen"):
            raise AlertError(f"{action!r} cannot be done about an alert: expected ack, snooze, note or reopen")
        if not who:
            raise AlertError("nobody is named who does it")
        if len(note) > NOTE_CHARACTERS:
            raise AlertError(f"a note has at most {NOTE_CHARACTERS} characters, this one {len(note)}")
        if action == "note" and not note.strip():
            raise AlertError("a note says something")
        if (action == "snooze") != (minutes is not None) or (minutes is not None and not 0 < minutes <= SNOOZE_MINUTES):
            raise AlertError(f"a snooze, and nothing else, lasts more than 0 and at most {SNOOZE_MINUTES:g} minutes")
        found = self.find(alert)
        now = max([clock(self._gateway, found), *(each["time"] for each in self._log(alert))])
        until = _NULL_TIME if minutes is None else now + np.timedelta64(round(minutes * 60e9), "ns")
        made = row(found, now, action, who, via, until=until, note=note)
        append(self._tickerplant, [made])
        return self._once_seen(alert, made)

    def _log(self, alert: str) -> list[dict[str, Any]]:
        return records(self._gateway.call(".api.alertlogNow", alert))

    def _once_seen(self, alert: str, made: tuple[Any, ...]) -> dict[str, Any]:
        """The alert once a row that was logged can be seen; what the gateway asks is some milliseconds behind the log."""
        deadline = time.monotonic() + _SEEN_S
        at = made[COLUMNS.index("at")]
        while not any(each["at"] == at for each in self._log(alert)):
            if time.monotonic() > deadline:
                raise AlertError(f"alert {alert}: what was done is logged, but cannot be seen after {_SEEN_S:g} s")
            time.sleep(0.01)
        return self.find(alert)


def records(table: pa.Table) -> list[dict[str, Any]]:
    """Rows with times as datetime64[ns], None where null."""
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_timestamp(column.type):
            moments = column.cast(pa.timestamp("ns")).to_numpy()
            columns[name] = [None if np.isnat(moment) else moment for moment in moments]
        else:
            columns[name] = column.to_pylist()
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def clock(gateway: Connection, alert: Mapping[str, Any]) -> np.datetime64:
    """The plant's clock; while no day is open, the time of the alert."""
    raised: np.datetime64 = alert["time"]
    now = gateway.call(".api.clock")
    return raised if now is None else max(np.datetime64(now, "ns"), raised)


def row(
    alert: Mapping[str, Any],
    now: np.datetime64,
    action: str,
    who: str,
    via: str,
    *,
    tier: int | None = None,
    until: np.datetime64 = _NULL_TIME,
    note: str = "",
) -> tuple[Any, ...]:
    """A row of `alertlog` about an alert."""
    wall = np.datetime64(time.time_ns(), "ns")
    named = (str(alert[name] or "") for name in ("sym", "id", "parent", "lamp"))
    return (now, *named, action, who, via, _NULL_LONG if tier is None else tier, until, wall, note.encode())


def append(tickerplant: Connection, rows: list[tuple[Any, ...]]) -> None:
    """Have rows logged. Raises AlertError with the reason when the tickerplant refuses one."""
    from slipstream.engine.convert import to_list, to_vector

    parts = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    types: dict[str, Any] = {"time": "M8[ns]", "until": "M8[ns]", "at": "M8[ns]", "tier": np.int64}
    columns = [to_vector(np.array(part, types[name]) if name in types else list(part)) for name, part in parts.items()]
    refused = tickerplant.value(_APPEND, to_list(columns))
    if isinstance(refused, pa.Table) and refused.num_rows:
        raise AlertError("the tickerplant refused it: " + ", ".join(map(str, refused.column("reason").to_pylist())))


def lines(table: pa.Table) -> list[str]:
    """Alerts as people read them, a line each."""
    made = []
    for each in records(table):
        moment = each["time"].astype("M8[s]")
        by = f" by {each['who']}" if each["who"] else ""
        note = f"  {each['note']!r}" if each["note"] else ""
        why = f"{each['level']} {each['lamp']} {each['parent']} {each['sym']}: {each['why']}"
        made.append(f"{each['id']}  {moment}  {each['state']}{by}  {why}{note}")
    return made
