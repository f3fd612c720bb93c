"""`slipstream feed SOURCE` into a running plant: its rows, the clock of the source, and what status and doctor say of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slipstream import cli, operate
from slipstream.config import Config, load_config
from slipstream.feed.itch.codec import encode
from slipstream.feed.itch.mold import packet
from slipstream.feed.itch.serve import SoupServer
from slipstream.feed.pcap import Writer
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
        deadline = time.monotonic() + 180
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


def test_a_packet_capture_with_its_levels(
    plant: tuple[Config, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two lines that lose, in one capture: every order once, and the levels that they make."""
    config, flags = plant
    day = T0 // 86_400_000_000_000 * 86_400_000_000_000 + 4 * 3_600_000_000_000
    count = 2_000
    writer = Writer(tmp_path / "lines.pcap")
    for n in range(1, count + 1, 2):
        stamps = [T0 + at * 1_000_000 for at in (n, n + 1)]
        some = [
            encode("A", locate=1, stamp=at - day, ref=ref, side="B", shares=100, stock="ACME", price=10_000 + ref % 7)
            for ref, at in zip((n, n + 1), stamps, strict=True)
        ]
        for line in (0, 1):
            if (n // 2 + line) % 3:
                where = (f"233.1.1.{line + 1}", 26_477 + line)
                writer.write(stamps[1] + line * 50_000, ("10.0.0.1", 9_000), where, packet(b"S000000001", n, some))
    writer.close()
    command = ["feed", "itch", "--speed", "0", "--depth", "every", "--file", str(writer.path), *flags]
    assert cli.main(command) == 0
    assert f"{count:,} messages, 0 gaps" in capsys.readouterr().out
    with operate.connect(config, "rdb") as rdb:
        deadline = time.monotonic() + 180
        while int(rdb.value("count mbo")) < count or int(rdb.value("count depth")) < count + 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert rdb.value("exec oid from mbo").to_pylist() == list(range(1, count + 1))
        held = rdb.table("select last size by price from depth where not null price").to_pylist()
        expected: dict[float, float] = {}
        for n in range(1, count + 1):
            expected[(10_000 + n % 7) / 10_000] = expected.get((10_000 + n % 7) / 10_000, 0.0) + 100.0
        assert {row["price"]: row["size"] for row in held} == expected


def test_an_itch_session_taken_up_by_a_new_process(plant: tuple[Config, list[str]], tmp_path: Path) -> None:
    """The feed is killed in the middle of a SoupBinTCP session and started again: the plant has every row once, in order."""
    config, flags = plant
    secret = tmp_path / "secret"
    secret.write_text("SECRET\n")
    server = SoupServer({"ME": "SECRET"})
    count = 4_000
    orders = [
        encode("A", locate=1, stamp=34_200_000_000_000 + n, ref=n, side="B", shares=100, stock="ACME", price=10_000 + n)
        for n in range(1, count + 1)
    ]
    command = [
        sys.executable, "-m", "slipstream", "feed", "itch", "--soup", "{}:{}".format(*server.address), "--user", "ME",
        "--set", f"feed.itch.password_file={secret}", *flags,
    ]  # fmt: skip
    started: list[subprocess.Popen[str]] = []
    try:
        with operate.connect(config, "rdb") as rdb:

            def until(rows: int) -> None:
                deadline = time.monotonic() + 180
                while int(rdb.value("count mbo")) < rows:
                    assert time.monotonic() < deadline
                    assert started[-1].poll() is None or started[-1].returncode == 0, started[-1].communicate()
                    time.sleep(0.02)

            started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
            server.send(orders[:1_500])
            until(1_000)
            started[0].kill()
            started[0].communicate()
            server.send(orders[1_500:])
            server.end()
            started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
            out, err = started[1].communicate(timeout=120)
            assert started[1].returncode == 0, err
            assert f"{count:,} messages, 0 gaps" in out
            until(count)
            assert rdb.value("exec oid from mbo").to_pylist() == list(range(1, count + 1))
            assert rdb.value("exec bid from quote").to_pylist() == [(10_000 + n) / 10_000 for n in range(1, count + 1)]
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.communicate()
        server.close()
