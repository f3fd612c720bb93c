"""
A figure as plotly.js takes it, put together from plain dictionaries.

`plotly.graph_objects` looks up and checks every key in Python, some 40 ms a figure: too much for ten figures a second for each order that is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


class Node(dict[str, Any]):
    """A dictionary whose keys are attributes too; one that is not there is None."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


class Figure:
    """Traces and layout, with the few verbs of `plotly.graph_objects.Figure` that the page uses. Keys are plotly.js's own: nested, without underscores."""

    def __init__(self) -> None:
        self.data: list[Node] = []
        self.layout = Node(xaxis=Node(), yaxis=Node())

    def update_layout(self, *parts: Mapping[str, Any], **more: Any) -> None:
        """Set keys; those of dictionaries one by one."""
        for part in (*parts, more):
            _merge(self.layout, part)

    def update_xaxes(self, **keys: Any) -> None:
        """Set keys of every x axis."""
        self._axes("xaxis", keys)

    def update_yaxes(self, **keys: Any) -> None:
        """Set keys of every y axis."""
        self._axes("yaxis", keys)

    def add_scatter(self, **trace: Any) -> None:
        """A trace of points or lines."""
        self.data.append(_node({"type": "scatter", **trace}))

    def add_waterfall(self, **trace: Any) -> None:
        """A trace of bars that stand on one another."""
        self.data.append(_node({"type": "waterfall", **trace}))

    def add_shape(self, **shape: Any) -> None:
        """A line or a rectangle."""
        self.layout.setdefault("shapes", []).append(_node(shape))

    def add_hrect(self, *, y0: float, y1: float, **shape: Any) -> None:
        """A band across the whole width."""
        self.add_shape(type="rect", xref="x domain", x0=0, x1=1, yref="y", y0=y0, y1=y1, **shape)

    def add_hline(self, *, y: float, **shape: Any) -> None:
        """A line across the whole width."""
        self.add_shape(type="line", xref="x domain", x0=0, x1=1, yref="y", y0=y, y1=y, **shape)

    def add_vline(self, *, x: Any, **shape: Any) -> None:
        """A line over the whole height."""
        self.add_shape(type="line", xref="x", x0=x, x1=x, yref="y domain", y0=0, y1=1, **shape)

    def add_annotation(self, **text: Any) -> None:
        """A text."""
        self.layout.setdefault("annotations", []).append(_node(text))

    def to_plotly_json(self) -> dict[str, Any]:
        """What plotly.js takes, of lists, numbers and strings alone; Dash calls it too. What is not a number is null."""
        return {"data": _plain(self.data), "layout": _plain(self.layout)}

    def _axes(self, kind: str, keys: Mapping[str, Any]) -> None:
        for name, axis in self.layout.items():
            if name.startswith(kind):
                _merge(axis, keys)


def _node(value: Any) -> Any:
    return Node({name: _node(part) for name, part in value.items()}) if isinstance(value, Mapping) else value


def _merge(into: Node, part: Mapping[str, Any]) -> None:
    for name, value in part.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), Node):
            _merge(into[name], value)
        else:
            into[name] = _node(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        return _column(value)
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        return _column(np.array([value]))[0]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def _column(values: np.ndarray[Any, Any]) -> list[Any]:
    if values.dtype.kind == "M":
        # microseconds: plotly.js keeps a tenth of a millisecond
        return [None if text == "NaT" else text for text in np.datetime_as_string(values, unit="us").tolist()]
    found: list[Any] = values.tolist()
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        return found if finite.all() else [v if good else None for v, good in zip(found, finite.tolist(), strict=True)]
    return [_plain(v) for v in found] if values.dtype.kind == "O" else found
