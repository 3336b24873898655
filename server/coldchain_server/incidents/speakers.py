"""Who speaks for which unit now, worked out anew only where a placement begins or ends, or a probe is set aside."""

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from coldchain_contract.identifiers import ProbeUrn, UnitId
from coldchain_server.fleet.aside import without
from coldchain_server.fleet.model import Fleet
from coldchain_server.fleet.voices import Voice, voice_of, voices

_NEVER_MS = 2**63 - 1


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """The fleet without what is set aside, the voices that can fall silent by site, and the device of each probe.

    It holds from `from_ms` until before `until_ms`.
    """

    fleet: Fleet
    live: dict[str, list[Voice]]
    devices: dict[str, str]
    from_ms: int
    until_ms: int

    def voice_of(self, unit: str) -> Voice | None:
        """Return who speaks for a unit; None where nothing measures it."""
        return voice_of(self.fleet, UnitId(unit), self.from_ms)


class Speakers:
    """Keeps what was worked out last. One thread only."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._aside: Mapping[ProbeUrn, int] = {}
        self._spoken: Spoken | None = None

    def at(self, now_ms: int, aside: Mapping[ProbeUrn, int]) -> Spoken:
        """Return who speaks at `now_ms`, while these probes are set aside."""
        known = self._spoken
        if known is None or aside != self._aside or not known.from_ms <= now_ms < known.until_ms:
            self._aside, self._spoken = dict(aside), _spoken(self._fleet, without(self._fleet, aside), now_ms)
        assert self._spoken is not None  # noqa: S101 - set above
        return self._spoken


def _spoken(whole: Fleet, fleet: Fleet, now_ms: int) -> Spoken:
    """A probe that is set aside is still told by its device."""
    live: dict[str, list[Voice]] = defaultdict(list)
    for voice in voices(fleet, now_ms):
        if voice.live:
            live[voice.site].append(voice)
    ends = (at_ms for one in whole.placements for at_ms in (one.from_ms, one.to_ms) if at_ms is not None)
    return Spoken(
        fleet=fleet,
        live=dict(live),
        devices={one.probe: one.device for one in whole.placements if one.holds(now_ms)},
        from_ms=now_ms,
        until_ms=min((at_ms for at_ms in ends if at_ms > now_ms), default=_NEVER_MS),
    )
