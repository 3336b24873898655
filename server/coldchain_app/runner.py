"""Runs stages side by side, one thread each, and is the one place that tries again."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from coldchain_server.errors import ServerError
from coldchain_server.stage import Stage

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0

log = structlog.get_logger()


class Runner:
    """Starts stages in the order given and stops them in reverse; `idle_s` is real seconds between empty steps."""

    def __init__(self, stages: Sequence[Stage], *, idle_s: float = 0.1) -> None:
        self._stopping = threading.Event()
        self._threads = [_StageThread(stage, stopping=self._stopping, idle_s=idle_s) for stage in stages]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every stage finish the step it is in, and wait for it."""
        self._stopping.set()
        for thread in reversed(self._threads):
            if thread.ident is not None:
                thread.join()

    def troubles(self) -> dict[str, str]:
        """Return what each stage in trouble last failed with, by the stage's name."""
        return {thread.stage.name: thread.trouble for thread in self._threads if thread.trouble}

    def hung(self, *, after_s: float, now: float) -> list[str]:
        """Return the stages that died, or whose present step began `after_s` seconds before `now` (monotonic)."""
        return [thread.stage.name for thread in self._threads if thread.hangs(after_s=after_s, now=now)]


class _StageThread(threading.Thread):
    """Steps one stage until told to stop. A failing step is tried again, ever more slowly, and said once."""

    def __init__(self, stage: Stage, *, stopping: threading.Event, idle_s: float) -> None:
        super().__init__(name=stage.name, daemon=True)
        self.stage, self.trouble = stage, ""
        self._stopping, self._idle_s, self._wait_s = stopping, idle_s, _FIRST_WAIT_S
        self._step_began: float | None = None

    def run(self) -> None:
        _name_for_the_system(self.name)
        while not self._stopping.is_set():
            self._stopping.wait(self._stepped())

    def hangs(self, *, after_s: float, now: float) -> bool:
        began = self._step_began
        return not self.is_alive() or (began is not None and now - began >= after_s)

    def _stepped(self) -> float:
        """Do one step and return how many seconds to wait before the next."""
        self._step_began = time.monotonic()
        try:
            more = self.stage.step()
        except ServerError as error:
            return self._failed(f"{error}", known=True)
        except Exception as error:  # noqa: BLE001 - a stage must survive what nobody foresaw; it is logged whole
            return self._failed(f"{type(error).__name__}: {error}", known=False)
        finally:
            self._step_began = None
        if self.trouble:
            log.info("stage works again", stage=self.stage.name)
        self.trouble, self._wait_s = "", _FIRST_WAIT_S
        return 0.0 if more else self._idle_s

    def _failed(self, trouble: str, *, known: bool) -> float:
        if trouble != self.trouble:
            log.error("stage is in trouble and tries again", stage=self.stage.name, trouble=trouble, exc_info=not known)
        self.trouble = trouble
        self._wait_s = min(self._wait_s * 2, _LONGEST_WAIT_S)
        return self._wait_s


def _name_for_the_system(name: str) -> None:
    """Show this thread under `name` in `top -H` and in /proc; Python gives it none before 3.14."""
    with suppress(OSError):
        Path("/proc/thread-self/comm").write_text(name)
