"""Stuck: the very same value, while another probe in the unit shows that it cannot be so."""

import math
from collections.abc import Sequence

import msgspec
import pytest

from coldchain_judgement.limits import Level
from coldchain_judgement.rules.stuck import Stuck, step
from coldchain_judgement.verdicts import Standing, Verdict, Why

MINUTE_MS = 60_000
FINE, BREACH = Standing.FINE, Standing.BREACH
Beside = Sequence[tuple[float, float | None]]


def verdicts(both: Beside, *, every: int = 1, state: Stuck | None = None, first: int = 0) -> list[Verdict]:
    """Return what is said of a probe and the one beside it, a pair every so many minutes."""
    state, said = state or Stuck(), []
    for number, (celsius, beside) in enumerate(both, start=first):
        state, verdict = step(
            state,
            at_ms=number * every * MINUTE_MS,
            celsius=celsius,
            beside=beside,
            longest_gap_s=1800,
            level=Level.CRITICAL,
        )
        said += [verdict] if verdict else []
    return said


def said(both: Beside, *, every: int = 1) -> list[tuple[Standing, int]]:
    return [(one.standing, one.happened_ms // (every * MINUTE_MS)) for one in verdicts(both, every=every)]


def cycling(minutes: int) -> list[float]:
    """Return the air of a cooler whose compressor comes on once an hour."""
    return [2.5 + 1.5 * math.sin(minute / 60 * 2 * math.pi) for minute in range(minutes)]


def test_milk_that_is_steady_for_a_day_while_the_air_swings_as_ever_is_not_stuck() -> None:
    swing = cycling(2 * 1440)
    milk = [4.0 + 0.0625 * (minute < 600 and minute % 3 == 0) for minute in range(len(swing))]
    assert said(list(zip(milk, swing, strict=True))) == [(FINE, 0)]


def test_a_value_that_stays_while_the_air_gets_ten_degrees_warmer_for_an_hour_is_stuck() -> None:
    before: Beside = [(4.0 + 0.0625 * (minute % 2), 2.5) for minute in range(600)]
    warm: Beside = [(4.0, 13.5)] * 60
    found = verdicts([*before, *warm])
    assert [(one.standing, one.why) for one in found[1:]] == [(BREACH, Why.STUCK)]
    breach = found[1]
    assert breach.since_ms == 600 * MINUTE_MS
    assert 650 < breach.happened_ms / MINUTE_MS < 660
    assert (breach.rule, breach.level, breach.evidence.celsius) == ("stuck", Level.CRITICAL, 4.0)


def test_milk_that_follows_by_the_least_a_probe_can_tell_is_not_stuck() -> None:
    power_cut: Beside = [(4.0 + 0.0625 * (minute // 45), 2.5 + minute / 20) for minute in range(400)]
    assert said(power_cut) == [(FINE, 0)]


def test_air_that_gets_colder_shows_it_as_well() -> None:
    assert [one for one, _ in said([(9.0, 9.0)] * 60 + [(9.0, -1.5)] * 61)] == [FINE, BREACH]


def test_a_probe_that_is_put_beside_it_later_counts_from_then_on() -> None:
    assert [one for one, _ in said([(4.0, None)] * 60 + [(4.0, 2.5)] * 10 + [(4.0, 14.5)] * 60)] == [FINE, BREACH]


def test_ten_degree_hours_are_enough_and_less_is_not() -> None:
    hours: Beside = [(4.0, 0.0), *[(4.0, 10.0)] * 2]
    assert [one for one, _ in said(hours, every=30)] == [FINE, BREACH]
    assert [one for one, _ in said([(4.0, 0.0), *[(4.0, 9.9)] * 2], every=30)] == [FINE]
    assert [one for one, _ in said([(4.0, 0.0), (4.0, 10.0), (4.0, -10.0), (4.0, 5.0)], every=30)] == [FINE]


def test_one_other_value_ends_it() -> None:
    stuck: Beside = [(4.0, 2.5)] * 10 + [(4.0, 14.5)] * 60
    found = verdicts([*stuck, (4.0625, 14.5)])
    assert [(one.standing, one.why) for one in found] == [
        (FINE, Why.PROBE_MENDED),
        (BREACH, Why.STUCK),
        (FINE, Why.PROBE_MENDED),
    ]


def test_without_another_probe_nothing_is_stuck() -> None:
    assert said([(4.0, None)] * 2000) == [(FINE, 0)]
    assert said([(4.0, None)] * 300 + [(4.0, 20.0)] * 300) == [(FINE, 0)]


def test_what_a_gap_hides_counts_for_nothing() -> None:
    assert said([(4.0, 2.5), *[(4.0, 14.5)] * 4], every=31) == [(FINE, 0)]
    assert said([(4.0, 2.5), *[(4.0, 14.5)] * 4], every=30) == [(FINE, 0), (BREACH, 2)]


def test_what_is_not_newer_changes_nothing() -> None:
    state = Stuck(standing=FINE, last_ms=600_000, celsius=4.0, since_ms=0, usual=2.5, usual_then=2.5)
    for at_ms in (600_000, 0):
        assert step(state, at_ms=at_ms, celsius=9.0, beside=20.0, longest_gap_s=1800, level=Level.WARNING) == (
            state,
            None,
        )


@pytest.mark.parametrize("at", [1, 10, 40, 69])
def test_a_state_kept_as_json_goes_on_the_same(at: int) -> None:
    both: Beside = [(4.0, 2.5)] * 10 + [(4.0, 14.5)] * 60
    state = Stuck()
    for number, (celsius, beside) in enumerate(both[:at]):
        state, _ = step(
            state, at_ms=number * MINUTE_MS, celsius=celsius, beside=beside, longest_gap_s=1800, level=Level.CRITICAL
        )
    kept = msgspec.json.decode(msgspec.json.encode(state), type=Stuck)
    assert verdicts(both[:at]) + verdicts(both[at:], state=kept, first=at) == verdicts(both)
