"""Stories of milk: what comes in, what is told of it and by whom, and what its card says to do until when."""

import re
from datetime import time

from coldchain_server.fleet.model import Role
from coldchain_server.store.settings import StoreKind, StoreSettings
from invented.browsing import token_of
from scenarios.conftest import Tell
from scenarios.timeline.places import HUNDRED_WATTS, cooler, fleet_of, menaka
from scenarios.timeline.story import play
from servers.influxdb import Influxdb


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


def test_warm_milk_poured_to_cold_milk_shortens_its_time_and_nobody_knows_of_it_until_somebody_tells(
    tell: Tell,
) -> None:
    scenario = menaka(cooler("menaka-1", HUNDRED_WATTS), cooler("menaka-2", HUNDRED_WATTS))
    tell(
        scenario,
        """
        06:30 | menaka-1 gets 10 L                                | nobody
              | menaka-2 gets 10 L                                |
              | moussa says the milk of menaka-1 was just-milked  |
              | moussa says the milk of menaka-2 was just-milked  |
        10:50 | the card of menaka-1 says sell before-evening     | nobody
              | the card of menaka-2 says sell before-evening     |
        11:00 | menaka-1 gets 10 L                                | nobody
        11:20 | the card of menaka-1 asks when its milk was milked | nobody
              | the card of menaka-1 says test-before-selling now |
              | moussa says the milk of menaka-1 was just-milked  |
              | the card of menaka-1 says sell before-midday      |
        13:00 | the card of menaka-1 says boil-or-ferment now     | nobody
              | the card of menaka-2 says sell before-evening     |
        13:10 |                                                   |
        """,
    )


def test_an_answer_that_was_wrong_is_taken_back_and_the_card_goes_by_the_next(tell: Tell) -> None:
    tell(
        menaka(cooler("menaka-1")),
        """
        06:30 | menaka-1 gets 20 L                                 | nobody
              | aminata texts L1                                   |
        06:40 | the card of menaka-1 says keep-closed now          | nobody
              | aminata texts X                                    |
              | aminata texts L3                                   |
        07:10 | the card of menaka-1 says test-before-selling now  | nobody
              | moussa takes back what was told of menaka-1        |
        07:40 | the card of menaka-1 asks when its milk was milked | nobody
              | moussa says the milk of menaka-1 was this-morning  |
        08:00 | the card of menaka-1 says sell before-evening      | nobody
        08:10 |                                                    |
        """,
    )


def test_time_that_runs_out_at_night_is_told_in_the_morning_unless_the_milk_was_boiled(tell: Tell) -> None:
    scenario = menaka(cooler("menaka-1", HUNDRED_WATTS), cooler("menaka-2", HUNDRED_WATTS))
    world = tell(
        scenario,
        """
        20:30 | menaka-1 gets 16 L                               | nobody
              | moussa says the milk of menaka-1 was just-milked |
              | menaka-2 gets 16 L                               |
              | moussa says the milk of menaka-2 was just-milked |
        23:00 | moussa says the milk of menaka-2 is boiled       | nobody
        04:50 |                                                  | aminata: menaka-1 critical time-left
        05:00 | aminata gives a missed call                      | nobody
        07:30 |                                                  |
        """,
        fleet=fleet_of(scenario, collected_at=(time(7),)),
    )
    assert world.states() == ["time-left acknowledged heard", "time-left resolved"]


def test_without_influxdb_cards_go_by_what_is_told_and_what_was_wrong_is_judged_anew_once_it_is_back(
    tell: Tell, influxdb: Influxdb
) -> None:
    world = tell(
        menaka(cooler("menaka-1"), cooler("menaka-2")),
        """
        06:30 | menaka-1 gets 20 L                               | nobody
              | moussa says the milk of menaka-1 was just-milked |
              | menaka-2 gets 20 L                               |
              | moussa says the milk of menaka-2 was just-milked |
        08:00 |                                                  |
        """,
        store=StoreSettings(kind=StoreKind.INFLUXDB, url=influxdb.url, timeout=1000),
    )
    influxdb.server.stop()
    play(
        world,
        """
        08:10 | the card of menaka-1 says sell before-evening     | nobody
              | moussa takes back what was told of menaka-2       |
              | menaka-1 gets 10 L                                |
        09:00 | the card of menaka-1 says test-before-selling now | nobody
              | moussa says the milk of menaka-1 was just-milked  |
        10:00 | the card of menaka-1 says sell before-midday      | nobody
              | the card of menaka-2 says sell before-evening     |
        10:10 |                                                   |
        """,
    )
    influxdb.start()
    play(
        world,
        """
        10:20 |                                                    | nobody
        11:00 | the card of menaka-2 asks when its milk was milked | nobody
              | the card of menaka-1 says sell before-midday       |
        11:10 |                                                    |
        """,
    )


def test_milk_that_its_curve_has_shown_is_asked_about_on_the_page_and_answered_by_one_touch(tell: Tell) -> None:
    world = tell(menaka(cooler("menaka-1")), "06:30 | menaka-1 gets 20 L | nobody \n 07:10 | |")
    phone = world.page_for(Role.COOPERATIVE, "menaka")
    asks = phone.get("/").text
    assert "New milk was found. When was it milked?" in asks
    assert "Test before selling" in asks
    (key,) = set(re.findall(r'name="key" value="([^"]+)"', asks))
    touched = {"csrf_token": token_of(asks), "key": key, "milked": "just-milked"}
    assert phone.post("/units/menaka-1/milk", data=touched).status_code == 302
    world.go_to(8 * 60)
    answered = phone.get("/").text
    assert "New milk was found" not in answered
    assert "Sell it. Boil before drinking." in answered
