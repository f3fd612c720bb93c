"""
Instructions of quill's hot paths, counted by callgrind: the same on a busy machine as on a quiet one.

    scripts/bench --check       compare with bench/instructions.json; exit 1 when a path takes over 10% more
    scripts/bench --record      count and write bench/instructions.json

Each path of bench/paths.q is run twice, with different numbers of turns, so that start and set-up cancel out; `tick` and `tick100` likewise:
a thousand messages of one row, and two hundred of a hundred, through the tickerplant's .u.upd, its log and its batch, without a socket.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
RECORD = HERE / "instructions.json"
TURNS = (1, 3)
ALLOWED = 0.10


TICK = {
    "tick": "r:(.z.p;`S0;`V;100f;100f;`buy;`;.z.p;7);f:{do[1000*x;.u.upd[`trade;r]]}",
    "tick100": "r:100#'(.z.p;`S0;`V;100f;100f;`buy;`;.z.p;7);f:{do[200*x;.u.upd[`trade;r]]}",
}


def instructions(quill: str, path: str, times: int) -> int:
    """Instructions of one process."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", quill]
    with tempfile.TemporaryDirectory() as folder:
        if path in TICK:
            command += [str(HERE.parent / "tickplant" / "tick.q"), "-dir", f"{folder}/log", "-sync", "never"]
            lines = f"{TICK[path]}\nf {times}\nexit 0\n"
        else:
            command += [str(HERE / "paths.q"), "-path", path, "-times", str(times)]
            lines = ""
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or found is None:
        raise SystemExit(f"{path} did not run: {done.stdout}{done.stderr}")
    return int(found[1])


def turn(quill: str, path: str) -> int:
    """Instructions of one turn of a path."""
    low, high = (instructions(quill, path, n) for n in TURNS)
    return (high - low) // (TURNS[1] - TURNS[0])


def main(mode: str, quill: str) -> int:
    """Count, print a line a path; 1 when --check finds one that takes over ALLOWED more than recorded."""
    if shutil.which("valgrind") is None:
        print(
            "valgrind is not installed: it counts the instructions (Debian, Ubuntu: apt-get install valgrind)",
            file=sys.stderr,
        )
        return 2
    listed = subprocess.run(
        [quill, str(HERE / "paths.q"), "-path", "list"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [*listed.stdout.split(), *TICK]
    before: dict[str, int] = {}
    if mode == "--check":
        record = json.loads(RECORD.read_text())
        if record["machine"] != platform.machine():
            print(
                f"bench/instructions.json is of {record['machine']}, this machine is {platform.machine()}: nothing to compare",
                file=sys.stderr,
            )
            return 2
        before = record["instructions"]
    now: dict[str, int] = {}
    worse = []
    for path in paths:
        now[path] = turn(quill, path)
        change = now[path] / before[path] - 1 if path in before else None
        print(f"{path:12}{now[path]:>14,}" + ("" if change is None else f"{change:>+9.1%}"), flush=True)
        if mode == "--check" and (change is None or change > ALLOWED):
            worse.append(path)
    if mode == "--record":
        RECORD.write_text(json.dumps({"machine": platform.machine(), "instructions": now}, indent=1) + "\n")
    if worse:
        print(f"more than {ALLOWED:.0%} above what is recorded, or not recorded: {', '.join(worse)}", file=sys.stderr)
    return bool(worse)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
