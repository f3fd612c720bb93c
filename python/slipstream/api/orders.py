"""What can be read: parents, their scorecards, fills, children, timeline and drift; breakdowns, reports, alerts, the catalogue, health."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Depends, Path, Query, Request, Security
from pydantic import BaseModel
from starlette.responses import Response

from slipstream.api import models
from slipstream.api.answer import ARROW, answer, iso, only, part, plain, records, said, shaped
from slipstream.api.auth import Principal
from slipstream.api.guard import allowed
from slipstream.api.problems import Problem, problem_of
from slipstream.api.services import Days, Services, days, days_of, services
from slipstream.errors import SlipstreamError

router = APIRouter()

Reader = Annotated[Principal, Security(allowed, scopes=["read:tca"])]
OrderReader = Annotated[Principal, Security(allowed, scopes=["read:orders"])]
Plant = Annotated[Services, Depends(services)]
When = Annotated[Days, Depends(days)]
Parent = Annotated[
    str, Path(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$", description="id of the parent order")
]
Limit = Annotated[int, Query(ge=1, le=10_000, description="rows in a part")]
Cursor = Annotated[str | None, Query(max_length=64, description="`next` of the part before")]
Dimension = Literal["venue", "algo", "broker", "trader", "size", "time", "liquidity", "sym", "side"]

_MIXED = {"application/json": {}, ARROW: {"schema": {"type": "string", "format": "binary"}}}


def documented(model: type[BaseModel], *, arrow: bool = True) -> dict[str, Any]:
    """The responses of an endpoint, for the OpenAPI document."""
    problems = {
        status: {"model": models.Problem, "description": text, "content": {"application/problem+json": {}}}
        for status, text in (
            (400, "cannot be read"),
            (401, "not authenticated"),
            (403, "not allowed"),
            (404, "not found"),
            (406, "not acceptable"),
            (422, "not valid"),
            (429, "too many requests"),
            (503, "the plant does not answer"),
            (504, "no answer in time"),
        )
    }
    return {"responses": {200: {"model": model, **({"content": _MIXED} if arrow else {})}, **problems}}


def listed(
    request: Request,
    table: pa.Table,
    model: type[BaseModel],
    when: Days,
    plant: Services,
    cursor: str | None,
    limit: int,
) -> Response:
    """Part of a table."""
    rows, after = part(only(table, model), cursor, limit)
    asof = _asof(when, plant)

    def body(found: pa.Table) -> Mapping[str, Any]:
        return {"asof": asof, "next": after, "items": shaped(records(found), model)}

    return answer(request, rows, body, headers={"X-Next-Cursor": after})


def _asof(when: Days, plant: Services) -> str | None:
    return iso(when.asof) or iso(plant.clock.now())


def _until(table: pa.Table, when: Days) -> pa.Table:
    """Rows up to the time that was asked for."""
    if np.isnat(when.asof) or "time" not in table.column_names:
        return table
    return table.filter(pc.less_equal(table.column("time"), pa.scalar(when.asof.astype("M8[ns]"), pa.timestamp("ns"))))


def _of(plant: Services, who: Principal, table: str, when: Days, parent: str, model: type[BaseModel]) -> pa.Table:
    """A parent's rows of a table, with a model's columns. Whether there is no such parent or it may not be seen is all the same: 404."""
    columns = list(model.model_fields)
    found = plant.gateway.table(who.name, ".api.columns", table, when.first, when.last, parent, columns)
    if not found.num_rows:
        _known(plant, who, when, parent)
    return _until(found, when)


def _known(plant: Services, who: Principal, when: Days, parent: str) -> None:
    found = plant.gateway.table(who.name, ".api.columns", "orders", when.first, when.last, parent, ["id"])
    if not found.num_rows:
        raise Problem(404, "there is no such parent on those days")


@router.get("/parents", tags=["orders"], summary="Parent orders with their cost so far", **documented(models.Parents))
def parents(
    request: Request, who: Reader, plant: Plant, when: When, cursor: Cursor = None, limit: Limit = 1000
) -> Response:
    """Parents that arrived on the days asked for, by arrival."""
    found = plant.gateway.table(who.name, ".api.parentsAsof", when.first, when.last, when.asof)
    if found.num_rows:
        # Arrow does not sort by dictionary columns
        order = pa.table({"start": found.column("start"), "parent": found.column("parent").cast(pa.string())})
        found = found.take(pc.sort_indices(order, sort_keys=[("start", "ascending"), ("parent", "ascending")]))
    return listed(request, found, models.ParentRow, when, plant, cursor, limit)


@router.get(
    "/parents/{parent}/scorecard",
    tags=["orders"],
    summary="A parent's figures",
    **documented(models.Scorecard, arrow=False),
)
def scorecard(parent: Parent, who: Reader, plant: Plant, when: When) -> Response:
    """Every figure with unit, sign, interval and reason, as the real-time engine had it last; before it has any, what fills and arrival alone say."""
    found = plant.gateway.table(who.name, ".api.score", when.first, when.last, parent, when.asof)
    by = "name"
    if not found.num_rows:
        _known(plant, who, when, parent)
        if not np.isnat(when.asof):
            raise Problem(404, "there were no figures of this parent by then")
        # the whole catalogue would keep the gateway busy for seconds
        found, by = plant.gateway.table(who.name, ".api.parents", when.first, when.last), "col"
        if found.num_rows:
            found = found.filter(pc.equal(found.column("parent").cast(pa.string()), parent))
        if not found.num_rows:
            raise Problem(404, "there are no figures of this parent on those days")
    row = records(found)[-1]
    asof = row.get("time") or row.get("asof") or _asof(when, plant)
    reasons = dict(text.partition("=")[::2] for text in str(row.get("reasons") or "").split(";") if text)
    known = [metric for metric in plant.catalogue() if metric["level"] == "parent" and metric[by] in row]
    values = [_value(metric, {**row, metric["name"]: row[metric[by]]}, asof, reasons) for metric in known]
    head = {name: row.get(name) for name in ("parent", "sym", "side", "algo", "cost_lamp", "leak_lamp", "data_lamp")}
    return said({**head, "asof": asof, "values": values})


def _value(
    metric: Mapping[str, Any], row: Mapping[str, Any], asof: str | None, reasons: Mapping[str, str]
) -> dict[str, Any]:
    name = str(metric["name"])
    value = row[name]
    why = reasons.get(name) or (row.get(f"{name}_reason") if value is None else None)
    flags = [str(why)] if why else []
    n = row.get("leak_n") if name.startswith("leak") else row.get("n")
    return {
        "name": name,
        "value": value if isinstance(value, int | float | str | bool) else None,
        "unit": metric["unit"],
        "sign": metric["sign"],
        "ci_lo": row.get(f"{name}_ci_lo"),
        "ci_hi": row.get(f"{name}_ci_hi"),
        "n": n,
        "asof": asof,
        "rev": row.get("rev"),
        "flags": flags,
    }


@router.get(
    "/parents/{parent}/fills", tags=["orders"], summary="A parent's execution reports", **documented(models.Fills)
)
def fills(
    request: Request,
    parent: Parent,
    who: OrderReader,
    plant: Plant,
    when: When,
    cursor: Cursor = None,
    limit: Limit = 1000,
) -> Response:
    """As they came, busts and corrections among them, by time."""
    return listed(request, _of(plant, who, "fills", when, parent, models.Fill), models.Fill, when, plant, cursor, limit)


@router.get(
    "/parents/{parent}/children",
    tags=["orders"],
    summary="Order messages of a parent and its children",
    **documented(models.Children),
)
def children(
    request: Request,
    parent: Parent,
    who: OrderReader,
    plant: Plant,
    when: When,
    cursor: Cursor = None,
    limit: Limit = 1000,
) -> Response:
    """By time."""
    return listed(
        request, _of(plant, who, "orders", when, parent, models.Child), models.Child, when, plant, cursor, limit
    )


@router.get(
    "/parents/{parent}/timeline", tags=["orders"], summary="A parent's figures over time", **documented(models.Timeline)
)
def timeline(
    request: Request, parent: Parent, who: Reader, plant: Plant, when: When, cursor: Cursor = None, limit: Limit = 1000
) -> Response:
    """Each evaluation of the real-time engine, by time."""
    return listed(
        request, _of(plant, who, "score", when, parent, models.Moment), models.Moment, when, plant, cursor, limit
    )


@router.get(
    "/parents/{parent}/drift",
    tags=["orders"],
    summary="What the mid did after what the parent did",
    **documented(models.Drifts),
)
def drift(
    request: Request,
    parent: Parent,
    who: Reader,
    plant: Plant,
    when: When,
    anchor: Annotated[
        Literal["fill", "send", "replace", "cancel"] | None, Query(description="after what; default: each")
    ] = None,
    tau: Annotated[float | None, Query(gt=0, le=86_400, description="one horizon, seconds; default: all")] = None,
) -> Response:
    """Mean response at each horizon with its 95% interval, of what is final."""
    _known(plant, who, when, parent)
    found = plant.gateway.table(who.name, ".api.responsesAsof", when.first, when.last, parent, anchor or "", when.asof)
    if tau is not None and found.num_rows:
        found = found.filter(pc.equal(found.column("h").cast(pa.int64()), round(tau * 1e9)))

    def body(table: pa.Table) -> Mapping[str, Any]:
        rows = [{**row, "h_s": row["h"]} for row in records(table)]
        return {"asof": _asof(when, plant), "items": shaped(rows, models.Drift)}

    return answer(request, found, body)


@router.get("/breakdown", tags=["figures"], summary="Cost by part of the flow", **documented(models.Breakdown))
def breakdown(
    request: Request,
    who: Reader,
    plant: Plant,
    when: When,
    by: Annotated[Dimension, Query(description="what to part by")],
) -> Response:
    """With counts and 95% intervals; parts of few fills are marked."""
    found = plant.study.table(who.name, ".api.figuresAsof", when.first, when.last, "breakdown", when.asof)
    if found.num_rows:
        found = found.filter(pc.equal(found.column("dim").cast(pa.string()), by))
    found = only(found, models.Bucket)
    return answer(request, found, lambda t: {"asof": _asof(when, plant), "items": _buckets(t)})


def _buckets(table: pa.Table) -> list[dict[str, Any]]:
    return [{**row, "bucket": str(row["bucket"] or "")} for row in shaped(records(table), models.Bucket)]


@router.get("/reports/{date}", tags=["figures"], summary="A day's report", **documented(models.Report, arrow=False))
def report(date: Annotated[dt.date, Path(description="the day")], who: Reader, plant: Plant) -> Response:
    """The final figures of a day."""
    when = days_of(date, date)
    found = plant.gateway.table(who.name, ".api.parents", when.first, when.last)
    if not found.num_rows:
        raise Problem(404, "there are no parents on that day")
    parts = plant.study.table(who.name, ".api.figures", when.first, when.last, "breakdown")
    raised = plant.gateway.table(who.name, ".api.alerts", when.first, when.last)
    return said(
        {
            "date": str(date),
            "asof": iso(plant.clock.now()),
            "parents": shaped(records(found), models.ParentRow),
            "breakdown": _buckets(parts),
            "alerts": shaped(records(raised), models.Alert),
        }
    )


@router.get("/alerts", tags=["alerts"], summary="Alerts as they stand", **documented(models.Alerts))
def alerts(
    request: Request,
    who: Reader,
    plant: Plant,
    state: Annotated[Literal["open", "snoozed", "acked"] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 1000,
) -> Response:
    """Of the present day and of the last one in the HDB, by time."""
    found = plant.desk(who.name).alerts()
    if state is not None:
        found = found.filter(pc.equal(found.column("state").cast(pa.string()), state))
    now = Days(np.datetime64("NaT"), np.datetime64("NaT"), np.datetime64("NaT", "ns"))
    return listed(request, found, models.Alert, now, plant, cursor, limit)


@router.post(
    "/alerts/{alert}/ack",
    tags=["alerts"],
    summary="Acknowledge, snooze, annotate or reopen an alert",
    **documented(models.Alert, arrow=False),
)
def acknowledge(
    alert: Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="id of the alert")],
    asked: models.AlertAct,
    who: Annotated[Principal, Security(allowed, scopes=["ack:alerts"])],
    plant: Plant,
    request: Request,
) -> Response:
    """It is in the plant's log before it is answered."""
    with noted(plant, who, request, f"alert {alert} {asked.action}"), plant.desk_lock:
        found = plant.desk(who.name).act(alert, asked.action, who.name, "api", note=asked.note, minutes=asked.minutes)
    audit(plant, who, request, f"alert {alert} {asked.action}")
    return said({name: plain(found.get(name)) for name in models.Alert.model_fields})


@router.get("/metrics", tags=["figures"], summary="The catalogue of figures", **documented(models.MetricList))
def catalogue(request: Request, who: Reader, plant: Plant) -> Response:
    """Every figure that is published, with unit, sign and definition."""
    found = plant.gateway.table(who.name, ".api.metrics")
    return answer(request, only(found, models.Metric), lambda t: {"items": shaped(records(t), models.Metric)})


@router.get(
    "/health",
    tags=["plant"],
    summary="Whether the plant answers and its data advance",
    **documented(models.Health, arrow=False),
)
def health(who: Reader, plant: Plant) -> Response:
    """Tables are those that the caller may see."""
    now, still = plant.clock.now(), plant.clock.still_s()
    found = records(plant.gateway.table(who.name, ".api.health"))
    status = "empty" if now is None else "stale" if still > plant.stale_s else "live"
    return said(
        {
            "status": status,
            "asof": iso(now),
            "still_s": None if now is None or math.isinf(still) else round(still, 3),
            "actions": plant.allowed,
            "killed": plant.actions.killed,
            "tables": shaped(found, models.Table),
        }
    )


@contextmanager
def noted(plant: Services, who: Principal, request: Request, what: str) -> Iterator[None]:
    """Notes in the audit what an action ended with, if that is an error: some of it may have been done."""
    try:
        yield
    except Problem as problem:
        audit(plant, who, request, f"{what}: {problem.detail}", problem.status)
        raise
    except SlipstreamError as error:
        told = problem_of(error)
        audit(plant, who, request, f"{what}: {error}", 500 if told is None else told.status)
        raise


def audit(plant: Services, who: Principal, request: Request, detail: str, status: int = 200) -> None:
    """Note an action in the audit; it is on disk when this returns."""
    plant.store.audit(
        who.name,
        remote=request.client.host if request.client else "",
        method=request.method,
        path=request.url.path,
        status=status,
        request=str(request.state.request_id),
        detail=detail,
    )
