"""What judging knows of a unit: its breaches, the milk being cooled in it, and findings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.readings import Reading
from coldchain_judgement.verdicts import Why
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from coldchain_server.queries import Queries
from coldchain_server.queries.courses import UnitCourse
from coldchain_server.viewer import Viewer
from invented.late import LateWatched, minute_ms
from invented.watched import MILK, SITE, UNIT, fleet_of

STEP = 5
TECHNICIAN = Viewer(name="technician", role=Role.TECHNICIAN)
LAB = Viewer(name="lab", role=Role.LAB)
WOMEN = Viewer(name="menaka", role=Role.COOPERATIVE, site=SITE)


@pytest.fixture
def late(tmp_path: Path) -> Iterator[LateWatched]:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    fleet = fleet_of(profile=builtin_profiles()["daily"], sample_s=STEP * 60, report_s=3600)
    late = LateWatched(tmp_path, sessions_of(engine), fleet=fleet)
    yield late
    late.close()
    engine.dispose()


def asked(late: LateWatched, viewer: Viewer = TECHNICIAN) -> UnitCourse:
    queries = Queries(sessions=late.sessions, fleet=late.fleet, store=late.store, clock=late.clock, spool=late.spool)
    return queries.course(viewer, UNIT)


def pours(late: LateWatched, times: int, *, hours: int, ends: int = 0) -> None:
    """Let milk of 32 °C be poured in and cooled to 4 °C so many times, in so many hours; not to the last one's end."""
    celsius = [4.0] * 24
    for _ in range(times):
        celsius += [4.0 + 28.0 * (1 - step / (hours * 12)) ** 2 for step in range(hours * 12)] + [4.0] * 12
    celsius = celsius[: len(celsius) - ends * 12]
    for first in range(0, len(celsius), 12):
        some = celsius[first : first + 12]
        late.clock.set(minute_ms(STEP * (first + len(some))))
        late.arrive(
            1 + first,
            [
                Reading(probe=MILK, at_ms=minute_ms(STEP * (first + number)), value=round(value * 16) / 16)
                for number, value in enumerate(some)
            ],
            live=True,
        )


def test_milk_that_is_being_cooled_is_shown_since_when_and_whether_it_cools_as_usual(late: LateWatched) -> None:
    pours(late, 6, hours=6, ends=4)
    fill = asked(late).fill
    assert fill is not None
    assert (fill.ended_ms, fill.as_usual) == (None, True)
    assert fill.peak_celsius > 30
    assert fill.usual_s is not None
    assert 3 * 3600 < fill.usual_s < 6 * 3600
    assert [one for one in asked(late).breaches if one.why is Why.TOO_WARM] == []


def test_a_unit_too_small_for_its_fills_is_told_to_technicians_and_labs_only(late: LateWatched) -> None:
    pours(late, 6, hours=9)
    (finding,) = asked(late).findings
    assert (finding.kind, finding.usual_s is not None, finding.asked_s is not None) == ("too-small", True, True)
    assert asked(late, LAB).findings == (finding,)
    assert asked(late, WOMEN).findings == ()
    assert [row for row in late.rows() if row.rule == "too-small"] == []


def test_breaches_are_those_of_the_timeline_however_late_they_came(late: LateWatched) -> None:
    late.clock.set(minute_ms(0))
    late.arrive(1, [Reading(probe=MILK, at_ms=minute_ms(0), value=4.0)], live=True)
    warmer = [(number, min(12.0, 4 + number / 10)) for number in range(120)]
    warm = [Reading(probe=MILK, at_ms=minute_ms(STEP * number), value=celsius) for number, celsius in warmer]
    late.clock.set(minute_ms(800))
    late.arrive(2, warm[1:])
    late.settle()
    breaches = asked(late).breaches
    assert {one.why for one in breaches} >= {Why.TOO_WARM}
    assert all(one.until_ms is None for one in breaches)
    assert max(one.worst_celsius or 0 for one in breaches) > 10.0


def test_nobody_reads_of_units_that_are_not_theirs(late: LateWatched) -> None:
    with pytest.raises(UnknownThing):
        asked(late, Viewer(name="elsewhere", role=Role.COOPERATIVE, site=None))
