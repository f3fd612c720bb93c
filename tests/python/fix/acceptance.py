"""
Plays QuickFIX's acceptance scripts (`*.def`) against an acceptor of ours.

`i[n,]CONNECT` connects, `I[n,]…` sends, `E[n,]…` expects a message, `eDISCONNECT` expects the end of the connection. Sent messages get the
time, BodyLength and CheckSum where they have none. In expected ones times stand for any time; BodyLength and CheckSum are checked
against the message that came, not against the script.
"""

from __future__ import annotations

import datetime as dt
import re
import socket
from pathlib import Path
from typing import Any

import quickfix

from slipstream.engine.base import free_ports
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal
from slipstream.fix.message import Malformed, Message, parse
from slipstream.fix.wire import Framer

WAIT_S = 12.0
_STEP = re.compile(rb"([iIeE])(?:(\d+),)?(.*)", re.S)
_TIME = re.compile(rb"<TIME(?:([+-])(\d+))?>")
_TIMES = frozenset({52, 60, 122})


class Failed(Exception):
    """A step of a script went otherwise."""


class Echo(SessionApp):
    """The scripts' application: sends orders and other messages back, one that may be a repetition only if it is not."""

    def __init__(self, *, orders_only: bool) -> None:
        super().__init__(Signal(), lambda session, raw: None)
        self._orders_only = orders_only
        self._had: set[str] = set()

    def fromApp(self, message: Any, session: Any) -> None:
        header = message.getHeader()
        if self._orders_only and header.getField(35) == "8":
            raise quickfix.UnsupportedMessageType
        resent = header.isSetField(97) and header.getField(97) == "Y"
        if message.isSetField(11):
            named = message.getField(11)
            if resent and named in self._had:
                return
            self._had.add(named)
        made = quickfix.Message(message)
        quickfix.Session.sendToTarget(made, session)


def endpoint(port: int, store: Path, *, resets: bool) -> Endpoint:
    """The acceptor that the scripts speak of; `resets` as QuickFIX's own runs it: numbers begin anew with each connection."""
    settings = {"CheckLatency": "Y", "TimestampPrecision": "3", "ValidateUserDefinedFields": "Y"}
    if resets:
        settings["ResetOnDisconnect"] = "Y"
    return Endpoint("ISLD", "TW44", port, store=store, heartbeat_s=30, settings=settings)


def play(script: Path, store: Path, *, theirs: bool = False) -> None:
    """
    Run a script against a fresh acceptor: as ours are, or with `theirs` as QuickFIX's own test acceptor is, which begins numbers anew
    with each connection and takes no execution reports.

    Raises Failed with the line and what came instead.
    """
    (port,) = free_ports()
    sessions = Sessions(Echo(orders_only=theirs), [endpoint(port, store, resets=theirs)], accept=True)
    sessions.start()
    lines: dict[bytes, Line] = {}
    try:
        for number, text in enumerate(script.read_bytes().split(b"\n"), 1):
            step = _STEP.fullmatch(text.rstrip(b"\r"))
            if step is None or text.startswith(b"#"):
                continue
            kind, which, what = step[1], step[2] or b"1", step[3]
            try:
                if kind == b"i" and what == b"CONNECT":
                    lines[which] = Line(port)
                elif kind == b"i":
                    lines.pop(which).close()
                elif kind == b"I":
                    lines[which].send(what)
                elif kind == b"e":
                    lines[which].ends()
                else:
                    lines[which].expect(what)
            except (Failed, OSError) as error:
                raise Failed(f"line {number}: {error}") from error
    finally:
        for line in lines.values():
            line.close()
        sessions.stop()


class Line:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
        self._framer = Framer()
        self._came: list[bytes] = []

    def close(self) -> None:
        self._socket.close()

    def send(self, text: bytes) -> None:
        self._socket.sendall(filled(text))

    def receive(self) -> bytes | None:
        """The next message; None when the connection has ended."""
        while not self._came:
            try:
                data = self._socket.recv(65_536)
            except TimeoutError:
                raise Failed(f"nothing within {WAIT_S:g} s") from None
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._came += [frame.raw for frame in self._framer.feed(data)]
        return self._came.pop(0)

    def ends(self) -> None:
        came = self.receive()
        if came is not None:
            raise Failed(f"expected the end of the connection, got {readable(came)}")

    def expect(self, text: bytes) -> None:
        came = self.receive()
        if came is None:
            raise Failed(f"expected {readable(text)}, the connection ended")
        try:
            got = parse(came)
        except Malformed as error:
            raise Failed(f"{error} in {readable(came)}") from error
        wanted = fields(text)
        if wanted != shape(got):
            raise Failed(f"expected {readable(text)}, got {readable(came)}")


def filled(text: bytes) -> bytes:
    """A message of a script as it is sent."""

    def moment(found: re.Match[bytes]) -> bytes:
        seconds = int((found[1] or b"+") + (found[2] or b"0"))
        return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).strftime("%Y%m%d-%H:%M:%S").encode()

    text = _TIME.sub(moment, text)
    if not text.endswith(b"\x01"):
        text += b"\x01"
    if b"\x019=" not in text:
        head, _, body = text.partition(b"\x01")
        length = len(body.split(b"\x0110=")[0]) + (1 if b"\x0110=" in body else 0)
        text = head + b"\x019=%d\x01" % length + body
    if b"\x0110=" not in text:
        text += b"10=%03d\x01" % (sum(text) % 256)
    return text


def fields(text: bytes) -> list[tuple[int, str]]:
    """What a script expects, as `shape` gives what came."""
    pairs = [part.partition(b"=") for part in text.split(b"\x01") if part]
    found = [(int(tag), value.decode()) for tag, _, value in pairs]
    return sorted((tag, "" if tag in _TIMES else value) for tag, value in found if tag not in (9, 10))


def shape(message: Message) -> list[tuple[int, str]]:
    return sorted((tag, "" if tag in _TIMES else value) for tag, value in message.fields if tag not in (9, 10))


def readable(text: bytes) -> str:
    return text.replace(b"\x01", b"|").decode("ascii", "replace")
