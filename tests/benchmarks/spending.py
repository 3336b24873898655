"""What a piece of work spends: real seconds, and CPU seconds of this whole process."""

import statistics
import time
from collections.abc import Callable, Iterable

import msgspec


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds that passed, and CPU seconds of all threads of this process meanwhile."""

    wall_s: float
    cpu_s: float


def spent(work: Callable[[], object]) -> Spent:
    """Do the work and return what it took."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    work()
    return Spent(wall_s=time.perf_counter() - wall_s, cpu_s=time.process_time() - cpu_s)


def median(all_spent: Iterable[Spent]) -> Spent:
    """Return the median of each."""
    kept = list(all_spent)
    return Spent(
        wall_s=statistics.median(one.wall_s for one in kept), cpu_s=statistics.median(one.cpu_s for one in kept)
    )


def in_turns(*works: Callable[[], Spent], runs: int) -> tuple[Spent, ...]:
    """Return the median of each work; they take turns, so that a machine that slows down slows all of them."""
    rounds = [[work() for work in works] for _ in range(runs)]
    return tuple(median(taken) for taken in zip(*rounds, strict=True))


def quantile(values: Iterable[float], share: float) -> float:
    """Return the value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
