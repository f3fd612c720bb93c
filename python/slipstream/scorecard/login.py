"""
Who may look at the page: a guard before everything that it serves, local users with passwords, OIDC.

Accounts and roles are those of the API (`slipstream.api.store`). A session is a random token in a cookie of which only the hash is kept;
it ends after `scorecard.session_hours`, when its account is shut out, and when its owner logs out, and then open pages are cut off too.
"""

from __future__ import annotations

import asyncio
import hashlib
import html
import secrets
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from slipstream.api.auth import principal_of, session_key
from slipstream.api.limits import read
from slipstream.api.store import Account, Store
from slipstream.scorecard import access

if TYPE_CHECKING:
    from slipstream.config import Config

COOKIE, FORM_COOKIE = "slipstream_session", "slipstream_form"
CHECK_S = 15.0  # an open page's session is looked at this often
TRIES, TRIES_S = 5, 300.0  # failed logins of a name, or from an address, before it has to wait, and for how long
_FREE = ("/login", "/oidc/", "/assets/style.css")
_HERE = ("127.0.0.1", "::1", "localhost")
_BODY_MAX = 10_000


class Gate:
    """
    Sessions, and the accounts behind them.

    Args:
        store: accounts.
        kind: none (whoever reaches the page is the local user), local or oidc.
        hours: how long a session lasts.
        url: the page's address as browsers see it, where that differs; empty otherwise.
    """

    def __init__(self, store: Store, kind: str, *, hours: float = 12.0, url: str = "") -> None:
        self.store, self.kind, self._hours, self.url = store, kind, hours, url.rstrip("/")
        self._lock = threading.RLock()
        self._failed: dict[str, deque[float]] = {}
        self._db = sqlite3.connect(
            store.folder / "sessions.db", timeout=10.0, isolation_level=None, check_same_thread=False
        )
        (store.folder / "sessions.db").chmod(0o600)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("create table if not exists sessions(hash text primary key, name text, began real, ends real)")

    def viewer(self, token: str) -> access.Viewer | None:
        """Whose session it is; None where it is none, or over."""
        if self.kind == "none":
            return access.OPEN
        with self._lock:
            row = self._db.execute("select name, began, ends from sessions where hash=?", (_hash(token),)).fetchone()
        account = self.store.account(row[0]) if row and row[2] > time.time() else None
        if account is None:
            return None
        who = principal_of(account, "session")
        return access.Viewer(who.name, who.role, who.scopes)

    def begin(self, account: Account) -> str:
        """A new session; returns its token."""
        token, now = secrets.token_urlsafe(32), time.time()
        with self._lock:
            self._db.execute("delete from sessions where ends<?", (now,))
            row = (_hash(token), account.name, now, now + self._hours * 3600)
            self._db.execute("insert into sessions values(?,?,?,?)", row)
        return token

    def end(self, token: str) -> None:
        """End a session."""
        with self._lock:
            self._db.execute("delete from sessions where hash=?", (_hash(token),))

    def end_all(self, name: str) -> None:
        """End every session of somebody."""
        with self._lock:
            self._db.execute("delete from sessions where name=?", (name,))

    def check(self, name: str, password: str, remote: str) -> Account | None:
        """The account whose password it is; every try is noted. None too while there were too many failures."""
        keys = (f"name {name}", f"from {remote}")
        if any(self._waits(key) for key in keys):
            self.note(name, remote, 429, "too many failed logins")
            return None
        account = self.store.check_password(name, password)
        with self._lock:
            for key in keys:
                if account is None:
                    self._failed.setdefault(key, deque(maxlen=TRIES)).append(time.monotonic())
                else:
                    self._failed.pop(key, None)
        self.note(name, remote, 401 if account is None else 200, "login")
        return account

    def note(self, name: str, remote: str, status: int, detail: str) -> None:
        """Put a login, or why there was none, into the audit."""
        self.store.audit(
            name[:100],
            remote=remote,
            method="POST",
            path="/login",
            status=status,
            request=secrets.token_hex(8),
            detail=detail,
        )

    def record(self, who: access.Viewer, path: str, status: int, detail: str) -> None:
        """Put what somebody did on the page, or was refused to do, into the audit."""
        self.store.audit(
            who.name,
            remote=who.remote,
            method="PAGE",
            path=path,
            status=status,
            request=secrets.token_hex(8),
            detail=detail,
        )

    def _waits(self, key: str) -> bool:
        with self._lock:
            if len(self._failed) > 10_000:
                self._failed.clear()
            tries = self._failed.get(key, deque())
            return len(tries) == TRIES and time.monotonic() - tries[0] < TRIES_S

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def gate(config: Config) -> Gate:
    """The gate of a plant's page."""
    settings = config.scorecard
    return Gate(Store(config.api_dir), settings.login, hours=settings.session_hours, url=settings.url or "")


class Guard:
    """
    ASGI middleware: nobody gets past it without a session, nothing is taken that another site's page sent, and every answer says what
    the browser may load.

    Args:
        app: what it guards.
        gate: sessions.
        hashes: of the inline scripts, by the path that they are served below.
    """

    def __init__(self, app: Any, *, gate: Gate, hashes: Mapping[str, tuple[str, ...]]) -> None:
        self._app, self._gate = app, gate
        # a look at a session waits neither for passwords, which take long, nor those of open pages for those of requests or the other way round
        self._threads, self._checks = CapacityLimiter(4), CapacityLimiter(2)
        self._hashes = sorted(hashes.items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Guard one request or socket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path == "/metrics" or path.startswith("/v1/"):  # the API asks for its own credentials
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self._gate.kind == "none" and not self._here(headers.get("host", "")):
            await _refuse(scope, send, 421, "without a login the page is at localhost, or at scorecard.url")
            return
        token = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        who = await self._viewer(token, self._threads)
        socket = scope["type"] == "websocket"
        if (socket or scope["method"] not in ("GET", "HEAD")) and not self._ours(headers):
            await _refuse(scope, send, 403, "this came from another site")
            return
        if who is None and not path.startswith(_FREE):
            if socket or scope["method"] != "GET" or "text/html" not in headers.get("accept", ""):
                await _refuse(scope, send, 401, "log in first")
            else:
                await RedirectResponse(f"/login?next={quote(path)}", 303)(scope, receive, send)
            return
        remote = str((scope.get("client") or ("",))[0])
        access.set_viewer(replace(who or access.NOBODY, remote=remote))
        if socket:
            await self._socket(scope, receive, send, token)
        else:
            await self._app(scope, receive, self._dressed(scope, send))

    async def _viewer(self, token: str, threads: CapacityLimiter) -> access.Viewer | None:
        if self._gate.kind == "none":
            return access.OPEN  # there is nothing to look up
        return await to_thread.run_sync(self._gate.viewer, token, limiter=threads)

    def _here(self, host: str) -> bool:
        """Whether a name is this machine's: another site may have its own point here, and its pages would pass for ours."""
        name = (host if host.endswith("]") else host.rpartition(":")[0] or host).lower().strip("[]")
        return name in _HERE or (name != "" and name == urlsplit(self._gate.url).hostname)

    def _ours(self, headers: Mapping[str, str]) -> bool:
        """Whether the page that sent this is ours. A browser names the origin of whatever is no plain look."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "same-origin") == "same-origin"
        return origin == self._gate.url or urlsplit(origin).netloc == headers.get("host")

    def _dressed(self, scope: Mapping[str, Any], send: Any) -> Any:
        scripts = next((found for path, found in self._hashes if scope["path"].startswith(path)), ())
        policy = (
            f"default-src 'none'; script-src 'self' {' '.join(scripts)}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'self'"
        )
        extra = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
        }
        if scope["scheme"] == "https" or self._gate.url.startswith("https://"):
            extra["strict-transport-security"] = "max-age=31536000"

        async def dressed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                more = [(name.encode(), value.encode()) for name, value in extra.items()]
                if any(n.lower() == b"content-type" and b"html" in v for n, v in message["headers"]):
                    more.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *more]
            await send(message)

        return dressed

    async def _socket(self, scope: Any, receive: Any, send: Any, token: str) -> None:
        """A page's stream, for as long as its session lasts, whatever the page says meanwhile."""
        over = asyncio.Event()

        async def watch() -> None:
            try:
                while await self._viewer(token, self._checks) is not None:
                    await asyncio.sleep(CHECK_S)
            finally:
                over.set()  # a session that cannot be looked at is over too
            await send({"type": "websocket.close", "code": 4401, "reason": "the session is over"})

        async def guarded() -> Any:
            waiting, ending = asyncio.ensure_future(receive()), asyncio.ensure_future(over.wait())
            try:
                await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
                return {"type": "websocket.disconnect", "code": 4401} if over.is_set() else waiting.result()
            finally:
                waiting.cancel()
                ending.cancel()

        async def quiet(message: Any) -> None:
            if not over.is_set():
                await send(message)

        watching = asyncio.ensure_future(watch())
        try:
            await self._app(scope, guarded, quiet)
        finally:
            if not over.is_set():
                watching.cancel()
            await asyncio.wait({watching})
            if not watching.cancelled():
                watching.result()


def routes(server: Starlette, gate: Gate, config: Config | None = None) -> None:
    """
    Add the login form and the way out, and with OIDC the way to the provider and back.
    """

    async def form(request: Request) -> Response:
        if gate.kind == "none":
            return RedirectResponse("/", 303)
        if gate.kind == "oidc":
            return RedirectResponse("/oidc/login", 303)
        return _form(request, "")

    async def enter(request: Request) -> Response:
        if gate.kind != "local":
            return Response("there are no local users here", 404)
        body = await read(request, _BODY_MAX)
        if body is None:
            return Response("too long", 413)
        fields = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        expected = request.cookies.get(FORM_COOKIE, "")
        if not expected or not secrets.compare_digest(fields.get("form", "").encode(), expected.encode()):
            return _form(request, "The form was too old. Please try again.", 403)
        remote = request.client.host if request.client else ""
        account = await asyncio.to_thread(gate.check, fields.get("name", ""), fields.get("password", ""), remote)
        if account is None:
            return _form(
                request, "Name or password is wrong, or there were too many tries: then wait five minutes.", 401
            )
        return _welcome(request, gate, account, fields.get("next", "/"))

    async def leave(request: Request) -> Response:
        await asyncio.to_thread(gate.end, request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer

    server.add_route("/login", form, methods=["GET"])
    server.add_route("/login", enter, methods=["POST"])
    server.add_route("/logout", leave, methods=["GET"])
    if gate.kind == "oidc" and config is not None:
        server.mount("/oidc", _oidc(gate, config))


def _oidc(gate: Gate, config: Config) -> Starlette:
    """The way to the identity provider and back (authorization code with PKCE)."""
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.starlette_client import OAuth
    from httpx import HTTPError
    from joserfc.errors import JoseError

    settings = config.scorecard.oidc
    oauth = OAuth()
    oauth.register(
        "provider",
        server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=settings.client_id,
        client_secret=config.secret("scorecard.oidc.secret_env", settings.secret_env),
        client_kwargs={"scope": settings.scope, "code_challenge_method": "S256"},
    )

    async def begin(request: Request) -> Any:
        back = f"{gate.url or str(request.base_url).removesuffix('/oidc/').rstrip('/')}/oidc/back"
        try:
            return await oauth.provider.authorize_redirect(request, back)
        except HTTPError as error:
            return await silent(request, error)

    async def silent(request: Request, error: HTTPError) -> Response:
        remote = request.client.host if request.client else ""
        await asyncio.to_thread(gate.note, "", remote, 502, f"oidc: {type(error).__name__} {error}")
        return Response("the identity provider does not answer; please try again", 502)

    async def back(request: Request) -> Response:
        remote = request.client.host if request.client else ""
        try:
            found = await oauth.provider.authorize_access_token(request)
        except (OAuthError, JoseError) as error:
            await asyncio.to_thread(gate.note, "", remote, 401, f"oidc: {error.error}")
            return Response(f"the identity provider's answer is not valid: {html.escape(str(error.error))}", 401)
        except HTTPError as error:
            return await silent(request, error)
        name = str((found.get("userinfo") or {}).get(settings.claim) or "")
        account = await asyncio.to_thread(gate.store.account, name)
        if account is None or account.kind != "user":
            await asyncio.to_thread(gate.note, name, remote, 403, "oidc: nobody of that name has an account here")
            return Response("nobody of that name has an account here", 403)
        await asyncio.to_thread(gate.note, name, remote, 200, "oidc")
        request.session.clear()
        return _welcome(request, gate, account, "/")

    keys = Middleware(
        SessionMiddleware, secret_key=session_key(gate.store.folder), session_cookie="slipstream_oidc", max_age=600,
        same_site="lax", https_only=gate.url.startswith("https://"),
    )  # fmt: skip
    return Starlette(routes=[Route("/login", begin), Route("/back", back)], middleware=[keys])


def _welcome(request: Request, gate: Gate, account: Account, target: str) -> Response:
    # only to a path of this server: neither //elsewhere nor /\elsewhere
    safe = target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"
    answer = RedirectResponse(safe, 303)
    _set(answer, request, gate.url, COOKIE, gate.begin(account))
    answer.delete_cookie(FORM_COOKIE)
    return answer


def _set(answer: Response, request: Request, url: str, name: str, value: str) -> None:
    secure = request.url.scheme == "https" or url.startswith("https://")
    # lax: the way back from an identity provider begins on another site
    answer.set_cookie(name, value, httponly=True, secure=secure, samesite="lax", path="/")


def _form(request: Request, said: str, status: int = 200) -> Response:
    token = secrets.token_urlsafe(24)
    target = html.escape(request.query_params.get("next", "/"), quote=True)
    answer = HTMLResponse(_PAGE.format(said=html.escape(said), token=token, next=target), status)
    _set(answer, request, "", FORM_COOKIE, token)
    return answer


async def _refuse(scope: Mapping[str, Any], send: Any, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4000 + status, "reason": why})
        return
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": why.encode()})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Slipstream: log in</title>
<link rel="stylesheet" href="/assets/style.css"></head>
<body><main class="login"><h1 class="brand">SLIPSTREAM</h1>
<form method="post" action="/login">
<label for="name">Name</label><input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<input type="hidden" name="form" value="{token}"><input type="hidden" name="next" value="{next}">
<button class="act">Log in</button><p class="said" role="alert">{said}</p></form></main></body></html>
"""
