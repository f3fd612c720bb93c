"""
The research client: the API's tables as Arrow, pandas or Polars.

    import slipstream

    with slipstream.connect("https://plant:8050", key="slip_…", frames="polars") as plant:
        plant.parents(first="2026-11-20")
"""

from __future__ import annotations

import io
import os
import secrets
import time
from collections.abc import Mapping
from datetime import date, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

import httpx
import pyarrow as pa

from slipstream.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

Frame = TypeVar("Frame")
Frames = Literal["arrow", "pandas", "polars"]
ARROW = "application/vnd.apache.arrow.stream"
_PART = 10_000


def converter(frames: Frames) -> Callable[[pa.Table], Any]:
    """What makes of an Arrow table what is wanted. Raises ApiError where the package for it is not installed."""
    if frames == "arrow":
        return lambda table: table
    if frames == "pandas":
        import pandas as pd

        return lambda table: table.to_pandas(types_mapper=pd.ArrowDtype)
    try:
        import polars
    except ImportError:
        raise ApiError(0, "frames='polars' needs the package polars: pip install polars") from None
    return polars.from_arrow


class Research(Generic[Frame]):
    """
    A connection to the API; `slipstream.connect` makes it.

    Args:
        url: address of the page's server.
        key: API key; default: the environment variable SLIPSTREAM_KEY.
        client: name and secret of a client, for access tokens, instead of a key.
        certificate: files of a TLS client certificate and its key, instead of either.
        verify: file of the CAs that are trusted; True is the system's.
        convert: what makes the frames.
        timeout_s: seconds that an answer may take.
    """

    def __init__(
        self,
        url: str,
        *,
        convert: Callable[[pa.Table], Frame],
        key: str | None = None,
        client: tuple[str, str] | None = None,
        certificate: tuple[str, str] | None = None,
        verify: str | bool = True,
        timeout_s: float = 60.0,
    ) -> None:
        self.url, self._convert, self._client = url.rstrip("/"), convert, client
        self._key = key or (None if client or certificate else os.environ.get("SLIPSTREAM_KEY"))
        self._token, self._ends = "", 0.0
        self._http = httpx.Client(base_url=f"{self.url}/v1", timeout=timeout_s, verify=_trust(verify, certificate))

    def __repr__(self) -> str:
        return f"Research({self.url})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def parents(
        self, first: date | str | None = None, last: date | str | None = None, *, asof: datetime | str | None = None
    ) -> Frame:
        """Parent orders with their cost so far, by arrival; costs in basis points, positive is cost."""
        return self._table("/parents", _when(first, last, asof))

    def fills(
        self,
        parent: str,
        first: date | str | None = None,
        last: date | str | None = None,
        *,
        asof: datetime | str | None = None,
    ) -> Frame:
        """A parent's execution reports as they came, by time."""
        return self._table(f"/parents/{_quoted(parent)}/fills", _when(first, last, asof))

    def children(
        self,
        parent: str,
        first: date | str | None = None,
        last: date | str | None = None,
        *,
        asof: datetime | str | None = None,
    ) -> Frame:
        """Order messages of a parent and of its children, by time."""
        return self._table(f"/parents/{_quoted(parent)}/children", _when(first, last, asof))

    def timeline(
        self,
        parent: str,
        first: date | str | None = None,
        last: date | str | None = None,
        *,
        asof: datetime | str | None = None,
    ) -> Frame:
        """A parent's figures at each evaluation, by time."""
        return self._table(f"/parents/{_quoted(parent)}/timeline", _when(first, last, asof))

    def drift(
        self,
        parent: str,
        first: date | str | None = None,
        last: date | str | None = None,
        *,
        anchor: Literal["fill", "send", "replace", "cancel"] | None = None,
        tau_s: float | None = None,
    ) -> Frame:
        """Mean response of the mid at each horizon, basis points, positive is adverse, with 95% intervals."""
        return self._table(
            f"/parents/{_quoted(parent)}/drift", {**_when(first, last, None), "anchor": anchor, "tau": tau_s}
        )

    def breakdown(self, by: str, first: date | str | None = None, last: date | str | None = None) -> Frame:
        """Cost by venue, algo, broker, trader, size, time …, with counts and 95% intervals."""
        return self._table("/breakdown", {**_when(first, last, None), "by": by})

    def alerts(self, state: Literal["open", "snoozed", "acked"] | None = None) -> Frame:
        """Alerts as they stand."""
        return self._table("/alerts", {"state": state})

    def metrics(self) -> Frame:
        """Every figure that is published, with unit, sign and definition."""
        return self._table("/metrics", {})

    def scorecard(
        self,
        parent: str,
        first: date | str | None = None,
        last: date | str | None = None,
        *,
        asof: datetime | str | None = None,
    ) -> Frame:
        """A parent's figures: name value unit sign ci_lo ci_hi n asof rev flags."""
        found = self.json("GET", f"/parents/{_quoted(parent)}/scorecard", params=_when(first, last, asof))
        rows = [{**row, "value": _number(row["value"]), "text": _text(row["value"])} for row in found["values"]]
        kinds = {"value": pa.float64(), "ci_lo": pa.float64(), "ci_hi": pa.float64(), "n": pa.int64(), "rev": pa.int64(), "flags": pa.list_(pa.string())}  # fmt: skip
        names = ("name", "value", "text", "unit", "sign", "ci_lo", "ci_hi", "n", "asof", "rev", "flags")
        schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
        return self._convert(pa.Table.from_pylist(rows, schema=schema))

    def health(self) -> dict[str, Any]:
        """Whether the plant answers and its data advance."""
        return self.json("GET", "/health")

    def report(self, day: date | str) -> dict[str, Any]:
        """A day's report."""
        return self.json("GET", f"/reports/{day}")

    def acknowledge(self, alert: str, note: str = "") -> dict[str, Any]:
        """Acknowledge an alert."""
        return self.json("POST", f"/alerts/{_quoted(alert)}/ack", json={"action": "ack", "note": note})

    def act(
        self,
        parent: str,
        to: str,
        reason: str,
        *,
        mode: Literal["notify", "propose", "auto"] = "propose",
        key: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """
        Ask for a switch; what becomes of it is in `json("GET", f"/actions/{id}")`.

        Args:
            parent: the parent.
            to: the algo.
            reason: why.
            mode: how far it goes.
            key: the same key again is the same action; default: a new one.
            more: parameters, evidence, rule_version, expires_s.
        """
        body = {"parent": parent, "to": to, "reason": reason, "mode": mode, **more}
        return self.json("POST", "/actions", json=body, headers={"Idempotency-Key": key or secrets.token_hex(16)})

    def json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Any endpoint's JSON. Raises ApiError."""
        found: dict[str, Any] = self._send(method, path, **options).json()
        return found

    def _table(self, path: str, params: Mapping[str, Any]) -> Frame:
        parts, cursor = [], None
        while True:
            wanted = {**params, "cursor": cursor, **({"limit": _PART} if path.endswith(_LISTS) else {})}
            answer = self._send(
                "GET", path, params={k: v for k, v in wanted.items() if v is not None}, headers={"Accept": ARROW}
            )
            parts.append(pa.ipc.open_stream(io.BytesIO(answer.content)).read_all())
            cursor = answer.headers.get("x-next-cursor")
            if cursor is None:
                return self._convert(pa.concat_tables([_flat(part) for part in parts]))

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**options.pop("headers", {}), **self._credentials()}
        try:
            answer = self._http.request(method, path, headers=headers, **options)
        except httpx.HTTPError as error:
            raise ApiError(0, f"{self.url}: {error}") from error
        if answer.status_code >= 400:
            raise _error(answer)
        return answer

    def _credentials(self) -> dict[str, str]:
        if self._key:
            return {"Authorization": f"Bearer {self._key}"}
        if self._client is None:
            return {}
        if time.monotonic() > self._ends:
            asked = time.monotonic()
            answer = self._http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=self._client)
            if answer.status_code >= 400:
                raise _error(answer)
            found = answer.json()
            self._token, self._ends = found["access_token"], asked + 0.8 * found["expires_in"]
        return {"Authorization": f"Bearer {self._token}"}


_LISTS = ("/parents", "/fills", "/children", "/timeline", "/alerts")


def _trust(verify: str | bool, certificate: tuple[str, str] | None) -> Any:
    if verify is True and certificate is None:
        return True
    import ssl

    context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
    if certificate is not None:
        context.load_cert_chain(*certificate)
    return context


def _error(answer: httpx.Response) -> ApiError:
    try:
        body = answer.json()
        return ApiError(answer.status_code, str(body.get("detail", "")), str(body.get("request", "")))
    except ValueError:
        return ApiError(answer.status_code, answer.text[:200])


def _when(first: date | str | None, last: date | str | None, asof: datetime | str | None) -> dict[str, Any]:
    wanted = {"from": first, "to": last, "asof": asof}
    return {
        name: value if isinstance(value, str) else value.isoformat()
        for name, value in wanted.items()
        if value is not None
    }


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")


def _flat(table: pa.Table) -> pa.Table:
    """Symbols as text: parts have dictionaries of their own."""
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(field.type.value_type))
    return table


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return None if value is None or _number(value) is not None else str(value)
