"""One message as it came from the broker."""

import msgspec


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it came. `retained`: the broker had kept it, it was not sent just now."""

    topic: str
    payload: bytes
    received_ms: int
    retained: bool = False
