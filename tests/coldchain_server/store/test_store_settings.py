"""The `[store]` table: what it takes, what it refuses, and which store it leads to."""

from pathlib import Path

import pytest

from coldchain_contract.settings import BadSettings, effective, read_settings
from coldchain_server.store.influxdb.store import InfluxdbStore
from coldchain_server.store.open import open_store
from coldchain_server.store.settings import StoreKind, StoreSettings
from coldchain_server.store.sqlite import SqliteStore


def read(data: dict[str, object]) -> StoreSettings:
    return read_settings(data, StoreSettings, file="server.toml", read_file=lambda path: f"read from {path}\n")


def test_nothing_said_is_the_embedded_store_in_the_data_folder(tmp_path: Path) -> None:
    store = open_store(read({}), folder=tmp_path)
    assert isinstance(store, SqliteStore)
    assert store.path == tmp_path / "readings.sqlite"
    assert list(tmp_path.iterdir()) == [], "nothing is created before it is prepared"


def test_influxdb_is_opened_without_reaching_it() -> None:
    store = open_store(read({"kind": "influxdb", "url": "https://influxdb.example:8086"}), folder=Path("nowhere"))
    assert isinstance(store, InfluxdbStore)
    store.close()


def test_the_token_may_come_from_a_file_and_is_never_shown() -> None:
    settings = read({"kind": "influxdb", "token_file": "influxdb.token"})
    assert settings.kind is StoreKind.INFLUXDB
    assert settings.token is not None
    assert settings.token.reveal() == "read from influxdb.token"
    assert "read from" not in effective(settings) + repr(settings)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("kind", "postgresql"),
        ("url", "influxdb.example:8086"),
        ("url", "http://user:secret@influxdb.example:8086"),
        ("username", "milk:maid"),
        ("bucket", 'milk"; DROP DATABASE x'),
        ("bucket", ""),
        ("timeout", 5),
        ("path", ""),
    ],
)
def test_what_cannot_work_is_refused_by_name(key: str, wrong: object) -> None:
    with pytest.raises(BadSettings) as bad:
        read({key: wrong})
    assert [mistake.key for mistake in bad.value.mistakes] == [key]
