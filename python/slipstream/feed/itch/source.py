"""The feed that `slipstream feed itch` was asked for."""

from __future__ import annotations

import argparse
import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slipstream.config import Itch
from slipstream.errors import ConfigError, FeedError
from slipstream.feed.base import Feed, Quarantine
from slipstream.feed.itch.files import ItchFiles, day_of
from slipstream.feed.itch.parser import Parser


def feed(config: Itch, options: argparse.Namespace, quarantine: Quarantine) -> Feed:
    """
    Make it.

    Raises:
        ConfigError: the command line or the configuration does not say enough.
        FeedError: a file is not there, or nobody says of what day it is.
    """
    try:
        ZoneInfo(config.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            "configuration", "feed.itch.zone", "a time zone such as America/New_York", config.zone
        ) from error
    if not options.itch_files:
        raise ConfigError("command line", "feed itch", "--file", found=False)
    day: dt.date | None = options.date or day_of(options.itch_files[0])
    if day is None:
        raise FeedError(f"itch: {options.itch_files[0].name} does not say of what day it is: give --date")
    parser = Parser(
        day,
        zone=config.zone,
        venue=config.venue,
        conflate_ns=round(config.conflate_ms * 1e6),
        max_orders=config.max_orders,
        quarantine=quarantine,
        source=options.itch_files[0].name,
    )
    return ItchFiles(options.itch_files, parser)
