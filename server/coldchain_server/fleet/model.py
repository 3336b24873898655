"""The fleet as values: what a fleet file says once it has been read without mistakes."""

import enum
from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId
from coldchain_judgement.limits import Profile
from coldchain_server.clocks import local


class UnitKind(enum.Enum):
    COOLER = "cooler"
    FREEZER = "freezer"
    TANK = "tank"
    TRANSPORT = "transport"
    PASTEURISER = "pasteuriser"


class Place(enum.Enum):
    """Where in a unit a probe sits. `milk` is a food-grade well or bottle standing for the milk itself."""

    MILK = "milk"
    WALL = "wall"
    AIR = "air"
    AMBIENT = "ambient"


class Role(enum.Enum):
    COOPERATIVE = "cooperative"
    TECHNICIAN = "technician"
    LAB = "lab"
    ADMIN = "admin"


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Which probe sat in which unit, where, from when to when (`to_ms` None: still), and what is plausible there."""

    probe: ProbeUrn
    unit: UnitId
    device: DeviceId
    place: Place
    lowest_celsius: float
    highest_celsius: float
    from_ms: int
    to_ms: int | None = None

    def holds(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms and (self.to_ms is None or at_ms < self.to_ms)


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One cooler, freezer, tank or box. `profile` names the limits it is judged by."""

    id: UnitId
    site: SiteId
    name: str
    kind: UnitKind
    profile: str
    litres: float | None = None


class Device(msgspec.Struct, frozen=True, kw_only=True):
    id: DeviceId
    site: SiteId
    report_s: int = 600
    sample_s: int = 60


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is told. `channels` are Apprise addresses or `console:`; `sites` whose incidents they hear of."""

    id: str
    name: str
    language: str
    role: Role
    sites: tuple[SiteId, ...]
    channels: tuple[str, ...]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A cooperative's place. Inside its curfew (local time, may span midnight) nobody is asked to go out."""

    id: SiteId
    name: str
    zone: ZoneInfo
    curfew_from: time | None = None
    curfew_to: time | None = None

    def local(self, at_ms: int) -> datetime:
        """Return an instant as the site's clocks show it."""
        return local(at_ms, self.zone)

    def in_curfew(self, local: time) -> bool:
        if self.curfew_from is None or self.curfew_to is None:
            return False
        if self.curfew_from <= self.curfew_to:
            return self.curfew_from <= local < self.curfew_to
        return local >= self.curfew_from or local < self.curfew_to


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a fleet file names, cross-checked: every reference leads somewhere."""

    sites: dict[SiteId, Site]
    units: dict[UnitId, Unit]
    devices: dict[DeviceId, Device]
    placements: tuple[Placement, ...]
    contacts: tuple[Contact, ...]
    profiles: dict[str, Profile]

    def placement(self, probe: ProbeUrn, at_ms: int) -> Placement | None:
        """Return where `probe` sat at that instant, or None."""
        return next((p for p in self.placements if p.probe == probe and p.holds(at_ms)), None)

    def placements_of(self, unit: UnitId) -> Iterator[Placement]:
        return (placement for placement in self.placements if placement.unit == unit)
