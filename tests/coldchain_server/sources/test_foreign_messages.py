"""Messages of other makers' sensors as they really look: read, converted, dated, or refused with a reason."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.clock import milliseconds
from coldchain_server.fleet.model import Fleet
from coldchain_server.fleet.source import Source
from coldchain_server.sources.errors import NotUnderstood
from coldchain_server.sources.messages import Told, read_message
from invented.sourced_fleet import (
    ESPHOME,
    ESPHOME_PROBE,
    LORA,
    LORA_PROBE,
    PLACES,
    TASMOTA,
    TASMOTA_PROBES,
    TEXT,
    ZIGBEE,
    ZIGBEE_PROBE,
    sourced_fleet,
)

FLEET = sourced_fleet()
AT_MS = milliseconds(datetime(2026, 11, 22, 9, 30, tzinfo=UTC))


def told(payload: object, source: str = ZIGBEE, fleet: Fleet = FLEET) -> Told:
    wire = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    found: Source = fleet.sources[source]  # type: ignore[index]
    return read_message(wire, found, found.feeds)


def value(payload: object, source: str = ZIGBEE, fleet: Fleet = FLEET) -> float | None:
    (one,) = told(payload, source, fleet).measured
    return one.celsius


def test_zigbee2mqtt_tells_the_value_and_when_the_sensor_was_last_seen() -> None:
    message = {"battery": 91, "temperature": 4.37, "linkquality": 118, "last_seen": "2026-11-22T09:30:00.000Z"}
    heard = told(message)
    assert (heard.measured[0].probe, heard.measured[0].celsius, heard.at_ms) == (ZIGBEE_PROBE, 4.37, AT_MS)


@pytest.mark.parametrize("seen", ["2026-11-22T09:30:00Z", "2026-11-22T10:30:00+01:00", AT_MS])
def test_zigbee2mqtts_three_ways_to_write_last_seen_are_one_instant(seen: object) -> None:
    assert told({"temperature": 4, "last_seen": seen}).at_ms == AT_MS


def test_tasmota_tells_two_probes_at_once_in_local_time_without_a_zone() -> None:
    heard = told(
        {
            "Time": "2026-11-22T09:30:00",
            "DS18B20-1": {"Id": "01131B123456", "Temperature": 4.1},
            "DS18B20-2": {"Id": "01131B654321", "Temperature": 5.2},
            "TempUnit": "C",
        },
        TASMOTA,
    )
    assert [(one.probe, one.celsius) for one in heard.measured] == list(zip(TASMOTA_PROBES, (4.1, 5.2), strict=True))
    assert heard.at_ms == AT_MS  # Bamako is on UTC; Niamey's Tasmota would be an hour earlier
    niamey = sourced_fleet((TEXT + PLACES).replace('kind = "tasmota"', 'kind = "tasmota"\nzone = "Africa/Niamey"'))
    message = {"Time": "2026-11-22T09:30:00", "DS18B20-1": {"Temperature": 4.1}, "DS18B20-2": {"Temperature": 5.2}}
    assert told(message, TASMOTA, niamey).at_ms == AT_MS - 3_600_000


def test_a_tasmota_that_counts_in_fahrenheit_says_so_and_is_converted() -> None:
    message = {
        "Time": "2026-11-22T09:30:00",
        "DS18B20-1": {"Temperature": 39.2},
        "DS18B20-2": {"Temperature": 32},
        "TempUnit": "F",
    }
    assert [one.celsius for one in told(message, TASMOTA).measured] == [4.0, 0.0]


def test_a_probe_that_a_tasmota_lost_is_a_fault_and_takes_no_other_with_it() -> None:
    message = {"Time": "2026-11-22T09:30:00", "DS18B20-1": {"Temperature": None}, "DS18B20-2": {"Temperature": 5.2}}
    assert [one.celsius for one in told(message, TASMOTA).measured] == [None, 5.2]


def test_what_is_missing_for_one_probe_is_said_and_the_other_is_read() -> None:
    heard = told({"Time": "2026-11-22T09:30:00", "DS18B20-2": {"Temperature": 5.2}}, TASMOTA)
    assert [one.probe for one in heard.measured] == [TASMOTA_PROBES[1]]
    assert "it has no 'DS18B20-1.Temperature'; where 'DS18B20-1' should be there is Time, DS18B20-2" in heard.unread[0]


def test_esphome_sends_a_bare_number_without_a_time() -> None:
    heard = told(b"4.25", ESPHOME)
    assert (heard.measured[0].probe, heard.measured[0].celsius, heard.at_ms) == (ESPHOME_PROBE, 4.25, None)


@pytest.mark.parametrize("nothing", [b"nan", b"NaN", b"None", b"unavailable", b"unknown"])
def test_what_a_sensor_without_a_value_sends_is_a_fault_and_never_a_number(nothing: bytes) -> None:
    assert value(nothing, ESPHOME) is None


@pytest.mark.parametrize("payload", [b"", b"inf", b"-inf", b"1e999", b"4_2", b"4,5", b"ON", b"\xff\xfe", b"9" * 5000])
def test_what_is_no_number_is_refused(payload: bytes) -> None:
    with pytest.raises(NotUnderstood, match="is not a number"):
        told(payload, ESPHOME)


def test_the_things_stack_is_read_by_a_path_of_fields_and_its_nanoseconds() -> None:
    message = {
        "end_device_ids": {"device_id": "tillia-1", "dev_eui": "24E124136B502217"},
        "received_at": "2026-11-22T09:30:00.123456789Z",
        "uplink_message": {"f_cnt": 7, "decoded_payload": {"temperature": 39.2, "humidity": 61}},
    }
    heard = told(message, LORA)
    assert (heard.measured[0].probe, heard.measured[0].celsius, heard.at_ms) == (LORA_PROBE, 4.0, AT_MS + 123)


def test_chirpstack_is_read_the_same_way() -> None:
    text = (
        (TEXT + PLACES)
        .replace('time_field = "received_at"', 'time_field = "time"')
        .replace("uplink_message.decoded_payload.temperature", "object.temperatures.1")
    )
    message = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": "2026-11-22T09:30:00.433014+00:00",
        "deviceInfo": {"devEui": "24e124136b502217"},
        "object": {"temperatures": [90.0, 39.2]},
    }
    heard = told(message, LORA, sourced_fleet(text))
    assert (heard.measured[0].celsius, heard.at_ms) == (4.0, AT_MS + 433)


@pytest.mark.parametrize(
    ("temperature", "why"),
    [
        (10**400, "no thermometer shows"),
        ("4.5", "'4.5', a str and not a number"),
        (True, "a bool"),
        ([], "a list"),
        ({}, "a dict"),
    ],
)
def test_a_value_that_is_no_number_is_refused_with_what_it_is(temperature: object, why: str) -> None:
    heard = told({"temperature": temperature, "last_seen": AT_MS})
    assert heard.measured == ()
    assert why in heard.unread[0]


@pytest.mark.parametrize(
    "seen", [None, True, "yesterday", -1, 0, 1e30, 1e308, 10**400, "0001-01-01T00:00:00", [], "2026-13-01"]
)
def test_a_message_whose_time_is_none_is_refused_whole(seen: object) -> None:
    with pytest.raises(NotUnderstood, match="time"):
        told({"temperature": 4.0, "last_seen": seen})


def test_a_message_that_should_have_a_time_and_has_none_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="no 'last_seen'; where 'last_seen' should be there is temperature"):
        told({"temperature": 4.0})


@pytest.mark.parametrize("payload", [b"", b"{", b"[4]", b"4.5", b"\xff", b"null", b'{"temperature": NaN}', b"[" * 9999])
def test_what_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(NotUnderstood):
        told(payload)


def test_a_message_that_is_too_large_is_not_read() -> None:
    with pytest.raises(NotUnderstood, match="over 16384"):
        told({"temperature": 4.0, "last_seen": AT_MS, "x": "x" * 20_000})


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)


@given(
    payload=st.binary() | st.dictionaries(st.sampled_from(["temperature", "last_seen", "Time", "x"]), JSON),
    source=st.sampled_from([ZIGBEE, TASMOTA, ESPHOME, LORA]),
)
def test_whatever_comes_is_read_or_refused_and_nothing_else(payload: object, source: str) -> None:
    try:
        heard = told(payload, source)
    except NotUnderstood:
        return
    assert all(one.celsius is None or abs(one.celsius) < 1e308 for one in heard.measured)
