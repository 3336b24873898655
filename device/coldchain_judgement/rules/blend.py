"""Blend too warm: warm milk poured to cold milk, which is warmed by it."""

import msgspec

from coldchain_judgement.limits import Blend
from coldchain_judgement.rules.fill import Fill
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "blend"


class Blended(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rule carries: since when the blend has been cold again."""

    standing: Standing = Standing.UNKNOWN
    clearing_ms: int | None = None


def step(
    state: Blended,
    limit: Blend,
    fill: Fill | None,
    *,
    at_ms: int,
    celsius: float,
    gap: bool,
    profile: str | None = None,
) -> tuple[Blended, Verdict | None]:
    """Judge the next point of the curve; they come in order. A `gap` begins the time to clear anew."""
    if state.standing is not Standing.BREACH:
        if fill is not None and _is_too_warm(limit, fill, at_ms=at_ms, celsius=celsius):
            return _said(Standing.BREACH, limit, since_ms=fill.begun_ms, at_ms=at_ms, fill=fill, profile=profile)
        if state.standing is Standing.FINE:
            return state, None
        return _said(Standing.FINE, limit, since_ms=at_ms, at_ms=at_ms, fill=None, profile=profile)
    if celsius > limit.clear_celsius:
        return Blended(standing=state.standing), None
    since_ms = at_ms if state.clearing_ms is None or gap else state.clearing_ms
    if at_ms - since_ms >= limit.clear_for_s * 1000:
        return _said(Standing.FINE, limit, since_ms=since_ms, at_ms=at_ms, fill=fill, profile=profile)
    return Blended(standing=state.standing, clearing_ms=since_ms), None


def _is_too_warm(limit: Blend, fill: Fill, *, at_ms: int, celsius: float) -> bool:
    """Return whether what was poured has mixed with cold milk, and has left it too warm."""
    mixed = at_ms - fill.poured_ms >= limit.for_s * 1000
    blend = fill.open and fill.blend and not limit.crossed_by(fill.from_celsius)
    return blend and mixed and limit.crossed_by(celsius)


def _said(
    standing: Standing, limit: Blend, *, since_ms: int, at_ms: int, fill: Fill | None, profile: str | None
) -> tuple[Blended, Verdict]:
    return Blended(standing=standing), Verdict(
        rule=NAME,
        standing=standing,
        level=limit.level,
        why=Why.BLEND_TOO_WARM if standing is Standing.BREACH else Why.WITHIN,
        since_ms=since_ms,
        happened_ms=at_ms,
        evidence=Evidence(worst_celsius=fill.peak if fill else None, guard=limit, profile=profile),
    )
