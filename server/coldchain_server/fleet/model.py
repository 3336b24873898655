"""The fleet as values: what a fleet file says once it has been read without mistakes."""

import enum
from collections.abc import Iterator
from datetime import datetime, time
from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId
from coldchain_judgement.limits import Profile
from coldchain_judgement.milk.kinds import Species
from coldchain_server.clocks import local
from coldchain_server.fleet.source import Confidence, Feed, Source


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
    """Which probe sat in which unit, where, from when to when (`to_ms` None: still), and what is plausible there.

    `device` is the ID of the device or the source that tells what it measures.
    """

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

    @property
    def confidence(self) -> Confidence:
        return Confidence.HIGH

    @property
    def live(self) -> bool:
        """Whether it tells by itself, as things are measured."""
        return True

    @property
    def delivery_s(self) -> int:
        """Return how long after a reading it may be told and still be news."""
        return self.report_s

    def present_s(self, silent_after_s: int) -> int:
        """Return how long a reading may be taken for the present one, given how long silence is borne in the unit."""
        return silent_after_s


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of every day in local time; it may span midnight."""

    start: time
    end: time

    def holds(self, local: time) -> bool:
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


class EscalationStep(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told of an incident `after_s` seconds after the first were, where nobody has answered."""

    after_s: int
    contacts: tuple[str, ...]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is told. `channels` are Apprise addresses or `console:`; `sites` whose incidents they hear of.

    `phone` is the number that answers and readings by SMS come from, `+` and digits, empty: none do; `phones` further
    ones. In `quiet` hours, of the local time of the site at hand, they are told of critical milk alone.
    """

    id: str
    name: str
    language: str
    role: Role
    sites: tuple[SiteId, ...]
    channels: tuple[str, ...]
    phone: str = ""
    phones: tuple[str, ...] = ()
    also_reads: tuple[str, ...] = ()
    literate: bool = True
    shared: bool = False
    good_news: bool = False
    quiet: Hours | None = None


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A cooperative's place. Inside its curfew (local time, may span midnight) nobody is asked to go out.

    `escalation` is empty where people are told by their roles; `heartbeat` is the contact who gets the daily trial.
    Milk is to last until it is collected or sold, each day at these local times. `offset_log10` is what its own quality
    tests have taught of how its milk begins, `tested` that there are enough of them; the ledger knows, no file does.
    """

    id: SiteId
    name: str
    zone: ZoneInfo
    curfew_from: time | None = None
    curfew_to: time | None = None
    quiet: Hours | None = None
    escalation: tuple[EscalationStep, ...] = ()
    heartbeat: str = ""
    collected_at: tuple[time, ...] = ()
    market_at: tuple[time, ...] = ()
    milked_at: time = time(6)
    species: tuple[Species, ...] = (Species.COW,)
    offset_log10: float = 0.0
    tested: bool = False

    def local(self, at_ms: int) -> datetime:
        """Return an instant as the site's clocks show it."""
        return local(at_ms, self.zone)

    def in_curfew(self, local: time) -> bool:
        if self.curfew_from is None or self.curfew_to is None:
            return False
        return Hours(start=self.curfew_from, end=self.curfew_to).holds(local)


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a fleet file names, cross-checked: every reference leads somewhere."""

    sites: dict[SiteId, Site]
    units: dict[UnitId, Unit]
    devices: dict[DeviceId, Device]
    placements: tuple[Placement, ...]
    contacts: tuple[Contact, ...]
    profiles: dict[str, Profile]
    sources: dict[DeviceId, Source] = {}

    def placement(self, probe: ProbeUrn, at_ms: int) -> Placement | None:
        """Return where `probe` sat at that instant, or None."""
        return next((p for p in self.placements if p.probe == probe and p.holds(at_ms)), None)

    def placements_of(self, unit: UnitId) -> Iterator[Placement]:
        return (placement for placement in self.placements if placement.unit == unit)

    def teller(self, placement: Placement) -> Device | Source:
        """Return the device or source that tells what the probe of `placement` measures."""
        return self.sources.get(placement.device) or self.devices[placement.device]

    def confidence(self, probe: str, at_ms: int) -> Confidence:
        """Return how far what `probe` measured at that instant is to be trusted; high where it sat nowhere."""
        placement = self.placement(ProbeUrn(probe), at_ms)
        return Confidence.HIGH if placement is None else self.teller(placement).confidence

    def feeds(self) -> Iterator[tuple[Source, Feed]]:
        """Yield every value that a source publishes, with its source."""
        return ((source, feed) for source in self.sources.values() for feed in source.feeds)
