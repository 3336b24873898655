"""Clocks that wake wrong, lie or jump: what is stored was taken when it says, or within the bounds that it states."""

import random
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from coldchain_server.store.totals import every_point
from faults.box import Quartz
from faults.oracle import WITHIN_MS
from faults.report import Line, leave
from faults.world import PROBES, World

_HOUR_S, _DAY_S = 3600.0, 86400.0
_FEW, _MANY = 2, 12
_LONG_OFF_S = 5.0
_LONGEST_BOOT_MS, _SLOWEST_ANSWER_MS = 30_000, 15_000
"""On a machine that has other things to do."""


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of bad clock. `wakes`: the clocks of each boot; `jumps`: what its wall clock leaps by while it runs.

    `deaf`: how likely a boot after the first has no network while it lasts, and so never learns the time. `lies`: the
    system vouches for the wrong time, so that the first readings may be stored with bounds.
    """

    name: str
    wakes: Callable[[random.Random], Quartz]
    jumps: tuple[float, ...] = ()
    deaf: float = 0.0
    lies: bool = False


def _at_1970(_chance: random.Random) -> Quartz:
    return Quartz(ahead_s=60 - time.time())


def _at_last_saved(chance: random.Random) -> Quartz:
    return Quartz(ahead_s=-chance.uniform(60, 30 * _DAY_S))


def _hour_ahead(_chance: random.Random) -> Quartz:
    return Quartz(ahead_s=_HOUR_S)


def _hour_ahead_with_battery(_chance: random.Random) -> Quartz:
    return Quartz(ahead_s=_HOUR_S, has_rtc=True)


def _hour_ahead_and_vouched_for(_chance: random.Random) -> Quartz:
    return Quartz(ahead_s=_HOUR_S, synchronized=True)


def _right_with_battery(_chance: random.Random) -> Quartz:
    return Quartz(has_rtc=True)


def _right_and_vouched_for(_chance: random.Random) -> Quartz:
    return Quartz(synchronized=True)


_WRONG = (_at_1970, _at_last_saved, _hour_ahead, _hour_ahead_with_battery)
_LIES = Story(name="box is told an hour ahead, and that this is right", wakes=_hour_ahead_and_vouched_for, lies=True)
_JUMPS = Story(name="box's clock jumps and is said to be right", wakes=_right_and_vouched_for, jumps=(_HOUR_S, -_DAY_S))
_NEVER = Story(name="boots that never learn the time", wakes=lambda chance: chance.choice(_WRONG)(chance), deaf=0.7)
STORIES = (
    Story(name="box wakes in 1970", wakes=_at_1970),
    Story(name="box wakes when it last saved the time", wakes=_at_last_saved),
    Story(name="box wakes an hour ahead", wakes=_hour_ahead),
    Story(name="box's fitted clock is an hour ahead", wakes=_hour_ahead_with_battery),
    _LIES,
    Story(name="box's right clock jumps", wakes=_right_with_battery, jumps=(_HOUR_S, -_DAY_S)),
    _JUMPS,
    _NEVER,
)


def suffer(folder: Path, story: Story, *, seed: int, boots: int) -> None:
    """Boot a box again and again with bad clocks, and hold the instants stored against the simulator's log."""
    chance = random.Random(f"{story.name} {seed}")
    with World(folder, chance=chance, quartz=story.wakes(chance)) as world:
        _live_through(world, story, chance, heard=True)
        heard = True
        for boot in range(1, boots):
            _wake(world, story, chance, heard=heard)
            heard = not story.deaf or (boot > 1 and chance.random() >= story.deaf)
            _live_through(world, story, chance, heard=heard)
        _wake(world, story, chance, heard=heard)
        recovery_s = world.recovers(within=60)
        tally = world.finished()
        outside, widest_ms, marked = beyond(world)
    leave(Line(fault=story.name, strikes=boots, kills=boots, tally=tally, recovery_s=recovery_s))
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally
    assert not outside, "instants before the first reading or after the last"
    if story.deaf:
        assert 0 < marked < tally.stored
        assert widest_ms <= boots * _LONGEST_BOOT_MS, "a boot between two that are known has bounds by them"
    elif not story.lies:
        assert widest_ms <= _SLOWEST_ANSWER_MS, "each boot learnt the time, as well as the server's answer told it"


def _wake(world: World, story: Story, chance: random.Random, *, heard: bool) -> None:
    """Take the box's power away and give it back; longer after a boot that nobody heard, which then may have begun
    anywhere in between."""
    world.box.kill()
    world.live(0 if heard else _LONG_OFF_S)
    world.box.reboot(story.wakes(chance))
    world.box.begin()


def _live_through(world: World, story: Story, chance: random.Random, *, heard: bool) -> None:
    """Let a boot go on until it has taken something, and where it is `heard` until that is stored; its clock jumps."""
    world.relay.refusing = not heard
    right = world.box.quartz
    world.takes_more_than(len(world.box.committed()))
    for jump in story.jumps:
        world.live(chance.uniform(0.2, 1.0))
        world.box.set_clock(msgspec.structs.replace(right, ahead_s=right.ahead_s + jump))
    world.live(chance.uniform(0.2, 1.0))
    if heard:
        world.recovers(within=60)
    world.relay.refusing = False


def beyond(world: World) -> tuple[list[int], int, int]:
    """Return what is stored as before the first reading was taken or after the last, how unsure the least sure instant
    is, and how many are marked as unsure."""
    looks = [look.at_ms for probe in PROBES for look in world.log.of(probe)]
    with closing(world.store()) as store:
        points = [point for probe in PROBES for point in every_point(store, probe)]
    first, last = min(looks) - WITHIN_MS, max(looks) + WITHIN_MS
    outside = [point.reading.at_ms for point in points if not first <= point.reading.at_ms <= last]
    marks = [point.uncertainty_ms for point in points if point.uncertainty_ms > WITHIN_MS]
    return outside, max(marks, default=0), len(marks)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("story", [_LIES, _JUMPS, _NEVER], ids=lambda story: story.name)
def test_no_clock_makes_a_reading_misdated(tmp_path: Path, story: Story) -> None:
    suffer(tmp_path, story, seed=1, boots=_FEW)


@pytest.mark.timeout(120)
def test_boots_with_wrong_clocks_one_after_another_misdate_nothing(tmp_path: Path) -> None:
    in_turn = iter(_WRONG * 2)

    def another(chance: random.Random) -> Quartz:
        return next(in_turn)(chance)

    story = Story(name="box wakes with another wrong clock each time", wakes=another)
    suffer(tmp_path, story, seed=1, boots=len(_WRONG))


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [2, 3, 4])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_no_clock_makes_a_reading_misdated_over_many_boots(tmp_path: Path, story: Story, seed: int) -> None:
    suffer(tmp_path, story, seed=seed, boots=_MANY)
