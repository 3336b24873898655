"""Lower confidence stands beside every value, as a picture and as words, and in what programs read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Reading
from coldchain_server.ledger.tables import IncidentRow, LatestRow
from coldchain_server.store.protocol import Point
from invented.browsing import signed_in
from invented.sourced_fleet import COOLER, HAND, LORA_PROBE, TANK, TASMOTA_PROBES, probe_of, sourced_fleet
from invented.world import HOUR_MS, MINUTE_MS, NOW_MS, World, empty_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A tank that a Tasmota measures, checked by hand; a cooler whose Zigbee sensor was never heard."""
    world = empty_world(tmp_path, sourced_fleet())
    for probe, celsius in ((TASMOTA_PROBES[0], 6.4), (probe_of(HAND, TANK), 5.9), (LORA_PROBE, 4.1)):
        heard(world, probe, celsius)
    readings = [Reading(probe=TASMOTA_PROBES[0], at_ms=NOW_MS - n * 5 * MINUTE_MS, value=6.4) for n in range(24)]
    readings += [Reading(probe=probe_of(HAND, TANK), at_ms=NOW_MS - n * HOUR_MS, value=5.9) for n in (1, 2)]
    assert world.store.write([Point(reading=one, sequence=n) for n, one in enumerate(readings, start=1)]) == []
    yield world
    world.close()


def heard(world: World, probe: ProbeUrn, celsius: float) -> None:
    at_ms = NOW_MS - MINUTE_MS
    with world.sessions.begin() as session:
        session.add(
            LatestRow(
                probe=probe,
                at_ms=at_ms,
                received_ms=at_ms,
                value=celsius,
                quality="ok",
                ok_at_ms=at_ms,
                ok_value=celsius,
                estimated=False,
            )
        )


def incident(world: World) -> int:
    number = world.incident(TANK)
    with world.sessions.begin() as session:
        session.get_one(IncidentRow, number).subject = TASMOTA_PROBES[0]
    return number


def marks(page: str) -> list[str]:
    """Return the words of each mark that has a picture beside it."""
    parts = page.split('<span class="trust">')[1:]
    assert all(part.startswith('<svg class="i"') for part in parts)
    return [part.split("</svg>")[1].split("<")[0] for part in parts]


def test_the_first_page_marks_each_value_that_is_not_of_our_own_probe(world: World) -> None:
    assert marks(signed_in(world, language="en").get("/").text) == ["other sensor"] * 2


def test_a_units_page_marks_its_value_its_probes_and_its_curves(world: World) -> None:
    page = signed_in(world, language="fr").get(f"/units/{TANK}").text
    assert marks(page).count("à la main") == 2  # in the legend and among the probes
    assert marks(page).count("autre capteur") == 6
    assert 'class="line milk dots"' in page


def test_an_incident_marks_what_it_rests_on(world: World) -> None:
    number = incident(world)
    client = signed_in(world, language="en")
    for path in (f"/incidents/{number}", "/incidents"):
        assert marks(client.get(path).text) == ["other sensor"]


def test_programs_are_told_the_confidence_of_each_value(world: World) -> None:
    incident(world)
    client = signed_in(world)
    units = {unit["id"]: unit["confidence"] for unit in client.get("/api/v1/units").json["units"]}  # type: ignore[index]
    assert units == {TANK: "medium", "tillia-1": "medium", COOLER: None, "menaka-3": None}
    story = client.get(f"/api/v1/units/{TANK}").json
    assert story is not None
    assert sorted(probe["confidence"] for probe in story["probes"]) == ["low", "medium", "medium"]
    assert [one["confidence"] for one in client.get("/api/v1/incidents").json["incidents"]] == ["medium"]  # type: ignore[index]


def test_what_our_own_probe_measured_needs_no_mark(quiet_world: World) -> None:
    quiet_world.latest(2, 4.1)
    page = signed_in(quiet_world).get("/").text
    assert "4.1" in page
    assert marks(page) == []


def test_a_source_is_no_box_that_could_blink(world: World) -> None:
    page = signed_in(world, "technician").get(f"/units/{TANK}").text
    assert "/boxes/" not in page
