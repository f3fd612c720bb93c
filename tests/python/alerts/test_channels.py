"""How recipients are told: against real sockets on the loopback address, which answer as a test says."""

from __future__ import annotations

import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import Any

import numpy as np
import pytest
from alerthooks import http

from slipstream.alerts.channels import Failed, Message, channel, sign, verify
from slipstream.config import Recipient
from slipstream.errors import AlertError

ALERT = {
    "id": "3f1c0a9be2d84477",
    "time": np.datetime64("2025-06-11T11:07:00.000000001"),
    "sym": "TECH",
    "parent": "TECH-1",
    "lamp": "COST",
    "level": "amber",
    "figure": 2.5,
    "threshold": float("nan"),
    "why": "slippage 2.5 bps\r\nBcc: somebody",
}
MESSAGE = Message("0123456789abcdef", "desk", 1, ALERT)


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setenv("HOOK_SECRET", "correct horse")
    return b"correct horse"


def hook(url: str, **more: Any) -> Callable[[Message], None]:
    return channel("desk", Recipient("webhook", url=url, secret_env="HOOK_SECRET", **more))


def test_a_webhook_is_signed_and_a_receiver_can_tell(secret: bytes) -> None:
    with http() as (url, found):
        hook(url)(MESSAGE)
    ((path, headers, body),) = found.seen
    assert path == "/hook"
    content = json.loads(body)
    assert (content["id"], content["recipient"], content["tier"]) == ("0123456789abcdef", "desk", 1)
    assert content["alert"]["time"] == "2025-06-11T11:07:00.000000001Z"
    assert content["alert"]["threshold"] is None
    # by hand, from what docs/alerts.md says
    signed = f"{headers['Slipstream-Id']}.{headers['Slipstream-Timestamp']}.".encode() + body
    assert headers["Slipstream-Signature"] == "v1=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
    now = float(headers["Slipstream-Timestamp"])
    assert verify(secret, headers, body, now=now)
    assert verify(secret, headers, body, now=now + 299)
    assert not verify(secret, headers, body, now=now + 301), "old"
    assert not verify(b"another", headers, body, now=now)
    assert not verify(secret, headers, body + b" ", now=now)
    assert not verify(secret, {**headers, "Slipstream-Id": "0" * 16}, body, now=now)
    assert not verify(secret, {**headers, "Slipstream-Timestamp": str(int(now) + 1)}, body, now=now)
    assert not verify(secret, {}, body, now=now)


def test_signatures_are_those_of_the_documentation() -> None:
    """`printf 'id.1749640020.{}' | openssl dgst -sha256 -hmac key`"""
    assert sign(b"key", "id", "1749640020", b"{}") == (
        "v1=69e44e708cfb5f6d972d4c9e73d8f199649b6f339b18853e1d7121c8e683e002"
    )


@pytest.mark.parametrize(
    ("status", "headers", "again", "after"),
    [
        (500, {}, True, 0.0),
        (503, {"Retry-After": "7"}, True, 7.0),
        (429, {"Retry-After": "100000"}, True, 300.0),
        (400, {}, False, 0.0),
        (404, {}, False, 0.0),
        (302, {"Location": "http://127.0.0.1:1/elsewhere"}, False, 0.0),
        (307, {"Location": "http://127.0.0.1:1/elsewhere"}, False, 0.0),
    ],
)
def test_what_is_tried_again(secret: bytes, status: int, headers: dict[str, str], again: bool, after: float) -> None:
    with http() as (url, found):
        found.answers = [(status, headers)]
        with pytest.raises(Failed, match=f"HTTP {status}") as caught:
            hook(url)(MESSAGE)
    assert (caught.value.again, caught.value.after_s) == (again, after)
    assert len(found.seen) == 1, "a redirection is not followed"


def test_an_address_where_nobody_is_may_be_there_later_and_is_not_told(secret: bytes) -> None:
    with http() as (url, _):
        pass
    with pytest.raises(Failed) as caught:
        hook(url)(MESSAGE)
    assert caught.value.again
    assert url not in str(caught.value), "it may hold a token"


def test_a_slack_hook_gets_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with http() as (url, found):
        monkeypatch.setenv("SLACK_URL", url)
        channel("room", Recipient("slack", url_env="SLACK_URL"))(MESSAGE)
    content = json.loads(found.seen[0][2])
    assert list(content) == ["text"]
    assert content["text"].splitlines()[0] == "AMBER COST: TECH-1 TECH (not acknowledged, step 1)"
    assert "alert 3f1c0a9be2d84477" in content["text"]


class Mailbox:
    """A mail server that takes messages, or answers RCPT otherwise."""

    def __init__(self) -> None:
        self.mail: list[bytes] = []
        self.rcpt = "250 ok"


@contextmanager
def smtp() -> Iterator[tuple[int, Mailbox]]:
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            while line := self.rfile.readline():
                word = line.split()[0].upper().partition(b":")[0]
                if word == b"DATA":
                    self.wfile.write(b"354 go\r\n")
                    lines = []
                    while (part := self.rfile.readline()) != b".\r\n":
                        lines.append(part)
                    box.mail.append(b"".join(lines))
                answer = box.rcpt if word == b"RCPT" else "221 bye" if word == b"QUIT" else "250 ok"
                self.wfile.write(answer.encode() + b"\r\n")
                if word == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1], box
        server.shutdown()
        thread.join()


def mail(port: int) -> Callable[[Message], None]:
    to = ("head@example.com", "risk@example.com")
    return channel("head", Recipient("email", server="127.0.0.1", port=port, sender="plant@example.com", to=to))


def test_mail_is_one_message_whatever_the_alert_says() -> None:
    with smtp() as (port, box):
        mail(port)(MESSAGE)
    (raw,) = box.mail
    found = message_from_bytes(raw, policy=policy.default)
    assert found["Subject"] == "AMBER COST: TECH-1 TECH (not acknowledged, step 1)"
    assert found["To"] == "head@example.com, risk@example.com"
    assert found["Message-ID"] == "<0123456789abcdef@slipstream>"
    assert found["Bcc"] is None
    assert "slippage 2.5 bps Bcc: somebody" in found.get_content()
    assert "figure 2.5" in found.get_content().splitlines(), "a threshold that is null is not told"


@pytest.mark.parametrize(("answer", "again"), [("451 later", True), ("550 nobody", False)])
def test_a_mail_server_that_refuses(answer: str, again: bool) -> None:
    with smtp() as (port, box):
        box.rcpt = answer
        with pytest.raises(Failed, match=f"SMTP {answer[:3]}") as caught:
            mail(port)(MESSAGE)
    assert caught.value.again is again
    assert box.mail == []


@pytest.mark.parametrize(
    ("to", "message"),
    [
        (Recipient("webhook", url="http://x"), r"desk.secret_env: expected"),
        (Recipient("webhook", url="http://x", secret_env="NOT_SET_ANYWHERE"), "NOT_SET_ANYWHERE to be set"),
        (Recipient("slack"), r"desk.url_env: expected"),
        (Recipient("slack", url="file:///etc/passwd"), r"desk.url: expected an address"),
        (Recipient("email", to=("a@b",)), "needs server, sender and to"),
    ],
)
def test_what_a_recipient_lacks_is_said_at_the_start(to: Recipient, message: str) -> None:
    with pytest.raises(AlertError, match=message):
        channel("desk", to)


def test_the_log_gets_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    channel("desk", Recipient())(MESSAGE)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.startswith("0123456789abcdef desk: AMBER COST: TECH-1 TECH")
