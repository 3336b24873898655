"""The accounts of a demo: one for each way of looking at it."""

import msgspec

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import SiteId
from coldchain_server.actions import Actions
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.ledger.database import Sessions

PASSWORD = "lait-frais"  # noqa: S105 - printed on the screen; the pages listen on this machine only


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to sign in as, and what they will see."""

    name: str
    role: Role
    site: SiteId | None
    sees: str


def accounts_of(fleet: Fleet) -> tuple[DemoAccount, ...]:
    """Return one account a role; the cooperative's is that of the first site."""
    site, name = next((site.id, site.name) for site in fleet.sites.values())
    return (
        DemoAccount(name="cooperative", role=Role.COOPERATIVE, site=site, sees=f"the coolers of {name}"),
        DemoAccount(name="technician", role=Role.TECHNICIAN, site=None, sees="all coolers, the most urgent first"),
        DemoAccount(name="lab", role=Role.LAB, site=None, sees="all readings, without changing anything"),
        DemoAccount(name="admin", role=Role.ADMIN, site=None, sees="everything"),
    )


def add_accounts(fleet: Fleet, *, sessions: Sessions, clock: Clock) -> None:
    actions = Actions(sessions=sessions, fleet=fleet, clock=clock)
    for account in accounts_of(fleet):
        actions.add_user(account.name, PASSWORD, role=account.role, site=account.site, language="fr", who="demo")
