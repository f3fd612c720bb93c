"""From configuration to processes: which there are, their command lines, and the order in which they start."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slipstream import paths
from slipstream.config import Config, Gateway, Rte
from slipstream.engine.choose import Choice


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the plant."""

    name: str
    command: tuple[str, ...]
    port: int  # 0: listens nowhere
    environment: Mapping[str, str] = field(default_factory=dict)
    kind: str = "q"  # q: answers the kdb+ handshake; http: accepts connections; job: is only to run
    script: Path | None = None
    ends: bool = False  # True: has done its work when it ends well, and is not started again then


def processes(
    config: Config, engine: Choice, *, page: bool = False, session: bool = False, flags: Sequence[str] = ()
) -> list[Process]:
    """
    The processes in starting order: tickerplant, hdb, idb, rdb, wdb, merge, rte (unless it is not enabled, or its folder has no entry script), gateway,
    alerts (the router, where it is enabled), scorecard, capture, session.

    Args:
        config: the configuration.
        engine: which engine runs the q scripts.
        page: True adds the page server.
        session: True adds the FIX capture and the demonstration's session.
        flags: command-line options by which these find the same configuration.
    """
    home = paths.home()
    ports = config.ports

    def address(port: int) -> str:
        return f"{config.host}:{port}"

    def q(name: str, script: str, options: Mapping[str, str | int]) -> Process:
        file = home / script
        port = config.port(name)
        command = engine.command(file, port, options, host=config.host)
        return Process(name, tuple(command), port, dict(engine.environment(home)), "q", file)

    plant, calendars = config.tickerplant, config.calendar_options
    judged = _judged(config.rte)
    folders: dict[str, str | int] = {"db": str(config.hdb_dir), "dir": str(config.idb_dir)}
    found = [
        q(
            "tickerplant",
            "tickplant/tick.q",
            {
                "dir": str(config.tplog_dir),
                "sync": plant.sync,
                "syncms": plant.sync_ms,
                "mode": plant.mode,
                "commit": plant.commit,
                "t": plant.flush_ms,
                "grace": plant.grace_minutes,
                **calendars,
            },
        ),
        q("hdb", "hdb/hdb.q", {"db": str(config.hdb_dir), **judged}),
        q("idb", "idb/idb.q", {**folders, **calendars, **judged}),
        q("rdb", "rdb/rdb.q", {"tp": address(ports.tickerplant), **folders, **calendars, **judged}),
        q(
            "wdb",
            "wdb/wdb.q",
            {
                "tp": address(ports.tickerplant),
                "hdb": address(ports.hdb),
                "rdb": address(ports.rdb),
                "idb": address(ports.idb),
                **folders,
                "rows": config.writedown.rows,
                "every": _timespan(config.writedown.every_s),
                **calendars,
            },
        ),
    ]
    found.append(
        q(
            "merge",
            "hdb/merge.q",
            {
                "db": str(config.hdb_dir),
                "tplog": str(config.tplog_dir),
                "hdb": address(ports.hdb),
                "follow": 1,
                **calendars,
            },
        )
    )
    if config.rte.enabled and (home / "rte" / "rte.q").is_file():
        found.append(
            q(
                "rte",
                "rte/rte.q",
                {"tp": address(ports.tickerplant), **_rte(config.rte), "limits": str(config.limits_file)},
            )
        )
    found.append(
        q(
            "gateway",
            "gateway/gw.q",
            {
                "rdb": address(ports.rdb),
                "idb": address(ports.idb),
                "hdb": address(ports.hdb),
                "rules": str(config.api_dir),
                **_access(config.gateway),
                **calendars,
                **judged,
            },
        )
    )
    if config.alerts.route:
        found.append(Process("alerts", _ours("route", config, flags), 0, {}, "job"))
    if page:
        found.append(Process("scorecard", _ours("page", config, flags), ports.scorecard, {}, "http"))
    if session:
        found.append(Process("capture", _ours("capture", config, flags), 0, {}, "job"))
        found.append(Process("session", _ours("session", config, flags), 0, {}, "job", ends=True))
    return found


def _timespan(seconds: float) -> str:
    """Seconds as q reads a timespan: `0D00:05:00.000000000`."""
    minutes, ns = divmod(round(seconds * 1e9), 60_000_000_000)
    days, minutes = divmod(minutes, 1440)
    return f"{days}D{minutes // 60:02}:{minutes % 60:02}:{ns // 1_000_000_000:02}.{ns % 1_000_000_000:09}"


def _access(gateway: Gateway) -> dict[str, str | int]:
    found: dict[str, str | int] = {"T": gateway.timeout_s, "rows": gateway.rows, "read": gateway.read}
    if gateway.passwords:
        found["U"] = str(Path(gateway.passwords).expanduser().resolve())
    if gateway.operators:
        found["operators"] = ",".join(gateway.operators)
    return found


def _judged(rte: Rte) -> dict[str, str | int]:
    """What decides whether a quote counts, and which venues are dark: of every process that says what the market was."""
    options: dict[str, str | int] = {"stale": rte.stale_ms}
    if rte.dark:
        options["dark"] = rte.dark
    if rte.reference:
        options["reference"] = str(Path(rte.reference).expanduser().resolve())
    return options


def _rte(rte: Rte) -> dict[str, str | int]:
    t = rte.thresholds
    options: dict[str, str | int] = {
        "every": rte.every_ms,
        "lag": rte.lag_ms,
        "instant": int(rte.instant),
        "sends": rte.sends,
        "keep": rte.keep_s,
        **_judged(rte),
        "profile": t.profile,
        "zamber": str(t.z_amber),
        "zred": str(t.z_red),
        "costamber": str(t.cost_amber_bps),
        "costred": str(t.cost_red_bps),
        "leakamber": str(t.leak_amber_spreads),
        "leakred": str(t.leak_red_spreads),
        "leaktamber": str(t.leak_amber_t),
        "leaktred": str(t.leak_red_t),
    }
    named = {"index": rte.index, "l2": rte.l2, "l3": rte.l3}
    options |= {name: value for name, value in named.items() if value}
    return options


def _ours(command: str, config: Config, flags: Sequence[str]) -> tuple[str, ...]:
    """A `slipstream` command as a process, which runs in another folder than ours."""
    return (sys.executable, "-m", "slipstream", command, *flags, "--set", f"var={config.var_dir}")
