"""Silence: nothing heard for too long."""

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "silent"


class Silence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="silent"):
    """What the rule carries: `heard_ms` is the newest instant that was heard of, a fault counting as much as a value.

    Whoever was never heard at all is not silent but not there yet, and stays unknown.
    """

    standing: Standing = Standing.UNKNOWN
    heard_ms: int | None = None


def hear(state: Silence, *, at_ms: int) -> Silence:
    """Return the state after a reading of `at_ms`; one older than the newest changes nothing."""
    if state.heard_ms is not None and at_ms <= state.heard_ms:
        return state
    return Silence(standing=state.standing, heard_ms=at_ms)


def step(
    state: Silence, *, now_ms: int, listening_since_ms: int, after_s: int, level: Level
) -> tuple[Silence, Verdict | None]:
    """Judge the silence at `now_ms`: nothing heard for `after_s` is a breach, and being heard ends it.

    Silence never counts from before `listening_since_ms`: what could not be heard then says nothing of the subject.
    An instant after `now_ms` counts as now, so that a clock that was once ahead hides no silence later.
    """
    if state.heard_ms is None:
        return state, None
    heard_ms = min(state.heard_ms, now_ms)
    full_ms = max(heard_ms, listening_since_ms) + after_s * 1000
    if now_ms >= full_ms:
        standing, happened_ms, why = Standing.BREACH, full_ms, Why.SILENT
    elif now_ms - heard_ms < after_s * 1000:
        standing, happened_ms, why = Standing.FINE, heard_ms, Why.HEARD_AGAIN
    else:
        standing, happened_ms, why = state.standing, heard_ms, Why.SILENT  # not listened for long enough to tell
    if standing is state.standing:
        return (state if heard_ms == state.heard_ms else Silence(standing=standing, heard_ms=heard_ms)), None
    verdict = Verdict(
        rule=NAME,
        standing=standing,
        level=level,
        why=why,
        since_ms=heard_ms,
        happened_ms=happened_ms,
        evidence=Evidence(last_heard_ms=heard_ms, after_s=after_s),
    )
    return Silence(standing=standing, heard_ms=heard_ms), verdict


def due_ms(state: Silence, *, listening_since_ms: int, after_s: int) -> int | None:
    """Return when this silence will be full if nothing more is heard; None where there is nothing to wait for."""
    if state.heard_ms is None or state.standing is Standing.BREACH:
        return None
    return max(state.heard_ms, listening_since_ms) + after_s * 1000
