"""What the API's JSON looks like. Times are UTC, ISO 8601 with nanoseconds; figures that do not exist are null; units stand in the descriptions."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Time = Annotated[str, Field(description="UTC, ISO 8601 with nanoseconds", examples=["2024-01-02T14:30:00.000000000Z"])]
Bps = Annotated[float | None, Field(description="basis points; positive is cost")]
Price = Annotated[float | None, Field(description="price in the instrument's currency")]
Quantity = Annotated[float | None, Field(description="shares, contracts or units")]
Lamp = Annotated[str | None, Field(description="green, amber, red, or grey for no verdict")]
Algo = Literal["pov", "vwap", "twap", "iceberg", "passive"]
DEPTH = 20
"""Levels that evidence has at most."""
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


class Problem(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    request: str | None = Field(None, description="id of the call, as in the audit and the header X-Request-ID")


class Page(BaseModel):
    """Part of a list."""

    asof: Time | None = Field(
        None, description="the plant's clock when the answer was made, or the time that was asked for"
    )
    next: str | None = Field(None, description="cursor of the next part; null at the end")


class Value(BaseModel):
    """One figure of a scorecard."""

    name: str = Field(description="as in /v1/metrics")
    value: float | str | bool | None
    unit: str | None = Field(description="bps, currency, share (0 to 1), price, shares, seconds, count, ratio or time")
    sign: str | None = Field(description="what a positive value is: cost, adverse, good; null where neither")
    ci_lo: float | None = Field(description="lower end of the 95% interval")
    ci_hi: float | None = Field(description="upper end of the 95% interval")
    n: int | None = Field(description="observations that it rests on")
    asof: Time | None = Field(description="event time up to which everything was known")
    rev: int | None = Field(description="rises with each revision of the same time")
    flags: list[str] = Field(description="why it is null, or what is doubtful about it")


class Scorecard(BaseModel):
    """A parent order's figures as of one time."""

    parent: str
    sym: str | None
    side: str | None
    algo: str | None
    asof: Time | None
    cost_lamp: Lamp
    leak_lamp: Lamp
    data_lamp: Lamp
    values: list[Value]


class ParentRow(BaseModel):
    """A parent order with its cost so far."""

    parent: str
    sym: str | None
    side: str | None
    qty: Quantity
    start: Time | None = Field(description="when it arrived")
    until: Time | None = Field(description="when it ended; null while it works")
    arrival: Price = Field(description="mid of the last valid quote before it arrived")
    algo: str | None
    broker: str | None
    trader: str | None
    filled: Quantity
    done: float | None = Field(description="share of the quantity that is filled, 0 to 1")
    avgpx: Price = Field(description="average price of its live fills")
    slip: Bps
    cost: float | None = Field(description="currency; positive is cost")
    n: int | None = Field(description="live fills")


class Parents(Page):
    """Parent orders by arrival."""

    items: list[ParentRow]


class Fill(BaseModel):
    """An execution report as it came: new, bust, correct or dk."""

    time: Time
    sym: str | None
    execid: str | None
    refid: str | None = Field(description="the execution that a bust or correction is about")
    kind: str | None
    order: str | None
    parent: str | None
    side: str | None
    qty: Quantity
    price: Price
    venue: str | None
    liquidity: str | None
    fee: float | None = Field(description="currency; positive is paid")
    broker: str | None


class Fills(Page):
    """Fills by time."""

    items: list[Fill]


class Child(BaseModel):
    """An order message of a parent or of a child of it."""

    time: Time
    sym: str | None
    id: str | None
    parent: str | None
    event: str | None = Field(description="new, ack, replace, replaced, cancel, canceled, reject ...")
    side: str | None
    qty: Quantity
    price: Price
    ordtype: str | None
    tif: str | None
    algo: str | None
    venue: str | None
    status: str | None


class Children(Page):
    """Order messages by time."""

    items: list[Child]


class Moment(BaseModel):
    """A parent's figures at one time."""

    time: Time
    done: float | None = Field(description="share of the quantity that is filled, 0 to 1")
    slippage_bps: Bps
    slippage_rolling_bps: Bps
    leak_bps: float | None = Field(description="basis points; positive is adverse")
    leak_t: float | None
    cost_lamp: Lamp
    leak_lamp: Lamp
    data_lamp: Lamp
    rev: int | None


class Timeline(Page):
    """Figures by time, for charts."""

    items: list[Moment]


class Drift(BaseModel):
    """Mean response of the mid after what the parent did."""

    event: str
    h_s: float = Field(description="horizon, seconds")
    n: int | None
    mean_bps: float | None = Field(description="basis points; positive is adverse")
    lo_bps: float | None = Field(description="lower end of the 95% interval")
    hi_bps: float | None = Field(description="upper end of the 95% interval")


class Drifts(BaseModel):
    """By event and horizon."""

    asof: Time | None
    items: list[Drift]


class Bucket(BaseModel):
    """A part of the flow: a venue, an algo, a broker ..."""

    dim: str
    bucket: str
    n: int | None = Field(description="fills")
    parents: int | None
    qty: Quantity
    notional: float | None = Field(description="currency")
    cost: float | None = Field(description="currency; positive is cost")
    slip: Bps
    lo: Bps
    hi: Bps
    few: bool | None = Field(description="true below 30 fills: not to be ranked")


class Breakdown(BaseModel):
    """Cost by part of the flow."""

    asof: Time | None
    items: list[Bucket]


class Report(BaseModel):
    """A day: its parents' final figures and its breakdowns."""

    date: str
    asof: Time | None
    parents: list[ParentRow]
    breakdown: list[Bucket]
    alerts: list[Alert]


class Metric(BaseModel):
    """A figure that is published."""

    level: str = Field(description="parent, fill or child")
    name: str
    unit: str | None
    sign: str | None
    doc: str


class MetricList(BaseModel):
    """The catalogue."""

    items: list[Metric]


class Alert(BaseModel):
    """An alert as it stands."""

    id: str
    time: Time
    sym: str | None
    parent: str | None
    lamp: str | None = Field(description="COST, LEAK or DATA")
    level: str | None = Field(description="amber or red")
    figure: float | None
    threshold: float | None
    why: str | None
    state: str = Field(description="open, snoozed or acked")
    who: str | None = Field(description="who acknowledged or snoozed it")
    until: Time | None = Field(description="end of the snooze")
    notes: int | None
    note: str | None = Field(description="the last note")


class Alerts(Page):
    """Alerts by time."""

    items: list[Alert]


class AlertAct(BaseModel):
    """What is done about an alert."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["ack", "snooze", "note", "reopen"] = "ack"
    note: Annotated[str, Field(max_length=2000)] = ""
    minutes: Annotated[float | None, Field(gt=0, le=1440, description="minutes; of a snooze, and only of one")] = None


class Table(BaseModel):
    """A table of the plant."""

    table: str
    rows: int | None
    last: Time | None = Field(description="time of its newest row")


class Health(BaseModel):
    """Whether the plant answers and its data advance."""

    status: Literal["live", "stale", "empty"]
    asof: Time | None = Field(description="the plant's clock: time of its newest row")
    still_s: float | None = Field(
        description="for how many seconds it may not have advanced, as this server has seen it; null while it has not seen it advance"
    )
    actions: Literal["notify", "propose", "auto"] = Field(description="what actions may do at most")
    killed: bool = Field(description="the kill switch is on: nothing is sent to the EMS")
    tables: list[Table]


def _sayable(value: dict[str, Any]) -> dict[str, Any]:
    """What can be said again as JSON: no NaN, no half characters. Raises ValueError."""
    if not _within(value, DEPTH):
        raise ValueError(f"at most {DEPTH} levels deep")
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    return value


def _within(value: Any, depth: int) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth >= 0 and all(_within(item, depth - 1) for item in items)


class ActionAsked(BaseModel):
    """An action on a parent."""

    model_config = ConfigDict(extra="forbid")
    parent: Name
    mode: Literal["notify", "propose", "auto"] = Field(
        "propose",
        description="notify: kept and shown; propose: the EMS is asked to switch; auto: the same without a person, which needs LEAK red and DATA green",
    )
    to: Algo = Field(description="algo that it shall be worked by")
    parameters: dict[Literal["clip", "patience_s", "gap_s", "rate"], Annotated[float, Field(ge=0, le=1e12)]] = Field(
        default_factory=dict,
        description="clip: quantity; patience_s, gap_s: seconds; rate: share of the volume, 0 to 1",
    )
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    evidence: Annotated[dict[str, Any], AfterValidator(_sayable)] = Field(
        default_factory=dict, description="figures that it rests on; at most 16 kB, and 20 levels deep"
    )
    rule_version: Annotated[str, Field(max_length=100)] = ""
    expires_s: Annotated[
        float, Field(gt=0, le=3600, description="seconds after which the EMS must not take it any more")
    ] = 120.0


class Action(BaseModel):
    """An action and what became of it."""

    id: str
    principal: str = Field(description="who asked")
    parent: str
    mode: str
    from_algo: str | None
    to: str
    parameters: dict[str, float]
    reason: str
    evidence: dict[str, Any]
    rule_version: str
    created: Time
    expires: Time
    state: str = Field(
        description="notified; pending (not yet at the EMS), proposed, accepted, rejected, expired or withdrawn; matched when its 35=G was seen"
    )
    why: str = Field(description="of a rejection")
    matched: Time | None = Field(description="event time of the replace that it led to")
    matched_order: str | None = Field(description="ClOrdID of that replace")


class Actions(BaseModel):
    """Newest first."""

    items: list[Action]


class Pair(BaseModel):
    """From where on a lamp is amber, and red."""

    model_config = ConfigDict(extra="forbid")
    amber: Annotated[float, Field(ge=0, le=1e6)]
    red: Annotated[float, Field(ge=0, le=1e6)]


class Limits(BaseModel):
    """Thresholds of the lamps."""

    model_config = ConfigDict(extra="forbid")
    z: Pair = Field(description="COST: excess in standard deviations")
    cost: Pair = Field(description="COST: basis points above the expected cost; with the profile demo, of slippage")
    leakSpread: Pair = Field(description="LEAK: response beyond matched moments, as a share of the spread")
    leakT: Pair = Field(description="LEAK: its t")


class SpecialThresholds(BaseModel):
    """Thresholds of some orders, which hold before those of all."""

    scope: str = Field(description="whose: desk:NAME, trader:NAME, sym:NAMES or algo:NAME")
    number: int = Field(description="the version that made them")
    who: str
    when: str
    limits: Limits


class Thresholds(BaseModel):
    """A version of the thresholds."""

    number: int = Field(description="0 is the configuration's")
    profile: str
    who: str
    when: str
    limits: Limits = Field(description="of all orders")
    others: list[SpecialThresholds] = Field(
        description="of some orders, the most special last: of what holds for an order the last counts"
    )


class Kill(BaseModel):
    """The kill switch."""

    model_config = ConfigDict(extra="forbid")
    killed: bool


class Token(BaseModel):
    """An access token (RFC 6749)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="seconds")
    scope: str


class AuditRow(BaseModel):
    """A refused call, or an action."""

    id: int
    time: Time
    principal: str
    remote: str
    method: str
    path: str
    status: int
    request: str
    detail: str


class Audit(BaseModel):
    """By number."""

    items: list[AuditRow]


class KeySet(BaseModel):
    """JSON Web Key Set."""

    keys: list[dict[str, Any]]


Report.model_rebuild()
