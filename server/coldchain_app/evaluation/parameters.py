"""The committed parameters: which seeds, how many units, what they are drawn from."""

import tomllib
from datetime import date
from importlib import resources

import msgspec

from coldchain_app.evaluation.lumped import Lumped
from coldchain_app.evaluation.season import Season
from coldchain_app.evaluation.simulated import Simulated

_FILE = "parameters.toml"


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    units: int
    days: int
    begins: date
    first_fault_day: int
    days_between_faults: int
    first: Simulated
    second: Lumped

    @property
    def season(self) -> Season:
        return Season(
            begins=self.begins,
            days=self.days,
            first_fault_day=self.first_fault_day,
            days_between_faults=self.days_between_faults,
        )


def committed() -> Parameters:
    """Return the parameters that were fixed before the first evaluation."""
    text = resources.files("coldchain_app.evaluation").joinpath(_FILE).read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Parameters)


def shortened(parameters: Parameters, *, units: int, days: int) -> Parameters:
    """Return the same for fewer units and days: quicker, and no longer comparable."""
    return msgspec.structs.replace(parameters, units=min(units, parameters.units), days=min(days, parameters.days))
