"""Actions: on disk before they are acknowledged, once for each key, refused when they must be, and followed to the replace that they led to."""

from __future__ import annotations

import itertools
import json
import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.conftest import Plant, Served, at
from slipstream.api.app import build
from slipstream.api.auto import Auto
from slipstream.api.store import Store
from slipstream.config import Auto as Settings
from slipstream.config import load_config
from slipstream.errors import AuthError, ConfigError, FixError
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
    actions._allowed, actions._stale_s, actions._cooldown_s = "auto", math.inf, 600.0
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


def test_what_is_refused_and_why(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    actions = served.api.services.actions
    assert post(served, parent="P2").status_code == 404  # bob's
    assert post(served, parent="P0").json()["detail"] == post(served, parent="P2").json()["detail"]
    auto = post(served, mode="auto")
    assert (auto.status_code, "LEAK red" in auto.json()["detail"]) == (409, True)
    actions._allowed = "notify"
    assert post(served).status_code == 403
    actions._allowed = "auto"
    actions._stale_s = 5.0
    for still, said in ((math.inf, "have not advanced since"), (5.1, "have stood still for 5.1 s")):
        monkeypatch.setattr(actions, "_still_s", lambda still=still: still)
        assert said in post(served).json()["detail"]
    monkeypatch.setattr(actions, "_still_s", lambda: 4.9)
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


def test_the_kill_switch_waits_for_what_is_on_its_way_to_the_ems(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is on nothing more comes to the EMS, and what had come is not said to be withdrawn."""
    actions = served.api.services.actions
    kept = served.ems.propose
    killing = threading.Thread(target=actions.kill, args=(True,))
    order: list[str] = []

    def propose(*args: Any, **options: Any) -> None:
        killing.start()
        while not actions.killed and killing.is_alive():
            time.sleep(0.001)
        killing.join(0.2)  # it would be long done if it did not wait
        order.append("turned before" if not killing.is_alive() else "turned after")
        kept(*args, **options)

    monkeypatch.setattr(served.ems, "propose", propose)
    made = post(served)
    killing.join(60)
    assert order == ["turned after"]
    assert (made.json()["state"], state(served, made)) == ("proposed", "proposed")
    assert list(served.ems.asked) == [made.json()["id"]]


def test_what_was_withdrawn_meanwhile_is_not_put_to_the_ems(served: Served) -> None:
    """The worker's, or another process's, list of what is pending was made before the switch was turned on and off again."""
    actions = served.api.services.actions
    made = post(served)
    name = made.json()["id"]
    before = {**(actions.get(name) or {}), "state": "pending"}
    with served.api.services.store.transaction() as db:
        db.execute("update actions set state='pending', body=? where id=?", (json.dumps(before), name))
    served.ems.asked.clear()
    actions.kill(True)
    actions.kill(False)
    actions._send(before)
    assert (served.ems.asked, state(served, made)) == ({}, "withdrawn")


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


class Alarm:
    """A red alert and a scorecard, as the real-time engine sends them; seconds after the start are the plant's."""

    def __init__(self, served: Served, plant: Plant, parent: str) -> None:
        self.served, self.plant, self.parent = served, plant, parent
        services = served.api.services
        settings = Settings(to="passive", parameters={"clip": 700.0}, within_s=60.0)
        self.auto = Auto(settings, services.actions, services.hub, services.gateway, services.store, version=services.rule_version)  # fmt: skip

    def raised(self, second: float, lamp: str = "LEAK", level: str = "red") -> None:
        self.plant.publish(
            "alert", time=at(second), sym=["X"], parent=[self.parent], lamp=[lamp], level=[level], figure=[0.4], threshold=[0.25], why=["it leaks"],
        )  # fmt: skip
        self._until(lambda: any(str(e.row["time"]) == f"{at(second)[0]}Z" for e in self._alerts()))

    def scored(self, second: float, leak: str, data: str) -> None:
        self.plant.publish(
            "score", time=at(second), sym=["X"], parent=[self.parent], leak_lamp=[leak], data_lamp=[data], cost_lamp=["red"], leak_t=[4.5], rev=[1],
        )  # fmt: skip
        self._until(lambda: (self.served.api.services.hub.last(self.parent) or {}).get("time") == f"{at(second)[0]}Z")

    def _alerts(self) -> list[Any]:
        return [e for e in self.served.api.services.hub.snapshot(("alert",))[2] if e.row["parent"] == self.parent]

    @staticmethod
    def _until(true: Any) -> None:
        deadline = time.monotonic() + 180
        while not true():
            assert time.monotonic() < deadline, "it did not come over the stream"
            time.sleep(0.01)

    def actions(self) -> list[dict[str, Any]]:
        return [a for a in self.served.get("ops", "/actions").json()["items"] if a["parent"] == self.parent]

    def step(self) -> None:
        self.auto._again.clear()
        self.auto.step()


def test_a_red_alert_is_acted_on_once_leak_is_red_and_data_green(served: Served, plant: Plant) -> None:
    plant.publish("orders", time=at(900), sym=["X"], id=["P7"], parent=[""], event=["new"], side=["buy"], qty=[1e3], algo=["pov"], trader=["T1"], account=["A1"])  # fmt: skip
    alarm = Alarm(served, plant, "P7")
    alarm.scored(1000, "amber", "green")
    alarm.raised(1001, level="amber")
    alarm.raised(1002)
    alarm.raised(1003, lamp="DATA")
    alarm.step()
    assert alarm.actions() == [], "LEAK is not red yet"
    alarm.scored(1004, "red", "amber")
    alarm.step()
    assert alarm.actions() == [], "DATA is not green"
    alarm.scored(1005, "red", "green")
    served.api.services.actions.kill(True)
    alarm.step()
    assert alarm.actions() == [] and served.ems.asked == {}
    assert served.audited()[-1].detail.endswith("no action on P7: the kill switch is on")
    served.api.services.actions.kill(False)
    alarm.step()
    (made,) = alarm.actions()
    assert served.ems.asked == {made["id"]: ("P7", "passive", {"clip": 700.0})}
    assert (made["principal"], made["mode"], made["state"], made["reason"], made["rule_version"]) == (
        "auto rule", "auto", "proposed", "red LEAK: it leaks", f"thresholds {served.api.services.thresholds.limits().number}",
    )  # fmt: skip
    assert made["evidence"]["alert"]["threshold"] == 0.25 and made["evidence"]["score"]["leak_t"] == 4.5
    assert made["evidence"]["lamps"] == {"cost_lamp": "red", "leak_lamp": "red", "data_lamp": "green"}
    assert served.audited()[-1].detail.endswith(f"action {made['id']} on P7 to passive: proposed")
    for auto in (alarm, Alarm(served, plant, "P7")):  # again, and by a server that comes anew
        auto.step()
        assert len(auto.actions()) == 1
    alarm.raised(1010, lamp="COST")
    alarm.step()
    assert len(alarm.actions()) == 1, "it cools down"


def test_what_is_acknowledged_or_old_is_not_acted_on(served: Served, plant: Plant) -> None:
    plant.publish("orders", time=at(1900), sym=["X"], id=["P8"], parent=[""], event=["new"], side=["buy"], qty=[1e3], algo=["pov"], trader=["T1"], account=["A1"])  # fmt: skip
    alarm = Alarm(served, plant, "P8")
    alarm.raised(2000)
    found = [a["id"] for a in served.get("ops", "/alerts").json()["items"] if a["parent"] == "P8"]
    assert served.post("ann", f"/alerts/{found[0]}/ack", json={"action": "ack"}).status_code == 200
    alarm.scored(2001, "red", "green")
    alarm.step()
    assert alarm.actions() == []
    alarm.raised(2010, lamp="COST")
    alarm.scored(2071, "red", "green")
    alarm.step()
    assert alarm.actions() == [], "61 s is too old"
    alarm.raised(2080)
    alarm.scored(2081, "red", "green")
    alarm.step()
    assert len(alarm.actions()) == 1
    assert served.api.services.store.rows("select 1 from principals where name='auto rule'") == []
    with pytest.raises(AuthError):
        served.api.services.store.add_client("auto rule", "ems")


def test_auto_is_configured_with_the_mode(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"api\.actions: auto"):
        load_config(overrides={"api.auto.to": "passive"})
    with pytest.raises(ConfigError, match="clip, patience_s"):
        load_config(overrides={"api.actions": "auto", "api.auto.parameters": {"clips": 1}})
    made = load_config(overrides={"api.actions": "auto", "api.auto.to": "passive", "var": str(tmp_path)})
    api = build(made)
    assert api.services.auto is not None
    api.stop()
    plain = build(load_config(overrides={"api.actions": "auto", "var": str(tmp_path)}))
    assert plain.services.auto is None
    plain.stop()
