"""The schedule of the rounds: APScheduler, kept going when the wall clock leaps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

_log = structlog.get_logger()


class Schedule:
    """Runs `task` every `period_s` real seconds, never twice at once; a task that raises is run again all the same.

    APScheduler plans by the wall clock. A Pi's leaps: ahead, and the missed runs become one; back, and the next run
    would be as far away as the leap. `tend`, called now and then, notices that and plans anew.
    """

    def __init__(self, task: Callable[[], object], *, period_s: float) -> None:
        self._task, self._period_s = task, period_s
        self._scheduler = BackgroundScheduler(timezone=UTC, daemon=True)
        self._job: Job | None = None

    def start(self) -> None:
        """Begin with a run at once."""
        self._job = self._scheduler.add_job(
            self._run,
            IntervalTrigger(seconds=self._period_s, timezone=UTC),
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Plan no more runs; one that hangs is not waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def change(self, period_s: float) -> None:
        """Go on with another period."""
        if period_s != self._period_s and self._job is not None:
            self._period_s = period_s
            self._job.reschedule(IntervalTrigger(seconds=period_s, timezone=UTC))

    def tend(self) -> None:
        """Plan the next run anew where it is further away than one period can be."""
        if self._job is None or not self._scheduler.running:
            return
        now, planned = datetime.now(UTC), self._job.next_run_time
        if planned is not None and planned - now > timedelta(seconds=2 * self._period_s + 1):
            _log.warning("the wall clock leapt back, sampling planned anew")
            self._job.modify(next_run_time=now)

    def _run(self) -> None:
        try:
            self._task()
        except Exception:  # noqa: BLE001 - logged whole; the next round must come
            _log.exception("a round failed")
