"""A small invented fleet for tests: two sites, a device each, and packs as those devices would send them."""

from collections.abc import Iterable
from uuid import UUID
from zoneinfo import ZoneInfo

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_judgement.limits import Level, Limit, Profile, Side
from coldchain_server.fleet.model import Device, Fleet, Place, Placement, Site, Unit, UnitKind

ENROLLED_MS = 1_793_000_000_000
NOW_MS = ENROLLED_MS + 3_600_000
INEKAR, TIDERMENE = SiteId("inekar"), SiteId("tidermene")
PI, OTHER_PI = DeviceId("inekar-pi"), DeviceId("tidermene-pi")
COOLER, OTHER_COOLER = UnitId("inekar-1"), UnitId("tidermene-1")
PROBE, SECOND_PROBE, OTHER_PROBE, STRANGE_PROBE = (
    urn_of_kernel_name(f"28-0316a2795c{number:02x}") for number in range(4)
)
OUTBOX = UUID("0b9e6c1a-5a0f-4c6e-9a53-0d6c4a7f2b11")
_AT_8 = Limit(
    name="too warm",
    side=Side.ABOVE,
    celsius=8.0,
    inclusive=False,
    for_s=1800,
    clear_celsius=6.0,
    clear_for_s=600,
    level=Level.CRITICAL,
    source="invented for tests",
)
_AT_6 = Limit(
    name="warm",
    side=Side.ABOVE,
    celsius=6.0,
    inclusive=False,
    for_s=1800,
    clear_celsius=5.0,
    clear_for_s=600,
    level=Level.WARNING,
    source="invented for tests",
)
_PROFILE = Profile(name="cooler", title="Cooler", source="invented for tests", limits=(_AT_6, _AT_8))


def placement(probe: ProbeUrn, unit: UnitId, device: DeviceId, *, to_ms: int | None = None) -> Placement:
    return Placement(
        probe=probe,
        unit=unit,
        device=device,
        place=Place.MILK,
        lowest_celsius=-10,
        highest_celsius=60,
        from_ms=ENROLLED_MS,
        to_ms=to_ms,
    )


PLACEMENTS = (
    placement(PROBE, COOLER, PI),
    placement(SECOND_PROBE, COOLER, PI),
    placement(OTHER_PROBE, OTHER_COOLER, OTHER_PI),
)


def fleet(placements: Iterable[Placement] = PLACEMENTS) -> Fleet:
    zone = ZoneInfo("Africa/Bamako")
    sites = {site: Site(id=site, name=site.title(), zone=zone) for site in (INEKAR, TIDERMENE)}
    units = {
        unit: Unit(id=unit, site=site, name=f"Cooler of {site}", kind=UnitKind.COOLER, profile="cooler")
        for unit, site in ((COOLER, INEKAR), (OTHER_COOLER, TIDERMENE))
    }
    return Fleet(
        sites=sites,
        units=units,
        devices={PI: Device(id=PI, site=INEKAR), OTHER_PI: Device(id=OTHER_PI, site=TIDERMENE)},
        placements=tuple(placements),
        contacts=(),
        profiles={"cooler": _PROFILE},
    )


def reading(at_ms: int = NOW_MS, celsius: float = 4.0625, *, probe: ProbeUrn = PROBE) -> Reading:
    return Reading(probe=probe, at_ms=at_ms, value=celsius)


def pack(*readings: Reading, first: int = 1, outbox: UUID = OUTBOX) -> Pack:
    """Return a pack of `readings` numbered from `first`; of one ordinary reading where none is given."""
    content = readings or (reading(),)
    return Pack(outbox=outbox, sequences=Sequences.span(first, first + len(content) - 1), readings=content)
