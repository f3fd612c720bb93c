"""What keeps the plant busy is waited for by a few and for so long, and never by the kill switch."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import anyio.to_thread
import httpx
import pytest

from api.conftest import Served
from slipstream.api.plant import Gateway
from slipstream.errors import Unreachable


class Line:
    """A connection whose answers come when a test lets them."""

    def __init__(self) -> None:
        self.asked, self.goes = threading.Event(), threading.Event()

    def call(self, *_: Any) -> str:
        self.asked.set()
        assert self.goes.wait(60)
        return "answer"

    def close(self) -> None: ...


@pytest.mark.parametrize("limits", [{"wait_s": 0.01}, {"wait_s": 3600.0, "waiting": 0}], ids=["too long", "too many"])
def test_who_cannot_be_served_is_told(limits: dict[str, Any]) -> None:
    line, answers = Line(), []
    gateway = Gateway(lambda: cast(Any, line), connections=1, **limits)
    busy = threading.Thread(target=lambda: answers.append(gateway.ask(None, ".api.figures")))
    busy.start()
    assert line.asked.wait(60)
    with pytest.raises(Unreachable, match="busy"):
        gateway.ask(None, ".api.figures")
    line.goes.set()
    busy.join(60)
    assert answers == ["answer"]
    for _ in range(3):
        assert gateway.ask(None, ".api.figures") == "answer", "its one connection is there again"


def test_the_kill_switch_waits_for_no_reader(served: Served) -> None:
    """Every thread that requests share is taken, as by studies that take minutes."""

    async def call() -> list[int]:
        threads = anyio.to_thread.current_default_thread_limiter()
        for _ in range(int(threads.total_tokens)):
            threads.acquire_on_behalf_of_nowait(object())
        transport = httpx.ASGITransport(app=served.http.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            answers = [
                await asyncio.wait_for(http.put("/v1/kill", json={"killed": on}, headers=served.key(who)), 60)
                for on, who in ((True, "ann"), (True, "ops"), (False, "ops"))
            ]
        return [answer.status_code for answer in answers]

    assert asyncio.run(call()) == [403, 200, 200]
    assert served.audited()[-1].detail == "kill switch off"
