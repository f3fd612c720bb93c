"""The command line: exit codes, messages, and a plant of greeting processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from qserver import QServer

from slipstream import cli
from slipstream.engine.convert import from_q


def slipstream(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "slipstream", *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def subcommands() -> list[str]:
    actions = [
        action for action in cli.parser()._actions if hasattr(action, "choices") and isinstance(action.choices, dict)
    ]
    return list(actions[0].choices)  # type: ignore[arg-type]


def test_every_promised_command_is_there() -> None:
    assert {"up", "down", "status", "replay", "feed", "query", "eod", "archive", "demo", "doctor"} <= set(subcommands())


def test_help_needs_no_numpy() -> None:
    script = "import sys, slipstream.cli as c; c.parser(); print(sorted({'numpy', 'pyarrow', 'pandas', 'polars'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", subcommands())
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main([command, "--help"])
    assert done.value.code == 0
    out = capsys.readouterr().out
    assert "--config" in out
    # what is escaped for argparse where it needs none
    assert "%%" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "invalid choice"),
        ([], "required"),
        (["status", "--set", "ports.rdb=x"], "--set: ports.rdb: expected a whole number, got 'x'"),
        (["status", "--set", "portsrdb"], "KEY=VALUE"),
        (["status", "--config", "nothing.yaml"], "nothing.yaml: expected a readable file"),
        (["archive", "yesterday"], "expected YYYY-MM-DD, got 'yesterday'"),
        (["feed", "--speed", "-1"], "expected a number, 0 or more"),
        (["query", "nobody", "1"], "expected one of tickerplant, rdb, idb"),
        (["replay", "nothing.gz"], "nothing.gz: expected a file"),
        (["demo", "--capture", "nothing.gz"], "nothing.gz: expected a file"),
    ],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = slipstream(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_answers_exits_with_1(tmp_path: Path, port: int) -> None:
    done = slipstream("query", f"127.0.0.1:{port}", "1", cwd=tmp_path)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_query_prints_what_the_console_would(tmp_path: Path) -> None:
    with QServer(lambda value: from_q(list(value)[1]).upper().encode()) as server:
        done = slipstream("query", f"127.0.0.1:{server.port}", "select", "from t", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "SELECT FROM T")


def test_ctrl_c_is_clean(tmp_path: Path) -> None:
    with QServer(lambda value: time.sleep(30) or value) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "slipstream", "query", f"127.0.0.1:{server.port}", "1"],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 180
        while server.connections == 0:
            assert time.monotonic() < deadline, "it did not connect"
            time.sleep(0.05)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors == "slipstream: interrupted\n"


def test_status_of_a_plant_that_is_down(tmp_path: Path, quill_path: Path) -> None:
    done = slipstream("status", "--json", cwd=tmp_path, env={"SLIPSTREAM_QUILL": str(quill_path)})
    assert done.returncode == 1, done.stderr
    assert {"DOWN"} == {process["state"] for process in json.loads(done.stdout)}


def test_doctor_says_which_engine_and_why(tmp_path: Path) -> None:
    """With kdb+ made findable and no licence, then with one."""
    q = tmp_path / "qhome" / "l64" / "q"
    q.parent.mkdir(parents=True)
    q.write_text("#!/bin/sh\n")
    q.chmod(0o755)
    quill = tmp_path / "quill"
    quill.write_text("#!/bin/sh\necho quill 0.0 test\n")
    quill.chmod(0o755)
    env = {"QHOME": str(tmp_path / "qhome"), "SLIPSTREAM_QUILL": str(quill), "HOME": str(tmp_path), "QLIC": ""}

    def engine(*arguments: str) -> dict[str, object]:
        done = slipstream("doctor", "--json", *arguments, cwd=tmp_path, env=env)
        assert "Traceback" not in done.stderr, done.stderr
        found: dict[str, object] = next(f for f in json.loads(done.stdout) if f["subject"] == "engine")
        return found

    assert engine()["good"]
    assert str(engine()["text"]).startswith("quill: kdb+ is not available")
    assert "has no licence file" in str(engine()["text"])
    refused = engine("--set", "engine=kdb")
    assert not refused["good"]
    (tmp_path / "qhome" / "kc.lic").write_text("licence")
    assert str(engine()["text"]).startswith("kdb: ")
    assert str(engine("--set", "engine=quill")["text"]).startswith("quill: asked for")
