"""Numbers that are instants, as sources count: remembered for long, and not for ever."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.sources.identity import outbox_of, pack_of
from coldchain_server.spool.model import Accepted
from coldchain_server.spool.received import REMEMBERED_INSTANTS_MS
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import NOW_MS, OUTBOX, PROBE

DAY_MS = 24 * 3600 * 1000
ZIGBEE = DeviceId("zigbee")


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=10, bytes=1_000_000))
    yield opened
    opened.close()


def admit(spool: Spool, pack: Pack, *, received_ms: int) -> int:
    """Admit one pack and return how many of its readings were new."""
    item = Accepted(site=SiteId("menaka"), device=ZIGBEE, live=True, received_ms=received_ms, pack=pack)
    return len(spool.admit([item])[0])


def test_what_a_source_told_is_known_for_more_than_a_year_and_its_memory_does_not_grow_for_ever(spool: Spool) -> None:
    outbox = outbox_of(ZIGBEE, PROBE)
    old = pack_of(ZIGBEE, Reading(probe=PROBE, at_ms=NOW_MS, value=4.0))
    admit(spool, old, received_ms=NOW_MS)
    admit(spool, Pack(outbox=OUTBOX, sequences=Sequences.span(1, 1), readings=old.readings), received_ms=NOW_MS)
    later_ms = NOW_MS + REMEMBERED_INSTANTS_MS
    newest = pack_of(ZIGBEE, Reading(probe=PROBE, at_ms=later_ms, value=4.0))
    admit(spool, newest, received_ms=later_ms)
    assert admit(spool, old, received_ms=later_ms) == 0
    admit(spool, newest, received_ms=later_ms + DAY_MS)
    assert spool.received(outbox) == Sequences.span(later_ms, later_ms)
    assert spool.received(OUTBOX) == Sequences.span(1, 1)
