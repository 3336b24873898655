"""What every store does, whichever it is: embedded, real InfluxDB, or a strict stand-in for a generation of it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.settings import Secret
from coldchain_server.store.acceptance import EARLIEST_MS, LATEST_MS
from coldchain_server.store.open import open_store
from coldchain_server.store.protocol import Bucket, Point, Store
from coldchain_server.store.settings import StoreKind, StoreSettings
from coldchain_server.store.totals import StoredTotals, every_point, stored_totals
from servers.influxdb import ADMIN, ADMIN_PASSWORD, Influxdb
from stand_ins.influxdb import StandIn, Version
from stand_ins.rules import Rules

MILK = ProbeUrn("urn:dev:ow:28ff5c79a21603da")
AIR = ProbeUrn("urn:dev:ow:28aa5c79a216034f")
CARD, NEW_CARD = UUID(int=1), UUID(int=2)
NOON = 1_793_016_000_000
MINUTE = 60_000
ALWAYS = (EARLIEST_MS, LATEST_MS)

KINDS = ["sqlite", "influxdb 1", "influxdb 1 with users", "stand-in 2", "stand-in 3"]


@pytest.fixture(params=KINDS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreSettings]:
    """Settings that lead to a working server or file, whichever store the suite runs for."""
    match request.param:
        case "sqlite":
            yield StoreSettings(path="new/folder/readings.sqlite")
        case "influxdb 1":
            yield influxdb_settings(request.getfixturevalue("influxdb"))
        case "influxdb 1 with users":
            server = request.getfixturevalue("guarded_influxdb")
            yield msgspec.structs.replace(influxdb_settings(server), username=ADMIN, token=Secret(ADMIN_PASSWORD))
        case generation:
            version = Version.V2 if generation.endswith("2") else Version.V3
            with StandIn(version, Rules(token="a-token", org="milk")) as stand_in:
                yield StoreSettings(kind=StoreKind.INFLUXDB, url=stand_in.url, token=Secret("a-token"), org="milk")


@pytest.fixture
def store(opened: StoreSettings, tmp_path: Path) -> Iterator[Store]:
    store = open_store(opened, folder=tmp_path)
    store.prepare()
    yield store
    store.close()


def influxdb_settings(server: Influxdb) -> StoreSettings:
    return StoreSettings(kind=StoreKind.INFLUXDB, url=server.url)


def point(
    at_ms: int, celsius: float, *, probe: ProbeUrn = MILK, sequence: int = 1, outbox: UUID | None = CARD
) -> Point:
    return Point(reading=Reading(probe=probe, at_ms=at_ms, value=celsius), sequence=sequence, outbox=outbox)


def fault(at_ms: int, quality: Quality, *, probe: ProbeUrn = MILK, sequence: int = 1) -> Point:
    reading = Reading(probe=probe, at_ms=at_ms, value=None, quality=quality)
    return Point(reading=reading, sequence=sequence, outbox=CARD)


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.points(MILK, *ALWAYS) == []
    assert store.curve(MILK, NOON, NOON + MINUTE, 10) == []
    assert store.latest([MILK]) == {}
    assert store.probes() == []
    assert stored_totals(store) == StoredTotals(0, 0)


def test_preparing_twice_keeps_what_is_there(store: Store) -> None:
    store.write([point(NOON, 4.0625)])
    store.prepare()
    assert store.points(MILK, *ALWAYS) == [point(NOON, 4.0625)]


def test_a_point_comes_back_whole(store: Store) -> None:
    whole = Point(
        reading=Reading(probe=MILK, at_ms=NOON + 1, value=-18.875), sequence=2**53 - 1, uncertainty_ms=2500, outbox=CARD
    )
    assert store.write([whole]) == []
    assert store.points(MILK, NOON, NOON + MINUTE) == [whole]


def test_a_point_of_no_outbox_comes_back_without_one(store: Store) -> None:
    imported = point(NOON, 4.0, outbox=None)
    store.write([imported])
    assert store.points(MILK, *ALWAYS) == [imported]


@pytest.mark.parametrize("celsius", [0.0, -0.0625, 4.0, 85.0, 1e-7, 1e22])
def test_whole_small_and_large_values_come_back_as_the_same_number(store: Store, celsius: float) -> None:
    store.write([point(NOON, celsius)])
    (found,) = store.points(MILK, *ALWAYS)
    assert found.reading.value == celsius
    assert type(found.reading.value) is float


def test_every_fault_comes_back_by_its_name_and_without_a_value(store: Store) -> None:
    faults = [quality for quality in Quality if quality is not Quality.OK]
    written = [fault(NOON + n * MINUTE, quality, sequence=n + 1) for n, quality in enumerate(faults)]
    store.write(written)
    assert store.points(MILK, *ALWAYS) == written


def test_points_come_oldest_first_from_start_up_to_before_end(store: Store) -> None:
    written = [point(NOON + n * MINUTE, float(n), sequence=n + 1) for n in range(5)]
    store.write(list(reversed(written)))
    assert store.points(MILK, NOON + MINUTE, NOON + 4 * MINUTE) == written[1:4]
    assert store.points(MILK, NOON + MINUTE, NOON + MINUTE) == []
    assert store.points(MILK, NOON + 2 * MINUTE, NOON) == []


def test_a_limit_keeps_the_oldest(store: Store) -> None:
    written = [point(NOON + n, float(n), sequence=n + 1) for n in range(5)]
    store.write(written)
    assert store.points(MILK, *ALWAYS, limit=2) == written[:2]


def test_instants_before_1970_and_far_ahead_are_kept(store: Store) -> None:
    written = [point(-NOON, 1.0, sequence=1), point(0, 2.0, sequence=2), point(2 * NOON, 3.0, sequence=3)]
    store.write(written)
    assert store.points(MILK, *ALWAYS) == written
    assert store.points(MILK, -(2**63), 2**63) == written


def test_writing_again_changes_nothing(store: Store) -> None:
    written = [point(NOON, 4.0, sequence=1), fault(NOON + MINUTE, Quality.CRC, sequence=2)]
    for _ in range(3):
        assert store.write(written) == []
    assert store.points(MILK, *ALWAYS) == written
    assert stored_totals(store) == StoredTotals(2, 0)


def test_a_fault_in_the_place_of_a_value_leaves_nothing_of_it(store: Store) -> None:
    store.write([point(NOON, 4.0, sequence=1)])
    store.write([fault(NOON, Quality.POR85, sequence=2)])
    assert store.points(MILK, *ALWAYS) == [fault(NOON, Quality.POR85, sequence=2)]
    assert store.curve(MILK, NOON, NOON + MINUTE, 1) == []
    assert store.latest([MILK]) == {MILK: fault(NOON, Quality.POR85, sequence=2)}


def test_probes_are_kept_apart(store: Store) -> None:
    store.write([point(NOON, 4.0, probe=MILK), point(NOON, 30.0, probe=AIR)])
    assert store.points(MILK, *ALWAYS) == [point(NOON, 4.0, probe=MILK)]
    assert store.points(AIR, *ALWAYS) == [point(NOON, 30.0, probe=AIR)]
    assert store.probes() == sorted([MILK, AIR])


def test_probe_names_of_other_kinds_are_kept(store: Store) -> None:
    named = [ProbeUrn("urn:dev:mac:0024befffe804ff1"), ProbeUrn("urn:dev:org:32473-it's:x=1,y_2")]
    store.write([point(NOON, 4.0, probe=probe) for probe in named])
    assert store.probes() == sorted(named)
    assert [store.points(probe, *ALWAYS) for probe in named] == [[point(NOON, 4.0, probe=probe)] for probe in named]


def test_a_probe_that_only_ever_failed_is_one_of_the_probes(store: Store) -> None:
    store.write([fault(NOON, Quality.GONE)])
    assert store.probes() == [MILK]


def test_latest_is_the_newest_by_instant_whether_value_or_fault(store: Store) -> None:
    store.write([point(NOON + MINUTE, 4.0, sequence=2), fault(NOON, Quality.EMPTY, sequence=1)])
    store.write([point(NOON, 30.0, probe=AIR), fault(NOON + MINUTE, Quality.EMPTY, probe=AIR, sequence=2)])
    assert store.latest([MILK, AIR, ProbeUrn("urn:dev:ow:28bb5c79a21603e9")]) == {
        MILK: point(NOON + MINUTE, 4.0, sequence=2),
        AIR: fault(NOON + MINUTE, Quality.EMPTY, probe=AIR, sequence=2),
    }


def test_latest_of_a_large_fleet_is_complete(store: Store) -> None:
    fleet = [ProbeUrn(f"urn:dev:ops:1-{number}") for number in range(120)]
    store.write([point(NOON + n, 4.0, probe=probe, sequence=n + 1) for n, probe in enumerate(fleet)])
    assert sorted(store.latest(fleet)) == sorted(fleet)
    assert sorted(store.latest(iter(fleet[:3]))) == sorted(fleet[:3])


def test_a_curve_keeps_the_extremes_of_each_stretch(store: Store) -> None:
    celsius = [4.0, 12.0, 5.0, 3.0, 4.0, 8.0]
    store.write([point(NOON + n * MINUTE, value, sequence=n + 1) for n, value in enumerate(celsius)])
    assert store.curve(MILK, NOON, NOON + 6 * MINUTE, 2) == [
        Bucket(start_ms=NOON, end_ms=NOON + 3 * MINUTE, count=3, lowest=4.0, mean=7.0, highest=12.0),
        Bucket(start_ms=NOON + 3 * MINUTE, end_ms=NOON + 6 * MINUTE, count=3, lowest=3.0, mean=5.0, highest=8.0),
    ]


def test_a_curve_begins_at_its_start_wherever_that_is_and_ends_at_its_end(store: Store) -> None:
    start, end = NOON + 12_345, NOON + 12_345 + 10_007
    store.write([point(at, 4.0, sequence=n) for n, at in enumerate([start - 1, start, end - 1, end], start=1)])
    assert store.curve(MILK, start, end, 3) == [
        Bucket(start_ms=start, end_ms=start + 3336, count=1, lowest=4.0, mean=4.0, highest=4.0),
        Bucket(start_ms=start + 6672, end_ms=end, count=1, lowest=4.0, mean=4.0, highest=4.0),
    ]


def test_a_stretch_without_an_ok_reading_is_a_gap(store: Store) -> None:
    store.write([point(NOON, 4.0), fault(NOON + MINUTE, Quality.CRC, sequence=2)])
    store.write([point(NOON + 3 * MINUTE, 5.0, sequence=3)])
    starts = [bucket.start_ms for bucket in store.curve(MILK, NOON, NOON + 4 * MINUTE, 4)]
    assert starts == [NOON, NOON + 3 * MINUTE]


def test_a_fault_among_values_does_not_count(store: Store) -> None:
    store.write([point(NOON, 4.0), fault(NOON + 1, Quality.PWR127, sequence=2), point(NOON + 2, 6.0, sequence=3)])
    (bucket,) = store.curve(MILK, NOON, NOON + MINUTE, 1)
    assert (bucket.count, bucket.mean) == (2, 5.0)


def test_a_curve_over_all_time_is_still_one_curve(store: Store) -> None:
    store.write([point(NOON, 4.0), point(2 * NOON, 6.0, sequence=2)])
    assert sum(bucket.count for bucket in store.curve(MILK, -(2**63), 2**63, 500)) == 2


def test_a_curve_without_time_is_empty_and_without_buckets_a_mistake(store: Store) -> None:
    store.write([point(NOON, 4.0)])
    assert store.curve(MILK, NOON, NOON, 10) == []
    with pytest.raises(ValueError, match="at least one bucket"):
        store.curve(MILK, NOON, NOON + MINUTE, 0)


def test_what_no_store_can_hold_is_refused_with_its_reason_and_the_rest_is_kept(store: Store) -> None:
    bad = [point(NOON + 1, float("nan")), point(NOON + 2, float("inf")), point(LATEST_MS, 4.0)]
    refusals = store.write([point(NOON, 4.0), *bad, point(NOON + 4, 5.0, sequence=2)])
    assert [refusal.point.reading.at_ms for refusal in refusals] == [NOON + 1, NOON + 2, LATEST_MS]
    assert ["finite" in refusal.reason for refusal in refusals] == [True, True, False]
    assert store.points(MILK, *ALWAYS) == [point(NOON, 4.0), point(NOON + 4, 5.0, sequence=2)]


def test_nothing_written_is_nothing_refused(store: Store) -> None:
    assert store.write([]) == []


def test_a_large_batch_is_all_there_and_read_page_by_page(store: Store) -> None:
    written = [point(NOON + n * 1000, n / 16, sequence=n + 1) for n in range(5000)]
    assert store.write(written) == []
    assert stored_totals(store) == StoredTotals(5000, 0)


def test_pages_neither_lose_nor_repeat_a_point(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coldchain_server.store.totals._PAGE", 3)
    written = [point(NOON + n * 1000, 4.0, sequence=n + 1) for n in range(10)]
    store.write(written)
    assert list(every_point(store, MILK)) == written


def test_a_reading_stored_twice_is_a_duplicate_and_a_new_cards_reading_is_not(store: Store) -> None:
    store.write([point(NOON, 4.0, sequence=7), point(NOON + MINUTE, 4.0, sequence=7)])
    store.write([point(NOON + 2 * MINUTE, 4.0, sequence=7, outbox=NEW_CARD), point(NOON, 4.0, sequence=7, probe=AIR)])
    assert stored_totals(store) == StoredTotals(stored=4, duplicates=1)


def test_any_thread_may_write_and_read(store: Store) -> None:
    problems: list[Exception] = []

    def work(worker: int) -> None:
        try:
            for n in range(20):
                store.write([point(NOON + worker * MINUTE + n, 4.0, sequence=worker * 100 + n + 1)])
                store.latest([MILK])
                store.curve(MILK, NOON, NOON + MINUTE, 5)
        except Exception as problem:  # noqa: BLE001 - whatever happens in a thread is told below
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert stored_totals(store) == StoredTotals(120, 0)


def test_another_program_sees_what_was_written(store: Store, opened: StoreSettings, tmp_path: Path) -> None:
    other = open_store(opened, folder=tmp_path)
    other.prepare()
    store.write([point(NOON, 4.0)])
    assert other.points(MILK, *ALWAYS) == [point(NOON, 4.0)]
    other.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    instants=st.sets(st.integers(0, 5000), min_size=1, max_size=30),
    start=st.integers(-100, 4000),
    span=st.integers(1, 5000),
    buckets=st.integers(1, 40),
)
def test_a_curve_counts_each_ok_point_once_and_in_its_own_stretch(
    store: Store, instants: set[int], start: int, span: int, buckets: int
) -> None:
    probe = ProbeUrn(f"urn:dev:ops:1-{abs(hash((frozenset(instants), start, span, buckets))):x}")
    store.write([point(at, at / 16, probe=probe, sequence=at + 1) for at in instants])
    curve = store.curve(probe, start, start + span, buckets)
    inside = sorted(at for at in instants if start <= at < start + span)
    assert len(curve) <= buckets
    for bucket in curve:
        here = [at / 16 for at in inside if bucket.start_ms <= at < bucket.end_ms]
        assert (bucket.count, bucket.lowest, bucket.highest) == (len(here), min(here), max(here))
        assert bucket.mean == pytest.approx(sum(here) / len(here))
    assert sum(bucket.count for bucket in curve) == len(inside)
