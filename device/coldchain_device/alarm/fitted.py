"""The box as it is fitted: its alarm, its outputs, its button and its power, opened together and closed together."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack

import structlog

from coldchain_contract.messages import LocalAlarm
from coldchain_device.alarm.box import BoxAlarm
from coldchain_device.alarm.complaints import STUCK, STUCK_WHAT, Complaints
from coldchain_device.alarm.fitting import open_button
from coldchain_device.alarm.outputs import Output
from coldchain_device.alarm.remembering import KEPT_EVERY_MS, Memory, learnt_of, usable
from coldchain_device.alarm.standing import Kept
from coldchain_device.card import CardFile
from coldchain_device.clock import DeviceClock
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.outbox import OutboxReader, Taken
from coldchain_device.plan import Plan
from coldchain_device.power import Power
from coldchain_device.power.watch import MainsWatch
from coldchain_device.sampling import Round
from coldchain_device.settings import OutputSettings

_log = structlog.get_logger()
_REMEMBERED = 12_000
"""Readings: two days of four probes a minute. Warm milk in a small cooler takes up to a day and a half to get cold."""


class FittedBox:
    """`tell` has an alarm told, `on_news` the status said; `answered` and `memory` are its files on the card.

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
        outbox: OutboxReader,
        answered: CardFile[Kept],
        memory: CardFile[Memory],
    ) -> None:
        self._plan, self._outbox, self._memory = plan, outbox, memory
        self._sequence, self._kept_ms = 0, 0
        self.alarm = BoxAlarm(clock=clock, outputs=outputs, tell=tell, kept=answered, plan=plan)
        self.complaints = Complaints(self._troubles, on_change=on_news)
        self._mains = MainsWatch(power, clock=clock, on_change=on_news)
        with ExitStack() as opened:
            opened.callback(self.alarm.close)
            self._button = open_button(settings, self.alarm.pressed)
            opened.callback(self._button.close)
            self._opened = opened.pop_all()

    def begin(self) -> None:
        """Show how things stand by what the card remembers."""
        self._begin(self._memory.load())

    def follow(self, plan: Plan) -> None:
        """Go by another plan."""
        self._plan = plan
        self._begin(self.alarm.memory(outbox=str(self._outbox.id), sequence=self._sequence))

    def time_known(self) -> None:
        """The time is known now, or another: judge anew where it was not known how long the box had been off."""
        if self.alarm.unsure:
            self._begin(self._memory.load())

    def judge(self, taken: Round) -> None:
        """Judge a round, which is on the card already, and now and then have the card keep how things stand."""
        self.alarm.judge(taken)
        if self.alarm.now_ms - self._kept_ms >= KEPT_EVERY_MS:
            self._keep()
        with contextlib.suppress(OutboxUnavailable):
            # Another round may have been committed since, and is judged next: what is kept has seen less than this.
            self._sequence = self._outbox.highest()

    def tend(self) -> None:
        """Look at power, outputs and button, and bring the box up to date."""
        self.alarm.tend(self._mains.look())
        self.complaints.look()

    def close(self) -> None:
        self._keep()
        self._opened.close()

    def _begin(self, memory: Memory | None) -> None:
        known = usable(memory, self._plan, outbox=str(self._outbox.id))
        learnt = {} if memory is None else {unit: learnt_of(stand) for unit, stand in memory.stands.items()}
        try:
            taken = self._noted(self._outbox.latest(_REMEMBERED, after=known.sequence if known else 0))
            self._sequence = known.sequence if known else 0
            self.alarm.begin(
                self._plan, taken, memory=known, learnt={unit: one for unit, one in learnt.items() if one is not None}
            )
        except OutboxUnavailable as error:
            _log.error("the box cannot read its card, and begins without a memory", why=error)
            self.alarm.begin(self._plan)
        self._kept_ms = self.alarm.now_ms

    def _noted(self, taken: Iterable[Taken]) -> Iterator[Taken]:
        for one in taken:
            yield one
            self._sequence = one.sequence

    def _keep(self) -> None:
        self._kept_ms = self.alarm.now_ms
        if self._sequence:
            self._memory.save(self.alarm.memory(outbox=str(self._outbox.id), sequence=self._sequence))

    def _troubles(self) -> dict[str, str]:
        stuck = {STUCK: STUCK_WHAT} if self._button.stuck() else {}
        return self.alarm.troubles() | stuck
