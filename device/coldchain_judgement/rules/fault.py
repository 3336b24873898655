"""Probe fault: a probe that is heard, but gives no value for too long."""

import msgspec

from coldchain_contract.readings import Quality
from coldchain_judgement.limits import Level
from coldchain_judgement.rules.lasting import standing_after
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "fault"
MENDED_AFTER_S = 300
"""How long values must come without a fault before a probe counts as mended: a loose wire comes and goes."""


class Faulty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="fault"):
    """What the rule carries: since when there have been only faults, or only values, without a break."""

    standing: Standing = Standing.UNKNOWN
    last_ms: int | None = None
    faults_ms: int | None = None
    values_ms: int | None = None


def step(
    state: Faulty, *, at_ms: int, quality: Quality, after_s: int, longest_gap_s: int, level: Level
) -> tuple[Faulty, Verdict | None]:
    """Judge one reading by its quality: faults for `after_s` without a value are a breach.

    Values for `MENDED_AFTER_S` without a fault end it. A reading that is not newer than the last changes nothing. After
    `longest_gap_s` without a reading both timers begin anew, and what stands goes on standing: silence is not a mended
    probe. The first value makes an unknown standing fine.
    """
    if state.last_ms is not None and at_ms <= state.last_ms:
        return state, None
    if state.last_ms is not None and at_ms - state.last_ms > longest_gap_s * 1000:
        state = Faulty(standing=state.standing)
    bad = quality is not Quality.OK
    began_ms = state.faults_ms if bad else state.values_ms
    since_ms = at_ms if began_ms is None else began_ms
    standing = standing_after(
        state.standing, bad=bad, lasted_ms=at_ms - since_ms, bad_for_s=after_s, good_for_s=MENDED_AFTER_S
    )
    after = Faulty(
        standing=standing,
        last_ms=at_ms,
        faults_ms=since_ms if bad else None,
        values_ms=None if bad else since_ms,
    )
    if standing is state.standing:
        return after, None
    return after, Verdict(
        rule=NAME,
        standing=standing,
        level=level,
        why=Why.PROBE_FAULT if standing is Standing.BREACH else Why.PROBE_MENDED,
        since_ms=since_ms,
        happened_ms=at_ms,
        evidence=Evidence(quality=quality.value, after_s=after_s),
    )
