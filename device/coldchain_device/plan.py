"""The plan a device goes by: its own settings with the server's put over them, kept on the card for the next boot."""

from datetime import time

import msgspec

from coldchain_contract.errors import BadMessage
from coldchain_contract.identifiers import ProbeUrn, UnitId, identifier, probe_urn
from coldchain_contract.messages import (
    CapacitySetting,
    Config,
    CumulativeSetting,
    CurfewSetting,
    LimitSetting,
    MilkSetting,
    PlacementSetting,
)
from coldchain_device.alarm.curfew import Curfew, zone_of
from coldchain_device.milk.placing import Noted, noted_of
from coldchain_device.probes.classify import Range
from coldchain_device.settings import DeviceSettings
from coldchain_judgement.capacity import Capacity
from coldchain_judgement.course import Terms
from coldchain_judgement.limits import Cooling, Cumulative, Level, Limit, Profile, Side
from coldchain_judgement.milk.kinds import Species
from coldchain_judgement.milk.terms import MilkTerms

_ONE_WIRE = "urn:dev:ow:"  # the server may name probes that are on no bus of this device
_HYSTERESIS = 0.5
_LONGEST_CLEARING_S = 600
_SOURCE = "the server's config message"
_SILENT_AFTER_S = 1800
_ROUNDS_OF_SILENCE = 3


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where one probe sits, what is plausible there, and what is added to its word."""

    probe: ProbeUrn
    unit: UnitId
    place: str
    plausible: Range
    offset: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the device goes by now; `version` is the server's, 0 for the device's own settings.

    A unit that is not in `profiles` is not judged at all; one with no limit there is fine while it is heard of.
    `capacities` is what the server has learnt of how units cool; `milk` is by what raw milk is judged, `told` what the
    server knows to have happened to it, and `withdrawn` are ids of what counts no longer.
    """

    version: int
    sample_s: int
    report_s: int
    spots: tuple[Spot, ...]
    profiles: dict[UnitId, Profile]
    labels: dict[UnitId, str]
    curfew: Curfew
    capacities: dict[UnitId, Capacity] = {}
    milk: dict[UnitId, MilkTerms] = {}
    told: dict[UnitId, tuple[Noted, ...]] = {}
    withdrawn: frozenset[str] = frozenset()

    @property
    def units(self) -> tuple[UnitId, ...]:
        """The units that have a probe, in order of their first one."""
        return tuple(dict.fromkeys(spot.unit for spot in self.spots))

    @property
    def silent_after_s(self) -> int:
        """How long no value is borne before nothing is known any more."""
        return max(_SILENT_AFTER_S, _ROUNDS_OF_SILENCE * self.sample_s)

    def limits(self, unit: UnitId) -> tuple[Limit, ...]:
        """Return the lines that the milk of `unit` is not to cross."""
        return self.profiles[unit].limits if unit in self.profiles else ()

    def terms(self, unit: UnitId) -> Terms | None:
        """Return what the box judges a probe of `unit` by; None where nobody said anything of it."""
        profile = self.profiles.get(unit)
        if profile is None:
            return None
        return Terms(profile=profile, judged=True, longest_gap_s=self.silent_after_s, blind_level=Level.CRITICAL)

    def voice(self, unit: UnitId) -> ProbeUrn | None:
        """Return the probe whose readings say how the milk is kept; None where no probe is near it."""
        return next((spot.probe for spot in self.judged_spots(unit)), None)

    def judged_spots(self, unit: UnitId) -> tuple[Spot, ...]:
        """Return the spots of `unit` that its limits apply to: in the milk, or else at the wall; never air."""
        for place in ("milk", "wall"):
            spots = tuple(spot for spot in self.spots if spot.unit == unit and spot.place == place)
            if spots:
                return spots
        return ()


def plan_of(settings: DeviceSettings, config: Config | None) -> Plan:
    """Return the settings, with what `config` says put over them; `ContractError` names what is wrong in it.

    Placements in `config` replace the settings' as a whole, limits and labels unit by unit. Offsets stay the device's.
    """
    own = Plan(
        version=0,
        sample_s=settings.sample_s,
        report_s=settings.report_s,
        spots=tuple(
            Spot(
                probe=one.probe,
                unit=one.unit,
                place=one.place,
                plausible=Range(one.lowest_celsius, one.highest_celsius),
                offset=one.offset_celsius,
            )
            for one in settings.placements
        ),
        profiles={unit: one.judged_by for unit, one in settings.units.items() if one.judged_by is not None},
        labels={unit: one.label or unit for unit, one in settings.units.items()},
        curfew=Curfew(zone=settings.curfew.zone, starts=settings.curfew.starts, ends=settings.curfew.ends),
    )
    return own if config is None else _over(own, config)


def _over(own: Plan, config: Config) -> Plan:
    if not 5 <= config.sample_s <= 3600 or not 5 <= config.report_s <= 86400:
        raise BadMessage(f"config {config.version}: sample_s must be 5 to 3600 and report_s 5 to 86400")
    offsets = {spot.probe: spot.offset for spot in own.spots}
    spots = tuple(_spot(one, offsets) for one in config.placements if probe_urn(one.probe).startswith(_ONE_WIRE))
    if len({spot.probe for spot in spots}) < len(spots):
        raise BadMessage(f"config {config.version}: a probe is placed twice")
    profiles = {UnitId(identifier(unit)): profile_of(unit, config) for unit in config.limits}
    return msgspec.structs.replace(
        own,
        version=config.version,
        sample_s=config.sample_s,
        report_s=config.report_s,
        spots=spots or own.spots,
        profiles=own.profiles | profiles,
        labels=own.labels | {UnitId(unit): label for unit, label in config.labels.items()},
        curfew=own.curfew if config.curfew is None else _curfew(config.curfew),
        capacities={UnitId(unit): _capacity(setting) for unit, setting in config.capacity.items()},
        milk={
            UnitId(unit): _milk_terms(setting)
            for unit, setting in config.milk.items()
            if zone_of(setting.zone) is not None  # where there is no local time, no time of day can be meant
        },
        told={UnitId(unit): _told(setting) for unit, setting in config.milk.items()},
        withdrawn=frozenset(one for setting in config.milk.values() for one in setting.withdrawn),
    )


def _curfew(setting: CurfewSetting) -> Curfew:
    return Curfew(zone=setting.zone, starts=time.fromisoformat(setting.starts), ends=time.fromisoformat(setting.ends))


def _spot(setting: PlacementSetting, offsets: dict[ProbeUrn, float]) -> Spot:
    probe = probe_urn(setting.probe)
    if setting.lowest_celsius >= setting.highest_celsius:
        raise BadMessage(f"placement of {probe}: lowest_celsius must be below highest_celsius")
    return Spot(
        probe=probe,
        unit=UnitId(identifier(setting.unit)),
        place=setting.place,
        plausible=Range(setting.lowest_celsius, setting.highest_celsius),
        offset=offsets.get(probe, 0.0),
    )


def profile_of(unit: str, config: Config) -> Profile:
    """Return what the server has the box judge `unit` by: critical limits, and what is to be made of warm milk."""
    cooling = config.cooling.get(unit)
    return Profile(
        name="config",
        title="",
        source=_SOURCE,
        limits=tuple(map(limit_of, config.limits[unit])),
        cumulative=tuple(map(cumulative_of, config.cumulative.get(unit, ()))),
        cooling=None
        if cooling is None
        else Cooling(celsius=cooling.celsius, for_s=cooling.for_s, longest_s=cooling.longest_s, source=_SOURCE),
    )


def limit_of(setting: LimitSetting) -> Limit:
    """Return the limit a device judges by: critical, clearing 0.5 °C (the probe's uncertainty) on the good side, after
    as long as it takes to raise, at most ten minutes."""
    try:
        side = Side(setting.side)
    except ValueError:
        raise BadMessage(f"limit {setting.name!r}: side must be above or below, not {setting.side!r}") from None
    return Limit(
        name=setting.name,
        side=side,
        celsius=setting.celsius,
        inclusive=setting.inclusive,
        for_s=setting.for_s,
        clear_celsius=setting.celsius + (-_HYSTERESIS if side is Side.ABOVE else _HYSTERESIS),
        clear_for_s=min(setting.for_s, _LONGEST_CLEARING_S),
        level=Level.CRITICAL,
        source=_SOURCE,
    )


def cumulative_of(setting: CumulativeSetting) -> Cumulative:
    """Return the limit on warm hours put together, which clears as any other."""
    return Cumulative(
        name=setting.name,
        celsius=setting.celsius,
        inclusive=setting.inclusive,
        for_s=setting.for_s,
        window_s=setting.window_s,
        clear_celsius=setting.celsius - _HYSTERESIS,
        clear_for_s=min(setting.for_s, _LONGEST_CLEARING_S),
        level=Level.CRITICAL,
        source=_SOURCE,
    )


def _capacity(setting: CapacitySetting) -> Capacity:
    """Return what was learnt, as far as it fits: of another number of bands nothing is known here."""
    fits = len(setting.slowest_s) == len(Capacity().slowest_s)
    return Capacity(took_s=setting.took_s, slowest_s=setting.slowest_s) if fits else Capacity()


def _milk_terms(setting: MilkSetting) -> MilkTerms:
    try:
        species = Species(setting.species)
    except ValueError:  # one that only a newer version knows: nobody here can say how long it keeps
        species = Species.CAMEL
    return MilkTerms(
        zone=setting.zone,
        species=species,
        offset_log10=setting.offset_log10,
        tested=setting.tested,
        needed_at=setting.needed_at,
        milked_at=setting.milked_at,
        warm_celsius=setting.warm_celsius,
        lag_s=setting.lag_s,
    )


def _told(setting: MilkSetting) -> tuple[Noted, ...]:
    return tuple(one for one in map(noted_of, setting.events) if one is not None)
