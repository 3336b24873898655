"""A story: a table played in the world, each row's promise held to what people were really told."""

from collections import Counter
from itertools import pairwise

from scenarios.timeline.table import Row, Told, rows
from scenarios.timeline.verbs import happens
from scenarios.timeline.world import World


def play(world: World, text: str) -> None:
    """Play a table; `AssertionError` says between which times somebody was told anything else than it says."""
    table = rows(text)
    world.go_to(table[0].minute)
    assert not world.told(), "somebody was told something before the story begins"
    for row, following in pairwise(table):
        for sentence in row.happens:
            happens(world, sentence)
        world.settle()
        world.go_to(following.minute)
        _compare(row, following, world.told())


def _compare(row: Row, following: Row, told: Counter[Told]) -> None:
    if told == row.told:
        return
    lines = [f"between {_time(row)} and {_time(following)}:"]
    lines += [f"  was not told     {count}× {one}" for one, count in sorted((row.told - told).items())]
    lines += [f"  was told as well {count}× {one}" for one, count in sorted((told - row.told).items())]
    raise AssertionError("\n".join(lines))


def _time(row: Row) -> str:
    day, minute = divmod(row.minute, 1440)
    return f"day {day + 1} {minute // 60:02}:{minute % 60:02}"
