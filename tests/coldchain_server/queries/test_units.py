"""How units stand."""

import msgspec
import pytest

from coldchain_contract.identifiers import SiteId
from coldchain_contract.readings import Quality
from coldchain_judgement.advice import Action, When
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Place, Role
from coldchain_server.queries.values import UnitNow
from coldchain_server.viewer import Viewer
from invented.fleet import ENROLLED_MS, HOT, WARM
from invented.world import HOUR_MS, MINUTE_MS, NOW_MS, World

EVERYONE = Viewer(name="technician", role=Role.TECHNICIAN)
MENAKA = Viewer(name="menaka", role=Role.COOPERATIVE, site=SiteId("menaka"))


def unit(world: World, name: str) -> UnitNow:
    return world.queries.unit(EVERYONE, name).now


def test_a_unit_that_was_never_heard_is_unknown_and_asks_for_nothing(world: World) -> None:
    found = unit(world, "menaka-1")
    assert (found.light, found.temperature, found.advice) == (Light.UNKNOWN, None, None)


def test_a_recent_reading_without_an_incident_is_green(world: World) -> None:
    world.latest(2, 4.25)
    found = unit(world, "menaka-1")
    assert found.light is Light.GREEN
    assert found.temperature is not None
    assert (found.temperature.celsius, found.temperature.place) == (4.25, Place.MILK)
    assert found.advice is not None
    assert found.advice.action is Action.NOTHING


def test_a_reading_as_old_as_the_profile_bears_is_still_taken_and_a_little_later_is_not(world: World) -> None:
    world.latest(2, 4.0, ago_ms=30 * MINUTE_MS)
    assert unit(world, "menaka-1").light is Light.GREEN
    world.clock.set(NOW_MS + 1)
    found = unit(world, "menaka-1")
    assert (found.light, found.fresh, found.why) == (Light.UNKNOWN, False, Why.SILENT)


def test_the_air_speaks_for_a_unit_only_where_no_probe_is_in_the_milk(world: World) -> None:
    world.latest(3, 14.0)
    assert unit(world, "menaka-1").light is Light.UNKNOWN


def test_a_fault_now_is_unknown_although_the_probe_measured_an_hour_ago(world: World) -> None:
    world.latest(2, None, quality=Quality.POR85)
    found = unit(world, "menaka-1")
    assert (found.light, found.why) == (Light.UNKNOWN, Why.PROBE_FAULT)
    assert found.temperature is not None
    assert not found.fresh


def test_a_critical_incident_is_red_and_a_warning_amber(world: World) -> None:
    world.latest(2, 12.0)
    world.latest(4, 8.6)
    world.incident("menaka-1")
    world.incident("menaka-2", level=Level.WARNING)
    assert unit(world, "menaka-1").light is Light.RED
    assert unit(world, "menaka-2").light is Light.AMBER


def test_without_recent_readings_even_a_critical_incident_is_shown_as_unknown_with_its_advice(world: World) -> None:
    world.latest(2, 12.0, ago_ms=2 * HOUR_MS)
    world.incident("menaka-1")
    found = unit(world, "menaka-1")
    assert found.light is Light.UNKNOWN
    assert found.advice is not None
    assert found.advice.action is Action.KEEP_CLOSED_AND_TEST


def test_a_temperature_beyond_a_limit_for_a_moment_is_said_without_an_alarm(world: World) -> None:
    world.latest(2, 12.0)
    found = unit(world, "menaka-1")
    assert (found.light, found.beyond) == (Light.GREEN, HOT)
    world.latest(2, 9.0)
    assert unit(world, "menaka-1").beyond == WARM
    world.latest(2, 8.0)  # not above 8.0
    assert unit(world, "menaka-1").beyond is None


def test_an_old_temperature_is_beyond_nothing_now(world: World) -> None:
    world.latest(2, 12.0, ago_ms=HOUR_MS)
    assert unit(world, "menaka-1").beyond is None


def test_a_resolved_incident_colours_nothing(world: World) -> None:
    world.latest(2, 4.0)
    world.incident("menaka-1", state="resolved")
    story = world.queries.unit(EVERYONE, "menaka-1")
    assert story.now.light is Light.GREEN
    assert [incident.state for incident in story.past] == ["resolved"]


def test_the_gravest_incident_speaks_for_the_unit(world: World) -> None:
    world.latest(2, 12.0)
    world.incident("menaka-1", why=Why.PROBE_FAULT, level=Level.WARNING, ago_ms=9 * HOUR_MS)
    world.incident("menaka-1")
    assert unit(world, "menaka-1").why is Why.TOO_WARM


def test_units_come_by_urgency_and_what_is_handled_after_its_equals(world: World) -> None:
    for number in (2, 4, 6, 10):
        world.latest(number, 7.0)
    world.latest(8, 4.0, ago_ms=9 * HOUR_MS)
    world.incident("menaka-2", state="acknowledged")
    world.incident("anderam-1")
    world.incident("tillia-1", level=Level.WARNING)
    names = [found.unit.id for found in world.queries.units(EVERYONE)]
    assert names == ["anderam-1", "menaka-2", "tillia-1", "tillia-2", "anderam-2", "menaka-1"]


def test_of_units_without_an_incident_the_one_beyond_a_limit_comes_first(world: World) -> None:
    for number in range(2, 14, 2):
        world.latest(number, 9.0 if number == 10 else 4.0)
    assert world.queries.units(EVERYONE)[0].unit.id == "tillia-1"


def test_a_unit_counts_as_handled_only_when_each_of_its_incidents_is(world: World) -> None:
    world.incident("menaka-1", state="acknowledged")
    assert unit(world, "menaka-1").acknowledged
    world.incident("menaka-1", why=Why.PROBE_FAULT)
    assert not unit(world, "menaka-1").acknowledged


def test_a_cooperative_sees_its_own_units_and_nobody_elses(world: World) -> None:
    assert {found.unit.id for found in world.queries.units(MENAKA)} == {"menaka-1", "menaka-2"}
    with pytest.raises(UnknownThing):
        world.queries.unit(MENAKA, "tillia-1")


def test_a_cooperative_without_a_site_sees_nothing(world: World) -> None:
    assert world.queries.units(Viewer(name="x", role=Role.COOPERATIVE)) == ()


def test_advice_follows_the_sites_own_clock(world: World) -> None:
    world.clock.set(NOW_MS - NOW_MS % (24 * HOUR_MS) + 10 * HOUR_MS + 30 * MINUTE_MS)  # 10:30 UTC
    world.incident("menaka-1")
    world.incident("tillia-1")
    bamako, niamey = unit(world, "menaka-1").advice, unit(world, "tillia-1").advice
    assert bamako is not None
    assert niamey is not None
    assert (bamako.when, niamey.when) == (When.BEFORE_MIDDAY, When.BEFORE_EVENING)


def test_inside_its_curfew_a_site_is_told_to_stay_inside(world: World) -> None:
    world.clock.set(NOW_MS - NOW_MS % (24 * HOUR_MS) + 20 * HOUR_MS)
    world.incident("anderam-1", why=Why.SILENT)
    advice = unit(world, "anderam-1").advice
    assert advice is not None
    assert (advice.action, advice.stay_inside) == (Action.WAIT, True)


def test_the_boxs_light_is_the_newest_by_when_it_changed_not_by_when_it_was_heard(world: World) -> None:
    world.latest(2, 4.0)
    world.box("menaka-1", "red", ago_ms=MINUTE_MS)
    world.box("menaka-1", "green", ago_ms=HOUR_MS)  # a late one
    box = unit(world, "menaka-1").box
    assert box is not None
    assert (box.light, box.device_silent) == (Light.RED, False)


def test_the_light_of_a_box_that_went_silent_is_shown_as_old(world: World) -> None:
    world.latest(2, 4.0, ago_ms=5 * HOUR_MS)
    world.box("menaka-1", "green", ago_ms=5 * HOUR_MS)
    box = unit(world, "menaka-1").box
    assert box is not None
    assert box.device_silent


def test_a_box_whose_last_will_was_sent_is_silent_at_once(world: World) -> None:
    world.latest(2, 4.0)
    world.box("menaka-1", "green")
    world.status("menaka", online=False)
    box = unit(world, "menaka-1").box
    assert box is not None
    assert box.device_silent


def test_a_light_of_a_colour_nobody_knows_is_unknown(world: World) -> None:
    world.latest(2, 4.0)
    world.box("menaka-1", "violet")
    box = unit(world, "menaka-1").box
    assert box is not None
    assert box.light is Light.UNKNOWN


def test_mains_are_what_the_device_says_and_unknown_where_it_says_nothing(world: World) -> None:
    assert unit(world, "menaka-1").mains is None
    world.status("menaka", mains=False)
    assert unit(world, "menaka-1").mains is False


def test_what_a_probe_read_before_it_came_to_a_unit_says_nothing_of_that_unit(world: World) -> None:
    world.latest(2, 30.0, ago_ms=NOW_MS - ENROLLED_MS + 1)
    (milk, _air) = world.queries.unit(EVERYONE, "menaka-1").probes
    assert milk.quality is None


def test_a_unit_the_fleet_file_dropped_still_has_its_incidents(world: World) -> None:
    number = world.incident("menaka-1")
    kept = {name: one for name, one in world.fleet.units.items() if name != "menaka-1"}
    fleet = msgspec.structs.replace(world.fleet, units=kept)
    queries = type(world.queries)(
        sessions=world.sessions, fleet=fleet, store=world.store, clock=world.clock, spool=world.spool
    )
    assert queries.incident(EVERYONE, number).incident.unit.name == "menaka-1"
