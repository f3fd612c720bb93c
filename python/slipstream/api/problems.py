"""Errors as the API tells them: application/problem+json (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from slipstream.errors import AlertError, AuthError, EngineError, QueryError, Timeout, Unreachable

MEDIA = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    412: "Precondition failed",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not valid",
    428: "Precondition required",
    429: "Too many requests",
    500: "Internal error",
    503: "The plant does not answer",
    504: "The plant did not answer in time",
}


class Problem(Exception):
    """Ends a request with a status and a sentence."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, dict(headers or {}), more


def response(
    status: int, detail: str, *, request: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem as a response. `request` is the id by which the log and the audit know the call."""
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail, **more}
    if request:
        body["request"] = request
    # in ASCII: what was not valid may hold half characters, which nothing else encodes
    return Response(json.dumps(body, default=str), status, media_type=MEDIA, headers=dict(headers or {}))


def install(app: FastAPI) -> None:
    """Have every error of an application told so."""

    def tell(status: int, request: Request, detail: str, **more: Any) -> Response:
        return response(status, detail, request=str(request.state.request_id), **more)

    async def problem(request: Request, error: Problem) -> Response:
        return tell(error.status, request, error.detail, headers=error.headers, **error.more)

    async def http(request: Request, error: HTTPException) -> Response:
        return tell(error.status_code, request, str(error.detail), headers=error.headers)

    async def invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [{"where": ".".join(map(str, e["loc"])), "what": str(e["msg"])} for e in error.errors()]
        return tell(422, request, "the request is not valid", errors=wrong)

    async def engine(request: Request, error: EngineError) -> Response:
        if isinstance(error, Timeout):
            return tell(504, request, "the plant did not answer in time")
        if isinstance(error, Unreachable):
            return tell(503, request, "the plant does not answer", headers={"Retry-After": "2"})
        if isinstance(error, QueryError) and error.kind.startswith("access"):
            return tell(403, request, error.kind)
        if isinstance(error, QueryError) and error.kind.startswith("limit"):
            return tell(422, request, f"{error.kind}: ask for less", limit="rows")
        if isinstance(error, QueryError) and error.kind == "stop":
            return tell(422, request, "it takes longer than a request may: ask for less", limit="time")
        if isinstance(error, QueryError) and error.kind.startswith("no connection"):
            return tell(503, request, "a process of the plant does not answer", headers={"Retry-After": "2"})
        raise error

    async def alert(request: Request, error: AlertError) -> Response:
        return tell(404 if str(error).startswith("there is no alert") else 422, request, str(error))

    async def auth(request: Request, error: AuthError) -> Response:
        return tell(422, request, str(error))

    async def unexpected(request: Request, error: Exception) -> Response:
        # what was raised goes to the log, never to the caller
        return tell(500, request, "something went wrong here; the log has it under this request's id")

    for kind, handler in (
        (Exception, unexpected),
        (Problem, problem),
        (HTTPException, http),
        (RequestValidationError, invalid),
        (EngineError, engine),
        (AlertError, alert),
        (AuthError, auth),
    ):
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]
