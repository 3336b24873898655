"""What a box's word about its own light must be like to be entered."""

from coldchain_contract.errors import BadMessage
from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_contract.messages import LocalAlarm
from coldchain_server.fleet.model import Fleet


def check_alarm(alarm: LocalAlarm, *, site: SiteId, fleet: Fleet) -> None:
    """Raise `BadMessage` where `alarm` is not about a unit of `site`, or holds a control character."""
    unit = fleet.units.get(UnitId(alarm.unit))
    if unit is None or unit.site != site:
        raise BadMessage(f"alarm: {alarm.unit!r} is no unit of site {site}")
    if not alarm.reason.isprintable():  # PostgreSQL takes no NUL
        raise BadMessage("alarm: the reason holds a character that cannot be printed")
