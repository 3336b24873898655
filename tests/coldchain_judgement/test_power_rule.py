"""Power lost, where a device senses it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coldchain_judgement.limits import Level
from coldchain_judgement.rules.power import Power, step
from coldchain_judgement.verdicts import Standing, Verdict, Why

FINE, BREACH = Standing.FINE, Standing.BREACH


def verdicts(*told: tuple[float, bool | None]) -> list[Verdict]:
    """Return what is said of (minute, is there mains)."""
    state, said = Power(), []
    for minute, mains in told:
        state, verdict = step(state, at_ms=round(minute * 60_000), mains=mains)
        said += [verdict] if verdict else []
    return said


def said(*told: tuple[float, bool | None]) -> list[tuple[Standing, float, float]]:
    return [(one.standing, one.since_ms / 60_000, one.happened_ms / 60_000) for one in verdicts(*told)]


def test_ten_minutes_without_power_are_a_breach_since_the_first_of_them() -> None:
    assert said((0, True), (1, False), (10, False)) == [(FINE, 0, 0)]
    assert said((0, True), (1, False), (10, False), (11, False)) == [(FINE, 0, 0), (BREACH, 1, 11)]
    assert said((0, False), (10, False)) == [(BREACH, 0, 10)]


def test_a_blink_of_power_begins_the_time_anew() -> None:
    assert said((0, True), (1, False), (9, True), (10, False), (19, False)) == [(FINE, 0, 0)]


def test_power_that_stays_for_five_minutes_ends_it() -> None:
    out = ((0, False), (10, False))
    assert said(*out, (11, True), (15, True)) == [(BREACH, 0, 10)]
    assert said(*out, (11, True), (16, True)) == [(BREACH, 0, 10), (FINE, 11, 16)]
    assert said(*out, (11, True), (15, False), (16, True), (20, True)) == [(BREACH, 0, 10)]


def test_a_device_that_does_not_sense_it_says_nothing_and_changes_nothing() -> None:
    assert said((0, None), (60, None)) == []
    assert said((0, False), (5, None), (10, False)) == [(BREACH, 0, 10)]


def test_what_is_not_newer_changes_nothing() -> None:
    assert said((0, False), (10, False), (10, True), (3, True)) == [(BREACH, 0, 10)]
    for mains in (True, False):
        state, _ = step(Power(), at_ms=600_000, mains=mains)
        for at_ms in (600_000, 0):
            assert step(state, at_ms=at_ms, mains=not mains) == (state, None)


def test_a_verdict_says_why_and_how_long_it_was_borne() -> None:
    breach, fine = verdicts((0, False), (10, False), (11, True), (16, True))
    assert (breach.rule, breach.why, breach.level, breach.evidence.after_s) == (
        "power",
        Why.POWER_LOST,
        Level.WARNING,
        600,
    )
    assert fine.why is Why.WITHIN


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from([True, False, None])), max_size=40))
def test_what_is_said_alternates(steps: list[tuple[int, bool | None]]) -> None:
    minute, told = 0, []
    for pause, mains in steps:
        minute += pause
        told.append((float(minute), mains))
    standings = [one.standing for one in verdicts(*told)]
    assert all(before is not after for before, after in pairwise(standings))
