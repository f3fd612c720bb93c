"""
PTP where it is present: how far the hardware's clock is from its master (ptp4l, asked by pmc), and this machine's clock from the hardware's.

Nothing is set. What is not there, or may not be asked, is unknown.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from slipstream.plant.programs import ask

_TRIES = 9
_NEAR_NS = 1_000_000_000
"""A clock further off than this tells another time than the scales that are known."""
TAI_S = 37
"""TAI less UTC since 2017, where the kernel has not been told."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock against CLOCK_REALTIME."""

    offset_ns: float
    """This machine's clock less that one; positive means ours is fast."""
    error_ns: float
    """It is that at most wrong, from how long the reading took."""
    scale: str
    """What that one tells: UTC, TAI, or neither."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A hardware clock."""

    device: Path
    name: str
    """What it belongs to, empty where nobody says."""
    reading: Reading | None
    """None where it may not be read."""

    def __str__(self) -> str:
        text = f"{self.device}{f' ({self.name})' if self.name else ''}"
        if self.reading is None:
            return f"{text} cannot be read"
        found = self.reading
        if not found.scale:
            return f"{text} tells another time"
        return f"{text} offset {found.offset_ns / 1e3:.3f} us +- {found.error_ns / 1e3:.3f} ({found.scale})"


@dataclass(frozen=True, slots=True)
class Master:
    """What ptp4l says."""

    offset_ns: float
    """The clock that it steers less the master's."""
    present: bool
    """It follows a master."""
    identity: str
    """The grandmaster's."""
    interface: str
    hardware: bool
    """It steers the interface's hardware clock; otherwise this machine's."""


def compare(clock: int, tai_s: int = TAI_S) -> Reading:
    """
    Read a clock between two readings of CLOCK_REALTIME, several times, and believe the quickest.

    Raises OSError when it cannot be read.
    """
    width, offset = min(_once(clock) for _ in range(_TRIES))
    for scale, shift in (("UTC", 0), ("TAI", (tai_s or TAI_S) * 1_000_000_000)):
        if abs(offset + shift) < _NEAR_NS:
            return Reading(offset + shift, width / 2, scale)
    return Reading(offset, width / 2, "")


def _once(clock: int) -> tuple[int, float]:
    before = time.clock_gettime_ns(time.CLOCK_REALTIME)
    there = time.clock_gettime_ns(clock)
    after = time.clock_gettime_ns(time.CLOCK_REALTIME)
    # a float holds differences to the ns, moments not
    return after - before, (before - there + after - there) / 2


def hardware(
    devices: Path = Path("/dev"), classes: Path = Path("/sys/class/ptp"), *, tai_s: int = TAI_S
) -> list[Hardware]:
    """The hardware clocks for PTP; `tai_s` is TAI less UTC as the kernel has it, 0 where it does not."""
    found = []
    for device in sorted(devices.glob("ptp[0-9]*")):
        try:
            name = (classes / device.name / "clock_name").read_text(encoding="utf-8").strip()
        except OSError:
            name = ""
        found.append(Hardware(device, name, _read(device, tai_s)))
    return found


def _read(device: Path, tai_s: int) -> Reading | None:
    try:
        file = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # a character device of a clock is a clock by this rule of Linux (clock_gettime(2), dynamic clocks)
        return compare((~file << 3) | 3, tai_s)
    except OSError:
        return None
    finally:
        os.close(file)


def parse_pmc(text: str) -> Master | None:
    """What `pmc` prints for TIME_STATUS_NP and PORT_PROPERTIES_NP; None when the first is not in it."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        parts = line.split()
        if len(parts) == 2:
            values.setdefault(parts[0], parts[1])
    try:
        return Master(
            float(values["master_offset"]),
            values["gmPresent"] == "true",
            values.get("gmIdentity", ""),
            values.get("interface", ""),
            values.get("timestamping", "HARDWARE") != "SOFTWARE",
        )
    except (KeyError, ValueError):
        return None


def master() -> Master | str | None:
    """What ptp4l says; a text says why it does not; None where there is no pmc."""
    answer = ask("pmc", ["-u", "-b", "0", "GET TIME_STATUS_NP", "GET PORT_PROPERTIES_NP"])
    if not isinstance(answer, tuple):
        return answer
    said, complaint = answer
    found = parse_pmc(said)
    if found is not None:
        return found
    return f"pmc: {(complaint.strip().splitlines() or ['no answer of ptp4l'])[-1][:200]}"


def clock_of(interface: str, found: list[Hardware], net: Path = Path("/sys/class/net")) -> Hardware | None:
    """The hardware clock of an interface; the only one where nobody says which."""
    names = {path.name for path in (net / interface / "device" / "ptp").glob("ptp*")} if interface else set()
    ours = [one for one in found if one.device.name in names]
    return ours[0] if ours else found[0] if len(found) == 1 and not names else None


__all__ = ["TAI_S", "Hardware", "Master", "Reading", "clock_of", "compare", "hardware", "master", "parse_pmc"]
