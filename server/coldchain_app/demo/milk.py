"""The milk of a demo: what somebody told of it on the pages when it was poured in, and of what age nobody knows."""

from types import MappingProxyType

from coldchain_judgement.milk.events import MilkIn
from coldchain_judgement.milk.kinds import Milked, Species
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_server.actions import Actions, MilkTold
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.viewer import Viewer

_WHO = "demo"


def _milked(hours_ago: float, *, species: Species = Species.COW) -> MilkIn:
    """Return milk that is poured in at 0 ms, milked before that."""
    return MilkIn(at_ms=0, milked=Milked.JUST_NOW, milked_ms=-round(hours_ago * HOUR_MS), species=species)


_TOLD = MappingProxyType(
    {
        "menaka-1": _milked(1.0),
        "menaka-2": _milked(0.5),
        "anderamboukane-1": _milked(1.5),
        "anderamboukane-2": _milked(1.0, species=Species.CAMEL),
        "tillia-1": MilkIn(at_ms=0, milked=Milked.UNKNOWN),
    }
)
"""Of the last cooler nobody has told anything."""


def tell_of_milk(fleet: Fleet, actions: Actions, *, at_ms: int) -> None:
    """Tell of the milk in each cooler as somebody there would have at `at_ms`, when it was poured in."""
    viewer = Viewer(name=_WHO, role=Role.ADMIN)
    for unit, milk in _TOLD.items():
        if unit not in fleet.units:
            continue
        milked_ms = None if milk.milked_ms is None else at_ms + milk.milked_ms
        event = MilkIn(at_ms=at_ms, milked=milk.milked, milked_ms=milked_ms, species=milk.species)
        actions.tell_milk(viewer, MilkTold(key=f"demo-{unit}", unit=unit, event=event, who=_WHO, channel="page"))
