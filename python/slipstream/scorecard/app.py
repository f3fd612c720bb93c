"""
The Dash application, and the server that runs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from dash import Dash

from slipstream.scorecard import callbacks, layout
from slipstream.scorecard.data import Connection, Feed

if TYPE_CHECKING:
    from slipstream.config import Config


def create_app(feed: Feed) -> Dash:
    """
    The page on a feed; starting and stopping the feed is the caller's.
    """
    app = Dash(
        "slipstream.scorecard",
        backend="fastapi",
        assets_folder=str(Path(__file__).parent / "assets"),
        title="Slipstream",
        update_title=None,
        # a page on a second monitor gets no input for hours and must stay connected all the same
        websocket_inactivity_timeout=0,
    )
    app.layout = layout.page
    callbacks.register(app, feed)
    return app


def serve(config: Config, *, host: str | None = None, port: int | None = None) -> None:
    """
    Serve the page of a plant until interrupted.

    Args:
        config: the plant's configuration; names the gateway and the page's address.
        host: listen here instead of `scorecard.host`.
        port: listen here instead of `ports.scorecard`.
    """

    def connect() -> Connection:
        from slipstream.engine.client import Client  # PyKX takes most of a second to import

        return Client(
            config.host,
            config.port("gateway"),
            user=config.user,
            password=config.password,
            timeout_s=5.0,
            connect_timeout_s=2.0,
        )

    feed = Feed(connect, numbers_s=config.scorecard.update_ms / 1000)
    app = create_app(feed)
    feed.start()
    try:
        uvicorn.run(
            app.server,
            host=host or config.scorecard.host,
            port=port or config.port("scorecard"),
            log_level="warning",
        )
    finally:
        feed.stop()
