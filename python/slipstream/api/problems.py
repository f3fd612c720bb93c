"""Errors as the API tells them: application/problem+json (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from slipstream.errors import AlertError, AuthError, QueryError, ScorecardError, SlipstreamError, Timeout, Unreachable

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


def problem_of(error: SlipstreamError) -> Problem | None:
    """What a caller is told of an error; None for one that should not happen."""
    if isinstance(error, Timeout):
        return Problem(504, "the plant did not answer in time")
    if isinstance(error, Unreachable):
        return Problem(503, "the plant does not answer", headers={"Retry-After": "2"})
    if isinstance(error, AlertError):
        return Problem(404 if str(error).startswith("there is no alert") else 422, str(error))
    if isinstance(error, AuthError | ScorecardError):
        return Problem(422, str(error))
    kind = error.kind if isinstance(error, QueryError) else ""
    if kind.startswith("access"):
        return Problem(403, kind)
    if kind.startswith("limit"):
        return Problem(422, f"{kind}: ask for less", limit="rows")
    if kind == "stop":
        return Problem(422, "it takes longer than a request may: ask for less", limit="time")
    if kind.startswith("no connection"):
        return Problem(503, "a process of the plant does not answer", headers={"Retry-After": "2"})
    return None


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

    async def ours(request: Request, error: SlipstreamError) -> Response:
        made = problem_of(error)
        if made is None:
            raise error
        return await problem(request, made)

    async def unexpected(request: Request, error: Exception) -> Response:
        # what was raised goes to the log, never to the caller
        return tell(500, request, "something went wrong here; the log has it under this request's id")

    for kind, handler in (
        (Exception, unexpected),
        (Problem, problem),
        (HTTPException, http),
        (RequestValidationError, invalid),
        (SlipstreamError, ours),
    ):
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]
