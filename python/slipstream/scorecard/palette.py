"""
Colours, shapes and words that figures, cells and the style sheet share.
"""

from __future__ import annotations

from typing import Final

# Told apart under the three colour deficiencies; each is always shown with a shape and a word.
OK: Final = "#56B4E9"
AMBER: Final = "#F0E442"
RED: Final = "#D55E00"
GREY: Final = "#9AA0A6"
PAGE: Final = "#111418"
PANEL: Final = "#181c22"
LINE: Final = "#2a3038"
TEXT: Final = "#e8eaed"
MID: Final = "#c8ccd2"
SEND: Final = "#CC79A7"

LIGHT: Final = {
    OK: "#0072B2",
    AMBER: "#745500",
    RED: "#B34700",
    GREY: "#5F6670",
    PAGE: "#F4F5F7",
    PANEL: "#FFFFFF",
    LINE: "#D5D9DE",
    TEXT: "#1A1D21",
    MID: "#3A4048",
    SEND: "#A04A7C",
}
"""What the light theme has in place of each colour; the page replaces them in the figures that it is sent."""

LAMPS: Final = {"GREEN": ("●", OK), "AMBER": ("▲", AMBER), "RED": ("⬢", RED), "NO DATA": ("—", GREY)}


def lamp_text(word: str) -> str:
    """
    A lamp as shape and word.
    """
    return f"{LAMPS[word][0]} {word}"


def band(colour: str, share: float) -> str:
    """
    A colour as a band behind lines: `#RRGGBBAA`, so that the light theme finds it too.
    """
    return f"{colour}{round(255 * share):02x}"
