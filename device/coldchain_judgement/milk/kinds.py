"""What kinds of milk there are: when it was milked, of which animal, what was done to it, and how it is tested."""

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


class QualityTest(enum.Enum):
    """What milk is tested for, and how; nobody is asked to taste. A name that is not known here is `OTHER`."""

    LOOK_AND_SMELL = "look-and-smell"
    CLOT_ON_BOILING = "cob"
    ALCOHOL = "alcohol"
    ACIDITY = "acidity"
    PH = "ph"
    DENSITY = "density"
    TEMPERATURE = "milk-temperature"
    METHYLENE_BLUE = "mbrt"
    RESAZURIN = "resazurin"
    FAT = "fat"
    FREEZING_POINT = "freezing-point"
    PLATE_COUNT = "plate-count"
    SOMATIC_CELLS = "somatic-cells"
    COLIFORMS = "coliforms"
    ANTIBIOTIC = "antibiotic"
    ADULTERANT = "adulterant"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "QualityTest | None":
        return cls.OTHER if isinstance(value, str) else None


class Look(enum.Enum):
    """What somebody saw or smelt that is wrong with milk."""

    OFF_SMELL = "off-smell"
    OFF_COLOUR = "off-colour"
    CLOTS = "clots"
    DIRT = "dirt"
