"""What sources publish: every reading once, dated by its own time, and nothing else taken for a reading."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import DeviceId
from coldchain_contract.readings import Quality, Reading
from coldchain_server.ingest.foreign import filters
from coldchain_server.ingest.reception import Arrival, Enrolled, Known, receive
from coldchain_server.spool.model import Accepted, Quarantined, Reason
from invented.sourced_fleet import (
    ESPHOME,
    ESPHOME_PROBE,
    LORA,
    MENAKA,
    TASMOTA,
    TASMOTA_PROBES,
    TILLIA,
    ZIGBEE,
    ZIGBEE_PROBE,
    sourced_fleet,
)

AT_MS = milliseconds(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
SINCE_MS = AT_MS - 7 * 86_400_000
ENROLLED = {
    **{name: Enrolled(site=MENAKA, since_ms=SINCE_MS) for name in (ZIGBEE, TASMOTA, ESPHOME)},
    LORA: Enrolled(site=TILLIA, since_ms=SINCE_MS),
}
KNOWN = Known.of(sourced_fleet(), ENROLLED)
GLACIERE, CUVE, CONGELATEUR = "zigbee2mqtt/glaciere-1", "tele/cuve/SENSOR", "congelateur/sensor/inside/state"


def zigbee(celsius: object = 4.5, at_ms: int = AT_MS) -> bytes:
    return json.dumps({"temperature": celsius, "linkquality": 90, "last_seen": at_ms}).encode()


def items(
    payload: bytes,
    topic: str = GLACIERE,
    *,
    retained: bool = False,
    received_ms: int = AT_MS + 700,
    known: Known = KNOWN,
) -> tuple[Accepted | Quarantined, ...]:
    worth = receive(Arrival(topic=topic, payload=payload, received_ms=received_ms, retained=retained), known)
    assert (worth.replies, worth.heard) == ((), None)  # nobody there would understand an answer
    return worth.items


def accepted(payload: bytes, topic: str = GLACIERE, **how: bool | int) -> Accepted:
    (item,) = items(payload, topic, **how)  # type: ignore[arg-type]
    assert isinstance(item, Accepted)
    return item


def refused(payload: bytes, topic: str = GLACIERE, *, known: Known = KNOWN) -> Quarantined:
    (item,) = items(payload, topic, known=known)
    assert isinstance(item, Quarantined)
    return item


def test_a_value_becomes_a_reading_of_its_probe_at_the_time_it_was_measured() -> None:
    item = accepted(zigbee())
    assert (item.site, item.device, item.received_ms) == (MENAKA, ZIGBEE, AT_MS + 700)
    assert item.pack.readings == (Reading(probe=ZIGBEE_PROBE, at_ms=AT_MS, value=4.5),)


def test_the_same_message_has_the_same_identity_whenever_it_comes_and_another_has_another() -> None:
    first, again = accepted(zigbee()), accepted(zigbee(), retained=True, received_ms=AT_MS + 99_000)
    other = accepted(zigbee(at_ms=AT_MS + 1))
    assert (again.pack.outbox, again.pack.sequences) == (first.pack.outbox, first.pack.sequences)
    assert (other.pack.outbox, other.pack.sequences) != (first.pack.outbox, first.pack.sequences)


def test_a_bare_number_is_dated_by_its_receipt_and_worth_nothing_when_the_broker_had_kept_it() -> None:
    assert accepted(b"-17.5", CONGELATEUR).pack.readings[0].at_ms == AT_MS + 700
    assert items(b"-17.5", CONGELATEUR, retained=True) == ()


def test_what_carries_no_time_is_never_kept_for_the_server_by_the_broker() -> None:
    assert dict(filters(sourced_fleet())) == {
        GLACIERE: 1,
        CUVE: 1,
        CONGELATEUR: 0,
        "v3/lait@ttn/devices/tillia-1/up": 1,
    }


def test_two_probes_in_one_message_are_two_readings() -> None:
    message = {"Time": "2026-11-22T09:30:00", "DS18B20-1": {"Temperature": 4.1}, "DS18B20-2": {"Temperature": 5.2}}
    found = items(json.dumps(message).encode(), CUVE)
    assert [one.pack.readings[0].probe for one in found if isinstance(one, Accepted)] == list(TASMOTA_PROBES)


@pytest.mark.parametrize("celsius", [85.0, 127.9, -127.0, -10.01, 60.01, 1e5])
def test_what_cannot_be_in_a_cooler_is_a_fault_and_never_a_number(celsius: float) -> None:
    assert accepted(zigbee(celsius)).pack.readings == (
        Reading(probe=ZIGBEE_PROBE, at_ms=AT_MS, value=None, quality=Quality.RANGE),
    )


def test_a_sensor_that_says_it_does_not_measure_is_a_fault() -> None:
    assert accepted(b"nan", CONGELATEUR).pack.readings[0].quality is Quality.GONE
    assert accepted(b"nan", CONGELATEUR).pack.readings[0].probe == ESPHOME_PROBE


def test_what_cannot_be_read_is_set_aside_under_its_sources_name_with_the_reason() -> None:
    item = refused(b'{"temperature": "4.5", "last_seen": %d}' % AT_MS)
    assert (item.reason, item.device, item.topic) == (Reason.MESSAGE, ZIGBEE, GLACIERE)
    assert "'4.5', a str and not a number" in item.detail


def test_one_value_that_cannot_be_read_takes_no_other_with_it() -> None:
    message = {"Time": "2026-11-22T09:30:00", "DS18B20-1": {"Temperature": "?"}, "DS18B20-2": {"Temperature": 5.2}}
    good, bad = items(json.dumps(message).encode(), CUVE)
    assert isinstance(good, Accepted)
    assert good.pack.readings[0].value == 5.2
    assert isinstance(bad, Quarantined)


@pytest.mark.parametrize(
    ("at_ms", "reason"), [(SINCE_MS - 1, Reason.BEFORE_ENROLMENT), (AT_MS + 700 + 600_001, Reason.FUTURE)]
)
def test_a_wrong_clock_is_set_aside_as_any_devices(at_ms: int, reason: Reason) -> None:
    assert refused(zigbee(at_ms=at_ms)).reason is reason


@pytest.mark.parametrize(
    ("enrolled", "detail"),
    [
        ({}, "not enrolled; `coldchain-server enrol zigbee`"),
        ({ZIGBEE: Enrolled(site=MENAKA, since_ms=1, withdrawn=True)}, "withdrawn"),
        ({ZIGBEE: Enrolled(site=TILLIA, since_ms=1)}, "enrolled for site tillia"),
    ],
)
def test_a_source_that_may_not_speak_is_set_aside_under_nobodys_name(
    enrolled: dict[DeviceId, Enrolled], detail: str
) -> None:
    item = refused(zigbee(), known=msgspec.structs.replace(KNOWN, enrolled=enrolled))
    assert (item.reason, item.device) == (Reason.UNKNOWN_DEVICE, None)
    assert detail in item.detail


def test_a_probe_that_sat_nowhere_at_that_time_is_set_aside() -> None:
    fleet = sourced_fleet()
    elsewhere = tuple(place for place in fleet.placements if place.probe != ZIGBEE_PROBE)
    known = Known.of(msgspec.structs.replace(fleet, placements=elsewhere), ENROLLED)
    assert refused(zigbee(), known=known).reason is Reason.UNKNOWN_PROBE


def test_a_source_cannot_speak_as_a_device() -> None:
    assert refused(zigbee(), "coldchain/v1/menaka/zigbee/live").reason is Reason.UNKNOWN_DEVICE
