"""The measurements of the page's server and of the API at their short settings: that they run to their end and have figures, not what the figures are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def run(tmp_path: Path, quill: Path, part: str, *options: str) -> dict[str, Any]:
    out = tmp_path / "run.json"
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / f"{part}.py"), "--short", "--out", str(out), *options],
        env={**os.environ, "SLIPSTREAM_QUILL": str(quill), "SLIPSTREAM_Q": str(ROOT / "q")},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def test_the_page_is_measured(tmp_path: Path, quill_path: Path) -> None:
    found = run(tmp_path, quill_path, "page", "--without-browser")
    late = found["latency"]
    assert late["fills"] > 0 and late["viewers_lost"] == []
    assert late["viewers"]["n"] > 0 and late["viewers"]["p50_ms"] <= late["viewers"]["p99_ms"]
    memory = found["memory"]
    assert memory["samples"] and memory["viewers_lost"] == []
    assert memory["growth"].keys() >= {"scorecard", "gateway"}


def test_the_api_is_measured(tmp_path: Path, quill_path: Path) -> None:
    found = run(tmp_path, quill_path, "api")
    assert found["read_errors"] == [] and found["lost"] == []
    assert found["reads"]["scorecard"]["n"] > 0 and found["reads"]["all"]["p99_ms"] > 0
    for name in ("fill_to_row", "fill_to_stream", "row_to_stream", "fill_to_webhook", "row_to_webhook"):
        assert found["alerts"][name]["n"] > 0, name
