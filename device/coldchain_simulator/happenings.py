"""What people do with a cooler: milk in and out, ice in, the door; given one by one or as a habit from a seed."""

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.clock import milliseconds


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """Milk poured in from `at_ms`, evenly over `for_s` seconds."""

    at_ms: int
    litres: float
    celsius: float = 35.0
    for_s: int = 600


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """Milk taken out at once: sold, boiled, or all of it (`litres` None)."""

    at_ms: int
    litres: float | None = None


class DoorOpening(msgspec.Struct, frozen=True, kw_only=True):
    at_ms: int
    for_s: int = 180


class IceLaid(msgspec.Struct, frozen=True, kw_only=True):
    """Ice at 0 °C laid on the evaporator."""

    at_ms: int
    kilograms: float


Happening = Fill | Drawing | DoorOpening | IceLaid


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """How a cooler is used on an ordinary day: filled in the hours of milking, sold from before midday.

    Amounts vary from day to day by `day_share` (one standard deviation). Milk arrives at `celsius` ± 1.
    """

    morning_litres: float = 8.0
    evening_litres: float = 5.0
    celsius: float = 35.0
    day_share: float = 0.2
    keeps_litres: float = 0.0
    doors_a_day: int = 4

    def day(self, day: date, *, zone: ZoneInfo, key: str) -> tuple[Happening, ...]:
        """Return what happens on one local day; the same `key` and day give the same happenings."""
        draw = random.Random(f"habit/{key}/{day.toordinal()}")
        made: list[Happening] = [
            self._fill(draw, day=day, zone=zone, litres=self.morning_litres, hours=(5.0, 9.0)),
            Drawing(at_ms=_local(day, zone=zone, hour=draw.uniform(10, 11.5)), litres=self._sold(draw)),
            self._fill(draw, day=day, zone=zone, litres=self.evening_litres, hours=(17.0, 20.0)),
        ]
        made += [
            DoorOpening(at_ms=_local(day, zone=zone, hour=draw.uniform(6, 20)), for_s=draw.randrange(60, 240))
            for _ in range(self.doors_a_day)
        ]
        return tuple(made)

    def _fill(
        self, draw: random.Random, *, day: date, zone: ZoneInfo, litres: float, hours: tuple[float, float]
    ) -> Fill:
        amount = max(0.0, litres * draw.gauss(1, self.day_share))
        return Fill(
            at_ms=_local(day, zone=zone, hour=draw.uniform(*hours)),
            litres=amount,
            celsius=self.celsius + draw.uniform(-1, 1),
        )

    def _sold(self, draw: random.Random) -> float | None:
        if not self.keeps_litres:
            return None
        return max(0.0, (self.morning_litres + self.evening_litres) * draw.gauss(1, self.day_share))


class Diary:
    """All happenings of one unit: those given, and those of its habit from `habit_from_ms` on, day by day."""

    def __init__(
        self,
        *,
        given: tuple[Happening, ...],
        habit: Habit | None,
        zone: ZoneInfo,
        key: str,
        habit_from_ms: int,
    ) -> None:
        self._given, self._habit, self._zone, self._key = given, habit, zone, key
        self._habit_from_ms = habit_from_ms
        self._day: date | None = None
        self._near: tuple[Happening, ...] = given

    def near(self, at_ms: int) -> tuple[Happening, ...]:
        """Return what is given, and the habit's happenings of the local day before, of, and after `at_ms`."""
        if self._habit is None:
            return self._given
        day = datetime.fromtimestamp(at_ms / 1000, self._zone).date()
        if day != self._day:
            self._day = day
            drawn = (
                happening
                for days in (-1, 0, 1)
                for happening in self._habit.day(day + timedelta(days=days), zone=self._zone, key=self._key)
            )
            self._near = self._given + tuple(one for one in drawn if one.at_ms >= self._habit_from_ms)
        return self._near


def poured_litres(fill: Fill, *, from_ms: int, to_ms: int) -> float:
    """Return how much of a fill is poured in from `from_ms` (included) to `to_ms` (not included)."""
    over_ms = max(1, fill.for_s * 1000)
    overlap = min(to_ms, fill.at_ms + over_ms) - max(from_ms, fill.at_ms)
    return fill.litres * max(0, overlap) / over_ms


def told(happening: Happening) -> tuple[str, str]:
    """Return what a happening is called in the log, and its amount."""
    match happening:
        case Fill(litres=litres, celsius=celsius):
            return "fill", f"{litres:.1f} L at {celsius:.1f} °C"
        case Drawing(litres=litres):
            return "drawing", "all" if litres is None else f"{litres:.1f} L"
        case DoorOpening(for_s=for_s):
            return "door", f"{for_s} s"
        case IceLaid(kilograms=kilograms):
            return "ice", f"{kilograms:.1f} kg"


def _local(day: date, *, zone: ZoneInfo, hour: float) -> int:
    return milliseconds(datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(seconds=round(hour * 3600)))
