"""Settings of enrolment: the broker's administrator."""

from typing import Annotated

import msgspec

from coldchain_contract.settings import Secret


class BrokerAdminSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[broker_admin]` table: who may change the broker's access list. Host, port and TLS are those of `[mqtt]`."""

    password: Annotated[Secret, msgspec.Meta(description="password given to `mosquitto_ctrl dynsec init`")]
    username: Annotated[str, msgspec.Meta(min_length=1, description="user given to `mosquitto_ctrl dynsec init`")] = (
        "admin"
    )
