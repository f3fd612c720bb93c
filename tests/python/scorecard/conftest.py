import threading
import time

import pytest
import uvicorn

from slipstream.scorecard import Feed, access, create_app

from . import chromium


class Seated:
    """The page as whoever sits at the machine sees it, without the guard before it."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        access.set_viewer(access.OPEN)
        await self.app(scope, receive, send)


@pytest.fixture
def browser():
    """A headless Chromium."""
    if chromium.executable() is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with chromium.Browser() as browser:
        yield browser


@pytest.fixture
def serve():
    """Serve the page on a gateway; returns its address. Ends with the test."""
    running = []

    def start(gateway, desk=None, port=0):
        feed = Feed(gateway.connect, numbers_s=0.1, charts_s=0.3)
        feed.start()
        config = uvicorn.Config(Seated(create_app(feed, desk).server), host="127.0.0.1", port=port, log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((feed, server, thread))
        while not server.started:
            assert thread.is_alive(), "the page server ended"
            time.sleep(0.02)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    def stop():
        feed, server, thread = running.pop()
        server.should_exit = True
        thread.join(20)
        feed.stop()
        assert not thread.is_alive()

    start.stop = stop
    yield start
    while running:
        stop()
