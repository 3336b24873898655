"""A way that many people are told by is dead or alive: found out from what it does, kept, and said once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from structlog.testing import capture_logs

from coldchain_contract.clock import SetClock
from coldchain_contract.settings import Secret
from coldchain_server.gateways.settings import AfricasTalkingSettings, ModemSettings
from coldchain_server.ledger.tables import ChannelHealthRow, VerdictRow
from coldchain_server.notifications.channels import Message, open_channel
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.health import (
    DEAD_AFTER_FAILURES,
    DEAD_AFTER_S,
    Health,
    Standings,
    after_failure,
    watched,
)
from coldchain_server.notifications.settings import NotificationSettings
from invented.incident_ledger import NOON, Ledger
from servers.process import free_port
from stand_ins import africas_talking
from stand_ins.africas_talking import AfricasTalking

ADDRESS = "atalk-sms:+22370000001"
MESSAGE = Message(to="A", title="", text="Frigo 1", id="1")


@pytest.fixture
def atalk() -> Iterator[AfricasTalking]:
    server = AfricasTalking()
    yield server
    server.close()


@pytest.fixture
def health(ledger: Ledger, clock: SetClock) -> Health:
    return Health(sessions=ledger.sessions, clock=clock)


def account(url: str, *, key: str = africas_talking.KEY) -> NotificationSettings:
    atalk = AfricasTalkingSettings(username=africas_talking.USERNAME, api_key=Secret(key), api=url)
    return NotificationSettings(connect_timeout_s=0.3, answer_timeout_s=0.3, africas_talking=atalk)


def verdicts(ledger: Ledger) -> list[tuple[str, str, str, int]]:
    with ledger.sessions() as session:
        rows = session.scalars(select(VerdictRow).order_by(VerdictRow.id))
        return [(row.subject, row.standing, row.reason, row.since_ms) for row in rows]


def tell(health: Health, settings: NotificationSettings, address: str = ADDRESS) -> bool:
    try:
        watched(open_channel, health)(address, settings).tell(MESSAGE)
    except ChannelFailed:
        return False
    return True


def test_refused_credentials_are_a_dead_gateway_at_once_and_working_ones_its_end(
    ledger: Ledger, health: Health, clock: SetClock, atalk: AfricasTalking
) -> None:
    assert not tell(health, account(atalk.url, key="wrong"))
    clock.set(NOON + 60_000)
    assert not tell(health, account(atalk.url, key="wrong"))
    assert verdicts(ledger) == [("channel:atalk-sms", "breach", "channel-dead", NOON)]
    clock.set(NOON + 120_000)
    assert tell(health, account(atalk.url))
    assert verdicts(ledger)[1:] == [("channel:atalk-sms", "fine", "within", NOON + 120_000)]


def test_a_gateway_that_is_not_reached_is_dead_after_ten_minutes_and_three_failures(
    ledger: Ledger, health: Health, clock: SetClock
) -> None:
    away = account(f"http://127.0.0.1:{free_port()}")
    for seconds in (0, 30, 90, DEAD_AFTER_S - 1):
        clock.set(NOON + seconds * 1000)
        tell(health, away)
    assert verdicts(ledger) == []
    clock.set(NOON + DEAD_AFTER_S * 1000)
    tell(health, away)
    assert verdicts(ledger) == [("channel:atalk-sms", "breach", "channel-dead", NOON)]


def test_a_success_in_between_begins_the_count_anew(
    ledger: Ledger, health: Health, clock: SetClock, atalk: AfricasTalking
) -> None:
    away = account(f"http://127.0.0.1:{free_port()}")
    for seconds in range(0, 2 * DEAD_AFTER_S, 60):
        clock.set(NOON + seconds * 1000)
        tell(health, account(atalk.url) if seconds % 300 == 0 else away)
    assert verdicts(ledger) == []


def test_a_number_that_is_refused_says_nothing_of_the_gateway(
    ledger: Ledger, health: Health, atalk: AfricasTalking
) -> None:
    atalk.sms_status = 403
    for _ in range(5):
        assert not tell(health, account(atalk.url))
    with ledger.sessions() as session:
        assert session.scalars(select(ChannelHealthRow)).all() == []


def test_a_section_that_is_missing_is_a_dead_gateway(ledger: Ledger, health: Health) -> None:
    assert not tell(health, NotificationSettings())
    assert [verdict[0] for verdict in verdicts(ledger)] == ["channel:atalk-sms"]


def test_a_web_hook_of_one_person_is_nobody_else_s(ledger: Ledger, health: Health) -> None:
    assert not tell(health, NotificationSettings(connect_timeout_s=0.3), f"json://127.0.0.1:{free_port()}/")
    with ledger.sessions() as session:
        assert session.scalars(select(ChannelHealthRow)).all() == []


def test_what_lies_in_an_outbox_does_not_bring_a_dead_modem_back_to_life(
    ledger: Ledger, health: Health, tmp_path: Path
) -> None:
    for name in ("inbox", "outbox", "sent", "error"):
        (tmp_path / name).mkdir()
    health.failed("gammu", "gammu: gammu-smsd does not run", for_everybody=True)
    assert tell(health, NotificationSettings(modem=ModemSettings(folder=str(tmp_path))), "gammu:+22370000001")
    assert [verdict[1] for verdict in verdicts(ledger)] == ["breach"]
    health.works("gammu")
    assert [verdict[1] for verdict in verdicts(ledger)] == ["breach", "fine"]


def test_it_is_known_after_a_restart_and_said_once(ledger: Ledger, clock: SetClock) -> None:
    with capture_logs() as logs:
        for _ in range(3):
            Health(sessions=ledger.sessions, clock=clock).failed("gammu", "gammu: gone", for_everybody=True)
    assert [entry["event"] for entry in logs] == ["channel is dead"]
    with ledger.sessions() as session:
        row = session.scalars(select(ChannelHealthRow)).one()
        assert (row.dead, row.failures, row.trouble) == (True, 3, "gammu: gone")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=30))
def test_dead_is_what_everybody_meets_or_what_lasts(happened: list[tuple[bool, int]]) -> None:
    standings, now_ms, for_anybody = Standings(), NOON, False
    for count, (for_everybody, seconds) in enumerate(happened, start=1):
        now_ms += seconds * 1000
        standings = after_failure(standings, for_everybody=for_everybody, now_ms=now_ms)
        for_anybody |= for_everybody
        began_ms = NOON + happened[0][1] * 1000
        assert standings.failures == count
        assert standings.failing_since_ms == began_ms
        lasted = any(
            number >= DEAD_AFTER_FAILURES and sum(span for _, span in happened[1:number]) >= DEAD_AFTER_S
            for number in range(1, count + 1)
        )
        assert standings.dead == (for_anybody or lasted)
