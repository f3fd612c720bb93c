"""quill against PyKX: its serialiser, and every kind of its connections."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

os.environ.setdefault("PYKX_UNLICENSED", "true")
import pykx as kx

Start = Callable[..., Any]


@pytest.fixture(scope="module")
def quill(request: pytest.FixtureRequest, quill_path: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of one quill that the tests of this file share."""
    import subprocess

    from conftest import free_port

    port = free_port()
    log = tmp_path_factory.mktemp("quill") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(quill_path), "-p", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + 180
        while True:
            try:
                kx.SyncQConnection("127.0.0.1", port, no_ctx=True).close()
                break
            except (kx.QError, kx.PyKXException, OSError, RuntimeError):
                assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")
                time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def q(quill: int) -> Iterator[Any]:
    with kx.SyncQConnection("127.0.0.1", quill, no_ctx=True) as connection:
        yield connection


def body(value: Any) -> bytes:
    """PyKX's serialisation without the header."""
    return bytes(kx.serialize(value).data)[8:]


GUID = uuid.UUID("8c680a01-5a49-5aab-5a65-d4bfddb6a661")

# q text, and the object that PyKX makes for the same value by itself
SAME: list[tuple[str, Any]] = [
    ("1b", kx.BooleanAtom(True)),
    ("0x2a", kx.ByteAtom(42)),
    ("-5h", kx.ShortAtom(-5)),
    ("123456i", kx.IntAtom(123456)),
    ("-123456789012", kx.LongAtom(-123456789012)),
    ("1.5e", kx.RealAtom(1.5)),
    ("0.1", kx.FloatAtom(0.1)),
    ('"c"', kx.CharAtom("c")),
    ("`sym", kx.SymbolAtom("sym")),
    ("`", kx.SymbolAtom("")),
    (f'"G"$"{GUID}"', kx.GUIDAtom(GUID)),
    ("2024.02.29D01:02:03.000000004", kx.TimestampAtom(np.datetime64("2024-02-29T01:02:03.000000004", "ns"))),
    ("2024.02m", kx.MonthAtom(np.datetime64("2024-02", "M"))),
    ("2024.02.29", kx.DateAtom(dt.date(2024, 2, 29))),
    ("1D02:03:04.000005", kx.TimespanAtom(np.timedelta64(93784000005000, "ns"))),
    ("12:34", kx.MinuteAtom(np.timedelta64(754, "m"))),
    ("12:34:56", kx.SecondAtom(np.timedelta64(45296, "s"))),
    ("12:34:56.789", kx.TimeAtom(np.timedelta64(45296789, "ms"))),
    ("101b", kx.BooleanVector([True, False, True])),
    ("0x0102ff", kx.ByteVector([1, 2, 255])),
    ("1 2 0N 0Wh", kx.ShortVector(np.array([1, 2, -32768, 32767], "i2"))),
    ("1 0N -0Wi", kx.IntVector(np.array([1, -(2**31), -(2**31) + 1], "i4"))),
    ("1 0N 0W", kx.LongVector(np.array([1, -(2**63), 2**63 - 1], "i8"))),
    ("1.5 0.25e", kx.RealVector(np.array([1.5, 0.25], "f4"))),
    ("1.5 0w -0w", kx.FloatVector(np.array([1.5, np.inf, -np.inf]))),
    ('"hello"', kx.CharVector("hello")),
    ('""', kx.CharVector("")),
    ("`a`b`", kx.SymbolVector(["a", "b", ""])),
    (f'2#"G"$"{GUID}"', kx.GUIDVector([GUID, GUID])),
    ("2000.01.01D00 2024.01.01D12", kx.TimestampVector(np.array(["2000-01-01", "2024-01-01T12"], "M8[ns]"))),
    ("2000.01 2024.03m", kx.MonthVector(np.array(["2000-01", "2024-03"], "M8[M]"))),
    ("1999.12.31 2024.01.01", kx.DateVector(np.array(["1999-12-31", "2024-01-01"], "M8[D]"))),
    ("0D00:00:01 1D", kx.TimespanVector(np.array([10**9, 86400 * 10**9], "m8[ns]"))),
    ("00:01 23:59", kx.MinuteVector(np.array([1, 1439], "m8[m]"))),
    ("00:00:01 23:59:59", kx.SecondVector(np.array([1, 86399], "m8[s]"))),
    ("00:00:00.001 23:59:59.999", kx.TimeVector(np.array([1, 86399999], "m8[ms]"))),
    ('(1;`a;"text";2.5)', kx.List([1, "a", b"text", 2.5])),
    ("(1 2;`a`b)", kx.List([np.array([1, 2]), kx.SymbolVector(["a", "b"])])),
    ("()", kx.List([])),
    ("`a`b!(1;`x)", {"a": 1, "b": "x"}),
    ("(::)", None),
]


@pytest.mark.parametrize(("text", "value"), SAME, ids=[text for text, _ in SAME])
def test_same_bytes_as_pykx_and_back(q: Any, text: str, value: Any) -> None:
    want = body(value)
    assert want.hex() == bytes(q(f"-8!({text})").np())[8:].hex()
    # what PyKX sends is what quill understands by the text, and it comes back unchanged
    assert q("{x~value y}", value, text.encode()).py()
    assert want.hex() == body(q("{x}", value)).hex()


def test_floating_nulls(q: Any) -> None:
    # every NaN is null, whatever its bits
    assert all(q("null", kx.FloatVector(np.array([np.nan, np.nan]))).np())
    assert np.isnan(q("0n").py())
    assert np.isnan(q("0n 1.5").np()[0])


# values that PyKX cannot make by itself: it must read quill's bytes and write the same again
REWRITTEN = [
    '([]a:1 2;b:`x`y;c:(1 2;"ab"))',
    "([k:`x`y]v:1 2f)",
    "([]a:`long$();b:`$())",
    "`s#1 2 3",
    "`u#`a`b",
    "`p#1 1 2",
    "`g#`a`b`a",
    "([]s:`g#`a`b`a;t:`s#1 2 3)",
    "`a`b!(1 2;3 4)",
    "`s#`a`b!1 2",
    "2024.01.02T03:04:05.678",
    "2024.01.02T03:04:05.678 0Nz",
    "+",
    "neg",
    "(+)[1]",
    "(+/)",
    "1 2 3!`a`b`c",
]


@pytest.mark.parametrize("text", REWRITTEN)
def test_pykx_reads_and_rewrites(q: Any, text: str) -> None:
    sent = bytes(q(f"-8!({text})").np())
    assert sent.hex() == bytes(kx.serialize(kx.deserialize(sent)).data).hex()


def test_frames_both_ways(q: Any) -> None:
    frame = pd.DataFrame(
        {"sym": ["a", "b"], "price": [1.5, 2.5], "n": [1, 2], "at": np.array(["2024-01-01", "2024-01-02"], "M8[ns]")}
    )
    assert "".join(sorted(q("{exec t from meta x}", frame).py().decode(), key="psfj".index)) == "psfj"
    back = q("{update price*2 from x}", frame).pd()
    assert list(back["price"]) == [3.0, 5.0]
    assert list(frame["at"]) == list(back["at"])
    keyed = q("{select n:count i,v:sum price by sym from x}", frame)
    assert list(keyed.pd()["n"]) == [1, 1]


def test_errors_are_qerrors(q: Any) -> None:
    for text, kind in [
        ("1+`a", "type"),
        ("'own", "own"),
        ("1 2+1 2 3", "length"),
        ("undefinedname", "undefinedname"),
        ("{1", "{1"),
    ]:
        with pytest.raises(kx.QError) as caught:
            q(text)
        if text != "{1":
            assert kind == str(caught.value)
    assert q("1+1").py() == 2


def test_arguments_up_to_eight(q: Any) -> None:
    assert q("{[a;b;c;d;e;f;g;h]a+b+c+d+e+f+g+h}", *range(1, 9)).py() == 36
    assert q("count", np.arange(3)).py() == 3


def test_default_connection_with_contexts(quill: int) -> None:
    with kx.SyncQConnection("127.0.0.1", quill) as q:
        assert q("1+2").py() == 3
        q("square:{x*x};.space.a:5;.space.f:{x+1}")
        assert q.space.a.py() == 5
        assert q("square", 7).py() == 49
        assert list(q.til(3).np()) == [0, 1, 2]
        q.space.b = kx.LongVector([1, 2])
        assert list(q(".space.b").np()) == [1, 2]
        assert q("string 2024.01.01").py().decode() == "2024.01.01"
        assert q.space.f(5).py() == 6
        with pytest.raises(AttributeError):
            q.space.missing  # noqa: B018


def test_asynchronous_connection(quill: int) -> None:
    async def ask() -> list[int]:
        async with kx.AsyncQConnection("127.0.0.1", quill, no_ctx=True) as q:
            answers = await asyncio.gather(*(q("{x*x}", i) for i in range(50)))
            await q("ran:1b", wait=False)
            assert (await q("ran")).py()
            with pytest.raises(kx.QError, match="type"):
                await q("1+`a")
            return [a.py() for a in answers]

    assert [i * i for i in range(50)] == asyncio.run(ask())


def test_raw_connection_receives_what_is_published(quill: int) -> None:
    async def receive() -> None:
        async with kx.RawQConnection("127.0.0.1", quill, no_ctx=True) as raw:
            raw("subscriber:.z.w;`ready")
            raw.poll_send()
            deadline = time.monotonic() + 180
            with kx.SyncQConnection("127.0.0.1", quill, no_ctx=True) as q:
                while not q("`subscriber in key`.").py():
                    assert time.monotonic() < deadline
                q("neg[subscriber](`upd;`trade;([]sym:`a`b;price:1 2f))")
            message = None
            while not isinstance(message, kx.List):
                assert time.monotonic() < deadline
                message = raw.poll_recv()
            name, table, rows = list(message)
            assert (name.py(), table.py()) == ("upd", "trade")
            assert list(rows.pd()["price"]) == [1.0, 2.0]

    asyncio.run(receive())


def test_unix_socket(quill: int) -> None:
    with kx.SyncQConnection(port=quill, unix=True, no_ctx=True) as q:
        assert q("1+2").py() == 3
        assert q(".z.a").py() == 0


def test_eighty_megabytes_both_ways(q: Any) -> None:
    column = np.arange(10_000_000)
    back = q("{y:1+x;y}", column, None).np()
    assert back.nbytes == 80_000_000
    assert (column + 1 == back).all()


def test_names_are_looked_up_where_requests_have_a_handler(start_quill: Start, tmp_path: Any) -> None:
    """PyKX asks in k what a name is; a handler such as the tickerplant's evaluates what it is given."""
    script = tmp_path / "handled.q"
    script.write_text(".z.pg:{asked+:1;value x}\nasked:0\n.space.f:{x+1}\n.space.a:5\n")
    with kx.SyncQConnection("127.0.0.1", start_quill(str(script)).port) as q:
        assert q.space.a.py() == 5
        assert q.space.f(5).py() == 6
        assert q("asked").py() > 2


def test_wrong_passwords_are_refused(start_quill: Start, tmp_path: Any) -> None:
    users = tmp_path / "users"
    users.write_text("ann:right\n")
    script = tmp_path / "empty.q"
    script.write_text("")
    import socket

    # the fixture's own greeting carries no password, so the port is opened by hand once quill is up
    server = start_quill(str(script))
    with kx.SyncQConnection("127.0.0.1", server.port, no_ctx=True) as q:
        q('.z.pw:{[u;p](u=`ann)&p~"right"}')
    for user, password in [("ann", "wrong"), ("eve", "right"), ("", "")]:
        with pytest.raises((kx.QError, kx.PyKXException)):
            kx.SyncQConnection("127.0.0.1", server.port, username=user, password=password, no_ctx=True)
    with kx.SyncQConnection("127.0.0.1", server.port, username="ann", password="right", no_ctx=True) as q:
        assert q(".z.u").py() == "ann"
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"eve:right\x06\x00")
        assert raw.recv(1) == b""


def test_pykx_reads_compressed_bytes(q: Any) -> None:
    packed = bytes(q("-18!til 100000").np())
    assert packed[2] == 1 and len(packed) < 400_000
    assert (np.arange(100_000) == kx.deserialize(packed).np()).all()


def test_many_connections(quill: int) -> None:
    many = [kx.SyncQConnection("127.0.0.1", quill, no_ctx=True) for _ in range(60)]
    assert list(range(60)) == [c("{x}", i).py() for i, c in enumerate(many)]
    assert many[0]("count .z.W").py() >= 60
    for c in many:
        c.close()
