"""The plant as the API reaches it: a few connections to the gateway, on which it asks on its callers' behalf."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pyarrow as pa

from slipstream.errors import EngineError, QueryError, Unreachable


class Connection(Protocol):
    """The part of `slipstream.engine.client.Client` that is needed here."""

    def call(self, name: str, *args: Any) -> Any:
        """Call a q function by name."""

    def close(self) -> None:
        """Close the connection."""


class Asker(Connection, Protocol):
    """One that can also be sent q."""

    def value(self, q: str, *args: Any) -> Any:
        """Evaluate q, or apply it to arguments."""


class Gateway:
    """
    Args:
        connect: opens a connection to the gateway as an operator.
        connections: how many there are at most.
        wait_s: for so long one of them is waited for.
        waiting: so many may wait for one; None are all who ask.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        *,
        connections: int = 4,
        wait_s: float = 10.0,
        waiting: int | None = None,
    ) -> None:
        self._connect, self._wait_s = connect, wait_s
        self._places = None if waiting is None else threading.BoundedSemaphore(connections + waiting)
        self._free: queue.LifoQueue[Connection | None] = queue.LifoQueue()
        for _ in range(connections):
            self._free.put(None)

    def ask(self, principal: str | None, name: str, *args: Any) -> Any:
        """
        Call a published function on a principal's behalf, whose rows it then answers from; None is an operator.
        """
        with self._one() as connection:
            return on_behalf(connection, principal).call(name, *args)

    def table(self, principal: str | None, name: str, *args: Any) -> pa.Table:
        """The same for an answer that is a table."""
        found = self.ask(principal, name, *args)
        if not isinstance(found, pa.Table):
            # a table without rows that was never given columns
            if not found:
                return pa.table({})
            raise QueryError("type", name)
        return found

    def view(self, principal: str) -> View:
        """The gateway as one principal sees it."""
        return View(self, principal)

    def close(self) -> None:
        """Close the connections that are not in use."""
        with contextlib.suppress(queue.Empty):
            while True:
                connection = self._free.get_nowait()
                if connection is not None:
                    connection.close()

    @contextlib.contextmanager
    def _one(self) -> Iterator[Connection]:
        with self._place():
            held = self._taken()
            try:
                if held is None:
                    held = self._connect()
                yield held
            except EngineError as error:
                if not isinstance(error, QueryError) and held is not None:
                    held.close()
                    held = None
                raise
            finally:
                self._free.put(held)

    def _taken(self) -> Connection | None:
        try:
            return self._free.get(timeout=self._wait_s)
        except queue.Empty:
            raise Unreachable("the gateway is busy with what others asked") from None

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        """Among those who are served or wait."""
        if self._places is None:
            yield
            return
        if not self._places.acquire(blocking=False):
            raise Unreachable("the gateway is busy, and others wait already")
        try:
            yield
        finally:
            self._places.release()


class Named:
    """A connection to the gateway on which it is asked on a principal's behalf; see `on_behalf`."""

    def __init__(self, connection: Connection, principal: str) -> None:
        self._connection, self._principal = connection, principal

    def call(self, name: str, *args: Any) -> Any:
        """Call a published function."""
        from slipstream.engine.convert import to_list  # PyKX takes most of a second to import

        return self._connection.call(".ent.as", self._principal, to_list([name, *args]))

    def value(self, q: str, *args: Any) -> Any:
        """Not for principals."""
        raise QueryError("access", q)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def on_behalf(connection: Connection, principal: str | None) -> Connection:
    """A connection on a principal's behalf, whose rows the gateway then answers from; None is an operator."""
    return connection if principal is None else Named(connection, principal)


class View:
    """A gateway connection on a principal's behalf, for what takes one."""

    def __init__(self, gateway: Gateway, principal: str) -> None:
        self._gateway, self._principal = gateway, principal

    def call(self, name: str, *args: Any) -> Any:
        """Call a published function."""
        return self._gateway.ask(self._principal, name, *args)

    def value(self, q: str, *args: Any) -> Any:
        """Not for principals."""
        raise QueryError("access", q)


class Lazy:
    """A connection that is opened when it is first needed, and again after it broke."""

    def __init__(self, connect: Callable[[], Asker]) -> None:
        self._connect = connect
        self._held: Asker | None = None

    def call(self, name: str, *args: Any) -> Any:
        """Call a q function by name."""
        return self._use(lambda connection: connection.call(name, *args))

    def value(self, q: str, *args: Any) -> Any:
        """Evaluate q, or apply it to arguments."""
        return self._use(lambda connection: connection.value(q, *args))

    def close(self) -> None:
        """Close it."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def _use(self, act: Callable[[Asker], Any]) -> Any:
        if self._held is None:
            self._held = self._connect()
        try:
            return act(self._held)
        except QueryError:
            raise
        except EngineError:
            self.close()
            raise
