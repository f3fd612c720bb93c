"""
The page on a real plant: orders worked over FIX in a simulated market, seen to move in a real browser.

Nothing is replaced: tickerplant, RDB, HDB and gateway run as q processes, the page server as `slipstream page`.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from scorecard import chromium

from slipstream import operate
from slipstream.config import load_config

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELL = "document.querySelector('.ag-row[row-id=\"{}\"] [col-id={}]')?.innerText"
TRACE = "document.querySelector('.js-plotly-plot')?.data?.find(t => t.name == '{}')?.x.length"


@pytest.fixture
def plant(tmp_path, quill_path, ports):
    """A running plant with its page; yields its configuration."""
    names = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte", "scorecard")
    overrides = {f"ports.{name}": port for name, port in zip(names, ports(len(names)), strict=True)}
    overrides |= {"var": str(tmp_path / "var"), "engine": "quill", "start_timeout_s": 60.0}
    config = load_config(overrides=overrides)
    flags = [word for key, value in overrides.items() for word in ("--set", f"{key}={value}")]
    plant = operate.supervisor(config, page=True, flags=flags)
    try:
        plant.up()
        yield config
    finally:
        plant.down()


@pytest.fixture
def session(plant, tmp_path):
    """Orders worked in the simulated market until the test ends."""
    from slipstream.feed.demo_session import run_session
    from slipstream.feed.publish import Publisher

    sink = operate.TickerplantSink(plant)
    stop, failures = threading.Event(), []

    class Stopped(Exception):
        pass

    def progress(_progress):
        if stop.is_set():
            raise Stopped

    def play():
        try:
            run_session(
                Publisher(sink),
                workdir=tmp_path / "session",
                speed=4,
                seed=7,
                duration_s=290,  # ends before midnight
                on_progress=progress,
            )
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 (told to the test, in another thread)
            failures.append(error)

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    yield failures
    stop.set()
    thread.join(60)
    sink.close()
    assert not thread.is_alive()


def test_numbers_change_while_orders_work(plant, session, tmp_path):
    if chromium.executable() is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with chromium.Browser() as browser:
        browser.open(f"http://127.0.0.1:{plant.ports.scorecard}")
        try:
            browser.wait("document.querySelector('#state')?.innerText == '● LIVE'", 90)
            parent = browser.wait("document.querySelector('.ag-row.chosen')?.getAttribute('row-id')", 90)
            browser.wait(f"/^[+\\-−]\\d/.test({CELL.format(parent, 'slip_bps')} ?? '')", 90)
            done = browser.run(CELL.format(parent, "done"))
            slip = browser.run(CELL.format(parent, "slip_bps"))
            quotes = browser.wait(TRACE.format("mid"))
            sends = browser.wait(TRACE.format("child sent"))
            browser.wait(f"({CELL.format(parent, 'done')}) != {done!r}", 90)
            browser.wait(f"({CELL.format(parent, 'slip_bps')}) != {slip!r}", 90)
            browser.wait(f"({TRACE.format('mid')}) != {quotes}", 90)
            browser.wait(f"({TRACE.format('child sent')}) > {sends}", 90)
            browser.wait(f"(({TRACE.format('taker fill')}) + ({TRACE.format('maker fill')})) > 0", 90)
            names = browser.run("document.querySelector('.js-plotly-plot').data.map(t => t.name ?? '')")
            assert any(name.startswith("arrival ") for name in names)
            assert "quote" in browser.run("document.querySelector('#rows').innerText")
        finally:
            browser.screenshot(Path(tmp_path) / "page.png")
        assert browser.console == []
        assert session == []
