"""The named steps of the roll, at each of which a process can be killed: before a step is noted, and when it has been."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slipstream.faults.plant import Plant


@dataclass(frozen=True)
class Step:
    """Where a process dies, and the q that makes it."""

    name: str
    process: str
    q: str  # DIE stands for its death


def steps(plant: Plant) -> list[Step]:
    """Every step: those of the journal of rolls, as the plant names them, and those of the tickerplant's end of day."""
    noted = plant.patiently("wdb", lambda wdb: [str(name) for name in wdb.value(".rolls.steps").to_pylist()])
    found = [
        Step(
            "tickerplant killed: log forced to disk",
            "tickerplant",
            ".tick.save:{[e]DIE}",
        ),
        Step("tickerplant killed: day marked as ended, nobody told", "tickerplant", ".u.end0:.u.end;.u.end:{[d]DIE}"),
        Step(
            "tickerplant killed: subscribers told",
            "tickerplant",
            ".stream.end0:.stream.end;.stream.end:{[d].stream.end0 d;DIE}",
        ),
    ]
    for name in noted[1:]:
        found += [
            Step(
                f"wdb killed: before `{name}` is noted",
                "wdb",
                f".roll.note0:.roll.note;.roll.note:{{[d;s]if[s=`{name};DIE];.roll.note0[d;s]}}",
            ),
            Step(
                f"wdb killed: `{name}` noted",
                "wdb",
                f".roll.note0:.roll.note;.roll.note:{{[d;s].roll.note0[d;s];if[s=`{name};DIE]}}",
            ),
        ]
    return found


def arm(plant: Plant, step: Step, mark: Path) -> None:
    """The process will die when it comes to the step; the mark is made by it just before."""
    die = f'(hsym`$"{mark}")0:enlist"";system"kill -9 ",string .z.i;system"sleep 5"'
    plant.patiently(step.process, lambda client: client.query(step.q.replace("DIE", die)))
