"""Two publishers of one table: what would happen to their rows, and that they are kept apart."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from memplant import MemoryPlant
from test_publish import MIDNIGHT, publisher, trades

from slipstream.errors import FeedError
from slipstream.feed.claims import Claims
from slipstream.feed.ledger import Ledger, Marks


def test_a_table_has_one_publisher_and_another_is_told_which(tmp_path: Path) -> None:
    with Claims(tmp_path, ["trade"]) as one, Claims(tmp_path, ["fills"]) as other:
        one.take("trade", "quote")
        with pytest.raises(FeedError, match=r"trade is published by process \d+ \(.+\) already"):
            other.take("orders", "trade")
        with pytest.raises(FeedError, match="quote is published by"):
            Claims(tmp_path, ["status", "quote"])
        one.take("status")  # what was refused in part is let go
    with Claims(tmp_path, ["trade"]) as later:
        later.take("quote")


def test_a_process_that_is_killed_lets_go_of_its_tables(tmp_path: Path) -> None:
    holds = "import sys,time; from pathlib import Path; from slipstream.feed.claims import Claims; c=Claims(Path(sys.argv[1]),['trade']); print('holds',flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", holds, str(tmp_path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"holds\n"
        try:
            with pytest.raises(FeedError, match=rf"trade is published by process {child.pid} "):
                Claims(tmp_path, ["trade"])
        finally:
            child.kill()
            child.wait()
    Claims(tmp_path, ["trade"]).close()


def test_a_publisher_takes_its_tables_at_the_start_and_others_with_their_first_row(tmp_path: Path) -> None:
    plant, folder = MemoryPlant(), tmp_path / "publishers"
    with Claims(folder) as mine, Claims(folder) as theirs:
        publisher(plant, marks=Marks(tmp_path / "marks"), claims=mine)
        with pytest.raises(FeedError, match="trade is published by"):
            publisher(plant, ledger=Ledger(tmp_path / "ledger", ["quote", "trade"]), claims=theirs)
        with pytest.raises(FeedError, match="trade is published by"):
            publisher(plant, claims=theirs).add("trade", trades(MIDNIGHT, 1))
    assert plant.batches == []


def test_rows_of_another_publisher_are_not_taken_for_ones_own(caplog: pytest.LogCaptureFixture) -> None:
    """One that no lock keeps apart, on another machine: by counts alone this one's last batch would be there already, and it would be lost."""
    plant = MemoryPlant(["", "", "before"])
    one, other = publisher(plant, delay_max=0), publisher(plant, delay_max=0)
    one.add("trade", trades(MIDNIGHT, 3))
    plant.breaks.insert(0, "")
    other.add("trade", trades(MIDNIGHT, 3, first=100))
    with caplog.at_level(logging.WARNING):
        one.add("trade", trades(MIDNIGHT + 3, 3, first=3))
    assert "3 rows more were logged than were sent" in caplog.text
    plant.breaks = ["before"]
    publish = plant.publish

    def meanwhile(table: str, columns: object) -> object:
        try:
            return publish(table, columns)  # type: ignore[arg-type]
        except Exception:
            plant.connected = True
            publish(table, trades(MIDNIGHT, 3, first=200))
            plant.connected = False
            raise

    plant.publish = meanwhile  # type: ignore[method-assign,assignment]
    with pytest.raises(FeedError, match="another publisher, so it is not known"):
        one.add("trade", trades(MIDNIGHT + 6, 3, first=6))
