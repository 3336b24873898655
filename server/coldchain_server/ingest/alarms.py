"""What a box's word about its own light must be like to be entered."""

import math

from coldchain_contract.errors import BadMessage
from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_contract.messages import LocalAlarm
from coldchain_server.fleet.model import Fleet

_LIGHTS = ("green", "amber", "red", "unknown")
_CHANGES = ("raised", "cleared", "heard", "unknown")
_LONGEST_REASON = 500


def check_alarm(alarm: LocalAlarm, *, site: SiteId, fleet: Fleet) -> None:
    """Raise `BadMessage`, naming the field, where `alarm` is not about a unit of `site` in the agreed words."""
    unit = fleet.units.get(UnitId(alarm.unit))
    if unit is None or unit.site != site:
        raise BadMessage(f"alarm: {alarm.unit[:64]!r} is no unit of site {site}")
    for field, word, allowed in (("light", alarm.light, _LIGHTS), ("change", alarm.change, _CHANGES)):
        if word not in allowed:
            raise BadMessage(f"alarm: {field} is {word[:64]!r}, not one of {', '.join(allowed)}")
    if len(alarm.reason) > _LONGEST_REASON or not (alarm.reason.isprintable()):
        raise BadMessage(f"alarm: the reason must be printable and at most {_LONGEST_REASON} characters")
    if alarm.celsius is not None and not math.isfinite(alarm.celsius):
        raise BadMessage(f"alarm: celsius is {alarm.celsius}")
