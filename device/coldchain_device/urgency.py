"""Whether a round matters so much that it leaves at once."""

from coldchain_device.plan import Plan
from coldchain_device.sampling import Round
from coldchain_judgement.limits import Limit, Side

NEAR_CELSIUS = 0.5
"""The uncertainty of a DS18B20 (data sheet): nearer than that, the milk may be beyond the limit already."""


def matters(taken: Round, plan: Plan) -> bool:
    """Return whether a probe has a new fault, or one that is judged is near or beyond a limit of its unit."""
    if taken.newly_faulty:
        return True
    limits = {spot.probe: plan.limits.get(unit, ()) for unit in plan.units for spot in plan.judged_spots(unit)}
    return any(
        sample.value is not None and _near(sample.value, limits.get(sample.probe, ())) for sample in taken.samples
    )


def _near(celsius: float, limits: tuple[Limit, ...]) -> bool:
    return any(
        celsius >= limit.celsius - NEAR_CELSIUS if limit.side is Side.ABOVE else celsius <= limit.celsius + NEAR_CELSIUS
        for limit in limits
    )
