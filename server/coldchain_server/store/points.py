"""Points as a store is given them: a sequence of points that lies in memory as columns."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import overload
from uuid import UUID

import msgspec

from coldchain_server.columns import Columns
from coldchain_server.store.protocol import Point


class Block(msgspec.Struct, frozen=True):
    """Points that have outbox and uncertainty in common."""

    outbox: UUID | None
    uncertainty_ms: int
    columns: Columns

    def at(self, place: int) -> Point:
        columns = self.columns
        return Point(
            reading=columns.at(place),
            sequence=columns.numbers[place],
            uncertainty_ms=self.uncertainty_ms,
            outbox=self.outbox,
        )

    def cut(self, start: int, stop: int) -> "Block":
        return Block(self.outbox, self.uncertainty_ms, self.columns.only(range(start, stop)))


class Points(Sequence[Point]):
    """Points in blocks, none of them empty. Each point is made when it is asked for."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.blocks = tuple([block for block in blocks if len(block.columns)])
        self._length = sum(len(block.columns) for block in self.blocks)

    @classmethod
    def of(cls, points: Sequence[Point]) -> "Points":
        """Return `points` in columns, in the same order; those that are so already as they are."""
        if isinstance(points, Points):
            return points
        alike = groupby(points, key=lambda point: (point.outbox, point.uncertainty_ms))
        return cls(_block(outbox, uncertainty_ms, list(some)) for (outbox, uncertainty_ms), some in alike)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Point: ...

    @overload
    def __getitem__(self, index: slice) -> "Points": ...

    def __getitem__(self, index: int | slice) -> "Point | Points":
        if isinstance(index, slice):
            start, stop, step = index.indices(self._length)
            if step != 1:
                raise ValueError("points are cut into runs, with a step of 1")
            return Points(self._cut(start, stop))
        place = range(self._length)[index]
        (block,) = self._cut(place, place + 1)
        return block.at(0)

    def __iter__(self) -> Iterator[Point]:
        return (block.at(place) for block in self.blocks for place in range(len(block.columns)))

    def _cut(self, start: int, stop: int) -> Iterator[Block]:
        begins = 0
        for block in self.blocks:
            length = len(block.columns)
            first, last = max(0, start - begins), min(length, stop - begins)
            if first < last:
                yield block if (first, last) == (0, length) else block.cut(first, last)
            begins += length


def _block(outbox: UUID | None, uncertainty_ms: int, points: list[Point]) -> Block:
    numbers = [point.sequence for point in points]
    return Block(outbox, uncertainty_ms, Columns.of(numbers, [point.reading for point in points]))
