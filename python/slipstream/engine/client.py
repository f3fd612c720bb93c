"""
The connection to a q process: a thin wrapper over PyKX without a licence.

What goes out is typed (see `convert`), what comes in is converted column by column, errors are those of `slipstream.errors`, and a
connection that timed out is replaced before it is used again, so that a late answer is never taken for the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pandas as pd
import pyarrow as pa

from slipstream.engine import convert
from slipstream.engine.base import Columns, Engine, Subscriber
from slipstream.engine.convert import (
    from_q,
    from_table,
    from_vector,
    to_columns,
    to_list,
    to_q,
    to_vector,
)
from slipstream.errors import AccessDenied, ConversionError, EngineError, QueryError, Timeout, Unreachable

__all__ = ["Client", "Subscription", "from_q", "from_table", "from_vector", "to_q", "to_vector"]

kx = convert.kx
_MAX_ARGUMENTS = 8


class Client(Engine):
    """
    A connection to one q process; safe to share between threads, which take turns.

    Args:
        host: name or address of the process.
        port: its port.
        user: user name, or None.
        password: password, or None.
        timeout_s: seconds that a query may take; 0 is no limit.
        connect_timeout_s: seconds that connecting may take.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 5010,
        *,
        user: str | None = None,
        password: str | None = None,
        timeout_s: float = 30.0,
        connect_timeout_s: float = 5.0,
    ) -> None:
        self.host, self.port = host, port
        self._user, self._password = user or "", password or ""
        self._timeout_s, self._connect_timeout_s = timeout_s, connect_timeout_s
        self._lock = threading.RLock()
        self._connection: Any = None
        self._closed = False
        self._columns: dict[str, list[str]] = {}
        self._connect()

    def __repr__(self) -> str:
        return f"Client({self.host}:{self.port})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def query(self, q: str, *args: Any) -> Any:
        """
        Evaluate q, or apply it to the arguments, and return the PyKX object.

        Raises:
            QueryError: q signalled an error.
            Timeout: no answer within `timeout_s`; the query may still run over there.
            Unreachable: the connection broke; whether q received the query is unknown.
        """
        return self._send(kx.CharVector(q), args, wait=True)

    def value(self, q: str, *args: Any) -> Any:
        """Like `query`, converted: atoms to Python scalars, vectors to Arrow arrays, tables to Arrow tables."""
        return from_q(self.query(q, *args))

    def table(self, q: str, *args: Any) -> pa.Table:
        """Like `query`, for a table or keyed table, as Arrow."""
        return from_table(self.query(q, *args))

    def frame(self, q: str, *args: Any) -> pd.DataFrame:
        """Like `table`, as pandas with Arrow-backed columns, so that integer nulls stay nulls and times keep nanoseconds."""
        return self.table(q, *args).to_pandas(types_mapper=pd.ArrowDtype)

    def call(self, name: str, *args: Any) -> Any:
        """Call the function of that name, such as `.api.slippage`, and convert its result as `value` does."""
        return from_q(self._send(kx.SymbolAtom(name), args or (None,), wait=True))

    def text(self, q: str) -> str:
        """What the q console would print for the expression."""
        return bytes(self.query("{.Q.s value x}", q.encode()).np(raw=True)).decode("utf-8", "replace")

    def send(self, q: str, *args: Any) -> None:
        """Send without waiting for an answer; errors over there are not reported here."""
        self._send(kx.CharVector(q), args, wait=False)

    def publish(self, table: str, columns: Columns, *, function: str = ".u.upd", wait: bool = False) -> int:
        """
        Send rows to a table in one message, columns typed, and return their number.

        Args:
            table: the table's name.
            columns: names to columns (sent as a list in that order), or the columns themselves.
            function: what receives `(table; columns)` over there.
            wait: True returns only when q has taken the rows, and raises when it refused them.
        """
        if isinstance(columns, Mapping) or hasattr(columns, "columns"):
            names, vectors = to_columns(columns)
        else:
            vectors = [to_vector(column) for column in columns]
            names = [str(i) for i in range(len(vectors))]
        rows = {len(vector) for vector in vectors}
        if len(rows) > 1:
            raise ConversionError(
                f"{table}: columns differ in length: "
                + ", ".join(f"{n} {len(v)}" for n, v in zip(names, vectors, strict=True))
            )
        self._send(kx.SymbolAtom(function), (table, to_list(vectors)), wait=wait)
        return rows.pop() if rows else 0

    def flush(self) -> None:
        """Return when everything that was sent before has been processed."""
        self._send(kx.CharVector("::"), (), wait=True)

    def subscribe(self, tables: Sequence[str] = (), syms: Sequence[str] = ()) -> Subscription:
        """Subscribe by `.u.sub` on a connection of its own; no tables and no syms mean all."""
        return Subscription(
            self.host,
            self.port,
            tables,
            syms,
            user=self._user,
            password=self._password,
            timeout_s=self._timeout_s or 30.0,
        )

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        with self._lock:
            self._closed = True
            self._drop()

    def _connect(self) -> None:
        self._connection = _connect(
            lambda: kx.SyncQConnection(
                self.host,
                self.port,
                username=self._user,
                password=self._password,
                timeout=self._timeout_s,
                connection_timeout=self._connect_timeout_s,
                no_ctx=True,
            ),
            f"{self.host}:{self.port}",
        )

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # already broken; there is nothing left to close
                connection.close()

    def _send(self, head: Any, args: Sequence[Any], *, wait: bool) -> Any:
        if len(args) > _MAX_ARGUMENTS:
            raise ConversionError(f"q functions take at most {_MAX_ARGUMENTS} arguments, not {len(args)}")
        values = [to_q(arg) for arg in args]
        with self._lock:
            if self._closed:
                raise Unreachable(f"{self.host}:{self.port}: the connection was closed")
            if self._connection is None:
                self._connect()
            try:
                return self._connection(head, *values, wait=wait)
            except kx.QError as error:
                text = str(error)
                if text == "Query timed out":
                    self._drop()
                    raise Timeout(f"{self.host}:{self.port}: no answer within {self._timeout_s:g} s") from None
                raise QueryError(text, _shorten(head)) from None
            except (RuntimeError, OSError, kx.PyKXException) as error:
                self._drop()
                raise Unreachable(f"{self.host}:{self.port}: {error}") from error
            except BaseException:
                self._drop()  # interrupted half way: an answer may still be on its way
                raise


class Subscription(Subscriber):
    """
    Rows that a tickerplant pushes as `(upd; table; rows)`, in order.

    `schemas` holds an empty table for each table subscribed to, as `.u.sub` returned it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tables: Sequence[str] = (),
        syms: Sequence[str] = (),
        *,
        user: str = "",
        password: str = "",
        timeout_s: float = 30.0,
    ) -> None:
        self.host, self.port = host, port
        self.schemas: dict[str, pa.Table] = {}
        self.ended: list[Any] = []
        self._raw_schemas: dict[str, list[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._held: list[tuple[str, pa.Table]] = []
        self._connection: Any = _connect(
            lambda: self._loop.run_until_complete(
                _raw(host, port, username=user, password=password, connection_timeout=timeout_s, no_ctx=True)
            ),
            f"{host}:{port}",
        )
        # The answer is asked for as a push of its own, so that rows which arrive first cannot be taken for it.
        ask = "{neg[.z.w](`slipstream.subscribed;@[{(1b;.u.sub .'x)};x;{(0b;x)}])}"
        wanted = [to_list([table, to_q(list(syms)) if syms else to_q("")]) for table in (tables or [""])]
        self._connection._send(ask, to_list(wanted), wait=False)
        deadline = time.monotonic() + timeout_s
        while True:
            message = self._receive(deadline - time.monotonic())
            if message is None:
                self.close()
                raise Timeout(f"{host}:{port}: .u.sub did not answer within {timeout_s:g} s")
            if _name(message[0]) == "slipstream.subscribed":
                break
            self._hold(message)
        good, answer = list(message[1])
        if not from_q(good):
            self.close()
            raise QueryError(str(from_q(answer)), ".u.sub")
        self._schemas(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def poll(self, timeout_s: float | None = None) -> tuple[str, pa.Table] | None:
        """The next (table, rows), or None when nothing came in time; None as the time waits for ever."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._held:
            message = self._receive(None if deadline is None else deadline - time.monotonic())
            if message is None:
                return None
            self._hold(message)
        return self._held.pop(0)

    def __iter__(self) -> Iterator[tuple[str, pa.Table]]:
        """Every (table, rows) until the subscription is closed here or over there."""
        while self._connection is not None:
            try:
                item = self.poll()
            except Unreachable:
                return
            if item is not None:
                yield item

    def close(self) -> None:
        """End the subscription; closing twice is harmless."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # broken already
                self._loop.run_until_complete(connection.close())
            self._loop.close()

    def _receive(self, timeout_s: float | None) -> list[Any] | None:
        """The next message as its items, or None when none came in time."""
        if self._connection is None:
            raise Unreachable(f"{self.host}:{self.port}: the subscription was closed")
        ready, _, _ = select.select(
            [self._connection.fileno()], [], [], None if timeout_s is None else max(timeout_s, 0.0)
        )
        if not ready:
            return None
        try:
            message = self._connection.poll_recv()
        except (RuntimeError, OSError, kx.PyKXException) as error:
            self.close()
            raise Unreachable(f"{self.host}:{self.port}: {error}") from error
        if int(message.t) != 0:
            raise EngineError(f"{self.host}:{self.port}: expected (upd; table; rows), got q type {int(message.t)}h")
        return list(message)

    def _hold(self, message: list[Any]) -> None:
        """Keep a pushed message; `.u.end` goes to `ended`, anything else that is not `upd` is an error."""
        name = _name(message[0])
        if name == ".u.end":
            self.ended.append(from_q(message[1]))
            return
        if name != "upd" or len(message) != 3:
            raise EngineError(
                f"{self.host}:{self.port}: expected (upd; table; rows), got {name} with {len(message) - 1} arguments"
            )
        table, rows = _name(message[1]), message[2]
        if int(rows.t) == 98:
            self._held.append((table, from_table(rows)))
            return
        names = self._raw_schemas.get(table)
        columns = list(rows)
        if names is None or len(names) != len(columns):
            raise EngineError(f"{table}: {len(columns)} columns without a schema of that many")
        vectors = [
            from_vector(column) if int(column.t) >= 0 else pa.array([convert.from_atom(column)]) for column in columns
        ]
        self._held.append((table, pa.table(vectors, names=names)))

    def _schemas(self, answer: Any) -> None:
        """Note the (table; schema) pairs, however deep `.u.sub` nested them."""
        items = list(answer)
        if len(items) == 2 and int(items[0].t) == -11:
            name = _name(items[0])
            self._raw_schemas[name] = [str(column) for column in items[1]._keys.np()]
            self.schemas[name] = from_table(items[1])
            return
        for item in items:
            if int(item.t) == 0:
                self._schemas(item)


async def _raw(host: str, port: int, **options: Any) -> Any:
    return await kx.RawQConnection(host, port, **options)


def _connect(make: Callable[[], Any], address: str) -> Any:
    """Make a PyKX connection; its errors become ours."""
    try:
        return make()
    except kx.QError as error:
        if "access" in str(error):
            raise AccessDenied(f"{address}: user or password refused") from None
        raise Unreachable(f"{address}: {error}") from None
    except (kx.PyKXException, RuntimeError, OSError) as error:
        if "Authentication" in str(error):
            raise AccessDenied(f"{address}: user or password refused") from None
        raise Unreachable(f"{address}: {error}") from error


def _name(value: Any) -> str:
    """A symbol or a string as text."""
    found = from_q(value)
    return found if isinstance(found, str) else ""


def _shorten(head: Any) -> str:
    text = str(from_q(head))
    return text if len(text) <= 80 else text[:77] + "..."
