"""FIX market data as a feed: subscribed to by QuickFIX sessions, or read from log files and packet captures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from slipstream.errors import FixError
from slipstream.feed.base import Batch, BatchBuilder, Counters, Quarantine
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal, message_of, send
from slipstream.fix.entries import INCREMENT, REJECT, REQUEST, SNAPSHOT, MarketData
from slipstream.fix.message import Malformed, format_time, parse
from slipstream.fix.settings import Side
from slipstream.fix.sniff import Sniffer, Tables

_KINDS = frozenset({SNAPSHOT, INCREMENT, REJECT, REQUEST})


class FixLogFeed:
    """
    Market data in FIX log files and packet captures, merged by the moment of reception.

    Args:
        files: what `slipstream sniff` reads.
        quarantine: where go messages that cannot be used.
        depth: places a side that were asked for, if the files do not hold the request.
    """

    def __init__(self, files: Sequence[Path | str], *, quarantine: Quarantine | None = None, depth: int = 0) -> None:
        self.files = [Path(file) for file in files]
        for file in self.files:
            if not file.is_file():
                raise FixError(f"no such file: {file}")
        self.counters = Counters()
        self.quarantine = quarantine or Quarantine()
        self._data = MarketData(self.counters, self.quarantine, depth=depth)

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """All files."""
        builder = BatchBuilder(step_ns, self.counters)
        seen: dict[tuple[str, str], int] = {}
        reached = 0
        for heard in Sniffer(Tables()).heard(self.files):
            if heard.moment < reached:
                self.counters.late += 1
            reached = moment = max(reached, heard.moment)
            done = builder.at(moment)
            if done is not None:
                yield done
            try:
                if heard.noise:
                    raise Malformed("noise: no message")
                message = parse(heard.raw)
                key, number = (message.get(49), message.get(56)), message.seq
            except Malformed as error:
                self.counters.messages += 1
                self.counters.undecodable += 1
                self.quarantine.add(heard.source, moment, str(error), heard.raw)
                continue
            if message.msgtype not in _KINDS or (message.get(43) == "Y" and number <= seen.get(key, 0)):
                self.counters.messages += 1
                self.counters.ignored += 1
                continue
            seen[key] = number
            for table, row in self._data.take(message, moment, heard.source):
                builder.add(table, row)
        last = builder.take()
        if last is not None:
            yield last


class FixMarketFeed:
    """
    Market data subscribed to by FIX sessions, until told to stop. Each logon subscribes anew.

    Messages are stamped in QuickFIX's thread, as it hands them on. Sessions that carry repeating groups need their dictionary
    (`UseDataDictionary=Y`), without which QuickFIX gives the fields of a message in the order of their tags.

    Args:
        sides: sessions as `slipstream.fix.settings.session_sets` gives them.
        symbols: what to subscribe to.
        stop: ends the feed.
        depth: MarketDepth (264): 0 is the whole book, 1 the best bid and offer.
        trades: subscribe to trades too.
        incremental: ask for increments (265=1), else for snapshots only.
        quarantine: where go messages that cannot be used.
        record: file to which messages are appended as they come, requests too: a FIX log that `FixLogFeed` plays.
    """

    def __init__(
        self,
        sides: Sequence[Side],
        symbols: Sequence[str],
        stop: threading.Event,
        *,
        depth: int = 0,
        trades: bool = True,
        incremental: bool = True,
        quarantine: Quarantine | None = None,
        record: Path | None = None,
    ) -> None:
        if not symbols:
            raise FixError("market data: no symbols given")
        for endpoints, _ in sides:
            for endpoint in endpoints:
                if not endpoint.validate:
                    raise FixError(f"{endpoint.session}: market data needs UseDataDictionary=Y")
        self.counters = Counters()
        self.quarantine = quarantine or Quarantine()
        self._symbols, self._stop = list(symbols), stop
        self._depth, self._trades, self._incremental = depth, trades, incremental
        self._queue: SimpleQueue[tuple[int, str, bytes]] = SimpleQueue()
        self._data: dict[str, MarketData] = {}
        self._requests = 0
        self._record: IO[bytes] | None = None
        if record is not None:
            try:
                record.parent.mkdir(parents=True, exist_ok=True)
                self._record = record.open("ab")
            except OSError as error:
                raise FixError(f"{record}: cannot record: {error}") from error
        self._recording = threading.Lock()
        self._sides = [
            Sessions(_App(endpoints, self._subscribe, self._take), endpoints, accept=accept)
            for endpoints, accept in sides
        ]

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """
        What arrives, each step of the wall's time; while nothing does a batch without rows, so that whoever publishes sends what has waited
        long enough. Raises FixError when a session could not go on.
        """
        builder = BatchBuilder(step_ns, self.counters)
        for side in self._sides:
            side.start()
        try:
            reached = 0
            while not self._stop.is_set():
                self._check()
                try:
                    moment, session, raw = self._queue.get(timeout=step_ns / 1e9)
                except Empty:
                    now = time.time_ns()
                    yield builder.take() or Batch(now, now, {}, 0)
                    continue
                reached = moment = max(reached, moment)
                done = builder.at(moment)
                if done is not None:
                    yield done
                try:
                    # QuickFIX has verified length and checksum, and writes the message anew
                    message = parse(raw, check=False)
                except Malformed as error:
                    self.counters.messages += 1
                    self.counters.undecodable += 1
                    self.quarantine.add(session, moment, str(error), raw)
                    continue
                for table, row in self._of(session).take(message, moment, session):
                    builder.add(table, row)
            last = builder.take()
            if last is not None:
                yield last
        finally:
            for side in self._sides:
                side.stop()
            if self._record is not None:
                self._record.close()

    def _check(self) -> None:
        """A session takes nothing any more once a message of its could not be kept."""
        for side in self._sides:
            if side.app.failed is not None:
                raise FixError(f"market data could not be taken: {side.app.failed}") from side.app.failed

    def _keep(self, moment: int, raw: bytes) -> None:
        """A line of the recording, with the operating system at once; QuickFIX's threads come here."""
        if self._record is not None:
            with self._recording:
                self._record.write(format_time(moment).encode() + b" : " + raw + b"\n")
                self._record.flush()

    def _of(self, session: str) -> MarketData:
        if session not in self._data:
            self._data[session] = MarketData(self.counters, self.quarantine, depth=self._depth, live=True)
        return self._data[session]

    def _take(self, session: str, raw: bytes) -> None:
        moment = time.time_ns()
        self._keep(moment, raw)
        self._queue.put((moment, session, raw))

    def _subscribe(self, endpoint: Endpoint) -> None:
        self._requests += 1
        kinds = ["0", "1", *(["2"] if self._trades else [])]
        made = request(
            f"{endpoint.name}-{time.time_ns()}-{self._requests}",
            self._symbols,
            kinds,
            depth=self._depth,
            incremental=self._incremental,
        )
        send(endpoint, made)
        self._keep(time.time_ns(), made.toString().encode("utf-8", "surrogateescape"))


def request(name: str, symbols: Sequence[str], kinds: Sequence[str], *, depth: int, incremental: bool) -> Any:
    """A MarketDataRequest (35=V) for a snapshot and updates."""
    import quickfix

    made = message_of("V", [(262, name), (263, "1"), (264, str(depth)), (265, "1" if incremental else "0")])
    for tag, delimiter, values in ((267, 269, kinds), (146, 55, symbols)):
        for value in values:
            group = quickfix.Group(tag, delimiter)
            group.setField(delimiter, value)
            made.addGroup(group)
    return made


class _App(SessionApp):
    """Subscribes at each logon."""

    def __init__(
        self, endpoints: Sequence[Endpoint], subscribe: Callable[[Endpoint], None], take: Callable[[str, bytes], None]
    ) -> None:
        super().__init__(Signal(), take)
        self._by_name = {endpoint.name: endpoint for endpoint in endpoints}
        self._subscribe = subscribe

    def onLogon(self, session: Any) -> None:
        """The session is up."""
        before = set(self.logged_on)
        super().onLogon(session)
        for name in self.logged_on - before:
            try:
                self._subscribe(self._by_name[name])
            except Exception as error:  # noqa: BLE001 - nothing may be raised into QuickFIX; `failed` is looked at by the feed
                self.failed = error


__all__ = ["FixLogFeed", "FixMarketFeed", "request"]
