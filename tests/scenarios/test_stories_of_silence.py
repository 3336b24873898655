"""Stories of silence: a site without a network, many without their operator, and what comes to light afterwards."""

from coldchain_contract.identifiers import SiteId
from coldchain_server.fleet.model import Role
from scenarios.conftest import Tell
from scenarios.timeline.places import cooler, fleet_of, many, menaka, person

COLD = cooler("menaka-1", litres=20.0)


def test_a_site_is_silent_and_one_message_says_so_for_all_its_coolers(tell: Tell) -> None:
    tell(
        menaka(COLD, cooler("menaka-2", litres=20.0)),
        """
        08:00 | menaka loses the network     | aminata: menaka critical site-silent
        08:50 | aminata texts 3              | nobody
        12:00 | menaka has the network again | aminata: menaka critical site-silent resolved
        14:00 |                              |
        """,
    )


def test_thirty_sites_lose_the_operator_at_once_and_a_handful_of_messages_says_so(tell: Tell) -> None:
    scenario = many(30)
    presidents = [person(f"president-{plan.id}", Role.COOPERATIVE, plan.id) for plan in scenario.sites]
    everywhere = tuple(plan.id for plan in scenario.sites)
    tell(
        scenario,
        """
        08:00 | all sites lose the operator       | moussa: everywhere critical outage outage
              |                                   | moussa: everywhere critical outage reminder
        10:00 | all sites have the operator again | moussa: everywhere critical outage resolved
        12:00 |                                   |
        """,
        fleet=fleet_of(scenario, *presidents, person("moussa", Role.TECHNICIAN, *everywhere)),
    )


def test_a_cooler_that_is_warm_in_an_outage_is_told_beside_it(tell: Tell) -> None:
    scenario = many(4)
    presidents = [person(f"president-{plan.id}", Role.COOPERATIVE, plan.id) for plan in scenario.sites]
    tell(
        scenario,
        """
        07:00 | the compressor of site-4-1 dies | president-site-4: site-4-1 warming
              |                                 | president-site-4: site-4-1 too-warm
        11:50 | site-1 loses the network        | president-site-4: site-4-1 critical too-warm
              | site-2 loses the network        | moussa: everywhere critical outage outage
              | site-3 loses the network        |
        12:50 |                                 |
        """,
        fleet=fleet_of(scenario, *presidents, person("moussa", Role.TECHNICIAN, *(SiteId(one) for one in _sites(4)))),
    )


def test_a_breach_inside_a_two_day_outage_whose_milk_was_sold_is_one_summary(tell: Tell) -> None:
    world = tell(
        menaka(COLD),
        """
              06:00 | menaka loses the network           | aminata: menaka-1 critical silent
              06:40 | aminata texts 3                    | nobody
              12:00 | the compressor of menaka-1 dies    | nobody
        day 2 06:00 | the compressor of menaka-1 is well | nobody
        day 2 10:00 | menaka-1 is emptied                | nobody
        day 2 17:00 | menaka-1 gets 10 L                 | nobody
        day 3 06:00 | menaka has the network again       | aminata: menaka-1 critical silent resolved
                    |                                    | aminata, moussa: menaka-1 too-warm past
        day 3 16:00 |                                    |
        """,
    )
    assert world.states() == ["silent resolved", "too-warm resolved"]


def test_a_breach_inside_a_two_day_outage_whose_milk_is_still_there_is_todays_action_once(tell: Tell) -> None:
    world = tell(
        menaka(COLD),
        """
              06:00 | menaka loses the network           | aminata: menaka-1 critical silent
              06:40 | aminata texts 3                    | nobody
              12:00 | the compressor of menaka-1 dies    | nobody
        day 2 06:00 | the compressor of menaka-1 is well | nobody
        day 3 06:00 | menaka has the network again       | aminata: menaka-1 critical silent resolved
                    |                                    | aminata: menaka-1 critical too-warm
        day 3 06:40 | aminata texts 1                    | nobody
        day 3 16:00 |                                    |
        """,
    )
    assert world.states() == ["silent resolved", "too-warm acknowledged milk-moved"]


def _sites(count: int) -> list[str]:
    return [f"site-{number}" for number in range(1, count + 1)]
