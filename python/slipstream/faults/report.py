"""What was done to the plants, and what became of every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Row = tuple[int, float]
"""A row's number, and its price, which follows from it."""


@dataclass
class Report:
    """What was done, and what came of it."""

    seeds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    means: dict[str, str] = field(default_factory=dict)
    """How a kind of fault was made, where there are several ways, or why it was not."""
    acknowledged: int = 0
    refused: int = 0
    """Batches refused with an error, sent again later."""
    quarantined: int = 0
    """Rows in messages whose bytes were flipped in the log after they were acknowledged: named in its list of damages, and kept beside it."""
    lost: int = 0
    doubled: int = 0
    altered: int = 0
    disordered: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost without a word, doubled, altered or out of order."""
        return not (self.lost or self.doubled or self.altered or self.disordered or self.problems)

    def summary(self) -> str:
        """One line of what was seen so far."""
        bad = [
            f"{n} {word}"
            for n, word in (
                (self.lost, "lost"),
                (self.doubled, "doubled"),
                (self.altered, "altered"),
                (self.disordered, "out of order"),
                (len(self.problems), "problems"),
            )
            if n
        ]
        return f"{self.seeds} seeds, {self.faults.total()} faults, {self.acknowledged} rows, " + (
            ", ".join(bad) or "clean"
        )

    def count(
        self, where: str, want: Mapping[str, Sequence[int]], have: Mapping[str, Sequence[Row]], may_miss: set[int]
    ) -> set[int]:
        """
        Compare the rows of one place with what was acknowledged.

        Args:
            where: the place, for what is said of it.
            want: row numbers by symbol.
            have: rows by symbol in the order of the place.
            may_miss: row numbers that were damaged in the log and reported.

        Returns:
            Which of the damaged rows are missing.
        """
        expected = Counter(seq for seqs in want.values() for seq in seqs)
        found = Counter(seq for rows in have.values() for seq, _ in rows)
        missing, more = expected - found, found - expected
        silent = sum(number for seq, number in missing.items() if seq not in may_miss)
        altered = sum(price != price_of(seq) for rows in have.values() for seq, price in rows)
        home = {seq: symbol for symbol, seqs in want.items() for seq in seqs}
        altered += sum(home.get(seq, symbol) != symbol for symbol, rows in have.items() for seq, _ in rows)
        disordered = sum(rows != sorted(rows) for rows in have.values())
        self.lost += silent
        self.doubled += more.total()
        self.altered += altered
        self.disordered += disordered
        if silent or more or altered or disordered:
            self.problems.append(
                f"{where}: {silent} lost, {more.total()} doubled, {altered} altered, {disordered} symbols out of order"
            )
        return {seq for seq in missing if seq in may_miss}


def price_of(seq: int) -> float:
    """The price of a row by its number, so that an altered row shows."""
    return 100.0 + (seq * 7919 % 10_007) / 64
