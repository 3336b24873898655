"""Settings of the spool: how much each device may fill the quarantine."""

from typing import Annotated

import msgspec

from coldchain_server.spool.room import RESERVE_BYTES


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """The most of the quarantine that one device may fill. Whatever no known device sent shares one quota."""

    entries: int
    bytes: int


class SpoolSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[spool]` table."""

    quarantine_entries: Annotated[
        int, msgspec.Meta(ge=1, le=1_000_000, description="most quarantined messages kept for one device")
    ] = 1000
    quarantine_bytes: Annotated[
        int,
        msgspec.Meta(
            ge=1024,
            le=2**40,
            description="most bytes of quarantined messages kept for one device",
            extra_json_schema={"unit": "B"},
        ),
    ] = 16 * 1024 * 1024

    reserve_bytes: Annotated[
        int,
        msgspec.Meta(
            ge=2**20,
            le=2**40,
            description="room left on the disk; with less, nothing is taken in until what waits has gone to the store",
            extra_json_schema={"unit": "B"},
        ),
    ] = RESERVE_BYTES

    def quota(self) -> Quota:
        return Quota(entries=self.quarantine_entries, bytes=self.quarantine_bytes)
