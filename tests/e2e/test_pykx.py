"""PyKX against a live quill: its own connections, every type both ways, errors, large messages, passwords."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from slipstream.engine.client import Client
from slipstream.engine.convert import from_q, kx, to_list, to_q, to_table, to_vector
from slipstream.errors import AccessDenied, QueryError, Timeout, Unreachable

pytestmark = pytest.mark.filterwarnings("ignore")


def serialised(value: object) -> bytes:
    """A value's bytes, message header and attribute byte of vectors aside."""
    return bytes(kx.serialize(value).data)[8:]


@pytest.fixture
def server(start_quill: Callable[..., Any]) -> Any:
    return start_quill()


@pytest.fixture
def q(server: Any) -> Any:
    with Client(port=server.port, timeout_s=30) as client:
        yield client


# expression in q, and the bytes that PyKX's own serialiser gives for the value it stands for
VALUES = [
    ("1b", to_q(True)),
    ("0x05", to_q(np.uint8(5))),
    ("3h", to_q(np.int16(3))),
    ("3i", to_q(np.int32(3))),
    ("3", to_q(3)),
    ("0N", None),
    ("1.5e", to_q(np.float32(1.5))),
    ("1.5", to_q(1.5)),
    ("0n", to_q(float("nan"))),
    ('"a"', kx.CharAtom("a")),
    ('"abc"', to_q(b"abc")),
    ("`abc", to_q("abc")),
    ("`", to_q("")),
    ("2024.01.01", to_q(np.datetime64("2024-01-01", "D"))),
    ("2024.01m", to_q(np.datetime64("2024-01", "M"))),
    ("2024.01.01D12:00:00.123456789", to_q(np.datetime64("2024-01-01T12:00:00.123456789", "ns"))),
    ("0Np", to_q(np.datetime64("NaT", "ns"))),
    ("0D00:00:00.000000005", to_q(np.timedelta64(5, "ns"))),
    ("00:00:07", to_q(np.timedelta64(7, "s"))),
    ("00:00:00.007", to_q(np.timedelta64(7, "ms"))),
    ("00:07", to_q(np.timedelta64(7, "m"))),
    ("10b", to_vector([True, False])),
    ("0x0102", to_vector(np.array([1, 2], "u1"))),
    ("1 2h", to_vector(np.array([1, 2], "i2"))),
    ("1 0Ni", to_vector(pa.array([1, None], pa.int32()))),
    ("1 0N 3", to_vector([1, None, 3])),
    ("1.5 0n", to_vector([1.5, None])),
    ("1.5 2.5e", to_vector(np.array([1.5, 2.5], "f4"))),
    ("`a`b`", to_vector(["a", "b", None])),
    ("2024.01.01 0N", to_vector(np.array(["2024-01-01", "NaT"], "M8[D]"))),
    ("2024.01.01D00:00:00 0N", to_vector(np.array(["2024-01-01", "NaT"], "M8[ns]"))),
    ("0#0", to_vector([], "j")),
    ("0#`", to_vector([], "s")),
    ('("ab";"c";"")', None),
    ("(1;`a;2.5)", to_list([1, "a", 2.5])),
    ("`a`b!1 2", to_q({"a": 1, "b": 2})),
    ("([]a:1 2;b:`x`y)", to_table({"a": [1, 2], "b": ["x", "y"]})),
    ("(::)", to_q(None)),
]


@pytest.mark.parametrize(("text", "expected"), VALUES, ids=[text for text, _ in VALUES])
def test_values_arrive_as_the_bytes_of_pykx(q: Any, text: str, expected: Any) -> None:
    """What quill sends for an expression is what PyKX would send for that value, and comes back unchanged when echoed."""
    got = q.query(text)
    if expected is not None:
        assert serialised(got) == serialised(expected)
    assert serialised(q.query("{x}", got)) == serialised(got)
    assert q.value("{x~" + text + "}", got) is True


def test_default_connection_with_its_start_up_calls(server: Any) -> None:
    """Without no_ctx PyKX asks two things when it connects; both must be answered."""
    with kx.SyncQConnection("127.0.0.1", server.port) as connection:
        assert connection("1+1").py() == 2


def test_asynchronous_connection(server: Any) -> None:
    async def talk() -> list[int]:
        async with kx.AsyncQConnection("127.0.0.1", server.port, no_ctx=True) as connection:
            answers = await asyncio.gather(*(connection("{x*x}", i) for i in range(10)))
        return [answer.py() for answer in answers]

    assert asyncio.run(talk()) == [i * i for i in range(10)]


def test_subscription_by_a_raw_connection(q: Any) -> None:
    """A process with .u.sub pushes rows to us as they are published."""
    q.query(".u.w:()")
    q.query("trade:([]time:`timestamp$();sym:`symbol$();price:`float$())")
    q.query(".u.sub:{[t;s] .u.w,:.z.w; (t;value t)}")
    q.query(".u.upd:{[t;x] neg[.u.w]@\\:(`upd;t;flip cols[t]!x)}")
    with q.subscribe(["trade"]) as feed:
        assert feed.schemas["trade"].column_names == ["time", "sym", "price"]
        stamp = np.array(["2024-01-01T00:00:00.000000001"], "M8[ns]")
        assert q.publish("trade", {"time": stamp, "sym": ["a"], "price": [1.5]}, wait=True) == 1
        item = feed.poll(10)
        assert item is not None
        name, rows = item
        assert (name, rows["sym"].to_pylist(), rows["price"].to_pylist()) == ("trade", ["a"], [1.5])
        assert rows["time"].cast(pa.int64()).to_pylist() == [1704067200 * 10**9 + 1]


def test_errors_are_qerrors_and_leave_the_connection_good(q: Any) -> None:
    for text, kind in [("1+`a", "type"), ("1 2+1 2 3", "length"), ("nosuchname", "nosuchname"), ("'mine", "mine")]:
        with pytest.raises(QueryError) as caught:
            q.query(text)
        assert caught.value.kind == kind
    assert q.value("2+2") == 4


def test_a_large_message_both_ways(q: Any) -> None:
    """80 MB and more, sent and echoed."""
    column = np.arange(10_500_000)
    got = q.query("{x}", column)
    assert np.array_equal(got.np(raw=True), column)


def test_publishing_many_rows_in_order(q: Any) -> None:
    q.query("got:0#0")
    q.query(".u.upd:{[t;x] got,:first x}")
    for start in range(0, 20_000, 1_000):
        q.publish("t", [np.arange(start, start + 1_000)])
    q.flush()
    assert q.value("got~til 20000") is True


def test_wrong_passwords_are_refused(server: Any) -> None:
    with Client(port=server.port) as q:
        q.query('.z.pw:{[u;p] (u=`desk)&p~"secret"}')
    with pytest.raises((AccessDenied, Unreachable)):
        Client(port=server.port, user="desk", password="wrong", connect_timeout_s=5)
    with Client(port=server.port, user="desk", password="secret") as q:
        assert q.value(".z.u") == "desk"


def test_a_query_that_takes_too_long(server: Any) -> None:
    with Client(port=server.port, timeout_s=0.3) as q:
        with pytest.raises(Timeout):
            q.query('system"sleep 1"')
        time.sleep(1.2)
        assert q.value("`next") == "next"


def test_unix_socket(server: Any) -> None:
    connection = kx.SyncQConnection("", server.port, unix=True, no_ctx=True)
    try:
        assert connection("1+1").py() == 2
    finally:
        connection.close()


def test_rubbish_on_the_port_leaves_it_serving(server: Any) -> None:
    for rubbish in (
        b"\0",
        b"GET / HTTP/9\r\n\r\n",
        b":\x03\0" + b"\x01\x01\0\0\xff\xff\xff\xff" + b"x" * 100,
        b"\xff" * 1000,
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
            sock.sendall(rubbish)
    with Client(port=server.port) as q:
        assert q.value("1+1") == 2


def test_console_text(q: Any) -> None:
    assert q.text("([]a:1 2;b:`x`y)") == "a b\n---\n1 x\n2 y\n"
    assert from_q(q.query("`done")) == "done"
