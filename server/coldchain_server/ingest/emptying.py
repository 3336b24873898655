"""Emptying the session of a worker that there is no more: a broker that shares out messages goes on filling it."""

from collections.abc import Callable

import structlog

from coldchain_server.ingest.stage import Ingest

log = structlog.get_logger()

_QUIET_STEPS = 10


class Emptying:
    """A stage that ends: it takes what waits in the session, and, once nothing has come for a second, ends that.

    A step raises what `Ingest.step` does.
    """

    name = "ingest"

    def __init__(self, ingest: Ingest, *, worker: int, ended: Callable[[], None]) -> None:
        """`ended` is told once the session is gone."""
        self._ingest, self._worker, self._ended = ingest, worker, ended
        self._quiet_steps = 0
        self.done = False

    def step(self) -> bool:
        if self.done:
            return False
        if self._ingest.step():
            self._quiet_steps = 0
            return True
        self._quiet_steps += 1
        if self._quiet_steps >= _QUIET_STEPS:
            self._ingest.end()
            self.done = True
            self._ended()
            log.info("the session of an ingest worker that there is no more is empty and ended", worker=self._worker)
        return False
