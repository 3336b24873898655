"""What the second generator draws from."""

import msgspec

Range = tuple[float, float]


class BoxClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some coolers of one kind."""

    name: str
    units: int
    cooling_w: Range
    ua_w_per_k: Range
    body_kj_per_k: Range
    litres_a_day: Range


class Habits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How people use a cooler, and how a probe measures."""

    can_litres: Range
    can_celsius: Range
    carried_over: Range
    open_s: float
    customers_a_day: tuple[int, int]
    market_customers: tuple[int, int]
    market_every_days: int
    defrost_after_h: Range
    defrost_w: float
    probe_lag_min: Range
    probe_error_celsius: Range
    noise_celsius: float
    lost_share: float
    crc_share: float


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a kind of fault lasts, and its size in the measure of its kind."""

    hours: Range
    size: Range


class Lumped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `[second]`."""

    seed: int
    coolers: tuple[BoxClass, ...]
    life: Habits
    faults: dict[str, Shape]
