"""
Random lives of orders as a broker and a client tell them in FIX, and what is true at their end.

A `Market` of `Life`s writes two things while it lives, by separate means: messages (`said`), and the plain facts (`truth`, kept
in each life's own few fields: what is filled and at what price, the terms in force, how it stands). Nothing here uses the code
that reads messages.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from slipstream.fix.message import build, format_number, format_time

DAY = 86_400_000_000_000
BEGIN = 1_723_190_400_000_000_000  # 2024-08-09T08:00Z
CLIENT, BROKER = "CLI", "BRK"
SESSION = "CLI-BRK"

Tags = dict[int, str]


@dataclass
class Said:
    """A message: what it is, and when its sender wrote it."""

    at: int
    msgtype: str
    tags: Tags
    first: bool = False
    """It must come before the other messages of its order and day."""


@dataclass
class Life:
    """One order, as it is."""

    name: str
    orderid: str
    side: str
    tif: str
    parent: str
    qty: int
    price: float
    day: int
    reused: bool = False
    """Its ClOrdID was an earlier day's."""
    current: str = ""
    versions: int = 0
    fills: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Executions that stand for the broker, by their first id."""
    unknown: set[str] = field(default_factory=set)
    """Of these, the ones that the client does not know."""
    names: dict[str, list[str]] = field(default_factory=dict)
    """Ids under which an execution can be referred to."""
    days: dict[str, int] = field(default_factory=dict)
    status: str = "sent"
    """sent, pendingnew, open, canceled, done, expired, rejected, pendingcancel, pendingreplace."""
    replaces: int = 0
    cancels: int = 0
    rejects: int = 0

    def filled(self) -> int:
        return sum(qty for qty, _ in self.fills.values())

    def average(self) -> float:
        done = self.filled()
        return sum(qty * price for qty, price in self.fills.values()) / done if done else 0.0

    @property
    def working(self) -> bool:
        return self.status in ("open", "pendingcancel", "pendingreplace") and self.filled() < self.qty

    def leaves(self) -> int:
        return max(0, self.qty - self.filled()) if self.status in OPEN else 0


OPEN = ("sent", "pendingnew", "open", "pendingcancel", "pendingreplace")
CODES = {"new": "0", "partial": "1", "filled": "2", "done": "3", "canceled": "4", "pendingcancel": "6", "rejected": "8", "pendingnew": "A",
         "expired": "C", "pendingreplace": "E"}  # fmt: skip


class Market:
    """Lives of several orders over one or two days, told in one version of FIX."""

    def __init__(self, rng: random.Random, version: str, days: int, orders: int) -> None:
        self.rng, self.version, self.old = rng, version, version == "FIX.4.2"
        self.now = BEGIN
        self.said: list[Said] = []
        self.lives: list[Life] = []
        self.count = 0
        self.execs = 0
        for day in range(days):
            self.now = BEGIN + day * DAY
            if day:
                self._overnight()
            for _ in range(orders):
                self._birth(day)
            for _ in range(orders * rng.randint(2, 12)):
                self._step(rng.choice(self.lives), day)
        self.last_day = days - 1

    # ---- telling

    def _say(self, msgtype: str, tags: Tags, *, first: bool = False) -> None:
        self.now += self.rng.randint(1, 5_000_000)
        self.said.append(Said(self.now, msgtype, {**tags, 60: format_time(self.now)}, first))

    def _report(self, life: Life, kind: str, extra: Tags | None = None, *, clordid: str = "") -> None:
        done, status = life.filled(), self._status(life)
        transaction = {"bust": "1", "correct": "2", "status": "3"}.get(kind, "0")
        code = CODES[status]
        if kind in ("fill", "bust", "correct"):
            exec_type = (
                ("2" if status == "filled" else "1") if self.old else {"fill": "F", "bust": "H", "correct": "G"}[kind]
            )
        elif kind == "status":
            exec_type = code if self.old else "I"
        else:
            exec_type = {"ack": "0", "replaced": "5", "canceled": "4", "restated": "D", "expired": "C", "done": "3", "reject": "8",
                         "pendingnew": "A", "pendingcancel": "6", "pendingreplace": "E"}[kind]  # fmt: skip
        if kind not in ("fill", "bust", "correct"):
            self.execs += 1
        tags = {37: life.orderid, 11: clordid or life.current, 17: f"X{self.execs}", 55: "ABC", 54: life.side, 38: str(life.qty), 40: "2",
                44: format_number(life.price), 59: "1" if life.tif == "gtc" else "0", 150: exec_type, 39: code, 151: str(life.leaves()),
                14: str(done), 6: f"{life.average():.12f}"}  # fmt: skip
        if self.old:
            tags |= {20: transaction}
        tags |= extra or {}
        if self.rng.random() < 0.1 and kind in ("fill", "bust", "correct"):
            del tags[11]  # named by the broker's id alone
        self._say("8", tags)

    def _status(self, life: Life) -> str:
        if life.status in ("canceled", "done", "expired", "rejected", "pendingcancel", "pendingreplace", "pendingnew"):
            return life.status
        done = life.filled()
        return "filled" if done >= life.qty else "partial" if done else "new"

    # ---- living

    def _birth(self, day: int) -> None:
        rng = self.rng
        self.count += 1
        old = [life for life in self.lives if life.day < day and life.tif == "day"]
        reused = bool(old) and rng.random() < 0.2
        name = rng.choice(old).name if reused else f"C{self.count}"
        if any(life.name == name and life.day == day for life in self.lives):
            name, reused = f"C{self.count}", False
        above = [
            life
            for life in self.lives
            if (life.parent == "" and life.tif == "gtc") or (life.day == day and not life.reused)
        ]
        upper = rng.choice(above) if above and rng.random() < 0.6 else None
        life = Life(name, f"O{self.count}", rng.choice("125"), rng.choice(("day", "gtc")), named(upper) if upper else "", 100 * rng.randint(1, 9), 10.0 + rng.randint(0, 99) / 100, day, reused, name)  # fmt: skip
        self.lives.append(life)
        order = {
            11: name,
            55: "ABC",
            54: life.side,
            38: str(life.qty),
            40: "2",
            44: format_number(life.price),
            59: "1" if life.tif == "gtc" else "0",
        }
        if upper:
            order[5001 if self.old else 526] = upper.name
        self._say("D", order, first=True)
        if rng.random() < 0.1:
            life.status = "rejected"
            self._report(life, "reject", {103: "0"})
            return
        if rng.random() < 0.3:
            life.status = "pendingnew"
            self._report(life, "pendingnew")
        life.status = "open"
        self._report(life, "ack")
        if rng.random() < 0.1:  # the same ClOrdID again, which the broker refuses
            self._say("D", order)
            self._report(life, "reject", {103: "6", 39: "8", 151: "0"})

    def _overnight(self) -> None:
        for life in self.lives:
            if life.tif == "gtc" and life.status == "done":
                life.status = "open"  # done for that day only
            elif life.tif == "day" and life.status in OPEN and life.filled() < life.qty:
                life.status = "expired"
                self.now -= DAY // 2
                self._report(life, "expired")
                self.now += DAY // 2

    def _step(self, life: Life, day: int) -> None:
        if life.status == "rejected" or (life.day < day and life.tif == "day"):
            return
        what = self.rng.choice(["fill"] * 6 + ["replace"] * 3 + ["cancel", "bust", "bust", "correct", "correct", "restate", "ask", "dk", "done", "unsolicited", "late"])  # fmt: skip
        getattr(self, f"_{what}")(life, day)

    def _fill(self, life: Life, day: int) -> None:
        if life.working:
            self._execute(life, day, 10 * self.rng.randint(1, 20))

    def _late(self, life: Life, day: int) -> None:
        """A fill after the cancel: it was on its way."""
        if life.status == "canceled" and life.filled() < life.qty:
            self._execute(life, day, 10 * self.rng.randint(1, 20))

    def _execute(self, life: Life, day: int, most: int) -> None:
        qty = min(most, life.qty - life.filled())
        price = round(life.price - self.rng.randint(0, 50) / 1000, 3)
        self.execs += 1
        execid = f"X{self.execs}"
        life.fills[execid] = (qty, price)
        life.names[execid], life.days[execid] = [execid], day
        self._report(life, "fill", {17: execid, 32: str(qty), 31: format_number(price)})

    def _some(self, life: Life) -> str | None:
        return self.rng.choice(sorted(life.fills)) if life.fills else None

    def _bust(self, life: Life, day: int) -> None:
        execid = self._some(life)
        if execid is None:
            return
        qty, price = life.fills.pop(execid)
        self.execs += 1
        refid = self.rng.choice(life.names[execid])
        self._report(life, "bust", {17: f"X{self.execs}", 19: refid, 32: str(qty), 31: format_number(price)})

    def _correct(self, life: Life, day: int) -> None:
        execid = self._some(life)
        if execid is None:
            return
        qty, price = life.fills[execid]
        qty, price = max(1, qty - self.rng.randint(0, 5)), round(price + self.rng.randint(-20, 20) / 1000, 3)
        life.fills[execid] = (qty, price)
        self.execs += 1
        refid = self.rng.choice(life.names[execid])
        life.names[execid].append(f"X{self.execs}")
        self._report(life, "correct", {17: f"X{self.execs}", 19: refid, 32: str(qty), 31: format_number(price)})

    def _dk(self, life: Life, day: int) -> None:
        execid = self._some(life)
        if execid is None or execid in life.unknown or life.days[execid] != day:
            return
        life.unknown.add(execid)
        qty, price = life.fills[execid]
        self._say(
            "Q",
            {
                37: life.orderid,
                17: execid,
                127: "D",
                55: "ABC",
                54: life.side,
                38: str(life.qty),
                32: str(qty),
                31: format_number(price),
            },
        )

    def _replace(self, life: Life, day: int) -> None:
        if not life.working:
            return
        rng, before, done = self.rng, life.current, life.filled()
        life.versions += 1
        life.replaces += 1
        new = f"{life.name}.{day}.{life.versions}"
        qty = max(1, rng.choice((life.qty + 100, life.qty - 100, done - 10, done)))
        price = round(life.price + rng.randint(-5, 5) / 100, 2)
        # a second request may name the one before it, or the order as it is
        self._say("G", {11: new, 41: before, 55: "ABC", 54: life.side, 38: str(qty), 40: "2", 44: format_number(price), 59: "1" if life.tif == "gtc" else "0", 37: life.orderid})  # fmt: skip
        if rng.random() < 0.5:
            life.status = "pendingreplace"
            self._report(life, "pendingreplace", {41: before}, clordid=new)
            if rng.random() < 0.5:
                self._execute(life, day, 10)  # carries the old ClOrdID
                done = life.filled()
        if rng.random() < 0.25:
            life.rejects += 1
            life.status = "open"
            self._say("9", {37: life.orderid, 11: new, 41: before, 39: CODES[self._status(life)], 434: "2", 102: "0"})
            return
        life.status, life.current = "open", new
        life.qty, life.price = max(qty, done), price  # a quantity below what is filled becomes what is filled
        self._report(life, "replaced", {41: before})

    def _cancel(self, life: Life, day: int) -> None:
        if not life.working:
            return
        life.versions += 1
        life.cancels += 1
        new, before = f"{life.name}.{day}.{life.versions}", life.current
        self._say("F", {11: new, 41: before, 55: "ABC", 54: life.side, 38: str(life.qty), 37: life.orderid})
        if self.rng.random() < 0.4:
            life.status = "pendingcancel"
            self._report(life, "pendingcancel", {41: before}, clordid=new)
        if self.rng.random() < 0.3:
            life.rejects += 1
            life.status = "open"
            self._say("9", {37: life.orderid, 11: new, 41: before, 39: CODES[self._status(life)], 434: "1", 102: "0"})
            return
        life.status = "canceled"
        self._report(life, "canceled", {41: before}, clordid=new)

    def _unsolicited(self, life: Life, day: int) -> None:
        if life.working:
            life.status = self.rng.choice(("canceled", "expired"))
            self._report(life, life.status)

    def _restate(self, life: Life, day: int) -> None:
        if life.working and life.status == "open":
            life.qty = max(life.filled() + 10, life.qty - 10)
            self._report(life, "restated", {378: "5"})

    def _ask(self, life: Life, day: int) -> None:
        self._report(life, "status")

    def _done(self, life: Life, day: int) -> None:
        if life.working and self.rng.random() < 0.3:
            life.status = "done"
            self._report(life, "done")

    # ---- the truth

    def orders(self) -> list[dict[str, Any]]:
        """Each order as it stands for the client, whose view leaves out the executions that it does not know."""
        made = []
        for life in self.lives:
            known = {execid: fill for execid, fill in life.fills.items() if execid not in life.unknown}
            done = sum(qty for qty, _ in known.values())
            status = life.status
            if status == "open" or (status in OPEN and done >= life.qty):
                status = "filled" if done >= life.qty else "partial" if done else "new"
            is_open = status not in ("filled", "canceled", "done", "expired", "rejected")
            made.append({
                "id": named(life), "parent": life.parent, "side": "buy" if life.side == "1" else "sell", "status": status,
                "qty": float(life.qty), "price": life.price, "cum": float(done), "leaves": float(life.qty - done) if is_open else 0.0,
                "execs": len(known), "clordid": life.current, "placed": True, "replaces": life.replaces, "cancels": life.cancels,
                "rejects": life.rejects, "tif": life.tif,
                "avgpx": round(sum(qty * price for qty, price in known.values()) / done, 9) if done else None,
            })  # fmt: skip
        return sorted(made, key=lambda row: str(row["id"]))

    def executions(self) -> list[tuple[str, str, float, float]]:
        """Order, execution, quantity and price of what stands."""
        found = [
            (named(life), execid, float(qty), price)
            for life in self.lives
            for execid, (qty, price) in life.fills.items()
            if execid not in life.unknown
        ]
        return sorted(found)


def named(life: Life) -> str:
    """An order is known by its first ClOrdID; with the date where that was in use on an earlier day."""
    return f"{life.name}@{format_time(BEGIN + life.day * DAY)[:8]}" if life.reused else life.name


def wire(said: Said, version: str, seq: int, *, dup: str = "") -> bytes:
    """The message as it goes over the wire; `dup` is the flag of a repetition (43 or 97)."""
    client = msg_from_client(said.msgtype)
    head = [(8, version if version != "FIX.5.0" else "FIXT.1.1"), (35, said.msgtype), (34, str(seq))]
    head += [(49, CLIENT if client else BROKER), (56, BROKER if client else CLIENT), (52, format_time(said.at))]
    if dup:
        head.append((int(dup), "Y"))
    return build([*head, *said.tags.items()])


def msg_from_client(msgtype: str) -> bool:
    return msgtype in ("D", "G", "F", "Q")


class Wire:
    """Messages with their numbers, arrival, repetitions."""

    def __init__(self, market: Market, rng: random.Random, *, shuffled: bool, repeated: bool) -> None:
        self.market, self.rng = market, rng
        numbers = {True: 0, False: 0}
        self.raw: dict[int, bytes] = {}
        for at, said in enumerate(market.said):
            side = msg_from_client(said.msgtype)
            numbers[side] += 1
            self.raw[at] = wire(said, market.version, numbers[side])
        order = list(range(len(market.said)))
        if shuffled:
            rng.shuffle(order)
            # a day's messages come on that day, and a ClOrdID of an earlier day is taken again by a request
            reused = {life.name for life in market.lives if life.reused}
            order.sort(key=lambda at: (market.said[at].at // DAY, not self.leads(market.said[at], reused)))
        self.sent = [self.raw[at] for at in order]
        if repeated:
            for at in rng.sample(order, len(order) // 3):
                flag = rng.choice(("43", "97"))
                said = market.said[at]
                numbers[msg_from_client(said.msgtype)] += 1
                seq = (
                    numbers[msg_from_client(said.msgtype)]
                    if flag == "97"
                    else int(self.raw[at].split(b"\x0134=")[1].split(b"\x01")[0])
                )
                again = wire(said, market.version, seq, dup=flag)
                first = self.sent.index(self.raw[at])
                later = list(range(first + 1, len(self.sent) + 1))
                self.sent.insert(rng.choice(later), again)

    def leads(self, said: Said, reused: set[str]) -> bool:
        return said.first and said.tags[11] in reused
