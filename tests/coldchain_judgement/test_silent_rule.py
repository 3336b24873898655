"""Silence: it counts by the clock, only while somebody listens, and only of whoever was heard before."""

from hypothesis import given
from hypothesis import strategies as st

from coldchain_judgement.limits import Level
from coldchain_judgement.rules.silent import Silence, due_ms, hear, step
from coldchain_judgement.verdicts import Standing, Verdict, Why

AFTER_S = 1800
AFTER_MS = AFTER_S * 1000
START_MS = 1_790_000_000_000


def asked(state: Silence, now_ms: int, *, listening_since_ms: int = 0) -> tuple[Silence, Verdict | None]:
    return step(state, now_ms=now_ms, listening_since_ms=listening_since_ms, after_s=AFTER_S, level=Level.CRITICAL)


def heard(at_ms: int = START_MS) -> Silence:
    """Return the state of somebody heard at that instant, and known to be fine."""
    return asked(hear(Silence(), at_ms=at_ms), at_ms)[0]


def test_half_an_hour_without_a_word_is_a_breach_from_the_millisecond_it_is_full() -> None:
    state = heard()
    assert asked(state, START_MS + AFTER_MS - 1) == (state, None)
    after, verdict = asked(state, START_MS + AFTER_MS + 5000)
    assert verdict is not None
    assert (verdict.standing, verdict.why, verdict.level) == (Standing.BREACH, Why.SILENT, Level.CRITICAL)
    assert verdict.rule == "silent"
    assert (verdict.since_ms, verdict.happened_ms) == (START_MS, START_MS + AFTER_MS)
    assert (verdict.evidence.last_heard_ms, verdict.evidence.after_s) == (START_MS, AFTER_S)
    assert asked(after, START_MS + 9 * AFTER_MS) == (after, None)


def test_being_heard_ends_it_and_an_old_reading_does_not() -> None:
    silent, _ = asked(heard(), START_MS + AFTER_MS)
    now_ms = START_MS + 2 * AFTER_MS
    assert asked(hear(silent, at_ms=START_MS + 1000), now_ms)[1] is None
    _, verdict = asked(hear(silent, at_ms=now_ms - 1000), now_ms)
    assert verdict is not None
    assert (verdict.standing, verdict.why, verdict.since_ms) == (Standing.FINE, Why.HEARD_AGAIN, now_ms - 1000)


def test_a_reading_that_comes_after_a_newer_one_makes_nobody_quieter() -> None:
    state = heard(START_MS + 60_000)
    assert hear(state, at_ms=START_MS) == state


def test_whoever_was_never_heard_is_not_silent_but_unknown() -> None:
    assert asked(Silence(), START_MS + 99 * AFTER_MS) == (Silence(), None)


def test_silence_does_not_count_from_before_somebody_listened() -> None:
    state, began_ms = heard(), START_MS + 10 * AFTER_MS
    assert asked(state, began_ms, listening_since_ms=began_ms)[1] is None
    _, verdict = asked(state, began_ms + AFTER_MS, listening_since_ms=began_ms)
    assert verdict is not None
    assert (verdict.since_ms, verdict.happened_ms) == (START_MS, began_ms + AFTER_MS)


def test_beginning_to_listen_ends_no_silence() -> None:
    silent, _ = asked(heard(), START_MS + AFTER_MS)
    began_ms = START_MS + 10 * AFTER_MS
    assert asked(silent, began_ms + 1, listening_since_ms=began_ms) == (silent, None)


def test_an_instant_ahead_of_the_clock_counts_as_now_and_hides_no_silence_later() -> None:
    ahead = hear(Silence(), at_ms=START_MS + 365 * 86_400_000)
    now, verdict = asked(ahead, START_MS)
    assert verdict is not None and verdict.standing is Standing.FINE
    _, verdict = asked(now, START_MS + AFTER_MS)
    assert verdict is not None and verdict.standing is Standing.BREACH


def test_it_is_due_when_it_will_be_full_and_never_once_it_is() -> None:
    state = heard()
    assert due_ms(state, listening_since_ms=0, after_s=AFTER_S) == START_MS + AFTER_MS
    assert due_ms(state, listening_since_ms=START_MS + 5, after_s=AFTER_S) == START_MS + 5 + AFTER_MS
    silent, _ = asked(state, START_MS + AFTER_MS)
    assert due_ms(silent, listening_since_ms=0, after_s=AFTER_S) is None
    assert due_ms(Silence(), listening_since_ms=0, after_s=AFTER_S) is None


@given(events=st.lists(st.tuples(st.integers(1, 3 * AFTER_MS), st.booleans()), max_size=40))
def test_asked_at_every_millisecond_or_only_now_and_then_it_stands_the_same(events: list[tuple[int, bool]]) -> None:
    """Each event is a pause, and whether something is heard after it; the standing depends on the last word alone."""
    state, now_ms, last_ms = heard(), START_MS, START_MS
    for pause_ms, speaks in events:
        now_ms += pause_ms
        if speaks:
            state, last_ms = hear(state, at_ms=now_ms), now_ms
        state, verdict = asked(state, now_ms)
        expected = Standing.BREACH if now_ms - last_ms >= AFTER_MS else Standing.FINE
        assert state.standing is expected
        assert verdict is None or verdict.standing is expected


def test_what_is_carried_is_the_newest_instant_that_was_heard_and_no_later_than_now() -> None:
    state = heard()
    assert hear(state, at_ms=START_MS) is state
    assert hear(state, at_ms=START_MS - 1) is state
    assert hear(state, at_ms=START_MS + 1) == Silence(standing=Standing.FINE, heard_ms=START_MS + 1)
    assert asked(state, START_MS + 1000)[0] is state
    ahead = hear(state, at_ms=START_MS + 9000)
    assert asked(ahead, START_MS + 1000) == (Silence(standing=Standing.FINE, heard_ms=START_MS + 1000), None)


def test_what_was_silent_and_has_not_been_listened_to_for_long_enough_stays_so() -> None:
    silent, _ = asked(heard(), START_MS + AFTER_MS)
    again_ms = START_MS + 2 * AFTER_MS
    assert asked(silent, again_ms, listening_since_ms=again_ms)[0].standing is Standing.BREACH
    fresh = heard()
    assert asked(fresh, START_MS + AFTER_MS, listening_since_ms=START_MS + 1) == (fresh, None)
    barely = hear(silent, at_ms=START_MS + AFTER_MS)
    assert asked(barely, START_MS + 2 * AFTER_MS - 1, listening_since_ms=again_ms)[0].standing is Standing.FINE
    assert asked(barely, START_MS + 2 * AFTER_MS, listening_since_ms=again_ms)[0].standing is Standing.BREACH
