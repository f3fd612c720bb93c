"""
The case study as the trader sees it: lamps green, amber with one alert, a switch asked for by click and confirmed, green again; and what holds
of the page meanwhile: one screen, both themes, the keyboard, colour-blind readers, no serious finding of axe, a server that is started anew.

The plant is a double that tells the story; that a plant comes to it is the business of tests/python/market/test_tech.py.
With SLIPSTREAM_SCREENSHOTS=1 the pictures in docs/images are made anew.
"""

import importlib.util
import json
import os
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from slipstream.scorecard import palette
from slipstream.scorecard.desk import Desk, Version

from .gateway import START, Gateway, chart, drift, health, live, scorecard, stamp, trail

pytestmark = pytest.mark.browser

DOCS = Path(__file__).parents[3] / "docs" / "images"
LAMP = "document.querySelector('#lamp-{}')?.innerText"
ROWS = "document.querySelectorAll('#{} .ag-center-cols-container .ag-row').length"
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
    """What the page does to the plant, kept."""

    def __init__(self, story):
        self.story, self.did = story, []

    def note_alert(self, alert, action, who, *, note, minutes):
        self.did.append((alert, action, who.name, note, minutes))
        self.story.alert |= {"state": "acked", "who": who.name, "at": START}

    def switch(self, asked, who, rule_version):
        self.did.append(("switch", asked.parent.parent, asked.algo, asked.parameters["clip"], who.name, asked.reason))
        self.story.phase = "switched"
        return f"asked for {asked.algo}"

    def switched(self, parent):
        return "switch to passive: accepted" if self.story.phase == "switched" else ""

    def set_limits(self, limits):
        self.did.append(("limits", dict(limits)))


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def plant(story):
    return Plant(story)


@pytest.fixture
def desk(plant, tmp_path):
    limits = {"z": (1.0, 2.0), "cost": (2.0, 6.0), "leakSpread": (0.1, 0.25), "leakT": (2.8, 3.3)}
    made = Desk(tmp_path / "page", plant, Version(0, limits, "demo"), Gateway().connect)
    yield made
    made.close()


def shown(browser, ident):
    return f"!document.querySelector('#{ident}').hidden"


def picture(browser, name, tmp_path):
    file = tmp_path / f"{name}.png"
    browser.screenshot(file)
    if os.environ.get("SLIPSTREAM_SCREENSHOTS"):
        from PIL import Image

        DOCS.mkdir(exist_ok=True)
        # 128 colours keep a page of flat colours readable in some 100 kB
        Image.open(file).convert("RGB").quantize(128).save(DOCS / f"scorecard-{name}.png", optimize=True)
    return file


def test_the_trader_sees_the_leak_and_switches(serve, story, plant, desk, browser, tmp_path):
    browser.open(serve(story.gateway(), desk))
    browser.wait(f"{LAMP.format('leak')} == '● GREEN' && {LAMP.format('cost')} == '● GREEN'")
    browser.wait("document.querySelector('#page').className == 'page live'")
    assert browser.run(ROWS.format("alert-feed")) == 0
    browser.wait("document.querySelector('#fall .js-plotly-plot')?.data?.[0]?.y?.length == 6")
    green = picture(browser, "green", tmp_path)
    colours = [lamp_colour(green, browser)]
    story.phase = "leak"
    browser.wait(f"{LAMP.format('leak')} == '▲ AMBER' && {LAMP.format('cost')} == '▲ AMBER'")
    browser.wait(f"{ROWS.format('alert-feed')} == 1")
    browser.wait("document.querySelector('#price .js-plotly-plot').data?.[2]?.x.length > 600")
    amber = picture(browser, "amber", tmp_path)
    colours.append(lamp_colour(amber, browser))

    browser.click("#switch-open")
    browser.wait(shown(browser, "switch-dialog"))
    browser.wait("document.querySelector('#switch-what').innerText.includes('BUY 500,000 TECH')")
    browser.wait("document.querySelector('#switch-dialog').contains(document.activeElement)")
    assert plant.did == [], "nothing is done before it is confirmed"
    browser.click("#switch-confirm")
    browser.wait("document.querySelector('#switch-said').innerText == 'asked for passive'")
    assert plant.did == [("switch", "TECH-1", "passive", 700, "local", "")]
    press(browser, "Escape")
    browser.wait("document.querySelector('#switch-dialog').hidden")
    for ident in ("price", "slip"):
        browser.wait(
            f"(document.querySelector('#{ident} .js-plotly-plot')?.layout?.shapes ?? []).some(s => s.type == 'line')"
        )
    story.phase = "calm"
    browser.wait(f"{LAMP.format('leak')} == '● GREEN' && {LAMP.format('cost')} == '● GREEN'")
    assert browser.run(ROWS.format("alert-feed")) == 1, "one alert for all of it"
    picture(browser, "switched", tmp_path)

    browser.click("#alert-feed .ag-row [col-id=parent]")
    browser.wait("document.querySelector('#alert-feed .ag-row.chosen') != null")
    browser.click("#alert-ack")
    browser.wait("document.querySelector('#alert-feed .ag-row').innerText.includes('acked by local')")
    assert plant.did[1:] == [("a1", "ack", "local", "", None)]
    assert apart(*map(deuteranopia, colours)) > 30, "the lamps stay apart for a deuteranope"
    assert browser.console == []


def test_one_screen_both_themes_drill_down_and_axe(serve, story, desk, browser):
    axe = Path(importlib.util.find_spec("axe_core_python").submodule_search_locations[0]) / "axe.min.js"
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
    browser.run(axe.read_text(encoding="utf-8") + "; 0")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    for theme in ("dark", "light"):
        browser.wait(f"document.documentElement.dataset.theme == '{theme}'")
        found = browser.run(
            f"axe.run({json.dumps(rules)}).then(r => r.violations.map(v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))]))"
        )
        serious = [v for v in found if v[0] in ("serious", "critical")]
        assert not serious, f"{theme}: {serious}"
        browser.click("#theme")
    browser.wait("document.documentElement.dataset.theme == 'dark'")
    browser.click("#detail-open")
    browser.wait(f"{ROWS.format('detail-children')} == 2")
    browser.click("#detail-children .ag-row [col-id=id]")
    browser.wait("document.querySelector('#detail-messages').innerText.includes('8=FIX.4.4|35=D|11=C80|')")
    assert browser.run(ROWS.format("detail-quotes")) == 1


def test_a_server_that_is_started_anew_is_found_again(serve, story, browser):
    address = serve(story.gateway())
    browser.open(address)
    browser.wait("document.querySelector('#page')?.className == 'page live'")
    serve.stop()
    browser.wait("document.querySelector('#page').className == 'page stale'")
    assert browser.run("document.querySelector('#reason').innerText") == "the page server does not answer"
    story.phase = "leak"
    serve(story.gateway(), port=int(address.rpartition(":")[2]))
    browser.wait("document.querySelector('#page').className == 'page live'", 90)
    browser.wait(f"{LAMP.format('leak')} == '▲ AMBER'")


def press(browser, key):
    for kind in ("keyDown", "keyUp"):
        browser.send("Input.dispatchKeyEvent", type=kind, key=key)


def lamp_colour(file, browser):
    """The colour in which the LEAK lamp is drawn in a screenshot: the one farthest from the panel."""
    from PIL import Image

    box = browser.run(
        "(r => [r.x, r.y, r.right, r.bottom])(document.querySelector('#lamp-leak').getBoundingClientRect())"
    )
    pixels = np.asarray(Image.open(file).convert("RGB").crop([round(v) for v in box])).reshape(-1, 3).astype(float)
    panel = np.array([int(palette.PANEL[i : i + 2], 16) for i in (1, 3, 5)])
    return pixels[np.argmax(np.abs(pixels - panel).sum(axis=1))]


def linear(rgb):
    c = np.asarray(rgb) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def deuteranopia(rgb):
    """Linear RGB as a deuteranope has it (Machado, Oliveira & Fernandes 2009, severity 1)."""
    seen = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
    return np.clip(seen @ linear(rgb), 0, 1)


def apart(one, two):
    """CIE 1976 colour difference of two colours in linear RGB, D65."""

    def lab(rgb):
        xyz = (
            np.array(
                [
                    [0.4124564, 0.3575761, 0.1804375],
                    [0.2126729, 0.7151522, 0.0721750],
                    [0.0193339, 0.1191920, 0.9503041],
                ]
            )
            @ rgb
        )
        f = xyz / np.array([0.95047, 1.0, 1.08883])
        f = np.where(f > (6 / 29) ** 3, np.cbrt(f), f / (3 * (6 / 29) ** 2) + 4 / 29)
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    return float(np.linalg.norm(lab(one) - lab(two)))
