"""What the demonstration shows: where it is, and at the end its figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from slipstream import operate
from slipstream.config import Config
from slipstream.demo.record import Progress
from slipstream.demo.totals import STAGES
from slipstream.errors import EngineError


class Screen:
    """
    The live summary: redrawn in place on a terminal, a line now and then elsewhere.

    Args:
        config: the demonstration's configuration.
        out: where to draw.
        share: how much of the session has passed at an event time, 0 to 1, where that is known.
    """

    def __init__(self, config: Config, out: Console, share: Callable[[int], float | None]) -> None:
        self._config, self._out, self._share = config, out, share
        self._live = Live(console=out, refresh_per_second=4, transient=True) if out.is_terminal else None
        self._gateway: Any = None
        self._scores: list[Any] = []
        self._note = ""
        self._asked = self._printed = self._began = time.monotonic()

    def __enter__(self) -> Screen:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
        if self._gateway is not None:
            self._gateway.close()

    def show(self, progress: Progress | None) -> None:
        """Draw where the session is."""
        if progress is None:
            return
        now = time.monotonic()
        if now - self._asked >= 1.0:
            self._asked = now
            self._ask()
        total = sum(progress.sent.values())
        moment = np.datetime64(progress.time, "ns").astype("M8[s]")
        share = self._share(progress.time)
        line = f"{moment}  {'' if share is None else f'{share:4.0%}  '}{total:,} market rows  {total / max(now - self._began, 1e-9):,.0f} rows/s"
        if progress.doing != "playing":
            line = progress.doing
        if not progress.alive:
            line += "  (the session's process is away; unless it comes back: slipstream up)"
        if self._live is not None:
            parts: list[Any] = [Text(line, style="bold")]
            if self._scores:
                parts.append(
                    parents_table([{n: plain(getattr(p, n)) for n in type(p).__slots__} for p in self._scores])
                )
            if self._note:
                parts.append(Text(self._note, style="yellow"))
            self._live.update(Group(*parts))
        elif now - self._printed >= 5.0:
            self._printed = now
            bps = ", ".join(f"{p.parent} {p.slip_bps:+.2f} bps" for p in self._scores if p.slip_bps is not None)
            self._out.print(f"{line}  {bps}{self._note}", highlight=False, soft_wrap=True)

    def _ask(self) -> None:
        """Fetch the scorecard; a gateway that is down for the moment is said, not fatal."""
        from slipstream.tca.client import TcaClient

        try:
            if self._gateway is None:
                self._gateway = operate.connect(self._config, "gateway", timeout_s=5.0)
            self._scores = TcaClient(self._gateway).scorecard()
            self._note = ""
        except EngineError as error:
            self._note = f" (scorecard: {error})"


def report(summary: Mapping[str, Any], file: Any, out: Console) -> bool:
    """Print a summary, and say whether all agrees."""
    out.print(rows_table(summary["tables"]))
    out.print(parents_table(summary["parents"]))
    slippage = summary["slippage_query"]
    same = "equal to" if slippage.get("equal") else "DIFFERENT from"
    out.print(
        f"slippage of {' and '.join(summary['days'])}: {slippage.get('rows_gateway', 0)} fills through the gateway, "
        f"{same} the HDB alone"
    )
    copies = summary["copies"]
    if len(set(copies.values())) > 1:
        out.print(f"[red]{copies['sent']} FIX messages copied, {copies['captured']} captured[/]")
    derived = summary.get("derived", {})
    if derived:
        text = ", ".join(f"{table} {rows['hdb']:,}" for table, rows in derived.items())
        whole = all(len(set(rows.values())) == 1 for rows in derived.values())
        out.print(
            f"derived: {text}; "
            + ("logged, in the HDB and in the lake" if whole else f"[red]they differ: {derived}[/]"),
            soft_wrap=True,
            highlight=False,
        )
    for alert in summary.get("timeline", {}).get("alerts", []):
        what = (
            f"{alert['lamp']}: {alert['why']}"
            if "lamp" in alert
            else f"cost {alert['costlamp']}, leak {alert['leaklamp']}"
        )
        out.print(
            f"alert: {alert['time'][11:19]} {alert['parent']} {alert['level']} {what}", soft_wrap=True, highlight=False
        )
    for switch in summary.get("timeline", {}).get("switches", []):
        saved = f"{switch['saving_bps']:+.1f} bps ({switch['saving_ci_lo']:,.0f} to {switch['saving_ci_hi']:,.0f} in currency)"
        out.print(
            f"switch: {switch['time'][11:16]} {switch['parent']} {switch['from_algo']} to {switch['to_algo']}, saved {saved}, {switch['label']}"
        )
    verdict = "[green]every row accounted for[/]" if summary["equal"] else "[red]rows differ[/]"
    again = f", the session taken up again {summary['runs'] - 1} times" if summary["runs"] > 1 else ""
    out.print(f"{verdict} in {summary['seconds']:.1f} s{again}; figures in {file}", soft_wrap=True, highlight=False)
    return bool(summary["equal"]) and bool(slippage.get("equal", True))


def rows_table(totals: Mapping[str, Mapping[str, int]]) -> Table:
    """Rows of each table at each stage."""
    table = Table(title="rows", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("table")
    for stage in STAGES:
        table.add_column(stage, justify="right")
    table.add_column("equal")
    for name, row in totals.items():
        figures = [row[stage] for stage in STAGES]
        good = len(set(figures)) == 1
        table.add_row(name, *(f"{rows:,}" for rows in figures), "[green]yes[/]" if good else "[red]NO[/]")
    return table


def parents_table(parents: Sequence[Mapping[str, Any]]) -> Table:
    """Each parent order and what it cost; positive is cost."""
    table = Table(title="parents", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    columns = (
        ("parent", "parent", "left"),
        ("sym", "sym", "left"),
        ("side", "side", "left"),
        ("qty", "qty", "right"),
        ("filled", "filled", "right"),
        ("arrival", "arrival", "right"),
        ("average", "avgpx", "right"),
        ("slippage bps", "slip_bps", "right"),
        ("cost", "slip_usd", "right"),
        ("status", "status", "left"),
    )
    for title, _, justify in columns:
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    for parent in parents:
        table.add_row(*(_cell(key, parent.get(key)) for _, key, _ in columns))
    return table


def _cell(key: str, value: Any) -> str:
    if value is None:
        return ""
    if key in ("arrival", "avgpx"):
        return f"{value:,.4f}"
    if key in ("slip_bps", "slip_usd"):
        return f"{value:+,.2f}"
    if key in ("qty", "filled"):
        return f"{value:,.6g}" if value < 1000 else f"{value:,.0f}"
    return str(value)


def plain(value: Any) -> Any:
    """A value as JSON takes it."""
    return str(value) if isinstance(value, np.datetime64) else value
