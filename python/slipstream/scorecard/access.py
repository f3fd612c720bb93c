"""
Who looks at the page, and what they may do: known for the length of a request, of a callback, or of a page's stream.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from slipstream.api.auth import ROLES


@dataclass(frozen=True, slots=True)
class Viewer:
    """
    Who looks at the page. `named` is False where the page is open without a login.
    """

    name: str
    role: str
    scopes: frozenset[str]
    named: bool = True
    remote: str = ""
    """Address that the viewer's browser is at."""

    @property
    def principal(self) -> str | None:
        """
        In whose name the gateway is asked, which decides what rows are seen; None is an operator: whoever sits at this machine.
        """
        return None if self.name and not self.named else self.name

    def may(self, scope: str) -> bool:
        """
        Whether the viewer has a scope.
        """
        return scope in self.scopes


NOBODY = Viewer("", "", frozenset(), named=False)
OPEN = Viewer("local", "operator", frozenset().union(*ROLES.values()) - {"admin"}, named=False)
"""Whoever sits at this machine, where `scorecard.login` is none."""

_viewer: ContextVar[Viewer] = ContextVar("viewer", default=NOBODY)


def viewer() -> Viewer:
    """
    Who looks.
    """
    return _viewer.get()


def set_viewer(who: Viewer) -> None:
    """
    Say who looks, for what runs in this context.
    """
    _viewer.set(who)
