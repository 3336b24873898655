"""How somebody answers an incident: what they say is being done about it."""

import enum


class Handling(enum.Enum):
    """What somebody said; kept with the transition, shown, and told."""

    HEARD = "heard"  # no more than that: the box's button, a missed call
    MILK_MOVED = "milk-moved"
    POWER_OUT = "power-out"
    REPAIRING = "being-repaired"
    PROBE_FAULTY = "probe-faulty"  # the probe is set aside: it judges nothing until it is back in use
    LOOKING = "will-look"
    LOOKING_AT_DAYLIGHT = "will-look-at-daylight"  # what LOOKING becomes inside a curfew
    OTHER = "other"  # in words of their own, or a voice


UNDO_S = 600
"""How long an answer can be taken back. People press the wrong button at once, or not at all."""
