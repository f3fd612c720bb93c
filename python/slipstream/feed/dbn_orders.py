"""
DBN's order by order messages in the terms of table `mbo`.

DBN tells an execution as a fill, which changes nothing, and a cancel or modify of the order behind it; a cancel may take away a
part. Table `mbo` has fills that reduce the order, modifies that say what is left, and deletes of what was left. So the size of
each resting order is kept here, as DBN has it and as the rows made so far leave it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from slipstream.feed.schema import NULL_LONG

_SIDES = {b"B": "buy", b"A": "sell"}


class Orders:
    """
    The resting orders of one stream.

    Args:
        most: what is kept; fills and cancels of further ones are told as they stand.
    """

    def __init__(self, *, most: int = 10_000_000) -> None:
        self._most = most
        self._left: dict[tuple[int, int], list[int]] = {}
        """By instrument and order: size by DBN, size by our rows."""
        self._of: dict[int, set[int]] = {}
        """Orders by instrument."""

    def __len__(self) -> int:
        return len(self._left)

    def take(
        self, records: npt.NDArray[Any]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.float64]]:
        """Rows that records make: the place of each one's record, action, side (null for clear) and size."""
        left, orders_of = self._left, self._of
        rows: list[int] = []
        actions: list[str] = []
        sides: list[str] = []
        sizes: list[float] = []
        columns = (records[name].tolist() for name in ("action", "instrument_id", "order_id", "size", "side"))
        for at, (action, instrument, order, size, side) in enumerate(zip(*columns, strict=True)):
            key = (instrument, order)
            if action in (b"A", b"M"):
                # a modified order that is not known is one that was there before
                if key in left or len(left) < self._most:
                    orders_of.setdefault(instrument, set()).add(order)
                    left[key] = [size, size]
                made, amount = "add" if action == b"A" else "modify", size
            elif action == b"F":
                known = left.get(key)
                if known is not None:
                    known[1] = max(known[1] - size, 0)
                made, amount = "fill", size
            elif action == b"C":
                known = left.get(key)
                if known is None:
                    made, amount = "delete", size
                else:
                    known[0] -= size
                    if known[0] <= 0:
                        del left[key]
                        orders_of[instrument].discard(order)
                        if not known[1]:
                            continue  # its fills have taken it away
                        made, amount = "delete", known[1]
                    elif known[0] == known[1]:
                        continue  # this is what its fill had said
                    else:
                        made, amount = "modify", known[0]
                        known[1] = known[0]
            elif action == b"R":
                for other in orders_of.pop(instrument, ()):
                    left.pop((instrument, other), None)
                made, amount = "clear", NULL_LONG
            else:
                continue  # trades are rows of their own table; N changes nothing
            rows.append(at)
            actions.append(made)
            sides.append(_SIDES.get(side, ""))
            sizes.append(float("nan") if amount == NULL_LONG else amount)
        return (
            np.array(rows, np.int64),
            np.array([*actions, None], dtype=object)[:-1],
            np.array([*sides, None], dtype=object)[:-1],
            np.array(sizes, np.float64),
        )
