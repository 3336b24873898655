"""Channel addresses: their kind, which may be shown, and what is wrong with one, without showing the rest."""

import logging
import re

from apprise import Apprise
from apprise.manager_plugins import NotificationManager

from coldchain_contract.settings import nearest

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
    if kind not in (kinds := _kinds()):
        return f"an address of kind {kind!r}", nearest(kind, kinds)
    if Apprise.instantiate(address, suppress_exceptions=True) is None:
        return f"a {kind} address that is not complete", ""
    return None


def _kinds() -> set[str]:
    return {CONSOLE, *NotificationManager().schemas()}  # type: ignore[no-untyped-call]
