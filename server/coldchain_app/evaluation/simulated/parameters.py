"""What the first generator draws from."""

import msgspec

Range = tuple[float, float]


class CoolerClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some coolers of one kind."""

    name: str
    units: int
    cooling_w: Range
    ua_w_per_k: Range
    morning_litres: Range
    evening_litres: Range
    keeps_litres: Range
    ice_kg: Range
    defrosts_a_day: int


class Life(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How all of them are used, and how well their probes measure."""

    milk_celsius: Range
    day_share: float
    doors_a_day: tuple[int, int]
    market_weekday: tuple[int, int]
    market_doors: tuple[int, int]
    market_door_s: tuple[int, int]
    defrost_s: int
    probe_error_celsius: float
    noise_celsius: float


class FaultRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a kind of fault lasts and how bad it is."""

    hours: Range
    severity: Range


class Simulated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `[first]`."""

    seed: int
    step_s: int
    coolers: tuple[CoolerClass, ...]
    life: Life
    faults: dict[str, FaultRange]
