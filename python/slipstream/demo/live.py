"""The plant's real-time engine, as whoever stands in front of the page sees it: by what it has published through the tickerplant."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from slipstream import operate
from slipstream.config import Config
from slipstream.errors import EngineError, NotReady

_LOOK_S = 0.05
_PATIENCE_S = 600.0
"""Seconds without anything new of the engine; one that was killed reads the day's log again first."""

_STATE = "(.rte.following;not null .rt.next[];count .rte.queue;.rte.inputs#.rt.n;.rt.w)"


class LiveEngine:
    """
    Implements `slipstream.market.session.Live`.

    Args:
        config: of the plant.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self.lag_ns = (config.rte.lag_ms + 2 * config.rte.every_ms) * 1_000_000
        self._reached = 0
        self._told, self._alerts = 0, dict[str, int]()
        self._gateway: Any = None

    def wait(self, moment: int) -> None:
        """Return when everything up to a moment is evaluated. Raises NotReady when the engine makes no progress."""
        seen = time.monotonic()
        while self._reached < moment:
            before = self._reached
            self._look()
            if self._reached != before:
                seen = time.monotonic()
            elif time.monotonic() - seen > _PATIENCE_S:
                raise NotReady(
                    f"the real-time engine has been at {np.datetime64(before, 'ns')} for {_PATIENCE_S:g} s, "
                    f"expected {np.datetime64(moment, 'ns')}"
                )
            else:
                time.sleep(_LOOK_S)

    def alert(self, parent: str) -> int | None:
        """The event time of a parent's first alert, as far as the engine was waited for."""
        return self._alerts.get(parent)

    def left(self) -> tuple[str, str]:
        """What it has still to do with what has come in, but for what is too new yet; empty when that is nothing. And the event time that it is at."""
        try:
            with (
                operate.connect(self._config, "tickerplant") as tickerplant,
                operate.connect(self._config, "rte", timeout_s=30.0) as engine,
            ):
                rows = tickerplant.value(".u.rows").items()
                following, due, queued, taken, at = engine.value(_STATE)
        except EngineError as error:  # one that was killed does not answer while it reads the day's log
            return f"an answer ({error})", ""
        logged = {str(name): int(n) for name, n in rows}
        missing = {str(name): n for name, held in taken.items() if (n := logged.get(str(name), 0) - int(held))}
        what = {
            "the day's log to read": not following,
            f"rows to take: {missing}": bool(missing),
            "rows to evaluate": bool(due),
            f"{queued} messages to send": bool(queued),
        }
        return ", ".join(text for text, is_so in what.items() if is_so), str(at)

    def close(self) -> None:
        """Close the connection."""
        if self._gateway is not None:
            self._gateway.close()
            self._gateway = None

    def _look(self) -> None:
        """Ask how far it is and what it has raised; processes that are being started again are asked the next time."""
        try:
            if self._gateway is None:
                self._gateway = operate.connect(self._config, "gateway", timeout_s=30.0)
            tables = {row["table"]: row for row in self._gateway.call(".api.health").to_pylist()}
            health, alert = tables["health"], tables["alert"]
            if health["last"] is not None:
                self._reached = max(self._reached, _ns(health["last"]))
            if alert["rows"] != self._told:
                found = self._gateway.call(".api.alertsNow").to_pylist()
                for row in sorted(found, key=lambda row: _ns(row["time"])):
                    if row["lamp"] in ("COST", "LEAK"):
                        self._alerts.setdefault(row["parent"], _ns(row["time"]))
                self._told = alert["rows"]
        except EngineError:
            self.close()


def _ns(moment: Any) -> int:
    return int(np.datetime64(moment, "ns").astype(np.int64))
