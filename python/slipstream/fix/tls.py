"""
TLS around a FIX session: QuickFIX's package for Python is built without, so a tunnel on the loopback address
encrypts what it sends and decrypts what it gets, as stunnel would.

```
acceptor:   counterparty ──TLS──► tunnel ──plain, loopback──► QuickFIX
initiator:  QuickFIX ──plain, loopback──► tunnel ──TLS──► counterparty
```
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Mapping

from slipstream.errors import FixError

Place = tuple[str, int]
_CHUNK = 1 << 16


def contexts(settings: Mapping[str, str], *, accept: bool, session: str) -> ssl.SSLContext:
    """
    The TLS side of a session, by QuickFIX's keys: an acceptor has ServerCertificateFile and ServerCertificateKeyFile, and with
    CertificationAuthoritiesFile asks for client certificates of those authorities; an initiator checks the server's certificate and
    name by CertificationAuthoritiesFile (default the system's), and may have ClientCertificateFile and ClientCertificateKeyFile.

    Raises FixError for certificates that cannot be used.
    """
    authorities = settings.get("CertificationAuthoritiesFile")
    try:
        if accept:
            made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            made.load_cert_chain(settings.get("ServerCertificateFile", ""), settings.get("ServerCertificateKeyFile"))
            if authorities:
                made.load_verify_locations(authorities)
                made.verify_mode = ssl.CERT_REQUIRED
        else:
            made = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=authorities)
            if "ClientCertificateFile" in settings:
                made.load_cert_chain(settings["ClientCertificateFile"], settings.get("ClientCertificateKeyFile"))
    except (OSError, ssl.SSLError) as error:
        raise FixError(f"{session}: TLS: {error}") from error
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


class Tunnel:
    """
    Passes connections on, with TLS on one side.

    Args:
        listen: where it listens.
        target: where it passes to.
        outer: the TLS of those who connect; None is plain.
        inner: the TLS of the target; None is plain.
    """

    def __init__(
        self, listen: Place, target: Place, *, outer: ssl.SSLContext | None = None, inner: ssl.SSLContext | None = None
    ) -> None:
        self._listen, self._target, self._outer, self._inner = listen, target, outer, inner
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._failed: OSError | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fix-tls", daemon=True)
        self.broken = 0
        """Connections that failed: no TLS, a wrong certificate, nobody at the target."""

    def start(self) -> None:
        """Return when it listens. Raises FixError when it cannot."""
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise FixError(f"cannot listen at {self._listen[0]}:{self._listen[1]}: {self._failed}") from self._failed

    def stop(self) -> None:
        """Close every connection."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(self._lost)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    def _lost(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        self.broken += 1

    async def _serve(self) -> None:
        try:
            server = await asyncio.start_server(self._pass, *self._listen, ssl=self._outer)
        except OSError as error:
            self._failed = error
            return
        finally:
            self._ready.set()
        await self._stop.wait()
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            name = self._target[0] if self._inner is not None else None
            there, back = await asyncio.open_connection(*self._target, ssl=self._inner, server_hostname=name)
        except OSError:  # ssl.SSLError is one
            self.broken += 1
            writer.close()
            return
        ways = [asyncio.create_task(_copy(reader, back)), asyncio.create_task(_copy(there, writer))]
        try:
            # a session that ends on one side ends on both
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, back):
                end.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # the connection is gone, which ends the session
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
