"""Mutes, what comes and goes, what is found late, and what a box says by itself."""

import pytest
from msgspec import json

from coldchain_judgement.verdicts import Evidence, Why
from coldchain_server.incidents.changing import undo
from coldchain_server.incidents.handling import Handling
from invented.rules_say import BREACH, CRITICAL, FINE, NOW_MS, UNKNOWN, WARNING, Rules
from invented.watched import HOT


def test_what_happens_in_a_mute_is_told_when_it_ends_if_it_still_goes_on(rules: Rules) -> None:
    rules.mute(unit="site-1-1", minutes=60)
    rules.say("beyond:warm", BREACH, WARNING)
    rules.say("other", BREACH, WARNING, why=Why.TOO_COLD)
    rules.take_up()
    assert rules.going_on() == ["too-warm site-1-1: suppressed", "too-cold site-1-1: suppressed"]
    rules.say("other", FINE, WARNING)
    rules.at(59.9)
    rules.take_up()
    assert rules.told() == []
    rules.look(0.2)
    assert rules.told() == ["too-warm site-1-1"]
    assert rules.transitions()[0] == "1: none→suppressed too-warm"


def test_a_mute_says_why_to_whoever_looks_at_what_it_covers(rules: Rules) -> None:
    rules.say("beyond:warm", BREACH, WARNING)
    rules.take_up()
    rules.mute(site="site-1")
    rules.look(1)
    assert rules.transitions()[-1] == "1: open→suppressed too-warm defrosting"


def test_critical_milk_is_told_in_a_mute(rules: Rules) -> None:
    rules.mute(minutes=60)
    rules.say("beyond:hot", BREACH, CRITICAL)
    rules.take_up()
    assert rules.told() == ["too-warm site-1-1"]


def test_critical_milk_is_muted_where_the_mute_says_so(rules: Rules) -> None:
    rules.mute(minutes=60, critical_milk=True)
    rules.say("beyond:hot", BREACH, CRITICAL)
    rules.take_up()
    assert rules.told() == []


def test_silence_of_a_unit_that_is_worked_at_is_muted_though_it_is_critical(rules: Rules) -> None:
    rules.mute(unit="site-1-1", minutes=60)
    rules.say("silent", BREACH, CRITICAL, why=Why.SILENT)
    rules.take_up()
    assert rules.told() == []


def test_what_becomes_critical_in_a_mute_is_told_in_the_same_step(rules: Rules) -> None:
    rules.mute(minutes=60)
    rules.say("beyond:warm", BREACH, WARNING)
    rules.take_up()
    rules.say("beyond:hot", BREACH, CRITICAL)
    rules.take_up()
    assert rules.told() == ["too-warm site-1-1"]
    assert rules.transitions()[1:] == ["1: suppressed→suppressed too-warm", "1: suppressed→open too-warm"]


@pytest.mark.parametrize("where", [{"site": "site-2"}, {"unit": "site-1-2"}, {"starts": 5.0}])
def test_a_mute_of_elsewhere_or_of_later_covers_nothing(rules: Rules, where: dict[str, str]) -> None:
    rules.mute(**where)  # type: ignore[arg-type]
    rules.say("beyond:warm", BREACH, WARNING)
    rules.take_up()
    assert rules.told() == ["too-warm site-1-1"]


def test_what_somebody_handles_stays_handled_in_a_mute(rules: Rules) -> None:
    rules.say("beyond:warm", BREACH, WARNING)
    rules.take_up()
    rules.answer()
    rules.mute(minutes=10)
    rules.look(1)
    rules.look(15)
    assert rules.states() == ["acknowledged"]


def test_what_is_back_within_half_an_hour_is_the_same_incident(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.at(10)
    rules.say("beyond:hot", FINE)
    rules.at(40)
    rules.say("beyond:hot", BREACH)
    rules.take_up()
    assert rules.transitions() == [
        "1: none→open too-warm",
        "1: open→resolved within",
        "1: resolved→open too-warm",
    ]
    assert (rules.incidents()[0].resolved_ms, rules.incidents()[0].flaps) == (None, 1)


def test_what_comes_and_goes_stays_open_until_it_has_been_fine_for_two_hours(rules: Rules) -> None:
    for _ in range(6):
        rules.say("beyond:hot", BREACH)
        rules.look(10)
        rules.say("beyond:hot", FINE)
        rules.look(10)
    assert len(rules.told()) == 4  # once, and three times again
    assert rules.states() == ["open"]
    rules.look(109)
    assert rules.states() == ["open"]
    rules.look(2)
    assert rules.states() == ["resolved"]
    assert rules.incidents()[0].resolved_ms == NOW_MS + 110 * 60_000


def test_what_was_withdrawn_and_found_again_was_not_over_by_itself(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.say("beyond:hot", UNKNOWN, why=Why.WITHDRAWN)
    rules.look(1)
    rules.say("beyond:hot", BREACH)
    rules.take_up()
    assert rules.states() == ["resolved", "open"]


def test_what_was_over_before_anybody_knew_is_one_summary(rules: Rules) -> None:
    rules.at(600)
    rules.say("beyond:hot", BREACH, since=60, worst=19.0, past=True)
    rules.take_up()
    assert rules.transitions() == ["1: none→resolved too-warm"]
    (incident,) = rules.incidents()
    assert (incident.past, incident.since_ms, incident.resolved_ms) == (
        True,
        NOW_MS + 60 * 60_000,
        NOW_MS + 600 * 60_000,
    )


def test_milk_that_is_still_there_is_told_of_today_until_it_is_gone(rules: Rules) -> None:
    rules.at(600)
    rules.say("beyond:hot", BREACH, since=60, past=True, still_there=True)
    rules.take_up()
    assert rules.told() == ["too-warm site-1-1"]
    assert rules.incidents()[0].past
    rules.at(900)
    rules.say("beyond:hot", FINE, past=True)
    rules.take_up()
    assert rules.states() == ["resolved"]


def test_what_was_found_late_neither_opens_nor_ends_what_goes_on_now(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.say("beyond:hot", BREACH, past=True)
    rules.say("beyond:hot", FINE, past=True)
    rules.take_up()
    assert rules.going_on() == ["too-warm site-1-1: open"]
    rules.say("beyond:hot", FINE)
    rules.take_up()
    assert rules.going_on() == []


def test_the_end_of_what_goes_on_now_is_not_taken_for_that_of_what_was_found_late(rules: Rules) -> None:
    rules.say("any", BREACH, why=Why.TOO_COLD)
    rules.say("any", BREACH, past=True)
    rules.say("any", FINE)
    rules.take_up()
    assert rules.going_on() == []


def test_a_red_box_opens_an_incident_before_the_server_has_judged_it(rules: Rules) -> None:
    rules.box("raised", "red", reason="beyond:hot", celsius=11.5)
    rules.take_up()
    (incident,) = rules.incidents()
    assert (incident.reason, incident.level, incident.state, incident.rule) == ("too-warm", "critical", "open", "box")
    evidence = json.decode(incident.evidence, type=Evidence)
    assert (evidence.celsius, evidence.limit, evidence.profile) == (11.5, HOT, "daily")


def test_what_the_server_finds_later_is_the_same_incident_and_its_end_ends_it(rules: Rules) -> None:
    rules.box("raised", "red")
    rules.look(1)
    rules.say("beyond:hot", BREACH, worst=11.0)
    rules.look(1)
    assert [(row.state, row.rule) for row in rules.incidents()] == [("open", "beyond:hot")]
    rules.box("cleared", "green")
    rules.look(1)
    assert rules.states() == ["open"]  # the server's rule still finds it
    rules.say("beyond:hot", FINE)
    rules.look(1)
    assert rules.transitions() == ["1: none→open too-warm", "1: open→resolved within"]


def test_the_boxs_green_light_ends_what_only_the_box_had_found(rules: Rules) -> None:
    rules.box("raised", "red")
    rules.look(1)
    rules.box("cleared", "green")
    rules.look(1)
    assert rules.states() == ["resolved"]


def test_a_green_box_does_not_end_what_the_server_finds_though_it_had_called_it_worse(rules: Rules) -> None:
    rules.say("beyond:warm", BREACH, WARNING)
    rules.look(1)
    rules.box("raised", "red")
    rules.look(1)
    rules.box("cleared", "green")
    rules.look(1)
    assert rules.states() == ["open"]


def test_an_amber_box_that_turns_red_is_worse(rules: Rules) -> None:
    rules.box("raised", "amber")
    rules.look(1)
    rules.answer()
    rules.box("raised", "red")
    rules.look(1)
    assert [(row.state, row.level) for row in rules.incidents()] == [("open", "critical")]


def test_the_button_at_the_box_answers_for_its_unit(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.look(1)
    rules.box("heard", "red")
    rules.look(1)
    (incident,) = rules.incidents()
    assert (incident.state, incident.handling) == ("acknowledged", Handling.HEARD.value)
    assert rules.transitions()[-1] == "1: open→acknowledged heard"


def test_what_a_box_said_is_taken_up_once(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.look(1)
    rules.box("heard", "red")
    rules.look(1)
    with rules.sessions.begin() as session:
        assert undo(session, 1, who="Aminata", at_ms=rules.clock.now_ms())
    rules.look(1)
    assert rules.states() == ["open"]


def test_a_box_that_was_asked_to_be_quiet_has_been_heard_by_nobody(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.look(1)
    rules.box("heard", "red", asked=True)
    rules.look(1)
    assert rules.states() == ["open"]


def test_what_began_after_the_button_was_pressed_nobody_has_heard(rules: Rules) -> None:
    rules.at(10)
    rules.say("beyond:hot", BREACH)
    rules.box("heard", "red", ago=5)
    rules.take_up()
    assert rules.states() == ["open"]


def test_what_a_box_says_late_is_no_news(rules: Rules) -> None:
    rules.at(60)
    rules.box("raised", "red", ago=16)
    rules.take_up()
    assert rules.states() == []


def test_each_thing_that_a_box_finds_wrong_is_an_incident_of_its_own(rules: Rules) -> None:
    rules.box("raised", "amber", why="power-lost", level="warning")
    rules.box("raised", "red", why="too-warm", level="critical")
    rules.box("unknown", "unknown", why="probe-fault", level="critical")
    rules.take_up()
    assert sorted((row.reason, row.level) for row in rules.incidents()) == [
        ("power-lost", "warning"),
        ("too-warm", "critical"),
    ]


def test_of_what_a_box_said_meanwhile_only_the_last_counts(rules: Rules) -> None:
    rules.box("raised", "red", ago=2)
    rules.box("cleared", "green", ago=1)
    rules.take_up()
    assert rules.states() == []


@pytest.mark.parametrize(
    ("why", "reason", "found"),
    [
        ("", "beyond:hot, beyond:warm", ["too-warm"]),
        ("", "beyond:unheard-of", []),
        ("", "started", []),
        ("too-cold", "", ["too-cold"]),
        ("of-the-future", "beyond:hot", []),
    ],
)
def test_an_older_box_names_its_limits_and_a_newer_one_its_reason(
    rules: Rules, why: str, reason: str, found: list[str]
) -> None:
    rules.box("raised", "red", why=why, reason=reason)
    rules.take_up()
    assert [row.reason for row in rules.incidents()] == found


def test_a_box_that_blinks_says_nothing_of_the_milk(rules: Rules) -> None:
    rules.box("raised", "red")
    rules.look(1)
    rules.box("unknown", "unknown", why="")
    rules.look(1)
    assert rules.states() == ["open"]
