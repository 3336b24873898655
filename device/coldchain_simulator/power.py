"""The mains of a site and the battery behind its Raspberry Pi."""

import random

import msgspec

_DAY_MS = 86_400_000


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how long the mains fail, drawn from a seed; by default never. A cut lasts at most a day."""

    cuts_a_day: float = 0.0
    median_minutes: float = 60.0
    spread: float = 0.8

    def cut(self, at_ms: int, *, key: str) -> bool:
        """Return whether a drawn cut lasts at that instant."""
        if self.cuts_a_day <= 0:
            return False
        today = at_ms // _DAY_MS
        return any(start <= at_ms < end for day in (today - 1, today) for start, end in self._cuts(day, key))

    def _cuts(self, day: int, key: str) -> list[tuple[int, int]]:
        draw = random.Random(f"grid/{key}/{day}")
        whole = int(self.cuts_a_day)
        count = whole + (draw.random() < self.cuts_a_day - whole)
        cuts = []
        for _ in range(count):
            start = day * _DAY_MS + draw.randrange(_DAY_MS)
            minutes = min(1440.0, self.median_minutes * draw.lognormvariate(0, self.spread))
            cuts.append((start, start + round(minutes * 60_000)))
        return cuts


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """A battery that carries a Raspberry Pi for `lasts_s`, and is full again after `charges_s` of mains."""

    lasts_s: float = 8 * 3600.0
    charges_s: float = 5 * 3600.0

    def after(self, share: float, *, mains: bool, seconds: float) -> float:
        """Return the charge as a share of full, `seconds` later."""
        change = seconds / self.charges_s if mains else -seconds / self.lasts_s
        return min(1.0, max(0.0, share + change))
