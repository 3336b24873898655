"""Who is looking: the scope that every query and action is asked within."""

import msgspec

from coldchain_contract.identifiers import SiteId
from coldchain_server.fleet.model import Role


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who signed in. `site` None is every site, except for a cooperative, for whom it is none.

    `stamp` changes with the password, so that whoever signed in with the old one is signed out.
    """

    name: str
    role: Role
    site: SiteId | None = None
    language: str = ""
    stamp: str = ""

    @property
    def sees_every_site(self) -> bool:
        return self.site is None and self.role is not Role.COOPERATIVE

    def sees(self, site: str) -> bool:
        """Return whether what belongs to `site` may be shown to this viewer."""
        return self.sees_every_site or site == self.site

    @property
    def handles_incidents(self) -> bool:
        """A lab looks on; whoever else sees an incident may say that it is being handled."""
        return self.role is not Role.LAB

    @property
    def tends_devices(self) -> bool:
        """Whether this viewer sees to the boxes themselves: how they are, and what may be asked of them."""
        return self.role in (Role.TECHNICIAN, Role.ADMIN)

    @property
    def looks_after_people(self) -> bool:
        """Whether this viewer sees to how people are told: their addresses, and what does not reach them."""
        return self.role is Role.ADMIN
