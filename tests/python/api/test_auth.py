"""Credentials: what is kept of them, what they open, and that a revoked one opens nothing."""

from __future__ import annotations

import base64
import json
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from slipstream.api.auth import ROLES, SCOPES, Authenticator, Tokens, check_grant, scopes_of, session_key
from slipstream.api.store import Store
from slipstream.errors import AuthError

PASSWORD = "correct horse battery"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "api")
    yield made
    made.close()


@pytest.fixture
def auth(store: Store) -> Authenticator:
    return Authenticator(store, Tokens(store.folder))


def test_every_scope_of_a_role_exists() -> None:
    assert {scope for scopes in ROLES.values() for scope in scopes} <= set(SCOPES)
    with pytest.raises(AuthError, match="roles"):
        check_grant("king")
    with pytest.raises(AuthError, match="scopes"):
        check_grant("trader", ["read:all"])


def test_a_token_says_who_and_what_and_is_refused_once_its_client_is_shut_out(
    auth: Authenticator, store: Store
) -> None:
    _, secret = store.add_client("ems1", "ems")
    token, scopes = auth.grant("ems1", secret, ["read:tca"])
    assert scopes == {"read:tca"}
    who = auth.bearer(token)
    assert (who.name, who.scopes, who.via) == ("ems1", {"read:tca"}, "token")
    store.disable("ems1")
    with pytest.raises(AuthError):
        auth.bearer(token)
    with pytest.raises(AuthError):
        auth.grant("ems1", secret, None)


def test_no_more_scopes_than_one_has(auth: Authenticator, store: Store) -> None:
    _, secret = store.add_client("quant1", "quant")
    with pytest.raises(AuthError, match="act:switch"):
        auth.grant("quant1", secret, ["act:switch"])
    with pytest.raises(AuthError):
        auth.grant("quant1", secret + "x", None)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"iss": "somebody"},
        {"aud": "else"},
        {"sub": "nobody"},
        {"exp": None},
    ],
    ids=str,
)
def test_a_token_with_another_claim_is_refused(auth: Authenticator, store: Store, claims: dict[str, object]) -> None:
    store.add_client("ems1", "ems")
    key = OKPKey.import_key((store.folder / "token.pem").read_bytes())
    good = {
        "iss": "slipstream",
        "aud": "slipstream-api",
        "sub": "ems1",
        "exp": int(time.time()) + 60,
        "scope": "read:tca",
    }
    made = {name: value for name, value in {**good, **claims}.items() if value is not None}
    assert auth.bearer(jwt.encode({"alg": "Ed25519"}, good, key, algorithms=["Ed25519"])).name == "ems1"
    with pytest.raises(AuthError):
        auth.bearer(jwt.encode({"alg": "Ed25519"}, made, key, algorithms=["Ed25519"]))


def test_a_token_of_another_key_or_of_none_is_refused(auth: Authenticator, store: Store, tmp_path: Path) -> None:
    account, _ = store.add_client("ems1", "ems")
    token, _ = Tokens(tmp_path / "other").issue(account)
    with pytest.raises(AuthError):
        auth.bearer(token)
    unsigned = "eyJhbGciOiJub25lIn0." + token.split(".")[1] + "."
    for text in (unsigned, "", "x", "a.b.c", "slip_", "slip_x", "slip__"):
        with pytest.raises(AuthError):
            auth.bearer(text)


def test_a_key_is_good_until_it_is_revoked_or_expires(auth: Authenticator, store: Store) -> None:
    store.add_client("ems1", "ems")
    kept, key = store.add_key("ems1", "desk box")
    assert auth.bearer(key).via == "key"
    _, old = store.add_key("ems1", expires=time.time() - 1)
    store.revoke_key(kept.id)
    for text in (key, old):
        with pytest.raises(AuthError):
            auth.bearer(text)


@pytest.mark.parametrize(
    "header",
    [{"crit": 1}, {"crit": None}, {"crit": [1]}, {"crit": [[]]}, {"crit": {}}, {"alg": []}, {"b64": False}, []],
)
def test_what_only_looks_like_a_token_is_refused(auth: Authenticator, header: Any) -> None:
    made = {"alg": "Ed25519", **header} if isinstance(header, dict) else header
    with pytest.raises(AuthError, match="not valid"):
        auth.bearer(f"{base64.urlsafe_b64encode(json.dumps(made).encode()).decode().rstrip('=')}.e30.AAAA")


def test_who_was_found_is_known_until_anything_changes(auth: Authenticator, store: Store) -> None:
    """Also when another process changes it."""
    _, secret = store.add_client("ems1", "ems")
    kept, key = store.add_key("ems1")
    token, _ = auth.grant("ems1", secret, ["read:tca"])
    changes: list[Callable[[Store], object]] = [
        lambda other: other.add_key("ems1"),
        lambda other: other.audit("x", remote="", method="GET", path="/", status=401, request=""),
        lambda other: other.revoke_key(kept.id),
        lambda other: other.disable("ems1"),
    ]
    elsewhere = Store(store.folder)
    for change, where in zip(changes, (elsewhere, store, elsewhere, store), strict=True):
        assert auth.known("bearer", token) is None
        found = auth.who("bearer", token)
        assert auth.known("bearer", token) == found and found.scopes == {"read:tca"}
        change(where)
    for text in (token, key):
        assert auth.known("bearer", text) is None
        with pytest.raises(AuthError):
            auth.who("bearer", text)
        assert auth.known("bearer", text) is None, "nobody is remembered as somebody"
    elsewhere.close()


def test_who_is_known_is_so_for_as_long_as_the_credential_lasts(
    auth: Authenticator, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = store.add_client("ems1", "ems")
    now = time.time()
    _, key = store.add_key("ems1", expires=now + 600)
    token, _ = auth.grant("ems1", secret, None)
    for text in (key, token):
        found = auth.who("bearer", text)
        assert now + 590 < found.until < now + 1000
        assert auth.known("bearer", text) == found and auth.known("key", text) is None
        assert auth.known("bearer", text + "x") is None
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert auth.known("bearer", key) is None and auth.known("bearer", token) is None


def test_who_cannot_be_told_without_waiting_is_not_known(
    auth: Authenticator, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_client("ems1", "ems")
    _, key = store.add_key("ems1")
    assert auth.who("key", key) == auth.known("key", key)
    with monkeypatch.context() as busy:
        busy.setattr(store, "version", lambda: None)
        assert auth.known("key", key) is None
        assert auth.who("key", key).name == "ems1"
    assert auth.known("key", key) is not None


def test_a_certificate_is_that_of_a_client(auth: Authenticator, store: Store) -> None:
    store.add_client("ems1", "ems", fingerprint=":".join(["AB"] * 32))
    assert auth.certificate("ab" * 32).name == "ems1"
    with pytest.raises(AuthError):
        auth.certificate("ac" * 32)


def test_passwords(store: Store) -> None:
    store.add_user("ann", PASSWORD, "trader")
    store.add_user("oidc", "", "quant")
    found = store.check_password("ann", PASSWORD)
    assert found is not None and scopes_of(found) == ROLES["trader"]
    for name, word in (("ann", "wrong horse battery"), ("ann", ""), ("nobody", PASSWORD), ("oidc", "")):
        assert store.check_password(name, word) is None
    with pytest.raises(AuthError, match="12"):
        store.add_user("bob", "short", "trader")


def test_no_secret_is_kept_and_the_files_are_the_owners(auth: Authenticator, store: Store) -> None:
    _, secret = store.add_client("ems1", "ems")
    _, key = store.add_key("ems1")
    store.add_user("ann", PASSWORD, "trader")
    session_key(store.folder)
    files = list(store.folder.iterdir())
    assert {"token.pem", "session.key", "api.db", "rules.csv", "desks.csv"} <= {file.name for file in files}
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        content = file.read_bytes()
        for word in (secret, key, key.rpartition("_")[2], PASSWORD):
            assert word.encode() not in content, file


def test_the_signing_keys_are_drawn_once(store: Store) -> None:
    assert Tokens(store.folder).public() == Tokens(store.folder).public()
    assert session_key(store.folder) == session_key(store.folder)


def test_the_gateway_reads_rules_from_files(store: Store) -> None:
    store.add_client("ems1", "ems")
    store.allow("ems1", "desk", "us")
    store.allow("ems1", "trader", "T9")
    store.disallow("ems1", "trader", "T9")
    store.set_desk("us", traders=["T1"], accounts=["A1"])
    assert (store.folder / "rules.csv").read_text() == "principal,kind,value\nems1,none,\nems1,desk,us\n"
    assert (store.folder / "desks.csv").read_text() == "desk,kind,value\nus,account,A1\nus,trader,T1\n"
    for bad in ("a b", 'a"b', "a,b", "", "a\nb", "a\\b"):
        with pytest.raises(AuthError):
            store.allow("ems1", "trader", bad)


def test_the_gateway_shuts_out_whom_we_do(store: Store) -> None:
    """Its rules go with it, and its name stays: who is not named at all may be an operator there."""
    for name in ("ems1", "ems2"):
        store.add_client(name, "ems")
        store.allow(name, "trader", "T1")
    store.disable("ems1")
    assert (
        store.folder / "rules.csv"
    ).read_text() == "principal,kind,value\nems1,disabled,\nems2,none,\nems2,trader,T1\n"
    store.allow("ems1", "trader", "T2")
    assert "T2" not in (store.folder / "rules.csv").read_text()
    store.disable("ems1", disabled=False)
    assert "ems1,none,\nems2,none,\nems1,trader,T1\nems1,trader,T2\n" in (store.folder / "rules.csv").read_text()


def test_audit_rows_are_numbered_and_survive(store: Store) -> None:
    first = store.audit(
        "ems1", remote="127.0.0.1", method="GET", path="/v1/parents", status=403, request="r1", detail="scope"
    )
    store.audit("", remote="127.0.0.1", method="GET", path="/v1/parents", status=401, request="r2")
    again = Store(store.folder)
    rows = again.audited(after=first)
    again.close()
    assert [(row.id, row.status, row.request) for row in rows] == [(first + 1, 401, "r2")]
