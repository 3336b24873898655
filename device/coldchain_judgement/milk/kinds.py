"""What kinds of milk there are: when it was milked, of which animal, and what was done to it."""

import enum


class Milked(enum.Enum):
    """The answer to the one question that is asked when milk comes in."""

    JUST_NOW = "just-milked"
    THIS_MORNING = "this-morning"
    UNKNOWN = "older-or-unknown"


class Species(enum.Enum):
    """Whose milk it is. The model is of cow milk: of any other nothing is estimated, it is tested."""

    COW = "cow"
    GOAT = "goat"
    SHEEP = "sheep"
    CAMEL = "camel"

    @property
    def timed(self) -> bool:
        """Return whether anybody can say how long it keeps."""
        return self is Species.COW


class Process(enum.Enum):
    """What was done to milk. None of it makes good what the milk went through before."""

    BOILED = "boiled"
    PASTEURISED = "pasteurised"
    FERMENTED = "fermented"
