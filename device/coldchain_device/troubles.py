"""Troubles on the way to the server: counted, and kept on the card for the status and the doctor."""

import threading
from collections.abc import Callable

import msgspec

from coldchain_device.card import CardFile

FILE_NAME = "troubles.json"


class Troubles(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`steps`: how often each step of recovery was taken since the card was new, `last_step` and when the last one.

    `contested_since_ms`: since when another box uses this device's name; None: none does, as far as is known.
    """

    steps: dict[str, int] = {}
    last_step: str = ""
    last_step_ms: int | None = None
    contested_since_ms: int | None = None


class TroubleBook:
    """Keeps the troubles. Thread-safe. A contest is found anew after a restart; the counts go on."""

    def __init__(self, file: CardFile[Troubles], *, now_ms: Callable[[], int]) -> None:
        self._file, self._now_ms, self._lock = file, now_ms, threading.Lock()
        self._troubles = msgspec.structs.replace(file.load() or Troubles(), contested_since_ms=None)

    def known(self) -> Troubles:
        return self._troubles

    def note_step(self, name: str) -> None:
        """Count one step of recovery. It is on the card before it is taken: the next one may be a reboot."""
        with self._lock:
            steps = self._troubles.steps
            self._keep(steps={**steps, name: steps.get(name, 0) + 1}, last_step=name, last_step_ms=self._now_ms())

    def note_contested(self, contested: bool) -> None:
        with self._lock:
            self._keep(contested_since_ms=self._now_ms() if contested else None)

    def _keep(self, **changes: object) -> None:
        self._troubles = msgspec.structs.replace(self._troubles, **changes)
        self._file.save(self._troubles)
