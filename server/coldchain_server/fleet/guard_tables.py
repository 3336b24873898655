"""The fleet file's tables of limits of other kinds than a line and a duration, and what they become."""

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from coldchain_judgement.limits import Blend, Cooling, Cumulative, Guard, Level, Trend

_Celsius = Annotated[float, Meta(ge=-55, le=125, extra_json_schema={"unit": "°C"})]
_Rise = Annotated[float, Meta(gt=0, le=50, extra_json_schema={"unit": "°C"})]
_Seconds = Annotated[int, Meta(ge=0, le=7 * 86400, extra_json_schema={"unit": "s"})]
_Span = Annotated[int, Meta(ge=1, le=7 * 86400, extra_json_schema={"unit": "s"})]
_Days = Annotated[int, Meta(ge=900, le=3 * 86400, extra_json_schema={"unit": "s"})]
_Window = Annotated[int, Meta(ge=3600, le=7200, extra_json_schema={"unit": "s"})]
_Level = Annotated[Level, Meta(description="`critical` is told at any hour, `warning` waits for the curfew's end")]
_Source = Annotated[str, Meta(min_length=1, description="the standard, law or person it comes from")]
_ClearFor = Annotated[_Seconds, Meta(description="how long it must stay back before the breach is over")]
_Inclusive = Annotated[bool, Meta(description="whether exactly the line is already bad")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


G = TypeVar("G", Cumulative, Cooling, Blend, Trend)
T = TypeVar("T", bound=_Table)


class CumulativeTable(_Table, frozen=True, kw_only=True):
    """`[[profiles.ID.cumulative]]`: warm time put together."""

    name: Annotated[str, Meta(min_length=1, max_length=32, description="its name, once in its profile")]
    celsius: Annotated[_Celsius, Meta(description="the line above which time counts")]
    level: _Level
    source: _Source
    for_s: Annotated[_Span, Meta(description="how long in all before it is a breach")]
    window_s: Annotated[_Days, Meta(description="in how long; good values in between take nothing away")]
    inclusive: _Inclusive = False
    clear_celsius: Annotated[
        _Celsius | None, Meta(description="the line it must come back to; absent: the same line")
    ] = None
    clear_for_s: _ClearFor = 0


class CoolingTable(_Table, frozen=True, kw_only=True):
    """`[profiles.ID.cooling]`: warm milk poured in is cooled in such a unit, and no breach while it gets colder."""

    celsius: Annotated[_Celsius, Meta(description="what a fill is to be cooled to")]
    for_s: Annotated[_Span, Meta(description="in how long; a unit that usually cannot is too small for its fills")]
    source: _Source
    longest_s: Annotated[_Span, Meta(description="a fill that is still warm after this is not cooled")] = 129_600


class BlendTable(_Table, frozen=True, kw_only=True):
    """`[profiles.ID.blend]`: cold milk that warm milk was poured to."""

    celsius: Annotated[_Celsius, Meta(description="the line that a blend must not be above")]
    level: _Level
    source: _Source
    inclusive: _Inclusive = False
    for_s: Annotated[_Seconds, Meta(description="how long after the pouring it is looked at")] = 900
    clear_celsius: Annotated[
        _Celsius | None, Meta(description="the line it must come back to; absent: the same line")
    ] = None
    clear_for_s: _ClearFor = 0


class TrendTable(_Table, frozen=True, kw_only=True):
    """`[profiles.ID.trend]`: milk that gets warmer without a break."""

    celsius: Annotated[_Celsius, Meta(description="milk that is colder may get warmer")]
    rise_celsius: Annotated[_Rise, Meta(description="how much warmer")]
    level: _Level
    source: _Source
    window_s: Annotated[_Window, Meta(description="in how long at most; never less than an hour")] = 7200
    clear_for_s: _ClearFor = 1200


def guard_of(table: _Table | None, kind: type[G]) -> G | None:
    """Return the limit that a table describes, where there is one."""
    if table is None:
        return None
    given = msgspec.structs.asdict(table)
    if "clear_celsius" in given and given["clear_celsius"] is None:
        given["clear_celsius"] = given["celsius"]
    return msgspec.convert(given, kind)


def table_of(guard: Guard | None, kind: type[T]) -> T | None:
    """Return the table that describes a limit, where there is one."""
    return None if guard is None else msgspec.convert(msgspec.structs.asdict(guard), kind)
