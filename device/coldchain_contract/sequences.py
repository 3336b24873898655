"""Sets of outbox sequence numbers, written as `1-40,43`."""

import bisect
from collections.abc import Iterable, Iterator

import msgspec

from coldchain_contract.errors import BadSequences

_LARGEST = 2**53 - 1


class Sequences(msgspec.Struct, frozen=True, gc=False):
    """A set of whole numbers ≥ 1 as ascending, disjoint, non-adjacent inclusive ranges."""

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "Sequences":
        """Return the set of `numbers`, in any order, repeats allowed."""
        return cls.joined((number, number) for number in numbers)

    @classmethod
    def span(cls, first: int, last: int) -> "Sequences":
        """Return first..last inclusive; empty where last < first."""
        return cls(((first, last),)) if first <= last else cls()

    @classmethod
    def parse(cls, text: str) -> "Sequences":
        """Read `1-40,43`; `BadSequences` unless it is in the one canonical spelling."""
        if (alone := _one_range(text)) is not None:
            return cls((alone,))
        ranges: list[tuple[int, int]] = []
        for part in text.split(","):
            first, dash, last = part.partition("-")
            if not _is_number(first) or (dash and not _is_number(last)):
                raise BadSequences(f"sequences {text[:80]!r}: {part[:40]!r} is not a number or a range such as 1-40")
            low, high = int(first), int(last or first)
            if (dash and high <= low) or (ranges and low <= ranges[-1][1] + 1) or not 1 <= low <= high <= _LARGEST:
                raise BadSequences(f"sequences {text[:80]!r}: ranges must ascend, without overlap, from 1 to 2^53 - 1")
            ranges.append((low, high))
        return cls(tuple(ranges))

    @classmethod
    def joined(cls, ranges: Iterable[tuple[int, int]]) -> "Sequences":
        """Return the set of all that is in any of `ranges`, in any order, overlaps allowed."""
        joined: list[tuple[int, int]] = []
        for low, high in sorted(ranges):
            if joined and low <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(joined[-1][1], high))
            else:
                joined.append((low, high))
        return cls(tuple(joined))

    def __str__(self) -> str:
        return ",".join(f"{low}-{high}" if high > low else f"{low}" for low, high in self.ranges)

    def __iter__(self) -> Iterator[int]:
        for low, high in self.ranges:
            yield from range(low, high + 1)

    def __len__(self) -> int:
        count = 0
        for low, high in self.ranges:
            count += high - low + 1
        return count

    def __contains__(self, number: int) -> bool:
        after = bisect.bisect_right(self.ranges, number, key=_lowest)
        return after > 0 and number <= self.ranges[after - 1][1]

    def __or__(self, other: "Sequences") -> "Sequences":
        return self.joined((*self.ranges, *other.ranges))

    def __sub__(self, other: "Sequences") -> "Sequences":
        left: list[tuple[int, int]] = []
        position = 0  # of the first range of `other` that does not end before what is left of ours
        for low, high in self.ranges:
            start = low
            while position < len(other.ranges) and other.ranges[position][0] <= high:
                other_low, other_high = other.ranges[position]
                if start < other_low:
                    left.append((start, other_low - 1))
                start = max(start, other_high + 1)
                if other_high > high:
                    break
                position += 1
            if start <= high:
                left.append((start, high))
        return Sequences(tuple(left))

    def cut(self, count: int) -> tuple["Sequences", "Sequences"]:
        """Return the `count` lowest numbers and the rest."""
        first: list[tuple[int, int]] = []
        for low, high in self.ranges:
            if count <= 0:
                break
            first.append((low, min(high, low + count - 1)))
            count -= high - low + 1
        lowest = Sequences(tuple(first))
        return lowest, self - lowest

    def __and__(self, other: "Sequences") -> "Sequences":
        return self - (self - other)


def _lowest(span: tuple[int, int]) -> int:
    return span[0]


def _one_range(text: str) -> tuple[int, int] | None:
    """Return what nearly every text is, one number or one range; None where it is more, or wrong."""
    first, dash, last = text.partition("-")
    try:
        low, high = int(first), int(last or first)
    except ValueError:
        return None
    spelt = f"{low}-{high}" if dash else str(low)
    return (low, high) if spelt == text and 1 <= low <= high - len(dash) and high <= _LARGEST else None


def _is_number(text: str) -> bool:
    return 0 < len(text) <= 16 and text.isascii() and text.isdigit() and not text.startswith("0")
