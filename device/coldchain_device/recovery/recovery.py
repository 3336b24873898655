"""Climbing the ladder in a thread of its own, so that no step, however long, holds up a sample or a pack."""

import threading
import time
from collections.abc import Callable

import structlog

from coldchain_device.errors import RecoveryFailed
from coldchain_device.recovery.drivers import Driver, Reconnecting, doer_of, open_drivers
from coldchain_device.recovery.ladder import Action, Climb, Step, next_step, took, usable
from coldchain_device.recovery.settings import RecoverySettings
from coldchain_device.uplink.signs import Signs

_log = structlog.get_logger()
_LOOK_EVERY_S = 5.0


class Recovery:
    """Looks every five real seconds between `start` and `stop`. A step that fails counts as taken: the next is due."""

    def __init__(
        self,
        steps: tuple[Step, ...],
        *,
        again_after_s: float,
        drivers: tuple[Driver, ...],
        signs: Callable[[], Signs],
        on_step: Callable[[Action], None],
    ) -> None:
        self._steps, self._again_after_s, self._drivers = steps, again_after_s, drivers
        self._signs, self._on_step = signs, on_step
        self._able = frozenset[Action]().union(*(driver.actions for driver in drivers))
        self._climb: Climb | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recovery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take no further step; one under way is left to its end for five seconds at most."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def close(self) -> None:
        for driver in self._drivers:
            driver.close()

    def look(self, now_s: float) -> Action | None:
        """Take the step that is due at `now_s`, if any, and return what was done."""
        signs = self._signs()
        if signs.unheard_since_s is None:
            self._came_back()
            return None
        climb = self._climb or Climb(since_s=signs.unheard_since_s)
        # A confirmation in between begins the silence anew, and with it the ladder.
        self._climb = climb if climb.since_s == signs.unheard_since_s else Climb(since_s=signs.unheard_since_s)
        steps = usable(self._steps, able=self._able, broker_answers=signs.broker_answers)
        step = next_step(steps, self._climb, now_s=now_s, again_after_s=self._again_after_s)
        if step is None:
            return None
        self._climb = took(self._climb, step, now_s=now_s)
        self._take(step, silent_s=now_s - self._climb.since_s)
        return step.action

    def _came_back(self) -> None:
        if self._climb is not None and self._climb.taken:
            _log.info("the server confirms again", after=[action.value for action in self._climb.taken])
        self._climb = None

    def _take(self, step: Step, *, silent_s: float) -> None:
        driver = doer_of(self._drivers, step.action)
        if driver is None:
            return
        _log.warning("no word from the server", minutes=round(silent_s / 60), step=step.action.value)
        self._on_step(step.action)
        try:
            driver.perform(step.action)
        except RecoveryFailed as error:
            _log.warning("a step of recovery failed", step=step.action.value, why=error)

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY_S):
            try:
                self.look(time.monotonic())
            except Exception:  # noqa: BLE001 - logged whole; the next look must come
                _log.exception("recovery failed")


def open_recovery(
    settings: RecoverySettings,
    *,
    reconnect: Callable[[], None],
    signs: Callable[[], Signs],
    on_step: Callable[[Action], None],
) -> Recovery:
    """Return the recovery that `settings` describe, not yet started; `BadOutput` for a pin that cannot be driven."""
    return Recovery(
        tuple(Step(after_s=step.after_s, action=step.action) for step in settings.steps),
        again_after_s=settings.again_after_s,
        drivers=(Reconnecting(reconnect), *open_drivers(settings)),
        signs=signs,
        on_step=on_step,
    )
