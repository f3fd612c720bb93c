"""One client of WS /v1/stream: what it says and what it is told. Messages are JSON objects with a `type`; docs/api.md lists them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from anyio import CapacityLimiter, to_thread
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from slipstream.api.auth import Authenticator, Principal
from slipstream.api.guard import identify, recall
from slipstream.api.models import Name
from slipstream.api.stream import SCOPES, Event, Hub, conflated, seen_by
from slipstream.errors import AuthError, EngineError

HEARTBEAT_S = 5.0
SEND_S = 10.0
"""A client that takes nothing for so long is hung up on."""
UNSAID_S = 30.0
"""And one that does not subscribe."""
BATCH = 500
"""Rows in one message at most."""
Topic = Literal["scorecard", "alert", "fill", "data_quality"]


class Resume(BaseModel):
    """Where a client was."""

    model_config = ConfigDict(extra="forbid")
    epoch: Annotated[str, Field(max_length=40)]
    seq: Annotated[int, Field(ge=0, le=2**53)]


class Subscribe(BaseModel):
    """What a client wants."""

    model_config = ConfigDict(extra="forbid")
    type: Literal["subscribe"]
    topics: Annotated[list[Topic], Field(min_length=1, max_length=4)]
    parents: Annotated[list[Name], Field(max_length=1000)] = []
    interval_ms: Annotated[int, Field(ge=0, le=60_000, description="milliseconds between messages; 0: as it comes")] = (
        250
    )
    resume: Resume | None = None


class Client:
    """
    Args:
        socket: the connection, not accepted yet.
        principal: whose it is.
        hub: where rows come from.
        auth: asked again while it lasts, because credentials end.
        threads: on which the gateway is asked whose rows they are.
        checks: on which credentials are looked up, so that this waits neither for the gateway nor for calls, nor they for it.
    """

    def __init__(
        self,
        socket: WebSocket,
        principal: Principal,
        hub: Hub,
        auth: Authenticator,
        *,
        threads: CapacityLimiter,
        checks: CapacityLimiter,
    ) -> None:
        self._socket, self._principal, self._hub, self._auth = socket, principal, hub, auth
        self._threads, self._checks = threads, checks
        self._wanted: Subscribe | None = None
        self._epoch, self._seq = "", 0
        self._changed = asyncio.Event()
        self._sent = time.monotonic()

    async def serve(self) -> None:
        """Serve until either side ends it."""
        await self._socket.accept()
        unwatch = self._hub.watch(self._changed)
        self._hub.metrics.streams.inc()
        listening = asyncio.ensure_future(self._listen())
        telling = asyncio.ensure_future(self._tell())
        try:
            done, _ = await asyncio.wait((listening, telling), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except WebSocketDisconnect:
            pass  # it went
        except (TimeoutError, AuthError, EngineError) as error:
            code = {TimeoutError: 1008, AuthError: 4401}.get(type(error), 1013)
            with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):  # it may be gone already
                await asyncio.wait_for(self._socket.close(code, str(error)[:100] or "too slow"), 1.0)
        finally:
            unwatch()
            self._hub.metrics.streams.dec()
            for task in (listening, telling):
                task.cancel()
            # not gather, which would answer a cancellation of this task with those of the two
            await asyncio.wait((listening, telling))
            for task in (listening, telling):
                if not task.cancelled():
                    task.exception()  # told above, or of an end that another has told

    async def _listen(self) -> None:
        while True:
            text = await self._socket.receive_text()
            try:
                asked = Subscribe.model_validate_json(text[:100_000])
            except ValidationError as error:
                await self._send({"type": "error", "detail": "; ".join(str(e["msg"]) for e in error.errors()[:3])})
                continue
            missing = [topic for topic in asked.topics if not self._principal.may(SCOPES[topic])]
            if missing:
                await self._send({"type": "error", "detail": f"the scope for {', '.join(missing)} is missing"})
                continue
            if asked.resume is not None:
                self._epoch, self._seq = asked.resume.epoch, asked.resume.seq
            else:
                self._epoch, self._seq = "", 0
            self._wanted = asked
            self._changed.set()

    async def _tell(self) -> None:
        began = time.monotonic()
        checked = began
        told = 0.0
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), 1.0)
            now = time.monotonic()
            if now - checked > HEARTBEAT_S:
                checked = now
                if recall(self._auth, self._socket.scope) is None:
                    await to_thread.run_sync(identify, self._auth, self._socket.scope, limiter=self._checks)
            wanted = self._wanted
            if wanted is None:
                self._changed.clear()
                if now - began > UNSAID_S:
                    raise TimeoutError("expected a subscription")
                continue
            if now - told < wanted.interval_ms / 1000:
                await asyncio.sleep(wanted.interval_ms / 1000 - (now - told))
            self._changed.clear()
            told = time.monotonic()
            if self._hub.epoch:
                await self._advance(wanted)
            if time.monotonic() - self._sent > HEARTBEAT_S:
                await self._send({"type": "heartbeat", "epoch": self._epoch, "seq": self._seq})

    async def _advance(self, wanted: Subscribe) -> None:
        """What is new since this client's place, or all of it anew."""
        found = self._hub.since(self._epoch, self._seq)
        if found is None:
            if self._epoch:
                self._hub.metrics.resyncs.inc()
                await self._send({"type": "resync", "reason": "what followed is not kept any more"})
            self._epoch, self._seq, events = self._hub.snapshot(wanted.topics)
            await self._rows("snapshot", wanted, events)
            return
        events, newest = found
        events = [event for event in events if event.topic in wanted.topics]
        if wanted.interval_ms:
            events = conflated(events)
        if self._wanted is wanted:
            self._seq = newest
        await self._rows("delta", wanted, events)

    async def _rows(self, kind: str, wanted: Subscribe, events: list[Event]) -> None:
        seen = await to_thread.run_sync(
            seen_by, self._hub, self._principal.name, events, frozenset(wanted.parents), limiter=self._threads
        )
        if kind == "delta" and not seen:
            return
        parts = [seen[i : i + BATCH] for i in range(0, len(seen), BATCH)] or [[]]
        for i, some in enumerate(parts):
            last = i == len(parts) - 1
            rows = [{"topic": event.topic, "seq": event.seq, "row": event.row} for event in some]
            # a client resumes from the number of the last message that it has: parts before the last carry that of their last row
            seq = self._seq if last or kind == "snapshot" else some[-1].seq
            await self._send(
                {"type": kind, "epoch": self._epoch, "seq": seq, "rows": rows, **({"more": True} if not last else {})}
            )

    async def _send(self, message: Mapping[str, Any]) -> None:
        text = json.dumps(message, allow_nan=False, separators=(",", ":"))
        await asyncio.wait_for(self._socket.send_text(text), SEND_S)
        self._sent = time.monotonic()
