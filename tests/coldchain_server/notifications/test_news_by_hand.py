"""What is told of a cooler that only people measure: measure, and nothing of a box that is not there."""

from datetime import UTC, datetime

import pytest

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.ledger.tables import IncidentRow, TransitionRow
from coldchain_server.notifications.rows import news_of
from coldchain_server.notifications.wording import message_text
from invented.sourced_fleet import COOLER, HAND, MENAKA, ZIGBEE_PROBE, probe_of, sourced_fleet

NOW_MS = milliseconds(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))


def told(probe: ProbeUrn, language: str) -> str:
    since_ms = NOW_MS - 26 * 3_600_000
    incident = IncidentRow(
        id=1,
        site=MENAKA,
        unit=COOLER,
        subject=probe,
        rule="silent",
        level="warning",
        state="open",
        since_ms=since_ms,
        opened_ms=NOW_MS,
        reason="silent",
        evidence="{}",
    )
    transition = TransitionRow(
        incident_id=1, from_state="none", to_state="open", happened_ms=NOW_MS, learnt_ms=NOW_MS, who="", why="silent"
    )
    return message_text(news_of(transition, incident, sourced_fleet()), language, now_ms=NOW_MS)


@pytest.mark.parametrize(
    ("language", "asked"),
    [("fr", "Mesurez la température et envoyez-la"), ("en", "Measure the temperature and tell it")],
)
def test_silence_where_people_measure_asks_them_to_measure(language: str, asked: str) -> None:
    assert asked in told(probe_of(HAND), language)
    assert "boite" not in told(probe_of(HAND), language)


def test_silence_of_what_tells_by_itself_asks_to_look_at_the_power() -> None:
    assert "Voyez le courant" in told(ZIGBEE_PROBE, "fr")
