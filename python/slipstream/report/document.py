"""
A report as blocks, which `html` and `pdf` render: what is in it is decided once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 begins a page in the PDF."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table of texts. Columns whose names are in `left` are words, the others numbers; rows in `grey` rest on too little to be
    read as a finding.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    grey: frozenset[int] = frozenset()
    empty: str = "None."


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture as SVG, and what it shows in words."""

    svg: str
    says: str


Block = Heading | Text | Table | Chart


@dataclass(frozen=True, slots=True)
class Document:
    """A report."""

    title: str
    blocks: Sequence[Block]
