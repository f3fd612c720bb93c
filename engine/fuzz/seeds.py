"""Writes the seed inputs of the fuzz targets to seeds/<target>/, and the dictionary of q's tokens.

Text comes from the language tests, messages and files are made by quill.

    python engine/fuzz/seeds.py <quill executable>
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# values whose messages and files are seeds: every type, attribute and nesting
VALUES = """1b|0x01|2h|3i|4|5e|6f|"c"|`sym|2000.01m|2000.01.01|0D01|2000.01.01D01|2000.01.01T01|01:02|01:02:03|01:02:03.004
0Ng|0N|0Wp|101b|0x0102|1 2h|1 2i|1 2 3|1 2e|1 0n 3|"string"|`a`b`c|2000.01 2000.02m|.z.d-til 3|2#0Ng|0D 1D|()|enlist`a
`s#1 2 3|`u#`a`b|`p#1 1 2|`g#1 2 1|(1;`a;"x")|(1 2;"ab";())|`a`b!1 2|`s#1 2!3 4|([]a:1 2;b:`x`y)|([k:1 2]v:3 4f)|()!()
{x+y}|+|neg|+/|+[1]|(neg sum@)|::|til 500|500#`abc`de|3000#0|flip`t`s!(0D+til 5;5#`x)|enlist each til 9|(`upd;`t;(1 2;`a`b))"""

TEXTS = [
    b'{{"a":[1,2.5,null],"b":{"c":"\\u00e4\\n"}}',
    b'{[{"a":1},{"a":2}]',
    b"{-1.5e3",
    b',ISFD a,b,c\n1,x,2.5,2000.01.01\n2,"y,z",,',
    b';*CP "x;y";c;2000.01.01D00',
    b"=S=; a=1;b=2",
    b"4ISF 12345678\n87654321",
    b"J12\n-5\n0N\n0W",
    b"D2000.01.01\n01/02/2003\n20000101",
    b"P2000.01.01D01:02:03.123456789",
    b"T12:34:56.789\n1234",
    b"Ndeadbeef",
    b"G01234567-89ab-cdef-0123-456789abcdef",
    b"F1e5\n-0w\n0x1",
    b"*a[b-d]?*",
    b"X0aff",
    b"M2000.01",
]


def assertions() -> list[bytes]:
    """The left sides of the language tests."""
    lines = []
    for file in sorted((ROOT / "tests" / "lang").glob("*.q")):
        if file.name == "run.q":
            continue
        for line in file.read_bytes().splitlines():
            text = line.rsplit(b" / ", 1)[0]
            if text and not text.startswith((b"/", b"\\", b"system")) and len(text) < 300:
                lines.append(text)
    return lines


def made_by(quill: str, values: list[str]) -> tuple[list[bytes], list[tuple[bytes, bytes]]]:
    """Messages and files (with their companions) of values, as quill writes them."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        script = ["sym:`a`b`c"]
        for n, value in enumerate(values):
            script += [
                f"v:{value}",
                f"`:m{n} 1:-8!v",
                f"`:z{n} 1:-18!v",
                f"@[`:f{n} set;v;::]",
                f"@[(`:g{n};17;2;6)set;v;::]",
                f"@[(`:s{n};12;3;0)set;v;::]",
                f"@[(`:l{n};12;4;0)set;v;::]",
                f"@[(`:i{n};12;1;0)set;v;::]",
            ]
        script += [
            "`:e0 set`sym$`a`b`a",
            "`:log set()",
            "h:hopen`:log",
            "h enlist(`upd;`t;(1 2;`a`b))",
            "hclose h",
            "exit 0",
        ]
        (at / "make.q").write_text("\n".join(script))
        subprocess.run(
            [quill, "make.q", "-q"], cwd=at, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=120
        )
        messages = [f.read_bytes() for f in sorted(at.glob("[mz]*")) if f.suffix == ""]
        files = []
        for f in sorted(at.glob("[fgslie]*")):
            if not f.name.endswith("#"):
                side = f.with_name(f.name + "#")
                files.append((f.read_bytes(), side.read_bytes() if side.exists() else b""))
        return messages, files


def tokens() -> list[bytes]:
    """Names and operators that q text is made of, from the verb table and the literals of the tests."""
    names: set[bytes] = set()
    for file in (ROOT / "engine" / "src" / "verb").rglob("*.rs"):
        names.update(n.encode() for n in re.findall(r'name: "([^"\\]+)"', file.read_text()))
    text = b"\n".join(assertions())
    names.update(
        re.findall(rb"-?0[NWnw][a-z]?|\d+[bhijefpmdznuvt]\b|`[a-z]{0,4}|[-+*%&|^=<>,#_~!?@.$:'/\\]{1,2}", text)
    )
    names.update([b"select", b"exec", b"update", b"delete", b"by", b"from", b"where", b"if[", b"do[", b"while[", b"$["])
    return sorted(names)


def write(target: str, inputs: list[bytes]) -> None:
    """Replaces the seeds of a target."""
    folder = HERE / "seeds" / target
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for data in inputs:
        (folder / hashlib.sha1(data, usedforsecurity=False).hexdigest()[:12]).write_bytes(data)


def main(quill: str) -> None:
    """Writes everything."""
    lines = assertions()
    # lines in bundles: one file a line would be thousands of files
    bundles = [b"\n".join(lines[i : i + 12]) for i in range(0, len(lines), 12)]
    values = [v for line in VALUES.splitlines() for v in line.split("|")]
    messages, files = made_by(quill, values)
    write("parse", bundles[::4])
    write("eval", bundles[2::4])
    write("ipc", [m for m in messages if len(m) < 5000])
    write("file", [len(s).to_bytes(2, "little") + m + s for m, s in files if len(m) + len(s) < 9000])
    write("text", TEXTS)
    quoted = (b"".join(b"\\x%02x" % c for c in t) for t in tokens())
    (HERE / "q.dict").write_bytes(b"".join(b'"%s"\n' % t for t in quoted))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(str(Path(sys.argv[1]).resolve()))
