"""`slipstream api`: what it makes can be used, and a secret is shown once and found nowhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from memplant import ROOT

from slipstream.api.auth import Authenticator, Tokens
from slipstream.api.metrics import Metrics
from slipstream.api.store import Store
from slipstream.cli import main


def test_a_client_its_key_and_its_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    var = ["--set", f"var={tmp_path}"]

    def run(*words: str) -> str:
        assert main(["api", *var, *words]) == 0
        return capsys.readouterr().out

    secret = run("client", "desk-ems", "--role", "ems", "--scope", "read:metrics").split()[-1]
    key = run("key", "create", "desk-ems", "--days", "1", "--label", "box").strip()
    run("desk", "us", "--trader", "T1")
    run("allow", "desk-ems", "desk", "us")
    store = Store(tmp_path / "api")
    auth = Authenticator(store, Tokens(store.folder))
    assert auth.bearer(key).may("read:metrics") and auth.grant("desk-ems", secret, ["act:switch"])
    assert "desk-ems" in run("rules") and "T1" in run("rules") and "ems" in run("clients")
    listed = run("key", "list")
    assert "box" in listed and key not in listed and secret not in listed
    run("key", "revoke", listed.split()[0])
    run("disallow", "desk-ems", "desk", "us")
    run("disable", "desk-ems")
    assert store.check_key(key) is None and store.account("desk-ems") is None and store.rules() == []
    store.close()
    assert main(["api", *var, "client", "x", "--role", "king"]) == 1
    assert main(["api", *var, "key", "create", "nobody"]) == 1
    assert "roles" in capsys.readouterr().err


def test_the_dashboard_asks_for_what_is_counted() -> None:
    board = json.loads((ROOT / "docs" / "grafana.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"slipstream_\w+", target["expr"])
    }
    counted = set(re.findall(r"^# TYPE (\w+)", Metrics().text().decode(), re.MULTILINE))
    plant = {"slipstream_process_up", "slipstream_table_rows", "slipstream_table_newest_timestamp_seconds"}
    assert {name.removesuffix("_bucket") for name in asked} <= counted | plant
