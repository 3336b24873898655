"""The alarm's own time: uptime that goes on over reboots, and never back, whatever any clock says. Pure."""

import msgspec

from coldchain_device.clock import Stamp

_ASTRAY_MS = 600_000


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When something was: in which boot, how long into it, and the instant, None where that is not known."""

    boot_id: str
    uptime_ms: int
    at_ms: int | None


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Where the alarm's time stands: `base_ms` is what is added to the uptime of the boot it is in.

    `at_ms` is the instant it is by the clock, None while nobody knows. `unsure` is whether it has bridged a gap between
    two boots of which nobody knew how long it was.
    """

    boot_id: str = ""
    base_ms: int = 0
    now_ms: int = 0
    at_ms: int | None = None
    unsure: bool = False

    @property
    def astray(self) -> bool:
        """Whether the clock says another time than this one: it was not known, or wrong, when this began."""
        return self.at_ms is not None and abs(self.now_ms - self.at_ms) > _ASTRAY_MS

    @property
    def tells_the_hour(self) -> bool:
        """Whether an instant of it is one of the clock, so that times of day mean something."""
        return self.at_ms is not None and not self.astray


def moment_of(stamp: Stamp) -> Moment:
    return Moment(boot_id=stamp.boot_id, uptime_ms=stamp.uptime_ms, at_ms=stamp.wall_ms if stamp.trusted else None)


def reaching(timeline: Timeline, moment: Moment, *, unknown_gap_ms: int) -> Timeline:
    """Return the timeline at a later moment; `now_ms` is its instant there.

    It begins at the instant that the clock says, where that is known. Within a boot it follows the uptime. Between two
    boots it goes on by how far their instants lie apart; where one of them is not known, by `unknown_gap_ms` or to the
    instant of the second, and never by less than the machine has been up since.
    """
    if moment.boot_id == timeline.boot_id:
        return msgspec.structs.replace(
            timeline, now_ms=max(timeline.now_ms, timeline.base_ms + moment.uptime_ms), at_ms=moment.at_ms
        )
    first = not timeline.boot_id
    apart = None if moment.at_ms is None or timeline.at_ms is None else moment.at_ms - timeline.at_ms
    to_clock_ms = 0 if moment.at_ms is None else moment.at_ms - timeline.now_ms
    guessed_ms = max(0 if first else unknown_gap_ms, to_clock_ms)
    now_ms = timeline.now_ms + max(guessed_ms if apart is None else apart, moment.uptime_ms)
    return Timeline(
        boot_id=moment.boot_id,
        base_ms=now_ms - moment.uptime_ms,
        now_ms=now_ms,
        at_ms=moment.at_ms,
        unsure=timeline.unsure or (apart is None and not first),
    )
