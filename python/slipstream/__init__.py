"""
Slipstream: a kdb+/q tick plant that shows what it costs to reveal the intention to trade, while the order works.

The public few are here; everything else is imported from its module:

    from slipstream import connect, load_config

    with connect("127.0.0.1", 5013) as gateway:
        quotes = gateway.table("select from quote where sym=`BTCUSDT")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slipstream.config import Config, load_config
from slipstream.errors import ConfigError, EngineError, QueryError, SlipstreamError

if TYPE_CHECKING:
    from slipstream.engine.client import Client

__version__ = "0.1.0"

__all__ = [
    "Config",
    "ConfigError",
    "EngineError",
    "QueryError",
    "SlipstreamError",
    "__version__",
    "connect",
    "load_config",
]


def connect(host: str = "127.0.0.1", port: int = 5013, **options: Any) -> Client:
    """Open a connection to a q process, by default the gateway. Options are those of `Client`."""
    from slipstream.engine.client import Client  # PyKX takes most of a second to import

    return Client(host, port, **options)
