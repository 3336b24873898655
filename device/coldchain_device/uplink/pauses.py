"""How long to wait before connecting again: soon, each device at its own moment, and ever less often in vain."""

import random

import msgspec

from coldchain_device.uplink.link import Ended

STEADY_S = 60.0
"""A link that lasted so long was a good one: the next pause is short again."""
FIRST_S = 10.0
"""A thousand devices that lose one broker come back within this, a hundred a second."""
_REFUSED_S = 3600.0
_CONTESTED = (5.0, 12.5)
_MOST_DOUBLINGS = 20


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """How many links in a row were none, or did not last; `refused`: the broker did not want the last one."""

    in_a_row: int = 0
    refused: bool = False


def after(before: Failures, ended: Ended) -> Failures:
    """Return the failures in a row once a link has ended."""
    if ended.accepted and ended.lasted_s >= STEADY_S:
        return Failures()
    return Failures(in_a_row=before.in_a_row + 1, refused=ended.refused)


def pause_s(failures: Failures, *, longest_s: float, contested: bool, chance: random.Random) -> float:
    """Return how many seconds to wait.

    Anything up to ten seconds after a good link, then 5 to 10, 10 to 20 … up to `longest_s`. A broker that refuses the
    device is asked ever less often, up to once an hour: only a person can mend that, and each attempt costs a
    handshake. A device whose name is contested leaves the other one five to twelve times `longest_s`.
    """
    if contested:
        return longest_s * chance.uniform(*_CONTESTED)
    longest = max(longest_s, _REFUSED_S) if failures.refused else longest_s
    high = min(longest, min(FIRST_S, longest_s) * 2 ** max(0, min(failures.in_a_row, _MOST_DOUBLINGS) - 1))
    return chance.uniform(0.0 if failures.in_a_row == 0 else high / 2, high)
