"""By what the milk of a unit is judged beside its temperature."""

import msgspec

from coldchain_judgement.milk.kinds import Species


class MilkTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a site says of its milk. Times of day are local to `zone`, as "07:00".

    `offset_log10` is added to the log10 of a starting count, as this site's own tests have shown; `tested`: there are
    enough of them to speak of more than 24 hours. `needed_at` is when milk is collected or sold; `milked_at` when the
    morning's milking is. `warm_celsius` is how warm milk stands before it is poured in. `lag_s` is how much later than
    the milk the probe, where it sits, sees a change.
    """

    zone: str = "Africa/Bamako"
    species: Species = Species.COW
    offset_log10: float = 0.0
    tested: bool = False
    needed_at: tuple[str, ...] = ()
    milked_at: str = "06:00"
    warm_celsius: float = 35.0
    lag_s: int = 0
