"""Probe fault: a probe that is heard, but gives no value for too long."""

import msgspec

from coldchain_contract.readings import Quality
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "probe-fault"


class Faulty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`since_ms` is the first fault since the last value; `said` whether it has been judged a breach."""

    last_ms: int | None = None
    since_ms: int | None = None
    said: bool = False


def step(state: Faulty, *, at_ms: int, quality: Quality, after_s: int) -> tuple[Faulty, Verdict | None]:
    """Judge one reading by its quality; one not later than the last changes nothing.

    One value ends it. A gap does not: what is said of silence is said elsewhere.
    """
    if state.last_ms is not None and at_ms <= state.last_ms:
        return state, None
    if quality is Quality.OK:
        mended = _verdict(
            Standing.FINE, Why.PROBE_MENDED, since_ms=at_ms, at_ms=at_ms, quality=quality, after_s=after_s
        )
        return Faulty(last_ms=at_ms), mended if state.said else None
    since_ms = at_ms if state.since_ms is None else state.since_ms
    if state.said or at_ms - since_ms < after_s * 1000:
        return Faulty(last_ms=at_ms, since_ms=since_ms, said=state.said), None
    broken = _verdict(
        Standing.BREACH, Why.PROBE_FAULT, since_ms=since_ms, at_ms=at_ms, quality=quality, after_s=after_s
    )
    return Faulty(last_ms=at_ms, since_ms=since_ms, said=True), broken


def _verdict(standing: Standing, why: Why, *, since_ms: int, at_ms: int, quality: Quality, after_s: int) -> Verdict:
    evidence = Evidence(quality=quality.value, after_s=after_s)
    return Verdict(
        rule=NAME,
        standing=standing,
        level=Level.WARNING,
        why=why,
        since_ms=since_ms,
        happened_ms=at_ms,
        evidence=evidence,
    )
