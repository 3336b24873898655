"""Reading the range of the milk in a unit: its count along the time it was kept, and when it has too many."""

import math

import msgspec
from sqlalchemy.orm import Session

from coldchain_judgement.milk.batch import Batch
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS
from coldchain_server.fleet.model import Fleet, Unit
from coldchain_server.judging.watches import Watch
from coldchain_server.lab.batches import is_modelled
from coldchain_server.lab.draws import drawn, poured
from coldchain_server.lab.kept import kept_at
from coldchain_server.lab.range import Percentiles, ranged, thinned
from coldchain_server.queries.milk import batch_now, terms_of, voice_watch
from coldchain_server.store.protocol import Store

_BUCKETS, _SHOWN = 600, 120


class MilkRange(msgspec.Struct, frozen=True, kw_only=True):
    """The count of the milk in a unit since it was last poured to: `log10[i]` at `at_ms[i]`, the last is now.

    `use_ms` and `spoil_ms` are when it has 10^6 and 10^7 a ml, at the tenth, fiftieth and ninetieth percentile, if it
    stays as warm as it is; None is never. `celsius` is how warm it was last.
    """

    at_ms: tuple[int, ...]
    log10: tuple[Percentiles, ...]
    use_ms: tuple[int | None, int | None, int | None]
    spoil_ms: tuple[int | None, int | None, int | None]
    celsius: float


def milk_range(session: Session, store: Store, fleet: Fleet, unit: Unit, *, now_ms: int) -> MilkRange | None:
    """Return between what the milk in a unit lies; None where there is none, or none that the model is of.

    That is milk of cows that is raw, was not treated, and was never unseen for longer than it keeps. Raises as the
    store does.
    """
    batch, watch = batch_now(session, fleet, unit, now_ms=now_ms), voice_watch(fleet, unit, now_ms=now_ms)
    if batch is None or watch is None or not is_modelled(batch):
        return None
    terms = terms_of(watch, fleet.sites[unit.site])
    trace = _trace(store, watch, batch, now_ms=now_ms)
    return _of(batch, terms, trace, longest_gap_s=watch.terms.longest_gap_s, now_ms=now_ms)


def _trace(store: Store, watch: Watch, batch: Batch, *, now_ms: int) -> list[tuple[int, float]]:
    """Return (ms, °C) since the last pour, as many as are worth working through: means of stretches."""
    start_ms = batch.last.at_ms
    sample_ms = watch.terms.longest_gap_s * 1000 // 2
    buckets = max(1, min(_BUCKETS, (now_ms - start_ms) * 10 // max(1, sample_ms)))
    found = store.curve(watch.placement.probe, start_ms, now_ms + 1, buckets)
    trace = [(one.start_ms, one.mean) for one in found]
    warm = watch.terms.milk.warm_celsius if watch.terms.milk is not None else MilkTerms().warm_celsius
    held = trace[0][1] if trace else batch.celsius if batch.celsius is not None else warm
    return trace if trace and trace[0][0] <= start_ms else [(start_ms, held), *trace]


def _of(
    batch: Batch, terms: MilkTerms, trace: list[tuple[int, float]], *, longest_gap_s: int, now_ms: int
) -> MilkRange:
    draws = drawn()
    kept = kept_at(trace, terms, until_ms=now_ms, longest_gap_s=longest_gap_s)
    celsius = trace[-1][1] if batch.celsius is None else batch.celsius
    whole = ranged(poured(batch.last, terms, draws), kept, draws, then_celsius=celsius)
    start_ms, shown = batch.last.at_ms, thinned(whole, _SHOWN)
    return MilkRange(
        at_ms=tuple(start_ms + round(hours * HOUR_MS) for hours in shown.hours),
        log10=shown.log10,
        use_ms=_instants(whole.use, start_ms),
        spoil_ms=_instants(whole.spoil, start_ms),
        celsius=celsius,
    )


def _instants(hours: Percentiles, start_ms: int) -> tuple[int | None, int | None, int | None]:
    first, middle, last = (
        None if math.isinf(one) else start_ms + round(one * HOUR_MS) for one in (hours.p10, hours.p50, hours.p90)
    )
    return first, middle, last
