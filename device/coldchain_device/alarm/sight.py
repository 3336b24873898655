"""What the box sees of its units: their readings judged on the alarm's own time, and the mains."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from coldchain_contract.identifiers import ProbeUrn, UnitId
from coldchain_contract.readings import Quality
from coldchain_device.alarm.answering import Found, found_in
from coldchain_device.alarm.judging import Stand, judge, light_for
from coldchain_device.alarm.milk import MilkSight
from coldchain_device.alarm.remembering import Memory, key_of, learnt_of
from coldchain_device.alarm.timeline import Moment, Timeline, moment_of, reaching
from coldchain_device.clock import Stamp
from coldchain_device.milk.placing import Notes
from coldchain_device.outbox import Taken
from coldchain_device.plan import Plan
from coldchain_device.power.mains import Mains, verdict_of
from coldchain_device.sampling import Round
from coldchain_judgement.advice import Advice
from coldchain_judgement.capacity import Capacity
from coldchain_judgement.light import Light
from coldchain_judgement.milk.events import Event
from coldchain_judgement.verdicts import Verdict


class Sight:
    """Carries the rules of every unit from reading to reading; one thread at a time."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._learnt: dict[UnitId, Capacity] = {}
        self._stands: dict[UnitId, Stand] = {}
        self._judged: dict[ProbeUrn, UnitId] = {}
        self._timeline = Timeline()
        self._mains = Mains()
        self._milk = MilkSight(plan)

    @property
    def unsure(self) -> bool:
        """Whether it has bridged a gap between two boots of which nobody knew how long it was."""
        return self._timeline.unsure

    @property
    def astray(self) -> bool:
        """Whether the clock says another time than the alarm's: only readings dated anew can mend that."""
        return self._timeline.astray

    @property
    def now_ms(self) -> int:
        """The instant of the alarm's time that it has reached."""
        return self._timeline.now_ms

    def recall(
        self,
        plan: Plan,
        memory: Memory | None,
        taken: Iterable[Taken],
        *,
        now: Stamp,
        learnt: Mapping[UnitId, Capacity],
    ) -> None:
        """Go by `plan` from here on: as the `memory` was, then by readings `taken` since, in that order. Without a
        memory by those readings alone, and what was `learnt` of the units before."""
        self._plan, self._learnt = plan, plan.capacities | dict(learnt)
        self._judged = {spot.probe: unit for unit in plan.units for spot in plan.judged_spots(unit)}
        kept = {} if memory is None else memory.stands
        self._stands = {unit: kept.get(unit, Stand()) for unit in plan.units}
        self._timeline = Timeline() if memory is None else memory.timeline
        self._milk.follow(plan, self._timeline)
        for one in taken:
            moment = Moment(boot_id=one.boot_id, uptime_ms=one.uptime_ms, at_ms=one.at_ms)
            self._judge(moment, probe=one.probe, celsius=one.value, quality=one.quality)
        self._reach(moment_of(now))

    def hear(self, notes: Notes) -> None:
        """Go by what was told of the milk; what is later than the last reading is judged with the next."""
        self._milk.notes = notes

    def memory(self, *, outbox: str, sequence: int) -> Memory:
        """Return what the card is to keep, which has seen every reading of `outbox` up to the one of that number."""
        timeline = msgspec.structs.replace(self._timeline, unsure=False)  # what is kept cannot be judged anew
        return Memory(
            outbox=outbox,
            sequence=sequence,
            key=key_of(self._plan),
            timeline=timeline,
            stands=self._stands,
            heard=self._milk.heard(),
        )

    def see(self, taken: Round) -> None:
        """Judge one round."""
        for sample in taken.samples:
            moment = moment_of(sample.stamp)
            self._judge(moment, probe=sample.probe, celsius=sample.value, quality=sample.quality)

    def sense(self, mains: Mains) -> bool:
        """Take what is known of the mains; True where they are back."""
        before, self._mains = self._mains, mains
        return before.on is False and mains.on is True

    def of(self, unit: UnitId, *, now: Stamp) -> tuple[Light, tuple[Found, ...]]:
        """Return the light of a unit and what is found wrong with it."""
        self._reach(moment_of(now))
        stand, besides = self._stands[unit], tuple(self._besides())
        light = light_for(stand, self._plan.terms(unit), besides=besides, now_ms=self._timeline.now_ms)
        return light, found_in((*stand.verdicts(), *besides))

    def advice(self, unit: UnitId, *, quiet: bool) -> Advice | None:
        """Return what is to be done with the milk in a unit; None where nobody goes by its time."""
        return self._milk.advice(unit, self._stands[unit], timeline=self._timeline, quiet=quiet)

    def celsius(self, unit: UnitId) -> float | None:
        """Return the last value that the unit is judged by."""
        return self._stands[unit].celsius

    def ago_ms(self, since_ms: int, *, now: Stamp) -> int:
        """Return how long ago an instant of the alarm's time was."""
        return max(0, self._timeline.base_ms + now.uptime_ms - since_ms)

    def _judge(self, moment: Moment, *, probe: ProbeUrn, celsius: float | None, quality: Quality) -> None:
        unit = self._judged.get(probe)
        terms = None if unit is None else self._plan.terms(unit)
        if unit is None or terms is None:
            return
        self._reach(moment)
        stand, at_ms = self._stands[unit], self._timeline.base_ms + moment.uptime_ms
        terms = self._milk.terms(terms, unit=unit, probe=probe)
        self._stands[unit] = judge(
            stand,
            terms,
            probe=probe,
            at_ms=at_ms,
            celsius=celsius,
            quality=quality,
            capacity=learnt_of(stand) or self._learnt.get(unit) or Capacity(),
            events=() if terms.milk is None else self._told(unit, probe, stand, until_ms=at_ms),
        )

    def _told(self, unit: UnitId, probe: ProbeUrn, stand: Stand, *, until_ms: int) -> tuple[Event, ...]:
        judged = stand.probes.get(probe)
        after_ms = None if judged is None else judged.course.last_ms
        return self._milk.due(unit, after_ms=after_ms, until_ms=until_ms, timeline=self._timeline)

    def _reach(self, moment: Moment) -> None:
        gap_ms = self._plan.silent_after_s * 1000 + 1
        self._timeline = reaching(self._timeline, moment, unknown_gap_ms=gap_ms)
        self._milk.reach(self._timeline)

    def _besides(self) -> Iterator[Verdict]:
        verdict = verdict_of(self._mains, base_ms=self._timeline.base_ms)
        if verdict is not None:
            yield verdict
