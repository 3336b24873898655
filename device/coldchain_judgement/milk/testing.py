"""Quality tests: what each can show, what is usual, when it refuses the milk, and what it says of how many bacteria.

What a test shows is a judgement of this project where no source is named. A test that was passed lengthens no time.
"""

import math

import msgspec

from coldchain_judgement.errors import BadTest
from coldchain_judgement.milk.events import Tested
from coldchain_judgement.milk.kinds import Look, QualityTest

STRENGTHS = (60.0, 80.0)
"""Per cent of alcohol that milk is tested with; weaker than 68 % it shows less, which is unusual."""
_USUAL_STRENGTH = 68.0
_AT_CELSIUS, _PER_CELSIUS, _MOST_CORRECTED = 20.0, 0.0002, 10.0
_LEAST_DEGREES = 10.0
_MOST_PERCENT_ACID = 1.5


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """What a test that is a number can show: `low` to `high`, else it is a slip of the pen; usually from `usual_from`
    to `usual_to`; it refuses the milk below `fails_below` and above `fails_above`."""

    unit: str
    low: float
    high: float
    usual_from: float | None = None
    usual_to: float | None = None
    fails_below: float | None = None
    fails_above: float | None = None


SCALES = {
    # usual 15-18 (AFNOR 16-18); beyond 20 refused, from 21 on it clots in alcohol (agrimoon)
    QualityTest.ACIDITY: Scale(unit="°D", low=5, high=130, usual_from=15, usual_to=18, fails_above=20),
    # usual 6.6-6.8 (chatpfe); that below 6.5 it sours is this project's judgement
    QualityTest.PH: Scale(unit="pH", low=3.5, high=9, usual_from=6.6, usual_to=6.8, fails_below=6.5),
    # at 20 °C; cows' 1.027-1.033 (Milkotester); zebus' and camels' differ, so nothing is refused
    QualityTest.DENSITY: Scale(unit="g/ml", low=1.0, high=1.05, usual_from=1.028, usual_to=1.033),
    QualityTest.TEMPERATURE: Scale(unit="°C", low=-2, high=45, usual_to=10),
    # BIS 1479-3: from 3 h good, under half an hour poor
    QualityTest.METHYLENE_BLUE: Scale(unit="h", low=0, high=12, usual_from=3, fails_below=0.5),
    QualityTest.RESAZURIN: Scale(unit="disc", low=0, high=6, usual_from=4, fails_below=1),
    QualityTest.FAT: Scale(unit="%", low=0, high=15, usual_from=3.2, usual_to=6),
    QualityTest.FREEZING_POINT: Scale(unit="°C", low=-0.8, high=0, usual_to=-0.52),
    QualityTest.PLATE_COUNT: Scale(unit="/ml", low=1, high=1e10, usual_to=1e6, fails_above=2e6),
    QualityTest.SOMATIC_CELLS: Scale(unit="/ml", low=1e3, high=2e7, usual_to=4e5),
    QualityTest.COLIFORMS: Scale(unit="/ml", low=0, high=1e9, usual_to=1e3),
}
"""The tests that are a number. The others are passed or not."""

SPOILED_LOG10 = 7.0
"""The count that spoils milk to the senses (Schröder 1982): what clots, sours or smells has at least so many."""
SOURED_LOG10 = 8.0
"""Products of pH 4.3 had 10^8.1 (Bonfoh 2002): milk that has not soured has fewer. Cold milk sours later than that."""


def entered(
    test: QualityTest,
    *,
    at_ms: int,
    failed: bool = False,
    value: float | None = None,
    percent: float | None = None,
    look: Look | None = None,
    celsius: float | None = None,
) -> Tested:
    """Return a test as an event. Of a number the limits say whether it failed; else who did it says `failed`.

    Acidity may be told in per cent and density in degrees of a lactometer; `celsius` is how warm the milk was whose
    density was read. Raises `BadTest` for what cannot be, naming what can.
    """
    scale = SCALES.get(test)
    if scale is not None:
        read = _in_unit(test, _told(test, value), celsius=celsius)
        if not scale.low <= read <= scale.high:
            raise BadTest(f"{test.value} is {scale.low:g} to {scale.high:g} {scale.unit}, not {read:g}")
        return Tested(at_ms=at_ms, test=test, failed=_is_refused(read, scale), value=read)
    if test is QualityTest.ALCOHOL:
        percent = _USUAL_STRENGTH if percent is None else percent
        if not STRENGTHS[0] <= percent <= STRENGTHS[1]:
            raise BadTest(f"milk is tested with alcohol of 60 to 80 %, not {percent:g} %")
        return Tested(at_ms=at_ms, test=test, failed=failed, percent=percent)
    look = look if test is QualityTest.LOOK_AND_SMELL else None
    return Tested(at_ms=at_ms, test=test, failed=failed or look is not None, look=look)


def is_unusual(event: Tested) -> bool:
    """Return whether a test that refuses nothing shows what is to be looked at again."""
    scale, value = SCALES.get(event.test), event.value
    if event.test is QualityTest.ALCOHOL:
        return event.percent is not None and event.percent < _USUAL_STRENGTH and not event.failed
    if scale is None or value is None or event.failed:
        return False
    low = scale.usual_from is not None and value < scale.usual_from
    return low or (scale.usual_to is not None and value > scale.usual_to)


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Between what the log10 of the count a ml was, as a test says; both are the same where it was counted."""

    at_least: float | None = None
    at_most: float | None = None


_SOURING = (QualityTest.CLOT_ON_BOILING, QualityTest.ALCOHOL, QualityTest.ACIDITY, QualityTest.PH)


def bounds(event: Tested) -> Bounds | None:
    """Return what a test says of how many bacteria there were; None of one that says nothing of that.

    A passed test of souring bounds them at 10^8 alone. Methylene blue and resazurin go with the count but weakly
    (Swaziland r 0.44 to 0.69; discs of the best class at up to 2.1·10^7), so each says next to nothing.
    """
    value = event.value
    match event.test:
        case test if test in _SOURING or (test is QualityTest.LOOK_AND_SMELL and _tells_of_souring(event)):
            return Bounds(at_least=SPOILED_LOG10) if event.failed else Bounds(at_most=SOURED_LOG10)
        case QualityTest.PLATE_COUNT if value is not None and value > 0:
            return Bounds(at_least=math.log10(value), at_most=math.log10(value))
        case QualityTest.METHYLENE_BLUE if value is not None:
            return _by_dye(poor=value < 0.5, good=value >= 5.0)
        case QualityTest.RESAZURIN if value is not None:
            return _by_dye(poor=value < 1, good=value >= 4)
    return None


def _tells_of_souring(event: Tested) -> bool:
    return not event.failed or event.look in (Look.CLOTS, Look.OFF_SMELL)


def _by_dye(*, poor: bool, good: bool) -> Bounds | None:
    if poor:
        return Bounds(at_least=SPOILED_LOG10)
    return Bounds(at_most=7.5) if good else None


def _told(test: QualityTest, value: float | None) -> float:
    if value is None or not math.isfinite(value):
        raise BadTest(f"{test.value} is a number of {SCALES[test].unit}")
    return value


def _in_unit(test: QualityTest, value: float, *, celsius: float | None) -> float:
    """Return a value in the unit of its scale, a density as it would be at 20 °C (0.0002 per °C, from memory)."""
    if test is QualityTest.ACIDITY and 0 < value < _MOST_PERCENT_ACID:
        return value * 100
    if test is not QualityTest.DENSITY:
        return value
    density = 1 + value / 1000 if value >= _LEAST_DEGREES else value
    if celsius is None:
        return round(density, 4)
    if abs(celsius - _AT_CELSIUS) > _MOST_CORRECTED:
        raise BadTest(f"density is read in milk of 10 to 30 °C, not {celsius:g} °C")
    return round(density + _PER_CELSIUS * (celsius - _AT_CELSIUS), 4)


def _is_refused(value: float, scale: Scale) -> bool:
    low = scale.fails_below is not None and value < scale.fails_below
    return low or (scale.fails_above is not None and value > scale.fails_above)
