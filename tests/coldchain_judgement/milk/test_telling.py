"""What people do with the milk in a unit and tell of it: poured to it, sold, moved, treated, processed."""

import msgspec
import pytest

from coldchain_judgement.milk import events
from coldchain_judgement.milk.estimate import fresh, kept, poured_together
from coldchain_judgement.milk.events import Emptied, MilkIn, MovedIn, MovedOut, Sold
from coldchain_judgement.milk.following import tell
from coldchain_judgement.milk.kinds import Milked, Process, Species
from coldchain_judgement.milk.limits import ACT_NOW, deadline, is_over
from coldchain_judgement.milk.saying import Because, asks, because
from coldchain_judgement.milk.trace import HOUR_MS
from invented.milk_followed import SIX_MS, TERMS, fill_of, found, held, likely, poured

# Poured to what is there


def half_and_half() -> tuple[float, float, float]:
    before = kept(fresh(1e5), [(5, 4.0)])
    return poured_together([(0.5, before), (0.5, fresh(1e5))]).counts()


def test_milk_of_35_degrees_poured_to_as_much_cold_milk_is_known_by_its_heat() -> None:
    pour = MilkIn(at_ms=SIX_MS + 5 * HOUR_MS, milked=Milked.JUST_NOW)
    batch = found(poured(pour, held(poured(), 5, 4.0)), fill_of(pour.at_ms, peak=19.5), after_ms=0)
    assert batch.start.counts() == pytest.approx(half_and_half(), rel=1e-6)
    assert (batch.topped_up, batch.known, batch.milked_ms) == (1, True, SIX_MS)


def test_litres_that_were_told_say_more_than_heat() -> None:
    first = held(poured(MilkIn(at_ms=SIX_MS, milked=Milked.JUST_NOW, litres=20.0)), 5, 4.0)
    pour = MilkIn(at_ms=SIX_MS + 5 * HOUR_MS, milked=Milked.JUST_NOW, litres=20.0)
    batch = found(poured(pour, first), fill_of(pour.at_ms, peak=12.0), after_ms=0)
    assert batch.start.counts() == pytest.approx(half_and_half(), rel=1e-6)
    assert batch.litres == 40.0


def test_milk_of_unknown_age_makes_the_age_of_all_of_it_unknown_until_it_is_told() -> None:
    first = held(poured(MilkIn(at_ms=SIX_MS, milked=Milked.JUST_NOW, litres=20.0)), 5, 4.0)
    at_ms = SIX_MS + 5 * HOUR_MS
    topped_up = found(first, fill_of(at_ms, peak=19.5))
    assert (topped_up.known, asks(topped_up), topped_up.litres) == (False, True, None)
    answered = poured(MilkIn(at_ms=at_ms + HOUR_MS, milked=Milked.JUST_NOW, litres=10.0), topped_up)
    assert (answered.known, answered.milked_ms, answered.litres) == (True, SIX_MS, 30.0)


def test_a_blend_has_the_age_of_its_oldest_milk_and_ends_with_the_day_after_it() -> None:
    batch = poured(MilkIn(at_ms=SIX_MS + 20 * HOUR_MS, milked=Milked.JUST_NOW), held(poured(), 20, 3.0))
    assert deadline(batch, TERMS, at_ms=batch.at_ms, celsius=3.0).until_ms <= SIX_MS + 24 * HOUR_MS


def test_milk_past_its_time_is_not_thinned_out_by_fresh_milk() -> None:
    old = held(poured(MilkIn(at_ms=SIX_MS, milked=Milked.JUST_NOW, litres=1.0)), 4, 25.0)
    assert is_over(old)
    batch = poured(MilkIn(at_ms=old.at_ms, milked=Milked.JUST_NOW, litres=1000.0), old)
    assert batch.estimate.counts()[0] < ACT_NOW
    assert is_over(batch)


def test_goat_milk_poured_to_cow_milk_makes_it_milk_that_nobody_can_time() -> None:
    batch = poured(MilkIn(at_ms=SIX_MS + HOUR_MS, milked=Milked.JUST_NOW, species=Species.GOAT), poured())
    assert batch.species is Species.GOAT
    assert poured(MilkIn(at_ms=SIX_MS + 2 * HOUR_MS, milked=Milked.JUST_NOW), batch).species is Species.GOAT


def test_of_milk_that_nobody_can_time_no_time_is_reckoned_past_either() -> None:
    goat = held(poured(MilkIn(at_ms=SIX_MS, milked=Milked.JUST_NOW, species=Species.GOAT)), 20, 30.0)
    ends = deadline(goat, TERMS, at_ms=goat.at_ms, celsius=30.0)
    assert because(goat, ends, TERMS, at_ms=goat.at_ms) is Because.UNTIMED


def test_raw_milk_poured_to_boiled_milk_makes_it_raw() -> None:
    boiled = poured(events.Processed(at_ms=SIX_MS + HOUR_MS, process=Process.BOILED), poured())
    assert boiled.processed == (Process.BOILED,)
    assert poured(MilkIn(at_ms=SIX_MS + 2 * HOUR_MS, milked=Milked.JUST_NOW), boiled).processed == ()


# What becomes of it


def test_an_emptied_unit_holds_nothing() -> None:
    assert tell(poured(), TERMS, [Emptied(at_ms=SIX_MS + HOUR_MS)], longest_gap_s=1800) is None


def test_what_is_left_after_a_sale_stays_as_it_is_and_after_the_last_litre_there_is_nothing() -> None:
    batch = poured(MilkIn(at_ms=SIX_MS, milked=Milked.JUST_NOW, litres=20.0))
    left = poured(Sold(at_ms=SIX_MS, litres=15.0), batch)
    assert (left.litres, left.start) == (5.0, batch.start)
    assert tell(left, TERMS, [Sold(at_ms=SIX_MS, litres=5.0)], longest_gap_s=1800) is None
    assert poured(Sold(at_ms=SIX_MS), left) == left
    assert tell(left, TERMS, [MovedOut(at_ms=SIX_MS)], longest_gap_s=1800) is None


def test_milk_that_is_moved_keeps_its_age_and_its_past() -> None:
    there = held(poured(), 6, 20.0)
    here = poured(MovedIn(at_ms=there.at_ms, batch=there))
    assert here.estimate.counts() == pytest.approx(there.estimate.counts())
    assert (here.milked_ms, here.known) == (SIX_MS, True)
    refused = msgspec.structs.replace(there, refused_ms=there.at_ms, processed=(Process.BOILED,))
    mixed = poured(MovedIn(at_ms=there.at_ms, batch=refused, litres=5.0), held(poured(), 6, 4.0))
    assert (mixed.refused_ms, mixed.processed, mixed.topped_up) == (there.at_ms, (), 1)
    assert poured(MovedIn(at_ms=there.at_ms, batch=refused)).processed == (Process.BOILED,)
    unknown = poured(MovedIn(at_ms=SIX_MS, batch=poured(MilkIn(at_ms=SIX_MS))))
    assert (unknown.known, asks(unknown)) == (False, False)


def test_lactoperoxidase_holds_milk_for_its_hours_once_and_only_soon_after_milking() -> None:
    milked = held(poured(), 1, 30.0)
    treated = poured(events.Treated(at_ms=SIX_MS + HOUR_MS, celsius=30.0), milked)
    assert likely(held(treated, 7, 30.0)) == likely(milked) < likely(held(milked, 7, 30.0)) / 100
    ends, untreated = (deadline(one, TERMS, at_ms=one.at_ms, celsius=30.0) for one in (treated, milked))
    assert ends.use.earliest == pytest.approx(7.5 + untreated.use.earliest)
    again = poured(events.Treated(at_ms=SIX_MS + 2 * HOUR_MS, celsius=30.0), treated)
    assert again.treated_ms == treated.treated_ms
    assert poured(events.Treated(at_ms=SIX_MS + 4 * HOUR_MS, celsius=30.0), held(poured(), 3, 4.0)).treated_ms is None
    assert poured(events.Treated(at_ms=SIX_MS, celsius=30.0), poured(MilkIn(at_ms=SIX_MS))).treated_ms is None
    assert poured(MilkIn(at_ms=SIX_MS + 4 * HOUR_MS), treated).treated_ms is None


def test_boiling_milk_in_its_time_ends_its_reckoning_and_boiling_it_later_repairs_nothing() -> None:
    early = poured(events.Processed(at_ms=SIX_MS + HOUR_MS, process=Process.BOILED), held(poured(), 1, 20.0))
    assert not is_over(held(early, 30, 30.0))
    late = poured(events.Processed(at_ms=SIX_MS + 12 * HOUR_MS, process=Process.BOILED), held(poured(), 12, 25.0))
    assert is_over(late)


def test_milk_processed_a_day_ago_is_milk_of_which_nothing_more_is_known() -> None:
    boiled = poured(events.Processed(at_ms=SIX_MS + HOUR_MS, process=Process.FERMENTED), poured())
    again = poured(events.Processed(at_ms=SIX_MS + 20 * HOUR_MS, process=Process.BOILED), boiled)
    assert again.processed_ms == boiled.processed_ms
    for hours, why in ((10, Because.PROCESSED), (26, Because.UNTIMED)):
        at_ms = SIX_MS + hours * HOUR_MS
        ends = deadline(boiled, TERMS, at_ms=at_ms, celsius=4.0)
        assert because(boiled, ends, TERMS, at_ms=at_ms) is why


def test_milk_that_is_moved_is_as_cold_as_it_was_and_has_been_warm_for_as_long() -> None:
    there = held(held(poured(MilkIn(at_ms=SIX_MS, milked=Milked.JUST_NOW)), 2, 20.0), 1, 4.0)
    here = poured(MovedIn(at_ms=there.at_ms, batch=there))
    assert (here.celsius, here.exposure) == (4.0, there.exposure)
    cold = held(poured(), 6, 4.0)
    warm = msgspec.structs.replace(there, at_ms=cold.at_ms)
    mixed = poured(MovedIn(at_ms=cold.at_ms, batch=warm, litres=5.0), cold)
    assert mixed.exposure == there.exposure
