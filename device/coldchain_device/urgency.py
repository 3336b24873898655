"""Whether a round matters so much that it leaves at once."""

from collections import defaultdict, deque

from coldchain_contract.identifiers import ProbeUrn
from coldchain_device.plan import Plan
from coldchain_device.sampling import Round
from coldchain_judgement.limits import Limit, Side

NEAR_CELSIUS = 0.5
"""The uncertainty of a DS18B20 (data sheet): nearer than that, the milk may be beyond the limit already."""
FILL_CELSIUS, FILL_WITHIN_MS = 2.0, 15 * 60_000
"""Warm milk poured in is a step of 5 to 20 °C within 15 minutes; settled milk moves by less than 0.3 °C, and 20 litres
without cooling in a room of 40 °C by half a degree. So this is how a fill begins."""


class Urgency:
    """Remembers the last minutes of the milk, to tell a fill by. One round at a time."""

    def __init__(self) -> None:
        self._milk: defaultdict[ProbeUrn, deque[tuple[int, float]]] = defaultdict(deque)

    def matters(self, taken: Round, plan: Plan) -> bool:
        """Return whether a probe has a new fault, a judged one is near or beyond a limit, or milk is filled in."""
        filled = [self._fills(probe, uptime_ms, celsius) for probe, uptime_ms, celsius in _milk(taken, plan)]
        return bool(taken.newly_faulty) or _any_near(taken, plan) or any(filled)

    def _fills(self, probe: ProbeUrn, uptime_ms: int, celsius: float) -> bool:
        """Return whether `probe` has just risen as in a fill. Said once for every so many degrees."""
        lately = self._milk[probe]
        while lately and not 0 <= uptime_ms - lately[0][0] <= FILL_WITHIN_MS:
            lately.popleft()
        fills = rises(tuple(before for _, before in lately), celsius)
        if fills:
            lately.clear()
        lately.append((uptime_ms, celsius))
        return fills


def rises(lately: tuple[float, ...], celsius: float) -> bool:
    """Return whether `celsius` is a fill's rise above the lowest of the last minutes."""
    return bool(lately) and celsius - min(lately) >= FILL_CELSIUS


def _milk(taken: Round, plan: Plan) -> list[tuple[ProbeUrn, int, float]]:
    in_milk = {spot.probe for spot in plan.spots if spot.place == "milk"}
    return [
        (one.probe, one.stamp.uptime_ms, one.value)
        for one in taken.samples
        if one.value is not None and one.probe in in_milk
    ]


def _any_near(taken: Round, plan: Plan) -> bool:
    limits = {spot.probe: plan.limits(unit) for unit in plan.units for spot in plan.judged_spots(unit)}
    return any(
        sample.value is not None and _near(sample.value, limits.get(sample.probe, ())) for sample in taken.samples
    )


def _near(celsius: float, limits: tuple[Limit, ...]) -> bool:
    return any(
        celsius >= limit.celsius - NEAR_CELSIUS if limit.side is Side.ABOVE else celsius <= limit.celsius + NEAR_CELSIUS
        for limit in limits
    )
