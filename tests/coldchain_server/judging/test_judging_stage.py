"""Judging between a real spool and a real ledger: what is said, when, and what is remembered."""

from msgspec import json

from coldchain_contract.readings import Quality
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Why
from invented.watched import (
    MILK,
    MINUTE_MS,
    START_MS,
    UNIT,
    WARM,
    WARM_FROM_5_TO_30,
    Watched,
)


def warm_for_a_while(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    watched.minutes(range(5, 30), 9.0)
    watched.minutes(range(30, 45), 4.0)


def test_milk_that_is_warm_for_long_is_said_and_said_to_be_over(watched: Watched) -> None:
    warm_for_a_while(watched)
    assert watched.said() == WARM_FROM_5_TO_30


def test_a_verdict_says_why_and_when_it_was_learnt_and_keeps_the_limit_as_it_was(watched: Watched) -> None:
    watched.minutes(range(10), 9.0)
    watched.at(12)
    watched.send((MILK, 10, 11.5), (MILK, 11, 9.0))
    watched.judge()
    row = next(row for row in watched.rows() if row.standing == "breach")
    assert (row.site, row.unit, row.subject, row.rule) == ("menaka", UNIT, MILK, "beyond:warm")
    assert (row.reason, row.level) == (Why.TOO_WARM.value, Level.WARNING.value)
    assert (row.since_ms, row.happened_ms) == (START_MS, START_MS + 10 * MINUTE_MS)
    assert row.learnt_ms == START_MS + 12 * MINUTE_MS
    evidence = json.decode(row.evidence, type=Evidence)
    assert (evidence.limit, evidence.profile, evidence.worst_celsius) == (WARM, "daily", 11.5)


def test_what_is_said_does_not_depend_on_when_judging_runs(watched: Watched) -> None:
    for minute in range(45):
        watched.at(minute)
        watched.send((MILK, minute, 9.0 if 5 <= minute < 30 else 4.0))
    watched.judge()
    assert [line for line in watched.said() if "beyond" in line] == WARM_FROM_5_TO_30
    assert watched.spool.depth() == 45  # the store writer has not been there yet
    assert watched.spool.position("judging") == 45


def test_a_restart_at_every_minute_changes_nothing_of_what_is_said(watched: Watched) -> None:
    for minute in range(45):
        watched.stage = watched.judging()
        watched.minutes(range(minute, minute + 1), 9.0 if 5 <= minute < 30 else 4.0)
    assert watched.said() == WARM_FROM_5_TO_30


# Late data.


def test_late_readings_raise_no_alarm_and_clear_none(watched: Watched) -> None:
    watched.minutes(range(2), 4.0)
    watched.at(100)
    watched.send(*((MILK, minute, 30.0) for minute in range(2, 60)))
    watched.judge()
    assert watched.said() == []
    watched.minutes(range(100, 111), 9.0)
    before = watched.said()
    assert before[-1] == "milk beyond:warm breach 100→110"
    watched.send(*((MILK, minute, 4.0) for minute in range(61, 99)))
    watched.judge()
    assert watched.said() == before


def test_a_reading_is_late_six_minutes_after_its_instant_where_reports_come_every_minute(watched: Watched) -> None:
    watched.minutes(range(10), 9.0)
    watched.send((MILK, 10, 9.0), received=16.01)
    watched.judge()
    assert watched.said() == []
    watched.send((MILK, 10.5, 9.0), received=16.5)
    watched.judge()
    assert watched.said() == ["milk beyond:warm breach 0→10.5"]


def test_readings_that_come_out_of_order_do_not_disturb(watched: Watched) -> None:
    watched.minutes(range(8), 9.0)
    watched.send((MILK, 3.5, 4.0))
    watched.send((MILK, 9, 9.0), (MILK, 8, 9.0))
    watched.minutes(range(10, 12), 9.0)
    assert watched.said() == ["milk beyond:warm breach 0→10"]


def test_the_order_of_readings_within_a_pack_does_not_matter(watched: Watched) -> None:
    watched.at(12)
    watched.send(*((MILK, minute, 4.0 if minute < 1 else 9.0) for minute in range(12, -1, -1)), received=5)
    watched.judge()
    assert [line for line in watched.said() if "beyond" in line] == ["milk beyond:warm breach 1→11"]


def test_the_newest_reading_is_by_instant_and_keeps_the_newest_value_beside_a_fault(watched: Watched) -> None:
    watched.minutes(range(3), 4.0)
    watched.minutes(range(3, 5), Quality.GONE)
    watched.send((MILK, 1.5, 20.0), (MILK, 2.5, 6.0))
    watched.judge()
    row = watched.latest()["milk"]
    assert (row.at_ms, row.quality, row.value) == (START_MS + 4 * MINUTE_MS, "gone", None)
    assert (row.ok_at_ms, row.ok_value) == (START_MS + round(2.5 * MINUTE_MS), 6.0)
    watched.at(200)
    watched.send((MILK, 100, 7.0))
    watched.judge()
    row = watched.latest()["milk"]
    assert (row.at_ms, row.received_ms, row.value) == (START_MS + 100 * MINUTE_MS, START_MS + 200 * MINUTE_MS, 7.0)
