"""One cause, one incident: silent devices and sites, and the outage that thirty sites are in at once."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from coldchain_judgement.verdicts import Why
from invented.rules_say import BREACH, CRITICAL, FINE, WARNING, Rules, probe, sites, unit

Many = Callable[..., Rules]


@pytest.fixture
def many(new_ledger: Engine) -> Many:
    """Return what makes rules of a fleet of so many sites, units at each, and devices they share."""

    def made(count: int, *, units: int = 1, devices: int = 1) -> Rules:
        rules = Rules(new_ledger, sites(count, units=units, devices=devices))
        for site in range(1, count + 1):
            for number in range(1, units + 1):
                rules.hear(site, number)
        return rules

    return made


def heard(rules: Rules, *numbers: int) -> None:
    for site in numbers:
        rules.hear(site)


def test_a_site_alone_falls_silent_and_people_are_told_at_once(many: Many) -> None:
    rules = many(30)
    rules.at(25)
    heard(rules, *range(2, 31))
    rules.at(30)
    rules.fall_silent(1, since=0)
    rules.take_up()
    assert rules.told() == ["silent site-1-1"]


def test_thirty_sites_lose_the_operator_at_once_and_people_hear_of_one_outage(many: Many) -> None:
    rules = many(30)
    for site in range(1, 31):
        rules.at(30 + site / 3)  # reports came every ten minutes, so silence is full at different times
        rules.fall_silent(site, since=site / 3)
        rules.take_up()
    rules.at(60)
    rules.take_up()
    assert rules.told() == ["outage anywhere"]
    assert [state for state in rules.states() if state == "suppressed"] == ["suppressed"] * 30


def test_an_outage_is_told_no_later_than_ten_minutes_after_the_first_silence_is_found(many: Many) -> None:
    rules = many(3)
    for site in (1, 2, 3):
        rules.at(30 + site)
        rules.fall_silent(site, since=site)
        rules.take_up()
    rules.at(40.9)
    rules.take_up()
    assert rules.told() == []
    rules.at(41)
    rules.look(0.2)
    assert rules.told() == ["outage anywhere"]


def test_silence_that_others_seemed_to_share_stands_for_itself_after_ten_minutes(many: Many) -> None:
    rules = many(3)
    rules.at(30)
    rules.fall_silent(1, since=0)
    rules.take_up()
    assert rules.states() == ["pending"]
    heard(rules, 2, 3)
    rules.at(39.9)
    rules.take_up()
    assert rules.states() == ["pending"]
    rules.look(0.2)
    assert rules.transitions()[-1] == "1: pending→open silent"


def test_who_comes_back_leaves_the_outage_and_it_is_over_with_the_last(many: Many) -> None:
    rules = many(4)
    rules.at(30)
    for site in (1, 2, 3, 4):
        rules.fall_silent(site, since=0)
    rules.take_up()
    rules.look(10)
    assert rules.told() == ["outage anywhere"]
    rules.come_back(1)
    rules.take_up()
    assert rules.going_on() == [
        "silent site-2-1: suppressed",
        "silent site-3-1: suppressed",
        "silent site-4-1: suppressed",
        "outage anywhere: open",
    ]
    for site in (2, 3, 4):
        rules.come_back(site)
    rules.take_up()
    assert rules.going_on() == []
    assert rules.told() == ["outage anywhere"]
    assert rules.transitions()[-1] == "5: open→resolved heard-again"


def test_who_falls_silent_with_them_later_joins_the_outage(many: Many) -> None:
    rules = many(5)
    rules.at(30)
    for site in (1, 2, 3):
        rules.fall_silent(site, since=0)
    rules.take_up()
    rules.look(10)
    rules.at(45)
    rules.fall_silent(4, since=14)
    rules.take_up()
    rules.at(100)
    heard(rules, 5)
    rules.fall_silent(5, since=60)
    rules.take_up()
    assert rules.told() == ["outage anywhere", "silent site-5-1"]


def test_who_is_left_half_an_hour_after_the_others_has_a_cause_of_its_own(many: Many) -> None:
    rules = many(3)
    rules.at(30)
    for site in (1, 2, 3):
        rules.fall_silent(site, since=0)
    rules.take_up()
    rules.look(10)
    for site in (1, 2):
        rules.come_back(site)
    rules.take_up()
    rules.look(29)
    assert rules.told() == ["outage anywhere"]
    rules.look(2)
    assert rules.told() == ["outage anywhere", "silent site-3-1"]
    assert rules.going_on() == ["silent site-3-1: open"]


def test_two_sites_are_no_outage(many: Many) -> None:
    rules = many(5)
    rules.at(25)
    heard(rules, 3, 4, 5)
    rules.at(30)
    for site in (1, 2):
        rules.fall_silent(site, since=0)
    rules.take_up()
    assert rules.told() == ["silent site-1-1", "silent site-2-1"]


def test_sites_that_fell_hours_apart_are_no_outage(many: Many) -> None:
    rules = many(3)
    for site in (1, 2, 3):
        rules.at(120 * site)
        heard(rules, *(other for other in (1, 2, 3) if other > site))
        rules.fall_silent(site, since=120 * site - 30)
        rules.take_up()
    assert rules.told() == ["silent site-1-1", "silent site-2-1", "silent site-3-1"]


def test_power_lost_at_three_sites_is_one_outage_and_silence_that_follows_is_in_it(many: Many) -> None:
    rules = many(3)
    rules.at(5)
    for site in (1, 2, 3):
        rules.say("power", BREACH, why=Why.POWER_LOST, unit=unit(site), subject=f"pi-{site}-1", since=4.5 + site / 10)
    rules.take_up()
    assert rules.told() == []
    rules.look(1)
    assert rules.told() == ["outage anywhere"]
    rules.at(40)
    rules.fall_silent(1, since=9)
    rules.take_up()
    assert rules.told() == ["outage anywhere"]


def test_lost_power_at_one_site_waits_a_minute_for_others_and_no_longer(many: Many) -> None:
    rules = many(3)
    rules.say("power", BREACH, why=Why.POWER_LOST, subject="pi-1-1")
    rules.take_up()
    assert rules.states() == ["pending"]
    rules.look(1)
    assert rules.told() == ["power-lost site-1-1"]


def test_where_there_are_no_three_sites_lost_power_is_told_at_once(many: Many) -> None:
    rules = many(2)
    rules.say("power", BREACH, why=Why.POWER_LOST, subject="pi-1-1")
    rules.take_up()
    assert rules.told() == ["power-lost site-1-1"]


def test_a_silent_site_is_one_incident_however_many_units_and_devices_it_has(many: Many) -> None:
    rules = many(2, units=3, devices=2)
    rules.at(30)
    for number in (1, 2, 3):
        rules.hear(2, number)
        rules.fall_silent(1, number, since=number / 10)
        rules.take_up()
    rules.look(10)
    assert rules.told() == ["site-silent site-1"]
    rules.look(5)
    for number in (1, 2, 3):
        rules.come_back(1, number)
    rules.take_up()
    assert rules.going_on() == []
    assert rules.told() == ["site-silent site-1"]


def test_a_silent_device_of_two_units_is_one_incident_while_its_site_is_heard(many: Many) -> None:
    rules = many(1, units=4, devices=2)
    rules.at(30)
    for number in (2, 4):
        rules.hear(1, number)
    for number in (1, 3):
        rules.fall_silent(1, number, since=0)
    rules.take_up()
    rules.look(10)
    assert rules.told() == ["silent site-1"]
    assert {row.subject for row in rules.incidents() if row.state == "open"} == {"pi-1-1"}


def test_a_site_that_comes_back_device_by_device_is_over_without_more_words(many: Many) -> None:
    rules = many(1, units=2, devices=2)
    rules.at(30)
    for number in (1, 2):
        rules.fall_silent(1, number, since=0)
    rules.take_up()
    rules.look(10)
    rules.come_back(1, 1)
    rules.look(1)
    assert rules.going_on() == ["silent site-1-2: suppressed", "site-silent site-1: open"]
    rules.come_back(1, 2)
    rules.look(1)
    assert rules.told() == ["site-silent site-1"]
    assert rules.going_on() == []


def test_sites_of_several_units_are_in_an_outage_each_with_its_own(many: Many) -> None:
    rules = many(3, units=2)
    rules.at(30)
    for site in (1, 2, 3):
        for number in (1, 2):
            rules.fall_silent(site, number, since=0)
    rules.take_up()
    rules.look(10)
    assert rules.told() == ["outage anywhere"]
    parents = {row.id: row.parent_id for row in rules.incidents()}
    tops = {row.id for row in rules.incidents() if row.reason == "site-silent"}
    (outage,) = [row.id for row in rules.incidents() if row.reason == "outage"]
    assert {parents[top] for top in tops} == {outage}
    assert {parent for row, parent in parents.items() if row not in tops | {outage}} == tops


def test_milk_that_is_too_warm_is_told_at_once_whatever_is_silent(many: Many) -> None:
    rules = many(3)
    rules.at(30)
    for site in (1, 2, 3):
        rules.fall_silent(site, since=0)
    rules.take_up()
    rules.look(10)
    rules.say("beyond:hot", BREACH)
    rules.take_up()
    assert rules.told() == ["outage anywhere", "too-warm site-1-1"]


def test_milk_is_never_held_though_nobody_else_is_heard(many: Many) -> None:
    rules = many(3)
    rules.at(10)
    rules.say("beyond:hot", BREACH, since=0)
    rules.take_up()
    assert rules.told() == ["too-warm site-1-1"]


def test_a_silent_device_covers_the_faults_of_its_probes_and_lets_them_go_when_it_is_back(many: Many) -> None:
    rules = many(1, units=1)
    rules.say("fault", BREACH, why=Why.PROBE_FAULT)
    rules.take_up()
    rules.at(40)
    rules.fall_silent(1, since=10)
    rules.take_up()
    assert rules.going_on() == ["probe-fault site-1-1: suppressed", "silent site-1-1: open"]
    rules.look(5)
    rules.come_back(1)
    rules.take_up()
    assert rules.going_on() == ["probe-fault site-1-1: open"]
    assert rules.transitions()[-1] == "1: suppressed→open probe-fault"


def test_a_larger_cause_is_as_grave_as_the_gravest_it_covers(many: Many) -> None:
    rules = many(1, units=2)
    rules.at(30)
    rules.say("silent", BREACH, WARNING, why=Why.SILENT, unit=unit(1, 1), subject=probe(1, 1), since=0)
    rules.say("silent", BREACH, CRITICAL, why=Why.SILENT, unit=unit(1, 2), subject=probe(1, 2), since=0)
    rules.take_up()
    assert {row.reason: row.level for row in rules.incidents()}["site-silent"] == "critical"
    rules.look(11)
    assert rules.told() == ["site-silent site-1"]  # once, as grave as it is from the start


def test_a_larger_cause_that_somebody_graver_joins_is_told_again(many: Many) -> None:
    rules = many(4)
    rules.at(30)
    for site in (1, 2, 3):
        rules.say("silent", BREACH, WARNING, why=Why.SILENT, unit=unit(site), subject=probe(site), since=0)
    rules.take_up()
    rules.look(10)
    rules.at(45)
    rules.fall_silent(4, since=14)
    rules.take_up()
    assert rules.told() == ["outage anywhere", "outage anywhere"]
    assert {row.reason: row.level for row in rules.incidents()}["outage"] == "critical"


def test_a_site_of_which_one_unit_came_back_is_still_its_outages(many: Many) -> None:
    rules = many(3, units=2)
    rules.at(30)
    for site in (1, 2, 3):
        for number in (1, 2):
            rules.fall_silent(site, number, since=0)
    rules.take_up()
    rules.look(10)
    rules.come_back(1, 1)
    rules.look(1)
    (top,) = [row for row in rules.incidents() if (row.reason, row.site) == ("site-silent", "site-1")]
    assert top.state == "suppressed"
    rules.look(31)
    assert rules.told() == ["outage anywhere", "silent site-1-2"]
    rules.look(31)
    assert rules.told()[2:] == ["site-silent site-2", "site-silent site-3"]


def test_an_answered_outage_stays_answered_while_sites_come_and_go(many: Many) -> None:
    rules = many(4)
    rules.at(30)
    for site in (1, 2, 3):
        rules.fall_silent(site, since=0)
    rules.take_up()
    rules.look(10)
    (outage,) = [row.id for row in rules.incidents() if row.reason == "outage"]
    assert rules.answer(outage)
    rules.at(46)
    rules.fall_silent(4, since=14)
    rules.look(1)
    assert rules.going_on()[-2:] == ["outage anywhere: acknowledged", "silent site-4-1: suppressed"]


def test_a_site_that_is_worked_at_makes_no_outage(many: Many) -> None:
    rules = many(3)
    rules.mute(site="site-1", minutes=120)
    rules.at(30)
    for site in (1, 2, 3):
        rules.fall_silent(site, since=0)
    rules.take_up()
    rules.look(11)
    assert rules.told() == ["silent site-2-1", "silent site-3-1"]


def test_a_channel_that_is_dead_is_an_incident_of_no_unit(many: Many) -> None:
    rules = many(1)
    rules.say("channel", BREACH, why=Why.CHANNEL_DEAD, unit="", subject="gammu")
    rules.take_up()
    assert rules.told() == ["channel-dead anywhere"]
    rules.look(5)
    rules.say("channel", FINE, unit="", subject="gammu")
    rules.take_up()
    assert rules.going_on() == []


def test_outages_are_arranged_the_same_by_whichever_process_looks(many: Many) -> None:
    rules = many(3)
    stages = [rules.another_stage() for _ in range(2)]
    rules.at(30)
    for site in (1, 2, 3):
        rules.fall_silent(site, since=0)
        for stage in stages:
            stage.step()
    rules.at(41)
    for stage in stages:
        stage.step()
    assert rules.told() == ["outage anywhere"]
    assert len([row for row in rules.incidents() if row.reason == "outage"]) == 1
