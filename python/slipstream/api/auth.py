"""
Who calls, and what that one may do: roles and scopes, and the credentials of the API (signed tokens, API keys, TLS certificates).

A role gives scopes; a principal may have more. What a token says counts only as far as its principal still has it.
"""

from __future__ import annotations

import hashlib
import math
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from slipstream.api.store import Account, Store
from slipstream.errors import AuthError

SCOPES = {
    "read:tca": "scorecards, figures, markouts, alerts and reports of the rows one is entitled to",
    "read:orders": "orders and fills of the rows one is entitled to",
    "read:market": "market data",
    "ack:alerts": "acknowledge, snooze and annotate alerts",
    "act:switch": "notify, propose and automatic actions",
    "write:thresholds": "change thresholds",
    "read:metrics": "what is counted, for Prometheus",
    "admin": "audit and the kill switch",
}
"""Every scope, and what it opens."""

_READ = ("read:market", "read:orders", "read:tca")
ROLES: dict[str, frozenset[str]] = {
    "trader": frozenset((*_READ, "ack:alerts", "act:switch")),
    "head": frozenset((*_READ, "ack:alerts", "act:switch", "write:thresholds")),
    "quant": frozenset(_READ),
    "operator": frozenset((*_READ, "ack:alerts", "read:metrics", "admin")),
    "ems": frozenset((*_READ, "ack:alerts", "act:switch")),
    "service": frozenset(),
}
"""Scopes by role: trader, head (of a desk), quant and operator for people; ems and service (nothing but what it is given) for machines."""

ISSUER, AUDIENCE = "slipstream", "slipstream-api"
_ALGORITHM = "Ed25519"
_REMEMBERED = 10_000
"""Credentials that were good of late, by what they hash to."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. `via` is how that was proven: token, key, certificate or session; `until` is when that proof ends by itself, seconds since 1970."""

    name: str
    role: str
    scopes: frozenset[str]
    via: str
    until: float = math.inf

    def may(self, scope: str) -> bool:
        """Whether it has a scope."""
        return scope in self.scopes


def scopes_of(account: Account) -> frozenset[str]:
    """The scopes of a principal: its role's and its own."""
    return ROLES.get(account.role, frozenset()) | frozenset(account.scopes)


def principal_of(account: Account, via: str, until: float = math.inf) -> Principal:
    """A principal with all of its scopes."""
    return Principal(account.name, account.role, scopes_of(account), via, until)


def check_grant(role: str, scopes: Iterable[str] = ()) -> None:
    """Raise AuthError unless the role and every scope exist."""
    if role not in ROLES:
        raise AuthError(f"{role}: expected one of the roles {', '.join(ROLES)}")
    for scope in scopes:
        if scope not in SCOPES:
            raise AuthError(f"{scope}: expected one of the scopes {', '.join(SCOPES)}")


class Tokens:
    """
    Signed access tokens (JWT, RFC 9068 claims, Ed25519). The key is drawn on first use and kept in `folder`, readable by its owner only.

    Args:
        folder: where the key is.
        life_s: seconds that a token is good for.
    """

    def __init__(self, folder: Path, *, life_s: float = 900.0) -> None:
        self.life_s = life_s
        self._key = OKPKey.import_key(_secret_file(folder / "token.pem", _new_key))

    def issue(self, account: Account, scopes: Iterable[str] | None = None) -> tuple[str, frozenset[str]]:
        """
        A token for a principal with the scopes asked for, or all of its scopes.

        Raises AuthError when it lacks one of them.
        """
        have = scopes_of(account)
        wanted = have if scopes is None else frozenset(scopes)
        if not wanted <= have:
            raise AuthError(f"{account.name} does not have the scope {', '.join(sorted(wanted - have))}")
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": account.name,
            "client_id": account.name,
            "iat": now,
            "exp": now + int(self.life_s),
            "jti": secrets.token_hex(8),
            "scope": " ".join(sorted(wanted)),
        }
        return jwt.encode({"alg": _ALGORITHM, "typ": "at+jwt"}, claims, self._key, algorithms=[_ALGORITHM]), wanted

    def read(self, token: str) -> tuple[str, frozenset[str], float]:
        """The principal's name, the scopes of a token and when it expires. Raises AuthError when it is not one of ours, or has expired."""
        try:
            found = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            _CLAIMS.validate(found.claims)
        except (
            JoseError,
            ValueError,
            TypeError,
        ) as error:  # joserfc takes the header's members for what they should be
            raise AuthError(f"the token is not valid: {type(error).__name__}") from None
        claims = found.claims
        return str(claims["sub"]), frozenset(str(claims["scope"]).split()), float(claims["exp"])

    def public(self) -> dict[str, Any]:
        """The public key, as a JSON Web Key Set."""
        key = dict(self._key.as_dict(private=False))
        return {"keys": [{**key, "use": "sig", "alg": _ALGORITHM, "kid": self._key.thumbprint()}]}


_CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    sub={"essential": True},
    exp={"essential": True},
    scope={"essential": True},
)


class Authenticator:
    """
    Credentials to principals.

    Args:
        store: what is kept of them.
        tokens: the tokens.
    """

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self.store, self.tokens = store, tokens
        self._lock = threading.Lock()
        self._good: OrderedDict[bytes, tuple[int, Principal]] = OrderedDict()

    def who(self, kind: str, text: str) -> Principal:
        """The principal of a credential: bearer, key or certificate. Raises AuthError."""
        # asked before anything is looked up: what changes meanwhile makes what was found old
        version = self.store.version()
        principal = {"bearer": self.bearer, "key": self.key, "certificate": self.certificate}[kind](text)
        if version is not None:
            with self._lock:
                self._good[_digest(kind, text)] = version, principal
                while len(self._good) > _REMEMBERED:
                    self._good.popitem(last=False)
        return principal

    def known(self, kind: str, text: str) -> Principal | None:
        """The same without waiting for a disk, where it was found before and nothing that is kept has changed since; None means that it must be asked."""
        with self._lock:
            version, principal = self._good.get(_digest(kind, text), (None, None))
        if principal is None or time.time() >= principal.until or version != self.store.version():
            return None
        return principal

    def bearer(self, text: str) -> Principal:
        """The principal of what follows `Bearer`: a token or an API key. Raises AuthError."""
        if text.startswith("slip_"):
            return self.key(text)
        name, scopes, until = self.tokens.read(text)
        account = self.store.account(name)
        if account is None:
            raise AuthError("the token's client is not known any more")
        return Principal(account.name, account.role, scopes & scopes_of(account), "token", until)

    def key(self, text: str) -> Principal:
        """The principal of an API key. Raises AuthError."""
        found = self.store.check_key(text)
        if found is None:
            raise AuthError("the API key is not valid")
        account, expires = found
        return principal_of(account, "key", math.inf if expires is None else expires)

    def certificate(self, fingerprint: str) -> Principal:
        """The principal of a TLS certificate that the server has verified. Raises AuthError."""
        account = self.store.by_fingerprint(fingerprint)
        if account is None:
            raise AuthError("the certificate is not that of a client")
        return principal_of(account, "certificate")

    def grant(self, name: str, secret: str, scopes: Iterable[str] | None) -> tuple[str, frozenset[str]]:
        """A token for client credentials. Raises AuthError."""
        account = self.store.check_secret(name, secret)
        if account is None:
            raise AuthError("the client or its secret is not valid")
        return self.tokens.issue(account, scopes)


def _digest(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind} {text}".encode("utf-8", "surrogatepass")).digest()


def _new_key() -> bytes:
    pem: bytes = OKPKey.generate_key("Ed25519").as_pem(private=True)
    return pem


def _secret_file(file: Path, make: Any) -> bytes:
    """What a file holds; made at first, for the owner's eyes only, by whoever of several processes comes first."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not file.exists():
        new = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(make())
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(new, file)
        except FileExistsError:
            pass  # another process was first: its key is the key
        finally:
            new.unlink()
    return file.read_bytes()


def session_key(folder: Path) -> str:
    """The key that signs the page's session cookies, drawn on first use."""
    return _secret_file(folder / "session.key", lambda: secrets.token_hex(32).encode()).decode()
