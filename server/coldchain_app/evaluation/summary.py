"""The evaluation in figures: what the tables and the JSON say."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from coldchain_app.evaluation.evaluating import Result
from coldchain_app.evaluation.scoring import Finding


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many faults spoilt milk, and how many of those were detected in time, late, or not at all.

    Of those that did not spoil any (`slight`), `slight_told` were told all the same.
    """

    spoiling: int
    detected: int
    late: int
    missed: int
    slight: int
    slight_told: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One rule set over all units. Times are of the faults detected in time; None where there are none."""

    ruleset: str
    weeks: float
    tally: Tally
    kinds: dict[str, Tally]
    alarms: int
    false_alarms: int
    false_by_reason: dict[str, int]
    false_by_cooler: dict[str, int]
    false_milk_alarms_of_bad_probes: int
    minutes_to_detect_median: float | None
    minutes_to_detect_p90: float | None
    hours_left_median: float | None

    @property
    def false_a_unit_week(self) -> float:
        return self.false_alarms / self.weeks if self.weeks else 0.0


def figures(result: Result) -> Figures:
    """Return the figures of one rule set."""
    detected = [finding for finding in result.findings if finding.detected]
    minutes = [((one.alarm_ms or 0) - one.from_ms) / 60_000 for one in detected]
    left = [((one.harm_ms or 0) - (one.alarm_ms or 0)) / 3_600_000 for one in detected]
    kinds = sorted({finding.kind for finding in result.findings})
    return Figures(
        ruleset=result.ruleset,
        weeks=result.weeks,
        tally=_tally(result.findings),
        kinds={kind: _tally(one for one in result.findings if one.kind == kind) for kind in kinds},
        alarms=result.alarms,
        false_alarms=len(result.false),
        false_by_reason=_counted(one.why for one in result.false),
        false_by_cooler=_counted(one.cooler for one in result.false),
        false_milk_alarms_of_bad_probes=sum(bool(one.during) and one.subject == "milk" for one in result.false),
        minutes_to_detect_median=median(minutes) if minutes else None,
        minutes_to_detect_p90=_percentile(minutes, 0.9),
        hours_left_median=median(left) if left else None,
    )


def _tally(findings: Iterable[Finding]) -> Tally:
    found = list(findings)
    slight = [one for one in found if not one.spoiling]
    return Tally(
        spoiling=len(found) - len(slight),
        detected=sum(one.detected for one in found),
        late=sum(one.late for one in found),
        missed=sum(one.missed for one in found),
        slight=len(slight),
        slight_told=sum(one.alarm_ms is not None for one in slight),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _percentile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank percentile."""
    if not values:
        return None
    return sorted(values)[math.ceil(share * len(values)) - 1]
