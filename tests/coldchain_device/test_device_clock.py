"""The device's clock says when it may be believed, and goes by whoever deserves it most."""

import os
from pathlib import Path

import pytest

from coldchain_contract.clock import SetClock
from coldchain_device.clock import (
    PLAUSIBLE_FROM_MS,
    DeviceClock,
    GivenClock,
    Recalled,
    SystemClock,
    device_clock,
)
from coldchain_device.timekeeping import FITTED_MS, Known, Source

NOON, HOUR_MS = 1_772_539_200_000, 3_600_000


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

    def synchronize(self, wall_ms: int) -> None:
        """Do what systemd-timesyncd does: set the clock, then touch the file."""
        self.wall_s = wall_ms / 1000
        self.synchronized.touch()
        os.utime(self.synchronized, (self.wall_s, self.wall_s))

    def wait(self, seconds: float) -> None:
        self.wall_s += seconds
        self.uptime_s += seconds


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_clock_that_was_not_synchronized_is_not_trusted(machine: Machine) -> None:
    clock = machine.clock()
    stamp = clock.stamp()
    assert (stamp.trusted, stamp.uptime_ms, stamp.wall_ms) == (False, 5000, 100_000)
    assert stamp.boot_id == "5f0c0fd2-6f1e-4b43-a9f5-6f4f3a3d1d11"
    assert (clock.checked, clock.turns, clock.off_ms) == (False, 0, None)


def test_it_is_trusted_from_the_moment_it_is_synchronized_though_not_checked_by_the_server(machine: Machine) -> None:
    clock = machine.clock()
    machine.synchronize(NOON)
    stamp = clock.stamp()
    assert (stamp.trusted, stamp.wall_ms, stamp.uncertainty_ms, stamp.source) == (True, NOON, 0, Source.NTP)
    assert (clock.checked, clock.turns) == (False, 1)


@pytest.mark.parametrize("age_s", [-60, 3700])
def test_a_word_of_synchronization_that_is_not_about_this_clock_says_nothing(machine: Machine, age_s: float) -> None:
    machine.synchronize(NOON)
    machine.wall_s += age_s
    assert not machine.clock().stamp().trusted


def test_steps_of_the_wall_clock_change_nothing(machine: Machine) -> None:
    clock = machine.clock()
    machine.synchronize(NOON)
    assert clock.now_ms() == NOON
    for step_s in (3600, -7200, -1e9):
        machine.wall_s += step_s
        machine.uptime_s += 1
    assert clock.now_ms() == NOON + 3000
    assert clock.off_ms == pytest.approx((3600 - 7200 - 1e9 - 3) * 1000, abs=1)


def test_a_clock_that_is_set_by_each_synchronization_is_followed(machine: Machine) -> None:
    clock = machine.clock()
    machine.synchronize(NOON)
    clock.stamp()
    machine.uptime_s += 60
    machine.synchronize(NOON + 60_400)
    assert (clock.now_ms(), clock.turns) == (NOON + 60_400, 1)
    machine.synchronize(NOON + HOUR_MS)
    assert (clock.now_ms(), clock.turns) == (NOON + HOUR_MS, 2)


def test_a_time_learnt_long_ago_is_less_certain(machine: Machine) -> None:
    clock = machine.clock()
    machine.synchronize(NOON)
    assert clock.stamp().uncertainty_ms == 0
    machine.uptime_s += 86_400
    assert clock.stamp().uncertainty_ms == 8640


def test_a_fitted_clock_is_better_than_none_unless_its_battery_is_empty(machine: Machine) -> None:
    clock = machine.clock(has_rtc=True)
    assert not clock.stamp().trusted
    machine.wall_s = PLAUSIBLE_FROM_MS / 1000
    stamp = clock.stamp()
    assert (stamp.trusted, stamp.source, stamp.uncertainty_ms) == (True, Source.FITTED, FITTED_MS)
    assert not clock.checked


def test_a_fitted_clock_that_says_less_than_the_outbox_knows_is_not_believed(machine: Machine) -> None:
    machine.wall_s = NOON / 1000
    clock = machine.clock(has_rtc=True)
    clock.recall(Recalled(floor_ms=NOON + 1))
    assert not clock.stamp().trusted
    assert clock.floor_ms == NOON + 1


def test_a_fitted_clock_that_is_an_hour_off_is_found_out_by_the_server(machine: Machine) -> None:
    machine.wall_s = (NOON + HOUR_MS) / 1000
    clock = machine.clock(has_rtc=True)
    clock.stamp()
    assert clock.learn(NOON, sent_uptime_ms=5000)
    stamp = clock.stamp()
    assert (stamp.wall_ms, stamp.fitted_off_ms, stamp.uncertainty_ms) == (NOON, HOUR_MS, 0)
    assert (clock.checked, clock.turns) == (True, 2)


def test_the_mobile_networks_time_is_taken_until_a_better_one_is_known(machine: Machine) -> None:
    clock = machine.clock()
    clock.suggest(PLAUSIBLE_FROM_MS - 1, uncertainty_ms=60_000)
    assert not clock.stamp().trusted
    clock.suggest(NOON, uncertainty_ms=60_000)
    clock.suggest(NOON + HOUR_MS, uncertainty_ms=60_000)
    assert (clock.now_ms(), clock.stamp().uncertainty_ms) == (NOON, 60_000)
    assert clock.learn(NOON + 7000, sent_uptime_ms=5000)
    assert clock.now_ms() == NOON + 7000


def test_the_servers_time_is_taken_half_way_and_bounded_by_half_the_round_trip(machine: Machine) -> None:
    clock = machine.clock()
    machine.uptime_s = 9.0
    assert clock.learn(NOON, sent_uptime_ms=5000)
    stamp = clock.stamp()
    assert (stamp.wall_ms, stamp.uncertainty_ms, stamp.trusted) == (NOON + 2000, 2000, True)
    machine.uptime_s, machine.wall_s = 10.0, 50.0
    assert clock.now_ms() == NOON + 3000


def test_a_second_word_of_the_server_narrows_what_the_first_left_open(machine: Machine) -> None:
    clock = machine.clock()
    machine.uptime_s = 25.0
    assert clock.learn(NOON, sent_uptime_ms=5000)  # it is noon and 0 to 20 s
    machine.uptime_s = 35.0
    assert not clock.learn(NOON + 12_000, sent_uptime_ms=33_000)  # it is noon and 12 to 14 s
    stamp = clock.stamp()
    assert (stamp.wall_ms, stamp.uncertainty_ms) == (NOON + 13_000, 1000)


@pytest.mark.parametrize("sent_uptime_ms", [-60_000, 5001])
def test_an_answer_that_took_too_long_or_came_before_its_question_teaches_nothing(
    machine: Machine, sent_uptime_ms: int
) -> None:
    clock = machine.clock()
    assert not clock.learn(NOON, sent_uptime_ms=sent_uptime_ms)
    assert not clock.stamp().trusted


def test_a_server_whose_own_clock_is_years_behind_teaches_nothing(machine: Machine) -> None:
    clock = machine.clock()
    assert not clock.learn(PLAUSIBLE_FROM_MS - 1, sent_uptime_ms=5000)
    clock.recall(Recalled(floor_ms=NOON))
    assert not clock.learn(NOON - 1, sent_uptime_ms=5000)
    assert clock.learn(NOON, sent_uptime_ms=5000)


def test_a_synchronized_clock_that_the_server_agrees_with_stays_what_it_is_and_is_checked(machine: Machine) -> None:
    clock = machine.clock()
    machine.synchronize(NOON)
    assert clock.learn(NOON - 1000, sent_uptime_ms=4000)
    assert not clock.learn(NOON - 1000, sent_uptime_ms=4000)
    stamp = clock.stamp()
    assert (stamp.wall_ms, stamp.uncertainty_ms, clock.checked) == (NOON, 0, True)


def test_a_synchronized_clock_that_the_server_contradicts_loses_with_bounds_that_hold_for_either(
    machine: Machine,
) -> None:
    clock = machine.clock()
    machine.synchronize(NOON + HOUR_MS)
    assert clock.learn(NOON, sent_uptime_ms=5000)
    stamp = clock.stamp()
    assert (stamp.wall_ms, stamp.uncertainty_ms) == (NOON, HOUR_MS)
    machine.wait(60)
    machine.synchronize(NOON + HOUR_MS + 60_000)
    assert clock.stamp().uncertainty_ms >= HOUR_MS
    clock.learn(NOON + 60_000, sent_uptime_ms=65_000)
    assert (clock.now_ms(), clock.stamp().uncertainty_ms) == (NOON + 60_000, 0)
    assert clock.off_ms == HOUR_MS
    machine.synchronize(NOON + HOUR_MS + 60_001)
    assert clock.now_ms() == NOON + 60_000


def test_a_program_that_starts_anew_goes_by_what_the_outbox_remembers_of_this_boot(machine: Machine) -> None:
    clock = machine.clock()
    known = Known(began_ms=NOON - 1000, uncertainty_ms=1000, uptime_ms=1000, source=Source.SERVER)
    clock.recall(Recalled(known=known))
    assert (clock.now_ms(), clock.checked, clock.turns) == (NOON + 4000, True, 1)
    clock.recall(Recalled(known=Known(began_ms=0, uncertainty_ms=0, uptime_ms=0, source=Source.NTP)))
    assert clock.now_ms() == NOON + 4000


def test_instants_are_told_in_tenths_of_a_second(machine: Machine) -> None:
    clock = machine.clock()
    machine.synchronize(NOON + 149)
    assert clock.now_ms() == NOON + 100
    assert clock.stamp().uptime_ms == 5000


def test_a_clock_that_a_run_declares_is_trusted_and_its_uptime_counts_from_its_start() -> None:
    given = SetClock(NOON)
    clock = device_clock(given)
    given.set(NOON + 1500)
    stamp = clock.stamp()
    assert (stamp.wall_ms, stamp.uptime_ms, stamp.trusted) == (NOON + 1500, 1500, True)
    assert not clock.learn(0, sent_uptime_ms=0)
    clock.suggest(0, uncertainty_ms=0)
    clock.recall(Recalled(floor_ms=2 * NOON))
    assert (clock.checked, clock.now_ms()) == (True, NOON + 1500)


def test_a_devices_own_clock_is_used_as_it_is(machine: Machine) -> None:
    clock: DeviceClock = machine.clock()
    assert device_clock(clock) is clock
    assert isinstance(device_clock(SetClock(0)), GivenClock)


def test_this_very_machine_has_a_boot_and_an_uptime() -> None:
    first, second = SystemClock().stamp(), SystemClock().stamp()
    assert first.boot_id == second.boot_id != ""
    assert 0 < first.uptime_ms <= second.uptime_ms
