"""Who is told next where nobody has answered: decisions without a ledger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from coldchain_server.notifications.escalating import Decision, Move, Round, Step, Why, decide
from coldchain_server.notifications.reminding import interval_s
from coldchain_server.notifications.settings import NotificationSettings

SETTINGS = NotificationSettings()
NOW = 1_778_414_400_000
MINUTE = 60_000
STEPS = (
    Step(after_s=0, contacts=()),
    Step(after_s=600, contacts=()),
    Step(after_s=1800, contacts=()),
)
BEGUN = Round(step=0, step_ms=NOW, reminders=0, reminded_ms=NOW, reached=False)


def after(minutes: float, round: Round, *, critical: bool = True, steps: tuple[Step, ...] = STEPS) -> Decision:
    return decide(round, steps, critical=critical, now_ms=NOW + round_ms(minutes), settings=SETTINGS)


def round_ms(minutes: float) -> int:
    return int(minutes * MINUTE)


def told(step: int, *, at: float = 0, reached: bool = True, reminders: int = 0, reminded: float = 0) -> Round:
    return Round(
        step=step,
        step_ms=NOW + round_ms(at),
        reminders=reminders,
        reminded_ms=NOW + round_ms(reminded),
        reached=reached,
    )


@pytest.mark.parametrize(
    ("minutes", "round", "move", "why", "again"),
    [
        (0, BEGUN, Move.STEP, Why.FIRST, 0),
        (0, told(1), Move.WAIT, Why.NOT_YET, 10),
        (9.9, told(1), Move.WAIT, Why.NOT_YET, 10),
        (10, told(1), Move.STEP, Why.NO_ANSWER, 10),
        (1, told(1, reached=False), Move.STEP, Why.NOT_REACHED, 1),
        (1, told(2, at=1), Move.WAIT, Why.NOT_YET, 21),  # the waits between steps stay, though one came early
        (21, told(2, at=1), Move.STEP, Why.NO_ANSWER, 21),
        (30, told(3, at=21), Move.REMIND, Why.REMINDED, 30),
        (30, told(3, at=21, reminders=1, reminded=30), Move.WAIT, Why.NOT_YET, 90),
        (90, told(3, at=21, reminders=1, reminded=30), Move.REMIND, Why.REMINDED, 90),
        (60, told(3, at=21, reached=False, reminders=1, reminded=30), Move.WAIT, Why.NOT_YET, 90),
    ],
)
def test_what_is_critical_goes_from_step_to_step_and_then_reminds(
    minutes: float, round: Round, move: Move, why: Why, again: int
) -> None:
    assert after(minutes, round) == Decision(move=move, why=why, at_ms=NOW + again * MINUTE)


def test_a_warning_rests_once_somebody_was_reached_and_goes_on_until_then() -> None:
    steps = (STEPS[0], *(structs.replace(step, after_s=None) for step in STEPS[1:]))
    rests = Decision(move=Move.REST, why=Why.ALL_TOLD, at_ms=None)
    assert after(600, told(1), critical=False, steps=steps) == rests
    assert after(0, told(1, reached=False), critical=False, steps=steps).why is Why.NOT_REACHED
    assert after(600, told(3, reached=False), critical=False, steps=steps) == rests


def test_a_site_nobody_hears_of_rests() -> None:
    assert after(0, BEGUN, steps=()).move is Move.REST


def test_reminders_come_ever_more_rarely_and_never_stop() -> None:
    assert [interval_s(count, SETTINGS) // 60 for count in (0, 1, 2, 3, 4, 5, 1000)] == [
        30,
        60,
        120,
        240,
        360,
        360,
        360,
    ]


@given(steps=st.integers(0, 4), critical=st.booleans(), reached=st.lists(st.booleans(), min_size=20, max_size=20))
def test_every_step_is_told_at_most_once_and_in_order_whoever_is_reached(
    steps: int, critical: bool, reached: list[bool]
) -> None:
    listed = tuple(Step(after_s=600 * number, contacts=()) for number in range(steps))
    round, now_ms, done = BEGUN, NOW, []
    for hit in reached:
        decision = decide(round, listed, critical=critical, now_ms=now_ms, settings=SETTINGS)
        if decision.move is Move.STEP:
            done.append(round.step)
            round = structs.replace(round, step=round.step + 1, step_ms=now_ms, reached=hit)
        elif decision.move is Move.REMIND:
            round = structs.replace(round, reminders=round.reminders + 1, reminded_ms=now_ms)
        elif decision.at_ms is None:
            break
        else:
            assert decision.at_ms > now_ms
            now_ms = decision.at_ms
    assert done == list(range(len(done)))
    assert len(done) <= steps
