"""How numbers, ages and times are said: the site's own clock, the reader's language."""

from datetime import datetime, tzinfo

from babel.dates import format_datetime
from babel.numbers import format_decimal
from flask_babel import get_locale, gettext, ngettext
from markupsafe import Markup

from coldchain_server.clocks import local

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


def degrees(celsius: float) -> str:
    """Return a temperature to a tenth, the sensor's own uncertainty being half a degree."""
    rounded = round(celsius, 1) + 0.0  # no −0.0
    return f"{number(rounded)}\u00a0°C"


def number(value: float) -> str:
    return str(format_decimal(value, format="0.0", locale=get_locale())).replace("-", "−")


def plain(value: float) -> str:
    """Return a number with as many decimals as it has, three at most."""
    return str(format_decimal(value, format="#,##0.###", locale=get_locale())).replace("-", "−")


def whole_degrees(celsius: float) -> str:
    """Return a limit as it is written: without needless decimals."""
    return f"{format_decimal(celsius, format='0.##', locale=get_locale())}\u00a0°C".replace("-", "−")


def age(at_ms: int, now_ms: int) -> str:
    """Return how long ago an instant was, in the one unit that people would say."""
    span = max(0, now_ms - at_ms)
    if span < _MINUTE_MS:
        return str(gettext("just now"))
    return str(gettext("%(span)s ago", span=duration(span))).replace(" ", "\u00a0")


def duration(span_ms: int) -> str:
    if span_ms < 2 * _HOUR_MS:
        minutes = max(1, span_ms // _MINUTE_MS)
        return str(ngettext("%(num)d min", "%(num)d min", minutes))
    if span_ms < 2 * _DAY_MS:
        return str(ngettext("%(num)d h", "%(num)d h", span_ms // _HOUR_MS))
    return str(ngettext("%(num)d day", "%(num)d days", span_ms // _DAY_MS))


def clock_time(at_ms: int, zone: tzinfo, now_ms: int) -> Markup:
    """Return an instant by the clocks of `zone`, with its day where that is not today, as a machine-readable time."""
    then, today = local(at_ms, zone), local(now_ms, zone)
    said = format_datetime(then, pattern_for(then, today), locale=get_locale())
    return Markup('<time datetime="{}">{}</time>').format(then.isoformat(timespec="seconds"), said)


def dated(at_ms: int, zone: tzinfo) -> Markup:
    """Return an instant with its day, whenever that is read."""
    return clock_time(at_ms, zone, at_ms + 2 * _DAY_MS)


def pattern_for(then: datetime, now: datetime) -> str:
    """Return the shortest pattern that cannot be misread at `now`."""
    if then.date() == now.date():
        return "HH:mm"
    return "EEE d MMM HH:mm" if then.year == now.year else "d MMM y HH:mm"
