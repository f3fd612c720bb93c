#!/usr/bin/env python3
"""
Writes engine/COMPAT.md: every name of the reference with what quill has of it and how many assertions name it.

    compat.py ENGINE [--check]

The names, what they are and where quill differs come from the engine itself (`.quill.help[]`), the counts from the tests beside this
file, the conformance steps that fail from conformance_known.tsv (step, page, reason). With --check nothing is written: exit code 1 when the
page does not say what the engine says, or claims more assertions than there are.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "engine" / "COMPAT.md"
FAILURES = HERE / "conformance_known.tsv"
TIMEOUT_S = 60

TITLES = {
    "operator": "Operators", "iterator": "Iterators", "attribute": "Attributes", "syntax": "Syntax", "keyword": "Keywords",
    ".Q": "`.Q`", ".z": "`.z`", ".h": "`.h`", ".j": "`.j`", ".m": "`.m`", "internal": "Internal functions `-n!`",
    "command": "System commands", "option": "Command-line options", "quill": "Names of quill's own",
}  # fmt: skip

DIFFERENCES = """\
- Random numbers are reproducible by `\\S` but are not kdb+'s: its generator is not public.
- `2:` cannot load C libraries; there is no encryption at rest.
- TLS is 1.2 and 1.3 by rustls; ciphers, where a list is set, are those of it that rustls has (ECDHE with AES-GCM or ChaCha20).
- A file is written beside its place and renamed when whole, where kdb+ writes in place.
- `select[n]` and its orders work on partitioned tables, where kdb+ signals `'nyi`.
- `by` groups enumerated columns by their symbols.
- Locked scripts (`\\_`) are quill's own form.
- In single files enumerations keep the name of their domain in quill's own form.
- `.quill.help` and `\\help` are quill's own. `help` is not a word of q, so that name stays free for programs.
"""

HEAD = """\
# What quill has of q

Made by `tests/lang/compat.py`; a test fails when it is out of date. `quill --help NAME`, `\\help NAME` in the console and
`.quill.help` in q read the same rows.

*yes*: as the reference has it, as far as the tests go. *partly*: the note says what is different. *no*: not there.
The last column counts the assertions of `tests/lang` that use the name, at least; an operator counts once for all its overloads, and options
and callbacks are tested with real processes in `tests/python` and `engine/tests`.
"""

STRING = re.compile(r'"(?:\\.|[^"\\])*"')
WORD = re.compile(r"\.?[A-Za-z][A-Za-z0-9_.]*")
SPECIAL = re.compile(r"-\d+!|(?<![\w.:])[012]:(?=[\s(\[`])")
NUMBER = re.compile(r"\d[\w.:]*")
GLYPH = re.compile(r"<>|<=|>=|::|':|/:|\\:|[-+*%=~<>|&^,#_!?$@.:'/\\]")
COMMAND = re.compile(r'(?:^\\|system ?"|^q\)\\)([a-zA-Z]+|[12_\\])')


@dataclass
class Row:
    """One documented name."""

    kind: str
    name: str
    forms: str
    doc: str
    status: str
    note: str


def rows(engine: str) -> list[Row]:
    """What the engine says of every name."""
    done = subprocess.run(
        [engine, "-q"], input=b"-1 .j.j .quill.help[];\n", stdout=subprocess.PIPE, timeout=TIMEOUT_S, check=True
    )
    return [Row(**r) for r in json.loads(done.stdout)]


def expressions() -> list[str]:
    """The left sides of all assertions."""
    out = []
    for file in sorted(HERE.iterdir()):
        lines = (
            file.read_text(encoding="utf-8").splitlines()
            if file.suffix in (".q", ".qs") and file.name != "run.q"
            else []
        )
        if file.suffix == ".qs":
            out += [line[2:] for line in lines if line.startswith("q)")]
        else:
            out += [line.rpartition(" / ")[0] for line in lines if " / " in line and not line.startswith("/")]
    return out


def uses(texts: list[str]) -> Counter[tuple[str, str]]:
    """In how many assertions each word, glyph and system command occurs, as (sort, text)."""
    count: Counter[tuple[str, str]] = Counter()
    for text in texts:
        seen = {("command", m[1]) for m in COMMAND.finditer(text)}
        bare = STRING.sub('""', text)
        for m in WORD.finditer(bare):
            # a symbol is not a use, a name in a qualified name neither
            if m.start() == 0 or bare[m.start() - 1] not in "`:.":
                seen.add(("word", m[0].rstrip(".")))
        seen |= {("glyph", m[0]) for m in SPECIAL.finditer(bare)}
        rest = NUMBER.sub(" ", WORD.sub(" ", re.sub(r"`[\w.:/]*", " ", SPECIAL.sub(" ", bare))))
        seen |= {("glyph", m[0]) for m in GLYPH.finditer(rest)}
        seen |= {("glyph", f"`{m[1]}#") for m in re.finditer(r"`([supg])#", bare)}
        count.update(seen)
    return count


def count_of(row: Row, count: Counter[tuple[str, str]]) -> int | None:
    """The assertions that use a name; None where they cannot be told from the text."""
    if row.kind in ("option", "syntax"):
        return None
    if row.kind == "command":
        return count["command", row.name[1:]]
    if row.kind in ("operator", "iterator", "attribute", "internal"):
        return count["glyph", row.name]
    return count["word", row.name]


def cell(text: str) -> str:
    """Text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: str) -> str:
    """A name as code, whatever it contains."""
    return f"`` {cell(text)} ``" if "`" in text else f"`{cell(text)}`"


def failures() -> list[str]:
    """The conformance steps that fail, as lines of the page."""
    steps = [line.split("\t") for line in FAILURES.read_text(encoding="utf-8").splitlines()[1:]]
    return [f"| {code(step)} | {cell(page)} | {cell(reason)} |" for step, page, reason in steps]


def page(table: list[Row], count: Counter[tuple[str, str]], total: int) -> str:
    """The whole of COMPAT.md."""
    states = Counter(row.status for row in table if row.kind != "quill")
    out = [HEAD, f"{states['yes']} yes, {states['partly']} partly, {states['no']} no; {total} assertions.\n"]
    out += ["## Known differences\n", DIFFERENCES]
    for kind, title in TITLES.items():
        part = [row for row in table if row.kind == kind]
        if not part:
            continue
        out += [f"## {title}\n", "| name | | what it is | difference | assertions |", "| --- | --- | --- | --- | --- |"]
        for row in part:
            n = count_of(row, count)
            out.append(
                f"| {code(row.name)} | {row.status} | {cell(row.doc)} | {cell(row.note)} | {'' if n is None else n} |"
            )
        out.append("")
    out += [
        "## Steps of the documentation that fail\n",
        "Of the conformance corpus, with the reason. A test holds the list to the engine.\n",
    ]
    out += ["| step | page | reason |", "| --- | --- | --- |", *failures(), ""]
    return "\n".join(out)


COUNTED = re.compile(r"\| (\d*) \|$|; (\d+) assertions\.$", re.M)


def stale(old: str, new: str) -> list[str]:
    """Why `old` does not say what `new` does: other lines, or counts above the real ones. Lower counts are still true."""
    bare = [COUNTED.sub("", text).splitlines() for text in (old, new)]
    out = [f"not in the page: {line}" for line in bare[1] if line not in set(bare[0])]
    out += [f"no longer so: {line}" for line in bare[0] if line not in set(bare[1])]
    if not out:
        numbers = [[int(m[1] or m[2] or 0) for m in COUNTED.finditer(text)] for text in (old, new)]
        out += [f"{was} assertions claimed, {now} found" for was, now in zip(*numbers, strict=True) if was > now]
    return out


def main(arguments: list[str]) -> int:
    """Writes or checks the page."""
    if not arguments:
        print(__doc__)
        return 2
    texts = expressions()
    new = page(rows(str(Path(arguments[0]).resolve())), uses(texts), len(texts))
    if "--check" not in arguments:
        PAGE.write_text(new, encoding="utf-8")
        return 0
    wrong = stale(PAGE.read_text(encoding="utf-8"), new)
    print("\n".join(wrong[:20]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
