"""Fills: found where milk is poured in, followed until they are cold, and what is learnt from them."""

from dataclasses import dataclass, field

import pytest

from coldchain_judgement import filling
from coldchain_judgement.capacity import KEPT, Capacity, allowed_s, is_cooled, learnt, patience_s, too_small
from coldchain_judgement.curve import Curve, draw
from coldchain_judgement.filling import Filled, Hold
from coldchain_judgement.limits import Cooling
from coldchain_judgement.rules.fill import Fill, band

MINUTE_MS, HOUR_S = 60_000, 3600
COOLING = Cooling(celsius=10.0, for_s=4 * HOUR_S, longest_s=36 * HOUR_S, source="the test")
HELD, FREE, UNCOOLED = Hold(held=True), Hold(), Hold(uncooled=COOLING)


@dataclass
class Unit:
    """A unit of which a value a minute is known; nothing else happens in it."""

    capacity: Capacity = field(default_factory=Capacity)
    fill: Fill | None = None
    curve: Curve = field(default_factory=Curve)
    minute: int = 0
    learnt: list[int | None] = field(default_factory=list)

    def takes(self, *values: tuple[int, float], gap: bool = False) -> Filled:
        """Take so many minutes of each value; return how the fill then is."""
        filled = None
        for minutes, celsius in values:
            for _ in range(minutes):
                drawn = draw(self.curve, at_ms=self.minute * MINUTE_MS, celsius=celsius, gap=gap)
                filled = filling.step(
                    self.fill,
                    self.capacity,
                    COOLING,
                    drawn,
                    at_ms=self.minute * MINUTE_MS,
                    warm_celsius=8.0,
                    gap=gap,
                )
                gap = False
                self.fill, self.capacity, self.curve = filled.fill, filled.capacity, drawn.curve
                self.learnt += [filled.learnt_from_ms] if filled.learnt_from_ms is not None else []
                self.minute += 1
        assert filled is not None
        return filled

    def cools(self, *, start: float, end: float, half_a_degree: int) -> Filled:
        """Get colder by half a degree every so many minutes."""
        steps = [(half_a_degree, start - 0.5 * number) for number in range(1, round((start - end) * 2) + 1)]
        return self.takes(*steps)


def test_warm_milk_on_cold_is_a_fill_from_the_last_cold_minute_on() -> None:
    unit = Unit()
    filled = unit.takes((30, 4.0), (10, 19.0))
    assert filled.hold == HELD
    assert unit.fill is not None
    assert (unit.fill.begun_ms // MINUTE_MS, unit.fill.from_celsius, unit.fill.peak) == (31, 4.0, 19.0)
    assert (unit.fill.open, unit.fill.blend) == (True, True)


def test_what_gets_warm_slowly_is_no_fill() -> None:
    unit = Unit()
    filled = unit.takes(*[(10, 4.0 + 0.3 * number) for number in range(60)])
    assert (filled.fill, filled.hold) == (None, FREE)


def test_a_pouring_that_leaves_the_milk_cold_is_no_fill() -> None:
    assert Unit().takes((30, 4.0), (30, 6.5)).fill is None


def test_a_fill_ends_when_it_is_no_longer_above_the_line_and_teaches_how_long_it_took() -> None:
    unit = Unit()
    unit.takes((30, 4.0), (10, 19.0))
    still = unit.cools(start=19.0, end=8.5, half_a_degree=10)
    assert (still.hold, still.capacity) == (HELD, Capacity())
    over = unit.cools(start=8.5, end=7.5, half_a_degree=10)
    assert unit.fill is not None
    assert not unit.fill.open
    assert (over.hold, unit.learnt) == (FREE, [31 * MINUTE_MS])
    cold_after_s = (unit.fill.cold_ms or 0) - unit.fill.begun_ms
    assert over.capacity.took_s == (cold_after_s // 1000,)
    assert over.capacity.slowest_s == ((600,), (600,), (), ())


def test_a_lid_that_was_open_teaches_nothing() -> None:
    unit = Unit()
    assert unit.takes((30, 4.0), (15, 12.0), (30, 4.0)).capacity == Capacity()


def test_milk_poured_within_an_hour_of_the_last_is_the_same_fill_and_later_another() -> None:
    unit = Unit()
    unit.takes((30, 4.0), (50, 12.0), (50, 16.0), (50, 20.0))
    assert unit.fill is not None
    assert (unit.fill.begun_ms // MINUTE_MS, unit.fill.peak) == (31, 20.0)
    unit.takes((30, 20.0), (10, 24.0))
    assert unit.fill.begun_ms // MINUTE_MS == 211
    assert unit.learnt == [31 * MINUTE_MS]
    assert unit.capacity.took_s == (((211 + 1) - 31) * 60,)


def test_milk_that_was_cold_already_is_not_once_more_is_poured_to_it() -> None:
    unit = Unit()
    unit.takes((30, 4.0), (20, 12.0), (20, 9.5))
    assert unit.fill is not None
    assert unit.fill.cold_ms is not None
    unit.takes((5, 14.0))
    topped = unit.takes((1, 14.0)).fill
    assert topped is not None
    assert (topped.begun_ms // MINUTE_MS, topped.cold_ms, topped.peak) == (31, None, 14.0)


def test_a_unit_that_was_empty_shows_it_by_how_warm_its_fill_is() -> None:
    assert Unit().takes((30, 4.0), (3, 30.0)).fill is not None
    unit = Unit()
    new = [unit.takes((1, celsius)).new_batch for celsius in [4.0] * 30 + [30.0] * 10]
    assert (new.count(True), new.index(True)) == (1, 32)
    assert unit.fill is not None
    assert not unit.fill.blend
    assert not Unit().takes((30, 4.0), (3, 25.0)).new_batch


def test_milk_that_does_not_get_colder_is_not_cooled_after_as_long_as_its_band_allows() -> None:
    for celsius, first_s in ((9.0, 12_600), (15.0, 9000), (22.0, 5400), (31.0, 5400)):
        unit = Unit()
        unit.takes((30, 4.0), (3, celsius))
        minutes = first_s // 60
        assert unit.takes((minutes - 1, celsius)).hold == HELD
        assert unit.takes((1, celsius)).hold == UNCOOLED
        assert unit.fill is not None
        assert unit.fill.slow


def test_milk_that_still_gets_warmer_for_twenty_minutes_is_mixing_and_longer_is_not() -> None:
    unit = Unit()
    unit.takes((30, 4.0), (3, 20.0), *[(5, 20.0 + 0.1 * number) for number in range(1, 40)])
    assert unit.fill is not None
    assert unit.fill.peak == pytest.approx(20.4)
    assert 32 < unit.fill.mark[0] // MINUTE_MS <= 52


def test_a_fill_that_was_slow_teaches_nothing_and_is_held_again_once_it_gets_colder() -> None:
    unit = Unit()
    assert unit.takes((30, 4.0), (200, 15.0)).hold == UNCOOLED
    assert unit.takes((10, 14.0)).hold == HELD
    unit.cools(start=14.0, end=7.5, half_a_degree=10)
    assert (unit.capacity, unit.learnt) == (Capacity(), [31 * MINUTE_MS])


def test_a_fill_that_is_not_cold_after_as_long_as_is_allowed_is_not_cooled_however_it_gets_colder() -> None:
    fill = Fill(begun_ms=0, from_celsius=4.0, poured_ms=0, peak=30.0, mark=(35 * 3_600_000, 12.0))
    assert is_cooled(fill, Capacity(), COOLING, at_ms=36 * 3_600_000 - 1)
    assert not is_cooled(fill, Capacity(), COOLING, at_ms=36 * 3_600_000)


def test_no_step_is_timed_across_a_gap_and_no_fill_is_ended_by_one() -> None:
    unit = Unit()
    unit.takes((30, 4.0), (100, 15.0))
    unit.minute += 600
    assert unit.takes((140, 15.0), gap=True).hold == HELD
    assert unit.takes((11, 15.0)).hold == UNCOOLED


@pytest.mark.parametrize(("celsius", "of"), [(9.9, 0), (10.0, 1), (19.9, 1), (20.0, 2), (29.9, 2), (30.0, 3)])
def test_the_bands_begin_at_ten_twenty_and_thirty(celsius: float, of: int) -> None:
    assert band(celsius) == of


def known(*slowest_s: int) -> Capacity:
    return Capacity(slowest_s=((), slowest_s, (), ()))


def test_patience_is_learnt_from_four_fills_and_closer_from_sixteen() -> None:
    assert patience_s(known(2000, 2000, 2000), 15.0) == 9000
    assert patience_s(known(2000, 1000, 2500, 1500), 15.0) == 7500
    assert patience_s(known(*[2500] * KEPT), 15.0) == 5000
    assert patience_s(known(*[2500] * KEPT), 25.0) == 5400


def test_patience_is_never_less_than_an_hour_nor_more_than_six() -> None:
    assert patience_s(known(*[100] * KEPT), 15.0) == 3600
    assert patience_s(known(*[30_000] * KEPT), 15.0) == 21_600


def fill_of(took_s: int, *, slowest_s: tuple[int, ...] = (0, 600, 0, 0)) -> Fill:
    return Fill(
        begun_ms=0, from_celsius=4.0, poured_ms=0, peak=20.0, mark=(0, 20.0), slowest_s=slowest_s, cold_ms=took_s * 1000
    )


def after(*took_s: int) -> Capacity:
    capacity = Capacity()
    for one in took_s:
        capacity = learnt(capacity, fill_of(one), until_ms=one * 1000)
    return capacity


def test_the_last_sixteen_fills_are_remembered() -> None:
    capacity = after(*range(1800, 1820))
    assert capacity.took_s == tuple(range(1804, 1820))
    assert capacity.slowest_s == ((), (600,) * 16, (), ())
    assert after(1799) == Capacity()
    assert after(1800).took_s == (1800,)


def test_what_was_interrupted_counts_with_the_time_it_had() -> None:
    interrupted = Fill(begun_ms=0, from_celsius=4.0, poured_ms=0, peak=20.0, mark=(0, 20.0))
    assert learnt(Capacity(), interrupted, until_ms=7_200_000).took_s == (7200,)


def test_how_long_a_fill_usually_takes_is_said_from_four_on() -> None:
    assert after(2000, 3000, 9000).usual_s is None
    assert after(2000, 9000, 3000, 4000).usual_s == 4000


def test_a_unit_that_is_not_known_yet_may_take_long() -> None:
    assert allowed_s(after(7200, 7200, 7200), COOLING, cold=False) == 36 * HOUR_S


def test_a_unit_that_usually_cools_in_time_has_as_long_as_the_profile_asks() -> None:
    assert allowed_s(after(*[7200] * 4), COOLING, cold=False) == 4 * HOUR_S


def test_a_unit_that_usually_takes_longer_has_half_as_long_again_as_the_longest() -> None:
    assert allowed_s(after(*[9600] * 4), COOLING, cold=False) == 4 * HOUR_S
    assert allowed_s(after(*[9600] * 4, 6 * HOUR_S), COOLING, cold=False) == 4 * HOUR_S
    assert allowed_s(after(*[9601] * 4, 6 * HOUR_S), COOLING, cold=False) == 9 * HOUR_S
    assert allowed_s(after(*[20 * HOUR_S] * 4), COOLING, cold=False) == 30 * HOUR_S
    assert allowed_s(after(*[30 * HOUR_S] * 4), COOLING, cold=False) == 36 * HOUR_S


def test_what_is_cold_as_the_profile_asks_was_cooled_in_time() -> None:
    assert allowed_s(after(*[7200] * 4), COOLING, cold=True) == 36 * HOUR_S


def test_more_milk_than_usual_is_not_cooled_as_this_unit_does_and_is_remembered_all_the_same() -> None:
    unit = Unit(capacity=after(*[7200] * 4))
    unit.takes((30, 4.0), (10, 25.0))
    on_its_way = unit.cools(start=24.5, end=16.5, half_a_degree=14)
    assert (on_its_way.hold, unit.minute) == (HELD, 264)
    assert unit.takes((7, 16.0)).hold == HELD
    assert unit.takes((1, 16.0)).hold == UNCOOLED
    assert unit.cools(start=15.5, end=9.5, half_a_degree=14).hold == HELD
    unit.cools(start=9.5, end=7.5, half_a_degree=14)
    assert unit.capacity.took_s[:4] == (7200,) * 4
    assert len(unit.capacity.took_s) == 5
    assert unit.capacity.took_s[4] > 4 * HOUR_S


def test_a_unit_is_too_small_where_most_of_at_least_four_fills_were_late() -> None:
    late, good = 4 * HOUR_S + 1, 4 * HOUR_S
    assert not too_small(after(late, late, late), COOLING, found=False)
    assert too_small(after(late, late, late, good), COOLING, found=False)
    assert not too_small(after(late, late, good, good), COOLING, found=False)
    assert not too_small(after(*[good] * 10), COOLING, found=False)


def test_it_stays_too_small_until_fewer_than_a_quarter_are_late() -> None:
    late, good = 4 * HOUR_S + 1, 4 * HOUR_S
    assert too_small(after(*[late] * 3, *[good] * 7), COOLING, found=True)
    assert not too_small(after(*[late] * 2, *[good] * 8), COOLING, found=True)
    assert too_small(after(late, good, good, good), COOLING, found=True)


def test_milk_that_never_stopped_at_the_line_was_cold_when_the_fill_ended_and_else_when_it_first_was() -> None:
    at_once = Unit()
    at_once.takes((30, 4.0), (60, 15.0), (10, 5.0))
    assert at_once.fill is not None
    assert at_once.fill.cold_ms == at_once.fill.ended_ms == 92 * MINUTE_MS
    in_steps = Unit()
    in_steps.takes((30, 4.0), (60, 15.0), (10, 9.0), (10, 5.0))
    assert in_steps.fill is not None
    assert (in_steps.fill.cold_ms, in_steps.fill.ended_ms) == (92 * MINUTE_MS, 102 * MINUTE_MS)


def test_the_lines_themselves_are_cold() -> None:
    unit = Unit()
    unit.takes((30, 4.0), (60, 15.0), (10, COOLING.celsius))
    assert unit.fill is not None
    assert (unit.fill.open, unit.fill.cold_ms) == (True, 92 * MINUTE_MS)
    assert not (unit.takes((10, 8.0)).fill or unit.fill).open


def test_more_milk_that_is_colder_leaves_the_warmest_as_it_was() -> None:
    unit = Unit()
    unit.takes((30, 4.0), (20, 22.0), (20, 12.0), (10, 15.0))
    assert unit.fill is not None
    assert (unit.fill.peak, unit.fill.mark[1]) == (22.0, 15.0)


def test_what_is_learnt_is_whole_seconds() -> None:
    odd = Fill(begun_ms=0, from_celsius=4.0, poured_ms=0, peak=20.0, mark=(0, 20.0), cold_ms=7_200_500)
    (took_s,) = learnt(Capacity(), odd, until_ms=7_200_500).took_s
    assert isinstance(took_s, int)
    unit = Unit()
    unit.takes((30, 4.0), (10, 19.0), (10, 18.0))
    assert unit.fill is not None
    assert all(isinstance(one, int) for one in unit.fill.slowest_s)
    assert max(unit.fill.slowest_s) > 0


def test_each_fill_of_an_empty_unit_is_another_batch() -> None:
    unit = Unit()
    found = [unit.takes((1, celsius)).new_batch for celsius in ([5.0] * 30 + [33.0] * 10 + [5.0] * 70) * 2]
    assert [minute // 110 for minute, new in enumerate(found) if new] == [0, 1]
