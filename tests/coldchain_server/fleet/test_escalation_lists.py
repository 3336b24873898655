"""Who is told of a site's incidents, step by step."""

from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from coldchain_contract.identifiers import SiteId
from coldchain_server.fleet.escalation import escalation_of
from coldchain_server.fleet.model import Contact, EscalationStep, Fleet, Role, Site

SITE = SiteId("menaka")


def person(name: str, role: Role, site: str = "menaka") -> Contact:
    return Contact(id=name, name=name, language="fr", role=role, sites=(SiteId(site),), channels=("console:",))


def fleet(*contacts: Contact) -> Fleet:
    site = Site(id=SITE, name="Ménaka", zone=ZoneInfo("Africa/Bamako"))
    return Fleet(sites={SITE: site}, units={}, devices={}, placements=(), contacts=contacts, profiles={})


AICHATOU, FATI = person("aichatou", Role.COOPERATIVE), person("fati", Role.COOPERATIVE)
MOUSSA, LAB, SUPERVISOR = person("moussa", Role.TECHNICIAN), person("lab", Role.LAB), person("boss", Role.ADMIN)
ELSEWHERE = person("zara", Role.COOPERATIVE, site="tillia")


@pytest.mark.parametrize(
    ("contacts", "steps"),
    [
        (
            (LAB, SUPERVISOR, MOUSSA, ELSEWHERE, AICHATOU, FATI),
            [(0, ["aichatou"]), (600, ["fati"]), (1800, ["moussa"]), (3600, ["boss"])],
        ),
        ((AICHATOU, MOUSSA), [(0, ["aichatou"]), (1800, ["moussa"])]),
        ((MOUSSA, SUPERVISOR), [(0, ["moussa"]), (1800, ["boss"])]),
        ((LAB, ELSEWHERE), []),
    ],
)
def test_a_site_without_a_list_goes_by_roles(contacts: tuple[Contact, ...], steps: list[tuple[int, list[str]]]) -> None:
    found = escalation_of(fleet(*contacts), SITE)
    assert [(step.after_s, list(step.contacts)) for step in found] == steps


def test_a_site_with_a_list_goes_by_that_alone() -> None:
    known = fleet(AICHATOU, FATI, MOUSSA)
    own = (EscalationStep(after_s=0, contacts=("moussa",)), EscalationStep(after_s=60, contacts=("fati",)))
    listed = structs.replace(known, sites={SITE: structs.replace(known.sites[SITE], escalation=own)})
    assert escalation_of(listed, SITE) == own
