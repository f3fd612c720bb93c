"""Line editing, history, completion and the two languages at the prompt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import PROMPT, Terminal


@pytest.fixture
def q(quill_path: Path, tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(str(quill_path), home=tmp_path, term="xterm") as terminal:
        terminal.until(r"q\)")
        yield terminal


def test_names_are_completed(q: Terminal) -> None:
    q.send("recipr\t 4\r")
    q.until(r"\n0\.25\n")
    q.send("\\d .some\r")
    q.until(r"q\.some\)")
    q.send("thing:42\r")
    q.until(r"q\.some\)")
    q.send("\\d .\r")
    q.until(r"q\)")
    q.send(".some.th\t+1\r")
    q.until(r"\n43\n")
    q.send(".Q.sb\t\r")
    q.until(r"\.Q\.sbt")


def test_history_outlives_the_session(quill_path: Path, tmp_path: Path) -> None:
    with Terminal(str(quill_path), home=tmp_path, term="xterm") as first:
        first.until(r"q\)")
        first.send("6*7\r")
        first.until(r"\n42\n")
        first.send("\\\\\r")
        assert first.end() == 0
    with Terminal(str(quill_path), home=tmp_path, term="xterm") as second:
        second.until(r"q\)")
        second.send("\x1b[A\x1b[A\r")
        second.until(r"\n42\n")


def test_a_function_may_be_typed_over_lines(q: Terminal) -> None:
    q.send("f:{[a;b]\r")
    q.send("  c:a+b;  / a brace in a comment: {\r")
    q.send('  d:"}";\r')
    q.send("  c*2}\r")
    q.until(r"c\*2\}\nq\)")
    q.send("f[1;2]\r")
    q.until(r"\n6\n")


def test_a_backslash_changes_to_k_and_back(quill_path: Path, tmp_path: Path) -> None:
    with Terminal(str(quill_path), home=tmp_path) as q:
        q.until(PROMPT)
        q.send("\\\n")
        q.until(r"\\\n  $")
        q.send("!5\n")
        assert q.until(r"\n  $") == "!5\n0 1 2 3 4\n  "
        q.send("\\\n")
        q.until(PROMPT)
        assert q.ask("til 3") == "0 1 2\nq)"


def test_the_namespace_is_in_the_prompt(quill_path: Path, tmp_path: Path) -> None:
    with Terminal(str(quill_path), home=tmp_path) as q:
        q.until(PROMPT)
        assert q.ask("\\d .foo") == "q.foo)"
        assert q.ask("a:1") == "q.foo)"
        assert q.ask("\\d .") == "q)"
        assert q.ask(".foo.a") == "1\nq)"


def test_the_console_is_as_wide_as_asked(quill_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Terminal("env", "LINES=12", "COLUMNS=20", str(quill_path), home=tmp_path) as q:
        q.until(PROMPT)
        assert q.ask("til 100") == "0 1 2 3 4 5 6 7 8..\nq)"
        assert q.ask("\\c") == "12 20i\nq)"


def test_errors_of_remote_callers_by_mode(quill_path: Path, tmp_path: Path) -> None:
    with Terminal(str(quill_path), "-p", "127.0.0.1:0W", home=tmp_path) as server:
        server.until(PROMPT)
        server.ask("f:{{x*y}[x;3#x]}")
        port = server.ask('-1 string system"p";').split("\n")[0]
        with Terminal(str(quill_path), home=tmp_path) as client:
            client.until(PROMPT)
            client.ask(f'h:hopen "::{port}"')
            assert client.ask('h"f `a"') == '\'type\n  [0]  h"f `a"\n       ^\nq)'
            # 2: the levels are shown here
            server.ask("\\e 2")
            client.ask('neg[h]"f `a"')
            levels = [
                "  [2]  f@:{x*y}",
                "            ^",
                "  [1]  f:{{x*y}[x;3#x]}",
                "          ^",
                "  [0]  f `a",
                "       ^",
            ]
            assert "'type\n" + "\n".join(levels) + "\n" in server.until(r"f `a\n +\^\n")
            # 1: the server is suspended until somebody gives the evaluation up
            server.ask("\\e 1")
            client.send('h"f `a"\n')
            assert "'type\n  [2]  f@:{x*y}\n            ^\n" in server.until(r"q\)\)")
            assert server.ask("x,y") == "`a`a`a`a\nq))"
            assert server.ask("\\") == "q)"
            assert client.until(PROMPT).startswith('h"f `a"\n\'type\n')
