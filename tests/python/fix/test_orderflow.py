"""`slipstream sniff` and what the configuration says of order flow."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from test_wire import GOOD, log_file, order

from slipstream import cli
from slipstream.config import load_config
from slipstream.errors import ConfigError
from slipstream.feed.claims import Claims
from slipstream.fix.intake import PositionFile, unpublished
from slipstream.fix.journal import Journal, Record
from slipstream.orderflow import dictionary


def test_sniff_shows_totals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = GOOD[1][:-4] + b"000\x01"
    path = log_file(tmp_path / "log", [GOOD[0], bad, order(9, "OTHER")])
    assert cli.main(["sniff", "--json", str(path)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["sessions"] == {"CLI-BRK": 2, "OTHER-BRK": 1}
    assert report["counters"]["rows"] == {"orders": 2, "fixraw": 3, "dq": 1}
    assert report["counters"]["problems"] == {"checksum": 1}
    assert cli.main(["sniff", str(path)]) == 0
    text = capsys.readouterr().out
    assert "3 messages, 0 had before; rows: dq 1, fixraw 3, orders 2" in text
    assert "problems: checksum 1" in text


def test_sniff_writes_parquet(tmp_path: Path) -> None:
    bad = GOOD[1][:-4] + b"000\x01"
    path = log_file(tmp_path / "log", [GOOD[0], bad, b"no message"])
    assert cli.main(["sniff", "--out", str(tmp_path / "out"), str(path)]) == 0
    raw = pq.read_table(tmp_path / "out" / "fixraw.parquet")
    assert raw.column("msg").to_pylist() == [GOOD[0], bad]
    assert raw.column("problem").to_pylist() == ["", "checksum"]
    assert pq.read_table(tmp_path / "out" / "orders.parquet").column("id").to_pylist() == ["CLI-1"]
    assert pq.read_table(tmp_path / "out" / "fills.parquet").num_rows == 0
    kept = (tmp_path / "out" / "sniff.quarantine.tsv").read_text().splitlines()
    assert [line.split("\t")[2].split(":")[0] for line in kept] == ["checksum", "noise"]
    assert cli.main(["sniff", "--unchecked", "--out", str(tmp_path / "all"), str(path)]) == 0
    assert pq.read_table(tmp_path / "all" / "orders.parquet").num_rows == 2


def test_sniff_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sniff", str(tmp_path / "none")]) == 1
    assert "neither a file nor an interface" in capsys.readouterr().err


def test_the_oms_links_what_no_tag_does(tmp_path: Path) -> None:
    file = tmp_path / "map.csv"
    file.write_text("child,parent\nCLI-2,CLI-1\n")
    config = load_config(overrides={"fix.parents": str(file), "fix.parent_tags": [9001]})
    spec = dictionary(config)
    assert (spec.parent_tags, spec.parents) == ((9001,), {"CLI-2": "CLI-1"})
    file.write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match=r"fix\.parents"):
        dictionary(config)


def test_a_sniffer_does_not_publish_before_what_a_capture_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the capture's position says would be wrong for those then: they would be taken for logged, and lost."""
    config = load_config(overrides={"var": str(tmp_path)})
    journal = Journal(config.fix_journal, sync="never")
    journal.append(Record(1, 1, "CLI-BRK", GOOD[0]))
    journal.close()
    path = log_file(tmp_path / "log", [GOOD[1]])
    assert cli.main(["sniff", "--publish", "--set", f"var={tmp_path}", str(path)]) == 1
    assert (
        "capture.journal: 1 messages of it are not published yet; `slipstream capture` does it"
        in capsys.readouterr().err
    )
    assert not (config.fix_dir / "sniff.journal").exists()
    positions = PositionFile(config.fix_journal.with_name("capture.journal.position"))
    positions.write(1, {})
    positions.close()
    assert unpublished(config.fix_journal) == 0
    with Claims(config.claims_dir, ["fills"]):
        assert cli.main(["sniff", "--publish", "--set", f"var={tmp_path}", str(path)]) == 1
    assert "fills is published by process" in capsys.readouterr().err
