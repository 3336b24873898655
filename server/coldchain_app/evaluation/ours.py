"""Our rules, as the server applies them to what comes in time: the course of a unit's voice, silence, and power."""

from collections.abc import Iterable, Iterator

import msgspec

from coldchain_app.evaluation.rulesets import Alarm
from coldchain_app.evaluation.traces import Heard, Subject
from coldchain_judgement.course import Course, Terms, step
from coldchain_judgement.limits import Level, Profile
from coldchain_judgement.rules import power, silent
from coldchain_judgement.rules.power import Power
from coldchain_judgement.rules.silent import Silence
from coldchain_judgement.verdicts import FINDINGS, Standing, Verdict, Why

_SUBJECTS = {
    Why.SILENT: Subject.SILENCE,
    Why.PROBE_FAULT: Subject.PROBE,
    Why.JUMP: Subject.PROBE,
    Why.STUCK: Subject.PROBE,
    Why.POWER_LOST: Subject.POWER,
}
"""Every other reason of a breach is of the milk."""


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule that the readings of one probe drive, silence, and power where it is sensed, by one limit profile."""

    profile: Profile
    name: str = "ours"

    def alarms(self, readings: Iterable[Heard]) -> Iterator[Alarm]:
        """Yield an alarm where a breach begins of a subject of which none stood."""
        standing: dict[str, Subject] = {}
        for verdict in self._verdicts(readings):
            if verdict.standing is not Standing.BREACH:
                standing.pop(verdict.rule, None)
            if verdict.standing is not Standing.BREACH or verdict.why in FINDINGS:
                continue
            subject = _SUBJECTS.get(verdict.why, Subject.MILK)
            known = subject in standing.values()
            standing[verdict.rule] = subject
            if not known:
                yield _alarm(verdict, subject)

    def _verdicts(self, readings: Iterable[Heard]) -> Iterator[Verdict]:
        gap_s = self.profile.silent_after_s
        terms = Terms(profile=self.profile, judged=True, longest_gap_s=gap_s, blind_level=Level.CRITICAL)
        course, silence, supply = Course(), Silence(), Power()
        for one in readings:
            full_ms = silent.due_ms(silence, listening_since_ms=0, after_s=gap_s)
            if full_ms is not None and full_ms < one.at_ms:
                silence, verdict = self._silence(silence, full_ms)
                yield from verdict
            silence, verdict = self._silence(silent.hear(silence, at_ms=one.at_ms), one.at_ms)
            yield from verdict
            supply, lost = power.step(supply, at_ms=one.at_ms, mains=one.mains)
            yield from () if lost is None else (lost,)
            course, said = step(course, terms, at_ms=one.at_ms, celsius=one.celsius, quality=one.quality)
            yield from said

    def _silence(self, silence: Silence, now_ms: int) -> tuple[Silence, tuple[Verdict, ...]]:
        after, verdict = silent.step(
            silence, now_ms=now_ms, listening_since_ms=0, after_s=self.profile.silent_after_s, level=Level.CRITICAL
        )
        return after, () if verdict is None else (verdict,)


def _alarm(verdict: Verdict, subject: Subject) -> Alarm:
    return Alarm(at_ms=verdict.happened_ms, subject=subject, why=verdict.why.value, level=verdict.level.value)
