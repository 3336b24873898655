"""Whether a round matters so much that it leaves at once."""

from coldchain_device.plan import Plan
from coldchain_device.sampling import Round
from coldchain_judgement.limits import Limit, Side

NEAR_CELSIUS = 0.5
"""The uncertainty of a DS18B20 (data sheet): nearer than that, the milk may be beyond the limit already."""


def matters(taken: Round, plan: Plan) -> bool:
    """Return whether a probe has a new fault, or a milk probe is near or beyond a limit of its unit."""
    spots = {spot.probe: spot for spot in plan.spots}
    if taken.newly_faulty:
        return True
    return any(
        sample.value is not None and spot.place == "milk" and _near(sample.value, plan.limits.get(spot.unit, ()))
        for sample in taken.samples
        if (spot := spots.get(sample.probe)) is not None
    )


def _near(celsius: float, limits: tuple[Limit, ...]) -> bool:
    return any(
        celsius >= limit.celsius - NEAR_CELSIUS if limit.side is Side.ABOVE else celsius <= limit.celsius + NEAR_CELSIUS
        for limit in limits
    )
