"""From configuration to processes: which there are, their command lines, and the order in which they start."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slipstream import paths
from slipstream.config import Config
from slipstream.engine.choose import Choice


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the plant."""

    name: str
    command: tuple[str, ...]
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    kind: str = "q"  # q: answers the kdb+ handshake; http: accepts connections
    script: Path | None = None


def processes(config: Config, engine: Choice, *, page: bool = False, flags: Sequence[str] = ()) -> list[Process]:
    """
    The processes in starting order: tickerplant, hdb, rdb, rte (where its folder has an entry script), gateway, scorecard.

    Args:
        config: the configuration.
        engine: which engine runs the q scripts.
        page: True adds the page server.
        flags: command-line options by which the page server finds the same configuration.
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

    plant = config.tickerplant
    found = [
        q(
            "tickerplant",
            "tickplant/tick.q",
            {
                "dir": str(config.tplog_dir),
                "sync": plant.sync,
                "syncms": plant.sync_ms,
                "mode": plant.mode,
                "t": plant.flush_ms,
            },
        ),
        q("hdb", "hdb/hdb.q", {"db": str(config.hdb_dir)}),
        q("rdb", "rdb/rdb.q", {"tp": address(ports.tickerplant), "hdb": address(ports.hdb), "db": str(config.hdb_dir)}),
    ]
    if (home / "rte" / "rte.q").is_file():
        found.append(q("rte", "rte/rte.q", {"tp": address(ports.tickerplant)}))
    found.append(q("gateway", "gateway/gw.q", {"rdb": address(ports.rdb), "hdb": address(ports.hdb)}))
    if page:
        found.append(page_server(config, flags))
    return found


def page_server(config: Config, flags: Sequence[str]) -> Process:
    """The scorecard's web server."""
    command = (sys.executable, "-m", "slipstream", "page", *flags)
    return Process("scorecard", command, config.ports.scorecard, {}, "http")
