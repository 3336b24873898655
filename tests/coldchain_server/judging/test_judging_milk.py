"""Milk in the course: what people told is judged with the readings, in time or late, and goes from probe to probe."""

from collections.abc import Iterator
from datetime import time
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from coldchain_contract.readings import Quality, Reading
from coldchain_judgement.course import Course
from coldchain_judgement.milk.events import Emptied, Event, MilkIn
from coldchain_judgement.milk.kinds import Milked
from coldchain_judgement.rules import time_left
from coldchain_server.fleet.model import Fleet, Place
from coldchain_server.judging.memory import kept_of
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, SetAsideRow
from coldchain_server.milk import rows
from coldchain_server.milk.rows import Telling
from invented.late import LateWatched, minute_ms
from invented.watched import MILK, OTHER, PROFILE, SITE, UNIT, fleet_of, placed

NIGHT, TOMORROW = time(20), time(7)
"""The story begins at 13:33; 20:00 is 387 minutes later."""


def raw(*placements: object, needed: tuple[time, ...] = ()) -> Fleet:
    """The watched cooler, for raw milk that is collected at these times."""
    profile = msgspec.structs.replace(PROFILE, limits=(), raw_milk=True)
    fleet = fleet_of(*placements, profile=profile)  # type: ignore[arg-type]
    return msgspec.structs.replace(fleet, sites={SITE: msgspec.structs.replace(fleet.sites[SITE], collected_at=needed)})


@pytest.fixture
def kept_raw(tmp_path: Path, engine: Engine) -> Iterator[LateWatched]:
    late = LateWatched(tmp_path, sessions_of(engine), fleet=raw(needed=(TOMORROW,)))
    yield late
    late.close()


def tell(late: LateWatched, key: str, event: Event) -> int:
    with late.sessions.begin() as session:
        telling = Telling(key=key, site=SITE, unit=UNIT, event=event, who="mariama", channel="page")
        number = rows.tell(session, telling, now_ms=late.clock.now_ms())
    assert number is not None
    return number


def course(late: LateWatched, probe: object = MILK) -> Course:
    with late.sessions() as session:
        kept = kept_of(session, probe)  # type: ignore[arg-type]
    assert kept is not None
    return kept.settled


def standings(late: LateWatched) -> list[tuple[str, str]]:
    return [(row.standing, row.level) for row in late.rows() if row.rule == time_left.NAME]


def test_milk_that_lasts_until_it_is_collected_calls_nobody(tmp_path: Path, engine: Engine) -> None:
    late = LateWatched(tmp_path, sessions_of(engine), fleet=raw(needed=(time(15),)))
    tell(late, "in", MilkIn(at_ms=minute_ms(0), milked=Milked.JUST_NOW))
    late.minutes(range(1, 60), 4.0)
    assert course(late).milk is not None
    assert standings(late) == [("fine", "warning")]
    late.close()


def test_milk_that_does_not_last_is_told_once_then_that_its_time_is_over_then_that_it_is_gone(
    kept_raw: LateWatched,
) -> None:
    kept_raw.minutes(range(5), 4.0)
    tell(kept_raw, "in", MilkIn(at_ms=minute_ms(5), milked=Milked.JUST_NOW))
    kept_raw.minutes(range(6, 240), 31.0)
    assert standings(kept_raw)[1:] == [("breach", "warning"), ("breach", "critical")]
    tell(kept_raw, "out", Emptied(at_ms=minute_ms(240)))
    kept_raw.minutes(range(241, 243), 31.0)
    assert standings(kept_raw)[-1][0] == "fine"
    assert course(kept_raw).milk is None


def test_a_restart_forgets_nothing_that_was_told(kept_raw: LateWatched) -> None:
    tell(kept_raw, "in", MilkIn(at_ms=minute_ms(0), milked=Milked.THIS_MORNING))
    kept_raw.minutes(range(1, 10), 4.0)
    before = course(kept_raw).milk
    kept_raw.stage = kept_raw.judging()
    kept_raw.minutes(range(10, 12), 4.0)
    after = course(kept_raw).milk
    assert before is not None
    assert after is not None
    assert after.begun_ms == before.begun_ms
    assert not kept_raw.dirty()


def test_what_is_told_late_counts_from_when_it_happened(kept_raw: LateWatched) -> None:
    kept_raw.minutes(range(60), 4.0)
    tell(kept_raw, "in", MilkIn(at_ms=minute_ms(20), milked=Milked.JUST_NOW))
    kept_raw.minutes(range(60, 62), 4.0)
    assert course(kept_raw).milk is None
    kept_raw.settle()
    milk = course(kept_raw).milk
    assert milk is not None
    assert milk.begun_ms == minute_ms(20)
    assert milk.exposure.hours == pytest.approx(41 / 60)


def test_what_is_taken_back_was_never_there(kept_raw: LateWatched) -> None:
    number = tell(kept_raw, "in", MilkIn(at_ms=minute_ms(0), milked=Milked.JUST_NOW))
    kept_raw.minutes(range(1, 90), 31.0)
    assert standings(kept_raw)[-1] == ("breach", "warning")
    with kept_raw.sessions.begin() as session:
        assert rows.withdraw(session, number, who="mariama", channel="page", now_ms=kept_raw.clock.now_ms())
    kept_raw.minutes(range(90, 92), 31.0)
    kept_raw.settle()
    assert course(kept_raw).milk is None
    kept_raw.minutes(range(130, 132), 31.0)
    assert standings(kept_raw)[-1][0] == "fine"


def test_what_is_taken_back_while_nothing_is_measured_is_judged_anew_all_the_same(kept_raw: LateWatched) -> None:
    number = tell(kept_raw, "in", MilkIn(at_ms=minute_ms(0), milked=Milked.JUST_NOW))
    kept_raw.minutes(range(1, 20), 31.0)
    kept_raw.at(19.5)
    kept_raw.judge()
    with kept_raw.sessions.begin() as session:
        assert rows.withdraw(session, number, who="mariama", channel="page", now_ms=kept_raw.clock.now_ms())
    kept_raw.at(19.6)
    kept_raw.judge()
    (dirty,) = kept_raw.dirty()
    assert dirty.start_ms == minute_ms(0)


def test_the_next_probe_knows_the_milk_and_what_was_learnt_of_the_unit(tmp_path: Path, engine: Engine) -> None:
    placements = placed(MILK, Place.MILK), placed(OTHER, Place.MILK, from_ms=minute_ms(30))
    late = LateWatched(tmp_path, sessions_of(engine), fleet=raw(*placements))
    tell(late, "in", MilkIn(at_ms=minute_ms(0), milked=Milked.JUST_NOW))
    late.minutes(range(1, 30), 4.0)
    late.at(30)
    with late.sessions.begin() as session:
        session.add(
            SetAsideRow(
                site=SITE,
                unit=UNIT,
                probe=MILK,
                from_ms=late.clock.now_ms(),
                to_ms=None,
                incident_id=None,
                who="t",
                why="",
            )
        )
    late.minutes(range(31, 40), 4.0, probes=(OTHER,))
    milk = course(late, OTHER).milk
    assert milk is not None
    assert milk.begun_ms == minute_ms(0)
    late.close()


def test_a_fault_of_the_probe_loses_no_word(kept_raw: LateWatched) -> None:
    kept_raw.minutes(range(5), 4.0)
    tell(kept_raw, "in", MilkIn(at_ms=minute_ms(5), milked=Milked.JUST_NOW))
    kept_raw.minutes(range(6, 9), Quality.CRC)
    kept_raw.minutes(range(9, 11), 4.0)
    milk = course(kept_raw).milk
    assert milk is not None
    assert milk.begun_ms == minute_ms(5)


def test_the_timeline_is_the_same_whenever_people_tell(tmp_path: Path) -> None:
    """In time, and all at the end: the same course."""
    ended = []
    for name, in_time in (("in-time", True), ("late", False)):
        folder = tmp_path / name
        folder.mkdir()
        engine = open_ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
        Base.metadata.create_all(engine)
        late = LateWatched(folder, sessions_of(engine), fleet=raw(needed=(TOMORROW,)))
        told = (("in", MilkIn(at_ms=minute_ms(10), milked=Milked.JUST_NOW, litres=10.0)),)
        for minute in range(90):
            if in_time and minute == 10:
                for key, event in told:
                    tell(late, key, event)
            late.at(minute)
            late.arrive(1 + minute, [Reading(probe=MILK, at_ms=minute_ms(minute), value=5.0 + minute / 20)], live=True)
        if not in_time:
            for key, event in told:
                tell(late, key, event)
            late.at(91)
            late.judge()
        late.settle()
        ended.append(course(late).milk)
        late.close()
        engine.dispose()
    assert ended[0] == ended[1]
    assert ended[0] is not None
