"""A box that shouts though somebody has answered is asked to be quiet: about that, once, and only while it is so."""

from pathlib import Path

import pytest
from sqlalchemy import select

from coldchain_contract.messages import Answer
from coldchain_server.asking import requests
from coldchain_server.asking.requests import Action, Wish
from coldchain_server.asking.steadying import Steadying
from coldchain_server.ledger.tables import IncidentRow, LocalAlarmRow
from invented.asked import Asked, opened_in, said
from invented.small_fleet import COOLER, INEKAR, NOW_MS, PI, fleet


class Unit:
    """One cooler: what its box says of it, and how its incidents stand."""

    def __init__(self, server: Asked) -> None:
        self.server = server
        self.steadying = Steadying(sessions=server.sessions, fleet=fleet(), clock=server.clock)

    def box(self, change: str, light: str, why: str = "", *, level: str = "critical", taken: bool = True) -> None:
        with self.server.sessions.begin() as session:
            session.add(
                LocalAlarmRow(
                    site=INEKAR,
                    device=PI,
                    unit=COOLER,
                    at_ms=self.server.clock.now_ms(),
                    received_ms=self.server.clock.now_ms(),
                    light=light,
                    change=change,
                    reason="",
                    why=why,
                    level=level if why else "",
                    taken=taken,
                )
            )
        self.server.later(1)

    def incident(self, state: str, reason: str = "too-warm", *, level: str = "critical") -> None:
        """Bring the incident of that reason into that state, opening it if need be."""
        with self.server.sessions.begin() as session:
            row = session.scalars(select(IncidentRow).where(IncidentRow.reason == reason)).one_or_none()
            if row is None:
                row = IncidentRow(
                    site=INEKAR,
                    unit=COOLER,
                    subject="urn",
                    rule="r",
                    since_ms=NOW_MS,
                    opened_ms=NOW_MS,
                    reason=reason,
                    evidence="{}",
                )
                session.add(row)
            row.state, row.level = state, level
            row.resolved_ms = NOW_MS if state == "resolved" else None
        self.server.later(1)

    def looks(self) -> list[tuple[str, tuple[str, ...]]]:
        """Look, and return what is published: of which unit, and about what."""
        self.steadying()
        return [(request.unit, request.whys) for request in self.server.publishes() if request.action == "silence"]

    def states(self) -> list[str]:
        return [row.state for row in self.server.requests()]


@pytest.fixture
def unit(server: Asked) -> Unit:
    return Unit(server)


def test_a_box_that_shouts_is_asked_to_be_quiet_once_somebody_has_answered_and_only_once(unit: Unit) -> None:
    unit.box("raised", "red", "too-warm")
    unit.incident("open")
    assert unit.looks() == []
    unit.incident("acknowledged")
    assert unit.looks() == [(COOLER, ("too-warm",))]
    assert unit.looks() == []
    (asked,) = unit.server.requests()
    unit.server.hears(Answer(id=asked.id, done=True))
    unit.server.later(120)
    assert unit.looks() == []


@pytest.mark.parametrize(
    "words",
    [
        [],
        [("raised", "amber", "too-warm", "warning")],
        [("raised", "red", "too-warm", "critical"), ("heard", "red", "too-warm", "critical")],
        [("raised", "red", "too-warm", "critical"), ("heard", "red", "", "")],
        [("raised", "red", "too-warm", "critical"), ("cleared", "green", "", "")],
        [("raised", "red", "too-warm", "critical"), ("unknown", "unknown", "probe-fault", "critical")],
    ],
)
def test_a_box_that_does_not_shout_is_asked_nothing(unit: Unit, words: list[tuple[str, str, str, str]]) -> None:
    for change, light, why, level in words:
        unit.box(change, light, why, level=level)
    unit.incident("acknowledged")
    assert unit.looks() == []


def test_it_is_asked_about_what_it_shouts_and_not_about_what_only_warns(unit: Unit) -> None:
    unit.box("raised", "amber", "power-lost", level="warning")
    unit.box("raised", "red", "too-warm")
    unit.box("raised", "red", "too-cold")
    unit.box("heard", "red", "too-warm")
    unit.incident("acknowledged")
    assert unit.looks() == [(COOLER, ("too-cold",))]


def test_a_box_of_an_older_version_is_asked_about_everything(unit: Unit) -> None:
    unit.box("raised", "red")
    unit.incident("acknowledged")
    assert unit.looks() == [(COOLER, ())]


@pytest.mark.parametrize("state", ["open", "pending"])
def test_while_something_critical_is_unanswered_it_goes_on_shouting(unit: Unit, state: str) -> None:
    unit.box("raised", "red", "too-warm")
    unit.incident("acknowledged")
    unit.incident(state, "too-cold")
    assert unit.looks() == []
    unit.incident("acknowledged", "too-cold")
    assert unit.looks() == [(COOLER, ("too-warm",))]


def test_an_answer_to_a_warning_or_to_silence_is_none_to_warm_milk(unit: Unit) -> None:
    unit.box("raised", "red", "too-warm")
    unit.incident("acknowledged", "warming", level="warning")
    unit.incident("acknowledged", "silent")
    unit.incident("acknowledged", "probe-fault")
    assert unit.looks() == []


def test_silence_that_nobody_has_answered_keeps_no_box_shouting(unit: Unit) -> None:
    unit.box("raised", "red", "too-warm")
    unit.incident("open", "silent")
    unit.incident("acknowledged")
    assert unit.looks() == [(COOLER, ("too-warm",))]


def test_what_the_box_says_anew_is_waited_for_until_incidents_have_heard_it(unit: Unit) -> None:
    unit.box("raised", "red", "too-warm")
    unit.incident("acknowledged")
    unit.box("raised", "red", "too-cold", taken=False)
    assert unit.looks() == []


def test_an_answer_that_is_taken_back_takes_the_request_back(unit: Unit) -> None:
    unit.box("raised", "red", "too-warm")
    unit.incident("acknowledged")
    unit.steadying()
    unit.incident("open")
    assert unit.looks() == []
    assert unit.states() == ["cancelled"]
    unit.incident("acknowledged")
    assert unit.looks() == [(COOLER, ("too-warm",))]


def test_an_incident_that_is_over_takes_the_request_back(unit: Unit) -> None:
    unit.box("raised", "red", "too-warm")
    unit.incident("acknowledged")
    unit.steadying()
    unit.incident("resolved")
    assert unit.looks() == []
    assert unit.states() == ["cancelled"]


def test_a_box_that_was_away_is_asked_again_when_it_is_heard_and_not_before(unit: Unit) -> None:
    unit.box("raised", "red", "too-warm")
    unit.incident("acknowledged")
    assert len(unit.looks()) == 1
    unit.server.hears(said(1))
    unit.server.later(90)
    unit.server.publishes()
    assert unit.states() == ["expired"]
    assert unit.looks() == []
    unit.server.hears(said(2))
    unit.server.later(1)
    assert unit.looks() == [(COOLER, ("too-warm",))]


def test_the_same_alarm_raised_again_after_it_was_quiet_is_asked_about_again(unit: Unit) -> None:
    unit.box("raised", "red", "too-warm")
    unit.incident("acknowledged")
    unit.steadying()
    unit.server.hears(Answer(id=unit.server.requests()[0].id, done=True))
    unit.box("heard", "red", "too-warm")
    unit.box("raised", "red", "too-warm")
    assert len(unit.looks()) == 1


def test_a_silence_that_a_person_asked_for_is_left_alone(unit: Unit) -> None:

    with unit.server.sessions.begin() as session:
        wish = Wish(device=fleet().devices[PI], action=Action.SILENCE, who="amadou")
        requests.make(session, wish, now_ms=unit.server.clock.now_ms())
    assert unit.looks() == [("", ())]
    assert unit.states() == ["open"]


def test_it_is_the_same_on_postgresql(tmp_path: Path, postgresql: str) -> None:
    unit = Unit(opened_in(tmp_path, ledger=postgresql))
    unit.box("raised", "red", "too-warm")
    unit.incident("acknowledged")
    assert unit.looks() == [(COOLER, ("too-warm",))]
    unit.server.close()
