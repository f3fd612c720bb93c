"""
Switches without a person, where the configuration names what to switch to: an alert that has gone red is put to the EMS as an action of mode auto, once
LEAK is red and DATA green, by the rules that hold for everybody (`actions`): kill switch, cool-down, age of the data, expiry.

The key of the action is the alert's id, so that each alert leads to one at most, whatever is started again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from slipstream.api.actions import Actions
from slipstream.api.answer import records
from slipstream.api.models import ActionAsked
from slipstream.api.plant import Gateway
from slipstream.api.problems import Problem
from slipstream.api.store import Store
from slipstream.api.stream import Hub
from slipstream.api.worker import Worker, repeating
from slipstream.config import Auto as Settings

log = logging.getLogger(__name__)

NAME = "auto rule"
"""Who asks; no client can have a name with a blank."""
_EVERY_S = 0.25
_AGAIN_S = 2.0
"""Between two tries about one alert."""
_EVIDENCE = ("slippage_bps", "excess_z", "leak_bps", "leak_t", "leak_n", "participation")


class Auto:
    """
    Args:
        settings: what to switch to, and how long an alert counts.
        actions: takes the actions.
        hub: alerts and scorecards as they come.
        gateway: says how an alert stands.
        store: has the audit.
        version: the version of the thresholds that alerts are raised by.
    """

    def __init__(
        self,
        settings: Settings,
        actions: Actions,
        hub: Hub,
        gateway: Gateway,
        store: Store,
        *,
        version: Callable[[], str],
    ) -> None:
        self._settings, self._actions, self._hub, self._gateway, self._store = settings, actions, hub, gateway, store
        self._version = version
        self._over: set[tuple[str, ...]] = set()
        self._again: dict[tuple[str, ...], float] = {}
        self._worker = Worker("api-auto", repeating(self.step, _EVERY_S, partial(log.warning, "auto: %s")))

    def start(self) -> None:
        """Begin to watch."""
        self._worker.start()

    def stop(self) -> None:
        """Stop watching."""
        self._worker.stop()

    def step(self) -> None:
        """Look once at the newest alerts."""
        alerts = {_key(event.row): event.row for event in self._hub.snapshot(("alert",))[2]}
        self._over &= alerts.keys()
        self._again = {key: at for key, at in self._again.items() if key in alerts}
        for key, alert in alerts.items():
            if alert["level"] != "red" or alert["lamp"] == "DATA" or key in self._over:
                continue
            score = self._hub.last(str(alert["parent"]))
            if score is None or time.monotonic() < self._again.get(key, 0.0):
                continue
            if _seconds(score["time"]) - _seconds(alert["time"]) > self._settings.within_s or (
                (score.get("leak_lamp"), score.get("data_lamp")) == ("red", "green") and self._act(alert, score)
            ):
                self._over.add(key)

    def _act(self, alert: Mapping[str, Any], score: Mapping[str, Any]) -> bool:
        """Ask for the switch. True when there is nothing more to do about this alert."""
        stands = self._stands(alert)
        if stands is None:
            return False  # the gateway is some milliseconds behind the stream
        name = str(stands["id"])
        if stands["state"] != "open" or self._actions.asked(NAME, name):
            return True  # somebody deals with it, or it was done before this process began
        asked = ActionAsked(
            parent=str(alert["parent"]),
            mode="auto",
            to=self._settings.to,  # type: ignore[arg-type]
            parameters=dict(self._settings.parameters),  # type: ignore[arg-type]
            reason=f"{alert['level']} {alert['lamp']}: {alert['why']}"[:500],
            evidence={
                "alert": {"id": name, **{k: alert[k] for k in ("time", "lamp", "level", "figure", "threshold")}},
                "score": {k: score[k] for k in ("time", *_EVIDENCE) if score.get(k) is not None},
            },
            rule_version=self._version(),
            expires_s=self._settings.expires_s,
        )
        try:
            made, _ = self._actions.ask(NAME, name, asked, rows=None)
        except Problem as problem:
            if _key(alert) not in self._again:
                self._audit(f"alert {name}: no action on {asked.parent}: {problem.detail}", problem.status)
            self._again[_key(alert)] = time.monotonic() + _AGAIN_S
            return False
        self._audit(f"alert {name}: action {made['id']} on {asked.parent} to {asked.to}: {made['state']}", 201)
        return True

    def _stands(self, alert: Mapping[str, Any]) -> Mapping[str, Any] | None:
        found = records(self._gateway.table(None, ".api.alertsNow"))
        return next((row for row in found if _key(row) == _key(alert)), None)

    def _audit(self, detail: str, status: int) -> None:
        self._store.audit(NAME, remote="", method="AUTO", path="/actions", status=status, request="", detail=detail)
        log.info("auto: %s", detail)


def _key(alert: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(alert[k]) for k in ("parent", "lamp", "level", "time"))


def _seconds(moment: str) -> float:
    return float(np.datetime64(moment.rstrip("Z"), "ns").astype(np.int64)) / 1e9
