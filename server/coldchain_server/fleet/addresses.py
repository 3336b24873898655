"""Channel addresses: their kind, which may be shown, and what is wrong with one, without showing the rest."""

import logging
import re
import warnings
from functools import cache
from typing import Any

from apprise import Apprise
from apprise.manager_plugins import NotificationManager

from coldchain_contract.settings import nearest
from coldchain_server.fleet.phones import PHONE_KINDS, number_in

CONSOLE = "console"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,31}):")

# Apprise's own log lines quote addresses, which hold secrets and people's numbers.
logging.getLogger("apprise").addHandler(logging.NullHandler())
logging.getLogger("apprise").propagate = False


def kind_of(address: str) -> str:
    """Return what may be shown of an address: its scheme, such as `mailto` or `console`, or `unknown`."""
    match = _SCHEME.match(address)
    return match[1].lower() if match else "unknown"


def fault_of(address: str) -> tuple[str, str] | None:
    """Return what is wrong with an address and the nearest kind; None where it can be used."""
    kind = kind_of(address)
    if address == f"{CONSOLE}:":
        return None
    if kind == CONSOLE:
        return "console with something behind the colon", f"{CONSOLE}:"
    if kind in PHONE_KINDS:
        return None if number_in(address) else (f"a {kind} address without a number", f"{kind}:+22370000001")
    if kind not in (kinds := {CONSOLE, *PHONE_KINDS, *_services().schemas()}):
        return f"an address of kind {kind!r}", nearest(kind, kinds)
    if plugin_of(address) is None:
        return f"a {kind} address that is not complete", ""
    return None


def plugin_of(address: str) -> Any | None:
    """Return Apprise's plugin for an address; None where the address is not complete."""
    _services()
    return Apprise.instantiate(address, suppress_exceptions=True)


@cache
def _services() -> Any:
    """Return Apprise's register of services, loaded while the warnings of what 170 of them import are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        services: Any = NotificationManager()  # type: ignore[no-untyped-call]
        services.load_modules()
    return services
