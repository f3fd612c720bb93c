"""
The plant as the page acts on it: rows of `alertlog`, thresholds of the real-time engine, and what takes switches.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from slipstream.alerts.desk import Action
from slipstream.alerts.desk import Desk as Alerts
from slipstream.api.models import ActionAsked
from slipstream.api.plant import on_behalf
from slipstream.api.problems import Problem
from slipstream.errors import EngineError, ScorecardError
from slipstream.scorecard.access import Viewer
from slipstream.scorecard.desk import Switch
from slipstream.scorecard.thresholds import ALL, Limits, Scope, Version

if TYPE_CHECKING:
    from slipstream.api.actions import Actions as ApiActions
    from slipstream.api.plant import Connection
    from slipstream.config import Config, Thresholds

EXPIRES_S = 120.0
"""Seconds after which the EMS must not take a switch any more."""
_EVIDENCE = (
    "slippage_bps",
    "slippage_rolling_bps",
    "expected_bps",
    "excess_z",
    "leak_bps",
    "leak_t",
    "leak_n",
    "leak_verdict",
)
"""Figures of a parent that a switch rests on."""


class Actions:
    """
    Args:
        config: the plant's configuration.
        actions: takes switches, whoever asks for them; None where there is no API.
    """

    def __init__(self, config: Config, actions: ApiActions | None = None) -> None:
        self._config, self._actions = config, actions

    def note_alert(self, alert: str, action: Action, who: Viewer, *, note: str, minutes: float | None) -> None:
        """Write what somebody did about an alert of an order that he sees, through the tickerplant."""
        with connect(self._config, "gateway") as gateway, connect(self._config, "tickerplant") as tickerplant:
            seen: Any = on_behalf(gateway, who.principal)
            Alerts(seen, tickerplant).act(alert, action, who.name, "page", note=note, minutes=minutes)

    def switch(self, asked: Switch, who: Viewer, rule_version: str) -> str:
        """Propose a switch, with the figures that the order has; says what became of it at once."""
        return told(self.ask(asked, who, rule_version))

    def ask(self, asked: Switch, who: Viewer, rule_version: str) -> dict[str, Any]:
        """The same; the action. Raises ScorecardError for one that is refused."""
        if self._actions is None:
            raise ScorecardError("this page's server has no API, which takes switches")
        score = asked.parent.score
        try:
            action = ActionAsked(
                parent=asked.parent.parent,
                mode="propose",
                to=asked.algo,  # type: ignore[arg-type]
                parameters=dict(asked.parameters),  # type: ignore[arg-type]
                reason=asked.reason or f"{who.name}, on the page",
                evidence={name: score[name] for name in _EVIDENCE if score.get(name) is not None},
                rule_version=rule_version,
                expires_s=EXPIRES_S,
            )
            found, _ = self._actions.ask(who.name, asked.key, action, rows=who.principal)
        except ValidationError as error:
            first = error.errors()[0]
            raise ScorecardError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        except Problem as problem:
            raise ScorecardError(problem.detail) from problem
        return found

    def switched(self, parent: str) -> str:
        """How the last switch of a parent stands, in words; empty where none was proposed."""
        found = self._actions.last(parent) if self._actions is not None else None
        return told(found) if found else ""

    def members(self, desk: str) -> tuple[list[str], list[str]]:
        """The traders and accounts of a desk. Raises ScorecardError for one that is not there."""
        return members(self._config, desk)

    def set_limits(self, limits: Limits | None, scope: Scope) -> None:
        """Have the real-time engine judge by other thresholds from now on; without any, by those of the next general scope."""
        told = {
            "kind": scope.kind,
            "name": scope.name,
            "traders": list(scope.traders),
            "accounts": list(scope.accounts),
        }
        with connect(self._config, "rte") as engine:
            if limits is None:
                engine.call(".rte.unlimit", told)
                return
            asked: dict[str, Any] = {name: list(map(float, pair)) for name, pair in limits.items()}
            engine.call(".rte.limits", asked if scope == ALL else {**asked, "scope": told})


def told(action: Mapping[str, Any]) -> str:
    """An action in words."""
    when, why = str(action["created"])[11:19], f", {action['why']}" if action["why"] else ""
    order = f" as {action['matched_order']}" if action["matched_order"] else ""
    return f"switch to {action['to']}: {action['state']}{order}{why} (asked by {action['principal']} {when})"


def connect(config: Config, process: str, *, timeout_s: float = 5.0) -> Any:
    """A connection to a process of the plant."""
    from slipstream.engine.client import Client  # PyKX takes most of a second to import

    return Client(
        config.host,
        config.port(process),
        user=config.user,
        password=config.password,
        timeout_s=timeout_s,
        connect_timeout_s=2.0,
    )


def members(config: Config, desk: str) -> tuple[list[str], list[str]]:
    """
    The traders and accounts of a desk of the entitlement rules. Raises ScorecardError for a desk that is not there.
    """
    from slipstream.api.store import Store

    store = Store(config.api_dir)
    try:
        rows = [(kind, value) for name, kind, value in store.desks() if name == desk]
    finally:
        store.close()
    if not rows:
        raise ScorecardError(f"there is no desk {desk}")
    return [v for k, v in rows if k == "trader"], [v for k, v in rows if k == "account"]


def configured(thresholds: Thresholds) -> Version:
    """The thresholds of the configuration as version 0."""
    t = thresholds
    limits = {
        "z": (t.z_amber, t.z_red),
        "cost": (t.cost_amber_bps, t.cost_red_bps),
        "leakSpread": (t.leak_amber_spreads, t.leak_red_spreads),
        "leakT": (t.leak_amber_t, t.leak_red_t),
    }
    return Version(0, limits, t.profile)


class Study:
    """
    A gateway of the page's own, for what takes seconds: started when it is first asked for, shared by all that ask, ended by `close`.

    Args:
        config: the plant's configuration.
        limit_s: seconds that a request may take; 0 is for ever.
    """

    def __init__(self, config: Config, *, limit_s: int = 0) -> None:
        self._config, self._limit_s = config, limit_s
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._client: Any = None

    def connect(self) -> Connection:
        """A connection to it; closing it leaves the process be. A process that died is started again."""
        from slipstream.engine.child import child

        with self._lock:
            if self._client is not None and not self._alive():
                self._stack.close()
                self._client = None
            if self._client is None:
                ports, host = self._config.ports, self._config.host
                places = {name: f"{host}:{getattr(ports, name)}" for name in ("rdb", "idb", "hdb")}
                options: dict[str, str | int] = {**places, **self._config.calendar_options}
                options["rules"] = str(self._config.api_dir)  # the API asks it in its callers' names
                options |= {"T": self._limit_s, "rows": self._config.gateway.rows, "read": self._config.gateway.read}
                made = child("gateway/gw.q", options, wanted=self._config.engine)
                self._client = self._stack.enter_context(made)
            return _Shared(self._client)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._stack.close()
            self._client = None

    def _alive(self) -> bool:
        try:
            self._client.query("1b")
        except EngineError:
            return False
        return True


class _Shared:
    """A connection that others use too: callers take turns, and closing it does nothing."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def call(self, name: str, *args: Any) -> Any:
        return self._client.call(name, *args)

    def close(self) -> None:
        return
