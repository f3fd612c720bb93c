import threading
import time

import pytest
import uvicorn

from slipstream.scorecard import Feed, create_app

from . import chromium


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

    def start(gateway):
        feed = Feed(gateway.connect, numbers_s=0.1, charts_s=0.3)
        feed.start()
        config = uvicorn.Config(create_app(feed).server, host="127.0.0.1", port=0, log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((feed, server, thread))
        while not server.started:
            assert thread.is_alive(), "the page server ended"
            time.sleep(0.02)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield start
    for feed, server, thread in running:
        server.should_exit = True
        thread.join(20)
        feed.stop()
        assert not thread.is_alive()
