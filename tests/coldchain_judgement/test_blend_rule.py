"""Blend too warm: cold milk that warm milk was poured to, once it has mixed."""

import msgspec
import pytest

from coldchain_judgement.limits import Blend, Level
from coldchain_judgement.rules.blend import Blended, step
from coldchain_judgement.rules.fill import Fill
from coldchain_judgement.verdicts import Standing, Verdict, Why

MINUTE_MS = 60_000
FINE, BREACH = Standing.FINE, Standing.BREACH
LIMIT = Blend(
    celsius=10.0,
    inclusive=False,
    for_s=900,
    clear_celsius=9.5,
    clear_for_s=600,
    level=Level.WARNING,
    source="the test",
)


def fill(**changes: object) -> Fill:
    """Milk poured in minute 10 to milk of 4 °C, at most 15 °C warm together."""
    poured_ms = 10 * MINUTE_MS
    poured = Fill(begun_ms=9 * MINUTE_MS, from_celsius=4.0, poured_ms=poured_ms, peak=15.0, mark=(poured_ms, 15.0))
    return msgspec.structs.replace(poured, **changes)


def verdicts(
    of: Fill | None, *values: tuple[int, float], limit: Blend = LIMIT, gap_at: int | None = None
) -> list[Verdict]:
    """Return what is said of so many minutes of each value, from minute 0 on."""
    state, said = Blended(), []
    flat = [celsius for count, celsius in values for _ in range(count)]
    for minute, celsius in enumerate(flat):
        state, verdict = step(
            state, limit, of, at_ms=minute * MINUTE_MS, celsius=celsius, gap=minute == gap_at, profile="pmo"
        )
        said += [verdict] if verdict else []
    return said


def said(of: Fill | None, *values: tuple[int, float], limit: Blend = LIMIT) -> list[tuple[Standing, int]]:
    return [(one.standing, one.happened_ms // MINUTE_MS) for one in verdicts(of, *values, limit=limit)]


def test_a_blend_is_judged_fifteen_minutes_after_the_pouring() -> None:
    assert said(fill(), (25, 12.0)) == [(FINE, 0)]
    assert said(fill(), (26, 12.0)) == [(FINE, 0), (BREACH, 25)]


@pytest.mark.parametrize(
    ("celsius", "inclusive", "breach"), [(10.0, False, False), (10.1, False, True), (10.0, True, True)]
)
def test_a_blend_never_above_ten_degrees_may_have_ten(celsius: float, inclusive: bool, breach: bool) -> None:
    limit = msgspec.structs.replace(LIMIT, inclusive=inclusive)
    assert (len(said(fill(), (60, celsius), limit=limit)) == 2) is breach


@pytest.mark.parametrize(
    "no_blend",
    [None, fill(peak=25.5), fill(from_celsius=10.5), fill(ended_ms=20 * MINUTE_MS)],
    ids=["no fill", "nothing cold in it", "was warm before", "is cold again"],
)
def test_what_is_no_blend_is_none(no_blend: Fill | None) -> None:
    assert said(no_blend, (60, 12.0)) == [(FINE, 0)]


def test_it_is_over_after_ten_minutes_at_the_clear_line() -> None:
    warm = (26, 12.0)
    assert said(fill(), warm, (30, 9.6)) == [(FINE, 0), (BREACH, 25)]
    assert said(fill(), warm, (10, 9.5)) == [(FINE, 0), (BREACH, 25)]
    assert said(fill(), warm, (11, 9.5)) == [(FINE, 0), (BREACH, 25), (FINE, 36)]
    assert said(fill(), warm, (9, 9.5), (1, 9.6), (10, 9.5)) == [(FINE, 0), (BREACH, 25)]


def test_a_gap_begins_the_time_to_clear_anew() -> None:
    found = verdicts(fill(), (26, 12.0), (20, 9.0), gap_at=30)
    assert [(one.standing, one.happened_ms // MINUTE_MS) for one in found] == [(FINE, 0), (BREACH, 25), (FINE, 40)]


def test_a_verdict_says_since_when_how_warm_at_worst_and_by_which_limit() -> None:
    first, breach, fine = verdicts(fill(), (26, 12.0), (11, 9.5))
    assert (first.evidence.profile, first.evidence.worst_celsius) == ("pmo", None)
    assert (fine.evidence.profile, fine.evidence.worst_celsius) == ("pmo", 15.0)
    assert (breach.rule, breach.why, breach.level) == ("blend", Why.BLEND_TOO_WARM, Level.WARNING)
    assert breach.since_ms == 9 * MINUTE_MS
    assert (breach.evidence.worst_celsius, breach.evidence.guard, breach.evidence.profile) == (15.0, LIMIT, "pmo")
    assert (fine.why, fine.since_ms) == (Why.WITHIN, 26 * MINUTE_MS)
