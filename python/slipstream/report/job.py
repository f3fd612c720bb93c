"""
One day's report: asked of the plant, rendered, written beside the plant and into the lake, sent to whom the configuration names.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from slipstream.errors import ConversionError, ScorecardError
from slipstream.report import html, pdf
from slipstream.report.content import Day, document, summary
from slipstream.scorecard.cells import portable
from slipstream.scorecard.plant import members

if TYPE_CHECKING:
    from slipstream.alerts.channels import Message
    from slipstream.config import Config

TABLES = (
    "parents",
    "breakdown",
    "leak",
    "leakby",
    "curves",
    "segments",
    "switches",
    "alerts",
    "figures",
    "changes",
    "dq",
)
"""What the lake gets of a report, a folder each below `reports/`."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was made: files beside the plant, files in the lake (relative to it), and who was sent it."""

    files: tuple[Path, ...]
    lake: tuple[str, ...]
    sent: tuple[str, ...]
    summary: Mapping[str, Any]


def run(config: Config, day: date, *, desk: str = "all", lake: bool = True, send: bool = True) -> Result:
    """
    Make the report of a day.

    Args:
        config: the plant's configuration.
        day: the trading day.
        desk: a desk of the entitlement rules, or all.
        lake: False leaves the lake alone.
        send: False sends it to nobody.

    Raises:
        ScorecardError: there were no orders, or there is no such desk.
        EngineError: the plant did not answer.
        AlertError: somebody could not be sent it; it is written all the same.
    """
    from slipstream.scorecard.plant import Study

    traders, accounts = ([], []) if desk == "all" else members(config, desk)
    study = Study(config)
    try:
        answer = study.connect().call(".api.report", np.datetime64(day, "D"), traders, accounts)
    finally:
        study.close()
    if not isinstance(answer, Mapping):
        raise ConversionError(f".api.report: expected a dictionary of tables, got {type(answer).__name__}")
    tables = {str(name): part for name, part in answer.items() if isinstance(part, pa.Table)}
    if not tables["parents"].num_rows:
        raise ScorecardError(f"{day}: no parent orders{'' if desk == 'all' else f' of desk {desk}'}")
    found = Day(day, desk, tables, thresholds_of(config))
    said = summary(found)
    made = document(found)
    page, paper = html.render(made).encode(), pdf.render(made)
    parts = {name: portable(tables[name]) for name in TABLES}
    folder = config.var_dir / "reports" / day.isoformat() / desk
    written = _write(folder, {"report.html": page, "report.pdf": paper, "summary.json": _json(said)}, parts)
    kept = _keep(config, day, desk, parts, {"report.html": page, "report.pdf": paper}) if lake else ()
    sent = _send(config, said, page, paper) if send else ()
    return Result(tuple(written), tuple(kept), tuple(sent), said)


def thresholds_of(config: Config) -> str:
    """
    The version of the thresholds in force, in words.
    """
    from slipstream.scorecard.plant import configured
    from slipstream.scorecard.thresholds import Limits, newest

    version = newest(config.var_dir / "page", configured(config.rte.thresholds))

    def words(limits: Limits) -> str:
        return ", ".join(f"{name} {a:g}/{r:g}" for name, (a, r) in limits.items())

    others = "".join(f"; {other.scope}: {words(other.limits)}" for other in version.others)
    return f"version {version.number} ({version.profile}): {words(version.limits)}{others}"


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa.parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _write(folder: Path, files: Mapping[str, bytes], parts: Mapping[str, pa.Table]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    contents = {**files, **{f"{name}.parquet": _parquet(table) for name, table in parts.items()}}
    for name, body in contents.items():
        new = folder / f".{name}.new"
        new.write_bytes(body)
        new.replace(folder / name)
    return [folder / name for name in contents]


def _keep(config: Config, day: date, desk: str, parts: Mapping[str, pa.Table], files: Mapping[str, bytes]) -> list[str]:
    """Write into the lake, hive-partitioned by date and desk; one made again replaces what was there."""
    from slipstream.archive.store import Lake

    lake = Lake(config.lake_url, endpoint=config.lake.endpoint, region=config.lake.region)
    where = f"date={day.isoformat()}/desk={desk}"
    bodies = {f"reports/{name}/{where}/part-0.parquet": _parquet(table) for name, table in parts.items()}
    bodies |= {f"reports/_files/{where}/{name}": body for name, body in files.items()}
    for path, body in bodies.items():
        with lake.writing(path) as sink:
            sink.write(body)
    return list(bodies)


def _send(config: Config, said: Mapping[str, Any], page: bytes, paper: bytes) -> list[str]:
    """Send to the recipients that `report.to` names, by the channels of `alerts.recipients`."""
    from slipstream.alerts.channels import channel

    names: Sequence[str] = config.report.to
    for name in names:
        channel(name, config.alerts.recipients[name])(_message(name, said, page, paper))
    return list(names)


def _message(name: str, said: Mapping[str, Any], page: bytes, paper: bytes) -> Message:
    from slipstream.alerts.channels import Message

    stem = f"execution-{said['date']}-{said['desk']}"
    ident = hashlib.sha256(f"{stem} {name}".encode() + page).hexdigest()[:16]
    cost = "unknown" if said["is_cost"] is None else f"{said['is_cost']:+,.0f} ({said['is_bps']:+.2f} bps)"
    subject = f"Execution report {said['date']}, {said['desk']}: shortfall {cost}"
    lines = [
        subject,
        f"{said['parents']} parents, {said['fills']} fills, {said['alerts']} alerts, {said['data_issues']} data issues",
    ]
    attached = ((f"{stem}.pdf", "application/pdf", paper), (f"{stem}.html", "text/html", page))
    return Message.plain(ident, name, subject, "\n".join(lines), {"report": dict(said)}, attached)


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, allow_nan=False) + "\n").encode()
