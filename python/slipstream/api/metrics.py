"""What is counted, for Prometheus: the API's calls and streams, and the plant's processes and tables as they are when somebody looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The API's own counters; `slipstream_` is before every name, the unit behind it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "slipstream_api_requests",
            "Calls answered, by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "slipstream_api_request_seconds",
            "Time to answer a call.",
            ("route",),
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )
        self.streams = Gauge("slipstream_api_streams", "WebSocket streams that are open.", registry=self.registry)
        self.events = Counter(
            "slipstream_api_stream_events", "Rows taken from the plant for streams.", ("topic",), registry=self.registry
        )
        self.resyncs = Counter(
            "slipstream_api_stream_resyncs", "Streams that had to begin anew.", registry=self.registry
        )
        self.actions = Counter(
            "slipstream_api_actions", "Actions by what became of them.", ("state",), registry=self.registry
        )

    @contextmanager
    def timed(self, scope: MutableMapping[str, Any], path: str) -> Iterator[None]:
        """Count the time that a call takes; a stream's life is not one."""
        began = time.perf_counter()
        try:
            yield
        finally:
            if scope["type"] == "http":
                self._seconds.labels(_route(scope)).observe(time.perf_counter() - began)

    def answered(self, scope: Mapping[str, Any], status: int) -> None:
        """Count a call's status."""
        self._requests.labels(str(scope.get("method", "WS")), _route(scope), str(status)).inc()

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        found: bytes = generate_latest(self.registry)
        return found


def _route(scope: Mapping[str, Any]) -> str:
    """The path with names in place of what they stand for: a route, never what somebody made up."""
    return str(getattr(scope.get("route"), "path", "other"))


class PlantCollector(Collector):
    """
    The plant, looked at when Prometheus asks.

    Args:
        up: the plant's processes, and whether each answers.
        health: rows and newest time of each table; raises where the plant does not answer.
    """

    def __init__(
        self, up: Callable[[], Mapping[str, bool]], health: Callable[[], Mapping[str, tuple[int, Any]]]
    ) -> None:
        self._up, self._health = up, health

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Gauges as of now."""
        from slipstream.errors import EngineError

        up = GaugeMetricFamily("slipstream_process_up", "1 when a process of the plant answers.", labels=("process",))
        for name, good in self._up().items():
            up.add_metric((name,), float(good))
        yield up
        rows = GaugeMetricFamily("slipstream_table_rows", "Rows of the open day.", labels=("table",))
        newest = GaugeMetricFamily(
            "slipstream_table_newest_timestamp_seconds",
            "Time of the newest row, seconds since 1970.",
            labels=("table",),
        )
        try:
            tables = self._health()
        except EngineError:
            return  # process_up says which one is down
        for name, (count, last) in tables.items():
            rows.add_metric((name,), float(count))
            if last is not None:
                newest.add_metric((name,), np.datetime64(last, "ns").astype(np.int64) / 1e9)
        yield rows
        yield newest
