"""
Actions on parents: kept, and, if it is a proposal, put to the EMS, which takes it or not. No order is ever sent from here.

An action is on disk before the EMS hears of it and before it is acknowledged; the same Idempotency-Key gives the same action. What the EMS says,
that it was too late, and the replace (35=G) that came of it are noted by `advance`, which a thread calls.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from slipstream.api.answer import iso
from slipstream.api.metrics import Metrics
from slipstream.api.models import ActionAsked, Algo
from slipstream.api.plant import Gateway
from slipstream.api.problems import Problem
from slipstream.api.store import Store
from slipstream.api.worker import Worker, repeating
from slipstream.errors import FixError

log = logging.getLogger(__name__)

MODES = ("notify", "propose", "auto")
LIVE = ("pending", "proposed", "accepted")
EVIDENCE_BYTES = 16_384
_EVERY_S = 0.25
_MATCH_S = 3600.0
_SENDING = "sending"


class Ems(Protocol):
    """The EMS, as far as proposals go."""

    def propose(self, name: str, parent: str, algo: Algo, parameters: Mapping[str, float], *, expires: float) -> None:
        """
        Put a switch to it; the same name again is the same proposal. It must not take it after `expires` (seconds since 1970).
        Soon done: turning the kill switch on is answered after it.

        Raises FixError when there is no EMS.
        """

    def answers(self) -> Mapping[str, tuple[bool, str]]:
        """What it has said so far: by name, whether it took the proposal, and why not."""


class Actions:
    """
    Args:
        store: keeps them.
        gateway: the plant.
        ems: None where there is none; proposals are then refused.
        metrics: counts what becomes of them.
        allowed: what may be done at most: notify, propose or auto.
        cooldown_s: seconds between two actions on a parent.
        stale_s: data that stand still for longer are too old to act on.
        still_s: seconds since the plant's clock advanced, infinite while nobody knows.
        now: seconds since 1970.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        ems: Ems | None,
        metrics: Metrics,
        *,
        allowed: str,
        cooldown_s: float,
        stale_s: float,
        still_s: Callable[[], float],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._gateway, self._ems, self._metrics = store, gateway, ems, metrics
        self._allowed, self._cooldown_s, self._stale_s = allowed, cooldown_s, stale_s
        self._still_s, self._now = still_s, now
        self._asking = threading.Lock()
        self._worker = Worker("api-actions", repeating(self.advance, _EVERY_S, partial(log.warning, "actions: %s")))

    @property
    def killed(self) -> bool:
        """Whether the kill switch is on."""
        return self._store.rows("select value from switches where name='kill'") == [("on",)]

    def kill(self, on: bool) -> None:
        """
        Turn the kill switch on, which also withdraws what the EMS has not heard of, or off. When this returns, nothing is on its way to the EMS any more.
        """
        with self._store.transaction() as db:
            db.execute("insert or replace into switches values('kill', ?)", ("on" if on else "off",))
        if on:
            with self._store.alone(_SENDING):
                for action in self._in("pending"):
                    self._change(action, "withdrawn", why="the kill switch was turned on")

    def ask(
        self, principal: str, key: str, asked: ActionAsked, *, rows: str | None = ""
    ) -> tuple[dict[str, Any], bool]:
        """
        An action, and whether it is new. Raises Problem.

        Args:
            principal: who asks.
            key: the same again is the same action.
            asked: what for.
            rows: the principal whose rows it may be about; None are all rows, and empty is whoever asks.
        """
        request = json.dumps(asked.model_dump(), sort_keys=True, allow_nan=False)
        digest = hashlib.sha256(request.encode()).hexdigest()
        with self._asking:
            kept = self._store.rows(
                "select asked, body from actions where principal=? and idempotency=?", (principal, key)
            )
            if kept:
                if kept[0][0] != digest:
                    raise Problem(409, "the same Idempotency-Key was used for another action")
                return json.loads(kept[0][1]), False
            row = self._check(principal if rows == "" else rows, asked)
            made = self._made(principal, asked, row)
            with self._store.transaction() as db:
                db.execute(
                    "insert into actions values(?,?,?,?,?,?,?,?,?)",
                    (
                        made["id"],
                        principal,
                        key,
                        digest,
                        json.dumps(made),
                        asked.parent,
                        made["created_s"],
                        made["expires_s"],
                        made["state"],
                    ),
                )
            self._metrics.actions.labels(made["state"]).inc()
            if made["state"] == "pending":
                made = self._send(made)
            return made, True

    def get(self, name: str) -> dict[str, Any] | None:
        """An action."""
        found = self._store.rows("select body from actions where id=?", (name,))
        return json.loads(found[0][0]) if found else None

    def asked(self, principal: str, key: str) -> bool:
        """Whether there is an action of a principal by a key."""
        return bool(self._store.rows("select 1 from actions where principal=? and idempotency=?", (principal, key)))

    def last(self, parent: str) -> dict[str, Any] | None:
        """The newest action on a parent."""
        found = self._store.rows("select body from actions where parent=? order by created desc, id limit 1", (parent,))
        return json.loads(found[0][0]) if found else None

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """Actions, the newest first."""
        return [
            json.loads(body)
            for (body,) in self._store.rows("select body from actions order by created desc, id limit ?", (limit,))
        ]

    def start(self) -> None:
        """Begin to follow what becomes of them."""
        self._worker.start()

    def stop(self) -> None:
        """Stop following."""
        self._worker.stop()

    def advance(self) -> None:
        """Note what has become of them: sent, answered, expired, seen in the order flow."""
        for action in self._in("pending"):
            self._send(action)
        waiting = self._in("proposed")
        answers = self._ems.answers() if self._ems is not None and waiting else {}
        for action in waiting:
            if action["id"] in answers:
                took, why = answers[action["id"]]
                self._change(action, "accepted" if took else "rejected", why=why)
            elif self._now() > action["expires_s"]:
                self._change(action, "expired", why="the EMS did not answer in time")
        for action in self._in("accepted"):
            self._match(action)

    def _check(self, principal: str | None, asked: ActionAsked) -> Mapping[str, Any]:
        """The parent's last figures, if the action may be done. Raises Problem."""
        if MODES.index(asked.mode) > MODES.index(self._allowed):
            raise Problem(403, f"{asked.mode} is not allowed here: api.actions is {self._allowed}")
        if len(json.dumps(asked.evidence)) > EVIDENCE_BYTES:
            raise Problem(422, f"evidence has at most {EVIDENCE_BYTES} bytes")
        first, last = np.datetime64("1970-01-01"), np.datetime64("2200-01-01")
        orders = self._gateway.table(principal, ".api.of", "orders", _recent(self._gateway), last, asked.parent)
        if not orders.num_rows:
            raise Problem(404, "there is no such parent")
        row = self._figures(principal, asked.parent, first, last)
        algos = [algo for algo in orders.column("algo").to_pylist() if algo]
        row["algo"] = algos[-1] if algos else None
        row["time"] = max(moment for moment in orders.column("time").cast(pa.timestamp("ns")).to_numpy())
        if asked.mode == "notify":
            return row
        if self.killed:
            raise Problem(409, "the kill switch is on")
        if self._ems is None:
            raise Problem(409, "there is no EMS to propose it to")
        if (still := self._still_s()) > self._stale_s:
            told = (
                "not advanced since this server began to look"
                if math.isinf(still)
                else f"stood still for {still:.1f} s"
            )
            raise Problem(409, f"the plant's data have {told}, which is too old to act on")
        if asked.mode == "auto" and (row.get("leak_lamp"), row.get("data_lamp")) != ("red", "green"):
            raise Problem(
                409, f"auto needs LEAK red and DATA green; they are {row.get('leak_lamp')} and {row.get('data_lamp')}"
            )
        since = self._store.rows(
            "select max(created) from actions where parent=? and state not in ('notified','rejected','withdrawn')",
            (asked.parent,),
        )[0][0]
        left = 0.0 if since is None else self._cooldown_s - (self._now() - since)
        if left > 0:
            raise Problem(
                409,
                f"there was an action on this parent; the next may be in {left:.0f} s",
                headers={"Retry-After": str(int(left) + 1)},
            )
        return row

    def _figures(self, principal: str | None, parent: str, first: np.datetime64, last: np.datetime64) -> dict[str, Any]:
        found = self._gateway.table(
            principal, ".api.score", _recent(self._gateway), last, parent, np.datetime64("NaT", "ns")
        )
        return dict(found.slice(found.num_rows - 1).to_pylist()[0]) if found.num_rows else {}

    def _made(self, principal: str, asked: ActionAsked, row: Mapping[str, Any]) -> dict[str, Any]:
        now = self._now()
        lamps = {name: row.get(name) for name in ("cost_lamp", "leak_lamp", "data_lamp") if row.get(name)}
        return {
            "id": secrets.token_hex(12),
            "principal": principal,
            "parent": asked.parent,
            "mode": asked.mode,
            "from_algo": row["algo"],
            "to": asked.to,
            "parameters": dict(asked.parameters),
            "reason": asked.reason,
            "evidence": {**asked.evidence, **({"lamps": lamps} if lamps else {})},
            "rule_version": asked.rule_version,
            "created": iso(np.datetime64(round(now * 1e9), "ns")),
            "expires": iso(np.datetime64(round((now + asked.expires_s) * 1e9), "ns")),
            "created_s": now,
            "expires_s": now + asked.expires_s,
            "after": iso(row["time"]),
            "state": "notified" if asked.mode == "notify" else "pending",
            "why": "",
            "matched": None,
            "matched_order": None,
        }

    def _send(self, action: dict[str, Any]) -> dict[str, Any]:
        """Put a pending action to the EMS, unless another thread or process has done so, or the kill switch has withdrawn it."""
        # the switch is looked at and the EMS told in one, so that turning it can wait for what is between the two
        with self._store.alone(_SENDING):
            kept = self.get(action["id"]) or action
            return self._put(kept) if kept["state"] == "pending" else kept

    def _put(self, action: dict[str, Any]) -> dict[str, Any]:
        if self._now() > action["expires_s"]:
            return self._change(action, "expired", why="it could not be put to the EMS in time")
        if self._ems is None or self.killed:
            return self._change(
                action, "withdrawn", why="there is no EMS" if self._ems is None else "the kill switch is on"
            )
        try:
            self._ems.propose(
                action["id"], action["parent"], action["to"], action["parameters"], expires=action["expires_s"]
            )
        except FixError as error:
            return self._change(action, "rejected", why=str(error))
        return self._change(action, "proposed")

    def _match(self, action: dict[str, Any]) -> None:
        """The replace that the EMS sent for a proposal it took: the first after it, of that parent, to that algo."""
        orders = self._gateway.table(
            None, ".api.of", "orders", _recent(self._gateway), np.datetime64("2200-01-01"), action["parent"]
        )
        after = np.datetime64(str(action["after"]).rstrip("Z"), "ns")
        times = orders.column("time").cast(pa.timestamp("ns")).to_numpy()
        named = {name: orders.column(name).to_pylist() for name in ("id", "event", "algo", "clordid")}
        for i in range(orders.num_rows):
            own = named["id"][i] == action["parent"] and named["event"][i] == "replace"
            if own and times[i] > after and named["algo"][i] == action["to"]:
                self._change(action, "matched", matched=iso(times[i]), matched_order=named["clordid"][i])
                return
        if self._now() > action["expires_s"] + _MATCH_S:
            self._change(action, "expired", why="the EMS took it, but no replace was seen")

    def _in(self, state: str) -> list[dict[str, Any]]:
        return [
            json.loads(body)
            for (body,) in self._store.rows("select body from actions where state=? order by created", (state,))
        ]

    def _change(self, action: dict[str, Any], state: str, **more: Any) -> dict[str, Any]:
        made = {**action, "state": state, **more}
        with self._store.transaction() as db:
            # another thread, or process, may have been first
            done = db.execute(
                "update actions set state=?, body=? where id=? and state=?",
                (state, json.dumps(made), action["id"], action["state"]),
            )
        if done.rowcount == 1:
            self._metrics.actions.labels(state).inc()
            return made
        return self.get(action["id"]) or made


def _recent(gateway: Gateway) -> np.datetime64:
    """From which day on orders are looked at: a week before the plant's clock."""
    now = gateway.ask(None, ".api.clock")
    return np.datetime64("1970-01-01") if now is None else np.datetime64(now, "D") - 7
