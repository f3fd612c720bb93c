"""How far the tickerplant is behind: what is asked, and what is said while it does not answer."""

import pyarrow as pa

from slipstream.errors import Unreachable
from slipstream.scorecard.lag import Behind, Probe


class Tickerplant:
    """Answers after some seconds of a clock that it holds."""

    def __init__(self):
        self.time, self.takes, self.down, self.opened, self.closed, self.during = 0.0, 0.5, False, 0, 0, None

    def connect(self):
        if self.down:
            raise Unreachable("refused")
        self.opened += 1
        self.time += 7.0
        return self

    def value(self, _):
        if self.during:
            self.during()
        self.time += self.takes
        if self.down:
            raise Unreachable("broken")
        return pa.array([3, 2048])

    def close(self):
        self.closed += 1


def test_it_is_the_time_that_an_answer_takes_and_what_waits():
    tickerplant = Tickerplant()
    probe = Probe(tickerplant.connect, lambda: tickerplant.time)
    assert probe.now() is None
    probe.ask()
    assert probe.now() == Behind(0.5, 3, 2048), "without the way in"
    tickerplant.takes = 0.25
    probe.ask()
    assert (probe.now(), tickerplant.opened) == (Behind(0.25, 3, 2048), 1)


def test_while_it_does_not_answer_the_time_grows():
    tickerplant, seen = Tickerplant(), []
    probe = Probe(tickerplant.connect, lambda: tickerplant.time)
    probe.ask()

    def late():
        tickerplant.time += 9.0
        seen.append(probe.now())

    tickerplant.during = late
    probe.ask()
    assert seen == [Behind(9.0, 3, 2048)]


def test_one_that_is_gone_is_found_again():
    tickerplant = Tickerplant()
    probe = Probe(tickerplant.connect, lambda: tickerplant.time)
    probe.ask()
    tickerplant.down = True
    probe.ask()
    probe.ask()
    assert (probe.now(), tickerplant.closed) == (Behind(None), 1)
    tickerplant.down = False
    probe.ask()
    assert (probe.now(), tickerplant.opened) == (Behind(0.5, 3, 2048), 2)
