"""
A document as PDF, by fpdf2: no browser and no system library is needed.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from slipstream.report.document import Document, Heading, Table, Text

_FONT = "Helvetica"
# what the built-in fonts lack
_PLAIN = str.maketrans({"−": "-", "–": "-", "—": "-", "→": "->", "●": "", "▲": "", "⬢": "", "β": "beta", "ρ": "rho", "≥": ">=", "≤": "<=", "τ": "tau", "Σ": "sum ", "…": "...", "’": "'"})  # fmt: skip


def render(document: Document, made: datetime | None = None) -> bytes:
    """
    The document as PDF, A4 across.

    Args:
        document: what is in it.
        made: the time that is noted in the file; now when None.
    """
    from fpdf import FPDF
    from fpdf.enums import XPos, YPos

    pdf: Any = FPDF(orientation="landscape", format="A4")
    pdf.set_title(_plain(document.title))
    pdf.set_lang("en")
    pdf.set_creation_date(made or datetime.now(UTC))
    pdf.set_auto_page_break(True, margin=12)
    pdf.set_margin(12)
    pdf.set_font(_FONT, size=9)
    new = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT}
    for block in document.blocks:
        if isinstance(block, Heading):
            if block.level == 1 or pdf.get_y() > pdf.h - 50:
                pdf.add_page()
            pdf.ln(0 if block.level == 1 else 3)
            pdf.set_font(_FONT, "B", 16 if block.level == 1 else 11)
            pdf.multi_cell(0, 8 if block.level == 1 else 6, _plain(block.text), **new)
            pdf.set_font(_FONT, size=9)
        elif isinstance(block, Text):
            pdf.multi_cell(0, 4.6, _plain(block.text), **new)
            pdf.ln(1)
        elif isinstance(block, Table):
            _table(pdf, block, new)
        elif block.svg:
            width = 170.0
            height = width * 260 / 720
            if pdf.get_y() + height > pdf.h - 14:
                pdf.add_page()
            pdf.image(io.BytesIO(block.svg.encode()), w=width, alt_text=_plain(block.says))
            pdf.ln(2)
    return bytes(pdf.output())


def _table(pdf: Any, block: Table, new: dict[str, Any]) -> None:
    if not block.rows:
        pdf.multi_cell(0, 5, _plain(block.empty), **new)
        return
    from fpdf.fonts import FontFace

    size = 8 if len(block.columns) <= 12 else 6.5
    pdf.set_font(_FONT, size=size)
    widths = [
        max(len(_plain(str(row[i]))) for row in [block.columns, *block.rows[:200]]) + 2
        for i in range(len(block.columns))
    ]
    widths = [min(w, 60) for w in widths]
    align = ["LEFT" if i < block.left else "RIGHT" for i in range(len(block.columns))]
    grey = FontFace(color=(95, 102, 112))
    usual = pdf.epw if sum(widths) * size * 0.19 > pdf.epw else max(sum(widths) * size * 0.19, 60)
    with pdf.table(
        col_widths=tuple(widths),
        text_align=tuple(align),
        line_height=size * 0.56,
        width=usual,
        align="LEFT",
        borders_layout="HORIZONTAL_LINES",
        padding=0.4,
    ) as table:
        for i, cells in enumerate([block.columns, *block.rows]):
            row = table.row()
            for cell in cells:
                row.cell(_plain(str(cell)), style=grey if i - 1 in block.grey else None)
    pdf.set_font(_FONT, size=9)
    pdf.ln(1)


def _plain(text: str) -> str:
    """Text in the characters that the built-in fonts have; others become a question mark."""
    return text.translate(_PLAIN).encode("latin-1", "replace").decode("latin-1")
