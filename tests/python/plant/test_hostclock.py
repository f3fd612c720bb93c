"""The machine's clock: what its keepers print, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipstream.plant import hostclock
from slipstream.plant.hostclock import Chrony, host_clock, kernel, parse_chrony, ptp

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
    assert ptp(tmp_path, tmp_path) == []
    (tmp_path / "ptp0").touch()
    (tmp_path / "ptp1").touch()
    (tmp_path / "class" / "ptp1").mkdir(parents=True)
    (tmp_path / "class" / "ptp1" / "clock_name").write_text("mlx5_ptp\n")
    assert ptp(tmp_path, tmp_path / "class") == [f"{tmp_path}/ptp0", f"{tmp_path}/ptp1 (mlx5_ptp)"]


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
