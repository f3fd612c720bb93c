"""The debug prompt on a terminal. The dialogues are those of the public documentation (basics/debug, ref/signal)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import PROMPT, Terminal


@pytest.fixture
def q(quill_path: Path, tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(str(quill_path), home=tmp_path) as terminal:
        terminal.until(PROMPT)
        yield terminal


def lines(*text: str) -> str:
    return "\n".join(text)


def test_an_error_in_a_line_shows_where_and_suspends_nothing(q: Terminal) -> None:
    assert q.ask('2+"hi"') == lines("'type", '  [0]  2+"hi"', "        ^", "q)")


def test_an_error_in_a_function_suspends_it(q: Terminal) -> None:
    q.ask("f:{g[x;2#y]}")
    q.ask("g:{a:x*2;a+y}")
    assert q.ask('f[3;"hello"]') == lines("'type", "  [2]  g:{a:x*2;a+y}", "                 ^", "q))")
    assert q.ask("a*4") == lines("24", "q))")
    assert q.ask("`") == lines("  [1]  f:{g[x;2#y]}", "          ^", "q))")
    assert q.ask("y") == lines('"hello"', "q))")
    assert q.ask("`") == lines('  [0]  f[3;"hello"]', "       ^", "q))")
    assert q.ask(".") == lines("  [1]  f:{g[x;2#y]}", "          ^", "q))")
    assert q.ask(".z.ex") == lines("+", "q))")
    assert q.ask(".z.ey") == lines("6", '"he"', "q))")
    assert q.ask("'myerror") == lines("'myerror", "  [1]  f:{g[x;2#y]}", "          ^", "q))")
    assert q.ask("\\") == "q)"


def test_the_backtrace_marks_the_current_level(q: Terminal) -> None:
    q.ask("g:{a:x*2;a+y}")
    q.ask('g[3;"hello"]')
    here = ('  [0]  g[3;"hello"]', "       ^", "q))")
    assert q.ask(".Q.bt[]") == lines(">>[1]  g:{a:x*2;a+y}", "                 ^", *here)
    assert q.ask("&") == lines("'type", "  [1]  g:{a:x*2;a+y}", "                 ^", "q))")
    q.ask("`")
    assert ">>[0]" in q.ask(".Q.bt[]")


def test_resuming_with_a_result(q: Terminal) -> None:
    assert q.ask('{0N!"x+1 is ",string x+1;x}`asd').endswith("q))")
    assert q.ask(":17") == lines('"x+1 is 17"', "`asd", "q)")
    q.ask("h:{[n] r:n+`a; (n;r)}")
    q.ask("h 5")
    assert q.ask(":n*2") == lines("5 10", "q)")
    q.ask("h 5")
    assert q.ask(":") == lines("5", "::", "q)")


def test_debuggers_nest(q: Terminal) -> None:
    q.ask("f:{x+`a}")
    assert q.ask("f 6") == lines("'type", "  [1]  f:{x+`a}", "           ^", "q))")
    # the prompt is level 2, what is typed level 3
    assert q.ask("{x+y}[x;`s]") == lines("'type", "  [4]  {x+y}", "         ^", "q)))")
    assert q.ask("x") == lines("6", "q)))")
    assert q.ask("nosuch") == lines("'nosuch", "  [6]  nosuch", "       ^", "q)))")
    assert q.ask("\\") == "q))"
    assert q.ask("\\") == "q)"


def test_a_signal_gives_up_its_own_level(q: Terminal) -> None:
    q.ask("f:{[x]a:1;if[x<a;'`bad]}")
    q.ask("g:{f[x]}")
    assert q.ask("g[0]") == lines(
        "'bad",
        "  [2]  f:{[x]a:1;if[x<a;'`bad]}",
        "                        ^",
        "  [1]  g:{f[x]}",
        "          ^",
        "q))",
    )
    assert q.ask(".z.s") == lines("{f[x]}", "q))")
    assert q.ask("a").startswith("'a\n")


def test_locals_can_be_assigned_and_globals_too(q: Terminal) -> None:
    q.ask("f:{[n] b:n; b+`a; b}")
    q.ask("f 1")
    q.ask("b:42")
    q.ask("seen:b")
    assert q.ask(":0") == lines("42", "q)")
    assert q.ask("seen") == lines("42", "q)")


def test_namespaces_come_back(q: Terminal) -> None:
    q.ask("\\d .foo")
    q.ask("c:7")
    q.ask("f:{x+`a}")
    assert q.ask("\\d .") == "q)"
    assert q.ask(".foo.f 1") == lines("'type", "  [1]  .foo.f:{x+`a}", "                ^", "q.foo))")
    assert q.ask("c") == lines("7", "q.foo))")
    assert q.ask("\\") == "q)"


def test_an_error_in_a_script_names_file_and_line(q: Terminal, tmp_path: Path) -> None:
    script = tmp_path / "test.q"
    script.write_text("/ test script\na:b:0\nfunc:{1+x}\na:func`a\nb:1\n")
    shown = q.ask("\\l test.q")
    head = f"  [3]  {script}:3: func:{{1+x}}"
    assert shown == lines("'type", head, " " * head.index("+") + "^", "q))")
    assert q.ask(":42") == "q)"
    assert q.ask("a,b") == lines("42 1", "q)")


def test_a_script_on_the_command_line_suspends_too(quill_path: Path, tmp_path: Path) -> None:
    script = tmp_path / "s.q"
    script.write_text("a:1\n\nf:{[x]\n  y:x;\n  y+`a }\nb:nosuch+1\nc:3\n")
    with Terminal(str(quill_path), "s.q", home=tmp_path) as q:
        head = f"  [2]  {script}:6: b:nosuch+1"
        assert lines("'nosuch", head, " " * head.index("nosuch") + "^", "q))") in q.until(PROMPT)
        assert q.ask(":5") == "q)"
        assert q.ask("b,c") == lines("6 3", "q)")
        # a function of several lines shows the one that failed
        assert q.ask("f 1") == lines("'type", f"  [1]  {script}:5: f:", "  y+`a }", "   ^", "q))")


def test_traps_and_backtraces_inside(q: Terminal) -> None:
    assert q.ask('@[{x+`a};1;{"caught ",x}]') == lines('"caught type"', "q)")
    q.ask("f:{{.Q.bt[];x*2}x+1}")
    assert q.ask("f 4") == lines(
        "  [2]  f@:{.Q.bt[];x*2}",
        "           ^",
        "  [1]  f:{{.Q.bt[];x*2}x+1}",
        "          ^",
        "  [0]  f 4",
        "       ^",
        "10",
        "q)",
    )


def test_a_view_that_fails_shows_its_own_error(q: Terminal) -> None:
    q.ask("v::w+1")
    q.ask("w:`a")
    assert q.ask("v*2") == lines("'type", "  [1]  v::w+1", "           ^", "q))")
    q.ask("\\")
    q.ask("w:4")
    assert q.ask("v*2") == lines("10", "q)")


def test_the_end_of_input_leaves_every_level(q: Terminal) -> None:
    q.ask("{x+`a}1")
    q.ask("{x+`b}2")
    q.send("\x04")
    assert q.end() == 0


def test_exit_from_the_debugger(q: Terminal) -> None:
    q.ask("{x+`a}1")
    q.send("\\\\\n")
    assert q.end() == 0
