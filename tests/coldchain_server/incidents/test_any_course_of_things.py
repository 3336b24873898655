"""Whatever rules, boxes, people and time do, in any order: one incident a cause, each change a row, nothing lost."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from coldchain_judgement.verdicts import Why
from coldchain_server.incidents.changing import undo
from coldchain_server.incidents.handling import Handling
from coldchain_server.incidents.table import Event, State, decide
from coldchain_server.ledger.database import open_ledger
from coldchain_server.ledger.tables import IncidentRow, TransitionRow
from invented.rules_say import BREACH, CRITICAL, FINE, UNKNOWN, WARNING, Rules, probe, sites, unit

SITES, EXAMPLES = 4, int(os.environ.get("COLDCHAIN_EXAMPLES", "12"))
_SITE, _LEVEL = st.integers(1, SITES), st.sampled_from([WARNING, CRITICAL])
_RULE = st.sampled_from(["beyond:warm", "beyond:hot", "fault"])
_WHY = {"beyond:warm": Why.TOO_WARM, "beyond:hot": Why.TOO_WARM, "fault": Why.PROBE_FAULT}


class Course(RuleBasedStateMachine):
    """Four sites with two units on two devices each; the stage looks whenever it is told to."""

    empty: Path

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.mkdtemp()
        path = Path(self.folder) / "ledger.sqlite"
        shutil.copy(self.empty, path)
        self.engine = open_ledger(f"sqlite:///{path}")
        self.told_by = Rules(self.engine, sites(SITES, units=2, devices=2))
        self.standing: dict[tuple[int, int, str], bool] = {}
        self.silent: set[tuple[int, int]] = set()

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
            shutil.rmtree(self.folder)

    @rule(site=_SITE, number=st.integers(1, 2), name=_RULE, level=_LEVEL)
    def found(self, site: int, number: int, name: str, level: object) -> None:
        if not self.standing.get((site, number, name)):
            self._says(site, number, name, BREACH, level)
            self.standing[site, number, name] = True

    @rule(site=_SITE, number=st.integers(1, 2), name=_RULE, withdrawn=st.booleans())
    def over(self, site: int, number: int, name: str, *, withdrawn: bool) -> None:
        if self.standing.get((site, number, name)):
            self._says(site, number, name, UNKNOWN if withdrawn else FINE, CRITICAL, withdrawn=withdrawn)
            self.standing[site, number, name] = False

    @rule(site=_SITE, ago=st.integers(0, 20))
    def falls_silent(self, site: int, ago: int) -> None:
        for number in (1, 2):
            if (site, number) not in self.silent:
                since = self.told_by.minute() - 30 - ago
                self.told_by.fall_silent(site, number, since=since)
                self.silent.add((site, number))

    @rule(site=_SITE, number=st.integers(1, 2))
    def comes_back(self, site: int, number: int) -> None:
        if (site, number) in self.silent:
            self.told_by.come_back(site, number)
            self.silent.discard((site, number))

    @rule(light=st.sampled_from(["red", "amber", "green", "unknown"]))
    def box_shows(self, light: str) -> None:
        self.told_by.box("cleared" if light == "green" else "raised", light)

    @rule()
    def button(self) -> None:
        self.told_by.box("heard", "red")

    @rule(number=st.integers(1, 12), handling=st.sampled_from(Handling))
    def answer(self, number: int, handling: Handling) -> None:
        self.told_by.answer(number, handling)

    @rule(number=st.integers(1, 12))
    def take_back(self, number: int) -> None:
        with self.told_by.sessions.begin() as session:
            undo(session, number, who="Aminata", at_ms=self.told_by.clock.now_ms())

    @rule(site=_SITE, minutes=st.integers(1, 120), critical_milk=st.booleans())
    def mute(self, site: int, minutes: int, *, critical_milk: bool) -> None:
        self.told_by.mute(site=f"site-{site}", minutes=minutes, critical_milk=critical_milk)

    @rule(minutes=st.sampled_from([0.2, 1, 5, 11, 31, 130]), another=st.booleans())
    def look(self, minutes: float, *, another: bool) -> None:
        if another:
            self.told_by.stage = self.told_by.another_stage()
        self.told_by.look(minutes)

    def _says(
        self, site: int, number: int, name: str, standing: object, level: object, *, withdrawn: bool = False
    ) -> None:
        why = Why.WITHDRAWN if withdrawn else _WHY[name] if standing is BREACH else Why.WITHIN
        self.told_by.say(
            name,
            standing,  # type: ignore[arg-type]
            level,  # type: ignore[arg-type]
            why=why,
            unit=unit(site, number),
            subject=probe(site, number),
        )

    @invariant()
    def at_most_one_incident_of_a_cause_goes_on(self) -> None:
        going_on = [
            (row.unit, row.subject, row.reason, row.past) for row in self._incidents() if row.state != "resolved"
        ]
        assert len(going_on) == len(set(going_on))

    @invariant()
    def every_change_is_a_row_that_the_table_allows(self) -> None:
        state: dict[int, str] = {}
        with self.told_by.sessions() as session:
            rows = session.scalars(select(TransitionRow).order_by(TransitionRow.id)).all()
        for row in rows:
            assert state.get(row.incident_id, "none") == row.from_state
            decision = decide(State(row.from_state), Event(row.event))
            assert (decision.to.value, decision.changes) == (row.to_state, True)
            assert row.why
            assert row.learnt_ms >= row.happened_ms
            state[row.incident_id] = row.to_state
        assert state == {row.id: row.state for row in self._incidents()}

    @invariant()
    def what_a_state_keeps_it_keeps_only_then(self) -> None:
        for row in self._incidents():
            assert (row.held_until_ms is not None) == (row.state == "pending")
            assert (row.resolved_ms is not None) == (row.state == "resolved")
            assert bool(row.handling) == (row.state == "acknowledged")

    def _check_that_nothing_is_lost_and_nothing_covered_is_told(self) -> None:
        going_on = {(row.unit, row.reason): row for row in self._incidents() if row.state != "resolved"}
        for (site, number, name), stands in self.standing.items():
            assert not stands or (unit(site, number), _WHY[name].value) in going_on
        for site, number in self.silent:
            assert (unit(site, number), "silent") in going_on
        alive = {row.id: row for row in going_on.values()}
        now_ms = self.told_by.clock.now_ms()
        for row in alive.values():
            if row.reason in ("too-warm", "too-cold"):
                assert row.parent_id is None  # milk is covered by no larger cause
            if row.state == "open":
                assert row.parent_id not in alive
            if row.state == "pending":
                assert row.held_until_ms is not None
                assert now_ms < row.held_until_ms <= now_ms + 600_000

    def _incidents(self) -> list[IncidentRow]:
        return self.told_by.incidents() if hasattr(self, "told_by") else []


def test_any_course_of_things_leaves_one_incident_a_cause_and_a_row_for_each_change(
    empty_ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Course, "empty", empty_ledger, raising=False)
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Course, settings=chosen)
