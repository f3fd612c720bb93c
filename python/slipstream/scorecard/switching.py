"""
`slipstream switch`: a switch as the page asks for it, from a terminal on the machine that has the plant's folder. It is an action of the API: kept under an
idempotency key, of an order that the caller sees, refused while the kill switch is on, the data stand still or the parent cools down, and in the audit.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from slipstream.api.auth import scopes_of
from slipstream.errors import AuthError, EngineError, ScorecardError
from slipstream.scorecard import access
from slipstream.scorecard.desk import Switch
from slipstream.scorecard.plant import Actions, configured, connect, told
from slipstream.scorecard.thresholds import newest
from slipstream.tca import TcaClient

if TYPE_CHECKING:
    from slipstream.api.app import Api
    from slipstream.config import Config

_LOOK_S = 0.25
OPEN = ("pending", "proposed")
"""States in which the EMS has not answered yet."""


def viewer(api: Api, name: str) -> access.Viewer:
    """
    Who asks: whoever sits at this machine, or, by name, a user or client with that one's rows and scopes.

    Raises:
        AuthError: there is none of that name.
    """
    if not name:
        return access.OPEN
    account = api.services.store.account(name)
    if account is None:
        raise AuthError(f"there is no user or client {name}")
    return access.Viewer(account.name, account.role, scopes_of(account))


def switch(
    config: Config,
    api: Api,
    parent: str,
    algo: str,
    parameters: Mapping[str, float],
    *,
    who: str = "",
    key: str = "",
    reason: str = "",
    wait_s: float = 10.0,
    tell: Callable[[str], None] = print,
) -> bool:
    """
    Ask for a switch, and follow what becomes of it until the EMS has answered.

    Args:
        config: the plant's configuration.
        api: built on it, not started; whether another one is served does not matter, they share what is kept.
        parent: the order.
        algo: what is to work it.
        parameters: of the algo.
        who: a user or client in whose name it is asked; empty is whoever sits at this machine.
        key: the idempotency key: the same again is the same switch.
        reason: why.
        wait_s: how long the EMS is waited for.
        tell: takes a line at a time of what becomes of it.

    Returns:
        Whether the EMS took it; False also when it has not answered in time.

    Raises:
        AuthError: there is none of that name.
    """
    services = api.services
    asks = viewer(api, who)

    def record(status: int, text: str) -> None:
        services.store.audit(
            asks.name, remote="", method="CLI", path=f"/cli/parents/{parent}/switch", status=status,
            request=secrets.token_hex(8), detail=text,
        )  # fmt: skip
        tell(text)

    if not asks.may("act:switch"):
        record(403, f"{asks.name} may not do that: the scope act:switch is missing")
        return False
    try:
        with connect(config, "gateway") as gateway:
            found = next((p for p in TcaClient(gateway).live().parents if p.parent == parent), None)
        if found is None:
            raise ScorecardError("there is no such parent")
        _moving(services.clock, services.stale_s)
        asked = Switch(
            key or secrets.token_urlsafe(16), found, algo, parameters, reason or f"{asks.name}, at a terminal"
        )
        version = newest(config.var_dir / "page", configured(config.rte.thresholds)).number
        action: Mapping[str, Any] = Actions(config, services.actions).ask(asked, asks, f"thresholds {version}")
    except (ScorecardError, EngineError, OSError) as error:
        record(409, f"not done: {error}")
        return False
    record(200, told(action))
    end = time.monotonic() + wait_s
    while action["state"] in OPEN and time.monotonic() < end:
        time.sleep(_LOOK_S)
        # whoever looks first notes it, this process or the server
        services.actions.advance()
        newer = services.actions.get(action["id"]) or action
        if newer["state"] != action["state"]:
            tell(told(newer))
        action = newer
    return action["state"] in ("accepted", "matched")


def _moving(clock: Any, stale_s: float) -> None:
    """Look until the plant's data advance, or have stood still for so long that actions are refused: a process that has just begun does not know."""
    end = time.monotonic() + stale_s
    while clock.still_s() > stale_s and time.monotonic() < end:
        time.sleep(min(_LOOK_S, stale_s))
