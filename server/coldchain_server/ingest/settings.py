"""Settings of ingest: which broker, as whom, and how much at once."""

from typing import Annotated

import msgspec

from coldchain_contract.settings import Secret

_SECONDS = {"unit": "s"}


class IngestSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[mqtt]` table. Times are real seconds, whatever clock a run declares."""

    host: Annotated[str, msgspec.Meta(min_length=1, description="name or address of the broker")] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535, description="TCP port of the broker")] = 1883
    username: Annotated[
        str, msgspec.Meta(description="user name, as `coldchain-server enrol --server` made it; used with a password")
    ] = "coldchain-server"
    password: Annotated[
        Secret | None, msgspec.Meta(description="password of that user; absent: the broker is asked for nothing")
    ] = None
    tls: Annotated[bool, msgspec.Meta(description="encrypt and check the broker's certificate")] = False
    ca_file: Annotated[
        str, msgspec.Meta(description="file with the certificate that vouches for the broker's; empty: the system's")
    ] = ""
    client_id: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[A-Za-z0-9-]{1,64}$",
            description="name of the broker's session; never the same for two running servers",
        ),
    ] = "coldchain-server"
    workers: Annotated[
        int,
        msgspec.Meta(
            ge=1, le=16, description="processes that take readings from the broker; the others are started by the first"
        ),
    ] = 1
    keepalive: Annotated[
        int, msgspec.Meta(ge=5, le=600, description="silence before a ping", extra_json_schema=_SECONDS)
    ] = 60
    batch_messages: Annotated[
        int, msgspec.Meta(ge=1, le=100_000, description="most messages in one transaction of the spool")
    ] = 5000
    batch_bytes: Annotated[
        int,
        msgspec.Meta(
            ge=1024,
            le=2**30,
            description="bytes of messages after which the broker is not read further until they are durable",
            extra_json_schema={"unit": "B"},
        ),
    ] = 16 * 1024 * 1024
    batch_seconds: Annotated[
        float,
        msgspec.Meta(ge=0.01, le=5.0, description="longest time to gather one batch", extra_json_schema=_SECONDS),
    ] = 0.1
