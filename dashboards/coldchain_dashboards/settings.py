"""The settings of the pages."""

from typing import Annotated

import msgspec

from coldchain_contract.settings import Secret

_S = {"unit": "s"}


class WebSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the pages listen and how they behave."""

    host: Annotated[str, msgspec.Meta(description="address to listen on; 0.0.0.0 for every network")] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535, description="port to listen on; 0 for any that is free")] = 8080
    https: Annotated[
        bool, msgspec.Meta(description="pages are reached through https only: cookies are then sent over nothing else")
    ] = False
    secret_key: Annotated[
        Secret | None,
        msgspec.Meta(description="key that signs sessions; absent: one made at the first start and kept"),
    ] = None
    refresh_s: Annotated[
        float, msgspec.Meta(ge=1, le=3600, description="how often an open page looks for news", extra_json_schema=_S)
    ] = 60.0
    language: Annotated[
        str, msgspec.Meta(pattern="^(fr|en)$", description="language for whoever has not said theirs: fr or en")
    ] = "fr"
    sign_in_tries: Annotated[
        int, msgspec.Meta(ge=1, le=1000, description="wrong passwords from one address or for one name before a wait")
    ] = 8
    sign_in_wait_s: Annotated[
        float,
        msgspec.Meta(ge=1, le=86400, description="how long wrong passwords are remembered", extra_json_schema=_S),
    ] = 300.0
    sms_key: Annotated[
        Secret | None,
        msgspec.Meta(description="key in the address that an SMS gateway posts readings to; absent: none may"),
    ] = None
    metrics_token: Annotated[
        Secret | None,
        msgspec.Meta(description="bearer token for /metrics; absent: only this machine itself may read them"),
    ] = None
