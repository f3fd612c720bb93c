"""The plant in use: connect to a process, publish a feed, end the day, archive."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from slipstream.config import Config
from slipstream.engine.choose import choose
from slipstream.plant.spec import processes
from slipstream.plant.supervisor import Supervisor

if TYPE_CHECKING:
    from slipstream.archive.job import ArchiveResult
    from slipstream.engine.client import Client
    from slipstream.feed.base import Feed


def supervisor(config: Config, *, page: bool = False, flags: Sequence[str] = ()) -> Supervisor:
    """
    The plant's processes under their supervisor.

    Args:
        config: the configuration.
        page: True includes the page server.
        flags: `--config` and `--set` options by which the page server finds the same configuration.
    """
    return Supervisor(config, processes(config, choose(config.engine), page=page, flags=flags))


def connect(config: Config, process: str, *, timeout_s: float = 30.0) -> Client:
    """A connection to a process of the plant by its name."""
    from slipstream.engine.client import Client  # PyKX takes most of a second to import

    return Client(config.host, config.port(process), user=config.user, password=config.password, timeout_s=timeout_s)
