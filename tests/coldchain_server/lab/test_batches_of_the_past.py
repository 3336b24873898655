"""Batches of the past with what they went through, by all that is known now: late readings, what people told."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from coldchain_contract.readings import Reading
from coldchain_judgement.milk import events
from coldchain_judgement.milk.events import Emptied, Event, MilkIn
from coldchain_judgement.milk.kinds import Milked, QualityTest, Species
from coldchain_server.errors import NotAllowed
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Role
from coldchain_server.lab.sheet import COLUMNS
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from coldchain_server.milk import rows
from coldchain_server.queries import Queries
from coldchain_server.viewer import Viewer
from invented.late import LateWatched, minute_ms
from invented.watched import MILK, SITE, UNIT, fleet_of

STEP = 5
LAB = Viewer(name="lab", role=Role.LAB)


@pytest.fixture
def late(tmp_path: Path) -> Iterator[LateWatched]:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    fleet = fleet_of(profile=builtin_profiles()["daily"], sample_s=STEP * 60, report_s=3600)
    late = LateWatched(tmp_path, sessions_of(engine), fleet=fleet)
    yield late
    late.close()
    engine.dispose()


def hour_ms(hour: float) -> int:
    return minute_ms(60 * hour)


def told(late: LateWatched, *happened: Event) -> None:
    with late.sessions.begin() as session:
        for event in happened:
            key = f"{type(event).__name__}-{event.at_ms}"
            telling = rows.Telling(key=key, site=SITE, unit=UNIT, event=event, who="a", channel="page")
            rows.tell(session, telling, now_ms=event.at_ms)


def kept(late: LateWatched, hours: int, celsius: float = 5.0, *, but: Mapping[int, float | None] | None = None) -> None:
    """Store readings of so many hours, at other temperatures or at none in some of them."""
    for hour in range(hours):
        value = (but or {}).get(hour, celsius)
        minutes = [60 * hour + minute for minute in range(0, 60, STEP)]
        late.clock.set(minute_ms(minutes[-1]))
        if value is not None:
            some = [Reading(probe=MILK, at_ms=minute_ms(one), value=value) for one in minutes]
            late.arrive(1 + minutes[0], some, live=True)
    late.write()


def lines(late: LateWatched, *, from_h: float = 0, to_h: float = 100) -> list[dict[str, str]]:
    queries = Queries(sessions=late.sessions, fleet=late.fleet, store=late.store, clock=late.clock, spool=late.spool)
    text = queries.milk_batches(LAB, UNIT, from_ms=hour_ms(from_h), to_ms=hour_ms(to_h))
    return list(csv.DictReader(text))


def test_two_batches_are_two_lines_with_what_each_went_through(late: LateWatched) -> None:
    told(
        late,
        MilkIn(at_ms=hour_ms(1), milked=Milked.JUST_NOW, litres=20.0),
        events.Tested(at_ms=hour_ms(3), test=QualityTest.ALCOHOL, failed=False),
        Emptied(at_ms=hour_ms(5)),
        MilkIn(at_ms=hour_ms(6)),
    )
    kept(late, 10, but={3: 12.0})
    first, second = lines(late)
    assert tuple(first) == COLUMNS
    assert (first["litres"], first["milking_told"], first["tests"]) == ("20", "yes", "alcohol:passed")
    assert float(first["hours"]) == pytest.approx(4.0, abs=0.01)
    assert float(first["degree_hours_above_4"]) == pytest.approx(3 + 8, abs=0.1)
    assert float(first["hours_at_or_below_8"]) == pytest.approx(3.0, abs=0.01)
    assert 4.9 < float(first["log10_p50"]) < float(first["log10_p90"]) < 7.0
    assert first["ended"] != ""
    assert (second["ended"], second["milked"], second["milking_told"]) == ("", "", "no")
    assert float(second["log10_p50"]) > 5.8


def test_readings_that_came_late_and_corrections_are_in_it(late: LateWatched) -> None:
    told(late, MilkIn(at_ms=hour_ms(1), milked=Milked.JUST_NOW), MilkIn(at_ms=hour_ms(1) + 1, species=Species.CAMEL))
    kept(late, 6, but={3: None})
    (before,) = lines(late)
    assert before["log10_p50"] == ""
    assert float(before["gap_hours"]) > 0.9
    with late.sessions.begin() as session:
        camels = rows.of_unit(session, UNIT, from_ms=0, to_ms=hour_ms(9))[-1]
        assert rows.withdraw(session, camels.id, who="a", channel="page", now_ms=hour_ms(6))
    missing = [Reading(probe=MILK, at_ms=minute_ms(180 + one), value=20.0) for one in range(0, 60, STEP)]
    late.arrive(1 + 180, missing)
    late.write()
    (after,) = lines(late)
    assert (float(after["gap_hours"]), after["species"]) == (0.0, "cow")
    assert float(after["degree_hours_above_4"]) == pytest.approx(float(before["degree_hours_above_4"]) + 16, abs=1.5)


def test_a_batch_that_was_gone_before_is_left_out(late: LateWatched) -> None:
    told(late, MilkIn(at_ms=hour_ms(1)), Emptied(at_ms=hour_ms(3)), MilkIn(at_ms=hour_ms(6)))
    kept(late, 10)
    assert len(lines(late)) == 2
    assert len(lines(late, from_h=5)) == 1


def test_a_cooperative_gets_no_sheet(late: LateWatched) -> None:
    queries = Queries(sessions=late.sessions, fleet=late.fleet, store=late.store, clock=late.clock, spool=late.spool)
    with pytest.raises(NotAllowed):
        queries.milk_batches(Viewer(name="a", role=Role.COOPERATIVE, site=SITE), UNIT, from_ms=0, to_ms=1)
