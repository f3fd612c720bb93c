"""
The ways in which a recipient is told: a line in the log, a signed webhook, e-mail, a Slack-compatible hook. Each sends one message once;
`Failed` says whether trying again may help. A message that is sent again has the same id, by which a receiver can tell.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from http.client import HTTPException
from typing import Any

import numpy as np

from slipstream.config import Recipient
from slipstream.errors import AlertError

ID, TIME, SIGNATURE = "Slipstream-Id", "Slipstream-Timestamp", "Slipstream-Signature"
"""Headers of a webhook: the message's id, seconds since 1970, and `v1=` the HMAC-SHA256 of both and the body in hexadecimal."""
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_RETRY_AFTER_S = 300.0


class Failed(AlertError):
    """
    A message was not delivered.

    Args:
        why: what the other side, or the network, said.
        again: whether the same may succeed later.
        after_s: seconds for which the other side asked not to be asked again.
    """

    def __init__(self, why: str, *, again: bool, after_s: float = 0.0) -> None:
        super().__init__(why)
        self.again, self.after_s = again, after_s


Attached = tuple[str, str, bytes]
"""A file that goes with an e-mail: name, media type, content."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a message says that is no alert."""

    subject: str
    text: str
    content: Mapping[str, Any]
    attached: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell a recipient."""

    id: str
    """The same whenever this is tried."""
    recipient: str
    tier: int
    """Step of the escalation, 0 the first."""
    alert: Mapping[str, Any]
    """Columns of `.alert.book`; empty for what is no alert."""
    note: Note | None = None
    """What is told instead of an alert."""

    @staticmethod
    def plain(
        id: str,
        recipient: str,
        subject: str,
        text: str,
        content: Mapping[str, Any],
        attached: tuple[Attached, ...] = (),
    ) -> Message:
        """A message that is no alert, such as a report: `content` is what a webhook gets, `attached` goes with e-mail alone."""
        return Message(id, recipient, 0, {}, Note(_line(subject), text, content, attached))

    @property
    def subject(self) -> str:
        """One line."""
        if self.note is not None:
            return self.note.subject
        level, lamp, parent = (str(self.alert[name]) for name in ("level", "lamp", "parent"))
        waited = f" (not acknowledged, step {self.tier})" if self.tier else ""
        return _line(f"{level.upper()} {lamp}: {parent} {self.alert['sym']}{waited}")

    @property
    def text(self) -> str:
        """What happened, in a few lines."""
        if self.note is not None:
            return self.note.text
        figures = [f"{name} {self.alert[name]:.4g}" for name in ("figure", "threshold") if _known(self.alert[name])]
        lines = [self.subject, _line(str(self.alert["why"])), ", ".join(figures), f"at {self.alert['time']} UTC"]
        return "\n".join([*(line for line in lines if line), f"alert {self.alert['id']}"])

    def body(self) -> bytes:
        """As JSON: `id`, `recipient`, `tier`, and `alert` with its columns; times as ISO 8601, UTC, ns."""
        content: dict[str, Any] = {"id": self.id, "recipient": self.recipient}
        if self.note is None:
            content |= {"tier": self.tier, "alert": {name: _plain(value) for name, value in self.alert.items()}}
        else:
            content |= self.note.content
        return json.dumps(content, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


Channel = Callable[[Message], None]
"""Delivers a message. Raises Failed."""


def channel(name: str, to: Recipient) -> Channel:
    """How a recipient is told. Raises AlertError when its configuration lacks something, such as an environment variable."""
    if to.kind == "log":
        return _log
    if to.kind == "email":
        return _Mail(name, to)
    return _Hook(name, to)


def sign(secret: bytes, id: str, at: str, body: bytes) -> str:
    """The signature of a webhook."""
    return "v1=" + hmac.new(secret, b".".join([id.encode(), at.encode(), body]), hashlib.sha256).hexdigest()


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, *, now: float, tolerance_s: float = 300.0) -> bool:
    """
    For receivers: whether a webhook is ours and not an old one sent again by somebody else.

    Args:
        secret: the shared secret.
        headers: of the request.
        body: of the request, as it came.
        now: seconds since 1970.
        tolerance_s: how old it may be, and how far the clocks may differ.
    """
    id, at, given = (headers.get(name, "") for name in (ID, TIME, SIGNATURE))
    if not at.isascii() or not at.isdigit() or abs(now - int(at)) > tolerance_s:
        return False
    return hmac.compare_digest(sign(secret, id, at, body).encode(), given.encode())


def _log(message: Message) -> None:
    print(f"{message.id} {message.recipient}: " + " | ".join(message.text.splitlines()), flush=True)


class _Hook:
    """POSTs JSON: a webhook, signed where there is a secret, or what Slack-compatible hooks take."""

    def __init__(self, name: str, to: Recipient) -> None:
        self._to = to
        self._url = to.url or _secret(name, "url_env", to.url_env)
        if not self._url.startswith(("https://", "http://")):
            raise AlertError(f"alerts.recipients.{name}.url: expected an address that begins with https:// or http://")
        self._key = _secret(name, "secret_env", to.secret_env).encode() if to.secret_env else None
        if to.kind == "webhook" and self._key is None:
            raise AlertError(f"alerts.recipients.{name}.secret_env: expected the variable that holds the shared secret")
        self._open = urllib.request.build_opener(_NoRedirect).open

    def __call__(self, message: Message) -> None:
        slack = self._to.kind == "slack"
        body = json.dumps({"text": message.text}).encode() if slack else message.body()
        headers = {"Content-Type": "application/json", "User-Agent": "slipstream", ID: message.id}
        if self._key is not None:
            at = str(int(time.time()))
            headers |= {TIME: at, SIGNATURE: sign(self._key, message.id, at, body)}
        request = urllib.request.Request(self._url, body, headers, method="POST")
        try:
            with self._open(request, timeout=self._to.timeout_s) as answer:
                answer.read(65_536)
        except urllib.error.HTTPError as error:
            with error:
                wait = error.headers.get("Retry-After", "")
                after = min(float(wait), _RETRY_AFTER_S) if wait.isdigit() else 0.0
                raise Failed(f"HTTP {error.code}", again=error.code in _AGAIN, after_s=after) from None
        except (OSError, HTTPException) as error:
            # the address may be a secret, and is in some of these messages
            raise Failed(type(getattr(error, "reason", error)).__name__, again=True) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What is signed for one address is not sent to another."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _Mail:
    """E-mail by SMTP."""

    def __init__(self, name: str, to: Recipient) -> None:
        if not to.to or not to.sender or not to.server:
            raise AlertError(f"alerts.recipients.{name}: e-mail needs server, sender and to")
        self._to = to
        self._password = _secret(name, "password_env", to.password_env) if to.password_env else ""

    def __call__(self, message: Message) -> None:
        to = self._to
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = message.subject, to.sender, ", ".join(to.to)
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.id}@slipstream>"
        mail.set_content(message.text)
        for name, kind, content in message.note.attached if message.note else ():
            main, _, sub = kind.partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        try:
            with self._session() as session:
                refused = session.send_message(mail)
        except smtplib.SMTPResponseException as error:
            raise Failed(f"SMTP {error.smtp_code}", again=400 <= error.smtp_code < 500) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            raise Failed(f"SMTP {min(codes)}: no recipient was taken", again=min(codes) < 500) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Failed(type(error).__name__, again=True) from None
        if refused:
            raise Failed("not taken: " + ", ".join(sorted(refused)), again=False)

    def _session(self) -> smtplib.SMTP:
        to, context = self._to, ssl.create_default_context()
        session = (
            smtplib.SMTP_SSL(to.server, to.port, timeout=to.timeout_s, context=context)
            if to.tls == "tls"
            else smtplib.SMTP(to.server, to.port, timeout=to.timeout_s)
        )
        try:
            if to.tls == "starttls":
                session.starttls(context=context)
            if to.user:
                session.login(to.user, self._password)
        except BaseException:
            session.close()
            raise
        return session


def _secret(name: str, key: str, variable: str | None) -> str:
    found = os.environ.get(variable or "")
    if not found:
        named = f"environment variable {variable} to be set" if variable else "a value"
        raise AlertError(f"alerts.recipients.{name}.{key}: expected {named}")
    return found


def _line(text: str) -> str:
    return " ".join(text.split())


def _known(value: Any) -> bool:
    return value is not None and value == value


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return f"{value}Z"
    return value if _known(value) else None
