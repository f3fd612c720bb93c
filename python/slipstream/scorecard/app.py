"""
The page's server: the live page, the history page and the login, in one ASGI application.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from dash import Dash
from starlette.applications import Starlette

from slipstream.api import tls
from slipstream.api.plant import Connection, Gateway
from slipstream.errors import ConfigError
from slipstream.fix.sessions import read
from slipstream.scorecard import access, actions, callbacks, layout
from slipstream.scorecard.board import Board
from slipstream.scorecard.data import Feed
from slipstream.scorecard.desk import Desk
from slipstream.scorecard.lag import Probe
from slipstream.scorecard.palette import LIGHT
from slipstream.scorecard.plant import Actions, Study, configured, connect

if TYPE_CHECKING:
    from slipstream.api.app import Api
    from slipstream.config import Config

_SWITCH_S = 0.0005
"""
How long a thread may keep the interpreter while another waits for it. A request changes threads several times, and each change would wait for what
the page, or another request, computes meanwhile: with Python's five milliseconds most of a read's time was that.
"""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def dash_app(name: str, prefix: str, **options: Any) -> Dash:
    """
    A page of the server below a path.
    """
    app = Dash(
        f"slipstream.scorecard.{name}",
        backend="fastapi",
        assets_folder=str(Path(__file__).parent / "assets"),
        title="Slipstream",
        update_title=None,
        requests_pathname_prefix=prefix,
        routes_pathname_prefix=prefix,
        **options,
    )
    palette = f'<script type="application/json" id="palette">{json.dumps(LIGHT)}</script>'
    app.index_string = app.index_string.replace("<html>", '<html lang="en">').replace("{%css%}", "{%css%}" + palette)
    return app


def create_app(feed: Feed, desk: Desk | None = None) -> Dash:
    """
    The live page on a feed; starting and stopping the feed is the caller's.

    Args:
        feed: where the data come from.
        desk: what people do from the page goes there; None makes a page to look at only.
    """
    # a page on a second monitor gets no input for hours and must stay connected all the same
    app = dash_app("live", "/", websocket_inactivity_timeout=0)
    app.layout = lambda: layout.page(access.viewer())
    board = Board(feed, desk.bands) if desk is not None else Board(feed)
    callbacks.register(app, board, desk)
    if desk is not None:
        actions.register(app, board, desk)
    return app


class Pages:
    """
    The history page below its path, the live page everywhere else. Both see whole paths, as Dash wants them.
    """

    def __init__(self, past: Any, live: Any) -> None:
        self._past, self._live = past, live

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request or a socket on."""
        inside = scope["path"].startswith("/history/")
        await (self._past if inside else self._live)(scope, receive, send)


def create_server(config: Config, feed: Feed, desk: Desk, study: Study, api: Api | None = None) -> Starlette:
    """
    The whole server.
    """
    from slipstream.scorecard import history, login

    live = create_app(feed, desk)
    past = history.create_app(study.connect, desk.bands)
    server = Starlette()
    gate = login.gate(config)
    desk.record = gate.record
    login.routes(server, gate, config)
    if api is not None:
        api.mount(server)
    server.mount("/", Pages(past.server, live.server))
    server.add_middleware(
        login.Guard, gate=gate, hashes={"/history": tuple(past.csp_hashes()), "/": tuple(live.csp_hashes())}
    )
    return server


def peers(config: Config) -> dict[str, Any]:
    """uvicorn's options for whom to believe when a proxy says whose request it passes on."""
    proxies = list(config.scorecard.proxies)
    return {"proxy_headers": bool(proxies), "forwarded_allow_ips": proxies}


def serve(
    config: Config,
    *,
    host: str | None = None,
    port: int | None = None,
    api: Api | None = None,
) -> None:
    """
    Serve the page of a plant until interrupted.

    Args:
        config: the plant's configuration; names the gateway and the page's address.
        host: listen here instead of `scorecard.host`.
        port: listen here instead of `ports.scorecard`.
        api: takes switches that are asked for on the page, and is served at the same address if the configuration says so.

    Raises:
        ConfigError: the page would be open to others without a login.
    """
    address = host or config.scorecard.host
    if config.scorecard.login == "none" and address not in _LOOPBACK:
        raise ConfigError(
            config.files[-1] if config.files else "configuration",
            "scorecard.login",
            f"local or oidc for a page at {address}: none is for the loopback address",
            "none",
        )

    def gateway() -> Connection:
        return connect(config, "gateway")  # type: ignore[no-any-return]

    sys.setswitchinterval(_SWITCH_S)
    study = Study(config, limit_s=5 * config.gateway.timeout_s)
    update_s = config.scorecard.update_ms / 1000
    probe = Probe(lambda: connect(config, "tickerplant", timeout_s=60.0))
    feed = Feed(
        gateway,
        study.connect,
        numbers_s=update_s,
        charts_s=4 * update_s,
        sessions=lambda: read(config.fix_sessions),
        behind=probe.now,
    )
    desk = Desk(
        config.var_dir / "page",
        Actions(config, api.services.actions if api else None),
        configured(config.rte.thresholds),
        study.connect,
    )
    server = create_server(config, feed, desk, study, api if config.api.enabled else None)
    feed.start()
    probe.start()
    if api is not None:
        api.services.thresholds = desk
        api.services.hub.on_scores = feed.nudge
        api.services.study = Gateway(study.connect, connections=1, waiting=4)
        api.start(stream=config.api.enabled)
    try:
        uvicorn.run(
            server,
            host=address,
            port=port or config.port("scorecard"),
            log_level="warning",
            ws_per_message_deflate=False,  # of fifty pages a second of charts it takes a core
            **peers(config),
            **tls.options(config),
        )
    finally:
        feed.stop()
        probe.stop()
        if api is not None:
            api.stop()
        desk.close()
        study.close()
