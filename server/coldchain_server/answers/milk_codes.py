"""The codes by which a text tells what becomes of the milk in a cooler: "L1", "L3 2", "L2 chamelle", "L0". Pure."""

import re
from collections.abc import Sequence
from types import MappingProxyType

import msgspec

from coldchain_judgement.milk.kinds import Milked, Species
from coldchain_server.fleet.model import Unit
from coldchain_server.sources.sms import named, plain

MILKED = MappingProxyType({"1": Milked.JUST_NOW, "2": Milked.THIS_MORNING, "3": Milked.UNKNOWN})
_CODE = re.compile(r"^(?:l|lait|m|milk)\s?(?P<key>[0-3])(?=\s|$)")
_ASKED = frozenset({"l", "lait", "m", "milk"})
_BESIDE = " .,;:!\"'«»()"
_SPECIES = MappingProxyType(
    {
        Species.COW: frozenset({"vache", "cow"}),
        Species.GOAT: frozenset({"chevre", "goat"}),
        Species.SHEEP: frozenset({"brebis", "mouton", "sheep", "ewe"}),
        Species.CAMEL: frozenset({"chamelle", "chameau", "camel"}),
    }
)


class MilkCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a text says of the milk in `unit`: it came in, `milked` then; None: the unit is empty.

    `species` None: nobody said.
    """

    unit: Unit
    milked: Milked | None
    species: Species | None = None


class MilkPuzzle(msgspec.Struct, frozen=True, kw_only=True):
    """A text about milk that does not say of which unit, as `key`; an empty one asks which codes there are."""

    key: str


def milk_code(text: str, units: Sequence[Unit]) -> MilkCode | MilkPuzzle | None:
    """Return what a text says of milk in one of `units`, those that its sender may tell of; None where it is no code.

    The cooler is named as in a reading by SMS: by its ID, its name, or the number at the end of either.
    """
    bare = plain(text).strip(_BESIDE)
    if bare in _ASKED:
        return MilkPuzzle(key="")
    found = _CODE.match(bare)
    if found is None:
        return None
    name, species = _without_species(bare[found.end() :].strip(_BESIDE))
    unit = named(name, units)
    if unit is None:
        return MilkPuzzle(key=found["key"])
    return MilkCode(unit=unit, milked=MILKED.get(found["key"]), species=species)


def _without_species(text: str) -> tuple[str, Species | None]:
    words = text.split()
    said = {word: species for species, names in _SPECIES.items() for word in words if word in names}
    return " ".join(word for word in words if word not in said), next(iter(said.values()), None)
