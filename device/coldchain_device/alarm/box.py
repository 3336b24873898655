"""The box: each of its units as it stands, shown on its outputs, said aloud, and told to the server."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import structlog

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import LocalAlarm
from coldchain_device.alarm import standing
from coldchain_device.alarm.curfew import Hour, hour_of
from coldchain_device.alarm.outputs import Output
from coldchain_device.alarm.presses import Press
from coldchain_device.alarm.remembering import Memory
from coldchain_device.alarm.scene import Aloud, Scene
from coldchain_device.alarm.sight import Sight
from coldchain_device.alarm.standing import Change, Kept, Standing
from coldchain_device.card import CardFile
from coldchain_device.clock import DeviceClock
from coldchain_device.milk.placing import Notes
from coldchain_device.milk.told import Said
from coldchain_device.outbox import Taken
from coldchain_device.plan import Plan
from coldchain_device.power.mains import Mains
from coldchain_device.sampling import Round
from coldchain_judgement.capacity import Capacity
from coldchain_judgement.light import Light

_log = structlog.get_logger()


class BoxAlarm:
    """Judges, shows, speaks and tells. Thread-safe; an output that fails is logged and never stops the others.

    What somebody has answered for is kept on the card, so that a reboot does not shout it again.
    """

    def __init__(
        self,
        *,
        clock: DeviceClock,
        outputs: Sequence[Output],
        tell: Callable[[LocalAlarm], None],
        kept: CardFile[Kept],
        plan: Plan,
    ) -> None:
        self._clock, self._outputs, self._tell, self._kept = clock, outputs, tell, kept
        self._lock = threading.RLock()
        self._plan = plan
        self._sight = Sight(plan)
        self._units: dict[UnitId, Standing] = {}
        self._hour = Hour(local=None, quiet=True)

    def begin(
        self,
        plan: Plan,
        taken: Iterable[Taken] = (),
        *,
        notes: Notes | None = None,
        memory: Memory | None = None,
        learnt: Mapping[UnitId, Capacity] = {},
    ) -> None:
        """Show the units of `plan` as they stand by a `memory` and what was `taken` since, unknown where nothing was.
        `notes` is what was told of their milk.

        What is new of those known before is told, and how every other one stands.
        """
        with self._lock:
            self._plan = plan
            self._sight.hear(notes or {})
            self._sight.recall(plan, memory, taken, now=self._clock.stamp(), learnt=learnt)
            self._hour = self._hour_now()
            kept = self._kept.load() or {}
            before, self._units = self._units, {}
            for unit in plan.units:
                known = before.get(unit)
                self._units[unit] = standing.recalled(kept.get(unit)) if known is None else known
                changes = self._become(unit)
                for change in changes if known is not None else standing.begun(self._units[unit]):
                    self._say(unit, change, begun=known is None)
            self._keep(kept)
            self._show()

    def judge(self, taken: Round) -> None:
        """Judge one round."""
        with self._lock:
            self._sight.see(taken)
            self.tend()

    def tend(self, mains: Mains | None = None) -> None:
        """Bring the box up to date: silence changes its lights, power what it advises, and the hour its loudness."""
        with self._lock:
            power_back = self._sight.sense(mains) if mains is not None else False
            before, self._hour = self._hour, self._hour_now()
            changed = [unit for unit in self._units if self._update(unit)]
            if changed or before.quiet is not self._hour.quiet:
                self._show()
            if power_back and not self._hour.quiet:
                self._speak(Aloud.POWER_BACK)

    def pressed(self, press: Press) -> None:
        """Somebody pressed the button: what is wrong has been heard, and goes quiet until it gets worse.

        Pressed long, or where there is nothing to answer for, the box says how things stand.
        """
        with self._lock:
            if press is Press.SHORT and self._heard(self._units, asked=False):
                self._speak(Aloud.HEARD)
            else:
                self._speak(Aloud.STATE)

    def hear(self, notes: Notes) -> None:
        """Go by all that was told of the milk from now on."""
        with self._lock:
            self._sight.hear(notes)

    def acknowledge(self, said: Said) -> None:
        """Show somebody who told of the milk what was understood."""
        with self._lock:
            self._speak(_ALOUD[said])

    def silence(self, unit: str = "", whys: Collection[str] = ()) -> str:
        """Go quiet about `whys`, or everything, of `unit`, or all of them, because somebody answered elsewhere.

        Whoever answered did not know of anything else: that goes on shouting. Return why nothing of it was done, empty
        where it was, or there is nothing left to answer for.
        """
        with self._lock:
            if unit and unit not in self._units:
                return f"no unit {unit} here"
            units = [known for known in self._units if unit in ("", known)]
            if self._heard(units, asked=True, whys=whys) or not any(self._units[one].open for one in units):
                return ""
            return "something else is wrong by now"

    def identify(self) -> None:
        """Draw attention, so that a person finds this box."""
        for output in self._outputs:
            self._guarded(output.identify)

    def light(self, unit: UnitId) -> Light:
        """Return what is shown for `unit`; UNKNOWN for one this box does not know."""
        with self._lock:
            return self._scene().units[unit].light if unit in self._units else Light.UNKNOWN

    @property
    def now_ms(self) -> int:
        """The instant of the alarm's own time."""
        return self._sight.now_ms

    def memory(self, *, outbox: str, sequence: int) -> Memory:
        """Return what the card is to keep, which has seen every reading of `outbox` up to the one of that number."""
        with self._lock:
            return self._sight.memory(outbox=outbox, sequence=sequence)

    @property
    def unsure(self) -> bool:
        """Whether a gap lies in what it goes by of which nobody knew how long it was; knowing the time may end that."""
        return self._sight.unsure

    @property
    def astray(self) -> bool:
        """Whether the clock says another time than the alarm's: then all is to be judged by readings dated anew."""
        return self._sight.astray

    def troubles(self) -> dict[str, str]:
        """Return what is wrong with the outputs: the name of each trouble, and what it is."""
        return {name: what for output in self._outputs for name, what in output.troubles().items()}

    def close(self) -> None:
        for output in self._outputs:
            self._guarded(output.close)

    def _heard(self, units: Iterable[UnitId], *, asked: bool, whys: Collection[str] = ()) -> bool:
        told = False
        for unit in list(units):
            self._units[unit], changes = standing.heard(self._units[unit], asked=asked, whys=whys)
            for change in changes:
                self._say(unit, change)
                told = True
        if told:
            self._keep()
            self._show()
        return told

    def _update(self, unit: UnitId) -> bool:
        before = self._units[unit]
        for change in self._become(unit):
            self._say(unit, change)
        if before.answered != self._units[unit].answered:
            self._keep()
        return before != self._units[unit]

    def _keep(self, before: Kept | None = None) -> None:
        """Have the card keep what is answered, where it is another thing than `before`."""
        keeping = standing.keeping(self._units)
        if keeping != before:
            self._kept.save(keeping)

    def _become(self, unit: UnitId) -> tuple[Change, ...]:
        light, found = self._sight.of(unit, now=self._clock.stamp())
        milk = self._sight.advice(unit, quiet=self._hour.quiet)
        self._units[unit], changes = standing.becomes(self._units[unit], light=light, found=found, milk=milk)
        return changes

    def _say(self, unit: UnitId, change: Change, *, begun: bool = False) -> None:
        found, now = change.found, self._clock.stamp()
        now_ms = max(0, now.wall_ms)
        since_ms = max(0, now_ms - self._sight.ago_ms(found.since_ms, now=now)) if found else None
        self._tell(
            LocalAlarm(
                at_ms=now_ms,
                unit=unit,
                light=self._units[unit].light.value,
                change=change.change,
                reason="started" if begun else ", ".join(found.rules) if found else "",
                celsius=self._sight.celsius(unit),
                why=found.why.value if found else "",
                level=found.level.value if found else "",
                since_ms=since_ms,
                asked=change.change == "heard" and self._units[unit].asked,
            )
        )

    def _hour_now(self) -> Hour:
        stamp = self._clock.stamp()
        return hour_of(self._plan.curfew, stamp.wall_ms if stamp.trusted else None)

    def _scene(self) -> Scene:
        labels = self._plan.labels
        units = {unit: one.shown(labels.get(unit, unit), quiet=self._hour.quiet) for unit, one in self._units.items()}
        return Scene(units=units, hour=self._hour)

    def _show(self) -> None:
        scene = self._scene()
        for output in self._outputs:
            self._guarded(lambda output=output: output.show(scene))  # type: ignore[misc]

    def _speak(self, aloud: Aloud) -> None:
        scene = self._scene()
        for output in self._outputs:
            self._guarded(lambda output=output: output.say(aloud, scene))  # type: ignore[misc]

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 - logged whole; one broken lamp must not silence the buzzer
            _log.exception("an output of the box failed")


_ALOUD = {
    Said.JUST_MILKED: Aloud.JUST_MILKED,
    Said.THIS_MORNING: Aloud.THIS_MORNING,
    Said.OLDER: Aloud.OLDER,
    Said.EMPTIED: Aloud.EMPTIED,
}
