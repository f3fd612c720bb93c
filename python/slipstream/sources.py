"""
The sources of `slipstream feed SOURCE`: one function each, which adds its options and says how to make the feed of them.

A source sets `make` to a function of the configuration, the options and a quarantine that returns a `Feed`.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slipstream.config import Config
from slipstream.feed.base import Feed, Quarantine

Make = Callable[[Config, argparse.Namespace, Quarantine], Feed]


def add(parser: argparse.ArgumentParser, *, make: Make | None) -> None:
    """
    Add the sources to the parser of `slipstream feed`.

    Args:
        parser: of the command.
        make: of the command when no source is named.
    """
    parser.set_defaults(make=make)
    commands = parser.add_subparsers(title="sources (default: the simulated market)", metavar="SOURCE")
    for source in SOURCES:
        source(commands)


def speed(text: str) -> float:
    """A speed on the command line."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number, 0 or more, got {text!r}")
    return value


def date(text: str) -> dt.date:
    """A day on the command line."""
    try:
        return dt.date.fromisoformat(text.replace(".", "-"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected YYYY-MM-DD, got {text!r}") from None


def _source(commands: Any, name: str, make: Make, text: str, epilog: str | None = None) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + ".", epilog=epilog
    )
    made.set_defaults(make=make)
    # what is given before the source's name counts too
    kept = argparse.SUPPRESS
    made.add_argument(
        "--config", metavar="FILE", action="append", help="YAML file over configs/default.yaml", default=kept
    )
    made.add_argument("--set", metavar="KEY=VALUE", action="append", dest="overrides", help="set one key", default=kept)
    made.add_argument(
        "--speed", type=speed, help="times real time, 0 is as fast as possible (default: feed.speed)", default=kept
    )
    return made


def _dbn(commands: Any) -> None:
    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        from slipstream.feed.dbn import DbnFeed

        return DbnFeed(options.files, quarantine=quarantine)

    made = _source(
        commands, "dbn", make, "publish Databento DBN files (versions 1 to 3, .dbn or .dbn.zst), merged by receive time",
        epilog="Example: slipstream feed dbn --speed 0 xnas-itch-20240808.mbo.dbn.zst",
    )  # fmt: skip
    made.add_argument("files", nargs="+", metavar="FILE", type=Path, help="files of any schema")


def _itch(commands: Any) -> None:
    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        from slipstream.feed.itch.source import feed

        return feed(config.feed.itch, options, quarantine)

    made = _source(
        commands, "itch", make, "publish NASDAQ TotalView-ITCH 5.0 from files",
        epilog="Example: slipstream feed itch --speed 0 --file 01302019.NASDAQ_ITCH50.gz",
    )  # fmt: skip
    made.add_argument(
        "--file",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        dest="itch_files",
        help="BinaryFILE, plain or gzip; may be repeated, in order",
    )
    made.add_argument(
        "--date",
        type=date,
        metavar="DATE",
        help="the session's day, YYYY-MM-DD (default: that in the first file's name)",
    )


def _iex(commands: Any) -> None:
    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        from slipstream.feed.iex import IexFeed

        return IexFeed(options.files, quarantine=quarantine)

    made = _source(
        commands, "iex", make, "publish packet captures of IEX TOPS 1.6 or DEEP 1.0 (pcap, pcapng, plain or gzip)",
        epilog="Both protocols tell of the same trades: play one. Example: slipstream feed iex --speed 0 20240808_IEXTP1_DEEP1.0.pcap.gz",
    )  # fmt: skip
    made.add_argument("files", nargs="+", metavar="FILE", type=Path, help="captures, merged by receive time")


SOURCES: tuple[Callable[[Any], None], ...] = (_dbn, _iex, _itch)
