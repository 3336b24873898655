"""Beyond a limit for a duration."""

import msgspec

from coldchain_judgement.limits import Cooling, Limit, Side
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

PREFIX = "beyond:"


class Beyond(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="beyond"):
    """What the rule carries from one value to the next; all instants are those of values.

    `pending_ms` is since when the values lie beyond the limit without a break, `clearing_ms` since when they lie on
    the good side of the clear line; `worst` is the farthest beyond of the breach that stands or is pending.
    """

    standing: Standing = Standing.UNKNOWN
    last_ms: int | None = None
    pending_ms: int | None = None
    clearing_ms: int | None = None
    worst: float | None = None


def name_of(limit: Limit) -> str:
    """Return the name of the rule that judges `limit`; no other rule can have it."""
    return PREFIX + limit.name


def step(
    state: Beyond,
    limit: Limit,
    *,
    at_ms: int,
    celsius: float | None,
    longest_gap_s: int,
    profile: str | None = None,
    held: bool = False,
    uncooled: Cooling | None = None,
) -> tuple[Beyond, Verdict | None]:
    """Judge one reading: beyond `limit` for `limit.for_s` without a break is a breach.

    One value that is not beyond ends what is pending. A breach ends once values have stayed at the clear line or
    better for `limit.clear_for_s`. A fault (`celsius` None) changes nothing, nor does a reading that is not newer than
    the last. After `longest_gap_s` without a value nobody knows what was in between: both timers begin anew, and what
    stands goes on standing. The first value that is not beyond makes an unknown standing fine. While `held` no breach
    begins, but its time runs on; `uncooled` says that the milk is too warm because a fill was not cooled as it should.
    """
    if celsius is None or (state.last_ms is not None and at_ms <= state.last_ms):
        return state, None
    if state.last_ms is not None and at_ms - state.last_ms > longest_gap_s * 1000:
        state = _after_gap(state)
    if limit.crossed_by(celsius):
        state = _crossed(state, limit, at_ms=at_ms, celsius=celsius)
        if held or state.standing is Standing.BREACH or at_ms - _instant(state.pending_ms) < limit.for_s * 1000:
            return state, None
        state, since_ms = msgspec.structs.replace(state, standing=Standing.BREACH), _instant(state.pending_ms)
        verdict = _verdict(state, limit, since_ms=since_ms, celsius=celsius, worst=state.worst, profile=profile)
        return state, verdict if uncooled is None else _uncooled(verdict, uncooled)
    if state.standing is Standing.BREACH:
        return _clearing(state, limit, at_ms=at_ms, celsius=celsius, profile=profile)
    known = state.standing is Standing.FINE
    state = Beyond(standing=Standing.FINE, last_ms=at_ms)
    return state, None if known else _verdict(
        state, limit, since_ms=at_ms, celsius=celsius, worst=None, profile=profile
    )


def _after_gap(state: Beyond) -> Beyond:
    worst = state.worst if state.standing is Standing.BREACH else None
    return Beyond(standing=state.standing, last_ms=state.last_ms, worst=worst)


def _crossed(state: Beyond, limit: Limit, *, at_ms: int, celsius: float) -> Beyond:
    farther = max if limit.side is Side.ABOVE else min
    return Beyond(
        standing=state.standing,
        last_ms=at_ms,
        pending_ms=at_ms if state.pending_ms is None else state.pending_ms,
        worst=celsius if state.worst is None else farther(state.worst, celsius),
    )


def _clearing(
    state: Beyond, limit: Limit, *, at_ms: int, celsius: float, profile: str | None
) -> tuple[Beyond, Verdict | None]:
    since_ms = None
    if limit.cleared_by(celsius):
        since_ms = at_ms if state.clearing_ms is None else state.clearing_ms
        if at_ms - since_ms >= limit.clear_for_s * 1000:
            fine = Beyond(standing=Standing.FINE, last_ms=at_ms)
            return fine, _verdict(fine, limit, since_ms=since_ms, celsius=celsius, worst=state.worst, profile=profile)
    return Beyond(standing=Standing.BREACH, last_ms=at_ms, clearing_ms=since_ms, worst=state.worst), None


def _uncooled(verdict: Verdict, cooling: Cooling) -> Verdict:
    evidence = msgspec.structs.replace(verdict.evidence, guard=cooling)
    return msgspec.structs.replace(verdict, why=Why.COOLS_SLOWLY, evidence=evidence)


def _verdict(
    state: Beyond, limit: Limit, *, since_ms: int, celsius: float, worst: float | None, profile: str | None
) -> Verdict:
    beyond = Why.TOO_WARM if limit.side is Side.ABOVE else Why.TOO_COLD
    return Verdict(
        rule=name_of(limit),
        standing=state.standing,
        level=limit.level,
        why=beyond if state.standing is Standing.BREACH else Why.WITHIN,
        since_ms=since_ms,
        happened_ms=_instant(state.last_ms),
        evidence=Evidence(celsius=celsius, worst_celsius=worst, limit=limit, profile=profile),
    )


def _instant(at_ms: int | None) -> int:
    assert at_ms is not None  # noqa: S101 - set by the step that asks
    return at_ms
