"""
The sources of `slipstream feed SOURCE`: one function each, which adds its options and says how to make the feed of them.

A source sets `make` to a function of the configuration, the options and a quarantine that returns a `Feed`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipstream.config import Config
from slipstream.errors import ConfigError

# what a source needs is imported when it is made: the command line shows its help without numpy
if TYPE_CHECKING:
    from slipstream.feed.base import Feed, Quarantine
    from slipstream.feed.l2 import How, Publication
    from slipstream.feed.venues import LiveFeed

    Make = Callable[[Config, argparse.Namespace, Quarantine], Feed]

VENUES: Mapping[str, str] = {
    "binance": "Binance spot, symbols such as BTCUSDT",
    "binanceum": "Binance USD-M futures, symbols such as BTCUSDT",
    "binancecm": "Binance COIN-M futures, symbols such as BTCUSD_PERP",
    "coinbase": "Coinbase Advanced Trade, symbols such as BTC-USD",
    "coinbase-exchange": "the Coinbase Exchange feed by price levels, symbols such as BTC-USD",
    "coinbase-full": "the Coinbase Exchange feed order by order (needs a key), symbols such as BTC-USD",
    "kraken": "Kraken spot, symbols such as BTC/USD",
    "kraken-full": "Kraken spot order by order (needs a key), symbols such as BTC/USD",
    "kraken-v1": "Kraken spot by version 1 of its API, symbols such as XBT/USD",
}
"""What each is."""


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


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, got {text!r}")
    return host, int(port)


def _addresses(text: str) -> tuple[tuple[str, int], ...]:
    found = tuple(_address(part) for part in text.split(","))
    if len(found) > 2:
        raise argparse.ArgumentTypeError(f"expected one line or two, got {len(found)}")
    return found


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


def _levels(config: Config, feed: Feed, how: How, *, bbo: How = "off", made: bool = False, plain: bool = False) -> Feed:
    """
    A feed of orders, with rows of depth and of the touch where they are wanted.

    Args:
        made: it makes rows of depth by itself.
        plain: it has no orders, and by itself every row of depth.
    """
    from slipstream.feed.levels import LevelsFeed

    if bbo == "off" and how == ("every" if plain else "off"):
        return feed
    every = config.feed.venues.conflate_ms * 1_000_000
    return LevelsFeed(feed, how, bbo=bbo, every_ns=every, max_orders=config.feed.itch.max_orders, made=made or plain)


def _depth(made: argparse.ArgumentParser, default: str) -> None:
    made.add_argument(
        "--depth",
        choices=("every", "conflated", "off"),
        help=f"rows of depth: changes of price levels (default: {default})",
    )


def _bbo(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--bbo", choices=("every", "conflated", "off"), default="off", help="rows of quote from the book (default: off)"
    )


def _dbn(commands: Any) -> None:
    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        from slipstream.feed.dbn import DbnFeed

        feed = DbnFeed(options.files, quarantine=quarantine)
        return _levels(config, feed, options.depth or "off", bbo=options.bbo)

    made = _source(
        commands, "dbn", make, "publish Databento DBN files (versions 1 to 3, .dbn or .dbn.zst), merged by receive time",
        epilog="Example: slipstream feed dbn --speed 0 xnas-itch-20240808.mbo.dbn.zst",
    )  # fmt: skip
    made.add_argument("files", nargs="+", metavar="FILE", type=Path, help="files of any schema")
    _depth(made, "off")
    _bbo(made)


def _itch(commands: Any) -> None:
    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        from slipstream.feed.itch.source import feed

        how: How = options.depth or config.feed.itch.depth
        return _levels(config, feed(config.feed.itch, options, quarantine, depth=how != "off"), how, made=True)

    made = _source(
        commands, "itch", make, "publish NASDAQ TotalView-ITCH 5.0 from files, MoldUDP64 or SoupBinTCP",
        epilog="Examples: slipstream feed itch --speed 0 --file 01302019.NASDAQ_ITCH50.gz; "
        "slipstream feed itch --speed 0 --file lines.pcap.gz; "
        "slipstream feed itch --mold 233.252.0.1:26477,233.252.0.2:26477 --request 192.0.2.1:18300",
    )  # fmt: skip
    made.add_argument(
        "--file", type=Path, metavar="FILE", action="append", default=[], dest="itch_files",
        help="BinaryFILE, or a packet capture of MoldUDP64 or SoupBinTCP (pcap, pcapng), plain or gzip; may be repeated, in order",
    )  # fmt: skip
    made.add_argument(
        "--mold", type=_addresses, metavar="A:PORT[,B:PORT]", default=(),
        help="MoldUDP64: the addresses of one line, or of two with the same packets; multicast groups are joined. With "
        "captures: take packets to these addresses only",
    )  # fmt: skip
    made.add_argument(
        "--request", type=_address, metavar="HOST:PORT", help="server that sends again what both lines lost"
    )
    made.add_argument(
        "--glimpse", type=_address, metavar="HOST:PORT",
        help="GLIMPSE server: join the session with the present book in place of its beginning",
    )  # fmt: skip
    made.add_argument(
        "--soup",
        type=_address,
        metavar="HOST:PORT",
        help="SoupBinTCP server. With captures: take what it sent only (and packets to --mold)",
    )
    made.add_argument(
        "--user",
        default="",
        help="at the SoupBinTCP and the GLIMPSE server; the password is in feed.itch.password_env or password_file",
    )
    made.add_argument("--session", default="", help="SoupBinTCP session (default: the server's present one)")
    made.add_argument(
        "--date",
        type=date,
        metavar="DATE",
        help="the session's day, YYYY-MM-DD (default: that in the first file's name, or of a capture's first packet; live, today at the venue)",
    )
    made.add_argument(
        "--record", type=Path, metavar="DIR", help="also keep what comes by --mold or --soup, as a packet capture there"
    )  # fmt: skip
    _depth(made, "feed.itch.depth")


def _iex(commands: Any) -> None:
    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        from slipstream.feed.iex import IexFeed

        feed = IexFeed(options.files, quarantine=quarantine)
        return _levels(config, feed, options.depth or "every", bbo=options.bbo, plain=True)

    made = _source(
        commands, "iex", make, "publish packet captures of IEX TOPS 1.6 or DEEP 1.0 (pcap, pcapng, plain or gzip)",
        epilog="Both protocols tell of the same trades: play one. Example: slipstream feed iex --speed 0 20240808_IEXTP1_DEEP1.0.pcap.gz",
    )  # fmt: skip
    made.add_argument("files", nargs="+", metavar="FILE", type=Path, help="captures, merged by receive time")
    _depth(made, "every")
    _bbo(made)


def _tables(commands: Any, name: str, text: str, epilog: str) -> argparse.ArgumentParser:
    """A source of files of rows: csv and parquet."""

    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        from slipstream.feed.csv_file import CsvReader
        from slipstream.feed.mapped import Layout, MappedFeed
        from slipstream.feed.parquet_file import ParquetReader

        readers: list[tuple[Path, Layout, Any]] = []
        for given in options.files:
            table, path = options.table, Path(given)
            before, equals, after = given.partition("=")
            if equals and not path.is_file():
                table, path = before, Path(after)

            def mine(pairs: dict[str, str], table: str = table) -> dict[str, str]:
                plain = {key: value for key, value in pairs.items() if "." not in key}
                return plain | {
                    key.partition(".")[2]: value for key, value in pairs.items() if key.startswith(f"{table}.")
                }

            layout = Layout(
                table, mine(options.map), mine(options.default), options.time_format, options.zone, options.date
            )
            if name == "csv":
                header = options.header.split(",") if options.header else None
                readers.append((path, layout, CsvReader(path, layout, delimiter=options.delimiter, header=header)))
            else:
                readers.append((path, layout, ParquetReader(path, layout)))
        return MappedFeed(readers, quarantine=quarantine)

    made = _source(commands, name, make, text, epilog)
    made.add_argument("files", nargs="+", metavar="[TABLE=]FILE", help="files, merged by time")
    made.add_argument(
        "--table",
        default="trade",
        metavar="NAME",
        help="table of files that name none: quote, trade (default), depth, mbo or status",
    )
    made.add_argument(
        "--map",
        type=pairs,
        default={},
        metavar="OURS=THEIRS,…",
        help="columns that are named otherwise, such as time=ts,sym=symbol,trade.price=px",
    )
    made.add_argument(
        "--default",
        type=pairs,
        default={},
        metavar="OURS=VALUE,…",
        help="values of columns that the file lacks, or leaves empty, such as venue=XNAS",
    )
    made.add_argument(
        "--time-format", default="auto", metavar="F",
        help="ns, us, ms or s since 1970, iso, a pattern such as '%%Y%%m%%d %%H:%%M:%%S.%%f', or auto (default): whole numbers by their size, else iso",
    )  # fmt: skip
    made.add_argument(
        "--zone", default="UTC", help="zone of times that name none, such as America/New_York (default UTC)"
    )
    made.add_argument("--date", type=date, default=None, metavar="DATE", help="YYYY-MM-DD, for times without one")
    return made


def _csv(commands: Any) -> None:
    made = _tables(
        commands, "csv", "publish CSV files (plain or gzip) of quotes, trades, depth, orders or states",
        "Example: slipstream feed csv --map time=ts,sym=symbol,price=px,size=qty --default venue=XNAS --zone America/New_York trade=trades.csv.gz",
    )  # fmt: skip
    made.add_argument("--delimiter", default=",", metavar="C", help="what stands between values (default a comma)")
    made.add_argument(
        "--header", default="", metavar="A,B,…", help="names of the columns, for files whose first line is a row"
    )


def _parquet(commands: Any) -> None:
    _tables(
        commands, "parquet", "publish Parquet files of quotes, trades, depth, orders or states",
        "Example: slipstream feed parquet --map time=ts_event quote=quotes.parquet trade=trades.parquet",
    )  # fmt: skip


def _fix(commands: Any) -> None:
    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        from slipstream.fix.marketfeed import FixLogFeed, FixMarketFeed
        from slipstream.fix.settings import session_sets

        depth = options.levels
        if options.files:
            return FixLogFeed(options.files, quarantine=quarantine, depth=depth)
        if not options.settings or not options.symbols:
            raise ConfigError("command line", "fix", "log files, or --settings and --symbols", found=False)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        options.speed = 0.0  # event time is the wall's
        sides = session_sets(options.settings, config.fix_dir / "market")
        return FixMarketFeed(
            sides,
            options.symbols.split(","),
            stop,
            depth=depth,
            trades=not options.no_trades,
            incremental=not options.snapshots,
            quarantine=quarantine,
            record=_fix_log(options.record),
        )

    made = _source(
        commands, "fix", make, "publish FIX market data: subscribed to by sessions until Ctrl-C, or from log files and packet captures",
        epilog="Examples: slipstream feed fix --settings market.cfg --symbols EURUSD,USDJPY --levels 5; slipstream feed fix --speed 0 market.log.gz",
    )  # fmt: skip
    made.add_argument("files", nargs="*", metavar="FILE", type=Path, help="FIX logs, pcap, pcapng; plain or gzip")
    made.add_argument(
        "--settings",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="QuickFIX settings of sessions, with UseDataDictionary=Y; may be repeated",
    )
    made.add_argument("--symbols", default="", metavar="A,B,…", help="what to subscribe to")
    made.add_argument(
        "--levels",
        type=int,
        default=0,
        metavar="N",
        help="MarketDepth (264): 0 the whole book (default), 1 the best bid and offer only",
    )
    made.add_argument("--no-trades", action="store_true", help="do not subscribe to trades")
    made.add_argument("--snapshots", action="store_true", help="ask for whole snapshots (265=0) in place of increments")
    made.add_argument(
        "--record", type=Path, metavar="DIR", help="also keep what the sessions bring, as a FIX log there"
    )


def _fix_log(folder: Path | None) -> Path | None:
    """A recording that no other has the name of."""
    now = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%f")
    return None if folder is None else folder / f"fix-market-{now}.log"


def pairs(text: str) -> dict[str, str]:
    """`a=b,c=d` on the command line."""
    found = {}
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise argparse.ArgumentTypeError(f"expected NAME=VALUE,… got {part!r}")
        found[key.strip()] = value.strip()
    return found


def publishing(made: argparse.ArgumentParser) -> None:
    """Add the options that say which rows books become."""
    kept = argparse.SUPPRESS
    made.add_argument(
        "--depth",
        choices=("every", "conflated", "off"),
        help="rows of depth (default: feed.venues.depth)",
        default=kept,
    )
    made.add_argument(
        "--bbo",
        choices=("venue", "every", "conflated", "off"),
        help="rows of quote (default: feed.venues.bbo)",
        default=kept,
    )


def publication(config: Config, options: argparse.Namespace) -> Publication:
    """What of books becomes rows, by the options or else the configuration."""
    from slipstream.feed.l2 import Publication

    venues = config.feed.venues
    return Publication(
        depth=getattr(options, "depth", venues.depth),
        bbo=getattr(options, "bbo", venues.bbo),
        every_ns=venues.conflate_ms * 1_000_000,
        levels=venues.levels,
    )


def wanted(words: Sequence[str]) -> dict[str, list[str]]:
    """`binance=BTCUSDT,ETHUSDT` and so on to symbols by venue."""
    found: dict[str, list[str]] = {}
    for word in words:
        name, _, symbols = word.partition("=")
        listed = [sym for sym in symbols.split(",") if sym]
        if name not in VENUES or not listed:
            raise ConfigError(
                "command line", word, f"VENUE=SYMBOL,…, and VENUE one of {', '.join(VENUES)}", found=False
            )
        found.setdefault(name, []).extend(listed)
    return found


def live(
    config: Config, options: argparse.Namespace, quarantine: Quarantine, symbols: Mapping[str, Sequence[str]]
) -> LiveFeed:
    """Venues live, until SIGINT or SIGTERM; recorded where the options or the configuration say so."""
    from slipstream.feed.keys import load
    from slipstream.feed.venues import LiveFeed

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    venues = config.feed.venues
    keys = load(venues)
    for name, where, key in (
        ("coinbase-full", "coinbase_env", keys.exchange),
        ("kraken-full", "kraken_env", keys.kraken),
    ):
        if name in symbols and key is None:
            raise ConfigError(f"feed.venues.{where}", name, "a key, which this feed needs", found=False)
    record = getattr(options, "record", None) or (Path(venues.record) if venues.record is not None else None)
    return LiveFeed(
        symbols,
        stop,
        publication=publication(config, options),
        urls=venues.urls,
        keys=keys,
        record=record,
        quarantine=quarantine,
    )


def _venues(commands: Any) -> None:
    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        # event time is the wall's
        options.speed = 0.0
        return live(config, options, quarantine, wanted(options.venues))

    made = _source(
        commands, "venues", make, "publish several venues live by one publisher, until Ctrl-C",
        epilog="Example: slipstream feed venues binance=BTCUSDT,ETHUSDT kraken=BTC/USD",
    )  # fmt: skip
    made.add_argument("venues", nargs="+", metavar="VENUE=SYMBOL,…", help=", ".join(VENUES))
    publishing(made)
    made.add_argument(
        "--record", type=Path, metavar="DIR", help="also keep the raw stream there (default: feed.venues.record)"
    )
    for name, text in VENUES.items():
        _venue(commands, name, text)


def _venue(commands: Any, name: str, text: str) -> None:
    def make(config: Config, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
        if options.replay:
            from slipstream.feed.venues import replayed

            return replayed(
                options.replay, source=name, publication=publication(config, options), quarantine=quarantine
            )
        if not options.symbols:
            raise ConfigError("command line", name, "symbols, or --replay FILE", found=False)
        options.speed = 0.0
        return live(config, options, quarantine, {name: options.symbols})

    made = _source(
        commands, name, make, f"publish {text}: live until Ctrl-C, or from files",
        epilog=f"Examples: slipstream feed {name} {text.rpartition(' ')[2]}; slipstream feed {name} --speed 10 --replay FILE…",
    )  # fmt: skip
    made.add_argument("symbols", nargs="*", metavar="SYMBOL", help="instruments, named as the venue does")
    made.add_argument(
        "--replay",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="recordings or raw captures in place of the venue, in order",
    )
    publishing(made)
    made.add_argument(
        "--record", type=Path, metavar="DIR", help="also keep the raw stream there (default: feed.venues.record)"
    )


SOURCES: tuple[Callable[[Any], None], ...] = (_csv, _dbn, _fix, _iex, _itch, _parquet, _venues)
