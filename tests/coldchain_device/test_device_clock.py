"""The device's clock says when it may be believed, and learns the time from the server."""

from pathlib import Path

import pytest

from coldchain_contract.clock import SetClock
from coldchain_device.clock import PLAUSIBLE_FROM_MS, DeviceClock, GivenClock, SystemClock, device_clock

NOON = 1_772_539_200_000


class Machine:
    """A Pi whose wall clock, uptime and synchronization are set by hand."""

    def __init__(self, folder: Path) -> None:
        self.boot_id, self.synchronized = folder / "boot_id", folder / "synchronized"
        self.boot_id.write_text("5f0c0fd2-6f1e-4b43-a9f5-6f4f3a3d1d11\n")
        self.wall_s, self.uptime_s = 100.0, 5.0

    def clock(self, *, has_rtc: bool = False) -> SystemClock:
        return SystemClock(
            has_rtc=has_rtc,
            boot_id_file=self.boot_id,
            synchronized_file=self.synchronized,
            wall_s=lambda: self.wall_s,
            uptime_s=lambda: self.uptime_s,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_clock_that_was_not_synchronized_is_not_trusted(machine: Machine) -> None:
    stamp = machine.clock().stamp()
    assert (stamp.trusted, stamp.uptime_ms, stamp.wall_ms) == (False, 5000, 100_000)
    assert stamp.boot_id == "5f0c0fd2-6f1e-4b43-a9f5-6f4f3a3d1d11"


def test_it_is_trusted_from_the_moment_it_is_synchronized(machine: Machine) -> None:
    clock = machine.clock()
    machine.synchronized.touch()
    machine.wall_s = NOON / 1000
    assert clock.stamp().trusted
    assert clock.now_ms() == NOON


def test_a_fitted_clock_is_trusted_at_boot_unless_its_battery_is_empty(machine: Machine) -> None:
    clock = machine.clock(has_rtc=True)
    assert not clock.stamp().trusted
    machine.wall_s = PLAUSIBLE_FROM_MS / 1000
    assert clock.stamp().trusted


def test_the_servers_time_is_taken_half_way_and_bounded_by_half_the_round_trip(machine: Machine) -> None:
    clock = machine.clock()
    machine.uptime_s = 9.0
    assert clock.learn(NOON, sent_uptime_ms=5000)
    stamp = clock.stamp()
    assert (stamp.wall_ms, stamp.uncertainty_ms, stamp.trusted) == (NOON + 2000, 2000, True)
    machine.uptime_s, machine.wall_s = 10.0, 50.0
    assert clock.now_ms() == NOON + 3000


@pytest.mark.parametrize("sent_uptime_ms", [-60_000, 5001])
def test_an_answer_that_took_too_long_or_came_before_its_question_teaches_nothing(
    machine: Machine, sent_uptime_ms: int
) -> None:
    clock = machine.clock()
    assert not clock.learn(NOON, sent_uptime_ms=sent_uptime_ms)
    assert not clock.stamp().trusted


def test_a_clock_that_knows_the_time_does_not_learn_it_and_its_own_wins_later(machine: Machine) -> None:
    clock = machine.clock()
    assert clock.learn(NOON, sent_uptime_ms=5000)
    assert not clock.learn(NOON + 999_999, sent_uptime_ms=5000)
    machine.synchronized.touch()
    machine.wall_s = NOON / 1000 + 7
    assert clock.stamp().wall_ms == NOON + 7000
    assert clock.stamp().uncertainty_ms == 0


def test_a_clock_that_a_run_declares_is_trusted_and_its_uptime_counts_from_its_start() -> None:
    given = SetClock(NOON)
    clock = device_clock(given)
    given.set(NOON + 1500)
    stamp = clock.stamp()
    assert (stamp.wall_ms, stamp.uptime_ms, stamp.trusted) == (NOON + 1500, 1500, True)
    assert not clock.learn(0, sent_uptime_ms=0)


def test_a_devices_own_clock_is_used_as_it_is(machine: Machine) -> None:
    clock: DeviceClock = machine.clock()
    assert device_clock(clock) is clock
    assert isinstance(device_clock(SetClock(0)), GivenClock)


def test_this_very_machine_has_a_boot_and_an_uptime() -> None:
    first, second = SystemClock().stamp(), SystemClock().stamp()
    assert first.boot_id == second.boot_id != ""
    assert 0 < first.uptime_ms <= second.uptime_ms
