"""What late readings show of the past is told once, as the past, and milk that may still be there is followed."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_judgement.verdicts import Evidence
from coldchain_server.errors import StoreUnavailable
from coldchain_server.judging.lateness import LONGEST_WAIT_MS, QUIET_MS
from coldchain_server.ledger.database import sessions_of
from coldchain_server.store.protocol import Point
from invented.late import LateWatched, minute_ms
from invented.watched import MILK, MINUTE_MS, fleet_of

STEP = 8
HOUR, DAY = 60, 24 * 60


@pytest.fixture
def late(tmp_path: Path, engine: Engine) -> Iterator[LateWatched]:
    late = LateWatched(tmp_path, sessions_of(engine), fleet=fleet_of(sample_s=STEP * 60, report_s=STEP * 60))
    yield late
    late.close()


def taken(minute: int, celsius: float | None) -> Reading:
    quality = Quality.OK if celsius is not None else Quality.GONE
    return Reading(probe=MILK, at_ms=minute_ms(minute), value=celsius, quality=quality)


def trace(*stretches: tuple[int, float | None]) -> list[Reading]:
    """Return a reading every eight minutes: so many minutes of each temperature."""
    celsius = [value for length, value in stretches for _ in range(length // STEP)]
    return [taken(STEP * number, value) for number, value in enumerate(celsius)]


def deliver(late: LateWatched, readings: list[Reading], *, away: range) -> None:
    """Let readings come as they are taken, but those of the minutes `away` only when the device is back."""
    held = []
    for number, reading in enumerate(readings, start=1):
        if minute_ms(away.start) <= reading.at_ms < minute_ms(away.stop):
            held.append((number, reading))
            continue
        late.clock.set(reading.at_ms)
        late.arrive(number, [reading], live=True)
        if held:
            late.arrive(held[0][0], [one for _, one in held])
            held = []


def told(late: LateWatched) -> list[tuple[str, str, bool]]:
    return [(row.rule, row.standing, row.still_there) for row in late.past()]


WARM_WHILE_AWAY = ((120, 4.0), (160, 4.0), (240, 9.0), (320, 4.0))
AWAY = range(120, 800)


def test_a_breach_that_was_over_before_anybody_knew_is_one_verdict_of_the_past(late: LateWatched) -> None:
    readings = trace(*WARM_WHILE_AWAY)
    deliver(late, readings, away=AWAY)
    late.settle()
    live = [line for line in late.said() if "beyond" in line and "past" not in line]
    assert live == []
    (row,) = late.past()
    assert (row.rule, row.standing, row.level, row.reason) == ("past:warm", "breach", "critical", "too-warm")
    assert (row.since_ms, row.still_there) == (minute_ms(280), True)
    evidence = msgspec.json.decode(row.evidence, type=Evidence)
    assert (evidence.until_ms, evidence.worst_celsius, evidence.times) == (minute_ms(520), 9.0, 1)
    late.settle()
    assert len(late.past()) == 1
    assert late.timeline() == late.batch(readings)


def test_breaches_found_together_are_one_verdict_and_faults_are_none(late: LateWatched) -> None:
    readings = trace((120, 4.0), (80, 4.0), (80, 9.0), (80, 4.0), (160, 12.0), (80, 4.0), (160, None), (320, 4.0))
    deliver(late, readings, away=range(120, 800))
    late.settle()
    (row,) = late.past()
    assert msgspec.json.decode(row.evidence, type=Evidence).times == 2
    assert (row.since_ms, row.reason) == (minute_ms(200), "too-warm")


def test_what_was_told_when_it_happened_is_not_told_again(late: LateWatched) -> None:
    readings = trace((120, 4.0), (160, 9.0), (80, 4.0))
    deliver(late, readings, away=range(200, 240))
    late.settle()
    assert told(late) == []
    assert late.timeline() == late.batch(readings)


def test_a_breach_that_ended_long_ago_is_history_and_no_news(late: LateWatched) -> None:
    readings = trace(*WARM_WHILE_AWAY)
    late.clock.set(minute_ms(40 * DAY))
    late.arrive(1, readings)
    late.settle()
    assert told(late) == []
    assert late.timeline() == late.batch(readings)


def test_milk_of_the_past_is_said_to_be_gone_after_two_days(late: LateWatched) -> None:
    deliver(late, trace(*WARM_WHILE_AWAY), away=AWAY)
    late.settle()
    assert told(late) == [("past:warm", "breach", True)]
    late.clock.set(minute_ms(520 + 2 * DAY) - 1)
    late.rejudging.step()
    assert len(told(late)) == 1
    late.clock.set(minute_ms(520 + 2 * DAY + 1))
    late.rejudging.step()
    assert told(late)[1:] == [("past:warm", "fine", False)]
    late.clock.set(minute_ms(520 + 3 * DAY))
    late.rejudging.step()
    assert len(told(late)) == 2


def test_a_breach_found_so_late_that_its_milk_has_gone_is_said_to_be_over(late: LateWatched) -> None:
    readings = trace((120, 4.0), (160, 9.0), (3 * DAY, 4.0))
    deliver(late, readings, away=range(120, 3 * DAY))
    late.settle()
    assert told(late) == [("past:warm", "breach", False)]


def test_backlog_that_flows_is_waited_for_but_not_for_ever(late: LateWatched) -> None:
    deliver(late, trace((120, 4.0)), away=range(0))
    late.clock.set(minute_ms(HOUR * 40))
    began_ms = late.clock.now_ms()
    for number in range(16, 200):
        late.arrive(number, [taken(STEP * number, 4.0)])
        late.write()
        late.rejudging.step()
        if late.rejudging.judged:
            break
        late.clock.set(late.clock.now_ms() + QUIET_MS // 4)
    assert late.clock.now_ms() - began_ms == LONGEST_WAIT_MS
    late.clock.set(late.clock.now_ms() + QUIET_MS)
    late.rejudge()
    assert [row for row in late.dirty() if row.start_ms is not None] == []


class AwayStore:
    """A store that does not answer."""

    def points(self, probe: ProbeUrn, start_ms: int, end_ms: int, limit: int = 0) -> list[Point]:  # noqa: ARG002
        raise StoreUnavailable("the store is away")


def test_while_the_store_is_away_live_judging_goes_on_and_nothing_is_forgotten(late: LateWatched) -> None:
    readings = trace(*WARM_WHILE_AWAY)
    deliver(late, readings, away=AWAY)
    late.rejudging = late.rejudged(AwayStore())
    late.clock.set(late.clock.now_ms() + LONGEST_WAIT_MS)
    late.write()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            late.rejudging.step()
    late.minutes(range(900, 940, STEP), 9.0)
    assert late.said()[-1].startswith("milk beyond:hot breach")
    late.rejudging = late.rejudged()
    late.settle()
    assert told(late) == [("past:warm", "breach", True)]


def test_what_the_store_has_not_got_yet_is_waited_for(late: LateWatched) -> None:
    readings = trace(*WARM_WHILE_AWAY)
    deliver(late, readings, away=AWAY)
    late.clock.set(late.clock.now_ms() + LONGEST_WAIT_MS)
    late.rejudging.step()
    late.rejudging.step()
    assert late.rejudging.judged == 0
    late.write()
    late.rejudging.step()
    assert late.rejudging.judged > len(AWAY) // STEP


def test_a_stretch_marked_again_while_it_is_followed_is_followed_anew(late: LateWatched) -> None:
    readings = trace(*WARM_WHILE_AWAY)
    deliver(late, readings[:-3] + readings[-1:], away=AWAY)
    late.clock.set(late.clock.now_ms() + LONGEST_WAIT_MS)
    late.rejudging.step()  # has seen what is to be done, and waits for the store
    late.arrive(len(readings) - 2, readings[-3:-1])
    late.settle()
    assert late.timeline() == late.batch(readings)
    assert told(late) == [("past:warm", "breach", True)]


def test_live_judging_goes_on_from_what_late_readings_showed_where_nothing_is_said_by_it(late: LateWatched) -> None:
    readings = trace(*WARM_WHILE_AWAY)
    deliver(late, readings, away=AWAY)
    said = late.said()
    late.settle()
    assert late.dirty() == []
    assert [line for line in late.said() if line not in said and "past:" not in line] == []
    late.clock.set(late.clock.now_ms() + STEP * MINUTE_MS)
    late.minutes(range(900, 1300, STEP), 4.0)
    assert late.dirty() == []


def test_three_weeks_of_backlog_are_judged_anew_once_however_they_come(late: LateWatched) -> None:
    weeks, live = 3 * 7 * DAY, 6 * HOUR
    readings = trace((120, 4.0), (weeks, 6.0), (live, 4.0))
    backlog, news = readings[15 : 15 + weeks // STEP], readings[15 + weeks // STEP :]
    deliver(late, readings[:15], away=range(0))
    for number, reading in enumerate(news):
        late.clock.set(reading.at_ms)
        late.arrive(16 + len(backlog) + number, [reading], live=True)
        first = number * (len(backlog) // len(news))
        late.arrive(16 + first, backlog[first : first + len(backlog) // len(news)])
        late.rejudge()
    rest = len(news) * (len(backlog) // len(news))
    late.arrive(16 + rest, backlog[rest:])
    late.settle()
    assert late.timeline() == late.batch(readings)
    assert late.rejudging.judged < 2 * len(readings)


def test_late_readings_end_no_breach_that_was_told_however_they_would_have_had_it(late: LateWatched) -> None:
    warm = [(number, taken(STEP * number, 9.0)) for number in range(4)]
    for number, reading in warm:
        late.clock.set(reading.at_ms)
        late.arrive(1 + 2 * number, [reading], live=True)
    assert any("beyond:warm breach" in line for line in late.said())
    late.clock.set(minute_ms(25))
    late.arrive(6, [taken(STEP * 2 + 4, 4.0)])  # in truth it was cold in between
    late.clock.set(minute_ms(28))
    late.rejudge()
    (row,) = late.dirty()
    assert row.start_ms is None
    assert [line for line in late.said() if "beyond:warm fine" in line] == []
