"""
What stands before every call, HTTP and WebSocket: who it is, how often, and a row in the audit for what is refused.

It is done before anything of the request is read, so that who is not known learns nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Security
from fastapi.security import HTTPBearer, OAuth2, SecurityScopes
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slipstream.api.auth import SCOPES, Authenticator, Principal
from slipstream.api.limits import Limits
from slipstream.api.metrics import Metrics
from slipstream.api.problems import Problem, response
from slipstream.errors import AuthError

OPEN = ("/oauth/token", "/openapi.json", "/jwks.json")
"""Paths that need no credentials."""
AUDITED = (401, 403, 429)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="slipstream"'}


class Guard:
    """
    Args:
        app: what it stands before.
        authenticator: who is who.
        limits: by principal, and by address for credentials that are refused.
        refusals: by address.
        metrics: counts what comes and goes.
        threads: of its own.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        limits: Limits,
        refusals: Limits,
        metrics: Metrics,
        threads: CapacityLimiter,
    ) -> None:
        self._app, self._auth, self._limits, self._refusals = app, authenticator, limits, refusals
        self._metrics, self._threads = metrics, threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = secrets.token_hex(8)
        state["principal"] = None
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        remote = str((scope.get("client") or ("",))[0])
        watched = self._watched(scope, send, path, remote)
        try:
            if path in OPEN:
                self._patience(remote)
            else:
                state["principal"] = self._known(scope, remote) or await to_thread.run_sync(
                    self._who, scope, remote, limiter=self._threads
                )
                if wait := self._limits.take(state["principal"].name):
                    raise Problem(429, "too many requests", headers={"Retry-After": str(max(1, round(wait + 0.5)))})
        except Problem as problem:
            await self._refuse(scope, receive, watched, problem)
            return
        with self._metrics.timed(scope, path):
            await self._app(scope, receive, watched)

    def _known(self, scope: Scope, remote: str) -> Principal | None:
        """Whoever needs no looking up; everybody else is looked at, and counted, on a thread."""
        return None if self._refusals.wait(remote) else recall(self._auth, scope)

    def _who(self, scope: Scope, remote: str) -> Principal:
        self._patience(remote)
        try:
            return identify(self._auth, scope)
        except AuthError as error:
            self._refusals.take(remote)
            raise Problem(401, str(error), headers=_CHALLENGE) from None

    def _patience(self, remote: str) -> None:
        """Whoever was refused too often waits, whatever is offered."""
        if wait := self._refusals.wait(remote):
            raise Problem(429, "too many refused credentials", headers={"Retry-After": str(max(1, round(wait + 0.5)))})

    def _watched(self, scope: Scope, send: Send, path: str, remote: str) -> Send:
        """Sends; a refusal is in the audit before it is told."""

        async def watched(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = int(message["status"])
                state = scope["state"]
                message.setdefault("headers", []).append((b"x-request-id", state["request_id"].encode()))
                self._metrics.answered(scope, status)
                if status in AUDITED:
                    if path in OPEN and status == 401:
                        self._refusals.take(remote)
                    principal = state["principal"]
                    await to_thread.run_sync(
                        lambda: self._auth.store.audit(
                            principal.name if principal else "",
                            remote=remote,
                            method=str(scope.get("method", "WS")),
                            path=path,
                            status=status,
                            request=state["request_id"],
                            detail="refused",
                        ),
                        limiter=self._threads,
                    )
            await send(message)

        return watched

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send, problem: Problem) -> None:
        made = response(
            problem.status,
            problem.detail,
            request=scope["state"]["request_id"],
            headers=problem.headers,
            **problem.more,
        )
        await made(scope, receive, send)  # starlette denies a WebSocket's handshake with it


def identify(authenticator: Authenticator, scope: Mapping[str, Any]) -> Principal:
    """
    Who a call is from: a bearer token or API key in `Authorization`, a key in `X-API-Key`, or the TLS client certificate.

    Raises AuthError when there is nothing, or what there is is not good; a bad credential beside a good one is bad.
    """
    return authenticator.who(*_credential(scope))


def recall(authenticator: Authenticator, scope: Mapping[str, Any]) -> Principal | None:
    """The same without waiting, where it is known already; None means that it must be asked."""
    try:
        return authenticator.known(*_credential(scope))
    except AuthError:
        return None


def _credential(scope: Mapping[str, Any]) -> tuple[str, str]:
    """What kind of credential, and what it says."""
    headers = Headers(raw=list(scope["headers"]))
    given = headers.get("authorization")
    if given is not None:
        kind, _, text = given.partition(" ")
        if kind.lower() != "bearer" or not text:
            raise AuthError("expected Authorization: Bearer, and a token or an API key")
        return "bearer", text.strip()
    key = headers.get("x-api-key")
    if key is not None:
        return "key", key
    fingerprint = scope.get("extensions", {}).get("slipstream.certificate")
    if fingerprint:
        return "certificate", fingerprint
    raise AuthError("credentials are needed")


# for the OpenAPI document: Guard has read the credentials already
_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="an access token, or an API key")
_oauth = OAuth2(
    flows={"clientCredentials": {"tokenUrl": "/v1/oauth/token", "scopes": SCOPES}},
    scheme_name="oauth2",
    auto_error=False,
)


async def allowed(
    needed: SecurityScopes,
    request: Request,
    _given: Annotated[object, Security(_bearer)] = None,
    _token: Annotated[object, Security(_oauth)] = None,
) -> Principal:
    """A dependency: the caller, who must have the scopes. Raises Problem. Not a plain function, which would have to wait for a thread."""
    principal = request.state.principal
    assert isinstance(principal, Principal)
    missing = [scope for scope in needed.scopes if not principal.may(scope)]
    if missing:
        raise Problem(403, f"the scope {', '.join(missing)} is missing", scopes=missing)
    return principal
