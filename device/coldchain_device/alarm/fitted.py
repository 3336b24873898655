"""The box as it is fitted: its alarm, its outputs, its button and its power, opened together and closed together."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack

import structlog

from coldchain_contract.messages import LocalAlarm
from coldchain_device.alarm.box import BoxAlarm
from coldchain_device.alarm.complaints import STUCK, STUCK_WHAT, Complaints
from coldchain_device.alarm.fitting import open_button
from coldchain_device.alarm.outputs import Output
from coldchain_device.alarm.standing import Kept
from coldchain_device.card import CardFile
from coldchain_device.clock import DeviceClock
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.outbox import Taken
from coldchain_device.plan import Plan
from coldchain_device.power import Power
from coldchain_device.power.watch import MainsWatch
from coldchain_device.settings import OutputSettings

_log = structlog.get_logger()
_REMEMBERED = 12_000
"""Readings: two days of four probes a minute. Warm milk in a small cooler takes up to a day and a half to get cold."""


class FittedBox:
    """`taken` gives the last readings on the card, `tell` has an alarm told, `on_news` the status said.

    Closes `outputs`; `BadOutput` where the button's pin cannot be had.
    """

    def __init__(
        self,
        settings: OutputSettings,
        *,
        plan: Plan,
        clock: DeviceClock,
        power: Power,
        outputs: Sequence[Output],
        tell: Callable[[LocalAlarm], None],
        on_news: Callable[[], None],
        taken: Callable[[int], Iterable[Taken]],
        kept: CardFile[Kept],
    ) -> None:
        self._plan, self._taken = plan, taken
        self.alarm = BoxAlarm(clock=clock, outputs=outputs, tell=tell, kept=kept, plan=plan)
        self.complaints = Complaints(self._troubles, on_change=on_news)
        self._mains = MainsWatch(power, clock=clock, on_change=on_news)
        with ExitStack() as opened:
            opened.callback(self.alarm.close)
            self._button = open_button(settings, self.alarm.pressed)
            opened.callback(self._button.close)
            self._opened = opened.pop_all()

    def begin(self, plan: Plan) -> None:
        """Go by `plan`, beginning with what the card remembers."""
        self._plan = plan
        try:
            self.alarm.begin(plan, self._taken(_REMEMBERED))
        except OutboxUnavailable as error:
            _log.error("the box cannot read its card, and begins without a memory", why=error)
            self.alarm.begin(plan)

    def time_known(self) -> None:
        """The time is known now, or another: judge anew where it was not known how long the box had been off."""
        if self.alarm.unsure:
            self.begin(self._plan)

    def tend(self) -> None:
        """Look at power, outputs and button, and bring the box up to date."""
        self.alarm.tend(self._mains.look())
        self.complaints.look()

    def close(self) -> None:
        self._opened.close()

    def _troubles(self) -> dict[str, str]:
        stuck = {STUCK: STUCK_WHAT} if self._button.stuck() else {}
        return self.alarm.troubles() | stuck
