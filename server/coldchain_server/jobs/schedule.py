"""The schedule: each job at its own interval, in APScheduler, one failure stopping nothing else."""

from collections.abc import Callable, Sequence

import msgspec
import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from coldchain_contract.clock import Clock

log = structlog.get_logger()


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do every `every_s` seconds of the shared clock."""

    name: str
    every_s: float
    do: Callable[[], None]


class Schedule:
    """Runs jobs in the background from `start` to `stop`. A late job runs once, not once for each time missed."""

    def __init__(self, jobs: Sequence[Job], *, clock: Clock) -> None:
        self._scheduler = BackgroundScheduler(timezone="UTC")
        for job in jobs:
            self._scheduler.add_job(
                _guarded(job),
                "interval",
                seconds=max(clock.wall_seconds(job.every_s), 0.05),
                id=job.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Wait for the job that runs now, then stop."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)


def _guarded(job: Job) -> Callable[[], None]:
    """Return a call that does the job and says a failure once when it starts and once when it ends."""
    failing = ""

    def run() -> None:
        nonlocal failing
        try:
            job.do()
        except Exception as error:  # noqa: BLE001 - one job must not end the schedule; the error is said
            trouble = f"{type(error).__name__}: {error}"
            if trouble != failing:
                log.error("job fails and will run again", job=job.name, trouble=trouble)
            failing = trouble
            return
        if failing:
            log.info("job works again", job=job.name)
        failing = ""

    return run
