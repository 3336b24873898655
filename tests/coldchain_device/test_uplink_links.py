"""What the end of a link teaches: when to try again, whether the name is contested, how long the path remembers."""

import random

from hypothesis import given
from hypothesis import strategies as st

from coldchain_device.uplink import contention, path, pauses
from coldchain_device.uplink.contention import Contention
from coldchain_device.uplink.link import Ended
from coldchain_device.uplink.path import Path
from coldchain_device.uplink.pauses import Failures

HOUR = 3600.0
UNREACHED = Ended(why="timed out")
REFUSED = Ended(why="refused", reached=True, refused=True)


def cut(lasted_s: float, *, idle_s: float = 0.0) -> Ended:
    return Ended(why="connection lost", accepted=True, reached=True, cut=True, lasted_s=lasted_s, idle_s=idle_s)


def pause(failures: Failures, *, contested: bool = False, seed: int = 1) -> float:
    return pauses.pause_s(failures, longest_s=120, contested=contested, chance=random.Random(seed))


def test_a_thousand_devices_that_lose_one_broker_come_back_spread_over_ten_seconds() -> None:
    back = [pause(pauses.after(Failures(), cut(HOUR)), seed=seed) for seed in range(1000)]
    each_second = [sum(second <= one < second + 1 for one in back) for second in range(10)]
    assert sum(each_second) == 1000
    assert max(each_second) < 150


def test_pauses_grow_to_the_longest_and_a_link_that_lasted_makes_them_short_again() -> None:
    failures = Failures()
    for longest in (10, 20, 40, 80, 120, 120):
        failures = pauses.after(failures, UNREACHED)
        assert longest / 2 <= pause(failures) <= longest
    assert pause(pauses.after(failures, cut(5))) >= 60
    assert pause(pauses.after(failures, cut(61))) <= 10


def test_a_broker_that_refuses_is_asked_once_an_hour_at_last() -> None:
    failures = Failures()
    for _ in range(15):
        failures = pauses.after(failures, REFUSED)
    assert 1800 <= pause(failures) <= 3600
    assert pause(pauses.after(failures, UNREACHED)) <= 120


def test_where_the_name_is_contested_the_other_box_is_left_ten_minutes_and_more() -> None:
    assert all(600 <= pause(Failures(), contested=True, seed=seed) <= 1500 for seed in range(100))


@given(st.integers(0, 10**6), st.floats(1, 3600), st.integers(0, 2**32))
def test_no_pause_is_ever_longer_than_the_longest(in_a_row: int, longest_s: float, seed: int) -> None:
    failures = Failures(in_a_row=in_a_row)
    assert 0 <= pauses.pause_s(failures, longest_s=longest_s, contested=False, chance=random.Random(seed)) <= longest_s


def after_all(*ends: Ended) -> Contention:
    known = Contention()
    for ended in ends:
        known = contention.after(known, ended)
    return known


def test_four_links_accepted_and_cut_within_a_minute_are_another_box_of_the_same_name() -> None:
    assert not after_all(*[cut(3)] * 3).contested
    assert after_all(*[cut(3)] * 4).contested


def test_a_network_that_comes_and_goes_is_no_other_box() -> None:
    assert not after_all(*[cut(3), UNREACHED] * 20).contested


def test_links_cut_after_minutes_or_while_idle_or_by_ourselves_are_no_other_box() -> None:
    ours = Ended(why="stopped", accepted=True, reached=True, lasted_s=3)
    assert not after_all(*[cut(130)] * 20).contested
    assert not after_all(*[ours] * 20).contested


def test_a_contested_name_stays_so_until_a_link_has_lasted_an_hour() -> None:
    contested = after_all(*[cut(3)] * 4)
    assert contention.after(contested, cut(900)).contested
    assert contention.after(contested, UNREACHED).contested
    assert contention.held(contested, HOUR - 1).contested
    assert not contention.held(contested, HOUR).contested
    assert not contention.after(contested, cut(HOUR)).contested


def forgotten(known: Path, *, idle_s: float, now_s: float, again_after_s: float = 5) -> Path:
    return path.forgot(known, cut(idle_s + 30, idle_s=idle_s), again_after_s=again_after_s, now_s=now_s)


def test_a_path_that_forgets_an_idle_link_twice_is_probed_well_before_it_would_again() -> None:
    once = forgotten(Path(), idle_s=600, now_s=0)
    assert once.probe_s is None
    twice = forgotten(once, idle_s=300, now_s=HOUR)
    assert twice.probe_s == 210


def test_a_path_that_forgets_even_so_is_probed_more_often_but_never_every_minute() -> None:
    known = Path()
    for hour in range(12):
        known = forgotten(known, idle_s=known.probe_s or 600, now_s=hour * HOUR)
    assert known.probe_s == path.SHORTEST_S


def test_a_network_that_was_away_has_forgotten_nothing() -> None:
    known = Path()
    for hour in range(5):
        known = forgotten(known, idle_s=600, now_s=hour * HOUR, again_after_s=600)
    assert known == Path()


def test_one_that_is_busy_or_forgets_once_a_day_need_not_be_probed() -> None:
    assert forgotten(Path(), idle_s=5, now_s=0) == Path()
    once = forgotten(Path(), idle_s=600, now_s=0)
    assert forgotten(once, idle_s=600, now_s=24 * HOUR).probe_s is None


def test_after_a_good_day_less_probing_is_tried_until_none_is_needed() -> None:
    known = forgotten(forgotten(Path(), idle_s=300, now_s=0), idle_s=300, now_s=60)
    assert path.relaxed(known, now_s=23 * HOUR).probe_s == 210
    found = []
    for day in range(1, 9):
        known = path.relaxed(known, now_s=day * 24.1 * HOUR)
        found.append(known.probe_s)
    assert found == [315, 472, 708, 1062, 1593, None, None, None]
