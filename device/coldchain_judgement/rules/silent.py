"""Silence: nothing heard for too long. No data is never shown as fine."""

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "silent"


class Silence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`heard_ms` is the newest instant heard of; `silent` whether that has been said."""

    heard_ms: int | None = None
    silent: bool = False


def hear(state: Silence, *, at_ms: int) -> tuple[Silence, Verdict | None]:
    """Count a reading, with or without a value, taken at `at_ms`; older ones than the newest change nothing."""
    if state.heard_ms is not None and at_ms <= state.heard_ms:
        return state, None
    if not state.silent:
        return Silence(heard_ms=at_ms), None
    evidence = Evidence(last_heard_ms=state.heard_ms)
    verdict = Verdict(
        rule=NAME,
        standing=Standing.FINE,
        level=Level.WARNING,
        why=Why.HEARD_AGAIN,
        since_ms=at_ms,
        happened_ms=at_ms,
        evidence=evidence,
    )
    return Silence(heard_ms=at_ms), verdict


def listen(state: Silence, *, now_ms: int, listening_since_ms: int, after_s: int) -> tuple[Silence, Verdict | None]:
    """Judge the silence itself at `now_ms`.

    It counts from the newest reading, but never from before `listening_since_ms`: what arrived while nobody listened
    is not silence of the device.
    """
    quiet_since_ms = max(state.heard_ms or 0, listening_since_ms)
    if state.silent or now_ms - quiet_since_ms <= after_s * 1000:
        return state, None
    verdict = Verdict(
        rule=NAME,
        standing=Standing.BREACH,
        level=Level.WARNING,
        why=Why.SILENT,
        since_ms=quiet_since_ms if state.heard_ms is None else state.heard_ms,
        happened_ms=quiet_since_ms + after_s * 1000,
        evidence=Evidence(last_heard_ms=state.heard_ms, after_s=after_s),
    )
    return msgspec.structs.replace(state, silent=True), verdict
