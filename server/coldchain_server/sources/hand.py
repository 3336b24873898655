"""What a person read off a thermometer: what is taken, what is refused, and what is asked back."""

import enum
from collections.abc import Iterator

import msgspec

from coldchain_server.errors import BadEntry
from coldchain_server.fleet.model import Fleet, Placement, Unit, UnitKind
from coldchain_server.fleet.source import SourceKind

OLDEST_S = 24 * 3600
"""How long ago a thermometer may have been read: what is older nobody remembers to the minute."""

USUAL: dict[UnitKind, tuple[float, float]] = {
    UnitKind.COOLER: (-2.0, 30.0),
    UnitKind.FREEZER: (-35.0, 10.0),
    UnitKind.TANK: (-2.0, 35.0),
    UnitKind.TRANSPORT: (-2.0, 35.0),
    UnitKind.PASTEURISER: (2.0, 90.0),
}
"""Beyond it a temperature by hand is asked back, °C: most often a decimal point, or a sign, was left out."""


class Refusal(enum.Enum):
    """Why a reading by hand is not taken as it is."""

    NO_NUMBER = "no-number"
    IMPOSSIBLE = "impossible"
    TOO_OLD = "too-old"
    FUTURE = "future"
    NOT_MEASURED = "not-measured"  # nothing is measured by hand in that unit


class Refused(BadEntry):
    """A reading by hand that is not taken; `why` says which sentence the person is told."""

    def __init__(self, why: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.why = why


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """An unusual temperature that is asked back; `meant` is what it may have been meant to be."""

    celsius: float
    meant: float | None


def measured_by_hand(fleet: Fleet, now_ms: int) -> Iterator[tuple[Unit, Placement]]:
    """Yield every unit that somebody measures by hand now, with the placement that such a reading belongs to."""
    for placement in fleet.placements:
        source = fleet.sources.get(placement.device)
        if source is not None and source.kind is SourceKind.HAND and placement.holds(now_ms):
            yield fleet.units[placement.unit], placement


def check(celsius: float, at_ms: int, *, placement: Placement, now_ms: int) -> None:
    """Raise `Refused` for a temperature that cannot be there, or a time that cannot be told."""
    if not placement.lowest_celsius <= celsius <= placement.highest_celsius:
        span = f"{placement.lowest_celsius:g} to {placement.highest_celsius:g}"
        raise Refused(Refusal.IMPOSSIBLE, f"{celsius:g} °C cannot be there; only {span} °C")
    if at_ms > now_ms:
        raise Refused(Refusal.FUTURE, "it has not been that late yet")
    if at_ms < max(now_ms - OLDEST_S * 1000, placement.from_ms):
        raise Refused(Refusal.TOO_OLD, "a thermometer's reading is told within a day, and since it is read there")


def doubt(celsius: float, kind: UnitKind) -> Doubt | None:
    """Return the question back about an unusual temperature, None for a usual one."""
    lowest, highest = USUAL[kind]
    if lowest <= celsius <= highest:
        return None
    guesses = (-celsius, celsius / 10)
    return Doubt(celsius=celsius, meant=next((guess for guess in guesses if lowest <= guess <= highest), None))


def celsius_typed(text: str) -> float:
    """Return a temperature as people type it, to a tenth: with a comma, a point, a unit, in any digits."""
    plain = text.strip().casefold().replace(",", ".").replace("٫", ".").replace("−", "-").removesuffix("c")
    plain = plain.rstrip(" °º").replace(" ", "")
    try:
        if not plain or plain.strip("+-.").strip("0123456789٠١٢٣٤٥٦٧٨٩.") or len(plain) > _LONGEST:
            raise ValueError(plain)
        return round(float(plain), 1) + 0.0  # no −0.0
    except ValueError:
        raise Refused(Refusal.NO_NUMBER, f"{text.strip()[:20]!r} is no temperature, such as 4.5") from None


_LONGEST = 8
