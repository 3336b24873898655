"""What the server tells a box to go by, and what the box makes of it."""

from pathlib import Path

import msgspec
import pytest

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import CapacitySetting, Config
from coldchain_device.plan import Plan, plan_of
from coldchain_device.profiles import builtin_profiles
from coldchain_device.settings import DeviceSettings
from coldchain_judgement.capacity import Capacity
from coldchain_judgement.limits import Level
from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.configs import config_for
from coldchain_server.ingest.learnt import capacities
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, CourseRow
from invented.small_fleet import COOLER, INEKAR, NOW_MS, OTHER_PROBE, PI, PROBE, SECOND_PROBE, fleet

LEARNT = Capacity(took_s=(9000, 10800), slowest_s=((900,), *Capacity().slowest_s[1:]))


def daily() -> Fleet:
    """The small fleet, its cooler judged by the built-in profile."""
    known, profile = fleet(), builtin_profiles()["daily"]
    unit = msgspec.structs.replace(known.units[COOLER], profile=profile.name)
    return msgspec.structs.replace(
        known, units={**known.units, COOLER: unit}, profiles={**known.profiles, profile.name: profile}
    )


def box(config: Config) -> Plan:
    return plan_of(
        DeviceSettings(site=INEKAR, device=PI), msgspec.json.decode(msgspec.json.encode(config), type=Config)
    )


def test_a_box_judges_fills_and_warm_hours_as_the_server_does() -> None:
    known = daily()
    plan, profile = box(config_for(known.devices[PI], known, now_ms=NOW_MS)), known.profiles["daily"]
    ours = plan.profiles[COOLER]
    assert profile.cooling is not None
    assert ours.cooling is not None
    assert (ours.cooling.celsius, ours.cooling.longest_s) == (profile.cooling.celsius, profile.cooling.longest_s)
    assert [one.for_s for one in ours.cumulative] == [one.for_s for one in profile.cumulative]
    assert {one.name for one in ours.limits} == {one.name for one in profile.limits if one.level is Level.CRITICAL}


def test_a_box_keeps_to_the_curfew_of_its_site_and_to_none_where_there_is_none() -> None:
    known = fleet()
    site = known.sites[INEKAR]
    plan = box(config_for(known.devices[PI], known, now_ms=NOW_MS))
    assert (plan.curfew.zone, plan.curfew.starts) == (site.zone.key, site.curfew_from or plan.curfew.ends)
    without = msgspec.structs.replace(site, curfew_from=None, curfew_to=None)
    known = msgspec.structs.replace(known, sites={**known.sites, INEKAR: without})
    plan = box(config_for(known.devices[PI], known, now_ms=NOW_MS))
    assert plan.curfew.starts == plan.curfew.ends


def test_a_box_is_told_what_the_server_has_learnt_of_its_units_and_of_no_others(tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    sessions = sessions_of(engine)
    with sessions.begin() as session:
        for probe, unit, course in (
            (PROBE, COOLER, {"capacity": LEARNT, "of-another-rule": 1}),
            (SECOND_PROBE, COOLER, {"capacity": Capacity(took_s=(1,), slowest_s=LEARNT.slowest_s)}),
            (OTHER_PROBE, "tidermene-1", {"capacity": LEARNT}),
        ):
            session.add(CourseRow(probe=probe, state=msgspec.json.encode({"unit": unit, "course": course}).decode()))
        session.add(CourseRow(probe="urn:dev:os:1", state="{}"))
        session.add(CourseRow(probe="urn:dev:os:2", state="not json"))
    learnt, known = capacities(sessions), fleet()
    assert set(learnt) == {COOLER, UnitId("tidermene-1")}
    config = config_for(known.devices[PI], known, now_ms=NOW_MS, capacities=learnt)
    assert config.capacity == {COOLER: CapacitySetting(took_s=LEARNT.took_s, slowest_s=LEARNT.slowest_s)}
    assert box(config).capacities[COOLER] == LEARNT
    engine.dispose()


@pytest.mark.parametrize("bands", [0, 1, 9])
def test_what_was_learnt_in_other_bands_is_not_used(bands: int) -> None:
    known = fleet()
    setting = CapacitySetting(took_s=(9000,), slowest_s=((600,),) * bands)
    config = config_for(known.devices[PI], known, now_ms=NOW_MS, capacities={COOLER: setting})
    assert box(config).capacities[COOLER] == Capacity()
