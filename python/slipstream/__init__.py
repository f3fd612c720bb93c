"""
Slipstream: a kdb+/q tick plant that shows what it costs to reveal the intention to trade, while the order works.

The public few are here; everything else is imported from its module:

    from slipstream import connect, load_config

    with connect("127.0.0.1", 5013) as gateway:
        slippage = gateway.table(".api.slippage[.z.d;.z.d]")

    with connect("https://plant:8050", key="slip_…", frames="polars") as plant:
        parents = plant.parents()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from slipstream.config import Config, load_config
from slipstream.errors import ConfigError, EngineError, QueryError, SlipstreamError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from slipstream.api.client import Research
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


@overload
def connect(host: str = ..., port: int = ..., **options: Any) -> Client: ...
@overload
def connect(host: str, *, frames: Literal["arrow"], **options: Any) -> Research[pa.Table]: ...
@overload
def connect(host: str, *, frames: Literal["pandas"], **options: Any) -> Research[pd.DataFrame]: ...
@overload
def connect(host: str, *, frames: Literal["polars"], **options: Any) -> Research[Any]: ...
def connect(host: str = "127.0.0.1", port: int = 5013, *, frames: Any = None, **options: Any) -> Any:
    """
    Open a connection to a q process, by default the gateway (options are those of `Client`), or, with a URL such as `https://plant:8050`, to the
    API (options are those of `slipstream.api.client.Research`; `frames` is arrow, pandas or polars, and says what tables come as).
    """
    if host.startswith(("http://", "https://")):
        from slipstream.api.client import Research, converter

        return Research(host, convert=converter(frames or "arrow"), **options)
    from slipstream.engine.client import Client  # PyKX takes most of a second to import

    return Client(host, port, **options)
