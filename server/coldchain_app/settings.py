"""The server's settings: one TOML file, each part's table declared beside that part."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from coldchain_contract.settings import BadSettings, Mistake, Secret, read_settings
from coldchain_dashboards.settings import WebSettings
from coldchain_server.enrolment.settings import BrokerAdminSettings
from coldchain_server.incidents.settings import IncidentSettings
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.spool.settings import SpoolSettings
from coldchain_server.store.settings import StoreSettings
from coldchain_server.words.settings import WordSettings

DEFAULT_PATH = Path("/etc/coldchain/server.toml")


class LedgerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the ledger is."""

    url: Annotated[
        Secret | None,
        msgspec.Meta(
            description="SQLAlchemy address, such as postgresql+psycopg://…; absent: SQLite in the data folder"
        ),
    ] = None


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `coldchain-server` goes by. Relative paths are seen from the settings file."""

    fleet: Annotated[str, msgspec.Meta(description="the fleet file")] = "fleet.toml"
    data: Annotated[str, msgspec.Meta(description="folder for spool, ledger and embedded store")] = "/var/lib/coldchain"
    ledger: LedgerSettings = LedgerSettings()
    mqtt: IngestSettings = IngestSettings()
    broker_admin: BrokerAdminSettings | None = None
    spool: SpoolSettings = SpoolSettings()
    store: StoreSettings = StoreSettings()
    incidents: IncidentSettings = IncidentSettings()
    notifications: NotificationSettings = NotificationSettings()
    web: WebSettings = WebSettings()
    words: WordSettings = WordSettings()


def read_server_settings(path: Path) -> ServerSettings:
    """Read `path`; raises `BadSettings` with every mistake in it, an unreadable file being one."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        found = error.strerror or str(error)
        raise BadSettings((Mistake(file=str(path), key="", found=found, allowed="a readable TOML file"),)) from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings((Mistake(file=str(path), key="", found=str(error), allowed="valid TOML"),)) from error
    beside = path.parent
    settings = read_settings(
        data, ServerSettings, file=str(path), read_file=lambda name: (beside / name).read_text(encoding="utf-8")
    )
    return msgspec.structs.replace(settings, fleet=str(beside / settings.fleet), data=str(beside / settings.data))
