"""Alarms against what really went wrong: detected, late, missed, false."""

from collections.abc import Iterable, Sequence

import msgspec

from coldchain_app.evaluation.harm import Injury
from coldchain_app.evaluation.rulesets import Alarm
from coldchain_app.evaluation.traces import Trace


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule set made of one case. Without an alarm that the case explains, `alarm_ms` is None."""

    unit: str
    cooler: str
    kind: str
    from_ms: int
    spoiling: bool
    harm_ms: int | None
    alarm_ms: int | None
    why: str = ""

    @property
    def detected(self) -> bool:
        """Whether an alarm came before the harm."""
        return (
            self.spoiling and self.alarm_ms is not None and self.harm_ms is not None and self.alarm_ms <= self.harm_ms
        )

    @property
    def late(self) -> bool:
        return self.spoiling and self.alarm_ms is not None and not self.detected

    @property
    def missed(self) -> bool:
        return self.spoiling and self.alarm_ms is None


class FalseAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm that nothing explains, and the fault of a probe that it was in, if any."""

    unit: str
    cooler: str
    at_ms: int
    subject: str
    why: str
    during: str = ""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule set made of one unit."""

    findings: tuple[Finding, ...]
    false: tuple[FalseAlarm, ...]
    alarms: tuple[Alarm, ...]
    weeks: float


def score(trace: Trace, injuries: Sequence[Injury], alarms: Iterable[Alarm]) -> Score:
    """Return what `alarms` are worth over a trace."""
    told = sorted(alarms, key=lambda alarm: alarm.at_ms)
    false = [
        _false(trace, injuries, alarm) for alarm in told if not any(_explained(alarm, injury) for injury in injuries)
    ]
    return Score(
        findings=tuple(_finding(trace, injury, told) for injury in injuries),
        false=tuple(false),
        alarms=tuple(told),
        weeks=trace.weeks,
    )


def _explained(alarm: Alarm, injury: Injury) -> bool:
    return injury.case.from_ms <= alarm.at_ms <= injury.over_ms and alarm.subject in injury.case.explains


def _finding(trace: Trace, injury: Injury, told: Iterable[Alarm]) -> Finding:
    first = next((alarm for alarm in told if _explained(alarm, injury)), None)
    return Finding(
        unit=trace.unit,
        cooler=trace.cooler,
        kind=injury.case.kind,
        from_ms=injury.case.from_ms,
        spoiling=injury.spoiling,
        harm_ms=injury.harm_ms,
        alarm_ms=first.at_ms if first else None,
        why=first.why if first else "",
    )


def _false(trace: Trace, injuries: Iterable[Injury], alarm: Alarm) -> FalseAlarm:
    during = next((one.case.kind for one in injuries if one.case.from_ms <= alarm.at_ms <= one.over_ms), "")
    return FalseAlarm(
        unit=trace.unit,
        cooler=trace.cooler,
        at_ms=alarm.at_ms,
        subject=alarm.subject.value,
        why=alarm.why,
        during=during,
    )
