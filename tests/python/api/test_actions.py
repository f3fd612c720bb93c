"""Actions: on disk before they are acknowledged, once for each key, refused when they must be, and followed to the replace that they led to."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.conftest import Plant, Served, at
from slipstream.api.store import Store
from slipstream.errors import FixError
from slipstream.fix.algos import Tactic
from slipstream.market.requests import Requests, answers, ask

KEYS = (f"test-key-{i}" for i in itertools.count())


@pytest.fixture(autouse=True)
def afresh(served: Served) -> Iterator[None]:
    """No action has been taken, the EMS is up, the switch off."""
    actions = served.api.services.actions
    with served.api.services.store.transaction() as db:
        db.execute("delete from actions")
    actions.kill(False)
    served.ems.asked.clear()
    served.ems.said.clear()
    served.ems.down = False
    actions._allowed, actions._stale_s, actions._cooldown_s = "auto", 1e6, 600.0
    yield
    actions._now = time.time


def post(served: Served, who: str = "ann", key: str | None = None, **body: Any) -> Any:
    asked = {"parent": "P1", "to": "passive", "reason": "leaks", **body}
    return served.post(who, "/actions", json=asked, headers={"Idempotency-Key": key or next(KEYS)})


def state(served: Served, found: Any) -> str:
    return str(served.get("ann", f"/actions/{found.json()['id']}").json()["state"])


def test_a_proposal_goes_to_the_ems_and_its_replace_is_found(served: Served, plant: Plant) -> None:
    made = post(served, parameters={"clip": 700.0}, evidence={"leak_t": 4.1}, rule_version="v3")
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["state"], body["mode"], body["principal"], body["from_algo"]) == ("proposed", "propose", "ann", "pov")
    assert body["evidence"]["leak_t"] == 4.1 and body["evidence"]["lamps"]["cost_lamp"] in ("amber", "green")
    assert served.ems.asked == {body["id"]: ("P1", "passive", {"clip": 700.0})}
    assert served.audited()[-1].detail == f"action {body['id']} on P1 to passive: proposed"
    actions = served.api.services.actions
    actions.advance()
    assert state(served, made) == "proposed"
    served.ems.said[body["id"]] = (True, "")
    actions.advance()
    assert state(served, made) == "accepted"
    plant.publish(
        "orders", time=at(40, 41), sym=["X"] * 2, id=["P1"] * 2, event=["replace"] * 2, algo=["vwap", "passive"], clordid=["P1~1", "P1~2"],
        side=["buy"] * 2, qty=[1000.0] * 2, trader=["T1"] * 2, account=["A1"] * 2,
    )  # fmt: skip
    actions.advance()
    found = served.get("ann", f"/actions/{body['id']}").json()
    assert (found["state"], found["matched"], found["matched_order"]) == (
        "matched",
        "2024-01-02T14:30:41.000000000Z",
        "P1~2",
    )
    assert served.get("bob", f"/actions/{body['id']}").status_code == 404
    assert served.get("bob", "/actions").json() == {"items": []}


def test_the_same_key_is_the_same_action(served: Served) -> None:
    first = post(served, key="same-key-1")
    again = post(served, key="same-key-1")
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    assert len(served.ems.asked) == 1
    assert post(served, key="same-key-1", to="vwap").status_code == 409
    other = post(served, who="boss", key="same-key-1", mode="notify")  # keys are each principal's own
    assert other.json()["id"] != first.json()["id"]
    assert served.post("ann", "/actions", json={"parent": "P1", "to": "vwap", "reason": "x"}).status_code == 422


def test_what_is_refused_and_why(served: Served) -> None:
    actions = served.api.services.actions
    assert post(served, parent="P2").status_code == 404  # bob's
    assert post(served, parent="P0").json()["detail"] == post(served, parent="P2").json()["detail"]
    auto = post(served, mode="auto")
    assert (auto.status_code, "LEAK red" in auto.json()["detail"]) == (409, True)
    actions._allowed = "notify"
    assert post(served).status_code == 403
    actions._allowed = "auto"
    actions._stale_s = -1.0
    assert "stood still" in post(served).json()["detail"]
    actions._stale_s = 1e6
    assert served.http.put("/v1/kill", json={"killed": True}, headers=served.key("ops")).json() == {"killed": True}
    assert "kill switch" in post(served).json()["detail"]
    assert post(served, mode="notify").json()["state"] == "notified"
    served.http.put("/v1/kill", json={"killed": False}, headers=served.key("ops"))
    assert served.ems.asked == {}
    assert post(served).status_code == 201
    cooling = post(served)
    assert (cooling.status_code, 500 < int(cooling.headers["retry-after"]) <= 601) == (409, True)
    assert post(served, parent="P2", who="bob").status_code == 201  # another parent's time is its own


def test_auto_when_leak_is_red_and_data_green(served: Served, plant: Plant) -> None:
    plant.publish(
        "score",
        time=at(500),
        sym=["X"],
        parent=["P2"],
        leak_lamp=["red"],
        data_lamp=["green"],
        cost_lamp=["red"],
        rev=[1],
    )
    made = post(served, who="bob", parent="P2", mode="auto")
    assert (made.status_code, made.json()["evidence"]["lamps"]["leak_lamp"]) == (201, "red")


def test_it_is_too_late(served: Served) -> None:
    made = post(served, expires_s=60)
    actions = served.api.services.actions
    actions._now = lambda: time.time() + 61
    actions.advance()
    assert state(served, made) == "expired"


def test_the_ems_refuses_or_is_not_there(served: Served) -> None:
    made = post(served)
    served.ems.said[made.json()["id"]] = (False, "being switched already")
    served.api.services.actions.advance()
    found = served.get("ann", f"/actions/{made.json()['id']}").json()
    assert (found["state"], found["why"]) == ("rejected", "being switched already")
    served.ems.down = True
    again = post(served)  # what was rejected does not cool down
    assert (again.status_code, again.json()["state"], again.json()["why"]) == (201, "rejected", "no session runs")


def test_what_was_kept_and_not_sent_is_sent_by_the_next_process(served: Served) -> None:
    """The process died between keeping an action and putting it to the EMS."""
    made = post(served)
    name = made.json()["id"]
    store: Store = served.api.services.store
    body = json.loads(store.rows("select body from actions where id=?", (name,))[0][0])
    with store.transaction() as db:
        db.execute(
            "update actions set state='pending', body=? where id=?", (json.dumps({**body, "state": "pending"}), name)
        )
    served.ems.asked.clear()
    served.api.services.actions.advance()
    assert list(served.ems.asked) == [name] and state(served, made) == "proposed"


def test_the_simulated_ems_answers_by_name(tmp_path: Path) -> None:
    """Once for each name, whether it took it and why not; a session that comes anew answers the same."""
    done: list[str] = []

    def switch(parent: str, tactic: Tactic) -> None:
        if parent == "P9":
            raise FixError("no parent P9 at work")
        done.append(f"{parent} {tactic.algo}")

    requests = Requests(tmp_path, switch)
    ask(tmp_path, "P1", Tactic("passive"), name="a")
    ask(tmp_path, "P1", Tactic("passive"), name="a")
    ask(tmp_path, "P9", Tactic("passive"), name="b")
    ask(tmp_path, "P1", Tactic("vwap"), name="c", expires=time.time() - 1)
    ask(tmp_path, "P1", Tactic("twap"))
    requests.take(5, behind=False)
    requests.close()
    assert done == ["P1 passive", "P1 twap"]
    assert answers(tmp_path) == {
        "a": (True, ""),
        "b": (False, "no parent P9 at work"),
        "c": (False, "it came too late"),
    }
    done.clear()
    again = Requests(tmp_path, switch)
    again.take(5, behind=True)
    again.close()
    assert done == ["P1 passive", "P1 twap"]
    assert len(answers(tmp_path)) == 3
