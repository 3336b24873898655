"""The box: one stand and one light for each of its units, shown on its outputs and told to the server."""

import threading
from collections.abc import Callable, Sequence

import structlog

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import LocalAlarm
from coldchain_device.alarm.judging import Stand, judge, light_for
from coldchain_device.alarm.outputs import Output, Shown
from coldchain_device.clock import DeviceClock
from coldchain_device.plan import Plan
from coldchain_device.sampling import Round
from coldchain_judgement.light import Light

_log = structlog.get_logger()
_SILENT_AFTER_S = 1800
_ROUNDS_OF_SILENCE = 3
_BAD = (Light.AMBER, Light.RED)
_SEVERITY = {Light.GREEN: 0, Light.UNKNOWN: 0, Light.AMBER: 1, Light.RED: 2}


class BoxAlarm:
    """Judges, shows and tells. Thread-safe; an output that fails is logged and never stops the others."""

    def __init__(self, *, clock: DeviceClock, outputs: Sequence[Output], tell: Callable[[LocalAlarm], None]) -> None:
        self._clock, self._outputs, self._tell = clock, outputs, tell
        self._lock = threading.RLock()
        self._stands: dict[UnitId, Stand] = {}
        self._shown: dict[UnitId, Shown] = {}

    def begin(self, plan: Plan) -> None:
        """Show the units of `plan`: those known before as they stand, new ones as unknown until they are heard of."""
        with self._lock:
            self._stands = {unit: self._stands.get(unit, Stand()) for unit in plan.units}
            before, self._shown = self._shown, {}
            for unit in plan.units:
                label = plan.labels.get(unit, unit)
                known = before.get(unit, Shown(label=label, light=Light.UNKNOWN, heard=False))
                self._shown[unit] = Shown(label=label, light=known.light, heard=known.heard)
                if unit not in before:
                    self._say(unit, change="unknown", reason="started")
            self._show()

    def judge(self, taken: Round, plan: Plan) -> None:
        """Judge one round by the limits of `plan`."""
        with self._lock:
            for unit in self._shown:
                spots = {spot.probe for spot in plan.judged_spots(unit)}
                samples = [sample for sample in taken.samples if sample.probe in spots]
                self._stands[unit] = judge(
                    self._stands[unit], samples, plan.limits.get(unit, ()), longest_gap_s=_silent_after_s(plan)
                )
            self.tend(plan)

    def tend(self, plan: Plan) -> None:
        """Bring the lights up to date: silence too makes them change."""
        with self._lock:
            changed = [unit for unit in self._shown if self._update(unit, plan)]
            if changed:
                self._show()

    def heard(self) -> None:
        """Somebody pressed the button: what is red or amber now has been heard, and goes quiet until it gets worse."""
        with self._lock:
            for unit, shown in self._shown.items():
                if shown.light in _BAD and not shown.heard:
                    self._shown[unit] = Shown(label=shown.label, light=shown.light, heard=True)
                    self._say(unit, change="heard")
            self._show()

    def identify(self) -> None:
        """Draw attention, so that a person finds this box."""
        for output in self._outputs:
            self._guarded(output.identify)

    def light(self, unit: UnitId) -> Light:
        """Return what is shown for `unit`; UNKNOWN for one this box does not know."""
        with self._lock:
            return self._shown[unit].light if unit in self._shown else Light.UNKNOWN

    def close(self) -> None:
        for output in self._outputs:
            self._guarded(output.close)

    def _update(self, unit: UnitId, plan: Plan) -> bool:
        before = self._shown[unit]
        light = light_for(
            self._stands[unit],
            plan.limits.get(unit),
            now_ms=self._clock.stamp().uptime_ms,
            silent_after_s=_silent_after_s(plan),
        )
        if light is before.light:
            return False
        worse = _SEVERITY[light] > _SEVERITY[before.light]
        self._shown[unit] = Shown(label=before.label, light=light, heard=before.heard and not worse and light in _BAD)
        change = "unknown" if light is Light.UNKNOWN else "raised" if worse else "cleared"
        self._say(unit, change=change, reason=", ".join(self._stands[unit].breached()))
        return True

    def _say(self, unit: UnitId, *, change: str, reason: str = "") -> None:
        self._tell(
            LocalAlarm(
                at_ms=max(0, self._clock.now_ms()),
                unit=unit,
                light=self._shown[unit].light.value,
                change=change,
                reason=reason,
                celsius=self._stands[unit].celsius,
            )
        )

    def _show(self) -> None:
        for output in self._outputs:
            self._guarded(lambda output=output: output.show(dict(self._shown)))  # type: ignore[misc]

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 - logged whole; one broken lamp must not silence the buzzer
            _log.exception("an output of the box failed")


def _silent_after_s(plan: Plan) -> int:
    return max(_SILENT_AFTER_S, _ROUNDS_OF_SILENCE * plan.sample_s)
