"""The wheel: what hatchling and the cargo hook put into it. A stand-in for cargo keeps this quick."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
pytest.importorskip("hatchling")


def build(folder: Path, cargo: str, *, fails: bool = False) -> subprocess.CompletedProcess[str]:
    tools = folder / "tools"
    tools.mkdir()
    (tools / "cargo").write_text(f"#!/bin/sh\n{cargo}\n")
    (tools / "cargo").chmod(0o755)
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "CARGO_TARGET_DIR": str(folder / "target")}
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done


def test_one_wheel_with_command_engine_and_q_files(tmp_path: Path) -> None:
    cargo = """case $PWD in */native) name=libslipstream_native.so ;; *) name=quill ;; esac
mkdir -p "$CARGO_TARGET_DIR/release" && printf "\\177ELF $name" > "$CARGO_TARGET_DIR/release/$name\""""
    build(tmp_path, cargo)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert "-cp311-abi3-" in wheel.name
    assert "any.whl" not in wheel.name, "the wheel holds executables, so it is for one platform"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (quill,) = [name for name in names if name.endswith(".data/scripts/quill")]
        assert archive.read(quill) == b"\x7fELF quill"
        assert archive.read("slipstream_native.abi3.so") == b"\x7fELF libslipstream_native.so"
        points = next(name for name in names if name.endswith("entry_points.txt"))
        assert "slipstream = slipstream.cli:main" in archive.read(points).decode()
    assert "slipstream/cli.py" in names
    assert "slipstream/py.typed" in names
    assert "slipstream/_q/configs/default.yaml" in names
    for folder in ("q", "tickplant", "tickerplant", "rdb", "idb", "wdb", "hdb", "gateway"):
        expected = {str(f.relative_to(ROOT)) for f in (ROOT / folder).rglob("*.q")}
        assert {f"slipstream/_q/{name}" for name in expected} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "engine/", "native/"))]


def test_a_failing_cargo_fails_the_wheel(tmp_path: Path) -> None:
    build(tmp_path, "exit 1", fails=True)
    assert not list((tmp_path / "dist").glob("*.whl"))
