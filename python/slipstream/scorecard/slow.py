"""
What may take minutes, on threads of its own: however many wait for the past, the live page has threads left to draw with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="scorecard-slow")


async def slowly(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """
    What a function returns. It does not know who looks: that is said to it.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, partial(act, *args, **kwargs))
