"""`slipstream feed SOURCE` into a running plant: its rows, the clock of the source, and what status and doctor say of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slipstream import cli, operate
from slipstream.config import Config, load_config
from slipstream.tca import TcaClient

T0 = 1_723_213_800_000_000_000


@pytest.fixture
def plant(tmp_path: Path, quill_path: Path, ports: Callable[[int], list[int]]) -> Iterator[tuple[Config, list[str]]]:
    names = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte", "scorecard", "fix")
    overrides = {f"ports.{name}": port for name, port in zip(names, ports(len(names)), strict=True)}
    overrides |= {"var": str(tmp_path / "var"), "engine": "quill", "start_timeout_s": 60.0, "rte.enabled": False}
    flags = [word for key, value in overrides.items() for word in ("--set", f"{key}={value}")]
    config = load_config(overrides=overrides)
    made = operate.supervisor(config, flags=flags)
    try:
        made.up()
        yield config, flags
    finally:
        made.down()


def test_a_file_of_trades_and_a_clock_that_is_ahead(
    plant: tuple[Config, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, flags = plant
    assert operate.checks(config) == []
    rows = 6_000
    path = tmp_path / "trades.csv"
    # theirs is 1.27 s ahead of ours
    path.write_text(
        "ts,made,sym,px,qty\n"
        + "".join(f"{(at := T0 + 5_000_000 * n)},{at + 1_270_000_000},A,10,1\n" for n in range(rows))
        + "bad\n"
    )
    mapped = ["--map", "time=ts,etime=made,price=px,size=qty", "--default", "venue=XNAS"]
    assert cli.main(["feed", "csv", "--speed", "0", *flags, *mapped, str(path)]) == 0
    assert "1 undecodable" in capsys.readouterr().out
    assert str(path) in (config.var_dir / "quarantine" / "feed.tsv").read_text()
    with operate.connect(config, "rdb") as rdb:
        deadline = time.monotonic() + 60
        while int(rdb.value("count trade")) < rows or not int(rdb.value("count skew")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert int(rdb.value("count trade")) == rows
        assert int(rdb.value("exec last offset from skew where sym=`XNAS")) == -1_270_000_000
    assert operate.checks(config) == [("clock XNAS", "amber", "offset -1270.000 ms")]
    with operate.connect(config, "gateway") as gateway:
        assert TcaClient(gateway).live().parents == ()
        assert str(gateway.value("first(.page.i.sound[([]data_lamp:1#`green);.api.checks[]])`data_lamp")) == "amber"
        assert str(gateway.value("first(.page.i.sound[([]data_lamp:1#`green);0#.api.checks[]])`data_lamp")) == "green"
    assert cli.main(["status", *flags]) == 0
    assert "data: clock XNAS amber: offset -1270.000 ms" in capsys.readouterr().out
    cli.main(["doctor", "--json", *flags])
    found = {finding["subject"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert found["data: clock XNAS"]["good"] is False and "kernel:" in found["clock"]["text"]
