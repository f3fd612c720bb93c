"""TLS of the page's server: options for uvicorn, and the client certificate that a connection came with, for those who call."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Receive, Scope, Send

from slipstream.errors import ConfigError

if TYPE_CHECKING:
    from slipstream.config import Config

EXTENSION = "slipstream.certificate"
"""In a scope's extensions: SHA-256 of the client's certificate, which the TLS layer has verified."""


def options(config: Config) -> dict[str, Any]:
    """What uvicorn is to be run with; nothing where no certificate is configured."""
    api = config.api
    if api.certificate is None:
        if api.client_ca is not None:
            raise ConfigError(
                config.files[-1] if config.files else "", "api.certificate", "a file, because api.client_ca is set"
            )
        return {}
    found: dict[str, Any] = {"ssl_certfile": api.certificate, "ssl_keyfile": api.key}
    if api.client_ca is not None:
        # browsers of the page have none, so that it is asked for and not demanded
        found |= {"ssl_ca_certs": api.client_ca, "ssl_cert_reqs": ssl.CERT_OPTIONAL, **protocols()}
    return found


def protocols() -> dict[str, Any]:
    """uvicorn's protocols, which do not tell an application of the certificate; these do."""
    from uvicorn.protocols.http.h11_impl import H11Protocol
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    class Http(_Certificate, H11Protocol):  # type: ignore[misc]
        """HTTP."""

    class Ws(_Certificate, WebSocketsSansIOProtocol):  # type: ignore[misc]
        """WebSocket."""

    return {"http": Http, "ws": Ws}


class _Certificate:
    """Puts the certificate of a connection into the scope of each call on it."""

    app: ASGIApp

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A connection."""
        tls = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        if certificate:
            self.app = told(self.app, hashlib.sha256(certificate).hexdigest())
        super().connection_made(transport)  # type: ignore[misc]


def told(app: ASGIApp, fingerprint: str) -> ASGIApp:
    """An application that is told of a certificate."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {**scope.get("extensions", {}), EXTENSION: fingerprint}}, receive, send)

    return called
