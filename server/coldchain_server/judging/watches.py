"""What is watched: for each probe in its place, by which profile it is judged and how much patience it is given."""

from collections import defaultdict

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId
from coldchain_judgement.course import Terms
from coldchain_judgement.limits import Level, Profile
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_server.fleet.milk import milk_terms
from coldchain_server.fleet.model import Device, Fleet, Place, Placement, Site
from coldchain_server.fleet.source import Source
from coldchain_server.judging.terms import key_of

LATE_AFTER_S = 300
"""A reading that arrives later than it usually takes and this after its instant is late."""

_VOICES = (Place.MILK, Place.WALL, Place.AIR, Place.AMBIENT)
_JUDGED = (Place.MILK, Place.WALL)


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """One placement, and what judging needs to know of it.

    The `voice` of a unit is the probe nearest to its milk: milk, else wall, else air. Limits judge the voice, where it
    sits in the milk or at the wall; without the voice nobody knows how the milk is, so its silence and faults are
    critical. What a hand or a logger tells is the voice only where nothing tells by itself; else it is shown, and
    neither judged by limits nor missed; and that nobody measured wakes nobody. `delivery_s` is how long after a reading
    it may be told and still be news; `terms_key` names the `terms` that its course is judged by.
    """

    placement: Placement
    site: SiteId
    profile: Profile
    voice: bool
    terms: Terms
    terms_key: str
    report_s: int
    delivery_s: int
    live: bool

    @property
    def silent_after_s(self) -> int:
        """Return how long silence is borne: by the profile, but never less than two of the device's reports."""
        return max(self.profile.silent_after_s, 2 * self.report_s)

    @property
    def place(self) -> tuple[ProbeUrn, int]:
        """Return what names the probe in this place: itself, and since when it is there."""
        return self.placement.probe, self.placement.from_ms

    @property
    def beside(self) -> tuple[UnitId, DeviceId]:
        """Return what probes share that fall silent together: their unit and device."""
        return self.placement.unit, self.placement.device

    @property
    def missed(self) -> bool:
        """Return whether this probe's silence matters at all."""
        return self.voice or self.live

    def has_ended(self, now_ms: int) -> bool:
        """Return whether the probe has left this place by now."""
        return self.placement.to_ms is not None and self.placement.to_ms <= now_ms

    def late(self, at_ms: int, received_ms: int) -> bool:
        """Return whether a reading of `at_ms` came too late to be news."""
        return received_ms - at_ms > (self.delivery_s + LATE_AFTER_S) * 1000


class Watches:
    """Every watch of a fleet, found by probe and instant."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._by_probe: dict[ProbeUrn, list[Placement]] = defaultdict(list)
        self._by_unit: dict[UnitId, list[Placement]] = defaultdict(list)
        for placement in fleet.placements:
            self._by_probe[placement.probe].append(placement)
            self._by_unit[placement.unit].append(placement)
        self._nearness = {(one.probe, one.from_ms): self._ranked(one) for one in fleet.placements}
        self._made: dict[tuple[tuple[ProbeUrn, int], bool], Watch] = {}
        self._alike: dict[tuple[str, bool, int, Level, MilkTerms | None], tuple[Terms, str]] = {}

    def of(self, probe: ProbeUrn, at_ms: int) -> Watch | None:
        """Return the watch on `probe` at that instant; None where it sat nowhere."""
        for placement in self._by_probe.get(probe, ()):
            if placement.holds(at_ms):
                return self.watch(placement, at_ms)
        return None

    def at(self, at_ms: int) -> list[Watch]:
        """Return every watch that holds at that instant."""
        return [self.watch(placement, at_ms) for placement in self._fleet.placements if placement.holds(at_ms)]

    def beside(self, beside: tuple[UnitId, DeviceId], at_ms: int) -> list[Watch]:
        """Return the watches of one unit and device that hold at that instant."""
        unit, device = beside
        placements = self._by_unit.get(unit, ())
        return [self.watch(place, at_ms) for place in placements if place.device == device and place.holds(at_ms)]

    def in_unit(self, unit: UnitId, at_ms: int) -> list[Watch]:
        """Return the watches of one unit that hold at that instant."""
        return [self.watch(place, at_ms) for place in self._by_unit.get(unit, ()) if place.holds(at_ms)]

    def fellows(self, watch: Watch) -> list[ProbeUrn]:
        """Return the other probes that are or were in the unit, those that were put there last first."""
        placements = sorted(self._by_unit[watch.placement.unit], key=lambda one: -one.from_ms)
        return [one.probe for one in placements if one.probe != watch.placement.probe]

    def inside(self, watch: Watch, at_ms: int) -> list[ProbeUrn]:
        """Return the other probes inside the same unit at that instant."""
        return [
            other.probe
            for other in self._by_unit.get(watch.placement.unit, ())
            if other.probe != watch.placement.probe and other.place is not Place.AMBIENT and other.holds(at_ms)
        ]

    def next_change_ms(self, now_ms: int) -> int | None:
        """Return when the next placement begins or ends after `now_ms`; None where none ever does."""
        ends = (at_ms for p in self._fleet.placements for at_ms in (p.from_ms, p.to_ms) if at_ms is not None)
        return min((at_ms for at_ms in ends if at_ms > now_ms), default=None)

    def watch(self, placement: Placement, at_ms: int) -> Watch:
        """Return the watch on a placement at an instant at which it holds."""
        place = (placement.probe, placement.from_ms)
        voice = self._nearness[place] == self._nearest(placement.unit, at_ms)
        if (place, voice) not in self._made:
            unit, teller = self._fleet.units[placement.unit], self._fleet.teller(placement)
            site = self._fleet.sites[unit.site]
            terms, key = self._terms(self._fleet.profiles[unit.profile], placement, teller, site, voice=voice)
            self._made[place, voice] = Watch(
                placement=placement,
                site=unit.site,
                profile=terms.profile,
                voice=voice,
                terms=terms,
                terms_key=key,
                report_s=teller.report_s,
                delivery_s=teller.delivery_s,
                live=teller.live,
            )
        return self._made[place, voice]

    def _terms(
        self, profile: Profile, placement: Placement, teller: Device | Source, site: Site, *, voice: bool
    ) -> tuple[Terms, str]:
        """Return what judges such a probe, one value for all that are judged alike.

        Limits judge the voice, where it sits in the milk or at the wall. Readings that lie farther apart than two
        samples, and than silence is borne, have a gap between them in which anything may have been.
        """
        terms = Terms(
            profile=profile,
            judged=voice and placement.place in _JUDGED,
            longest_gap_s=max(profile.silent_after_s, 2 * teller.sample_s),
            blind_level=Level.CRITICAL if voice and teller.live else Level.WARNING,
        )
        if profile.raw_milk and terms.judged:
            terms = msgspec.structs.replace(terms, milk=milk_terms(site, placement.place))
        alike = (profile.name, terms.judged, terms.longest_gap_s, terms.blind_level, terms.milk)
        if alike not in self._alike:
            self._alike[alike] = terms, key_of(terms)
        return self._alike[alike]

    def _nearest(self, unit: UnitId, at_ms: int) -> tuple[int, int]:
        return min(self._nearness[one.probe, one.from_ms] for one in self._by_unit[unit] if one.holds(at_ms))

    def _ranked(self, placement: Placement) -> tuple[int, int]:
        """Return how a probe ranks as voice, lowest first: whether it tells by itself, then how near the milk it is."""
        return self._fleet.teller(placement).confidence.turn, _VOICES.index(placement.place)
