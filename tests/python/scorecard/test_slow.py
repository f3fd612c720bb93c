"""What takes minutes takes no thread from the live page."""

import asyncio
import threading

from slipstream.scorecard.slow import slowly


def test_whoever_waits_for_the_past_holds_nobody_up():
    go = threading.Event()

    async def page():
        past = [asyncio.ensure_future(slowly(lambda n=n: go.wait(60) and n)) for n in range(100)]
        await asyncio.sleep(0)
        drawn = [await asyncio.to_thread(lambda n=n: n) for n in range(5)]
        assert not any(task.done() for task in past)
        go.set()
        return drawn, await asyncio.gather(*past)

    assert asyncio.run(asyncio.wait_for(page(), 60)) == ([0, 1, 2, 3, 4], list(range(100)))
