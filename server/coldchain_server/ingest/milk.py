"""What is told of the milk at a box: what it must be like to be entered, and as what."""

from coldchain_contract.errors import BadMessage
from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_contract.messages import MilkTold
from coldchain_contract.topics import Topic
from coldchain_judgement.milk.events import Emptied, Event, MilkIn
from coldchain_judgement.milk.kinds import Milked
from coldchain_server.fleet.model import Fleet
from coldchain_server.milk.rows import Telling

CHANNEL = "box"


def telling_of(told: MilkTold, topic: Topic) -> Telling:
    """Return what is entered of a box's word."""
    return Telling(
        key=told.id,
        site=topic.site,
        unit=told.unit,
        event=_event(told),
        who=f"box {topic.device}",
        channel=CHANNEL,
    )


def check_milk(told: MilkTold, *, site: SiteId, fleet: Fleet) -> None:
    """Raise `BadMessage` where `told` is not about a unit of `site`, or says what no box can tell."""
    unit = fleet.units.get(UnitId(told.unit))
    if unit is None or unit.site != site:
        raise BadMessage(f"milk: {told.unit!r} is no unit of site {site}")
    _event(told)


def _event(told: MilkTold) -> Event:
    if told.kind == "emptied":
        return Emptied(at_ms=told.at_ms)
    if told.kind != "milk-in":
        raise BadMessage(f"milk: {told.kind!r} is neither milk-in nor emptied")
    try:
        return MilkIn(at_ms=told.at_ms, milked=Milked(told.milked))
    except ValueError:
        allowed = ", ".join(milked.value for milked in Milked)
        raise BadMessage(f"milk: milked must be one of {allowed}, not {told.milked!r}") from None
