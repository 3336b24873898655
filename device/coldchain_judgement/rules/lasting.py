"""What lasts: where a rule of two timers stands, one for what is bad and one for what is good again."""

from coldchain_judgement.verdicts import Standing


def standing_after(standing: Standing, *, bad: bool, lasted_ms: int, bad_for_s: int, good_for_s: int) -> Standing:
    """Return where a rule stands once it has been bad, or good, for `lasted_ms` without a break.

    What is bad for `bad_for_s` is a breach; what is good for `good_for_s` ends one, and makes any other standing fine
    at once.
    """
    if bad:
        return Standing.BREACH if lasted_ms >= bad_for_s * 1000 else standing
    borne_s = good_for_s if standing is Standing.BREACH else 0
    return Standing.FINE if lasted_ms >= borne_s * 1000 else standing
