"""
Venues live: their websockets and REST answers as frames, in the order in which they arrived.

An event loop in a thread of its own reads the sockets, stamps what comes and puts it in a queue; whoever iterates takes it from there,
reads it, and has done what the venues ask for. When the queue is long the sockets are left alone until it is shorter, so
that memory stays bounded.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.frames import Frame as Piece
from websockets.frames import Opcode

from slipstream.errors import FeedError
from slipstream.feed.frames import CLOSE, FAIL, IN, OPEN, OUT, REST, TICK, Frame
from slipstream.feed.venue import Action, Fetch, Reconnect, Send, Venue

_HIGH, _LOW = 50_000, 10_000
"""Frames in the queue at which sockets are left alone, and at which they are read again."""


@dataclass(frozen=True)
class Timing:
    """Waits, in seconds."""

    first_s: float = 0.5
    """Before a connection that broke is made again; twice that with each failure in a row. Up to half of it is taken off at random, so
    that many clients do not come back at the same moment."""
    longest_s: float = 30.0
    """At most."""
    settled_s: float = 30.0
    """A connection that lived so long begins again with the first wait."""
    open_s: float = 10.0
    """For a connection or a REST answer to come."""
    ping_s: float = 20.0
    """Between pings, and for their answer."""
    tick_s: float = 0.05
    """Between looks at the clock."""


def backoff(failures: int, timing: Timing, chance: float) -> float:
    """Seconds to wait before connecting again after so many failures in a row (1 or more); `chance` is from 0 to 1."""
    whole = min(timing.longest_s, timing.first_s * 2.0 ** min(failures - 1, 60))
    return whole * (1.0 - 0.5 * chance)


class _Socket(ClientConnection):
    """A connection that stamps messages when their last byte is read from the socket, and hands them on at once."""

    def __init__(self, owner: _Link, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owner = owner
        self._parts: list[bytes] = []
        self._stamp = 0

    def data_received(self, data: bytes) -> None:
        self._stamp = time.time_ns()
        super().data_received(data)

    def process_event(self, event: Any) -> None:
        if isinstance(event, Piece) and event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(bytes(event.data))
            if event.fin:
                data, self._parts = b"".join(self._parts), []
                self._owner.received(self._stamp, data)
        else:
            super().process_event(event)


class _Link:
    """One connection of a venue, kept up."""

    def __init__(self, live: Live, source: str, name: str, url: str, quiet_s: float) -> None:
        self.live, self.source, self.name, self.url, self.quiet_s = live, source, name, url, quiet_s
        self.socket: _Socket | None = None
        self.heard = 0.0
        self.reason = ""
        self.announced = False

    def received(self, stamp: int, data: bytes) -> None:
        """A message, from the event loop."""
        self.heard = time.monotonic()
        self._announce(stamp)
        self.live.put(Frame(stamp, self.source, IN, self.name, data))

    def _announce(self, stamp: int) -> None:
        """Tell of the connection, before its first message: that may come with the answer to the handshake."""
        if not self.announced:
            self.announced = True
            self.live.put(Frame(stamp, self.source, OPEN, self.name, self.url.encode()))

    async def keep(self) -> None:
        """Connect, and connect again, for ever."""
        timing, failures = self.live.timing, 0
        while True:
            began = time.monotonic()
            self.reason, self.announced = "", False
            try:
                socket = await connect(
                    self.url,
                    create_connection=lambda *args, **kwargs: _Socket(self, *args, **kwargs),  # type: ignore[arg-type]
                    open_timeout=timing.open_s,
                    ping_interval=timing.ping_s,
                    ping_timeout=timing.ping_s,
                    close_timeout=1.0,
                    max_size=64 << 20,
                )
            except (OSError, TimeoutError, WebSocketException) as error:
                self._event(CLOSE, f"not connected: {type(error).__name__} {error}")
            else:
                began = self.heard = time.monotonic()
                self.socket = socket  # type: ignore[assignment]
                self._announce(time.time_ns())
                await socket.wait_closed()
                self.socket = None
                self._event(CLOSE, self.reason or f"closed: {socket.close_code} {socket.close_reason or ''}".strip())
                if time.monotonic() - began >= timing.settled_s:
                    failures = 0
            failures += 1
            await asyncio.sleep(backoff(failures, timing, random.random()))

    def _event(self, kind: str, text: str) -> None:
        self.live.put(Frame(time.time_ns(), self.source, kind, self.name, text.encode()))

    async def send(self, action: Send) -> None:
        """Send a message, if connected: a new connection subscribes anew."""
        socket = self.socket
        if action.delay_s:
            await asyncio.sleep(action.delay_s)
        if socket is None or socket is not self.socket:
            return
        try:
            await socket.send(action.data)
        except (OSError, WebSocketException):
            # its end is told by `keep`
            return
        data = b"(not recorded)" if action.secret else action.data.encode()
        self.live.put(Frame(time.time_ns(), self.source, OUT, self.name, data))

    def drop(self, reason: str) -> None:
        """End the connection; it is made again."""
        if self.socket is not None and not self.reason:
            self.reason = reason
            self.live.spawn(self.socket.close())

    def look(self, now: float, *, hold: bool) -> None:
        """Whether it is still alive; and whether to read it."""
        if self.socket is None:
            return
        if hold:
            self.socket.transport.pause_reading()
            self.heard = now
        elif self.live.held:
            self.socket.transport.resume_reading()
        elif self.quiet_s and now - self.heard > self.quiet_s:
            self.drop(f"stale: nothing was heard for {self.quiet_s:g} s")


class Live:
    """
    Frames of venues as they arrive, until `stop` is set. Use it as a context; iterate it once.

    Args:
        venues: by source name.
        stop: ends the iteration.
        timing: waits.
    """

    def __init__(self, venues: Mapping[str, Venue], stop: threading.Event, timing: Timing | None = None) -> None:
        self.timing = timing or Timing()
        self.held = False
        self._stop = stop
        self._queue: SimpleQueue[Frame | BaseException | None] = SimpleQueue()
        self._links = {
            (source, name): _Link(self, source, name, url, venue.quiet_s)
            for source, venue in venues.items()
            for name, url in venue.links().items()
        }
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._not_before: dict[str, float] = {}
        self._session: aiohttp.ClientSession | None = None
        self._thread = threading.Thread(target=self._run, name="venues", daemon=True)

    def __enter__(self) -> Live:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self._queue.get()) is not None:
            if isinstance(frame, BaseException):
                raise FeedError(f"the connections to the venues ended: {type(frame).__name__} {frame}") from frame
            yield frame

    def act(self, source: str, actions: list[Action]) -> None:
        """Do what a venue asks for."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._act, source, actions)

    def put(self, frame: Frame) -> None:
        """From the event loop: a frame for whoever iterates."""
        self._queue.put(frame)

    def spawn(self, work: Any) -> None:
        """From the event loop: do something beside the rest."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    # ---- in the event loop's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the frames are taken
            self._queue.put(error)
        finally:
            self._loop.close()
            self._queue.put(None)

    async def _main(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.timing.open_s)) as session:
            self._session = session
            for link in self._links.values():
                self.spawn(link.keep())
            while not self._stop.is_set():
                await asyncio.sleep(self.timing.tick_s)
                self._tick()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.gather(*(link.socket.close() for link in self._links.values() if link.socket is not None))

    def _tick(self) -> None:
        waiting = self._queue.qsize()
        hold = waiting > (_LOW if self.held else _HIGH)
        now = time.monotonic()
        for link in self._links.values():
            link.look(now, hold=hold)
        self.held = hold
        if not waiting:
            self._queue.put(Frame(time.time_ns(), "", TICK, "", b""))

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._queue.put(task.exception())

    def _act(self, source: str, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Fetch):
                self.spawn(self._fetch(source, action))
            elif isinstance(action, Reconnect):
                self._links[source, action.link].drop(action.reason)
            else:
                self.spawn(self._links[source, action.link].send(action))

    async def _fetch(self, source: str, action: Fetch) -> None:
        assert self._session is not None
        held_back = self._not_before.get(source, 0.0) - time.monotonic()
        await asyncio.sleep(max(action.delay_s, held_back, 0.0))
        try:
            asked = self._session.post if action.body else self._session.get
            async with asked(action.url, data=action.body or None, headers=dict(action.headers)) as response:
                data = await response.read()
                if response.status == 200:
                    self.put(Frame(time.time_ns(), source, REST, action.about, data))
                    return
                if response.status in (418, 429):
                    # the venue says for how long it will not answer
                    wait = response.headers.get("Retry-After", "")
                    self._not_before[source] = time.monotonic() + (float(wait) if wait.isdigit() else 60.0)
                reason = f"HTTP {response.status}: {data[:500].decode('utf-8', 'replace')}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = f"{type(error).__name__} {error}"
        self.put(Frame(time.time_ns(), source, FAIL, action.about, reason.encode()))


__all__ = ["Live", "Timing", "backoff"]
