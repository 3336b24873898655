"""The invented fleet: a cooler in each state, at sites in two time zones."""

from datetime import time
from zoneinfo import ZoneInfo

from msgspec import structs

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, crc8
from coldchain_judgement.limits import Level, Limit, Profile, Side
from coldchain_server.fleet.model import Device, Fleet, Place, Placement, Site, Unit, UnitKind

ENROLLED_MS = 1_780_000_000_000
ZONES = "Africa/Bamako", "Africa/Niamey"
MENAKA, ANDERAMBOUKANE, TILLIA = SiteId("menaka"), SiteId("anderamboukane"), SiteId("tillia")

WARM = Limit(
    name="warm",
    side=Side.ABOVE,
    celsius=8.0,
    inclusive=False,
    for_s=3600,
    clear_celsius=7.5,
    clear_for_s=600,
    level=Level.WARNING,
    source="Swiss milk ordinance SR 916.351.021.1",
)
HOT = Limit(
    name="hot",
    side=Side.ABOVE,
    celsius=10.0,
    inclusive=True,
    for_s=1800,
    clear_celsius=9.5,
    clear_for_s=600,
    level=Level.CRITICAL,
    source="PMO Item 18r",
)
FROZEN = Limit(
    name="freezing",
    side=Side.BELOW,
    celsius=0.0,
    inclusive=True,
    for_s=3600,
    clear_celsius=0.5,
    clear_for_s=600,
    level=Level.WARNING,
    source="freezing point of milk",
)
DAILY = Profile(
    name="daily", title="Collected daily", source="Swiss milk ordinance", limits=(WARM, HOT, FROZEN), raw_milk=True
)


def urn(number: int) -> ProbeUrn:
    """Return the name of the invented probe `number`."""
    rom = bytes([0x28, number % 256, number // 256, 0, 0, 0, 0])
    return ProbeUrn(f"urn:dev:ow:{rom.hex()}{crc8(rom):02x}")


def site(name: SiteId, title: str, zone: str, *, curfew: bool = False) -> Site:
    starts, ends = (time(19), time(6)) if curfew else (None, None)
    return Site(id=name, name=title, zone=ZoneInfo(zone), curfew_from=starts, curfew_to=ends)


SITES = (
    site(MENAKA, "Coopérative Tidawt de Ménaka", "Africa/Bamako"),
    site(ANDERAMBOUKANE, "Laiterie des femmes d'Andéramboukane", "Africa/Bamako", curfew=True),
    site(TILLIA, "Groupement laitier de Tillia", "Africa/Niamey"),
)
UNITS = (
    ("menaka-1", MENAKA, "Glacière 1", UnitKind.COOLER, 40.0),
    ("menaka-2", MENAKA, "Glacière 2", UnitKind.COOLER, 60.0),
    ("anderam-1", ANDERAMBOUKANE, "Cuve du marché", UnitKind.TANK, 200.0),
    ("anderam-2", ANDERAMBOUKANE, "Congélateur", UnitKind.FREEZER, None),
    ("tillia-1", TILLIA, "Glacière solaire", UnitKind.COOLER, 40.0),
    ("tillia-2", TILLIA, "Caisse de transport", UnitKind.TRANSPORT, 20.0),
)


def invented_fleet(zone: str | None = None) -> Fleet:
    """Return six units with a milk and an air probe each, one device a site; all in `zone` where one is given."""
    units = {
        UnitId(name): Unit(id=UnitId(name), site=where, name=title, kind=kind, profile="daily", litres=litres)
        for name, where, title, kind, litres in UNITS
    }
    return Fleet(
        sites={one.id: structs.replace(one, zone=ZoneInfo(zone)) if zone else one for one in SITES},
        units=units,
        devices={DeviceId(f"pi-{one.id}"): Device(id=DeviceId(f"pi-{one.id}"), site=one.id) for one in SITES},
        placements=tuple(placements_of(units)),
        contacts=(),
        profiles={"daily": DAILY},
    )


def placements_of(units: dict[UnitId, Unit]) -> list[Placement]:
    """Return where the probes sit: number 2n is the milk's of the n-th unit, 2n + 1 the air's."""
    return [
        Placement(
            probe=urn(2 * number + offset),
            unit=unit.id,
            device=DeviceId(f"pi-{unit.site}"),
            place=place,
            lowest_celsius=-10,
            highest_celsius=60,
            from_ms=ENROLLED_MS,
        )
        for number, unit in enumerate(units.values(), start=1)
        for offset, place in ((0, Place.MILK), (1, Place.AIR))
    ]
