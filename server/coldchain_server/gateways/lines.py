"""What a missed call to one of our numbers says."""

import enum


class LineAnswer(enum.Enum):
    """The answers a line may stand for; the values are those of the handlings they lead to."""

    HEARD = "heard"
    MILK_MOVED = "milk-moved"
    POWER_OUT = "power-out"
    LOOKING = "will-look"
