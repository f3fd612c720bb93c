"""
What holds of the page while the case study is told: one screen, both themes, no serious finding of axe, the way down to the messages, a server that
is started anew. The plant is a double that tells the story; on a real plant it is told in tests/e2e/test_scorecard.py.
"""

import time

import numpy as np
import pyarrow as pa
import pytest

from slipstream.scorecard import access
from slipstream.scorecard.desk import Desk
from slipstream.scorecard.thresholds import Version

from .gateway import START, Gateway, chart, drift, health, live, scorecard, stamp, trail
from .looks import LAMP, ROWS, choose, serious, type_into

pytestmark = pytest.mark.browser

ALERT = {
    "time": START + np.timedelta64(5700, "s"), "parent": "TECH-1", "sym": "TECH", "lamp": "LEAK", "level": "amber", "figure": 0.51, "threshold": 0.22,
    "why": "the mid moves 0.513 bps more after our posts than at like moments, t 3.70, n 63", "id": "a1", "state": "open",
}  # fmt: skip


class Story:
    """What the gateway answers: hour by hour, one step at a time, and in which phase it is."""

    def __init__(self):
        self.phase, self.began = "quiet", time.monotonic()
        self.alert = dict(ALERT)
        rng = np.random.default_rng(11)
        calm, surge = rng.normal(0, 0.004, 5400), rng.normal(0.00012, 0.006, 1200)
        self.mids = 50.25 + np.cumsum(np.concatenate([calm - calm.mean(), surge, rng.normal(-0.0001, 0.004, 1800)]))

    def now(self):
        return {"quiet": 5400, "leak": 6300, "switched": 6600, "calm": 8100}[self.phase] + int(
            time.monotonic() - self.began
        ) % 240

    def live(self, _=None):
        now, hurt = self.now(), self.phase in ("leak", "switched")
        slip = {"quiet": 0.52, "leak": 3.41, "switched": 3.9, "calm": 3.48}[self.phase] + now % 7 / 100
        done = now / 23_400
        table = scorecard(
            [
                (
                    "TECH-1",
                    "TECH",
                    "buy",
                    500_000,
                    5e5 * done,
                    50.25,
                    50.25 * (1 + slip / 1e4),
                    slip,
                    slip * 2512.5 * done,
                    "working",
                    now * 1000,
                ),
                ("ALFA-2", "ALFA", "sell", 80_000, 41_000, 18.21, 18.2096, 0.2, 15.0, "working", now * 1000 - 900),
            ]
        )
        parts = {"delay": 310.0, "timing_impact": 4120.0, "spread": 940.0, "opportunity": 1800.0, "fees": 155.0}
        lamp, verdict = ("amber", "leak") if hurt else ("green", "none")
        return live(
            table, [self.alert] if self.phase != "quiet" else [], {"time": START + np.timedelta64(now, "s")},
            cost_lamp=[lamp, "green"], leak_lamp=[lamp, "green"], leak_verdict=[verdict, "collecting"], leak_n=[63, 12],
            leak_bps=[0.513 if hurt else 0.012, None], leak_t=[3.7 if hurt else 0.6, None], n=[612, 44], participation=[0.247, 0.11],
            slippage_rolling_bps=[slip * 1.3 if hurt else -0.2, 0.8], expected_bps=[0.9, 0.6], excess_z=[1.4 if hurt else 0.1, 0.2],
            is_cost=[sum(parts.values()), None], is_bps=[2.92, None], **{name: [value, None] for name, value in parts.items()},
        )  # fmt: skip

    def chart(self, parent):
        now = self.now()
        times = np.arange(0, now, 10)
        mids = self.mids[times]
        sends = [(t * 1000, float(self.mids[t]), 700.0, f"C{t}") for t in range(20, now, 60)]
        fills = [
            (t * 1000 + 4000, float(self.mids[t] + 0.005), 350.0, "maker" if t % 4 else "taker")
            for t in range(20, now, 60)
        ]
        switches = [(6400 * 1000, "pov", "passive")] if self.phase in ("switched", "calm") else []
        return chart(list(zip(times * 1000, mids - 0.01, mids + 0.01, strict=True)), sends, fills, switches)

    def trail(self, parent):
        t = np.arange(0, self.now(), 20)
        slip = np.interp(t, [0, 5400, 6300, 6600, 8400], [0.0, 0.5, 3.6, 3.9, 3.45])
        roll = np.interp(t, [0, 5400, 5900, 6500, 6900, 8400], [0.0, 0.5, 6.0, 5.0, 0.5, -0.5])
        return trail([(int(a) * 1000, float(s), float(r), 0.9, 50.26) for a, s, r in zip(t, slip, roll, strict=True)])

    def drift(self, parent):
        top = 0.5 if self.phase in ("leak", "switched") else 0.03
        labels = (("1ms", 1), ("10ms", 10), ("100ms", 100), ("1s", 1000), ("10s", 10_000))
        rows = [(h, name, top * k / 4) for k, (name, h) in enumerate(labels)]
        return drift([("send", "all", h, name, 212, mean, mean - 0.08, mean + 0.08) for h, name, mean in rows])

    def children(self, parent):
        words = {name: ["x", "x"] for name in ("venue", "side", "ordtype", "algo", "status")}
        return pa.table(
            {
                "id": ["C80", "C20"],
                "time": stamp([80_000, 20_000]),
                **words,
                "qty": [700.0, 700.0],
                "filled": [350.0, 700.0],
                "avgpx": [50.25, 50.25],
                "price": [50.25, 50.25],
                "events": [3, 2],
            }
        )

    def order(self, name):
        time = stamp([20_000])
        quotes = pa.table({"time": time, "bid": [50.24], "ask": [50.26], "venue": ["SIM"]})
        return {
            "events": pa.table({"time": time, "event": ["new"], "qty": [700.0]}),
            "fills": pa.table({"time": time, "execid": ["E1"], "qty": [350.0]}),
            "messages": pa.table({"time": time, "msg": [f"8=FIX.4.4\x0135=D\x0111={name}\x01".encode()]}),
            "quotes": quotes,
        }

    def gateway(self):
        return Gateway(
            live=self.live, chart=self.chart, trail=self.trail, drift=self.drift, children=self.children, order=self.order,
            health=lambda _=None: health({"quote": 100 + self.now(), "orders": 40}, self.now() * 1000 + int(10 * time.monotonic()) % 1000),
        )  # fmt: skip


class Plant:
    """A plant at which nobody acts; it notes what the engine is told of thresholds."""

    def __init__(self):
        self.told = []

    def set_limits(self, limits, scope):
        self.told.append((str(scope), limits["cost"]))

    def switched(self, parent):
        return "switch to passive: accepted" if parent == "TECH-1" else ""


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def plant():
    return Plant()


@pytest.fixture
def desk(tmp_path, plant):
    limits = {"z": (1.0, 2.0), "cost": (2.0, 6.0), "leakSpread": (0.1, 0.25), "leakT": (2.8, 3.3)}
    made = Desk(tmp_path / "page", plant, Version(0, limits, "demo"), Gateway().connect)
    yield made
    made.close()


def test_one_screen_both_themes_drill_down_thresholds_and_axe(serve, story, desk, plant, browser):
    story.phase = "leak"
    browser.open(serve(story.gateway(), desk))
    browser.wait(f"{LAMP.format('leak')} == '▲ AMBER'")
    for width, height in ((1920, 1080), (1280, 720)):
        browser.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )
        browser.wait(
            f"document.documentElement.scrollHeight <= {height} && document.documentElement.scrollWidth <= {width}"
        )
        browser.wait(f"{SIDEWAYS}.length == 0")
        browser.wait(f"{CUT}.length == 0")
        # what a small screen has no room for is left out, and is there on a large one
        browser.wait(f"(document.querySelector('#parents [col-id=trader]') != null) == {str(width == 1920).lower()}")
    type_into(browser, "layout-name", "small")
    browser.click("#layout-save")
    browser.wait("document.querySelector('#layout-pick').innerText.includes('small')")
    (kept,) = desk.layouts(access.OPEN.name).values()
    assert len(kept["columns"]) > 15
    assert [c["colId"] for c in kept["columns"] if c["hide"]] == [], "a layout hides what its owner hid"
    browser.wait(f"{SIDEWAYS}.length == 0 && document.querySelector('#parents [col-id=trader]') == null")
    for theme in ("dark", "light"):
        browser.wait(f"document.documentElement.dataset.theme == '{theme}'")
        assert serious(browser) == [], theme
        browser.click("#theme")
    browser.wait("document.documentElement.dataset.theme == 'dark'")
    browser.click("#detail-open")
    browser.wait(f"{ROWS.format('detail-children')} == 2")
    browser.click("#detail-children .ag-row [col-id=id]")
    browser.wait("document.querySelector('#detail-messages').innerText.includes('8=FIX.4.4|35=D|11=C80|')")
    browser.wait(f"{ROWS.format('detail-quotes')} == 1")
    browser.wait("document.querySelector('#chart-action').innerText == 'switch to passive: accepted'")
    browser.click("#detail .close")
    browser.wait("document.querySelector('#detail').hidden")
    of_some_orders(browser, plant)
    on_a_tablet(browser)


def of_some_orders(browser, plant):
    """Whose thresholds they are is picked, named, saved, and said of all orders."""
    said, amber = (
        "document.querySelector('#limits-said').innerText",
        "document.querySelector('#limit-cost-amber').value",
    )
    browser.click("#limits-open")
    browser.wait(f"{amber} == '2'")
    choose(browser, "limits-kind", "algo")
    browser.wait(f"{said} == 'name the algo'")
    type_into(browser, "limits-name", "pov")
    browser.click("#limits-title")  # a name counts once the field is left
    browser.wait(f"{said} == 'algo:pov: none of their own, those of all orders'")
    type_into(browser, "limit-cost-amber", "3")
    browser.click("#limits-save")
    browser.wait(f"{said} == 'saved as version 1'")
    assert plant.told == [("algo:pov", (3.0, 6.0))]
    choose(browser, "limits-kind", "all orders")
    browser.wait(f"{amber} == '2'")
    browser.wait(
        "document.querySelector('#limits-others').innerText.startsWith('Of their own have: algo:pov (version 1, ')"
    )
    choose(browser, "limits-kind", "algo")
    browser.wait(f"{amber} == '3'")
    browser.click("#limits-close")
    browser.wait("document.querySelector('#limits').hidden")


SIDEWAYS = "[...document.querySelectorAll('.grid .ag-center-cols-viewport')].filter(v => v.offsetWidth && v.scrollWidth > v.clientWidth + 1)"
"""Grids that would have to be scrolled sideways."""
CUT = "[...document.querySelectorAll('.grid .ag-row .number, .grid .ag-row [class*=lamp-]')].filter(e => e.offsetWidth && e.scrollWidth > e.clientWidth + 1)"
"""Numbers and lamps that are not shown in full."""
TOUCHED = "(e => e == document.elementFromPoint(...(r => [r.x + r.width / 2, r.y + r.height / 2])(e.getBoundingClientRect())))"


def on_a_tablet(browser):
    """Upright and across nothing sticks out sideways, lamps are seen without scrolling sideways, and buttons are large enough and take a finger."""
    browser.send("Emulation.setTouchEmulationEnabled", enabled=True)
    for width, height in ((1024, 768), (820, 1180)):
        browser.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=True)
        browser.wait(f"innerWidth == {width} && document.documentElement.scrollWidth == {width}")
        out = "[...document.querySelectorAll('.panel, header > *, .panel.chosen > *')].filter(e => e.offsetWidth && (r => r.left < 0 || r.right > innerWidth + 1)(e.getBoundingClientRect())).map(e => e.id || e.className)"
        browser.wait(f"{out}.length == 0")
        browser.run("scrollTo(0, 0), 0")
        browser.wait(f"{SIDEWAYS}.length == 0")
        for ident in ("lamp-cost", "lamp-leak"):
            browser.run(f"lamp = document.querySelector('#{ident}'), lamp.scrollIntoView({{block: 'center'}}), 0")
            browser.wait(f"lamp.innerText == '▲ AMBER' && {TOUCHED}(lamp)")
        browser.run("knob = document.querySelector('#switch-open'), knob.scrollIntoView({block: 'center'}), 0")
        browser.wait(f"{TOUCHED}(knob) && knob.offsetHeight >= 32 && knob.offsetWidth >= 44")
        tap(browser, "#switch-open")
        browser.wait("!document.querySelector('#switch-dialog').hidden")
        browser.wait(
            "(r => r.left >= 0 && r.right <= innerWidth)(document.querySelector('#switch-dialog .box').getBoundingClientRect())"
        )
        tap(browser, "#switch-dialog-close")
        browser.wait("document.querySelector('#switch-dialog').hidden")


def tap(browser, selector):
    """A finger where a reader would put it."""
    x, y = browser.run(
        f"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector('{selector}').getBoundingClientRect())"
    )
    browser.send("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
    browser.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])


def test_a_server_that_is_started_anew_is_found_again(serve, story, browser):
    address = serve(story.gateway())
    browser.open(address)
    browser.wait("document.querySelector('#page')?.className == 'page live'")
    serve.stop()
    browser.wait("document.querySelector('#page').className == 'page stale'")
    browser.wait("document.querySelector('#reason').innerText == 'the page server does not answer'")
    story.phase = "leak"
    serve(story.gateway(), port=int(address.rpartition(":")[2]))
    browser.wait("document.querySelector('#page').className == 'page live'", 90)
    browser.wait(f"{LAMP.format('leak')} == '▲ AMBER'")
