"""Too small for its fills: one finding, with what it rests on."""

from coldchain_judgement.capacity import Capacity
from coldchain_judgement.limits import Cooling, Level
from coldchain_judgement.rules.too_small import step
from coldchain_judgement.verdicts import FINDINGS, Evidence, Standing, Verdict, Why

COOLING = Cooling(celsius=10.0, for_s=14_400, longest_s=129_600, source="the test")
SMALL, LARGE = Capacity(took_s=(30_000,) * 4), Capacity(took_s=(7200,) * 4)


def said(standing: Standing, capacity: Capacity) -> Verdict | None:
    after, verdict = step(standing, capacity, COOLING, at_ms=9000, since_ms=1000, profile="daily")
    assert after is (verdict.standing if verdict else standing)
    return verdict


def test_a_finding_says_how_long_a_fill_usually_takes_and_against_what() -> None:
    assert said(Standing.FINE, SMALL) == Verdict(
        rule="too-small",
        standing=Standing.BREACH,
        level=Level.WARNING,
        why=Why.TOO_SMALL,
        since_ms=1000,
        happened_ms=9000,
        evidence=Evidence(after_s=30_000, guard=COOLING, profile="daily"),
    )
    assert Why.TOO_SMALL in FINDINGS


def test_it_is_said_once_and_taken_back_once() -> None:
    assert said(Standing.BREACH, SMALL) is None
    assert said(Standing.FINE, LARGE) is None
    over = said(Standing.BREACH, LARGE)
    assert over is not None
    assert (over.standing, over.why, over.evidence.after_s) == (Standing.FINE, Why.WITHIN, 7200)


def test_a_unit_that_is_not_known_is_fine() -> None:
    first = said(Standing.UNKNOWN, Capacity())
    assert first is not None
    assert (first.standing, first.evidence.after_s) == (Standing.FINE, None)


def test_once_found_it_stands_until_fewer_than_a_quarter_of_the_fills_are_late() -> None:
    some = Capacity(took_s=(30_000, *(7200,) * 3))
    assert said(Standing.BREACH, some) is None
    assert said(Standing.FINE, some) is None
