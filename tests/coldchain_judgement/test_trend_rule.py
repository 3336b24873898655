"""Warming: a rise without a break, above what is usual, and not the swing of a compressor, a lid or a fill."""

import math
from dataclasses import dataclass, field

import msgspec
import pytest

from coldchain_judgement.curve import Curve, draw
from coldchain_judgement.limits import Level, Trend
from coldchain_judgement.rules.trend import Warming, step
from coldchain_judgement.verdicts import Standing, Verdict, Why

MINUTE_MS, HOUR = 60_000, 60
FINE, BREACH = Standing.FINE, Standing.BREACH
LIMIT = Trend(celsius=5.0, rise_celsius=1.0, window_s=7200, clear_for_s=1200, level=Level.WARNING, source="the test")


@dataclass
class Milk:
    """Milk of which a value a minute is known."""

    state: Warming = field(default_factory=Warming)
    curve: Curve = field(default_factory=Curve)
    minute: int = 0
    said: list[Verdict] = field(default_factory=list)

    def takes(self, *celsius: float, filling: bool = False, gap: bool = False, limit: Trend = LIMIT) -> "Milk":
        for one in celsius:
            drawn = draw(self.curve, at_ms=self.minute * MINUTE_MS, celsius=one, gap=gap)
            self.curve, gap = drawn.curve, False
            self.state, verdict = step(
                self.state, limit, drawn.curve, filling=filling, pointed=drawn.pointed, profile="daily"
            )
            self.said += [verdict] if verdict else []
            self.minute += 1
        return self

    def rises(self, *, start: float, an_hour: float, hours: float, limit: Trend = LIMIT) -> "Milk":
        return self.takes(*(start + an_hour * minute / 60 for minute in range(round(hours * 60))), limit=limit)

    @property
    def found(self) -> list[tuple[Standing, int]]:
        return [(one.standing, one.happened_ms // MINUTE_MS) for one in self.said]


def rested(hours: float = 7, celsius: float = 4.0) -> Milk:
    return Milk().takes(*[celsius] * round(hours * HOUR))


def test_the_first_point_is_fine() -> None:
    assert Milk().takes(4.0).found == [(FINE, 0)]


@pytest.mark.parametrize("an_hour", [0.73, 0.87, 1.9, 4.0])
def test_milk_without_power_is_seen_within_two_hours(an_hour: float) -> None:
    milk = rested().rises(start=4.0, an_hour=an_hour, hours=3)
    (_, minute), *_ = milk.found[1:]
    assert milk.found[1][0] is BREACH
    assert 45 <= minute - 7 * HOUR <= 120
    breach = milk.said[1]
    assert (breach.rule, breach.why, breach.level) == ("trend", Why.WARMING, Level.WARNING)
    assert breach.evidence.celsius is not None
    assert breach.evidence.celsius >= 5.0
    assert (breach.evidence.guard, breach.evidence.profile) == (LIMIT, "daily")
    assert breach.since_ms < breach.happened_ms - 3_599_999


def test_a_rise_that_is_slower_than_any_milk_without_power_is_none() -> None:
    assert rested().rises(start=4.0, an_hour=0.45, hours=3).found == [(FINE, 0)]


def test_a_rise_that_is_faster_than_any_milk_left_alone_is_none() -> None:
    assert rested().rises(start=4.0, an_hour=5.0, hours=3).found == [(FINE, 0)]


def test_a_rise_below_the_line_that_milk_is_kept_at_is_none() -> None:
    milk = rested(celsius=0.5).rises(start=0.5, an_hour=1.0, hours=4)
    assert milk.found == [(FINE, 0)]
    assert milk.rises(start=4.5, an_hour=1.0, hours=1).found[-1][0] is BREACH


def test_before_a_quarter_of_a_day_is_known_nothing_is_unusual() -> None:
    assert rested(hours=3).rises(start=4.0, an_hour=1.0, hours=2.9).found == [(FINE, 0)]


def test_what_is_usual_is_no_trend() -> None:
    swing = [4.5 - 2 * math.cos(minute / 240 * 2 * math.pi) for minute in range(3 * 1440)]
    assert Milk().takes(*swing).found == [(FINE, 0)]


def test_what_was_usual_four_days_ago_is_no_longer() -> None:
    assert Milk().takes(*[6.5] * 7 * HOUR).takes(*[4.0] * 60 * HOUR).rises(start=4, an_hour=1, hours=3).found == [
        (FINE, 0)
    ]
    milk = Milk().takes(*[6.5] * 7 * HOUR).takes(*[4.0] * 79 * HOUR)
    assert milk.rises(start=4.0, an_hour=1.0, hours=3).found[-1][0] is BREACH


def test_a_rise_with_a_fall_in_it_is_none() -> None:
    up_and_down = [4.0 + 0.25 * (minute // 20) - (0.3 if minute % 40 >= 20 else 0.0) for minute in range(180)]
    assert rested().takes(*up_and_down).found == [(FINE, 0)]


def test_a_rise_in_steps_is_none() -> None:
    steps = [4.0 + 0.4 * (minute // 30) for minute in range(180)]
    assert rested().takes(*steps).found == [(FINE, 0)]


def test_while_a_fill_is_cooled_there_is_no_trend_and_nothing_is_usual() -> None:
    milk = rested()
    milk.takes(*(4.0 + minute / 60 for minute in range(180)), filling=True)
    assert milk.found == [(FINE, 0)]
    assert milk.state.warmest[-1] == (1, 4.0)


def test_milk_that_still_falls_from_a_fill_is_not_usual() -> None:
    milk = rested().takes(*(7.9 - minute / 60 for minute in range(180)))
    assert milk.state.warmest[-1] == (1, 4.0)


def test_the_warmth_of_the_rise_itself_does_not_become_usual() -> None:
    milk = rested().rises(start=4.0, an_hour=1.0, hours=3)
    assert milk.state.standing is BREACH
    assert max(celsius for _, celsius in milk.state.warmest) < 5.6


def test_it_is_over_once_half_of_the_rise_is_gone_for_twenty_minutes() -> None:
    milk = rested().rises(start=4.0, an_hour=1.0, hours=2)
    began = milk.state.began
    assert began is not None
    milk.takes(*[began[1] + 0.6] * 120)
    assert [one for one, _ in milk.found] == [FINE, BREACH]
    since = milk.minute
    milk.takes(*[began[1] + 0.4] * 60)
    assert [one for one, _ in milk.found] == [FINE, BREACH, FINE]
    assert milk.said[-1].why is Why.WITHIN
    assert milk.said[-1].evidence.worst_celsius == pytest.approx(6.0, abs=0.2)
    assert 20 <= milk.found[-1][1] - since <= 40


def test_a_gap_holds_it_and_begins_the_time_to_clear_anew() -> None:
    milk = rested().rises(start=4.0, an_hour=1.0, hours=2)
    milk.takes(*[4.0] * 25)
    milk.minute += 120
    milk.takes(*[4.0] * 15, gap=True)
    assert [one for one, _ in milk.found] == [FINE, BREACH]
    milk.takes(*[4.0] * 20)
    assert [one for one, _ in milk.found] == [FINE, BREACH, FINE]


def test_no_rise_is_seen_across_a_gap() -> None:
    milk = rested()
    milk.minute += 60
    milk.takes(*[6.0] * 30, gap=True)
    assert milk.found == [(FINE, 0)]


def test_a_window_of_an_hour_sees_only_what_rises_in_an_hour() -> None:
    short = msgspec.structs.replace(LIMIT, window_s=3600)
    assert rested().rises(start=4.0, an_hour=0.9, hours=3, limit=short).found == [(FINE, 0)]
    assert rested().rises(start=4.0, an_hour=1.2, hours=3, limit=short).found[-1][0] is BREACH


def test_a_state_kept_as_json_goes_on_the_same() -> None:
    whole = rested().rises(start=4.0, an_hour=1.0, hours=2).takes(*[4.0] * 60)
    cut = rested().rises(start=4.0, an_hour=1.0, hours=2)
    cut.state = msgspec.json.decode(msgspec.json.encode(cut.state), type=Warming)
    assert cut.takes(*[4.0] * 60).said == whole.said


def points(*celsius: float, every: int = 10) -> Curve:
    return Curve(points=tuple((number * every * MINUTE_MS, one) for number, one in enumerate(celsius)))


def judged(curve: Curve, *, limit: Trend = LIMIT, warmest: float = 3.0) -> bool:
    """Return whether a curve is a breach where so much has been usual before."""
    usual = Warming(standing=FINE, warmest=((-1, warmest),))
    state, verdict = step(usual, limit, curve, filling=False, pointed=True)
    assert (verdict is not None) is (state.standing is BREACH)
    return state.standing is BREACH


RISE = (4.0, 4.2, 4.4, 4.6, 4.8, 5.0)


def test_exactly_the_rise_in_exactly_an_hour_is_one() -> None:
    assert judged(points(4.0, *RISE[1:], 5.0 + 0.0))
    assert judged(points(4.25, 4.5, 4.5, 4.75, 5.0, 5.125, 5.25))
    assert not judged(points(4.25, 4.5, 4.5, 4.75, 5.0, 5.125, 5.1875))
    assert not judged(points(4.5, 4.75, 5.0, 5.25, 5.375, 5.5))


def test_the_line_itself_and_half_a_degree_above_what_is_usual_decide() -> None:
    reaching = points(4.0, 4.25, 4.5, 4.625, 4.75, 4.875, 5.0)
    assert judged(reaching, warmest=4.25)
    assert not judged(reaching, warmest=4.5)
    short_of_it = points(3.9, 4.15, 4.4, 4.525, 4.65, 4.775, 4.95)
    assert not judged(short_of_it)


def test_exactly_the_window_counts_and_no_more() -> None:
    two_hours = points(*(4.0 + number / 12 for number in range(13)))
    assert judged(two_hours)
    assert not judged(two_hours, limit=msgspec.structs.replace(LIMIT, window_s=7199))


def test_noise_may_fall_by_a_tenth_and_one_point_in_five_may_not_rise() -> None:
    assert judged(points(4.0, 4.25, 4.5, 4.4, 4.75, 5.0, 5.25, 5.5))
    assert not judged(points(4.0, 4.25, 4.5, 4.375, 4.75, 5.0, 5.25, 5.5))
    assert judged(points(4.0, 4.25, 4.25, 4.75, 5.0, 5.25)) is False
    assert judged(points(4.0, 4.25, 4.25, 4.5, 4.75, 5.0, 5.25, 5.5, 5.5, 5.75, 6.0))


def test_it_may_rise_by_three_quarters_of_a_degree_in_ten_minutes_and_by_more_in_longer() -> None:
    assert judged(points(4.0, 4.75, 5.0, 5.25, 5.5, 5.75, 6.0))
    assert not judged(points(4.0, 4.8, 5.0, 5.25, 5.5, 5.75, 6.0))
    assert judged(points(4.0, 5.4, 6.8, 8.2, every=20))
    assert not judged(points(4.0, 5.6, 7.2, 8.8, every=20))


def test_the_end_says_since_when_and_how_warm_it_got() -> None:
    milk = rested().rises(start=4.0, an_hour=1.0, hours=2).takes(*[4.0] * 60)
    fine = milk.said[-1]
    assert (fine.standing, fine.rule, fine.level) == (FINE, "trend", Level.WARNING)
    assert (fine.evidence.celsius, fine.evidence.guard, fine.evidence.profile) == (4.0, LIMIT, "daily")
    assert fine.happened_ms - fine.since_ms == 20 * MINUTE_MS
    assert milk.state == Warming(standing=FINE, warmest=milk.state.warmest)
    assert max(celsius for _, celsius in milk.state.warmest) >= 4.0


def test_a_moment_of_warmth_begins_the_time_to_clear_anew() -> None:
    began = Warming(standing=BREACH, began=(0, 4.0), worst=6.0, warmest=((0, 4.0),))
    state = began
    for minute, celsius in ((0, 4.5), (10, 4.6), (20, 4.5), (30, 4.5)):
        curve = Curve(points=((0, 4.5), (minute * MINUTE_MS, celsius)))
        state, verdict = step(state, LIMIT, curve, filling=False, pointed=True)
        assert verdict is None
    assert (state.clearing_ms, state.worst, state.warmest) == (20 * MINUTE_MS, 6.0, ((0, 4.0),))
    over, verdict = step(state, LIMIT, Curve(points=((0, 4.5), (40 * MINUTE_MS, 4.5))), filling=False, pointed=True)
    assert verdict is not None
    assert (verdict.since_ms, verdict.evidence.worst_celsius) == (20 * MINUTE_MS, 6.0)
    assert over == Warming(standing=FINE, warmest=((0, 4.0),))


def test_a_breach_says_since_when_and_how_warm_and_so_does_its_end() -> None:
    milk = rested().rises(start=4.0, an_hour=1.9, hours=3)
    breach = milk.said[1]
    (began_ms, from_celsius) = milk.state.began or (0, 0.0)
    assert breach.since_ms == began_ms
    assert began_ms % 600_000 == 0
    assert from_celsius < 4.5
    assert breach.evidence.worst_celsius == breach.evidence.celsius
    over = milk.takes(*[4.0] * 60).said[-1]
    assert over.standing is FINE
    assert over.evidence.worst_celsius == pytest.approx(9.6, abs=0.1)
    assert (over.evidence.celsius, over.evidence.profile) == (4.0, "daily")


def test_what_was_usual_is_known_for_three_days_and_the_first_verdict_says_how_cold_it_is() -> None:
    milk = rested(hours=1)
    assert (milk.said[0].evidence.celsius, milk.said[0].evidence.profile) == (4.0, "daily")
    milk = rested(hours=80)
    quarters = [slot for slot, _ in milk.state.warmest]
    assert quarters == list(range(quarters[0], quarters[0] + 13))
    assert {celsius for _, celsius in milk.state.warmest} == {4.0}
    warmer = milk.takes(*[4.2] * 120)
    assert warmer.state.warmest[-1][1] == 4.2
    assert warmer.takes(*[4.1] * 60).state.warmest[-1][1] == 4.2
