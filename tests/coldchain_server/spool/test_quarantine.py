"""The quarantine: what could not be used is kept with its reason, within its device's quota, and can be let go."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from coldchain_contract.identifiers import DeviceId
from coldchain_contract.sequences import Sequences
from coldchain_server.errors import UnknownThing
from coldchain_server.spool.model import Accepted, Overflow, Quarantined, Reason, quarantined
from coldchain_server.spool.settings import Quota, SpoolSettings
from coldchain_server.spool.spool import Spool
from invented.small_fleet import INEKAR, NOW_MS, OTHER_PI, OUTBOX, PI, pack, reading


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=3, bytes=1000))
    yield opened
    opened.close()


def bad(payload: bytes = b"{", *, device: DeviceId | None = PI, reason: Reason = Reason.SENML) -> Quarantined:
    topic = f"coldchain/v1/inekar/{device}/live"
    return quarantined(payload, reason, topic=topic, device=device, detail="not JSON", received_ms=NOW_MS)


def test_what_was_set_aside_is_shown_as_it_came(spool: Spool) -> None:
    item = quarantined(
        b"payload",
        Reason.UNKNOWN_PROBE,
        topic="coldchain/v1/inekar/inekar-pi/live",
        device=PI,
        detail="1 reading",
        received_ms=NOW_MS,
        outbox=OUTBOX,
        sequences=Sequences.parse("3,5-7"),
    )
    spool.quarantine([item])
    (listed,) = spool.entries()
    assert (listed.item.reason, listed.item.payload, listed.item.length) == (Reason.UNKNOWN_PROBE, b"", 7)
    assert spool.entry(listed.id).item == item


def test_a_payload_up_to_256_kib_is_kept_whole() -> None:
    payload = bytes(256 * 1024)
    assert bad(payload).payload == payload


def test_of_a_larger_payload_length_sha256_and_the_first_64_kib_are_kept(tmp_path: Path) -> None:
    payload = b"coldchain" * 30_000
    item = bad(payload)
    assert (item.length, item.sha256) == (270_000, hashlib.sha256(payload).hexdigest())
    assert item.payload == payload[: 64 * 1024]
    spool = Spool(tmp_path / "large.sqlite", quota=SpoolSettings().quota())
    spool.quarantine([item])
    assert not spool.entry(spool.entries()[0].id).whole
    spool.close()


def test_the_same_again_is_counted_and_not_kept_twice(spool: Spool) -> None:
    spool.quarantine([bad(), bad()])
    spool.quarantine([bad()])
    assert [entry.times for entry in spool.entries()] == [3]


def test_beyond_its_quota_of_entries_a_device_is_counted_only_and_that_is_said_once(spool: Spool) -> None:
    with capture_logs() as logs:
        spool.quarantine([bad(b"%d" % n) for n in range(6)])
        spool.quarantine([bad(b"more")])
    assert spool.quarantine_count() == 3
    assert spool.overflows() == [Overflow(device=PI, entries=4, bytes=7, since_ms=NOW_MS)]
    assert [entry["device"] for entry in logs] == [PI]


def test_beyond_its_quota_of_bytes_too(spool: Spool) -> None:
    spool.quarantine([bad(bytes(600)), bad(bytes(500)), bad(bytes(300))])
    assert [entry.item.length for entry in spool.entries()] == [300, 600]


def test_one_device_does_not_use_up_the_quota_of_another(spool: Spool) -> None:
    spool.quarantine([bad(b"%d" % n) for n in range(6)])
    spool.quarantine([bad(device=OTHER_PI)])
    assert [entry.item.device for entry in spool.entries(device=OTHER_PI)] == [OTHER_PI]


def test_whatever_no_known_device_sent_shares_one_quota(spool: Spool) -> None:
    spool.quarantine([bad(b"%d" % n, device=None) for n in range(6)])
    assert [overflow.device for overflow in spool.overflows()] == [None]


def test_room_made_is_room_used_and_said(spool: Spool) -> None:
    spool.quarantine([bad(b"%d" % n) for n in range(4)])
    with capture_logs() as logs:
        spool.remove(spool.entries()[0].id)
    assert [(entry["event"], entry["not_kept"]) for entry in logs] == [("quarantine has room again", 1)]
    spool.quarantine([bad(b"again")])
    assert (spool.quarantine_count(), spool.overflows()) == (3, [])


def test_good_readings_go_on_beside_a_full_quarantine(spool: Spool) -> None:
    good = Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=pack())
    assert spool.admit([*(bad(b"%d" % n) for n in range(9)), good])[-1] == Sequences.of([1])


def test_an_entry_and_what_replaces_it_change_places_at_once(spool: Spool) -> None:
    spool.quarantine([bad()])
    (entry,) = spool.entries()
    good = Accepted(site=INEKAR, device=PI, live=False, received_ms=NOW_MS, pack=pack())
    spool.admit([good], instead_of=entry)
    assert (spool.entries(), len(spool.after(0, 10))) == ([], 1)


def test_readings_the_store_refused_go_in_again_though_they_were_received(spool: Spool) -> None:
    sent = Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=pack(reading()))
    spool.admit([sent])
    spool.quarantine([bad(reason=Reason.REFUSED_BY_STORE)])
    spool.admit([sent], instead_of=spool.entry(spool.entries()[0].id))
    first, again = spool.after(0, 10)
    assert again.readings == first.readings


def test_an_entry_nobody_has_seen_is_named(spool: Spool) -> None:
    with pytest.raises(UnknownThing, match="no quarantine entry 99"):
        spool.remove(99)


def test_text_that_no_database_takes_is_kept_readable(spool: Spool) -> None:
    item = quarantined(b"x", Reason.PACK, topic="t", device=None, detail="name \ud800", received_ms=NOW_MS)
    spool.quarantine([item])
    assert spool.entries()[0].item.detail == "name \\ud800"
