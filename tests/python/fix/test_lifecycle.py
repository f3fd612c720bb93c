"""Rows of the capture rules that one message cannot show: links, days, other sessions, doubts."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_decode import FILL, ORDER, REPORT, TIME, T, Tags, decoded, message

from slipstream.engine.convert import to_columns
from slipstream.feed.schema import DAY_NS, TABLES, columns
from slipstream.fix.dictionary import Dictionary
from slipstream.fix.lifecycle import Orders
from slipstream.fix.message import Malformed, Message, build, parse


class Book:
    """A capture's tables as messages make them."""

    def __init__(self, spec: Dictionary | None = None) -> None:
        self.orders = Orders(spec)
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in ("orders", "fills", "fixraw", "dq")}

    def say(
        self,
        msgtype: str,
        tags: Tags,
        *,
        version: str = "FIX.4.4",
        time: int = T + 1_000,
        session: str = "S",
        seq: int = 7,
    ) -> None:
        self.take(message(msgtype, tags, version, seq), time=time, session=session)

    def take(self, said: Message, *, time: int = T + 1_000, session: str = "S") -> None:
        _, rows = self.orders.rows(said, time=time, session=session)
        for table, some in rows.items():
            self.tables[table] += [dict(zip(TABLES[table], row, strict=True)) for row in some]

    def of(self, table: str, *names: str) -> list[Any]:
        return [row[names[0]] if len(names) == 1 else tuple(row[name] for name in names) for row in self.tables[table]]


def later(days: float) -> tuple[str, int]:
    """TransactTime and arrival so many days on."""
    day = 9 + int(days)
    return f"202408{day:02d}-14:30:00.000123456", T + int(days) * DAY_NS + 1_000


def test_a_parent_seen_after_its_child_is_an_orphan_until_then() -> None:
    book = Book()
    book.say("D", ORDER | {11: "K", 526: "P"})
    assert (book.of("dq", "kind", "id"), book.orders.orphans) == ([("orphan", "K")], 1)
    book.say("D", ORDER | {11: "P"})
    assert (book.of("dq", "kind", "id"), book.orders.orphans) == ([("orphan", "K"), ("linked", "K")], 0)


def test_a_link_that_comes_with_a_report_is_a_row_of_its_own() -> None:
    book = Book()
    book.say("D", ORDER | {11: "P"})
    book.say("D", ORDER | {11: "K"})
    book.say("8", REPORT | {11: "K", 37: "B2", 150: "0", 39: "0", 526: "P"})
    assert book.of("orders", "id", "event", "parent")[2:] == [("K", "linked", "P"), ("K", "ack", "P")]


def test_the_oms_s_map_links_last() -> None:
    book = Book(Dictionary(parents={"K": "P", "L": "Q"}))
    book.say("D", ORDER | {11: "K"})
    book.say("D", ORDER | {11: "L", 526: "P"})
    assert book.of("orders", "parent") == ["P", "P"]


def test_reports_before_their_request_and_under_the_broker_s_name() -> None:
    book = Book()
    nameless = {tag: text for tag, text in FILL.items() if tag != 11}
    book.say("8", nameless)
    assert book.orders.orphans == 1
    book.say("8", REPORT | {11: "C2", 41: "C1", 150: "5", 39: "1"})
    book.say("D", ORDER)
    assert book.of("fills", "order") == ["B1"]
    assert book.of("orders", "id", "event", "origclordid") == [
        ("B1", "joined", "C1"),
        ("C1", "replaced", "C1"),
        ("C1", "new", ""),
    ]
    assert book.orders.orphans == 0


def test_a_clordid_used_again_the_same_day_and_the_next() -> None:
    book = Book()
    book.say("D", ORDER)
    book.say("D", ORDER)
    book.say("8", REPORT | {150: "8", 39: "8", 103: "6", 37: "NONE"})
    assert book.of("dq", "kind", "id") == [("duplicate", "C1")]
    assert book.of("orders", "event", "code")[-1] == ("reject", "duplicate")
    moment, time = later(1)
    book.say("D", ORDER | {60: moment, 55: "XYZ"}, time=time)
    book.say("8", {**REPORT, 150: "0", 39: "0", 37: "B9", 60: moment, 55: ""} | {55: "XYZ"}, time=time)
    assert book.of("orders", "id", "sym")[-2:] == [("C1@20240810", "XYZ"), ("C1@20240810", "XYZ")]


def test_a_gtc_order_is_carried_into_each_day() -> None:
    book = Book()
    book.say("D", ORDER | {59: "1", 526: "P"})
    book.say("D", ORDER | {11: "DAY"})
    book.say("G", ORDER | {11: "C2", 41: "C1", 38: "300", 59: "1"})
    book.say("8", REPORT | {11: "C2", 41: "C1", 150: "5", 39: "0", 38: "300", 44: "10.7"})
    moment, time = later(1)
    book.say("8", FILL | {11: "C2", 60: moment, 14: "90"}, time=time)
    (row,) = [row for row in book.tables["orders"] if row["event"] == "carry"]
    assert (row["id"], row["qty"], row["price"], row["parent"], row["clordid"]) == ("C1", 300.0, 10.7, "P", "C2")
    assert (row["time"], row["etime"]) == (time, (T // DAY_NS + 1) * DAY_NS)
    assert row["cumqty"] == float(REPORT[14]), "as the last report before said; not what this message brings"
    moment, time = later(2)
    book.say("8", REPORT | {11: "C2", 150: "4", 39: "4", 60: moment}, time=time)
    moment, time = later(3)
    book.say("D", ORDER | {11: "NEW", 60: moment}, time=time)
    assert book.of("orders", "event").count("carry") == 2, "cancelled on the third day, so not carried into the fourth"
    assert [row["cumqty"] for row in book.tables["orders"] if row["event"] == "carry"] == [float(REPORT[14]), 90.0]


def test_a_carried_parent_has_what_its_children_had() -> None:
    book = Book()
    book.say("D", ORDER | {11: "P", 59: "1"})
    for child, filled in (("C1", "30"), ("C2", "50")):
        book.say("D", ORDER | {11: child, 59: "1", 526: "P"})
        book.say("8", FILL | {11: child, 37: f"B{child}", 17: f"E{child}", 32: filled, 14: filled})
    moment, time = later(1)
    book.say("D", ORDER | {11: "NEW", 60: moment}, time=time)
    assert {row["id"]: row["cumqty"] for row in book.tables["orders"] if row["event"] == "carry"} == {
        "P": 80.0,
        "C1": 30.0,
        "C2": 50.0,
    }


def test_terms_of_an_accepted_replace_hold_from_then_on() -> None:
    book = Book()
    book.say("D", ORDER | {847: "1"})
    book.say("G", ORDER | {11: "C2", 41: "C1", 847: "1001", 44: "10.9", 38: "70"})
    book.say("8", REPORT | {150: "0", 39: "0"})
    bare = {tag: text for tag, text in REPORT.items() if tag != 38}
    book.say("8", bare | {11: "C2", 41: "C1", 150: "5", 39: "0"})
    assert book.of("orders", "event", "algo") == [
        ("new", "vwap"),
        ("replace", "passive"),
        ("ack", "vwap"),
        ("replaced", "passive"),
    ]
    assert book.of("orders", "qty", "price")[-1] == (70.0, 10.9)


def test_one_execution_in_two_sessions_is_one_fill() -> None:
    """The venue's id (527) with the broker's order id tells; a bust by the other session is turned to the fill that was kept."""
    book = Book()
    book.say("8", FILL | {527: "V1"})
    book.say("8", FILL | {17: "OTHER", 527: "V1"}, session="S2")
    book.say("8", FILL | {17: "OTHER-B", 19: "OTHER", 150: "H"}, session="S2")
    assert book.of("fills", "execid", "refid", "session") == [("E1", "", "S"), ("OTHER-B", "E1", "S")]
    assert book.of("dq", "kind", "id") == [("copy", "OTHER")]
    assert len(book.tables["fixraw"]) == 3


def test_ids_of_a_session_alone() -> None:
    book = Book(Dictionary(scope="session"))
    book.say("D", ORDER)
    book.say("D", ORDER, session="S2")
    book.say("D", ORDER | {11: "K", 526: "C1"}, session="S2")
    assert book.of("orders", "id", "parent") == [("S/C1", ""), ("S2/C1", ""), ("S2/K", "S2/C1")]
    assert book.tables["dq"] == []


def test_dk_takes_the_fill_back() -> None:
    book = Book()
    book.say("8", FILL)
    book.say("Q", {37: "B1", 17: "E1", 127: "B", 55: "ABC", 54: "1", 38: "100", 32: "40", 31: "10.25", 60: TIME})
    assert book.of("fills", "kind", "refid", "order") == [("new", "", "C1"), ("dk", "E1", "C1")]
    assert book.of("dq", "kind", "id") == [("dk", "E1")]
    assert b"wrongside" in book.of("dq", "detail")[0]


def test_a_list_is_an_order_each() -> None:
    head = [
        (8, "FIX.4.4"),
        (35, "E"),
        (34, "3"),
        (49, "C"),
        (56, "B"),
        (52, TIME),
        (66, "LIST1"),
        (394, "3"),
        (68, "2"),
        (73, "2"),
    ]
    one = [(11, "A1"), (67, "1"), (55, "ABC"), (54, "1"), (38, "100"), (40, "1"), (60, TIME)]
    two = [(11, "A2"), (67, "2"), (55, "XYZ"), (54, "2"), (38, "50"), (40, "2"), (44, "7.5"), (60, TIME)]
    book = Book()
    book.take(parse(build([*head, *one, *two])))
    assert book.of("orders", "id", "sym", "side", "qty", "parent", "code") == [
        ("A1", "ABC", "buy", 100.0, "LIST1", "list"), ("A2", "XYZ", "sell", 50.0, "LIST1", "list")]  # fmt: skip
    assert sorted(book.of("dq", "kind")) == ["list", "orphan", "orphan"]
    with pytest.raises(Malformed, match="a list of 2 orders holds 1"):
        book.take(parse(build([*head, *one])))


def test_multi_leg_orders_are_captured_and_marked() -> None:
    book = Book()
    book.say("AB", ORDER | {555: "2", 600: "ABC"})
    book.say("AC", ORDER | {11: "C2", 41: "C1", 555: "2"})
    book.say("8", FILL | {11: "C2", 442: "3", 31: "-0.25"})
    book.say("8", FILL | {11: "C2", 442: "2", 17: "E2"})
    assert book.of("orders", "id", "event", "code") == [("C1", "new", "multileg"), ("C1", "replace", "multileg")]
    assert book.of("fills", "kind", "price") == [("new", -0.25), ("leg", 10.25)]
    assert book.of("dq", "kind") == ["multileg"] * 3


def test_requests_refused_by_the_session_or_the_application() -> None:
    book = Book()
    book.say("D", ORDER)
    book.say("j", {45: "7", 372: "G", 379: "C1", 380: "4", 58: "down"})
    book.say("3", {45: "8", 58: "bad tag"})
    book.say("j", {45: "7", 372: "V", 380: "3"})
    assert book.of("orders", "event", "code") == [("new", ""), ("cancelreject", "4")]
    assert book.of("dq", "kind") == ["sessionreject"]


def test_aggressor_of_5_0_sp2_and_reasons() -> None:
    assert decoded("8", FILL | {1057: "Y"}, "FIXT.1.1").values["liquidity"] == "taker"
    assert decoded("8", FILL | {1057: "N"}, "FIXT.1.1").values["liquidity"] == "maker"
    assert decoded("8", FILL | {851: "4", 1057: "Y"}, "FIXT.1.1").values["liquidity"] == "auction"
    assert (
        decoded("9", {37: "B1", 11: "C2", 41: "C1", 39: "2", 434: "1", 102: "0", 60: TIME}).values["code"] == "toolate"
    )
    assert decoded("8", REPORT | {150: "D", 39: "0", 378: "5"}).values["code"] == "partialdecline"
    assert decoded("D", ORDER | {2887: "P"}).values["parent"] == "P"


def test_what_an_order_shows_is_kept_when_it_is_carried_and_changed_by_a_replace() -> None:
    book = Book()
    book.say("D", ORDER | {59: "1", 111: "30"})
    book.say("G", ORDER | {11: "C2", 41: "C1", 59: "1", 111: "20"})
    book.say("8", REPORT | {11: "C2", 41: "C1", 150: "5", 39: "0"})
    when, arrival = later(1)
    book.say("8", REPORT | {11: "C2", 150: "I", 39: "0", 60: when}, time=arrival)
    shown = {row["event"]: row["displayqty"] for row in book.tables["orders"]}
    assert (shown["new"], shown["replace"], shown["replaced"], shown["carry"]) == (30, 20, 20, 20)


def test_clocks_and_order_of_arrival_in_doubt() -> None:
    book = Book()
    book.say("D", ORDER, time=T - 5_000_000)
    book.say("8", REPORT | {150: "0", 39: "0", 60: "20240809-14:29:58"}, time=T)
    assert book.of("dq", "kind", "id") == [("skew", "C1"), ("late", "C1")]
    assert book.of("dq", "detail") == [
        b"stamped 5 ms after it arrived",
        b"stamped 2.00012 s before an earlier message of its session",
    ]


@pytest.mark.parametrize("quantity", ["0", "-5"])
def test_an_impossible_fill_is_in_doubt_and_in_no_table(quantity: str) -> None:
    book = Book()
    book.say("8", FILL | {32: quantity})
    assert (book.tables["fills"], book.of("dq", "kind", "id"), book.of("fixraw", "problem")) == (
        [],
        [("quantity", "C1")],
        ["quantity"],
    )
    assert book.of("dq", "detail")[0].endswith(b"(execution E1)")


def test_a_refused_message_is_about_the_order_that_began_the_chain() -> None:
    book = Book()
    book.say("D", ORDER)
    book.say("G", ORDER | {11: "C2", 41: "C1"})
    book.say("8", FILL | {11: "C2", 32: "0"})
    assert book.of("dq", "kind", "id") == [("quantity", "C1")]
    raw = message("8", FILL | {11: "C2", 32: "many"}).raw
    _, rows = book.orders.raw(raw, time=T, session="S")
    assert [(row[4], row[5]) for row in rows["dq"]] == [("number", "C1")]


def test_what_cannot_be_read_is_kept_with_what_can() -> None:
    raw = message("D", ORDER | {38: "many"}).raw
    problems, rows = Orders().raw(raw, time=T, session="S")
    assert problems == ["number: tag 38 is 'many'"]
    assert rows["fixraw"] == [(T, "ABC", "S", "", 7, "D", raw, "number")]
    assert rows["dq"] == [(T, "ABC", "S", 7, "number", "C1", b"number: tag 38 is 'many'")]


def test_the_broker_s_own_figures_are_kept() -> None:
    book = Book()
    book.say("8", REPORT | {150: "I", 39: "1"})
    assert book.of("orders", "cumqty", "leavesqty") == [(40.0, 60.0)]
    book.say("D", ORDER)
    assert all(math.isnan(value) for value in book.of("orders", "cumqty", "leavesqty")[1])


MESSAGES = [("D", ORDER | {526: "P", 1: "A"}), ("G", ORDER | {11: "C2", 41: "C1"}), ("8", FILL), ("8", FILL | {150: "H", 19: "E1", 17: "E2"}),
            ("9", {37: "B1", 11: "C2", 41: "C1", 39: "2", 434: "1", 102: "0", 60: TIME}), ("Q", {37: "B1", 17: "E1", 127: "D", 55: "ABC"}),
            ("j", {45: "1", 372: "D", 379: "C1", 380: "3"}), ("E", {66: "L", 73: "1", 11: "X", 55: "ABC", 54: "1", 38: "5"}), ("AB", ORDER)]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(["", "²", "１２", "1e400", "-0", "99999999999999999999", "nan", "20240809-14:30:00", "99991231-23:59:59", "00010101-00:00:00", "\udcff", "\0", "a b", "C1", "`"]),
    st.text(st.characters(exclude_characters="\x01"), max_size=8),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(MESSAGES), st.lists(st.tuples(st.integers(0, 40), VALUES), max_size=3)), max_size=6
    )
)
def test_any_values_become_rows_that_q_takes(parts: list[tuple[tuple[str, Tags], list[tuple[int, str]]]]) -> None:
    """Whatever stands in any field of a message whose checksum is right: rows of the right types, or a message in doubt."""
    orders = Orders()
    for number, ((kind, tags), changes) in enumerate(parts):
        fields = [(8, "FIX.4.4"), (35, kind), (34, str(number)), (49, "C"), (56, "B"), (52, TIME), *tags.items()]
        for at, value in changes:
            if at % len(fields) > 1:
                fields[at % len(fields)] = (
                    fields[at % len(fields)][0],
                    value.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape"),
                )
        raw = build(fields)
        problems, made = orders.raw(raw, time=T, session="S")
        assert made["fixraw"][0][-2] == raw
        assert bool(made["fixraw"][0][-1]) == bool(problems)
        for table, rows in made.items():
            names, vectors = to_columns(columns(table, rows))
            assert names == list(TABLES[table])
            assert {len(vector) for vector in vectors} == {len(rows)}
