"""The feed that `slipstream feed itch` was asked for."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slipstream.config import Itch
from slipstream.errors import ConfigError, FeedError
from slipstream.feed.base import Feed, Quarantine
from slipstream.feed.itch.capture import ItchCapture, day_in
from slipstream.feed.itch.files import ItchFiles, day_of
from slipstream.feed.itch.glimpse import Joining
from slipstream.feed.itch.live import MoldFeed, SoupFeed
from slipstream.feed.itch.mold import Patience
from slipstream.feed.itch.parser import Parser
from slipstream.feed.itch.soup import Client
from slipstream.feed.pcap import Writer, is_capture


def feed(config: Itch, chosen: argparse.Namespace, quarantine: Quarantine, *, depth: bool = False) -> Feed:
    """
    Make the feed.

    Args:
        config: of ITCH.
        chosen: on the command line.
        quarantine: where what cannot be used goes.
        depth: with a row of `depth` for each change of a level.

    Raises:
        ConfigError: the command line or the configuration does not say enough, or says too much.
        FeedError: a file is not there, or an address cannot be listened on.
    """
    files = chosen.itch_files
    for file in files:
        if not file.is_file():
            raise FeedError(f"itch: no such file: {file}")
    captured = [is_capture(file) for file in files]
    if any(captured) and not all(captured):
        raise ConfigError("command line", "--file", "packet captures or BinaryFILEs, not both", found=False)
    # with captures --mold and --soup say which packets
    if sum(map(bool, (files, chosen.mold and not any(captured), chosen.soup and not any(captured)))) != 1:
        raise ConfigError("command line", "feed itch", "one of --file, --mold and --soup", found=False)
    if files and (chosen.record or chosen.glimpse):
        raise ConfigError("command line", "--record and --glimpse", "--mold or --soup, not files", found=False)
    try:
        zone = ZoneInfo(config.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            "configuration", "feed.itch.zone", "a time zone such as America/New_York", config.zone
        ) from error
    day = chosen.date or _day(files, zone, captured=any(captured))
    if day is None:
        raise ConfigError("command line", "--date", f"the day, which {files[0].name} does not tell", found=False)
    where = None if files else chosen.soup or chosen.mold[0]
    parser = Parser(
        day,
        zone=config.zone,
        venue=config.venue,
        conflate_ns=round(config.conflate_ms * 1e6),
        max_orders=config.max_orders,
        depth=depth,
        quarantine=quarantine,
        source=files[0].name if where is None else f"{where[0]}:{where[1]}",
    )
    if files:
        if not any(captured):
            return ItchFiles(files, parser)
        return ItchCapture(files, parser, chosen.mold, [chosen.soup] if chosen.soup else [])
    if chosen.glimpse and not chosen.user:
        raise ConfigError("command line", "--user", "who logs in at the GLIMPSE server", found=False)
    secret = password(config) if chosen.soup or chosen.glimpse else ""
    joining = Joining(chosen.glimpse, lambda: Client(chosen.user, secret)) if chosen.glimpse else None
    record = _writer(chosen.record, where) if chosen.record and where else None
    if chosen.soup:
        client = Client(chosen.user, secret, session=chosen.session)
        return SoupFeed(parser, chosen.soup, client, record=record, joining=joining)
    patience = Patience(retry=config.retry_ms * 1_000_000, tries=config.tries)
    return MoldFeed(
        parser,
        chosen.mold,
        chosen.request,
        interface=config.interface,
        patience=patience,
        record=record,
        joining=joining,
    )


def _day(files: Sequence[Path], zone: ZoneInfo, *, captured: bool) -> dt.date | None:
    if not files:
        return dt.datetime.now(zone).date()
    return day_in(files[0], zone) if captured else day_of(files[0])


def _writer(folder: Path, where: tuple[str, int]) -> Writer:
    """A recording that no other has the name of."""
    now = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%f")
    try:
        return Writer(folder / f"itch-{where[0]}-{where[1]}-{now}.pcap")
    except OSError as error:
        raise FeedError(f"itch: cannot record: {error}") from error


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
