"""
Configuration: YAML files to frozen dataclasses.

`configs/default.yaml` states every key with its default; other files overlay it, the last one wins. Anything unknown, missing
or of the wrong kind raises `ConfigError`, which names the file, the key and what was expected.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import ipaddress
import os
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from slipstream import paths
from slipstream.errors import ConfigError

T = TypeVar("T")
PROCESSES = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte")


def _key(default: Any, *, low: float | None = None, high: float | None = None) -> Any:
    """A key with a default and, for numbers, its bounds (inclusive)."""
    return field(default=default, metadata={"low": low, "high": high})


def _port(default: int) -> Any:
    return _key(default, low=1, high=65535)


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports, one a service."""

    tickerplant: int = _port(5010)
    rdb: int = _port(5011)
    hdb: int = _port(5012)
    gateway: int = _port(5013)
    rte: int = _port(5014)
    fix: int = _port(5015)
    wdb: int = _port(5016)
    idb: int = _port(5017)
    merge: int = _port(5018)
    scorecard: int = _port(8050)


@dataclass(frozen=True, slots=True)
class Tickerplant:
    """How the tickerplant publishes and how safe its log is."""

    mode: Literal["batch", "zero"] = "batch"
    flush_ms: int = _key(20, low=1, high=60_000)
    commit: Literal["group", "each"] = "group"
    sync: Literal["always", "interval", "never"] = "interval"
    sync_ms: int = _key(1000, low=1, high=3_600_000)
    grace_minutes: int = _key(0, low=0, high=10_080)


@dataclass(frozen=True, slots=True)
class Writedown:
    """When rows of the open day are written to disk: after so many, or after so long."""

    rows: int = _key(500_000, low=1)
    every_s: float = _key(300.0, low=0.1, high=86_400.0)


@dataclass(frozen=True, slots=True)
class Lake:
    """Where the archive writes Parquet."""

    url: str = "{var}/lake"
    compression: Literal["zstd", "snappy", "none"] = "zstd"
    rows_per_file: int = _key(5_000_000, low=1_000)
    endpoint: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is written is kept, in days; 0 is for ever. Only `slipstream retention --apply` deletes."""

    hdb_days: int = _key(0, low=0)
    log_days: int = _key(0, low=0)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """
    When the lamps of the real-time engine turn amber and red. COST: excess z, or bps above the expected cost (with the profile `demo`, bps of
    slippage). LEAK: the difference as a share of the spread, and its t.
    """

    profile: Literal["relative", "demo"] = "relative"
    z_amber: float = _key(1.0, low=0.0)
    z_red: float = _key(2.0, low=0.0)
    cost_amber_bps: float = _key(2.0, low=0.0)
    cost_red_bps: float = _key(6.0, low=0.0)
    leak_amber_spreads: float = _key(0.1, low=0.0)
    leak_red_spreads: float = _key(0.25, low=0.0)
    leak_amber_t: float = _key(2.8, low=0.0)
    leak_red_t: float = _key(3.3, low=0.0)


@dataclass(frozen=True, slots=True)
class Rte:
    """
    The real-time engine: milliseconds of event time between evaluations and by which rows may come out of order, whether order events and fills
    have evaluations of their own, whether order events wait for the next fill or boundary all the same, and its thresholds.
    """

    enabled: bool = True
    every_ms: int = _key(250, low=10, high=60_000)
    lag_ms: int = _key(50, low=0, high=60_000)
    instant: bool = True
    sends: Literal["own", "wait"] = "own"
    keep_s: int = _key(300, low=1, high=86_400)
    stale_ms: int = _key(2000, low=1, high=86_400_000)
    reference: str | None = None
    index: str | None = None
    l2: str | None = None
    l3: str | None = None
    dark: str | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class Itch:
    """
    NASDAQ ITCH: a touch at most once in so many ms of the venue's time, 0 for every change; rows of depth besides the orders; what may be
    in the book at a time; where multicast is joined, and requests for what is missing; where the SoupBinTCP password is.
    """

    venue: str = "XNAS"
    zone: str = "America/New_York"
    conflate_ms: float = _key(0.0, low=0.0, high=60_000.0)
    depth: Literal["every", "conflated", "off"] = "off"
    max_orders: int = _key(4_000_000, low=1)
    interface: str = "127.0.0.1"
    retry_ms: int = _key(50, low=1, high=10_000)
    tries: int = _key(6, low=1, high=100)
    password_env: str | None = None
    password_file: str | None = None


@dataclass(frozen=True, slots=True)
class Venues:
    """
    Venues with websockets: which rows their books become, levels a side that are kept (0: all), where raw streams are recorded, addresses in
    place of their own (`binance:ws`), and the first part of the names by which keys are kept, in the environment or in the file `secrets`
    (slipstream.feed.keys).
    """

    depth: Literal["every", "conflated", "off"] = "every"
    bbo: Literal["venue", "every", "conflated", "off"] = "venue"
    conflate_ms: int = _key(100, low=1, high=60_000)
    levels: int = _key(5_000, low=0)
    record: str | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    coinbase_env: str | None = None
    coinbase_cdp_env: str | None = None
    kraken_env: str | None = None
    secrets: str | None = None


@dataclass(frozen=True, slots=True)
class SkewLimits:
    """Clocks of sources: over how many seconds they are estimated, how often that is told, and what is alarming (slipstream.feed.skew)."""

    window_s: float = _key(600.0, low=1.0, high=86_400.0)
    every_s: float = _key(10.0, low=0.1, high=3_600.0)
    offset_ms: float = _key(250.0, low=0.0)
    drift_ppm: float = _key(50.0, low=0.0)
    step_ms: float = _key(20.0, low=0.0)


@dataclass(frozen=True, slots=True)
class Feed:
    """Market data."""

    seed: int = _key(7, low=0)
    speed: float = _key(1.0, low=0.0)
    skew: SkewLimits = field(default_factory=SkewLimits)
    itch: Itch = field(default_factory=Itch)
    venues: Venues = field(default_factory=Venues)


@dataclass(frozen=True, slots=True)
class Fix:
    """
    The drop copy sessions. Without `settings` there is one: the broker listens at `host` and `ports.fix`, the capture connects.
    """

    host: str = "127.0.0.1"
    sender: str = "CAPTURE"
    target: str = "BROKER"
    clock: Literal["arrival", "event"] = "arrival"
    sync: Literal["always", "interval", "never"] = "always"
    settings: tuple[str, ...] = ()
    parent_tags: tuple[int, ...] = (583, 526, 5001, 2887, 66)
    parents: str | None = None
    scope: Literal["all", "session"] = "all"
    journal_mb: int = _key(64, low=1)
    remember_days: int = _key(10, low=1)


@dataclass(frozen=True, slots=True)
class Gateway:
    """
    Who may ask the gateway: `passwords` is a file of user:password lines as kdb+'s -U takes it, `operators` are the users that may do anything. Users that
    entitlement rules name see their rows only (q/entitle.q). `timeout_s` is how long any request may take, `rows` and `read` are how many rows an answer
    to a principal has, and is made from, at most.
    """

    passwords: str | None = None
    operators: tuple[str, ...] = ()
    timeout_s: int = _key(60, low=0, high=86_400)
    rows: int = _key(1_000_000, low=1)
    read: int = _key(20_000_000, low=1)


@dataclass(frozen=True, slots=True)
class Auto:
    """What red alerts lead to by themselves: the algo that parents are switched to, and by what parameters; `within_s` is how old an alert may be."""

    to: Literal["pov", "vwap", "twap", "iceberg", "passive"] | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    expires_s: float = _key(120.0, low=1.0, high=3600.0)
    within_s: float = _key(600.0, low=1.0)


@dataclass(frozen=True, slots=True)
class Api:
    """The API /v1, served at the page's address: tokens' life, requests a second and in a burst by client, TLS, and what actions may do."""

    enabled: bool = True
    token_s: float = _key(900.0, low=10.0, high=86_400.0)
    rate: float = _key(50.0, low=0.1)
    burst: float = _key(200.0, low=1.0)
    certificate: str | None = None
    key: str | None = None
    client_ca: str | None = None
    actions: Literal["notify", "propose", "auto"] = "propose"
    auto: Auto = field(default_factory=Auto)
    cooldown_s: float = _key(600.0, low=0.0)
    stale_s: float = _key(5.0, low=0.1)


@dataclass(frozen=True, slots=True)
class Oidc:
    """The identity provider of the page's users: `claim` of what it says of somebody is the name of the account here."""

    issuer: str = ""
    client_id: str = ""
    secret_env: str | None = None
    scope: str = "openid profile email"
    claim: str = "preferred_username"


@dataclass(frozen=True, slots=True)
class Scorecard:
    """
    The traders' page, and who may look at it: whoever reaches it (none, at the loopback address alone), users of `slipstream user` with
    passwords (local), or through an identity provider (oidc). `url` is its address as browsers see it, `proxies` are
    the addresses of those before it that are believed when they say whose request they pass on.
    """

    host: str = "127.0.0.1"
    update_ms: int = _key(250, low=20, high=60_000)
    login: Literal["none", "local", "oidc"] = "none"
    session_hours: float = _key(12.0, low=0.01, high=720.0)
    url: str | None = None
    proxies: tuple[str, ...] = ()
    oidc: Oidc = field(default_factory=Oidc)


@dataclass(frozen=True, slots=True)
class Recipient:
    """
    Who is told of alerts, and how. Secrets are in environment variables, which the keys that end in `_env` name.
    """

    kind: Literal["log", "webhook", "slack", "email"] = "log"
    levels: tuple[Literal["amber", "red"], ...] = ("amber", "red")
    tries: int = _key(5, low=1, high=20)
    backoff_s: float = _key(1.0, low=0.0, high=300.0)
    timeout_s: float = _key(5.0, low=0.1, high=60.0)
    url: str | None = None
    url_env: str | None = None
    secret_env: str | None = None
    server: str = ""
    port: int = _port(25)
    tls: Literal["none", "starttls", "tls"] = "none"
    user: str | None = None
    password_env: str | None = None
    sender: str = ""
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alerts:
    """Who is told of alerts: recipients by step of the escalation."""

    route: bool = False
    every_ms: int = _key(500, low=50, high=60_000)
    escalate_s: float = _key(120.0, low=1.0, high=86_400.0)
    forget_s: float = _key(3600.0, low=1.0, high=86_400.0)
    steps: tuple[tuple[str, ...], ...] = ()
    recipients: Mapping[str, Recipient] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """The end-of-day report: names of `alerts.recipients` that are sent it."""

    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. `files` are the YAML files that it was read from."""

    engine: Literal["auto", "quill", "kdb"] = "auto"
    var: str = "var"
    host: str = "127.0.0.1"
    user: str | None = None
    password_env: str | None = None
    start_timeout_s: float = _key(20.0, low=0.1)
    ports: Ports = field(default_factory=Ports)
    tickerplant: Tickerplant = field(default_factory=Tickerplant)
    writedown: Writedown = field(default_factory=Writedown)
    calendars: Mapping[str, str] = field(default_factory=lambda: {"default": "UTC"})
    calendar_dir: str | None = None
    lake: Lake = field(default_factory=Lake)
    retention: Retention = field(default_factory=Retention)
    rte: Rte = field(default_factory=Rte)
    feed: Feed = field(default_factory=Feed)
    fix: Fix = field(default_factory=Fix)
    scorecard: Scorecard = field(default_factory=Scorecard)
    gateway: Gateway = field(default_factory=Gateway)
    api: Api = field(default_factory=Api)
    alerts: Alerts = field(default_factory=Alerts)
    report: Report = field(default_factory=Report)
    files: tuple[str, ...] = field(default=(), metadata={"internal": True})

    @property
    def var_dir(self) -> Path:
        """Absolute folder for everything the plant writes."""
        return Path(self.var).expanduser().resolve()

    @property
    def log_dir(self) -> Path:
        """Text logs of the processes."""
        return self.var_dir / "log"

    @property
    def run_dir(self) -> Path:
        """Supervisor socket, process ids."""
        return self.var_dir / "run"

    @property
    def tplog_dir(self) -> Path:
        """The tickerplant's log files."""
        return self.var_dir / "tplog"

    @property
    def hdb_dir(self) -> Path:
        """The date-partitioned database."""
        return self.var_dir / "hdb"

    def revisions(self, day: dt.date) -> dict[str, str]:
        """When tables of a day's partition were last written again (hdb/commit.q), by table, `?` behind while they are; empty when never."""
        file = self.hdb_dir.with_name(f"{self.hdb_dir.name}.revisions") / f"{day:%Y.%m.%d}"
        lines = file.read_text(encoding="ascii").splitlines() if file.is_file() else []
        return {table: moment for table, _, moment in (line.partition(" ") for line in lines)}

    @property
    def idb_dir(self) -> Path:
        """What has been written down of days that have no partition yet."""
        return self.var_dir / "idb"

    def secret(self, key: str, variable: str | None) -> str | None:
        """A secret from the environment variable that a key names."""
        if variable is None:
            return None
        value = os.environ.get(variable)
        if value is None:
            where = self.files[-1] if self.files else "configuration"
            raise ConfigError(where, key, f"environment variable {variable} to be set", found=False)
        return value

    @property
    def fix_dir(self) -> Path:
        """The FIX capture's journal and session stores."""
        return self.var_dir / "fix"

    @property
    def api_dir(self) -> Path:
        """Principals, keys, entitlement rules and the audit of API and login."""
        return self.var_dir / "api"

    @property
    def limits_file(self) -> Path:
        """Versions of the thresholds that were saved, kept by the real-time engine."""
        return self.var_dir / "page" / "thresholds.csv"

    @property
    def fix_sessions(self) -> Path:
        """Which FIX sessions of the capture are up."""
        return self.var_dir / "fix" / "up.json"

    @property
    def claims_dir(self) -> Path:
        """Locks of the processes that publish, a file a table."""
        return self.run_dir / "publishers"

    @property
    def fix_journal(self) -> Path:
        """The FIX capture's journal of raw messages."""
        return self.fix_dir / "capture.journal"

    @property
    def calendar_options(self) -> dict[str, str]:
        """Options of processes that decide by trading days, see q/calendar.q; none when every table has UTC."""
        given = {table: name for table, name in self.calendars.items() if table != "default" or name != "UTC"}
        if not given:
            return {}
        options = {"calendars": " ".join(f"{table}:{name}" for table, name in sorted(given.items()))}
        if self.calendar_dir is not None:
            options["calendardir"] = str(Path(self.calendar_dir).expanduser().resolve())
        return options

    @property
    def lake_url(self) -> str:
        """The lake's address, `{var}` filled in."""
        return self.lake.url.replace("{var}", str(self.var_dir))

    @property
    def password(self) -> str | None:
        """The password for q processes, from the environment variable that the configuration names."""
        return self.secret("password_env", self.password_env)

    def port(self, process: str) -> int:
        """The port of a process by name."""
        return int(getattr(self.ports, process))


def load_config(*files: str | Path, overrides: Mapping[str, Any] | None = None, use_default: bool = True) -> Config:
    """
    Read `configs/default.yaml`, overlay the files given, then the overrides (`{"ports.rdb": 6011}`), and check everything.

    Args:
        files: YAML files in order, the last one wins.
        overrides: dotted keys set last, as by `--set` on the command line.
        use_default: False starts from the built-in defaults instead of `configs/default.yaml`.
    """
    names = [Path(name) for name in files]
    default = paths.home() / "configs" / "default.yaml"
    if use_default and default.is_file() and default.resolve() not in [n.resolve() for n in names]:
        names.insert(0, default)
    merged: dict[str, Any] = {}
    source: dict[str, str] = {}
    for name in names:
        _overlay(merged, _read(name), str(name), source, "")
    for dotted, value in (overrides or {}).items():
        tree: Any = value
        for part in reversed(dotted.split(".")):
            tree = {part: tree}
        _overlay(merged, tree, "--set", source, "")
    config = _build(Config, merged, source, "", str(names[-1]) if names else "configuration")
    config = dataclasses.replace(config, files=tuple(str(name) for name in names))
    _check(config, source)
    return config


def parse_override(text: str) -> tuple[str, Any]:
    """`ports.rdb=6011` to a key and a YAML value."""
    key, sep, value = text.partition("=")
    if not sep or not key:
        raise ConfigError("--set", text, "KEY=VALUE", found=False)
    return key.strip(), yaml.safe_load(value)


def field_paths(cls: type = Config, prefix: str = "") -> list[str]:
    """Every dotted key of the configuration, in order."""
    found: list[str] = []
    hints = typing.get_type_hints(cls)
    for item in dataclasses.fields(cls):
        if item.metadata.get("internal"):
            continue
        name = f"{prefix}{item.name}"
        kind = hints[item.name]
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            found += field_paths(kind, f"{name}.")
        else:
            found.append(name)
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(file), "", f"a readable file ({error.strerror})", found=False) from None
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(str(file), where, f"YAML ({getattr(error, 'problem', error)})", found=False) from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigError(str(file), "", "keys and values", type(tree).__name__)
    return tree


def _overlay(base: dict[str, Any], top: Mapping[str, Any], file: str, source: dict[str, str], prefix: str) -> None:
    """Merge `top` into `base` key by key, noting in `source` which file each key came from."""
    for key, value in top.items():
        name = f"{prefix}{key}"
        source[name] = file
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _overlay(base[key], value, file, source, f"{name}.")
        elif isinstance(value, Mapping):
            base[key] = {}
            _overlay(base[key], value, file, source, f"{name}.")
        else:
            base[key] = value


def _build(cls: type[T], tree: Any, source: Mapping[str, str], prefix: str, file: str) -> T:
    """Make a dataclass out of a mapping; `prefix` is the dotted key so far."""
    here = source.get(prefix.rstrip("."), file)
    if not isinstance(tree, Mapping):
        raise ConfigError(here, prefix.rstrip("."), "keys and values", tree)
    items = {item.name: item for item in dataclasses.fields(cls) if not item.metadata.get("internal")}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    for key in tree:
        if key not in items:
            raise ConfigError(
                source.get(f"{prefix}{key}", here), f"{prefix}{key}", f"one of {', '.join(items)}", found=False
            )
    values: dict[str, Any] = {}
    for name, item in items.items():
        if name in tree:
            key = f"{prefix}{name}"
            values[name] = _convert(hints[name], tree[name], item.metadata, source, key, source.get(key, here))
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise ConfigError(here, f"{prefix}{name}", "a value", found=False)
    return cls(**values)


def _convert(kind: Any, value: Any, limits: Mapping[str, Any], source: Mapping[str, str], key: str, file: str) -> Any:
    origin = typing.get_origin(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _build(kind, {} if value is None else value, source, f"{key}.", file)
    if origin is Literal:
        allowed = typing.get_args(kind)
        if value is False and "off" in allowed:
            value = "off"  # YAML reads the bare word as a boolean
        if value not in allowed:
            raise ConfigError(file, key, f"one of {', '.join(map(str, allowed))}", value)
        return value
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        inner = next(part for part in typing.get_args(kind) if part is not type(None))
        return _convert(inner, value, limits, source, key, file)
    if origin is Mapping:
        if not isinstance(value, Mapping):
            raise ConfigError(file, key, "keys and values", value)
        inner = typing.get_args(kind)[1]
        return {str(name): _convert(inner, part, limits, source, f"{key}.{name}", file) for name, part in value.items()}
    if origin is tuple:
        if not isinstance(value, list):
            raise ConfigError(file, key, "a list", value)
        inner = typing.get_args(kind)[0]
        return tuple(_convert(inner, part, limits, source, f"{key}[{i}]", file) for i, part in enumerate(value))
    if kind is bool:
        if not isinstance(value, bool):
            raise ConfigError(file, key, "true or false", value)
        return value
    if kind is str:
        if not isinstance(value, str):
            raise ConfigError(file, key, "text", value)
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or (kind is int and not isinstance(value, int)):
        raise ConfigError(file, key, "a whole number" if kind is int else "a number", value)
    low, high = limits.get("low"), limits.get("high")
    if (low is not None and value < low) or (high is not None and value > high) or value != value:
        bounds = f"{low} to {high}" if high is not None else f"at least {low}"
        raise ConfigError(file, key, f"a number, {bounds}", value)
    return float(value) if kind is float else value


def _check(config: Config, source: Mapping[str, str]) -> None:
    """Rules between keys."""
    ports = {item.name: getattr(config.ports, item.name) for item in dataclasses.fields(config.ports)}
    seen: dict[int, str] = {}
    for name, port in ports.items():
        if port in seen:
            raise ConfigError(
                source.get(f"ports.{name}", "configuration"),
                f"ports.{name}",
                f"a port other than that of {seen[port]}",
                port,
            )
        seen[port] = name
    for proxy in config.scorecard.proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            raise ConfigError(
                source.get("scorecard.proxies", "configuration"),
                "scorecard.proxies",
                "IP addresses or networks (10.0.0.0/8)",
                proxy,
            ) from None
    if config.api.auto.to is not None and config.api.actions != "auto":
        raise ConfigError(
            source.get("api.auto.to", "configuration"),
            "api.auto.to",
            f"api.actions: auto beside it, not {config.api.actions}",
            config.api.auto.to,
        )
    if unknown := sorted(config.api.auto.parameters.keys() - {"clip", "patience_s", "gap_s", "rate"}):
        raise ConfigError(
            source.get("api.auto.parameters", "configuration"),
            "api.auto.parameters",
            "clip, patience_s, gap_s or rate",
            unknown[0],
        )
    if config.gateway.passwords and config.user not in config.gateway.operators:
        raise ConfigError(
            source.get("gateway.operators", "configuration"),
            "gateway.operators",
            f"the plant's own user ({config.user}) among them, because gateway.passwords is set",
            list(config.gateway.operators),
        )
