"""The small decisions of the box: presses, mains, what is answered, what is wrong with the box itself."""

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from coldchain_contract.clock import SetClock
from coldchain_device.alarm import presses, standing
from coldchain_device.alarm.answering import Found, answered_all, found_in, still_answered, unanswered
from coldchain_device.alarm.complaints import Complaints
from coldchain_device.alarm.presses import BOUNCE_S, STUCK_S, Press, Presses
from coldchain_device.alarm.standing import Standing
from coldchain_device.clock import GivenClock
from coldchain_device.power import PowerState
from coldchain_device.power.mains import SETTLES_MS, Mains, sense, verdict_of
from coldchain_device.power.watch import MainsWatch
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Verdict, Why
from coldchain_judgement.verdicts import Standing as RuleStanding


def pressed(*edges: tuple[str, float]) -> list[Press]:
    """Return the presses that these edges are; `held` is when the driver says that it has been down for long."""
    state, made = Presses(), list[Press | None]()
    for edge, now_s in edges:
        press = None
        if edge == "down":
            state = presses.down(state, now_s=now_s)
        elif edge == "held":
            state, press = presses.held(state)
        else:
            state, press = presses.up(state, now_s=now_s)
        made.append(press)
    return [press for press in made if press is not None]


@pytest.mark.parametrize(
    ("edges", "made"),
    [
        ([("down", 1.0), ("up", 1.2)], [Press.SHORT]),
        ([("down", 1.0), ("held", 4.0), ("up", 5.0)], [Press.LONG]),
        ([("down", 1.0), ("held", 4.0), ("held", 7.0), ("up", 9.0)], [Press.LONG]),
        ([("down", 1.0), ("up", 1.2), ("down", 1.21), ("up", 1.22)], [Press.SHORT]),
        ([("down", 1.0), ("down", 1.01), ("up", 1.2), ("up", 1.21)], [Press.SHORT]),
        ([("down", 1.0), ("up", 1.2), ("down", 1.2 + BOUNCE_S), ("up", 2.0)], [Press.SHORT, Press.SHORT]),
        ([("down", 1.0), ("up", 1.0 + STUCK_S)], []),
        ([("up", 1.0), ("held", 2.0)], []),
    ],
)
def test_a_press_counts_once(edges: list[tuple[str, float]], made: list[Press]) -> None:
    assert pressed(*edges) == made


def test_a_button_is_stuck_after_a_minute_and_mended_when_it_is_let_go() -> None:
    state = presses.down(Presses(), now_s=0)
    assert not presses.stuck(state, now_s=STUCK_S - 1)
    assert presses.stuck(state, now_s=STUCK_S)
    assert not presses.stuck(presses.up(state, now_s=STUCK_S)[0], now_s=STUCK_S)


def settled(*sensed: tuple[int, bool | None]) -> Mains:
    mains = Mains()
    for second, read in sensed:
        mains = sense(mains, read, now_ms=second * 1000)
    return mains


@pytest.mark.parametrize(
    ("sensed", "on", "since_s"),
    [
        ([(0, None), (9, None)], None, 0),
        ([(5, True)], True, 5),
        ([(5, False)], False, 5),
        ([(0, True), (10, False), (69, False)], True, 0),
        ([(0, True), (10, False), (70, False)], False, 10),
        ([(0, True), (10, False), (40, True), (50, False), (100, False)], True, 0),
        ([(0, False), (10, True), (70, True)], True, 10),
        ([(0, True), (10, None), (70, None)], None, 10),
    ],
)
def test_a_flicker_of_the_mains_counts_for_nothing(
    sensed: list[tuple[int, bool | None]], on: bool | None, since_s: int
) -> None:
    mains = settled(*sensed)
    assert (mains.on, mains.since_ms) == (on, since_s * 1000)


def test_only_sensed_mains_say_anything_of_a_unit() -> None:
    assert verdict_of(Mains(), base_ms=0) is None
    lost = verdict_of(Mains(on=False, since_ms=5), base_ms=100)
    assert lost is not None
    assert (lost.why, lost.level, lost.since_ms) == (Why.POWER_LOST, Level.WARNING, 105)
    assert verdict_of(Mains(on=True), base_ms=0) == lost.__class__(
        rule="power",
        standing=RuleStanding.FINE,
        level=Level.WARNING,
        why=Why.WITHIN,
        since_ms=0,
        happened_ms=0,
        evidence=Evidence(),
    )


class Socket:
    """A power driver beside a socket that is switched by hand."""

    on: bool | None = True

    def read(self) -> PowerState:
        return PowerState(mains=self.on)

    def close(self) -> None:
        return


def test_the_status_is_said_when_the_mains_go_and_when_they_are_back_and_not_at_the_start() -> None:
    clock, socket, said = SetClock(0), Socket(), list[int]()
    watch = MainsWatch(socket, clock=GivenClock(clock), on_change=lambda: said.append(clock.now_ms()))
    for minute in range(60):
        clock.set(minute * 60_000)
        socket.on = not 10 <= minute < 30
        watch.look()
    assert said == [11 * 60_000, 31 * 60_000]
    assert SETTLES_MS == 60_000


def test_troubles_are_said_when_they_begin_and_when_they_end() -> None:
    wrong: dict[str, str] = {}
    changes: list[int] = []

    def ask() -> Mapping[str, str]:
        return dict(wrong)

    complaints = Complaints(ask, on_change=lambda: changes.append(1))
    with capture_logs() as logs:
        complaints.look()
        wrong["button-stuck"] = "look at it"
        complaints.look()
        complaints.look()
        assert complaints.known() == ("button-stuck",)
        wrong.clear()
        complaints.look()
    assert [(log["log_level"], log["trouble"]) for log in logs] == [
        ("warning", "button-stuck"),
        ("info", "button-stuck"),
    ]
    assert len(changes) == 2


WHYS = st.sampled_from([Why.TOO_WARM, Why.TOO_COLD, Why.POWER_LOST, Why.PROBE_FAULT])
FOUND = st.dictionaries(WHYS, st.sampled_from(Level)).map(
    lambda levels: tuple(Found(why=why, level=level, since_ms=0, rules=("r",)) for why, level in levels.items())
)


@given(st.lists(st.tuples(FOUND, st.booleans()), max_size=12))
def test_whatever_is_new_or_worse_or_comes_back_is_unanswered_and_nothing_else(
    steps: list[tuple[tuple[Found, ...], bool]],
) -> None:
    state, answered = Standing(), dict[Why, Level]()
    for found, presses_button in steps:
        state, changes = standing.becomes(state, light=Light.RED if found else Light.GREEN, found=found)
        answered = {why: level for why, level in answered.items() if why in {one.why for one in found}}
        expected = {
            one.why
            for one in found
            if one.why not in answered or (answered[one.why], one.level) == (Level.WARNING, Level.CRITICAL)
        }
        assert {one.why for one in state.open} == expected
        assert {one.found.why for one in changes if one.found and one.change == "raised"} <= {one.why for one in found}
        shown = state.shown("Cooler", quiet=False)
        assert shown.heard == (bool(found) and not expected)
        if presses_button:
            state, told = standing.heard(state, asked=False)
            assert {one.found.why for one in told if one.found} == expected
            assert state.open == ()
            answered |= {one.why: one.level for one in found if one.why in expected}
        assert standing.recalled(standing.keeping({"c": state}).get("c")).answered == state.answered  # type: ignore[dict-item, call-overload]


def test_the_worst_is_named_first_and_one_cause_once_however_many_rules_find_it() -> None:
    def verdict(rule: str, why: Why, level: Level, since_ms: int) -> Verdict:
        return Verdict(
            rule=rule,
            standing=RuleStanding.BREACH,
            level=level,
            why=why,
            since_ms=since_ms,
            happened_ms=since_ms,
            evidence=Evidence(),
        )

    found = found_in(
        [
            verdict("power", Why.POWER_LOST, Level.WARNING, 1),
            verdict("beyond:high-warning", Why.TOO_WARM, Level.WARNING, 5),
            None,
            verdict("beyond:high", Why.TOO_WARM, Level.CRITICAL, 9),
            verdict("too-small", Why.TOO_SMALL, Level.WARNING, 0),
        ]
    )
    assert [(one.why, one.level, one.since_ms) for one in found] == [
        (Why.TOO_WARM, Level.CRITICAL, 5),
        (Why.POWER_LOST, Level.WARNING, 1),
    ]
    assert found[0].rules == ("beyond:high-warning", "beyond:high")
    assert unanswered(found, still_answered(answered_all(found), found)) == ()


def test_what_only_blinds_the_box_never_shouts() -> None:
    for why, level in product(Why, Level):
        found = (Found(why=why, level=level, since_ms=0, rules=("r",)),)
        shown = Standing(light=Light.RED, found=found).shown("Cooler", quiet=False)
        assert shown.shouts is (level is Level.CRITICAL and why not in (Why.SILENT, Why.PROBE_FAULT))
