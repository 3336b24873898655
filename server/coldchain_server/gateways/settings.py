"""Settings of the gateways to phones: a modem, and the services that send SMS and call over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from coldchain_contract.settings import Secret
from coldchain_server.gateways.lines import LineAnswer

_S = {"unit": "s"}
Address = Annotated[str, Meta(pattern="^https?://[^/ ]+$")]
_Path = Annotated[str, Meta(pattern="^/")]
_Phone = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ModemSettings(_Table, frozen=True, kw_only=True):
    """`[notifications.modem]`: the folders of a gammu-smsd with `Service = files`."""

    folder: Annotated[
        str, Meta(pattern="^/", description="folder in which gammu-smsd has `inbox`, `outbox`, `sent` and `error`")
    ]
    config: Annotated[
        _Path | None,
        Meta(description="gammu-smsd's own settings file, to ask it whether it runs; absent: only its folders tell"),
    ] = None
    stuck_after_s: Annotated[
        int,
        Meta(
            ge=30,
            le=86400,
            description="how long a message may lie in the outbox before the modem counts as dead",
            extra_json_schema=_S,
        ),
    ] = 600


class AfricasTalkingSettings(_Table, frozen=True, kw_only=True):
    """`[notifications.africas_talking]`: an account there."""

    username: Annotated[str, Meta(min_length=1, description="name of the application there")]
    api_key: Annotated[Secret, Meta(description="its API key")]
    sender: Annotated[
        str | None, Meta(description="short code or name that SMS come from; absent: the service's own")
    ] = None
    caller: Annotated[_Phone | None, Meta(description="the number there that calls come from; absent: no calls")] = None
    api: Annotated[Address, Meta(description="where SMS are handed over")] = "https://api.africastalking.com"
    voice_api: Annotated[Address, Meta(description="where calls are asked for")] = "https://voice.africastalking.com"


class TwilioSettings(_Table, frozen=True, kw_only=True):
    """`[notifications.twilio]`: an account there."""

    account_sid: Annotated[str, Meta(pattern="^AC[0-9a-fA-F]{32}$", description="the account's SID")]
    auth_token: Annotated[Secret, Meta(description="its token; what Twilio posts here is checked with it, too")]
    sender: Annotated[str | None, Meta(description="the number or name that SMS come from; absent: no SMS")] = None
    caller: Annotated[_Phone | None, Meta(description="the number that calls come from; absent: no calls")] = None
    api: Annotated[Address, Meta(description="where SMS and calls are asked for")] = "https://api.twilio.com"


class LineSettings(_Table, frozen=True, kw_only=True):
    """`[[notifications.lines]]`: a number that people ring and hang up, which costs them nothing."""

    number: Annotated[_Phone, Meta(description="the number that people ring")]
    answer: Annotated[LineAnswer, Meta(description="what ringing it says")] = LineAnswer.HEARD


class Gateways(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages go by that gateways post to: whom to believe, and what a missed call says."""

    public_url: str | None = None
    africas_talking: AfricasTalkingSettings | None = None
    twilio: TwilioSettings | None = None
    lines: tuple[LineSettings, ...] = ()

    def answer_of(self, line: str) -> LineAnswer:
        """Return what a missed call to one of our numbers says: heard, where nothing else is set for it."""
        return next((one.answer for one in self.lines if one.number == line), LineAnswer.HEARD)
