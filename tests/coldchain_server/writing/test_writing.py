"""The store writer between a real spool and real stores."""

import shutil
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId
from coldchain_contract.pack import Pack, decode_pack
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.errors import StoreRefused, StoreUnavailable
from coldchain_server.spool.model import Accepted, Reason
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from coldchain_server.store.influxdb.store import InfluxdbStore
from coldchain_server.store.protocol import Point, Store
from coldchain_server.store.settings import StoreKind, StoreSettings
from coldchain_server.store.sqlite import SqliteStore
from coldchain_server.store.totals import StoredTotals, stored_totals
from coldchain_server.writing.stage import BATCH_READINGS, Writing
from servers.influxdb import Influxdb

MILK = ProbeUrn("urn:dev:ow:28ff5c79a21603da")
CARD, NEW_CARD = UUID(int=1), UUID(int=2)
NOON = 1_793_016_000_000
MINUTE, DAY = 60_000, 24 * 3600 * 1000
ALWAYS = (0, 2 * NOON)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=1000, bytes=2**24))
    yield spool
    spool.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "readings.sqlite")
    yield store
    store.close()


@pytest.fixture
def in_influxdb(influxdb: Influxdb) -> Iterator[InfluxdbStore]:
    store = InfluxdbStore(StoreSettings(kind=StoreKind.INFLUXDB, url=influxdb.url, timeout=2000))
    yield store
    store.close()


def pack(
    *readings: Reading, first: int = 1, outbox: UUID = CARD, received_ms: int = NOON, uncertainty_ms: int = 0
) -> Accepted:
    numbers = Sequences.span(first, first + len(readings) - 1)
    return Accepted(
        site=SiteId("menaka"),
        device=DeviceId("pi1"),
        live=True,
        received_ms=received_ms,
        pack=Pack(outbox=outbox, sequences=numbers, readings=readings, uncertainty_ms=uncertainty_ms),
    )


def reading(at_ms: int, celsius: float = 4.0) -> Reading:
    return Reading(probe=MILK, at_ms=at_ms, value=celsius)


def stored(at_ms: int, sequence: int, celsius: float = 4.0, *, outbox: UUID = CARD, uncertainty_ms: int = 0) -> Point:
    return Point(reading=reading(at_ms, celsius), sequence=sequence, outbox=outbox, uncertainty_ms=uncertainty_ms)


def write_all(spool: Spool, store: Store) -> Writing:
    writing = Writing(spool=spool, store=store)
    while writing.step():
        pass
    return writing


def test_an_empty_spool_is_no_work(spool: Spool, store: SqliteStore) -> None:
    assert Writing(spool=spool, store=store).step() is False


def test_once_all_is_written_what_comes_next_waits_to_be_written_together(spool: Spool, store: SqliteStore) -> None:
    writing = Writing(spool=spool, store=store, rest_s=3600.0)
    spool.admit([pack(reading(NOON), first=1)])
    writing.step()
    spool.admit([pack(reading(NOON + MINUTE), first=2)])
    assert writing.step() is False
    assert stored_totals(store).stored == 1
    writing._rests_until_s = 0.0  # the hour has passed
    writing.step()
    assert stored_totals(store).stored == 2


def test_a_full_batch_does_not_wait(spool: Spool, store: SqliteStore) -> None:
    writing = Writing(spool=spool, store=store, rest_s=3600.0)
    store.prepare()
    writing.step()
    for first in range(1, BATCH_READINGS, 1000):
        spool.admit([pack(*(reading(NOON + number) for number in range(first, first + 1000)), first=first)])
        assert stored_totals(store).stored == 0
        writing.step()
    assert stored_totals(store).stored == BATCH_READINGS


def test_what_was_spooled_is_stored_and_the_cursor_moves_on(spool: Spool, store: SqliteStore) -> None:
    fault = Reading(probe=MILK, at_ms=NOON + MINUTE, value=None, quality=Quality.CRC)
    spool.admit([pack(reading(NOON), fault, first=7, uncertainty_ms=2500)])
    assert Writing(spool=spool, store=store).step() is False
    assert store.points(MILK, *ALWAYS) == [
        stored(NOON, 7, uncertainty_ms=2500),
        Point(reading=fault, sequence=8, outbox=CARD, uncertainty_ms=2500),
    ]
    assert spool.after(spool.position("writing"), 10) == []


def test_what_is_estimated_is_passed_over_and_stored_when_it_comes_again_dated(
    spool: Spool, store: SqliteStore
) -> None:
    spool.admit([msgspec.structs.replace(pack(reading(NOON + 700), first=7), estimated=True)])
    write_all(spool, store)
    assert (store.points(MILK, *ALWAYS), spool.position("writing")) == ([], 1)
    spool.admit([pack(reading(NOON), first=7)])
    write_all(spool, store)
    assert store.points(MILK, *ALWAYS) == [stored(NOON, 7)]


def test_a_long_backlog_is_written_step_by_step_until_nothing_waits(spool: Spool, store: SqliteStore) -> None:
    packs = [pack(*(reading(NOON + (n * 100 + m) * 1000) for m in range(100)), first=n * 100 + 1) for n in range(120)]
    spool.admit(packs)
    writing = Writing(spool=spool, store=store)
    assert writing.step() is True
    assert 5000 <= stored_totals(store).stored < 12_000
    while writing.step():
        pass
    assert stored_totals(store) == StoredTotals(12_000, 0)


def test_a_crash_between_writing_and_moving_on_stores_nothing_twice(
    spool: Spool, store: SqliteStore, tmp_path: Path
) -> None:
    spool.admit([pack(reading(NOON), reading(NOON + MINUTE))])
    spool.admit([pack(reading(NOON), reading(NOON - 60 * DAY), outbox=NEW_CARD)])
    before = as_it_is_now(spool, tmp_path / "before")
    write_all(spool, store)
    first = store.points(MILK, *ALWAYS)
    write_all(before, store)
    before.close()
    assert store.points(MILK, *ALWAYS) == first
    assert stored_totals(store) == StoredTotals(4, 0)


def test_two_readings_of_one_probe_at_one_instant_are_kept_apart_and_marked(spool: Spool, store: SqliteStore) -> None:
    spool.admit([pack(reading(NOON, 4.0)), pack(reading(NOON, 5.0), outbox=NEW_CARD)])
    write_all(spool, store)
    assert store.points(MILK, *ALWAYS) == [
        stored(NOON, 1, 4.0),
        stored(NOON + 1, 1, 5.0, outbox=NEW_CARD, uncertainty_ms=1),
    ]


def test_they_are_kept_apart_even_where_the_spool_has_forgotten_the_first(
    spool: Spool, store: SqliteStore, tmp_path: Path
) -> None:
    spool.admit([pack(reading(NOON, 4.0), received_ms=NOON)])
    write_all(spool, store)
    late = pack(reading(NOON, 5.0), outbox=NEW_CARD, received_ms=NOON + 90 * DAY)
    spool.admit([pack(reading(NOON + 89 * DAY), first=2, received_ms=NOON + 89 * DAY)])
    spool.admit([late])
    before = as_it_is_now(spool, tmp_path / "before")
    for spooled in (spool, before):
        write_all(spooled, store)
        assert store.points(MILK, NOON, NOON + DAY) == [
            stored(NOON, 1, 4.0),
            stored(NOON + 1, 1, 5.0, outbox=NEW_CARD, uncertainty_ms=1),
        ]
    before.close()


def test_while_influxdb_is_away_readings_wait_and_then_are_all_there(
    spool: Spool, in_influxdb: InfluxdbStore, influxdb: Influxdb
) -> None:
    writing = Writing(spool=spool, store=in_influxdb)
    spool.admit([pack(reading(NOON))])
    assert writing.step() is False
    influxdb.server.stop()
    spool.admit([pack(reading(NOON + MINUTE), first=2)])
    said = set()
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="does not answer") as trouble:
            writing.step()
        said.add(str(trouble.value))
    assert len(said) == 1, "the same trouble in the same words, or it would be logged again and again"
    influxdb.server.start()
    assert writing.step() is False
    assert in_influxdb.points(MILK, *ALWAYS) == [stored(NOON, 1), stored(NOON + MINUTE, 2)]


def test_a_database_that_was_dropped_is_created_again(
    spool: Spool, in_influxdb: InfluxdbStore, influxdb: Influxdb
) -> None:
    writing = Writing(spool=spool, store=in_influxdb)
    spool.admit([pack(reading(NOON))])
    writing.step()
    ask(influxdb, 'DROP DATABASE "coldchain"')
    spool.admit([pack(reading(NOON + MINUTE), first=2)])
    with pytest.raises(StoreRefused, match="database not found"):
        writing.step()
    assert writing.step() is False
    assert in_influxdb.points(MILK, *ALWAYS) == [stored(NOON + MINUTE, 2)]


def test_what_the_store_refuses_for_good_is_quarantined_as_a_pack_and_the_rest_goes_on(
    spool: Spool, in_influxdb: InfluxdbStore, influxdb: Influxdb
) -> None:
    ask(influxdb, 'CREATE DATABASE "coldchain" WITH DURATION 30d')
    now = time.time_ns() // 1_000_000  # InfluxDB's retention goes by its own clock
    spool.admit([pack(reading(now - 90 * DAY), reading(now), reading(now - 91 * DAY), first=3, received_ms=now)])
    spool.admit([pack(reading(now + 1), first=6, received_ms=now)])
    assert Writing(spool=spool, store=in_influxdb).step() is False
    assert in_influxdb.points(MILK, *ALWAYS) == [stored(now, 4), stored(now + 1, 6)]
    (entry,) = spool.entries()
    item = spool.entry(entry.id).item
    assert (item.reason, item.outbox, item.sequences) == (
        Reason.REFUSED_BY_STORE,
        CARD,
        Sequences.of([3, 5]),
    )
    assert "retention" in item.detail
    assert (item.topic, item.device) == ("coldchain/v1/menaka/pi1/live", "pi1")
    assert decode_pack(item.payload) == Pack(
        outbox=CARD, sequences=Sequences.of([3, 5]), readings=(reading(now - 90 * DAY), reading(now - 91 * DAY))
    )


def test_a_value_no_pack_can_carry_is_quarantined_all_the_same(spool: Spool, store: SqliteStore) -> None:
    spool.admit([pack(reading(NOON, float("inf")), reading(NOON + 1))])
    write_all(spool, store)
    assert store.points(MILK, *ALWAYS) == [stored(NOON + 1, 2)]
    (entry,) = spool.entries()
    assert "finite" in entry.item.detail
    assert b'"at_ms":1793016000000' in spool.entry(entry.id).item.payload


def test_quarantining_again_after_a_crash_keeps_one_entry(spool: Spool, store: SqliteStore, tmp_path: Path) -> None:
    spool.admit([pack(reading(NOON, float("inf")))])
    write_all(spool, store)
    (kept,) = spool.entries()
    spool.quarantine([spool.entry(kept.id).item])
    assert len(spool.entries()) == 1


def as_it_is_now(spool: Spool, folder: Path) -> Spool:
    """Return the spool as a crash right now would leave it."""
    folder.mkdir()
    for file in spool.path.parent.glob(f"{spool.path.name}*"):
        shutil.copy(file, folder)
    return Spool(folder / spool.path.name, quota=Quota(entries=1000, bytes=2**24))


def ask(influxdb: Influxdb, statement: str) -> None:
    body = urllib.parse.urlencode({"q": statement}).encode()
    with urllib.request.urlopen(f"{influxdb.url}/query", body, timeout=5) as answer:
        answer.read()
