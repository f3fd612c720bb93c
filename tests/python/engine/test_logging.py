"""Update logging (-l, -L), its checkpoint, rollback, and replication (-r), as kb/logging.md of the kdb+ documentation has them."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slipstream.engine.client import Client
from slipstream.errors import QueryError

if TYPE_CHECKING:
    from conftest import Quill

TRADE = "trade:([]time:`time$();sym:`symbol$();price:`float$();size:`int$())\n"
INSERT = "insert[`trade](10:30:01.000; `intel; 88.5; 1625i)"
COUNT = "-11!(-2;`:trade.log)"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "trade.q"
    path.write_text(TRADE)
    return path


@pytest.mark.parametrize("option", ["-l", "-L"])
def test_updates_survive_a_kill(start_quill: Callable[..., Quill], script: Path, option: str) -> None:
    first = start_quill("trade", option)
    with Client(port=first.port) as q:
        q.value(INSERT)
        q.value("count trade")
        q.value("insert", "trade", q.query("value first trade"))
        assert q.value(COUNT) == 2  # a question is not logged
    first.kill()
    with Client(port=start_quill("trade", option).port) as q:
        assert q.value("count trade") == 2
        assert q.value("exec price from trade").tolist() == [88.5, 88.5]
        q.value(INSERT)
        assert (q.value("count trade"), q.value(COUNT)) == (3, 3)


def test_only_the_default_namespace_is_logged(start_quill: Callable[..., Quill], script: Path) -> None:
    with Client(port=start_quill("trade", "-l").port) as q:
        q.value(".a.b:1")
        assert q.value(COUNT) == 0
        q.value("a:1")
        assert q.value(COUNT) == 1
        q.value("a:1")  # it was so before
        assert q.value(COUNT) == 1
        q.value("delete a from `.")
        assert q.value(COUNT) == 2


def test_a_failing_message_is_rolled_back(start_quill: Callable[..., Quill], script: Path) -> None:
    with Client(port=start_quill("trade", "-l").port) as q:
        q.value(INSERT)
        with pytest.raises(QueryError, match="oops"):
            q.value(INSERT + ";new:1;.b.c:2;'`oops")
        assert q.value("count trade") == 1
        assert q.value("`new in key`.") is False
        assert q.value("`b in key`") is False
        assert q.value(COUNT) == 1


def test_checkpoint(start_quill: Callable[..., Quill], script: Path, tmp_path: Path) -> None:
    first = start_quill("trade", "-l")
    with Client(port=first.port) as q:
        q.value(INSERT)
        q.value("f:{x+count trade}")
        q.value("\\l")
        assert q.value(COUNT) == 0
        q.value(INSERT)
    first.kill()
    assert (tmp_path / "trade.qdb").exists()
    with Client(port=start_quill("trade", "-l").port) as q:
        assert q.value("f 40") == 42
        assert q.value(COUNT) == 1


def test_enumerations_and_foreign_keys_survive_a_checkpoint(start_quill: Callable[..., Quill], tmp_path: Path) -> None:
    first = start_quill("enum", "-l")
    with Client(port=first.port) as q:
        q.value("sym:`a`b;t:([]s:`sym$`a`b`a);k:([n:`x`y]v:1 2);f:([]l:`k$`y`x)")
        q.value("\\l")
    first.kill()
    with Client(port=start_quill("enum", "-l").port) as q:
        assert q.value(".Q.s1 value exec s from t") == "`a`b`a"
        assert q.value(".Q.s1 exec l.v from f") == "2 1"


def test_an_enumeration_may_be_read_before_its_domain(quill_path: Path, tmp_path: Path) -> None:
    def run(text: str) -> list[str]:
        done = subprocess.run(
            [str(quill_path), "-q"], input=text.encode(), stdout=subprocess.PIPE, cwd=tmp_path, timeout=20, check=True
        )
        return done.stdout.decode().split()

    run("sym:`a`b\n`:t set ([]s:`sym$`a`b`a);\n`:s/ set ([]s:`sym$`a`b`a);\n")
    assert run("t:get`:t\nsym:`a`b\nvalue t`s\n") == ["`a`b`a"]
    assert run("t:get`:s/\nsym:`a`b\nvalue t`s\n") == ["`a`b`a"]


def test_a_kill_amid_a_checkpoint_doubles_nothing(
    start_quill: Callable[..., Quill], script: Path, tmp_path: Path
) -> None:
    first = start_quill("trade", "-l")
    log = tmp_path / "trade.log"
    with Client(port=first.port) as q:
        q.value(INSERT)
        before = log.read_bytes()
        q.value("\\l")
    first.kill()
    # the log as it was between the new state's coming into place and its own end: its last message names that state
    text = b"/checkpoint " + hashlib.sha1((tmp_path / "trade.qdb").read_bytes()).hexdigest().encode()
    message = bytes([10, 0]) + len(text).to_bytes(4, "little") + text
    log.write_bytes(before + message)
    second = start_quill("trade", "-l")
    with Client(port=second.port) as q:
        assert (q.value("count trade"), q.value(COUNT)) == (1, 0)
        q.value(INSERT)
    second.kill()
    # and before it: the message is one that does nothing
    (tmp_path / "trade.qdb").unlink()
    log.write_bytes(before + message)
    with Client(port=start_quill("trade", "-l").port) as q:
        assert (q.value("count trade"), q.value(COUNT)) == (1, 2)


def test_the_checkpoint_follows_the_working_directory(start_quill: Callable[..., Quill], tmp_path: Path) -> None:
    other = tmp_path / "other"
    with Client(port=start_quill("qtest", "-l").port) as q:
        q.value("a:1")
        q.value(f"\\cd {other}")
        q.value("\\l")
        q.value("b:2")
        assert q.value("-11!(-2;`:../qtest.log)") == 1
    assert [p.name for p in other.iterdir()] == ["qtest.qdb"]
    assert not (tmp_path / "qtest.qdb").exists()


def test_messages_to_self_are_logged_once(quill_path: Path, script: Path, tmp_path: Path) -> None:
    lines = f'0 "{INSERT}";\n{INSERT};\n.z.ps:{{0N!count trade;$[10=type x;value x;0 last x]}}\n'
    lines += f'0 (`again;"{INSERT}");\n-1 string {COUNT};\n'
    done = subprocess.run([quill_path, "trade", "-l", "-q"], input=lines.encode(), stdout=subprocess.PIPE, cwd=tmp_path,
                          timeout=60, check=True)  # fmt: skip
    # the insert that was typed is not logged
    assert done.stdout.decode().split() == ["2", "2", "2"]


def test_a_torn_log_loses_its_last_message_alone(
    start_quill: Callable[..., Quill], script: Path, tmp_path: Path
) -> None:
    first = start_quill("trade", "-l")
    with Client(port=first.port) as q:
        q.value(INSERT)
        q.value("a:1")
    first.kill()
    log = tmp_path / "trade.log"
    whole = log.read_bytes()
    log.write_bytes(whole[:-1])
    with Client(port=start_quill("trade", "-l").port) as q:
        assert (q.value("count trade"), q.value("`a in key`.")) == (1, False)
        q.value("b:1")
        assert q.value(COUNT) == 2
    assert (tmp_path / "trade.log.bad").read_bytes() == whole[:-1]


def test_a_log_that_cannot_be_replayed_ends_the_start(quill_path: Path, script: Path, tmp_path: Path) -> None:
    run = [str(quill_path), "trade", "-l", "-q"]
    subprocess.run(
        run, input=f'0 "{INSERT}"\n'.encode(), cwd=tmp_path, timeout=60, check=True, stdout=subprocess.DEVNULL
    )
    script.write_text("")
    done = subprocess.run(run, input=b"", cwd=tmp_path, timeout=60, check=False, capture_output=True)
    assert (done.returncode, b"trade" in done.stderr) == (1, True)


def test_logging_needs_a_name(quill_path: Path) -> None:
    done = subprocess.run([quill_path, "-l"], input=b"", timeout=60, check=False, capture_output=True)
    assert (done.returncode, b"-l" in done.stderr) == (1, True)


def until(q: Client, text: str, want: object) -> None:
    """Waits until an expression has a value; a replica has no one to tell that it has caught up."""
    deadline = time.monotonic() + 180
    while (got := q.value(text)) != want:
        assert time.monotonic() < deadline, f"{text}: {got}, not {want}"
        time.sleep(0.02)


def test_replication(start_quill: Callable[..., Quill], script: Path, tmp_path: Path) -> None:
    first = start_quill("trade.q", "-l")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with Client(port=first.port) as q:
        q.value(INSERT)
        follow = (str(script), "-r", f":127.0.0.1:{first.port}:user:password")
        with Client(port=start_quill(*follow, cwd=elsewhere).port) as replica:
            assert replica.value("count trade") == 1
            q.value(INSERT)
            until(replica, "count trade", 2)
            # one at a time: a second one takes over
            with Client(port=start_quill(*follow).port) as second:
                assert second.value("count trade") == 2
                q.value(INSERT)
                until(second, "count trade", 3)
                assert replica.value("count trade") == 2
                q.value("a:til 5")
                until(second, "@[{count value x};`a;0]", 5)


def test_replication_of_a_process_that_does_not_log(start_quill: Callable[..., Quill], quill_path: Path) -> None:
    run = [str(quill_path), "-r", f":127.0.0.1:{start_quill().port}"]
    done = subprocess.run(run, input=b"", timeout=60, check=False, capture_output=True)
    assert (done.returncode, done.stderr[:1]) == (1, b"'")
