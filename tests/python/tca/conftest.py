"""Fixtures of the INST case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipstream import cli
from tca.cases import HORIZONS, T0, Inst, Run


@pytest.fixture
def inst(tmp_path: Path) -> Inst:
    return Inst(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(inst: Inst, *more: str) -> dict[str, Any]:
        command = [
            "tca",
            *inst.arguments(),
            "--asof",
            str(T0 + 200_000_000),
            "--horizons",
            HORIZONS,
            "--out",
            "json",
            *more,
        ]
        assert cli.main(command) == 0, capsys.readouterr().err
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return call
