"""What a freshness card says in any state of milk at all: only what holds, and else why there is none."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_judgement.advice import When
from coldchain_judgement.milk import events
from coldchain_judgement.milk.batch import Batch, Exposure
from coldchain_judgement.milk.kinds import Milked, Process, QualityTest, Species
from coldchain_judgement.milk.limits import ACT_NOW, deadline
from coldchain_judgement.milk.telling import told
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_server.freshness.card import Card, Refusal, Seen, drawn_up
from coldchain_server.notifications.catalogue import WRITTEN, every_key, written
from coldchain_server.words.forbidden import forbidden_in
from invented.milk_states import moments

MORNING_MS = 1_790_056_800_000  # 06:00 in Bamako
ALCOHOL = events.Tested(at_ms=MORNING_MS + HOUR_MS, test=QualityTest.ALCOHOL, failed=False, percent=72)


def seen(milk: Batch | None, *, at_ms: int, terms: MilkTerms | None = None, **changes: object) -> Seen:
    by = terms or MilkTerms()
    ends = None if milk is None else deadline(milk, by, at_ms=at_ms, celsius=milk.celsius or 4.0)
    found = Seen(at_ms=at_ms, batch=milk, ends=ends, terms=by, heard_ms=at_ms, longest_gap_s=1800, tests=(ALCOHOL,))
    return msgspec.structs.replace(found, **changes)


def cold(hours: float = 2.0, *, milked: Milked = Milked.JUST_NOW, **changes: object) -> Batch:
    """Return milk that was poured in at six and has been at 4 °C for so long."""
    milk = told(None, events.MilkIn(at_ms=MORNING_MS, milked=milked), MilkTerms())
    assert milk is not None
    exposure = Exposure(hours=hours, cold_hours=hours)
    at_ms = MORNING_MS + round(hours * HOUR_MS)
    return msgspec.structs.replace(milk, at_ms=at_ms, celsius=4.0, exposure=exposure, **changes)


def drawn(milk: Batch | None, **changes: object) -> Card | Refusal:
    at_ms = MORNING_MS + 2 * HOUR_MS
    return drawn_up(msgspec.structs.replace(seen(milk, at_ms=at_ms), **changes))


def test_cold_milk_whose_milking_was_told_and_that_was_tested_has_a_card() -> None:
    card = drawn(cold())
    assert isinstance(card, Card)
    assert (card.hours, card.cold_hours, card.milked_ms, card.tests) == (2.0, 2.0, MORNING_MS, (ALCOHOL,))
    assert card.at_ms < card.until_ms <= MORNING_MS + 24 * HOUR_MS


def test_each_thing_that_is_missing_is_named() -> None:
    failed = msgspec.structs.replace(ALCOHOL, failed=True)
    looked = events.Tested(at_ms=ALCOHOL.at_ms, test=QualityTest.LOOK_AND_SMELL, failed=False)
    weighed = events.Tested(at_ms=ALCOHOL.at_ms, test=QualityTest.DENSITY, failed=False, value=1.03)
    earlier = msgspec.structs.replace(ALCOHOL, at_ms=MORNING_MS - 1)
    assert drawn(None) is Refusal.EMPTY
    assert drawn(cold(milked=Milked.UNKNOWN)) is Refusal.AGE_UNTOLD
    assert drawn(cold(species=Species.CAMEL)) is Refusal.UNTIMED
    assert drawn(cold(refused_ms=1)) is Refusal.PAST
    assert drawn(cold(blind_ms=1)) is Refusal.UNSEEN
    assert drawn(cold(processed=(Process.BOILED,), processed_ms=MORNING_MS)) is Refusal.PROCESSED
    for tests in ((), (failed,), (looked,), (weighed,), (earlier,)):
        assert drawn(cold(), tests=tests) is Refusal.UNTESTED
    assert drawn(cold(), heard_ms=MORNING_MS) is Refusal.SILENT
    unseen = msgspec.structs.replace(cold(), exposure=Exposure(hours=0.9, cold_hours=0.9))
    assert drawn(unseen) is Refusal.UNSEEN
    warm = msgspec.structs.replace(cold(), celsius=8.1)
    assert drawn(warm) is Refusal.WARM
    assert drawn_up(seen(cold(), at_ms=MORNING_MS + 2 * HOUR_MS), uncooled=True) is Refusal.UNCOOLED


def test_milk_that_is_needed_in_the_morning_and_ends_within_it_is_sold_by_its_end() -> None:
    at_ms = MORNING_MS + 2 * HOUR_MS
    found = seen(cold(), at_ms=at_ms, terms=MilkTerms(tested=True, needed_at=("07:00",)))
    assert found.ends is not None
    ends = msgspec.structs.replace(found.ends, until_ms=MORNING_MS + 26 * HOUR_MS)
    card = drawn_up(msgspec.structs.replace(found, ends=ends))
    assert isinstance(card, Card)
    assert (card.sell_by, card.until_ms) == (When.IN_THE_MORNING, ends.until_ms)


def test_milk_that_was_warm_for_longer_than_cooling_takes_was_not_kept_cold() -> None:
    at_ms = MORNING_MS + 6 * HOUR_MS
    allowed = msgspec.structs.replace(cold(6.0), exposure=Exposure(hours=6.0, cold_hours=2.0))
    longer = msgspec.structs.replace(cold(6.0), exposure=Exposure(hours=6.0, cold_hours=1.9))
    assert isinstance(drawn_up(seen(allowed, at_ms=at_ms)), Card)
    assert drawn_up(seen(longer, at_ms=at_ms)) is Refusal.WARM


@settings(max_examples=200, deadline=None)
@given(moments(), st.booleans())
def test_no_card_is_drawn_up_of_milk_that_may_be_past_its_time_or_that_nobody_knows(
    moment: tuple[Batch, MilkTerms, int], cold_all_along: bool
) -> None:
    milk, terms, at_ms = moment
    if cold_all_along:
        hours = (at_ms - milk.begun_ms) / HOUR_MS
        milk = msgspec.structs.replace(milk, celsius=4.0, exposure=Exposure(hours=hours, cold_hours=hours))
    tested = msgspec.structs.replace(ALCOHOL, at_ms=at_ms)
    card = drawn_up(seen(milk, at_ms=at_ms, terms=terms, tests=(tested,)))
    if isinstance(card, Card):
        assert milk.estimate.counts()[0] < ACT_NOW
        assert milk.known
        assert milk.species is Species.COW
        assert (milk.blind_ms, milk.refused_ms, milk.spoiled, milk.processed) == (None, None, False, ())
        assert at_ms < card.until_ms
        assert terms.tested or card.until_ms <= milk.milked_ms + 24 * HOUR_MS


def test_no_word_of_a_card_says_more_than_that_it_was_cold() -> None:
    keys = [key for key in every_key() if key.startswith(("card.", "tested."))]
    assert len(keys) > 12
    for language in WRITTEN:
        for key in keys:
            assert not forbidden_in(written(language)[key], language, may_say_boil=key == "card.boil"), key
