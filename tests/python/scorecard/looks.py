"""What the tests of the page look for in a browser: lamps, rows, findings of axe, pictures, and colours as a deuteranope has them."""

import importlib.util
import json
import os
from pathlib import Path

import numpy as np

from slipstream.scorecard import palette

DOCS = Path(__file__).parents[3] / "docs" / "images"
LAMP = "document.querySelector('#lamp-{}')?.innerText"
ROWS = "document.querySelectorAll('#{} .ag-center-cols-container .ag-row').length"


def press(browser, key):
    for kind in ("keyDown", "keyUp"):
        browser.send("Input.dispatchKeyEvent", type=kind, key=key)


def shown(ident):
    return f"!document.querySelector('#{ident}').hidden"


def type_into(browser, ident, text):
    """Type over what is in a field."""
    browser.run(f"document.querySelector('#{ident}').select(), 0")
    browser.click(f"#{ident}")
    browser.run(f"document.querySelector('#{ident}').select(), 0")
    browser.send("Input.insertText", text=text)


def choose(browser, ident, text):
    """Open a dropdown and click what is wanted of it, by the mouse."""
    browser.click(f"#{ident}")
    found = "[...document.querySelectorAll('[role=option], .dash-dropdown-option')].find(o => o.offsetWidth && o.innerText.trim() == %r)"
    browser.wait(f"(option = {found % text}) != null")
    browser.run("option.id = 'wanted', 0")
    browser.click("#wanted")


def picture(browser, name, folder):
    """A screenshot; with SLIPSTREAM_SCREENSHOTS=1 also the one in docs/images."""
    file = folder / f"{name}.png"
    browser.screenshot(file)
    if os.environ.get("SLIPSTREAM_SCREENSHOTS"):
        from PIL import Image

        DOCS.mkdir(exist_ok=True)
        # 128 colours keep a page of flat colours readable in some 100 kB
        Image.open(file).convert("RGB").quantize(128).save(DOCS / f"scorecard-{name}.png", optimize=True)
    return file


def serious(browser):
    """What axe finds on the page that is serious or worse."""
    axe = Path(importlib.util.find_spec("axe_core_python").submodule_search_locations[0]) / "axe.min.js"
    if not browser.run("typeof axe == 'object'"):
        browser.run(axe.read_text(encoding="utf-8") + "; 0")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
    told = "v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))]"
    found = browser.run(f"axe.run({json.dumps(rules)}).then(r => r.violations.map({told}))")
    return [v for v in found if v[0] in ("serious", "critical")]


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
