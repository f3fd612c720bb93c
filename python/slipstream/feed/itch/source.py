"""The feed that `slipstream feed itch` was asked for."""

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
from slipstream.feed.itch.live import MoldFeed, SoupFeed
from slipstream.feed.itch.mold import Patience
from slipstream.feed.itch.parser import Parser
from slipstream.feed.itch.soup import Client


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
        raise ConfigError(
            "configuration", "feed.itch.zone", "a time zone such as America/New_York", config.zone
        ) from error
    files = chosen.itch_files
    day = chosen.date or (day_of(files[0]) if files else dt.datetime.now(zone).date())
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
            raise ConfigError(
                "configuration",
                "feed.itch.password_env",
                f"environment variable {config.password_env} to be set",
                found=False,
            )
        return value
    if config.password_file is not None:
        try:
            return Path(config.password_file).expanduser().read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                "configuration", "feed.itch.password_file", f"a readable file ({error})", config.password_file
            ) from error
    raise ConfigError(
        "configuration",
        "feed.itch.password_env",
        "the name of an environment variable, or a password_file",
        found=False,
    )
