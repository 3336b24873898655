"""One message as it came from the broker."""

import msgspec


class Arrival(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message as it came. `retained`: the broker had kept it, it was not sent just now.

    The topic is empty, which no rule allows, where the broker let through what is not UTF-8. With `mid` it is
    acknowledged, where its quality of service is not 0.
    """

    topic: str
    payload: bytes
    received_ms: int
    retained: bool = False
    mid: int = 0
    qos: int = 0
