"""Settings of notifications: how long a channel may take, when it is tried again, and when news is too old to tell."""

from typing import Annotated

import msgspec
from msgspec import Meta

from coldchain_server.gateways.settings import (
    Address,
    AfricasTalkingSettings,
    Gateways,
    LineSettings,
    ModemSettings,
    TwilioSettings,
)

_SECONDS = {"unit": "s"}


class NotificationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[notifications]`: spans are of the server's clock, the two timeouts of real time."""

    connect_timeout_s: Annotated[
        float, Meta(gt=0, le=60, description="how long a channel may take to connect", extra_json_schema=_SECONDS)
    ] = 10.0
    answer_timeout_s: Annotated[
        float, Meta(gt=0, le=120, description="how long a channel may take to answer", extra_json_schema=_SECONDS)
    ] = 20.0
    first_retry_s: Annotated[
        int,
        Meta(ge=1, le=3600, description="wait after the first failure; doubles each time", extra_json_schema=_SECONDS),
    ] = 30
    longest_retry_s: Annotated[
        int, Meta(ge=1, le=86400, description="the longest wait between two attempts", extra_json_schema=_SECONDS)
    ] = 900
    critical_expires_s: Annotated[
        int, Meta(ge=60, le=7 * 86400, description="when a critical message is given up", extra_json_schema=_SECONDS)
    ] = 12 * 3600
    warning_expires_s: Annotated[
        int,
        Meta(
            ge=60,
            le=7 * 86400,
            description="when a warning is given up, counted from the end of the curfew it waited for",
            extra_json_schema=_SECONDS,
        ),
    ] = 2 * 3600
    first_reminder_s: Annotated[
        int,
        Meta(
            ge=60,
            le=86400,
            description="when people are first reminded of what nobody has answered; doubles each time",
            extra_json_schema=_SECONDS,
        ),
    ] = 1800
    longest_reminder_s: Annotated[
        int, Meta(ge=60, le=7 * 86400, description="the longest wait between two reminders", extra_json_schema=_SECONDS)
    ] = 6 * 3600
    per_hour: Annotated[
        int,
        Meta(ge=1, le=1000, description="messages to one person in an hour; more wait, save that milk is in danger"),
    ] = 6
    heartbeat_hour: Annotated[
        int, Meta(ge=0, le=23, description="hour of the site's local day at which its daily trial is sent")
    ] = 9
    heartbeat_within_s: Annotated[
        int,
        Meta(
            ge=300,
            le=86400,
            description="when a daily trial of which nothing is heard counts as lost",
            extra_json_schema=_SECONDS,
        ),
    ] = 3 * 3600
    in_parallel: Annotated[int, Meta(ge=1, le=64, description="how many messages leave at the same time")] = 8
    # What phones are reached by: a modem, and services over HTTP.
    public_url: Annotated[
        Address | None,
        Meta(description="where gateways reach the pages, such as https://lait.example.org; absent: they do not"),
    ] = None
    modem: ModemSettings | None = None
    africas_talking: AfricasTalkingSettings | None = None
    twilio: TwilioSettings | None = None
    lines: Annotated[tuple[LineSettings, ...], Meta(description="numbers that people ring and hang up to answer")] = ()

    def gateways(self) -> Gateways:
        """Return what the pages go by that gateways post to."""
        return Gateways(
            public_url=self.public_url, africas_talking=self.africas_talking, twilio=self.twilio, lines=self.lines
        )
