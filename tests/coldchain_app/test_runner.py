"""The runner: stages step side by side, a failing one tries again and stops nobody else."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from coldchain_app import runner as runner_module
from coldchain_app.runner import Runner
from coldchain_server.errors import StoreUnavailable
from servers.process import eventually


class Scripted:
    """A stage whose steps do what the script says, then idle."""

    def __init__(self, name: str, script: list[Exception | bool]) -> None:
        self.name, self.script, self.steps = name, script, 0

    def step(self) -> bool:
        self.steps += 1
        turn = self.script.pop(0) if self.script else False
        if isinstance(turn, Exception):
            raise turn
        return turn


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(runner_module, "_FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(runner_module, "_LONGEST_WAIT_S", 0.002)
    yield


def test_a_failing_stage_is_tried_again_and_does_not_stop_the_others() -> None:
    failing = Scripted("writing", [StoreUnavailable("the store is away"), StoreUnavailable("the store is away")])
    steady = Scripted("judging", [])
    runner = Runner([failing, steady], idle_s=0.001)
    with capture_logs() as logs:
        runner.start()
        eventually(lambda: failing.steps >= 4 and steady.steps >= 10)
        runner.stop()
    said = [entry["event"] for entry in logs if entry.get("stage") == "writing"]
    assert said == ["stage is in trouble and tries again", "stage works again"]
    assert runner.troubles() == {}


def test_an_error_nobody_foresaw_is_logged_whole_and_survived() -> None:
    surprised = Scripted("ingest", [KeyError("surprise")])
    runner = Runner([surprised], idle_s=0.001)
    with capture_logs() as logs:
        runner.start()
        eventually(lambda: surprised.steps >= 3)
        runner.stop()
    assert [entry["exc_info"] for entry in logs if "trouble" in entry] == [True]


def test_trouble_is_known_by_the_stage_s_name_while_it_lasts() -> None:
    failing = Scripted("writing", [StoreUnavailable("the store is away")] * 10_000)
    runner = Runner([failing], idle_s=0.001)
    runner.start()
    eventually(lambda: runner.troubles() == {"writing": "the store is away"})
    runner.stop()


def test_each_stage_s_thread_has_its_name_in_the_system_s_own_list() -> None:
    runner = Runner([Scripted("judging", []), Scripted("notifications", [])], idle_s=0.001)
    runner.start()

    def threads() -> set[str]:
        return {(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}

    eventually(lambda: threads() >= {"judging", "notifications"})
    runner.stop()


def test_stopping_waits_for_the_step_it_interrupts() -> None:
    entered, leave = threading.Event(), threading.Event()

    class Slow:
        name = "slow"
        finished = False

        def step(self) -> bool:
            entered.set()
            leave.wait(5)
            self.finished = True
            return False

    slow = Slow()
    runner = Runner([slow])
    runner.start()
    entered.wait(5)
    assert runner.hung(after_s=60, now=time.monotonic() + 59) == []
    assert runner.hung(after_s=60, now=time.monotonic() + 61) == ["slow"]
    leave.set()
    runner.stop()
    assert slow.finished
