"""The fleet without the probes that somebody called faulty. Pure."""

from collections.abc import Mapping

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.fleet.model import Fleet, Placement


def without(fleet: Fleet, aside: Mapping[ProbeUrn, int]) -> Fleet:
    """Return the fleet in which each of these probes has left its place at the instant it was set aside.

    What it measured before that stands; from then on the next nearest probe speaks for the unit, or none does.
    """
    if not aside:
        return fleet
    return msgspec.structs.replace(fleet, placements=tuple(_until(one, aside) for one in fleet.placements))


def _until(placement: Placement, aside: Mapping[ProbeUrn, int]) -> Placement:
    at_ms = aside.get(placement.probe)
    if at_ms is None or not placement.holds(at_ms):
        return placement
    return msgspec.structs.replace(placement, to_ms=at_ms)
