"""
What a session has sent, read from QuickFIX's store of it while no process has it open.

`<version>-<sender>-<target>.seqnums` holds `<next to send> : <next to receive>`, `.header` one `<number>,<offset>,<length> ` a
message kept, `.body` the messages. A message is kept, then counted, then sent: one that is kept under a number not counted yet
has not left, and its number is used again.
"""

from __future__ import annotations

from slipstream.errors import FixError
from slipstream.fix.engine import Endpoint
from slipstream.fix.message import parse

_ADMIN = frozenset("A012345")


def sent_messages(endpoint: Endpoint) -> list[bytes]:
    """The application messages that a session has sent so far, in order; none when it has never run."""
    stem = endpoint.store / f"{endpoint.version}-{endpoint.name}"
    counted = stem.with_name(stem.name + ".seqnums")
    if not counted.exists():
        return []
    try:
        upcoming = int(counted.read_text().split(":")[0])
        body = stem.with_name(stem.name + ".body").read_bytes()
        kept: dict[int, bytes] = {}
        for entry in stem.with_name(stem.name + ".header").read_text().split():
            number, offset, length = map(int, entry.split(","))
            kept[number] = body[offset : offset + length]
    except (OSError, ValueError) as error:
        raise FixError(f"{stem}: not a store of a session: {error}") from error
    sent = [raw for number, raw in sorted(kept.items()) if number < upcoming]
    return [raw for raw in sent if parse(raw, check=False).msgtype not in _ADMIN]
