"""What the page shows to whom, and how it switches: on the small plant, whose gateway decides what rows a user sees."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slipstream.api.auth import ROLES
from slipstream.errors import AlertError, AuthError, QueryError, ScorecardError
from slipstream.scorecard.access import NOBODY, OPEN, Viewer
from slipstream.scorecard.board import Board
from slipstream.scorecard.data import Feed
from slipstream.scorecard.desk import Desk, Switch
from slipstream.scorecard.history import EXPORTS, Past, export
from slipstream.scorecard.plant import Actions, configured
from slipstream.scorecard.switching import switch

from .conftest import Plant, Served, at

DAY = (dt.date(2024, 1, 2),) * 2
SECRET = "777.25"


def viewer(name: str, role: str = "trader") -> Viewer:
    return Viewer(name, role, ROLES[role])


@pytest.fixture(scope="module")
def users(plant: Plant) -> None:
    """kim trades as T1, lee for account A2; the head has the desk us, which is T1; new has no rule yet; chief sees all."""
    for name, role in (
        ("kim", "trader"),
        ("lee", "trader"),
        ("head", "head"),
        ("new", "trader"),
        ("chief", "operator"),
    ):
        plant.store.add_user(name, "", role)
    for name, kind, value in (
        ("kim", "trader", "T1"),
        ("lee", "account", "A2"),
        ("head", "desk", "us"),
        ("chief", "all", ""),
    ):
        plant.store.allow(name, kind, value)


@pytest.fixture(scope="module")
def board(plant: Plant, users: None) -> Board:
    """Rendered from one poll of the gateway, whoever looks."""
    plant.publish(
        "score",
        time=at(45),
        sym=["X"],
        parent=["P2"],
        slippage_bps=[777.25],
        cost_lamp=["red"],
        leak_lamp=["grey"],
        rev=[9],
    )
    feed = Feed(plant.client)
    for name in (None, "", "kim", "lee", "head", "new", "chief"):
        feed.sight(name)
    feed.poll()
    assert feed.snapshot.error == ""
    return Board(feed)


@pytest.fixture
def desk(plant: Plant, served: Served, users: None, tmp_path: Path) -> Iterator[Desk]:
    """What people do from the page, by the actions of the API."""
    made = Desk(
        tmp_path,
        Actions(plant.config, served.api.services.actions),
        configured(plant.config.rte.thresholds),
        plant.client,
    )
    yield made
    made.close()


@pytest.mark.parametrize(
    ("who", "parents"),
    [
        (viewer("kim"), {"P1"}),
        (viewer("lee"), {"P2"}),
        (viewer("head", "head"), {"P1"}),
        (viewer("chief", "operator"), {"P1", "P2"}),
        (viewer("new"), set()),
        (NOBODY, set()),
        (OPEN, {"P1", "P2"}),
    ],
)
def test_everybody_sees_the_orders_that_rules_name(board: Board, who: Viewer, parents: set[str]) -> None:
    sight = board.feed.sight(who.principal)
    text = board.numbers(sight)[1]
    shown = json.loads(text)
    # other tests on the same plant have orders of their own
    known = {"P1", "P2"}
    assert {row["parent"] for row in shown["parents"]} & known == set(shown["orders"]) & known == parents
    assert {row["parent"] for row in shown["alerts"]} & known == parents
    assert (SECRET in text) == ("P2" in parents)
    header = board.pulse(sight)["header"]
    assert header["orders"].endswith(f"/ {len(shown['parents'])}")
    assert ("orders" in header["rows"]) == (len(parents) == 2), "how many rows others have is nobody else's business"


def test_what_one_does_not_see_is_neither_chosen_nor_drawn(board: Board) -> None:
    sight = board.feed.sight("kim")
    assert board.chosen("P2", sight) == board.worst(sight) == "P1"
    assert board.find("P2", sight) is None
    assert board.charts("P2", sight)[0] == -1
    assert "P2" not in board.feed._watched
    for name in (None, "kim", "lee"):
        board.feed.sight(name)
    board.feed.view("P1")
    board.feed.study(board.feed._connect())
    assert SECRET not in board.split(sight) and '"T1"' in board.split(sight)
    assert SECRET not in board.split(board.feed.sight("lee")) and '"T2"' in board.split(board.feed.sight("lee"))
    assert json.loads(board.split(board.feed.sight(""))) == []


def test_the_gateway_is_asked_in_the_name_of_who_clicks(board: Board) -> None:
    ask = board.feed.ask
    assert ask("kim", lambda c: c.children("P1")).column("id").to_pylist() == ["C1"]
    assert ask("kim", lambda c: c.children("P2")).num_rows == 0
    with pytest.raises(QueryError, match="unknown order"):
        ask("kim", lambda c: c.order("C2"))
    with pytest.raises(QueryError, match="access"):
        ask("nobody-of-that-name", lambda c: c.children("P1"))


def test_messages_are_those_of_orders_that_are_seen(plant: Plant, board: Board) -> None:
    # one message of each order, and one that tells of both
    rows = {"session": ["t"] * 4, "seq": [1, 2, 3, 3]}
    plant.publish("orders", time=at(40, 41, 42, 42), sym=["X"] * 4, id=["C1", "C2", "C1", "C2"], parent=["P1", "P2"] * 2, event=["ack"] * 4,
                  trader=["T1", "T2"] * 2, account=["A1", "A2"] * 2, **rows)  # fmt: skip
    messages = ["11=C1 first", f"11=C2 44={SECRET}", f"11=C1 11=C2 44={SECRET}"]
    plant.publish(
        "fixraw",
        time=at(40, 41, 42),
        sym=[""] * 3,
        session=["t"] * 3,
        direction=["in"] * 3,
        seq=[1, 2, 3],
        msgtype=["8"] * 3,
        msg=[m.encode() for m in messages],
    )

    def texts(principal: str | None) -> list[str]:
        found = board.feed.ask(principal, lambda c: c.order("C1"))["messages"].column("msg").to_pylist()
        return [m.decode() if isinstance(m, bytes) else m for m in found]

    assert texts("kim") == messages[:1]
    assert texts(None) == [messages[0], messages[2]]


def test_the_past_is_that_of_who_asks(plant: Plant, users: None) -> None:
    past = Past(plant.client)
    tables = past.of("kim", DAY)
    assert "P1" in tables["parents"].column("parent").to_pylist()
    for table in tables.values():
        assert "parent" not in table.column_names or "P2" not in table.column("parent").to_pylist()
    for name in EXPORTS:
        assert SECRET.encode() not in export(tables, name, "csv"), name
    assert past.of("lee", DAY)["parents"].column("parent").to_pylist() == ["P2"]
    assert {"P1", "P2"} <= set(past.of(None, DAY)["parents"].column("parent").to_pylist())
    assert past.view("kim", "P1", DAY).chart is not None
    with pytest.raises(QueryError, match="unknown parent"):
        past.view("kim", "P2", DAY)


def test_an_alert_is_acknowledged_by_who_sees_its_order(desk: Desk, board: Board) -> None:
    other = next(str(a["id"]) for a in board.feed.snapshot.alerts if a["parent"] == "P2")
    with pytest.raises(AlertError):
        desk.note_alert(other, "note", viewer("kim"), note="x")
    desk.note_alert(other, "note", viewer("lee"), note="seen")


def test_a_switch_is_an_action_of_the_api(plant: Plant, served: Served, desk: Desk, board: Board) -> None:
    """Of an order that one sees, once for a key, with the figures it rests on; it can be read there, and the kill switch holds."""
    actions, lee = served.api.services.actions, viewer("lee")
    parents = {p.parent: p for p in board.feed.snapshot.parents}
    with pytest.raises(ScorecardError, match="no such parent"):
        desk.switch(Switch("key-of-kim", parents["P2"], "passive", {"clip": 700.0}, ""), viewer("kim"))
    actions.kill(True)
    with pytest.raises(ScorecardError, match="kill switch"):
        desk.switch(Switch("key-of-lee-0", parents["P2"], "passive", {}, ""), lee)
    actions.kill(False)
    plant.publish(
        "quote", time=np.array([at(50)[0]]), sym=["X"], venue=["V"], bid=[100.0], ask=[100.02], bsize=[1.0], asize=[1.0]
    )
    asked = Switch("key-of-lee-1", parents["P2"], "passive", {"clip": 700.0, "patience_s": 30.0}, "too dear")
    said = desk.switch(asked, lee)
    assert said.startswith("switch to passive: proposed (asked by lee ")
    assert desk.switch(asked, lee) == said, "clicked twice is asked once"
    assert desk.switched("P2") == said and desk.switched("P1") == ""
    found = next(a for a in actions.newest(100) if a["principal"] == "lee")
    assert (found["parent"], found["reason"], found["rule_version"]) == ("P2", "too dear", "thresholds 0")
    assert found["evidence"]["slippage_bps"] == 777.25 and found["evidence"]["lamps"]["cost_lamp"] == "red"
    assert served.ems.asked[found["id"]] == ("P2", "passive", {"clip": 700.0, "patience_s": 30.0})
    with pytest.raises(ScorecardError, match="the next may be in"):
        desk.switch(Switch("key-of-lee-2", parents["P2"], "pov", {}, ""), lee)
    with pytest.raises(ScorecardError, match="parameters"):
        desk.switch(Switch("key-of-lee-3", parents["P2"], "pov", {"rate": -1.0}, ""), lee)
    served.ems.said[found["id"]] = (False, "the book is empty")
    actions.advance()
    assert "rejected, the book is empty" in desk.switched("P2")


def test_a_switch_from_a_terminal_is_the_same_action(
    plant: Plant, served: Served, users: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the name and with the rows of who is named, once for a key, followed until the EMS has answered, and in the audit; refused where the page's is."""
    api, said = served.api, []
    plant.store.add_user("looks", "", "quant")

    def ask(parent: str, who: str, **more: Any) -> bool:
        del said[:]
        return switch(plant.config, api, parent, "passive", {"clip": 700.0}, who=who, tell=said.append, **more)

    def audited() -> tuple[str, str, int]:
        row = served.audited()[-1]
        assert (row.method, row.detail) == ("CLI", said[0])
        return row.principal, row.path, row.status

    with pytest.raises(AuthError, match="no user or client nobody"):
        ask("P1", "nobody")
    assert not ask("P1", "looks")
    assert audited() == ("looks", "/cli/parents/P1/switch", 403)
    monkeypatch.setattr(api.services, "stale_s", 0.2)
    monkeypatch.setattr(api.services.actions, "_stale_s", 0.2)
    assert not ask("P1", "kim")
    assert "too old to act on" in said[0] and audited() == ("kim", "/cli/parents/P1/switch", 409)
    monkeypatch.setattr(api.services.actions, "_stale_s", math.inf)
    assert not ask("P2", "kim") and "no such parent" in said[0]
    assert not ask("P9", "kim") and "no such parent" in said[0]
    api.services.actions.kill(True)
    assert not ask("P1", "kim") and "kill switch" in said[0]
    api.services.actions.kill(False)

    class Takes(dict[str, tuple[bool, str]]):
        def __contains__(self, name: object) -> bool:
            return name in served.ems.asked

        def __getitem__(self, name: str) -> tuple[bool, str]:
            return True, ""

    monkeypatch.setattr(served.ems, "said", Takes())
    assert ask("P1", "kim", key="key-of-kim-2", reason="too dear", wait_s=60.0)
    assert [line.split(" (")[0] for line in said] == ["switch to passive: proposed", "switch to passive: accepted"]
    assert audited() == ("kim", "/cli/parents/P1/switch", 200)
    count = len(served.ems.asked)
    assert ask("P1", "kim", key="key-of-kim-2", reason="too dear") and len(served.ems.asked) == count
    assert not ask("P1", "kim") and "the next may be in" in said[0]
    found = api.services.actions.last("P1")
    assert found is not None and (found["principal"], found["reason"]) == ("kim", "too dear")
