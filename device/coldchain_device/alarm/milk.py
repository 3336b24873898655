"""What the box knows of the milk in its units, on the alarm's own time: what is due, and what is to be said. Pure."""

import msgspec

from coldchain_contract.identifiers import ProbeUrn, UnitId
from coldchain_device.alarm.judging import Stand
from coldchain_device.alarm.timeline import Timeline
from coldchain_device.milk.placing import Notes, due, heard
from coldchain_device.plan import Plan
from coldchain_judgement.advice import Advice
from coldchain_judgement.course import Terms
from coldchain_judgement.milk.events import Event
from coldchain_judgement.milk.following import as_of
from coldchain_judgement.milk.limits import deadline
from coldchain_judgement.milk.saying import say

_BEFORE_MS = 86_400_000


class MilkSight:
    """Goes by a plan and by what was told; `boots` says what is added to the uptime of each boot it has seen."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.notes: Notes = {}
        self._boots: dict[str, int] = {}

    def follow(self, plan: Plan, timeline: Timeline) -> None:
        """Go by another plan from that moment on."""
        self._plan, self._boots = plan, {}
        self.reach(timeline)

    def reach(self, timeline: Timeline) -> None:
        """Remember what the boot of a moment adds to its uptime."""
        if timeline.boot_id:
            self._boots[timeline.boot_id] = timeline.base_ms

    def heard(self) -> dict[str, int]:
        """Return the ids of all that was told, and where it lies on the alarm's time."""
        return heard(self.notes, base_of=self._boots.get)

    def terms(self, terms: Terms, *, unit: UnitId, probe: ProbeUrn) -> Terms:
        """Return the `terms` of a probe of a unit with those of its milk, which one of its probes follows."""
        milk = self._plan.milk.get(unit)
        if milk is None or probe != self._plan.voice(unit):
            return terms
        return msgspec.structs.replace(terms, milk=milk)

    def due(self, unit: UnitId, *, after_ms: int | None, until_ms: int, timeline: Timeline) -> tuple[Event, ...]:
        """Return what was told of a unit since the last reading of its course; of the last day where that begins."""
        notes = self.notes.get(unit)
        if not notes:
            return ()
        return due(
            notes,
            base_of=self._boots.get,
            after_ms=until_ms - _BEFORE_MS if after_ms is None else after_ms,
            until_ms=until_ms,
            clock_known=timeline.tells_the_hour,
        )

    def advice(self, unit: UnitId, stand: Stand, *, timeline: Timeline, quiet: bool) -> Advice | None:
        """Return what is to be done with the milk in a unit; None where there is none, or its site does not say when it
        is needed: nobody there goes by its time. `quiet`: inside a curfew, or nobody knows."""
        terms, probe = self._plan.milk.get(unit), self._plan.voice(unit)
        judged = None if probe is None else stand.probes.get(probe)
        if terms is None or not terms.needed_at or judged is None or judged.course.milk is None:
            return None
        now_ms = timeline.now_ms
        milk = as_of(judged.course.milk, terms, at_ms=now_ms, longest_gap_s=self._plan.silent_after_s)
        ends = deadline(milk, terms, at_ms=now_ms, celsius=terms.warm_celsius if milk.celsius is None else milk.celsius)
        return say(milk, ends, terms, at_ms=now_ms, in_curfew=quiet)
