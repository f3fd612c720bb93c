"""`slipstream api …`: clients, keys, entitlement rules and the audit, on the machine that has the plant's folder."""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slipstream.api.store import Store
    from slipstream.config import Config

Add = Callable[..., argparse.ArgumentParser]


def register(add: Add, configured: Callable[[argparse.Namespace], Config]) -> None:
    """Add the command."""
    top = add("api", None, "clients, keys and entitlements of the API, and its audit")
    commands = top.add_subparsers(title="what", required=True, metavar="WHAT")

    def sub(name: str, act: Callable[[Store, argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        # the options of the configuration stand before or behind
        made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        made.set_defaults(run=lambda options: _run(configured(options), act, options), command_name=name)
        return made

    client = sub("client", _client, "make a client; its secret is shown this once")
    client.add_argument("name")
    client.add_argument("--role", default="service", help="ems, quant, trader, head, operator or service (default)")
    client.add_argument(
        "--scope", action="append", default=[], help="a scope besides those of the role; may be repeated"
    )
    client.add_argument("--fingerprint", help="SHA-256 of its TLS certificate, for mTLS")
    sub("clients", _clients, "list clients and users with their roles")
    for name, text in (("disable", "shut a client or user out, from the next call on"), ("enable", "let it in again")):
        sub(name, _disable, text).add_argument("name")
    key = sub("key", _key, "create, list or revoke API keys; a new one is shown this once")
    key.add_argument("what", choices=("create", "list", "revoke"))
    key.add_argument("name", nargs="?", help="the client, or, to revoke, the key's id")
    key.add_argument("--label", default="", help="what it is for")
    key.add_argument("--days", type=float, help="days after which it expires")
    for name, act, text in (("allow", _allow, "let a client or user see rows"), ("disallow", _allow, "take that back")):
        rule = sub(name, act, text)
        rule.add_argument("name")
        rule.add_argument("kind", choices=("desk", "account", "trader", "parent", "all"))
        rule.add_argument("value", nargs="?", default="", help="which one; none for all")
    desk = sub("desk", _desk, "say which traders and accounts a desk is; without any, forget it")
    desk.add_argument("name")
    desk.add_argument("--trader", action="append", default=[])
    desk.add_argument("--account", action="append", default=[])
    sub("rules", _rules, "list rules and desks")
    audit = sub("audit", _audit, "show refused calls and actions")
    audit.add_argument("--last", type=int, default=50, help="how many (default 50)")


def _run(config: Config, act: Callable[[Store, argparse.Namespace], None], options: argparse.Namespace) -> int:
    with _opened(config) as store:
        act(store, options)
    return 0


@contextmanager
def _opened(config: Config) -> Iterator[Store]:
    from slipstream.api.store import Store

    store = Store(config.api_dir)
    try:
        yield store
    finally:
        store.close()


def _client(store: Store, options: argparse.Namespace) -> None:
    from slipstream.api.auth import check_grant

    check_grant(options.role, options.scope)
    account, secret = store.add_client(options.name, options.role, options.scope, fingerprint=options.fingerprint)
    print(f"client {account.name}\nsecret {secret}")


def _clients(store: Store, _options: argparse.Namespace) -> None:
    for account in store.accounts():
        state = "" if account.disabled is None else f"  disabled {_day(account.disabled)}"
        print(f"{account.name:<24}{account.kind:<8}{account.role:<10}{' '.join(account.scopes)}{state}")


def _disable(store: Store, options: argparse.Namespace) -> None:
    store.disable(options.name, disabled=options.command_name == "disable")


def _key(store: Store, options: argparse.Namespace) -> None:
    from slipstream.errors import AuthError

    if options.what == "list":
        for key in store.list_keys():
            ends = (
                f"  revoked {_day(key.revoked)}"
                if key.revoked
                else f"  expires {_day(key.expires)}"
                if key.expires
                else ""
            )
            print(f"{key.id}  {key.principal:<24}{_day(key.created)}  {key.label}{ends}")
    elif not options.name:
        raise AuthError("name the client" if options.what == "create" else "name the key, by its id")
    elif options.what == "create":
        expires = None if options.days is None else time.time() + options.days * 86_400
        print(store.add_key(options.name, options.label, expires=expires)[1])
    else:
        store.revoke_key(options.name)


def _allow(store: Store, options: argparse.Namespace) -> None:
    act = store.allow if options.command_name == "allow" else store.disallow
    act(options.name, options.kind, options.value)


def _desk(store: Store, options: argparse.Namespace) -> None:
    store.set_desk(options.name, traders=options.trader, accounts=options.account)


def _rules(store: Store, _options: argparse.Namespace) -> None:
    for principal, kind, value in store.rules():
        print(f"{principal:<24}{kind:<8}{value}")
    for desk, kind, value in store.desks():
        print(f"desk {desk:<19}{kind:<8}{value}")


def _audit(store: Store, options: argparse.Namespace) -> None:
    newest = store.rows("select coalesce(max(id), 0) from audit")[0][0]
    for row in store.audited(after=max(0, newest - options.last), limit=options.last):
        when = dt.datetime.fromtimestamp(row.time, dt.UTC).isoformat(timespec="milliseconds")
        print(
            f"{row.id:>6} {when} {row.status} {row.method} {row.path} {row.principal or '-'} {row.remote} {row.request} {row.detail}"
        )


def _day(moment: Any) -> str:
    return dt.datetime.fromtimestamp(float(moment), dt.UTC).strftime("%Y-%m-%d")
