"""
The `slipstream` command. Each subcommand parses, calls one function and prints.

Exit codes: 0 done, 1 something failed, 2 the command line or the configuration is wrong, 130 interrupted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipstream import __version__, sources
from slipstream.api import commands as api_commands
from slipstream.config import Config, load_config, parse_override
from slipstream.errors import AuthError, ConfigError, EngineError, SlipstreamError
from slipstream.sources import VENUES

if TYPE_CHECKING:
    from rich.console import Console

    from slipstream.demo.record import Record
    from slipstream.engine.client import Client
    from slipstream.plant.supervisor import Status, Supervisor

TARGETS = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except ConfigError as error:
        _complain(str(error))
        return 2
    except SlipstreamError as error:
        _complain(str(error))
        return 1
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("configuration")
    group.add_argument(
        "--config",
        metavar="FILE",
        action="append",
        default=[],
        help="YAML file over configs/default.yaml; may be repeated, the last wins",
    )
    group.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        dest="overrides",
        help="set one key, such as ports.rdb=6011; may be repeated",
    )

    top = argparse.ArgumentParser(
        prog="slipstream", description="A kdb+/q tick plant that shows what it costs to reveal the intention to trade."
    )
    top.add_argument("--version", action="version", version=f"slipstream {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, run: Any, text: str, epilog: str | None = None) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, parents=[common], help=text, description=text[0].upper() + text[1:] + ".", epilog=epilog
        )
        made.set_defaults(run=run)
        return made

    made = add("up", run_up, "start the plant, or what of it is not running")
    made.add_argument("--page", action="store_true", help="also serve the scorecard page")
    add("down", run_down, "stop the plant")
    made = add("status", run_status, "show the plant's processes; exit code 1 unless all are running and answer")
    made.add_argument("--json", action="store_true", help="print JSON")
    made = add("replay", run_replay, "publish captured market data files")
    made.add_argument(
        "files", nargs="+", metavar="FILE", type=Path, help="recordings, or raw captures of Binance, in order"
    )
    made.add_argument(
        "--speed",
        type=sources.speed,
        default=None,
        help="times real time, 0 is as fast as possible (default: feed.speed)",
    )
    made = add(
        "record", run_record, "keep the raw streams of venues in files, until Ctrl-C; nothing is published",
        epilog="Example: slipstream record binance=BTCUSDT kraken=BTC/USD --to captures",
    )  # fmt: skip
    made.add_argument("venues", nargs="+", metavar="VENUE=SYMBOL,…", help="VENUE is one of " + ", ".join(VENUES))
    made.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder for the files")
    made = add("feed", run_feed, "publish the simulated market, or another source")
    made.add_argument(
        "--speed",
        type=sources.speed,
        default=None,
        help="times real time, 0 is as fast as possible (default: feed.speed)",
    )
    sources.add(made, make=None)
    made.add_argument("--seconds", type=float, default=600.0, help="length of the session in event time (default 600)")
    made.add_argument("--seed", type=int, default=None, help="seed of the market (default: feed.seed)")
    made = add(
        "query", run_query, "evaluate q in a process and print what its console would print",
        epilog="Example: slipstream query gateway 'select count i by sym from trade'",
    )  # fmt: skip
    made.add_argument("process", help=f"{', '.join(TARGETS)}, or HOST:PORT")
    made.add_argument("q", nargs="+", help="the expression")
    made.add_argument(
        "--timeout", type=float, default=60.0, metavar="S", help="seconds to wait for the answer (default 60)"
    )
    add("eod", run_eod, "end the day: roll the log, write the HDB partition, reload")
    made = add("archive", run_archive, "write days of the HDB to the lake as Parquet, verified")
    made.add_argument(
        "dates", nargs="*", type=sources.date, metavar="DATE", help="YYYY-MM-DD (default: every date of the HDB)"
    )
    made.add_argument("--force", action="store_true", help="write again what is already there and verifies")
    made = add(
        "backfill", run_backfill, "merge late rows from CSV or Parquet files into the days they belong to",
        epilog="A file that was merged before is not merged again. Example: slipstream backfill trade late.csv",
    )  # fmt: skip
    made.add_argument("table", help="table of the schema")
    made.add_argument("files", nargs="+", metavar="FILE", type=Path, help="CSV with a header, or Parquet")
    made.add_argument(
        "--replace", metavar="COLUMN,…", default="",
        help="key columns: rows of the day that agree with a row of the file in these are replaced, such as --replace sym,venue,seq",
    )  # fmt: skip
    made = add(
        "fill", run_fill, "show columns and tables that partitions lack because they were added later",
        epilog="A running plant fills them by itself after a roll.",
    )  # fmt: skip
    made.add_argument("--apply", action="store_true", help="write them: null, and empty; without it nothing is written")
    made = add(
        "column", run_column, "show old partitions whose column is not as the schema has it any more: dropped, renamed, of another type",
        epilog="Change the schema first. Example: slipstream column rename trade px price --apply",
    )  # fmt: skip
    made.add_argument("what", choices=("drop", "rename", "retype"), help="what the schema has done to it")
    made.add_argument("table", help="table of the schema")
    made.add_argument("column", help="column as partitions have it")
    made.add_argument("new", nargs="?", default="", help="its name in the schema, for rename")
    made.add_argument("--apply", action="store_true", help="do it; without it nothing is changed")
    made = add("rebuild", run_rebuild, "write a day's partition anew from its log")
    made.add_argument("date", type=sources.date, metavar="DATE", help="YYYY-MM-DD")
    made.add_argument("--force", action="store_true", help="even though rows were merged into it, which are lost then")
    made = add("restore", run_restore, "write a day's partition from the lake, verified")
    made.add_argument("date", type=sources.date, metavar="DATE", help="YYYY-MM-DD")
    made.add_argument("--force", action="store_true", help="replace a partition that is there")
    made = add("retention", run_retention, "show what is past its days (see retention in the configuration)")
    made.add_argument("--apply", action="store_true", help="delete what may go; without it nothing is deleted")
    made = add(
        "tca", run_tca, "compute every figure of the catalogue from files, without a plant",
        epilog="Files are CSV or Parquet; times ISO-8601 or integer nanoseconds since 1970. Columns: quotes time,sym,venue,bid,ask,"
        "bsize,asize,state; trades time,sym,venue,price,size; orders time,sym,id,parent,event,side,qty,price,algo,broker,trader,venue; "
        "fills time,sym,execid,refid,kind,order,side,qty,price,venue,liquidity,fee. docs/tca.md says what is required and what "
        "each figure means.",
    )  # fmt: skip
    made.add_argument("--quotes", type=Path, required=True, metavar="FILE", help="quotes")
    made.add_argument("--trades", type=Path, metavar="FILE", help="public trades, for VWAP, PWP and participation")
    made.add_argument(
        "--orders", type=Path, required=True, metavar="FILE", help="parent and child orders and their events"
    )
    made.add_argument("--fills", type=Path, required=True, metavar="FILE", help="executions, busts and corrections")
    made.add_argument(
        "--asof",
        type=_time,
        default=None,
        metavar="T",
        help="leave out what came after (default: just after the last row)",
    )
    made.add_argument(
        "--out", choices=("json", "csv", "parquet", "table"), default="table", help="form of the result (default table)"
    )
    made.add_argument(
        "--table", default="parents", metavar="NAME",
        help="which table csv and parquet write to the output: parents (default), fills, children, markouts, responses, "
        "segments, switches, breakdown, curves, leak, leakby, figures, model or problems",
    )  # fmt: skip
    made.add_argument("--to", type=Path, metavar="DIR", help="write every table to a folder instead of the output")
    made.add_argument(
        "--horizons", type=_spans, default=(), metavar="LIST", help="of markouts and responses, as 1ms,45ms,1s,5min"
    )
    made.add_argument(
        "--stale", type=_span, default=None, metavar="T", help="age at which a quote counts no more (default 2s)"
    )
    made.add_argument(
        "--index",
        default="",
        metavar="SYM",
        help="symbol in the quotes whose return, times beta, is taken out of the leakage test and of a switch's saving",
    )
    made.add_argument(
        "--reference",
        type=Path,
        metavar="FILE",
        help="sym,adv,sigma,shares,cap,currency: for expected cost, %%ADV and --base",
    )
    made.add_argument(
        "--history",
        type=Path,
        metavar="FILE",
        help="parents that an earlier run wrote: what peers cost (default: this run's own)",
    )
    made.add_argument("--calibrate", action="store_true", help="fit the cost models to --history")
    made.add_argument(
        "--base",
        default="",
        metavar="CCY",
        help="give currency figures in this currency too, at the FX mid of each arrival",
    )
    made.add_argument("--dark", type=_names, default=(), metavar="LIST", help="venues that are dark, as A,B")
    made.add_argument(
        "--trail", action="store_true",
        help="as the live plant has them: the leakage test (events against earlier moments alone, since each parent's last switch), the slippage's interval",
    )  # fmt: skip
    made.add_argument(
        "--preopen", choices=("mid", "auction"), default="mid",
        help="what a parent that came before the market is held against: the first mid (default) or the opening print",
    )  # fmt: skip
    made.add_argument(
        "--day", type=_span, default=None, metavar="T", help="length of a trading day, for expected cost (default 6.5h)"
    )
    made.add_argument(
        "--weight", choices=("notional", "equal"), default="notional",
        help="means over fills weighted by notional (default), or each fill alike",
    )  # fmt: skip
    made.add_argument("--without-cancelled", action="store_true", help="what was cancelled is no opportunity cost")
    made = add(
        "faults", run_faults, "strike a plant of real processes at random moments and count every row afterwards"
    )
    made.add_argument(
        "--seeds", type=_count, default=10, metavar="N", help="how many seeds (default 10, about 15 s each)"
    )
    made.add_argument("--first", type=int, default=1, metavar="SEED", help="the first seed (default 1)")
    made = add(
        "nulls", run_nulls, "repeat the runs that the leakage test has to pass: tapes on which nothing leaks, and one with 0.10 bp",
        epilog="alarm is the share of runs with t>1.645 (nominal 5%), zero the same without controls, iid without clusters, looks the share "
        "of runs in which t>2.8 at any of the looks from the 30th event on. Exit code 1 if a bound of docs/tca.md does not hold.",
    )  # fmt: skip
    made.add_argument("--runs", type=_count, default=400, help="runs of each tape (default 400, some minutes)")
    made.add_argument("--seed", type=_count, default=1, help="first seed (default 1)")
    made.add_argument(
        "--live",
        action="store_true",
        help="by the arithmetic of the real-time engine: earlier moments of the same day alone",
    )
    made = add("demo", run_demo, "a whole day in its own folder: market, orders over FIX, roll, archive, totals")
    made.add_argument(
        "--capture",
        nargs="+",
        type=Path,
        metavar="FILE",
        default=[],
        help="use real captures instead of the simulated market",
    )
    made.add_argument(
        "--story",
        choices=("tech", "sim"),
        default="tech",
        help="what to play without captures: tech, the case study in the simulated market (default); sim, ten minutes over midnight that nobody's orders move",
    )
    made.add_argument("--speed", type=sources.speed, default=None, help="times real time, 0 is as fast as possible")
    made.add_argument("--exit", action="store_true", help="end when done instead of serving the page until Ctrl-C")
    made.add_argument(
        "--resume", action="store_true", help="take up the session that is there, whatever became of its processes"
    )
    made = add(
        "switch", run_switch, "propose to the EMS to have a parent order worked by another algo, as a trader does on the page",
        epilog="It is an action of the API: once for a key, of an order that one sees, in the audit. The simulated EMS of the demonstration sends 35=G for the "
        "parent. Example, while `slipstream demo` runs: slipstream switch TECH-1 passive --clip 700 "
        "--patience 30 --gap 6",
    )  # fmt: skip
    made.add_argument("parent", metavar="PARENT", help="ClOrdID of the parent")
    made.add_argument("algo", choices=("pov", "vwap", "twap", "iceberg", "passive"))
    made.add_argument("--clip", type=float, default=0.0, help="quantity of a child; for iceberg what it shows")
    made.add_argument("--patience", type=float, default=10.0, help="seconds that a child rests (default 10)")
    made.add_argument("--gap", type=float, default=10.0, help="for passive: mean seconds between children (default 10)")
    made.add_argument("--rate", type=float, default=0.1, help="for pov: share of the volume (default 0.1)")
    made.add_argument(
        "--who",
        default="",
        help="in whose name, with that user's rows and scopes (default: whoever sits at this machine)",
    )
    made.add_argument("--reason", default="", help="why")
    made.add_argument(
        "--key", default="", help="idempotency key: the same again is the same switch (default: a new one)"
    )
    made.add_argument("--wait", type=float, default=10.0, help="seconds to wait for the EMS's answer (default 10)")
    made = add("doctor", run_doctor, "say which engine is used and why, and check versions, ports, disk and licence")
    made.add_argument("--json", action="store_true", help="print JSON")
    add("page", run_page, "serve the scorecard page in the foreground")
    made = add(
        "report", run_report, "make the end-of-day report: HTML, PDF and Parquet, into the lake, sent by configuration"
    )
    made.add_argument("date", type=sources.date, metavar="DATE", help="trading day, such as 2025-06-11")
    made.add_argument("--desk", default="all", help="one desk of the entitlement rules (default all)")
    made.add_argument("--no-lake", action="store_true", help="do not write into the lake")
    made.add_argument("--no-send", action="store_true", help="send it to nobody")
    made = add("user", run_user, "people who may log in at the page: add, passwd, list, remove")
    made.add_argument("what", choices=("add", "passwd", "list", "remove"))
    made.add_argument("name", nargs="?", help="the user's name")
    made.add_argument(
        "--role", default="trader", choices=("trader", "head", "quant", "operator"), help="(default trader)"
    )
    made.add_argument("--no-password", action="store_true", help="for login by an identity provider")
    made.add_argument(
        "--sees",
        action="append",
        default=[],
        metavar="KIND:NAME",
        help="whose orders: trader:KIM, account:GROWTH, desk:us, parent:P1, or all; may be repeated, and `slipstream api allow` adds more. "
        "Without it there are none to see",
    )
    add("route", run_route, "tell recipients of alerts in the foreground, as the configuration says (docs/alerts.md)")
    made = add(
        "alerts", run_alerts, "show the alerts as they stand, or do something about one",
        epilog="Examples: slipstream alerts; slipstream alerts 3f1c0a9be2d84477 ack --note 'calling the broker'; "
        "slipstream alerts 3f1c0a9be2d84477 snooze --minutes 10",
    )  # fmt: skip
    made.add_argument("alert", nargs="?", metavar="ALERT", help="id of an alert; without it all are shown")
    made.add_argument("action", nargs="?", choices=("ack", "snooze", "note", "reopen"), default="ack")
    made.add_argument("--minutes", type=float, metavar="MINUTES", help="how long it is snoozed")
    made.add_argument("--note", default="", metavar="TEXT", help="what is said of it")
    made.add_argument("--who", metavar="USER", help="who does it (default: the user of this process)")
    api_commands.register(add, _config)
    add("capture", run_capture, "capture the FIX drop copy sessions in the foreground")
    made = add(
        "sniff", run_sniff, "decode FIX from log files, packet captures and network interfaces",
        epilog="Log files: SOH, | or what else stands between fields, gzip. Packet captures: pcap, pcapng. Without --publish and --out only "
        "the totals are shown. Example: slipstream sniff --out orders FIX.4.4-CLIENT-BROKER.messages.current.log",
    )  # fmt: skip
    made.add_argument("sources", nargs="+", metavar="SOURCE", help="file, or name of an interface (needs CAP_NET_RAW)")
    made.add_argument("--follow", action="store_true", help="go on with what files grow by, until Ctrl-C")
    made.add_argument(
        "--publish", action="store_true", help="send the rows to the tickerplant, each once however often it is run"
    )
    made.add_argument(
        "--out", type=Path, metavar="DIR", help="write orders, fills, fixraw and dq as Parquet to a folder"
    )
    made.add_argument("--unchecked", action="store_true", help="decode messages of wrong length or checksum too")
    made.add_argument(
        "--port",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="only TCP connections with this port; may be repeated",
    )
    made.add_argument("--json", action="store_true", help="print the totals as JSON")
    add("session", run_session, "play the demonstration's session in the foreground, in a plant that runs")
    return top


# ---- commands


def run_up(options: argparse.Namespace) -> int:
    """`slipstream up`"""
    config = _config(options)
    console = _console()
    for theirs, record in _demonstrations(options, config):
        from slipstream.demo.front import take_up

        _bring_up(console, take_up(theirs, record))
        console.print(
            f"the demonstration in {theirs.var_dir} goes on; `slipstream demo --resume` shows it", soft_wrap=True
        )
        if theirs.var_dir == config.var_dir:
            return 0
    _bring_up(console, _plant(options, config, page=options.page))
    return 0


def _bring_up(console: Console, plant: Supervisor) -> None:
    with console.status("starting") as status:
        plant.up(lambda name, what: status.update(f"{name} {what}"))
    _print_status(console, plant)


def run_down(options: argparse.Namespace) -> int:
    """`slipstream down`"""
    config = _config(options)
    stopped = _plant(options, config, page=True, session=True).down()
    for theirs, record in _demonstrations(options, config):
        from slipstream.demo.record import shown
        from slipstream.operate import supervisor

        if not shown(theirs.var_dir):
            stopped |= supervisor(theirs, page=True, session=True, flags=record.flags).down()
    print("stopped" if stopped else "nothing was running")
    return 0


def run_status(options: argparse.Namespace) -> int:
    """`slipstream status`"""
    plant = _plant(options, _config(options), page=True, session=True)
    found = [s for s in plant.status() if not _left_out(s)]
    if options.json:
        print(
            json.dumps(
                [{"name": s.name, "state": s.state, "pid": s.pid, "port": s.port, "ready": s.ready} for s in found]
            )
        )
    else:
        _print_status(_console(), plant)
        if any(s.name == "gateway" and s.ready for s in found):
            for check, lamp, detail in _data_checks(plant.config):
                print(f"data: {check} {lamp}{f': {detail}' if detail else ''}")
    return 0 if all(s.good for s in found) else 1


def run_query(options: argparse.Namespace) -> int:
    """`slipstream query`"""
    config = _config(options)
    with _client(config, options.process, timeout_s=options.timeout) as client:
        sys.stdout.write(client.text(" ".join(options.q)))
    return 0


def run_eod(options: argparse.Namespace) -> int:
    """`slipstream eod`"""
    from slipstream.operate import end_of_day

    day = end_of_day(_config(options))
    print(f"{day}: ended")
    return 0


def run_replay(options: argparse.Namespace) -> int:
    """`slipstream replay`"""
    _check_files(options.files)
    from slipstream.feed.venues import replayed

    config = _config(options)
    with _quarantine(config) as quarantine:
        feed = replayed(options.files, publication=sources.publication(config, options), quarantine=quarantine)
        return _play(config, feed, _chosen_speed(options, config))


def run_record(options: argparse.Namespace) -> int:
    """`slipstream record`"""
    from slipstream.feed.venues import record

    config = _config(options)
    options.record = options.to
    with _quarantine(config) as quarantine:
        feed = sources.live(config, options, quarantine, sources.wanted(options.venues))
        with _console().status("recording") as status:
            report = record(feed, lambda text: status.update(text))
    print("\n".join(report))
    return 0


def run_feed(options: argparse.Namespace) -> int:
    """`slipstream feed`"""
    from slipstream.feed.sim import SimFeed

    config = _config(options)
    if options.make is not None:
        with _quarantine(config) as quarantine:
            return _play(config, options.make(config, options, quarantine), _chosen_speed(options, config))
    seed = config.feed.seed if options.seed is None else options.seed
    start = time.time_ns()
    return _play(config, SimFeed(seed=seed, start_ns=start, duration_s=options.seconds), _chosen_speed(options, config))


def run_archive(options: argparse.Namespace) -> int:
    """`slipstream archive`"""
    from rich.progress import Progress

    from slipstream.operate import archive

    config = _config(options)
    with Progress(console=_console(), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def progress(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = bar.add_task(table, total=total)
            bar.update(tasks[table], completed=done, total=total)

        results = archive(config, options.dates, force=options.force, progress=progress)
    for result in results:
        note = " (was there already)" if result.skipped else ""
        print(f"{result.day}: " + ", ".join(f"{table} {rows}" for table, rows in result.rows.items()) + note)
    if not results:
        print("the HDB has no dates")
    return 0


def run_backfill(options: argparse.Namespace) -> int:
    """`slipstream backfill`"""
    _check_files(options.files)
    from rich.progress import Progress

    from slipstream.backfill import backfill

    with Progress(
        *Progress.get_default_columns(),
        "{task.completed} rows",
        console=_console(),
        transient=True,
        disable=not sys.stdout.isatty(),
    ) as bar:
        tasks = {file: bar.add_task(file.name, total=None) for file in options.files}
        merged = backfill(
            _config(options),
            options.table,
            options.files,
            replace=[name for name in options.replace.split(",") if name],
            progress=lambda file, rows: bar.update(tasks[file], completed=rows),
        )
    for part in merged:
        print(f"{part.date}: {part.table} {part.rows}" + (f", {part.replaced} replaced" if part.replaced else ""))
    if not merged:
        print("nothing new: these files were merged before, or have no rows")
    return 0


def run_fill(options: argparse.Namespace) -> int:
    """`slipstream fill`"""
    from slipstream.backfill import fill

    found = fill(_config(options), apply=options.apply)
    word = "filled" if options.apply else "missing"
    for day, table, column in found:
        print(f"{day}: {table} {column or '(the table)'} {word}")
    if not found:
        print("nothing is missing")
    return 0


def run_column(options: argparse.Namespace) -> int:
    """`slipstream column`"""
    from slipstream.backfill import change

    found = change(_config(options), options.what, options.table, options.column, options.new, apply=options.apply)
    word = "changed" if options.apply else "would be changed"
    for day, rows in found:
        print(f"{day}: {options.table} {options.column}, {rows} rows, {word}")
    if not found:
        print(f"no partition has a column {options.column} of {options.table} to {options.what}")
    return 0


def run_rebuild(options: argparse.Namespace) -> int:
    """`slipstream rebuild`"""
    from slipstream.backfill import rebuild

    rows = rebuild(_config(options), options.date, force=options.force)
    print(f"{options.date}: " + ", ".join(f"{table} {n}" for table, n in rows.items()))
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """`slipstream restore`"""
    from slipstream.backfill import restore

    rows = restore(_config(options), options.date, force=options.force)
    print(f"{options.date}: " + ", ".join(f"{table} {n}" for table, n in rows.items()))
    return 0


def run_retention(options: argparse.Namespace) -> int:
    """`slipstream retention`"""
    from slipstream.retention import Item, apply, plan

    config = _config(options)
    if not (config.retention.hdb_days or config.retention.log_days):
        print("everything is kept for ever: retention.hdb_days and retention.log_days are 0")
        return 0
    items = plan(config, dt.datetime.now(dt.UTC).date())

    def show(item: Item) -> None:
        fate = f"kept: {item.keep}" if item.keep else ("deleted" if options.apply else "would be deleted")
        print(f"{item.day} {item.what:<9} {item.size / 1e6:10.1f} MB  {fate}")

    if options.apply:
        freed = apply(config, items, done=show)
    else:
        for item in items:
            show(item)
        freed = sum(item.size for item in items if not item.keep)
    print(f"{freed / 1e6:.1f} MB {'freed' if options.apply else 'would be freed'}")
    return 0


def run_tca(options: argparse.Namespace) -> int:
    """`slipstream tca`"""
    from slipstream.tca import batch, present

    if options.to is not None and options.out == "table":
        raise ConfigError("command line", "--to", "--out json, csv or parquet; a table is printed", found=False)
    if options.table not in batch.TABLES:
        raise ConfigError("command line", f"--table {options.table}", f"one of {', '.join(batch.TABLES)}", found=False)
    figures = batch.compute(
        options.quotes,
        options.orders,
        options.fills,
        options.trades,
        asof=options.asof,
        horizons=options.horizons,
        stale=options.stale,
        index=options.index,
        base=options.base,
        reference=options.reference,
        history=options.history,
        calibrate=options.calibrate,
        dark=options.dark,
        trail=options.trail,
        preopen=options.preopen,
        day=options.day,
        weight=options.weight,
        cancelled=not options.without_cancelled,
        engine=_config(options).engine,
    )
    if options.to is not None:
        for path in present.write(figures, options.to, options.out):
            print(path)
    elif options.out == "table":
        present.as_text(figures, _console(), options.table)
    elif options.out == "json":
        print(present.as_json(figures))
    else:
        render = present.as_csv if options.out == "csv" else present.as_parquet
        sys.stdout.buffer.write(render(figures, options.table))
    return 0


def run_faults(options: argparse.Namespace) -> int:
    """`slipstream faults`"""
    from rich.progress import Progress

    from slipstream.faults import Report, run

    config = _config(options)
    seeds = range(options.first, options.first + options.seeds)
    with Progress(console=_console(), transient=True, disable=not sys.stdout.isatty()) as bar:
        task = bar.add_task("seeds", total=len(seeds))

        def progress(seed: int, so_far: Report) -> None:
            bar.advance(task)
            if bar.disable:
                print(f"seed {seed}: {so_far.summary()}", file=sys.stderr, flush=True)

        report = run(config.var_dir / "faults", seeds, engine=config.engine, progress=progress)
    for kind, count in sorted(report.faults.items()):
        print(f"{count:>8}  {kind}" + (f" ({report.means[kind]})" if kind in report.means else ""))
    for kind in sorted(set(report.means) - set(report.faults)):
        print(f"{0:>8}  {kind} ({report.means[kind]})")
    print(f"{report.seeds:>8}  seeds")
    print(f"{report.acknowledged:>8}  rows acknowledged")
    print(f"{report.refused:>8}  batches refused with an error and sent again")
    print(f"{report.quarantined:>8}  rows damaged in the log by us, reported and kept beside it")
    for word, count in (
        ("lost", report.lost),
        ("doubled", report.doubled),
        ("altered", report.altered),
        ("symbols out of order", report.disordered),
    ):
        print(f"{count:>8}  {word}")
    for problem in report.problems:
        _complain(problem)
    return 0 if report.clean else 1


def run_nulls(options: argparse.Namespace) -> int:
    """`slipstream nulls`"""
    from slipstream.tca import nulls

    shape = "{:<12}" + "{:>9}" * (len(nulls.COLUMNS) - 1) + "  {}"
    print(shape.format(*nulls.COLUMNS, "bound"))
    good = True
    for outcome in nulls.run(options.runs, options.seed, _config(options).engine, live=options.live):
        good &= outcome.good
        cells = [f"{v:.1%}" if isinstance(v, float) else str(v) for v in outcome.cells]
        print(shape.format(*cells, outcome.bound + ("" if outcome.good else "  NOT MET")).rstrip(), flush=True)
    return 0 if good else 1


def run_demo(options: argparse.Namespace) -> int:
    """`slipstream demo`"""
    _check_files(options.capture)
    from slipstream.demo import record
    from slipstream.demo.front import resume, run

    captures, story = options.capture, options.story
    if options.resume:
        found = record.load(_config(options, "demo.yaml").var_dir)
        if found is not None:
            captures, story = found.captures, found.story
    config = _config(options, "demo.yaml", *(["tech.yaml"] if story == "tech" and not captures else []))
    if options.resume:
        return resume(config, leave=options.exit)
    flags = _flags(config.files, options.overrides)
    return int(
        run(config, captures=options.capture, story=options.story, speed=options.speed, leave=options.exit, flags=flags)
    )


def run_switch(options: argparse.Namespace) -> int:
    """`slipstream switch`"""
    from slipstream.scorecard.switching import switch

    asked, took = _config(options), True
    # that of the configuration, or of each demonstration that is being played
    configs = [theirs for theirs, record in _demonstrations(options, asked) if record.phase == "play"] or [asked]
    parameters = {"clip": options.clip, "patience_s": options.patience, "gap_s": options.gap, "rate": options.rate}
    for config in configs:
        api = _api(config)
        try:
            took &= switch(
                config, api, options.parent, options.algo, parameters,
                who=options.who, key=options.key, reason=options.reason, wait_s=options.wait,
            )  # fmt: skip
        finally:
            api.stop()
    return 0 if took else 1


def run_doctor(options: argparse.Namespace) -> int:
    """`slipstream doctor`"""
    from slipstream.plant.doctor import Finding, examine

    config = _config(options)
    findings = examine(config)
    if any(f.subject == "gateway" and f.good for f in findings):
        findings += [
            Finding(f"data: {check}", lamp == "green", detail or "nothing is wrong with it")
            for check, lamp, detail in _data_checks(config)
        ]
    if options.json:
        print(json.dumps([{"subject": f.subject, "good": f.good, "text": f.text} for f in findings]))
    else:
        console = _console()
        for finding in findings:
            mark = "[green]ok  [/]" if finding.good else "[red]FAIL[/]"
            console.print(f"{mark} [bold]{finding.subject:<12}[/] {finding.text}", highlight=False, soft_wrap=True)
    return 0 if all(finding.good for finding in findings) else 1


def run_page(options: argparse.Namespace) -> int:
    """`slipstream page`"""
    from slipstream.scorecard import serve

    config = _config(options)
    print(f"{'https' if config.api.certificate else 'http'}://{config.scorecard.host}:{config.ports.scorecard}")
    serve(config, api=_api(config))
    return 0


def run_route(options: argparse.Namespace) -> int:
    """`slipstream route`"""
    import signal
    import threading

    from slipstream.alerts.router import follow
    from slipstream.operate import connect

    config = _config(options)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with connect(config, "gateway") as gateway, connect(config, "tickerplant") as tickerplant:
        follow(config.alerts, gateway, tickerplant, stop)
    return 0


def run_alerts(options: argparse.Namespace) -> int:
    """`slipstream alerts`"""
    from slipstream.alerts.desk import Desk, lines
    from slipstream.operate import connect

    config = _config(options)
    with connect(config, "gateway") as gateway, connect(config, "tickerplant") as tickerplant:
        desk = Desk(gateway, tickerplant)
        if options.alert is None:
            for line in lines(desk.alerts()):
                print(line)
            return 0
        who = options.who or getpass.getuser()
        found = desk.act(options.alert, options.action, who, "cli", note=options.note, minutes=options.minutes)
    print(f"{found['id']} {found['state']}")
    return 0


def run_report(options: argparse.Namespace) -> int:
    """`slipstream report`"""
    from slipstream import report

    made = report.run(
        _config(options), options.date, desk=options.desk, lake=not options.no_lake, send=not options.no_send
    )
    for file in made.files:
        print(file)
    if made.lake:
        print(f"{len(made.lake)} files in the lake, below reports/")
    if made.sent:
        print(f"sent to {', '.join(made.sent)}")
    return 0


def run_user(options: argparse.Namespace) -> int:
    """`slipstream user`"""
    from slipstream.api.store import RULE_KINDS, Store

    store = Store(_config(options).api_dir)
    try:
        if options.what == "list":
            for account in store.accounts():
                if account.kind == "user":
                    print(f"{account.name} {account.role}{' (removed)' if account.disabled else ''}")
            return 0
        if not options.name:
            print("slipstream: expected a name", file=sys.stderr)
            return 2
        if options.what == "remove":
            store.disable(options.name)
        elif options.what == "passwd":
            store.set_password(options.name, _new_password())
        else:
            rules = [text.partition(":")[::2] for text in options.sees]
            for kind, _ in rules:
                if kind not in RULE_KINDS:
                    raise AuthError(f"--sees {kind}: expected one of {', '.join(RULE_KINDS)}")
            store.add_user(options.name, "" if options.no_password else _new_password(), options.role)
            for kind, value in rules:
                store.allow(options.name, kind, value)
    finally:
        store.close()
    return 0


def _new_password() -> str:
    """A password that somebody types twice, or the first line of the standard input where that is no terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("password (at least 12 characters): ")
    if getpass.getpass("again: ") != first:
        raise AuthError("the two differ")
    return first


def _api(config: Config) -> Any:
    """The API, with the demonstration's EMS where one is played."""
    from slipstream.api.app import build
    from slipstream.demo.stories import DemoEms

    return build(config, ems=DemoEms(config))


def run_capture(options: argparse.Namespace) -> int:
    """`slipstream capture`"""
    import signal
    import threading

    from slipstream.orderflow import capture

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    capture(_config(options), stop)
    return 0


def run_sniff(options: argparse.Namespace) -> int:
    """`slipstream sniff`"""
    import signal
    import threading

    from slipstream.orderflow import lines, sniff

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    report = sniff(
        _config(options),
        options.sources,
        stop,
        follow=options.follow,
        publish=options.publish,
        out=options.out,
        checked=not options.unchecked,
        ports=options.port,
    )
    print(json.dumps(report.as_dict()) if options.json else "\n".join(lines(report)))
    return 0


def run_session(options: argparse.Namespace) -> int:
    """`slipstream session`"""
    from slipstream.demo.day import drive

    return drive(_config(options))


# ---- shared


def _config(options: argparse.Namespace, *shipped: str) -> Config:
    from slipstream import paths

    files = [*(paths.home() / "configs" / name for name in shipped), *options.config]
    return load_config(*files, overrides=dict(parse_override(text) for text in options.overrides))


def _data_checks(config: Config) -> list[tuple[str, str, str]]:
    """What the gateway says of the data; why it does not, where it does not."""
    from slipstream.operate import checks

    try:
        return checks(config)
    except EngineError as error:
        return [("gateway", "unknown", str(error))]


def _check_files(files: Sequence[Path]) -> None:
    for file in files:
        if not file.is_file():
            raise ConfigError("command line", str(file), "a file", found=False)


def _flags(files: Sequence[str | Path], overrides: Sequence[str]) -> list[str]:
    """Options by which another process, in another folder, finds the same configuration."""
    found = [part for name in files for part in ("--config", str(Path(name).resolve()))]
    return found + [part for text in overrides for part in ("--set", text)]


def _plant(options: argparse.Namespace, config: Config, *, page: bool, session: bool = False) -> Supervisor:
    from slipstream.operate import supervisor

    return supervisor(config, page=page, session=session, flags=_flags(options.config, options.overrides))


def _demonstrations(options: argparse.Namespace, config: Config) -> list[tuple[Config, Record]]:
    """Sessions of a demonstration that go on: one in the plant's own folder; without options, also the demonstration's."""
    from slipstream.demo.record import load

    plain = not (options.config or options.overrides)
    places = [config, *([_config(options, "demo.yaml")] if plain else [])]
    found = []
    for place in places:
        record = load(place.var_dir)
        if record is not None and record.goes_on:
            # with what it was started with
            theirs = parser().parse_args(["up", *record.flags, "--set", f"var={place.var_dir}"])
            found.append((_config(theirs), record))
    return found


def _client(config: Config, process: str, *, timeout_s: float) -> Client:
    from slipstream.operate import connect

    if process in TARGETS:
        return connect(config, process, timeout_s=timeout_s)
    host, sep, port = process.rpartition(":")
    if not sep or not port.isdigit():
        raise ConfigError("command line", process, f"one of {', '.join(TARGETS)}, or HOST:PORT", found=False)
    from slipstream.engine.client import Client

    return Client(host or "127.0.0.1", int(port), user=config.user, password=config.password, timeout_s=timeout_s)


def _play(config: Config, feed: Any, speed: float) -> int:
    import signal

    from slipstream.operate import play

    console = _console()
    stop = getattr(feed, "stop", None)
    if stop is not None:
        # a live feed has its own pace, and ends in order when told to
        speed = 0.0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop())
    with console.status("publishing") as status:
        name = getattr(feed, "ledger", "")
        ledger = config.var_dir / "feed" / name if name else None
        kept = getattr(feed, "marks", "")
        marks = config.var_dir / "feed" / kept if kept else None
        report = play(
            config, feed, speed=speed, ledger=ledger, marks=marks, on_progress=lambda text: status.update(text)
        )
    for line in report:
        print(line)
    return 0


def _quarantine(config: Config) -> Any:
    from slipstream.feed.base import Quarantine

    return Quarantine(config.var_dir / "quarantine" / "feed.tsv")


def _chosen_speed(options: argparse.Namespace, config: Config) -> float:
    return float(config.feed.speed if options.speed is None else options.speed)


def _print_status(console: Console, plant: Supervisor) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("process", "state", "answers", "pid", "address", "up"):
        table.add_column(title)
    for s in plant.status():
        if _left_out(s):
            continue
        colour = "green" if s.good else "red"
        age = _age(time.time() - s.since) if s.pid else ""
        table.add_row(
            s.name,
            f"[{colour}]{s.state}[/]",
            "yes" if s.ready else "no",
            str(s.pid or ""),
            f"{plant.config.host}:{s.port}" if s.port else "",
            age,
        )
    console.print(table)


def _left_out(status: Status) -> bool:
    """What need not be there, and is not."""
    return status.name in ("scorecard", "capture", "session") and status.state in ("DOWN", "STOPPED")


def _age(seconds: float) -> str:
    whole = max(int(seconds), 0)
    return f"{whole}s" if whole < 120 else f"{whole // 60}m" if whole < 7200 else f"{whole // 3600}h"


def _console() -> Console:
    from rich.console import Console

    return Console()


def _complain(text: str) -> None:
    print(f"slipstream: {text}", file=sys.stderr)


def _count(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 1_000_000_000:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _time(text: str) -> Any:
    from slipstream.tca.files import parse_time

    try:
        return parse_time(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"expected a time as ISO-8601 or integer nanoseconds since 1970, got {text!r}"
        ) from None


_SPAN_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "min": 60_000_000_000, "h": 3_600_000_000_000}


def _span(text: str) -> Any:
    import re

    import numpy as np

    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ns|us|ms|s|min|h)", text.strip())
    if not found or float(found[1]) <= 0:
        raise argparse.ArgumentTypeError(f"expected a span such as 25ms, 2s or 5min, got {text!r}")
    return np.timedelta64(round(float(found[1]) * _SPAN_NS[found[2]]), "ns")


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]


def _spans(text: str) -> list[Any]:
    return [_span(part) for part in text.split(",")]
