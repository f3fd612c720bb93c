"""Each row of the capture rules: what a message is recognised as, in FIX 4.2 and 4.4."""

from __future__ import annotations

import math

import pytest

from slipstream.feed.schema import TABLES
from slipstream.fix.decode import Decoded, decode
from slipstream.fix.dictionary import Dictionary
from slipstream.fix.lifecycle import Orders
from slipstream.fix.message import Malformed, Message, build, parse

Tags = dict[int, str]
TIME = "20240809-14:30:00.000123456"
T = 1_723_213_800_000_123_456

ORDER: Tags = {11: "C1", 55: "ABC", 54: "1", 38: "100", 40: "2", 44: "10.5", 59: "0", 60: TIME}
REPORT: Tags = {37: "B1", 11: "C1", 17: "E1", 55: "ABC", 54: "1", 38: "100", 151: "60", 14: "40", 6: "10.25", 60: TIME}
FILL: Tags = REPORT | {150: "F", 39: "1", 32: "40", 31: "10.25"}


def message(msgtype: str, tags: Tags, version: str = "FIX.4.4", seq: int = 7) -> Message:
    header = [(8, version), (35, msgtype), (34, str(seq)), (49, "CLIENT"), (56, "BRK"), (52, TIME)]
    return parse(build([*header, *tags.items()]))


def decoded(msgtype: str, tags: Tags, version: str = "FIX.4.4", spec: Dictionary | None = None) -> Decoded:
    return decode(message(msgtype, tags, version), spec)


def test_new_order() -> None:
    made = decoded("D", ORDER | {1: "ACC", 847: "2", 100: "XNAS"})
    assert (made.table, made.direction) == ("orders", "in")
    assert {name: value for name, value in made.values.items() if value == value} == {
        "event": "new", "sym": "ABC", "id": "C1", "parent": "", "side": "buy", "qty": 100.0, "price": 10.5, "ordtype": "limit",
        "tif": "day", "algo": "pov", "broker": "BRK", "trader": "", "account": "ACC", "venue": "XNAS", "status": "",
        "clordid": "C1", "origclordid": "", "orderid": "", "etime": T, "code": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("msgtype", "tags", "event", "status"),
    [
        ("G", ORDER | {11: "C2", 41: "C1"}, "replace", ""),
        ("F", {11: "C2", 41: "C1", 55: "ABC", 54: "1", 38: "100", 60: TIME}, "cancel", ""),
        ("9", {37: "B1", 11: "C2", 41: "C1", 39: "2", 434: "1", 102: "0", 60: TIME}, "cancelreject", "filled"),
        ("8", REPORT | {150: "0", 39: "0"}, "ack", "new"),
        ("8", REPORT | {150: "A", 39: "A"}, "pendingnew", "pendingnew"),
        ("8", REPORT | {150: "4", 39: "4", 41: "C0"}, "canceled", "canceled"),
        ("8", REPORT | {150: "5", 39: "1", 41: "C0"}, "replaced", "partial"),
        ("8", REPORT | {150: "6", 39: "6"}, "pendingcancel", "pendingcancel"),
        ("8", REPORT | {150: "E", 39: "E"}, "pendingreplace", "pendingreplace"),
        ("8", REPORT | {150: "8", 39: "8", 103: "0"}, "reject", "rejected"),
        ("8", REPORT | {150: "3", 39: "3"}, "done", "done"),
        ("8", REPORT | {150: "C", 39: "C"}, "expired", "expired"),
        ("8", REPORT | {150: "D", 39: "0", 378: "3"}, "restated", "new"),
        ("8", REPORT | {150: "I", 39: "1"}, "status", "partial"),
    ],
)
def test_order_events_of_4_4(msgtype: str, tags: Tags, event: str, status: str) -> None:
    made = decoded(msgtype, tags)
    assert (made.table, made.values["event"], made.values["status"]) == ("orders", event, status)
    assert made.direction == ("out" if msgtype in "89" else "in")


@pytest.mark.parametrize(
    ("tags", "version", "kind"),
    [
        (FILL, "FIX.4.4", "new"),
        (FILL | {39: "4"}, "FIX.4.4", "new"),  # a fill after a cancel counts: never gate on 39
        (FILL | {150: "H", 19: "E0"}, "FIX.4.4", "bust"),
        (FILL | {150: "G", 19: "E0"}, "FIX.4.4", "correct"),
        (FILL | {150: "1", 20: "0"}, "FIX.4.2", "new"),
        (FILL | {150: "2", 39: "2", 20: "0"}, "FIX.4.2", "new"),
        (FILL | {150: "1", 20: "1", 19: "E0"}, "FIX.4.2", "bust"),  # 150 alone would book it as a fill
        (FILL | {150: "2", 20: "1", 19: "E0"}, "FIX.4.2", "bust"),
        (FILL | {150: "1", 20: "2", 19: "E0"}, "FIX.4.2", "correct"),
    ],
)
def test_executions(tags: Tags, version: str, kind: str) -> None:
    made = decoded("8", tags, version)
    assert (made.table, made.values["kind"], made.values["refid"]) == ("fills", kind, tags.get(19, ""))
    assert (made.values["qty"], made.values["price"], made.refused) == (40.0, 10.25, False)


def test_status_of_4_2_is_no_fill() -> None:
    made = decoded("8", FILL | {150: "1", 20: "3"}, "FIX.4.2")
    assert (made.table, made.values["event"]) == ("orders", "status")


def test_replaced_in_4_2() -> None:
    made = decoded("8", REPORT | {150: "5", 39: "5", 20: "0", 41: "C0"}, "FIX.4.2")
    assert (made.table, made.values["event"]) == ("orders", "replaced")


def test_a_fill_in_full() -> None:
    tags = FILL | {30: "XNAS", 851: "1", 12: "0.5", 13: "3", 137: "0.25", 41: "", 76: "", 526: "P1"}
    made = decoded("8", {tag: text for tag, text in tags.items() if text})
    shown = {name: made.values[name] for name in TABLES["fills"] if name in made.values}
    assert shown == {
        "sym": "ABC", "execid": "E1", "refid": "", "kind": "new", "order": "C1", "parent": "P1", "side": "buy", "qty": 40.0,
        "price": 10.25, "venue": "XNAS", "liquidity": "maker", "fee": 0.75, "leaves": 60.0, "cum": 40.0, "avgpx": 10.25,
        "broker": "CLIENT", "etime": T, "clordid": "C1", "orderid": "B1", "secexecid": "",
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "fee"), [("1", 0.5 * 40), ("2", 0.005 * 40 * 10.25), ("3", 0.5)])
def test_commission_types(kind: str, fee: float) -> None:
    assert decoded("8", FILL | {12: "0.5", 13: kind}).values["fee"] == pytest.approx(fee)


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        (FILL | {32: "0"}, "quantity"),
        (FILL | {32: "-5"}, "quantity"),
        (FILL | {31: "0"}, "price"),
        (FILL | {150: "H"}, "reference"),
        (FILL | {150: "G"}, "reference"),
    ],
)
def test_impossible_executions_are_refused(tags: Tags, problem: str) -> None:
    made = decoded("8", tags)
    assert made.refused
    assert made.problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("msgtype", "tags"),
    [
        ("D", {**ORDER, 11: ""}),
        ("D", ORDER | {38: "many"}),
        ("D", ORDER | {44: "nan"}),
        ("D", ORDER | {60: "yesterday"}),
        ("8", {**FILL, 17: ""}),
        ("8", {**FILL, 150: ""}),
        ("8", FILL | {31: "1e999"}),
    ],
)
def test_what_cannot_be_read_says_so(msgtype: str, tags: Tags) -> None:
    with pytest.raises(Malformed):
        decoded(msgtype, {tag: text for tag, text in tags.items() if text})


@pytest.mark.parametrize(
    ("code", "side"),
    [("1", "buy"), ("3", "buy"), ("2", "sell"), ("4", "sell"), ("5", "sell"), ("6", "sell"), ("8", "")],
)
def test_sides(code: str, side: str) -> None:
    assert decoded("D", ORDER | {54: code}).values["side"] == side


@pytest.mark.parametrize(
    ("tags", "order", "parent"),
    [
        ({526: "P"}, None, "P"),
        ({583: "L", 526: "P", 5001: "Q", 66: "X"}, None, "L"),
        ({526: "P", 5001: "Q"}, (5001, 526), "Q"),
        ({66: "X"}, None, "X"),
        ({9001: "Z", 526: "P"}, (9001,), "Z"),
        ({}, None, ""),
    ],
)
def test_the_parent_link_follows_the_configured_precedence(
    tags: Tags, order: tuple[int, ...] | None, parent: str
) -> None:
    spec = Dictionary() if order is None else Dictionary(parent_tags=order)
    assert decoded("D", ORDER | tags, spec=spec).values["parent"] == parent


def test_trader_and_broker_from_parties() -> None:
    header = [(8, "FIX.4.4"), (35, "8"), (34, "1"), (49, "X"), (56, "Y"), (52, TIME)]
    parties = [(453, "2"), (448, "BIGBANK"), (447, "D"), (452, "1"), (448, "kim"), (447, "D"), (452, "12")]
    made = decode(parse(build([*header, *FILL.items(), *parties])))
    assert made.values["broker"] == "BIGBANK"
    order = decode(parse(build([*header[:1], (35, "D"), *header[2:], *ORDER.items(), *parties])))
    assert order.values["trader"] == "kim"


def test_the_drop_copy_says_which_way_the_original_went() -> None:
    assert decoded("D", ORDER | {115: "EMS"}).direction == "in"
    copy = decoded("8", FILL | {128: "EMS"})
    assert (copy.direction, copy.values["broker"]) == ("out", "CLIENT")


@pytest.mark.parametrize(
    ("tags", "shown"), [({111: "50"}, 50), ({210: "40"}, 40), ({1138: "30", 111: "50"}, 30), ({111: "0"}, 0)]
)
def test_how_much_an_order_shows(tags: Tags, shown: float) -> None:
    assert decoded("D", ORDER | tags).values["displayqty"] == shown
    assert math.isnan(decoded("D", ORDER).values["displayqty"])


def test_other_messages_only_go_to_fixraw() -> None:
    assert decoded("j", {45: "3", 372: "D", 380: "0"}).table is None


class TestOrders:
    """What messages say together."""

    def rows(self, orders: Orders, msgtype: str, tags: Tags) -> dict[str, object]:
        _, rows = orders.rows(message(msgtype, tags), time=T, session="S")
        (table,) = [name for name in rows if name not in ("fixraw", "dq")]
        return dict(zip(TABLES[table], rows[table][-1], strict=True))

    def test_a_chain_of_replaces_is_one_order(self) -> None:
        """Z may name Y or X as its predecessor; a fill while a replace is pending carries the old id."""
        orders = Orders()
        self.rows(orders, "D", ORDER | {526: "P"})
        assert self.rows(orders, "G", ORDER | {11: "C2", 41: "C1"})["id"] == "C1"
        assert self.rows(orders, "8", FILL | {11: "C1"})["order"] == "C1"
        assert self.rows(orders, "8", REPORT | {150: "5", 39: "1", 11: "C2", 41: "C1"})["id"] == "C1"
        assert self.rows(orders, "G", ORDER | {11: "C3", 41: "C1"})["id"] == "C1"
        fill = self.rows(orders, "8", FILL | {11: "C3", 17: "E2"})
        assert (fill["order"], fill["parent"]) == ("C1", "P")

    def test_terms_are_carried_to_messages_that_leave_them_out(self) -> None:
        orders = Orders()
        self.rows(orders, "D", ORDER | {526: "P", 1: "ACC", 50: "kim"})
        reject = self.rows(orders, "9", {37: "B1", 11: "C2", 41: "C1", 39: "0", 434: "1", 102: "0", 60: TIME})
        assert [reject[name] for name in ("id", "sym", "side", "parent", "account")] == ["C1", "ABC", "buy", "P", "ACC"]
        assert math.isnan(float(reject["qty"]))  # type: ignore[arg-type]

    def test_a_report_that_names_only_the_brokers_id(self) -> None:
        orders = Orders()
        self.rows(orders, "D", ORDER)
        self.rows(orders, "8", REPORT | {150: "0", 39: "0"})
        tags = {tag: text for tag, text in FILL.items() if tag != 11}
        assert self.rows(orders, "8", tags)["order"] == "C1"

    def test_a_child_that_names_a_later_id_of_its_parent(self) -> None:
        orders = Orders()
        self.rows(orders, "D", ORDER | {11: "P1", 847: "2"})
        self.rows(orders, "G", ORDER | {11: "P2", 41: "P1"})
        assert self.rows(orders, "D", ORDER | {11: "K1", 526: "P2"})["parent"] == "P1"

    def test_an_order_is_not_its_own_parent(self) -> None:
        assert self.rows(Orders(), "D", ORDER | {526: "C1"})["parent"] == ""

    def test_refused_rows_stay_out_of_their_table(self) -> None:
        result, rows = Orders().rows(message("8", FILL | {32: "0"}), time=T, session="S")
        assert set(rows) == {"fixraw", "dq"}
        assert result.problems

    def test_rows_have_the_columns_of_the_schema(self) -> None:
        _, rows = Orders().rows(message("8", FILL), time=T, session="S")
        assert {name: len(row) for name, (row,) in rows.items()} == {
            "fills": len(TABLES["fills"]),
            "fixraw": len(TABLES["fixraw"]),
        }
        assert rows["fixraw"][0][-2] == message("8", FILL).raw
