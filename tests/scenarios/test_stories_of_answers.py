"""Stories of answers: by SMS, by a missed call that costs nothing, at the box's button, on the page, and by nobody."""

from coldchain_contract.identifiers import SiteId
from coldchain_server.fleet.model import Role
from scenarios.conftest import Tell
from scenarios.timeline.places import cooler, fleet_of, menaka, person

COLD = cooler("menaka-1", litres=20.0)
MENAKA = SiteId("menaka")


def test_an_answer_ends_escalation_and_reminders_and_whoever_was_told_hears_that_somebody_else_answered(
    tell: Tell,
) -> None:
    scenario = menaka(*(cooler(f"menaka-{number}", litres=20.0) for number in range(1, 7)))
    world = tell(
        scenario,
        """
        08:00 | the probe of menaka-1 is unplugged                | aminata: menaka-1 critical probe-fault
        08:20 | aminata texts 1                                   | nobody
        09:00 | the probe of menaka-2 is unplugged                | aminata: menaka-2 critical probe-fault
        09:20 | aminata texts 2                                   | nobody
        10:00 | the probe of menaka-3 is unplugged                | aminata: menaka-3 critical probe-fault
        10:20 | aminata texts 3                                   | nobody
        11:00 | the probe of menaka-4 is unplugged                | aminata: menaka-4 critical probe-fault
        11:20 | aminata gives a missed call                       | nobody
        12:00 | the probe of menaka-5 is unplugged                | aminata: menaka-5 critical probe-fault
        12:20 | somebody presses the button of menaka-5           | aminata: menaka-5 critical probe-fault acknowledged
        13:00 | the probe of menaka-6 is unplugged                | aminata: menaka-6 critical probe-fault
        13:20 | moussa answers on the page that the milk is moved | aminata: menaka-6 critical probe-fault acknowledged
        17:50 |                                                   |
        """,
    )
    answered = ("milk-moved", "power-out", "will-look", "heard", "heard", "milk-moved")
    assert world.states() == [f"probe-fault acknowledged {handling}" for handling in answered]


def test_whoever_says_at_night_that_they_will_look_will_look_at_daylight(tell: Tell) -> None:
    world = tell(
        menaka(COLD),
        """
        21:00 | the probe of menaka-1 is unplugged | aminata: menaka-1 critical probe-fault
        21:20 | aminata texts 3                    | nobody
        06:00 |                                    |
        """,
    )
    assert world.states() == ["probe-fault acknowledged will-look-at-daylight"]


def test_an_answer_does_not_hold_what_gets_worse(tell: Tell) -> None:
    world = tell(
        menaka(COLD),
        """
        07:00 | the compressor of menaka-1 dies | aminata: menaka-1 warming
              |                                 | aminata: menaka-1 too-warm
        12:00 | aminata texts 3                 | nobody
        12:30 |                                 | aminata: menaka-1 critical too-warm
        13:20 |                                 |
        """,
    )
    assert world.states()[-1] == "too-warm open"


def test_nobody_answers_and_it_goes_up_the_list_to_its_end_and_everybody_is_reminded_ever_more_rarely(
    tell: Tell,
) -> None:
    scenario = menaka(COLD)
    people = (
        person("aminata", Role.COOPERATIVE, MENAKA),
        person("fati", Role.COOPERATIVE, MENAKA),
        person("moussa", Role.TECHNICIAN, MENAKA),
        person("ibrahim", Role.ADMIN, MENAKA),
    )
    world = tell(
        scenario,
        """
        08:00 | the probe of menaka-1 is unplugged | aminata: menaka-1 critical probe-fault
        08:20 |                                    | fati: menaka-1 critical probe-fault escalation
        08:40 |                                    | aminata, fati: menaka-1 critical probe-fault reminder
              |                                    | moussa: menaka-1 critical probe-fault escalation
        09:20 |                                    | aminata, fati, moussa: menaka-1 critical probe-fault reminder
              |                                    | ibrahim: menaka-1 critical probe-fault escalation
        11:20 |                                    | aminata, fati: menaka-1 critical probe-fault reminder
              |                                    | moussa, ibrahim: menaka-1 critical probe-fault reminder
        13:20 |                                    | aminata, fati: menaka-1 critical probe-fault reminder
              |                                    | moussa, ibrahim: menaka-1 critical probe-fault reminder
        17:50 |                                    |
        """,
        fleet=fleet_of(scenario, *people, escalation=(("aminata", 0), ("fati", 15), ("moussa", 45), ("ibrahim", 120))),
    )
    assert world.states() == ["probe-fault open"]
