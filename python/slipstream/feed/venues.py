"""The venues with websockets by name, live and from recordings."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from slipstream.errors import FeedError
from slipstream.feed.base import Batch, Quarantine
from slipstream.feed.binance import Binance, BinanceCoinm, BinanceFeed, BinanceUsdm
from slipstream.feed.coinbase import Coinbase, CoinbaseExchange, CoinbaseFull
from slipstream.feed.frames import START, Frame, Recorder, check_files, is_recording, read_frames
from slipstream.feed.keys import Keys
from slipstream.feed.kraken import Kraken
from slipstream.feed.kraken_orders import KrakenFull
from slipstream.feed.l2 import Publication
from slipstream.feed.venue import Venue, VenueFeed

_LIVE_STEP_NS = 10_000_000
"""The longest that rows of a live source wait for others of their batch."""


def venue(
    name: str,
    symbols: Sequence[str] = (),
    *,
    publication: Publication | None = None,
    urls: Mapping[str, str] | None = None,
    keys: Keys | None = None,
) -> Venue:
    """
    A venue by its name in `slipstream.sources.VENUES`.

    Args:
        name: which.
        symbols: its instruments.
        publication: what of its books becomes rows.
        urls: addresses in place of its own, by connection.
        keys: of venues.

    Raises:
        FeedError: there is no such venue.
    """
    keys = keys or Keys()
    kinds: dict[str, Callable[..., Venue]] = {
        "binance": Binance,
        "binanceum": BinanceUsdm,
        "binancecm": BinanceCoinm,
        "coinbase": lambda *args, **options: Coinbase(*args, key=keys.advanced, **options),
        "kraken": Kraken,
        "kraken-v1": lambda *args, **options: Kraken(*args, version=1, **options),
        "kraken-full": lambda *args, **options: KrakenFull(*args, key=keys.kraken, **options),
        "coinbase-exchange": lambda *args, **options: CoinbaseExchange(*args, credentials=keys.exchange, **options),
        "coinbase-full": lambda *args, **options: CoinbaseFull(*args, credentials=keys.exchange, **options),
    }
    if name not in kinds:
        raise FeedError(f"no source is called {name!r}: expected one of {', '.join(kinds)}")
    return kinds[name](list(symbols), publication=publication, urls=urls)


def starts(
    wanted: Mapping[str, Sequence[str]], publication: Publication, last: Mapping[str, int] | None = None
) -> list[Frame]:
    """What a recording begins with, so that its replay makes the same rows: each source's symbols and levels, and the last prints before it."""
    said = {"levels": publication.levels, "last": dict(last or {})}
    return [
        Frame(0, name, START, "", json.dumps({"symbols": list(symbols), **said}).encode())
        for name, symbols in wanted.items()
    ]


def replayed(
    files: Sequence[Path],
    *,
    source: str | None = None,
    publication: Publication | None = None,
    quarantine: Quarantine | None = None,
) -> VenueFeed:
    """
    The feed of captured files.

    Args:
        files: recordings (`slipstream record`), one after another; or raw captures of one source.
        source: which that is; None knows Binance's.
        publication: what of the books becomes rows.
        quarantine: where what cannot be used goes.
    """
    found = check_files(files, source or "replay")
    publication = publication or Publication()
    recorded = [is_recording(file) for file in found]
    if any(recorded) and not all(recorded):
        raise FeedError("recordings and raw captures cannot be played together")
    if all(recorded):
        venues = _recorded_venues(found, publication)
    elif source is None or source.startswith("binance"):
        return BinanceFeed(found, quarantine=quarantine, publication=publication)
    else:
        venues = {source: venue(source, publication=publication)}
    feed = VenueFeed(venues, (), quarantine=quarantine)
    feed.frames = read_frames(found, feed.damaged)
    return feed


def _recorded_venues(files: Sequence[Path], publication: Publication) -> dict[str, Venue]:
    """The venues that recordings say at their beginnings."""
    wanted: dict[str, tuple[list[str], int, dict[str, int]]] = {}
    for file in files:
        for frame in read_frames([file], lambda *_: None):
            if frame.kind != START:
                break
            try:
                said = json.loads(frame.data)
                levels, symbols = int(said["levels"]), [str(sym) for sym in said["symbols"]]
                last = {str(key): int(number) for key, number in said.get("last", {}).items()}
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise FeedError(f"{file}: the recording does not say what it holds ({error})") from error
            wanted.setdefault(frame.source, (symbols, levels, last))
    made = {}
    for name, (symbols, levels, last) in wanted.items():
        made[name] = venue(name, symbols, publication=replace(publication, levels=levels))
        made[name].resume(last)
    return made


class LiveFeed(VenueFeed):
    """
    Venues live: a feed that goes on until `stop` is set.

    Args:
        wanted: symbols by venue.
        stop: ends it.
        publication: what of the books becomes rows.
        urls: addresses in place of the venues' own, as `binance:ws`, `kraken:rest`.
        keys: of venues.
        record: folder for recordings; None keeps none.
        quarantine: where what cannot be used goes.
        timing: waits.
    """

    def __init__(
        self,
        wanted: Mapping[str, Sequence[str]],
        stop: threading.Event,
        *,
        publication: Publication | None = None,
        urls: Mapping[str, str] | None = None,
        keys: Keys | None = None,
        record: Path | None = None,
        quarantine: Quarantine | None = None,
        timing: Any = None,
    ) -> None:
        publication = publication or Publication()
        venues = {
            name: venue(
                name,
                symbols,
                publication=publication,
                urls=_of(urls or {}, name),
                keys=keys,
            )
            for name, symbols in wanted.items()
        }
        recorder = Recorder(record, "-".join(wanted), starts(wanted, publication)) if record is not None else None
        super().__init__(venues, (), quarantine=quarantine, recorder=recorder)
        self._stop, self._timing = stop, timing
        self._wanted, self._publication = wanted, publication
        self.marks = "venues.marks"
        """Name of the file in which to keep the last prints that were published."""

    def resume(self, last: Mapping[str, int]) -> None:
        """Go on where an earlier run ended; see `Venue.resume`."""
        for each in self.venues.values():
            each.resume(last)
        if self.recorder is not None:
            self.recorder.starts = tuple(starts(self._wanted, self._publication, last))

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """Everything as it arrives; now and then an empty batch, so that whoever takes them can look at the clock."""
        # a replay needs neither an event loop nor an HTTP client
        from slipstream.feed.live import Live

        with Live(self.venues, self._stop, self._timing) as live:
            self.frames, self.act = live, live.act
            try:
                yield from super().batches(min(step_ns, _LIVE_STEP_NS))
            finally:
                self._stop.set()
                if self.recorder is not None:
                    self.recorder.close()


def record(feed: LiveFeed, on_progress: Callable[[str], None] | None = None) -> list[str]:
    """Record a live feed, with nothing published, until it is stopped, and report in words."""
    assert feed.recorder is not None
    told = time.monotonic()
    for _ in feed.batches(_LIVE_STEP_NS):
        now = time.monotonic()
        if on_progress is not None and now - told > 0.2:
            told = now
            on_progress(f"{feed.recorder.frames:,} frames, {feed.counters.messages:,} messages")
    return [
        f"{feed.recorder.frames:,} frames in {', '.join(map(str, feed.recorder.files)) or 'no file'}",
        f"{feed.counters.messages:,} messages, {feed.counters.gaps} gaps, {feed.counters.resyncs} books got anew, "
        f"{feed.counters.disconnects} disconnects",
    ]


def _of(urls: Mapping[str, str], name: str) -> dict[str, str] | None:
    """Addresses of one venue."""
    found = {key.partition(":")[2]: url for key, url in urls.items() if key.partition(":")[0] == name}
    return found or None


__all__ = ["LiveFeed", "record", "replayed", "starts", "venue"]
