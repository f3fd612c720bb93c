"""
A document as one HTML file, with nothing to fetch.
"""

from __future__ import annotations

from html import escape

from slipstream.report.document import Block, Chart, Document, Heading, Table, Text

_STYLE = """
body { font-family: Inter, Roboto, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; color: #1a1d21; max-width: 1200px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 22px; margin: 32px 0 8px; border-bottom: 2px solid #1a1d21; } h2 { font-size: 16px; margin: 24px 0 6px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: 8px 0; } th, td { padding: 3px 8px; border-bottom: 1px solid #d5d9de; text-align: right;
  font-variant-numeric: tabular-nums; vertical-align: top; } th.w, td.w { text-align: left; } thead th { border-bottom: 1px solid #1a1d21; }
tr.few { color: #5f6670; } .none { color: #5f6670; } svg { max-width: 100%; height: auto; }
@media print { h1 { break-before: page; } table, svg { break-inside: avoid; } }
"""


def render(document: Document) -> str:
    """
    The document as HTML.
    """
    body = "\n".join(_block(block) for block in document.blocks)
    title = escape(document.title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>\n{body}\n</main></body></html>\n"
    )


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Text):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Chart):
        label = escape(block.says, quote=True)
        return f'<figure role="img" aria-label="{label}">{block.svg}</figure>'
    return _table(block)


def _table(table: Table) -> str:
    if not table.rows:
        return f'<p class="none">{escape(table.empty)}</p>'

    def cells(row: object, tag: str, scope: str = "") -> str:
        assert isinstance(row, (list, tuple))
        words = (' class="w"' if i < table.left else "" for i in range(len(row)))
        return "".join(f"<{tag}{word}{scope}>{escape(str(c))}</{tag}>" for word, c in zip(words, row, strict=True))

    scope, few = ' scope="col"', ' class="few"'
    head = f"<thead><tr>{cells(tuple(table.columns), 'th', scope)}</tr></thead>"
    rows = [f"<tr{few if i in table.grey else ''}>{cells(tuple(row), 'td')}</tr>" for i, row in enumerate(table.rows)]
    return f'<div class="wide" tabindex="0"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'
