"""The page on stores names every setting and field, and its example loads."""

import re
import sqlite3
import time
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.settings import describe, read_settings
from coldchain_server.store.influxdb import queries
from coldchain_server.store.influxdb.answers import BucketMissing, Place
from coldchain_server.store.influxdb.line_protocol import MEASUREMENT
from coldchain_server.store.influxdb.store import InfluxdbStore
from coldchain_server.store.protocol import Point
from coldchain_server.store.settings import StoreKind, StoreSettings
from coldchain_server.store.sqlite import SqliteStore
from servers.influxdb import Influxdb

MILK = ProbeUrn("urn:dev:ow:28ff5c79a21603da")
PAGE = (Path(__file__).parents[2] / "docs" / "stores.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


@pytest.mark.parametrize("setting", [setting.key for setting in describe(StoreSettings)])
def test_every_setting_is_on_the_page(setting: str) -> None:
    assert setting in NAMED


def test_every_field_and_tag_is_on_the_page() -> None:
    asked = set(re.findall(r'"([a-z_]+)"', queries.newest([MILK])[0]))
    assert MEASUREMENT in asked
    assert asked <= NAMED


def test_the_example_loads() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    settings = read_settings(
        tomllib.loads(example)["store"], StoreSettings, file="server.toml", read_file=lambda path: f"from {path}"
    )
    assert settings.token is not None
    assert settings.org == "cooperatives"


def test_the_embedded_stores_file_can_be_asked_as_the_page_says(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "readings.sqlite")
    store.prepare()
    store.write([Point(reading=Reading(probe=MILK, at_ms=0, value=4.0), sequence=1)])
    store.write([Point(reading=Reading(probe=MILK, at_ms=1000, value=None, quality=Quality.CRC), sequence=2)])
    query = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)[0]
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute(query).fetchall() == [
            (MILK, "1970-01-01 00:00:00", 4.0, "ok"),
            (MILK, "1970-01-01 00:00:01", None, "crc"),
        ]
    store.close()


def test_influxdb_can_be_asked_as_the_page_says(influxdb: Influxdb) -> None:
    store = InfluxdbStore(StoreSettings(kind=StoreKind.INFLUXDB, url=influxdb.url))
    store.prepare()
    now_ms = time.time_ns() // 1_000_000  # the query goes by the server's own clock
    store.write([Point(reading=Reading(probe=MILK, at_ms=now_ms, value=4.0), sequence=1)])
    (series,) = store._asked(re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)[1].strip())
    assert series.values == [[now_ms, 4.0, "ok"]]
    store.close()


def test_the_commands_that_create_a_bucket_are_those_an_error_names() -> None:
    said = str(BucketMissing(Place("http://influxdb.example", "coldchain"), "database not found"))
    commands = [
        'CREATE DATABASE "coldchain"',
        "influx bucket create -n coldchain",
        "influx v1 dbrp create --db coldchain --rp autogen --default --bucket-id ID",
        "influxdb3 create database coldchain",
    ]
    assert [command for command in commands if command not in said or command not in NAMED] == []
