"""What is known to have happened to the milk, placed on the alarm's own time. Pure."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import MilkEventSetting
from coldchain_device.milk.told import Told
from coldchain_judgement.milk.events import Event, MilkIn
from coldchain_judgement.milk.kinds import Milked


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """One event by its id, which never changes: what corrects it has another. `boot_id` and `uptime_ms` are of what was
    told at this box; elsewhere only the instant is known."""

    id: str
    event: Event
    boot_id: str = ""
    uptime_ms: int = 0


Notes = Mapping[UnitId, tuple[Noted, ...]]


def noted(told: Iterable[Told], elsewhere: Notes) -> Notes:
    """Return all that counts, unit by unit: what was `told` at the box, and what the server knows besides."""
    own = [(one.unit, Noted(id=one.id, event=one.event(one.at_ms or 0), boot_id=one.boot_id, uptime_ms=one.uptime_ms))
           for one in told]  # fmt: skip
    ids = {one.id for _, one in own}
    units = {unit for unit, _ in own} | set(elsewhere)
    return {
        unit: (
            *(one for of, one in own if of == unit),
            *(one for one in elsewhere.get(unit, ()) if one.id not in ids),
        )
        for unit in units
    }


def noted_of(setting: MilkEventSetting) -> Noted | None:
    """Return what the server tells; None for an event of a kind that this version does not know."""
    try:
        return Noted(id=setting.id, event=msgspec.convert(setting.event, Event))
    except msgspec.ValidationError:
        return None


def due(
    notes: Iterable[Noted], *, base_of: Callable[[str], int | None], after_ms: int, until_ms: int, clock_known: bool
) -> tuple[Event, ...]:
    """Return the events later than `after_ms` and not later than `until_ms`, the first one first.

    `base_of` a boot is what is added to its uptime to have the alarm's time, None where that is not known. While nobody
    knows the time of day, "this morning" says nothing.
    """
    placed = [(_instant_ms(one, base_of), one.event) for one in notes]
    events = [msgspec.structs.replace(event, at_ms=at_ms) for at_ms, event in placed if after_ms < at_ms <= until_ms]
    events.sort(key=lambda event: event.at_ms)
    return tuple(events) if clock_known else tuple(map(_without_a_clock, events))


def heard(notes: Notes, *, base_of: Callable[[str], int | None]) -> dict[str, int]:
    """Return the ids of all events and where each lies on the alarm's time."""
    return {one.id: _instant_ms(one, base_of) for of_unit in notes.values() for one in of_unit}


def _instant_ms(one: Noted, base_of: Callable[[str], int | None]) -> int:
    """What is told at the box is told after the reading that was taken in the same millisecond."""
    base_ms = base_of(one.boot_id) if one.boot_id else None
    return one.event.at_ms if base_ms is None else base_ms + one.uptime_ms + 1


def _without_a_clock(event: Event) -> Event:
    if isinstance(event, MilkIn) and event.milked is Milked.THIS_MORNING:
        return msgspec.structs.replace(event, milked=Milked.UNKNOWN, milked_ms=None)
    return event
