"""
The demonstration: a session across midnight with working orders over FIX, live page, roll, archive, and the totals that must agree.

For every table the rows sent, logged, held by the RDB, served by the HDB and read back from the lake must be equal; the exit code says
whether they are. `var/demo/summary.json` keeps the figures.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from slipstream import operate
from slipstream.config import Config
from slipstream.engine.choose import choose
from slipstream.errors import EngineError, NotReady
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import Columns, times
from slipstream.plant.supervisor import Supervisor

_STAGES = ("sent", "logged", "rdb", "hdb", "lake")
_FOLDERS = ("tplog", "hdb", "lake", "log", "run", "session", "fix", "quarantine")
_CATCH_UP_S = 120.0
_REPLAY = """{[files]
  .demo.n:(`symbol$())!`long$();
  upd::{[t;x] .demo.n[t]:(0^.demo.n t)+count $[98h=type x;x;first x]};
  -11!'files;
  .demo.n}"""


@dataclass
class Totals:
    """Rows by table, one mapping a stage of the way."""

    sent: dict[str, int] = field(default_factory=dict)
    logged: dict[str, int] = field(default_factory=dict)
    rdb: dict[str, int] = field(default_factory=dict)
    hdb: dict[str, int] = field(default_factory=dict)
    lake: dict[str, int] = field(default_factory=dict)

    def tables(self) -> list[str]:
        """Every table that any stage knows."""
        return sorted({table for stage in _STAGES for table in getattr(self, stage)})

    def row(self, table: str) -> dict[str, int]:
        """One table's figures by stage."""
        return {stage: getattr(self, stage).get(table, 0) for stage in _STAGES}

    def agree(self) -> bool:
        """Whether every stage has the same rows of every table, and there are some."""
        return bool(self.tables()) and all(len(set(self.row(table).values())) == 1 for table in self.tables())


def run(
    config: Config,
    *,
    captures: Sequence[Path] = (),
    speed: float | None = None,
    leave: bool = False,
    flags: Sequence[str] = (),
    console: Console | None = None,
) -> int:
    """
    Run the demonstration and return the exit code: 0 when all totals agree.

    Args:
        config: configuration; its folder is emptied first.
        captures: raw exchange captures to replay instead of the simulated market.
        speed: times real time, 0 is as fast as possible; None takes `feed.speed`.
        leave: end when done instead of serving the page until Ctrl-C.
        flags: `--config` and `--set` options by which the page finds the same configuration.
        console: where to print.
    """
    out = console or Console()
    if not out.is_terminal:
        out.width = max(out.width, 130)  # a file has no edge to fit into
    plant = operate.supervisor(config, page=True, flags=flags)
    plant.down()
    _clean(config)
    engine = choose(config.engine)
    out.print(f"engine: [bold]{engine.name}[/] ({engine.reason})", highlight=False)
    try:
        with out.status("starting the plant") as status:
            plant.up(lambda name, what: status.update(f"{name} {what}"))
        address = f"http://{config.scorecard.host}:{config.ports.scorecard}"
        out.print(f"page:   [bold]{address}[/]", highlight=False)
        day = _Day(config, out)
        day.play(captures, config.feed.speed if speed is None else speed)
        day.finish()
        agreed = day.report(engine.name)
        if not leave:
            out.print(f"\nserving {address} until Ctrl-C")
            _serve(plant)
    except KeyboardInterrupt:
        out.print("interrupted")
        return 130
    finally:
        plant.down()
    return 0 if agreed else 1


class _Day:
    """One run: what was counted where."""

    def __init__(self, config: Config, out: Console) -> None:
        self.config, self.out = config, out
        self.totals = Totals()
        self.parents: dict[str, dict[str, Any]] = {}
        self.orders: list[dict[str, Any]] = []
        self.days: list[dt.date] = []
        self.slippage: dict[str, Any] = {}
        self.feed: dict[str, Any] = {}
        self.started = time.monotonic()

    def play(self, captures: Sequence[Path], speed: float) -> None:
        """Stream the session."""
        from slipstream.feed.demo_session import run_session

        sink = DaySink(self.config, self._new_day)
        publisher = Publisher(sink)
        screen = _Screen(self.config, self.out)
        try:
            with screen:
                report = run_session(
                    publisher,
                    source=list(captures) if captures else "sim",
                    workdir=self.config.var_dir / "session",
                    speed=speed or None,
                    seed=self.config.feed.seed,
                    on_progress=screen.show,
                )
                publisher.flush()
        finally:
            sink.close()
        self.orders = list(report.parents)
        self.feed = dict(report.feed)
        self.totals.sent = dict(publisher.sent)
        if sink.day is not None:
            self._before_roll(sink.day)

    def _new_day(self, ended: dt.date) -> None:
        """The first row of a new day is about to be sent: take stock of the day before."""
        self._before_roll(ended)

    def _before_roll(self, day: dt.date) -> None:
        """Note what the RDB holds once it has everything that is logged, and how each parent stands."""
        self.days.append(day)
        with operate.connect(self.config, "tickerplant") as tickerplant, operate.connect(self.config, "rdb") as rdb:
            wanted = {str(name): int(rows) for name, rows in tickerplant.value(".u.rows").items() if rows}
            deadline = time.monotonic() + _CATCH_UP_S
            while True:
                held = {name: int(rdb.value("{count value x}", name)) for name in wanted}
                if held == wanted:
                    break
                if time.monotonic() > deadline:
                    raise NotReady(f"the RDB holds {held} after {_CATCH_UP_S:g} s, expected {wanted}")
                time.sleep(0.05)
        for name, rows in held.items():
            self.totals.rdb[name] = self.totals.rdb.get(name, 0) + rows
        self._note_parents()

    def _note_parents(self) -> None:
        from slipstream.tca.client import TcaClient

        with operate.connect(self.config, "gateway") as gateway:
            for parent in TcaClient(gateway).scorecard():
                self.parents[parent.parent] = {name: _plain(getattr(parent, name)) for name in type(parent).__slots__}

    def finish(self) -> None:
        """Roll, archive, count again."""
        if not self.days:
            return
        first, last = np.datetime64(min(self.days), "D"), np.datetime64(max(self.days), "D")
        with operate.connect(self.config, "gateway", timeout_s=120.0) as gateway:
            live = gateway.call(".api.slippage", first, last)
        with self.out.status("ending the day"):
            operate.end_of_day(self.config)
            for day in self.days:
                operate.wait_for_partition(self.config, day)
        with operate.connect(self.config, "hdb", timeout_s=120.0) as hdb:
            stored = hdb.call(".api.slippage", first, last)
            self.slippage = {
                "rows_gateway": live.num_rows,
                "rows_hdb": stored.num_rows,
                "equal": same_rows(live, stored),
            }
            files = sorted(str(file) for file in self.config.tplog_dir.iterdir() if file.is_file())
            self.totals.logged = _counts(hdb.value(_REPLAY, [f":{file}" for file in files]))
            for day in self.days:
                moment = np.datetime64(day, "D")
                for table in hdb.value("{`symbol$.Q.pt}", None).to_pylist():
                    rows = int(hdb.value(f"{{[d] first (select n:count i from`{table} where date=d)`n}}", moment))
                    if rows:
                        self.totals.hdb[table] = self.totals.hdb.get(table, 0) + rows
        with self.out.status("archiving"):
            for result in operate.archive(self.config, self.days):
                for table, rows in result.rows.items():
                    if rows:
                        self.totals.lake[table] = self.totals.lake.get(table, 0) + rows

    def report(self, engine: str) -> bool:
        """Print the tables, write the summary, and say whether the totals agree."""
        seconds = time.monotonic() - self.started
        summary = {
            "engine": engine,
            "seconds": round(seconds, 3),
            "days": [str(day) for day in self.days],
            "tables": {table: self.totals.row(table) for table in self.totals.tables()},
            "parents": self._merged_parents(),
            "slippage_query": self.slippage,
            "feed": self.feed,
            "equal": self.totals.agree(),
        }
        file = self.config.var_dir / "summary.json"
        file.write_text(json.dumps(summary, indent=2, default=str) + "\n", encoding="utf-8")
        self.out.print(rows_table(self.totals))
        self.out.print(parents_table(summary["parents"]))  # type: ignore[arg-type]
        days = " and ".join(str(day) for day in self.days)
        same = "equal to" if self.slippage.get("equal") else "DIFFERENT from"
        self.out.print(
            f"slippage of {days}: {self.slippage.get('rows_gateway', 0)} fills through the gateway, {same} the HDB alone"
        )
        verdict = "[green]every row accounted for[/]" if summary["equal"] else "[red]rows differ[/]"
        self.out.print(f"{verdict} in {seconds:.1f} s; figures in {file}", soft_wrap=True, highlight=False)
        return bool(summary["equal"]) and bool(self.slippage.get("equal", True))

    def _merged_parents(self) -> list[dict[str, Any]]:
        """What the plant says of each parent, with what the EMS knows of it."""
        merged = []
        for order in self.orders:
            found = self.parents.pop(str(order["id"]), {})
            merged.append(
                {**order, **{name: value for name, value in found.items() if name != "parent"}, "parent": order["id"]}
            )
        return merged + list(self.parents.values())


class DaySink(operate.TickerplantSink):
    """A tickerplant that tells, before the first row of a new day is sent, which day has ended."""

    def __init__(self, config: Config, on_new_day: Callable[[dt.date], None]) -> None:
        super().__init__(config)
        self.day: dt.date | None = None
        self._on_new_day = on_new_day

    def publish(self, table: str, columns: Columns) -> Any:
        """Send one batch, all of one day."""
        day = dt.date.fromisoformat(str(times(columns)[:1].view("M8[ns]").astype("M8[D]")[0]))
        if self.day is not None and day != self.day:
            self._on_new_day(self.day)
        self.day = day
        return super().publish(table, columns)


class _Screen:
    """The live summary: redrawn in place on a terminal, a line now and then elsewhere."""

    def __init__(self, config: Config, out: Console) -> None:
        self._config, self._out = config, out
        self._live = Live(console=out, refresh_per_second=4, transient=True) if out.is_terminal else None
        self._gateway: Any = None
        self._scores: list[Any] = []
        self._note = ""
        self._asked = self._printed = self._began = time.monotonic()

    def __enter__(self) -> _Screen:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
        if self._gateway is not None:
            self._gateway.close()

    def show(self, progress: Any) -> None:
        """Draw where the session is."""
        now = time.monotonic()
        if now - self._asked >= 1.0:
            self._asked = now
            self._ask()
        total = sum(progress.sent.values())
        moment = np.datetime64(progress.time, "ns").astype("M8[s]")
        line = f"{moment}  {total:,} rows  {total / max(now - self._began, 1e-9):,.0f} rows/s"
        if self._live is not None:
            parts: list[Any] = [Text(line, style="bold")]
            if self._scores:
                parts.append(
                    parents_table([{n: _plain(getattr(p, n)) for n in type(p).__slots__} for p in self._scores])
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


def rows_table(totals: Totals) -> Table:
    """Rows of each table at each stage."""
    table = Table(title="rows", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("table")
    for stage in _STAGES:
        table.add_column(stage, justify="right")
    table.add_column("equal")
    for name in totals.tables():
        figures = totals.row(name)
        good = len(set(figures.values())) == 1
        table.add_row(name, *(f"{rows:,}" for rows in figures.values()), "[green]yes[/]" if good else "[red]NO[/]")
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


def same_rows(left: pa.Table, right: pa.Table) -> bool:
    """Whether two tables hold the same rows in the same columns, in whatever order."""
    if left.column_names != right.column_names or left.num_rows != right.num_rows:
        return False
    return _sorted_rows(left) == _sorted_rows(right)


def _sorted_rows(table: pa.Table) -> list[tuple[str, ...]]:
    columns = []
    for column in table.columns:
        kind = column.type
        plain = column.cast(pa.int64()) if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) else column
        columns.append([repr(value) for value in plain.to_pylist()])
    return sorted(zip(*columns, strict=True))


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


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, np.datetime64) else value


def _counts(found: Any) -> dict[str, int]:
    return {str(name): int(rows) for name, rows in dict(found).items() if rows}


def _clean(config: Config) -> None:
    """Empty the demonstration's own folders."""
    for name in _FOLDERS:
        if (config.var_dir / name).exists():
            shutil.rmtree(config.var_dir / name)
    config.tplog_dir.with_name("tplog.ended").unlink(missing_ok=True)
    shutil.rmtree(config.hdb_dir.with_name("hdb.aside"), ignore_errors=True)
    config.var_dir.mkdir(parents=True, exist_ok=True)
    (config.var_dir / "session").mkdir()


def _serve(plant: Supervisor) -> None:
    """Keep the plant up until interrupted."""
    try:
        while plant.running():
            time.sleep(0.5)
    except KeyboardInterrupt:
        return


__all__ = ["DaySink", "Totals", "parents_table", "rows_table", "run", "same_rows"]
