"""Who speaks for which unit at an instant: the probe nearest to the milk, and whether it tells by itself. Pure."""

from collections import defaultdict

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId
from coldchain_server.fleet.model import Fleet, Place, Placement

_NEAREST_FIRST = (Place.MILK, Place.WALL, Place.AIR, Place.AMBIENT)


class Voice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A probe that speaks for its unit. `live` is one that tells by itself, as it measures, and so can fall silent."""

    unit: UnitId
    site: SiteId
    device: DeviceId
    probe: ProbeUrn
    live: bool


def voices(fleet: Fleet, at_ms: int) -> tuple[Voice, ...]:
    """Return the voice of every unit that has one, or several where they are equally near."""
    held: dict[UnitId, list[Placement]] = defaultdict(list)
    for placement in fleet.placements:
        if placement.holds(at_ms):
            held[placement.unit].append(placement)
    return tuple(_voice(fleet, placement) for placements in held.values() for placement in _nearest(fleet, placements))


def voice_of(fleet: Fleet, unit: UnitId, at_ms: int) -> Voice | None:
    """Return the voice of one unit, the first of several; None where nothing measures it."""
    placements = [placement for placement in fleet.placements_of(unit) if placement.holds(at_ms)]
    return next((_voice(fleet, placement) for placement in _nearest(fleet, placements)), None)


def _nearest(fleet: Fleet, placements: list[Placement]) -> list[Placement]:
    ranks = [(fleet.teller(one).confidence.turn, _NEAREST_FIRST.index(one.place)) for one in placements]
    return [placement for placement, rank in zip(placements, ranks, strict=True) if rank == min(ranks)]


def _voice(fleet: Fleet, placement: Placement) -> Voice:
    return Voice(
        unit=placement.unit,
        site=fleet.units[placement.unit].site,
        device=placement.device,
        probe=placement.probe,
        live=fleet.teller(placement).live,
    )
