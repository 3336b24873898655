"""The mobile network's time, as a program prints it, dates readings until the server has been heard."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from coldchain_device.clock import SystemClock
from coldchain_device.network_time import NetworkTime
from coldchain_device.timekeeping import FITTED_MS, Source

NOON = 1_772_539_200_000  # 2026-03-03T12:00:00Z
MMCLI = "  -----------------\n  Time | current: {}\n"


@pytest.fixture
def clock(tmp_path: Path) -> SystemClock:
    return SystemClock(synchronized_file=tmp_path / "never", wall_s=lambda: 60.0, uptime_s=lambda: 5.0)


@pytest.mark.parametrize("printed", ["2026-03-03T13:00:00+01", "2026-03-03T12:00:00Z", "2026-03-03T12:00:00.000+00:00"])
def test_what_a_modem_says_is_taken_with_its_offset_and_a_wide_mark(clock: SystemClock, printed: str) -> None:
    NetworkTime(["printf", MMCLI.format(printed)], clock=clock).tend()
    stamp = clock.stamp()
    assert (stamp.wall_ms, stamp.source, stamp.uncertainty_ms) == (NOON, Source.FITTED, FITTED_MS)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["printf", "no network"], "prints no time"),
        (["printf", "2026-03-03T12:00:00"], "prints no time"),
        (["printf", "2026-13-03T12:00:00Z"], "month"),
        (["false"], "exit status 1"),
        (["no-such-program"], "No such file"),
    ],
)
def test_where_there_is_none_it_is_said_once_and_nothing_is_known(
    clock: SystemClock, command: list[str], says: str
) -> None:
    minutes = iter((0.0, 60.0, 120.0))
    network = NetworkTime(command, clock=clock, monotonic=lambda: next(minutes))
    with capture_logs() as said:
        for _ in range(3):
            network.tend()
    (once,) = (one for one in said if one["event"].startswith("the network's time is not known"))
    assert says in str(once)
    assert not clock.stamp().trusted


def test_it_is_asked_once_a_minute_and_no_longer_once_the_time_is_known(clock: SystemClock, tmp_path: Path) -> None:
    seconds, asked = iter((0.0, 30.0, 59.0, 60.0, 600.0)), tmp_path / "asked"
    network = NetworkTime(
        ["sh", "-c", f"echo x >> {asked}; echo nothing"], clock=clock, monotonic=lambda: next(seconds)
    )
    for _ in range(4):
        network.tend()
    assert asked.read_text() == "x\nx\n"
    clock.learn(NOON, sent_uptime_ms=5000)
    network.tend()
    assert asked.read_text() == "x\nx\n"


def test_without_a_program_nobody_is_asked(clock: SystemClock) -> None:
    NetworkTime([], clock=clock).tend()
    assert not clock.stamp().trusted
