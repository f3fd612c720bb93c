"""
FIX sessions from QuickFIX settings files: `[DEFAULT]` and any number of `[SESSION]` sections of `Key=Value`.

Beyond QuickFIX's own keys: `SocketAcceptHost` (an acceptor's address, default 127.0.0.1), `Username` and
`Password` or `PasswordEnv` (an environment variable) for the Logon: an initiator sends them, an acceptor asks
for them; `SocketUseSSL=Y` speaks TLS, with QuickFIX's keys for certificates.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from slipstream.errors import ConfigError
from slipstream.fix.dictionary import data_dictionary
from slipstream.fix.engine import Endpoint

Side = tuple[list[Endpoint], bool]
"""Sessions that share a place to listen at (or one that connects), and whether they listen."""

_OURS = frozenset({
    "SenderCompID", "TargetCompID", "BeginString", "SessionQualifier", "ConnectionType", "SocketAcceptHost", "SocketAcceptPort",
    "SocketConnectHost", "SocketConnectPort", "FileStorePath", "UseDataDictionary", "HeartBtInt", "ReconnectInterval",
})  # fmt: skip
_FILES = (
    "DataDictionary", "TransportDataDictionary", "AppDataDictionary", "ServerCertificateFile", "ServerCertificateKeyFile",
    "ClientCertificateFile", "ClientCertificateKeyFile", "CertificationAuthoritiesFile",
)  # fmt: skip
_VERSIONS = ("FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1")


def session_sets(files: Sequence[Path], store: Path) -> list[Side]:
    """
    The sessions of settings files, by where they listen; each initiator for itself.

    Args:
        files: QuickFIX settings files.
        store: where message stores are, unless a session says otherwise (`FileStorePath`, relative to this).

    Raises:
        ConfigError: naming file, key and what was expected.
    """
    acceptors: dict[tuple[str, int], list[Endpoint]] = {}
    sides: list[Side] = []
    seen: dict[str, Path] = {}
    for file in files:
        for values in read(file):
            endpoint, accepts = _endpoint(file, values, store)
            if endpoint.session in seen:
                raise ConfigError(
                    str(file),
                    "SESSION",
                    f"one session {endpoint.session}; {seen[endpoint.session]} has it",
                    found=False,
                )
            seen[endpoint.session] = file
            if accepts:
                acceptors.setdefault((endpoint.host, endpoint.port), []).append(endpoint)
            else:
                sides.append(([endpoint], False))
    return [*((endpoints, True) for endpoints in acceptors.values()), *sides]


def read(file: Path) -> list[dict[str, str]]:
    """Each session's settings, the defaults filled in."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), "", f"a readable settings file ({error})", found=False) from error
    default: dict[str, str] = {}
    sessions: list[dict[str, str]] = []
    section: dict[str, str] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.upper() in ("[DEFAULT]", "[SESSION]"):
            section = default if line.upper() == "[DEFAULT]" else {}
            if section is not default:
                sessions.append(section)
            continue
        key, equals, value = line.partition("=")
        if not equals or section is None:
            raise ConfigError(
                str(file), f"line {number}", "[DEFAULT], [SESSION] or Key=Value in one of them", found=False
            )
        section[key.strip()] = value.strip()
    return [default | session for session in sessions]


def _endpoint(file: Path, values: dict[str, str], store: Path) -> tuple[Endpoint, bool]:
    def need(key: str) -> str:
        if not values.get(key):
            raise ConfigError(str(file), key, "a value in every session", found=False)
        return values[key]

    def whole(key: str, default: int | None = None) -> int:
        text = values.get(key, "" if default is None else str(default))
        if not text.isdigit():
            raise ConfigError(str(file), key, "a whole number", text)
        return int(text)

    kind = need("ConnectionType")
    if kind not in ("acceptor", "initiator"):
        raise ConfigError(str(file), "ConnectionType", "acceptor or initiator", kind)
    version = need("BeginString")
    if version not in _VERSIONS:
        raise ConfigError(str(file), "BeginString", f"one of {', '.join(_VERSIONS)}", version)
    for key in values:
        if key.startswith(("MySQLStore", "PostgreSQLStore", "OdbcStore")):
            raise ConfigError(
                str(file), key, "a file store: QuickFIX's package for Python is built without databases", found=False
            )
    accepts = kind == "acceptor"
    extra = {key: value for key, value in values.items() if key not in _OURS}
    for key in _FILES:
        if key in extra:
            path = _found(file, extra[key])
            if not path.is_file():
                raise ConfigError(str(file), key, f"a file; {path} is none", found=False)
            extra[key] = str(path)
    if "PasswordEnv" in extra:
        name = extra.pop("PasswordEnv")
        if name not in os.environ:
            raise ConfigError(str(file), "PasswordEnv", f"environment variable {name} to be set", found=False)
        extra["Password"] = os.environ[name]
    made = Endpoint(
        need("SenderCompID"),
        need("TargetCompID"),
        whole("SocketAcceptPort" if accepts else "SocketConnectPort"),
        host=values.get("SocketAcceptHost", "127.0.0.1") if accepts else need("SocketConnectHost"),
        store=store / values.get("FileStorePath", "."),
        version=version,
        validate=values.get("UseDataDictionary", "N") == "Y",
        heartbeat_s=whole("HeartBtInt", 30),
        reconnect_s=whole("ReconnectInterval", 5),
        settings=extra,
        qualifier=values.get("SessionQualifier", ""),
    )
    return made, accepts


def _found(file: Path, name: str) -> Path:
    """A file beside the settings, or a specification that QuickFIX brings (`FIX44.xml`)."""
    path = file.parent / name
    if not path.is_file() and "/" not in name and name.endswith(".xml"):
        return data_dictionary(name.removesuffix(".xml"))
    return path
