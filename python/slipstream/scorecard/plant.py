"""
The plant as the page acts on it: rows of `alertlog`, thresholds of the real-time engine, and what takes switches.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from slipstream.alerts.desk import Action
from slipstream.alerts.desk import Desk as Alerts
from slipstream.errors import EngineError, ScorecardError
from slipstream.scorecard.desk import Limits, Version
from slipstream.tca import Parent

if TYPE_CHECKING:
    from slipstream.config import Config, Thresholds
    from slipstream.scorecard.data import Connection

Switch = Callable[[Parent, str, Mapping[str, float], str, str], str]
"""Asks for a switch: parent, algo, its parameters, who, and why; says what was asked."""


class Actions:
    """
    Args:
        config: the plant's configuration.
        switch: what takes switches; None where nothing does.
    """

    def __init__(self, config: Config, switch: Switch | None = None) -> None:
        self._config, self._switch = config, switch

    def note_alert(self, alert: str, action: Action, who: str, *, note: str, minutes: float | None) -> None:
        """Write what somebody did about an alert, through the tickerplant."""
        with connect(self._config, "gateway") as gateway, connect(self._config, "tickerplant") as tickerplant:
            Alerts(gateway, tickerplant).act(alert, action, who, "page", note=note, minutes=minutes)

    def switch(self, parent: Parent, algo: str, parameters: Mapping[str, float], who: str, reason: str) -> str:
        """Ask for a switch."""
        if self._switch is None:
            raise ScorecardError("no EMS is connected that takes switches from here")
        return self._switch(parent, algo, parameters, who, reason)

    def set_limits(self, limits: Limits) -> None:
        """Have the real-time engine judge by other thresholds from now on."""
        names = list(limits)
        values = [list(map(float, limits[name])) for name in names]
        with connect(self._config, "rte") as engine:
            for name, value in zip(names, values, strict=True):
                engine.query("{.rt.limits[x]:y;}", name, value)


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
    """

    def __init__(self, config: Config) -> None:
        self._config = config
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
