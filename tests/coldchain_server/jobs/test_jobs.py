"""Jobs: each at its own interval, a failing one said once and stopping nobody."""

from pathlib import Path

from structlog.testing import capture_logs

from coldchain_contract.clock import SetClock
from coldchain_server.jobs.disk import DiskWatch, is_low
from coldchain_server.jobs.schedule import Job, Schedule
from servers.process import eventually

_GIB = 2**30


def test_a_failing_job_is_said_once_and_the_others_go_on() -> None:
    turns: list[str] = []

    def fails_twice() -> None:
        turns.append("failing")
        if turns.count("failing") <= 2:
            raise ValueError("no luck")

    jobs = [
        Job(name="failing", every_s=1, do=fails_twice),
        Job(name="steady", every_s=1, do=lambda: turns.append("steady")),
    ]
    schedule = Schedule(jobs, clock=SetClock(0))
    with capture_logs() as logs:
        schedule.start()
        eventually(lambda: turns.count("failing") >= 4 and turns.count("steady") >= 3)
        schedule.stop()
    assert [entry["event"] for entry in logs if entry.get("job") == "failing"] == [
        "job fails and will run again",
        "job works again",
    ]


def test_a_disk_is_low_only_when_both_little_and_a_small_share_is_free() -> None:
    assert is_low(free_bytes=_GIB // 10, total_bytes=30 * _GIB)
    assert not is_low(free_bytes=_GIB, total_bytes=30 * _GIB)
    assert not is_low(free_bytes=_GIB // 10, total_bytes=_GIB // 2)


def test_the_watch_is_silent_while_there_is_room(tmp_path: Path) -> None:
    with capture_logs() as logs:
        DiskWatch(tmp_path)()
    assert logs == []
