"""
A simulated market: a matching engine, the agents that trade in it, and a virtual clock.

`book` is the matching engine, `venue` publishes what happens in it as the plant's rows, `world` is the clock and the queue of what is
to happen, `agents` and `predator` are those who trade, `build` puts a market together, `tech` tells the case study.
"""
