"""
Whether this machine's clock is kept right, and by what: chrony, PTP, the kernel's own word. What is not there is unknown.

Nothing is set: `ntp_adjtime` is only asked.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from dataclasses import dataclass

from slipstream.plant import ptp
from slipstream.plant.programs import ask

_UNSYNC = 0x0040
_NANO = 0x2000
_ERROR = 5
_PTP_NS = 1e6
"""Further from the master than this nobody keeps the clock by it."""


@dataclass(frozen=True, slots=True)
class HostClock:
    """What is known of the clock."""

    synchronised: bool | None
    """None is unknown."""
    offset_ns: float | None
    """By how much it is believed to be wrong."""
    text: str
    """For people: by what it is kept, and how well."""


class _Timeval(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("fraction", ctypes.c_long))


class _Timex(ctypes.Structure):
    _fields_ = (
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long), ("esterror", ctypes.c_long),
        ("status", ctypes.c_int), ("constant", ctypes.c_long), ("precision", ctypes.c_long), ("tolerance", ctypes.c_long), ("time", _Timeval),
        ("tick", ctypes.c_long), ("ppsfreq", ctypes.c_long), ("jitter", ctypes.c_long), ("shift", ctypes.c_int), ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long), ("calcnt", ctypes.c_long), ("errcnt", ctypes.c_long), ("stbcnt", ctypes.c_long), ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kernel:
    """What the kernel says of its clock."""

    synchronised: bool
    offset_ns: float
    max_error_us: int
    frequency_ppm: float
    tai_s: int
    """TAI less UTC; 0 where nobody has told it."""


def kernel() -> Kernel | None:
    """The kernel's word; None where it cannot be asked."""
    name = ctypes.util.find_library("c")
    function = getattr(ctypes.CDLL(name, use_errno=True), "ntp_adjtime", None) if name else None
    if function is None:
        return None
    asked = _Timex()
    answer = function(ctypes.byref(asked))
    if answer < 0:
        return None
    offset = float(asked.offset) * (1.0 if asked.status & _NANO else 1_000.0)
    return Kernel(
        answer != _ERROR and not asked.status & _UNSYNC,
        offset,
        int(asked.maxerror),
        asked.freq / 65_536,
        int(asked.tai),
    )


@dataclass(frozen=True, slots=True)
class Chrony:
    """The state of chronyd."""

    source: str
    stratum: int
    offset_ns: float
    """Our clock less true time; positive means ours is fast."""
    rms_ns: float
    frequency_ppm: float
    leap: str
    """Normal, Insert second, Delete second, or Not synchronised."""

    @property
    def synchronised(self) -> bool:
        """Whether it follows a source."""
        return self.leap != "Not synchronised"


def parse_chrony(text: str) -> Chrony | None:
    """The line that `chronyc -c tracking` prints; None for anything else."""
    fields = text.strip().split(",")
    if len(fields) != 14:
        return None
    try:
        # the system time field tells how far the clock is from NTP time: positive is slow
        return Chrony(
            fields[1] or fields[0],
            int(fields[2]),
            -float(fields[4]) * 1e9,
            float(fields[6]) * 1e9,
            float(fields[7]),
            fields[13],
        )
    except ValueError:
        return None


def chrony() -> Chrony | str | None:
    """The state of chronyd; a text says why it cannot be told; None where there is no chrony."""
    answer = ask("chronyc", ["-c", "tracking"])
    if not isinstance(answer, tuple):
        return answer
    said, complaint = answer
    found = parse_chrony(said)
    return found if found is not None else f"chronyc: {(complaint or said).strip()[:200] or 'no answer'}"


def host_clock() -> HostClock:
    """All of it."""
    service, word = chrony(), kernel()
    clocks, said = ptp.hardware(tai_s=word.tai_s if word is not None else 0), ptp.master()
    parts, synchronised, offset = [], None, None
    if isinstance(service, Chrony):
        synchronised, offset = service.synchronised, service.offset_ns
        parts.append(
            f"chrony: {service.leap.lower()}, {service.source} stratum {service.stratum}, offset {service.offset_ns / 1e3:.3f} us, "
            f"rms {service.rms_ns / 1e3:.3f} us, {service.frequency_ppm:.3f} ppm"
        )
    elif service is not None:
        parts.append(service)
    if isinstance(said, ptp.Master):
        measured = _by_ptp(said, clocks)
        state = (
            f"follows {said.identity}, offset {said.offset_ns / 1e3:.3f} us" if said.present else "follows no master"
        )
        parts.append(
            f"ptp4l: {state}" + ("" if measured is None else f", this machine's clock {measured / 1e3:.3f} us")
        )
        if synchronised is None and said.present and measured is not None:
            synchronised, offset = abs(measured) < _PTP_NS, measured
    elif said is not None:
        parts.append(said)
    if word is None:
        parts.append("kernel: unknown")
    else:
        if synchronised is None and word.synchronised:
            synchronised, offset = True, word.offset_ns
        state = (
            f"kept, error at most {word.max_error_us} us, {word.frequency_ppm:.3f} ppm"
            if word.synchronised
            else "kept by nobody that it knows of"
        )
        parts.append(f"kernel: {state}")
    parts.append(f"PTP: {', '.join(map(str, clocks))}" if clocks else "PTP: none")
    if synchronised is None:
        parts.insert(0, "unknown whether it is kept right")
    return HostClock(synchronised, offset, "; ".join(parts))


def _by_ptp(said: ptp.Master, clocks: list[ptp.Hardware]) -> float | None:
    """This machine's clock less the master's, ns; None where that is not known."""
    if not said.hardware:
        return said.offset_ns
    clock = ptp.clock_of(said.interface, clocks)
    if clock is None or clock.reading is None or not clock.reading.scale:
        return None
    return clock.reading.offset_ns + said.offset_ns
