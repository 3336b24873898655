"""Too small: a unit that usually cannot cool in time what is poured into it. A finding, no alarm."""

from coldchain_judgement.capacity import Capacity, too_small
from coldchain_judgement.limits import Cooling, Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "too-small"


def step(
    standing: Standing, capacity: Capacity, cooling: Cooling, *, at_ms: int, since_ms: int, profile: str | None = None
) -> tuple[Standing, Verdict | None]:
    """Judge what has been learnt of a unit by `at_ms`, the last fill of which began at `since_ms`."""
    small = too_small(capacity, cooling, found=standing is Standing.BREACH)
    now = Standing.BREACH if small else Standing.FINE
    if now is standing:
        return standing, None
    return now, Verdict(
        rule=NAME,
        standing=now,
        level=Level.WARNING,
        why=Why.TOO_SMALL if small else Why.WITHIN,
        since_ms=since_ms,
        happened_ms=at_ms,
        evidence=Evidence(after_s=capacity.usual_s, guard=cooling, profile=profile),
    )
