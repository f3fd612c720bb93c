"""A small plant with the orders of two traders: P1 of T1 (account A1), P2 of T2 (A2); the gateway knows users by password."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from memplant import ROOT
from starlette.testclient import TestClient

from conftest import free_port
from slipstream.api.app import Api, build
from slipstream.api.store import AuditRow, Store
from slipstream.config import Config, load_config
from slipstream.engine.base import handshake
from slipstream.engine.choose import choose
from slipstream.engine.client import Client
from slipstream.errors import EngineError, FixError, ScorecardError
from slipstream.plant.spec import processes

PASSWORDS = {"ops": "operators-word", "ann": "word-of-ann", "stranger": "word-of-a-stranger"}
START = np.datetime64("2024-01-02T14:30:00", "ns")
NAMES = ("tickerplant", "hdb", "idb", "rdb", "gateway")


def at(*seconds: float) -> np.ndarray:
    """Event times, seconds after the start."""
    return START + (np.array(seconds) * 1e9).astype("m8[ns]")


@dataclass
class Plant:
    """Its configuration, and the store of its principals."""

    config: Config
    store: Store

    def client(self, user: str = "ops") -> Client:
        return Client("127.0.0.1", self.config.port("gateway"), user=user, password=PASSWORDS[user])

    def publish(self, table: str, **columns: object) -> None:
        """Rows into the plant, null where no column is given; returns when the RDB has them."""
        with (
            Client("127.0.0.1", self.config.port("tickerplant")) as tp,
            Client("127.0.0.1", self.config.port("rdb")) as rdb,
        ):
            # .u.upd takes whole rows
            shape = "{[t;d]d:flip d;e:(count d)#enlist first each flip 1#0#value t;.u.upd[t;value flip cols[t]#(flip e),flip d]}"
            tp.query(shape, table, columns)
            wanted = int(tp.value("{.u.rows x}", table))
            deadline = time.monotonic() + 180
            while int(rdb.value("{count value x}", table)) < wanted:
                assert time.monotonic() < deadline, f"{table}: the RDB does not have its rows"
                time.sleep(0.02)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory, quill_path: Path) -> Iterator[Plant]:
    folder = tmp_path_factory.mktemp("api")
    words = folder / "users"
    words.write_text("".join(f"{user}:{word}\n" for user, word in PASSWORDS.items()))
    every = ("tickerplant", "hdb", "idb", "rdb", "gateway", "wdb", "merge", "rte", "fix", "scorecard")
    overrides = {f"ports.{name}": free_port() for name in every}
    overrides |= {"var": str(folder / "var"), "engine": "quill", "user": "ops", "password_env": "SLIPSTREAM_TEST_WORD"}
    overrides |= {"gateway.passwords": str(words), "gateway.operators": ["ops"], "rte.enabled": False}
    config = load_config(overrides=overrides)
    os.environ["SLIPSTREAM_TEST_WORD"] = PASSWORDS["ops"]
    store = Store(config.api_dir)
    store.add_client("ann", "ems")
    store.add_client("bob", "ems")
    store.set_desk("us", traders=["T1"])
    store.allow("ann", "desk", "us")
    store.allow("bob", "account", "A2")
    started: list[subprocess.Popen[bytes]] = []
    try:
        for process in (p for p in processes(config, choose("quill")) if p.name in NAMES):
            (folder / process.name).mkdir()
            with (folder / f"{process.name}.log").open("wb") as out:
                started.append(
                    subprocess.Popen(
                        process.command,
                        stdin=subprocess.DEVNULL,
                        stdout=out,
                        stderr=out,
                        cwd=folder / process.name,
                        env={**os.environ, **process.environment, "SLIPSTREAM_Q": str(ROOT / "q")},
                    )
                )
            _answers(process.port, process.name == "gateway", folder / f"{process.name}.log")
        made = Plant(config, store)
        fill(made)
        yield made
    finally:
        for one in started:
            one.kill()
            one.wait()
        store.close()


class FakeEms:
    """An EMS that answers as a test says."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[str, str, dict[str, float]]] = {}
        self.said: dict[str, tuple[bool, str]] = {}
        self.down = False

    def propose(self, name: str, parent: str, algo: str, parameters: dict[str, float], *, expires: float) -> None:
        if self.down:
            raise FixError("no session runs")
        self.asked[name] = (parent, algo, dict(parameters))

    def answers(self) -> dict[str, tuple[bool, str]]:
        return self.said


@dataclass(frozen=True)
class Version:
    number: int
    limits: dict[str, tuple[float, float]]
    profile: str = "relative"
    who: str = ""
    when: str = ""
    others: tuple[Any, ...] = ()


class FakeDesk:
    """Keeps thresholds of all orders as the page's desk does."""

    def __init__(self) -> None:
        self.version = Version(0, {"z": (1.0, 2.0), "cost": (2.0, 6.0), "leakSpread": (0.1, 0.25), "leakT": (2.8, 3.3)})

    def limits(self) -> Version:
        return self.version

    def set_limits(self, limits: dict[str, tuple[float, float]] | None, who: str, scope: str = "") -> Version:
        if limits is None or scope:
            raise ScorecardError(f"expected all, got {scope}")
        self.version = Version(self.version.number + 1, dict(limits), who=who)
        return self.version


@dataclass
class Served:
    """The API on the plant, without a socket: callers by name, each with a key of its own."""

    api: Api
    http: TestClient
    keys: dict[str, str]
    ems: FakeEms

    def get(self, who: str, path: str, **options: Any) -> Any:
        return self.http.get(f"/v1{path}", headers={**self.key(who), **options.pop("headers", {})}, **options)

    def post(self, who: str, path: str, **options: Any) -> Any:
        return self.http.post(f"/v1{path}", headers={**self.key(who), **options.pop("headers", {})}, **options)

    def key(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[who]}"}

    def audited(self) -> list[AuditRow]:
        return self.api.services.store.audited(limit=100_000)


@pytest.fixture(scope="module")
def served(plant: Plant) -> Iterator[Served]:
    """Callers: ann (T1's orders) and bob (A2's), both ems; ops, an operator who sees all; none, who sees nothing; poor, without scopes."""
    for name, role in (("ops", "operator"), ("none", "quant"), ("poor", "service"), ("boss", "head")):
        plant.store.add_client(name, role)
    plant.store.allow("ops", "all", "")
    plant.store.allow("boss", "all", "")
    ems = FakeEms()
    config = dataclasses.replace(
        plant.config, api=dataclasses.replace(plant.config.api, rate=1e6, burst=1e6, stale_s=math.inf, actions="auto")
    )
    api = build(config, ems=ems)
    api.services.thresholds = FakeDesk()
    server = FastAPI()
    api.mount(server)
    api.services.hub.start()
    keys = {name: plant.store.add_key(name)[1] for name in ("ann", "bob", "ops", "none", "poor", "boss")}
    with TestClient(server, raise_server_exceptions=False) as http:
        yield Served(api, http, keys, ems)
    api.stop()


@contextmanager
def listening(app: Any, **options: Any) -> Iterator[int]:
    """An application on a port of its own, until the block ends."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off", **options)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 180
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(20)


def _answers(port: int, words: bool, log: Path) -> None:
    deadline = time.monotonic() + 180
    while True:
        try:
            handshake("127.0.0.1", port, user="ops", password=PASSWORDS["ops"] if words else None)
            return
        except EngineError:
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.05)


def fill(plant: Plant) -> None:
    """What the two traders did."""
    plant.publish(
        "quote",
        time=at(-1, 10, 20, 30),
        sym=["X"] * 4,
        venue=["V"] * 4,
        bid=[100.0, 100.01, 100.02, 100.03],
        ask=[100.02, 100.03, 100.04, 100.05],
        bsize=[100.0] * 4,
        asize=[100.0] * 4,
    )
    plant.publish(
        "orders",
        time=at(0, 1, 5, 6),
        sym=["X"] * 4,
        id=["P1", "P2", "C1", "C2"],
        parent=["", "", "P1", "P2"],
        event=["new"] * 4,
        side=["buy"] * 4,
        qty=[1000.0, 2000.0, 100.0, 200.0],
        price=[np.nan, np.nan, 100.03, 777.25],
        algo=["pov"] * 4,
        broker=["B"] * 4,
        trader=["T1", "T2", "T1", "T2"],
        account=["A1", "A2", "A1", "A2"],
        venue=["V"] * 4,
    )
    plant.publish(
        "fills",
        time=at(11, 12),
        sym=["X"] * 2,
        execid=["F1", "F2"],
        kind=["new"] * 2,
        order=["C1", "C2"],
        parent=["P1", "P2"],
        side=["buy"] * 2,
        qty=[100.0, 200.0],
        price=[100.025, 777.25],
        venue=["V"] * 2,
        broker=["B"] * 2,
    )
    plant.publish(
        "score",
        time=at(20, 20, 25),
        sym=["X"] * 3,
        parent=["P1", "P2", "P1"],
        side=["buy"] * 3,
        qty=[1000.0, 2000.0, 1000.0],
        filled=[100.0, 200.0, 100.0],
        done=[0.1, 0.1, 0.1],
        avg_price=[100.025, 777.25, 100.025],
        slippage_bps=[1.2, 777.25, 1.5],
        slippage_bps_ci_lo=[1.0, 777.25, 1.1],
        slippage_bps_ci_hi=[1.4, 777.25, 1.9],
        n=[1, 1, 1],
        cost_lamp=["green", "red", "amber"],
        leak_lamp=["grey"] * 3,
        data_lamp=["green"] * 3,
        reasons=["is_bps=pending"] * 3,
        open=[True] * 3,
        rev=[1, 1, 2],
    )
    plant.publish(
        "markout",
        time=at(20, 20),
        sym=["X"] * 2,
        id=["F1", "F2"],
        parent=["P1", "P2"],
        event=["fill"] * 2,
        at=at(11, 12),
        h=np.array([1, 1], "m8[s]").astype("m8[ns]"),
        state=["final"] * 2,
        mid=[100.03, 777.25],
        markout=[1.0, 777.25],
        response=[0.5, 777.25],
        rev=[1, 1],
    )
    plant.publish(
        "alert",
        time=at(21, 21),
        sym=["X"] * 2,
        parent=["P1", "P2"],
        lamp=["COST"] * 2,
        level=["amber", "red"],
        figure=[2.5, 777.25],
        threshold=[2.0, 6.0],
        why=["cost"] * 2,
    )
    plant.publish(
        "fixraw",
        time=at(1),
        sym=[""],
        session=["s"],
        direction=["in"],
        seq=[1],
        msgtype=["D"],
        msg=[b"11=P2 44=777.25"],
    )
