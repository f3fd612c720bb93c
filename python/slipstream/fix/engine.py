"""QuickFIX sessions on loopback, without its settings files' ceremony: who speaks to whom, where the store
is, start and stop."""

from __future__ import annotations

import hmac
import os
import socket
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any

import quickfix

from slipstream.engine.base import free_ports
from slipstream.errors import FixError
from slipstream.fix.dictionary import agreed_dictionary, data_dictionary
from slipstream.fix.tls import Place, Tunnel, contexts


@dataclass(frozen=True)
class Endpoint:
    """One session as one side sees it."""

    sender: str
    target: str
    port: int
    host: str = "127.0.0.1"
    store: Path = Path("var/fix")
    version: str = "FIX.4.4"
    validate: bool = True
    """Check messages against the specification; a drop copy does not, it must take whatever was sent."""
    heartbeat_s: int = 30
    reconnect_s: int = 1
    settings: dict[str, str] = field(default_factory=dict)
    """QuickFIX settings on top of ours."""
    qualifier: str = ""
    """Tells sessions between the same two apart."""

    @property
    def name(self) -> str:
        """`SENDER-TARGET`."""
        return f"{self.sender}-{self.target}" + (f"-{self.qualifier}" if self.qualifier else "")

    @property
    def session(self) -> str:
        """What must be the session's alone in this process."""
        return f"{self.version}:{self.name}"

    @property
    def id(self) -> Any:
        """QuickFIX's name of it."""
        return quickfix.SessionID(self.version, self.sender, self.target, self.qualifier)

    @property
    def encrypted(self) -> bool:
        """Whether it speaks TLS."""
        return self.settings.get("SocketUseSSL") == "Y"


class Signal:
    """Wakes whoever waits for something to have happened in a session's thread."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._count = 0

    def notify(self) -> None:
        """Something happened."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait_for(self, predicate: Callable[[], bool], timeout: float) -> bool:
        """Wait until the predicate holds, looking again at every notification; false after `timeout`
        seconds."""
        with self._condition:
            return self._condition.wait_for(predicate, timeout)


class SessionApp(quickfix.Application):  # type: ignore[misc]
    """
    What QuickFIX calls. Messages go to `on_message` in QuickFIX's thread, as raw text.

    An exception there is kept in `failed`; that message and those after it do not count as received, so that the
    counterparty sends them again after a restart.
    """

    def __init__(self, signal: Signal, on_message: Callable[[str, bytes], object]) -> None:
        super().__init__()
        self._accepted: dict[str, tuple[str, str]] = {}
        self._presented: dict[str, tuple[str, str]] = {}
        self.signal = signal
        self.logged_on: set[str] = set()
        self.failed: BaseException | None = None
        self.messages = 0
        """Application messages received."""
        self.refused = 0
        """Logons refused for their user name or password."""
        self._on_message = on_message

    def onCreate(self, session: Any) -> None:
        """Nothing to do."""

    def onLogon(self, session: Any) -> None:
        """The session is up."""
        self.logged_on.add(_name(session))
        self.signal.notify()

    def onLogout(self, session: Any) -> None:
        """The session is down."""
        self.logged_on.discard(_name(session))
        self.signal.notify()

    def expect(self, logons: Mapping[str, tuple[str, str]], *, accept: bool) -> None:
        """User names and passwords of sessions: that a Logon must bring, or that ours bring."""
        (self._accepted if accept else self._presented).update(logons)

    def toAdmin(self, message: Any, session: Any) -> None:
        """Ours is the Logon: name ourselves."""
        user, password = self._presented.get(_key(session), ("", ""))
        if message.getHeader().getField(35) == "A":
            for tag, value in ((553, user), (554, password)):
                if value:
                    message.setField(tag, value)

    def toApp(self, message: Any, session: Any) -> None:
        """Nothing to do."""

    def fromAdmin(self, message: Any, session: Any) -> None:
        """Theirs is the Logon: they must name themselves as agreed."""
        agreed = self._accepted.get(_key(session), ("", ""))
        if message.getHeader().getField(35) != "A" or agreed == ("", ""):
            return
        said = tuple(message.getField(tag) if message.isSetField(tag) else "" for tag in (553, 554))
        if not hmac.compare_digest(repr(said).encode(), repr(agreed).encode()):
            self.refused += 1
            self.signal.notify()
            raise quickfix.RejectLogon("wrong user name or password")

    def fromApp(self, message: Any, session: Any) -> None:
        """Hand the message on."""
        self.messages += 1
        try:
            if self.failed is None:
                self._on_message(_name(session), message.toString().encode("utf-8", "surrogateescape"))
        except Exception as error:  # noqa: BLE001 - nothing may be raised into QuickFIX; `failed` is looked at by the driver
            self.failed = error
        if self.failed is not None:
            # QuickFIX counts the message as received when this returns; step back, so that it does not
            expected = int(message.getHeader().getField(34))
            quickfix.Session.lookupSession(session).setNextTargetMsgSeqNum(expected - 1)
        self.signal.notify()


class Sessions:
    """
    The sessions of one side: an acceptor's (one port) or an initiator's.

    QuickFIX's acceptor closes its sockets from the thread that calls `stop` while its own thread still uses them; so an
    acceptor is polled from a thread of ours, which has ended when it is stopped. (An initiator's poll would hold the
    interpreter while it waits.)
    """

    def __init__(self, app: SessionApp, endpoints: Sequence[Endpoint], *, accept: bool) -> None:
        self.app = app
        self.endpoints = list(endpoints)
        self._accepts, self._started = accept, False
        self._inner_port = free_ports()[0] if accept else 0
        self._tunnels: list[Tunnel] = []
        self._places = self._encrypt()
        self._settings = _settings(self.endpoints, self._places, accept_port=self._inner_port)
        self._store = quickfix.FileStoreFactory(self._settings)
        self._poller: Thread | None = None
        self._stopping = Event()
        make = quickfix.SocketAcceptor if accept else quickfix.SocketInitiator
        self._logons = {endpoint.session: _credentials(endpoint) for endpoint in self.endpoints}
        app.expect(self._logons, accept=accept)
        try:
            self._engine: Any = make(app, self._store, self._settings)
        except (quickfix.FIXException, RuntimeError) as error:
            raise FixError(f"{self._names()}: {error}") from error

    def _encrypt(self) -> list[Place]:
        """Where QuickFIX is to listen, or connect to, for each session: with TLS, at a tunnel's end."""
        places = [(endpoint.host, endpoint.port) for endpoint in self.endpoints]
        if not any(endpoint.encrypted for endpoint in self.endpoints):
            return places
        if self._accepts and not all(endpoint.encrypted for endpoint in self.endpoints):
            raise FixError(f"{self._names()}: sessions at one place speak TLS all or none")
        inside: dict[Place, Place] = {}
        for at, endpoint in enumerate(self.endpoints):
            if not endpoint.encrypted:
                continue
            place = places[at]
            if place not in inside:
                inside[place] = ("127.0.0.1", free_ports()[0])
                secured = contexts(endpoint.settings, accept=self._accepts, session=endpoint.name)
                if self._accepts:
                    self._tunnels.append(Tunnel(place, inside[place], outer=secured))
                else:
                    self._tunnels.append(Tunnel(inside[place], place, inner=secured))
            places[at] = inside[place]
        return places

    def start(self) -> None:
        """Listen, or begin to connect."""
        for tunnel in self._tunnels:
            tunnel.start()
        try:
            if self._accepts:
                self._listen()
            else:
                self._engine.start()
                self._started = True
        except (quickfix.FIXException, RuntimeError) as error:
            raise FixError(f"{self._names()}: {error}") from error
        if self._accepts:
            self._poller = Thread(target=self._poll, name=f"fix-{self.endpoints[0].sender}", daemon=True)
            self._poller.start()

    def stop(self) -> None:
        """Log out and close; stopping twice is harmless, starting again is not possible."""
        engine, self._engine = self._engine, None
        if engine is None:
            return
        self._stopping.set()
        for tunnel in self._tunnels:
            tunnel.stop()
        if self._poller is not None:
            self._poller.join()
        if self._started or self._poller is not None:
            engine.stop(True)
        # QuickFIX keeps sessions in a table of the whole process until their engine is gone, which must precede its store
        del engine

    def _listen(self) -> None:
        """
        Let QuickFIX listen where the endpoints say.

        It can only listen on every address of the machine; so its listening socket, on a port that nobody knows, is
        replaced by one of ours before it is asked for a connection.
        """
        places = set(self._places)
        if len(places) > 1:
            raise FixError(f"{self._names()}: one side listens at one place, not at {sorted(places)}")
        (place,) = places
        try:
            ours = socket.create_server(place)
        except OSError as error:
            raise FixError(f"{self._names()}: cannot listen at {place[0]}:{place[1]}: {error}") from error
        with ours:
            ours.setblocking(False)
            self._engine.poll()
            os.dup2(ours.fileno(), _listening_on(self._inner_port), inheritable=False)

    def _poll(self) -> None:
        engine, quiet = self._engine, 0
        while not self._stopping.is_set():
            before = self.app.messages
            try:
                engine.poll()
            except Exception as error:  # noqa: BLE001 - whatever it is, the driver of the session reports it
                self.app.failed = self.app.failed or error
                self.app.signal.notify()
                return
            quiet = 0 if self.app.messages > before else quiet + 1
            # while messages come, look again at once; after a while of silence, less often
            self._stopping.wait(0.0 if quiet == 0 else 0.0002 if quiet < 500 else 0.002)

    def wait_logon(self, timeout: float = 60.0) -> None:
        """Return when every session is up. Raises FixError when one is not in time."""
        names = {endpoint.name for endpoint in self.endpoints}
        if not self.app.signal.wait_for(lambda: names <= self.app.logged_on, timeout):
            raise FixError(f"no logon within {timeout:g} s: {', '.join(sorted(names - self.app.logged_on))}")

    def _names(self) -> str:
        return ", ".join(endpoint.name for endpoint in self.endpoints)


def send(endpoint: Endpoint, message: Any) -> None:
    """Send by a session; while it is down the message is kept in its store and sent after the next logon."""
    session_id = endpoint.id
    if quickfix.Session.lookupSession(session_id) is None:
        raise FixError(f"no such session: {endpoint.name}")
    quickfix.Session.sendToTarget(message, session_id)


def message_of(msgtype: str, fields: Sequence[tuple[int, str]], header: Sequence[tuple[int, str]] = ()) -> Any:
    """A QuickFIX message; fields without a value are left out."""
    made = quickfix.Message()
    head = made.getHeader()
    head.setField(35, msgtype)
    for tag, value in header:
        if value:
            head.setField(tag, value)
    for tag, value in fields:
        if value:
            made.setField(tag, value)
    return made


def _listening_on(port: int) -> int:
    """The descriptor of this process's socket that listens on a port."""
    for entry in Path("/dev/fd").iterdir():
        number = int(entry.name)
        try:
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
        except OSError:
            continue  # the descriptor by which the folder was read
        # a look at the socket under another number, which leaves the descriptor itself alone
        with socket.socket(fileno=os.dup(number)) as found:
            internet = found.family in (socket.AF_INET, socket.AF_INET6)
            listens = internet and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if listens and found.getsockname()[1] == port:
                return number
    raise FixError(f"QuickFIX does not listen on port {port}")


def _settings(endpoints: Sequence[Endpoint], places: Sequence[Place], *, accept_port: int) -> Any:
    accept = accept_port != 0
    settings = quickfix.SessionSettings()
    common = {
        "ConnectionType": "acceptor" if accept else "initiator",
        "StartTime": "00:00:00",
        "EndTime": "00:00:00",
        "NonStopSession": "Y",
        "PersistMessages": "Y",
        "ResetOnLogon": "N",
        "ResetOnLogout": "N",
        "ResetOnDisconnect": "N",
        "SocketNodelay": "Y",
        "SocketReuseAddress": "Y",
        "TimestampPrecision": "9",
        "ValidateUserDefinedFields": "N",
        "CheckLatency": "N",
    }
    settings.set(_dictionary(common))
    for endpoint, (host, port) in zip(endpoints, places, strict=True):
        own = {"HeartBtInt": str(endpoint.heartbeat_s), "FileStorePath": str(endpoint.store)}
        endpoint.store.mkdir(parents=True, exist_ok=True)
        if accept:
            own |= {"SocketAcceptPort": str(accept_port)}
        else:
            own |= {
                "SocketConnectHost": host,
                "SocketConnectPort": str(port),
                "ReconnectInterval": str(endpoint.reconnect_s),
            }
        own["UseDataDictionary"] = "Y" if endpoint.validate else "N"
        if endpoint.version == "FIXT.1.1":
            own["DefaultApplVerID"] = "FIX.5.0SP2"
        if endpoint.validate:
            own |= _specifications(endpoint)
        if "StartTime" in endpoint.settings:
            own["NonStopSession"] = "N"
        settings.set(endpoint.id, _dictionary(own | endpoint.settings))
    return settings


def _specifications(endpoint: Endpoint) -> dict[str, str]:
    if endpoint.version != "FIXT.1.1":
        return {"DataDictionary": str(agreed_dictionary(endpoint.store, endpoint.version.replace(".", "")))}
    return {
        "TransportDataDictionary": str(data_dictionary("FIXT11")),
        "AppDataDictionary": str(data_dictionary("FIX50SP2")),
    }


def _dictionary(values: dict[str, str]) -> Any:
    made = quickfix.Dictionary()
    for key, value in values.items():
        made.setString(key, value)
    return made


def _credentials(endpoint: Endpoint) -> tuple[str, str]:
    return endpoint.settings.get("Username", ""), endpoint.settings.get("Password", "")


def _name(session: Any) -> str:
    qualifier = session.getSessionQualifier()
    name = f"{session.getSenderCompID().getString()}-{session.getTargetCompID().getString()}"
    return f"{name}-{qualifier}" if qualifier else name


def _key(session: Any) -> str:
    return f"{session.getBeginString().getString()}:{_name(session)}"
