"""The range of the milk in a unit, from what the store has: for technicians and labs, and only where it can be told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.readings import Reading
from coldchain_judgement.milk.events import Event, MilkIn, Processed
from coldchain_judgement.milk.kinds import Milked, Process, Species
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from coldchain_server.milk import rows
from coldchain_server.queries import Queries
from coldchain_server.queries.milk_range import MilkRange
from coldchain_server.viewer import Viewer
from invented.late import LateWatched, minute_ms
from invented.watched import MILK, SITE, UNIT, fleet_of

STEP = 5
LAB = Viewer(name="lab", role=Role.LAB)
WOMEN = Viewer(name="menaka", role=Role.COOPERATIVE, site=SITE)
POURED_MS = minute_ms(60)


@pytest.fixture
def late(tmp_path: Path) -> Iterator[LateWatched]:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    fleet = fleet_of(profile=builtin_profiles()["daily"], sample_s=STEP * 60, report_s=3600)
    late = LateWatched(tmp_path, sessions_of(engine), fleet=fleet)
    yield late
    late.close()
    engine.dispose()


def told(late: LateWatched, *events: Event) -> None:
    with late.sessions.begin() as session:
        for number, event in enumerate(events):
            telling = rows.Telling(key=str(number), site=SITE, unit=UNIT, event=event, who="a", channel="page")
            rows.tell(session, telling, now_ms=event.at_ms)


def kept(late: LateWatched, *celsius: float) -> None:
    """Let an hour pass at each of these temperatures, of which the server learns at the end of each."""
    for hour, value in enumerate(celsius):
        minutes = [60 * hour + minute for minute in range(0, 60, STEP)]
        late.clock.set(minute_ms(minutes[-1]))
        late.arrive(
            1 + minutes[0], [Reading(probe=MILK, at_ms=minute_ms(one), value=value) for one in minutes], live=True
        )
    late.write()


def asked(late: LateWatched, viewer: Viewer = LAB) -> MilkRange | None:
    queries = Queries(sessions=late.sessions, fleet=late.fleet, store=late.store, clock=late.clock, spool=late.spool)
    return queries.milk_range(viewer, UNIT)


def test_it_goes_from_the_pour_to_now_and_on_to_when_it_is_over(late: LateWatched) -> None:
    told(late, MilkIn(at_ms=POURED_MS, milked=Milked.JUST_NOW))
    kept(late, *[6.0] * 10)
    found = asked(late)
    assert found is not None
    assert (found.at_ms[0], found.at_ms[-1]) == (POURED_MS, late.clock.now_ms())
    assert len(found.at_ms) == len(found.log10) <= 120
    assert found.log10[0].p50 == pytest.approx(5.0, abs=0.1)
    early, likely, late_ms = found.use_ms
    assert early is not None and likely is not None and late_ms is not None
    assert late.clock.now_ms() < early < likely < late_ms
    assert found == asked(late)


def test_warm_hours_bring_its_end_forward(late: LateWatched) -> None:
    told(late, MilkIn(at_ms=POURED_MS, milked=Milked.JUST_NOW))
    kept(late, *[6.0] * 4, *[20.0] * 4, 6.0)
    warm = asked(late)
    assert warm is not None
    assert warm.log10[-1].p90 > 6.0
    assert warm.use_ms[0] is not None and warm.use_ms[0] < minute_ms(8 * 60)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [MilkIn(at_ms=POURED_MS, milked=Milked.JUST_NOW, species=Species.CAMEL)],
        [MilkIn(at_ms=POURED_MS, milked=Milked.JUST_NOW), Processed(at_ms=POURED_MS + 1, process=Process.BOILED)],
    ],
    ids=["none", "of camels", "boiled"],
)
def test_milk_that_the_model_is_not_of_has_none(late: LateWatched, events: list[Event]) -> None:
    told(late, *events)
    kept(late, 6.0, 6.0)
    assert asked(late) is None


def test_a_cooperative_is_told_an_action_and_no_range(late: LateWatched) -> None:
    told(late, MilkIn(at_ms=POURED_MS, milked=Milked.JUST_NOW))
    kept(late, 6.0, 6.0)
    assert (asked(late, WOMEN), asked(late) is None) == (None, False)
