"""Incidents from verdicts: one a cause, opened and resolved once, whatever crashes and whoever is first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import json
from sqlalchemy import Engine, event, select, text

from coldchain_contract.clock import SetClock
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Why
from coldchain_server.errors import LedgerUnavailable
from coldchain_server.incidents.changing import acknowledge, moved
from coldchain_server.incidents.handling import Handling
from coldchain_server.incidents.stage import Incidents
from coldchain_server.incidents.table import State
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import Base, IncidentRow, TransitionRow, VerdictRow
from invented.watched import WARM
from servers.postgresql import Postgresql

NOW_MS = 1_790_000_000_000
WARNING, CRITICAL = Level.WARNING, Level.CRITICAL
BREACH, FINE, UNKNOWN = Standing.BREACH, Standing.FINE, Standing.UNKNOWN


class Ledger:
    """A ledger in which rules speak; instants count from `NOW_MS`, one a verdict."""

    def __init__(self, engine: Engine) -> None:
        Base.metadata.create_all(engine)
        self.engine, self.sessions = engine, sessions_of(engine)
        self.clock = SetClock(NOW_MS + 1_000_000)
        self.stage = Incidents(sessions=self.sessions, clock=self.clock)
        self._at_ms = NOW_MS

    def says(
        self,
        rule: str,
        standing: Standing,
        level: Level = CRITICAL,
        *,
        why: Why | None = None,
        unit: str = "menaka-1",
        subject: str = "probe-1",
        worst: float | None = None,
    ) -> None:
        self._at_ms += 1
        reason = why or {BREACH: Why.TOO_WARM, FINE: Why.WITHIN, UNKNOWN: Why.WITHIN}[standing]
        evidence = Evidence(celsius=9.0, worst_celsius=worst, limit=WARM if standing is BREACH else None)
        with self.sessions.begin() as session:
            session.add(
                VerdictRow(
                    site="menaka",
                    unit=unit,
                    subject=subject,
                    rule=rule,
                    standing=standing.value,
                    level=level.value,
                    reason=reason.value,
                    since_ms=self._at_ms - 1,
                    happened_ms=self._at_ms,
                    learnt_ms=self._at_ms,
                    evidence=json.encode(evidence).decode(),
                )
            )

    def take_up(self) -> None:
        while self.stage.step():
            pass

    def incidents(self) -> list[IncidentRow]:
        with self.sessions() as session:
            return list(session.scalars(select(IncidentRow).order_by(IncidentRow.id)))

    def states(self) -> list[str]:
        return [incident.state for incident in self.incidents()]

    def transitions(self) -> list[str]:
        with self.sessions() as session:
            rows = session.scalars(select(TransitionRow).order_by(TransitionRow.id)).all()
            incidents = list(dict.fromkeys(row.incident_id for row in rows))  # PostgreSQL leaves out numbers
            return [
                f"{incidents.index(row.incident_id) + 1}: {row.from_state}→{row.to_state} {row.why}" for row in rows
            ]

    def acknowledged(self, number: int = 1) -> bool:
        with self.sessions.begin() as session:
            return acknowledge(
                session, number, who="Aminata", handling=Handling.OTHER, text="bringing ice", at_ms=NOW_MS + 500
            )


@pytest.fixture(params=["sqlite", "postgresql"])
def any_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    server: Postgresql | None = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    engine = open_ledger(server.url if server else f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield Ledger(engine)
    engine.dispose()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield Ledger(engine)
    engine.dispose()


def test_a_breach_opens_an_incident_and_its_end_resolves_it(any_ledger: Ledger) -> None:
    ledger = any_ledger
    ledger.says("beyond:hot", FINE)
    ledger.says("beyond:hot", BREACH, worst=9.5)
    ledger.take_up()
    assert ledger.states() == ["open"]
    ledger.says("beyond:hot", FINE, worst=12.25)
    ledger.take_up()
    assert ledger.transitions() == ["1: none→open too-warm", "1: open→resolved within"]
    (incident,) = ledger.incidents()
    assert (incident.site, incident.unit, incident.subject, incident.rule) == (
        "menaka",
        "menaka-1",
        "probe-1",
        "beyond:hot",
    )
    assert (incident.since_ms, incident.opened_ms, incident.resolved_ms) == (NOW_MS + 1, NOW_MS + 2, NOW_MS + 3)
    evidence = json.decode(incident.evidence, type=Evidence)
    assert (evidence.limit, evidence.worst_celsius) == (WARM, 12.25)


def test_a_transition_says_when_it_happened_and_when_it_was_learnt(ledger: Ledger) -> None:
    ledger.says("beyond:hot", BREACH)
    ledger.take_up()
    with ledger.sessions() as session:
        (row,) = session.scalars(select(TransitionRow)).all()
    assert (row.happened_ms, row.learnt_ms, row.verdict_id, row.who) == (NOW_MS + 1, NOW_MS + 1_000_000, 1, "")


def test_several_rules_that_find_one_cause_are_one_incident(ledger: Ledger) -> None:
    ledger.says("beyond:warm", BREACH, WARNING)
    ledger.says("beyond:hot", BREACH, CRITICAL)
    ledger.says("beyond:other", BREACH, WARNING)
    ledger.says("beyond:hot", FINE, CRITICAL)
    ledger.says("beyond:warm", FINE, WARNING)
    ledger.take_up()
    assert ledger.states() == ["open"]
    ledger.says("beyond:other", FINE, WARNING)
    ledger.take_up()
    assert ledger.transitions() == [
        "1: none→open too-warm",
        "1: open→open too-warm",
        "1: open→resolved within",
    ]
    assert (ledger.incidents()[0].level, ledger.incidents()[0].rule) == ("critical", "beyond:hot")


def test_worse_news_of_what_was_acknowledged_opens_it_again(any_ledger: Ledger) -> None:
    ledger = any_ledger
    ledger.says("beyond:warm", BREACH, WARNING)
    ledger.take_up()
    assert ledger.acknowledged()
    ledger.says("beyond:hot", BREACH, CRITICAL)
    ledger.take_up()
    assert ledger.states() == ["open"]
    assert ledger.transitions()[1:] == ["1: open→acknowledged bringing ice", "1: acknowledged→open too-warm"]


def test_different_causes_units_and_probes_are_different_incidents(ledger: Ledger) -> None:
    ledger.says("beyond:hot", BREACH)
    ledger.says("silent", BREACH, why=Why.SILENT)
    ledger.says("beyond:hot", BREACH, unit="menaka-2")
    ledger.says("beyond:hot", BREACH, subject="probe-2")
    ledger.says("silent", FINE, why=Why.HEARD_AGAIN)
    ledger.take_up()
    assert ledger.states() == ["open", "resolved", "open", "open"]


def test_not_knowing_resolves_nothing(ledger: Ledger) -> None:
    ledger.says("beyond:hot", BREACH)
    ledger.says("beyond:hot", UNKNOWN)
    ledger.take_up()
    assert ledger.states() == ["open"]


def test_what_nobody_judges_any_more_is_resolved_with_that_reason(ledger: Ledger) -> None:
    ledger.says("beyond:hot", BREACH)
    ledger.says("beyond:warm", BREACH, WARNING)
    ledger.says("beyond:hot", UNKNOWN, why=Why.WITHDRAWN)
    ledger.take_up()
    assert ledger.states() == ["open"]
    ledger.says("beyond:warm", UNKNOWN, why=Why.WITHDRAWN)
    ledger.take_up()
    assert ledger.transitions()[-1] == "1: open→resolved withdrawn"


def test_a_breach_after_the_end_is_another_incident(ledger: Ledger) -> None:
    for standing in (BREACH, FINE, BREACH):
        ledger.says("beyond:hot", standing)
    ledger.take_up()
    assert ledger.states() == ["resolved", "open"]


def test_what_is_said_later_in_the_same_batch_is_not_known_yet(ledger: Ledger) -> None:
    ledger.says("beyond:hot", BREACH)
    ledger.says("beyond:hot", FINE)
    ledger.says("beyond:warm", BREACH, WARNING)
    ledger.says("any", BREACH, why=Why.TOO_COLD)
    ledger.says("any", FINE)
    ledger.says("any", BREACH, why=Why.SILENT)
    ledger.take_up()
    assert ledger.states() == ["resolved", "open", "resolved", "open"]


def test_an_incident_is_acknowledged_once_and_only_while_it_is_open(any_ledger: Ledger) -> None:
    ledger = any_ledger
    assert not ledger.acknowledged()
    ledger.says("beyond:hot", BREACH)
    ledger.take_up()
    assert ledger.acknowledged()
    assert not ledger.acknowledged()
    ledger.says("beyond:hot", FINE)
    ledger.take_up()
    assert not ledger.acknowledged()
    assert ledger.transitions()[1:] == ["1: open→acknowledged bringing ice", "1: acknowledged→resolved within"]


def test_whoever_read_an_incident_before_somebody_changed_it_changes_nothing(ledger: Ledger) -> None:
    ledger.says("beyond:hot", BREACH)
    ledger.take_up()
    ledger.says("beyond:hot", FINE)
    with ledger.sessions() as session:
        read_early = session.get_one(IncidentRow, 1)
        verdict = session.get_one(VerdictRow, 2)
        session.expunge_all()
        session.rollback()
        assert ledger.acknowledged()
        session.add(read_early)
        assert not moved(session, read_early, verdict, to=State.RESOLVED, learnt_ms=NOW_MS)
    assert ledger.states() == ["acknowledged"]


def test_somebody_acknowledging_while_it_is_resolved_is_no_trouble(postgresql: Postgresql) -> None:
    engine = open_ledger(postgresql.url)
    ledger = Ledger(engine)
    ledger.says("beyond:hot", BREACH)
    ledger.take_up()
    ledger.says("beyond:hot", FINE)
    raced = False

    def race(_c: object, _u: object, statement: str, *_: object) -> None:
        nonlocal raced
        if not raced and statement.startswith("UPDATE incident "):
            raced = True
            assert ledger.acknowledged()

    event.listen(engine, "before_cursor_execute", race)
    ledger.take_up()
    assert raced
    assert ledger.transitions()[1:] == ["1: open→acknowledged bringing ice", "1: acknowledged→resolved within"]
    engine.dispose()


class Dies(Exception):
    """The process is gone in the middle of a transaction."""


def test_a_crash_before_any_statement_opens_and_resolves_everything_once(any_ledger: Ledger) -> None:
    ledger, left, deaths = any_ledger, -1, 0

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
        ledger.says(rule, standing, level)
    event.listen(ledger.engine, "before_cursor_execute", die)
    for statement in range(1, 100):
        left = statement
        ledger.stage = Incidents(sessions=ledger.sessions, clock=ledger.clock)
        try:
            ledger.take_up()
            break
        except Dies:
            deaths += 1
    left = -1
    assert deaths > 20
    assert ledger.transitions() == [
        "1: none→open too-warm",
        "1: open→open too-warm",
        "1: open→resolved within",
        "2: none→open too-warm",
    ]


def test_two_processes_take_every_verdict_up_once(any_ledger: Ledger) -> None:
    ledger = any_ledger
    stages = [Incidents(sessions=ledger.sessions, clock=ledger.clock) for _ in range(2)]
    for _ in range(5):
        for standing in (BREACH, FINE):
            ledger.says("beyond:hot", standing)
            for stage in stages:
                stage.step()
    assert ledger.states() == ["resolved"] * 5
    assert len(ledger.transitions()) == 10


def test_a_batch_larger_than_one_step_is_taken_up_in_order(ledger: Ledger) -> None:
    for _ in range(150):
        ledger.says("beyond:hot", BREACH)
        ledger.says("beyond:hot", FINE)
    assert ledger.stage.step()
    assert not ledger.stage.step()
    assert ledger.states() == ["resolved"] * 150


def test_evidence_of_another_version_is_kept_as_it_is(ledger: Ledger) -> None:
    ledger.says("beyond:hot", BREACH)
    ledger.says("beyond:hot", FINE)
    with ledger.sessions.begin() as session:
        session.execute(text("update verdict set evidence = '[1]' where id = 1"))
    ledger.take_up()
    assert [(incident.state, incident.evidence) for incident in ledger.incidents()] == [("resolved", "[1]")]


def test_a_ledger_that_is_away_raises_and_nothing_is_lost(ledger: Ledger) -> None:
    ledger.says("beyond:hot", BREACH)

    def away(*_: object) -> None:
        raise LedgerUnavailable("the ledger is away")

    event.listen(ledger.engine, "before_cursor_execute", away)
    with pytest.raises(LedgerUnavailable):
        ledger.take_up()
    event.remove(ledger.engine, "before_cursor_execute", away)
    ledger.take_up()
    assert ledger.states() == ["open"]
