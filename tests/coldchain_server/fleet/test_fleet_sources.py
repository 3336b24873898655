"""Sources in a fleet file: what each kind usually does, what they are called, and every mistake named."""

import tomllib

import pytest

from coldchain_contract.identifiers import probe_urn
from coldchain_contract.settings import BadSettings, Mistake
from coldchain_server.fleet.load import builtin_profiles, fleet_of
from coldchain_server.fleet.source import Confidence, SourceKind, TemperatureUnit, TimeUnit, local_urn
from coldchain_server.fleet.write import fleet_text
from invented.sourced_fleet import (
    COOLER,
    ESPHOME,
    FRIDGE_TAG,
    HAND,
    LORA,
    PLACES,
    TANK,
    TASMOTA,
    TEXT,
    ZIGBEE,
    probe_of,
    sourced_fleet,
)

WHOLE = TEXT + PLACES


def mistakes(*changes: tuple[str, str], text: str = WHOLE) -> list[Mistake]:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    with pytest.raises(BadSettings) as caught:
        sourced_fleet(text)
    return list(caught.value.mistakes)


def test_each_kind_is_read_as_it_usually_speaks() -> None:
    sources = sourced_fleet().sources
    assert sources[ZIGBEE].feeds[0].field == "temperature"
    assert (sources[ZIGBEE].time_field, sources[ZIGBEE].time_unit) == ("last_seen", TimeUnit.MILLISECONDS)
    assert sources[TASMOTA].time_field == "Time"
    assert (sources[ESPHOME].feeds[0].field, sources[ESPHOME].time_field) == ("", "")
    assert sources[LORA].feeds[0].unit is TemperatureUnit.FAHRENHEIT
    assert {source.report_s for source in sources.values()} == {3600, 300, 900, 31 * 86400, 43200}


def test_a_time_that_names_no_zone_is_the_sites_unless_the_source_says_otherwise() -> None:
    assert sourced_fleet().sources[LORA].zone.key == "Africa/Niamey"
    other = sourced_fleet(WHOLE.replace('kind = "tasmota"', 'kind = "tasmota"\nzone = "UTC"'))
    assert (other.sources[TASMOTA].zone.key, other.sources[ZIGBEE].zone.key) == ("UTC", "Africa/Bamako")


@pytest.mark.parametrize(
    ("source", "confidence"),
    [(ZIGBEE, Confidence.MEDIUM), (LORA, Confidence.MEDIUM), (FRIDGE_TAG, Confidence.LATE), (HAND, Confidence.LOW)],
)
def test_confidence_goes_by_where_a_reading_comes_from(source: str, confidence: Confidence) -> None:
    placement = next(place for place in sourced_fleet().placements if place.device == source)
    assert sourced_fleet().teller(placement).confidence is confidence


def test_a_hand_is_another_probe_in_each_unit_and_a_logger_the_same_wherever_it_is() -> None:
    assert probe_of(HAND, COOLER) != probe_of(HAND, TANK)
    moved = PLACES.replace('source = "fridge-tag"\nplace = "air"', 'source = "fridge-tag"\nplace = "wall"', 1)
    (elsewhere,) = (place for place in sourced_fleet(TEXT + moved).placements if place.device == FRIDGE_TAG)
    assert elsewhere.probe == probe_of(FRIDGE_TAG)


def test_what_has_no_name_gets_a_valid_one_that_no_maker_gives_away() -> None:
    name = local_urn("hand", "menaka-1", "milk")
    assert probe_urn(name) == local_urn("hand", "menaka-1", "milk")
    first = bytes.fromhex(name.removeprefix("urn:dev:mac:"))[0]
    assert first & 0b11 == 0b10  # locally administered, of one device


def test_a_fleet_with_sources_written_down_loads_as_the_same_fleet() -> None:
    fleet, builtin = sourced_fleet(), builtin_profiles()
    data = tomllib.loads(fleet_text(fleet, builtin=builtin))
    assert fleet_of(data, file="f", read_file=lambda _: "", builtin=builtin) == fleet


def test_written_down_to_be_shown_it_holds_no_phone_number() -> None:
    assert "+223" not in fleet_text(sourced_fleet(), builtin=builtin_profiles(), masked=True)


ONE_EACH = [
    (('site = "menaka"\nkind = "tasmota"', 'site = "menaca"\nkind = "tasmota"'), "sources.tasmota.site", "menaka"),
    (('kind = "zigbee2mqtt"', 'kind = "zigbe2mqtt"'), "sources.zigbee.kind", "zigbee2mqtt"),
    (("[sources.hand]", "[devices.hand]\nsite = 'menaka'\n[sources.hand]"), "sources.hand", ""),
    (('topic = "zigbee2mqtt/glaciere-1"', 'topic = "zigbee2mqtt/+"'), "sources.zigbee.probes[0].topic", ""),
    (('topic = "zigbee2mqtt/glaciere-1"', 'topic = "coldchain/v1/x"'), "sources.zigbee.probes[0].topic", ""),
    (('topic = "zigbee2mqtt/glaciere-1"', 'topic = "$SYS/x"'), "sources.zigbee.probes[0].topic", ""),
    (('topic = "zigbee2mqtt/glaciere-1"', 'topic = "tele/cuve/SENSOR"'), "sources.tasmota.probes[0].topic", ""),
    (('field = "DS18B20-2.', 'field = "DS18B20-1.'), "sources.tasmota.probes[1].field", ""),
    (('field = "uplink_message.decoded_payload.temperature"', ""), "sources.lora.probes[0].field", ""),
    (('unit = "F"', 'unit = "K"'), "sources.lora.probes[0].unit", ""),
    (('inside/state"', 'inside/state"\nfield = "v"'), "sources.esphome.probes[0].field", ""),
    (('kind = "esphome"', 'kind = "esphome"\ntime_field = "t"'), "sources.esphome.time_field", ""),
    (('kind = "hand"', 'kind = "hand"\ntime_unit = "s"'), "sources.hand.time_unit", ""),
    (('kind = "hand"', 'kind = "hand"\nserial = "1"'), "sources.hand.serial", ""),
    (('kind = "hand"', 'kind = "json"'), "sources.hand.probes", ""),
    (('source = "zigbee"', 'source = "zigbe"'), "placements[0].source", "zigbee"),
    (('source = "zigbee"', ""), "placements[0].device", ""),
    (('source = "zigbee"', 'source = "zigbee"\ndevice = "x"'), "placements[0].device", ""),
    (('source = "far-hand"', 'source = "hand"'), "placements[8].source", ""),
    (('probe = "urn:dev:ow:28ff5c79a21603da"\nunit', 'probe = "28-0316a279a4f1"\nunit'), "placements[2].probe", ""),
    (('probe = "urn:dev:ow:28ff5c79a21603da"\nunit', "unit"), "placements[2].probe", ""),
    (('phone = "+22790000002"', 'phone = "+22370000001"'), "contacts.moussa.phone", ""),
    (('phone = "+22790000002"', 'phone = "90000002"'), "contacts.moussa.phone", ""),
    (('kind = "logger"', 'kind = "logger"\nreport_s = 0'), "sources.fridge-tag.report_s", ""),
]


@pytest.mark.parametrize(
    ("change", "key", "near"), ONE_EACH, ids=[f"{key}-{n}" for n, (_, key, _) in enumerate(ONE_EACH)]
)
def test_each_mistake_is_named_with_its_key_and_the_nearest_name(change: tuple[str, str], key: str, near: str) -> None:
    found = {mistake.key: mistake for mistake in mistakes(change)}
    assert key in found
    assert found[key].near == near
    assert found[key].allowed


def test_all_mistakes_are_reported_at_once() -> None:
    found = mistakes(
        ('kind = "zigbee2mqtt"', 'kind = "bluetooth"'),
        ('topic = "tele/cuve/SENSOR"', 'topic = "tele/#"'),
        ('source = "lora"', 'source = "laura"'),
    )
    assert {"sources.zigbee.kind", "sources.tasmota.probes[0].topic", "placements[4].source"} <= {
        mistake.key for mistake in found
    }


def test_a_hand_and_a_logger_stand_beside_a_probe_and_no_second_hand_does() -> None:
    again = PLACES.split("\n\n")[-1].replace("tillia-1", "menaka-1").replace("far-hand", "hand")
    (mistake,) = mistakes(text=WHOLE + "\n" + again)
    assert mistake.key == "placements[9].from"


def test_sources_kinds_have_their_words() -> None:
    assert {kind.value for kind in SourceKind if not kind.live} == {"logger", "hand"}
