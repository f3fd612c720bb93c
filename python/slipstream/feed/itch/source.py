"""The feed that `slipstream feed itch` was asked for: its options, and what they make."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slipstream.config import Itch
from slipstream.errors import ConfigError
from slipstream.feed.base import Feed, Quarantine
from slipstream.feed.itch.files import ItchFiles, day_of
from slipstream.feed.itch.live import Address, MoldFeed, SoupFeed
from slipstream.feed.itch.mold import Patience
from slipstream.feed.itch.parser import Parser
from slipstream.feed.itch.soup import Client


def options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--file", type=Path, metavar="FILE", action="append", default=[], dest="itch_files",
        help="BinaryFILE, plain or gzip; may be repeated, in order",
    )  # fmt: skip
    parser.add_argument(
        "--mold", type=_addresses, metavar="A:PORT[,B:PORT]", default=(),
        help="MoldUDP64: the addresses of one line, or of two with the same packets; multicast groups are joined",
    )  # fmt: skip
    parser.add_argument("--request", type=_address, metavar="HOST:PORT", help="server that sends again what both lines lost")
    parser.add_argument("--soup", type=_address, metavar="HOST:PORT", help="SoupBinTCP server")
    parser.add_argument("--user", default="", help="at the SoupBinTCP server; the password is in feed.itch.password_env or password_file")
    parser.add_argument("--session", default="", help="SoupBinTCP session (default: the server's present one)")
    parser.add_argument(
        "--date", type=_date, metavar="DATE", dest="itch_date",
        help="the session's day, YYYY-MM-DD (default: that in the first file's name; live, today at the venue)",
    )  # fmt: skip


def feed(config: Itch, chosen: argparse.Namespace, quarantine: Quarantine) -> Feed:
    """
    Make the feed.

    Raises:
        ConfigError: the command line or the configuration does not say enough, or says too much.
        FeedError: a file is not there, or an address cannot be listened on.
    """
    if sum(map(bool, (chosen.itch_files, chosen.mold, chosen.soup))) != 1:
        raise ConfigError("command line", "feed itch", "one of --file, --mold and --soup", found=False)
    try:
        zone = ZoneInfo(config.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError("configuration", "feed.itch.zone", "a time zone such as America/New_York", config.zone) from error
    files = chosen.itch_files
    day = chosen.itch_date or (day_of(files[0]) if files else dt.datetime.now(zone).date())
    if day is None:
        raise ConfigError("command line", "--date", f"the day, which {files[0].name} does not name", found=False)
    where = chosen.soup or (chosen.mold[0] if chosen.mold else None)
    parser = Parser(
        day,
        zone=config.zone,
        venue=config.venue,
        conflate_ns=round(config.conflate_ms * 1e6),
        max_orders=config.max_orders,
        quarantine=quarantine,
        source=files[0].name if where is None else f"{where[0]}:{where[1]}",
    )
    if files:
        return ItchFiles(files, parser)
    if chosen.mold:
        patience = Patience(retry=config.retry_ms * 1_000_000, tries=config.tries)
        return MoldFeed(parser, chosen.mold, chosen.request, interface=config.interface, patience=patience)
    return SoupFeed(parser, chosen.soup, Client(chosen.user, password(config), session=chosen.session))


def password(config: Itch) -> str:
    """
    The SoupBinTCP password, from the environment or a file.

    Raises ConfigError when neither is configured, or what is has none.
    """
    if config.password_env is not None:
        value = os.environ.get(config.password_env)
        if value is None:
            raise ConfigError("configuration", "feed.itch.password_env", f"environment variable {config.password_env} to be set", found=False)
        return value
    if config.password_file is not None:
        try:
            return Path(config.password_file).expanduser().read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError("configuration", "feed.itch.password_file", f"a readable file ({error})", config.password_file) from error
    raise ConfigError("configuration", "feed.itch.password_env", "the name of an environment variable, or a password_file", found=False)


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, got {text!r}")
    return host, int(port)


def _addresses(text: str) -> tuple[Address, ...]:
    found = tuple(_address(part) for part in text.split(","))
    if len(found) > 2:
        raise argparse.ArgumentTypeError(f"expected one line or two, got {len(found)}")
    return found


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected YYYY-MM-DD, got {text!r}") from None
