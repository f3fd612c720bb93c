"""Row entitlements over the wire: whatever a user of the gateway sends, only rows of that user's orders come back."""

from __future__ import annotations

import base64
import os
import socket
import struct
from pathlib import Path

os.environ.setdefault("PYKX_UNLICENSED", "true")
import numpy as np
import pytest

from api.conftest import PASSWORDS, Plant, Served
from slipstream.engine.client import Client
from slipstream.errors import AccessDenied, QueryError


def refused(client: Client, q: str, *args: object) -> str:
    with pytest.raises(QueryError) as error:
        client.value(q, *args)
    return str(error.value.kind)


def test_a_password_is_asked_for_and_a_stranger_refused(plant: Plant) -> None:
    with pytest.raises(AccessDenied):
        Client("127.0.0.1", plant.config.port("gateway"), user="ops", password="wrong")
    with plant.client("stranger") as stranger:
        assert "access" in refused(stranger, "1+1")


def test_a_user_sees_its_own_rows(plant: Plant) -> None:
    with plant.client() as ops, plant.client("ann") as ann:
        # other tests of this plant add to it
        assert ops.call(".api.of", "fills", _day, _day, "").column("execid").to_pylist()[:2] == ["F1", "F2"]
        assert ann.call(".api.of", "fills", _day, _day, "").column("execid").to_pylist() == ["F1"]
        assert ann.value("exec distinct id from orders").to_pylist() == ["P1", "C1"]
        assert ann.call(".api.scorecard").column("parent").to_pylist() == ["P1"]
        assert ann.call(".api.sees", ["P1", "P2"]).to_pylist() == ["P1"]
        assert "unknown parent" in _error(ann, ".api.chart", "P2")
        assert ann.call(".api.chart", "P1")["fills"].num_rows == 1
        health = set(ann.call(".api.health").column("table").to_pylist())
        assert "quote" in health and not {"orders", "fills", "fixraw"} & health
        assert ops.call(".ent.as", "bob", ["exec distinct id from orders"][0].encode()).to_pylist() == ["P2", "C2"]


@pytest.mark.parametrize(
    "q",
    [
        "value`fills",
        "{.conn.ask[`rdb;x]}\"fills\"",
        ".conn.ask[`rdb;\"fills\"]",
        ".gw.rows[`fills;-0Wd;0Wd;()]",
        ".data.rows[`fixraw;-0Wd;0Wd;()]",
        ".gw.kept",
        ".conn.h",
        "select from quote where 0<count .gw.kept",
        "hopen 5011",
        ".ent.as[`bob;\"select from fills\"]",
        ".ent.cfg.operators:enlist`ann",
        ".z.pg:value",
        "system\"ls\"",
        "\\ls",
        "exit 0",
    ],
)  # fmt: skip
def test_text_that_reaches_further_is_refused(plant: Plant, q: str) -> None:
    with plant.client("ann") as ann:
        assert "access" in refused(ann, q)


def test_functions_as_objects_are_refused(plant: Plant) -> None:
    """What arrives serialised need not come from text: lambdas, projections and primitives as they travel."""
    texts = ("{value`fills}", "value", "(value;`fills)", "(`value;`fills)", "`fills", "(value;(`fills))", "('[count;value];`fills)", "(value[;];`fills)",
             "(?;`fills;();0b;())", "(`.api.of;value;2024.01.02;2024.01.02;`)", "(`.api.of;{value`fills};0Nd;0Nd;`)", "(enlist;(value;`fills))", "parse\"value`fills\"")  # fmt: skip
    with plant.client() as ops:
        made = [bytes(ops.query("{-8!value x}", text.encode()).np()) for text in texts]
    for message in made:
        body = message[8:]
        with socket.create_connection(("127.0.0.1", plant.config.port("gateway")), timeout=10) as sock:
            sock.sendall(f"ann:{PASSWORDS['ann']}".encode() + b"\x03\x00")
            assert len(sock.recv(1)) == 1
            sock.sendall(struct.pack("<BBBBi", 1, 1, 0, 0, 8 + len(body)) + body)
            answer = b""
            while len(answer) < 8 or len(answer) < struct.unpack("<i", answer[4:8])[0]:
                more = sock.recv(4096)
                assert more, "the gateway hung up"
                answer += more
            assert answer[8:15] == b"\x80access", answer
            assert b"777" not in answer and b"F2" not in answer


def test_nothing_without_waiting_for_the_answer(plant: Plant) -> None:
    with plant.client("ann") as ann, plant.client() as ops:
        ann.send(".ent.cfg.operators:`ann")
        ann.send("{neg[.z.w](`upd;value`fills)}[]")
        ann.send(".api.leak:{value x}")
        assert ann.value("exec distinct id from orders").to_pylist() == ["P1", "C1"]
        assert ops.value(".ent.cfg.operators").to_pylist() == ["ops"]
        assert not ops.value("`leak in key`.api")


@pytest.mark.parametrize("user", ["ann", "stranger"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_over_http(plant: Plant, method: str, user: str) -> None:
    word = base64.b64encode(f"{user}:{PASSWORDS[user]}".encode()).decode()
    answer = _http(
        plant,
        f"{method} /?select%20from%20fills HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {word}\r\nContent-Length: 0\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 403") and b"777" not in answer, answer


def test_nothing_over_a_websocket(plant: Plant) -> None:
    word = base64.b64encode(f"ann:{PASSWORDS['ann']}".encode()).decode()
    port = plant.config.port("gateway")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(
            f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {word}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = sock.recv(4096)
        assert b"777" not in head
        text = b"value`fills"
        try:
            sock.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
            sock.settimeout(2)
            answer = sock.recv(65536)
        except OSError:
            answer = b""
        assert b"777" not in answer and b"F2" not in answer
    with plant.client() as ops:  # and it is still there
        assert ops.value("1+1") == 2


def _error(client: Client, name: str, *args: object) -> str:
    with pytest.raises(QueryError) as error:
        client.call(name, *args)
    return str(error.value)


def _http(plant: Plant, request: str) -> bytes:
    with socket.create_connection(("127.0.0.1", plant.config.port("gateway")), timeout=10) as sock:
        sock.sendall(request.encode())
        answer = b""
        while b"\r\n\r\n" not in answer and (more := sock.recv(4096)):
            answer += more
        return answer


_day = np.datetime64("2024-01-02")


def test_an_answer_has_at_most_so_many_rows(plant: Plant, served: Served) -> None:
    """A principal is told `limit`, the API's callers 422; an operator is not held to it."""
    with plant.client() as ops, plant.client("ann") as ann:
        was = [int(n) for n in ops.value(".ent.cfg`rows`read").to_pylist()]
        try:
            ops.value("{.ent.cfg[`rows`read]:x}", np.array([3, 1_000_000]))
            assert refused(ann, "select from quote") == "limit: more than 3 rows"
            assert refused(ann, ".api.of[`quote;2024.01.02;2024.01.02;`]") == "limit: more than 3 rows"
            assert ann.value("count quote") >= 4
            assert ops.value("count .data.rows[`quote;2024.01.02;2024.01.02;()]") >= 4
            ops.value("{.ent.cfg[`rows`read]:x}", np.array([1_000_000, 3]))
            # said by the RDB, which has the rows
            assert refused(ann, "count quote") == "limit: more than 3 rows"
            ops.value("{.ent.cfg[`rows`read]:x}", np.array([1, 1]))
            answer = served.get("ann", "/parents/P1/timeline?from=2024-01-02")
            assert (answer.status_code, answer.json()["limit"]) == (422, "rows"), answer.text
            assert "more than 1 rows" in answer.json()["detail"]
        finally:
            ops.value("{.ent.cfg[`rows`read]:x}", np.array(was))
        assert served.get("ann", "/parents/P1/timeline?from=2024-01-02").status_code == 200


def test_what_takes_too_long_is_stopped_and_the_next_is_served(plant: Plant, served: Served) -> None:
    with plant.client() as ops, plant.client("ann") as ann:
        was = int(ops.value('system"T"'))
        assert was == plant.config.gateway.timeout_s
        try:
            # as slow as one likes, behind what principals may call
            ops.value("{.test.parents:.api.parentsAsof;.api.parentsAsof:{[a;b;w]while[1b;]};}", None)
            ops.value('system"T 1"')
            with pytest.raises(QueryError, match="stop"):
                ann.call(".api.parents", _day, _day)
            answer = served.get("ann", "/parents?from=2024-01-02")
            assert (answer.status_code, answer.json()["limit"]) == (422, "time"), answer.text
        finally:
            ops.value("{.api.parentsAsof:.test.parents;}", None)
            ops.value(f'system"T {was}"')
        assert ops.value("`~.ent.now")
        assert ann.call(".api.scorecard").column("parent").to_pylist() == ["P1"]
        assert served.get("ann", "/parents?from=2024-01-02").json()["items"][0]["parent"] == "P1"


def test_an_answer_that_came_too_late_is_nobodys(plant: Plant, tmp_path: Path) -> None:
    """A request that was stopped while it waited leaves an answer to come; whoever asks next gets its own."""
    go = tmp_path / "go"
    with plant.client() as ops, plant.client("ann") as ann:
        was = int(ops.value('system"T"'))
        try:
            for late in ("fills", "none"):
                go.unlink(missing_ok=True)
                ops.value('system"T 1"')
                with pytest.raises(QueryError, match="stop"):
                    ops.value('{.conn.ask[`rdb;({while[()~key x;system"sleep 0.02"];y};x;y)]}', f":{go}", late)
                ops.value(f'system"T {was}"')
                go.touch()
                assert ann.call(".api.scorecard").column("parent").to_pylist() == ["P1"]
                assert ops.value('.conn.ask[`rdb;"`mine"]') == "mine"
                assert ops.value("0=count .conn.asking")
        finally:
            go.touch()
            ops.value(f'system"T {was}"')
