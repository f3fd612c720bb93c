"""`slipstream nulls`: the runs of `q/tca/nulls.q` and the bounds that they must keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from slipstream.engine.child import child

COLUMNS = ("tape", "runs", "alarm", "zero", "iid", "placebo", "support", "looks")
# tape: (column, lowest, highest); a tape that is not here is shown for comparison
BOUNDS = {
    "walk": (("alarm", 0.0, 0.10), ("looks", 0.0, 0.05)),
    "leak010": (("alarm", 0.90, 1.0),),
    "chase": (("alarm", 0.0, 0.10),),
    "trend": (("alarm", 0.0, 0.10),),
    "dense5": (("alarm", 0.0, 0.10),),
    "dense30": (("alarm", 0.0, 0.10),),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    One tape's shares (see COLUMNS), its bounds in words, and whether they hold.
    """

    cells: tuple[str | int | float, ...]
    bound: str
    good: bool


def run(
    runs: int, seed: int, engine: Literal["auto", "quill", "kdb"] = "auto", *, live: bool = False
) -> Iterator[Outcome]:
    """
    Every tape so many times, with the seeds from `seed` on; live through the arithmetic of the real-time engine (`q/rt/nulls.q`).

    Raises:
        EngineError: q could not be started or signalled an error.
    """
    with child("q/boot.q", wanted=engine) as q:
        q.query("{.boot.use x;}", "rt/nulls" if live else "tca/nulls")
        for tape in q.value("key .nulls.tapes").to_pylist():
            row = q.table("{.nulls.by[$[x;.nulls.live;.nulls.one];1#y;z 0;z 1]}", live, tape, [runs, seed]).to_pylist()[
                0
            ]
            bounds = BOUNDS.get(tape, ())
            words = ", ".join(f"{c} >= {low:.0%}" if low else f"{c} <= {high:.0%}" for c, low, high in bounds)
            yield Outcome(tuple(row[c] for c in COLUMNS), words, all(low <= row[c] <= high for c, low, high in bounds))
