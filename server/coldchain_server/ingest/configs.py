"""What the server wants each device to go by, out of the fleet."""

import zlib

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import Config, LimitSetting, PlacementSetting, encode_message
from coldchain_judgement.limits import Level
from coldchain_server.fleet.model import Device, Fleet


def config_for(device: Device, fleet: Fleet, *, now_ms: int) -> Config:
    """Return the config of `device`: its placements that hold now, and the critical limits of their units.

    The version is a check sum of the rest, never 0: the same config has the same version wherever it is made.
    """
    placements = [p for p in fleet.placements if p.device == device.id and p.holds(now_ms)]
    units = sorted({placement.unit for placement in placements})
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
        limits={unit: _critical_limits(unit, fleet) for unit in units},
        labels={unit: fleet.units[unit].name for unit in units},
    )
    return msgspec.structs.replace(config, version=zlib.crc32(encode_message(config)) or 1)


def _critical_limits(unit: UnitId, fleet: Fleet) -> tuple[LimitSetting, ...]:
    return tuple(
        LimitSetting(
            name=limit.name,
            side=limit.side.value,
            celsius=limit.celsius,
            inclusive=limit.inclusive,
            for_s=limit.for_s,
        )
        for limit in fleet.profiles[fleet.units[unit].profile].limits
        if limit.level is Level.CRITICAL
    )
