"""
What the API and the login keep: principals (machine clients and people), API keys, entitlement rules and the audit, in one SQLite file.

Every change is forced to disk before it is acknowledged. Secrets are kept as hashes only. The gateway reads the entitlement rules from
two CSV files beside it (`rules.csv`, `desks.csv`), which each change replaces as a whole.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import hmac
import io
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from slipstream.errors import AuthError

Kind = Literal["client", "user"]
RULE_KINDS = ("desk", "account", "trader", "parent", "all")
"""What a rule may name; `all` grants every row."""

_SCHEMA = """
create table if not exists principals(name text primary key, kind text not null, role text not null, scopes text not null, hash text,
  fingerprint text unique, created real not null, disabled real);
create table if not exists keys(id text primary key, principal text not null references principals(name), hash text not null, label text not null,
  created real not null, expires real, revoked real);
create table if not exists rules(principal text not null references principals(name), kind text not null, value text not null,
  primary key(principal, kind, value));
create table if not exists desks(desk text not null, kind text not null, value text not null, primary key(desk, kind, value));
create table if not exists audit(id integer primary key autoincrement, time real not null, principal text not null, remote text not null,
  method text not null, path text not null, status integer not null, request text not null, detail text not null);
create index if not exists audit_time on audit(time);
create table if not exists actions(id text primary key, principal text not null, idempotency text not null, asked text not null, body text not null,
  parent text not null, created real not null, expires real not null, state text not null, unique(principal, idempotency));
create index if not exists actions_parent on actions(parent, created);
create table if not exists switches(name text primary key, value text not null);
"""
# scrypt's cost: 16 MiB and some 50 ms for one password
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class Account:
    """A principal as it is kept; times are seconds since 1970."""

    name: str
    kind: Kind
    role: str
    scopes: tuple[str, ...]
    """Extra to those of the role."""
    created: float
    disabled: float | None
    fingerprint: str | None
    """SHA-256 of its TLS certificate, hexadecimal."""


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is kept: everything but the key."""

    id: str
    principal: str
    label: str
    created: float
    expires: float | None
    revoked: float | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A call that was refused, or an action."""

    id: int
    time: float
    principal: str
    remote: str
    method: str
    path: str
    status: int
    request: str
    detail: str


class Store:
    """
    Args:
        folder: where its files are; made with access for the owner only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        self._lock = threading.RLock()
        file = folder / "api.db"
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(file, timeout=10.0, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=full")
        self._db.execute("pragma foreign_keys=on")
        self._db.executescript(_SCHEMA)
        # a connection of its own, to which every change is another's
        self._watch_lock = threading.Lock()
        self._watch = sqlite3.connect(file, timeout=0.0, isolation_level=None, check_same_thread=False)
        with self.transaction():  # a process that died between a change and its end may have left other files
            self._publish()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
            self._watch.close()

    def version(self) -> int | None:
        """A number that is another after each change of what is kept, whichever process made it; None where it cannot be told without waiting."""
        with self._watch_lock:
            try:
                return int(self._watch.execute("pragma data_version").fetchall()[0][0])
            except sqlite3.OperationalError:
                return None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Changes that are on disk, all of them, when the block ends, or none when it raises."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Waits until nobody else who has this folder open, in this process or another, is in a block of the same name."""
        with os.fdopen(os.open(self.folder / f"{what}.lock", os.O_CREAT | os.O_RDWR, 0o600), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # closing lets go of it
            yield

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # Principals

    def add_client(
        self, name: str, role: str, scopes: Iterable[str] = (), *, fingerprint: str | None = None
    ) -> tuple[Account, str]:
        """Make a machine client; returns it and its secret, which is shown this once."""
        secret = secrets.token_urlsafe(32)
        return self._add(name, "client", role, scopes, _digest(secret), _fingerprint(fingerprint)), secret

    def add_user(self, name: str, password: str, role: str, scopes: Iterable[str] = ()) -> Account:
        """Make a person with a password of at least 12 characters; an empty one makes a person who logs in elsewhere (OIDC)."""
        return self._add(name, "user", role, scopes, _hash(password) if password else None, None)

    def set_password(self, name: str, password: str) -> None:
        """Give a person another password."""
        with self.transaction() as db:
            done = db.execute("update principals set hash=? where name=? and kind='user'", (_hash(password), name))
            if done.rowcount != 1:
                raise AuthError(f"there is no user {name}")

    def disable(self, name: str, *, disabled: bool = True) -> None:
        """Shut a principal out, or let it in again. It is refused from the next call on."""
        with self.transaction() as db:
            done = db.execute(
                "update principals set disabled=? where name=?", (time.time() if disabled else None, name)
            )
            if done.rowcount != 1:
                raise AuthError(f"there is no client or user {name}")
            self._publish()

    def accounts(self) -> list[Account]:
        """Every principal by name."""
        return [_account(row) for row in self.rows(f"select {_ACCOUNT} from principals order by name")]

    def account(self, name: str) -> Account | None:
        """A principal that is not disabled."""
        found = self.rows(f"select {_ACCOUNT} from principals where name=? and disabled is null", (name,))
        return _account(found[0]) if found else None

    def by_fingerprint(self, fingerprint: str) -> Account | None:
        """The principal of a TLS certificate."""
        found = self.rows(
            f"select {_ACCOUNT} from principals where fingerprint=? and disabled is null", (_fingerprint(fingerprint),)
        )
        return _account(found[0]) if found else None

    def check_secret(self, name: str, secret: str) -> Account | None:
        """The client whose secret it is."""
        found = self.rows("select hash from principals where name=? and kind='client' and disabled is null", (name,))
        good = hmac.compare_digest(str(found[0][0]) if found else "", _digest(secret))
        return self.account(name) if good else None

    def check_password(self, name: str, password: str) -> Account | None:
        """The person whose password it is. Takes as long for names that do not exist."""
        found = self.rows("select hash from principals where name=? and kind='user' and disabled is null", (name,))
        kept = str(found[0][0]) if found and found[0][0] else _NOBODY
        return self.account(name) if _matches(password, kept) and kept is not _NOBODY else None

    # API keys

    def add_key(self, principal: str, label: str = "", *, expires: float | None = None) -> tuple[Key, str]:
        """Make a key of a principal; returns it and the key itself, which is shown this once."""
        name, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self.transaction() as db:
            if not db.execute("select 1 from principals where name=?", (principal,)).fetchone():
                raise AuthError(f"there is no client or user {principal}")
            db.execute(
                "insert into keys values(?,?,?,?,?,?,null)",
                (name, principal, _digest(secret), label, time.time(), expires),
            )
        return next(key for key in self.list_keys() if key.id == name), f"slip_{name}_{secret}"

    def list_keys(self) -> list[Key]:
        """Every key, oldest first."""
        return [
            Key(*row)
            for row in self.rows(
                "select id, principal, label, created, expires, revoked from keys order by created, id"
            )
        ]

    def revoke_key(self, name: str) -> None:
        """Make a key worthless. It is refused from the next call on."""
        with self.transaction() as db:
            done = db.execute("update keys set revoked=coalesce(revoked, ?) where id=?", (time.time(), name))
            if done.rowcount != 1:
                raise AuthError(f"there is no key {name}")

    def check_key(self, key: str) -> tuple[Account, float | None] | None:
        """The principal whose key it is and when that expires, unless it was revoked or has expired."""
        head, _, rest = key.partition("_")
        name, _, secret = rest.partition("_")
        found = self.rows(
            "select hash, principal, expires from keys where id=? and revoked is null and (expires is null or expires>?)",
            (name, time.time()),
        )
        good = hmac.compare_digest(str(found[0][0]) if found else "", _digest(secret))
        account = self.account(str(found[0][1])) if good and head == "slip" else None
        return None if account is None else (account, found[0][2])

    # Entitlements

    def allow(self, principal: str, kind: str, value: str) -> None:
        """Let a principal see the rows of a desk, account, trader or parent, or, with `all`, every row."""
        if kind not in RULE_KINDS:
            raise AuthError(f"{kind}: expected one of {', '.join(RULE_KINDS)}")
        self._rule("insert or ignore into rules values(?,?,?)", principal, kind, "" if kind == "all" else _plain(value))

    def disallow(self, principal: str, kind: str, value: str) -> None:
        """Take a rule back."""
        self._rule("delete from rules where principal=? and kind=? and value=?", principal, kind, value)

    def set_desk(self, desk: str, *, traders: Iterable[str] = (), accounts: Iterable[str] = ()) -> None:
        """Say which traders and accounts a desk is."""
        with self.transaction() as db:
            db.execute("delete from desks where desk=?", (_plain(desk),))
            rows = [
                (desk, kind, _plain(value))
                for kind, values in (("trader", traders), ("account", accounts))
                for value in values
            ]
            db.executemany("insert or ignore into desks values(?,?,?)", rows)
            self._publish()

    def rules(self, principal: str | None = None) -> list[tuple[str, str, str]]:
        """Rules (principal, kind, value), of one principal or of all."""
        found = self.rows("select principal, kind, value from rules order by principal, kind, value")
        return [(str(p), str(k), str(v)) for p, k, v in found if principal in (None, p)]

    def desks(self) -> list[tuple[str, str, str]]:
        """Desks as (desk, kind, value); kind is trader or account."""
        return [
            (str(d), str(k), str(v))
            for d, k, v in self.rows("select desk, kind, value from desks order by desk, kind, value")
        ]

    # Audit

    def audit(
        self, principal: str, *, remote: str, method: str, path: str, status: int, request: str, detail: str = ""
    ) -> int:
        """Note a refused call or an action; it is on disk when this returns its number."""
        with self.transaction() as db:
            done = db.execute(
                "insert into audit(time, principal, remote, method, path, status, request, detail) values(?,?,?,?,?,?,?,?)",
                (time.time(), principal, remote, method, path[:500], status, request, detail[:2000]),
            )
            return int(done.lastrowid or 0)

    def audited(self, *, after: int = 0, limit: int = 1000) -> list[AuditRow]:
        """Audit rows with a higher number than `after`, oldest first."""
        found = self.rows(
            "select id, time, principal, remote, method, path, status, request, detail from audit where id>? order by id limit ?",
            (after, limit),
        )
        return [AuditRow(*row) for row in found]

    def _add(
        self, name: str, kind: Kind, role: str, scopes: Iterable[str], hashed: str | None, fingerprint: str | None
    ) -> Account:
        with self.transaction() as db:
            if db.execute("select 1 from principals where name=?", (_plain(name),)).fetchone():
                raise AuthError(f"there is a client or user {name} already")
            db.execute(
                "insert into principals values(?,?,?,?,?,?,?,null)",
                (name, kind, role, " ".join(sorted(set(scopes))), hashed, fingerprint, time.time()),
            )
            self._publish()
        found = self.account(name)
        assert found is not None
        return found

    def _rule(self, sql: str, principal: str, kind: str, value: str) -> None:
        with self.transaction() as db:
            if not db.execute("select 1 from principals where name=?", (principal,)).fetchone():
                raise AuthError(f"there is no client or user {principal}")
            db.execute(sql, (principal, kind, value))
            self._publish()

    def _publish(self) -> None:
        """Replace the files that the gateway reads."""
        # a principal without rules is named all the same, and so is one that is shut out: who is not named is not known, or an operator
        out = dict(self.rows("select name, disabled is not null from principals order by name"))
        named = [(name, "disabled" if out[name] else "none", "") for name in out]
        rules = [rule for rule in self.rules() if not out[rule[0]]]
        _replace(self.folder / "rules.csv", ("principal", "kind", "value"), [*named, *rules])
        _replace(self.folder / "desks.csv", ("desk", "kind", "value"), self.desks())


_ACCOUNT = "name, kind, role, scopes, created, disabled, fingerprint"


def _account(row: tuple[Any, ...]) -> Account:
    name, kind, role, scopes, created, disabled, fingerprint = row
    return Account(name, kind, role, tuple(str(scopes).split()), created, disabled, fingerprint)


def _digest(secret: str) -> str:
    """Of a secret that was drawn at random: nobody can try them all, so one hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _hash(password: str) -> str:
    """Of a password that a person chose: salted, and slow."""
    if len(password) < 12:
        raise AuthError("a password has at least 12 characters")
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)


_NOBODY = f"scrypt${'00' * 16}${'00' * 64}"


def _matches(password: str, kept: str) -> bool:
    _, salt, expected = kept.split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)).hex(), expected)


def _fingerprint(text: str | None) -> str | None:
    """SHA-256 in whatever spelling: AA:BB…, or aabb…"""
    if text is None:
        return None
    plain = text.replace(":", "").strip().lower()
    if len(plain) != 64 or any(c not in "0123456789abcdef" for c in plain):
        raise AuthError("a fingerprint is the SHA-256 of a certificate: 64 hexadecimal digits")
    return plain


def _plain(text: str) -> str:
    """A name that means the same in a CSV file, in q and in a log line."""
    if not text or len(text) > 100 or not text.isprintable() or any(c in text for c in '",\\ '):
        raise AuthError(
            f"{text!r}: expected a name of 1 to 100 printable characters without blanks, commas, quotes and backslashes"
        )
    return text


def _replace(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    new = file.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as made:
        made.write(text.getvalue())
        made.flush()
        os.fsync(made.fileno())
    new.replace(file)
