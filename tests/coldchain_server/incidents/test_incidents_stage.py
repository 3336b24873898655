"""Incidents from verdicts: one a cause, opened and resolved once, whatever crashes and whoever is first."""

import pytest
from msgspec import json
from sqlalchemy import event, select, text

from coldchain_judgement.verdicts import Evidence, Why
from coldchain_server.errors import LedgerUnavailable
from coldchain_server.incidents.changing import Move, change
from coldchain_server.incidents.table import Event
from coldchain_server.ledger.database import open_ledger
from coldchain_server.ledger.tables import IncidentRow, TransitionRow
from invented.rules_say import BREACH, CRITICAL, FINE, MINUTE_MS, NOW_MS, UNKNOWN, WARNING, Rules, probe, sites
from invented.watched import WARM


def test_a_breach_opens_an_incident_and_its_end_resolves_it(any_rules: Rules) -> None:
    rules = any_rules
    rules.say("beyond:hot", FINE)
    rules.at(20)
    rules.say("beyond:hot", BREACH, worst=9.5, since=5)
    rules.take_up()
    assert rules.states() == ["open"]
    rules.at(50)
    rules.say("beyond:hot", FINE, worst=12.25)
    rules.take_up()
    assert rules.transitions() == ["1: none→open too-warm", "1: open→resolved within"]
    (incident,) = rules.incidents()
    assert (incident.site, incident.unit, incident.subject, incident.rule) == (
        "site-1",
        "site-1-1",
        probe(1),
        "beyond:hot",
    )
    assert (incident.since_ms, incident.opened_ms, incident.resolved_ms) == (
        NOW_MS + 5 * MINUTE_MS,
        NOW_MS + 20 * MINUTE_MS,
        NOW_MS + 50 * MINUTE_MS,
    )
    evidence = json.decode(incident.evidence, type=Evidence)
    assert (evidence.limit, evidence.profile, evidence.worst_celsius) == (WARM, "daily", 12.25)


def test_a_transition_says_when_it_happened_and_when_it_was_learnt(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.later(3)
    rules.take_up()
    with rules.sessions() as session:
        (row,) = session.scalars(select(TransitionRow)).all()
    assert (row.happened_ms, row.learnt_ms) == (NOW_MS, NOW_MS + 3 * MINUTE_MS)
    assert (row.verdict_id, row.event, row.who) == (1, "breach", "")


def test_several_rules_that_find_one_cause_are_one_incident(rules: Rules) -> None:
    rules.say("beyond:warm", BREACH, WARNING)
    rules.say("beyond:hot", BREACH, CRITICAL)
    rules.say("beyond:other", BREACH, WARNING)
    rules.say("beyond:hot", FINE, CRITICAL)
    rules.say("beyond:warm", FINE, WARNING)
    rules.take_up()
    assert rules.states() == ["open"]
    rules.say("beyond:other", FINE, WARNING)
    rules.take_up()
    assert rules.transitions() == [
        "1: none→open too-warm",
        "1: open→open too-warm",
        "1: open→resolved within",
    ]
    assert (rules.incidents()[0].level, rules.incidents()[0].rule) == ("critical", "beyond:hot")


def test_worse_news_of_what_was_acknowledged_opens_it_again(any_rules: Rules) -> None:
    rules = any_rules
    rules.say("beyond:warm", BREACH, WARNING)
    rules.take_up()
    assert rules.answer()
    rules.say("beyond:hot", BREACH, CRITICAL)
    rules.take_up()
    assert rules.states() == ["open"]
    assert rules.transitions()[1:] == ["1: open→acknowledged other bringing ice", "1: acknowledged→open too-warm"]


def test_different_causes_units_and_probes_are_different_incidents(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.say("silent", BREACH, why=Why.SILENT)
    rules.say("beyond:hot", BREACH, unit="site-1-2")
    rules.say("beyond:hot", BREACH, subject="probe-2")
    rules.say("silent", FINE, why=Why.HEARD_AGAIN)
    rules.take_up()
    assert rules.states() == ["open", "resolved", "open", "open"]


def test_not_knowing_resolves_nothing(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.say("beyond:hot", UNKNOWN)
    rules.take_up()
    assert rules.states() == ["open"]


def test_what_nobody_judges_any_more_is_resolved_with_that_reason(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.say("beyond:warm", BREACH, WARNING)
    rules.say("beyond:hot", UNKNOWN, why=Why.WITHDRAWN)
    rules.take_up()
    assert rules.states() == ["open"]
    rules.say("beyond:warm", UNKNOWN, why=Why.WITHDRAWN)
    rules.take_up()
    assert rules.transitions()[-1] == "1: open→resolved withdrawn"


def test_a_breach_long_after_the_end_is_another_incident(rules: Rules) -> None:
    for standing in (BREACH, FINE, BREACH):
        rules.say("beyond:hot", standing)
        rules.later(31)
    rules.take_up()
    assert rules.states() == ["resolved", "open"]


def test_what_is_said_later_in_the_same_batch_is_not_known_yet(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.say("beyond:hot", FINE)
    rules.later(31)
    rules.say("beyond:warm", BREACH, WARNING)
    rules.say("any", BREACH, why=Why.TOO_COLD)
    rules.say("any", FINE)
    rules.say("any", BREACH, why=Why.SILENT)
    rules.take_up()
    assert rules.states() == ["resolved", "open", "resolved", "open"]


def test_an_incident_is_acknowledged_once_and_only_while_it_is_open(any_rules: Rules) -> None:
    rules = any_rules
    assert not rules.answer()
    rules.say("beyond:hot", BREACH)
    rules.take_up()
    assert rules.answer()
    assert not rules.answer()
    rules.say("beyond:hot", FINE)
    rules.take_up()
    assert not rules.answer()
    assert rules.transitions()[1:] == ["1: open→acknowledged other bringing ice", "1: acknowledged→resolved within"]


def test_whoever_read_an_incident_before_somebody_changed_it_changes_nothing(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.take_up()
    rules.say("beyond:hot", FINE)
    with rules.sessions() as session:
        read_early = session.get_one(IncidentRow, 1)
        session.expunge_all()
        session.rollback()
        assert rules.answer()
        session.add(read_early)
        move = Move(event=Event.FINE, happened_ms=NOW_MS, learnt_ms=NOW_MS, why="within")
        assert change(session, read_early, move) is None
    assert rules.states() == ["acknowledged"]


def test_somebody_acknowledging_while_it_is_resolved_is_no_trouble(postgresql: str) -> None:
    engine = open_ledger(postgresql)
    rules = Rules(engine)
    rules.say("beyond:hot", BREACH)
    rules.take_up()
    rules.say("beyond:hot", FINE)
    raced = False

    def race(_c: object, _u: object, statement: str, *_: object) -> None:
        nonlocal raced
        if not raced and statement.startswith("UPDATE incident "):
            raced = True
            assert rules.answer()

    event.listen(engine, "before_cursor_execute", race)
    rules.take_up()
    assert raced
    assert rules.transitions()[1:] == ["1: open→acknowledged other bringing ice", "1: acknowledged→resolved within"]
    engine.dispose()


class Dies(Exception):
    """The process is gone in the middle of a transaction."""


def test_a_crash_before_any_statement_opens_and_resolves_everything_once(any_rules: Rules) -> None:
    rules, left, deaths = any_rules, -1, 0

    def die(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Dies

    for rule, standing, level in (
        ("beyond:warm", BREACH, WARNING),
        ("beyond:hot", BREACH, CRITICAL),
        ("beyond:hot", FINE, CRITICAL),
        ("beyond:warm", FINE, WARNING),
        ("beyond:warm", BREACH, WARNING),
    ):
        rules.say(rule, standing, level)
        rules.later(31)
    event.listen(rules.engine, "before_cursor_execute", die)
    for statement in range(1, 200):
        left = statement
        rules.stage = rules.another_stage()
        try:
            rules.take_up()
            break
        except Dies:
            deaths += 1
    left = -1
    assert deaths > 20
    assert rules.transitions() == [
        "1: none→open too-warm",
        "1: open→open too-warm",
        "1: open→resolved within",
        "2: none→open too-warm",
    ]


def test_two_processes_take_every_verdict_up_once(any_rules: Rules) -> None:
    rules = any_rules
    stages = [rules.another_stage() for _ in range(2)]
    for _ in range(5):
        for standing in (BREACH, FINE):
            rules.later(31)
            rules.say("beyond:hot", standing)
            for stage in stages:
                stage.step()
    assert rules.states() == ["resolved"] * 5
    assert len(rules.transitions()) == 10


def test_a_batch_larger_than_one_step_is_taken_up_in_order(rules: Rules) -> None:
    for _ in range(150):
        rules.say("beyond:hot", BREACH)
        rules.say("beyond:hot", FINE)
        rules.later(31)
    assert rules.stage.step()
    assert not rules.stage.step()
    assert rules.states() == ["resolved"] * 150


def test_evidence_of_another_version_is_kept_as_it_is(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)
    rules.say("beyond:hot", FINE)
    with rules.sessions.begin() as session:
        session.execute(text("update verdict set evidence = '[1]' where id = 1"))
    rules.take_up()
    assert [(incident.state, incident.evidence) for incident in rules.incidents()] == [("resolved", "[1]")]


def test_a_ledger_that_is_away_raises_and_nothing_is_lost(rules: Rules) -> None:
    rules.say("beyond:hot", BREACH)

    def away(*_: object) -> None:
        raise LedgerUnavailable("the ledger is away")

    event.listen(rules.engine, "before_cursor_execute", away)
    with pytest.raises(LedgerUnavailable):
        rules.take_up()
    event.remove(rules.engine, "before_cursor_execute", away)
    rules.take_up()
    assert rules.states() == ["open"]


def test_a_verdict_that_shows_after_a_later_one_is_taken_up_all_the_same(postgresql: str) -> None:
    """PostgreSQL gives out numbers before transactions end, and several stages write verdicts."""
    engine = open_ledger(postgresql)
    rules = Rules(engine)
    with rules.sessions.begin() as slow:
        slow.add(rules.verdict("other", BREACH, why=Why.TOO_COLD))
        slow.flush()
        rules.say("beyond:hot", BREACH)
        rules.take_up()
        assert rules.going_on() == ["too-warm site-1-1: open"]
    rules.take_up()
    assert rules.going_on() == ["too-warm site-1-1: open", "too-cold site-1-1: open"]
    engine.dispose()


def test_a_crash_before_any_statement_groups_what_is_silent_once(any_rules: Rules) -> None:
    rules, left, deaths = any_rules, -1, 0
    rules.fleet = sites(3)
    for site in (1, 2, 3):
        rules.hear(site)
    rules.at(30)
    for site in (1, 2, 3):
        rules.fall_silent(site, since=0)
    rules.box("raised", "red")

    def die(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Dies

    event.listen(rules.engine, "before_cursor_execute", die)
    for statement in range(1, 300):
        left = statement
        rules.stage = rules.another_stage()
        try:
            rules.take_up()
            break
        except Dies:
            deaths += 1
    left = -1
    assert deaths > 20
    rules.look(11)
    assert rules.told() == ["too-warm site-1-1", "outage anywhere"]
    assert sorted(rules.states()) == ["open", "open", "suppressed", "suppressed", "suppressed"]
