"""Settings of incidents: how long a larger cause is waited for, what counts as together, when it counts as flapping."""

from typing import Annotated

import msgspec
from msgspec import Meta

_SECONDS = {"unit": "s"}


class IncidentSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[incidents]`: spans are of the server's clock. What is found in milk is held by none of them."""

    hold_s: Annotated[
        int,
        Meta(
            ge=0,
            le=1800,
            description="how long silence is held at most where other sites or devices are not heard either",
            extra_json_schema=_SECONDS,
        ),
    ] = 600
    power_hold_s: Annotated[
        int,
        Meta(ge=0, le=600, description="how long lost power is held", extra_json_schema=_SECONDS),
    ] = 60
    together_s: Annotated[
        int,
        Meta(ge=60, le=7200, description="how far apart sites may fall for one cause", extra_json_schema=_SECONDS),
    ] = 900
    outage_sites: Annotated[
        int, Meta(ge=2, le=1000, description="how many sites that fall together are one outage")
    ] = 3
    straggler_s: Annotated[
        int,
        Meta(
            ge=0,
            le=86400,
            description="when those that are left of a larger cause stand for themselves, after the last came back",
            extra_json_schema=_SECONDS,
        ),
    ] = 1800
    reopen_s: Annotated[
        int,
        Meta(
            ge=0,
            le=86400,
            description="how soon after its end a breach is the same incident again",
            extra_json_schema=_SECONDS,
        ),
    ] = 1800
    flaps: Annotated[
        int, Meta(ge=1, le=100, description="after how many returns an incident stays open until it is calm")
    ] = 3
    calm_s: Annotated[
        int,
        Meta(ge=60, le=7 * 86400, description="how long what came and went must be fine", extra_json_schema=_SECONDS),
    ] = 7200
