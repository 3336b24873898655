"""The pictograms of the pages, as strokes on a field of 24 by 24."""

import math
from types import MappingProxyType

import msgspec
from PIL import ImageDraw

from coldchain_judgement.advice import Action, When

_STROKE = 1.8
_ARC_STEP_DEGREES = 6

Point = tuple[float, float]


class Line(msgspec.Struct, frozen=True):
    """A line through points; `filled` is the area within."""

    points: tuple[Point, ...]
    filled: bool = False


class Circle(msgspec.Struct, frozen=True):
    """A circle or a part of one, in degrees clockwise from the right."""

    x: float
    y: float
    radius: float
    filled: bool = False
    start: float = 0
    end: float = 360


Stroke = Line | Circle


def _line(*numbers: float, filled: bool = False) -> Line:
    return Line(tuple(zip(numbers[::2], numbers[1::2], strict=True)), filled=filled)


def _rays(x: float, y: float, inner: float, outer: float, angles: tuple[int, ...]) -> tuple[Line, ...]:
    return tuple(
        _line(
            *(x + inner * math.cos(math.radians(angle)), y + inner * math.sin(math.radians(angle))),
            *(x + outer * math.cos(math.radians(angle)), y + outer * math.sin(math.radians(angle))),
        )
        for angle in angles
    )


_HALF_SUN = (_line(1.5, 18, 22.5, 18), Circle(12, 18, 6, start=180, end=360))
_PLUG = (
    _line(8, 2, 8, 7),
    _line(16, 2, 16, 7),
    _line(5, 7, 19, 7),
    _line(5, 7, 5, 11),
    _line(19, 7, 19, 11),
    Circle(12, 11, 7, start=0, end=180),
    _line(12, 18, 12, 22),
)

PICTOGRAMS = MappingProxyType[str, tuple[Stroke, ...]](
    {
        "lid": (
            _line(3, 9, 3, 21, 21, 21, 21, 9),
            _line(2, 5, 22, 5, 22, 9, 2, 9, 2, 5),
            _line(12, 0.5, 12, 4),
            _line(10, 2.4, 12, 4.2, 14, 2.4),
            _line(9.5, 15, 14.5, 15, 14.5, 18.5, 9.5, 18.5, 9.5, 15),
            Circle(12, 14, 1.6, start=180, end=360),
        ),
        "tube": (
            _line(6.5, 2, 17.5, 2),
            _line(8, 2, 8, 18),
            _line(16, 2, 16, 18),
            Circle(12, 18, 4, start=0, end=180),
            _line(8, 11, 16, 11, 16, 18, 8, 18, filled=True),
            Circle(12, 18, 4, filled=True),
        ),
        "plug": _PLUG,
        "eye": (
            Circle(12, 19.5, 12.5, start=217, end=323),
            Circle(12, 4.5, 12.5, start=37, end=143),
            Circle(12, 12, 3.5, filled=True),
        ),
        "wrench": (
            _line(13.5, 12.5, 6.8, 19.2, 4.2, 19.8, 4.8, 17.2, 11.5, 10.5),
            Circle(16, 8, 4.6, start=-20, end=290),
            _line(20.3, 6.4, 16.6, 8.2, 15.6, 7.4, 17.6, 3.7),
        ),
        "snow": (
            _line(12, 2, 12, 22),
            _line(3.3, 7, 20.7, 17),
            _line(3.3, 17, 20.7, 7),
            _line(9.5, 3.5, 12, 6, 14.5, 3.5),
            _line(9.5, 20.5, 12, 18, 14.5, 20.5),
        ),
        "flame": (
            _line(12, 2, 13.4, 5.4, 16.4, 8.6, 18, 12, 18, 14.4),
            Circle(12, 14.4, 6, start=0, end=180),
            _line(6, 14.4, 6.6, 11.2, 8.6, 8.4, 9.6, 10.8, 10.6, 11.4, 10.8, 7, 12, 2),
        ),
        "coin": (Circle(12, 12, 9.5), Circle(12, 12, 5.5), _line(12, 9.5, 12, 14.5)),
        "pot": (
            _line(4, 10, 4, 18, 6, 20, 18, 20, 20, 18, 20, 10, 3, 10),
            _line(20, 10, 22, 10),
            _line(8, 7, 9, 5, 8, 3),
            _line(12, 7, 13, 5, 12, 3),
            _line(16, 7, 17, 5, 16, 3),
        ),
        "nocup": (_line(6, 3, 8, 21, 16, 21, 18, 3, 6, 3), _line(7, 9, 17, 9), _line(2, 2, 22, 22)),
        "down": (_line(12, 3, 12, 20), _line(6, 14, 12, 20, 18, 14)),
        "thermometer": (
            _line(9, 13.5, 9, 4.5),
            _line(14, 13.5, 14, 4.5),
            Circle(11.5, 4.5, 2.5, start=180, end=360),
            Circle(11.5, 17.3, 4.4, filled=True),
            _line(17, 5, 21, 5),
            _line(17, 9, 20, 9),
        ),
        "clock": (Circle(12, 12, 9.5), _line(12, 6, 12, 12, 16, 14.5)),
        "sun": (Circle(12, 12, 4.5, filled=True), *_rays(12, 12, 7.6, 10.6, tuple(range(0, 360, 45)))),
        "sunset": (*_HALF_SUN, _line(12, 3, 12, 11), _line(8.5, 8, 12, 11.5, 15.5, 8)),
        "sunrise": (*_HALF_SUN, _line(12, 11, 12, 3), _line(8.5, 6.5, 12, 3, 15.5, 6.5)),
        "home": (
            _line(3, 12, 12, 4, 21, 12),
            _line(6, 10, 6, 20, 18, 20, 18, 10),
            Circle(12, 15, 3, start=40, end=320),
            Circle(13.6, 14.2, 2.2, start=75, end=290),
        ),
    }
)

ACTIONS = MappingProxyType(
    {
        Action.NOTHING: ("clock",),
        Action.KEEP_CLOSED: ("lid",),
        Action.KEEP_CLOSED_AND_TEST: ("lid", "tube"),
        Action.LESS_COLD: ("snow", "down"),
        Action.NOT_HEATED: ("flame", "tube"),
        Action.LESS_HEAT: ("flame", "down"),
        Action.SEE_POWER: ("eye", "plug"),
        Action.MEASURE: ("thermometer",),
        Action.CALL_TECHNICIAN: ("lid", "tube", "wrench"),
        Action.SELL: ("coin",),
        Action.BOIL_OR_FERMENT: ("pot",),
        Action.TEST_BEFORE_SELLING: ("tube",),
        Action.NOT_FOR_DRINKING: ("nocup",),
        Action.WAIT: ("clock",),
    }
)
"""The same pictures as on the pages."""

WHENS = MappingProxyType({When.BEFORE_MIDDAY: "sun", When.BEFORE_EVENING: "sunset", When.IN_THE_MORNING: "sunrise"})


def draw(
    canvas: ImageDraw.ImageDraw, name: str, *, at: Point, side: float, colour: str, width: float = _STROKE
) -> None:
    """Draw a pictogram with its upper left corner `at`, `side` pixels a side."""
    scale = side / 24
    thick = max(1, round(width * scale))
    for stroke in PICTOGRAMS[name]:
        points = [(at[0] + x * scale, at[1] + y * scale) for x, y in _points(stroke)]
        if stroke.filled:
            canvas.polygon(points, fill=colour)
        else:
            canvas.line(points, fill=colour, width=thick, joint="curve")
            for x, y in (points[0], points[-1]):  # round ends
                canvas.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=colour)


def _points(stroke: Stroke) -> tuple[Point, ...]:
    if isinstance(stroke, Line):
        return stroke.points
    steps = max(2, round((stroke.end - stroke.start) / _ARC_STEP_DEGREES))
    angles = (math.radians(stroke.start + (stroke.end - stroke.start) * step / steps) for step in range(steps + 1))
    return tuple((stroke.x + stroke.radius * math.cos(one), stroke.y + stroke.radius * math.sin(one)) for one in angles)
