"""The application /v1, made from its parts; `mount` puts it into the page's server."""

from __future__ import annotations

import base64
import binascii
import logging
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from anyio import to_thread
from fastapi import APIRouter, Body, Depends, FastAPI, Header, Path, Query, Request, Security
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from slipstream import __version__
from slipstream.api import models, orders, problems
from slipstream.api.actions import Actions, Ems
from slipstream.api.answer import iso, said
from slipstream.api.auth import Authenticator, Principal, Tokens
from slipstream.api.auto import Auto
from slipstream.api.guard import Guard, allowed
from slipstream.api.limits import Limits, read
from slipstream.api.metrics import CONTENT, Metrics, PlantCollector
from slipstream.api.orders import audit, documented, noted
from slipstream.api.plant import Gateway, Lazy
from slipstream.api.problems import Problem
from slipstream.api.services import Clock, Services, Thresholds, Version, services
from slipstream.api.socket import Client
from slipstream.api.store import Store
from slipstream.api.stream import Hub
from slipstream.errors import AuthError, EngineError

if TYPE_CHECKING:
    from slipstream.config import Config

log = logging.getLogger(__name__)

PREFIX = "/v1"
BODY_BYTES = 65_536
router = APIRouter()


def _with(made: dict[str, Any], more: Mapping[int, str]) -> dict[str, Any]:
    """Documented responses, and more problems."""
    problem = {"model": models.Problem, "content": {"application/problem+json": {}}}
    return {
        **made,
        "responses": {
            **made["responses"],
            **{status: {**problem, "description": text} for status, text in more.items()},
        },
    }


Plant = Annotated[Services, Depends(services)]
Admin = Annotated[Principal, Security(allowed, scopes=["admin"])]
Actor = Annotated[Principal, Security(allowed, scopes=["act:switch"])]
Reader = Annotated[Principal, Security(allowed, scopes=["read:tca"])]
Setter = Annotated[Principal, Security(allowed, scopes=["write:thresholds"])]
Match = Annotated[
    str | None, Header(alias="If-Match", max_length=40, description="ETag of the version that it replaces")
]
OfScope = Annotated[
    str,
    Query(
        max_length=120,
        description="whose: desk:NAME, trader:NAME, sym:NAMES (symbols and patterns with blanks between) or algo:NAME; all orders without",
    ),
]


@router.post("/oauth/token", tags=["access"], summary="An access token for client credentials (RFC 6749, 4.4)", response_model=models.Token, responses={401: {"model": models.Problem, "content": {"application/problem+json": {}}}, 422: {"model": models.Problem, "content": {"application/problem+json": {}}}}, openapi_extra={"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "required": ["grant_type"], "properties": {"grant_type": {"const": "client_credentials"}, "client_id": {"type": "string"}, "client_secret": {"type": "string"}, "scope": {"type": "string"}}}}}}})  # fmt: skip
async def token(request: Request, plant: Plant) -> Response:
    """Client and secret by HTTP Basic, or as client_id and client_secret in the form."""
    body = await read(request, BODY_BYTES)
    if body is None:
        raise Problem(413, f"at most {BODY_BYTES} bytes")
    try:
        form = dict(urllib.parse.parse_qsl(body.decode(), max_num_fields=10))
    except (UnicodeDecodeError, ValueError):
        raise Problem(422, "expected a form") from None
    if form.get("grant_type") != "client_credentials":
        raise Problem(422, "expected grant_type=client_credentials", error="unsupported_grant_type")
    name, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    wanted = form["scope"].split() if form.get("scope") else None
    try:
        made, scopes = await run_in_threadpool(plant.auth.grant, name, secret, wanted)
    except AuthError as error:
        if "does not have the scope" in str(error):
            raise Problem(422, str(error), error="invalid_scope") from None
        raise Problem(
            401, str(error), headers={"WWW-Authenticate": 'Basic realm="slipstream"'}, error="invalid_client"
        ) from None
    answer = {
        "access_token": made,
        "token_type": "Bearer",
        "expires_in": int(plant.auth.tokens.life_s),
        "scope": " ".join(sorted(scopes)),
    }
    return said(answer, headers={"Cache-Control": "no-store"})


def _basic(request: Request) -> tuple[str, str] | None:
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return urllib.parse.unquote(name), urllib.parse.unquote(secret)


@router.get("/jwks.json", tags=["access"], summary="The key that tokens are signed with", response_model=models.KeySet)
def keys(plant: Plant) -> Mapping[str, Any]:
    """For services that check tokens themselves."""
    return plant.auth.tokens.public()


@router.post("/actions", tags=["actions"], summary="Ask for an action on a parent", status_code=201, **{**documented(models.Action, arrow=False), "responses": {**documented(models.Action, arrow=False)["responses"], 201: {"model": models.Action}, 409: {"model": models.Problem, "content": {"application/problem+json": {}}, "description": "not now: killed, cooling down, stale, or the key was used for another action"}}})  # fmt: skip
def act(
    asked: Annotated[models.ActionAsked, Body()],
    who: Actor,
    plant: Plant,
    request: Request,
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            min_length=8,
            max_length=100,
            pattern=r"^[\x21-\x7e]+$",
            description="the same key again is the same action",
        ),
    ],
) -> Response:
    """201 when it is new, 200 when the key was used for it before. It is on disk when it is answered; what becomes of it is in GET /v1/actions/{id}."""
    with noted(plant, who, request, f"action on {asked.parent} to {asked.to}"):
        found, new = plant.actions.ask(who.name, key, asked)
    audit(plant, who, request, f"action {found['id']} on {asked.parent} to {asked.to}: {found['state']}")
    return said(_action(found), 201 if new else 200, headers={"Location": f"{PREFIX}/actions/{found['id']}"})


@router.get("/actions", tags=["actions"], summary="Actions, newest first", **documented(models.Actions, arrow=False))
def actions(who: Reader, plant: Plant, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    """Those of parents that the caller sees."""
    found = plant.actions.newest(limit)
    seen = plant.hub.visible(who.name, {a["parent"] for a in found}) if found else set()
    return said({"items": [_action(a) for a in found if a["parent"] in seen]})


@router.get(
    "/actions/{action}",
    tags=["actions"],
    summary="An action and what became of it",
    **documented(models.Action, arrow=False),
)
def action(action: Annotated[str, Path(pattern="^[0-9a-f]{24}$")], who: Reader, plant: Plant) -> Response:
    """Of a parent that the caller sees."""
    found = plant.actions.get(action)
    if found is None or found["parent"] not in plant.hub.visible(who.name, {found["parent"]}):
        raise Problem(404, "there is no such action")
    return said(_action(found))


def _action(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found.get(name) for name in models.Action.model_fields}


@router.put("/kill", tags=["actions"], summary="The kill switch", **documented(models.Kill, arrow=False))
async def kill(asked: models.Kill, who: Admin, plant: Plant, request: Request) -> Response:
    """While it is on nothing is put to the EMS."""

    def turn() -> bool:
        plant.actions.kill(asked.killed)
        audit(plant, who, request, f"kill switch {'on' if asked.killed else 'off'}")
        return plant.actions.killed

    return said({"killed": await to_thread.run_sync(turn, limiter=plant.control)})


@router.get(
    "/thresholds", tags=["figures"], summary="Thresholds of the lamps", **documented(models.Thresholds, arrow=False)
)
def thresholds(who: Reader, plant: Plant) -> Response:
    """Those in force; the header ETag names the version."""
    return _version(_thresholds(plant).limits())


@router.put(
    "/thresholds",
    tags=["figures"],
    summary="Make a new version of the thresholds",
    **_with(
        documented(models.Thresholds, arrow=False), {412: "another version is in force", 428: "If-Match is missing"}
    ),
)
def set_thresholds(
    asked: models.Limits,
    who: Setter,
    plant: Plant,
    request: Request,
    scope: OfScope = "",
    match: Match = None,
) -> Response:
    """The real-time engine judges by them from then on."""
    pairs = {name: (float(pair["amber"]), float(pair["red"])) for name, pair in asked.model_dump().items()}
    wrong = [name for name, (amber, red) in pairs.items() if amber > red]
    if wrong:
        raise Problem(422, f"{', '.join(wrong)}: amber is at most red")
    return _changed(plant, who, request, match, scope, pairs)


@router.delete(
    "/thresholds",
    tags=["figures"],
    summary="Take back the thresholds of a scope",
    **_with(
        documented(models.Thresholds, arrow=False), {412: "another version is in force", 428: "If-Match is missing"}
    ),
)
def drop_thresholds(who: Setter, plant: Plant, request: Request, scope: OfScope, match: Match = None) -> Response:
    """Its orders are judged by the next general ones from then on."""
    return _changed(plant, who, request, match, scope, None)


def _changed(
    plant: Services,
    who: Principal,
    request: Request,
    match: str | None,
    scope: str,
    pairs: Mapping[str, tuple[float, float]] | None,
) -> Response:
    kept, of = _thresholds(plant), f" of {scope}" if scope else ""
    if match is None:
        raise Problem(428, "expected If-Match, with the ETag of GET /v1/thresholds")
    with plant.desk_lock:
        if match.strip('"') != str(kept.limits().number):
            raise Problem(412, "another version of the thresholds is in force")
        with noted(plant, who, request, f"thresholds{of}"):
            made = kept.set_limits(pairs, who.name, scope)
    audit(plant, who, request, f"thresholds version {made.number}{of}")
    return _version(made)


def _thresholds(plant: Services) -> Thresholds:
    if plant.thresholds is None:
        raise Problem(404, "this server keeps no thresholds")
    return plant.thresholds


def _version(version: Version) -> Response:
    def plain(limits: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
        return {name: {"amber": amber, "red": red} for name, (amber, red) in limits.items()}

    body = {
        "number": version.number,
        "profile": version.profile,
        "who": version.who,
        "when": version.when,
        "limits": plain(version.limits),
        "others": [
            {"scope": str(o.scope), "number": o.number, "who": o.who, "when": o.when, "limits": plain(o.limits)}
            for o in version.others
        ],
    }
    return said(body, headers={"ETag": f'"{version.number}"'})


@router.get("/audit", tags=["access"], summary="Refused calls and actions", **documented(models.Audit, arrow=False))
def audited(
    who: Admin,
    plant: Plant,
    after: Annotated[int, Query(ge=0, le=2**53, description="rows with a higher number")] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Response:
    """By number."""
    rows = plant.store.audited(after=after, limit=limit)
    items = [{name: getattr(row, name) for name in models.AuditRow.model_fields} for row in rows]
    return said({"items": [{**item, "time": iso(np.datetime64(round(item["time"] * 1e9), "ns"))} for item in items]})


@router.get(
    "/prometheus",
    tags=["plant"],
    summary="Metrics of the API and the plant, for Prometheus",
    responses={200: {"content": {"text/plain": {}}}},
)
def prometheus(who: Annotated[Principal, Security(allowed, scopes=["read:metrics"])], plant: Plant) -> Response:
    """Text format; also at /metrics."""
    return Response(plant.metrics.text(), media_type=CONTENT)


@router.websocket("/stream")
async def stream(socket: WebSocket) -> None:
    """Snapshots and deltas, see docs/api.md."""
    plant: Services = socket.app.state.services
    client = Client(socket, socket.state.principal, plant.hub, plant.auth, threads=plant.streams, checks=plant.checks)
    await client.serve()


def create(plant: Services, *, rate: float, burst: float) -> FastAPI:
    """The application, without the prefix it is mounted at."""
    app = FastAPI(
        title="Slipstream",
        version=__version__,
        description="What it costs to reveal the intention to trade: scorecards, fills, drift, alerts and actions. Times are UTC; units stand with each field; "
        "a caller sees the rows of the orders it is entitled to and no others.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PREFIX}],
        root_path_in_servers=False,
    )
    app.state.services = plant
    # as its own: routes of an included router are looked through twice for each call
    app.router.routes.extend([*router.routes, *orders.router.routes])
    problems.install(app)
    app.add_middleware(Small)
    app.add_middleware(
        Guard,
        authenticator=plant.auth,
        limits=Limits(rate, burst),
        refusals=Limits(1.0, 30.0),
        metrics=plant.metrics,
        threads=plant.control,
    )
    return app


class Small:
    """Refuses bodies of more than BODY_BYTES, before they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size = dict(scope["headers"]).get(b"content-length", b"0")
        if not size.isdigit() or int(size) > BODY_BYTES:
            made = problems.response(
                413, f"a body has at most {BODY_BYTES} bytes", request=scope["state"]["request_id"]
            )
            await made(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_BYTES:
                raise Problem(413, f"a body has at most {BODY_BYTES} bytes")
            return message

        await self._app(scope, counted, send)


@dataclass
class Api:
    """The application and what runs behind it."""

    app: FastAPI
    services: Services

    def start(self, *, stream: bool = True) -> None:
        """Follow the plant's clock and what becomes of actions, and, for the stream, subscribe to the plant."""
        if stream or self.services.auto is not None:
            self.services.hub.start()
        self.services.clock.start()
        self.services.actions.start()
        if self.services.auto is not None:
            self.services.auto.start()

    def stop(self) -> None:
        """End all of it, and close the connections."""
        if self.services.auto is not None:
            self.services.auto.stop()
        self.services.hub.stop()
        self.services.actions.stop()
        self.services.clock.stop()
        self.services.gateway.close()
        self.services.tickerplant.close()
        self.services.store.close()

    def mount(self, server: Starlette) -> None:
        """Into a server, before whatever it answers everything else with: /v1, and /metrics for Prometheus."""

        async def metrics(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app({**scope, "path": f"{PREFIX}/prometheus", "root_path": PREFIX}, receive, send)

        server.router.routes[:0] = [Mount(PREFIX, self.app), Route("/metrics", _Asgi(metrics))]


class _Asgi:
    """An ASGI application as a route's endpoint: routes take functions for handlers of requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def build(config: Config, *, ems: Ems | None = None) -> Api:
    """
    The API of a plant; starting and stopping it is the caller's.

    Args:
        config: the plant's configuration.
        ems: who takes proposals.
    """
    from slipstream.engine.base import handshake
    from slipstream.engine.client import Client as Engine  # PyKX takes most of a second to import

    def connect(process: str) -> Engine:
        return Engine(
            config.host,
            config.port(process),
            user=config.user,
            password=config.password,
            # the gateway gives up first, and says so
            timeout_s=config.gateway.timeout_s + 5.0 if config.gateway.timeout_s else 600.0,
            connect_timeout_s=2.0,
        )

    def subscribe(tables: Iterable[str]) -> Any:
        from slipstream.engine.client import Subscription

        return Subscription(
            config.host,
            config.port("tickerplant"),
            list(tables),
            user=config.user or "",
            password=config.password or "",
            timeout_s=5.0,
        )

    def up() -> dict[str, bool]:
        names = ["tickerplant", "rdb", "idb", "hdb", "wdb", "gateway", *(["rte"] if config.rte.enabled else [])]
        found = {}
        for name in names:
            try:
                handshake(config.host, config.port(name), user=config.user, password=config.password, timeout_s=0.5)
                found[name] = True
            except EngineError:
                found[name] = False
        return found

    store = Store(config.api_dir)
    metrics = Metrics()
    gateway = Gateway(lambda: connect("gateway"))
    clock = Clock(gateway)
    auth = Authenticator(store, Tokens(config.api_dir, life_s=config.api.token_s))
    actions = Actions(
        store,
        gateway,
        ems,
        metrics,
        allowed=config.api.actions,
        cooldown_s=config.api.cooldown_s,
        stale_s=config.api.stale_s,
        still_s=clock.still_s,
    )
    hub = Hub(subscribe, gateway, metrics)

    def health() -> dict[str, tuple[int, Any]]:
        found = gateway.table(None, ".api.health").to_pydict()
        return {str(n): (int(r), t) for n, r, t in zip(found["table"], found["rows"], found["last"], strict=True)}

    metrics.registry.register(PlantCollector(up, health))
    plant = Services(
        store=store,
        auth=auth,
        gateway=gateway,
        study=gateway,
        clock=clock,
        actions=actions,
        hub=hub,
        metrics=metrics,
        stale_s=config.api.stale_s,
        allowed=config.api.actions,
        tickerplant=Lazy(lambda: connect("tickerplant")),
    )
    if config.api.auto.to is not None:
        plant.auto = Auto(config.api.auto, actions, hub, gateway, store, version=plant.rule_version)
    return Api(create(plant, rate=config.api.rate, burst=config.api.burst), plant)
