"""Ctrl-C on a terminal stops what runs, and the session goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import PROMPT, Terminal


@pytest.fixture
def q(quill_path: Path, tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(str(quill_path), "-s", "2", home=tmp_path) as terminal:
        terminal.until(PROMPT)
        yield terminal


def stopped(q: Terminal, line: str) -> str:
    """Runs a line that would not end, interrupts it once it runs, and returns what it printed."""
    q.send(line + "\n")
    q.until("started\n")
    time.sleep(0.1)
    q.send("\x03")
    # the terminal echoes the key
    return q.until(PROMPT).replace("^C", "")


@pytest.mark.parametrize(
    "endless",
    [
        "do[1000000000000;1+1]",
        "while[1b;1]",
        "(1+)/[1000000000000;0]",
        "(1+)/[{1b};0]",
        "(1+)/[0]",
        "{x+1}/[1000000000000;0]",
        "{count x}each 50000000#0b",
        "{while[1b;x]}peach 1 2",
        '(::;system)[1]"sleep 60"',
        'system"t:1000000000000 1+1"',
    ],
)
def test_an_interrupted_line_is_stopped(q: Terminal, endless: str) -> None:
    shown = stopped(q, f'-1"started";{endless}')
    kinds = [line for line in shown.splitlines() if line.startswith("'")]
    # an interrupted command of the operating system fails as such
    assert kinds == (["'os"] if "sleep" in endless else ["'stop"])
    if shown.endswith("q))"):
        q.ask("\\")
    assert q.ask("1+1") == "2\nq)"


def test_an_interrupted_function_is_suspended(q: Terminal) -> None:
    q.ask('f:{[n] -1"started"; while[1b;n+:1]; n}')
    shown = stopped(q, "f 0")
    assert shown.startswith("'stop\n  [1]  f:") and shown.endswith("q))")
    assert q.ask("n>0") == "1b\nq))"
    q.ask("\\")
    # the interrupt is spent
    assert q.ask("sum til 1000") == "499500\nq)"


def test_a_replay_is_stopped(q: Terminal) -> None:
    q.ask('upd:{[t;x] n+:1;if[n=1;-1"started"]}')
    q.ask("n:0")
    q.ask("`:log set 2000000#enlist(`upd;`t;1)")
    shown = stopped(q, "-11!`:log")
    assert "'stop" in shown
    if shown.endswith("q))"):
        q.ask("\\")
    assert q.ask("n within 1 1999999") == "1b\nq)"


def test_ctrl_c_at_the_prompt_gives_the_line_up(quill_path: Path, tmp_path: Path) -> None:
    with Terminal(str(quill_path), home=tmp_path, term="xterm") as q:
        q.until(r"q\)")
        q.send("1+")
        q.until(r"1\+")
        q.send("\x03")
        q.until(r"q\)")
        q.send("2+3\r")
        q.until(r"\n5\n")
