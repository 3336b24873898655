"""What late readings show of the past: which breaches nobody was told of, and whether their milk may still be there."""

import enum
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Standing, Verdict, Why

TOLD_FOR_MS = 35 * 86_400_000
"""How long ago a breach may have ended to be told at all: a logger is read out once a month, an outage lasts weeks."""

_NEAR_MS = 600_000


class Side(enum.Enum):
    """In which direction milk was abused; one summary each."""

    WARM = "warm"
    COLD = "cold"


_SIDES = {
    Why.TOO_WARM: Side.WARM,
    Why.WARM_TOO_LONG: Side.WARM,
    Why.BLEND_TOO_WARM: Side.WARM,
    Why.COOLS_SLOWLY: Side.WARM,
    Why.TOO_COLD: Side.COLD,
}


def side_of(why: Why) -> Side | None:
    """Return the direction of a breach that touched milk; None of others, which tell of a unit or a probe."""
    return _SIDES.get(why)


def rule_of(side: Side) -> str:
    """Return the name under which summaries of the past stand in the log; no rule of readings has it."""
    return f"past:{side.value}"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when somebody was told of a breach."""

    side: Side
    start_ms: int
    end_ms: int


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """A breach of milk from its beginning to its end, as one rule found it; `until_ms` None: it goes on."""

    side: Side
    found: Verdict
    until_ms: int | None
    worst_celsius: float | None

    @property
    def begins_ms(self) -> int:
        return self.found.since_ms

    def ends_ms(self, now_ms: int) -> int:
        return now_ms if self.until_ms is None else self.until_ms


def episodes(timeline: Iterable[Verdict]) -> list[Episode]:
    """Return the breaches of milk in a timeline, in the order of their ends. Not knowing for a while ends none."""
    open_ones: dict[str, Episode] = {}
    ended = []
    for verdict in timeline:
        side = side_of(verdict.why)
        if verdict.standing is Standing.BREACH and side is not None:
            worst = verdict.evidence.worst_celsius
            new = Episode(side=side, found=verdict, until_ms=None, worst_celsius=worst)
            open_ones.setdefault(verdict.rule, new)
        elif verdict.standing is Standing.FINE and verdict.rule in open_ones:
            ended.append(_ended(open_ones.pop(verdict.rule), verdict))
    return [*ended, *open_ones.values()]


def untold(found: Iterable[Episode], told: Collection[Span], *, now_ms: int) -> list[Episode]:
    """Return the episodes that nobody was told of, and that did not end too long ago to be news."""
    return [
        one
        for one in found
        if now_ms - one.ends_ms(now_ms) <= TOLD_FOR_MS and not any(_overlap(one, span, now_ms) for span in told)
    ]


def by_side(found: Sequence[Episode], *, now_ms: int) -> Iterator[tuple[Verdict, list[Episode]]]:
    """Yield one verdict for each direction in which milk was abused, with the episodes it sums up."""
    for side in Side:
        those = [one for one in found if one.side is side]
        if those:
            yield _summary(side, those, now_ms), those


def leaves_ms(found: Iterable[Episode], *, held_s: int, now_ms: int) -> int:
    """Return until when milk that any of these episodes touched may be in the unit: nobody holds it for longer."""
    return max(one.ends_ms(now_ms) for one in found) + held_s * 1000


def may_be_there(found: Iterable[Episode], *, leaves_ms: int, renewed_ms: int | None, now_ms: int) -> bool:
    """Return whether that milk may still be there now.

    It is taken to be gone after `leaves_ms`, and where the unit was last filled anew after the episodes ended: by a
    fill so warm that hardly any cold milk can have been in it.
    """
    ended_ms = max(one.ends_ms(now_ms) for one in found)
    return now_ms < leaves_ms and not renewed_since(ended_ms, renewed_ms)


def renewed_since(ended_ms: int, renewed_ms: int | None) -> bool:
    """Return whether a unit was filled anew once a breach had ended, or by what ended it.

    What many short times add up to is over with the next batch, which is known some minutes after it was poured.
    """
    return renewed_ms is not None and renewed_ms >= ended_ms - _NEAR_MS


def _ended(begun: Episode, verdict: Verdict) -> Episode:
    worst = verdict.evidence.worst_celsius
    return msgspec.structs.replace(
        begun,
        until_ms=max(verdict.since_ms, begun.begins_ms),
        worst_celsius=begun.worst_celsius if worst is None else worst,
    )


def _overlap(one: Episode, span: Span, now_ms: int) -> bool:
    begins_ms, ends_ms = one.begins_ms - _NEAR_MS, one.ends_ms(now_ms) + _NEAR_MS
    return one.side is span.side and span.start_ms <= ends_ms and begins_ms <= span.end_ms


def _summary(side: Side, those: list[Episode], now_ms: int) -> Verdict:
    gravest = min(those, key=lambda one: (one.found.level is not Level.CRITICAL, one.begins_ms))
    worst = [one.worst_celsius for one in those if one.worst_celsius is not None]
    farthest = max if side is Side.WARM else min
    return Verdict(
        rule=rule_of(side),
        standing=Standing.BREACH,
        level=gravest.found.level,
        why=gravest.found.why,
        since_ms=min(one.begins_ms for one in those),
        happened_ms=gravest.found.happened_ms,
        evidence=msgspec.structs.replace(
            gravest.found.evidence,
            worst_celsius=farthest(worst) if worst else None,
            until_ms=_until(those),
            times=_times(those, now_ms),
        ),
    )


def _until(those: Iterable[Episode]) -> int | None:
    ends = [one.until_ms for one in those]
    return None if None in ends else max(end for end in ends if end is not None)


def _times(those: Iterable[Episode], now_ms: int) -> int:
    """Return how many times apart it was so, however many rules found each."""
    times, last_ms = 0, -(2**63)
    for one in sorted(those, key=lambda one: one.begins_ms):
        times += one.begins_ms > last_ms
        last_ms = max(last_ms, one.ends_ms(now_ms))
    return times
