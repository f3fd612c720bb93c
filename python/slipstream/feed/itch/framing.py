"""
Messages in bytes: each behind its length in two bytes, as in BinaryFILE and in the body of a MoldUDP64 packet.

A type has one length, so a length that does not suit the type behind it is damage. Reading goes on behind the message when another
good one follows there; else at the next place from which messages follow one another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from slipstream.feed.itch.codec import SIZES, Bytes, Ints, problem

_CHAIN = 3
"""So many good messages in a row are no accident."""
_NEAR = 1_024
"""Damage nearer than this to the end of what has been read is looked at when more has been."""
_AFTER = 64
"""Lengths that are followed at first behind damage, twice as many each time all are good: damage is not far from damage."""
_WINDOW = 1_024
"""Bytes in which the next good place is looked for first."""
_SIZE_LIST: list[int] = SIZES.tolist()


@dataclass
class Framed:
    """What was found in some bytes."""

    offsets: Ints
    """Where good messages begin."""
    bad: list[tuple[int, int, str]] = field(default_factory=list)
    """Where damage begins and ends, and what it is."""
    used: int = 0
    """Bytes done with; the rest comes again with what follows."""


def frame(data: bytes, *, final: bool) -> Framed:
    """
    Find messages.

    Args:
        data: from the beginning of a message.
        final: nothing follows.
    """
    buffer = np.frombuffer(data, dtype=np.uint8)
    parts: list[Ints] = []
    bad: list[tuple[int, int, str]] = []
    at, end = 0, len(data)
    most = end
    while at < end:
        offsets = np.array(_walk(data, at, most), dtype=np.int64)
        good = len(offsets)
        if good:
            sizes = buffer[offsets - 1]
            kinds = buffer[np.minimum(offsets, end - 1)]
            fits = (buffer[offsets - 2] == 0) & (SIZES[kinds] == sizes) & (sizes > 0)
            if not fits.all():
                good = int(fits.argmin())
            if good:
                parts.append(offsets[:good])
                at = int(offsets[good - 1]) + data[int(offsets[good - 1]) - 1]
            if good == most:
                most *= 2
                continue
        most = _AFTER
        if at == end or (not final and end - at < _NEAR):
            break
        after, reason = _damage(data, buffer, at, final=final)
        if after == at:
            break
        if reason and not reason.startswith("truncated") and parts:
            # bytes that went missing are felt one message later: the one before may have swallowed the beginning of the next
            before = int(parts[-1][-1]) - 2
            inside = _resume(data, buffer, before + 1, at)
            if inside is not None:
                parts[-1] = parts[-1][:-1]
                if not len(parts[-1]):
                    parts.pop()
                at, after, reason = before, inside, f"framing: {inside - before} bytes that are no messages"
        if reason:
            bad.append((at, after, reason))
        at = after
    return Framed(np.concatenate(parts) if parts else np.empty(0, dtype=np.int64), bad, at)


def blocks(data: bytes, start: int, count: int) -> list[int] | None:
    """Where the messages in the body of a packet begin; None unless there are `count` of them and nothing else."""
    found: list[int] = []
    note, end, at = found.append, len(data), start
    try:
        for _ in range(count):
            note(at + 2)
            at += 2 + data[at + 1] + (data[at] << 8)
    except IndexError:
        return None
    return found if at == end else None


def _walk(data: bytes, at: int, most: int) -> list[int]:
    """Where messages, so many at most, begin as far as lengths say; the upper byte of a length, always 0, is looked at later."""
    offsets: list[int] = []
    note = offsets.append
    end = len(data)
    try:
        for _ in range(most):
            after = at + 2 + data[at + 1]
            if after > end:
                break
            note(at + 2)
            at = after
    except IndexError:
        pass
    return offsets


def _damage(data: bytes, buffer: Bytes, at: int, *, final: bool) -> tuple[int, str]:
    """Where to go on behind what is wrong at `at`, and what it is, empty for the mark that ends a file; `at` when more must be read."""
    end = len(data)
    if final and end - at < 2:
        return end, f"truncated: {end - at} bytes of a length"
    size = data[at] << 8 | data[at + 1]
    after = at + 2 + size
    if final and size == 0 and after == end:
        return end, ""
    if after > end and end - at > 2 and _SIZE_LIST[data[at + 2]] == size:
        return (
            (end, f"truncated: {end - at - 2} of {size} bytes of a message {chr(data[at + 2])}") if final else (at, "")
        )
    # a length of its own accord may point to a message far behind: not over good ones
    if size and after <= end and _follows(data, after) and _resume(data, buffer, at + 1, after) is None:
        return after, problem(data[at + 2 : after]) or "framing: a message that does not suit its length"
    found = _resume(data, buffer, at + 1)
    if found is None:
        found = end if final else end - _NEAR
    return found, f"framing: {found - at} bytes that are no messages"


def _follows(data: bytes, at: int) -> bool:
    """Whether good messages follow one another from here, or the data end."""
    end = len(data)
    for number in range(_CHAIN):
        if at + 3 > end:
            return number > 0 or at == end
        size = data[at + 1]
        if data[at] or not size or _SIZE_LIST[data[at + 2]] != size:
            return False
        at += 2 + size
    return True


def _resume(data: bytes, buffer: Bytes, at: int, stop: int | None = None) -> int | None:
    """The next place, before `stop`, from which messages follow one another."""
    # a place needs two bytes of length and a type
    stop = len(data) - 2 if stop is None else min(stop, len(data) - 2)
    width = _WINDOW
    while at < stop:
        until = min(at + width, stop)
        part = buffer[at : until + 2]
        maybe = (part[:-2] == 0) & (part[1:-1] > 0) & (SIZES[part[2:]] == part[1:-1])
        for place in np.flatnonzero(maybe).tolist():
            if _follows(data, at + place):
                return int(at + place)
        at, width = until, 4 * width
    return None
