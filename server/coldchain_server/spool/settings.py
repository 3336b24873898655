"""Settings of the spool: how much each device may fill the quarantine."""

from typing import Annotated

import msgspec


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

    def quota(self) -> Quota:
        return Quota(entries=self.quarantine_entries, bytes=self.quarantine_bytes)
