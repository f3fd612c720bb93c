"""Versions of the thresholds: of all orders and of some, what holds for which order, and what becomes of them on disk."""

import sqlite3
from dataclasses import replace

import pytest

from slipstream.errors import ScorecardError
from slipstream.scorecard.cells import parent_rows
from slipstream.scorecard.desk import Desk
from slipstream.scorecard.thresholds import ALL, Scope, Version, Versions, newest, parse_scope
from slipstream.tca import Parent

from .gateway import Gateway

LIMITS = {"z": (1.0, 2.0), "cost": (2.0, 6.0), "leakSpread": (0.1, 0.25), "leakT": (2.8, 3.3)}
START = Version(0, LIMITS, "demo")


def costing(amber, red):
    return {**LIMITS, "cost": (amber, red)}


def order(sym="TECH", algo="pov", trader="KIM", account="A1"):
    return Parent("P", sym, "BUY", 1, 0, 0.0, None, None, None, None, "new", None, algo, trader, "", account)


class Plant:
    """Notes what the engine is told; there is one desk."""

    def __init__(self):
        self.told, self.refuses = [], False

    def members(self, desk):
        if desk != "us":
            raise ScorecardError(f"there is no desk {desk}")
        return ["KIM"], ["A7"]

    def set_limits(self, limits, scope):
        if self.refuses:
            raise ScorecardError("the engine does not answer")
        self.told.append((str(scope), scope.traders, limits and limits["cost"]))


@pytest.fixture
def plant():
    return Plant()


@pytest.fixture
def desk(tmp_path, plant):
    made = Desk(tmp_path / "page", plant, START, Gateway().connect)
    yield made
    made.close()


def test_the_most_special_holds(desk, plant, tmp_path):
    for limits, scope in (
        (costing(5, 9), "algo:pov"),
        (costing(3, 7), "desk:us"),
        (costing(4, 8), "sym:IN*  TECH"),
    ):
        desk.set_limits(limits, "ada", scope)
    assert plant.told[1] == ("desk:us", ("KIM",), (3, 7))
    now = desk.limits()
    assert (now.number, now.limits) == (3, LIMITS)
    assert [(str(o.scope), o.number, o.who) for o in now.others] == [
        ("desk:us", 2, "ada"), ("sym:IN* TECH", 3, "ada"), ("algo:pov", 1, "ada"),
    ]  # fmt: skip

    def cost(**of):
        return desk.limits().of(order(**of))["cost"]

    assert cost() == (5, 9)
    assert cost(algo="twap") == (4, 8) == cost(algo="twap", sym="INST")
    assert cost(algo="twap", sym="ALFA") == (3, 7) == cost(algo="twap", sym="ALFA", trader="LEE", account="A7")
    assert cost(algo="twap", sym="ALFA", trader="LEE") == (2.0, 6.0)
    desk.set_limits(None, "ada", "sym:IN* TECH")
    assert plant.told[-1] == ("sym:IN* TECH", (), None)
    assert cost(algo="twap") == (3, 7)
    desk.set_limits(costing(1, 2), "bob")
    assert (cost(sym="ALFA", trader="LEE", algo="x"), cost(algo="twap"), desk.limits().who) == ((1, 2), (3, 7), "bob")
    assert desk.bands(order(algo="twap")) == (3, 7, False)
    # an order that was switched is one of its present algo's, as it is for the engine
    switched = replace(order(), score={"segment_algo": "twap"})
    assert desk.bands(switched) == (3, 7, False) != desk.bands(order())
    assert [row["algo"] for row in parent_rows([order(), switched])] == ["POV", "TWAP"]
    assert newest(tmp_path / "page", START) == desk.limits()


def test_what_makes_no_sense_is_not_kept(desk, plant):
    for scope in ("broker:B", "algo:", "all:x", 'trader:"K', "trader:A,B", "desk:eu"):
        with pytest.raises(ScorecardError):
            desk.set_limits(LIMITS, "ada", scope)
    for scope in ("", "algo:pov"):
        with pytest.raises(ScorecardError, match="no thresholds of its own"):
            desk.set_limits(None, "ada", scope)
    plant.refuses = True
    with pytest.raises(ScorecardError, match="does not answer"):
        desk.set_limits(LIMITS, "ada", "algo:pov")
    assert (plant.told, desk.limits()) == ([], START)
    assert parse_scope("all") == parse_scope("") == ALL


def test_a_preview_asks_for_what_would_hold(desk):
    desk.set_limits(costing(5, 9), "ada", "algo:pov")
    now = desk.limits()
    asked = now.asked(Scope("trader", "KIM"), costing(3, 4)).question()
    assert asked["cost"] == [2.0, 6.0] and asked["profile"] == "demo"
    some = asked["some"].to_pylist()
    assert [(r["kind"], r["name"], r["costamber"], r["costred"]) for r in some] == [
        ("trader", "KIM", 3, 4), ("algo", "pov", 5, 9),
    ]  # fmt: skip
    assert now.asked(Scope("algo", "pov"), costing(7, 8)).of(order())["cost"] == (7, 8)
    assert "some" not in START.asked(ALL, costing(1, 1)).question()


def test_a_file_of_before_there_were_scopes_is_read():
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("create table limits(number integer primary key, at real, who text, content text)")
    db.execute("""insert into limits(at, who, content) values(0, 'ada', '{"cost": [3, 4]}')""")
    versions = Versions(db, START)
    assert versions.now() == Version(1, {"cost": (3.0, 4.0)}, "demo", "ada", "1970-01-01T00:00:00+00:00")
    assert versions.add(Scope("algo", "pov"), LIMITS, "bob").number == 2
