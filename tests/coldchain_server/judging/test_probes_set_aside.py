"""A probe that somebody called faulty judges nothing: the next nearest speaks for the unit, or nobody does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from coldchain_contract.readings import Reading
from coldchain_server.fleet.model import Place
from coldchain_server.ledger.database import Sessions, sessions_of
from coldchain_server.ledger.tables import SetAsideRow
from invented.late import LateWatched, minute_ms
from invented.watched import AIR, MILK, MINUTE_MS, START_MS, Watched, fleet_of, placed


@pytest.fixture
def two(tmp_path: Path, engine: Engine) -> Iterator[Watched]:
    """A cooler with a probe in the milk and one at the wall."""
    watched = Watched(tmp_path, sessions_of(engine), fleet=fleet_of(placed(MILK, Place.MILK), placed(AIR, Place.WALL)))
    yield watched
    watched.close()


def set_aside(sessions: Sessions, *, minute: float) -> None:
    with sessions.begin() as session:
        session.add(
            SetAsideRow(
                site="menaka",
                unit="menaka-1",
                probe=MILK,
                from_ms=START_MS + round(minute * MINUTE_MS),
                to_ms=None,
                incident_id=None,
                who="technician",
                why="",
            )
        )


def back_in_use(sessions: Sessions, *, minute: float) -> None:
    with sessions.begin() as session:
        session.query(SetAsideRow).update({"to_ms": START_MS + round(minute * MINUTE_MS)})


def test_its_breach_is_withdrawn_and_it_finds_none_any_more(two: Watched) -> None:
    two.minutes(range(26), 9.0, probes=(MILK, AIR))
    assert "milk beyond:hot breach 0→20" in two.said()
    two.at(26)
    set_aside(two.sessions, minute=26)
    two.judge()
    withdrawn = [row.rule for row in two.rows() if row.reason == "withdrawn"]
    assert {"beyond:warm", "beyond:hot"} <= set(withdrawn)
    before = len(two.rows())
    two.minutes(range(27, 60), 15.0, probes=(MILK,))
    assert [row for row in two.rows()[before:] if row.subject == MILK] == []


def test_the_next_nearest_probe_speaks_for_the_unit(two: Watched) -> None:
    two.minutes(range(5), 4.0, probes=(MILK, AIR))
    set_aside(two.sessions, minute=5)
    two.minutes(range(5, 40), 9.0, probes=(MILK, AIR))
    assert "air beyond:hot breach 5→25" in two.said()


def test_back_in_use_it_is_judged_anew(two: Watched) -> None:
    two.minutes(range(5), 4.0, probes=(MILK, AIR))
    set_aside(two.sessions, minute=5)
    two.minutes(range(5, 10), 9.0, probes=(MILK, AIR))
    back_in_use(two.sessions, minute=10)
    two.minutes(range(10, 40), 9.0, probes=(MILK, AIR))
    assert "milk beyond:hot breach 10→30" in two.said()


def test_what_it_measured_meanwhile_is_not_judged_when_something_from_before_comes_late(
    tmp_path: Path, engine: Engine
) -> None:
    late = LateWatched(tmp_path, sessions_of(engine), fleet=fleet_of(placed(MILK, Place.MILK)))

    def arrive(minutes: range, celsius: float, *, live: bool = True) -> None:
        late.clock.set(max(late.clock.now_ms(), minute_ms(minutes[-1])))
        late.arrive(1 + minutes[0], readings(minutes, celsius), live=live)

    arrive(range(30), 4.0)
    arrive(range(60, 90), 4.0)
    set_aside(late.sessions, minute=89.5)
    arrive(range(90, 150), 12.0)
    back_in_use(late.sessions, minute=149.5)
    arrive(range(150, 200), 4.0)
    arrive(range(30, 60), 9.0, live=False)
    late.settle()
    found = [(rule, since_ms) for rule, standing, _, since_ms, _ in late.timeline() if standing == "breach"]
    late.close()
    assert found == [("beyond:warm", minute_ms(30)), ("beyond:hot", minute_ms(30))]


def readings(minutes: range, celsius: float) -> list[Reading]:
    return [Reading(probe=MILK, at_ms=minute_ms(minute), value=celsius) for minute in minutes]
