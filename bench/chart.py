"""A chart of medians as SVG, without a plotting library."""

from __future__ import annotations

import math
from html import escape

COLOURS = ("#1f5fa8", "#d9822b", "#7a8c3a", "#a04a8f", "#8a8a8a")
LEFT, WIDE, BAR, GAP = 250, 620, 9, 12


def bars(series: dict[str, dict[str, float | None]], title: str) -> str:
    """Groups of horizontal bars on a logarithmic scale: engine -> query -> ms."""
    queries = list(next(iter(series.values())))
    values = [v for s in series.values() for v in s.values() if v]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(v: float) -> float:
        return LEFT + WIDE * (math.log10(v) - low) / (high - low)

    tall = len(series) * BAR + GAP
    bottom = 60 + len(queries) * tall
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDE + 70} {bottom + 30}" font-family="sans-serif" font-size="12">',
        f'<rect width="100%" height="100%" fill="white"/><text x="10" y="20" font-size="14">{escape(title)}</text>',
    ]
    for k, (name, colour) in enumerate(zip(series, COLOURS, strict=False)):
        at = LEFT + 110 * k
        out.append(
            f'<rect x="{at}" y="30" width="10" height="10" fill="{colour}"/><text x="{at + 15}" y="40">{escape(name)}</text>'
        )
    for e in range(low, high + 1):
        at = x(10**e)
        out.append(f'<line x1="{at:.1f}" y1="50" x2="{at:.1f}" y2="{bottom}" stroke="#ddd"/>')
        out.append(f'<text x="{at:.1f}" y="{bottom + 16}" text-anchor="middle">{10**e:g}</text>')
    for k, query in enumerate(queries):
        top = 56 + k * tall
        out.append(f'<text x="{LEFT - 8}" y="{top + tall / 2:.1f}" text-anchor="end">{escape(query)}</text>')
        for j, (name, colour) in enumerate(zip(series, COLOURS, strict=False)):
            v = series[name].get(query)
            if v:
                y = top + j * BAR
                out.append(
                    f'<rect x="{LEFT}" y="{y}" width="{max(1.0, x(v) - LEFT):.1f}" height="{BAR - 1}" fill="{colour}"/>'
                )
                out.append(f'<text x="{x(v) + 3:.1f}" y="{y + 8}" font-size="9">{v:.3g}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"
