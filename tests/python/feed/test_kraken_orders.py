"""Kraken order by order: the documentation's checksum, queues, depth, tokens, and what follows when something is wrong."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fakevenue import FakeVenue, Session
from playing import book_of, frame, play, rows, run
from test_kraken import instrument
from test_live import FAST, again, same

from slipstream.feed.base import Quarantine
from slipstream.feed.frames import CLOSE, FAIL, OPEN, REST, read_frames
from slipstream.feed.keys import Keys, KrakenKey, kraken_signature
from slipstream.feed.kraken_orders import KrakenFull, order_number
from slipstream.feed.schema import join
from slipstream.feed.venue import Action, Fetch, Send
from slipstream.feed.venues import LiveFeed

SYM, TIME = "BTC/USD", "2023-11-14T22:13:20.5Z"
KEY = KrakenKey("thekey", "c2VjcmV0")

# the worked example of Kraken's guide "L3 checksum (WebSocket v2)": price and quantity of each order, in the order of the queues
ASKS = """44939.5 4.52308393, 44939.5 0.00111261, 44939.5 0.00100000, 44939.5 0.01000000, 44950.0 0.10334926, 44953.0 0.00064537,
44955.0 0.00250000, 44959.6 0.35630000, 44959.6 0.35630000, 44960.1 0.00338072, 44960.2 0.88967575, 44967.0 3.14392283,
44978.5 0.06778960, 44979.2 0.35630000"""
BIDS = """44939.4 0.88968699, 44939.4 0.45210000, 44939.4 0.10000000, 44939.4 0.14296323, 44939.4 0.25000000, 44939.4 0.10292988,
44939.4 0.33880000, 44939.4 1.28140860, 44937.1 0.03346877, 44934.7 0.35630000, 44930.2 0.22734299, 44930.2 0.01000000,
44930.2 0.05550000, 44930.2 0.70000000, 44930.2 0.15000000, 44928.0 0.00105240, 44919.6 0.33870000, 44919.5 0.07610000,
44912.0 0.35630000, 44909.7 0.06690000, 44901.9 0.00088982"""
CHECKSUM = 1063832831

Order = tuple[str, str, str]


def row(oid: str, price: str, size: str, **more: Any) -> dict[str, Any]:
    return {"order_id": oid, "limit_price": float(price), "order_qty": float(size), "timestamp": TIME, **more}


def crc(queues: Sequence[tuple[str, str]]) -> int:
    """Of prices with one decimal and quantities with eight, asks and then bids, best first."""
    text = "".join(
        f"{float(part):.{places}f}".replace(".", "").lstrip("0")
        for one in queues
        for part, places in zip(one, (1, 8), strict=True)
    )
    return zlib.crc32(text.encode())


def snapshot(orders: dict[str, Order], checksum: int | None = None) -> dict[str, Any]:
    """A snapshot of orders by id, each side given in the order of its queues, best first."""
    sides = {side: [(oid, *one[1:]) for oid, one in orders.items() if one[0] == side] for side in ("buy", "sell")}
    if checksum is None:
        checksum = crc([one[1:] for one in sides["sell"] + sides["buy"]])
    data = {
        "symbol": SYM,
        "checksum": checksum,
        "bids": [row(*one) for one in sides["buy"]],
        "asks": [row(*one) for one in sides["sell"]],
    }
    return {"channel": "level3", "type": "snapshot", "data": [data]}


def update(*events: tuple[str, str, str, str, str], queues: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """An update of events (what, order, side, price, size), and what stands in the queues after it."""
    data: dict[str, Any] = {"symbol": SYM, "checksum": crc(queues), "bids": [], "asks": [], "timestamp": TIME}
    for event, oid, side, price, size in events:
        data["bids" if side == "buy" else "asks"].append(row(oid, price, size, event=event))
    return {"channel": "level3", "type": "update", "data": [data]}


def parts(text: str) -> list[list[str]]:
    return [one.split() for one in text.replace("\n", " ").split(",")]


BOOK: dict[str, Order] = {
    "A": ("buy", "9", "1"),
    "B": ("buy", "9", "2"),
    "C": ("buy", "8", "3"),
    "D": ("sell", "10", "4"),
}


def test_the_documentations_example() -> None:
    orders: dict[str, Order] = {}
    for side, text in (("sell", ASKS), ("buy", BIDS)):
        for price, size in parts(text):
            orders[f"O{len(orders)}"] = (side, price, size)
    # numbers come without their last zeros: the instrument says how many decimals there are
    frames = [frame(0, instrument()), frame(1, snapshot(orders, CHECKSUM))]
    venue = KrakenFull([SYM])
    made, feed, _ = run(venue, frames)
    assert (feed.counters.checksums, feed.counters.mismatches) == (1, 0)
    assert len(made["mbo"]["oid"]) == 1 + len(orders)
    assert venue.orders[SYM].best() == (44939.4, 44939.5)
    assert book_of(made["depth"])["buy", 44939.4] == pytest.approx(3.5578887)
    # place in the queue counts
    swapped = dict(orders) | {"O0": orders["O1"], "O1": orders["O0"]}
    _, feed, _ = run(KrakenFull([SYM]), [frames[0], frame(1, snapshot(swapped, CHECKSUM))])
    assert (feed.counters.checksums, feed.counters.mismatches) == (1, 1)


def test_orders_come_change_and_go_and_keep_or_lose_their_place() -> None:
    d = ("10", "4")
    frames = [
        frame(0, instrument()),
        frame(1, snapshot(BOOK)),
        frame(2, update(("add", "E", "buy", "9", "5"), queues=[d, ("9", "1"), ("9", "2"), ("9", "5"), ("8", "3")])),
        # less keeps the place, more loses it
        frame(
            3, update(("modify", "A", "buy", "9", "0.5"), queues=[d, ("9", "0.5"), ("9", "2"), ("9", "5"), ("8", "3")])
        ),
        frame(4, update(("modify", "A", "buy", "9", "6"), queues=[d, ("9", "2"), ("9", "5"), ("9", "6"), ("8", "3")])),
        frame(5, update(("modify", "B", "buy", "8", "2"), queues=[d, ("9", "5"), ("9", "6"), ("8", "3"), ("8", "2")])),
        frame(
            6,
            update(
                ("delete", "E", "buy", "9", "5"), ("delete", "A", "buy", "9", "6"), queues=[d, ("8", "3"), ("8", "2")]
            ),
        ),
    ]
    venue = KrakenFull([SYM])
    made, feed, _ = run(venue, frames)
    assert (feed.counters.checksums, feed.counters.mismatches, feed.counters.undecodable) == (6, 0, 0)
    number = order_number
    assert rows(made, "mbo", "time", "action", "oid", "side", "price", "size")[5:] == [
        (2_000_000, "add", number("E"), "buy", 9.0, 5.0),
        (3_000_000, "modify", number("A"), "buy", 9.0, 0.5),
        (4_000_000, "modify", number("A"), "buy", 9.0, 6.0),
        (5_000_000, "modify", number("B"), "buy", 8.0, 2.0),
        (6_000_000, "delete", number("E"), "buy", 9.0, 5.0),
        (6_000_000, "delete", number("A"), "buy", 9.0, 6.0),
    ]
    assert rows(made, "mbo", "action", "venue")[0] == ("clear", "kraken")
    assert rows(made, "mbo", "action", "etime")[1] == ("add", 500_000_000)
    assert book_of(made["depth"]) == {("buy", 8.0): 5.0, ("sell", 10.0): 4.0}
    assert 0 < number("OLLSXO-HDMT3-BUOKEI") < 2**63


def test_levels_below_the_subscribed_depth_are_forgotten_and_come_again() -> None:
    bids: dict[str, Order] = {f"B{n}": ("buy", str(20 - n), "1") for n in range(10)}
    best = [(price, size) for _, price, size in bids.values()]
    frames = [
        frame(0, instrument()),
        frame(1, snapshot(bids)),
        frame(2, update(("add", "N", "buy", "21", "1"), queues=[("21", "1"), *best[:9]])),
        frame(3, update(("delete", "N", "buy", "21", "1"), ("add", "B9", "buy", "11", "1"), queues=best)),
    ]
    venue = KrakenFull([SYM], depth=10)
    made, feed, _ = run(venue, frames)
    assert (feed.counters.checksums, feed.counters.mismatches) == (3, 0)
    assert rows(made, "mbo", "time", "action", "oid")[11:] == [
        (2_000_000, "add", order_number("N")),
        (2_000_000, "delete", order_number("B9")),
        (3_000_000, "delete", order_number("N")),
        (3_000_000, "add", order_number("B9")),
    ]
    assert len(venue.orders[SYM].orders) == 10
    assert book_of(made["depth"]) == {("buy", 20.0 - n): 1.0 for n in range(10)}


def token(text: str = "TOKEN1") -> dict[str, Any]:
    return {"error": [], "result": {"token": text, "expires": 900}}


def sent(asked: list[Action]) -> list[tuple[str, str, dict[str, Any], float]]:
    found = []
    for one in asked:
        if isinstance(one, Send):
            message = json.loads(one.data)
            assert one.secret == ("token" in message["params"])
            found.append((one.link, message["method"], message["params"], one.delay_s))
    return found


def test_a_token_is_asked_for_when_the_instruments_are_known_and_orders_are_subscribed_to_with_it() -> None:
    venue = KrakenFull([SYM, "ETH/USD", "X/Y"], key=KEY)
    frames = [frame(0, b"", OPEN, "l3"), frame(1, b"", OPEN), frame(2, instrument()), frame(3, token(), REST, "token")]
    _, _, asked = run(venue, frames)
    (fetch,) = [one for one in asked if isinstance(one, Fetch)]
    assert fetch.url == "https://api.kraken.com/0/private/GetWebSocketsToken"
    assert fetch.body == "nonce=1700000000002000"
    assert dict(fetch.headers)["API-Key"] == "thekey"
    assert dict(fetch.headers)["API-Sign"] == kraken_signature(
        KEY, "/0/private/GetWebSocketsToken", "1700000000002000", fetch.body
    )
    assert asked.index(fetch) > 0  # the public subscription was first
    common = {"channel": "level3", "depth": 1000, "token": "TOKEN1", "snapshot": True}
    assert [one for one in sent(asked) if one[0] == "l3"] == [
        ("l3", "subscribe", {**common, "symbol": [SYM, "ETH/USD"]}, 0.0),
        ("l3", "subscribe", {**common, "symbol": ["X/Y"]}, 1.0),
    ]
    assert [one[2]["channel"] for one in sent(asked) if one[0] == "ws"] == ["instrument", "trade", "ticker"]


def test_without_a_token_it_is_asked_again() -> None:
    venue = KrakenFull([SYM], key=KEY)
    quarantine = Quarantine()
    frames = [
        frame(0, b"", OPEN),
        frame(1, instrument()),
        frame(2, b"", OPEN, "l3"),
        frame(3, {"error": ["EAPI:Invalid key"]}, REST, "token"),
        frame(4, b"HTTP 500", FAIL, "token"),
        frame(5, b"", CLOSE, "l3"),
        frame(6, b"", OPEN, "l3"),
    ]
    _, feed, asked = run(venue, frames, quarantine)
    fetched = [one for one in asked if isinstance(one, Fetch)]
    assert [one.delay_s for one in fetched] == [0.0, 0.5, 1.0, 0.0]
    assert feed.counters.refused == 1 and quarantine.reasons == {"refused": 1}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (update(("add", "E", "buy", "7", "5"), queues=[("1", "1")]), "mismatch"),
        (update(("add", "A", "buy", "7", "5"), queues=[]), "undecodable"),
        (update(("melt", "A", "buy", "7", "5"), queues=[]), "undecodable"),
        (update(("modify", "A", "buy", "-1", "5"), queues=[]), "undecodable"),
    ],
)
def test_what_does_not_add_up_has_the_orders_sent_anew(wrong: dict[str, Any], reason: str) -> None:
    venue = KrakenFull([SYM], key=KEY)
    quarantine = Quarantine()
    frames = [
        frame(0, b"", OPEN),
        frame(1, instrument()),
        frame(2, b"", OPEN, "l3"),
        frame(3, token(), REST, "token"),
        frame(4, snapshot(BOOK)),
        frame(5, wrong),
        frame(6, update(("delete", "C", "buy", "8", "3"), queues=[])),
        frame(7, token("TOKEN2"), REST, "token"),
        frame(8, snapshot({"A": BOOK["A"], "D": BOOK["D"]})),
    ]
    made, feed, asked = run(venue, frames, quarantine)
    assert quarantine.reasons == {reason: 1} and feed.counters.resyncs == 1 and feed.counters.ignored >= 1
    assert [(method, params["symbol"], params["token"]) for link, method, params, _ in sent(asked) if link == "l3"] == [
        ("subscribe", [SYM], "TOKEN1"),
        ("unsubscribe", [SYM], "TOKEN2"),
        ("subscribe", [SYM], "TOKEN2"),
    ]
    book = venue.orders[SYM]
    assert book.synced and list(book.orders) == ["A", "D"]
    assert book_of(made["depth"]) == {("buy", 9.0): 1.0, ("sell", 10.0): 4.0}


class _Rest(BaseHTTPRequestHandler):
    asked: ClassVar[list[tuple[str, str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append((self.path, self.headers["API-Key"], body))
        expected = kraken_signature(KEY, self.path, body.partition("=")[2], body)
        good = self.headers["API-Sign"] == expected and len(self.asked) > 1
        data = json.dumps(token("VERYSECRET") if good else {"error": ["EGeneral:Temporary lockout"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


@contextmanager
def rest() -> Iterator[str]:
    _Rest.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Rest)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_live_with_a_token_that_is_kept_nowhere(tmp_path: Path) -> None:
    d = ("10", "4")

    def script(session: Session) -> None:
        request = session.connection.request
        assert request is not None
        if "l3" not in request.path:
            assert session.get()["params"]["channel"] == "instrument"
            session.send(instrument())
        else:
            params = session.get()["params"]
            assert (params["channel"], params["symbol"], params["token"]) == ("level3", [SYM], "VERYSECRET")
            session.send(snapshot(BOOK))
            session.send(update(("delete", "A", "buy", "9", "1"), queues=[("1", "1")]))
            assert [session.get()["method"] for _ in range(2)] == ["unsubscribe", "subscribe"]
            session.send(snapshot(BOOK))
            session.send(update(("delete", "A", "buy", "9", "1"), queues=[d, ("9", "2"), ("8", "3")]))
        session.wait_for_end()

    fake = FakeVenue(script)
    quarantine = Quarantine(tmp_path / "quarantine")
    stop = threading.Event()
    tables: dict[str, list[Any]] = {}
    with fake.running(), rest() as http:
        urls = {"kraken-full:ws": fake.ws, "kraken-full:l3": fake.ws + "?l3", "kraken-full:rest": http}
        feed = LiveFeed(
            {"kraken-full": [SYM]},
            stop,
            urls=urls,
            keys=Keys(kraken=KEY),
            record=tmp_path,
            quarantine=quarantine,
            timing=FAST,
        )
        guard = threading.Timer(60.0, stop.set)
        guard.start()
        for batch in feed.batches(100_000_000):
            for table, made in batch.tables.items():
                tables.setdefault(table, []).append(made)
            if feed.counters.checksums == 4:
                stop.set()
        guard.cancel()
    assert fake.errors == []
    assert (feed.counters.checksums, feed.counters.mismatches, feed.counters.refused) == (4, 1, 1)
    assert [one[:2] for one in _Rest.asked] == [("/0/private/GetWebSocketsToken", "thekey")] * 3
    live = {table: join(some) for table, some in tables.items()}
    assert book_of(live["depth"]) == {("buy", 9.0): 2.0, ("buy", 8.0): 3.0, ("sell", 10.0): 4.0}
    assert same(live, again(tmp_path)[0])
    assert feed.recorder is not None
    kept = b"".join(one.data for one in read_frames(feed.recorder.files, pytest.fail))
    assert b'"token": "(not recorded)"' in kept
    for secret in (b"VERYSECRET", b"c2VjcmV0", b"thekey"):
        assert secret not in kept and secret not in (tmp_path / "quarantine").read_bytes()


def test_an_answer_that_cannot_be_read_is_kept_without_its_token(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "q")
    torn = b'{"error":[],"result":{"token":"VERYSEC'
    frames = [frame(0, instrument()), frame(1, torn, REST, "token")]
    _, feed, _ = run(KrakenFull([SYM], key=KEY), frames, quarantine)
    assert feed.counters.undecodable == 1
    assert "VERYSEC" not in (tmp_path / "q").read_text() and "not recorded" in (tmp_path / "q").read_text()


__all__ = ["play", "snapshot", "update"]
