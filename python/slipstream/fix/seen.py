"""Which messages have been had: what each is known by, as digests by the day on which it came."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from slipstream.feed.schema import DAY_NS, NULL_TIME
from slipstream.fix.message import Malformed, Message, parse

_DIGEST = 16


class Seen:
    """Which messages have been had."""

    def __init__(self) -> None:
        self._days: dict[int, set[bytes]] = {}

    def look(self, session: str, raw: bytes, moment: int | None = None) -> tuple[Message | None, list[bytes], bool]:
        """The message, if it can be read, what it is known by from now on (`note`), and whether it is new."""
        message = readable(raw)
        keys: list[bytes] = []
        new = True
        if message is not None:
            execution, keys = _keys(session, message)
            if execution:
                new = not self._had(keys[0])
            else:
                # sent again by the session under its old number, or by the application under a new one
                numbered, body = keys
                new = not (
                    (message.get(43) == "Y" and self._had(numbered)) or (message.get(97) == "Y" and self._had(body))
                )
        if moment is not None:
            keys.append(same(session, raw, moment))
            new = new and not self._had(keys[-1])
        return message, keys, new

    def note(self, keys: Iterable[bytes], moment: int) -> None:
        """A message of this moment has been kept that is known by these."""
        self._days.setdefault(moment // DAY_NS, set()).update(keys)

    def forget(self, before: int) -> None:
        """Messages of the days (since 1970) before one are not recognised any more."""
        for day in [day for day in self._days if day < before]:
            del self._days[day]

    def state(self, before: int | None = None) -> tuple[list[tuple[int, int]], bytes]:
        """For `restore`: days, from a certain one on, with the number of their digests, and these."""
        days = {day: keys for day, keys in self._days.items() if before is None or day >= before}
        return [(day, len(keys)) for day, keys in days.items()], b"".join(b"".join(keys) for keys in days.values())

    def restore(self, days: Iterable[Sequence[int]], digests: bytes) -> None:
        """Know what another knew."""
        at = 0
        for day, count in days:
            end = at + count * _DIGEST
            self._days[day] = {digests[place : place + _DIGEST] for place in range(at, end, _DIGEST)}
            at = end

    def _had(self, key: bytes) -> bool:
        return any(key in keys for keys in self._days.values())


def readable(raw: bytes) -> Message | None:
    """Whoever decodes it says what is wrong with a message and counts it; here it is kept rather than lost."""
    try:
        message = parse(raw, check=False)
        stamp(message)
    except Malformed:
        return None
    return message


def stamp(message: Message | None) -> int:
    """When its sender made it, ns since 1970; the null where it does not say."""
    if message is None:
        return NULL_TIME
    return message.moment(60) if 60 in message else message.moment(52)


def same(session: str, raw: bytes, moment: int) -> bytes:
    """What the same bytes of the same moment are known by."""
    head = f"raw\x01{session}\x01{moment}\x01".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(head + raw, digest_size=_DIGEST).digest()


def _keys(session: str, message: Message) -> tuple[bool, list[bytes]]:
    """What makes a message the one it is: for executions their id on that day, otherwise its number and its
    contents; and whether it is an execution."""
    kind, execid = message.msgtype, message.get(17)
    if kind == "8" and execid and execid != "0" and message.get(150) != "I" and message.get(20) != "3":
        day = (message.get(60) or message.get(52))[:8]
        return True, [_digest("exec", session, day, execid)]
    body = tuple(message.get(tag) for tag in (115, 128, 11, 41, 37, 39, 60, 38, 44, 58))
    return False, [
        _digest("seq", session, kind, message.get(34), *body),
        _digest("body", session, kind, *body),
    ]


def _digest(*parts: str) -> bytes:
    # no field of a message holds its separator
    return hashlib.blake2b("\x01".join(parts).encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()
