"""Stories of milk: what comes in, what is told of it and by whom, and what its card says to do until when."""

from datetime import time

from scenarios.conftest import Tell
from scenarios.timeline.places import HUNDRED_WATTS, cooler, fleet_of, menaka


def test_a_day_of_four_coolers_in_which_cards_say_every_action_there_is(tell: Tell) -> None:
    tell(
        menaka(*(cooler(f"menaka-{number}") for number in range(1, 5))),
        """
        06:30 | menaka-1 gets 20 L                                               | nobody
              | aminata texts L1 1                                               |
              | menaka-2 gets 20 L                                               |
              | menaka-3 gets 20 L                                               |
        08:00 | the card of menaka-1 says sell before-evening                    | nobody
              | the card of menaka-2 says test-before-selling now                |
              | the card of menaka-2 asks when its milk was milked               |
              | moussa says the milk of menaka-3 was this-morning                |
        08:30 | the card of menaka-3 says sell before-evening                    | nobody
              | moussa says 10 L of camel milk came to menaka-4                  |
              | the card of menaka-4 says test-before-selling now                |
        11:00 | menaka-1 gets 10 L                                               | nobody
              | the compressor of menaka-3 dies                                  |
        11:20 | somebody tells the box of menaka-1 that its milk was just-milked | nobody
        11:40 | the card of menaka-3 says sell before-midday                     | aminata: menaka-3 warming
        12:30 | the card of menaka-3 says boil-or-ferment now                    | nobody
              | moussa says the milk of menaka-3 is boiled                       |
              | the card of menaka-3 says keep-closed now                        |
              | the compressor of menaka-3 is well                               |
        12:40 | the card of menaka-1 says sell before-evening                    | nobody
              | moussa says 4 L of menaka-4 are sold                             |
              | the card of menaka-4 says test-before-selling now                |
              | moussa says a test of menaka-4 failed                            |
              | the card of menaka-4 says not-for-drinking now                   |
              | moussa says menaka-4 is emptied                                  |
              | the card of menaka-4 says nothing now                            |
              | menaka-2 is emptied                                              |
              | aminata texts L0 2                                               |
        15:00 | menaka-2 gets 10 L                                               | nobody
              | moussa says the milk of menaka-2 was just-milked                 |
        17:00 | the card of menaka-2 says sell in-the-morning                    | nobody
              | moussa says the milk of menaka-2 went to menaka-4                |
              | the card of menaka-2 says nothing now                            |
        17:10 | the card of menaka-4 says sell in-the-morning                    | nobody
        18:20 | the card of menaka-4 says keep-closed in-the-morning             | nobody
              | moussa says the milk of menaka-1 is fermented                    |
              | moussa takes back what was told of menaka-1                      |
        18:30 |                                                                  |
        """,
    )


def test_milk_that_will_not_last_until_it_is_collected_is_told_once_and_its_end_is_no_news(tell: Tell) -> None:
    scenario = menaka(cooler("menaka-1", HUNDRED_WATTS))
    world = tell(
        scenario,
        """
        14:00 | menaka-1 gets 16 L                               | aminata: menaka-1 time-left
              | moussa says the milk of menaka-1 was just-milked |
        16:30 | the card of menaka-1 says boil-or-ferment now    | nobody
              | moussa says the milk of menaka-1 is boiled       |
        18:30 |                                                  |
        """,
        fleet=fleet_of(scenario, collected_at=(time(7),)),
    )
    assert world.states() == ["time-left resolved"]


def test_milk_that_nobody_saw_is_tested_until_the_box_knows_the_time_of_what_it_kept(tell: Tell) -> None:
    tell(
        menaka(cooler("menaka-1")),
        """
        06:30 | menaka-1 gets 20 L                               | nobody
              | moussa says the milk of menaka-1 was just-milked |
        10:00 | the card of menaka-1 says sell before-evening    | nobody
              | menaka loses the network                         |
              | the box of menaka forgets the time               |
        10:20 |                                                  | aminata: menaka-1 critical silent
        10:50 | aminata gives a missed call                      | nobody
        14:00 | menaka has the network again                     | aminata: menaka-1 critical silent resolved
        15:00 | the card of menaka-1 says test-before-selling now | nobody
              | the box of menaka knows the time again           |
        15:50 | the card of menaka-1 says sell before-evening    | aminata: menaka-1 critical silent
              | menaka loses the network                         |
        16:20 | aminata gives a missed call                      | nobody
  day 3 16:00 | the card of menaka-1 says test-before-selling now | aminata: menaka-1 critical silent resolved
              | menaka has the network again                     |
        16:40 |                                                  |
        """,
    )
