"""Who is told of a site's incidents, step by step: the site's own list, or one by roles. Pure."""

from coldchain_contract.identifiers import SiteId
from coldchain_server.fleet.model import Contact, EscalationStep, Fleet, Role

SECOND_S, TECHNICIAN_S, SUPERVISOR_S = 600, 1800, 3600
"""When the cooperative's other contacts, the technicians and the administrators are told where a site has no list."""


def escalation_of(fleet: Fleet, site: SiteId) -> tuple[EscalationStep, ...]:
    """Return the steps of a site, the first at once; empty where nobody hears of it."""
    own = fleet.sites[site].escalation
    return own or _by_role([contact for contact in fleet.contacts if site in contact.sites])


def _by_role(contacts: list[Contact]) -> tuple[EscalationStep, ...]:
    members = [contact.id for contact in contacts if contact.role is Role.COOPERATIVE]
    technicians = [contact.id for contact in contacts if contact.role is Role.TECHNICIAN]
    supervisors = [contact.id for contact in contacts if contact.role is Role.ADMIN]
    steps = ((0, members[:1]), (SECOND_S, members[1:]), (TECHNICIAN_S, technicians), (SUPERVISOR_S, supervisors))
    told = [(after_s, tuple(people)) for after_s, people in steps if people]
    first_s = told[0][0] if told else 0
    return tuple(EscalationStep(after_s=after_s - first_s, contacts=people) for after_s, people in told)
