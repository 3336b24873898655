"""An invented fleet without a device of ours: one source of each kind, a site in each zone, people with phones."""

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId
from coldchain_server.fleet.load import fleet_of_text
from coldchain_server.fleet.model import Fleet

MENAKA, TILLIA = SiteId("menaka"), SiteId("tillia")
COOLER, TANK, FREEZER, FAR = UnitId("menaka-1"), UnitId("menaka-2"), UnitId("menaka-3"), UnitId("tillia-1")
ZIGBEE, TASMOTA, ESPHOME, LORA = (DeviceId(name) for name in ("zigbee", "tasmota", "esphome", "lora"))
FRIDGE_TAG, HAND, FAR_HAND = DeviceId("fridge-tag"), DeviceId("hand"), DeviceId("far-hand")
ZIGBEE_PROBE = ProbeUrn("urn:dev:mac:00158d0002c907ff")
TASMOTA_PROBES = ProbeUrn("urn:dev:ow:2884dad5030000af"), ProbeUrn("urn:dev:ow:28ff5c79a21603da")
ESPHOME_PROBE = ProbeUrn("urn:dev:mac:a4cf12fffe0b3c58")
LORA_PROBE = ProbeUrn("urn:dev:mac:24e124136b502217")
SERIAL = "160400000001"
AMINATA, MOUSSA = "+22370000001", "+22790000002"

TEXT = f"""
[sites.menaka]
name = "Ménaka"
zone = "Africa/Bamako"

[sites.tillia]
name = "Tillia"
zone = "Africa/Niamey"

[units.menaka-1]
site = "menaka"
name = "Glacière 1"
kind = "cooler"
profile = "daily"

[units.menaka-2]
site = "menaka"
name = "Cuve"
kind = "tank"
profile = "daily"

[units.menaka-3]
site = "menaka"
name = "Congélateur"
kind = "freezer"
profile = "daily"

[units.tillia-1]
site = "tillia"
name = "Glacière"
kind = "cooler"
profile = "daily"

[sources.zigbee]
site = "menaka"
kind = "zigbee2mqtt"
time_field = "last_seen"

[[sources.zigbee.probes]]
probe = "{ZIGBEE_PROBE}"
topic = "zigbee2mqtt/glaciere-1"

[sources.tasmota]
site = "menaka"
kind = "tasmota"

[[sources.tasmota.probes]]
probe = "{TASMOTA_PROBES[0]}"
topic = "tele/cuve/SENSOR"
field = "DS18B20-1.Temperature"

[[sources.tasmota.probes]]
probe = "{TASMOTA_PROBES[1]}"
topic = "tele/cuve/SENSOR"
field = "DS18B20-2.Temperature"

[sources.esphome]
site = "menaka"
kind = "esphome"

[[sources.esphome.probes]]
probe = "{ESPHOME_PROBE}"
topic = "congelateur/sensor/inside/state"

[sources.lora]
site = "tillia"
kind = "json"
time_field = "received_at"

[[sources.lora.probes]]
probe = "{LORA_PROBE}"
topic = "v3/lait@ttn/devices/tillia-1/up"
field = "uplink_message.decoded_payload.temperature"
unit = "F"

[sources.fridge-tag]
site = "menaka"
kind = "logger"
serial = "{SERIAL}"

[sources.hand]
site = "menaka"
kind = "hand"

[sources.far-hand]
site = "tillia"
kind = "hand"

[contacts.aminata]
name = "Aminata"
language = "fr"
role = "cooperative"
sites = ["menaka"]
channels = ["console:"]
phone = "{AMINATA}"

[contacts.moussa]
name = "Moussa"
language = "en"
role = "technician"
sites = ["*"]
channels = ["console:"]
phone = "{MOUSSA}"
"""

PLACES = f"""
[[placements]]
probe = "{ZIGBEE_PROBE}"
unit = "menaka-1"
source = "zigbee"
place = "wall"
from = 2026-01-01T00:00:00Z

[[placements]]
probe = "{TASMOTA_PROBES[0]}"
unit = "menaka-2"
source = "tasmota"
place = "milk"
from = 2026-01-01T00:00:00Z

[[placements]]
probe = "{TASMOTA_PROBES[1]}"
unit = "menaka-2"
source = "tasmota"
place = "air"
from = 2026-01-01T00:00:00Z

[[placements]]
probe = "{ESPHOME_PROBE}"
unit = "menaka-3"
source = "esphome"
place = "air"
from = 2026-01-01T00:00:00Z

[[placements]]
probe = "{LORA_PROBE}"
unit = "tillia-1"
source = "lora"
place = "wall"
from = 2026-01-01T00:00:00Z

[[placements]]
unit = "menaka-1"
source = "fridge-tag"
place = "air"
from = 2025-01-01T00:00:00Z

[[placements]]
unit = "menaka-1"
source = "hand"
place = "milk"
from = 2026-01-01T00:00:00Z

[[placements]]
unit = "menaka-2"
source = "hand"
place = "milk"
from = 2026-01-01T00:00:00Z

[[placements]]
unit = "tillia-1"
source = "far-hand"
place = "milk"
from = 2026-01-01T00:00:00Z
"""


def sourced_fleet(text: str = TEXT + PLACES) -> Fleet:
    return fleet_of_text(text, file="fleet.toml", read_file=_no_file)


def _no_file(name: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", name)


def probe_of(source: DeviceId, unit: UnitId = COOLER) -> ProbeUrn:
    """Return the name that a probe without one was given."""
    placements = sourced_fleet().placements
    return next(place.probe for place in placements if (place.device, place.unit) == (source, unit))
