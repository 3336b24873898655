"""What the box sees of its units: their readings judged on the alarm's own time, and the mains."""

from collections.abc import Iterable

from coldchain_contract.identifiers import ProbeUrn, UnitId
from coldchain_contract.readings import Quality
from coldchain_device.alarm.answering import Found, found_in
from coldchain_device.alarm.judging import Stand, judge, light_for
from coldchain_device.alarm.timeline import Moment, Timeline, moment_of, reaching
from coldchain_device.clock import Stamp
from coldchain_device.outbox import Taken
from coldchain_device.plan import Plan
from coldchain_device.power.mains import Mains, verdict_of
from coldchain_device.sampling import Round
from coldchain_judgement.light import Light
from coldchain_judgement.verdicts import Verdict


class Sight:
    """Carries the rules of every unit from reading to reading; one thread at a time.

    After a restart it is folded anew out of the readings on the card: they are its memory, and cost the card nothing.
    """

    def __init__(self) -> None:
        self._stands: dict[UnitId, Stand] = {}
        self._judged: dict[ProbeUrn, UnitId] = {}
        self._timeline = Timeline()
        self._mains = Mains()

    @property
    def unsure(self) -> bool:
        return self._timeline.unsure

    def recall(self, plan: Plan, taken: Iterable[Taken], *, now: Stamp) -> None:
        """Begin anew by `plan`, from readings in the order in which they were taken."""
        self._stands = {unit: Stand() for unit in plan.units}
        self._judged = {spot.probe: unit for unit in plan.units for spot in plan.judged_spots(unit)}
        self._timeline = Timeline()
        for one in taken:
            moment = Moment(boot_id=one.boot_id, uptime_ms=one.uptime_ms, at_ms=one.at_ms)
            self._judge(plan, moment, probe=one.probe, celsius=one.value, quality=one.quality)
        self._reach(plan, moment_of(now))

    def see(self, plan: Plan, taken: Round) -> None:
        """Judge one round."""
        for sample in taken.samples:
            moment = moment_of(sample.stamp)
            self._judge(plan, moment, probe=sample.probe, celsius=sample.value, quality=sample.quality)

    def sense(self, mains: Mains) -> bool:
        """Take what is known of the mains; True where they are back."""
        before, self._mains = self._mains, mains
        return before.on is False and mains.on is True

    def of(self, unit: UnitId, plan: Plan, *, now: Stamp) -> tuple[Light, tuple[Found, ...]]:
        """Return the light of a unit and what is found wrong with it."""
        self._reach(plan, moment_of(now))
        stand, besides = self._stands[unit], tuple(self._besides())
        terms = plan.terms(unit)
        light = light_for(stand, terms, besides=besides, now_ms=self._timeline.now_ms)
        return light, found_in((*stand.verdicts(terms), *besides))

    def celsius(self, unit: UnitId) -> float | None:
        """Return the last value that the unit is judged by."""
        return self._stands[unit].celsius

    def ago_ms(self, since_ms: int, *, now: Stamp) -> int:
        """Return how long ago an instant of the alarm's time was."""
        return max(0, self._timeline.base_ms + now.uptime_ms - since_ms)

    def _judge(self, plan: Plan, moment: Moment, *, probe: ProbeUrn, celsius: float | None, quality: Quality) -> None:
        unit = self._judged.get(probe)
        terms = None if unit is None else plan.terms(unit)
        if unit is None or terms is None:
            return
        self._reach(plan, moment)
        self._stands[unit] = judge(
            self._stands[unit], terms, probe=probe, at_ms=self._timeline.now_ms, celsius=celsius, quality=quality
        )

    def _reach(self, plan: Plan, moment: Moment) -> None:
        self._timeline = reaching(self._timeline, moment, unknown_gap_ms=plan.silent_after_s * 1000 + 1)

    def _besides(self) -> Iterable[Verdict]:
        verdict = verdict_of(self._mains, base_ms=self._timeline.base_ms)
        return () if verdict is None else (verdict,)
