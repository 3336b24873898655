"""Settings of the store: which one, where it is, and how to be let in."""

import enum
from typing import Annotated

import msgspec

from coldchain_contract.settings import Secret


class StoreKind(enum.Enum):
    """Which store keeps the readings."""

    SQLITE = "sqlite"
    INFLUXDB = "influxdb"


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[store]` table. All but `kind` and `path` are InfluxDB's and are named as `influxdb-client` names them."""

    kind: Annotated[
        StoreKind, msgspec.Meta(description="sqlite: a file on this machine; influxdb: a server of version 1, 2 or 3")
    ] = StoreKind.SQLITE
    path: Annotated[
        str, msgspec.Meta(min_length=1, description="file of the SQLite store, seen from the data folder")
    ] = "readings.sqlite"
    url: Annotated[
        str, msgspec.Meta(pattern=r"^https?://[^/?#@\s]+[^?#@\s]*$", description="address of InfluxDB, without secrets")
    ] = "http://127.0.0.1:8086"
    username: Annotated[
        str,
        msgspec.Meta(pattern=r"^[^:\s]+$", description="user of InfluxDB 1; any name will do for versions 2 and 3"),
    ] = "coldchain"
    token: Annotated[
        Secret | None,
        msgspec.Meta(description="password of the InfluxDB 1 user, or API token of versions 2 and 3; absent: none"),
    ] = None
    org: Annotated[
        str, msgspec.Meta(description="organisation in which a missing InfluxDB 2 bucket is created; empty: never")
    ] = ""
    bucket: Annotated[
        str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$", description="database or bucket of the readings")
    ] = "coldchain"
    timeout: Annotated[
        int,
        msgspec.Meta(
            ge=100, le=600_000, description="longest wait for one answer of InfluxDB", extra_json_schema={"unit": "ms"}
        ),
    ] = 10_000
    flush_interval: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            le=60_000,
            description="longest time for which readings in the spool wait for others, to be written as one batch",
            extra_json_schema={"unit": "ms"},
        ),
    ] = 1000
    enable_gzip: Annotated[
        bool | None,
        msgspec.Meta(description="compress large batches for InfluxDB; absent: where it runs on another machine"),
    ] = None
    verify_ssl: Annotated[bool, msgspec.Meta(description="refuse an https server whose certificate is not trusted")] = (
        True
    )
    ssl_ca_cert: Annotated[
        str, msgspec.Meta(description="file with the certificate that vouches for InfluxDB's; empty: the system's")
    ] = ""
