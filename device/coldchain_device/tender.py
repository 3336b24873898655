"""Looking after what must not stop: tasks repeated side by side with the sampling, and the watchdog's food."""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from coldchain_device.errors import OutboxUnavailable
from coldchain_device.notify import Systemd

_log = structlog.get_logger()
_EVERY_S = 2.0
_MISSED_ROUNDS = 3


class Tender:
    """Runs its tasks every two real seconds between `start` and `stop`; one that raises never stops the others.

    systemd hears that the service is ready once the first round is read and committed. Its watchdog is fed only while
    rounds are: while `rounds_kept` has moved within three periods.
    """

    def __init__(
        self,
        tasks: Sequence[Callable[[], object]],
        *,
        systemd: Systemd,
        rounds_kept: Callable[[], int],
        period_s: Callable[[], float],
    ) -> None:
        self._tasks, self._systemd = tasks, systemd
        self._rounds_kept, self._period_s = rounds_kept, period_s
        self._seen, self._seen_s = 0, float("-inf")
        self._failing: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def tend(self, now_s: float) -> None:
        """Run every task once, and feed the watchdog if that is deserved."""
        for task in self._tasks:
            self._guarded(task)
        self._tell_systemd(now_s)

    def _tell_systemd(self, now_s: float) -> None:
        rounds_kept = self._rounds_kept()
        if rounds_kept != self._seen:
            if self._seen == 0:
                self._systemd.ready()
            self._seen, self._seen_s = rounds_kept, now_s
        if now_s - self._seen_s <= _MISSED_ROUNDS * max(self._period_s(), _EVERY_S):
            self._systemd.alive()

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY_S):
            self.tend(time.monotonic())

    def _guarded(self, task: Callable[[], object]) -> None:
        name = getattr(task, "__name__", "task")
        try:
            task()
        except OutboxUnavailable as error:
            if name not in self._failing:
                _log.error("outbox unavailable", why=error, task=name)
            self._failing.add(name)
        except Exception:  # noqa: BLE001 - logged whole; the rest must be tended
            _log.exception("tending failed", task=name)
        else:
            self._failing.discard(name)
