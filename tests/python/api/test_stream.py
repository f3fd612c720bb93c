"""WS /v1/stream: a snapshot, then what is new, numbered, to whom may see it; taken up again where it was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, cast

import anyio
import anyio.to_thread
import pytest
from starlette.concurrency import run_in_threadpool
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from api.conftest import Plant, Served, at
from slipstream.api import socket as served_socket
from slipstream.api import stream as rows
from slipstream.api.auth import Authenticator, Tokens
from slipstream.api.metrics import Metrics
from slipstream.api.store import Store
from slipstream.api.stream import Event, Hub, conflated
from slipstream.errors import QueryError


def connect(served: Served, who: str) -> Any:
    return served.http.websocket_connect("/v1/stream", headers=served.key(who))


def subscribe(socket: Any, *topics: str, **more: Any) -> dict[str, Any]:
    socket.send_json({"type": "subscribe", "topics": topics or ["scorecard"], "interval_ms": 20, **more})
    return until(socket, lambda m: m["type"] != "heartbeat")


def until(socket: Any, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(50):
        message: dict[str, Any] = socket.receive_json()
        if good(message):
            return message
    raise AssertionError("it did not come")


def score(plant: Plant, second: float, parent: str, bps: float) -> None:
    plant.publish(
        "score", time=at(second), sym=["X"], parent=[parent], slippage_bps=[bps], cost_lamp=["green"], rev=[1]
    )


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_nobody_without_credentials(served: Served, headers: dict[str, str]) -> None:
    before = len(served.audited())
    with pytest.raises(WebSocketDenialResponse) as denied, served.http.websocket_connect("/v1/stream", headers=headers):
        pass
    assert denied.value.status_code == 401
    rows = served.audited()[before:]
    assert [(row.method, row.path, row.status) for row in rows] == [("WS", "/stream", 401)]


def test_a_snapshot_then_what_is_new_of_ones_own(served: Served, plant: Plant) -> None:
    with connect(served, "ann") as ann, connect(served, "bob") as bob, connect(served, "none") as none:
        first = {
            name: subscribe(socket, "scorecard", "alert", "fill")
            for name, socket in (("ann", ann), ("bob", bob), ("none", none))
        }
        assert {m["type"] for m in first.values()} == {"snapshot"}
        parents = {name: {row["row"]["parent"] for row in m["rows"]} for name, m in first.items()}
        assert parents == {"ann": {"P1"}, "bob": {"P2"}, "none": set()}
        assert {row["topic"] for row in first["ann"]["rows"]} == {"scorecard", "alert", "fill"}
        score(plant, 100, "P2", 777.25)
        score(plant, 101, "P1", 3.5)
        mine = until(ann, lambda m: m["type"] == "delta")
        assert [(row["row"]["parent"], row["row"]["slippage_bps"]) for row in mine["rows"]] == [("P1", 3.5)]
        theirs = until(bob, lambda m: m["type"] == "delta")
        assert [row["row"]["parent"] for row in theirs["rows"]] == ["P2"]
        assert mine["seq"] > first["ann"]["seq"] and mine["epoch"] == first["ann"]["epoch"]


def test_taken_up_where_it_was(served: Served, plant: Plant) -> None:
    with connect(served, "ann") as socket:
        first = subscribe(socket)
    score(plant, 110, "P1", 4.5)
    score(plant, 111, "P1", 5.5)
    place = {"epoch": first["epoch"], "seq": first["seq"]}
    with connect(served, "ann") as socket:
        again = subscribe(socket, resume=place, interval_ms=0)
        assert again["type"] == "delta"
        found = [row["row"]["slippage_bps"] for row in again["rows"]]
        while found != [4.5, 5.5]:
            found += [row["row"]["slippage_bps"] for row in until(socket, lambda m: m["type"] == "delta")["rows"]]
    for gone in ({"epoch": "another", "seq": 0}, {"epoch": first["epoch"], "seq": 10**9}):
        with connect(served, "ann") as socket:
            assert subscribe(socket, resume=gone)["type"] == "resync"
            assert until(socket, lambda m: True)["type"] == "snapshot"


def test_named_parents_alone_and_what_makes_no_sense(served: Served) -> None:
    with connect(served, "boss") as socket:
        assert {row["row"]["parent"] for row in subscribe(socket, parents=["P2"])["rows"]} == {"P2"}
        for bad in (
            "{",
            '{"type":"subscribe","topics":["x"]}',
            '{"type":"subscribe","topics":[]}',
            "[]",
            '{"type":"subscribe","topics":["fill"],"interval_ms":-1}',
        ):
            socket.send_text(bad)
            assert until(socket, lambda m: m["type"] != "heartbeat")["type"] == "error"
    with connect(served, "poor") as socket:
        assert "scope" in subscribe(socket)["detail"]


def test_a_heartbeat_and_the_end_of_a_credential(served: Served, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_socket, "HEARTBEAT_S", 0.1)
    plant.store.add_client("brief", "quant")
    kept, key = plant.store.add_key("brief")
    with served.http.websocket_connect("/v1/stream", headers={"X-API-Key": key}) as socket:
        subscribe(socket)
        assert until(socket, lambda m: m["type"] == "heartbeat")["seq"] >= 0
        plant.store.revoke_key(kept.id)
        with pytest.raises(WebSocketDisconnect) as closed:
            until(socket, lambda m: False)
        assert closed.value.code == 4401


def test_what_belongs_to_no_parent_is_for_who_sees_everything(served: Served, plant: Plant) -> None:
    with connect(served, "ann") as ann, connect(served, "ops") as ops:
        subscribe(ann, "scorecard", "data_quality")
        subscribe(ops, "scorecard", "data_quality")
        plant.publish("dq", time=at(120), sym=["X"], session=["s"], seq=[9], kind=["gap"], id=["Q1"], detail=[b"777"])
        score(plant, 121, "P1", 6.5)
        found = until(ops, lambda m: any(row["topic"] == "data_quality" for row in m.get("rows", [])))
        assert [row["row"]["id"] for row in found["rows"] if row["topic"] == "data_quality"] == ["Q1"]
        mine = until(ann, lambda m: m["type"] == "delta")
        assert [row["row"].get("slippage_bps") for row in mine["rows"]] == [6.5]


def test_what_the_gateway_could_not_be_asked_about_is_told_later(
    served: Served, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream ends, and whoever takes it up again where it was has lost nothing."""
    hub = served.api.services.hub

    class Failing:
        def ask(self, *_: Any) -> Any:
            raise QueryError("no connection to hdb")

    with monkeypatch.context() as broken, connect(served, "ann") as ann:
        first = subscribe(ann)
        broken.setattr(rows, "_SEEN_S", -1.0)
        broken.setattr(hub, "_gateway", Failing())
        score(plant, 130, "P1", 7.5)
        with pytest.raises(WebSocketDisconnect) as closed:
            until(ann, lambda m: m["type"] != "heartbeat")
        assert closed.value.code == 1013
    with connect(served, "ann") as ann:
        again = subscribe(ann, resume={"epoch": first["epoch"], "seq": first["seq"]})
        assert (again["type"], [row["row"]["slippage_bps"] for row in again["rows"]]) == ("delta", [7.5])


def test_whom_the_gateway_does_not_know_sees_nothing() -> None:
    class Refusing:
        def ask(self, *_: Any) -> Any:
            raise QueryError("access: ann is not known here")

    hub = Hub(lambda _: pytest.fail("not asked"), cast(Any, Refusing()), Metrics())
    assert rows.seen_by(hub, "ann", [Event(1, "fill", "P1", {})], frozenset()) == []


def test_a_credential_is_looked_at_again_while_every_thread_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By calls, and by streams that wait for the gateway."""
    monkeypatch.setattr(served_socket, "HEARTBEAT_S", 0.01)
    store = Store(tmp_path / "api")
    store.add_client("brief", "quant")
    kept, key = store.add_key("brief")
    auth = Authenticator(store, Tokens(store.folder))
    ended: list[int] = []

    class Open:
        scope: ClassVar = {"headers": [(b"x-api-key", key.encode())]}

        async def accept(self) -> None:
            await asyncio.to_thread(store.revoke_key, kept.id)

        async def receive_text(self) -> str:
            await asyncio.Event().wait()
            raise AssertionError

        async def send_text(self, _: str) -> None: ...

        async def close(self, code: int, _: str) -> None:
            ended.append(code)

    async def serve() -> None:
        calls, rows_of = anyio.to_thread.current_default_thread_limiter(), anyio.CapacityLimiter(1)
        for taken in (calls, rows_of):
            for _ in range(int(taken.total_tokens)):
                taken.acquire_on_behalf_of_nowait(object())
        hub = Hub(lambda _: pytest.fail("not asked"), cast(Any, None), Metrics())
        client = served_socket.Client(
            cast(Any, Open()), auth.who("key", key), hub, auth, threads=rows_of, checks=anyio.CapacityLimiter(1)
        )
        await asyncio.wait_for(client.serve(), 60)

    asyncio.run(serve())
    store.close()
    assert ended == [4401]


@pytest.mark.parametrize("steps", range(40))
def test_a_client_that_goes_while_the_server_ends_it(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends the connection from outside ends it, however far it has ended by itself: no cancellation of our own is taken for that one."""
    goes = asyncio.Event()

    class Going:
        async def accept(self) -> None: ...

        async def receive_text(self) -> str:
            await goes.wait()
            raise WebSocketDisconnect

    async def tell(_: served_socket.Client) -> None:
        while True:
            await run_in_threadpool(time.sleep, 0.003)

    async def serve() -> bool:
        hub = Hub(lambda _: pytest.fail("not asked"), cast(Any, None), Metrics())
        client = served_socket.Client(
            cast(Any, Going()),
            cast(Any, None),
            hub,
            cast(Any, None),
            threads=anyio.CapacityLimiter(1),
            checks=anyio.CapacityLimiter(1),
        )
        with anyio.CancelScope() as scope:

            async def end() -> None:
                await asyncio.sleep(0.01)
                goes.set()
                for _ in range(steps):
                    await asyncio.sleep(0)
                scope.cancel()

            ending = asyncio.ensure_future(end())
            await client.serve()
            await ending
        return True

    monkeypatch.setattr(served_socket.Client, "_tell", tell)
    assert asyncio.run(serve())


def test_only_the_last_scorecard_of_a_parent_is_told() -> None:
    events = [
        Event(1, "scorecard", "P1", {}),
        Event(2, "fill", "P1", {}),
        Event(3, "scorecard", "P1", {}),
        Event(4, "fill", "P1", {}),
        Event(5, "scorecard", "P2", {}),
    ]
    assert [event.seq for event in conflated(events)] == [2, 3, 4, 5]


def test_the_ring_forgets_what_is_old() -> None:
    """Whoever was away for longer than the ring holds has to begin anew, and nothing is kept for them."""
    import pyarrow as pa

    hub = Hub(lambda tables: None, None, Metrics(), size=3)  # type: ignore[arg-type, return-value]
    hub.epoch = "e"
    for i in range(5):
        hub.take("fills", pa.table({"parent": [f"P{i}"], "qty": [float(i)]}))
    assert hub.since("e", 1) is None
    found = hub.since("e", 2)
    assert found is not None and [event.seq for event in found[0]] == [3, 4, 5] and found[1] == 5
    assert hub.since("e", 5) == ([], 5)
    assert hub.since("e", 6) is None and hub.since("f", 5) is None


def test_what_comes_late_does_not_replace_what_is_newer() -> None:
    import pyarrow as pa

    hub = Hub(lambda tables: None, None, Metrics())  # type: ignore[arg-type, return-value]
    for second, rev in ((2, 1), (1, 1), (2, 2), (2, 1)):
        hub.take("score", pa.table({"time": at(second), "parent": ["P1"], "rev": [rev]}))
    _, _, found = hub.snapshot(["scorecard"])
    assert [(event.row["time"][17:19], event.row["rev"]) for event in found] == [("02", 2)]
