"""The pages of a SQLite file and its write-ahead log, read without SQLite, so that damage to one hides no other.

Sections named here are of https://www.sqlite.org/fileformat2.html. What is read may be damaged anywhere: whatever does
not fit is left out, nothing is raised, and whether a row is genuine is for the caller to know.
"""

import os
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

Value = None | int | float | str | bytes

_LEAF_OF_TABLE, _INTERIOR_OF_TABLE, _LEAF_OF_INDEX, _INTERIOR_OF_INDEX = 0x0D, 0x05, 0x0A, 0x02
_FILE_HEADER_BYTES, _FILE_MAGIC = 100, b"SQLite format 3\0"
_WAL_HEADER, _FRAME_HEADER_BYTES = 32, 24
_ORDERS = {b"\x37\x7f\x06\x82": "little", b"\x37\x7f\x06\x83": "big"}
_MOST_COLUMNS = 100
_WHOLE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Serial types that are integers, and their bytes (section 2.1)."""


class Cell(NamedTuple):
    """One row of a table, or one entry of an index, whose `rowid` then is 0 and whose last value is that of its row."""

    rowid: int
    values: tuple[Value, ...]


class Pages:
    """The pages that a file and its log hold, as far as these are there."""

    def __init__(self, file: BinaryIO | None, wal: BinaryIO | None, *, page_bytes: int) -> None:
        self._file, self._wal, self._page_bytes = file, wal, page_bytes
        self._in_wal = committed_frames(wal, page_bytes) if wal else {}
        self._in_file = -(-file.seek(0, os.SEEK_END) // page_bytes) if file else 0
        self.count = max([self._in_file, *self._in_wal])

    def current(self) -> Iterator[tuple[int, bytes]]:
        """Yield each page, numbered from 1, as last committed; a page cut short is filled up with zeros."""
        free = self._free()
        for number in range(1, self.count + 1):
            if number not in free and (page := self._newest(number)):
                yield number, page

    def _newest(self, number: int) -> bytes:
        if number in self._in_wal:
            return self._read(self._wal, self._in_wal[number])
        return self._read(self._file, (number - 1) * self._page_bytes) if number <= self._in_file else b""

    def _read(self, stream: BinaryIO | None, offset: int) -> bytes:
        if stream is None:
            return b""
        stream.seek(offset)
        return stream.read(self._page_bytes).ljust(self._page_bytes, b"\0")

    def _free(self) -> set[int]:
        """Return the pages of the free list (section 1.5), on which rows may be left that are now elsewhere.

        None where it is not as long as the header says: a damaged one would name pages that are in use.
        """
        header = self._newest(1)
        free: set[int] = set()
        trunk, promised = int.from_bytes(header[32:36], "big"), int.from_bytes(header[36:40], "big")
        while trunk and trunk not in free and (page := self._newest(trunk)):
            free.add(trunk)
            count = min(int.from_bytes(page[4:8], "big"), self._page_bytes // 4 - 2)
            free.update(struct.unpack_from(f">{count}I", page, 8))
            trunk = int.from_bytes(page[:4], "big")
        return free if len(free) == promised and header.startswith(_FILE_MAGIC) else set()


def committed_frames(wal: BinaryIO, page_bytes: int) -> dict[int, int]:
    """Return where in the log the newest version of each page stands that was committed and is whole (section 4.1).

    A frame's checksum continues that of the frame before, which stands in that one's header: so a damaged frame spoils
    the next at most, and those behind it are checked again.
    """
    wal.seek(0)
    header = wal.read(_WAL_HEADER)
    order = _ORDERS.get(header[:4], "little")
    salts, seed = header[16:24], header[24:32]
    if header[:4] not in _ORDERS or len(header) < _WAL_HEADER or _sum(bytes(8), header[:24], order) != seed:
        salts = wal.read(_FRAME_HEADER_BYTES)[8:16]  # the first frame is always of the present log
        wal.seek(_WAL_HEADER)
    found: dict[int, int] = {}
    uncommitted: dict[int, int] = {}
    offset = _WAL_HEADER
    while len(frame := wal.read(_FRAME_HEADER_BYTES + page_bytes)) == _FRAME_HEADER_BYTES + page_bytes:
        number, size_after = struct.unpack_from(">II", frame)
        checksum = frame[16:24]
        if frame[8:16] == salts and _sum(seed, frame[:8] + frame[_FRAME_HEADER_BYTES:], order) == checksum:
            uncommitted[number] = offset + _FRAME_HEADER_BYTES
            if size_after:
                found |= uncommitted
                uncommitted = {}
        seed, offset = checksum, offset + len(frame)
    return found


def _sum(seed: bytes, content: bytes, order: str) -> bytes:
    """Return the checksum of a frame (section 4.2), with which it goes on from that of the frame before."""
    first, second = struct.unpack(">II", seed)
    words = struct.unpack(f"{'>' if order == 'big' else '<'}{len(content) // 4}I", content)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return struct.pack(">II", first, second)


def rows(number: int, page: bytes) -> Iterator[Cell]:
    """Yield the rows of a table that stand whole on page `number`; none where it is another kind of page."""
    return _cells(number, page, {_LEAF_OF_TABLE: _row})


def entries(number: int, page: bytes) -> Iterator[Cell]:
    """Yield the entries of an index that stand whole on page `number`; none where it is another kind of page."""
    return _cells(number, page, {_LEAF_OF_INDEX: _entry, _INTERIOR_OF_INDEX: _entry_before_child})


def signposts(number: int, page: bytes) -> Iterator[Cell]:
    """Yield what an interior page of a table says: a child page as the only value, and the highest rowid below it."""
    return _cells(number, page, {_INTERIOR_OF_TABLE: _signpost})


def _cells(number: int, page: bytes, kinds: dict[int, Callable[[bytes, int], Cell]]) -> Iterator[Cell]:
    """Follow the pointers of a b-tree page (section 1.6) as far as they lead to something."""
    begin = _FILE_HEADER_BYTES if number == 1 else 0
    read = kinds.get(page[begin])
    if read is None:
        return
    pointers = begin + (12 if page[begin] in (_INTERIOR_OF_INDEX, _INTERIOR_OF_TABLE) else 8)
    count = min(int.from_bytes(page[begin + 3 : begin + 5], "big"), (len(page) - pointers) // 2)
    for place in struct.unpack_from(f">{count}H", page, pointers):
        try:
            yield read(page, place)
        except (IndexError, ValueError, struct.error):
            continue  # this cell leads nowhere, or spills to pages of its own, which no row of an outbox does


def _row(page: bytes, place: int) -> Cell:
    payload_bytes, place = _varint(page, place)
    rowid, place = _varint(page, place)
    return Cell(rowid, _record(page, place, payload_bytes))


def _signpost(page: bytes, place: int) -> Cell:
    (child,) = struct.unpack_from(">I", page, place)
    return Cell(_varint(page, place + 4)[0], (child,))


def _entry(page: bytes, place: int) -> Cell:
    payload_bytes, place = _varint(page, place)
    return Cell(0, _record(page, place, payload_bytes))


def _entry_before_child(page: bytes, place: int) -> Cell:
    return _entry(page, place + 4)


def _record(page: bytes, place: int, payload_bytes: int) -> tuple[Value, ...]:
    """Read a record (section 2.1): the types of all columns, then their values."""
    if place + payload_bytes > len(page):
        raise ValueError("not all of it is on this page")
    header_bytes, at = _varint(page, place)
    value_at = place + header_bytes
    values: list[Value] = []
    while at < place + header_bytes and len(values) < _MOST_COLUMNS:
        kind, at = _varint(page, at)
        value, value_at = _value(page, value_at, kind)
        values.append(value)
    if value_at != place + payload_bytes:
        raise ValueError("the values are not as long as the record")
    return tuple(values)


def _value(page: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind in _WHOLE:
        end = at + _WHOLE[kind]
        return int.from_bytes(page[at:end], "big", signed=True), end
    if kind == 0:
        return None, at
    if kind == 7:
        return struct.unpack_from(">d", page, at)[0], at + 8
    if kind in (8, 9):
        return kind - 8, at
    if kind < 12:
        raise ValueError("types 10 and 11 are never in a file")
    end = at + (kind - 12) // 2
    return (page[at:end].decode() if kind % 2 else page[at:end]), end


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """Read an integer of one to nine bytes (section 1.6) and return it with the place behind it."""
    value = 0
    for count in range(8):
        byte = page[at + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + count + 1
    value = value << 8 | page[at + 8]
    return value - (1 << 64 if value >= 1 << 63 else 0), at + 9
