"""The API over HTTP on a real plant: what is answered, to whom, and what is refused."""

from __future__ import annotations

import io
import re
from typing import Any

import pyarrow as pa
import pytest

from api.conftest import Served, at
from slipstream.alerts.desk import Desk
from slipstream.api.auth import SCOPES
from slipstream.errors import AlertError, Timeout, Unreachable

DAY = "from=2024-01-02"
ARROW = "application/vnd.apache.arrow.stream"

# every endpoint, with what it needs to be answered
ENDPOINTS = [
    ("GET", "/parents", "read:tca"),
    ("GET", "/parents/P1/scorecard", "read:tca"),
    ("GET", "/parents/P1/fills", "read:orders"),
    ("GET", "/parents/P1/children", "read:orders"),
    ("GET", "/parents/P1/timeline", "read:tca"),
    ("GET", "/parents/P1/drift", "read:tca"),
    ("GET", "/breakdown?by=venue", "read:tca"),
    ("GET", "/reports/2024-01-02", "read:tca"),
    ("GET", "/alerts", "read:tca"),
    ("POST", "/alerts/0123456789abcdef/ack", "ack:alerts"),
    ("GET", "/metrics", "read:tca"),
    ("GET", "/thresholds", "read:tca"),
    ("PUT", "/thresholds", "write:thresholds"),
    ("DELETE", "/thresholds", "write:thresholds"),
    ("GET", "/health", "read:tca"),
    ("POST", "/actions", "act:switch"),
    ("GET", "/actions", "read:tca"),
    ("GET", "/actions/0123456789abcdef01234567", "read:tca"),
    ("PUT", "/kill", "admin"),
    ("GET", "/audit", "admin"),
    ("GET", "/prometheus", "read:metrics"),
]


def test_every_endpoint_is_in_the_list(served: Served) -> None:
    """What the document has, with the scope that it says, so that none is left out of the test below."""
    document = served.http.get("/v1/openapi.json").json()
    known = {
        (method.upper(), path, *(scope for way in operation.get("security", []) for scope in way.get("oauth2", [])))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    listed = {(m, p.partition("?")[0].replace("P1", "{parent}").replace("2024-01-02", "{date}").replace("0123456789abcdef01234567", "{action}").replace("0123456789abcdef", "{alert}"), s) for m, p, s in ENDPOINTS}  # fmt: skip
    assert known - {("POST", "/oauth/token"), ("GET", "/jwks.json")} == listed


def lacking(served: Served, scope: str) -> tuple[str, str]:
    """A client that has every scope but one, and its key."""
    store, name = served.api.services.auth.store, f"without-{scope.replace(':', '-')}"
    if name not in {account.name for account in store.accounts()}:
        store.add_client(name, "service", [each for each in SCOPES if each != scope])
        store.allow(name, "all", "")
        served.keys[name] = store.add_key(name)[1]
    return name, served.keys[name]


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS, ids=[f"{m} {p}" for m, p, _ in ENDPOINTS])
def test_without_with_wrong_and_with_too_little(served: Served, method: str, path: str, scope: str) -> None:
    """401 and 403, a problem document, and an audit row of each; a body that is nonsense is not even looked at."""
    poor = served.keys["poor"]
    almost, key = lacking(served, scope)
    cases: list[tuple[dict[str, str], int, str]] = [
        ({}, 401, ""),
        ({"Authorization": "Bearer wrong"}, 401, ""),
        ({"Authorization": "Basic b3BzOm9wcw=="}, 401, ""),
        ({"X-API-Key": poor[:-1] + "x"}, 401, ""),
        ({"Authorization": f"Bearer {poor}"}, 403, "poor"),
        ({"X-API-Key": key}, 403, almost),
    ]
    served.api.services.auth.store.rows("select 1")
    for headers, status, who in cases:
        before = served.audited()[-1].id if served.audited() else 0
        _forgive(served)
        answer = served.http.request(
            method, f"/v1{path}", headers=headers, content=b"{nonsense" if status == 401 else b"{}"
        )
        if status == 403 and method == "POST" and "actions" in path:
            answer = served.http.post("/v1/actions", headers={**headers, "Idempotency-Key": "12345678"}, json={})
        assert answer.status_code == status, (path, headers, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        rows = [row for row in served.audited() if row.id > before]
        assert [(r.principal, r.method, r.path.partition("?")[0], r.status) for r in rows][-1] == (
            who,
            method,
            path.partition("?")[0],
            status,
        )
        assert rows[-1].request == answer.headers["x-request-id"]
        for secret in served.keys.values():
            assert secret not in str(rows)


def _forgive(served: Served) -> None:
    """Refused credentials slow their address down; here all callers have one."""
    guard = served.http.app.router.routes[0].app.middleware_stack  # type: ignore[attr-defined]
    while guard is not None and not hasattr(guard, "_refusals"):
        guard = getattr(guard, "app", None) or getattr(guard, "_app", None)
    if guard is not None:
        guard._refusals._buckets.clear()


@pytest.mark.parametrize(
    ("path", "mine", "theirs"),
    [
        (f"/parents?{DAY}", "P1", "P2"),
        ("/reports/2024-01-02", "P1", "P2"),
        ("/alerts", "P1", "P2"),
        (f"/parents/P1/fills?{DAY}", "F1", "F2"),
        (f"/parents/P1/children?{DAY}", "C1", "C2"),
        (f"/parents/P1/timeline?{DAY}", "amber", "777"),
        (f"/parents/P1/scorecard?{DAY}", "slippage_bps", "777"),
        (f"/parents/P1/drift?{DAY}", "fill", "777"),
        (f"/breakdown?by=trader&{DAY}", "T1", "T2"),
    ],
)  # fmt: skip
def test_rows_of_others_are_not_seen(served: Served, path: str, mine: str, theirs: str) -> None:
    answer = served.get("ann", path)
    assert answer.status_code == 200, answer.text
    assert mine in answer.text and theirs not in answer.text and "777.25" not in answer.text
    assert served.get("ops", path).status_code == 200
    if "/P1/" in path:
        assert served.get("bob", path).status_code == 404
        assert served.get("bob", path).json()["detail"] == served.get("bob", path.replace("P1", "P0")).json()["detail"]
    else:
        assert theirs in served.get("bob", path).text
        assert theirs not in served.get("none", path).text


def test_a_scorecard_says_unit_sign_interval_and_why_something_is_missing(served: Served) -> None:
    found = served.get("ann", f"/parents/P1/scorecard?{DAY}&asof=2024-01-02T14:30:26").json()
    assert (found["cost_lamp"], found["asof"]) == ("amber", "2024-01-02T14:30:25.000000000Z")
    values = {value["name"]: value for value in found["values"]}
    assert values["slippage_bps"] == {"name": "slippage_bps", "value": 1.5, "unit": "bps", "sign": "+ cost", "ci_lo": 1.1, "ci_hi": 1.9, "n": 1,
                                      "asof": found["asof"], "rev": 2, "flags": []}  # fmt: skip
    assert (values["is_bps"]["value"], values["is_bps"]["flags"]) == (None, ["pending"])
    earlier = served.get("ann", f"/parents/P1/scorecard?{DAY}&asof=2024-01-02T14:30:21Z").json()
    assert (earlier["cost_lamp"], earlier["asof"]) == ("green", "2024-01-02T14:30:20.000000000Z")


def test_before_there_are_scores_a_scorecard_has_what_fills_say(served: Served, plant: Any) -> None:
    """P3 buys 100 at 100.05 with the mid at 100.04: 0.01 over 100.04 is 0.9996 bps."""
    plant.publish(
        "orders",
        time=at(31),
        sym=["X"],
        id=["P3"],
        parent=[""],
        event=["new"],
        side=["buy"],
        qty=[200.0],
        trader=["T3"],
        account=["A3"],
    )
    plant.publish(
        "fills",
        time=at(32),
        sym=["X"],
        execid=["F3"],
        kind=["new"],
        order=["P3"],
        parent=["P3"],
        side=["buy"],
        qty=[100.0],
        price=[100.05],
    )
    found = served.get("ops", f"/parents/P3/scorecard?{DAY}").json()
    values = {value["name"]: value for value in found["values"]}
    assert values["slippage_bps"]["value"] == pytest.approx(0.9996, abs=1e-4)
    assert (values["slippage_bps"]["unit"], values["done"]["value"], found["cost_lamp"]) == ("bps", 0.5, None)


def test_arrow_and_json_say_the_same(served: Served) -> None:
    path = f"/parents/P1/fills?{DAY}"
    answer = served.get("ann", path, headers={"Accept": ARROW})
    assert answer.headers["content-type"] == ARROW
    table = pa.ipc.open_stream(io.BytesIO(answer.content)).read_all()
    assert (
        table.column("price").to_pylist()
        == [row["price"] for row in served.get("ann", path).json()["items"]]
        == [100.025]
    )
    assert served.get("ann", path, headers={"Accept": "text/html"}).status_code == 406


def test_parts_follow_one_another(served: Served) -> None:
    first = served.get("ops", f"/parents?{DAY}&limit=1").json()
    second = served.get("ops", f"/parents?{DAY}&limit=1&cursor={first['next']}").json()
    assert [row["parent"] for row in first["items"] + second["items"]] == ["P1", "P2"]
    mine = served.get("ann", f"/parents?{DAY}&limit=1").json()
    assert (len(mine["items"]), mine["next"]) == (1, None)
    assert served.get("ops", f"/parents?{DAY}&cursor=nonsense").status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "from=x",
        "from=2024-01-03&to=2024-01-02",
        "from=9999-12-31",
        "asof=never",
        "limit=0",
        "limit=x",
        "asof=0001-01-01T00:00:00%2B14:00",
    ],
)
def test_what_makes_no_sense_is_a_problem(served: Served, query: str) -> None:
    answer = served.get("ops", f"/parents?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_an_access_token_is_had_for_credentials(served: Served, plant: Any) -> None:
    _, secret = plant.store.add_client("tok", "quant")
    form = {"grant_type": "client_credentials", "scope": "read:tca"}
    made = served.http.post("/v1/oauth/token", data=form, auth=("tok", secret))
    assert (made.status_code, made.json()["scope"], made.headers["cache-control"]) == (200, "read:tca", "no-store")
    bearer = {"Authorization": f"Bearer {made.json()['access_token']}"}
    assert served.http.get(f"/v1/parents?{DAY}", headers=bearer).json()["items"] == []
    assert served.http.get(f"/v1/parents/P1/fills?{DAY}", headers=bearer).status_code == 403
    for wrong, status in (({"auth": ("tok", "x")}, 401), ({"auth": ("nobody", secret)}, 401)):
        _forgive(served)
        assert served.http.post("/v1/oauth/token", data=form, **wrong).status_code == status
        assert served.audited()[-1].path == "/oauth/token"
    assert (
        served.http.post("/v1/oauth/token", data={**form, "scope": "admin"}, auth=("tok", secret)).json()["error"]
        == "invalid_scope"
    )
    assert served.http.post("/v1/oauth/token", data={"grant_type": "password"}).status_code == 422


def test_alerts_are_acknowledged_by_who_sees_them(served: Served) -> None:
    mine = served.get("ann", "/alerts?state=open").json()["items"]
    theirs = served.get("bob", "/alerts").json()["items"]
    assert [row["parent"] for row in mine] == ["P1"]
    assert served.post("ann", f"/alerts/{theirs[0]['id']}/ack", json={}).status_code == 404
    refused = served.audited()[-1]
    assert (refused.status, refused.detail.startswith(f"alert {theirs[0]['id']} ack: ")) == (404, True)
    assert served.post("none", f"/alerts/{mine[0]['id']}/ack", json={}).status_code == 403
    assert served.post("ann", f"/alerts/{mine[0]['id']}/ack", json={"action": "note", "note": ""}).status_code == 422
    done = served.post("ann", f"/alerts/{mine[0]['id']}/ack", json={"action": "ack", "note": "seen"})
    assert (done.status_code, done.json()["state"], done.json()["who"]) == (200, "acked", "ann")
    assert served.get("ann", "/alerts?state=open").json()["items"] == []
    assert served.audited()[-1].detail == f"alert {mine[0]['id']} ack"


def test_health_and_what_prometheus_reads(served: Served) -> None:
    found = served.get("ann", "/health").json()
    tables = {t["table"] for t in found["tables"]}
    assert found["status"] == "live" and {"quote", "trade"} <= tables and not {"orders", "fills", "fixraw"} & tables
    text = served.http.get("/metrics", headers=served.key("ops")).text
    assert 'slipstream_process_up{process="gateway"} 1.0' in text
    assert 'slipstream_process_up{process="wdb"} 0.0' in text
    assert re.search(r'slipstream_table_rows\{table="fills"\} [23]\.0', text)
    assert 'slipstream_api_requests_total{method="GET",route="/health",status="200"}' in text
    assert served.http.get("/metrics").status_code == 401


def test_a_body_that_is_too_large_is_refused(served: Served) -> None:
    big = {"parent": "P1", "to": "passive", "reason": "x", "evidence": {"x": "y" * 70_000}}
    answer = served.post("ann", "/actions", json=big, headers={"Idempotency-Key": "too-large-1"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "evidence",
    ['{"a": "\\ud800"}', '{"\\ud800": 1}', '{"a": NaN}', '{"a": [-Infinity]}', '{"a":' * 300 + "1" + "}" * 300, '{"a":' * 9000 + "1" + "}" * 9000],
    ids=["half a character", "half a character in a name", "NaN", "infinite", "deep", "too deep to read"],
)  # fmt: skip
def test_evidence_that_could_not_be_told_again_is_refused(served: Served, evidence: str) -> None:
    asked = '{"parent": "P1", "mode": "notify", "to": "passive", "reason": "x", "evidence": ' + evidence + "}"
    headers = {"Idempotency-Key": "odd-evidence", "Content-Type": "application/json"}
    answer = served.post("ann", "/actions", content=asked, headers=headers)
    assert (answer.status_code in (400, 422), answer.headers["content-type"]) == (True, "application/problem+json")
    assert served.get("ann", "/actions").status_code == 200


def test_what_was_not_valid_is_told_whatever_it_was(served: Served) -> None:
    answer = served.http.put(
        "/v1/kill",
        content='{"killed": false, "\\ud800": 1}',
        headers={**served.key("ops"), "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_thresholds_are_versions(served: Served) -> None:
    """A new one only in place of the one that its author has seen."""
    before = served.get("ann", "/thresholds")
    assert (before.headers["etag"], before.json()["limits"]["z"]) == ('"0"', {"amber": 1.0, "red": 2.0})
    limits = {**before.json()["limits"], "z": {"amber": 1.5, "red": 3.0}}

    def put(who: str, body: Any, **headers: str) -> Any:
        return served.http.put("/v1/thresholds", json=body, headers={**served.key(who), **headers})

    assert put("ann", limits, **{"If-Match": '"0"'}).status_code == 403
    assert put("boss", limits).status_code == 428
    assert put("boss", {**limits, "z": {"amber": 2.0, "red": 1.0}}, **{"If-Match": '"0"'}).status_code == 422
    made = put("boss", limits, **{"If-Match": '"0"'})
    assert (made.status_code, made.json()["number"], made.json()["who"], made.json()["limits"]["z"]["red"]) == (
        200,
        1,
        "boss",
        3.0,
    )
    assert put("boss", limits, **{"If-Match": '"0"'}).status_code == 412
    assert made.json()["others"] == []
    gone = served.http.delete(
        "/v1/thresholds", params={"scope": "all"}, headers={**served.key("boss"), "If-Match": '"1"'}
    )
    assert gone.status_code == 422
    assert [(row.detail, row.status) for row in served.audited()[-2:]] == [
        ("thresholds version 1", 200),
        ("thresholds of all: expected all, got all", 422),
    ]


def test_asof_is_of_what_was_known_then(served: Served) -> None:
    """P1 arrives at 14:30:00, is filled at 14:30:11, and its markout is there at 14:30:20."""

    def at_second(second: int, path: str) -> list[dict[str, Any]]:
        mark = "&" if "?" in path else "?"
        answer = served.get("ann", f"{path}{mark}{DAY}&asof=2024-01-02T14:30:{second:02}")
        assert answer.json()["asof"] == f"2024-01-02T14:30:{second:02}.000000000Z"
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    def filled(second: int) -> list[tuple[float, float | None]]:
        return [(row["filled"], row["avgpx"]) for row in at_second(second, "/parents") if row["parent"] == "P1"]

    assert (filled(10), filled(11)) == ([(0.0, None)], [(100.0, 100.025)])
    assert served.get("ann", f"/parents?{DAY}&asof=2024-01-02T14:29:59").json()["items"] == []
    assert [row["n"] for row in at_second(10, "/breakdown?by=venue")] == []
    assert [row["n"] for row in at_second(11, "/breakdown?by=venue")] == [1]
    assert at_second(19, "/parents/P1/drift") == []
    assert [row["n"] for row in at_second(20, "/parents/P1/drift")] == [1]


def test_what_was_done_and_could_not_be_told_is_in_the_audit(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in the plant's log, and only then does the gateway not answer."""
    mine = served.get("bob", "/alerts").json()["items"][0]["id"]
    for error, status in (
        (AlertError(f"alert {mine}: what was done is logged, but cannot be seen"), 422),
        (Timeout("gateway: no answer after 60 s"), 504),
        (Unreachable("gateway: the connection broke"), 503),
    ):
        monkeypatch.setattr(Desk, "_once_seen", _raises(error))
        answer = served.post("bob", f"/alerts/{mine}/ack", json={"action": "note", "note": "seen"})
        assert answer.status_code == status
        row = served.audited()[-1]
        assert (row.principal, row.status, row.detail) == ("bob", status, f"alert {mine} note: {error}")


def test_a_change_that_failed_is_in_the_audit(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real-time engine may have taken the thresholds."""
    desk = served.api.services.thresholds
    assert desk is not None
    limits = {name: dict(zip(("amber", "red"), pair, strict=True)) for name, pair in desk.limits().limits.items()}
    monkeypatch.setattr(desk, "set_limits", _raises(Timeout("rte: no answer after 10 s")))
    headers = {**served.key("boss"), "If-Match": f'"{desk.limits().number}"'}
    assert served.http.put("/v1/thresholds", json=limits, headers=headers).status_code == 504
    row = served.audited()[-1]
    assert (row.principal, row.status, row.detail) == ("boss", 504, "thresholds: rte: no answer after 10 s")


def _raises(error: Exception) -> Any:
    def raises(*_: Any, **__: Any) -> None:
        raise error

    return raises
