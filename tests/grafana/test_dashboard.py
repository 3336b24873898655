"""The Grafana dashboard: its files are read, and its queries answer on a real InfluxDB. Grafana itself is not run."""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from coldchain_contract.readings import Quality, Reading
from coldchain_server.store.influxdb.store import InfluxdbStore
from coldchain_server.store.protocol import Point
from coldchain_server.store.settings import StoreKind, StoreSettings
from invented.fleet import urn
from servers.influxdb import Influxdb

GRAFANA = Path(__file__).parents[2] / "dashboards" / "grafana"
START_MS, MINUTE_MS = 1_793_000_040_000, 60_000
FAULTS = (Quality.CRC, Quality.POR85, Quality.RANGE)


def dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "probes.json").read_text(encoding="utf-8"))
    return board


def queries(title: str) -> list[str]:
    """Return a panel's queries as Grafana sends them for every probe and the hour that was stored."""
    (panel,) = [panel for panel in dashboard()["panels"] if panel["title"].startswith(title)]
    filled = {
        "/^$probe$/": f"/^({urn(2)}|{urn(3)})$/",
        "$timeFilter": f"time >= {START_MS}ms AND time < {START_MS + 60 * MINUTE_MS}ms",
        "$__interval": "10m",
    }
    found = [target["query"] for target in panel["targets"]]
    for variable, value in filled.items():
        found = [query.replace(variable, value) for query in found]
    return found


@pytest.fixture
def filled(influxdb: Influxdb) -> Iterator[Influxdb]:
    """An InfluxDB with an hour of two probes; three readings of the first have no value."""
    store = InfluxdbStore(StoreSettings(kind=StoreKind.INFLUXDB, url=influxdb.url))
    store.prepare()
    faulty = dict(zip((5, 15, 16), FAULTS, strict=True))
    points = [
        Point(reading=one(urn(number), minute, faulty.get(minute) if number == 2 else None), sequence=minute + 1)
        for number in (2, 3)
        for minute in range(60)
    ]
    assert store.write(points) == []
    yield influxdb
    store.close()


def one(probe: Any, minute: int, fault: Quality | None) -> Reading:
    return Reading(
        probe=probe,
        at_ms=START_MS + minute * MINUTE_MS,
        value=None if fault else 4.0 + minute / 10,
        quality=fault or Quality.OK,
    )


def asked(server: Influxdb, query: str) -> list[dict[str, Any]]:
    """Return the series InfluxDB answers with."""
    asking = urllib.parse.urlencode({"db": "coldchain", "epoch": "ms", "q": query})
    with urllib.request.urlopen(f"{server.url}/query?{asking}", timeout=5) as answer:
        (result,) = json.loads(answer.read())["results"]
    assert "error" not in result, result
    return list(result.get("series", []))


def test_temperatures_are_one_series_a_probe(filled: Influxdb) -> None:
    (query,) = queries("Temperature")
    series = asked(filled, query)
    assert {one["tags"]["probe"] for one in series} == {urn(2), urn(3)}


def test_lowest_and_highest_are_the_extremes(filled: Influxdb) -> None:
    lowest, highest = (asked(filled, query) for query in queries("Lowest"))
    assert min(value for one in lowest for _, value in one["values"] if value is not None) == 4.0
    assert max(value for one in highest for _, value in one["values"] if value is not None) == 9.9


def test_each_fault_is_counted_by_its_name(filled: Influxdb) -> None:
    counts = [
        sum(value for one in asked(filled, query) for _, value in one["values"])
        for query in queries("Readings without")
    ]
    named = [re.search(r"'(\w+)'", query) for query in queries("Readings without")]
    by_name = {match[1]: count for match, count in zip(named, counts, strict=True) if match}
    assert {name for name, count in by_name.items() if count == 1} == {fault.value for fault in FAULTS}
    assert sum(counts) == 3


def test_readings_with_a_value_are_counted_without_the_faults(filled: Influxdb) -> None:
    (query,) = queries("Readings with a value")
    totals = {one["tags"]["probe"]: sum(value for _, value in one["values"]) for one in asked(filled, query)}
    assert totals == {urn(2): 57, urn(3): 60}


def test_the_probes_to_choose_from_are_those_stored(filled: Influxdb) -> None:
    (variable,) = dashboard()["templating"]["list"]
    (series,) = asked(filled, variable["query"])
    assert {value for _, value in series["values"]} == {urn(2), urn(3)}


def test_every_fault_a_device_can_name_is_on_the_dashboard() -> None:
    shown = {match for query in queries("Readings without") for match in re.findall(r"'(\w+)'", query)}
    assert shown == {quality.value for quality in Quality} - {"ok", "stuck", "jump"}


def test_the_data_source_is_the_one_the_dashboard_asks() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "influxdb.yaml").read_text())["datasources"]
    assert {panel["datasource"]["uid"] for panel in dashboard()["panels"]} == {source["uid"]}
    assert (source["type"], source["basicAuth"]) == ("influxdb", True)
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "coldchain.yaml").read_text())["providers"]
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
