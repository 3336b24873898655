"""What every view is given: the two doors, the settings and the clock."""

from flask import current_app
from msgspec import Struct

from coldchain_contract.clock import Clock
from coldchain_dashboards.settings import WebSettings
from coldchain_server.actions import Actions
from coldchain_server.gateways.settings import Gateways
from coldchain_server.queries import Queries

_KEY = "coldchain"


class Parts(Struct, frozen=True, kw_only=True):
    queries: Queries
    actions: Actions
    settings: WebSettings
    clock: Clock
    gateways: Gateways = Gateways()


def give(app: object, parts: Parts) -> None:
    """Let every view of `app` reach `parts`."""
    app.extensions[_KEY] = parts  # type: ignore[attr-defined]


def parts() -> Parts:
    """Return what this application was created with."""
    given: Parts = current_app.extensions[_KEY]
    return given
