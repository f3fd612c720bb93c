"""Alerts in a running plant: what people do about them, and what is left of it in the log and the HDB."""

from __future__ import annotations

import datetime as dt
import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from alerthooks import http

from slipstream import cli, operate, report
from slipstream.alerts.channels import ID, verify
from slipstream.alerts.desk import Desk, records
from slipstream.config import Config, load_config
from slipstream.engine.client import Client
from slipstream.errors import AlertError, ScorecardError
from slipstream.feed.schema import TABLES, column

NAMES = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte", "scorecard", "fix")
DAY = np.datetime64("2025-06-11T10:00:00", "ns")


@pytest.fixture
def plant(tmp_path: Path, quill_path: Path, ports: Callable[[int], list[int]]) -> Iterator[Config]:
    overrides: dict[str, Any] = {f"ports.{name}": number for name, number in zip(NAMES, ports(len(NAMES)), strict=True)}
    overrides |= {"engine": "quill", "var": str(tmp_path / "var"), "rte.enabled": False, "start_timeout_s": 60.0}
    config = load_config(overrides=overrides)
    supervisor = operate.supervisor(config)
    supervisor.up()
    try:
        yield config
    finally:
        supervisor.down()


def minutes(count: float) -> np.datetime64:
    return DAY + np.timedelta64(round(count * 60e9), "ns")


def raised(tickerplant: Client, at: float, parent: str, lamp: str, level: str) -> None:
    """As the real-time engine raises them."""
    times = np.array([minutes(at)])
    values = [times, ["TECH"], [parent], [lamp], [level], [2.5], [2.0], ["slippage"]]
    tickerplant.publish("alert", values, wait=True)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 180.0
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def states(desk: Desk) -> list[tuple[str, str, str | None]]:
    return [(row["level"], row["state"], row["who"] or None) for row in records(desk.alerts())]


def test_recipients_are_told_once_whatever_dies(plant: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The router is killed at any moment; the step after the first is told when nobody has acknowledged."""
    monkeypatch.setenv("HOOK_SECRET", "secret")
    with http() as (url, found), operate.connect(plant, "tickerplant") as tickerplant:
        file = tmp_path / "alerts.yaml"
        hook = {"kind": "webhook", "url": url, "secret_env": "HOOK_SECRET", "backoff_s": 0.05}
        recipients = {"desk": hook, "head": {**hook, "levels": ["red"]}}
        ports = {name: plant.port(name) for name in ("tickerplant", "gateway")}
        alerts = {"steps": [["desk"], ["head"]], "every_ms": 50, "recipients": recipients}
        file.write_text(yaml.safe_dump({"ports": ports, "alerts": alerts}))
        command = [sys.executable, "-m", "slipstream", "route", "--config", str(file)]
        found.answers = [(503, {})]
        router = subprocess.Popen(command)
        try:
            raised(tickerplant, 0, "P1", "COST", "amber")
            raised(tickerplant, 0.5, "P2", "COST", "red")
            told = "exec note from alertlog where action=`sent"
            with operate.connect(plant, "rdb") as rdb:
                wait_for(lambda: len(rdb.value(told)) == 2, "the first step")
                router.kill()
                router.wait()
                raised(tickerplant, 2.4, "P3", "COST", "amber")
                # two minutes later: the head of desk hears of the red; the amber was never for him
                raised(tickerplant, 2.6, "P1", "LEAK", "amber")
                router = subprocess.Popen(command)
                wait_for(lambda: len(rdb.value(told)) == 5, "the rest")
                rows = records(rdb.table("select parent,lamp,who,via,tier from`alertlog"))
        finally:
            router.terminate()
            assert router.wait(30) == 0
        assert sorted(tuple(row.values()) for row in rows) == [
            ("P1", "COST", "desk", "webhook", 0),
            ("P1", "LEAK", "desk", "webhook", 0),
            ("P2", "COST", "desk", "webhook", 0),
            ("P2", "COST", "head", "webhook", 1),
            ("P3", "COST", "desk", "webhook", 0),
        ]
        ids = [headers[ID] for _, headers, _ in found.seen]
        assert (len(ids), len(set(ids))) == (6, 5), "one was refused once, and came again under its id"
        assert all(verify(b"secret", headers, body, now=time.time()) for _, headers, body in found.seen)


def test_the_command_shows_and_acknowledges(plant: Config, capsys: pytest.CaptureFixture[str]) -> None:
    with operate.connect(plant, "tickerplant") as tickerplant:
        raised(tickerplant, 0, "P1", "COST", "amber")
    flags = [part for name in ("tickerplant", "gateway") for part in ("--set", f"ports.{name}={plant.port(name)}")]

    def run(*arguments: str) -> str:
        assert cli.main(["alerts", *arguments, *flags]) == 0
        return capsys.readouterr().out

    wait_for(lambda: "P1" in run(), "the alert")
    alert = run().split()[0]
    assert "open" in run()
    assert run(alert, "--who", "kim", "--note", "seen").split() == [alert, "acked"]
    assert "acked by kim" in run()
    assert cli.main(["alerts", "0" * 16, *flags]) != 0


def test_what_people_do_is_logged_and_stays(
    plant: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with operate.connect(plant, "tickerplant") as tickerplant, operate.connect(plant, "gateway") as gateway:
        desk = Desk(gateway, tickerplant)
        assert desk.alerts().num_rows == 0
        worked(tickerplant)
        raised(tickerplant, 0, "P1", "COST", "amber")
        raised(tickerplant, 5, "P1", "COST", "red")
        raised(tickerplant, 6, "P2", "LEAK", "amber")
        wait_for(lambda: desk.alerts().num_rows == 3, "the alerts")
        first, second, other = (row["id"] for row in records(desk.alerts()))
        assert len({first, second, other}) == 3
        with pytest.raises(AlertError, match="no alert"):
            desk.act("0" * 16, "ack", "kim", "page")
        with pytest.raises(AlertError, match="says something"):
            desk.act(first, "note", "kim", "page", note=" ")
        with pytest.raises(AlertError, match="lasts"):
            desk.act(first, "snooze", "kim", "page")
        assert int(tickerplant.value(".u.rows`alertlog")) == 0, "what makes no sense is not written"

        before = time.time_ns()
        after = desk.act(second, "ack", "kim", "page", note="calling the broker")
        assert (after["state"], after["who"]) == ("acked", "kim")
        assert before <= after["at"].astype(np.int64) <= time.time_ns(), "when, by the clock on the wall"
        assert states(desk) == [("amber", "acked", None), ("red", "acked", "kim"), ("amber", "open", None)]
        desk.act(other, "snooze", "lee", "api", minutes=10)
        assert desk.act(other, "note", "lee", "api", note='news: ünïcode, "quoted"\n2nd line')["notes"] == 1
        assert states(desk)[2] == ("amber", "snoozed", "lee")
        # the plant's clock goes on: the snooze is over
        raised(tickerplant, 16, "P3", "COST", "amber")
        wait_for(lambda: states(desk)[2] == ("amber", "open", "lee"), "the end of the snooze")
        assert records(desk.alerts())[2]["since"] == minutes(16)
        assert desk.act(second, "reopen", "lee", "cli")["state"] == "open"
        logged = int(tickerplant.value(".u.rows`alertlog"))
        assert logged == 4

        stood = records(desk.alerts())
        assert operate.end_of_day(plant).isoformat() == "2025-06-11"
        assert records(desk.alerts()) == stood, "from the HDB"
        trail = records(gateway.call(".api.alertlogNow", other))
        assert [(row["action"], row["who"], row["via"]) for row in trail] == [
            ("snooze", "lee", "api"),
            ("note", "lee", "api"),
        ]
        assert trail[1]["note"] == 'news: ünïcode, "quoted"\n2nd line'
        # something done after the roll belongs to the day of the alert, and is there once it is merged
        assert desk.act(second, "ack", "kim", "api")["state"] == "acked"
    (result,) = operate.archive(plant)
    assert result.rows["alertlog"] == 5
    reported(plant, tmp_path, monkeypatch, capsys)


def worked(tickerplant: Client) -> None:
    """INST (docs/examples/tca) as order P1 of trader T1: arrival 100.01, fills at 100.035 and 100.045."""

    def send(table: str, **given: list[Any]) -> None:
        count = len(given["sym"])
        null = {"p": -(2**63), "f": np.nan, "j": -(2**63), "s": "", "C": b""}
        cells = {n: column(kind, given.get(n, [null[kind]] * count)) for n, kind in TABLES[table].items()}
        tickerplant.publish(table, list(cells.values()), wait=True)

    def at(*ms: float) -> list[int]:
        return [int((minutes(-5) + np.timedelta64(round(x * 1e6), "ns")).astype(np.int64)) for x in ms]

    mids = [100.01, 100.02, 100.03, 100.04, 100.06]
    send("quote", time=at(-0.001, 49.999, 74.999, 119.999, 199.999), sym=["X"] * 5, venue=["V"] * 5, bid=[m - 0.01 for m in mids],
         ask=[m + 0.01 for m in mids], bsize=[500.0] * 5, asize=[500.0] * 5)  # fmt: skip
    send("orders", time=at(0, 50), sym=["X"] * 2, id=["P1", "C1"], parent=["", "P1"], event=["new"] * 2, side=["buy"] * 2, qty=[100_000.0, 10_000.0],
         price=[np.nan, 100.05], algo=["pov"] * 2, broker=["B1"] * 2, trader=["T1"] * 2, venue=["", "V"])  # fmt: skip
    send("fills", time=at(75, 120), sym=["X"] * 2, execid=["F1", "F2"], kind=["new"] * 2, order=["C1"] * 2, parent=["P1"] * 2, side=["buy"] * 2,
         qty=[5_000.0] * 2, price=[100.035, 100.045], venue=["V"] * 2, broker=["B1"] * 2)  # fmt: skip


def reported(
    plant: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`slipstream report` of the day that rolled: from the HDB, in three forms, into the lake, to a hook and by mail."""
    monkeypatch.setenv("HOOK_SECRET", "secret")
    mails: list[Any] = []

    class Server:
        def __init__(self, *_args: Any, **_more: Any) -> None:
            pass

        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def send_message(self, mail: Any) -> dict[str, Any]:
            mails.append(mail)
            return {}

    monkeypatch.setattr(smtplib, "SMTP", Server)
    with http() as (url, hook):
        file = tmp_path / "report.yaml"
        recipients = {
            "desk": {"kind": "webhook", "url": url, "secret_env": "HOOK_SECRET"},
            "head": {"kind": "email", "server": "mail.example", "sender": "plant@desk.example", "to": ["head@desk.example"]},
        }  # fmt: skip
        ports = {name: plant.port(name) for name in NAMES}
        tree = {"engine": "quill", "var": plant.var, "ports": ports, "alerts": {"recipients": recipients}, "report": {"to": ["desk", "head"]}}  # fmt: skip
        file.write_text(yaml.safe_dump(tree))
        capsys.readouterr()
        assert cli.main(["report", "2025-06-11", "--config", str(file)]) == 0
        said = capsys.readouterr().out
        ((_, headers, body),) = hook.seen
    assert "sent to desk, head" in said
    assert verify(b"secret", headers, body, now=time.time())
    told = json.loads(body)["report"]
    assert (told["parents"], told["fills"], told["alerts"], told["acked"]) == (1, 2, 2, 2)
    assert told["notional"] == pytest.approx(5_000 * (100.035 + 100.045))
    folder = plant.var_dir / "reports" / "2025-06-11" / "all"
    assert json.loads((folder / "summary.json").read_text()) == told
    page, paper = (folder / "report.html").read_text(), (folder / "report.pdf").read_bytes()
    assert "Worst five" in page and ">P1<" in page and paper.startswith(b"%PDF-")
    (mail,) = mails
    assert {part.get_content_type() for part in mail.iter_attachments()} == {"application/pdf", "text/html"}
    for parents in (folder / "parents.parquet", plant.var_dir / "lake" / "reports" / "parents"):
        row = pq.read_table(parents).select(["parent", "slippage_bps"]).to_pylist()
        assert [r["parent"] for r in row] == ["P1"]
        assert row[0]["slippage_bps"] == pytest.approx(1e4 * (100.04 / 100.01 - 1))
    kept = {f.name for f in (plant.var_dir / "lake" / "reports" / "_files" / "date=2025-06-11" / "desk=all").iterdir()}
    assert kept == {"report.html", "report.pdf"}
    with pytest.raises(ScorecardError, match="2025-06-10: no parent orders"):
        report.run(load_config(file), dt.date(2025, 6, 10))
