"""The server stops between any two steps: nothing is lost, and nothing is told twice but what must be."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import Connection, Engine, event

from coldchain_contract.clock import SetClock
from coldchain_server.errors import LedgerUnavailable
from coldchain_server.fleet.model import Fleet
from coldchain_server.notifications.channels import Channel, Message, Outcome, open_channel
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.stage import Notifications
from invented.incident_ledger import MINUTE, NOON, Ledger
from servers.web_hook import WebHook

SETTINGS = NotificationSettings(connect_timeout_s=0.5, answer_timeout_s=0.5)
LONG_ENOUGH_FOR_A_CLAIM = 10 * MINUTE


class PowerCut(BaseException):
    """Nothing in the product catches it, as nothing survives a power cut."""


@contextmanager
def cut_at_commit(engine: Engine, number: int, *, by: BaseException) -> Iterator[None]:
    """Let the `number`-th commit from now on never happen."""
    left = number

    def count(_connection: Connection) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise by

    event.listen(engine, "commit", count)
    yield
    event.remove(engine, "commit", count)


class CutAfterTaken:
    """A real channel; the power fails the instant after its `number`-th message was taken."""

    kind, once = "cut", False

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, address: str, settings: NotificationSettings) -> Channel:
        self._real = open_channel(address, settings)
        return self

    def tell(self, message: Message) -> Outcome:
        outcome = self._real.tell(message)
        self.left -= 1
        if self.left == 0:
            raise PowerCut
        return outcome


def run(ledger: Ledger, fleet: Fleet, clock: SetClock, opener: Callable[..., Channel] = open_channel) -> None:
    """Start a stage as a process would and step it until all is quiet."""
    one_at_a_time = NotificationSettings(connect_timeout_s=0.5, answer_timeout_s=0.5, in_parallel=1)
    notifications = Notifications(
        sessions=ledger.sessions, fleet=fleet, clock=clock, settings=one_at_a_time, opener=opener
    )
    while notifications.step():
        pass


def told(hook: WebHook) -> Counter[tuple[str, str]]:
    """Return how often each person's channel was told each title."""
    return Counter((path, str(body["title"])) for path, body in hook.posts)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_critical_message_that_was_taken_before_the_stop_is_told_again_under_the_same_title(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook, number: int
) -> None:
    ledger.opens()
    with suppress(PowerCut):
        run(ledger, fleet, clock, CutAfterTaken(number))
    clock.set(NOON + LONG_ENOUGH_FOR_A_CLAIM)
    run(ledger, fleet, clock)
    assert sorted(told(hook).values()) == [1, 1, 2]
    assert ledger.states() == ["sent"] * 3


def test_a_warning_that_was_taken_before_the_stop_stays_unknown_and_is_not_told_again(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    ledger.opens(level="warning")
    with suppress(PowerCut):
        run(ledger, fleet, clock, CutAfterTaken(1))
    clock.set(NOON + LONG_ENOUGH_FOR_A_CLAIM)
    run(ledger, fleet, clock)
    assert ledger.states() == ["unknown", "sent", "sent"]
    assert set(told(hook).values()) == {1}
    assert "may or may not have arrived" in ledger.rows()[0].outcome


def test_a_claim_is_left_alone_while_its_process_may_still_live(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    ledger.opens()
    with suppress(PowerCut):
        run(ledger, fleet, clock, CutAfterTaken(1))
    clock.set(NOON + 4 * MINUTE)
    run(ledger, fleet, clock)
    assert ledger.states() == ["sending", "sent", "sent"]


def test_an_outcome_that_the_ledger_could_not_take_is_recorded_when_it_can_and_told_once(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    notifications = Notifications(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=SETTINGS)
    notifications.step()
    ledger.opens()
    with (
        cut_at_commit(ledger.engine, 3, by=LedgerUnavailable("away")),
        pytest.raises(LedgerUnavailable),
    ):
        notifications.step()
    assert ledger.states() == ["sending"] * 3
    clock.set(NOON + LONG_ENOUGH_FOR_A_CLAIM)
    while notifications.step():
        pass
    assert ledger.states() == ["sent"] * 3
    assert set(told(hook).values()) == {1}


def slow_process(ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook) -> Notifications:
    """Return a stage that has tried three messages in vain, and not been able to write that down for ten minutes."""
    slow = Notifications(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=SETTINGS)
    slow.step()
    ledger.opens()
    hook.status = 503
    with cut_at_commit(ledger.engine, 3, by=LedgerUnavailable("away")), suppress(LedgerUnavailable):
        slow.step()
    hook.status = 200
    clock.set(NOON + LONG_ENOUGH_FOR_A_CLAIM)
    return slow


def test_a_process_that_was_only_slow_does_not_overwrite_what_another_has_done_since(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    slow = slow_process(ledger, fleet, clock, hook)
    run(ledger, fleet, clock)
    slow.step()
    assert ledger.states() == ["sent"] * 3


def test_nor_what_another_is_just_doing(ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook) -> None:
    slow = slow_process(ledger, fleet, clock, hook)
    with suppress(PowerCut):
        run(ledger, fleet, clock, CutAfterTaken(1))
    slow.step()
    first = ledger.rows()[0]
    assert (first.state, first.attempts) == ("sending", 2)
