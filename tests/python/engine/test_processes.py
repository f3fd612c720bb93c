"""`peach` over other processes, as basics/peach.md and ref/dotz.md (.z.pd) of the kdb+ documentation have it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slipstream.engine.client import Client

if TYPE_CHECKING:
    from conftest import Quill


@pytest.fixture
def workers(start_quill: Callable[..., Quill]) -> list[Quill]:
    return [start_quill() for _ in range(3)]


def run(quill: Path, workers: list[Quill], *lines: str) -> list[str]:
    """What lines print in a process that has the workers as `ports`."""
    ports = " ".join(str(worker.port) for worker in workers)
    text = "\n".join([f"ports:{ports}", ".z.pd:`u#hopen each ports", *lines, "exit 0", ""])
    done = subprocess.run([quill, "-q", "-s", "-3"], input=text.encode(), capture_output=True, timeout=20, check=True)
    return (done.stdout + done.stderr).decode().splitlines()


def test_the_work_is_done_elsewhere(quill_path: Path, workers: list[Quill]) -> None:
    told = run(quill_path, workers, "p:{.z.i}peach til 100", "(count p;.z.i in p)", "asc distinct p", 'system"s"')
    assert told[0] == "100"
    assert told[1] == "0b"
    assert sorted(map(int, told[2].removesuffix("i").removeprefix("`s#").split())) == sorted(
        w.process.pid for w in workers
    )
    assert told[3] == "-3i"


def test_results_keep_their_order(quill_path: Path, workers: list[Quill]) -> None:
    lines = [
        "f:{x*x}",
        "(f peach til 1000)~f each til 1000",
        "f':[3 4]",
        "{x}peach`a`b!1 2",
        "{[t]t`a}peach([]a:1 2 3)",
    ]
    assert run(quill_path, workers, *lines) == ["1b", "9 16", "a| 1", "b| 2", "1 2 3"]
    # a list of one item stays here
    assert run(quill_path, workers, ".z.i=first{.z.i}peach enlist 0") == ["1b"]


def test_data_is_that_of_the_processes(quill_path: Path, workers: list[Quill]) -> None:
    for n, worker in enumerate(workers):
        with Client(port=worker.port) as q:
            q.value(f"base:{100 * (n + 1)}")
    told = run(quill_path, workers, "base:7", "r:{base+x}peach 30#0", "(count r;all r in 100 200 300)")
    assert told == ["30", "1b"]


def test_an_error_leaves_the_handles_usable(quill_path: Path, workers: list[Quill]) -> None:
    told = run(quill_path, workers, "@[{$[x=3;'`bad;x]}peach;til 10;{`$x}]", "{x+1}peach til 3", "count .z.W")
    assert told == ["`bad", "1 2 3", "3"]


def test_a_lost_process_is_an_error(quill_path: Path, workers: list[Quill]) -> None:
    told = run(quill_path, workers, "@[{exit 0}peach;til 2;{5#x}]", "count .z.W")
    assert told == ['"close"', "1"]


def test_what_is_no_answer_closes_the_handle(quill_path: Path, workers: list[Quill]) -> None:
    told = run(quill_path, workers, '@[{neg[.z.w]"1";x}peach;til 2;{5#x}]', "count .z.W")
    assert told[0] == '"close"'
    assert told[1:].count("1") == 1


def test_handles_may_come_from_a_function(quill_path: Path, workers: list[Quill]) -> None:
    assert run(quill_path, workers, "h:.z.pd", ".z.pd:{h}", "p:{.z.i}peach til 9", "any p=.z.i") == ["0b"]
    assert run(quill_path, workers, ".z.pd:`int$()", "@[{x}peach;1 2;{`$x}]") == ["`type"]
    # no processes: as each
    assert run(quill_path, workers, "hclose each .z.pd;", ".z.pd:`u#`int$()", "all .z.i={.z.i}peach 1 2") == ["1b"]
