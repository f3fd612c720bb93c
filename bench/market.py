"""How fast the simulated market runs by itself: an hour of TECH's background and makers, nobody's orders to work; median of 5 runs, by CPU time."""

import statistics
import time

from slipstream.market import tech
from slipstream.market.world import SECOND

seconds, rows, wakes = [], 0, 0
for _ in range(5):
    world = tech.market().world
    began = time.process_time()
    world.run_until(world.start + 3_600 * SECOND)
    seconds.append(time.process_time() - began)
    rows, wakes = sum(map(len, world.rows.values())), world.wakes
took = statistics.median(seconds)
print(f"simulated market    {rows / took:,.0f} rows/s, {wakes / took:,.0f} agents woken/s; an hour in {took:.2f} s")
