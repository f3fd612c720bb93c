"""
What looks at the plant while it is measured, in a process of its own: `viewers` hold the page open as browsers do, `readers` ask the API, `listener`
follows its stream and takes webhooks. Says `ready`, works until its input is closed, and then writes what it found as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import websockets

READS = ("scorecard", "scorecard", "scorecard", "fills", "parents", "timeline", "alerts", "health")
"""What a reader asks for, one after another."""


async def until_closed() -> None:
    """Say that it works, and wait until nobody wants more."""
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def view(
    address: str, seen: list[tuple[str, float, float]], ready: asyncio.Event, counts: dict[str, int]
) -> None:
    """One page: what a browser fetches first, then its socket."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        for path in ("/", "/_dash-layout"):
            (await http.get(path)).raise_for_status()
        calls = (await http.get("/_dash-dependencies")).json()
    (push,) = [call for call in calls if call.get("persistent")]
    ask = {"type": "callback_request", "rendererId": "bench", "requestId": "1"}
    body = {"output": push["output"], "outputs": [], "inputs": [], "state": [], "changedPropIds": []}
    last: dict[str, float] = {}
    uri = address.replace("http", "ws", 1) + "/_dash-ws-callback"
    async with websockets.connect(uri, origin=address, max_size=None) as socket:  # type: ignore[arg-type]
        await socket.send(json.dumps({**ask, "payload": body}))
        async for text in socket:
            at = time.time()
            counts["messages"] += 1
            counts["bytes"] += len(text)
            messages = json.loads(text)
            for message in messages if isinstance(messages, list) else [messages]:
                if message["type"] == "get_props_request":
                    reply = {"type": "get_props_response", "rendererId": "bench", "requestId": message["requestId"]}
                    await socket.send(json.dumps({**reply, "payload": {"data": None}}))
                elif message["type"] == "set_props" and message["payload"]["componentId"] == "numbers":
                    ready.set()
                    for row in json.loads(message["payload"]["props"]["data"])["parents"]:
                        if last.get(row["parent"]) != row["filled"]:
                            last[row["parent"]] = row["filled"]
                            seen.append((row["parent"], row["filled"] or 0.0, at))


async def viewers(address: str, count: str) -> Any:
    """So many pages."""
    n = int(count)
    seen: list[list[tuple[str, float, float]]] = [[] for _ in range(n)]
    ready = [asyncio.Event() for _ in range(n)]
    counts = {"messages": 0, "bytes": 0}
    tasks = [asyncio.create_task(view(address, s, r, counts)) for s, r in zip(seen, ready, strict=True)]
    opened = asyncio.gather(*(r.wait() for r in ready))
    done, _ = await asyncio.wait([opened, *tasks], timeout=300, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    if not opened.done():
        raise SystemExit("not every page has opened")
    began = time.time()
    await until_closed()
    lost = [str(task.exception() or "closed") for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    return {"seen": seen, "lost": lost, "seconds": time.time() - began, **counts}


async def read(
    http: httpx.AsyncClient, i: int, every: float, parents: list[str], day: str, found: dict[str, Any]
) -> None:
    """One client of the API."""
    await asyncio.sleep(every * (i % 10) / 10)
    k = i
    while True:
        what, parent = READS[k % len(READS)], parents[k % len(parents)]
        k += 1
        path = {"parents": f"/parents?from={day}", "alerts": "/alerts", "health": "/health"}.get(
            what, f"/parents/{parent}/{what}?from={day}"
        )
        began = time.perf_counter()
        answer = await http.get(path)
        found["late"].setdefault(what, []).append(time.perf_counter() - began)
        if answer.status_code != 200:
            found["errors"].append(f"{path}: {answer.status_code} {answer.text[:200]}")
        await asyncio.sleep(max(0.0, every - (time.perf_counter() - began)))


async def readers(address: str, key: str, count: str, every: str, parents: str, day: str) -> Any:
    """So many clients of the API, each asking every so many seconds."""
    found: dict[str, Any] = {"late": {}, "errors": []}
    async with httpx.AsyncClient(
        base_url=f"{address}/v1", headers={"Authorization": f"Bearer {key}"}, timeout=60
    ) as http:
        (await http.get("/health")).raise_for_status()
        tasks = [
            asyncio.create_task(read(http, i, float(every), parents.split(","), day, found)) for i in range(int(count))
        ]
        await until_closed()
        found["errors"] += [str(task.exception()) for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
    return found


async def listener(address: str, key: str, port: str) -> Any:
    """Follows the stream of alerts, and takes webhooks: parent, level and when."""
    told: dict[str, list[tuple[str, str, float]]] = {"stream": [], "webhook": []}

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            at = time.time()
            alert = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alert"]
            told["webhook"].append((alert["parent"], alert["level"], at))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    uri = address.replace("http", "ws", 1) + "/v1/stream"
    async with websockets.connect(uri, additional_headers={"Authorization": f"Bearer {key}"}, max_size=None) as socket:
        await socket.send(json.dumps({"type": "subscribe", "topics": ["alert"], "interval_ms": 0}))
        await socket.recv()

        async def follow() -> None:
            async for text in socket:
                at = time.time()
                for row in json.loads(text).get("rows", ()):
                    told["stream"].append((row["row"]["parent"], row["row"]["level"], at))

        task = asyncio.create_task(follow())
        await until_closed()
        lost = [str(task.exception() or "closed")] if task.done() else []
        task.cancel()
    server.shutdown()
    return {**told, "lost": lost}


ROLES = {"viewers": viewers, "readers": readers, "listener": listener}

if __name__ == "__main__":
    print(json.dumps(asyncio.run(ROLES[sys.argv[1]](*sys.argv[2:]))))
