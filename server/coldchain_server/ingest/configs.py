"""What the server wants each device to go by, out of the fleet."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import time
from typing import TypeVar

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import (
    LARGEST_MESSAGE_BYTES,
    CapacitySetting,
    Config,
    CoolingSetting,
    CumulativeSetting,
    CurfewSetting,
    LimitSetting,
    MilkSetting,
    PlacementSetting,
    encode_message,
)
from coldchain_judgement.limits import Level, Profile
from coldchain_server.fleet.milk import milk_terms
from coldchain_server.fleet.model import Device, Fleet, Place, Placement, Site
from coldchain_server.ingest.told import ToldOf

T = TypeVar("T")
_LARGEST_BYTES = LARGEST_MESSAGE_BYTES - 20
"""The version comes in the end, and has up to ten digits."""


def config_for(
    device: Device,
    fleet: Fleet,
    *,
    now_ms: int,
    capacities: Mapping[UnitId, CapacitySetting] = {},
    told: Mapping[UnitId, ToldOf] = {},
) -> Config:
    """Return the config of `device`: its placements that hold now, the critical limits of their units, their curfew,
    what is learnt of how they cool, and what was told of their milk.

    The version is a check sum of the rest, never 0: the same config has the same version wherever it is made.
    """
    placements = [p for p in fleet.placements if p.device == device.id and p.holds(now_ms)]
    units = sorted({placement.unit for placement in placements})
    profiles = {unit: fleet.profiles[fleet.units[unit].profile] for unit in units}
    config = Config(
        version=0,
        sample_s=device.sample_s,
        report_s=device.report_s,
        placements=tuple(
            PlacementSetting(
                probe=placement.probe,
                unit=placement.unit,
                place=placement.place.value,
                lowest_celsius=placement.lowest_celsius,
                highest_celsius=placement.highest_celsius,
            )
            for placement in placements
        ),
        limits={unit: _critical_limits(profile) for unit, profile in profiles.items()},
        labels={unit: fleet.units[unit].name for unit in units},
        curfew=_curfew(fleet.sites[device.site]),
        cumulative=_present({unit: _critical_cumulative(profile) for unit, profile in profiles.items()}),
        cooling=_present({unit: _cooling(profile) for unit, profile in profiles.items()}),
        capacity=_present({unit: capacities.get(unit) for unit in units}),
        milk={
            unit: _milk(fleet.sites[device.site], unit, placements, told.get(unit, ToldOf()))
            for unit in units
            if profiles[unit].raw_milk
        },
    )
    config = _fitting(config)
    return msgspec.structs.replace(config, version=zlib.crc32(encode_message(config)) or 1)


def _fitting(config: Config) -> Config:
    """Return a config that is a message: of what was told of the milk, the newest half is kept until it is."""
    while len(msgspec.json.encode(config)) > _LARGEST_BYTES and any(one.events for one in config.milk.values()):
        milk = {
            unit: msgspec.structs.replace(one, events=one.events[(len(one.events) + 1) // 2 :])
            for unit, one in config.milk.items()
        }
        config = msgspec.structs.replace(config, milk=milk)
    return config


def _critical_limits(profile: Profile) -> tuple[LimitSetting, ...]:
    return tuple(
        LimitSetting(
            name=limit.name,
            side=limit.side.value,
            celsius=limit.celsius,
            inclusive=limit.inclusive,
            for_s=limit.for_s,
        )
        for limit in profile.limits
        if limit.level is Level.CRITICAL
    )


def _critical_cumulative(profile: Profile) -> tuple[CumulativeSetting, ...]:
    return tuple(
        CumulativeSetting(
            name=limit.name,
            celsius=limit.celsius,
            inclusive=limit.inclusive,
            for_s=limit.for_s,
            window_s=limit.window_s,
        )
        for limit in profile.cumulative
        if limit.level is Level.CRITICAL
    )


def _cooling(profile: Profile) -> CoolingSetting | None:
    cooling = profile.cooling
    if cooling is None:
        return None
    return CoolingSetting(celsius=cooling.celsius, for_s=cooling.for_s, longest_s=cooling.longest_s)


def _curfew(site: Site) -> CurfewSetting:
    """Return the site's curfew; one that ends as it starts says that there is none."""
    starts, ends = site.curfew_from or time(0), site.curfew_to or time(0)
    return CurfewSetting(zone=site.zone.key, starts=f"{starts:%H:%M}", ends=f"{ends:%H:%M}")


def _milk(site: Site, unit: UnitId, placements: Sequence[Placement], told: ToldOf) -> MilkSetting:
    """Return by what a box judges the milk in a unit, and what it is to know of it; of it the box's voice is in the
    milk, or else at the wall."""
    places = {placement.place for placement in placements if placement.unit == unit}
    terms = milk_terms(site, next((place for place in (Place.MILK, Place.WALL) if place in places), None))
    return MilkSetting(
        zone=terms.zone,
        species=terms.species.value,
        offset_log10=terms.offset_log10,
        tested=terms.tested,
        needed_at=terms.needed_at,
        milked_at=terms.milked_at,
        warm_celsius=terms.warm_celsius,
        lag_s=terms.lag_s,
        events=told.events,
        withdrawn=told.withdrawn,
    )


def _present(settings: dict[UnitId, T | None]) -> dict[str, T]:
    """Leave out what is not set: a config is paid for by the byte."""
    return {unit: setting for unit, setting in settings.items() if setting}
