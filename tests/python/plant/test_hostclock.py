"""The machine's clock: what its keepers print, and what is said where there is none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from slipstream.plant import hostclock, ptp
from slipstream.plant.hostclock import Chrony, host_clock, kernel, parse_chrony

TRACKING = "C0A80101,192.168.1.1,2,1723213800.123456789,-0.000012500,0.000001000,0.000020000,-12.345,0.001,0.050,0.000400000,0.000300000,64.2,Normal\n"


def test_chronyc_tracking_is_read() -> None:
    found = parse_chrony(TRACKING)
    assert found == Chrony("192.168.1.1", 2, pytest.approx(12_500), pytest.approx(20_000), -12.345, "Normal")
    assert found.synchronised
    lost = parse_chrony("00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised")
    assert lost is not None and not lost.synchronised


@pytest.mark.parametrize(
    "text", ["", "506 Cannot talk to daemon", ",".join("x" * 14), TRACKING.replace(",2,", ",2,3,")]
)
def test_anything_else_is_no_tracking(text: str) -> None:
    assert parse_chrony(text) is None


def test_the_kernel_is_asked_and_nothing_is_set() -> None:
    first, second = kernel(), kernel()
    assert first is not None and second is not None
    assert first.frequency_ppm == second.frequency_ppm and first.max_error_us >= 0


def test_hardware_clocks_are_named(tmp_path: Path) -> None:
    assert ptp.hardware(tmp_path, tmp_path) == []
    (tmp_path / "ptp0").touch()
    (tmp_path / "ptp1").touch()
    (tmp_path / "class" / "ptp1").mkdir(parents=True)
    (tmp_path / "class" / "ptp1" / "clock_name").write_text("mlx5_ptp\n")
    found = ptp.hardware(tmp_path, tmp_path / "class")
    # files are no clocks
    assert list(map(str, found)) == [f"{tmp_path}/ptp0 cannot be read", f"{tmp_path}/ptp1 (mlx5_ptp) cannot be read"]


def test_a_clock_is_measured_against_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    same = ptp.compare(time.CLOCK_REALTIME)
    assert same.scale == "UTC" and abs(same.offset_ns) <= same.error_ns
    real = time.clock_gettime_ns
    for shift, scale, left in (
        (37_000_000_000 + 500, "TAI", -500),
        (-2_500, "UTC", 2_500),
        (86_400_000_000_000, "", None),
    ):
        monkeypatch.setattr(
            "time.clock_gettime_ns",
            lambda clock, shift=shift: real(time.CLOCK_REALTIME) + (shift if clock == 99 else 0),
        )
        found = ptp.compare(99, 0)
        assert found.scale == scale
        if left is not None:
            assert abs(found.offset_ns - left) <= found.error_ns


# as pmc prints it in Red Hat's guide "Using the PTP Management Client"
STATUS = """sending: GET TIME_STATUS_NP
\t90e2ba.fffe.20c7f8-0 seq 0 RESPONSE MANAGMENT TIME_STATUS_NP
\t\tmaster_offset              310
\t\tingress_time               1361545089345029441
\t\tcumulativeScaledRateOffset +1.000000000
\t\tgmPresent                  true
\t\tgmIdentity                 00a069.fffe.0b552d
"""


def test_pmc_is_read() -> None:
    assert ptp.parse_pmc(STATUS) == ptp.Master(310.0, True, "00a069.fffe.0b552d", "", True)
    port = "\t90e2ba.fffe.20c7f8-1 seq 1 RESPONSE MANAGEMENT PORT_PROPERTIES_NP\n\t\ttimestamping SOFTWARE\n\t\tinterface eth7\n"
    assert ptp.parse_pmc(STATUS + port) == ptp.Master(310.0, True, "00a069.fffe.0b552d", "eth7", False)
    for text in ("", "sending: GET TIME_STATUS_NP\n", STATUS.replace("310", "x")):
        assert ptp.parse_pmc(text) is None


def test_the_clock_of_an_interface(tmp_path: Path) -> None:
    one, two = (ptp.Hardware(Path(f"/dev/ptp{n}"), "", None) for n in (0, 1))
    (tmp_path / "eth0" / "device" / "ptp" / "ptp1").mkdir(parents=True)
    assert ptp.clock_of("eth0", [one, two], tmp_path) is two
    assert ptp.clock_of("eth0", [one], tmp_path) is None
    assert ptp.clock_of("", [one], tmp_path) is one and ptp.clock_of("", [one, two], tmp_path) is None


def test_the_offset_by_ptp_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "pmc"
    program.write_text(f"#!/bin/sh\nprintf '%s' '{STATUS}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(hostclock, "kernel", lambda: None)
    clock = ptp.Hardware(Path("/dev/ptp0"), "nic", ptp.Reading(-1_500.0, 40.0, "TAI"))
    monkeypatch.setattr(ptp, "hardware", lambda **_: [clock])
    found = host_clock()
    # the hardware's clock is 310 ns before the master's, ours 1,500 ns behind the hardware's
    assert found.synchronised is True and found.offset_ns == -1_190.0
    assert "ptp4l: follows 00a069.fffe.0b552d, offset 0.310 us, this machine's clock -1.190 us" in found.text
    assert "PTP: /dev/ptp0 (nic) offset -1.500 us +- 0.040 (TAI)" in found.text
    far = ptp.Hardware(Path("/dev/ptp0"), "nic", ptp.Reading(5e6, 40.0, "UTC"))
    monkeypatch.setattr(ptp, "hardware", lambda **_: [far])
    assert host_clock().synchronised is False
    monkeypatch.setattr(ptp, "hardware", lambda **_: [])
    assert host_clock().synchronised is None
    program.write_text("#!/bin/sh\necho 'uds: bind failed: Permission denied' >&2\nexit 255\n")
    assert "pmc: uds: bind failed: Permission denied" in host_clock().text


def chronyc(folder: Path, text: str, code: int = 0) -> None:
    program = folder / "chronyc"
    program.write_text(f"#!/bin/sh\nprintf '%s' '{text}'\nexit {code}\n")
    program.chmod(0o755)


def test_what_is_said_with_and_without_a_keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    chronyc(tmp_path, TRACKING.strip())
    found = host_clock()
    assert found.synchronised is True and found.offset_ns == pytest.approx(12_500)
    assert "chrony: normal, 192.168.1.1 stratum 2, offset 12.500 us" in found.text
    chronyc(tmp_path, TRACKING.strip().replace("Normal", "Not synchronised"))
    assert host_clock().synchronised is False
    chronyc(tmp_path, "506 Cannot talk to daemon", 1)
    monkeypatch.setattr(hostclock, "kernel", lambda: None)
    lost = host_clock()
    assert (
        lost.synchronised is None
        and lost.text.startswith("unknown whether it is kept right; chronyc: 506")
        and "kernel: unknown" in lost.text
    )
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert "chron" not in host_clock().text
