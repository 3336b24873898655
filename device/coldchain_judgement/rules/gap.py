"""Gap: how the milk was between two values that lie far apart, nobody knows."""

from collections.abc import Iterator

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why

NAME = "gap"


def verdicts(*, last_ms: int | None, at_ms: int, longest_gap_s: int, level: Level) -> Iterator[Verdict]:
    """Yield what the value of `at_ms` says of the time since the last: unknown from then until now, if it was long.

    A gap ends no breach, and no duration goes on across it.
    """
    if last_ms is not None and at_ms - last_ms > longest_gap_s * 1000:
        yield _verdict(Standing.UNKNOWN, since_ms=last_ms, at_ms=last_ms + longest_gap_s * 1000, level=level)
        yield _verdict(Standing.FINE, since_ms=at_ms, at_ms=at_ms, level=level)
    elif last_ms is None:
        yield _verdict(Standing.FINE, since_ms=at_ms, at_ms=at_ms, level=level)


def _verdict(standing: Standing, *, since_ms: int, at_ms: int, level: Level) -> Verdict:
    return Verdict(
        rule=NAME,
        standing=standing,
        level=level,
        why=Why.HEARD_AGAIN if standing is Standing.FINE else Why.SILENT,
        since_ms=since_ms,
        happened_ms=at_ms,
        evidence=Evidence(last_heard_ms=since_ms if standing is Standing.UNKNOWN else None),
    )
