"""What may be gone by of what a site's tests teach: shorter times soon, longer ones hardly, and never by a pass."""

from collections.abc import Sequence

import msgspec

from coldchain_judgement.milk.offset import Labelled, Offset, fit

MOST_DIRTIER, MOST_CLEANER = 2.0, -0.5
"""Between what an offset is gone by: from milk that is cooled at 10^7, as Bamako's selling points' was, to one standard
deviation of what is presumed."""
NARROWED = 1.0
"""Only tests that leave no more than so much doubt have shown how milk begins: without any it is 1.3 wide."""


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """What a site's milk is reckoned by: `log10` is added to that of its starting counts; `tested`: its own tests are
    enough to speak of more than a day. `low` and `high` are between what the tests leave it, nine in ten each way."""

    log10: float
    tested: bool
    low: float
    high: float
    batches: int


def learnt(batches: Sequence[Labelled]) -> Learnt | None:
    """Return what the tested batches of a site teach, each once; None of fewer than twenty.

    Milk that begins dirtier is gone by as it likely is. That it begins cleaner only counted plates may show, twenty of
    them, and then it is the least that they leave nine times in ten: tests that were passed lengthen nothing.
    """
    found = fit(batches)
    if found is None:
        return None
    return Learnt(
        log10=_dirtier(found) or _cleaner(batches),
        tested=found.high - found.low <= NARROWED,
        low=found.low,
        high=found.high,
        batches=found.batches,
    )


def _dirtier(found: Offset) -> float:
    return min(max(0.0, found.log10), MOST_DIRTIER)


def _cleaner(batches: Sequence[Labelled]) -> float:
    counted = fit([one for one in batches if one.at_least is not None and one.at_least == one.at_most])
    return 0.0 if counted is None else max(min(0.0, counted.high), MOST_CLEANER)


def together(tests: Sequence[Labelled]) -> Labelled | None:
    """Return the tests of one batch, oldest first, as one; None where there are none.

    What was counted last says it alone. Where one was failed and another passed that cannot both be, the failed one
    counts.
    """
    if not tests:
        return None
    last = tests[-1]
    counted = [one for one in tests if one.at_least is not None and one.at_least == one.at_most]
    if counted:
        return counted[-1]
    least = max((one.at_least - one.log10_likely for one in tests if one.at_least is not None), default=None)
    most = min((one.at_most - one.log10_likely for one in tests if one.at_most is not None), default=None)
    if least is not None and most is not None and most < least:
        most = None
    return Labelled(
        log10_likely=last.log10_likely,
        at_least=None if least is None else last.log10_likely + least,
        at_most=None if most is None else last.log10_likely + most,
    )
