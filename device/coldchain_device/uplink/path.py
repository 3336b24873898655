"""The path to the broker: how long it remembers a connection on which nothing passes, as learnt from what it forgot."""

import msgspec

from coldchain_device.uplink.link import Ended

SHORTEST_S = 60
"""No path is probed more often: it would cost more than connecting again."""
_SOON_S = 120.0
_TOGETHER_S = 6 * 3600.0
_RELAX_S = 24 * 3600.0
_LONGEST_S = 1800
_MARGIN = 0.7


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """`probe_s`: after how much silence the path is probed, so that it does not forget; None: it need not be.

    `forgot_s` and `forgot_idle_s`: when it last forgot a connection, and how long that had been idle.
    """

    probe_s: int | None = None
    forgot_s: float = float("-inf")
    forgot_idle_s: float = 0.0
    changed_s: float = float("-inf")


def forgot(before: Path, ended: Ended, *, again_after_s: float, now_s: float) -> Path:
    """Return what is known once a link was cut while idle and the next was accepted `again_after_s` later.

    Accepted soon, so that neither network nor broker was away: then something between them forgot the link. Twice
    within six hours, and the path is probed from now on, well before the shorter of the two silences.
    """
    if not ended.cut or ended.idle_s < SHORTEST_S or again_after_s > _SOON_S:
        return before
    idle_s = min(ended.idle_s, before.forgot_idle_s or ended.idle_s)
    if now_s - before.forgot_s > _TOGETHER_S:
        return msgspec.structs.replace(before, forgot_s=now_s, forgot_idle_s=ended.idle_s)
    probe_s = max(SHORTEST_S, round(min(idle_s, before.probe_s or idle_s) * _MARGIN))
    return Path(probe_s=probe_s, forgot_s=now_s, forgot_idle_s=ended.idle_s, changed_s=now_s)


def relaxed(before: Path, *, now_s: float) -> Path:
    """Return what is tried once a day has passed without anything being forgotten: half as much silence more."""
    if before.probe_s is None or now_s - max(before.changed_s, before.forgot_s) < _RELAX_S:
        return before
    longer = before.probe_s * 3 // 2
    return msgspec.structs.replace(before, probe_s=longer if longer <= _LONGEST_S else None, changed_s=now_s)
