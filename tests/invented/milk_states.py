"""Every state that milk in a unit can be in, whether or not anything leads there; for properties that hold of all."""

from hypothesis import strategies as st

from coldchain_judgement.milk.batch import Batch, Cools, Pour
from coldchain_judgement.milk.estimate import Estimate, fresh, grown
from coldchain_judgement.milk.kinds import Milked, Process, Species
from coldchain_judgement.milk.terms import MilkTerms
from coldchain_judgement.milk.trace import HOUR_MS

DAY_MS = 24 * HOUR_MS
MIDNIGHT_MS = 1_790_553_600_000
"""2026-09-28 00:00 in Ménaka, where clocks show UTC."""

clocks = st.sampled_from(["05:30", "07:00", "10:00", "12:00", "16:30", "23:00"])
instants = st.integers(0, 2 * 24 * 60).map(lambda minute: MIDNIGHT_MS + minute * 60_000)
temperatures = st.one_of(st.floats(-1, 10), st.floats(-1, 44))
cooling = st.one_of(st.none(), st.builds(Cools, in_h=st.floats(0.3, 40), to_celsius=st.floats(4, 8)))


def _estimates(log10: st.SearchStrategy[float], growth: st.SearchStrategy[float]) -> st.SearchStrategy[Estimate]:
    return st.builds(
        lambda log10, a, b: grown(fresh(10.0**log10), (a * 1.2, b * 1.2, a, b, a * 0.8, b * 0.8)), log10, growth, growth
    )


estimates = _estimates(st.floats(3.5, 7.5), st.floats(0, 12))
clean_estimates = _estimates(st.floats(4.0, 5.3), st.floats(0, 1.5))


def treatments(at_ms: int) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), st.integers(-5, 10).map(lambda hour: at_ms + hour * HOUR_MS))


some_terms = st.builds(
    MilkTerms,
    zone=st.sampled_from(["Africa/Bamako", "Africa/Niamey"]),
    tested=st.booleans(),
    needed_at=st.lists(clocks, max_size=2, unique=True).map(tuple),
    offset_log10=st.sampled_from([-0.5, 0.0, 0.8]),
)


@st.composite
def batches(draw: st.DrawFn, at_ms: int) -> Batch:
    """Draw a batch as of `at_ms`; half of them young, told of, and with nothing wrong."""
    if draw(st.booleans()):
        return draw(_ordinary(at_ms))
    begun_ms = at_ms - round(draw(st.floats(0, 60)) * HOUR_MS)
    known = draw(st.booleans())
    milked = draw(st.sampled_from(Milked)) if known else Milked.UNKNOWN
    milked_ms = begun_ms - round(draw(st.floats(0, 8)) * HOUR_MS)
    maybe_ms = st.one_of(st.none(), st.none(), st.integers(begun_ms, at_ms))
    processed = draw(st.lists(st.sampled_from(Process), max_size=2).map(tuple))
    return Batch(
        begun_ms=begun_ms,
        at_ms=at_ms,
        start=draw(estimates),
        last=Pour(at_ms=begun_ms, milked=milked, milked_ms=milked_ms, told=known or draw(st.booleans())),
        milked_ms=milked_ms,
        known=known,
        celsius=draw(temperatures),
        cools=draw(cooling),
        species=draw(st.sampled_from(Species)),
        topped_up=draw(st.integers(0, 2)),
        blind_ms=draw(maybe_ms),
        refused_ms=draw(maybe_ms),
        treated_ms=draw(treatments(at_ms)),
        processed=processed,
        processed_ms=draw(st.integers(begun_ms, at_ms)) if processed else None,
        spoiled=draw(st.booleans()),
    )


@st.composite
def _ordinary(draw: st.DrawFn, at_ms: int) -> Batch:
    begun_ms = at_ms - round(draw(st.floats(0, 26)) * HOUR_MS)
    return Batch(
        begun_ms=begun_ms,
        at_ms=at_ms,
        start=draw(clean_estimates),
        last=Pour(at_ms=begun_ms, milked=Milked.JUST_NOW, milked_ms=begun_ms, told=True),
        milked_ms=begun_ms,
        known=True,
        celsius=draw(temperatures),
        cools=draw(cooling),
        treated_ms=draw(treatments(at_ms)),
    )


@st.composite
def moments(draw: st.DrawFn) -> tuple[Batch, MilkTerms, int]:
    """Draw milk, by what it is judged, and an instant at which something is said of it."""
    at_ms = draw(instants)
    return draw(batches(at_ms)), draw(some_terms), at_ms
