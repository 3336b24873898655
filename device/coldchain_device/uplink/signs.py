"""Signs of life: what the uplink knows of the way to the server, for whoever mends it."""

import msgspec


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """`unheard_since_s` (monotonic seconds): since when the server owes its word for what was sent, or cannot be told
    anything; None: all is well. `broker_answers`: the network works, so a silent server is the server's own trouble.
    """

    unheard_since_s: float | None
    broker_answers: bool
