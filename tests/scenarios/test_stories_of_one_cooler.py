"""Stories of one cooler, from what happens to it to who is told what."""

from scenarios.conftest import Tell
from scenarios.timeline.places import AT_FORTY_DEGREES, HUNDRED_WATTS, cooler, menaka

COLD = cooler("menaka-1", litres=20.0)


def test_a_normal_day_with_two_fills_and_a_market_is_no_alarm(tell: Tell) -> None:
    world = tell(
        menaka(cooler("menaka-1", litres=10.0)),
        """
        06:30 | menaka-1 gets 12 L                                  | nobody
        08:00 | customers open menaka-1 every 12 minutes for 4 hours | nobody
        12:00 | 20 L of menaka-1 are sold                           | nobody
        18:00 | menaka-1 gets 8 L                                   | nobody
        06:00 |                                                     |
        """,
    )
    assert world.incidents() == []


def test_a_hundred_watts_and_fifty_litres_at_forty_degrees_are_no_alarm_and_one_finding(tell: Tell) -> None:
    world = tell(
        menaka(cooler("menaka-1", HUNDRED_WATTS), climate=AT_FORTY_DEGREES),
        """
        17:00 | menaka-1 gets 50 L   | nobody
        16:00 | menaka-1 is emptied  | nobody
        17:00 | menaka-1 gets 50 L   | nobody
        16:00 | menaka-1 is emptied  | nobody
        17:00 | menaka-1 gets 50 L   | nobody
        16:00 | menaka-1 is emptied  | nobody
        17:00 | menaka-1 gets 50 L   | nobody
        16:00 | menaka-1 is emptied  | nobody
        20:00 |                      |
        """,
    )
    assert world.incidents() == []
    assert world.findings() == [("menaka-1", "too-small")]


def test_a_compressor_dies_and_is_mended(tell: Tell) -> None:
    tell(
        menaka(COLD),
        """
        09:00 | the compressor of menaka-1 dies    | aminata: menaka-1 warming
        12:00 |                                    | aminata: menaka-1 too-warm
        14:30 |                                    | aminata: menaka-1 critical too-warm
        15:00 | aminata gives a missed call        | nobody
        15:30 | the compressor of menaka-1 is well | aminata: menaka-1 critical too-warm resolved
        06:00 |                                    |
        """,
    )


def test_power_fails_at_night_with_a_battery_and_people_hear_of_it_once_the_milk_is_warm(tell: Tell) -> None:
    world = tell(
        menaka(COLD),
        """
        22:00 | the power of menaka-1 fails   | nobody
        02:00 |                               | aminata: menaka-1 critical too-warm
        04:10 | aminata texts 2               | nobody
        05:00 | the power of menaka-1 is back | aminata: menaka-1 critical too-warm resolved
        12:00 |                               |
        """,
    )
    assert "power-lost resolved" in world.states()


def test_power_fails_at_night_without_a_battery_and_all_that_is_known_is_silence(tell: Tell) -> None:
    tell(
        menaka(COLD, battery=False),
        """
        22:00 | the power of menaka-1 fails   | aminata: menaka-1 critical silent
        22:40 | aminata texts 3               | nobody
        05:00 | the power of menaka-1 is back | aminata: menaka-1 critical silent resolved
        12:00 |                               |
        """,
    )


def test_a_probe_is_unplugged_while_an_incident_is_open_which_stays_open_until_milk_is_seen_cold(tell: Tell) -> None:
    world = tell(
        menaka(COLD),
        """
        06:30 | the compressor of menaka-1 dies     | aminata: menaka-1 warming
              |                                     | aminata: menaka-1 too-warm
        11:50 |                                     | aminata: menaka-1 critical too-warm
        12:30 | aminata gives a missed call         | nobody
        13:00 | the probe of menaka-1 is unplugged  | aminata: menaka-1 critical probe-fault
        13:20 | aminata gives a missed call         | nobody
        14:00 | the compressor of menaka-1 is well  | nobody
        17:00 | the probe of menaka-1 is plugged in | aminata: menaka-1 critical probe-fault resolved
              |                                     | aminata: menaka-1 critical too-warm resolved
        06:00 |                                     |
        """,
    )
    assert [state for state in world.states() if not state.startswith("warming")] == [
        "too-warm resolved",
        "probe-fault resolved",
    ]


def test_the_servers_clock_is_set_ten_minutes_ahead_and_back_and_nobody_hears_of_it(tell: Tell) -> None:
    world = tell(
        menaka(COLD),
        """
        08:00 | the server's clock leaps 0.16 hours ahead | nobody
        10:00 | the server's clock is right again         | nobody
        12:00 |                                           |
        """,
    )
    assert world.incidents() == []


def test_a_server_whose_clock_is_hours_ahead_hears_nobody_and_never_says_that_milk_is_warm(tell: Tell) -> None:
    tell(
        menaka(COLD),
        """
        08:00 | the server's clock leaps 3 hours ahead | aminata: menaka-1 critical silent
        08:40 | aminata gives a missed call            | nobody
        10:00 | the server's clock is right again      | aminata: menaka-1 critical silent resolved
        12:00 |                                        |
        """,
    )
