"""supervisord that goes on when its own log cannot be written, as on a full disk: `python -m slipstream.plant.daemon -c FILE`."""

from __future__ import annotations

import contextlib
import traceback
from typing import Any

from supervisor import loggers, supervisord


def _not_written(_handler: Any) -> None:
    """A line of the log that is lost is told of, if that can be written; it must not end the processes' supervisor."""
    with contextlib.suppress(OSError):
        traceback.print_exc()


if __name__ == "__main__":
    loggers.Handler.handleError = _not_written
    supervisord.main()
