"""The client against a handler-backed server: real sockets and frames."""

from __future__ import annotations

import multiprocessing
import threading

import numpy as np
import pyarrow as pa
import pytest
from qserver import AsyncQServer, QServer, QSignal

from slipstream.engine.base import handshake
from slipstream.engine.client import Client
from slipstream.engine.convert import from_q, to_list, to_table
from slipstream.errors import AccessDenied, ConversionError, QueryError, Timeout, Unreachable


def test_query_sends_text_and_typed_arguments() -> None:
    with QServer() as server, Client(port=server.port) as q:
        got = q.query("{x+y}", np.array([1, 2]), 3)
        text, column, number = list(got)
        assert (int(text.t), int(column.t), int(number.t)) == (10, 7, -7)
        assert from_q(text) == "{x+y}"


def test_one_character_of_q_is_still_text() -> None:
    """PyKX alone would send a char atom, which q does not evaluate."""
    with QServer() as server, Client(port=server.port) as q:
        assert int(q.query("x").t) == 10


def test_call_sends_the_name_as_a_symbol() -> None:
    with QServer(lambda value: next(iter(value))) as server, Client(port=server.port) as q:
        assert q.call(".api.slippage", 1) == ".api.slippage"


def test_table_and_frame() -> None:
    table = to_table({"sym": ["a"], "n": pa.array([None], pa.int64())})
    with QServer(lambda _: table) as server, Client(port=server.port) as q:
        assert q.table("t")["n"].to_pylist() == [None]
        assert q.frame("t")["n"].isna().tolist() == [True]


def test_errors_of_q_carry_their_kind() -> None:
    def fail(_: object) -> object:
        raise QSignal("length")

    with QServer(fail) as server, Client(port=server.port) as q:
        with pytest.raises(QueryError, match=r"'length in 1 2\+1 2 3") as caught:
            q.query("1 2+1 2 3")
        assert caught.value.kind == "length"
        with pytest.raises(QueryError):
            q.query("again")  # the connection is still good
        assert server.connections == 1


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    release = multiprocessing.get_context("fork").Event()

    def answer(value: object) -> object:
        if from_q(value) == "slow":
            release.wait(10)
        return value

    with QServer(answer) as server, Client(port=server.port, timeout_s=0.3) as q:
        with pytest.raises(Timeout, match=r"0\.3 s"):
            q.query("slow")
        release.set()
        assert q.value("fast") == "fast"
        assert server.connections == 2


def test_wrong_password_is_refused() -> None:
    with QServer(password="secret") as server:
        with pytest.raises((AccessDenied, Unreachable)):
            Client(port=server.port, user="u", password="wrong")
        with Client(port=server.port, user="u", password="secret") as q:
            assert q.value("x") == "x"


def test_nothing_listens(port: int) -> None:
    with pytest.raises(Unreachable, match=str(port)):
        Client(port=port, connect_timeout_s=1)
    with pytest.raises(Unreachable):
        handshake("127.0.0.1", port)


def test_a_broken_connection_is_reported_and_replaced() -> None:
    with QServer() as first:
        q = Client(port=first.port)
        first.close()
        with pytest.raises(Unreachable):
            q.query("x")
        with pytest.raises(Unreachable):
            q.query("x")
    q.close()
    with pytest.raises(Unreachable, match="closed"):
        q.query("x")


def test_publish_is_one_message_of_typed_columns() -> None:
    with QServer() as server, Client(port=server.port) as q:
        rows = q.publish("trade", {"sym": ["a", "b"], "price": np.array([1.0, 2.0]), "cond": [b"", b"T"]})
        assert rows == 2
        name, table, columns = list(server.wait_received(1)[0])
        assert (from_q(name), from_q(table)) == (".u.upd", "trade")
        assert [int(item.t) for item in (name, table, columns)] == [-11, -11, 0]
        assert [int(column.t) for column in columns] == [11, 9, 0]
        with pytest.raises(ConversionError, match="differ in length"):
            q.publish("trade", [["a"], [1, 2]])


def test_publish_and_wait_raises_what_q_says() -> None:
    def refuse(_: object) -> object:
        raise QSignal("schema")

    with QServer(refuse) as server, Client(port=server.port) as q, pytest.raises(QueryError, match="schema"):
        q.publish("trade", [["a"]], wait=True)


def test_more_arguments_than_q_takes() -> None:
    with QServer() as server, Client(port=server.port) as q, pytest.raises(ConversionError, match="8"):
        q.query("f", *range(9))


def test_threads_take_turns() -> None:
    with QServer(lambda value: list(value)[1]) as server, Client(port=server.port) as q:
        wrong: list[int] = []

        def ask(number: int) -> None:
            for i in range(50):
                if q.value("{x}", number * 1000 + i) != number * 1000 + i:
                    wrong.append(number)

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


SCHEMA = ["trade", to_table({"sym": np.array([], "U1"), "price": np.array([])})]
SUBSCRIBED = to_list(["slipstream.subscribed", to_list([True, to_list([to_list(SCHEMA)])])])


def _subscribable(value: object) -> object:
    """Answers the subscription request as a tickerplant would."""
    return [SUBSCRIBED]


def test_subscription_receives_tables_and_lists_of_columns() -> None:
    with AsyncQServer(_subscribable) as server, Client(port=server.port) as q, q.subscribe(["trade"]) as feed:
        assert feed.schemas["trade"].column_names == ["sym", "price"]
        server.push(to_list(["upd", "trade", to_table({"sym": ["a"], "price": [1.5]})]))
        server.push(to_list(["upd", "trade", to_list([np.array(["b"]), np.array([2.5])])]))
        server.push(to_list(["upd", "trade", to_list(["c", 3.5])]))
        got = [feed.poll(5) for _ in range(3)]
        assert [rows.to_pylist() for _, rows in got if rows] == [
            [{"sym": "a", "price": 1.5}],
            [{"sym": "b", "price": 2.5}],
            [{"sym": "c", "price": 3.5}],
        ]  # type: ignore[misc]
        assert feed.poll(0.05) is None


def test_rows_that_come_before_the_answer_are_kept() -> None:
    """A tickerplant may publish between registering the subscriber and answering it."""
    early = to_list(["upd", "trade", to_table({"sym": ["early"], "price": [0.5]})])
    with AsyncQServer(lambda _: [early, SUBSCRIBED]) as server, Client(port=server.port) as q, q.subscribe() as feed:
        item = feed.poll(5)
        assert item is not None
        assert item[1]["sym"].to_pylist() == ["early"]


def test_refused_subscription() -> None:
    def refuse(_: object) -> object:
        return [to_list(["slipstream.subscribed", to_list([False, b"nosuch"])])]

    with AsyncQServer(refuse) as server, Client(port=server.port) as q, pytest.raises(QueryError, match="nosuch"):
        q.subscribe(["nosuch"])


def test_iteration_ends_with_the_connection() -> None:
    with AsyncQServer(_subscribable) as server, Client(port=server.port) as q, q.subscribe() as feed:
        server.push(to_list(["upd", "trade", to_table({"sym": ["a"], "price": [1.5]})]))
        threading.Timer(0.3, server.close).start()
        assert len(list(feed)) == 1


def test_large_batches_go_out_whole() -> None:
    count = 200_000
    with (
        QServer(lambda value: len(next(iter(list(value)[2]))) if int(value.t) == 0 else 0) as server,
        Client(port=server.port) as q,
    ):
        columns = {
            "time": np.arange(count).view("M8[ns]"),
            "sym": np.array(["a", "b"], object)[np.arange(count) % 2],
            "price": np.arange(count) / 7,
        }
        assert count == q.publish("trade", columns)
        message = server.wait_received(1)[0]
        assert count == len(next(iter(list(message)[2])))
