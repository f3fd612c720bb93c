"""
What is common to the venues that send JSON over websockets: a state machine without I/O, fed with frames.

It answers each frame with rows, and with what should be done about it: send something, ask for a snapshot, connect anew. Live
(slipstream.feed.live) that is done, and its outcome comes back as frames; a replay has those frames already. So both give the
same rows.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

from slipstream.feed.base import Batch, BatchBuilder, Counters, Quarantine
from slipstream.feed.frames import CLOSE, FAIL, IN, OPEN, REST, START, TICK, Frame, Recorder
from slipstream.feed.l2 import L2Book, Level, Outlet, Publication
from slipstream.feed.schema import NULL_LONG, NULL_TIME, Row
from slipstream.feed.subscriptions import Subscriptions, Wanted

_MAX = 2**63 - 1
_INF = float("inf")
_REPEATED = 10_000
"""A print may come again when its number is at most so far behind the last."""
BAD_INPUT = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)
"""What a message of another form than documented raises."""


class Send(NamedTuple):
    """Send a message on a connection, after a while. A secret one is not recorded."""

    link: str
    data: str
    secret: bool = False
    delay_s: float = 0.0


class Fetch(NamedTuple):
    """Ask by HTTP GET, or POST when there is a body, after a while; the answer comes back as a frame about `about`."""

    about: str
    url: str
    delay_s: float = 0.0
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Reconnect(NamedTuple):
    """Close a connection and make it again."""

    link: str
    reason: str


Action = Send | Fetch | Reconnect


class Suspect(Exception):
    """A message that could be read, but shows that something is wrong: it is counted and kept in quarantine."""

    counter: ClassVar[str]


class Gap(Suspect):
    """A sequence number is missing."""

    counter = "gaps"


class Crossed(Suspect):
    """Bid against ask is impossible."""

    counter = "crossed"


class Mismatch(Suspect):
    """The venue's checksum is not that of the book."""

    counter = "mismatches"


class Refused(Suspect):
    """The venue does not do what it was asked for."""

    counter = "refused"


class Venue:
    """
    One source. Subclasses say what they connect to, and read its messages.

    Args:
        symbols: the instruments, named as the venue does.
        publication: what of the books becomes rows.
        urls: addresses in place of those in `URLS`, by the same names.
    """

    name: ClassVar[str] = ""
    """What frames and files call it."""
    URLS: ClassVar[Mapping[str, str]] = {}
    """Where its websockets (by connection) and its REST interface (`rest`) are."""
    QUOTES: ClassVar[bool] = False
    """It sends its best bid and offer by itself."""
    quiet_s: ClassVar[float] = 0.0
    """Seconds without any message after which a connection is dead; 0 leaves it to the ping of the websocket."""

    def __init__(
        self,
        symbols: Sequence[str] = (),
        *,
        publication: Publication | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        self.symbols = list(symbols)
        self.urls = {**self.URLS, **(urls or {})}
        self.actions: list[Action] = []
        self.counters = Counters()
        wanted = publication or Publication()
        self.own_quotes = self.QUOTES and wanted.bbo == "venue"
        """Rows of `quote` are the venue's own; else those messages are ignored."""
        if wanted.bbo == "venue":
            wanted = replace(wanted, bbo="off" if self.QUOTES else "every")
        self.publication = wanted
        self.moment = 0
        """The receive time of the frame that is being read, never before that of an earlier one."""
        self.frame = Frame(0, "", TICK, "", b"")
        self._builder: BatchBuilder | None = None
        self._outlet = Outlet(self.publication, self.add)
        self._states: dict[str, str] = {}
        self._names: set[str] = set()
        self._trade_id: dict[str, int] = {}
        self._told: dict[str, int] = {}
        """Prints up to these are known to be missing."""
        self._tries: dict[str, int] = {}
        self.subscriptions = Subscriptions(self.name)

    # ---- what subclasses say

    def links(self) -> dict[str, str]:
        """Addresses to connect to, by connection name."""
        return {name: url for name, url in self.urls.items() if name != "rest"}

    def opened(self, link: str) -> None:
        """A connection was made: subscribe (`send`)."""

    def closed(self, link: str) -> None:
        """A connection ended: what it kept up to date is so no more."""

    def subscribe(self, wanted: Wanted) -> None:
        """Send a subscription: the first time (`want`), and when one that was refused is due again."""

    def message(self, data: Any) -> None:
        """Read one message, decoded."""
        raise NotImplementedError

    def answer(self, about: str, data: Any) -> None:
        """Read the answer of a `fetch`, decoded."""

    def failed(self, about: str) -> None:
        """A `fetch` had no answer, or one that cannot be decoded."""

    def shown(self, frame: Frame) -> bytes:
        """A frame's bytes as they may be kept: without secrets."""
        return frame.data

    def decode(self, data: bytes) -> Any:
        """JSON to Python."""
        return json.loads(str(data, "utf-8"))

    # ---- what drives it

    def bind(self, builder: BatchBuilder, counters: Counters) -> None:
        """Where rows and counts go."""
        self._builder, self.counters = builder, counters

    def resume(self, last: Mapping[str, int]) -> None:
        """Go on where an earlier run ended: the last trade that was published, by venue and symbol with a blank between."""
        for name, number in last.items():
            venue, _, sym = name.partition(" ")
            if venue == self.name:
                self._trade_id[sym] = number

    def due(self, moment: int | None) -> int | None:
        """The `time` of conflated rows that are due by now."""
        return self._outlet.due(moment)

    def flush(self) -> None:
        """Add the conflated rows that are due."""
        self._outlet.flush()

    def remind(self, moment: int) -> None:
        """Have a subscription sent again that was refused and is due."""
        wanted = self.subscriptions.due(moment)
        if wanted is not None:
            self.moment = moment
            self.counters.resubscribed += 1
            self.subscribe(wanted)

    def take(self, frame: Frame, moment: int) -> None:
        """
        Read a frame.

        Raises what `BAD_INPUT` lists, or Suspect; rows and actions made before that stay.
        """
        self.moment, self.frame = moment, frame
        if frame.kind == IN:
            self.message(self.decode(frame.data))
        elif frame.kind == REST:
            try:
                data = self.decode(frame.data)
            except BAD_INPUT:
                # a page of a proxy, say: what was asked for is still wanted
                self.failed(frame.about)
                raise
            self.answer(frame.about, data)
        elif frame.kind == FAIL:
            self.failed(frame.about)
        elif frame.kind == OPEN:
            self.opened(frame.about)
        elif frame.kind == CLOSE:
            self.closed(frame.about)

    # ---- what subclasses use

    def add(self, table: str, row: Row) -> None:
        """A row, of the frame being read."""
        assert self._builder is not None, "bind() comes first"
        self._builder.add(table, row)

    def stamp(self, etime: int) -> None:
        """The venue's own time of the frame being read, ns since 1970."""
        assert self._builder is not None, "bind() comes first"
        self._builder.stamp(self.name, etime, self.frame.time)

    def want(self, link: str, channel: str = "", names: Sequence[str] = ()) -> None:
        """Subscribe, and remember that the venue has not confirmed it."""
        self.subscribe(self.subscriptions.ask(link, channel, tuple(names)))

    def send(self, link: str, message: Mapping[str, Any], *, secret: bool = False, delay_s: float = 0.0) -> None:
        """Have a message sent."""
        self.actions.append(Send(link, json.dumps(message, separators=(",", ":")), secret, delay_s))

    def fetch(
        self,
        about: str,
        path: str,
        *,
        delay_s: float = 0.0,
        again: bool = False,
        body: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Have something asked for by REST; `again` waits longer with each time in a row."""
        tries = self._tries[about] = self._tries.get(about, -1) + 1 if again else 0
        wait = max(delay_s, min(30.0, 0.25 * 2.0**tries) if again else 0.0)
        self.actions.append(Fetch(about, self.urls["rest"] + path, wait, body, tuple((headers or {}).items())))

    def reconnect(self, link: str, reason: str) -> None:
        """Have a connection made anew."""
        self.actions.append(Reconnect(link, reason))

    def trade(self, key: str, number: int, row: Row, *, old: bool = False) -> str:
        """
        A print with the venue's number: a row, unless it came before.

        Args:
            key: what numbers it; the symbol.
            number: follows that of the print before.
            row: of `trade`.
            old: it is of a list of the latest prints that comes with a subscription, of which only what was missed counts.

        Returns what is missing before it, empty if nothing is.
        """
        before = self._trade_id.get(key)
        if old and before is None:
            return ""
        # further back numbering has begun anew
        if before is not None and 0 <= before - number < _REPEATED:
            self.counters.repeated += not old
            return ""
        self._trade_id[key] = number
        self.add("trade", row)
        if before is None or before < number <= max(before, self._told.get(key, before)) + 1:
            return ""
        return f"trade {number} after {before}"

    def last_trade(self, key: str, number: int) -> None:
        """The venue says which print is the last. Raises Gap when it should have been seen; that those before it are missing is told by this."""
        known = self._trade_id.get(key)
        if known is not None and number > max(known, self._told.get(key, known)):
            self._told[key] = number
            raise Gap(f"trade {number} is the last, of which {known} was seen")

    def sym(self, name: Any) -> str:
        """A name that can be a symbol. Raises ValueError for anything else."""
        if name in self._names:
            return str(name)
        if not isinstance(name, str) or not 0 < len(name) <= 64 or not name.isprintable():
            raise ValueError(f"not a symbol: {name!r:.80}")
        if len(self._names) < 100_000:
            self._names.add(name)
        return name

    def changed(
        self, sym: str, venue: str, book: L2Book, levels: list[Level], etime: int = NULL_TIME, seq: int = NULL_LONG
    ) -> None:
        """Levels of a book have changed, and are applied: make their rows, and see that it is not crossed. Raises Crossed."""
        crossed = book.synced and book.crossed
        open_ = self._states.get(sym, "continuous") == "continuous"
        self._outlet.changed(self.moment, sym, venue, book, levels, etime, seq, quote=book.synced and not crossed)
        if crossed and open_:
            # in an auction, or before the opening, bids above asks are as it should be
            raise Crossed("book bid {} ask {}".format(*book.best()))

    def state(
        self, sym: str, venue: str, state: str, reason: str, etime: int = NULL_TIME, seq: int = NULL_LONG
    ) -> None:
        """A phase of an instrument's market: a row if it is another than before. A market of which nothing was said is continuous."""
        if self._states.get(sym) != state:
            self._states[sym] = state
            self.add("status", (self.moment, sym, venue, state, reason, etime, seq))


class VenueFeed:
    """
    Plays frames through the venues that they are from: a feed (slipstream.feed.base.Feed).

    Args:
        venues: by source name; the one of name "" or the only one takes frames that do not say.
        frames: in the order received.
        counters: where counts go.
        quarantine: where what cannot be used goes.
        act: does what venues ask for; None leaves it undone, as in a replay.
        recorder: gets every frame before it is read.
    """

    def __init__(
        self,
        venues: Mapping[str, Venue],
        frames: Iterable[Frame],
        *,
        counters: Counters | None = None,
        quarantine: Quarantine | None = None,
        act: Callable[[str, list[Action]], None] | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.venues = dict(venues)
        self.counters = counters or Counters()
        self.quarantine = quarantine or Quarantine()
        self.frames, self.act, self.recorder = frames, act, recorder
        self._only = next(iter(self.venues.values())) if len(self.venues) == 1 else None

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """Everything, in the order received."""
        builder = BatchBuilder(step_ns, self.counters, stamping=True)
        for venue in self.venues.values():
            venue.bind(builder, self.counters)
        reached = 0
        for frame in self.frames:
            if self.recorder is not None:
                if frame.kind == TICK:
                    self.recorder.tick()
                else:
                    self.recorder.write(frame._replace(data=self._shown(frame)))
            moment = frame.time
            if moment < reached:
                self.counters.late += frame.kind != TICK
                moment = reached
            reached = moment
            yield from self._conflated(builder, moment)
            done = builder.passed(moment) if frame.kind == TICK else builder.at(moment)
            if done is not None:
                yield done
            if frame.kind != TICK:
                self._take(frame, moment)
            elif done is None:
                yield Batch(moment, moment, {}, 0)
            self._remind(moment)
        yield from self._conflated(builder, None)
        last = builder.take()
        if last is not None:
            yield last

    def _conflated(self, builder: BatchBuilder, moment: int | None) -> Iterator[Batch]:
        due = [(stamp, venue) for venue in self.venues.values() if (stamp := venue.due(moment)) is not None]
        for stamp, venue in sorted(due, key=lambda item: item[0]):
            done = builder.reach(stamp)
            if done is not None:
                yield done
            venue.flush()

    def _remind(self, moment: int) -> None:
        for source, venue in self.venues.items():
            if moment >= venue.subscriptions.next:
                venue.remind(moment)
                self._act(source, venue)

    def _act(self, source: str, venue: Venue) -> None:
        if venue.actions:
            actions, venue.actions = venue.actions, []
            if self.act is not None:
                self.act(source, actions)

    def _take(self, frame: Frame, moment: int) -> None:
        if frame.kind == START:
            return
        self.counters.messages += frame.kind in (IN, REST)
        self.counters.disconnects += frame.kind == CLOSE
        venue = self.venues.get(frame.source)
        if venue is None and not frame.source:
            venue = self._only
        where, position = frame.where or frame.source, frame.position or self.counters.messages
        if venue is None:
            self.counters.undecodable += 1
            self.quarantine.add(where, position, f"undecodable: no source is called {frame.source!r:.80}", frame.data)
            return
        try:
            venue.take(frame, moment)
        except BAD_INPUT as error:
            self.counters.undecodable += 1
            self.quarantine.add(where, position, f"undecodable: {type(error).__name__} {error}", venue.shown(frame))
        except Suspect as problem:
            setattr(self.counters, problem.counter, getattr(self.counters, problem.counter) + 1)
            self.quarantine.add(where, position, f"{type(problem).__name__.lower()}: {problem}", venue.shown(frame))
        self._act(frame.source, venue)

    def _shown(self, frame: Frame) -> bytes:
        venue = self.venues.get(frame.source)
        return frame.data if venue is None else venue.shown(frame)

    def damaged(self, where: str, position: int, reason: str, data: bytes) -> None:
        """Input that is no frame; see slipstream.feed.frames.Damage."""
        if reason.startswith("torn:"):
            self.counters.torn += 1
        else:
            self.counters.messages += data != b""
            self.counters.undecodable += 1
        self.quarantine.add(where, position, reason, data)


def price_size(price: Any, size: Any) -> tuple[float, float]:
    """Two numbers, also as text. Raises ValueError unless the price is positive and the size not negative, and both finite."""
    made, much = float(price), float(size)
    if 0.0 < made < _INF and 0.0 <= much < _INF:
        return made, much
    raise ValueError(f"price {price!r:.40} size {size!r:.40}: expected a positive and a finite number")


def whole(value: Any) -> int:
    """A number that a long can hold. Raises ValueError or OverflowError for anything else."""
    made = int(value)
    if not -_MAX <= made <= _MAX:
        raise OverflowError(f"{made} is no long")
    return made


def millis(value: Any) -> int:
    """ms since 1970 to ns."""
    return whole(int(value) * 1_000_000)


def seconds(text: str) -> int:
    """Seconds since 1970 with decimals, as text, to ns."""
    before, _, after = text.partition(".")
    return whole(int(before) * 1_000_000_000 + int(after[:9].ljust(9, "0")))


_DAYS: dict[str, int] = {}


def rfc3339(text: str) -> int:
    """A time such as `2023-10-06T17:35:55.440295Z`, of UTC, to ns since 1970."""
    day = text[:10]
    base = _DAYS.get(day)
    if base is None:
        base = (dt.date.fromisoformat(day) - dt.date(1970, 1, 1)).days * 86_400_000_000_000
        if len(_DAYS) > 1_000:
            _DAYS.clear()
        _DAYS[day] = base
    hour, minute, rest = int(text[11:13]), int(text[14:16]), text[17:]
    second, part = rest[:2], rest[2:-1]
    if text[10] not in "T " or text[13] != ":" or text[16] != ":" or rest[-1] != "Z" or (part and part[0] != "."):
        raise ValueError(f"not a time of UTC: {text!r:.60}")
    if hour > 23 or minute > 59 or int(second) > 60:
        raise ValueError(f"not a time: {text!r:.60}")
    nanos = int(part[1:10].ljust(9, "0")) if part else 0
    return whole(base + ((hour * 60 + minute) * 60 + int(second)) * 1_000_000_000 + nanos)


__all__ = [
    "BAD_INPUT",
    "Action",
    "Crossed",
    "Fetch",
    "Gap",
    "Mismatch",
    "Reconnect",
    "Refused",
    "Send",
    "Suspect",
    "Venue",
    "VenueFeed",
    "millis",
    "price_size",
    "rfc3339",
    "seconds",
    "whole",
]
