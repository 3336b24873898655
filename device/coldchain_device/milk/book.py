"""The book of the milk: what was told at the box, durable on the card before anybody is told that it was taken."""

import threading
import uuid
from collections.abc import Callable, Collection

import structlog

from coldchain_contract.identifiers import UnitId
from coldchain_device.card import CardFile
from coldchain_device.clock import DeviceClock
from coldchain_device.milk import told
from coldchain_device.milk.told import Said, Told, Words

_log = structlog.get_logger()
FILE_NAME = "milk.json"


class MilkBook:
    """Thread-safe. `instant_of` says when something was that far into a boot, as far as the readings on the card know.

    A word stays until the server has confirmed it, and some time longer: the box's own light goes by it.
    """

    def __init__(
        self, kept: CardFile[Words], *, clock: DeviceClock, instant_of: Callable[[str, int], int | None]
    ) -> None:
        self._kept, self._clock, self._instant_of = kept, clock, instant_of
        self._lock = threading.Lock()
        self._words: Words = kept.load() or ()

    def tell(self, unit: UnitId, said: Said) -> None:
        """Take what was said of the milk in a unit now."""
        with self._lock:
            stamp = self._clock.stamp()
            self._replace(told.telling(self._words, said, unit=unit, word_id=uuid.uuid4().hex, stamp=stamp))
        _log.info("told of the milk", unit=unit, said=said.value)

    def words(self, withdrawn: Collection[str] = ()) -> Words:
        """Return what counts."""
        with self._lock:
            return told.in_force(self._words, withdrawn)

    def waiting(self) -> tuple[Told, ...]:
        """Return what the server is still to be told, dated by what is known of the time now."""
        with self._lock:
            if not told.waiting(self._words):
                return ()
            return told.waiting(self._dated())

    def confirm(self, ids: Collection[str]) -> None:
        """Note that the server has these."""
        with self._lock:
            self._replace(told.confirmed(self._dated(), ids))

    def time_known(self) -> None:
        """Date what could not be dated before, or was by a clock that proved wrong."""
        with self._lock:
            if self._clock.stamp().trusted:
                self._replace(told.recovered(self._dated(), self._instant_of))

    def _dated(self) -> Words:
        stamp = self._clock.stamp()
        return told.dated(self._words, stamp) if stamp.trusted else self._words

    def _replace(self, words: Words) -> None:
        if words != self._words:
            self._words = words
            self._kept.save(words)
