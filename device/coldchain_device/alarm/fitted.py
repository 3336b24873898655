"""The box as it is fitted: its alarm, its outputs, its button and its power, opened together and closed together."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial

import structlog

from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import LocalAlarm
from coldchain_device.alarm.box import BoxAlarm
from coldchain_device.alarm.complaints import STUCK, STUCK_WHAT, Complaints
from coldchain_device.alarm.fitting import open_button, open_milk_button
from coldchain_device.alarm.outputs import Output
from coldchain_device.alarm.remembering import KEPT_EVERY_MS, Memory, learnt_of, usable
from coldchain_device.alarm.standing import Kept
from coldchain_device.card import CardFile
from coldchain_device.clock import DeviceClock
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.milk.book import MilkBook
from coldchain_device.milk.placing import Notes, noted
from coldchain_device.milk.told import Said
from coldchain_device.outbox import OutboxReader, Taken
from coldchain_device.plan import Plan
from coldchain_device.power import Power
from coldchain_device.power.watch import MainsWatch
from coldchain_device.sampling import Round
from coldchain_device.settings import DeviceSettings

_log = structlog.get_logger()
_REMEMBERED = 12_000
"""Readings: two days of four probes a minute. Warm milk in a small cooler takes up to a day and a half to get cold."""


class FittedBox:
    """`tell` has an alarm told, `on_news` the status said; `answered` and `memory` are its files on the card.

    `book` is what is told of the milk here. Closes `outputs`; `BadOutput` where the pin of a button cannot be had.
    """

    def __init__(
        self,
        settings: DeviceSettings,
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
        book: MilkBook,
    ) -> None:
        self._plan, self._outbox, self._memory, self._book = plan, outbox, memory, book
        self._sequence, self._kept_ms = 0, 0
        self.alarm = BoxAlarm(clock=clock, outputs=outputs, tell=tell, kept=answered, plan=plan)
        self.complaints = Complaints(self._troubles, on_change=on_news)
        self._mains = MainsWatch(power, clock=clock, on_change=on_news)
        with ExitStack() as opened:
            opened.callback(self.alarm.close)
            self._buttons = [open_button(settings.outputs, self.alarm.pressed)]
            opened.callback(self._buttons[0].close)
            for unit, pin in settings.milk_pins.items():
                self._buttons.append(
                    open_milk_button(pin, partial(self.tell_of_milk, unit), hold_s=settings.outputs.button_hold_s)
                )
                opened.callback(self._buttons[-1].close)
            self._opened = opened.pop_all()

    def begin(self) -> None:
        """Show how things stand by what the card remembers."""
        self._begin(self._memory.load())

    def follow(self, plan: Plan) -> None:
        """Go by another plan."""
        self._plan = plan
        self._begin(self._memory_now(), self._memory.load())
        self._keep()

    def time_known(self) -> None:
        """The time is known now, or another: judge anew where it was not known how long the box had been off; where all
        of it lay at another time, by the readings alone, which are dated by now."""
        self._book.time_known()
        self.alarm.tend()
        if self.alarm.astray:
            self._begin(learnt_by=self._memory_now())
        elif self.alarm.unsure:
            self._begin(self._memory.load())

    def tell_of_milk(self, unit: UnitId, said: Said) -> None:
        """Take what somebody said of the milk in a unit: on the card first, then it is shown that it was taken."""
        self._book.tell(unit, said)
        before = self._memory_now()
        self.alarm.hear(self._notes())
        if usable(before, self._plan, outbox=str(self._outbox.id), notes=self._notes()) is None:
            self._begin(self._memory.load(), learnt_by=before)  # it takes the place of another, which was judged by
        self._kept_ms = self.alarm.now_ms - KEPT_EVERY_MS  # kept with the next round, which is the first to go by it
        self.alarm.acknowledge(said)

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

    def _begin(self, *memories: Memory | None, learnt_by: Memory | None = None) -> None:
        """Go by the first of the memories that can be used, and what was read since; what is learnt of the units, by
        `learnt_by` or the last of them."""
        notes, outbox = self._notes(), str(self._outbox.id)
        known = next((one for one in memories if usable(one, self._plan, outbox=outbox, notes=notes)), None)
        learnt_by = learnt_by or next((one for one in memories if one is not None), None)
        learnt = {} if learnt_by is None else {unit: learnt_of(stand) for unit, stand in learnt_by.stands.items()}
        try:
            taken = self._noted(self._outbox.latest(_REMEMBERED, after=known.sequence if known else 0))
            self._sequence = known.sequence if known else 0
            self.alarm.begin(
                self._plan,
                taken,
                notes=notes,
                memory=known,
                learnt={unit: one for unit, one in learnt.items() if one is not None},
            )
        except OutboxUnavailable as error:
            _log.error("the box cannot read its card, and begins without a memory", why=error)
            self.alarm.begin(self._plan, notes=notes)
        self._kept_ms = self.alarm.now_ms

    def _notes(self) -> Notes:
        return noted(self._book.words(self._plan.withdrawn), self._plan.told)

    def _memory_now(self) -> Memory:
        return self.alarm.memory(outbox=str(self._outbox.id), sequence=self._sequence)

    def _noted(self, taken: Iterable[Taken]) -> Iterator[Taken]:
        for one in taken:
            yield one
            self._sequence = one.sequence

    def _keep(self) -> None:
        self._kept_ms = self.alarm.now_ms
        if self._sequence:
            self._memory.save(self._memory_now())

    def _troubles(self) -> dict[str, str]:
        stuck = {STUCK: STUCK_WHAT} if any(button.stuck() for button in self._buttons) else {}
        return self.alarm.troubles() | stuck
