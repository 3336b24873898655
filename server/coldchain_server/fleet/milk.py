"""By what a site's milk is judged, as the fleet file says."""

from coldchain_judgement.milk.terms import MilkTerms
from coldchain_server.fleet.model import Place, Site

_LAG_S = {Place.MILK: 300, Place.WALL: 900}
"""How far in time a probe in a bottle that stands for the milk, and one at a can's wall, are from the milk itself.
Estimates of this project; they widen what is known while the temperature changes, and do nothing while it stands."""


def milk_terms(site: Site, place: Place | None) -> MilkTerms:
    """Return what the milk of a unit is judged by, whose voice sits at `place`, or that has none."""
    needed = sorted({*site.collected_at, *site.market_at})
    return MilkTerms(
        zone=site.zone.key,
        species=site.species[0],
        offset_log10=site.offset_log10,
        tested=site.tested,
        needed_at=tuple(at.isoformat("minutes") for at in needed),
        milked_at=site.milked_at.isoformat("minutes"),
        lag_s=0 if place is None else _LAG_S.get(place, 0),
    )
