"""Two boxes under one name: each throws the other off the broker, again and again."""

import msgspec

from coldchain_device.uplink.link import Ended

_SHORT_S = 60.0
_IN_A_ROW = 4
_HELD_S = 3600.0


class Contention(msgspec.Struct, frozen=True, kw_only=True):
    """What lately happened to links: how many in a row were accepted and cut soon, and whether that is a contest."""

    cut_short: int = 0
    contested: bool = False


def after(before: Contention, ended: Ended) -> Contention:
    """Return what is known once a link has ended.

    A broker that lets the device in at once and cuts the link within a minute, four times in a row, has another client
    of the same name: a network that comes and goes lets attempts fail in between. Once contested, a name stays so until
    a link has lasted an hour.
    """
    if ended.accepted and ended.lasted_s >= _HELD_S:
        return Contention()
    if not ended.accepted:
        return Contention(contested=before.contested)
    if not ended.cut or ended.lasted_s >= _SHORT_S or ended.idle_s >= _SHORT_S:
        return Contention(cut_short=0, contested=before.contested)
    cut_short = before.cut_short + 1
    return Contention(cut_short=cut_short, contested=before.contested or cut_short >= _IN_A_ROW)


def held(before: Contention, lasted_s: float) -> Contention:
    """Return what is known while a link has held for `lasted_s`."""
    return Contention() if lasted_s >= _HELD_S else before
