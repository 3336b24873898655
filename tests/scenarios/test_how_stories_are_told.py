"""The language of stories itself: what it reads, what it refuses, and that a broken promise is seen."""

from collections import Counter

import pytest

from scenarios.conftest import Tell
from scenarios.timeline.places import cooler, menaka
from scenarios.timeline.table import Told, rows
from scenarios.timeline.verbs import happens
from scenarios.timeline.world import World


def test_a_table_is_read_row_by_row_and_a_time_that_is_not_later_is_on_the_next_day() -> None:
    first, second, third = rows(
        """
        22:00       | menaka-1 gets 5 L   | nobody
                    | menaka-1 is emptied |
        06:00       |                     | aminata, moussa: menaka-1 critical too-warm
                    |                     | aminata: menaka-2 silent resolved ×3
        day 4 00:10 |                     |
        """
    )
    assert (first.minute, second.minute, third.minute) == (22 * 60, 30 * 60, 3 * 1440 + 10)
    assert first.happens == ("menaka-1 gets 5 L", "menaka-1 is emptied")
    assert first.told == Counter()
    assert second.told == Counter(
        {
            Told("aminata", "menaka-1", "too-warm", critical=True): 1,
            Told("moussa", "menaka-1", "too-warm", critical=True): 1,
            Told("aminata", "menaka-2", "silent", "resolved"): 3,
        }
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("06:00 | one column too few", "three columns"),
        ("dawn | | nobody", "'dawn' is no time"),
        ("| menaka-1 is emptied | nobody", "the first line has a time"),
        ("06:00 | | everybody!", "is not like `aminata, moussa: menaka-1 critical too-warm resolved`"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(table: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rows(table)


def test_a_sentence_that_no_verb_knows_is_named_with_those_there_are(tell: Tell) -> None:
    world: World = tell(menaka(cooler("menaka-1")), "00:10 | | \n 00:20 | |")
    with pytest.raises(ValueError, match=r"'menaka-1 explodes' is none of what can happen:[\s\S]*is emptied"):
        happens(world, "menaka-1 explodes")


def test_who_was_told_too_much_or_too_little_is_named_with_the_time(tell: Tell) -> None:
    story = """
        06:00 | the probe of menaka-1 is unplugged | fati: menaka-1 critical probe-fault
        06:30 |                                    |
        """
    with pytest.raises(AssertionError) as broken:
        tell(menaka(cooler("menaka-1", litres=20.0)), story)
    assert str(broken.value).splitlines() == [
        "between day 1 06:00 and day 1 06:30:",
        "  was not told     1× fati: menaka-1 critical probe-fault",
        "  was told as well 1× aminata: menaka-1 critical probe-fault",
    ]


def test_what_is_told_before_the_story_begins_is_no_part_of_it(tell: Tell) -> None:
    scenario = menaka(cooler("menaka-1", litres=20.0))
    world = tell(scenario, "00:10 | the probe of menaka-1 is unplugged | \n 00:20 | |")
    world.go_to(120)
    assert {one.who for one in world.told()} == {"aminata", "moussa"}
    assert world.told() == Counter()
