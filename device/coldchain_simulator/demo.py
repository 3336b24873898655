"""The scenario of the demo: three cooperatives around Ménaka, one of whose coolers fails while one watches."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId
from coldchain_simulator.climate import Climate
from coldchain_simulator.faults import Fault, FaultKind
from coldchain_simulator.happenings import DoorOpening, Habit
from coldchain_simulator.power import Battery, Grid
from coldchain_simulator.scenario import Scenario, SitePlan, UnitPlan
from coldchain_simulator.thermal import Cabinet

FAILING_UNIT = UnitId("menaka-2")
_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
_FAILS_MS, _MENDED_MS = 30 * _MINUTE_MS, 140 * _MINUTE_MS
_QUIET_MS = 12 * _HOUR_MS
_HOT_AFTERNOON_MS = milliseconds(datetime(2026, 4, 20, 12, 30, tzinfo=UTC))
_GOOD = Cabinet(cooling_w=250.0, holds_litres=60.0)
_WORN = Cabinet(ua_w_per_k=3.5, cooling_w=300.0, holds_litres=40.0)
_HABIT = Habit(morning_litres=4.0, evening_litres=3.0, celsius=22.0, keeps_litres=20.0, doors_a_day=4)
"""Small fills of milk that stood in cool water first: what a good cooler takes without any limit tripping."""


def demo_scenario(origin_ms: int) -> Scenario:
    """Return the demo, its weather that of a hot April afternoon at 12:30 whatever the date.

    The compressor of `FAILING_UNIT` fails half an hour in and is mended less than two hours later; nothing else
    goes wrong, and nobody fills a cooler in the first twelve hours.
    """
    return Scenario(
        origin_ms=origin_ms,
        climate=Climate(shift_ms=_HOT_AFTERNOON_MS - origin_ms),
        sites=(_menaka(origin_ms), _anderamboukane(origin_ms), _tillia(origin_ms)),
    )


def _menaka(origin_ms: int) -> SitePlan:
    failure = Fault(kind=FaultKind.COMPRESSOR_FAILED, from_ms=origin_ms + _FAILS_MS, until_ms=origin_ms + _MENDED_MS)
    return SitePlan(
        id=SiteId("menaka"),
        name="Coopérative laitière de Ménaka",
        zone=ZoneInfo("Africa/Bamako"),
        device=DeviceId("menaka-pi"),
        battery=Battery(),
        units=(
            _steady(UnitId("menaka-1"), name="Grand refroidisseur", litres=40.0, origin_ms=origin_ms),
            UnitPlan(
                id=FAILING_UNIT,
                name="Petit refroidisseur",
                cabinet=_WORN,
                litres=7.0,
                celsius=4.0,
                faults=(failure,),
            ),
        ),
    )


def _anderamboukane(origin_ms: int) -> SitePlan:
    door = DoorOpening(at_ms=origin_ms + 50 * _MINUTE_MS, for_s=150)
    return SitePlan(
        id=SiteId("anderamboukane"),
        name="Coopérative d'Anderamboukane",
        zone=ZoneInfo("Africa/Bamako"),
        device=DeviceId("anderamboukane-pi"),
        units=(
            _steady(UnitId("anderamboukane-1"), name="Refroidisseur", litres=30.0, origin_ms=origin_ms, doors=(door,)),
            _steady(UnitId("anderamboukane-2"), name="Congélateur converti", litres=25.0, origin_ms=origin_ms),
        ),
    )


def _tillia(origin_ms: int) -> SitePlan:
    return SitePlan(
        id=SiteId("tillia"),
        name="Groupement féminin de Tillia",
        zone=ZoneInfo("Africa/Niamey"),
        device=DeviceId("tillia-pi"),
        battery=Battery(),
        grid=Grid(),
        units=(
            _steady(UnitId("tillia-1"), name="Refroidisseur solaire", litres=35.0, origin_ms=origin_ms, ice_kg=8.0),
            _steady(UnitId("tillia-2"), name="Caisse de transport", litres=20.0, origin_ms=origin_ms),
        ),
    )


def _steady(
    unit: UnitId,
    *,
    name: str,
    litres: float,
    origin_ms: int,
    doors: tuple[DoorOpening, ...] = (),
    ice_kg: float = 0.0,
) -> UnitPlan:
    return UnitPlan(
        id=unit,
        name=name,
        cabinet=Cabinet(cooling_w=_GOOD.cooling_w, holds_litres=_GOOD.holds_litres, ice_kg=ice_kg),
        litres=litres,
        celsius=4.0,
        habit=_HABIT,
        habit_from_ms=origin_ms + _QUIET_MS,
        happenings=doors,
    )
