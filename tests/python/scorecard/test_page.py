"""
The page in a real browser: numbers and chart move while orders work, a choice is kept, silence is STALE.
"""

import time

import numpy as np
import pytest

from .gateway import START, Gateway, chart, drift, health, live, scorecard, trail

pytestmark = pytest.mark.browser


class Market:
    """Two working orders in a market that drifts by itself as wall time passes, or stands still when told."""

    def __init__(self):
        self.began, self.frozen = time.monotonic(), None

    def ms(self):
        return 60_000 + int(1000 * ((self.frozen or time.monotonic()) - self.began))

    def mid(self, ms):
        rng = np.random.default_rng(3)
        walk = np.cumsum(rng.normal(0, 0.003, 4000)) + np.linspace(0, 0.3, 4000)
        return 100.0 + np.round(walk[np.asarray(ms) // 100], 2)

    def scorecard(self, _=None):
        ms = self.ms()
        done = min(0.99, ms / 200_000)
        rise = float(self.mid(ms)) - 100.0
        return scorecard(
            [
                (
                    "P-1001",
                    "ALFA",
                    "buy",
                    100_000,
                    1e5 * done,
                    100.01,
                    100.01 + rise / 2,
                    50 * rise,
                    5e4 * rise * done,
                    "working",
                    ms,
                ),
                ("P-1002", "BRAVO", "sell", 25_000, 6_000, 50.25, 50.2469, 0.617, 18.6, "working", ms),
                ("P-1003", "CHARLIE", "buy", 8_000, 0, 20.0, None, None, None, "new", ms),
                ("P-1000", "ALFA", "sell", 5_000, 5_000, 100.4, 100.39, 0.996, 50.0, "filled", 4_000),
            ]
        )

    def live(self, _=None):
        told = [
            {"time": START + np.timedelta64(7, "s"), "parent": "P-1001", "sym": "ALFA", "lamp": "LEAK", "level": "amber", "figure": 0.5,
             "threshold": 0.2, "why": "the mid moves", "id": "a1", "state": "open"},
        ]  # fmt: skip
        engine = {"time": START + np.timedelta64(self.ms(), "ms"), "orphans": 1}
        shares = [1000.0, None, None, 10.0]
        parts = dict.fromkeys(("delay", "timing_impact", "spread", "opportunity", "fees"), shares)
        return live(
            self.scorecard(), told, engine, leak_lamp=["amber", "green", "green", "green"], leak_verdict=["leak", "none", "collecting", "none"],
            leak_n=[44, 31, 12, 40], is_cost=[5000.0, None, None, 50.0], is_bps=[5.0, None, None, 0.5], **parts,
        )  # fmt: skip

    def trail(self, parent):
        return trail([(t, t / 1e5, t / 9e4, None, 100.0) for t in range(0, self.ms(), 500)])

    def drift(self, parent):
        return drift(
            [
                ("send", "all", h, label, 44, mean, mean - 0.1, mean + 0.1)
                for h, label, mean in ((1, "1ms", 0.1), (1000, "1s", 0.4))
            ]
        )

    def chart(self, parent):
        ms = self.ms()
        base = {"P-1001": 0.0, "P-1000": 0.0, "P-1002": -49.75, "P-1003": -80.0}[parent]
        times = np.arange(0, ms, 100)
        mids = self.mid(times) + base
        sends = [(t, self.mid(t) + base + 0.01, 1000.0, f"C{t}") for t in range(2_000, ms, 4_000)]
        fills = [
            (t + 900, self.mid(t + 900) + base + 0.01, 500.0, "maker" if t % 3 else "taker")
            for t, *_ in sends
            if t + 900 < ms
        ]
        return chart(list(zip(times, mids - 0.01, mids + 0.01, strict=True)), sends, fills)

    def health(self, _=None):
        ms = self.ms()
        return health(
            {"quote": 10 * ms, "trade": 3 * ms, "orders": ms // 400, "fills": ms // 900, "fixraw": ms // 300},
            ms,
        )


@pytest.fixture
def market():
    return Market()


@pytest.fixture
def gateway(market):
    return Gateway(
        live=market.live,
        scorecard=market.scorecard,
        chart=market.chart,
        trail=market.trail,
        drift=market.drift,
        health=market.health,
    )


CELL = "document.querySelector('.ag-row[row-id=\"{}\"] [col-id={}]')?.innerText"


def test_numbers_and_chart_move_while_orders_work(serve, gateway, browser, tmp_path):
    browser.open(serve(gateway))
    browser.wait("document.querySelector('#state')?.innerText.includes('LIVE')")
    first = browser.wait(CELL.format("P-1001", "slip_bps"))
    assert first[0] in "+−-"
    points = browser.wait(
        "document.querySelector('#price .js-plotly-plot')?.data?.find(t => t.name == 'mid')?.x.length"
    )
    browser.wait(f"({CELL.format('P-1001', 'slip_bps')}) != {first!r}")
    browser.wait(
        f"document.querySelector('#price .js-plotly-plot').data.find(t => t.name == 'mid').x.length > {points}"
    )
    names = browser.run("document.querySelector('#price .js-plotly-plot').data.map(t => t.name)")
    assert {"mid", "child sent", "maker fill", "taker fill"} <= set(names)
    assert any(str(name).startswith("arrival 100.01") for name in names)
    browser.run("chart = document.querySelector('#price .js-plotly-plot'), 0")
    symbols = browser.run("Object.fromEntries(chart.data.map(t => [t.name, t.marker?.symbol]))")
    assert symbols["maker fill"] == "circle-open"
    assert symbols["taker fill"] == "circle"
    assert symbols["child sent"] == "triangle-up-open"
    assert browser.run(CELL.format("P-1003", "slip_bps")) == "—"
    assert "quote" in browser.run("document.querySelector('#rows').innerText")
    browser.screenshot(tmp_path / "page.png")
    assert browser.console == []


def test_a_chosen_order_stays_chosen(serve, gateway, browser):
    browser.open(serve(gateway))
    browser.wait("document.querySelector('#chart-title')?.innerText.includes('P-1001')")
    browser.wait("document.querySelector('.ag-row.chosen')?.getAttribute('row-id') == 'P-1001'")
    browser.click(".ag-row[row-id='P-1002'] [col-id=sym]")
    browser.wait("document.querySelector('#chart-title').innerText.includes('SELL 25,000 BRAVO')")
    count = "document.querySelector('#price .js-plotly-plot').data.find(t => t.name == 'mid')?.x.length"
    before = browser.wait(count)
    browser.wait(f"{count} > {before}")
    assert "P-1002" in browser.run("document.querySelector('#chart-title').innerText")
    assert browser.run("document.querySelector('.ag-row.chosen').getAttribute('row-id')") == "P-1002"


def test_silence_is_called_stale_and_life_again_live(serve, gateway, market, browser):
    browser.open(serve(gateway))
    browser.wait("document.querySelector('#page')?.className == 'page live'")
    gateway.down = True
    browser.wait("document.querySelector('#page').className == 'page stale'")
    browser.wait("document.querySelector('#state').innerText == '⬢ STALE'")
    browser.wait("document.querySelector('#reason').innerText.includes('127.0.0.1:5013')")
    gateway.down = False
    browser.wait("document.querySelector('#page').className == 'page live'")
    market.frozen = time.monotonic()
    browser.wait("document.querySelector('#reason').innerText.startsWith('no new data for')")
    assert browser.run("document.querySelector('#page').className") == "page stale"


def test_two_pages_cost_the_gateway_no_more_than_one(serve, gateway, browser):
    address = serve(gateway)
    browser.open(address)
    browser.wait("document.querySelector('#state')?.innerText.includes('LIVE')")
    browser.run(f"two = document.body.appendChild(document.createElement('iframe')), two.src = '{address}'")
    browser.wait("two.contentDocument?.querySelector('#state')?.innerText.includes('LIVE')")
    assert gateway.opened == 1


def test_the_browser_forgets_what_it_was_pushed(serve, gateway, browser):
    """Dash keeps each value that comes over the socket, for an undo: without an end, a page that is open all day."""
    browser.open(serve(gateway))
    browser.wait("document.querySelector('#state')?.innerText.includes('LIVE')")
    browser.run("pushes = 0, dash_stores[0].subscribe(() => { pushes++ }), true")
    browser.wait("pushes > 250", 200)
    assert browser.run("dash_stores.length") == 1
    browser.wait("dash_stores[0].getState().history.past.length < 10")
