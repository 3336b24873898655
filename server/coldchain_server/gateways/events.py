"""What gateways post to us, in one shape whoever posts it."""

import enum

import msgspec


class Report(enum.Enum):
    """What became of a message that a gateway took."""

    ARRIVED = "arrived"
    LOST = "lost"


class Texted(msgspec.Struct, frozen=True, kw_only=True):
    """An SMS that somebody sent. `id` is the gateway's, the same when it is posted again; empty: none."""

    sender: str
    body: str
    id: str


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """A report on a message by a channel of one of `kinds`, which the gateway calls `reference`.

    `why` is a word of the gateway's own, or empty.
    """

    kinds: frozenset[str]
    reference: str
    report: Report
    why: str = ""


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a call. `id` is the gateway's name for the call, `message` our id of what it tells, if it says that.

    `line` is our number of the two. `ended` is the last event of a call; `answered` then says whether anybody heard it.
    """

    id: str
    caller: str
    line: str
    incoming: bool
    ended: bool
    answered: bool = False
    digits: str = ""
    message: str = ""
