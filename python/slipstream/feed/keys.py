"""
Keys of venues: where they are kept, and what they sign. No secret is shown, logged or recorded.

A value is looked for in the environment, then in the file `feed.venues.secrets`: a line `NAME=value` each, `\\n` in a value for a line
feed, as keys in PEM need.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from slipstream.config import Venues
from slipstream.errors import ConfigError

_Key = TypeVar("_Key")


@dataclass(frozen=True)
class Credentials:
    """A key of the Exchange API of Coinbase, which `level2` and `full` need."""

    key: str
    secret: str = field(repr=False)
    """Base64, as it was given."""
    passphrase: str = field(repr=False)


@dataclass(frozen=True)
class CdpKey:
    """A key of the Coinbase Developer Platform, for Advanced Trade."""

    name: str
    secret: str = field(repr=False)
    """As it was given: an EC key in PEM (ES256), or an Ed25519 key in Base64 (EdDSA)."""


@dataclass(frozen=True)
class KrakenKey:
    """A key of Kraken's REST API with the permission to use its websockets."""

    key: str
    secret: str = field(repr=False)
    """Base64, as it was given."""


@dataclass(frozen=True)
class Keys:
    """Those that there are."""

    exchange: Credentials | None = None
    advanced: CdpKey | None = None
    kraken: KrakenKey | None = None


def load(venues: Venues) -> Keys:
    """
    The keys that the configuration names.

    Raises ConfigError for one that is not there or cannot be one, without telling it.
    """
    kept = {} if venues.secrets is None else _kept(Path(venues.secrets).expanduser())
    keys = Keys(
        exchange=_of(kept, "coinbase_env", venues.coinbase_env, ("KEY", "SECRET", "PASSPHRASE"), Credentials),
        advanced=_of(kept, "coinbase_cdp_env", venues.coinbase_cdp_env, ("NAME", "SECRET"), CdpKey),
        kraken=_of(kept, "kraken_env", venues.kraken_env, ("KEY", "SECRET"), KrakenKey),
    )
    try:
        if keys.exchange is not None:
            signature(keys.exchange, "0")
        if keys.advanced is not None:
            token(keys.advanced, 0)
        if keys.kraken is not None:
            kraken_signature(keys.kraken, "/", "0", "")
    except ValueError as error:
        raise ConfigError("feed.venues", "a key", str(error), found=False) from None
    return keys


def _of(
    kept: Mapping[str, str], where: str, prefix: str | None, parts: tuple[str, ...], kind: type[_Key]
) -> _Key | None:
    if prefix is None:
        return None
    found = []
    for name in (f"{prefix}_{part}" for part in parts):
        value = os.environ.get(name, kept.get(name))
        if not value:
            raise ConfigError(f"feed.venues.{where}", name, "to be set, in the environment or in secrets", found=False)
        found.append(value)
    return kind(*found)


def _kept(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8"
        raise ConfigError("configuration", "feed.venues.secrets", f"a readable file ({reason})", str(path)) from None
    found = {}
    for line in lines:
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            found[name.strip()] = value.strip()
    return found


def signature(credentials: Credentials, seconds: str) -> dict[str, str]:
    """The fields that authenticate a subscription to the Exchange feed at a time (seconds since 1970). Raises ValueError for a secret that is none."""
    made = hmac.new(_base64(credentials.secret), f"{seconds}GET/users/self/verify".encode(), hashlib.sha256).digest()
    return {
        "signature": base64.b64encode(made).decode(),
        "key": credentials.key,
        "passphrase": credentials.passphrase,
        "timestamp": seconds,
    }


def kraken_signature(key: KrakenKey, path: str, nonce: str, body: str) -> str:
    """`API-Sign` of a request: HMAC-SHA512 of the path and of SHA256 of nonce and body. Raises ValueError for a secret that is none."""
    digest = hashlib.sha256((nonce + body).encode()).digest()
    return base64.b64encode(hmac.new(_base64(key.secret), path.encode() + digest, hashlib.sha512).digest()).decode()


LIFE_S = 120
"""A token's, as the venue allows."""


def token(key: CdpKey, seconds: int) -> str:
    """
    The token (JWT) that a subscription to Advanced Trade carries, made at a time (seconds since 1970): of a websocket, so without a URI.

    Raises ValueError for a secret that is no key.
    """
    # the library is needed by nobody who has no key
    from joserfc import jwt
    from joserfc.errors import JoseError, SecurityWarning
    from joserfc.jwk import ECKey, OKPKey
    from joserfc.jws import JWSRegistry

    text = key.secret.replace("\\n", "\n")
    claims = {"sub": key.name, "iss": "cdp", "nbf": seconds, "exp": seconds + LIFE_S}
    try:
        if text.lstrip().startswith("-----BEGIN"):
            algorithm = "ES256"
            made: ECKey | OKPKey = ECKey.import_key(text)
        else:
            raw = _base64(text)
            if len(raw) != 64:
                raise ValueError
            parts = {"d": raw[:32], "x": raw[32:]}
            coded = {name: base64.urlsafe_b64encode(part).rstrip(b"=").decode() for name, part in parts.items()}
            algorithm, made = "EdDSA", OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", **coded})
        header = {"alg": algorithm, "typ": "JWT", "kid": key.name, "nonce": secrets.token_hex(16)}
        # a nonce in the header is none of JWS's fields, which are all that is let through otherwise
        registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        with warnings.catch_warnings():
            # the venue's name for the algorithm, of which the library says that it has another by now
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.encode(header, claims, made, registry=registry)
    except (JoseError, ValueError, TypeError):
        raise ValueError(
            f"the secret of {key.name}: expected a P-256 key in PEM, or an Ed25519 key of 64 bytes in Base64"
        ) from None


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a secret that is not Base64") from None


__all__ = ["LIFE_S", "CdpKey", "Credentials", "Keys", "KrakenKey", "kraken_signature", "load", "signature", "token"]
