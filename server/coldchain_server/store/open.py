"""Opening the store the settings ask for."""

from pathlib import Path

from coldchain_server.store.protocol import Store
from coldchain_server.store.settings import StoreKind, StoreSettings
from coldchain_server.store.sqlite import SqliteStore


def open_store(settings: StoreSettings, *, folder: Path) -> Store:
    """Return the store; nothing is reached or created before its `prepare`. `folder` is the data folder."""
    if settings.kind is StoreKind.SQLITE:
        return SqliteStore(folder / settings.path)
    # Imported here because influxdb-client takes 50 MiB that a Pi with the embedded store does not have to spare.
    from coldchain_server.store.influxdb.store import InfluxdbStore  # noqa: PLC0415

    return InfluxdbStore(settings)
