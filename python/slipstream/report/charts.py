"""
Figures of the report as SVG: plain shapes and texts, which a browser and a PDF draw alike, in colours that stay apart under the three colour
deficiencies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise

WIDTH, HEIGHT = 720, 260
COST, GAIN, TOTAL, GREY, TEXT = "#CC79A7", "#0072B2", "#3A4048", "#9AA0A6", "#1A1D21"
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 12, 22, 34


def waterfall(parts: Sequence[tuple[str, float]], unit: str) -> str:
    """
    Parts that add up, each beginning where the one before ended, and their total.

    Args:
        parts: name and value; positive is cost.
        unit: of the values.
    """
    ends = [0.0]
    for _, value in parts:
        ends.append(ends[-1] + value)
    scale = _Scale(min(ends), max(ends))
    out = [scale.axis(unit)]
    step = (WIDTH - _LEFT - _RIGHT) / (len(parts) + 1)
    bars = [(name, ends[i], ends[i + 1], COST if value >= 0 else GAIN, value) for i, (name, value) in enumerate(parts)]
    for i, (name, a, b, colour, value) in enumerate([*bars, ("total", 0.0, ends[-1], TOTAL, ends[-1])]):
        x, top, low = _LEFT + i * step + step * 0.15, scale.y(max(a, b)), scale.y(min(a, b))
        out.append(_rect(x, top, step * 0.7, max(low - top, 1.0), colour))
        out.append(_text(x + step * 0.35, top - 4, f"{value:+,.0f}", "middle", 10))
        out.append(_text(x + step * 0.35, HEIGHT - 16, name, "middle", 11))
    return _svg(out)


def curves(lines: Sequence[tuple[str, Sequence[tuple[str, float, float | None, float | None]]]], unit: str) -> str:
    """
    Means by horizon with their intervals.

    Args:
        lines: name, and points of label, mean, low and high end (None where there is no interval).
        unit: of the values.
    """
    labels = list(dict.fromkeys(label for _, points in lines for label, *_ in points))
    values = [v for _, points in lines for _, *three in points for v in three if v is not None and math.isfinite(v)]
    if not values:
        return ""
    scale = _Scale(min([0.0, *values]), max([0.0, *values]))
    out = [scale.axis(unit)]
    step = (WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    for k, (name, points) in enumerate(lines):
        colour = (GAIN, COST, TOTAL)[k % 3]
        placed = [
            (_LEFT + (labels.index(label) + 0.5) * step + 4 * k, mean, low, high) for label, mean, low, high in points
        ]
        for x, mean, low, high in placed:
            if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
                out.append(_line(x, scale.y(low), x, scale.y(high), colour, 1))
            out.append(f'<circle cx="{x:.1f}" cy="{scale.y(mean):.1f}" r="3" fill="{colour}"/>')
        for (x0, a, *_), (x1, b, *_) in pairwise(placed):
            out.append(_line(x0, scale.y(a), x1, scale.y(b), colour, 1.6))
        out.append(_rect(_LEFT + 8 + 220 * k, 6, 10, 10, colour))
        out.append(_text(_LEFT + 22 + 220 * k, 15, name, "start", 11))
    for i, label in enumerate(labels):
        out.append(_text(_LEFT + (i + 0.5) * step, HEIGHT - 16, label, "middle", 10))
    return _svg(out)


class _Scale:
    """Values to heights, with round steps."""

    def __init__(self, low: float, high: float) -> None:
        span = (high - low) or 1.0
        raw = span / 5
        size = 10.0 ** math.floor(math.log10(raw))
        self._step = next(m * size for m in (1, 2, 5, 10) if m * size >= raw)
        self._low = math.floor(low / self._step) * self._step
        self._high = math.ceil(high / self._step) * self._step or self._low + self._step

    def y(self, value: float) -> float:
        return float(_TOP + (self._high - value) / (self._high - self._low) * (HEIGHT - _TOP - _BOTTOM))

    def axis(self, unit: str) -> str:
        out = [_text(4, 12, unit, "start", 10)]
        for k in range(round((self._high - self._low) / self._step) + 1):
            value = self._low + k * self._step
            dark = abs(value) < self._step / 1e6
            out.append(_line(_LEFT, self.y(value), WIDTH - _RIGHT, self.y(value), TEXT if dark else "#D5D9DE", 1))
            out.append(_text(_LEFT - 6, self.y(value) + 4, f"{0.0 if dark else value:,.6g}", "end", 10))
        return "".join(out)


def _svg(parts: Sequence[str]) -> str:
    inside = "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">{inside}</svg>'


def _rect(x: float, y: float, w: float, h: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{colour}"/>'


def _line(x0: float, y0: float, x1: float, y1: float, colour: str, width: float) -> str:
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str, size: int) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-family="Helvetica, Arial, sans-serif" fill="{TEXT}">'
        f"{escape(text)}</text>"
    )
