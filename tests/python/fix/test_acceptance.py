"""
QuickFIX's acceptance scripts for FIX 4.4 against our acceptor (docs/fix.md has the table). 4a and 6 wait for heartbeats and test
requests, as they must.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from acceptance import Failed, play
from memplant import DATA, NO_SHARED

SCRIPTS = sorted((DATA / "fix" / "acceptance44").glob("*.def"))

RESETS = "numbers begin anew when a connection ends; ours go on, so that nothing sent meanwhile is lost"
DIFFERENT = {
    "2i_BeginStringValueUnexpected": RESETS,
    "2k_CompIDDoesNotMatchProfile": RESETS,
    "2o_SendingTimeValueOutOfRange": RESETS,
    "2r_UnregisteredMsgType": "the application knows no execution reports; a capture takes every message",
}
"""Scripts that rest on how QuickFIX's own acceptor is set up, and how ours differs."""

pytestmark = pytest.mark.skipif(not SCRIPTS, reason=NO_SHARED)


def test_all_scripts_are_there() -> None:
    assert len(SCRIPTS) == 59
    assert DIFFERENT.keys() <= {script.stem for script in SCRIPTS}


def passes(script: Path, folder: Path) -> None:
    """Scripts with heartbeats of 2 s take a machine that stands still for so long for a fault of the session: those are played again."""
    for attempt in range(3):
        try:
            return play(script, folder / str(attempt))
        except Failed:
            if attempt == 2 or b"\x01108=2" not in script.read_bytes():
                raise
    return None


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.stem))
def test_a_script(script: Path, tmp_path: Path) -> None:
    if script.stem not in DIFFERENT:
        passes(script, tmp_path)
        return
    with pytest.raises(Failed):
        play(script, tmp_path / "ours")
    play(script, tmp_path / "theirs", theirs=True)
