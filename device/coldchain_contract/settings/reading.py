"""Reading settings: data from TOML against a struct, every mistake collected before any is raised."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET
from msgspec.structs import FieldInfo, fields

from coldchain_contract.settings.mistakes import BadSettings, Mistake, nearest
from coldchain_contract.settings.secret import Secret
from coldchain_contract.settings.shapes import Shape, allowed, shape_of

S = TypeVar("S", bound=msgspec.Struct)

FILE_SUFFIX = "_file"
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHORT_TIME = re.compile(r"\d\d:\d\d")
_LONGEST_SHOWN = 60


def read_settings(data: Mapping[str, object], kind: type[S], *, file: str, read_file: Callable[[str], str]) -> S:
    """Return `data` (what a TOML parser gave for `file`) as a `kind`.

    `BadSettings` carries every mistake at once. Where a secret `x` is wanted, `x_file` may name a file instead, which
    `read_file` reads (`OSError` where it cannot); the line end after the secret is dropped.
    """
    reader = _Reader(file=file, read_file=read_file)
    settings = reader.table(data, kind, "")
    if reader.mistakes:
        raise BadSettings(tuple(reader.mistakes))
    return settings  # type: ignore[no-any-return]


class _Reader:
    """One reading of one file. What could not be read is `UNSET`, and its mistake is noted."""

    def __init__(self, *, file: str, read_file: Callable[[str], str]) -> None:
        self.file, self.read_file = file, read_file
        self.mistakes: list[Mistake] = []

    def wrong(self, key: str, found: str, allowed_words: str, near: str = "") -> Any:
        self.mistakes.append(Mistake(file=self.file, key=key, found=found, allowed=allowed_words, near=near))
        return UNSET

    def table(self, data: object, kind: type[msgspec.Struct], key: str) -> Any:
        if not isinstance(data, Mapping):
            return self.wrong(key, _found(data), "a table")
        known = {field.encode_name: field for field in fields(kind)}
        secrets = {name + FILE_SUFFIX for name, field in known.items() if shape_of(field.type).is_secret}
        for name in data:
            if name not in known and name not in secrets:
                names = ", ".join(sorted(known.keys() | secrets)) or "no key"
                self.wrong(_dotted(key, name), "an unknown key", names, nearest(str(name), [*known, *secrets]))
        values = {field.name: self.field(data, field, key) for field in known.values()}
        return self.built(kind, values, key)

    def built(self, kind: type[msgspec.Struct], values: Mapping[str, object], key: str) -> Any:
        if UNSET in values.values():
            return UNSET
        try:
            return kind(**values)
        except ValueError as error:
            return self.wrong(key, "values that contradict each other", str(error))

    def field(self, data: Mapping[str, object], field: FieldInfo, above: str) -> Any:
        name, shape = field.encode_name, shape_of(field.type)
        if shape.is_secret and name + FILE_SUFFIX in data:
            return self.secret_from_file(data, name, above)
        if name in data:
            return self.value(data[name], shape, _dotted(above, name))
        if not field.required:
            made = field.default_factory
            return field.default if made is msgspec.NODEFAULT else made()
        if shape.table:
            return self.table({}, shape.table, _dotted(above, name))
        return self.wrong(_dotted(above, name), "nothing", allowed(shape))

    def secret_from_file(self, data: Mapping[str, object], name: str, above: str) -> Any:
        key, path = _dotted(above, name + FILE_SUFFIX), data[name + FILE_SUFFIX]
        if name in data:
            return self.wrong(key, f"both {name} and {name}{FILE_SUFFIX}", "one of the two")
        if not isinstance(path, str):
            return self.wrong(key, _found(path), "the path of a file that holds the secret")
        try:
            text = self.read_file(path)
        except (OSError, UnicodeDecodeError) as error:
            return self.wrong(key, f"{path!r}, which cannot be read ({error})", "a file that can be read")
        secret = text.removesuffix("\n").removesuffix("\r")
        if not secret:
            return self.wrong(key, f"{path!r}, which is empty", "a file with the secret in it")
        return Secret(secret)

    def value(self, found: object, shape: Shape, key: str) -> Any:
        if shape.table:
            return self.table(found, shape.table, key)
        if shape.items is not None:
            return self.items(found, shape, key)
        if shape.entries is not None:
            return self.entries(found, shape, key)
        return self.leaf(found, shape, key)

    def items(self, found: object, shape: Shape, key: str) -> Any:
        if not isinstance(found, Sequence) or isinstance(found, str):
            return self.wrong(key, _found(found), allowed(shape))
        each = shape_of(shape.items)
        read = [self.value(item, each, f"{key}[{number}]") for number, item in enumerate(found)]
        return UNSET if UNSET in read else self.checked(read, found, shape, key)

    def entries(self, found: object, shape: Shape, key: str) -> Any:
        if not isinstance(found, Mapping) or shape.entries is None:
            return self.wrong(key, _found(found), allowed(shape))
        names, values = map(shape_of, shape.entries)
        read = {
            self.leaf(name, names, _dotted(key, name)): self.value(value, values, _dotted(key, name))
            for name, value in found.items()
        }
        return UNSET if UNSET in read or UNSET in read.values() else self.checked(read, found, shape, key)

    def leaf(self, found: object, shape: Shape, key: str) -> Any:
        if not _is_finite(found):
            return self.wrong(key, _found(found), allowed(shape))
        if shape.bare is time and isinstance(found, str) and _SHORT_TIME.fullmatch(found):
            found = f"{found}:00"
        return self.checked(found, found, shape, key)

    def checked(self, read: object, found: object, shape: Shape, key: str) -> Any:
        """Let msgspec decide whether `read` fits; it decides bounds, lengths, patterns and members."""
        try:
            return msgspec.convert(read, shape.annotation, dec_hook=_custom)
        except msgspec.ValidationError:
            shown = _sort(found) if shape.is_secret else _found(found)
            return self.wrong(key, shown, allowed(shape), nearest(str(found), shape.choices))


def _custom(kind: type[Any], found: object) -> object:
    """Make what TOML has no type for; `ValueError` becomes msgspec's ValidationError."""
    if isinstance(found, kind):
        return found
    if not isinstance(found, str) or not found:
        raise ValueError("a text is wanted")
    if kind in (Path, Secret):
        return kind(found)
    if kind is ZoneInfo:
        try:
            return ZoneInfo(found)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{found!r} is not a known time zone") from error
    raise NotImplementedError(f"{kind} cannot be a setting")


def _is_finite(found: object) -> bool:
    """Whether `found` has no infinity and no NaN, which TOML can write and no setting means."""
    if isinstance(found, list | tuple):
        return all(map(_is_finite, found))
    return not isinstance(found, float) or math.isfinite(found)


def _dotted(above: str, name: object) -> str:
    part = str(name) if _BARE_KEY.fullmatch(str(name)) else f'"{name}"'
    return f"{above}.{part}" if above else part


def _found(value: object) -> str:
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value) if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]!r} and more"
    return _sort(value)


def _sort(value: object) -> str:
    """Name the sort of a value without showing it."""
    match value:
        case Mapping():
            return "a table"
        case str():
            return "an empty text" if not value else "a text"
        case Sequence():
            return f"a list of {len(value)}"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
    return f"{value}" if value is not None else "nothing"
