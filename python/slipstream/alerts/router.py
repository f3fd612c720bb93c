"""
Tells recipients of alerts: asks the gateway who is to be told now (`.alert.due` in q/alert.q), delivers, and has it logged in `alertlog`.

What was done is in the plant and nowhere else: a router that was killed goes on where it was. One killed between a delivery and its row
delivers again, under the same id.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa

from slipstream.alerts.channels import Channel, Failed, Message, channel
from slipstream.alerts.desk import Connection, append, records, row
from slipstream.config import Alerts, Recipient
from slipstream.errors import ConfigError, EngineError

_THREADS = 8


class Clock:
    """
    The plant's clock between two of its rows: it goes on with the wall's, so that an alert is told to the next ones even when nothing is
    captured any more.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._newest: np.datetime64 | None = None
        self._seen = 0.0

    def at(self, newest: np.datetime64) -> np.datetime64:
        """What time it is when the newest row has this time."""
        now = self._monotonic()
        if self._newest is None or newest > self._newest:
            self._newest, self._seen = newest, now
        return self._newest + np.timedelta64(int((now - self._seen) * 1e9), "ns")


class Router:
    """
    Args:
        settings: recipients and steps.
        gateway: a connection to the gateway.
        tickerplant: a connection to the tickerplant.
        channels: how recipients are told, by name; by default what the settings say.
        stop: set when tries are to be given up.

    Raises:
        ConfigError: a step names a recipient that is not there.
        AlertError: a recipient lacks something, such as an environment variable.
    """

    def __init__(
        self,
        settings: Alerts,
        gateway: Connection,
        tickerplant: Connection,
        *,
        channels: Mapping[str, Channel] | None = None,
        stop: threading.Event | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings, self._stop, self._clock = settings, stop or threading.Event(), clock or Clock()
        self.gateway, self.tickerplant = gateway, tickerplant
        self._steps = steps(settings)
        self._channels = channels or {name: channel(name, to) for name, to in settings.recipients.items()}
        self._pool = ThreadPoolExecutor(_THREADS, "alert")
        self._under_way: dict[str, tuple[dict[str, Any], Future[str]]] = {}
        # started here: the gateway may be behind the log
        self._begun: set[str] = set()
        # delivered, but not logged yet
        self._to_log: list[tuple[dict[str, Any], str, str]] = []

    def turn(self) -> int:
        """Start what is due, log what is done; returns how many messages are under way. To be called again and again."""
        self._log_done()
        newest = self.gateway.call(".api.clock")
        if newest is not None and self._steps.num_rows:
            now = self._clock.at(np.datetime64(newest, "ns"))
            for due in records(self.gateway.call(".api.alertsDue", self._steps, self._times(), now)):
                token = str(due["token"])
                if token not in self._begun:
                    self._begun.add(token)
                    self._under_way[token] = (due, self._pool.submit(self._deliver, due))
        return len(self._under_way) + len(self._to_log)

    def close(self) -> None:
        """Give up what is under way; it is tried again by the next router."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _times(self) -> dict[str, np.timedelta64]:
        s = self._settings
        return {"every": _span(s.escalate_s), "forget": _span(s.forget_s)}

    def _deliver(self, due: Mapping[str, Any]) -> str:
        """Tell one recipient, trying again with growing pauses; returns why it failed, empty when it did not."""
        name = str(due["who"])
        to = self._settings.recipients[name]
        alert = {k: v for k, v in due.items() if k not in ("who", "token", "tier", "told", "at")}
        message = Message(str(due["token"]), name, int(due["tier"]), alert)
        for attempt in range(to.tries):
            try:
                self._channels[name](message)
            except Failed as failed:
                why = str(failed)
                if not failed.again or attempt == to.tries - 1:
                    return f"{why} ({attempt + 1} tries)"
                if self._stop.wait(max(to.backoff_s * 2**attempt, failed.after_s)):
                    return f"{why} (given up)"
            else:
                return ""
        return "no try is allowed"

    def _log_done(self) -> None:
        for token, (due, future) in list(self._under_way.items()):
            if future.done():
                error = future.exception()
                why = future.result() if error is None else f"{type(error).__name__}: {error}"
                self._to_log.append((due, "failed" if why else "sent", f"{token} {why}".strip()))
                del self._under_way[token]
        if not self._to_log:
            return
        newest = self.gateway.call(".api.clock")
        rows = []
        for due, action, note in self._to_log:
            # never ahead of the plant's clock: a row of a later day would end the open one
            now = due["time"] if newest is None else max(np.datetime64(newest, "ns"), due["time"])
            via = self._settings.recipients[str(due["who"])].kind
            rows.append(row(due, now, action, str(due["who"]), via, tier=int(due["tier"]), note=note))
        append(self.tickerplant, rows)
        self._to_log.clear()


def follow(settings: Alerts, gateway: Connection, tickerplant: Connection, stop: threading.Event) -> None:
    """Route until told to stop. A process of the plant that does not answer is asked again; what was not logged is kept."""
    router = Router(settings, gateway, tickerplant, stop=stop)
    said = ""
    try:
        while not stop.wait(settings.every_ms / 1000):
            try:
                router.turn()
                why = ""
            except EngineError as error:
                why = str(error)
            if why != said:
                print(f"slipstream: alerts: {why or 'goes on'}", file=sys.stderr, flush=True)
                said = why
    finally:
        router.close()


def steps(settings: Alerts) -> pa.Table:
    """Whom to tell of alerts of a level, and at which step: columns level, tier, who."""
    rows = []
    for tier, names in enumerate(settings.steps):
        for name in names:
            to: Recipient | None = settings.recipients.get(name)
            if to is None:
                known = ", ".join(settings.recipients) or "no recipient is"
                raise ConfigError(
                    "configuration", f"alerts.steps[{tier}]", f"names of recipients ({known} there)", name
                )
            rows += [(level, tier, name) for level in to.levels]
    level, tiers, who = zip(*rows, strict=True) if rows else ((), (), ())
    symbol = pa.dictionary(pa.int32(), pa.string())
    columns = [pa.array(level, symbol), pa.array(tiers, pa.int64()), pa.array(who, symbol)]
    return pa.Table.from_arrays(columns, names=["level", "tier", "who"])


def _span(seconds: float) -> np.timedelta64:
    return np.timedelta64(round(seconds * 1e9), "ns")
