"""How a unit stands by what its own box has seen: pure, by the rules that the server judges by too.

Instants here are milliseconds of uptime: the alarm must not depend on a clock that may not be known yet.
"""

from collections.abc import Iterable

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_device.outbox import Sample
from coldchain_judgement.light import Light, light_of
from coldchain_judgement.limits import Limit
from coldchain_judgement.rules import beyond
from coldchain_judgement.rules.beyond import Beyond
from coldchain_judgement.verdicts import Standing, Verdict


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One limit's rule for one probe, and the last verdict it gave."""

    state: Beyond = Beyond()
    verdict: Verdict | None = None


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """What is carried from round to round; a limit that changes begins anew."""

    rules: dict[tuple[ProbeUrn, Limit], Judged] = {}
    celsius: float | None = None
    valued_ms: int | None = None

    def breached(self) -> tuple[str, ...]:
        """Return the names of the limits that are breached now."""
        standing = (judged.verdict for judged in self.rules.values())
        return tuple(sorted({verdict.rule for verdict in standing if verdict and verdict.standing is Standing.BREACH}))


def judge(stand: Stand, samples: Iterable[Sample], limits: tuple[Limit, ...], *, longest_gap_s: int) -> Stand:
    """Step the rule of every limit by every sample that has a value; rules of other limits are dropped."""
    rules = {key: judged for key, judged in stand.rules.items() if key[1] in limits}
    celsius, valued_ms = stand.celsius, stand.valued_ms
    for sample in samples:
        if sample.value is None:
            continue
        celsius, valued_ms = sample.value, sample.stamp.uptime_ms
        for limit in limits:
            before = rules.get((sample.probe, limit), Judged())
            state, verdict = beyond.step(
                before.state, limit, at_ms=valued_ms, celsius=sample.value, longest_gap_s=longest_gap_s
            )
            rules[sample.probe, limit] = Judged(state=state, verdict=verdict or before.verdict)
    return Stand(rules=rules, celsius=celsius, valued_ms=valued_ms)


def light_for(stand: Stand, limits: tuple[Limit, ...] | None, *, now_ms: int, silent_after_s: int) -> Light:
    """Return the light of a unit: UNKNOWN where nothing says what it is judged by, or no value is recent."""
    recent = stand.valued_ms is not None and now_ms - stand.valued_ms <= silent_after_s * 1000
    if limits is None or not recent:
        return Light.UNKNOWN
    return light_of(judged.verdict for judged in stand.rules.values()) if limits else Light.GREEN
