"""Asking for the time: how often, how long readings are held for it, and what never leaves without."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coldchain_device.clock import SystemClock
from coldchain_device.uplink.asking import TimeAsking

CONFIRM_S, DAY_S = 60, 86_400
NOON_S = 1_772_539_200


class Waiting:
    """A box whose question nobody answers, looked at twice a minute."""

    def __init__(self, clock: SystemClock) -> None:
        self.now_s = 0.0
        self.asked: list[float] = []
        self.asking = TimeAsking(
            clock=clock,
            confirm_s=CONFIRM_S,
            monotonic=lambda: self.now_s,
            ask=lambda: self.asked.append(self.now_s),
        )

    def held(self, *, until_s: float) -> float:
        """Return for how many seconds readings were held."""
        held_s = 0.0
        while self.now_s < until_s:
            held_s += 30 * self.asking.holds()
            self.now_s += 30
        return held_s


@pytest.fixture
def clock_of(tmp_path: Path) -> Callable[..., SystemClock]:
    def made(*, has_rtc: bool = False, synchronized: bool = False) -> SystemClock:
        (tmp_path / "boot_id").write_text("a-boot\n")
        if synchronized:
            (tmp_path / "synchronized").touch()
        return SystemClock(
            has_rtc=has_rtc,
            boot_id_file=tmp_path / "boot_id",
            synchronized_file=tmp_path / "synchronized",
            wall_s=lambda: NOON_S,
            uptime_s=lambda: 100.0,
        )

    return made


def test_what_the_network_dated_is_held_for_three_confirmations_and_then_sent(
    clock_of: Callable[..., SystemClock],
) -> None:
    assert Waiting(clock_of(synchronized=True)).held(until_s=DAY_S) == 3 * CONFIRM_S


def test_what_only_a_fitted_clock_dated_never_leaves_unchecked(clock_of: Callable[..., SystemClock]) -> None:
    assert Waiting(clock_of(has_rtc=True)).held(until_s=DAY_S) == DAY_S


def test_nothing_is_held_or_asked_once_the_server_has_said_the_time(clock_of: Callable[..., SystemClock]) -> None:
    clock = clock_of(has_rtc=True)
    waiting = Waiting(clock)
    assert waiting.asking.holds()
    clock.learn(NOON_S * 1000, sent_uptime_ms=99_900)
    assert waiting.held(until_s=3600) == 0
    assert waiting.asked == [0]


def test_a_server_that_does_not_answer_is_asked_less_and_less_often(clock_of: Callable[..., SystemClock]) -> None:
    waiting = Waiting(clock_of(has_rtc=True))
    waiting.held(until_s=DAY_S)
    assert waiting.asked[:4] == [0, 60, 120, 180]
    pauses = [later - earlier for earlier, later in zip(waiting.asked, waiting.asked[1:], strict=False)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 15 * CONFIRM_S
    assert len(waiting.asked) < DAY_S / (15 * CONFIRM_S) + 25
