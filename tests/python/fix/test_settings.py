"""Sessions from QuickFIX settings files: versions, dictionaries, passwords, TLS, restarts."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from memplant import MemoryPlant

from slipstream.engine.base import free_ports
from slipstream.errors import ConfigError, FixError
from slipstream.feed.publish import Publisher
from slipstream.fix.capture import Capture
from slipstream.fix.engine import SessionApp, Sessions, Signal, message_of, send
from slipstream.fix.settings import Side, read, session_sets

EXAMPLES = Path(__file__).resolve().parents[3] / "configs" / "fix"


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def pair(
    folder: Path, version: str, port: int, *, ours: str = "", theirs: str = "", client: str = "CLI"
) -> tuple[list[Side], list[Side]]:
    """An acceptor's settings (the capture's) and those of the initiator that sends to it."""
    common = f"BeginString={version}\nHeartBtInt=5\nReconnectInterval=1\n"
    acceptor = written(folder / f"a-{client}.cfg", f"[DEFAULT]\nConnectionType=acceptor\nSocketAcceptPort={port}\n{common}"
                       f"[SESSION]\nSenderCompID=CAP\nTargetCompID={client}\n{ours}")  # fmt: skip
    initiator = written(folder / f"i-{client}.cfg", f"[DEFAULT]\nConnectionType=initiator\nSocketConnectHost=127.0.0.1\nSocketConnectPort={port}\n{common}"
                        f"[SESSION]\nSenderCompID={client}\nTargetCompID=CAP\n{theirs}")  # fmt: skip
    return session_sets([acceptor], folder / "capture"), session_sets([initiator], folder / client)


class Sender:
    """A broker's drop copy, as far as sending goes."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self.signal = Signal()
        self.app = SessionApp(self.signal, lambda session, raw: None)
        (self.endpoint,) = sides[0][0]
        self.sessions = Sessions(self.app, [self.endpoint], accept=False)
        self.sessions.start()
        self.sent = 0

    def send(self, count: int) -> None:
        for _ in range(count):
            self.sent += 1
            send(self.endpoint, message_of("D", [(11, f"{self.endpoint.sender}-{self.sent}"), (55, "ABC"), (54, "1"), (38, "100"), (40, "1"), (21, "1"),
                                                 (60, f"20240809-14:30:{self.sent % 60:02d}.{self.sent:09d}")]))  # fmt: skip


def opened(sides: Sequence[Side], plant: MemoryPlant, folder: Path) -> Capture:
    made = Capture(sides, Publisher(plant, delay_max=0.01), folder / "journal", sync="never")
    made.start()
    return made


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIXT.1.1"])
@pytest.mark.parametrize("validate", ["N", "Y"])
def test_versions_with_and_without_a_dictionary(tmp_path: Path, version: str, validate: str) -> None:
    (port,) = free_ports()
    ours, theirs = pair(
        tmp_path, version, port, ours=f"UseDataDictionary={validate}\n", theirs=f"UseDataDictionary={validate}\n"
    )
    plant = MemoryPlant()
    capture = opened(ours, plant, tmp_path)
    sender = Sender(theirs)
    capture.wait_logon()
    sender.send(5)
    capture.published(5, 60)
    sender.sessions.stop()
    capture.stop()
    assert [row["id"] for row in plant.rows("orders")] == [f"CLI-{n}" for n in range(1, 6)]
    assert plant.rows("dq")[0]["kind"] == "late" if plant.rows("dq") else True
    assert {row["session"] for row in plant.rows("fixraw")} == {"CAP-CLI"}


def test_a_dictionary_of_one_s_own(tmp_path: Path) -> None:
    """With it QuickFIX knows a custom field, and refuses what is not in it."""
    from slipstream.fix.dictionary import data_dictionary

    text = data_dictionary("FIX44").read_text()
    text = re.sub(r"(<message [^>]*msgtype='D'[^>]*>)", r"\1<field name='DeskCode' required='Y' />", text)
    assert "DeskCode" in text
    text = text.replace("<fields>", "<fields>\n  <field number='6001' name='DeskCode' type='STRING' />", 1)
    written(tmp_path / "own.xml", text)
    (port,) = free_ports()
    ours, theirs = pair(tmp_path, "FIX.4.4", port, ours="UseDataDictionary=Y\nDataDictionary=own.xml\n")
    plant = MemoryPlant()
    capture = opened(ours, plant, tmp_path)
    sender = Sender(theirs)
    capture.wait_logon()
    sender.send(1)  # without the field: refused by the session
    sender.sent += 1
    send(
        sender.endpoint,
        message_of(
            "D",
            [(11, "WITH"), (55, "ABC"), (54, "1"), (38, "1"), (40, "1"), (60, "20240809-14:30:00"), (6001, "DESK7")],
        ),
    )
    capture.published(1, 60)
    sender.sessions.stop()
    capture.stop()
    assert [row["id"] for row in plant.rows("orders")] == ["WITH"]
    assert b"6001=DESK7" in plant.rows("fixraw")[0]["msg"]


def test_several_acceptors_and_initiators_at_once(tmp_path: Path) -> None:
    """Two clients at one port in different versions, and one session that the capture opens."""
    one, two = free_ports(2)
    first, first_client = pair(tmp_path, "FIX.4.2", one, client="A")
    second, second_client = pair(tmp_path, "FIX.4.4", one, client="B")
    both = session_sets([tmp_path / "a-A.cfg", tmp_path / "a-B.cfg"], tmp_path / "capture")
    assert [(len(endpoints), accepts) for endpoints, accepts in both] == [(2, True)]
    theirs, ours = pair(tmp_path, "FIX.4.4", two, client="C")
    plant = MemoryPlant()
    listener = Sessions(SessionApp(Signal(), lambda session, raw: None), theirs[0][0], accept=True)
    listener.start()
    capture = opened([*both, *ours], plant, tmp_path)
    senders = [Sender(first_client), Sender(second_client)]
    capture.wait_logon()
    for sender in senders:
        sender.send(3)
    (endpoint,) = theirs[0][0]
    send(
        endpoint,
        message_of(
            "D", [(11, "FROM-LISTENER"), (55, "ABC"), (54, "1"), (38, "1"), (40, "1"), (60, "20240809-14:30:00")]
        ),
    )
    capture.published(7, 15)
    for sender in senders:
        sender.sessions.stop()
    capture.stop()
    listener.stop()
    assert {row["session"]: 0 for row in plant.rows("fixraw")}.keys() == {"CAP-A", "CAP-B", "C-CAP"}
    assert len(plant.rows("orders")) == 7
    del first, second


def test_a_logon_needs_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIX_SECRET", "s3cret")
    (port,) = free_ports()
    ours, wrong = pair(
        tmp_path,
        "FIX.4.4",
        port,
        ours="Username=drop\nPasswordEnv=FIX_SECRET\n",
        theirs="Username=drop\nPassword=guess\n",
    )
    plant = MemoryPlant()
    capture = opened(ours, plant, tmp_path)
    sender = Sender(wrong)
    assert capture.signal.wait_for(lambda: capture.app.refused > 0, 60)
    assert not capture.app.logged_on
    sender.sessions.stop()
    _, right = pair(tmp_path, "FIX.4.4", port, theirs="Username=drop\nPasswordEnv=FIX_SECRET\nResetOnLogon=Y\n")
    sender = Sender(right)
    capture.wait_logon()
    sender.send(2)
    capture.published(2, 60)
    sender.sessions.stop()
    capture.stop()
    assert len(plant.rows("orders")) == 2
    assert not any(b"s3cret" in row["msg"] for row in plant.rows("fixraw"))


def certificate(folder: Path) -> tuple[Path, Path]:
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                   check=True, capture_output=True)  # fmt: skip
    return cert, key


def test_tls(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    (port,) = free_ports()
    ours, theirs = pair(
        tmp_path, "FIX.4.4", port,
        ours=f"SocketUseSSL=Y\nServerCertificateFile={cert}\nServerCertificateKeyFile={key}\n",
        theirs=f"SocketUseSSL=Y\nCertificationAuthoritiesFile={cert}\n",
    )  # fmt: skip
    plant = MemoryPlant()
    capture = opened(ours, plant, tmp_path)
    sender = Sender(theirs)
    capture.wait_logon()
    sender.send(20)
    capture.published(20, 60)
    # what speaks no TLS gets no answer of FIX
    with socket.create_connection(("127.0.0.1", port)) as plain:
        plain.settimeout(5)
        plain.sendall(b"8=FIX.4.4\x019=5\x0135=0\x0110=161\x01")
        assert b"8=FIX" not in plain.recv(100)
    sender.sessions.stop()
    assert capture.signal.wait_for(lambda: not capture.app.logged_on, 60)
    # nor does a server whose certificate nobody vouches for
    _, stranger = pair(tmp_path, "FIX.4.4", port, theirs="SocketUseSSL=Y\n")
    other = Sender(stranger)
    assert not capture.signal.wait_for(lambda: bool(capture.app.logged_on), 2)
    other.sessions.stop()
    capture.stop()
    assert [row["id"] for row in plant.rows("orders")] == [f"CLI-{n}" for n in range(1, 21)]


def test_tls_with_certificates_of_clients(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    (port,) = free_ports()
    server = f"SocketUseSSL=Y\nServerCertificateFile={cert}\nServerCertificateKeyFile={key}\nCertificationAuthoritiesFile={cert}\n"
    ours, without = pair(
        tmp_path, "FIX.4.4", port, ours=server, theirs=f"SocketUseSSL=Y\nCertificationAuthoritiesFile={cert}\n"
    )
    plant = MemoryPlant()
    capture = opened(ours, plant, tmp_path)
    sender = Sender(without)
    assert not capture.signal.wait_for(lambda: bool(capture.app.logged_on), 2)
    sender.sessions.stop()
    _, right = pair(tmp_path, "FIX.4.4", port, theirs=f"SocketUseSSL=Y\nCertificationAuthoritiesFile={cert}\nClientCertificateFile={cert}\nClientCertificateKeyFile={key}\nResetOnLogon=Y\n")  # fmt: skip
    sender = Sender(right)
    capture.wait_logon()
    sender.send(1)
    capture.published(1, 60)
    sender.sessions.stop()
    capture.stop()


def test_tls_without_a_certificate_says_so(tmp_path: Path) -> None:
    ours, _ = pair(tmp_path, "FIX.4.4", 1, ours="SocketUseSSL=Y\n")
    with pytest.raises(FixError, match="CAP-CLI: TLS"):
        Capture(ours, Publisher(MemoryPlant()), tmp_path / "journal")


def test_what_was_missed_while_away_comes_once(tmp_path: Path) -> None:
    """The capture goes away and comes back, twice; the sender goes on meanwhile, and resends what was missed."""
    (port,) = free_ports()
    ours, theirs = pair(tmp_path, "FIX.4.4", port)
    plant = MemoryPlant()
    sender = Sender(theirs)
    total = 0
    for _ in range(3):
        capture = opened(ours, plant, tmp_path)
        capture.wait_logon(20)
        sender.send(10)
        total += 10
        capture.published(total, 20)
        capture.stop()
        assert sender.signal.wait_for(lambda: not sender.app.logged_on, 20)
        sender.send(5)
        total += 5
    capture = opened(ours, plant, tmp_path)
    capture.published(total, 20)
    sender.sessions.stop()
    capture.stop()
    assert [row["id"] for row in plant.rows("orders")] == [f"CLI-{n}" for n in range(1, total + 1)]


def test_a_reset_of_the_numbers_loses_and_doubles_nothing(tmp_path: Path) -> None:
    (port,) = free_ports()
    ours, theirs = pair(tmp_path, "FIX.4.4", port, theirs="ResetOnLogon=Y\n")
    plant = MemoryPlant()
    capture = opened(ours, plant, tmp_path)
    sent = 0
    for _ in range(3):
        sender = Sender(theirs)
        sender.sent = sent
        capture.wait_logon()
        sender.send(4)
        sent += 4
        capture.published(sent, 60)
        sender.sessions.stop()
        assert capture.signal.wait_for(lambda: not capture.app.logged_on, 60)
    capture.stop()
    assert [row["id"] for row in plant.rows("orders")] == [f"CLI-{n}" for n in range(1, 13)]
    assert [row["seq"] for row in plant.rows("orders")] == [2, 3, 4, 5] * 3


def test_a_session_outside_its_hours_refuses(tmp_path: Path) -> None:
    import datetime as dt

    now = dt.datetime.now(dt.UTC)
    begin, end = ((now + dt.timedelta(hours=hours)).strftime("%H:%M:%S") for hours in (2, 3))
    (port,) = free_ports()
    ours, theirs = pair(tmp_path, "FIX.4.4", port, ours=f"StartTime={begin}\nEndTime={end}\n")
    capture = opened(ours, MemoryPlant(), tmp_path)
    sender = Sender(theirs)
    assert not capture.signal.wait_for(lambda: bool(capture.app.logged_on), 2.5)
    sender.sessions.stop()
    capture.stop()


def test_a_new_session_by_the_schedule_begins_with_number_1_and_loses_nothing(tmp_path: Path) -> None:
    """Both sides keep hours; what is left of yesterday's session is not this one's."""
    import datetime as dt

    now = dt.datetime.now(dt.UTC)
    begin, end = ((now + dt.timedelta(hours=hours)).strftime("%H:%M:%S") for hours in (-1, 1))
    hours = f"StartTime={begin}\nEndTime={end}\n"
    (port,) = free_ports()
    ours, theirs = pair(tmp_path, "FIX.4.4", port, ours=hours, theirs=hours)
    plant = MemoryPlant()
    for day in (1, 2):
        capture = opened(ours, plant, tmp_path)
        sender = Sender(theirs)
        sender.sent = 4 * (day - 1)
        capture.wait_logon()
        sender.send(4)
        capture.published(4 * day, 20)
        sender.sessions.stop()
        capture.stop()
        stores = list(tmp_path.rglob("*.session"))
        assert len(stores) == 2
        for store in stores:
            # both sessions began a day earlier than they did
            before = (now - dt.timedelta(days=1)).strftime("%Y%m%d-%H:%M:%S")
            store.write_text(re.sub(r"\d{8}-\d\d:\d\d:\d\d", before, store.read_text()))
    assert [row["id"] for row in plant.rows("orders")] == [f"CLI-{n}" for n in range(1, 9)]
    assert [row["seq"] for row in plant.rows("orders")] == [2, 3, 4, 5] * 2


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ConnectionType=acceptor\n", "line 1"),
        ("[SESSION]\nConnectionType=both\n", "ConnectionType"),
        ("[SESSION]\nConnectionType=acceptor\nBeginString=FIX.9\n", "BeginString"),
        ("[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=A\n", "TargetCompID"),
        ("[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=A\nTargetCompID=B\nSocketAcceptPort=many\n", "SocketAcceptPort"),
        ("[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=A\nTargetCompID=B\nSocketAcceptPort=1\nDataDictionary=no/such.xml\n", "DataDictionary"),
        ("[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=A\nTargetCompID=B\nSocketAcceptPort=1\nPasswordEnv=NO_SUCH_VARIABLE\n", "PasswordEnv"),
        ("[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=A\nTargetCompID=B\nSocketAcceptPort=1\nMySQLStoreHost=db\n", "MySQLStoreHost"),
    ],
)  # fmt: skip
def test_settings_that_are_wrong_are_named(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError, match=key) as caught:
        session_sets([written(tmp_path / "bad.cfg", text)], tmp_path)
    assert "bad.cfg" in str(caught.value)


def test_a_session_is_named_once(tmp_path: Path) -> None:
    text = (
        "[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=A\nTargetCompID=B\nSocketAcceptPort=1\n"
    )
    with pytest.raises(ConfigError, match="one session"):
        session_sets([written(tmp_path / "a.cfg", text), written(tmp_path / "b.cfg", text)], tmp_path)


def test_the_examples_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIX_PASSWORD", "x")
    files = sorted(EXAMPLES.glob("*.cfg"))
    assert len(files) >= 2
    assert all(read(file) for file in files)
    assert session_sets(files, tmp_path)
