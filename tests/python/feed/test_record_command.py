"""`slipstream record` as a process: it runs until a signal, and what it leaves is played again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakevenue import FakeVenue, Session
from playing import book_of, play
from test_kraken import example, instrument

from slipstream.feed.kraken import Kraken
from slipstream.feed.venues import replayed

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_record_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    def script(session: Session) -> None:
        session.get()
        session.send(instrument(), example().decode())
        session.wait_for_end()

    fake = FakeVenue(script)
    with fake.running():
        urls = "{" + ", ".join(f"'{key}': '{url}'" for key, url in fake.urls(Kraken, "kraken").items()) + "}"
        command = [sys.executable, "-m", "slipstream", "record", "kraken=BTC/USD", "--to", str(tmp_path / "r")]
        command += ["--set", f"var={tmp_path / 'var'}", "--set", f"feed.venues.urls={urls}"]
        # a file, not a pipe: a child that is killed leaves nothing to wait for
        with (tmp_path / "out").open("wb") as out:
            child = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONPATH": str(ROOT / "python")}
            )
            try:
                deadline = time.monotonic() + 180
                while not _book(tmp_path / "r"):
                    assert time.monotonic() < deadline and child.poll() is None, (tmp_path / "out").read_text()
                    time.sleep(0.2)
                child.send_signal(number)
                code = child.wait(60)
            finally:
                child.kill()
                child.wait()
    text = (tmp_path / "out").read_text()
    assert code == (-9 if number == signal.SIGKILL else 0), text
    assert number == signal.SIGKILL or "frames in" in text
    feed = replayed(sorted((tmp_path / "r").glob("*.frames.gz")))
    made = play(feed)
    assert len(book_of(made["depth"])) == 20 and feed.counters.checksums == 1
    assert list(made["status"]["sym"]) == ["BTC/USD"]


def _book(folder: Path) -> bool:
    """Whether the recording, still being written, holds the book."""
    files = sorted(folder.glob("*.frames.gz"))
    if not files:
        return False
    feed = replayed(files)
    return any("depth" in batch.tables for batch in feed.batches(1_000_000_000))
