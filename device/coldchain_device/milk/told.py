"""What was told of the milk at the box, as the card keeps it until the server has it, and for some time after. Pure."""

import enum
from collections.abc import Callable, Collection

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import MilkTold
from coldchain_device.clock import Stamp
from coldchain_judgement.milk.events import Emptied, MilkIn
from coldchain_judgement.milk.kinds import Milked

SLIP_MS = 30_000
"""Whoever miscounts presses again at once: what is told of a unit within that takes the place of what was."""
MOST_KEPT, MOST_WAITING = 50, 500


class Said(enum.Enum):
    """What the presses of a milk button say."""

    JUST_MILKED = Milked.JUST_NOW.value
    THIS_MORNING = Milked.THIS_MORNING.value
    OLDER = Milked.UNKNOWN.value
    EMPTIED = "emptied"

    @property
    def presses(self) -> int:
        """How many short presses say it; 0 is one long one."""
        return {Said.JUST_MILKED: 1, Said.THIS_MORNING: 2, Said.OLDER: 3}.get(self, 0)


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One word on a unit, how long into which boot it was said, and the instant of that, once it is known.

    `corrects` is the id of the word whose place it takes.
    """

    id: str
    unit: UnitId
    said: Said
    boot_id: str
    uptime_ms: int
    at_ms: int | None = None
    corrects: str | None = None
    confirmed: bool = False

    def event(self, at_ms: int) -> MilkIn | Emptied:
        """Return what the milk is judged by."""
        if self.said is Said.EMPTIED:
            return Emptied(at_ms=at_ms)
        return MilkIn(at_ms=at_ms, milked=Milked(self.said.value))

    def message(self) -> MilkTold | None:
        """Return what the server is told; None while the instant is not known."""
        if self.at_ms is None:
            return None
        emptied = self.said is Said.EMPTIED
        return MilkTold(
            id=self.id,
            unit=self.unit,
            at_ms=self.at_ms,
            kind="emptied" if emptied else "milk-in",
            milked="" if emptied else self.said.value,
            corrects=self.corrects,
        )


Words = tuple[Told, ...]
"""In the order in which they were told."""


def telling(words: Words, said: Said, *, unit: UnitId, word_id: str, stamp: Stamp) -> Words:
    """Return the words with a new one, told at `stamp`; of the oldest, only as many are kept as are worth it."""
    told = Told(
        id=word_id,
        unit=unit,
        said=said,
        boot_id=stamp.boot_id,
        uptime_ms=stamp.uptime_ms,
        at_ms=stamp.wall_ms if stamp.trusted else None,
        corrects=_slip(words, unit=unit, stamp=stamp),
    )
    return (*_worth_keeping(words), told)


def in_force(words: Words, withdrawn: Collection[str] = ()) -> Words:
    """Return the words that count: none that another one corrects, and none of those `withdrawn` elsewhere."""
    corrected = {one.corrects for one in words}
    return tuple(one for one in words if one.id not in corrected and one.id not in withdrawn)


def confirmed(words: Words, ids: Collection[str]) -> Words:
    """Return the words once the server has those of `ids`."""
    return tuple(msgspec.structs.replace(one, confirmed=True) if one.id in ids else one for one in words)


def waiting(words: Words) -> Words:
    """Return what the server is still to be told, and can be; what was corrected before it could be is not worth it."""
    return tuple(one for one in in_force(words) if not one.confirmed and one.at_ms is not None)


def dated(words: Words, stamp: Stamp) -> Words:
    """Return the words told in the boot of a trusted `stamp`, dated by it; what the server has keeps its instant."""
    began_ms = stamp.wall_ms - stamp.uptime_ms
    return tuple(
        one
        if one.confirmed or one.boot_id != stamp.boot_id
        else msgspec.structs.replace(one, at_ms=max(0, began_ms + one.uptime_ms))
        for one in words
    )


def recovered(words: Words, instant_of: Callable[[str, int], int | None]) -> Words:
    """Return the words with those dated that no clock could date, by `instant_of` a boot and an uptime."""
    return tuple(
        one if one.at_ms is not None else msgspec.structs.replace(one, at_ms=instant_of(one.boot_id, one.uptime_ms))
        for one in words
    )


def _slip(words: Words, *, unit: UnitId, stamp: Stamp) -> str | None:
    last = next((one for one in reversed(words) if one.unit == unit), None)
    if last is None or last.boot_id != stamp.boot_id or stamp.uptime_ms - last.uptime_ms > SLIP_MS:
        return None
    return last.id


def _worth_keeping(words: Words) -> Words:
    """Return what the server does not have yet, and the last of the others."""
    lately = {one.id for one in words[-MOST_KEPT:]}
    return tuple(one for one in words if not one.confirmed or one.id in lately)[-MOST_WAITING:]
