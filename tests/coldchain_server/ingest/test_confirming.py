"""What a device is told about each thing it sent: the first time, again, and after a change of mind."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from coldchain_contract.identifiers import DeviceId
from coldchain_contract.messages import Status, encode_message
from coldchain_contract.pack import Pack, encode_pack
from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.confirmations import confirmations
from coldchain_server.ingest.reception import Arrival, Enrolled, Known, Received, receive
from coldchain_server.spool.model import Reason, quarantined
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import (
    COOLER,
    ENROLLED_MS,
    INEKAR,
    NOW_MS,
    OUTBOX,
    PI,
    PLACEMENTS,
    STRANGE_PROBE,
    fleet,
    pack,
    placement,
    reading,
)

DAY_MS = 86_400_000


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=2, bytes=10_000))
    yield opened
    opened.close()


def came(payload: Pack | Status | bytes, *, kind: str = "live", of: Fleet | None = None) -> Received:
    wire = (
        encode_pack(payload)
        if isinstance(payload, Pack)
        else encode_message(payload)
        if isinstance(payload, Status)
        else payload
    )
    known = Known.of(of or fleet(), {DeviceId(PI): Enrolled(site=INEKAR, since_ms=ENROLLED_MS)})
    return receive(Arrival(topic=f"coldchain/v1/inekar/inekar-pi/{kind}", payload=wire, received_ms=NOW_MS), known)


def told(*batch: Received) -> set[tuple[str, str, str]]:
    said = confirmations(batch, now_ms=NOW_MS)
    assert {(str(topic), stored.server_time_ms) for topic, stored in said} <= {
        ("coldchain/v1/inekar/inekar-pi/stored", NOW_MS)
    }
    return {(stored.stored, stored.refused, stored.reason) for _, stored in said}


def test_what_is_stored_and_what_is_refused_is_told_apart_with_each_reason() -> None:
    mixed = pack(reading(), reading(probe=STRANGE_PROBE), reading(ENROLLED_MS - 1), reading(NOW_MS + DAY_MS))
    assert told(came(mixed)) == {
        ("1", "", ""),
        ("", "2", "unknown-probe"),
        ("", "3", "before-enrolment"),
        ("", "4", "future"),
    }


def test_a_batch_is_told_in_one_word_for_each_outbox_and_reason() -> None:
    batch = [came(pack(reading(NOW_MS + n), first=n)) for n in range(1, 50)]
    assert told(*batch) == {("1-49", "", "")}


def test_duplicates_are_told_the_same_again(spool: Spool) -> None:
    for _ in range(2):
        worth = came(pack(reading(), reading(probe=STRANGE_PROBE)))
        spool.admit(worth.items)
        assert told(worth) == {("1", "", ""), ("", "2", "unknown-probe")}
    assert [entry.times for entry in spool.entries()] == [2]


def test_what_is_refused_is_told_so_though_the_quarantine_can_keep_no_more_of_it(spool: Spool) -> None:
    for number in range(1, 6):
        worth = came(pack(reading(NOW_MS + number, probe=STRANGE_PROBE), first=number))
        spool.admit(worth.items)
        assert told(worth) == {("", f"{number}", "unknown-probe")}
    assert spool.quarantine_count() == 2
    assert str(spool.refused(OUTBOX)) == "1-5"


def test_what_nobody_can_read_names_no_outbox_and_cannot_be_told() -> None:
    worth = came(b"\x78not zlib")
    assert [item.reason for item in worth.items if not hasattr(item, "pack")] == [Reason.COMPRESSION]
    assert told(worth) == set()


def test_what_was_refused_is_stored_when_it_comes_again_after_its_probe_was_placed(spool: Spool) -> None:
    strange = pack(reading(probe=STRANGE_PROBE))
    spool.admit(came(strange).items)
    mended = came(strange, of=fleet((*PLACEMENTS, placement(STRANGE_PROBE, COOLER, PI))))
    spool.admit(mended.items)
    assert told(mended) == {("1", "", "")}
    assert [number for row in spool.after(0, 9) for number, _ in row.readings] == [1]


def test_what_the_store_refused_stays_stored_for_its_device(spool: Spool) -> None:
    spool.admit(came(pack()).items)
    refused = quarantined(
        b"x",
        Reason.REFUSED_BY_STORE,
        topic="t",
        device=PI,
        detail="",
        received_ms=NOW_MS,
        outbox=OUTBOX,
        sequences=pack().sequences,
    )
    spool.quarantine([refused])
    again = came(pack())
    spool.admit(again.items)
    assert told(again) == {("1", "", "")}
    assert spool.depth() == 1


def test_a_status_that_asks_is_told_the_time_and_nothing_stored() -> None:
    asking = Status(at_ms=NOW_MS, online=True, outbox=str(OUTBOX), question=1)
    assert told(came(asking, kind="status")) == {("", "", "")}
    assert told(came(msgspec.structs.replace(asking, question=0), kind="status")) == set()


def test_thousands_of_gaps_are_told_in_messages_a_device_can_read() -> None:
    batch = [came(pack(reading(NOW_MS + n), first=1 + 2 * n)) for n in range(1000)]
    said = confirmations(batch, now_ms=NOW_MS)
    assert len(said) == 5
    assert all(len(encode_message(stored)) < 4096 for _, stored in said)
