"""The light: by the worst of what is known, and never green without it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_judgement.advice import Action
from coldchain_judgement.light import Light, light_of, with_milk
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import FINDINGS, Evidence, Standing, Verdict, Why


def verdict(standing: Standing, level: Level = Level.CRITICAL, why: Why = Why.WITHIN) -> Verdict:
    return Verdict(rule="any", standing=standing, level=level, why=why, since_ms=1, happened_ms=1, evidence=Evidence())


FINE = verdict(Standing.FINE)
WARM = verdict(Standing.BREACH, Level.CRITICAL, Why.TOO_WARM)
WARMISH = verdict(Standing.BREACH, Level.WARNING, Why.TOO_WARM)
BLIND = verdict(Standing.BREACH, Level.CRITICAL, Why.PROBE_FAULT)
SIDE_BLIND = verdict(Standing.BREACH, Level.WARNING, Why.SILENT)


def test_the_light_is_that_of_the_worst() -> None:
    assert light_of([FINE, FINE]) is Light.GREEN
    assert light_of([FINE, WARMISH]) is Light.AMBER
    assert light_of([FINE, WARMISH, WARM]) is Light.RED


def test_nothing_known_is_never_green() -> None:
    assert light_of([]) is Light.UNKNOWN
    assert light_of([None]) is Light.UNKNOWN
    assert light_of([FINE, None]) is Light.UNKNOWN
    assert light_of([FINE, verdict(Standing.UNKNOWN)]) is Light.UNKNOWN


def test_whoever_cannot_see_the_milk_says_so_before_anything_else() -> None:
    assert light_of([FINE, BLIND]) is Light.UNKNOWN
    assert light_of([WARM, BLIND]) is Light.UNKNOWN


def test_a_silent_probe_beside_one_that_measures_is_amber() -> None:
    assert light_of([FINE, SIDE_BLIND]) is Light.AMBER
    assert light_of([WARM, SIDE_BLIND]) is Light.RED


def test_what_is_known_to_be_bad_is_shown_before_what_is_not_known_yet() -> None:
    assert light_of([None, WARM]) is Light.RED
    assert light_of([None, WARMISH]) is Light.AMBER


def test_a_probe_that_is_stuck_or_a_place_that_is_silent_sees_nothing() -> None:
    for why in (Why.STUCK, Why.SITE_SILENT, Why.OUTAGE, Why.SILENT, Why.PROBE_FAULT):
        assert light_of([WARM, verdict(Standing.BREACH, Level.CRITICAL, why)]) is Light.UNKNOWN


def test_a_finding_changes_no_light() -> None:
    too_small = verdict(Standing.BREACH, Level.WARNING, Why.TOO_SMALL)
    assert light_of([FINE, too_small]) is Light.GREEN
    assert light_of([WARM, too_small]) is Light.RED
    assert light_of([too_small]) is Light.UNKNOWN


@given(
    st.lists(
        st.none() | st.builds(verdict, st.sampled_from(Standing), st.sampled_from(Level), st.sampled_from(Why)),
        max_size=6,
    )
)
def test_green_is_shown_only_where_every_rule_has_spoken_and_says_fine(verdicts: list[Verdict | None]) -> None:
    judged = [one for one in verdicts if one is None or one.why not in FINDINGS]
    all_fine = bool(judged) and all(one is not None and one.standing is Standing.FINE for one in judged)
    assert (light_of(verdicts) is Light.GREEN) is all_fine


SEVERITY = {Light.GREEN: 0, Light.AMBER: 1, Light.RED: 2}


@pytest.mark.parametrize("light", Light)
@pytest.mark.parametrize("action", [None, *Action])
def test_milk_makes_a_light_worse_or_leaves_it_and_whoever_is_blind_stays_so(
    light: Light, action: Action | None
) -> None:
    after = with_milk(light, action)
    if light is Light.UNKNOWN:
        assert after is Light.UNKNOWN
    else:
        assert SEVERITY[after] >= SEVERITY[light]


def test_milk_that_is_not_for_drinking_is_red_and_milk_to_be_tested_or_boiled_is_never_green() -> None:
    assert (
        with_milk(Light.GREEN, Action.NOT_FOR_DRINKING) is with_milk(Light.AMBER, Action.NOT_FOR_DRINKING) is Light.RED
    )
    for action in (Action.TEST_BEFORE_SELLING, Action.BOIL_OR_FERMENT):
        assert with_milk(Light.GREEN, action) is Light.AMBER
    assert with_milk(Light.GREEN, Action.SELL) is with_milk(Light.GREEN, None) is Light.GREEN
