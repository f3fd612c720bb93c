#!/usr/bin/env python3
"""
Runs every language test file in a process of its own, so that one file cannot change or end another.

    run.py ENGINE [FILE ...]

`*.q` files go through run.q. `*.qs` files are console transcripts: `q)expression`, then the lines that the console prints; trailing
blanks do not count, and of an error only its first line, `'class`, does. Lines that start with `/` before the first `q)` are comments.
Exit code 1 when anything failed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TIMEOUT_S = 120
MARK = "slipstream-mark"
TOTALS = re.compile(r"^(\d+) passed, (\d+) failed$")


def assertions(engine: str, file: Path) -> tuple[int, int, list[str]]:
    """Passed, failed and the lines to show of one .q file; a process that ends early is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [engine, str(HERE / "run.q"), str(file)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=TIMEOUT_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            return 0, 1, [*_lines(late.output), f"{file.name}: no end after {TIMEOUT_S} s"]
    lines = _lines(done.stdout)
    total = TOTALS.match(lines[-1]) if lines else None
    if total is None:
        return 0, 1, [*lines, f"{file.name}: the engine ended with status {done.returncode}"]
    return int(total[1]), int(total[2]), [line for line in lines[:-1] if not line.startswith("# ")]


def transcript(engine: str, file: Path) -> tuple[int, int, list[str]]:
    """The same for one .qs file."""
    steps: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("q)"):
            steps.append((number, line[2:], []))
        elif steps:
            steps[-1][2].append(line)
        elif line and not line.startswith("/"):
            raise SystemExit(f"{file}:{number}: expected q) or a comment")
    script = f'-1"{MARK}";\n' + "".join(f'{text}\n-1"{MARK}";\n' for _, text, _ in steps)
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [engine, "-q"], cwd=folder, input=script.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=TIMEOUT_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return 0, len(steps), [f"{file.name}: no end after {TIMEOUT_S} s"]
    printed = done.stdout.decode("utf-8", "replace").split(f"{MARK}\n")[1:-1]
    if len(printed) != len(steps):
        return (
            0,
            len(steps),
            [f"{file.name}: {len(printed)} of {len(steps)} steps were answered, status {done.returncode}"],
        )
    passed, shown = 0, []
    for (number, text, expected), output in zip(steps, printed, strict=True):
        want, got = _clean(expected), _clean(output.splitlines())
        if want and want[0].startswith("'"):
            want, got = want[:1], [line for line in got if line.startswith("'")][:1]
        if want == got:
            passed += 1
        else:
            shown += [
                f"{file.name}:{number}: q){text}",
                *(f"    - {line}" for line in want),
                *(f"    + {line}" for line in got),
            ]
    return passed, len(steps) - passed, shown


def _lines(output: bytes | None) -> list[str]:
    return (output or b"").decode("utf-8", "replace").splitlines()


def _clean(lines: list[str]) -> list[str]:
    kept = [line.rstrip() for line in lines]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def main(arguments: list[str]) -> int:
    """Run the files given, or all."""
    if not arguments:
        print(__doc__)
        return 2
    engine = str(Path(arguments[0]).resolve())
    files = [Path(name).resolve() for name in arguments[1:]]
    files = files or sorted(f for f in HERE.iterdir() if f.suffix in (".q", ".qs") and f.name != "run.q")
    passed = failed = 0
    for file in files:
        good, bad, shown = (transcript if file.suffix == ".qs" else assertions)(engine, file)
        passed, failed = passed + good, failed + bad
        for line in shown:
            print(line)
        print(f"{'FAIL' if bad else 'ok  '} {file.name:<24} {good:>5} passed {bad:>4} failed", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
