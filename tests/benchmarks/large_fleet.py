"""A fleet of any number of probes, four to a device, and what its devices send."""

from collections.abc import Iterator
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_judgement.limits import Profile
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Contact, Device, Fleet, Place, Placement, Site, Unit, UnitKind

MINUTE_MS = 60_000
ENROLLED_MS = 1_790_000_000_000 // MINUTE_MS * MINUTE_MS
SITE = SiteId("menaka")
PROBES_A_DEVICE = 4
_DAILY = builtin_profiles()["daily"]


@cache
def probe_of(device: int, place: int) -> ProbeUrn:
    return urn_of_kernel_name(f"28-{device * PROBES_A_DEVICE + place + 1:012x}")


def topic_of(device: int) -> Topic:
    return Topic(SITE, DeviceId(f"pi-{device}"), Kind.LIVE)


def large_fleet(
    devices: int, *, profile: Profile = _DAILY, contacts: tuple[Contact, ...] = (), from_ms: int = ENROLLED_MS
) -> Fleet:
    """Return a site with so many devices, each with two coolers that have a probe in the milk and one in the air."""
    names = [UnitId(f"cooler-{device}-{cooler}") for device in range(devices) for cooler in range(2)]
    return Fleet(
        sites={SITE: Site(id=SITE, name="Ménaka", zone=ZoneInfo("Africa/Bamako"))},
        units={name: Unit(id=name, site=SITE, name=name, kind=UnitKind.COOLER, profile=profile.name) for name in names},
        devices={topic_of(number).device: Device(id=topic_of(number).device, site=SITE) for number in range(devices)},
        placements=tuple(_placements(devices, from_ms)),
        contacts=contacts,
        profiles={profile.name: profile},
    )


def packs(device: int, *, count: int, readings: int, from_ms: int, celsius: float = 4.0625) -> Iterator[Pack]:
    """Yield so many packs of one device that has sampled its four probes each minute, in the order it sends them."""
    outbox = UUID(int=device + 1)
    for number in range(count):
        first = number * readings
        taken = tuple(_reading(device, index, from_ms, celsius) for index in range(first, first + readings))
        yield Pack(outbox=outbox, sequences=Sequences.span(first + 1, first + readings), readings=taken)


def moved_on(pack: Pack, *, ms: int, numbers: int) -> Pack:
    """Return `pack` as it would be that much later and so many sequence numbers on."""
    readings = tuple(msgspec.structs.replace(one, at_ms=one.at_ms + ms) for one in pack.readings)
    sequences = Sequences(tuple((low + numbers, high + numbers) for low, high in pack.sequences.ranges))
    return msgspec.structs.replace(pack, readings=readings, sequences=sequences)


def _reading(device: int, index: int, from_ms: int, celsius: float) -> Reading:
    minute, place = divmod(index, PROBES_A_DEVICE)
    value = celsius + (minute * 7 + place * 3) % 16 / 16  # sixteenths, as the probe gives them
    return Reading(probe=probe_of(device, place), at_ms=from_ms + minute * MINUTE_MS + place * 800, value=value)


def _placements(devices: int, from_ms: int) -> Iterator[Placement]:
    for device in range(devices):
        for number in range(PROBES_A_DEVICE):
            yield Placement(
                probe=probe_of(device, number),
                unit=UnitId(f"cooler-{device}-{number // 2}"),
                device=topic_of(device).device,
                place=Place.AIR if number % 2 else Place.MILK,
                lowest_celsius=-10,
                highest_celsius=60,
                from_ms=from_ms,
            )
