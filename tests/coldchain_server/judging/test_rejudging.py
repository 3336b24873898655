"""Late readings: the timeline is what all readings say in order, and the log is told of the past once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from coldchain_contract.readings import Quality, Reading
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base
from invented.late import LateWatched, minute_ms
from invented.watched import MILK, fleet_of


@pytest.fixture
def late(tmp_path: Path, engine: Engine) -> Iterator[LateWatched]:
    late = LateWatched(tmp_path, sessions_of(engine))
    yield late
    late.close()


def taken(minute: int, celsius: float | None) -> Reading:
    quality = Quality.OK if celsius is not None else Quality.GONE
    return Reading(probe=MILK, at_ms=minute_ms(minute), value=celsius, quality=quality)


def minutes(span: range, celsius: float) -> list[Reading]:
    return [taken(minute, celsius) for minute in span]


def test_a_breach_that_came_late_is_in_the_timeline_as_if_it_had_come_in_time(late: LateWatched) -> None:
    before, breach, after = minutes(range(60), 4.0), minutes(range(60, 120), 9.0), minutes(range(120, 300), 4.0)
    for number, reading in enumerate(before):
        late.clock.set(reading.at_ms)
        late.arrive(1 + number, [reading], live=True)
    for number, reading in enumerate(after[:60]):
        late.clock.set(reading.at_ms)
        late.arrive(121 + number, [reading], live=True)
    late.arrive(61, breach)
    late.settle()
    assert late.timeline() == late.batch(before + breach + after[:60])


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Return packs as (arrives in minute, first reading, how many), in the order they arrive; some of them twice."""
    cuts = sorted(draw(st.sets(st.integers(1, READINGS - 1), max_size=12)))
    packs = []
    for first, end in zip([0, *cuts], [*cuts, READINGS], strict=True):
        delays = draw(st.lists(st.sampled_from([0, 1, 8, 90, 400, 1500]), min_size=1, max_size=2))
        packs += [(STEP * (end - 1) + delay, first, end - first) for delay in delays]
    return sorted(packs)


READINGS, STEP = 60, 8
STRETCHES = st.lists(
    st.tuples(st.sampled_from([4.0, 7.8, 9.0, 12.5, 30.0, -1.0, None]), st.integers(1, 12)), min_size=1, max_size=20
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stretches=STRETCHES, packs=arrivals(), restarts=st.booleans())
@example(
    stretches=[(30.0, 12), (4.0, 3)],
    packs=[(96, 0, 13), (322, 14, 16), (400, 30, 21), (504, 13, 1), (872, 51, 9)],
    restarts=False,
)  # a checkpoint of live judging, in ignorance of what came between
def test_the_timeline_is_the_same_in_whatever_order_and_pieces_readings_arrive(
    stretches: list[tuple[float | None, int]],
    packs: list[tuple[int, int, int]],
    restarts: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    celsius = [value for value, count in stretches for _ in range(count)]
    readings = [taken(STEP * number, celsius[number % len(celsius)]) for number in range(READINGS)]
    with late_in(tmp_path_factory.mktemp("late")) as late:
        for minute, first, count in packs:
            late.clock.set(max(late.clock.now_ms(), minute_ms(minute)))
            late.arrive(1 + first, readings[first : first + count], live=True)
            late.rejudge()
            if restarts:
                late.stage, late.rejudging = late.judging(), late.rejudged()
        late.settle()
        assert late.timeline() == late.batch(readings)


@contextmanager
def late_in(folder: Path) -> Iterator[LateWatched]:
    engine = open_ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    late = LateWatched(folder, sessions_of(engine), fleet=fleet_of(sample_s=STEP * 60, report_s=STEP * 60))
    yield late
    late.close()
    engine.dispose()
